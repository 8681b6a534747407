"""How facts are written on PostgreSQL: ordered, in one flight, durable before they are acknowledged.

The flight carries the community's order lock, claims, facts and their commit. That commit is asynchronous, so
that the lock is never held over a disk; a second, synchronous one follows in the same flight and flushes all before
it. A fact may be read a few ms before it is durable, never acknowledged.
"""

from __future__ import annotations

import functools
import hashlib
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

import psycopg

from ledger.errors import ClaimTakenError, ElsewhereError, EpochError, StreamTakenError
from ledger.flight import (
    BYTEA_OID,
    INT8_OID,
    TEXT_OID,
    UUID_OID,
    Flight,
    RefusedError,
    Statement,
    array,
    int4,
    int8,
    refusal,
)
from ledger.rows import WAIT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from typing import Protocol

    from psycopg import pq

    from ledger.connecting import Connection
    from ledger.rows import Claim, NewRow

    class Lender(Protocol):
        """Lends connections."""

        def connection(self) -> AbstractContextManager[Connection]:
            """Lend one, in autocommit mode."""
            ...


PIECE = 250
"""Rows in one transaction: while the server writes a piece, the next is being made."""

COMMUNITIES = 1_024
"""Whose locks are remembered at most."""

BEGIN = Statement(b"begin", b"BEGIN", ())
AHEAD = b"""SELECT set_config('lock_timeout', '%ds', true), set_config('synchronous_commit', 'off', true),
    pg_advisory_xact_lock($1::bigint)"""  # evaluated in this order; it counts for advisory locks too
AHEAD %= WAIT_SECONDS
COMMIT = Statement(b"commit", b"COMMIT", ())
FLUSHED = b"SELECT pg_logical_emit_message(true, 'guildbook', '')"
"""Its commit makes durable whatever was committed before it."""

FLUSH = Statement(b"flush", FLUSHED, ())

CLAIM = b"""INSERT INTO claims SELECT * FROM unnest($4::bytea[], $5::text[], $6::bigint[])
    WHERE EXISTS (SELECT FROM directory
                   WHERE community = $1::text AND shard = $2::integer AND open = 1 AND epoch = $3::bigint)"""
"""Where the facts are not written, nor are their claims."""

GIVEN = b"""unnest($4::uuid[], $5::bigint[], $6::text[], $7::bytea[])
    WITH ORDINALITY AS given (stream, version, topic, state, n)"""
ONE = b"(VALUES ($4::uuid, $5::bigint, $6::text, $7::bytea, 1)) AS given (stream, version, topic, state, n)"
NEW = b"""(SELECT stream, version, topic, state, row_number() OVER (ORDER BY n) AS n FROM %b
    LEFT JOIN LATERAL (SELECT position FROM stored_events
                        WHERE originator_id = stream AND originator_version = version LIMIT 1) AS stands ON true
    WHERE stands.position IS NULL) AS given"""  # one look each into the index, whatever the planner expects
NEW %= GIVEN
INSERT = b"""
    WITH last AS (
        SELECT position, recorded FROM stored_events WHERE community = $1::text ORDER BY position DESC LIMIT 1
    ), here AS (
        SELECT epoch FROM directory WHERE community = $1::text AND shard = $3::integer AND open = 1
    ), begun AS (
        SELECT coalesce((SELECT position FROM last), 0) AS position,
               greatest((SELECT recorded FROM last), $2::bigint) AS recorded
          FROM here WHERE epoch = $8::bigint
    ), stored AS (
        INSERT INTO stored_events
        SELECT $1::text, begun.position + given.n, given.stream, given.version, given.topic,
               begun.recorded, given.state
          FROM begun, """
