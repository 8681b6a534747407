"""One database of the ledger, opened bare: for whoever copies, checks or moves what is in it.

No pool, no cache and no deadline for an answer: a copy takes as long as it takes. Ledger and vault are reached
through one connection, also where the vault is a file beside the ledger's; but no commit spans two files.
"""

from __future__ import annotations

import contextlib
import fcntl
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

import psycopg
from psycopg.conninfo import conninfo_to_dict

from ledger import sqlite
from ledger.connecting import available as postgres_available
from ledger.errors import BusyError, LedgerError, NotMigratedError
from ledger.inserting import FLUSHED, order_lock
from ledger.migrate import is_postgres, vault_file
from ledger.operations.tables import TABLES, community_column
from ledger.rows import LARGEST, WAIT_SECONDS, Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

PAGE = 5_000
"""Rows read or written at a time."""

_ALONE = 0x67_75_69_6C_64_62_6B_32  # the advisory lock of whoever moves, adopts or backs up
_PATIENCE = 10  # seconds that another writer is waited for


class Bare(Protocol):
    """A database with its vault. Everything raises `LedgerUnavailableError` where it is down, locked or full."""

    def run(self, statement: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Run one statement, its parameters marked `?`, and return its rows."""
        ...

    def has(self, table: str) -> bool:
        """Return whether the ledger has a table of that name."""
        ...

    def flush(self) -> None:
        """Return when all that was read so far is durable, also what was not acknowledged yet."""
        ...

    def reading(self) -> AbstractContextManager[None]:
        """Open a transaction that sees one state of the ledger throughout, and of the vault one at least as new."""
        ...

    def writing(self, *, order: str | None = None) -> AbstractContextManager[None]:
        """Open a transaction that is durable when its block ends; with the order lock of the community `order`."""
        ...

    def facts(self, community: str, after: int, limit: int = PAGE, *, upto: int = LARGEST) -> list[Row]:
        """Return at most `limit` facts past a position, in order."""
        ...

    def rows(self, table: str, community: str) -> Iterator[list[tuple[Any, ...]]]:
        """Yield a community's rows of a table, some thousands at a time; only within `reading`."""
        ...

    def add(self, table: str, rows: Sequence[Sequence[object]]) -> None:
        """Add rows to a table, in the order of its columns; only within `writing`."""
        ...

    def alone(self) -> AbstractContextManager[None]:
        """Be the only one who moves, adopts or backs up; the system lets go when this process ends.

        Raises `BusyError` where another is at it.
        """
        ...


class _SQLite:
    """The ledger's file, its vault's attached."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    def run(self, statement: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with sqlite.available():
            return self._connection.execute(statement, parameters).fetchall()

    def has(self, table: str) -> bool:
        return bool(self.run("SELECT 1 FROM main.sqlite_master WHERE type = 'table' AND name = ?", (table,)))

    def flush(self) -> None:
        pass  # what can be read is durable

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        with self._transaction("BEGIN"):
            self.run("SELECT 1 FROM main.directory")  # the state of the ledger's file is that of the first look
            yield

    @contextlib.contextmanager
    def writing(self, *, order: str | None = None) -> Iterator[None]:
        # Without an order lock, each of the two files is locked by the first statement that writes to it.
        with self._transaction("BEGIN" if order is None else "BEGIN IMMEDIATE"):
            yield

    @contextlib.contextmanager
    def _transaction(self, begin: str) -> Iterator[None]:
        with sqlite.available():
            self._connection.execute(begin)
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.rollback()
                raise

    def facts(self, community: str, after: int, limit: int = PAGE, *, upto: int = LARGEST) -> list[Row]:
        return [Row._make(row) for row in self.run(sqlite.AFTER, (community, after, upto, limit))]

    def rows(self, table: str, community: str) -> Iterator[list[tuple[Any, ...]]]:
        with sqlite.available():
            cursor = self._connection.execute(_select(table, "{}"), (community,))
            while page := cursor.fetchmany(PAGE):
                yield page

    def add(self, table: str, rows: Sequence[Sequence[object]]) -> None:
        with sqlite.available():
            self._connection.executemany(_insert(table), rows)

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        with self._path.with_suffix(".lock").open("ab") as beside:
            try:
                fcntl.flock(beside, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise _busy() from error
            yield


class _Postgres:
    """The database, its vault a schema."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def run(self, statement: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with postgres_available():
            cursor = self._connection.execute(statement.replace("?", "%s").encode(), parameters or None)
            return cursor.fetchall() if cursor.description else []

    def has(self, table: str) -> bool:
        return self.run("SELECT to_regclass(?) IS NOT NULL", (table,)) == [(True,)]

    def flush(self) -> None:
        self.run(FLUSHED.decode())

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        with self._transaction("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"):
            yield

    @contextlib.contextmanager
    def writing(self, *, order: str | None = None) -> Iterator[None]:
        with self._transaction("BEGIN"):
            self.run(f"SET LOCAL lock_timeout = '{_PATIENCE}s'")
            if order is not None:
                self.run("SELECT pg_advisory_xact_lock(?)", (order_lock(order),))
            yield

    @contextlib.contextmanager
    def _transaction(self, begin: str) -> Iterator[None]:
        with postgres_available():
            self._connection.execute(begin.encode())
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(psycopg.Error):  # what went wrong before is what is told
                    self._connection.execute("ROLLBACK")
                raise

    def facts(self, community: str, after: int, limit: int = PAGE, *, upto: int = LARGEST) -> list[Row]:
        with postgres_available():
            found = self._connection.execute(_AFTER.encode(), (community, after, upto, limit), binary=True)
            return [Row._make(row) for row in found]

    def rows(self, table: str, community: str) -> Iterator[list[tuple[Any, ...]]]:
        with postgres_available(), self._connection.cursor(name="rows", binary=True) as cursor:
            cursor.execute(_select(table, "uuid_send({})").replace("?", "%s").encode(), (community,))
            while page := cursor.fetchmany(PAGE):
                yield page

    def add(self, table: str, rows: Sequence[Sequence[object]]) -> None:
        types = list(TABLES[table].values())
        stream = types.index("uuid") if "uuid" in types else None
        copy = f"COPY {table} ({', '.join(TABLES[table])}) FROM STDIN (FORMAT BINARY)"
        with postgres_available(), self._connection.cursor().copy(copy.encode()) as copying:
            copying.set_types(types)
            for row in rows:
                copying.write_row(row if stream is None else _with_uuid(row, stream))

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        if not self.run("SELECT pg_try_advisory_lock(?)", (_ALONE,))[0][0]:
            raise _busy()
        try:
            yield
        finally:
            with contextlib.suppress(psycopg.Error):
                self._connection.execute("SELECT pg_advisory_unlock(%s)", (_ALONE,))


_AFTER = """SELECT position, community, uuid_send(originator_id), originator_version, topic, recorded, state
    FROM stored_events WHERE community = %s AND position > %s AND position <= %s ORDER BY position LIMIT %s"""


@contextlib.contextmanager
def opened(database: str) -> Iterator[Bare]:
    """Open a database of the ledger. Raises `LedgerUnavailableError`, `NotMigratedError` where a file is missing."""
    if is_postgres(database):
        with connected(database) as connection:
            yield _Postgres(connection)
        return
    path, vault = Path(database), vault_file(database)
    for file in (path, vault):
        if not file.is_file():
            raise NotMigratedError(f"{file}: wanted a database of the ledger, got no such file")
    with sqlite.available(), contextlib.closing(sqlite3.connect(path, isolation_level=None)) as file_connection:
        file_connection.execute(f"PRAGMA busy_timeout = {_PATIENCE * 1000}")
        file_connection.execute("ATTACH ? AS vault", (str(vault),))
        file_connection.execute(f"PRAGMA cache_size = -{sqlite.CACHE_KIB}")
        file_connection.execute("PRAGMA synchronous = FULL")
        file_connection.execute("PRAGMA vault.synchronous = FULL")
        file_connection.execute("PRAGMA vault.secure_delete = ON")
        yield _SQLite(file_connection, path)


@contextlib.contextmanager
def connected(url: str) -> Iterator[psycopg.Connection[Any]]:
    """Open a connection of its own to PostgreSQL, in autocommit mode; its words never repeat the password."""
    try:
        given = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise LedgerError("database: wanted a postgresql:// address, got one that cannot be read") from None
    settings: dict[str, Any] = {"connect_timeout": WAIT_SECONDS, **given}
    with postgres_available(), contextlib.closing(psycopg.connect(**settings, autocommit=True)) as connection:
        yield connection


def _busy() -> BusyError:
    return BusyError("wanted to be the only one who moves, adopts or backs up, got another at it; try again later")


def _with_uuid(row: Sequence[object], at: int) -> list[object]:
    values = list(row)
    values[at] = UUID(bytes=bytes(row[at]))  # type: ignore[call-overload]  # 16 bytes, by the table
    return values


def _select(table: str, stream: str) -> str:
    columns = (stream.format(name) if kind == "uuid" else name for name, kind in TABLES[table].items())
    where = f"{community_column(table)} = ? ORDER BY 1"  # so that a copy made twice is the same
    return f"SELECT {', '.join(columns)} FROM {table} WHERE {where}"  # noqa: S608 - our own names


def _insert(table: str) -> str:
    columns = TABLES[table]
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608 - likewise
