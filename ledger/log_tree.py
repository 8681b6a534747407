"""The tree of one community's log, between the facts and the hashes that are kept of them.

Kept hashes are trusted for nothing: what is made of them is held against a signed root, and where they are missing or
wrong they are made again from the facts. Only facts that do not lead to the signed root cannot be mended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.errors import ForkedError, TransparencyError
from ledger.reading import leaf_as_written, leaf_of
from ledger.transparency import Edge, Proof, Tile, hashes_in_tiles, leaf_hashes
from ledger.transparency.tiles import TILE_WIDTH
from ledger.transparency.tree import Branches, inclusion_proofs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ledger.heads import Head
    from ledger.rows import Row
    from ledger.shard import Shard
    from ledger.transparency import Checkpoint, TileReader

PAGE = 1_000  # facts read at a time


class Tree:
    """The right edge of a tree as this process knows it. Not to be used by two threads at once."""

    def __init__(self) -> None:
        self._edge: Edge | None = None

    def forget(self) -> None:
        """Know nothing of it any more."""
        self._edge = None

    def under(self, shard: Shard, head: Head, root: bytes) -> Edge:
        """Return the edge of the tree under a head with this root: from memory, from its tiles, or from the facts.

        Raises `ForkedError` where the facts are not those whose head was signed.
        """
        edge = self._edge
        if edge is None or edge.size != head.size or edge.root() != root:
            edge = self._edge = _kept(shard, head, root) or made_again(shard, head, root)
        return edge

    def grown(self, shard: Shard, head: Head, root: bytes, end: int) -> Edge:
        """Return the edge over the facts up to `end`, whose hashes are kept then; the next caller begins from there.

        Where nothing comes of it (no head is signed, or another process signed one), what is kept is of no harm.
        """
        edge = self.under(shard, head, root)
        self._edge = None  # until all of it stands
        for rows in _pages(shard, head.community, head.size, end):
            shard.log.put(head.community, edge.append([leaf_as_written(row) for row in rows]))
        if edge.size != end:
            raise ForkedError(f"{head.community}: wanted facts up to {end}, got {edge.size}: some are missing")
        self._edge = edge
        return edge


def made_again(shard: Shard, head: Head, root: bytes) -> Edge:
    """Make the tiles under a head again from the facts, and return their right edge. Raises `ForkedError`."""
    shard.log.drop(head.community)
    edge = Edge()
    for rows in _pages(shard, head.community, 0, head.size):
        shard.log.put(head.community, edge.append([leaf_of(row) for row in rows]))
    if edge.size < head.size:
        raise short(head, edge.size)
    if edge.root() != root:
        raise ForkedError(
            f"{head.community}: wanted the {head.size:,} facts whose head was signed, got others: the ledger was "
            "changed, or is an old copy that went on differently. Nothing of it is written or signed; see "
            "`guildbook log verify`"
        )
    return edge


def short(head: Head, last: int) -> ForkedError:
    """Return what is said of a ledger that has fewer facts than were signed."""
    return ForkedError(
        f"{head.community}: wanted at least the {head.size:,} facts whose head was signed, got {last:,}: the ledger "
        "was cut short, or is an old copy. Nothing of it is written or signed until the newer one is back; see "
        "`guildbook log verify`, and `guildbook log begin` where it is lost for good"
    )


def proven(rows: Sequence[Row], checkpoint: Checkpoint, note: str, read: TileReader) -> dict[int, Proof]:
    """Return the proofs of facts under a signed head, by position; each of them holds.

    Raises `TransparencyError` where one does not: hashes that are kept, or the fact, were changed.
    """
    branches = Branches(checkpoint.size, checkpoint.root)
    indices = [row.position - 1 for row in rows]
    leaves = leaf_hashes([leaf_of(row) for row in rows])
    ways = inclusion_proofs(indices, checkpoint.size, hashes_in_tiles(checkpoint.size, _remembering(read)))
    proofs = {}
    for index, leaf, way in zip(indices, leaves, ways, strict=True):
        branches.verify(leaf, index, way)
        proofs[index + 1] = Proof(index, way, note)
    return proofs


def _remembering(read: TileReader) -> TileReader:
    """Return a reader that asks `read` for every tile once."""
    known: dict[Tile, bytes] = {}

    def read_tiles(tiles: Sequence[Tile]) -> list[bytes]:
        if new := [tile for tile in tiles if tile not in known]:
            known.update(zip(new, read(new), strict=True))
        return [known[tile] for tile in tiles]

    return read_tiles


def _kept(shard: Shard, head: Head, root: bytes) -> Edge | None:
    """Return the edge of the tree from its tiles; None where they are missing, or not those of the signed facts."""
    try:
        edge = Edge.of(head.size, shard.log.reader(head.community))
        return edge if edge.root() == root and _latest_stand(shard, head) else None
    except TransparencyError:
        return None


def _latest_stand(shard: Shard, head: Head) -> bool:
    """Return whether the last facts under a head are those whose hashes are kept. All of them are for an audit."""
    begin = max(0, head.size - 1) // TILE_WIDTH
    rows = shard.recorder.rows_after(head.community, begin * TILE_WIDTH, TILE_WIDTH, upto=head.size)
    if not rows:
        return head.size == 0
    (kept,) = shard.log.reader(head.community)([Tile(0, begin, len(rows))])
    return b"".join(leaf_hashes([leaf_of(row) for row in rows])) == kept


def _pages(shard: Shard, community: str, after: int, upto: int) -> Iterator[list[Row]]:
    while after < upto and (rows := shard.recorder.rows_after(community, after, PAGE, upto=upto)):
        yield rows
        after = rows[-1].position
