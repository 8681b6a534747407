"""Views on PostgreSQL, in the schema `views` of the ledger's database."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import psycopg

from ledger.connecting import available, lent, pool
from projections.errors import RebuildError, SwitchedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from psycopg_pool import ConnectionPool

    from ledger.connecting import Connection

_CONNECTIONS = 8
_TOGETHER = 2_000  # rows of one statement, which has to be answered in time
_REBUILD = 0x67_75_69_6C_64_76_77_32  # the advisory lock of whoever rebuilds
_MAKE = 0x67_75_69_6C_64_76_77_31  # and of whoever makes tables
_SESSION = {
    "search_path": "views",
    "timezone": "UTC",
    "lock_timeout": "2s",
    "statement_timeout": "4s",  # whoever asked has given up by then
}
_ANOTHER = (  # what a statement meets when the tables it was made for are no more
    psycopg.errors.UndefinedTable,
    psycopg.errors.UndefinedColumn,
    psycopg.errors.FeatureNotSupported,
)


class PostgresRows:
    """One connection's transaction, begun in one flight with its first statement."""

    def __init__(self, connection: psycopg.Connection[Any], begin: bytes | None = None) -> None:
        self._connection = connection
        self._begin = begin

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        """Run one statement and return its rows."""
        cursor = self._flown(sql.replace("?", "%s").encode(), parameters)
        return cursor.fetchall() if cursor.description else []

    def many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run one statement for each row, one after another: in a pipeline a transaction would not end by itself."""
        text = sql.replace("?", "%s").encode()
        for row in rows:
            self._flown(text, row)

    def put(self, table: str, kinds: str, rows: Sequence[Sequence[Any]], *, again: str) -> None:
        """Insert rows as binary arrays, a column each; `again` says what becomes of one that is there."""
        arrays = ", ".join(f"%b::{kind}[]" for kind in kinds.split())
        text = f"INSERT INTO {table} SELECT * FROM unnest({arrays}) {again}".encode()
        for start in range(0, len(rows), _TOGETHER):
            self._flown(text, [list(column) for column in zip(*rows[start : start + _TOGETHER], strict=True)])

    def tables(self) -> list[str]:
        """Return the names of the tables."""
        return [name for (name,) in self.run("SELECT tablename FROM pg_tables WHERE schemaname = 'views'")]

    def columns(self, table: str) -> list[str]:
        """Return the names of a table's columns."""
        sql = """SELECT attname FROM pg_attribute
            WHERE attrelid = to_regclass('views.' || ?) AND attnum > 0 AND NOT attisdropped"""
        return [name for (name,) in self.run(sql, (table,))]

    def clear(self) -> None:
        """Drop the schema, and make it empty."""
        self.run("DROP SCHEMA IF EXISTS views CASCADE")
        self.run("CREATE SCHEMA views")

    def _flown(self, text: bytes, parameters: Sequence[Any]) -> psycopg.Cursor[Any]:
        """Run a statement; the first together with what begins the transaction."""
        if self._begin is None:
            return self._connection.execute(text, parameters)
        with self._connection.pipeline():
            self._connection.execute(self._begin)
            cursor = self._connection.execute(text, parameters)
        self._begin = None
        return cursor


class PostgresStore:
    """A pool of connections to the database's `views` schema."""

    locks = True
    free = " FOR UPDATE OF progress SKIP LOCKED"
    locked = " FOR UPDATE OF progress"

    def __init__(self, url: str) -> None:
        self._pool: ConnectionPool[Connection] = pool(url, size=_CONNECTIONS, **_SESSION)

    @contextmanager
    def reading(self) -> Iterator[PostgresRows]:
        """A transaction that sees one state throughout. Raises `SwitchedError` where a table was just dropped."""
        with self._transaction("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY") as rows:
            yield rows

    @contextmanager
    def writing(self) -> Iterator[PostgresRows]:
        """A transaction that commits where no error leaves it."""
        with self._transaction() as rows:
            yield rows

    @contextmanager
    def dropping(self) -> Iterator[PostgresRows]:
        """A writing transaction that waits only a moment for whoever reads a table."""
        with self.writing() as rows:
            rows.run("SET LOCAL lock_timeout = '500ms'")  # others who come to read queue up behind us
            yield rows

    @contextmanager
    def rebuilding(self) -> Iterator[None]:
        """Hold an advisory lock; PostgreSQL lets it go when the connection ends, however it does."""
        with lent(self._pool) as connection:
            if not connection.execute("SELECT pg_try_advisory_lock(%s)", (_REBUILD,)).fetchall()[0][0]:
                raise RebuildError("rebuild: wanted to be the only one, got another at work")
            try:
                yield
            finally:
                with suppress(psycopg.Error):
                    connection.execute("SELECT pg_advisory_unlock(%s)", (_REBUILD,))

    def version(self) -> int | None:
        """Return None: the server would have to be asked."""
        return None

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()

    @contextmanager
    def _transaction(self, ahead: str = "") -> Iterator[PostgresRows]:
        """Begin with the first statement (`ahead` of it), or at once.

        Whoever may fall silent in a transaction begins at once: after a pipeline PostgreSQL 15 does not end it.
        """
        with lent(self._pool) as connection:
            try:
                if not ahead:
                    connection.execute("BEGIN")
                yield PostgresRows(connection, ahead.encode() or None)
                connection.execute("COMMIT")
            except BaseException as error:
                with suppress(psycopg.Error):  # what went wrong before is what is told
                    connection.execute("ROLLBACK")
                if isinstance(error, _ANOTHER):
                    raise SwitchedError(f"views: wanted the tables there were, got: {error}") from error
                raise


@contextmanager
def making(url: str) -> Iterator[PostgresRows]:
    """A transaction in which nobody else makes tables, however long it takes."""
    with available(), psycopg.connect(url, connect_timeout=2, options="-c timezone=UTC") as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_MAKE,))
        rows = PostgresRows(connection)
        connection.execute("CREATE SCHEMA IF NOT EXISTS views")
        connection.execute("SET LOCAL search_path = views")
        yield rows
