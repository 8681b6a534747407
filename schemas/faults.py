"""From a validator's errors to what a person can act on: where, what was wanted, what came."""

from __future__ import annotations

import json
from difflib import get_close_matches
from itertools import groupby
from typing import TYPE_CHECKING, Any

from schemas.errors import Fault
from schemas.strict_json import escaped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jsonschema import ValidationError

MOST_FAULTS = 25  # reported for one document; a person mends these first
_LONGEST_SHOWN = 60  # characters of a value that a message repeats
_NEAR = 0.6  # how alike two words must be for one to be offered for the other (difflib ratio, 0 to 1)
_NEARER = 0.75  # how alike, to take a stray field for the missing one

_TYPES = {
    "object": "an object",
    "array": "a list",
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "null",
}
_LIMITS = {
    "minimum": "{} or more",
    "exclusiveMinimum": "more than {}",
    "maximum": "{} or less",
    "minLength": "text of {} or more characters",
    "maxLength": "text of {} or fewer characters",
    "minItems": "a list of {} or more",
    "maxItems": "a list of {} or fewer",
    "minProperties": "an object of {} or more fields",
    "maxProperties": "an object of {} or fewer fields",
}
_CHOICES = frozenset({"anyOf", "oneOf"})


def explain(errors: Iterable[ValidationError], *, under: str = "") -> tuple[Fault, ...]:
    """Return the faults behind `errors`, the first at each place, pointers beginning with `under`."""
    by_place: dict[str, Fault] = {}
    for error in errors:
        for fault in _explain(error, under):
            by_place.setdefault(fault.pointer, fault)
    return tuple(by_place.values())


def first_of(faults: tuple[Fault, ...], most: int = MOST_FAULTS) -> tuple[Fault, ...]:
    """Return at most so many, and where there are more, one that counts the rest."""
    rest = len(faults) - most
    if rest <= 0:
        return faults
    return (*faults[:most], Fault("", f"and {_counted(rest, 'more fault')}"))


def got(value: object, *, personal: bool = False) -> str:
    """Return how a message shows `value`: itself where short and nobody's own, else what it is."""
    if isinstance(value, dict):
        return f"an object with {_counted(len(value), 'field')}"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, str) and personal:
        return f"text of {_counted(len(value), 'character')}"
    if isinstance(value, str) and len(value) > _LONGEST_SHOWN:
        start = json.dumps(value[:_LONGEST_SHOWN], ensure_ascii=False)
        return f"{start}... ({_counted(len(value), 'character')})"
    return json.dumps(value, ensure_ascii=False)


def nearest(word: object, words: Iterable[str]) -> str:
    """Return '; did you mean "..."?' for the word most like `word`, or nothing."""
    by_lower = {known.lower(): known for known in words}
    near = get_close_matches(word.lower(), by_lower, n=1, cutoff=_NEAR) if isinstance(word, str) else []
    return f"; did you mean {json.dumps(by_lower[near[0]])}?" if near else ""


def _explain(error: ValidationError, under: str) -> Iterator[Fault]:
    """Yield the faults one error stands for; a failed choice is explained by its most likely branch."""
    pointer = under + "".join(f"/{escaped(step)}" for step in error.absolute_path)
    match error.validator:
        case "required":
            yield from _missing(error, pointer)
        case "additionalProperties" | "unevaluatedProperties":
            yield from _unknown(error, pointer)
        case "anyOf" | "oneOf" if error.context:
            yield from _choose(error, pointer, under)
        case _ if "propertyNames" in error.absolute_schema_path:
            yield Fault(f"{pointer}/{escaped(error.instance)}", _sentence(error), named=True)
        case _:
            yield Fault(pointer, _sentence(error))


def _said(error: ValidationError, annotation: str) -> Any:  # noqa: ANN401  a JSON value
    """Return what the failing schema says under `annotation`, or None."""
    return error.schema.get(annotation) if isinstance(error.schema, dict) else None


