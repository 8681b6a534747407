"""The quick yes: each schema made into Python, so that a valid event is known in a few microseconds.

What is made here accepts a value only where `jsonschema` finds no fault in it and strict JSON can carry it;
it never says what is wrong, which is the authority's part. It is made from the same schema files, knows the
keywords they use, and refuses to be made from a file with any other: a new keyword cannot pass unseen.
"""

from __future__ import annotations

import re
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from schemas.documents import FORMATS, SAYS_NOTHING, ecma
from schemas.errors import SchemaError
from schemas.strict_json import LARGEST_INTEGER, is_sound
from schemas.times import parse_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from schemas.documents import Schema

_MOST_KNOWN = 1_024  # texts of one kind that were found good and are remembered
_GREATEST = 1.7976931348623157e308  # a float beyond it is infinite
_NO_CONTROLS = "^[^\\u0000-\\u001f\\u007f]+$"  # what is printable has none (and no lone surrogate either)
_AT_ONCE = 4  # optional fields looked for before it is asked whether there are any more
_A_NAME = re.compile(r"\{\d+,\d+\}\$$")  # such a pattern is of short names, which come again and again,
_A_SHORT_NAME = 127  # and so is one of at most so many characters

_TEXT = frozenset({"enum", "const", "pattern", "format", "minLength", "maxLength"})
_NUMBER = frozenset({"minimum", "maximum"})
_BETWEEN = frozenset({"anyOf", "allOf", "if", "then", "else", "minProperties"})
_FIELDS = frozenset({"required", "properties", "additionalProperties", "propertyNames"})
_KEYWORDS: Final = {
    "string": _TEXT,
    "integer": _NUMBER,
    "number": _NUMBER,
    "boolean": frozenset[str](),
    "null": frozenset[str](),
    "array": frozenset({"items", "minItems", "maxItems"}),
    "object": _FIELDS | _BETWEEN,
}
_EXACT_KINDS = {"number": "in (int, float)", "boolean": "is bool", "string": "is str"}


def accepting(schema: Schema) -> Callable[[dict[str, Any]], int | None]:
    """Return the quick yes of a whole event's `schema`: the instant of its `time` (µs) where it is valid.

    Give it a dict. For any other than a valid event it returns None, or raises `KeyError` (a field is missing)
    or `InvalidTimeError`. Raises `SchemaError` where a keyword of `schema` is not known here.
    """
    with _MAKING:
        try:
            lines = _MAKER.fields(schema, "value")
        except KeyError as error:
            raise SchemaError(f"wanted the keyword {error} wherever the quick check needs it, got none") from error
        if sum("t_value_ :=" in line for line in lines) != 1:
            raise SchemaError("wanted one instant in an event beside its data, got another number of them")
        return _MAKER.function([*lines, "return t_value_"])


