"""What was promised, kept where no restored ledger takes it back: the last signed head of each log, and erasures.

A store of its own: a SQLite file in the installation's folder, or the schema `heads` of a PostgreSQL database,
best one that is not backed up and restored together with the book's. A head is only ever replaced by whoever knew
the last one, so of two who sign at once one is undone before anybody has seen what it signed.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

from ledger.migrate import is_postgres
from ledger.postgres import Datastore, Recorder
from ledger.vault import PostgresVault, SQLiteVault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ledger import sqlite
    from ledger.vault import VaultDatabase

LOCK = 0x67_75_69_6C_64_62_6B_33
"""The advisory lock under which PostgreSQL's tables are made."""

_SCHEMA = "CREATE SCHEMA IF NOT EXISTS heads"
_CREATE = (
    # log: 1, or which one it is since a log had to be begun anew. note: the signed checkpoint, '' before the first
    """CREATE TABLE IF NOT EXISTS heads.logs (
        community TEXT PRIMARY KEY,
        log INTEGER NOT NULL,
        origin TEXT NOT NULL,
        size BIGINT NOT NULL,
        note TEXT NOT NULL
    )""",
    """CREATE TABLE IF NOT EXISTS heads.witnessed (
        community TEXT NOT NULL,
        log INTEGER NOT NULL,
        witness TEXT NOT NULL,
        size BIGINT NOT NULL,
        PRIMARY KEY (community, log, witness)
    )""",
    """CREATE TABLE IF NOT EXISTS heads.erasures (
        community TEXT NOT NULL,
        account TEXT NOT NULL,
        done INTEGER NOT NULL,
        PRIMARY KEY (community, account)
    )""",
    # digest: in hex, of a public id that ends with somebody who is to be erased (ledger.forgetting.public_digest)
    """CREATE TABLE IF NOT EXISTS heads.ended (
        community TEXT NOT NULL,
        digest TEXT NOT NULL,
        PRIMARY KEY (community, digest)
    )""",
)
_THERE = "SELECT to_regclass('heads.ended') IS NOT NULL"

_ALL = "SELECT community, log, origin, size, note FROM heads.logs ORDER BY community"
_ONE = "SELECT community, log, origin, size, note FROM heads.logs WHERE community = ?"
_BEGIN = "INSERT INTO heads.logs VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
_SWAP = """UPDATE heads.logs SET log = ?, origin = ?, size = ?, note = ?
    WHERE community = ? AND log = ? AND size = ? AND note = ? RETURNING community"""
_WITNESSED = "SELECT size FROM heads.witnessed WHERE community = ? AND log = ? AND witness = ?"
_SAW = """INSERT INTO heads.witnessed VALUES (?, ?, ?, ?)
    ON CONFLICT (community, log, witness) DO UPDATE SET size = excluded.size"""
_INTEND = "INSERT INTO heads.erasures VALUES (?, ?, 0) ON CONFLICT DO NOTHING"
_END = "INSERT INTO heads.ended VALUES (?, ?) ON CONFLICT DO NOTHING"
_ENDED = "SELECT digest FROM heads.ended WHERE community = ? ORDER BY digest"
_ALL_ENDED = "SELECT community, digest FROM heads.ended ORDER BY community, digest"
_DONE = "UPDATE heads.erasures SET done = 1 WHERE community = ? AND account = ?"
_ERASURES = "SELECT community, account, done FROM heads.erasures ORDER BY community, account"


class Head(NamedTuple):
    """The last head of a community's log that was signed."""

    community: str
    log: int
    origin: str
    size: int
    note: str  # the signed checkpoint; "" where nothing was signed yet


class Erasure(NamedTuple):
    """An account that was to be erased; `done` where every step of it was."""

    community: str
    account: str
    done: bool


