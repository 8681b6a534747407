"""Views in a SQLite file of their own, beside the ledger's: projecting never blocks intake."""

from __future__ import annotations

import fcntl
import sqlite3
from contextlib import closing, contextmanager, suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from ledger import LedgerUnavailableError, Notice, NotMigratedError, write_ahead
from projections.errors import RebuildError, SwitchedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_BUSY_SECONDS = 4  # for another's writing: nobody folds meanwhile
_GONE = ("no such table", "no such column")  # what a statement meets when the tables it was made for are no more
_PAUSE_SECONDS = 0.02
_MAKING_SECONDS = 30  # for others who make or drop tables


class SQLiteRows:
    """One connection's transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        """Run one statement and return its rows."""
        return self._connection.execute(sql, parameters).fetchall()

    def many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run one statement for each row."""
        self._connection.executemany(sql, rows)

    def put(self, table: str, kinds: str, rows: Sequence[Sequence[Any]], *, again: str) -> None:
        """Insert rows; `again` says what becomes of one that is there."""
        marks = ", ".join("?" for _ in kinds.split())
        self.many(f"INSERT INTO {table} VALUES ({marks}) {again}", rows)

    def tables(self) -> list[str]:
        """Return the names of the tables."""
        found = self.run("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
        return [name for (name,) in found]

    def columns(self, table: str) -> list[str]:
        """Return the names of a table's columns."""
        return [name for (name,) in self.run("SELECT name FROM pragma_table_info(?)", (table,))]

    def clear(self) -> None:
        """Drop every view and table."""
        for (name,) in self.run("SELECT name FROM sqlite_master WHERE type = 'view'"):
            self.run(f'DROP VIEW "{name}"')
        for name in self.tables():
            self.run(f'DROP TABLE "{name}"')


class SQLiteStore:
    """A pool of connections to one file. WAL; a lost tail is read again from the ledger, so NORMAL is enough."""

    locks = False
    free = ""
    locked = ""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._notice = Notice(path)
        self._idle: SimpleQueue[sqlite3.Connection] = SimpleQueue()

    @contextmanager
    def reading(self) -> Iterator[SQLiteRows]:
        """A transaction that sees one state throughout. Raises `SwitchedError` where a table was just dropped."""
        with self._transaction("BEGIN") as rows:
            yield rows

    @contextmanager
    def writing(self) -> Iterator[SQLiteRows]:
        """A transaction that commits where no error leaves it."""
        with self._transaction("BEGIN IMMEDIATE") as rows:
            yield rows

    dropping = writing

    @contextmanager
    def rebuilding(self) -> Iterator[None]:
        """Hold the lock of a file beside this one; the system lets it go when the process ends, however it does."""
        with _available(self._path):
            beside = self._path.with_suffix(".rebuild").open("ab")
        with beside:
            try:
                fcntl.flock(beside, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise RebuildError("rebuild: wanted to be the only one, got another at work") from error
            yield

    def version(self) -> int | None:
        """Return a number that is another once anything was committed. See `ledger.Notice`."""
        return self._notice.version()

    def close(self) -> None:
        """Close every idle connection."""
        self._notice.close()
        with suppress(Empty):
            while True:
                self._idle.get_nowait().close()

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[SQLiteRows]:
        with _available(self._path):
            connection = self._connection()
            try:
                connection.execute(begin)
                yield SQLiteRows(connection)
                connection.execute("COMMIT")
            except BaseException as error:
                with suppress(sqlite3.Error):  # what went wrong before is what is told
                    connection.rollback()
                if isinstance(error, sqlite3.Error):
                    connection.close()  # the next begins with a fresh one
                    raise
                self._idle.put(connection)
                raise
            self._idle.put(connection)

    def _connection(self) -> sqlite3.Connection:
        try:
            return self._idle.get_nowait()
        except Empty:
            if not self._path.is_file():
                raise NotMigratedError(
                    f"{self._path.name}: wanted migrated views, got no file; run `guildbook migrate`"
                ) from None
            return _connected(self._path, _BUSY_SECONDS)


@contextmanager
def making(path: Path) -> Iterator[SQLiteRows]:
    """A transaction in which nobody else makes tables, in a file that is made if it is not there."""
    with _available(path), closing(_connected(path, _MAKING_SECONDS)) as connection:
        write_ahead(connection, patience=_MAKING_SECONDS)
        connection.execute("BEGIN IMMEDIATE")
        yield SQLiteRows(connection)
        connection.execute("COMMIT")


def _connected(path: Path, patience: float) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=patience)
    try:
        connection.execute("PRAGMA synchronous = NORMAL")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


@contextmanager
def _available(path: Path) -> Iterator[None]:
    """Turn what says "not now" into `LedgerUnavailableError`."""
    try:
        yield
    except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
        raise  # ours to prevent
    except (sqlite3.Error, OSError) as error:
        if str(error).startswith(_GONE):
            raise SwitchedError(f"views: wanted the tables there were, got: {error}") from error
        raise LedgerUnavailableError(f"views: wanted {path.name} to answer, got: {error}") from error
