"""Trees, tiles and their proofs: as the specifications' own examples have them, and refused when touched."""

from __future__ import annotations

import random
from functools import cache
from hashlib import sha256
from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.transparency import (
    Bundle,
    Edge,
    GrowingTree,
    Tile,
    TransparencyError,
    bundled,
    edge_tiles,
    hashes_in_tiles,
    inclusion_proof,
    merkle_root,
    parse_path,
    tiles_written,
    unbundled,
    verify_consistency,
    verify_inclusion,
)
from ledger.transparency.tree import Branches
from tests.ledger.logs import Log, entries

LOG = Log(1_000)
LARGE = 70_000  # leaves: three levels of tiles
SMALL = 40  # leaves: every proof of every tree up to here


@cache
def tree_hash(begin: int, end: int) -> bytes:
    """Return MTH(D[begin:end]) as RFC 6962 defines it, by recursion."""
    if end - begin == 1:
        return sha256(b"\x00" + LOG.entries[begin]).digest()
    middle = begin + split(end - begin)
    return sha256(b"\x01" + tree_hash(begin, middle) + tree_hash(middle, end)).digest()


def split(size: int) -> int:
    """Return the largest power of two smaller than `size`."""
    power = 1
    while power * 2 < size:
        power *= 2
    return power


def path(index: int, begin: int, end: int) -> list[bytes]:
    """Return PATH(m, D[n]) as RFC 6962 defines it."""
    if end - begin == 1:
        return []
    middle = begin + split(end - begin)
    if index < middle:
        return [*path(index, begin, middle), tree_hash(middle, end)]
    return [*path(index, middle, end), tree_hash(begin, middle)]


def subproof(old: int, begin: int, end: int, *, whole: bool) -> list[bytes]:
    """Return SUBPROOF(m, D[n], b) as RFC 6962 defines it; `old` counts from 0, not from `begin`."""
    if old == end:
        return [] if whole else [tree_hash(begin, end)]
    middle = begin + split(end - begin)
    if old <= middle:
        return [*subproof(old, begin, middle, whole=whole), tree_hash(middle, end)]
    return [*subproof(old, middle, end, whole=False), tree_hash(begin, middle)]


def flipped(data: bytes, bit: int) -> bytes:
    return bytes(byte ^ (1 << bit % 8 if at == bit // 8 else 0) for at, byte in enumerate(data))


def test_the_trees_of_rfc_6962_have_its_proofs():
    """RFC 6962 "Example": seven leaves, a to f and j their hashes, and the nodes above as it names them."""
    a, b, c, d, e, f, j = (LOG.leaf(index) for index in range(7))
    g, h, i = (sha256(b"\x01" + left + right).digest() for left, right in ((a, b), (c, d), (e, f)))
    k, l = (sha256(b"\x01" + left + right).digest() for left, right in ((g, h), (i, j)))  # noqa: E741 - its name there
    assert LOG.root(7) == sha256(b"\x01" + k + l).digest()
    assert LOG.inclusion(0, 7) == [b, h, l]
    assert LOG.inclusion(3, 7) == [c, g, l]
    assert LOG.inclusion(4, 7) == [f, j, k]
    assert LOG.inclusion(6, 7) == [i, k]
    assert LOG.consistency(3, 7) == [c, d, g, l]
    assert LOG.consistency(4, 7) == [l]
    assert LOG.consistency(6, 7) == [i, j, k]


def test_every_proof_of_every_small_tree_is_the_one_there_is_and_verifies():
    for size in range(1, SMALL + 1):
        assert LOG.root(size) == tree_hash(0, size)
        for index in range(size):
            proof = LOG.inclusion(index, size)
            assert proof == path(index, 0, size)
            verify_inclusion(LOG.leaf(index), index, size, proof, LOG.root(size))
        for old in range(1, size + 1):
            proof = LOG.consistency(old, size)
            assert proof == subproof(old, 0, size, whole=True)
            verify_consistency(old, size, proof, LOG.root(old), LOG.root(size))


@given(st.data())
@settings(max_examples=60)
def test_many_proofs_of_one_tree_are_verified_as_each_alone(data):
    size = data.draw(st.integers(1, 600))
    branches = Branches(size, LOG.root(size))
    for _ in range(40):
        index = data.draw(st.integers(0, size - 1))
        leaf, proof = LOG.leaf(index), tuple(LOG.inclusion(index, size))
        spoilt = data.draw(st.sampled_from(["nothing", "leaf", "hash", "cut", "place"]))
        if spoilt == "leaf":
            leaf = flipped(leaf, 9)
        elif spoilt == "hash" and proof:
            at = data.draw(st.integers(0, len(proof) - 1))
            proof = (*proof[:at], flipped(proof[at], 3), *proof[at + 1 :])
        elif spoilt == "cut":
            proof = proof[:-1]
        elif spoilt == "place":
            index = data.draw(st.integers(0, size - 1))
        try:
            verify_inclusion(leaf, index, size, proof, LOG.root(size))
        except TransparencyError:
            with pytest.raises(TransparencyError):
                branches.verify(leaf, index, proof)
        else:
            branches.verify(leaf, index, proof)


@given(st.data())
@settings(max_examples=50)
def test_proofs_of_larger_trees_verify(data):
    size = data.draw(st.integers(1, 1_000))
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size))
    verify_inclusion(LOG.leaf(index), index, size, LOG.inclusion(index, size), LOG.root(size))
    verify_consistency(old, size, LOG.consistency(old, size), LOG.root(old), LOG.root(size))


