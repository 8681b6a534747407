"""The stored state: what is in it, what it refuses to be."""

from __future__ import annotations

import hashlib
import struct
import unicodedata
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from ledger import LedgerError, UnknownShapeError, merkle_root
from ledger.draft import EVENT_TYPES
from ledger.facts import FACT_TYPES
from ledger.shape import Place, Randomness, commitments, leaf, open_fields, open_part, pack, unpack
from ledger.tokens import AccountIds, Tokens, as_token, from_token
from schemas import FACT_TYPES as NAMES
from schemas import fact_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

PLACE = Place(bytes(range(16)), 3, "endorsement.v1")
ONE, TWO = AESGCM(b"1" * 32), AESGCM(b"2" * 32)


def test_the_leaf_is_made_of_all_that_must_not_change():
    state = unpack(pack(PLACE, b'{"v":1}', [(["a"], ONE, b"{}"), (["b"], TWO, b"[]")], Randomness()))
    expected = hashlib.sha256(
        b"guildbook.fact.1"
        + PLACE.stream
        + (3).to_bytes(4, "big")
        + struct.pack(">q", 1_700_000_000_000_000)
        + (14).to_bytes(2, "big")
        + b"endorsement.v1"
        + (2).to_bytes(2, "big")
        + hashlib.sha256(state.open_salt + b'{"v":1}').digest()
        + state.parts[0].commitment
        + state.parts[1].commitment
    ).digest()
    assert leaf(PLACE, 1_700_000_000_000_000, commitments(state)) == expected


def test_parts_are_opened_each_with_its_own_key():
    state = unpack(pack(PLACE, b"{}", [(["a"], ONE, b'{"x":1}'), ([], TWO, b'{"y":2}')], Randomness()))
    first, second = state.parts
    opened = open_part(PLACE, 1, first, ONE)
    assert opened is not None
    assert opened[16:] == b'{"x":1}'
    assert hashlib.sha256(opened).digest() == first.commitment
    assert open_part(PLACE, 2, second, ONE) is open_part(PLACE, 1, second, TWO) is None


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_any_flipped_byte_shows(at: int, flip: int):
    """In the state: it reads no longer, or its leaf or its sealed part is another."""
    whole = pack(PLACE, b'{"v":1}', [(["a"], ONE, b'{"x":1}')], Randomness())
    honest = unpack(whole)
    index = at % len(whole)
    spoilt = whole[:index] + bytes([whole[index] ^ flip]) + whole[index + 1 :]
    try:
        found = unpack(spoilt)
    except UnknownShapeError:
        return
    opened = [open_part(PLACE, number, part, ONE) for number, part in enumerate(found.parts, start=1)]
    same_leaf = leaf(PLACE, 1, commitments(found)) == leaf(PLACE, 1, commitments(honest))
    assert not (same_leaf and all(opened) and found.c_0 == honest.c_0)


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_refused(raw: bytes):
    with pytest.raises(UnknownShapeError):
        unpack(raw)


@pytest.mark.parametrize("opened", [b"", b"[]", b"{}", b'{"time":"now"}', b"\xff"])
def test_an_open_part_we_never_stored_is_refused(opened: bytes):
    with pytest.raises(UnknownShapeError, match="open part"):
        open_fields(unpack(pack(PLACE, opened, [], Randomness())))


def test_another_shape_is_refused():
    with pytest.raises(UnknownShapeError, match="got shape 2"):
        unpack(msgspec.msgpack.encode([2, b"s" * 16, b"{}", b"c" * 32, []]))


def test_random_bytes_are_given_out_once():
    source = Randomness(piece=64)
    drawn = [source.take(size) for size in (16, 12, 16, 16, 16, 100, 28)]
    assert [len(each) for each in drawn] == [16, 12, 16, 16, 16, 100, 28]
    assert len(set(drawn)) == len(drawn)


def kept(schema: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Walk the fields of a data schema that say how they are kept."""
    for name, field in schema.get("properties", {}).items():
        if "x-kept" in field:
            yield name, field["x-kept"]


def test_the_table_and_the_schemas_agree_how_each_field_is_kept():
    """Open, token or sealed: the schema tells the platform, the table does it."""
    assert tuple(FACT_TYPES) == tuple(NAMES)
    assert {f"org.guildbook.{name}.v1" for name in NAMES} == EVENT_TYPES.keys()
    special = {("response", "answers"), ("consent", "policy")}  # partly sealed, each by its own rule
    for name, row in FACT_TYPES.items():
        schema = fact_schema(name)
        ways = {
            "open": {*row.account, *row.accounts, *row.plain, *row.lower, *row.instant, *row.period},
            "token": {*row.ref, *row.refs, *row.stream},
            "sealed": {*row.sealed},
        }
        fields = {field for way in ways.values() for field in way}
        assert fields - {"id"} == schema["properties"].keys(), name
        for field, way in kept(schema):
            if (name, field) not in special:
                assert field in ways[way], (name, field, way)
        both = {field for field in ways["sealed"] if field in ways["token"] | ways["open"]}
        assert both <= {"item"}  # a clear reference is sealed once, in the fact whose act it names


@given(st.binary(min_size=16, max_size=16))
def test_tokens_are_bytes_and_back(raw: bytes):
    assert from_token(as_token(raw)) == raw


@pytest.mark.parametrize("text", ["", "abc", "a" * 21, "a" * 23, "!" * 22, "A" * 21 + "B", "\N{SNOWMAN}" * 22])
def test_what_is_no_token_is_refused(text: str):
    with pytest.raises(LedgerError, match="token"):
        from_token(text)


@given(st.text(max_size=20), st.text(max_size=20))
def test_an_events_stream_is_that_of_its_source_and_id(source: str, event_id: str):
    tokens = Tokens(b"k" * 32)
    assert tokens.event_stream(source, event_id) == tokens.stream(source, event_id)


@given(st.lists(st.text(max_size=8), max_size=4), st.lists(st.text(max_size=8), max_size=4))
def test_stream_ids_tell_parts_apart(one: list[str], two: list[str]):
    tokens = Tokens(b"k" * 32)
    normal = [[unicodedata.normalize("NFC", part) for part in parts] for parts in (one, two)]
    assert (tokens.stream(*one) == tokens.stream(*two)) is (normal[0] == normal[1])


def test_account_ids_only_grow():
    ids = AccountIds()
    minted = [ids.mint(now) for now in (5_000_000, 5_000_000, 4_000_000, 5_000_001, 9_000_000_000_000_000)]
    assert minted == sorted(set(minted))
    assert all(len(each) == 26 for each in minted)


RFC_LEAVES = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]
RFC_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


@pytest.mark.parametrize("size", range(1, 9))
def test_merkle_roots_are_those_of_the_reference_trees(size: int):
    """The roots of the eight-leaf tree of certificate-transparency's own tests."""
    leaves = [bytes.fromhex(each) for each in RFC_LEAVES[:size]]
    assert merkle_root(leaves).hex() == RFC_ROOTS[size - 1]


def test_the_root_of_nothing_is_the_hash_of_nothing():
    assert merkle_root([]) == hashlib.sha256(b"").digest()