FIRST = b"SELECT begun.position + 1 FROM here LEFT JOIN begun ON true"
INSERT_EVERY = b"%b %b) %b" % (INSERT, GIVEN, FIRST)
INSERT_ONE = b"%b %b) %b" % (INSERT, ONE, FIRST)
INSERT_NEW = b"""%b %b RETURNING originator_id, originator_version, position)
    SELECT CASE WHEN begun.position IS NOT NULL THEN
               array(SELECT coalesce((SELECT position FROM stored
                                       WHERE originator_id = stream AND originator_version = version), 0)
                       FROM %b ORDER BY n) END
      FROM here LEFT JOIN begun ON true""" % (INSERT, NEW, GIVEN)
RAISE = b"""UPDATE directory SET epoch = greatest(epoch + 1, $2::bigint)
    WHERE community = $1::text AND shard = $3::integer AND open = 1 RETURNING epoch::text"""


class _Piece(NamedTuple):
    """Rows on their way, and where their statement stands in the flight."""

    rows: Sequence[NewRow]
    number: int


class Inserting:
    """Writes rows of one community that were prepared under one epoch."""

    def __init__(self, lender: Lender, community: str, shard: int, clock: Callable[[], int], epoch: int = 0) -> None:
        self._lender = lender
        self._community = community
        self._shard = shard
        self._clock = clock
        self._epoch = epoch
        self._ahead = _ahead(community)

    def every(self, rows: Sequence[NewRow], claims: Sequence[Claim]) -> list[int | None]:
        """Write all rows in one transaction, with their claims, or none. See `rows.FactRecorder.write`."""
        here = self._community.encode(), int4(self._shard), int8(self._epoch)
        claiming = [Statement(b"claim", CLAIM, (*here, *_claimed(claims)))] if claims else []
        with self._lender.connection() as connection, Flight(connection) as flight:
            flight.send([*self._ahead, *claiming, self._insert(rows), COMMIT, FLUSH])
            results = flight.land()
            refused = _taken(results)
        if refused and refused.table == "claims":
            raise ClaimTakenError(f"claims: wanted {len(claims)} new, got one that exists")
        if refused:
            raise StreamTakenError(f"facts: wanted {len(rows)} new, got one that exists")
        return self._positions(self._found(results[-3]), len(rows))

    def new(self, rows: Iterable[NewRow]) -> list[int | None]:
        """Write the rows that are new, in pieces that are sent as they are made; return where each stands.

        None for one that stood before.
        """
        pieces: list[_Piece] = []
        sent = 0
        with self._lender.connection() as connection, Flight(connection) as flight:
            for some in _pieces(rows):
                statements = [*self._ahead, self._insert(some), COMMIT]
                pieces.append(_Piece(some, sent + len(self._ahead)))
                sent += len(statements)
                flight.send(statements, at_once=len(some) == PIECE)
            flight.send([FLUSH])
            results = flight.land()
            refused = _taken(results)
        positions: list[int | None] = []
        for piece in pieces:
            written = refused is None or piece.number < refused.number
            try:
                if written:
                    positions += self._positions(self._found(results[piece.number]), len(piece.rows))
                else:
                    positions += self._others(piece.rows)
            except EpochError as error:
                raise EpochError(str(error), positions) from error
        return positions

    def erase(self, row: NewRow | None) -> int:
        """Raise the epoch and write `row`, unless it stands. See `rows.FactRecorder.erase`."""
        place = self._place()
        with self._lender.connection() as connection, Flight(connection) as flight:
            flight.send([*self._ahead, Statement(b"raise", RAISE, place)])
            raised = self._landed(flight)[-1]
            self._epoch = int(self._found(raised))
            with Flight(connection) as onward:
                onward.send([*([self._insert([row], new=True)] if row else []), COMMIT, FLUSH])
                self._landed(onward)
        return self._epoch

    def begin_epoch(self, rows: Sequence[NewRow]) -> None:
        """Raise the epoch and write all rows, or nothing. See `rows.FactRecorder.begin_epoch`."""
        with self._lender.connection() as connection, Flight(connection) as flight:
            flight.send([*self._ahead, Statement(b"raise", RAISE, self._place())])
            self._epoch = int(self._found(self._landed(flight)[-1]))
            with Flight(connection) as onward:
                onward.send([self._insert(rows), COMMIT, FLUSH])
                refused = _taken(onward.land())
        if refused:
            raise StreamTakenError(f"facts: wanted {len(rows)} new, got one that exists")

    def _others(self, rows: Sequence[NewRow]) -> list[int | None]:
        """Write those of `rows` that nobody else has written."""
        with self._lender.connection() as connection, Flight(connection) as flight:
            flight.send([*self._ahead, self._insert(rows, new=True), COMMIT, FLUSH])
            results = self._landed(flight)
        listed = self._found(results[-3]).strip(b"{}").split(b",")
        return [int(position) or None for position in listed]

    def _landed(self, flight: Flight) -> list[pq.abc.PGresult]:
        results = flight.land()
        if refused := refusal(results):
            raise refused.error
        return results

    def _place(self) -> tuple[bytes, bytes, bytes]:
        return self._community.encode(), int8(self._clock()), int4(self._shard)

    def _insert(self, rows: Sequence[NewRow], *, new: bool = False) -> Statement:
        place, epoch = self._place(), int8(self._epoch)
        if len(rows) == 1 and not new:
            (row,) = rows
            one = row.stream, int8(row.version), row.topic.encode(), row.state
            return Statement(b"one", INSERT_ONE, (*place, *one, epoch))
        columns = (
            array(UUID_OID, [row.stream for row in rows]),
            array(INT8_OID, [int8(row.version) for row in rows]),
            array(TEXT_OID, [row.topic.encode() for row in rows]),
            array(BYTEA_OID, [row.state for row in rows]),
        )
        return Statement(b"new" if new else b"every", INSERT_NEW if new else INSERT_EVERY, (*place, *columns, epoch))

    def _positions(self, first: bytes, count: int) -> list[int | None]:
        return [*range(int(first), int(first) + count)]

    def _found(self, inserted: pq.abc.PGresult) -> bytes:
        """Return what an insert selects.

        Raises `ElsewhereError` where it found no community to write to, and `EpochError` where its epoch is another.
        """
        if not inserted.ntuples:
            raise ElsewhereError(f"community: wanted one kept in shard {self._shard}, got {self._community!r}")
        found = inserted.get_value(0, 0)
        if found is None:
            raise EpochError(f"{self._community}: wanted facts prepared since the last erasure, got older ones")
        return found