class Heads:
    """The store. Safe to share between threads. Everything raises `LedgerUnavailableError`."""

    def __init__(self, database: VaultDatabase, close: Callable[[], None] | None = None) -> None:
        self._database = database
        self._close = close or database.close

    @classmethod
    def in_file(cls, path: Path) -> Self:
        """Open the store in a SQLite file, made where it is missing. Raises `LedgerUnavailableError`."""
        database = SQLiteVault(path, "heads")
        with database.transaction(writing=True) as statements:
            for statement in _CREATE:
                statements.run(statement)
        return cls(database)

    @classmethod
    def in_postgres(cls, datastore: Datastore, *, ours: bool = False) -> Self:
        """Open the store in a PostgreSQL database, its tables made where they are missing.

        `ours`: the connections are closed with the store.
        """
        with datastore.connection() as connection:
            there = connection.execute(_THERE).fetchone()
            if there != (True,):
                with connection.transaction():
                    connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
                    for statement in (_SCHEMA, *_CREATE):
                        connection.execute(statement)
        return cls(PostgresVault(datastore), datastore.close if ours else None)

    def close(self) -> None:
        """Give back what is held open."""
        self._close()

    def version(self) -> int | None:
        """Return what `VaultDatabase.version` does."""
        return self._database.version()

    # Heads

    def all(self) -> dict[str, Head]:
        """Return the head of every log there is."""
        with self._database.transaction(writing=False) as statements:
            return {row[0]: Head(*row) for row in statements.run(_ALL)}

    def of(self, community: str) -> Head | None:
        """Return the head of a community's log, None where it has none."""
        with self._database.transaction(writing=False) as statements:
            found = statements.run(_ONE, (community,))
        return Head(*found[0]) if found else None

    def begin(self, head: Head) -> Head:
        """Begin a log, unless it has begun; return the head that stands."""
        with self._database.transaction(writing=True) as statements:
            statements.run(_BEGIN, head)
            return Head(*statements.run(_ONE, (head.community,))[0])

    def swap(self, last: Head, new: Head) -> bool:
        """Put `new` in the place of `last`; return False where another stands there."""
        with self._database.transaction(writing=True) as statements:
            return bool(statements.run(_SWAP, (*new[1:], last.community, last.log, last.size, last.note)))

    def take_from(self, other: Heads) -> None:
        """Take over what another store knows and this one does not; where both know a log, the longer head."""
        here = self.all()
        for community, head in other.all().items():
            known = here.get(community)
            if known is None:
                self.begin(head)
            elif (known.log, known.size) < (head.log, head.size):
                self.swap(known, head)
        for erasure in other.erasures():
            self.intend(erasure.community, [erasure.account])
            if erasure.done:
                self.done(erasure.community, [erasure.account])
        with other._database.transaction(writing=False) as statements:
            ended = statements.run(_ALL_ENDED)
        with self._database.transaction(writing=True) as statements:
            statements.run_many(_END, ended)

    # Witnesses

    def witnessed(self, head: Head, witness: str) -> int:
        """Return the size that a witness cosigned last, as far as we know; 0 where it did not."""
        with self._database.transaction(writing=False) as statements:
            found = statements.run(_WITNESSED, (head.community, head.log, witness))
        return int(found[0][0]) if found else 0

    def saw(self, head: Head, witness: str) -> None:
        """Remember that a witness cosigned this head."""
        with self._database.transaction(writing=True) as statements:
            statements.run(_SAW, (head.community, head.log, witness, head.size))

    # Erasures

    def intend(self, community: str, accounts: Iterable[str], ended: Iterable[bytes] = ()) -> None:
        """Remember that accounts are to be erased, durably, before anything of it is done.

        `ended`: digests of public ids that end with them, and that nobody can tell once they are gone.
        """
        with self._database.transaction(writing=True) as statements:
            statements.run_many(_INTEND, _rows(community, accounts))
            statements.run_many(_END, _rows(community, (digest.hex() for digest in ended)))

    def done(self, community: str, accounts: Iterable[str]) -> None:
        """Remember that they are."""
        with self._database.transaction(writing=True) as statements:
            statements.run_many(_DONE, _rows(community, accounts))

    def ended(self, community: str) -> list[bytes]:
        """Return the digests of the public ids that ended, or are to end, with whoever was ever to be erased."""
        with self._database.transaction(writing=False) as statements:
            return [bytes.fromhex(digest) for (digest,) in statements.run(_ENDED, (community,))]

    def erasures(self) -> list[Erasure]:
        """Return every account that was ever to be erased."""
        with self._database.transaction(writing=False) as statements:
            return [Erasure(community, account, bool(done)) for community, account, done in statements.run(_ERASURES)]


def _rows(community: str, values: Iterable[str]) -> list[tuple[str, str]]:
    return [(community, value) for value in sorted(set(values))]


def opened_heads(named: str, beside: Path, first: sqlite.Recorder | Recorder | None = None) -> Heads:
    """Open the store that `named` names; else the schema of the PostgreSQL that keeps shard 0, or the file `beside`.

    Raises `LedgerUnavailableError`, and `LedgerError` where the name is no address.
    """
    if is_postgres(named):
        return Heads.in_postgres(Datastore(named), ours=True)
    if not named and isinstance(first, Recorder):
        return Heads.in_postgres(first.datastore)
    return Heads.in_file(Path(named) if named else beside)