@given(st.data())
@settings(max_examples=60)
def test_an_inclusion_proof_that_was_touched_is_refused(data):
    """Thousands in all: each hash with a bit flipped, lost, doubled, or in its neighbour's place; another index."""
    size = data.draw(st.integers(2, 1_000))
    index, bit = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, 255))
    leaf, root, proof = LOG.leaf(index), LOG.root(size), LOG.inclusion(index, size)
    others = [(flipped(leaf, bit), index, proof, root), (leaf, index, proof, flipped(root, bit))]
    others += [(leaf, other, proof, root) for other in {0, index - 1, index + 1, size - 1, size, -1} - {index}]
    others += [(leaf, index, each, root) for each in touched(proof, bit)]
    for some_leaf, some_index, some_proof, some_root in others:
        with pytest.raises(TransparencyError, match="wanted"):
            verify_inclusion(some_leaf, some_index, size, some_proof, some_root)


@given(st.data())
@settings(max_examples=60)
def test_a_consistency_proof_that_was_touched_is_refused(data):
    new = data.draw(st.integers(2, 1_000))
    old, bit = data.draw(st.integers(1, new - 1)), data.draw(st.integers(0, 255))
    first, second, proof = LOG.root(old), LOG.root(new), LOG.consistency(old, new)
    others = [(old, proof, flipped(first, bit), second), (old, proof, first, flipped(second, bit))]
    others += [(other, proof, first, second) for other in {0, old - 1, old + 1, new, new + 1, -1} - {old}]
    others += [(old, proof, second, first), *((old, each, first, second) for each in touched(proof, bit))]
    for some_old, some_proof, some_first, some_second in others:
        with pytest.raises(TransparencyError, match="wanted"):
            verify_consistency(some_old, new, some_proof, some_first, some_second)


def touched(proof, bit):
    """Yield a proof in each way it may be spoilt."""
    for at, each in enumerate(proof):
        yield [*proof[:at], flipped(each, bit), *proof[at + 1 :]]
        yield [*proof[:at], *proof[at + 1 :]]
        yield [*proof[:at], each, *proof[at:]]
        yield [*proof[:at], each[:-1], *proof[at + 1 :]]
        yield [*proof[:at], each + b"\x00", *proof[at + 1 :]]
        if at:
            yield [*proof[: at - 1], each, proof[at - 1], *proof[at + 1 :]]
    yield [*proof, bytes(32)]
    yield [bytes(32), *proof]


def test_refusals_say_what_is_wrong():
    leaf, root, proof = LOG.leaf(5), LOG.root(9), LOG.inclusion(5, 9)
    with pytest.raises(TransparencyError, match=r"wanted 4 hashes for leaf 5 of 9, got 3: cut or extended"):
        verify_inclusion(leaf, 5, 9, proof[1:], root)
    with pytest.raises(TransparencyError, match=r"wanted a leaf from 0 to size - 1, got leaf 9 of 9"):
        verify_inclusion(leaf, 9, 9, proof, root)
    with pytest.raises(TransparencyError, match=r"wanted hashes of 32 bytes, got one of 31"):
        verify_inclusion(leaf, 5, 9, [proof[0][1:], *proof[1:]], root)
    with pytest.raises(TransparencyError, match=r"the leaf, its place, or a hash of the proof is another"):
        verify_inclusion(leaf, 5, 9, proof[::-1], root)
    with pytest.raises(TransparencyError, match=r"wanted sizes from 0, the older first, got 9 and 5"):
        LOG.consistency(9, 5)
    with pytest.raises(TransparencyError, match=r"got leaf 5 of 5"):
        LOG.inclusion(5, 5)


