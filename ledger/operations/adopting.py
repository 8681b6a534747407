"""Taking over a community that another installation exported: all of it, or nothing that anyone sees.

Its name is reserved in the directory first, where nobody takes it for a community yet; then people, facts and what
stands beside them are copied; what was copied is read back and held against the file; and only then is it opened.
"""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING

import psycopg

from ledger.errors import FileFaultError, LedgerError
from ledger.migrate import checked as migrated
from ledger.migrate import listed
from ledger.operations import staging
from ledger.operations.bare import PAGE, opened
from ledger.operations.export import Tally
from ledger.operations.handing import handed, rewrapped
from ledger.operations.imported import MetBefore, checked, records
from ledger.rows import Claim, Row
from ledger.vault import MOST_VALUES, many

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from ledger.keyring import KeyRing
    from ledger.operations.bare import Bare
    from ledger.operations.export import Whole
    from ledger.operations.handing import Keys
    from ledger.operations.imported import Record
    from ledger.operations.recipient import Recipient

    Told = Callable[[str, int, int], None]
    """Hears of every step: its name, how much of it is done, and of how much."""

CHECK, PEOPLE, FACTS, READ_BACK, OPEN = (
    "Checking the file",
    "Taking over people",
    "Taking over facts",
    "Reading back",
    "Opening",
)

_RESERVE = "INSERT INTO directory (community, shard, open) VALUES (?, ?, ?) ON CONFLICT (community) DO NOTHING"
_KNOWN = "SELECT account FROM vault.accounts WHERE community = ? AND account IN (:many)"


@contextlib.contextmanager
def all_opened(databases: str | Sequence[str]) -> Iterator[list[Bare]]:
    """Open the databases of an installation, shard 0 first. Raises `NotMigratedError` where one is another."""
    with contextlib.ExitStack() as stack:
        shards = [stack.enter_context(opened(database)) for database in listed(databases)]
        for number, shard in enumerate(shards):
            migrated(shard, number)
        yield shards


def adopt(
    databases: str | Sequence[str],
    file: Path,
    keys: Path,
    *,
    recipient: Recipient,
    ring: KeyRing,
    shard: int | None = None,
    told: Told,
) -> Whole:
    """Take over the community in `file`, with its `keys`, and return what it holds.

    `ring`: this installation's key-encryption keys. `shard`: where it is to be kept; the one with the fewest when
    absent. What an adoption that was broken off has left is begun anew. Raises `FileFaultError`, `WrongKeyError`,
    `BusyError`, `LedgerUnavailableError`, and `LedgerError` where the community exists; then nothing is left of it.
    """
    whole = checked(file, lambda done, of: told(CHECK, done, of))
    found = handed(keys, recipient, whole)
    with all_opened(databases) as shards, shards[0].alone():
        number = _fewest(shards) if shard is None else shard
        if not 0 <= number < len(shards):
            raise LedgerError(f"shard: wanted 0 to {len(shards) - 1}, got {shard}")
        _reserve(shards, whole.community, number)
        try:
            _take(shards[number], whole, found, records(file, lambda done, of: told(FACTS, done, of)), ring, told)
        except (LedgerError, sqlite3.IntegrityError, psycopg.IntegrityError) as error:
            _release(shards, whole.community)
            if isinstance(error, LedgerError):
                raise
            raise FileFaultError(f"{file.name}: wanted facts that are not in this book yet, got: {error}") from error
        told(OPEN, 0, 1)
        staging.admit(shards[number], whole.community, number)
        staging.place(shards[0], whole.community, number, staging.OPEN)
        told(OPEN, 1, 1)
    return whole


def undo(databases: str | Sequence[str], community: str) -> None:
    """Take away what an adoption that was broken off has left.

    Raises `BusyError` where it is still under way, and `LedgerError` where there was none.
    """
    with all_opened(databases) as shards, shards[0].alone():
        if not _arriving(shards[0], community):
            raise LedgerError(f"{community}: wanted one whose adoption was broken off, got none")
        _release(shards, community)


