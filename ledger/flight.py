"""Several statements in one round trip to PostgreSQL, on libpq's own pipeline.

psycopg's pipeline sends and waits once for every statement, and adapts every value on its way; an append is one
flight whose values are known to the byte, so it speaks to libpq by `psycopg.pq`: "libpq wrapper module"
in psycopg's documentation, "Pipeline Mode" in PostgreSQL's.
"""

from __future__ import annotations

import select
import struct
import time
from typing import TYPE_CHECKING, NamedTuple, Self

import psycopg
from psycopg import pq
from psycopg.errors import lookup

from ledger.connecting import ANSWER_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ledger.connecting import Connection

UUID_OID = 2950
INT8_OID = 20
TEXT_OID = 25
BYTEA_OID = 17
_HEAD = struct.Struct(">iiiii")  # dimensions, any null, type of the elements, how many, the first one's index
_LENGTH = struct.Struct(">i")
_NULL = _LENGTH.pack(-1)
_BINARY = 1
_DONE = int(pq.ExecStatus.COMMAND_OK)
_FAILED = int(pq.ExecStatus.FATAL_ERROR)


class Statement(NamedTuple):
    """A statement with its values, `$1` to `$n`, each in PostgreSQL's binary form."""

    name: bytes  # under which it is prepared, once for each connection
    text: bytes
    values: Sequence[bytes]


ROLLBACK = Statement(b"rollback", b"ROLLBACK", ())


class RefusedError(Exception):
    """PostgreSQL refused a statement of a flight: the error as psycopg would raise it, and what it is about."""

    def __init__(self, error: psycopg.Error, *, table: str, number: int) -> None:
        super().__init__(str(error))
        self.error = error
        self.table = table
        self.number = number  # of the statement, from 0


class Flight:
    """Statements on their way to the server, which begins with the first while the next are still being made."""

    def __init__(self, connection: Connection) -> None:
        """Begin. From here to `land` nothing else may use `connection`."""
        self._connection = connection
        self._libpq = connection.pgconn
        self._prepared = connection.prepared
        self._expected: list[bytes] = []  # of what each result will be: of a preparation its name, of a statement b""
        self._libpq.enter_pipeline_mode()

    def send(self, statements: Iterable[Statement], *, at_once: bool = False) -> None:
        """Send statements, to run after those before: `at_once`, or with what follows."""
        for name, text, values in statements:
            if name not in self._prepared:
                self._libpq.send_prepare(name, text)
                self._prepared.add(name)  # until it is known better
                self._expected.append(name)
            self._libpq.send_query_prepared(name, values, param_formats=[_BINARY] * len(values))
            self._expected.append(b"")
        if at_once:
            self._libpq.flush()

    def land(self) -> list[pq.abc.PGresult]:
        """Return the result of every statement sent: after one that is refused, nothing was run.

        What had been begun by then is rolled back. Raises `psycopg.OperationalError` where no answer came in
        time: then the connection is closed, and nobody knows.
        """
        results = self._landed()
        if refusal(results):
            with Flight(self._connection) as back:  # psycopg's would make the server forget all that is prepared
                back.send([ROLLBACK])
                if refusal(back._landed()):
                    self._connection.close()
        return results

    def _landed(self) -> list[pq.abc.PGresult]:
        self._libpq.pipeline_sync()
        deadline = time.monotonic() + ANSWER_SECONDS
        results, unprepared = [], None
        for name in self._expected:
            result = self._received(deadline)
            self._libpq.get_result()  # the end of its results
            if not name:
                results.append(unprepared or result)  # if it could not be prepared, that is what became of it
            elif result.status == _DONE:
                unprepared = None
            else:
                self._prepared.discard(name)
                unprepared = result if result.status == _FAILED else None
        self._received(deadline)  # the end of the pipeline
        self._libpq.exit_pipeline_mode()
        return results

    def _received(self, deadline: float) -> pq.abc.PGresult:
        """Return the next result, once it is whole."""
        while self._libpq.is_busy():
            self._wait(deadline)
        result = self._libpq.get_result()
        if result is None:
            raise psycopg.OperationalError("wanted a result of the pipeline, got none")
        return result

    def _wait(self, deadline: float) -> None:
        """Wait until something has come (or may go), and take it in."""
        sending = self._libpq.flush() != 0
        waited = select.poll()
        waited.register(self._libpq.socket, select.POLLIN | (select.POLLOUT if sending else 0))
        if not waited.poll(max(0.0, deadline - time.monotonic()) * 1000):
            raise psycopg.OperationalError(f"wanted an answer within {ANSWER_SECONDS:g} s, got none")
        self._libpq.consume_input()

    def __enter__(self) -> Self:
        """Begin a block, at whose end the flight has landed, or the connection is closed."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        """Close the connection where the flight did not land."""
        if self._libpq.status == pq.ConnStatus.OK and self._libpq.pipeline_status != pq.PipelineStatus.OFF:
            self._libpq.finish()


def refusal(results: Sequence[pq.abc.PGresult]) -> RefusedError | None:
    """Return the refusal among the results of a flight, None where there is none."""
    for number, result in enumerate(results):
        if result.status == _FAILED:
            return _refusal(result, number)
    return None


def _refusal(result: pq.abc.PGresult, number: int) -> RefusedError:
    def field(which: pq.DiagnosticField) -> str:
        return (result.error_field(which) or b"").decode(errors="replace")

    try:
        kind = lookup(field(pq.DiagnosticField.SQLSTATE))
    except KeyError:
        kind = psycopg.DatabaseError
    error = kind(field(pq.DiagnosticField.MESSAGE_PRIMARY))
    return RefusedError(error, table=field(pq.DiagnosticField.TABLE_NAME), number=number)


def array(oid: int, values: Sequence[bytes | None]) -> bytes:
    """Return values of type `oid`, each in binary form, as an array in binary form."""
    head = _HEAD.pack(1 if values else 0, None in values, oid, len(values), 1)
    length = _LENGTH.pack
    return head + b"".join([_NULL if value is None else length(len(value)) + value for value in values])


def int8(number: int) -> bytes:
    """Return a bigint in binary form."""
    return number.to_bytes(8, "big", signed=True)


def int4(number: int) -> bytes:
    """Return an integer in binary form."""
    return number.to_bytes(4, "big", signed=True)
