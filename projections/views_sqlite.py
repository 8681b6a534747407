"""Views in a SQLite file of their own, beside the ledger's: projecting never blocks intake."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from ledger import LedgerUnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_BUSY_SECONDS = 30  # a batch of a large community that is being caught up


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


class SQLiteStore:
    """A pool of connections to one file. WAL; a lost tail is read again from the ledger, so NORMAL is enough."""

    skip_locked = ""  # BEGIN IMMEDIATE waits for its turn instead

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: SimpleQueue[sqlite3.Connection] = SimpleQueue()

    @contextmanager
    def reading(self) -> Iterator[SQLiteRows]:
        """A transaction that sees one state throughout."""
        with self._transaction("BEGIN") as rows:
            yield rows

    @contextmanager
    def writing(self) -> Iterator[SQLiteRows]:
        """A transaction that commits where no error leaves it."""
        with self._transaction("BEGIN IMMEDIATE") as rows:
            yield rows

    making = writing

    def close(self) -> None:
        """Close every idle connection."""
        with suppress(Empty):
            while True:
                self._idle.get_nowait().close()

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[SQLiteRows]:
        try:
            connection = self._connection()
            connection.execute(begin)
        except sqlite3.OperationalError as error:
            raise LedgerUnavailableError(f"the views in {self._path.name} cannot be reached: {error}") from error
        try:
            yield SQLiteRows(connection)
            connection.execute("COMMIT")
        except BaseException:
            connection.rollback()
            raise
        finally:
            self._idle.put(connection)

    def _connection(self) -> sqlite3.Connection:
        try:
            return self._idle.get_nowait()
        except Empty:
            connection = sqlite3.connect(
                self._path, isolation_level=None, check_same_thread=False, timeout=_BUSY_SECONDS
            )
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            return connection
