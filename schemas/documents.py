"""The schema files of this package, and the validators made from them once."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import jsonschema
from jsonschema import validators
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from schemas.errors import InvalidTimeError, SchemaError, UnknownFactTypeError
from schemas.times import parse_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from jsonschema.protocols import Validator

Schema = dict[str, Any]

FACT_TYPES: Final = (
    "contribution",
    "attendance",
    "endorsement",
    "response",
    "impact",
    "membership",
    "consent",
    "identity",
    "assignment",
    "moderation",
    "retraction",
    "metric",
)
_EVENT_FILES = ("common", "envelope", *(f"{name}.v1" for name in FACT_TYPES))
SAYS_NOTHING = frozenset({"title", "description", "x-kept", "x-wanted", "x-personal"})  # annotations


def event_type(name: str) -> str:
    """Return the CloudEvents type of the fact type `name`, such as org.guildbook.metric.v1."""
    return f"org.guildbook.{name}.v1"


def is_date_time(value: str) -> bool:
    """Tell whether `value` is an RFC 3339 time we take."""
    try:
        parse_time(value)
    except InvalidTimeError:
        return False
    return True


def is_uri_reference(value: str) -> bool:
    """Tell whether `value` is a URI reference (RFC 3986 "URI Reference")."""
    return _STANDARD.conforms(value, "uri-reference") and not value.endswith("\n")


# The authority and the quick yes are given these same functions, so that no format is judged in two ways.
FORMATS: Final[dict[str, Callable[[str], bool]]] = {
    "date-time": is_date_time,
    "uri-reference": is_uri_reference,
}
_STANDARD = jsonschema.FormatChecker()
_CHECKER = jsonschema.FormatChecker(formats=())
for _name, _check in FORMATS.items():
    # A format says nothing about what is not text: JSON Schema Validation "Format".
    _CHECKER.checks(_name)(lambda value, check=_check: not isinstance(value, str) or check(value))


@cache
def document(name: str) -> Schema:
    """Return the schema file `name` (such as events/metric.v1), read once; not to be altered.

    Raises `SchemaError` where the package has no such file.
    """
    path = files("schemas").joinpath(f"{name}.json")
    try:
        loaded: Schema = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise SchemaError(f"wanted the schema file {name}.json in the package schemas, found none") from error
    if silent := sorted(set(_formats(loaded)) - FORMATS.keys()):
        raise SchemaError(f"{name}.json: wanted only formats that are checked, got {', '.join(silent)}")
    return loaded


def fact_schema(name: str) -> Schema:
    """Return the schema of the data of fact type `name` (such as contribution), its $refs put in place.

    The caller owns the copy. Raises `UnknownFactTypeError`.
    """
    if name not in FACT_TYPES:
        raise UnknownFactTypeError(f"wanted one of {', '.join(FACT_TYPES)}; got {name!r}")
    return deepcopy(_inlined(f"events/{name}.v1"))


def whole_event_schema(name: str) -> Schema:
    """Return one schema for a whole event of fact type `name`: the envelope with its data."""
    envelope = deepcopy(_inlined("events/envelope"))
    envelope["properties"] |= {"type": {"type": "string", "const": event_type(name)}, "data": fact_schema(name)}
    return envelope


@cache
def charter_names() -> tuple[tuple[str, ...], ...]:
    """Return, for each kind of mapping in a charter, the names it may have, in the order in which they are written."""
    found: list[tuple[str, ...]] = []
    edge: list[object] = [document("charter")]
    for node in edge:
        if isinstance(node, dict):
            if isinstance(node.get("properties"), dict):
                found.append(tuple(node["properties"]))
            edge += node.values()
        elif isinstance(node, list):
            edge += node
    return tuple(found)


@cache
def validator(name: str) -> Validator:
    """Return the validator of the schema file `name`, made once, with formats that really check."""
    return _Validator(document(name), registry=_registry(), format_checker=_CHECKER)


@cache
def _inlined(name: str) -> Schema:
    """Return the schema file `name` as one self-contained schema."""
    whole = _inline(document(name), document(name))
    assert isinstance(whole, dict)  # noqa: S101  narrowing for the type checker: files hold objects
    whole.pop("$defs", None)
    return whole


def _inline(node: object, home: Schema) -> Any:  # noqa: ANN401  a JSON value
    """Replace each $ref in `node` (part of the file `home`) by what it names."""
    if isinstance(node, list):
        return [_inline(inner, home) for inner in node]
    if not isinstance(node, dict):
        return node
    if "$ref" not in node:
        return {name: _inline(inner, home) for name, inner in node.items()}
    beside = {name: inner for name, inner in node.items() if name != "$ref"}
    if binding := sorted(beside.keys() - SAYS_NOTHING):
        raise SchemaError(f"wanted only annotations beside {node['$ref']}, got {', '.join(binding)}")
    file, _, path = node["$ref"].partition("#/$defs/")
    there = document(f"events/{file.removesuffix('.json')}") if file else home
    return _inline(there["$defs"][path], there) | beside


@cache
def _registry() -> Registry[bool | Mapping[str, Any]]:
    """Return every event schema under its $id."""
    loaded = (document(f"events/{name}") for name in _EVENT_FILES)
    return Registry().with_resources((one["$id"], DRAFT202012.create_resource(one)) for one in loaded)


def _formats(node: object) -> Iterator[str]:
    """Yield every format named in a schema."""
    if isinstance(node, dict):
        if isinstance(node.get("format"), str):
            yield node["format"]
        node = list(node.values())
    if isinstance(node, list):
        for inner in node:
            yield from _formats(inner)


@cache
def ecma(pattern: str) -> re.Pattern[str]:
    """Compile a schema's pattern, where $ is the very end (Python's is also before a last newline)."""
    return re.compile(re.sub(r"(?<!\\)\$(?=\||\)|$)", r"\\Z", pattern))


def _pattern(
    _validator: Validator, pattern: str, instance: object, _schema: Schema
) -> Iterator[jsonschema.ValidationError]:
    """Check JSON Schema Validation "pattern" as ECMA-262 reads it."""
    if isinstance(instance, str) and not ecma(pattern).search(instance):
        yield jsonschema.ValidationError(f"{instance!r} does not match {pattern!r}")


_Validator: type[Validator] = validators.extend(  # type: ignore[no-untyped-call]
    jsonschema.Draft202012Validator, {"pattern": _pattern}
)


def _assert_formats_check() -> None:
    """Refuse to start where a format would silently pass: a validator without the format says yes to all."""
    samples = {
        "date-time": ("2026-03-01T10:00:00Z", "yesterday"),
        "uri-reference": ("https://a.example/b", "a b"),
    }
    for name, (good, bad) in samples.items():
        one = _Validator({"format": name}, format_checker=_CHECKER)
        if not one.is_valid(good) or one.is_valid(bad):
            raise SchemaError(f"wanted the format {name} to be checked, but it is not")


_assert_formats_check()
