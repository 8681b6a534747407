"""Views on PostgreSQL, in the schema `views` of the ledger's database."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

from ledger import LedgerUnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_CONNECTIONS = 8
_PATIENCE = 5.0  # seconds
_MIGRATION = 0x67_75_69_6C_64  # the advisory lock under which tables are made


class PostgresRows:
    """One connection's transaction."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        """Run one statement and return its rows."""
        cursor = self._connection.execute(sql.replace("?", "%s").encode(), parameters)
        return cursor.fetchall() if cursor.description else []

    def many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run one statement for each row, in one pipeline."""
        with self._connection.cursor() as cursor:
            cursor.executemany(sql.replace("?", "%s").encode(), rows)


class PostgresStore:
    """A pool of connections to the database's `views` schema."""

    skip_locked = " FOR UPDATE SKIP LOCKED"

    def __init__(self, url: str, *, create: bool) -> None:
        options = {"options": "-c search_path=views -c timezone=UTC"}
        try:
            if create:
                with psycopg.connect(url, autocommit=True, connect_timeout=int(_PATIENCE)) as connection:
                    connection.execute("SELECT pg_advisory_lock(%s)", (_MIGRATION,))  # until the connection closes
                    connection.execute("CREATE SCHEMA IF NOT EXISTS views")
            self._pool = ConnectionPool(
                url, kwargs=options, min_size=1, max_size=_CONNECTIONS, timeout=_PATIENCE, open=False
            )
            self._pool.open(wait=True, timeout=_PATIENCE)
        except (psycopg.OperationalError, PoolTimeout) as error:
            raise LedgerUnavailableError(f"the views cannot be reached: {error}") from error

    @contextmanager
    def reading(self) -> Iterator[PostgresRows]:
        """A transaction that sees one state throughout."""
        with self._transaction("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY") as rows:
            yield rows

    @contextmanager
    def writing(self) -> Iterator[PostgresRows]:
        """A transaction that commits where no error leaves it."""
        with self._transaction("BEGIN") as rows:
            yield rows

    @contextmanager
    def making(self) -> Iterator[PostgresRows]:
        """A writing transaction that no other process's making overlaps."""
        with self._transaction("BEGIN") as rows:
            rows.run("SELECT pg_advisory_xact_lock(?)", (_MIGRATION,))
            yield rows

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[PostgresRows]:
        try:
            with self._pool.connection() as connection:
                connection.autocommit = True
                connection.execute(begin.encode())
                try:
                    yield PostgresRows(connection)
                    connection.execute("COMMIT")
                except BaseException:
                    if not connection.closed:
                        connection.execute("ROLLBACK")
                    raise
                finally:
                    if not connection.closed:
                        connection.autocommit = False
        except (psycopg.OperationalError, PoolTimeout) as error:
            raise LedgerUnavailableError(f"the views cannot be reached: {error}") from error