def test_an_empty_tree_is_the_beginning_of_every_other_and_of_no_other_root():
    empty = merkle_root([])
    assert LOG.consistency(0, 5) == []
    verify_consistency(0, 5, [], empty, LOG.root(5))
    verify_consistency(0, 0, [], empty, empty)
    verify_consistency(5, 5, [], LOG.root(5), LOG.root(5))
    for old, new, first, second in (
        (0, 5, LOG.root(1), LOG.root(5)),
        (0, 0, LOG.root(1), LOG.root(1)),
        (5, 5, LOG.root(4), LOG.root(5)),
    ):
        with pytest.raises(TransparencyError, match="wanted the root"):
            verify_consistency(old, new, [], first, second)


@given(st.lists(st.integers(0, 700), max_size=6))
@settings(max_examples=40)
def test_a_tree_grown_in_batches_is_the_tree(batches):
    """Its root, the tiles that each batch writes, and what an edge read from the tiles goes on from."""
    log, tree = Log(0), GrowingTree()
    for begin, end in zip([0, *accumulate(batches)], accumulate(batches), strict=False):
        more = entries(end)[begin:]
        written = log.grow(more)
        for each in more:
            tree.add(each)
        assert sorted(written) == sorted(tiles_written(begin, end))
        assert all(len(raw) == tile.width * 32 for tile, raw in written.items())
        assert log.edge.root() == tree.root() == merkle_root(log.entries)
        log.edge = Edge.of(end, log.read)
        assert (log.edge.size, log.edge.root()) == (end, tree.root())


def test_tiles_of_a_tree_are_those_of_the_specification():
    """tlog-tiles "Partial Tiles" tells them of 70,000 and of 256 leaves."""
    full = [Tile(0, index) for index in range(273)]
    assert tiles_written(0, LARGE) == [*full, Tile(0, 273, 112), Tile(1, 0), Tile(1, 1, 17), Tile(2, 0, 1)]
    assert edge_tiles(LARGE) == [Tile(0, 273, 112), Tile(1, 1, 17), Tile(2, 0, 1)]
    assert tiles_written(0, 256) == [Tile(0, 0), Tile(1, 0, 1)]
    assert edge_tiles(256) == [Tile(1, 0, 1)]
    assert tiles_written(255, 256) == [Tile(0, 0), Tile(1, 0, 1)]
    assert tiles_written(256, 257) == [Tile(0, 1, 1)]
    assert tiles_written(5, 5) == tiles_written(0, 0) == edge_tiles(0) == []


def test_hashes_of_a_tile_are_the_roots_below():
    log = Log(1_000)
    assert log.stored[0, 0] == b"".join(log.leaf(index) for index in range(256))
    assert log.stored[1, 0] == b"".join(merkle_root(log.entries[at : at + 256]) for at in (0, 256, 512))


def test_a_proof_in_a_large_tree_asks_for_its_tiles_at_once():
    log, asked = Log(LARGE), []

    def read(tiles):
        asked.append(list(tiles))
        return log.read(tiles)

    proof = inclusion_proof(12_345, LARGE, hashes_in_tiles(LARGE, read))
    verify_inclusion(log.leaf(12_345), 12_345, LARGE, proof, log.edge.root())
    assert [sorted(tiles) for tiles in asked] == [
        [Tile(0, 48), Tile(0, 273, 112), Tile(1, 0), Tile(1, 1, 17)],
    ]
    verify_consistency(40_000, LARGE, log.consistency(40_000, LARGE), log.root(40_000), log.edge.root())