def _sentence(error: ValidationError) -> str:
    """Return 'wanted ..., got ...', with the nearest word where there is a list of them."""
    wanted, value = _wanted(error), error.instance
    came = got(value, personal=bool(_said(error, "x-personal")))
    words: Any = error.validator_value if error.validator == "enum" else ()
    return f"wanted {wanted}{';' if ',' in wanted else ','} got {came}{nearest(value, map(str, words))}"


def _missing(error: ValidationError, pointer: str) -> Iterator[Fault]:
    """Name each required field that is not there, and a near name that is."""
    wanted: Any = error.validator_value
    here: Any = error.instance
    known = _said(error, "properties") or {}
    strays = {name.lower(): name for name in here if name not in known}
    for name in wanted:
        if name not in here:
            near = get_close_matches(name.lower(), strays, n=1, cutoff=_NEARER)
            came = f"only {got(strays[near[0]])}" if near else "nothing"
            yield Fault(f"{pointer}/{escaped(name)}", f"wanted {got(name)} here, got {came}")


def _unknown(error: ValidationError, pointer: str) -> Iterator[Fault]:
    """Name each field that nobody knows, and the known one most like it."""
    here: Any = error.instance
    known = _said(error, "properties") or {}
    for name in here:
        if name not in known:
            hint = nearest(name, known) or f"; known are {', '.join(known)}"
            whose = _said(error, "title") or "this object"
            words = f"wanted only fields of {whose}, got {got(name)}{hint}"
            yield Fault(f"{pointer}/{escaped(name)}", words, named=True)


def _choose(error: ValidationError, pointer: str, under: str) -> Iterator[Fault]:
    """Explain a failed anyOf or oneOf by the branch that was most likely meant."""
    by_branch = groupby(error.context, key=lambda inner: inner.relative_schema_path[0])
    branches = [list(errors) for _, errors in by_branch]
    likely = [branch for branch in branches if not any(map(_of_another_kind, branch))] or branches
    flat = all(not inner.relative_path for branch in likely for inner in branch)
    single = all(len(branch) == 1 and branch[0].validator not in {"required", *_CHOICES} for branch in likely)
    if _said(error, "x-wanted"):
        yield Fault(pointer, _sentence(error))
    elif flat and single and len(likely) > 1:
        choices = " or ".join(dict.fromkeys(_wanted(branch[0]) for branch in likely))
        words = [word for branch in likely if branch[0].validator == "enum" for word in _limit(branch[0])]
        yield Fault(pointer, f"wanted {choices}; got {got(error.instance)}{nearest(error.instance, words)}")
    else:
        for inner in min(likely, key=_unlikeliness):
            yield from _explain(inner, under)


def _limit(error: ValidationError) -> list[str]:
    words: Any = error.validator_value
    return [*map(str, words)]


def _of_another_kind(error: ValidationError) -> bool:
    """Tell whether an error says that the branch wants a wholly different kind of value."""
    if error.relative_path:
        return False
    a_word = error.validator in {"const", "enum"} and isinstance(error.instance, (dict, list))
    return error.validator == "type" or a_word


def _unlikeliness(branch: list[ValidationError]) -> tuple[int, int]:
    """Rank a branch: fewest complaints about the value itself first, then fewest in all."""
    return sum(not inner.relative_path for inner in branch), len(branch)


def _wanted(error: ValidationError) -> str:
    """Say what `error` wanted: in the schema's own words where it has some, else from the keyword."""
    limit: Any = error.validator_value
    match error.validator:
        case "enum":
            return f"one of {', '.join(map(_word, limit))}" if len(limit) > 1 else _word(limit[0])
        case "const":
            return str(_said(error, "x-wanted") or json.dumps(limit))
        case _ if words := _said(error, "x-wanted"):
            return str(words)
        case "type":
            kinds = [limit] if isinstance(limit, str) else limit
            return " or ".join(_TYPES[kind] for kind in kinds if kind != "null")
        case keyword:
            return _LIMITS.get(str(keyword), f"what {keyword} {{}} allows").format(limit)


def _word(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