def _taken(results: Sequence[pq.abc.PGresult]) -> RefusedError | None:
    """Return the refusal of a key that exists; raise any other, as psycopg would have."""
    refused = refusal(results)
    if refused and not isinstance(refused.error, psycopg.errors.UniqueViolation):
        raise refused.error
    return refused


@functools.lru_cache(maxsize=COMMUNITIES)
def _ahead(community: str) -> tuple[Statement, Statement]:
    """Return what begins a transaction that writes to a community."""
    return BEGIN, Statement(b"ahead", AHEAD, (int8(order_lock(community)),))


def order_lock(community: str) -> int:
    """Return the advisory lock (bigint) under which a community's facts are written."""
    return int.from_bytes(hashlib.blake2b(community.encode(), digest_size=8, person=b"order").digest(), signed=True)


def _pieces(rows: Iterable[NewRow]) -> Iterator[list[NewRow]]:
    made = iter(rows)
    while some := list(islice(made, PIECE)):
        yield some


def _claimed(claims: Sequence[Claim]) -> list[bytes]:
    """Return claims as the values of `CLAIM`."""
    numbers = [None if claim.number is None else int8(claim.number) for claim in claims]
    return [
        array(BYTEA_OID, [claim.claim for claim in claims]),
        array(TEXT_OID, [claim.community.encode() for claim in claims]),
        array(INT8_OID, numbers),
    ]