@pytest.mark.parametrize("width", [0, 1, 17, 257])
def test_stored_tiles_of_another_width_are_refused(width):
    def read(tiles):
        return [(raw + bytes(32 * 256))[: width * 32] for raw in LOG.read(tiles)]

    with pytest.raises(TransparencyError, match=r"tile .*: wanted \d+ bytes, got \d+"):
        inclusion_proof(7, 1_000, hashes_in_tiles(1_000, read))
    with pytest.raises(TransparencyError, match=r"tile 0/003.p/232: wanted 7424 bytes, got \d+"):
        Edge.of(1_000, read)
    with pytest.raises(TransparencyError, match=r"stored tiles: wanted 2, got 0"):
        Edge.of(1_000, lambda _: [])
    with pytest.raises(TransparencyError, match=r"stored hashes: wanted \d+, got 0"):
        inclusion_proof(7, 1_000, lambda _: [])
    with pytest.raises(TransparencyError, match=r"wanted node .*, got a tree of 500"):
        inclusion_proof(7, 1_000, hashes_in_tiles(500, LOG.read))


@pytest.mark.parametrize(
    ("there", "address"),
    [
        (Tile(0, 1_234_067), "0/x001/x234/067"),
        (Tile(0, 67), "0/067"),
        (Tile(5, 1_000, 17), "5/x001/000.p/17"),
        (Tile(63, 0, 255), "63/000.p/255"),
        (Bundle(1_234_067), "entries/x001/x234/067"),
        (Bundle(0, 1), "entries/000.p/1"),
    ],
)
def test_addresses_are_written_and_read(there, address):
    assert there.path == address
    assert parse_path(address) == there


@given(st.integers(0, 2**55 - 1), st.integers(0, 63), st.integers(1, 256))
def test_every_address_is_read_as_it_is_written(index, level, width):
    assert parse_path(Tile(level, index, width).path) == Tile(level, index, width)
    assert parse_path(Bundle(index, width).path) == Bundle(index, width)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "0",
        "0/",
        "0/67",
        "0/0067",
        "00/067",
        "64/067",
        "-1/067",
        "+1/067",
        "0/x000/067",
        "0/001/067",
        "0/x001/x067",
        "0/x001",
        "0/067.p/0",
        "0/067.p/256",
        "0/067.p/017",
        "0/067.p/",
        "0/067.p",
        "0/067.p/-1",
        "0/067/",
        "/0/067",
        "0/067\n",
        " 0/067",
        "0/\N{ARABIC-INDIC DIGIT ZERO}67",
        "\N{ARABIC-INDIC DIGIT ZERO}/067",
        "entry/067",
        "entries/67",
        "data/067",
        "0/x999/x999/x999/x999/x999/x999/999",
        "0/" + "x001/" * 1_000 + "067",
        "0/..%2f067",
    ],
)
def test_addresses_that_are_written_otherwise_are_refused(address):
    with pytest.raises(TransparencyError, match="address of a tile: wanted"):
        parse_path(address)


@given(st.text(max_size=30))
def test_any_text_is_an_address_or_refused(text):
    try:
        assert parse_path(text).path == text
    except TransparencyError:
        return


def test_a_bundle_has_each_entry_after_its_length():
    assert bundled([b"", b"abc", bytes(300)]) == b"\x00\x00" + b"\x00\x03abc" + b"\x01\x2c" + bytes(300)
    assert bundled(LOG.entries[:2]) == b"\x00\x20" + LOG.entries[0] + b"\x00\x20" + LOG.entries[1]


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=20))
def test_a_bundle_is_read_as_it_was_written_and_not_when_it_was_cut(some):
    raw = bundled(some)
    assert unbundled(Bundle(0, len(some)), raw) == some
    for spoilt in (raw[:-1], raw + b"\x00", raw + b"\x00\x00"):
        with pytest.raises(TransparencyError, match="whole entries"):
            unbundled(Bundle(0, len(some)), spoilt)


def test_an_entry_may_be_as_long_as_its_length_can_tell():
    assert unbundled(Bundle(0, 1), bundled([bytes(65_535)])) == [bytes(65_535)]
    with pytest.raises(TransparencyError, match="wanted at most 65535 bytes, got 65536"):
        bundled([bytes(65_536)])


def test_hostile_sizes_are_answered_at_once():
    chosen = random.Random(4)  # noqa: S311 - hostile, not secret
    for _ in range(1_000):
        index, size = chosen.randrange(-(2**70), 2**70), chosen.randrange(-(2**70), 2**70)
        with pytest.raises(TransparencyError):
            verify_inclusion(bytes(32), index, size, [bytes(32)], bytes(32))
        with pytest.raises(TransparencyError):
            verify_consistency(index, size, [bytes(32)], bytes(32), bytes(32))
