"""A community's rows taken into a database, or out of it, while nobody sees them there.

A community is where the directory of shard 0 says. Rows of it anywhere else are of no consequence: what a copy has
not finished, or what a move left behind. So a copy may be broken off at any moment, and begun again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.errors import UnknownCommunityError
from ledger.operations.bare import PAGE
from ledger.operations.export import Tally
from ledger.operations.tables import BESIDE_FACTS, FACTS, PEOPLE, community_column

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ledger.operations.bare import Bare
    from ledger.rows import Row

ARRIVING = -1
CLOSED = 0
OPEN = 1

_PLACED = "SELECT shard, open FROM directory WHERE community = ?"
_PLACE = """INSERT INTO directory (community, shard, open) VALUES (?, ?, ?)
    ON CONFLICT (community) DO UPDATE SET shard = excluded.shard, open = excluded.open"""
_EPOCH = "SELECT epoch FROM directory WHERE community = ?"
_CARRY = """INSERT INTO directory (community, shard, open, epoch) VALUES (?, ?, ?, ?) ON CONFLICT (community) DO UPDATE
    SET epoch = CASE WHEN directory.epoch < excluded.epoch THEN excluded.epoch ELSE directory.epoch END"""
_STATE = "UPDATE directory SET open = ? WHERE community = ? AND open >= 0"
_PEOPLE_STATE = "UPDATE vault.communities SET open = ? WHERE slug = ?"
_DROP_TAIL = "DELETE FROM stored_events WHERE community = ? AND position > ?"


def home(authority: Bare, community: str) -> tuple[int, int]:
    """Return the shard that keeps a community, by the directory of shard 0, and whether it is open there.

    Raises `UnknownCommunityError`.
    """
    found = authority.run(_PLACED, (community,))
    if not found or found[0][1] == ARRIVING:
        raise UnknownCommunityError(f"community: wanted one of this book, got {community!r}")
    shard, open_ = found[0]
    return shard, open_


def close(database: Bare, community: str) -> None:
    """Let nothing of a community be written here any more; what was being written is done when this returns."""
    with database.writing(order=community):
        database.run(_PEOPLE_STATE, (CLOSED, community))
        database.run(_STATE, (CLOSED, community))


def reopen(database: Bare, community: str) -> None:
    """Let a community be written here again."""
    with database.writing(order=community):
        database.run(_PEOPLE_STATE, (OPEN, community))
        database.run(_STATE, (OPEN, community))


def place(database: Bare, community: str, shard: int, state: int) -> None:
    """Write in a database's directory where a community is kept, and whether it is open there."""
    with database.writing(order=community):
        database.run(_PLACE, (community, shard, state))


def forget(database: Bare, community: str) -> None:
    """Take a community out of a database's directory."""
    with database.writing(order=community):
        database.run("DELETE FROM directory WHERE community = ?", (community,))


def carry(source: Bare, target: Bare, community: str, shard: int) -> None:
    """Let the epoch of a community come along to the shard it is copied to: memories of the erased end there too."""
    ((epoch,),) = source.run(_EPOCH, (community,))
    with target.writing(order=community):
        target.run(_CARRY, (community, shard, ARRIVING, epoch))


def admit(database: Bare, community: str, shard: int) -> None:
    """Open a community in the database that it has been copied to."""
    with database.writing(order=community):
        database.run(_PEOPLE_STATE, (OPEN, community))
        database.run(_PLACE, (community, shard, OPEN))


def staged(database: Bare, community: str) -> int:
    """Return the last position that is here, 0 where there is none."""
    found = database.run("SELECT coalesce(max(position), 0) FROM stored_events WHERE community = ?", (community,))
    return int(found[0][0])


def add_facts(database: Bare, rows: Iterable[Row]) -> None:
    """Write facts as they were, at their own positions."""
    given = [(row.community, row.position, row.stream, row.version, row.topic, row.recorded, row.state) for row in rows]
    with database.writing():
        database.add(FACTS, given)


def add_pages(database: Bare, table: str, pages: Iterable[list[tuple[object, ...]]]) -> int:
    """Write rows of a table; return how many there were."""
    count = 0
    for page in pages:
        with database.writing():
            database.add(table, page)
        count += len(page)
    return count


def empty(database: Bare, community: str, tables: Iterable[str]) -> None:
    """Take a community's rows out of tables."""
    for table in tables:
        with database.writing():
            database.run(f"DELETE FROM {table} WHERE {community_column(table)} = ?", (community,))  # noqa: S608 - ours


def clear(database: Bare, community: str, told: Callable[[int, int], None]) -> None:
    """Take everything of a community out of a database, its directory excepted.

    Facts go from the last one backwards: what is left where this is broken off has no gap. `told` hears how many
    are gone, and of how many.
    """
    last = left = staged(database, community)
    while left:
        left = max(0, left - PAGE)
        with database.writing():
            database.run(_DROP_TAIL, (community, left))
        told(last - left, last)
    empty(database, community, (*BESIDE_FACTS, "log_tiles", *PEOPLE))


def pages(database: Bare, community: str, head: int) -> Iterator[list[Row]]:
    """Yield a community's facts up to a position, some thousands at a time."""
    after = 0
    while after < head and (page := database.facts(community, after, PAGE, upto=head)):
        yield page
        after = page[-1].position


def tallied(database: Bare, community: str, told: Callable[[int, int], None], head: int) -> Tally:
    """Read what is here, up to a position. Raises `LedgerError` where a fact is missing or damaged."""
    tally = Tally()
    for page in pages(database, community, head):
        for row in page:
            tally.add(row)
        told(tally.tree.size, head)
    return tally


def counted(database: Bare, community: str, table: str) -> int:
    """Return how many rows a table has of a community."""
    where = f"{table} WHERE {community_column(table)} = ?"
    return int(database.run(f"SELECT count(*) FROM {where}", (community,))[0][0])  # noqa: S608 - our own names
