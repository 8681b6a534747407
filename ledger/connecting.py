"""Connections to PostgreSQL that do not wait for ever, and what "not now" looks like."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from eventsourcing.persistence import PersistenceError
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import TupleRow, tuple_row
from psycopg_pool import ConnectionPool, PoolTimeout, TooManyRequests

from ledger.errors import LedgerError, LedgerUnavailableError
from ledger.rows import WAIT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from psycopg import pq
    from psycopg.abc import PQGen
    from psycopg.rows import RowFactory

    Value = TypeVar("Value")

ANSWER_SECONDS = 4.0
"""For one answer of the server, also where it is frozen or cut off: then the connection is given up."""

WAITING = 64
"""Callers at most that wait for a connection of one pool; the next is told at once."""

_NOT_NOW = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.errors.ReadOnlySqlTransaction,  # a replica, before its promotion
    psycopg.errors.IdleInTransactionSessionTimeout,  # we stood still for too long
    psycopg.errors.UndefinedTable,  # before the migration
    PoolTimeout,
    TooManyRequests,
    PersistenceError,  # the library's wrapping of some of these
)


class Connection(psycopg.Connection[TupleRow]):
    """A connection whose every answer must come within `ANSWER_SECONDS`."""

    def __init__(self, pgconn: pq.abc.PGconn, row_factory: RowFactory[TupleRow] = tuple_row) -> None:
        super().__init__(pgconn, row_factory)
        self.prepared: set[bytes] = set()  # the names of statements that `flight.fly` has prepared here

    def _deallocate(self, name: bytes | None) -> PQGen[None]:
        """Forget what flights have prepared where psycopg lets the server forget all: after a rollback of its own."""
        if name is None:
            self.prepared.clear()
        return super()._deallocate(name)

    def wait(self, gen: PQGen[Value], interval: float = 0.1, timeout: float | None = None) -> Value:
        """Run what was begun; a server that does not answer in time is left, and this connection closed."""
        if timeout is not None:
            return super().wait(gen, interval, timeout)
        deadline = time.monotonic() + ANSWER_SECONDS
        try:
            return super().wait(gen, interval, ANSWER_SECONDS)
        except psycopg.OperationalError as error:
            if time.monotonic() < deadline:
                raise
            self.pgconn.finish()
            raise psycopg.OperationalError(f"wanted an answer within {ANSWER_SECONDS:g} s, got none") from error


# What PostgreSQL is to do about a client that vanished in the middle: else what it had locked stays locked.
_VANISHING = {
    "idle_in_transaction_session_timeout": "15s",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}


def pool(url: str, *, size: int, **settings: str) -> ConnectionPool[Connection]:
    """Return a pool of at most `size` connections in autocommit mode, not opened yet.

    `settings` are parameters of the session (`search_path`, ...). Raises `LedgerError` where `url` is no
    address; its words never repeat the password.
    """
    try:
        given: dict[str, Any] = dict(conninfo_to_dict(url))
    except psycopg.ProgrammingError:
        raise LedgerError("database: wanted a postgresql:// address, got one that cannot be read") from None
    told = {**_VANISHING, **settings}
    options = [str(given.pop("options", "")), *(f"-c {name}={value}" for name, value in told.items())]
    impatient = {"connect_timeout": WAIT_SECONDS, "tcp_user_timeout": int(ANSWER_SECONDS * 1000)}
    return ConnectionPool(
        connection_class=Connection,
        kwargs={
            **impatient,
            **given,
            "options": " ".join(filter(None, options)),
            "row_factory": tuple_row,
            "autocommit": True,
        },
        min_size=1,
        max_size=size,
        max_waiting=WAITING,
        timeout=WAIT_SECONDS,
        reconnect_timeout=WAIT_SECONDS,
        open=False,
    )


class lent:  # noqa: N801 - `with lent(pool) as connection`
    """Lend a connection of the pool. Raises `LedgerUnavailableError`, also for what happens in the block.

    What `with pool.connection()` does, without its generators: every append passes here.
    """

    __slots__ = ("_connection", "_pool")

    def __init__(self, pool: ConnectionPool[Connection]) -> None:
        self._pool = pool

    def __enter__(self) -> Connection:
        """Take a connection in autocommit mode."""
        try:
            if self._pool.closed:
                self._pool.open()
            self._connection = self._pool.getconn()
        except _NOT_NOW as error:
            raise _unavailable(error) from error
        return self._connection

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give it back, rolled back where the block failed."""
        connection = self._connection
        try:
            if error is not None:
                connection.__exit__(kind, error, trace)
            if connection.closed:
                self._pool.drain()  # its neighbours are likely broken too: no caller need meet each
            self._pool.putconn(connection)
        except _NOT_NOW as lost:
            raise _unavailable(lost) from lost
        if isinstance(error, _NOT_NOW):
            raise _unavailable(error) from error


@contextlib.contextmanager
def available() -> Iterator[None]:
    """Turn what says "not now" into `LedgerUnavailableError`."""
    try:
        yield
    except _NOT_NOW as error:
        raise _unavailable(error) from error


def _unavailable(error: Exception) -> LedgerUnavailableError:
    return LedgerUnavailableError(f"database: wanted PostgreSQL to answer, got: {error}")
