"""Status lists: a permutation nobody can guess, a list that says exactly what was revoked."""

from __future__ import annotations

import base64
import gzip
import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from badges import StatusListError, status
from badges.documents.status import ENTRIES, LARGEST_LIST, Entry, decode, encode, index, lookup, place, read_entry
from tests.badges.samples import AWARDED, ISSUER, LIST_URL

KEY, OTHER = b"k" * 32, b"o" * 32
GOLDEN_PLACES = [47_201, 14_471, 5_890, 94_471]
GOLDEN_SECOND_LIST = (1, 79_195)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1_000, 4_096])
def test_every_place_is_given_once(size):
    assert sorted(index(number, KEY, size) for number in range(size)) == list(range(size))


def test_neighbours_in_time_are_no_neighbours_in_the_list():
    """Chi-square over 16 parts of the list, and few steps that stay near: as chance would have it."""
    places = [index(number, KEY) for number in range(4_000)]
    counts = [sum(one * 16 // ENTRIES == part for one in places) for part in range(16)]
    chi_square = sum((count - 250) ** 2 / 250 for count in counts)
    near = sum(abs(one - other) < ENTRIES // 100 for one, other in pairwise(places))

    assert chi_square < 45  # p < 0.0001 for 15 degrees of freedom
    assert near < 150  # 80 by chance


def test_another_key_is_another_order():
    assert [index(number, KEY) for number in range(20)] != [index(number, OTHER) for number in range(20)]


def test_the_order_never_changes():
    """Places are in signed badges: this must hold for ever."""
    assert [index(number, KEY) for number in range(4)] == GOLDEN_PLACES
    assert place(ENTRIES, KEY) == GOLDEN_SECOND_LIST


def test_a_full_list_is_followed_by_the_next():
    assert place(ENTRIES - 1, KEY)[0] == 0
    assert place(ENTRIES, KEY)[0] == 1
    assert place(ENTRIES, KEY)[1] != place(0, KEY)[1]  # each list has an order of its own


@pytest.mark.parametrize("sequence", [-1, ENTRIES])
def test_a_number_beyond_the_list_is_refused(sequence):
    with pytest.raises(StatusListError, match="sequence: wanted 0 to 131071"):
        index(sequence, KEY)


@given(st.sets(st.integers(0, ENTRIES - 1), max_size=40))
@settings(max_examples=40)
def test_a_list_says_exactly_what_was_set(places):
    bits = decode(encode(places))

    assert len(bits) == ENTRIES // 8
    assert {one for one in range(ENTRIES) if bits[one // 8] >> 7 - one % 8 & 1} == places


def test_the_first_entry_is_the_leftmost_bit():
    """Bitstring Status List "Bitstring Encoding"."""
    assert decode(encode([0]))[0] == 0x80


def test_the_published_example_is_read():
    """Bitstring Status List "BitstringStatusListCredential", its encodedList."""
    bits = decode("uH4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA")

    assert len(bits) == 16_384
    assert not any(bits)


@pytest.mark.parametrize(
    ("places", "size"), [([ENTRIES], ENTRIES), ([-1], ENTRIES), ([], ENTRIES - 8), ([], ENTRIES + 1)]
)
def test_lists_that_cannot_be_are_not_made(places, size):
    with pytest.raises(StatusListError, match="wanted"):
        encode(places, size)


def packed(raw: bytes) -> str:
    return "u" + base64.urlsafe_b64encode(gzip.compress(raw)).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "encoded",
    [
        None,
        7,
        "",
        "H4sI",
        "u",
        "uAAAA",
        "z1111",
        "u!!!!",
        packed(b"x" * 20_000)[:-30],
        packed(b"\0" * (LARGEST_LIST + 1)),
    ],
    ids=[
        "null",
        "number",
        "empty",
        "no header",
        "nothing",
        "no gzip",
        "base58",
        "no base64",
        "cut short",
        "too large",
    ],
)
def test_what_is_no_list_is_refused(encoded):
    with pytest.raises(StatusListError, match="encodedList: wanted"):
        decode(encoded)


def test_a_bomb_is_refused_early():
    bomb = packed(b"\0" * (64 * 1024 * 1024))
    begun = time.thread_time()

    with pytest.raises(StatusListError, match="at most 2097152 bytes"):
        decode(bomb)
    assert time.thread_time() - begun < 1


def entry(**changes):
    return status.entry(LIST_URL, 7) | changes


def listed(*places, **subject):
    made = status.status_list(LIST_URL, ISSUER, places, valid_from=AWARDED)
    return made | {"credentialSubject": made["credentialSubject"] | subject}


def test_an_entry_finds_its_bit():
    assert read_entry(entry()) == Entry("revocation", 7, LIST_URL)
    assert lookup(read_entry(entry()), listed(7)) == 1
    assert lookup(read_entry(entry()), listed(6, 8)) == 0


def test_an_entry_may_take_several_bits():
    wide = read_entry(entry(statusSize=2, statusListIndex="3"))
    raw = packed(bytes([0b00000010]) + bytes(2 * ENTRIES // 8 - 1))

    assert lookup(wide, listed(encodedList=raw)) == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"statusListIndex": "-1"},
        {"statusListIndex": "1.0"},
        {"statusListIndex": "\u0661"},
        {"statusListIndex": "9" * 30},
        {"statusListIndex": True},
        {"statusListIndex": None},
        {"statusSize": 0},
        {"statusSize": "1"},
        {"statusSize": 65},
        {"statusPurpose": ["revocation"]},
        {"statusListCredential": 7},
    ],
)
def test_broken_entries_are_refused(changes):
    with pytest.raises(StatusListError, match="wanted"):
        read_entry(entry(**changes))


@pytest.mark.parametrize(
    "subject",
    [
        {"type": "StatusList2021"},
        {"statusPurpose": "suspension"},
        {"encodedList": packed(bytes(ENTRIES // 8 - 1))},
        {"encodedList": None},
    ],
)
def test_lists_that_do_not_answer_are_refused(subject):
    with pytest.raises(StatusListError, match="wanted"):
        lookup(read_entry(entry()), listed(7, **subject))


def test_an_entry_beyond_the_list_is_refused():
    with pytest.raises(StatusListError, match="statusListIndex: wanted less than 131072, got 131072"):
        lookup(read_entry(entry(statusListIndex=str(ENTRIES))), listed())


@pytest.mark.parametrize("document", [{}, {"credentialSubject": []}, {"credentialSubject": {"type": {}}}])
def test_what_is_no_list_credential_is_refused(document):
    with pytest.raises(StatusListError, match="BitstringStatusList"):
        lookup(read_entry(entry()), document)


def test_a_list_may_serve_two_purposes():
    assert lookup(read_entry(entry()), listed(7, statusPurpose=["suspension", "revocation"])) == 1


def test_the_credential_is_a_pure_function():
    first, second = (status.status_list(LIST_URL, ISSUER, {9, 5, 7}, valid_from=AWARDED, ttl=300_000) for _ in range(2))

    assert first == second
    assert first["credentialSubject"]["ttl"] == 300_000
    assert "validUntil" not in first
