"""The quick yes is the authority's yes: on every valid event, on every change of one, on any Python value.

The authority costs a hundred times as much. So it is asked of everything that is accepted, and of a part of
what is not.
"""

from __future__ import annotations

import random
import sys
from collections import OrderedDict
from collections.abc import Iterator
from enum import IntEnum, StrEnum
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import schemas
from schemas.accepting import _MOST_KNOWN, _NO_CONTROLS, _Known, accepting
from schemas.checking import examine_slowly
from schemas.documents import ecma, whole_event_schema
from schemas.errors import InvalidTimeError
from schemas.relations import faults_between
from schemas.strict_json import is_sound
from tests.schemas import corpus

ACCEPTING = {f"org.guildbook.{name}.v1": accepting(whole_event_schema(name)) for name in schemas.FACT_TYPES}
ONE_IN = 47  # of the changes that are not accepted, these are put to the authority


def accepts(event) -> bool:
    """Whether the quick yes is said, as `examine_event` asks for it."""
    if type(event) is not dict or type(kind := event.get("type")) is not str:
        return False
    try:
        return ACCEPTING[kind](event) is not None and not faults_between(kind, event["data"])
    except (KeyError, InvalidTimeError):
        return False


class Text(str):
    """What other libraries make of text, and no writer of JSON takes for it."""

    __slots__ = ()


class Word(StrEnum):
    """Words that are equal to what an enum allows."""

    SYNC = "sync"


class Number(IntEnum):
    """Numbers that are equal to what a bound allows."""

    ONE = 1


HOSTILE: list[object] = [
    *(None, True, False, 0, 1, -1, 5, 6, 2**53 - 1, 2**53, -(2**53), 10**400, 172_800, 172_801),
    *(0.0, -0.0, 0.5, 1.0, 5.0, 1.5, 1e300, float("nan"), float("inf"), -float("inf")),
    *("", "a", "a\n", "\n", "a b", "A", "ok", "é", "\0", "a\0b", "\x7f", "\u2028", "\ud800", "a\udfff", "😀", "\ufffe"),
    *("sync", "org.guildbook.metric.v1", "1.0", "northlight", "http://a", "http://a b", "HTTPS://é", "a/b", "a/b\n"),
    *("x" * 64, "x" * 65, "x" * 256, "x" * 257, "x" * 513, "x" * 1025, "é" * 4001, "é\n" * 1999, "0" * 64, "0" * 63),
    *("2026-01-01T00:00:60Z", "2026-02-29T00:00:00Z", "2026-01-01t00:00:00z", "2026-01-01T00:00:00.1234567+14:00"),
    *("1969-12-31T23:30:00-00:30", "1970-01-01T00:00:00+00:01", "2201-01-01T00:00:00Z", "2026-W01-1T00:00:00Z"),
    *(Text("sync"), Text("a"), Text("2026-01-01T00:00:00Z"), Word.SYNC, Number.ONE, b"a", ("a",), {"a"}, object()),
    *([], ["a"], [[]], {}, {"a": 1}, {1: 2}, {"\0": 1}, {Text("id"): "a"}, OrderedDict(platform="git", id="a")),
    *({"platform": "git", "id": "a"}, {"platform": "git", Text("id"): "a"}, {"start": "2026-01-01T00:00:00Z"}),
    *([corpus.ADA] * 20, [corpus.ADA] * 51, [corpus.LINK] * 10, [corpus.LINK] * 11, ["ok"] * 11, [corpus.SCALE]),
]
FIELDS = (
    "extra",
    "x" * 21,
    "data_base64",
    "Extra",
    "author",
    "url",
    "skill",
    "subject",
    Text("id"),
    "a~b",
    "",
    "\0",
    7,
)


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to everything inside `value`."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in inside:
        yield (*way, name)
        if not isinstance(value, list) or name == 0:  # one item of a list stands for all
            yield from places(inner, (*way, name))


def put(value: Any, way: tuple[Any, ...], what: object) -> Any:
    """Return `value` with `what` at the end of `way`, or nothing there where it is `...`; shares the rest."""
    name, *rest = way
    made = value.copy()
    if rest:
        made[name] = put(value[name], tuple(rest), what)
    elif what is not ...:
        made[name] = what
    elif name in made or isinstance(made, list):
        del made[name]
    return made


def changes(event: dict[str, Any], within: tuple[str, ...]) -> Iterator[Any]:
    """Yield `event` changed in one place `within`, in every way we know to be troublesome."""
    for way in [way for way in places(event) if way[: len(within)] == within]:
        yield put(event, way, ...)
        yield from (put(event, way, what) for what in HOSTILE)
        if isinstance(whole := at(event, way), dict):
            yield from (put(event, way, other) for other in with_other_names(whole))


