"""The vault's tables and the two databases that may hold them.

The vault is apart from the ledger, because it forgets: on SQLite a file of its own beside the book
(`<stem>.vault.sqlite`), on PostgreSQL the schema `vault` of the same database. It holds wrapped keys, keyed
digests and sealed text; no platform id, member id, name or secret stands in it in the clear.
"""

from __future__ import annotations

import contextlib
import functools
import sqlite3
import threading
from typing import TYPE_CHECKING, Any, Protocol

from ledger.errors import ElsewhereError
from ledger.noticing import Notice
from ledger.rows import WAIT_SECONDS
from ledger.sqlite import CHECKPOINT_PAGES, available

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from ledger.connecting import Connection
    from ledger.postgres import Datastore

# Portable: to SQLite BYTEA is any word, and `vault` an attached file. Safe to repeat: no commit spans two files.
CREATE = (
    """CREATE TABLE IF NOT EXISTS vault.communities (
        slug TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        opened BIGINT NOT NULL,
        book_key BYTEA NOT NULL,
        data_key BYTEA NOT NULL,
        open INTEGER NOT NULL DEFAULT 1
    )""",
    # open, above: 0 while the community is being moved, as in the ledger's directory; then nothing of it is written.
    # key: NULL once erased, then lookup, member and contact are too. contact: sealed under key.
    """CREATE TABLE IF NOT EXISTS vault.accounts (
        account TEXT PRIMARY KEY,
        community TEXT NOT NULL,
        lookup BYTEA UNIQUE,
        member BYTEA UNIQUE,
        key BYTEA,
        contact BYTEA
    )""",
    """CREATE TABLE IF NOT EXISTS vault.api_keys (
        id TEXT PRIMARY KEY,
        community TEXT NOT NULL,
        label TEXT NOT NULL,
        scopes TEXT NOT NULL,
        digest BYTEA NOT NULL,
        made BIGINT NOT NULL
    )""",
    """CREATE TABLE IF NOT EXISTS vault.links (
        id TEXT PRIMARY KEY,
        community TEXT NOT NULL,
        digest BYTEA NOT NULL,
        expires BIGINT NOT NULL,
        sealed BYTEA NOT NULL
    )""",
)

# What lets the vault forget: see `people.py`. bucket: of accounts, whose key it wraps; NULL where the
# key-encryption key does, as of a first release. kek: the key-encryption key that wraps, NULL where it is not known.
FORGETTING = (
    """CREATE TABLE IF NOT EXISTS vault.buckets (
        id TEXT PRIMARY KEY,
        community TEXT NOT NULL,
        kek TEXT NOT NULL,
        key BYTEA NOT NULL
    )""",
    # keyed digests of the public ids that an erasure ended: whoever asks by one is told that it is gone
    "CREATE TABLE IF NOT EXISTS vault.gone (digest BYTEA PRIMARY KEY, community TEXT NOT NULL)",
)

# Who is signed in, and who may sign in by a provider. community: '' is the installation's own, for its operators.
# digest: SHA-256 of what the browser has. holder, lookup: keyed digests of whose it is, and of a provider's subject.
ENTERING = (
    """CREATE TABLE IF NOT EXISTS vault.sign_ins (
        digest BYTEA PRIMARY KEY,
        community TEXT NOT NULL,
        holder BYTEA NOT NULL,
        begun BIGINT NOT NULL,
        seen BIGINT NOT NULL,
        sealed BYTEA NOT NULL
    )""",
    """CREATE TABLE IF NOT EXISTS vault.subjects (
        id TEXT PRIMARY KEY,
        community TEXT NOT NULL,
        lookup BYTEA NOT NULL UNIQUE,
        holder BYTEA NOT NULL,
        sealed BYTEA NOT NULL
    )""",
)

HOLD = "SELECT open FROM vault.communities WHERE slug = ? AND open = 1"

OVERWRITE_MS = 250  # that those who read are waited for

MOST_VALUES = 500
"""In one IN list."""