def _fewest(shards: Sequence[Bare]) -> int:
    placed = [shard for (shard,) in shards[0].run("SELECT shard FROM directory WHERE open >= 0")]
    return min(range(len(shards)), key=placed.count)


def _arriving(authority: Bare, community: str) -> bool:
    return authority.run("SELECT open FROM directory WHERE community = ?", (community,)) == [(staging.ARRIVING,)]


def _reserve(shards: Sequence[Bare], community: str, number: int) -> None:
    """Keep the name for this adoption, and begin with nothing."""
    with shards[0].writing(order=community):
        shards[0].run(_RESERVE, (community, number, staging.ARRIVING))
    if not _arriving(shards[0], community):
        raise LedgerError(f"{community}: wanted a community that is not in this book, got one that is")
    for database in shards:
        staging.clear(database, community, _quiet)
    for each in sorted({0, number}):
        staging.place(shards[each], community, number, staging.ARRIVING)


def _release(shards: Sequence[Bare], community: str) -> None:
    """Leave nothing; the name last, so that nobody takes it while there is."""
    for database in shards:
        staging.clear(database, community, _quiet)
    for database in reversed(shards):
        staging.forget(database, community)


def _take(target: Bare, whole: Whole, keys: Keys, reading: Iterator[Record], ring: KeyRing, told: Told) -> None:
    """Copy everything, and read it back."""
    community = whole.community
    (book_key, data_key, kek), pages = rewrapped(keys, community, ring=ring)
    told(PEOPLE, 0, 1)
    row = (community, whole.name, whole.opened, book_key, data_key, staging.CLOSED, kek)
    staging.add_pages(target, "vault.communities", [[row]])
    staging.add_pages(target, "vault.gone", [[(digest, community) for digest in keys.gone]])
    for people in pages:
        staging.add_pages(target, "vault.buckets", [people.buckets])
        staging.add_pages(target, "vault.accounts", [people.accounts])
    told(PEOPLE, 1, 1)
    waiting: dict[type, list[Record]] = {Claim: [], MetBefore: [], Row: []}
    for record in reading:
        rows = waiting[type(record)]
        rows.append(record)
        if len(rows) == PAGE:
            _write(target, rows)
            rows.clear()
    for rows in waiting.values():
        _write(target, rows)
    tally = Tally()
    for page in staging.pages(target, community, whole.head):
        _check_accounts(target, community, {account for row in page for account in tally.add(row).accounts})
        told(READ_BACK, tally.tree.size, whole.head)
    counts = [staging.counted(target, community, table) for table in ("claims", "conflicts")]
    if (tally.tree.size, tally.tree.root().hex(), *counts) != (whole.head, whole.root, whole.claims, whole.conflicts):
        raise LedgerError(f"{community}: wanted back what the file had when it was checked, got something else")


def _write(target: Bare, records: Sequence[Record]) -> None:
    """Write records of one kind."""
    facts = [record for record in records if isinstance(record, Row)]
    if facts:
        staging.add_facts(target, facts)
    elif records:
        table = "claims" if isinstance(records[0], Claim) else "conflicts"
        staging.add_pages(target, table, [[tuple(record) for record in records]])


def _check_accounts(target: Bare, community: str, named: set[str]) -> None:
    """Raise `FileFaultError` where a fact names somebody whom the file of keys does not."""
    accounts = sorted(named)
    for start in range(0, len(accounts), MOST_VALUES):
        some = accounts[start : start + MOST_VALUES]
        lacking = len(some) - len(target.run(many(_KNOWN, len(some)), (community, *some)))
        if lacking:
            raise FileFaultError(f"keys: wanted every account that a fact names, got none for {lacking:,}")


def _quiet(_done: int, _of: int) -> None:
    """Tell nobody."""
