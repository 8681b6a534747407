"""Moving a whole book from its SQLite file into a PostgreSQL database, under the same key-encryption key.

The file stays as it is, closed: whoever still writes to it is told to try again, until the setting names the new
place. Nothing in the new place is known before all of it is there. `back` undoes it, while nothing new was written.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from ledger.errors import LedgerError, NotMigratedError
from ledger.heads import Heads, opened_heads
from ledger.migrate import MOVED, STEPS, TOLD, is_postgres, migrate
from ledger.operations import staging
from ledger.operations.bare import opened
from ledger.operations.moving import SWITCH, Copying, closed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ledger.operations.adopting import Told
    from ledger.operations.bare import Bare

_KNOWN = "SELECT community, open FROM directory WHERE open >= 0 ORDER BY community"


class Rehoused(NamedTuple):
    """What was moved: facts by community."""

    facts: dict[str, int]
    new: bool  # False where it had been moved before


def rehouse(source: str, target: str, *, told: Told, heads: Path | None = None) -> Rehoused:
    """Move the book in the SQLite file `source` to the empty PostgreSQL database `target`.

    Where this was broken off, it goes on. `heads`: the file of signed heads beside the book, to be taken along. `told`
    hears every step. Raises `BusyError`, `LedgerUnavailableError`, and
    `LedgerError` where the one is no file or the other has a book of its own, or the copy is not what it should be;
    then the book stays where it was.
    """
    with _both(source, target) as (old, new):
        there = dict(new.run(_KNOWN))
        if there:
            _same(old, new, there)
            return Rehoused({community: staging.staged(new, community) for community in there}, new=False)
        copies = {community: _begun(old, new, community, told) for community in _communities(old)}
        with closed(old, [*copies], told), contextlib.ExitStack() as late:
            for community in _communities(old):
                if community not in copies:  # opened meanwhile
                    copies[community] = _begun(old, new, community, told)
                    late.enter_context(closed(old, [community], told))
            facts = {community: copy.rest() for community, copy in copies.items()}
            for community in copies:
                staging.carry(old, new, community, 0)
            told(SWITCH, 0, 1)
            _mark(old, new, target)
        if heads is not None:
            _take_heads(heads, target)
        with new.writing():
            new.run("UPDATE vault.communities SET open = ?", (staging.OPEN,))
            new.run("UPDATE directory SET open = ?", (staging.OPEN,))
        told(SWITCH, 1, 1)
    return Rehoused(facts, new=True)


def _take_heads(file: Path, target: str) -> None:
    """Let what was promised of the book be known where it is kept from now on."""
    with contextlib.closing(Heads.in_file(file)) as old, contextlib.closing(opened_heads(target, file)) as new:
        new.take_from(old)


def back(source: str, target: str) -> list[str]:
    """Open the book in the file `source` again, and let what `target` has be a copy that nobody knows of.

    Return its communities. Raises `LedgerError` where something was written to the new place since.
    """
    with _both(source, target) as (old, new):
        there = dict(new.run(_KNOWN))
        if there:
            _same(old, new, there)
        with new.writing():
            new.run("UPDATE vault.communities SET open = ?", (staging.CLOSED,))
            new.run("UPDATE directory SET open = ?", (staging.ARRIVING,))
        with old.writing():
            old.run("DELETE FROM installation WHERE name = ?", (MOVED,))
        communities = _communities(old)
        for community in communities:
            staging.reopen(old, community)
    return communities


@contextlib.contextmanager
def _both(source: str, target: str) -> Iterator[tuple[Bare, Bare]]:
    if is_postgres(source) or not is_postgres(target):
        raise LedgerError("wanted a book in a SQLite file and a postgresql:// address, got something else")
    with opened(source) as old:
        version = dict(old.run(TOLD)).get("schema")
        if version != str(len(STEPS)):
            raise NotMigratedError(f"wanted a book of this release, got {version} of {len(STEPS)} migrations")
        migrate(target)
        with opened(target) as new, old.alone(), new.alone():
            yield old, new


def _communities(database: Bare) -> list[str]:
    return [community for community, _ in database.run(_KNOWN)]


def _begun(old: Bare, new: Bare, community: str, told: Told) -> Copying:
    """Copy what there is of a community by now, to where nobody knows of it."""
    staging.place(new, community, 0, staging.ARRIVING)
    copy = Copying(old, new, community, told)
    copy.under_way()
    return copy


def _same(old: Bare, new: Bare, there: dict[str, int]) -> None:
    """Raise `LedgerError` unless the book there is a copy of this one, which is closed, and nothing more."""
    for community in there:
        here = old.run("SELECT open FROM directory WHERE community = ?", (community,))
        heads = [staging.staged(database, community) for database in (old, new)]
        if here != [(staging.CLOSED,)] or heads[0] != heads[1]:
            raise LedgerError(f"wanted an empty PostgreSQL database, got a book with {community} at {heads[1]:,} facts")


def _mark(old: Bare, new: Bare, target: str) -> None:
    """Write in the file where its book goes, and in the database whose book it is."""
    (identity,) = old.run("SELECT value FROM installation WHERE name = 'id'")
    with new.writing():
        new.run("UPDATE installation SET value = ? WHERE name = 'id'", identity)
    with old.writing():
        old.run("DELETE FROM installation WHERE name = ?", (MOVED,))
        old.run("INSERT INTO installation VALUES (?, ?)", (MOVED, without_secret(target)))


def without_secret(address: str) -> str:
    """Return where a `postgresql://` address leads, without who enters or how."""
    parts = urlsplit(address)
    return f"postgresql://{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}{parts.path}"