class _Maker:
    """Writes Python from schemas: one function for each, without a loop or a call that could be spared.

    Lines return None where a value is not accepted. An expression or a line speaks of a value by its place:
    a name, or a name[...]. A name ends in how deep it lies, so that inner values do not cover outer ones.
    """

    def __init__(self) -> None:
        self._names: dict[str, Any] = {"sound": is_sound, "when": parse_time}  # what the written code may name
        self._named: dict[object, str] = {}  # what stands for a thing -> its name

    def fields(self, schema: Schema, place: str) -> list[str]:
        """Write lines that hold a dict against an object's schema."""
        _known_only(schema, {"type"} | _KEYWORDS["object"])
        properties, required = schema["properties"], schema.get("required", ())
        lines = [f"for name in {place}:", "    if type(name) is not str: return None"]
        for name in required:
            lines += [f"{place}_ = {place}[{name!r}]", *self._lines(properties[name], f"{place}_")]
        optional = [name for name in properties if name not in required]
        lines += [f"n_{place} = {len(required)}", *self._optional(schema, optional, place)]
        between = {keyword: schema[keyword] for keyword in schema.keys() & _BETWEEN}
        return [*lines, *map(_unless, self._exact(between, place, frozenset(required)))]

    def _optional(self, schema: Schema, names: list[str], place: str) -> list[str]:
        """Write what becomes of fields that may be missing, until none is left that was not looked at."""
        lines = []
        for name in names[:_AT_ONCE]:
            lines += [f"if {name!r} in {place}:", f"    n_{place} += 1", f"    {place}_ = {place}[{name!r}]"]
            lines += _indented(4, self._lines(schema["properties"][name], f"{place}_"))
        rest = self._optional(schema, names[_AT_ONCE:], place) if names else self._others(schema, place)
        return [f"if n_{place} != len({place}):", *_indented(4, [*lines, *rest])]

    def _others(self, schema: Schema, place: str) -> list[str]:
        """Write what becomes of the fields that `properties` does not name."""
        if schema["additionalProperties"] is False:
            return ["return None"]
        names = {"type": "string"} | schema["propertyNames"]
        allows = self.function([f"return {self._value(names, 'value')}"])
        if refused := [name for name in schema["properties"] if not allows(name)]:
            raise SchemaError(f"wanted properties that propertyNames allows, got {', '.join(refused)}")
        held = f"{self._value(names, 'name')} and ({self._value(schema['additionalProperties'], 'other')})"
        known = f"name in {_words(schema['properties'])}"
        return [f"for name, other in {place}.items():", f"    {_unless(f'{known} or {held}')}"]

    def _lines(self, schema: Schema, place: str) -> list[str]:
        """Write lines that hold any value against its schema."""
        match schema["type"]:
            case "object":
                return [_unless(f"type({place}) is dict"), *self.fields(schema, place)]
            case "array":
                _known_only(schema, {"type"} | _KEYWORDS["array"])
                length = _within(f"len({place})", schema.get("minItems"), schema["maxItems"])
                each = _indented(4, self._lines(schema["items"], f"{place}_"))
                return [_unless(f"type({place}) is list and {length}"), f"for {place}_ in {place}:", *each]
            case _:
                return [_unless(self._value(schema, place))]

    def _value(self, schema: Schema, place: str) -> str:
        """Write whether a value that holds no others is valid and strict JSON, its exact Python type included."""
        kinds = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
        _known_only(schema, {"type"}.union(*(_KEYWORDS[kind] for kind in kinds)))
        write: dict[str, Callable[[Schema, str], str]] = {
            "string": self._text,
            "integer": _integer,
            "number": _number,
            "boolean": lambda _, place: f"type({place}) is bool",
            "null": lambda _, place: f"{place} is None",
        }
        return " or ".join(f"({write[kind](schema, place)})" for kind in kinds)

    def _text(self, schema: Schema, place: str) -> str:
        """Write whether a text is valid. Names that come again and again are judged once and remembered."""
        words = schema.get("enum", [schema["const"]] if "const" in schema else None)
        if words is not None:
            return f"type({place}) is str and {place} in {_words(words)}"
        if _comes_again(schema):
            judge = f"return {_all(self._terms(schema, 'value'))}"
            return f"type({place}) is str and {self._name(judge, lambda: _Known(self.function([judge])))}[{place}]"
        return _all([f"type({place}) is str", *self._terms(schema, place)])

    def _terms(self, schema: Schema, place: str) -> list[str]:
        """Write what a text must be, the cheapest first."""
        pattern, kind = schema.get("pattern"), schema.get("format")
        least, most = schema.get("minLength"), schema.get("maxLength")
        terms = [_within(f"len({place})", least, most)] if least or most else []
        if kind == "date-time":
            return [*terms, f"(t_{place} := when({place})) >= 0"]
        matches = f"{self._name(pattern, lambda: ecma(pattern).search)}({place})" if pattern else ""
        if pattern == _NO_CONTROLS and least:
            return [*terms, f"({place}.isprintable() or sound({place}) and {matches})"]
        suits = f"{self._name(kind, lambda: FORMATS[kind])}({place})" if kind else ""
        sound = f"({place}.isascii() and '\\0' not in {place} or sound({place}))"
        return [*terms, sound, *filter(None, (matches, suits))]

    def _exact(self, schema: Schema, place: str, there: frozenset[str]) -> list[str]:
        """Write what `schema` says of an object whose own fields are valid, those `there` not missing.

        All the terms are true exactly where it holds.
        """
        _known_only(schema, _BETWEEN | {"required", "properties"})
        terms = [f"{name!r} in {place}" for name in schema.get("required", ()) if name not in there]
        there |= frozenset(schema.get("required", ()))
        for name, inner in schema.get("properties", {}).items():
            term = _one(inner, f"{place}[{name!r}]")
            terms.append(term if name in there else f"({name!r} not in {place} or {term})")
        if "minProperties" in schema:
            terms.append(f"len({place}) >= {schema['minProperties']}")
        for branch in schema.get("allOf", ()):
            terms += self._exact(branch, place, there)
        if "anyOf" in schema:
            terms.append(f"({' or '.join(_all(self._exact(branch, place, there)) for branch in schema['anyOf'])})")
        if "if" in schema:
            so, then, other = (_all(self._exact(schema.get(part, {}), place, there)) for part in ("if", "then", "else"))
            terms.append(f"({then} if {so} else {other})")
        return terms

    def function(self, lines: list[str]) -> Callable[[Any], Any]:
        """Return a function of `value` with these lines."""
        here = dict(self._names)
        exec("\n".join(["def written(value):", *_indented(4, lines)]), here)  # noqa: S102  from our own files alone
        made: Callable[[Any], Any] = here["written"]
        return made

    def _name(self, key: object, thing: Callable[[], object]) -> str:
        """Name what `thing` makes, once for each `key`, for the written code."""
        if key not in self._named:
            self._named[key] = name = f"thing{len(self._named)}"
            self._names[name] = thing()
        return self._named[key]


