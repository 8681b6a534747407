"""A credential held against a JSON Schema that somebody else wrote, within a bound on the work.

`jsonschema` judges. Whoever writes a schema could make any validator work for ever: by patterns that backtrack, by
references that double at each step, by comparing everything with everything. So patterns are matched by RE2, which
does not backtrack; references lead only to other places in the same schema; each keyword that is applied is paid for,
by the size of what it is applied to; and what cannot be bounded so is not judged.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote

import orjson
import re2
from jsonschema import Draft7Validator, Draft201909Validator, Draft202012Validator, FormatChecker, ValidationError
from jsonschema.validators import extend
from referencing import Registry

from badges.errors import ForeignSchemaError, TooMuchWorkError
from badges.work import applying_schemas, spend, spend_once, spent
from schemas import Fault, MalformedJSONError, loads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from jsonschema.protocols import Validator

LARGEST_SCHEMA = 256 * 1024  # bytes; 1EdTech's for a badge has 113,000
MOST_FAULTS = 5

# Units of work: to read a pattern; to apply a keyword, to look at what is in a list, to follow a reference.
_COMPILED, _APPLIED, _INSIDE, _REFERENCE = 40, 4, 12, 40
_SHARE = 12  # characters of what is judged that cost a unit more
_STATES = 128  # characters times states of a pattern that cost a unit
_LARGEST_PATTERN = 256 * 1024  # bytes that RE2 may take for one
_DRAFTS = {
    "https://json-schema.org/draft/2020-12/schema": Draft202012Validator,
    "https://json-schema.org/draft/2019-09/schema": Draft201909Validator,
    "http://json-schema.org/draft-07/schema": Draft7Validator,
}
_KINDS = {"array", "boolean", "integer", "null", "number", "object", "string"}
_UNJUDGED = {"$dynamicRef", "$recursiveRef", "unevaluatedItems", "unevaluatedProperties"}
_SCHEMA = {"additionalItems", "additionalProperties", "contains", "else", "if", "not", "propertyNames", "then"}
_SCHEMAS = {"allOf", "anyOf", "oneOf", "prefixItems"}
_NAMED = {"$defs", "definitions", "dependentSchemas", "patternProperties", "properties"}
_BOUNDS = {"exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum"}
_COUNTS = {
    *("maxContains", "maxItems", "maxLength", "maxProperties"),
    *("minContains", "minItems", "minLength", "minProperties"),
}


def schema_faults(document: Mapping[str, Any], schema: bytes) -> list[Fault]:
    """Return the first five things in `document` that are not as `schema` (JSON) asks, as JSON Pointers with words.

    Drafts 2020-12, 2019-09 and 7; `format` is not asserted. Raises `ForeignSchemaError` where the schema is none, is
    larger than 256 KiB, leads elsewhere, uses what is not judged here (dynamic references, `unevaluatedProperties`,
    patterns that RE2 has no match for), or would take more work than is done for schemas.
    """
    if len(schema) > LARGEST_SCHEMA:
        raise ForeignSchemaError(f"wanted a schema of at most {LARGEST_SCHEMA} bytes, got {len(schema)}")
    try:
        with applying_schemas():
            read = _read(schema)
            spend_once(schema, read.work)
            judge = _JUDGES[read.draft](read.schema, registry=Registry(), format_checker=_Work(document, read.patterns))
            found = list(islice(judge.iter_errors(document), MOST_FAULTS))
    except TooMuchWorkError as error:
        raise ForeignSchemaError(f"wanted a schema that takes less work: {error}") from error
    except RecursionError as error:
        raise ForeignSchemaError("wanted a schema that ends, got one that leads back to itself") from error
    return [Fault("".join(f"/{step}" for step in one.absolute_path), one.message[:160]) for one in found]


# --- reading a schema -----------------------------------------------------------------------------


class _Read(NamedTuple):
    """A schema that was read: of which draft, and its patterns by their text."""

    draft: str
    schema: Any
    patterns: dict[str, Any]
    work: int  # units that it took


@lru_cache(maxsize=16)
def _read(raw: bytes) -> _Read:
    begun = spent()
    try:
        schema = loads(raw)
    except MalformedJSONError as error:
        raise ForeignSchemaError(f"wanted a schema as JSON: {error}") from error
    if not isinstance(schema, dict):
        raise ForeignSchemaError(f"wanted a schema as an object, got {type(schema).__name__}")
    draft = schema.get("$schema", next(iter(_DRAFTS)))
    if not isinstance(draft, str) or draft.removesuffix("#") not in _DRAFTS:
        raise ForeignSchemaError(f"$schema: wanted draft 2020-12, 2019-09 or 7, got {ascii(draft)[:80]}")
    reader = _Reader(draft.removesuffix("#"), schema)
    reader.schema(schema, "#")
    for reference in reader.references:
        place = unquote(reference.removeprefix(reader.base))
        if place not in reader.places:
            raise ForeignSchemaError(f"$ref: wanted a place in the same schema, got {ascii(reference)[:100]}")
    work = spent() - begun
    spend_once(raw, 0)
    return _Read(reader.draft, schema, reader.patterns, work)


class _Reader:
    """Walks a schema, so that nothing in it has a form that `jsonschema` would stumble over."""

    def __init__(self, draft: str, root: Mapping[str, Any]) -> None:
        self.draft, self._root = draft, root
        name = root.get("$id", "")
        self.base = name.removesuffix("#") if isinstance(name, str) else ""
        self.places: set[str] = set()
        self.references: list[str] = []
        self.patterns: dict[str, Any] = {}

    def schema(self, node: object, at: str) -> None:
        """Read a schema that stands `at` a pointer. Raises `ForeignSchemaError`."""
        spend(1 + (len(node) if isinstance(node, dict) else 0))
        self.places.add(at)
        if isinstance(node, bool):
            return
        if not isinstance(node, dict):
            raise _odd(at, "a schema", node)
        for name, value in node.items():
            self._keyword(name, value, f"{at}/{_escaped(name)}", root=node is self._root)

    def _keyword(self, name: str, value: object, at: str, *, root: bool) -> None:
        if name in _UNJUDGED or (name == "$id" and not root):
            raise ForeignSchemaError(f"{at}: this keyword is not judged here")
        if name in _SCHEMA or (name == "items" and not (isinstance(value, list) and self._lists_items)):
            self.schema(value, at)
        elif name in _SCHEMAS or name == "items":
            self._schemas(value, at)
        elif name in _NAMED:
            self._named(value, at, patterns=name == "patternProperties")
        elif name == "dependencies":
            self._dependencies(value, at)
        elif name == "$anchor" and isinstance(value, str):
            self.places.add(f"#{value}")
        elif name == "$ref" and isinstance(value, str):
            self.references.append(value)
        elif name == "pattern":
            self._pattern(value, at)
        elif not _plain(name, value):
            raise _odd(at, "what this keyword takes", value)

    @property
    def _lists_items(self) -> bool:
        return self.draft != next(iter(_DRAFTS))

    def _schemas(self, value: object, at: str) -> None:
        if not isinstance(value, list) or not value:
            raise _odd(at, "a list of schemas", value)
        for place, one in enumerate(value):
            self.schema(one, f"{at}/{place}")

    def _named(self, value: object, at: str, *, patterns: bool) -> None:
        if not isinstance(value, dict):
            raise _odd(at, "schemas by name", value)
        for name, one in value.items():
            if patterns:
                self._pattern(name, at)
            self.schema(one, f"{at}/{_escaped(name)}")

    def _dependencies(self, value: object, at: str) -> None:
        if not isinstance(value, dict):
            raise _odd(at, "schemas or names, by name", value)
        for name, one in value.items():
            if not _is_names(one):
                self.schema(one, f"{at}/{_escaped(name)}")

    def _pattern(self, value: object, at: str) -> None:
        if not isinstance(value, str):
            raise _odd(at, "a pattern", value)
        spend(_COMPILED)
        options = re2.Options()
        options.max_mem, options.log_errors = _LARGEST_PATTERN, False
        try:
            self.patterns[value] = re2.compile(value, options)
        except re2.error as error:
            raise ForeignSchemaError(f"{at}: wanted a pattern that RE2 knows, got {ascii(value)[:60]}") from error
        spend(self.patterns[value].programsize // 4)


def _plain(name: str, value: object) -> bool:
    """Tell whether a keyword that holds no schemas has what it takes; what is unknown may have anything."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if name in _BOUNDS:
        return number
    if name == "multipleOf":
        return number and value > 0  # type: ignore[operator]  # a number
    if name in _COUNTS:
        return number and isinstance(value, int) and value >= 0
    if name == "type":
        kinds = value if isinstance(value, list) else [value]
        return _is_names(kinds) and set(kinds) <= _KINDS
    if name == "dependentRequired":
        return isinstance(value, dict) and all(_is_names(one) for one in value.values())
    forms = {"required": _is_names(value), "enum": isinstance(value, list), "uniqueItems": isinstance(value, bool)}
    texts = {"$id", "$anchor", "$ref"}
    return forms.get(name, isinstance(value, str) or name not in texts)


