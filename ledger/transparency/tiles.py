"""The tree as static resources (C2SP tlog-tiles): tiles of up to 256 hashes, bundles of up to 256 entries.

A tile of level L holds nodes of tree level 8 * L, side by side. A partial tile is the beginning of the full one:
whoever keeps the longest has every shorter one. Tiles are immutable once a checkpoint needs them.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from ledger.errors import TransparencyError
from ledger.transparency.lines import shown
from ledger.transparency.tree import (
    EMPTY_ROOT,
    HASH_BYTES,
    LARGEST_SIZE,
    HashReader,
    Node,
    leaf_hashes,
    root_over,
)

TILE_HEIGHT = 8  # levels of the tree in one level of tiles
TILE_WIDTH = 1 << TILE_HEIGHT  # hashes in a full tile
HIGHEST_LEVEL = 63
KNOWN_ROOTS = 1_024  # remembered, with the hashes they are over: 4 MiB at most
LONGEST_ENTRY = 65_535  # bytes; the length before it is two

_PATH = re.compile(r"(?:entries|([0-9]{1,2}))/((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([0-9]{1,3}))?", re.ASCII)
_TILE_BYTES = TILE_WIDTH * HASH_BYTES
_LARGEST_INDEX = LARGEST_SIZE >> TILE_HEIGHT
_LONGEST_PATH = 64  # characters; the regular expression need not see more


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """Hashes of the tree, 32 * `width` bytes, by their place."""

    level: int  # 0 to 63; level 0 holds leaf hashes
    index: int  # from the left, in its level
    width: int = TILE_WIDTH  # hashes; fewer than 256 in a partial tile

    @property
    def path(self) -> str:
        """The address below `<prefix>/tile/`: `0/x001/x234/067`, or `0/000.p/17`."""
        return _path(str(self.level), self.index, self.width)


@dataclass(frozen=True, slots=True)
class Bundle:
    """The data entries under a tile of level 0, by their place: entries from `index` * 256 on."""

    index: int
    width: int = TILE_WIDTH  # entries

    @property
    def path(self) -> str:
        """The address below `<prefix>/tile/`: `entries/x001/x234/067`, or `entries/000.p/17`."""
        return _path("entries", self.index, self.width)


TileReader = Callable[[Sequence[Tile]], Sequence[bytes]]
"""Gives the hashes of tiles, in the order asked, each of exactly its width."""


def parse_path(path: str) -> Tile | Bundle:
    """Return what stands at an address below `<prefix>/tile/` (tlog-tiles "Merkle Tree", "Log entries").

    Raises `TransparencyError` unless it is written in the one way there is.
    """
    if len(path) <= _LONGEST_PATH and (found := _PATH.fullmatch(path)):
        index, width = int(found[2].replace("x", "").replace("/", "")), int(found[3] or TILE_WIDTH)
        there = Bundle(index, width) if found[1] is None else Tile(int(found[1]), index, width)
        possible = width and index <= _LARGEST_INDEX and int(found[1] or 0) <= HIGHEST_LEVEL
        if possible and there.path == path:
            return there
    raise TransparencyError(f"address of a tile: wanted such as 0/x001/067.p/17 or entries/000, got {shown(path)}")


def tiles_written(old: int, new: int) -> list[Tile]:
    """Return the tiles that a tree of `new` leaves has and one of `old` had not, with their widths at `new`."""
    found, level = [], 0
    while (end := new >> TILE_HEIGHT * level) > 0:
        begin = old >> TILE_HEIGHT * level
        if begin < end:
            full = [Tile(level, index) for index in range(begin >> TILE_HEIGHT, end >> TILE_HEIGHT)]
            found += [*full, *_partial(level, end)]
        level += 1
    return found


def edge_tiles(size: int) -> list[Tile]:
    """Return the partial tiles of a tree of `size` leaves, one for a level, lowest first (some have none)."""
    return [tile for level in range(_levels(size)) for tile in _partial(level, size >> TILE_HEIGHT * level)]


class Edge:
    """The right edge of a tree, its partial tiles: all that is needed to append to it, and its root."""

    def __init__(self) -> None:
        self.size = 0  # leaves
        self._held: list[bytes] = []  # the partial tile of each level

    @classmethod
    def of(cls, size: int, read: TileReader) -> Self:
        """Return the edge of the tree of `size` leaves, from its stored tiles.

        Raises `TransparencyError` where one of them is not of its width. Whoever knows the root of that tree
        should compare it: stored hashes may have been changed.
        """
        edge = cls()
        edge.size = size
        edge._held = [b""] * _levels(size)
        for tile, raw in _contents(edge_tiles(size), read).items():
            edge._held[tile.level] = raw
        return edge

    def append(self, entries: Sequence[bytes]) -> dict[Tile, bytes]:
        """Append data entries; return the tiles that this writes (`tiles_written`), each with all its hashes."""
        written: dict[Tile, bytes] = {}
        rising, level = b"".join(leaf_hashes(entries)), 0
        while rising:
            rising = self._widen(level, rising, written)
            level += 1
        self.size += len(entries)
        return written

    def root(self) -> bytes:
        """Return the root of the tree, 32 bytes, by at most 255 hashes for each level of tiles."""
        below = b""  # the root over what is to the right of a level's hashes
        for held in self._held:
            below = root_over(held + below)
        return below or EMPTY_ROOT

    def _widen(self, level: int, hashes: bytes, written: dict[Tile, bytes]) -> bytes:
        """Put hashes into the tiles of a level; return the roots of those that are full now."""
        if level == len(self._held):
            self._held.append(b"")
        index, there = self.size >> TILE_HEIGHT * (level + 1), self._held[level] + hashes
        pieces = [there[at : at + _TILE_BYTES] for at in range(0, len(there), _TILE_BYTES)]
        for piece in pieces:
            written[Tile(level, index, len(piece) // HASH_BYTES)] = piece
            index += 1
        self._held[level] = pieces.pop() if len(pieces[-1]) < _TILE_BYTES else b""
        return b"".join(map(root_over, pieces))


def hashes_in_tiles(size: int, read: TileReader) -> HashReader:
    """Return a reader of the nodes of a tree of `size` leaves, from its tiles as they are at that size.

    It asks once for each tile, and for all of a proof together. It raises `TransparencyError` where a tile is not
    of its width.
    """

    def read_nodes(nodes: Sequence[Node]) -> list[bytes]:
        places = [_place(node, size) for node in nodes]
        tiles = _contents(dict.fromkeys(tile for tile, _, _ in places), read)
        return [(_root_over if tile.level else root_over)(tiles[tile][begin:end]) for tile, begin, end in places]

    return read_nodes


_root_over = functools.lru_cache(maxsize=KNOWN_ROOTS)(root_over)
"""Of parts of higher tiles, which nearly every proof of a log asks for."""


def bundled(entries: Iterable[bytes]) -> bytes:
    """Return data entries as a bundle holds them (tlog-tiles "Log entries"): each after its length, u16 big-endian.

    Raises `TransparencyError` where one is longer than 65,535 bytes.
    """
    parts = []
    for entry in entries:
        if len(entry) > LONGEST_ENTRY:
            raise TransparencyError(f"entry of the log: wanted at most {LONGEST_ENTRY} bytes, got {len(entry)}")
        parts += [len(entry).to_bytes(2, "big"), entry]
    return b"".join(parts)


def unbundled(bundle: Bundle, raw: bytes) -> list[bytes]:
    """Return the data entries that `raw` holds. Raises `TransparencyError` unless there are `bundle.width`."""
    entries, at = [], 0
    while at + 2 <= len(raw):
        end = at + 2 + int.from_bytes(raw[at : at + 2], "big")
        entries.append(raw[at + 2 : end])
        at = end
    if at != len(raw) or len(entries) != bundle.width:
        raise TransparencyError(f"{bundle.path}: wanted {bundle.width} whole entries, got {len(raw)} bytes")
    return entries


def _path(level: str, index: int, width: int) -> str:
    digits = str(index)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    *above, last = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    partial = f".p/{width}" if width < TILE_WIDTH else ""
    return "/".join([level, *(f"x{each}" for each in above), last]) + partial


def _levels(size: int) -> int:
    """Return how many levels of tiles a tree has."""
    return -(-size.bit_length() // TILE_HEIGHT)


def _partial(level: int, count: int) -> Iterator[Tile]:
    """Yield the partial tile, where there is one, of a level of `count` hashes."""
    if width := count % TILE_WIDTH:
        yield Tile(level, count >> TILE_HEIGHT, width)


def _place(node: Node, size: int) -> tuple[Tile, int, int]:
    """Return the tile that a node's hash comes from, and the bytes of it that are hashed together."""
    level, height = divmod(node.level, TILE_HEIGHT)
    begin = node.index << height
    index, first = begin >> TILE_HEIGHT, begin % TILE_WIDTH
    width = min(TILE_WIDTH, (size >> TILE_HEIGHT * level) - index * TILE_WIDTH)
    end = first + (1 << height)
    if end > width:
        raise TransparencyError(f"stored hashes: wanted node {node.index} of level {node.level}, got a tree of {size}")
    return Tile(level, index, width), first * HASH_BYTES, end * HASH_BYTES


def _contents(tiles: Iterable[Tile], read: TileReader) -> dict[Tile, bytes]:
    wanted = list(tiles)
    found = read(wanted) if wanted else []
    if len(found) != len(wanted):
        raise TransparencyError(f"stored tiles: wanted {len(wanted)}, got {len(found)}")
    for tile, raw in zip(wanted, found, strict=True):
        if len(raw) != tile.width * HASH_BYTES:
            raise TransparencyError(f"tile {tile.path}: wanted {tile.width * HASH_BYTES} bytes, got {len(raw)}")
    return dict(zip(wanted, found, strict=True))
