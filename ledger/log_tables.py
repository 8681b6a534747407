"""The tables of the transparency logs in a ledger's database: what is published, and the hashes it rests on.

Portable. Tiles can be made again from the facts; what was signed cannot.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.errors import TransparencyError
from ledger.transparency.tree import HASH_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ledger.transparency import Tile
    from ledger.vault import VaultDatabase

CREATE = (
    # hashes: the longest tile so far; every shorter one is its beginning
    """CREATE TABLE log_tiles (
        community TEXT NOT NULL,
        level INTEGER NOT NULL,
        number BIGINT NOT NULL,
        hashes BYTEA NOT NULL,
        PRIMARY KEY (community, level, number)
    )""",
    # note: a signed checkpoint as it was published, with the cosignatures it had then; log: 1, or which one anew
    """CREATE TABLE log_checkpoints (
        community TEXT NOT NULL,
        log INTEGER NOT NULL,
        size BIGINT NOT NULL,
        note TEXT NOT NULL,
        PRIMARY KEY (community, log, size)
    )""",
)

_TILES = "SELECT level, number, hashes FROM log_tiles WHERE community = ? AND ("
_TILE = "level = ? AND number = ?"
_PUT = """INSERT INTO log_tiles VALUES (?, ?, ?, ?)
    ON CONFLICT (community, level, number) DO UPDATE SET hashes = excluded.hashes
    WHERE length(excluded.hashes) > length(log_tiles.hashes)"""
_DROP = "DELETE FROM log_tiles WHERE community = ?"
_PUBLISH = "INSERT INTO log_checkpoints VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
_LAST = "SELECT size, note FROM log_checkpoints WHERE community = ? AND log = ? ORDER BY size DESC LIMIT 1"
_COVERING = """SELECT size, note FROM log_checkpoints WHERE community = ? AND log = ? AND size >= ?
    ORDER BY size LIMIT 1"""
_NEWEST = "SELECT log, size, note FROM log_checkpoints WHERE community = ? ORDER BY log DESC, size DESC LIMIT 1"
_HISTORY = "SELECT size, note FROM log_checkpoints WHERE community = ? AND log = ? ORDER BY size"


class LogTables:
    """What a shard keeps of its communities' logs. Everything raises `LedgerUnavailableError`."""

    def __init__(self, database: VaultDatabase) -> None:
        self._database = database

    def close(self) -> None:
        """Give back what is held open."""
        self._database.close()

    def reader(self, community: str) -> Callable[[Sequence[Tile]], list[bytes]]:
        """Return what gives the hashes of a community's tiles (`transparency.TileReader`)."""

        def read(tiles: Sequence[Tile]) -> list[bytes]:
            wanted = [number for tile in tiles for number in (tile.level, tile.index)]
            statement = f"{_TILES}{' OR '.join([_TILE] * len(tiles))})"
            with self._database.transaction(writing=False) as statements:
                found = {
                    (level, number): bytes(raw)
                    for level, number, raw in statements.run(statement, (community, *wanted))
                }
            return [_cut(tile, found.get((tile.level, tile.index), b"")) for tile in tiles]

        return read

    def put(self, community: str, tiles: Mapping[Tile, bytes]) -> None:
        """Keep tiles, each instead of a shorter one."""
        rows = [(community, tile.level, tile.index, raw) for tile, raw in sorted(tiles.items())]
        with self._database.transaction(writing=True) as statements:
            statements.run_many(_PUT, rows)

    def drop(self, community: str) -> None:
        """Forget a community's tiles; they can be made again."""
        with self._database.transaction(writing=True) as statements:
            statements.run(_DROP, (community,))

    def publish(self, community: str, log: int, size: int, note: str) -> None:
        """Publish a signed checkpoint of that size, unless one is."""
        with self._database.transaction(writing=True) as statements:
            statements.run(_PUBLISH, (community, log, size, note))

    def last(self, community: str, log: int) -> tuple[int, str] | None:
        """Return the size and the note of the checkpoint that was published last."""
        return self._one(_LAST, (community, log))

    def covering(self, community: str, log: int, size: int) -> tuple[int, str] | None:
        """Return the size and the note of the first published checkpoint of at least `size` leaves."""
        return self._one(_COVERING, (community, log, size))

    def newest(self, community: str) -> tuple[int, int, str] | None:
        """Return which log, the size and the note of the checkpoint that was published last of all."""
        with self._database.transaction(writing=False) as statements:
            found = statements.run(_NEWEST, (community,))
        return (found[0][0], found[0][1], found[0][2]) if found else None

    def history(self, community: str, log: int) -> list[tuple[int, str]]:
        """Return the size and the note of every published checkpoint, the smallest first."""
        with self._database.transaction(writing=False) as statements:
            return [(size, note) for size, note in statements.run(_HISTORY, (community, log))]

    def _one(self, statement: str, parameters: Sequence[object]) -> tuple[int, str] | None:
        with self._database.transaction(writing=False) as statements:
            found = statements.run(statement, parameters)
        return (found[0][0], found[0][1]) if found else None


def _cut(tile: Tile, raw: bytes) -> bytes:
    """Return a tile as it was when it had its width; what is kept may have grown since."""
    if len(raw) < tile.width * HASH_BYTES:
        raise TransparencyError(f"tile {tile.path}: wanted {tile.width} hashes, got {len(raw) // HASH_BYTES}")
    return raw[: tile.width * HASH_BYTES]