def _is_names(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _odd(at: str, wanted: str, got: object) -> ForeignSchemaError:
    return ForeignSchemaError(f"{at}: wanted {wanted}, got {ascii(got)[:60]}")


# --- judging by it --------------------------------------------------------------------------------


class _Work(FormatChecker):
    """How large the parts of a document are, by which a schema's keywords are paid, and the patterns of the schema.

    It stands where a validator keeps its format checker, which every part of it hands on; formats are not asserted.
    """

    def __init__(self, document: object, patterns: Mapping[str, Any]) -> None:
        super().__init__(formats=())
        self.patterns = patterns
        self._sizes: dict[int, int] = {}
        self._measure(document)

    def _measure(self, node: object) -> int:
        spend(1)
        if not isinstance(node, (dict, list)):
            return len(node) if isinstance(node, str) else 1
        inside = node.values() if isinstance(node, dict) else node
        size = self._sizes[id(node)] = (
            1 + sum(self._measure(one) for one in inside) + (sum(map(len, node)) if isinstance(node, dict) else 0)
        )
        return size

    def size(self, node: object) -> int:
        """Return how many characters a part of the document has, about."""
        return len(node) if isinstance(node, str) else self._sizes.get(id(node), 1)

    def matches(self, pattern: str, text: str) -> bool:
        """Tell whether a pattern is found in a text, and pay for it: RE2 takes their product at most."""
        compiled = self.patterns[pattern]
        spend(_APPLIED + len(text) * compiled.programsize // _STATES)
        return compiled.search(text) is not None


def _paid(
    judge: Callable[..., Any], *, times: Callable[[Any], int] = lambda _value: 1, each: bool = False
) -> Callable[..., Any]:
    """Return a keyword's judge that pays for what it does, by the size of what it is applied to.

    `times`: how often it looks at that; `each`: whether it looks at each member.
    """

    def paying(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:  # noqa: ANN401  jsonschema's
        within = times(value) * (validator.format_checker.size(instance) // _SHARE)
        inside = _INSIDE * len(instance) if isinstance(instance, list) or (each and isinstance(instance, dict)) else 0
        spend(_APPLIED + within + inside + (_APPLIED * len(value) if _holds(value) else 0))
        yield from judge(validator, value, instance, schema) or ()

    return paying


def _holds(value: object) -> bool:
    return isinstance(value, (dict, list))


def _referred(validator: Any, value: str, instance: Any, schema: Any) -> Iterator[ValidationError]:  # noqa: ANN401
    spend(_REFERENCE)
    yield from Draft202012Validator.VALIDATORS["$ref"](validator, value, instance, schema) or ()


def _pattern(validator: Any, value: str, instance: Any, _schema: Any) -> Iterator[ValidationError]:  # noqa: ANN401
    if isinstance(instance, str) and not validator.format_checker.matches(value, instance):
        yield ValidationError(f"{instance[:60]!r} does not match {value[:80]!r}")


def _pattern_properties(validator: Any, value: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:  # noqa: ANN401
    if isinstance(instance, dict):
        for pattern, inner in value.items():
            for name, one in instance.items():
                if validator.format_checker.matches(pattern, name):
                    yield from validator.descend(one, inner, path=name, schema_path=pattern)


def _additional_properties(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:  # noqa: ANN401
    if not isinstance(instance, dict):
        return
    known, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    for name, one in instance.items():
        if name in known or any(validator.format_checker.matches(pattern, name) for pattern in patterns):
            continue
        if value is False:
            yield ValidationError(f"{name[:60]!r} is not among the members allowed", path=[name])
        else:
            yield from validator.descend(one, value, path=name)


def _unique(_validator: Any, value: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:  # noqa: ANN401
    if value and isinstance(instance, list):
        written = {orjson.dumps(one, option=orjson.OPT_SORT_KEYS) for one in instance}
        if len(written) != len(instance):
            yield ValidationError("wanted no item twice, got one that is")


def _judge(draft: type[Validator]) -> Any:  # noqa: ANN401  what jsonschema makes
    """Return a validator of a draft that pays for its work."""
    ours = {
        "$ref": _referred,
        "pattern": _paid(_pattern),
        "patternProperties": _paid(_pattern_properties),
        "additionalProperties": _paid(_additional_properties, each=True),
        "uniqueItems": _paid(_unique, times=lambda _value: 4),
    }
    theirs = {name: _paid(judge) for name, judge in draft.VALIDATORS.items()}
    theirs["propertyNames"] = _paid(draft.VALIDATORS["propertyNames"], each=True)
    theirs["enum"] = _paid(draft.VALIDATORS["enum"], times=len)
    return extend(draft, theirs | ours)  # type: ignore[no-untyped-call]  # as its stubs have it


_JUDGES = {name: _judge(draft) for name, draft in _DRAFTS.items()}
