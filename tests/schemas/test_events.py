"""Every event is taken or refused for a reason a person can act on."""

from __future__ import annotations

import gzip
import json
from itertools import count, islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import schemas
from schemas.accepting import _KEYWORDS
from schemas.checking import examine_slowly
from schemas.documents import document, validator
from tests.schemas import corpus


class Text(str):
    """Text that other libraries make: equal to a str, and none to a writer of JSON."""

    __slots__ = ()


SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"

KEYWORDS = frozenset().union(*_KEYWORDS.values())

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
anything = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12)


@pytest.mark.parametrize("event", corpus.valid(), ids=count())
def test_what_is_valid_is_taken(event):
    assert schemas.check_event(event) == examine_slowly(event) == ()
    assert schemas.check_event(event, community="northlight") == ()
    assert schemas.examine_event(event) == ((), schemas.parse_time(event["time"]))


@pytest.mark.parametrize(("event", "pointer", "words"), corpus.faulty(), ids=count())
def test_one_mistake_is_one_fault_where_it_is(event, pointer, words):
    (fault,) = schemas.check_event(event)
    assert fault.pointer == pointer
    assert words in fault.message
    assert examine_slowly(event) == (fault,)
    assert schemas.examine_event(event) == ((fault,), 0)


def test_there_is_a_mistake_for_every_keyword_of_the_schemas():
    used, broken = set[object](), set[object]()
    for name in ("envelope", *(f"{name}.v1" for name in schemas.FACT_TYPES)):
        used |= {keyword for node in _nodes(document(f"events/{name}")) for keyword in node}
        for event, _, _ in corpus.faulty():
            if name in {"envelope", str(event["type"]).removeprefix("org.guildbook.")}:
                checked = event if name == "envelope" else event["data"]
                for error in validator(f"events/{name}").iter_errors(checked):
                    broken |= set(error.absolute_schema_path)
    assert used & KEYWORDS <= broken | {"if"}  # what `if` asks is never at fault: `then` and `else` are


def _nodes(node):
    if isinstance(node, dict):
        yield node
        node = list(node.values())
    for inner in node if isinstance(node, list) else ():
        yield from _nodes(inner)


@pytest.mark.parametrize("event", [None, True, 3, "x", [], [{}], float("nan")])
def test_what_is_no_object_is_no_event(event):
    (fault,) = schemas.check_event(event)
    assert fault.pointer == ""
    assert fault.message.startswith("wanted ")


def test_another_community_is_refused_at_its_place():
    event = corpus.event("metric", corpus.LEAST["metric"])
    assert schemas.check_event(event, community="elsewhere") == (
        schemas.Fault("/community", 'wanted elsewhere, got "northlight"'),
    )


def test_all_that_is_wrong_is_told_at_once():
    event = corpus.event("metric", {"metric": "A B", "valu": 1}, time="soon", community="elsewhere")
    told = {fault.pointer: fault.message for fault in schemas.check_event(event, community="northlight")}
    assert told.keys() == {"/time", "/data/metric", "/data/value", "/data/valu", "/community"}
    assert told["/data/value"] == 'wanted "value" here, got only "valu"'


def test_many_faults_are_counted_not_poured_out():
    answers = [{"item": "q", "value": None}] * 200
    faults = schemas.check_event(corpus.event("response", {"instrument": "poll", "answers": answers}))
    assert len(faults) == 26
    assert faults[-1] == schemas.Fault("", "and 175 more faults")


def test_a_fault_never_repeats_what_is_personal():
    secret = "ada.nkemelu@" + "x" * 320
    event = corpus.event("membership", {"member": corpus.ADA | {"email": secret}, "change": "joined"})
    (fault,) = schemas.check_event(event)
    assert "ada" not in fault.message


@pytest.mark.parametrize(
    ("value", "pointer", "words"),
    [
        ("a\0b", "/data/comment", "without U+0000"),
        ("\ud800", "/data/comment", "lone surrogates"),
        (float("nan"), "/data/comment", "wanted a finite number, got nan"),
        (10**400, "/data/comment", "wanted an integer within"),
        ((1, 2), "/data/comment", "got a Python tuple"),
        (Text("fine"), "/data/comment", "got a Python Text"),
        (b"fine", "/data/comment", "got a Python bytes"),
        ({1: 2}, "/data/comment", "wanted names that are text"),
        ({"\ud800": 2}, "/data/comment", "wanted names that are text"),
    ],
    ids=count(),
)
def test_what_json_cannot_carry_is_refused_wherever_it_was_made(value, pointer, words):
    event = corpus.mistaken(corpus.event("endorsement", corpus.MOST["endorsement"]), "/data/comment", value)
    (fault,) = schemas.check_event(event)
    assert fault.pointer == pointer
    assert words in fault.message


def test_depth_is_bounded_not_survived_by_luck():
    deep: object = 1
    for _ in range(100_000):
        deep = [deep]
    (fault,) = schemas.check_event(corpus.event("metric", {"metric": "x", "value": deep}))
    assert "32 levels" in fault.message


def test_what_holds_itself_is_refused():
    endless: list[object] = []
    endless += [endless, endless]
    (fault,) = schemas.check_event(corpus.event("metric", {"metric": "x", "value": endless}))
    assert "32 levels" in fault.message


def test_a_small_value_that_is_an_endless_text_is_refused():
    """Parts that are shared twenty-eight times over: no text of it could be sent, and nobody waits for the count."""
    shared: list[object] = []
    for _ in range(28):
        shared = [shared, shared]
    (fault,) = schemas.check_event(corpus.event("metric", {"metric": "x", "value": shared}))
    assert "far more values" in fault.message


@given(event=anything)
def test_no_value_makes_it_raise(event):
    faults = schemas.check_event(event)
    assert faults
    assert all(fault.message.startswith(("wanted ", "and ")) for fault in faults)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the histories of real communities are not beside this checkout")
@pytest.mark.parametrize("name", ["node-tsc", "u-boot", "u-boot.maintainers"])
def test_histories_of_real_communities_are_taken(name):
    with gzip.open(SHARED / f"{name}.jsonl.gz") as lines:
        for number, line in enumerate(lines):
            if number % 17 == 0:
                assert schemas.check_event(schemas.loads(line)) == (), line
    with gzip.open(SHARED / f"{name}.jsonl.gz") as lines:
        assert all(examine_slowly(json.loads(line)) == () for line in islice(lines, 0, 300, 10))
