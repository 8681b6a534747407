"""The transparency log: appending leaves to tiles, beside hashing the same bytes; and proving one leaf of many."""

from __future__ import annotations

import contextlib
import itertools
import os
from hashlib import sha256
from typing import TYPE_CHECKING

from bench.harness import Benchmark, Pair, Side
from ledger.transparency import Edge, Tile, hashes_in_tiles, inclusion_proof

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SEAL = 256  # leaves sealed at once, when the ledger is busy
LEAF_BYTES = 32
LEAVES = 1_000_000  # one is to be proved in 2 ms
ON_THE_WAY = 9  # nodes of a tile's tree that a proof passes, root and leaf counted
STEP = 7_919  # from one leaf to the next that is proved; a prime, so that they lie everywhere


@contextlib.contextmanager
def appending(size: int) -> Iterator[Pair]:
    """Append `size` leaves to a growing log, with the root and the tiles to store; and one SHA-256 of each leaf."""
    edge = Edge()

    def append(leaves: Sequence[bytes]) -> None:
        edge.append(leaves)
        edge.root()

    def hashed(leaves: Sequence[bytes]) -> None:
        for leaf in leaves:
            sha256(leaf).digest()

    yield Pair(Side(size, lambda: _leaves(size), append), Side(size, lambda: _leaves(size), hashed))


@contextlib.contextmanager
def proving(size: int) -> Iterator[Pair]:
    """Prove one leaf after another of a log of `size` from its tiles; and make as many hashes as its tiles ask for.

    A tile of n hashes is a tree of n - 1 nodes above them, and those on the way from the leaf up are not needed.
    """
    edge = Edge()
    stored = {(tile.level, tile.index): raw for tile, raw in edge.append(_leaves(size)).items()}

    def read(tiles: Sequence[Tile]) -> list[bytes]:
        return [stored[tile.level, tile.index][: tile.width * LEAF_BYTES] for tile in tiles]

    def beside(index: int) -> None:
        for tile in _above(index, size):
            raw = stored[tile]
            for at in range(len(raw) // LEAF_BYTES - ON_THE_WAY):
                sha256(b"\x01" + raw[at : at + 2 * LEAF_BYTES]).digest()

    places = itertools.count(step=STEP)
    yield Pair(
        Side(1, lambda: next(places) % size, lambda index: inclusion_proof(index, size, hashes_in_tiles(size, read))),
        Side(1, lambda: next(places) % size, beside),
    )


def _above(index: int, size: int) -> list[tuple[int, int]]:
    """Return the level and index of the tiles over a leaf."""
    levels = range(-(-size.bit_length() // 8))
    return [(level, index >> 8 * (level + 1)) for level in levels]


def _leaves(count: int) -> list[bytes]:
    random = os.urandom(count * LEAF_BYTES)
    return [random[at : at + LEAF_BYTES] for at in range(0, len(random), LEAF_BYTES)]


BENCHMARKS = (
    Benchmark(
        name="append 256 leaves to the log / SHA-256 of each", at_least=0.2, aim=0.28, size=SEAL, opened=appending
    ),
    Benchmark(name="prove a leaf of 1,000,000 / its tiles' hashes", at_least=0.5, aim=0.6, size=LEAVES, opened=proving),
)