def with_other_names(whole: dict[Any, Any]) -> Iterator[Any]:
    """Yield an object with one field more, with a name of another Python type, and as another type."""
    fillings: list[object] = ["a", 1, 1.5, None, {}, "\ud800"]
    yield from (whole | {name: filling} for name in FIELDS for filling in fillings)
    yield from ({Text(name) if name == one else name: whole[name] for name in whole} for one in whole)
    yield OrderedDict(whole)


def at(value: Any, way: tuple[Any, ...]) -> Any:
    for name in way:
        value = value[name]
    return value


@pytest.mark.parametrize("event", corpus.valid(), ids=count())
def test_what_is_valid_needs_no_authority(event):
    assert ACCEPTING[event["type"]](event) == schemas.parse_time(event["time"])


@pytest.mark.parametrize("name", schemas.FACT_TYPES)
def test_on_any_change_of_a_valid_event_both_say_the_same(name):
    for number, event in enumerate(changed(name)):
        told = accepts(event)
        if told or number % ONE_IN == 0:
            assert told == (not examine_slowly(event)), event


def changed(name) -> Iterator[Any]:
    """Yield events of a type with each field changed; the envelope, the same for all, in one type only."""
    least = corpus.LEAST[name]
    for field, value in corpus.MOST[name].items():
        one = value[:1] if isinstance(value, list) else value
        yield from changes(corpus.event(name, least | {field: one}), ("data", field))
    yield from (corpus.event(name, data) for data in with_other_names(corpus.MOST[name]))
    if name == "metric":
        event = corpus.event(name, least, subject="s")
        yield from changes(event, ())
        yield from with_other_names(event)


def test_on_several_changes_at_once_both_say_the_same():
    choose = random.Random(3).choice  # noqa: S311  no secret: the same events in every run
    for _ in range(500):
        event: Any = choose(corpus.valid())
        for _ in range(choose([2, 3])):
            *way, last = choose(list(places(event)))
            name = last if isinstance(last, int) else choose([last, last, *FIELDS])
            event = put(event, (*way, name), choose([..., *HOSTILE]))
        assert accepts(event) == (not examine_slowly(event)), event


@given(text=st.text(st.characters(codec=None, categories=None) | st.sampled_from("\0\ud800\udfffé\n")))
def test_sound_text_is_what_utf_8_can_carry_without_nul(text):
    assert is_sound(text) == (not any(letter == "\0" or 0xD800 <= ord(letter) <= 0xDFFF for letter in text))


def test_what_is_printable_holds_no_control_character_and_no_surrogate():
    """The short cut for ids and items: were a character printable that the pattern refuses, it would be wrong."""
    pattern = ecma(_NO_CONTROLS)
    for number in range(sys.maxunicode + 1):
        if chr(number).isprintable():
            assert pattern.search(chr(number))
            assert is_sound(chr(number))


def test_names_are_remembered_within_bounds():
    asked = []

    def is_name(text: str) -> bool:
        asked.append(text)
        return text.isalnum()

    known = _Known(is_name)
    assert known["a"]
    assert known["a"]
    assert not known["?"]
    assert not known["?"]
    assert asked == ["a", "?", "?"]
    for number in range(3 * _MOST_KNOWN):
        assert known[str(number)]
    assert len(known) <= _MOST_KNOWN


@pytest.mark.parametrize(
    ("where", "keyword"),
    [
        ((), {"minProperties": 9, "dependentRequired": {}}),
        (("properties", "id"), {"not": {}}),
        (("properties", "subject"), {"contentEncoding": "base64"}),
        (("properties", "data"), {"patternProperties": {}}),
        (("properties", "data", "properties", "value"), {"multipleOf": 2}),
        (("properties", "data", "properties", "window"), {"enum": ["day", 7]}),
        (("properties", "data", "properties", "member"), {"$ref": "#"}),
        (("properties", "data"), {"if": {"properties": {"metric": {"pattern": "x"}}}}),
        (("properties", "data"), {"if": {"properties": {"value": {"type": "integer"}}}}),
        (("properties", "data", "properties", "unit"), {"type": "array"}),
        (("properties", "subject"), {"type": "string", "format": "date-time"}),
        (("propertyNames",), {"pattern": "^x$"}),
    ],
    ids=count(),
)
def test_a_keyword_it_does_not_know_is_refused_not_passed_over(where, keyword):
    schema = whole_event_schema("metric")
    at(schema, where).update(keyword)
    with pytest.raises(schemas.SchemaError, match="wanted "):
        accepting(schema)
