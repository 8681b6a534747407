"""The opening of a fact shows what it shows, proves it against the leaf, and nothing else of anybody."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import Book, LedgerError
from ledger.draft import canonical
from ledger.opening import LARGEST, Opening
from ledger.shape import Part as StoredPart
from ledger.shape import Place, State, commitments, leaf
from ledger.transparency import TransparencyError
from tests.ledger.events import ONE_OF_EACH, contribution, endorsement
from tests.ledger.vaults import destroy_key

if TYPE_CHECKING:
    from tests.ledger.conftest import Place as Kept

PLACE = Place(bytes(range(16)), 1, "contribution.v1")


def an_opening(*parts: bytes, shown: tuple[int, ...] = (1, 2)) -> Opening:
    """Return the opening of a fact with these parts as JSON, of which some are shown."""
    salted = [bytes([number]) * 16 + part for number, part in enumerate(parts, start=1)]
    committed = [sha256(b"the open part").digest(), *(sha256(part).digest() for part in salted)]
    whole = Opening(PLACE, 1_772_323_200_000_017, tuple(committed), dict(enumerate(salted, start=1)))
    return whole.only(shown)


OPENING = an_opening(b'{"title":"\xc3\x9cber \\u0007"}', b"{}")


def test_an_opening_is_written_in_one_way_and_read_again():
    raw = OPENING.encode()
    assert Opening.parse(raw) == OPENING
    assert raw == canonical(json.loads(raw))
    assert OPENING.content(1) == {"title": "\N{LATIN CAPITAL LETTER U WITH DIAERESIS}ber \a"}


def test_its_leaf_is_that_of_the_stored_fact():
    parts = [StoredPart(["a"], b"", each) for each in OPENING.commitments[1:]]
    stored = State(1, b"the open ", b"part", b"", parts)
    assert OPENING.leaf() == leaf(PLACE, OPENING.recorded, commitments(stored))


def test_what_is_not_shown_does_not_change_the_leaf():
    less = OPENING.only([2])
    assert less.leaf() == OPENING.leaf()
    assert less.parts.keys() == {2}
    assert OPENING.only([]).document() == changed(parts={})
    with pytest.raises(TransparencyError, match=r"wanted part 1 to be opened, got \[2\]"):
        less.content(1)


def without(name: str) -> dict[str, Any]:
    return {each: value for each, value in OPENING.document().items() if each != name}


def changed(**fields: Any) -> dict[str, Any]:
    return OPENING.document() | fields


PARTS: dict[str, Any] = OPENING.document()["parts"]
HOSTILE: dict[str, tuple[Any, str]] = {
    "nothing": (None, "wanted guildbook.opening.1"),
    "list": ([], "wanted guildbook.opening.1"),
    "no stream": (without("stream"), "wanted guildbook.opening.1"),
    "one more": (changed(more=1), "wanted guildbook.opening.1"),
    "another type": (changed(type="guildbook.opening.2"), "wanted guildbook.opening.1"),
    "short stream": (changed(stream="AAAA"), "stream of an opening: wanted 16 bytes"),
    "stream in other letters": (changed(stream="A" * 21 + "B"), "stream of an opening: wanted 16 bytes"),
    "stream that is none": (changed(stream=7), "stream of an opening: wanted 16 bytes"),
    "no letters": (changed(stream="\N{SNOWMAN}" * 22), "stream of an opening: wanted 16 bytes"),
    "version true": (changed(version=True), "version of an opening: wanted 0 to 4294967295, got True"),
    "version beyond": (changed(version=2**32), "version of an opening"),
    "recorded before all time": (changed(recorded=-1), "recorded of an opening"),
    "recorded as text": (changed(recorded="1"), "recorded of an opening"),
    "topic empty": (changed(topic=""), "topic of an opening"),
    "topic long": (changed(topic="t" * 65_536), "topic of an opening"),
    "no commitments": (changed(commitments=[]), "commitments: wanted 1 to 65"),
    "many commitments": (changed(commitments=OPENING.document()["commitments"] * 30), "commitments: wanted 1 to 65"),
    "short commitment": (changed(commitments=["AAAA"]), "commitment of an opening: wanted 32 bytes"),
    "parts as a list": (changed(parts=[]), "parts: wanted an object"),
    "part 0": (changed(parts={"0": PARTS["1"]}), "wanted parts 1 to 2, got part 0"),
    "part 3": (changed(parts={"3": PARTS["1"]}), "wanted parts 1 to 2, got part 3"),
    "part 01": (changed(parts={"01": PARTS["1"]}), "wanted a number as its name"),
    "part of no number": (changed(parts={"\N{SUPERSCRIPT ONE}": PARTS["1"]}), "wanted a number as its name"),
    "part number of many digits": (changed(parts={"1" * 5_000: PARTS["1"]}), "wanted a number as its name"),
    "parts swapped": (changed(parts={"1": PARTS["2"], "2": PARTS["1"]}), "wanted what c_1 stands for"),
    "another salt": (changed(parts={"1": PARTS["1"] | {"salt": "A" * 22}}), "wanted what c_1 stands for"),
    "another content": (changed(parts={"1": PARTS["1"] | {"content": "{}"}}), "wanted what c_1 stands for"),
    "no salt": (changed(parts={"1": {"content": "{}"}}), "wanted salt and content"),
    "content that is none": (changed(parts={"1": PARTS["1"] | {"content": {}}}), "wanted salt and content"),
}


@pytest.mark.parametrize("which", HOSTILE)
def test_what_is_no_opening_is_refused_with_words(which: str):
    document, words = HOSTILE[which]
    with pytest.raises(TransparencyError, match=words.replace("(", r"\(")):
        Opening.parse(canonical(document))


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"\xff", b"[" * 100, json.dumps(OPENING.document()).encode(), b" " + OPENING.encode()],
    ids=["empty", "cut", "no text", "deep", "spaces", "a space before"],
)
def test_bytes_that_are_written_otherwise_are_refused(raw: bytes):
    with pytest.raises(TransparencyError, match="opening: "):
        Opening.parse(raw)


def test_what_is_too_long_is_not_even_read():
    with pytest.raises(TransparencyError, match=f"wanted at most {LARGEST} bytes"):
        Opening.parse(b"{" * (LARGEST + 1))


@pytest.mark.parametrize("content", [b"[]", b"7", b"", b"{", b'{"a":1,"a":2}'])
def test_a_part_that_is_no_object_is_shown_but_not_read(content: bytes):
    found = Opening.parse(an_opening(content).encode())
    with pytest.raises(TransparencyError, match="opening: "):
        found.content(1)


@given(st.integers(min_value=0), st.integers(min_value=0, max_value=7))
def test_no_bit_can_be_changed(at: int, bit: int):
    """It is refused, or it is the opening of another leaf."""
    raw = bytearray(OPENING.encode())
    raw[at % len(raw)] ^= 1 << bit
    try:
        found = Opening.parse(bytes(raw))
    except TransparencyError:
        return
    assert found.leaf() != OPENING.leaf()


@given(st.binary(max_size=200))
def test_arbitrary_bytes_raise_only_what_is_said(raw: bytes):
    with pytest.raises(TransparencyError):
        Opening.parse(raw)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | st.sampled_from(sorted(PARTS)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(sorted(OPENING.document())), JSON)
def test_arbitrary_values_raise_only_what_is_said(name: str, value: Any):
    document = changed(**{name: value})
    try:
        assert Opening.of(document).document() == document
    except TransparencyError as error:
        assert "wanted" in str(error)  # noqa: PT017 - either is right


def test_every_fact_of_the_book_can_be_opened(book: Book):
    book.append(ONE_OF_EACH, community="bar", identity=True)
    book.publish_charter("bar", {"charter": 1}, effective=0, by="bo")
    facts = book.read("bar", 0, 100)
    for fact, sealed in zip(facts, book.reveal("bar", facts), strict=True):
        found = Opening.parse(book.opening("bar", fact.position).encode())
        assert found.leaf() == book.leaves("bar", [fact.position])[0]
        assert (found.place.topic, found.recorded) == (fact.topic, fact.recorded)
        assert {name: value for number in found.parts for name, value in found.content(number).items()} == sealed
    assert any(book.opening("bar", fact.position).parts for fact in facts)


def test_no_account_id_stands_in_an_opening(book: Book):
    book.append(ONE_OF_EACH, community="bar", identity=True)
    accounts = [book.account("bar", "forum", name) for name in ("ada", "bo", "cy")]
    for position in range(1, book.head("bar") + 1):
        text = book.opening("bar", position).encode().decode()
        assert not [each for each in accounts if each and each in text]


def test_what_was_erased_stays_shut_and_its_leaf_the_same(place: Kept, book: Book):
    book.append([contribution(1), endorsement(1), contribution(2, "bo")], community="bar")
    before = [book.opening("bar", position) for position in (1, 2, 3)]
    destroy_key(place.database, book.account("bar", "forum", "ada"))
    after = [place.open().opening("bar", position) for position in (1, 2, 3)]
    assert [len(each.parts) for each in after] == [0, 0, 1]
    assert [each.leaf() for each in after] == [each.leaf() for each in before]
    assert after == [replace(before[0], parts={}), replace(before[1], parts={}), before[2]]


def test_there_is_no_opening_of_what_is_not_there(book: Book):
    with pytest.raises(LedgerError, match="wanted a fact of 'bar', got 1"):
        book.opening("bar", 1)