_MAKER = _Maker()
_MAKING = Lock()
"""One thread at a time writes checks: they share names, and one half-made would stay wrong for good."""


class _Known(dict[str, bool]):
    """What a judge said of texts that come again and again; empties itself when it is full."""

    def __init__(self, judge: Callable[[str], object]) -> None:
        self._judge = judge

    def __missing__(self, text: str) -> bool:
        good = bool(self._judge(text))
        if good:
            if len(self) >= _MOST_KNOWN:
                self.clear()
            self[text] = True
        return good


def _known_only(schema: Schema, keywords: Iterable[str]) -> None:
    """Refuse a keyword that would otherwise be passed over."""
    if strange := sorted(schema.keys() - set(keywords) - SAYS_NOTHING - {"$schema", "$id"}):
        raise SchemaError(f"wanted keywords that the quick check knows here, got {', '.join(strange)}")


def _comes_again(schema: Schema) -> bool:
    """Tell whether the texts of `schema` are likely to be the same in many events: names, and who sends them."""
    short = "pattern" in schema and schema.get("maxLength", _A_SHORT_NAME + 1) <= _A_SHORT_NAME
    return short or schema.get("format") == "uri-reference" or bool(_A_NAME.search(schema.get("pattern", "")))


def _unless(expression: str) -> str:
    return f"if not ({expression}): return None"


def _indented(by: int, lines: Iterable[str]) -> list[str]:
    return [" " * by + line for line in lines]


def _one(schema: Schema, place: str) -> str:
    """Write what a condition says of one field, valid in itself."""
    if schema.get("not") == {}:
        return "False"
    _known_only(schema, {"type", "enum", "const"})
    terms = [f"type({place}) {_EXACT_KINDS[schema['type']]}"] if "type" in schema else []
    terms += [f"{place} in {_words(schema['enum'])}"] if "enum" in schema else []
    terms += [f"{place} in {_words([schema['const']])}"] if "const" in schema else []
    return f"({_all(terms)})"


def _integer(schema: Schema, place: str) -> str:
    least, most = _bounds(schema, LARGEST_INTEGER)
    return f"(type({place}) is int or type({place}) is float and {place}.is_integer()) and {least} <= {place} <= {most}"


def _number(schema: Schema, place: str) -> str:
    (least, most), (lowest, highest) = _bounds(schema, LARGEST_INTEGER), _bounds(schema, _GREATEST)
    whole, broken = f"{least} <= {place} <= {most}", f"{lowest} <= {place} <= {highest}"
    return f"(type({place}) is int and {whole} or type({place}) is float and {broken})"


def _within(measure: str, least: int | None, most: int | None) -> str:
    return f"{f'{least} <= ' if least else ''}{measure}{'' if most is None else f' <= {most}'}"


def _bounds(schema: Schema, widest: float) -> tuple[float, float]:
    return max(schema.get("minimum", -widest), -widest), min(schema.get("maximum", widest), widest)


def _words(words: Iterable[object]) -> str:
    """Write a set of texts (or none, which no value is in)."""
    listed = list(words)
    if strange := [word for word in listed if not isinstance(word, str)]:
        raise SchemaError(f"wanted words, the only constants the quick check knows, got {strange[0]!r}")
    return "{" + ", ".join(map(repr, listed)) + "}"


def _all(terms: Iterable[str]) -> str:
    return " and ".join(terms) or "True"