class Statements(Protocol):
    """An open transaction on the vault. Parameters are marked `?`, a list of them `:many`."""

    free: str
    """What passes over the rows that another transaction has taken, at the end of a SELECT within a statement."""

    def run(self, statement: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Run one statement and return its rows."""
        ...

    def run_many(self, statement: str, parameters: Sequence[Sequence[object]]) -> None:
        """Run one statement once for each of `parameters`."""
        ...

    def put(self, into: str, types: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Insert rows into a table whose columns have these types, all by one statement."""
        ...

    def hold(self, community: str, *, alone: bool = False) -> None:
        """Keep a community here until the transaction ends: whatever is written of its people comes after this.

        `alone`: and nobody else who holds it writes meanwhile. Raises `ElsewhereError` where it is kept elsewhere,
        or is just being moved.
        """
        ...

    def halt(self) -> None:
        """Wait until all who hold a community have done, and let nobody begin until the transaction ends."""
        ...


class VaultDatabase(Protocol):
    """Where the vault is kept. A transaction is durable when its block ends."""

    def transaction(self, *, writing: bool) -> AbstractContextManager[Statements]:
        """Open a transaction. Raises `LedgerUnavailableError`."""
        ...

    def overwrite(self) -> None:
        """Let what was deleted go from the log beside the file too, as far as others who read allow it now."""
        ...

    def version(self) -> int | None:
        """Return a number that is another once anything was committed; None where that is not told without waiting."""
        ...

    def close(self) -> None:
        """Give back what is held open."""
        ...


@functools.lru_cache(maxsize=4096)
def many(statement: str, count: int) -> str:
    """Return `statement` with `count` placeholders for `:many`."""
    return statement.replace(":many", ",".join("?" * count))


class SQLiteVault:
    """The vault in a file of its own, over one connection that threads take in turns."""

    def __init__(self, path: Path, schema: str = "vault") -> None:
        """Open `path`, created for us alone (0600) when it is missing. Raises `LedgerUnavailableError`.

        `schema`: before which dot its tables are named in statements.
        """
        self._lock = threading.RLock()
        self._notice = Notice(path)
        with contextlib.suppress(OSError):  # what is wrong with the path is said below
            path.touch(mode=0o600)
        with available():
            self._connection = sqlite3.connect(
                ":memory:", check_same_thread=False, isolation_level=None, timeout=WAIT_SECONDS
            )
            self._connection.execute(f"ATTACH ? AS {schema}", (str(path),))
            self._connection.execute(f"PRAGMA {schema}.journal_mode = WAL")
            self._connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
            self._connection.execute(f"PRAGMA {schema}.synchronous = FULL")
            self._connection.execute(f"PRAGMA {schema}.secure_delete = ON")  # what is erased is overwritten

    @contextlib.contextmanager
    def transaction(self, *, writing: bool) -> Iterator[Statements]:
        """Open a transaction."""
        with self._lock, available():
            self._connection.execute("BEGIN IMMEDIATE" if writing else "BEGIN")
            try:
                yield _SQLiteStatements(self._connection)
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.rollback()
                raise

    def overwrite(self) -> None:
        """Empty the write-ahead log, in which pages stand as they were."""
        with self._lock, available():
            self._connection.execute(f"PRAGMA busy_timeout = {OVERWRITE_MS}")
            try:
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            finally:
                self._connection.execute(f"PRAGMA busy_timeout = {WAIT_SECONDS * 1000}")

    def version(self) -> int | None:
        """Return a number that is another once anything was committed. See `Notice.version`."""
        return self._notice.version()

    def close(self) -> None:
        """Close the connections."""
        self._notice.close()
        with self._lock:
            self._connection.close()


class _SQLiteStatements:
    free = ""  # whoever writes is alone

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def run(self, statement: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        return self._connection.execute(statement, parameters).fetchall()

    def run_many(self, statement: str, parameters: Sequence[Sequence[object]]) -> None:
        self._connection.executemany(statement, parameters)

    def put(self, into: str, types: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        self.run_many(f"INSERT INTO {into} VALUES ({','.join('?' * len(types))})", rows)  # noqa: S608  names of ours

    def hold(self, community: str, *, alone: bool = False) -> None:  # noqa: ARG002  whoever writes is alone
        _held(self.run(HOLD, (community,)), community)

    def halt(self) -> None:
        pass  # whoever writes is alone


class PostgresVault:
    """The vault in the schema `vault` of the ledger's database."""

    def __init__(self, datastore: Datastore) -> None:
        """Use the connections of `datastore`, which whoever made it closes."""
        self._datastore = datastore

    @contextlib.contextmanager
    def transaction(self, *, writing: bool) -> Iterator[Statements]:
        """Open a transaction; what only reads does without one, and without its two round trips."""
        with (
            self._datastore.connection() as connection,
            connection.transaction() if writing else contextlib.nullcontext(),
        ):
            yield _PostgresStatements(connection)

    def version(self) -> int | None:
        """Return None: the server would have to be asked."""
        return None

    def overwrite(self) -> None:
        """Do nothing: its log is the server's, and kept for replicas and archives."""

    def close(self) -> None:
        """Do nothing: the connections are the ledger's."""


class _PostgresStatements:
    free = " FOR UPDATE SKIP LOCKED"

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def run(self, statement: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        cursor = self._connection.execute(_percent(statement), parameters, prepare=_prepared(statement))
        return cursor.fetchall() if cursor.description else []

    def run_many(self, statement: str, parameters: Sequence[Sequence[object]]) -> None:
        text = _percent(statement)
        for each in parameters:  # in a pipeline, as of `executemany`, PostgreSQL would not end a silent transaction
            self._connection.execute(text, each)

    def put(self, into: str, types: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        columns = [[*column] for column in zip(*rows, strict=True)]
        if columns:
            self._connection.execute(_unnested(into, tuple(types)), columns)

    def hold(self, community: str, *, alone: bool = False) -> None:
        _held(self.run(f"{HOLD} FOR {'UPDATE' if alone else 'SHARE'}", (community,)), community)

    def halt(self) -> None:
        self.run("LOCK TABLE vault.communities IN EXCLUSIVE MODE")


def _held(found: list[tuple[Any, ...]], community: str) -> None:
    if not found:
        raise ElsewhereError(f"{community}: wanted to write, but it is being moved; try again")


@functools.lru_cache(maxsize=4096)
def _prepared(statement: str) -> bool | None:
    """Return False of what is to be planned each time: a plan of a small table reads all of one that has grown."""
    return False if " IN (" in statement or " LIMIT ?" in statement else None


@functools.cache
def _unnested(into: str, types: tuple[str, ...]) -> str:
    columns = ", ".join(f"%b::{each}[]" for each in types)
    return f"INSERT INTO {into} SELECT * FROM unnest({columns})"  # noqa: S608  names of ours


@functools.lru_cache(maxsize=4096)
def _percent(statement: str) -> str:
    return statement.replace("?", "%s")
