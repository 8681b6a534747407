"""The ledger on PostgreSQL: one flight for each append, ordered, durable before it is acknowledged.

`PERSISTENCE_MODULE=ledger.postgres`. One pipeline carries BEGIN, the order lock, claims, facts and COMMIT.
That commit is asynchronous, so that the lock is never held over a disk; a second, synchronous one follows in
the same flight and flushes all before it. A fact may be read a few ms before it is durable, never
acknowledged.
"""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

import psycopg
from eventsourcing import postgres as library
from eventsourcing.persistence import PersistenceError
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import TupleRow, tuple_row

from ledger.errors import ClaimTakenError, LedgerError, LedgerUnavailableError
from ledger.rows import LARGEST, SHARD, WAIT_SECONDS, AggregateMethods, Row, Written, system_clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from eventsourcing.utils import Environment, EnvType
    from psycopg import Connection

    from ledger.rows import Claim, Met, NewRow

CREATE = (
    """CREATE TABLE IF NOT EXISTS stored_events (
        position bigint PRIMARY KEY,
        shard integer NOT NULL,
        community text NOT NULL,
        originator_id uuid NOT NULL,
        originator_version bigint NOT NULL,
        topic text NOT NULL,
        recorded bigint NOT NULL,
        state bytea NOT NULL,
        UNIQUE (originator_id, originator_version)
    )""",
    "CREATE INDEX IF NOT EXISTS stored_events_community ON stored_events (community, position)",
    """CREATE TABLE IF NOT EXISTS claims (
        claim bytea PRIMARY KEY,
        community text NOT NULL,
        number bigint
    )""",
    "CREATE UNIQUE INDEX IF NOT EXISTS claims_number ON claims (community, number) WHERE number IS NOT NULL",
    """CREATE TABLE IF NOT EXISTS conflicts (
        originator_id uuid PRIMARY KEY,
        community text NOT NULL,
        position bigint NOT NULL,
        pointers text NOT NULL,
        met bigint NOT NULL,
        times bigint NOT NULL
    )""",
)

# Advisory locks of this program: (class, object). The order lock's object is the shard.
LOCK_CLASS = 0x67626B31  # "gbk1"
MIGRATION = -1
LOCK = "SELECT pg_advisory_xact_lock(%s, %s)"
# lock_timeout counts for advisory locks too.
AHEAD = "SELECT set_config('lock_timeout', %s, true), set_config('synchronous_commit', 'off', true)"
FLUSH = "SELECT pg_logical_emit_message(true, 'guildbook', '')"  # its own commit flushes what went before

GIVEN = """
    INSERT INTO stored_events
    SELECT last.position + given.n, %s, %s, given.stream, given.version, given.topic,
           greatest(last.recorded, %s), given.state
      FROM unnest(%b::uuid[], %b::bigint[], %b::text[], %b::bytea[])
           WITH ORDINALITY AS given (stream, version, topic, state, n),
           (SELECT coalesce((SELECT position FROM stored_events ORDER BY position DESC LIMIT 1), 0),
                   coalesce((SELECT recorded FROM stored_events ORDER BY position DESC LIMIT 1), 0)
           ) AS last (position, recorded)"""
STORED = "RETURNING position, recorded) SELECT count(*), min(position), min(recorded) FROM stored"
INSERT = f"WITH stored AS ({GIVEN} ON CONFLICT (originator_id, originator_version) DO NOTHING {STORED}"
INSERT_EVERY = f"WITH stored AS ({GIVEN} {STORED}"
CLAIM = "INSERT INTO claims SELECT * FROM unnest(%b::bytea[], %b::text[], %b::bigint[])"

FIELDS = """SELECT position, community, uuid_send(originator_id), originator_version, topic, recorded, state
    FROM stored_events"""
FIRST = FIELDS + " WHERE originator_version = 1 AND originator_id = ANY(%b::uuid[])"
AFTER = FIELDS + " WHERE position > %s AND position <= %s ORDER BY position LIMIT %s"
AFTER_IN = FIELDS + " WHERE community = %s AND position > %s AND position <= %s ORDER BY position LIMIT %s"
AT = FIELDS + " WHERE position = ANY(%b::bigint[]) ORDER BY position"
STREAM = FIELDS + " WHERE originator_id = %s ORDER BY originator_version"
HEAD = "SELECT coalesce(max(position), 0) FROM stored_events"
HEAD_IN = "SELECT coalesce(max(position), 0) FROM stored_events WHERE community = %s"
CLAIMED = "SELECT claim FROM claims WHERE claim = ANY(%b::bytea[])"
NUMBER = "SELECT coalesce(max(number), -1) FROM claims WHERE community = %s AND number IS NOT NULL"
NOTE = """INSERT INTO conflicts VALUES (%s, %s, %s, %s, %s, 1) ON CONFLICT (originator_id)
    DO UPDATE SET pointers = excluded.pointers, met = excluded.met, times = conflicts.times + 1"""
CONFLICTS = """SELECT position, pointers, met, times FROM conflicts WHERE community = %s
    ORDER BY met DESC, position LIMIT %s"""

CONNECTIONS = 16
"""Held open at most by one process."""


class Datastore(library.PostgresDatastore):
    """The library's datastore over a pool that takes a whole address and does not wait long."""

    def __init__(self, url: str) -> None:
        """`url`: `postgresql://...`, with any option of libpq. Raises `LedgerError` where it is none."""
        try:
            given = {name: str(value) for name, value in conninfo_to_dict(url).items()}
        except psycopg.ProgrammingError:  # whose words may repeat the password
            raise LedgerError("database: wanted a postgresql:// address, got one that cannot be read") from None
        super().__init__("", "", "", "", "")
        self.pool = library.ConnectionPool(
            kwargs={"connect_timeout": str(WAIT_SECONDS), **given, "row_factory": tuple_row},
            min_size=1,
            max_size=CONNECTIONS,
            open=False,
            configure=self.after_connect_func(),
            timeout=WAIT_SECONDS,
        )

    @contextlib.contextmanager
    def connection(self) -> Iterator[Connection[TupleRow]]:
        """Lend a connection in autocommit mode. Raises `LedgerUnavailableError`."""
        with available():
            self.pool.open()
            with self.pool.connection() as lent:
                connection = cast("Connection[Any]", lent)
                try:
                    yield connection
                finally:
                    if connection.broken:
                        self.pool.check()  # its neighbours are likely broken too: no caller need meet each


class Recorder(AggregateMethods, library.PostgresApplicationRecorder):
    """Keeps facts, awards and charters in one ordered table; `rows.FactRecorder` says what it promises."""

    datastore: Datastore

    def __init__(self, datastore: Datastore, *, events_table_name: str = "stored_events") -> None:
        with available():
            super().__init__(datastore, events_table_name=events_table_name)
        self.clock: Callable[[], int] = system_clock

    def create_table(self) -> None:
        """Create what is missing, one process at a time."""
        with self.datastore.connection() as connection, connection.transaction():
            connection.execute(LOCK, (LOCK_CLASS, MIGRATION))
            for statement in CREATE:
                connection.execute(statement)

    def write(
        self, community: str, rows: Sequence[NewRow], *, claims: Sequence[Claim] = (), every: bool = False
    ) -> dict[tuple[bytes, int], Written]:
        """See `rows.FactRecorder.write`."""
        given = (
            *(SHARD, community, self.clock()),
            [UUID(bytes=row.stream) for row in rows],
            [row.version for row in rows],
            [row.topic for row in rows],
            [row.state for row in rows],
        )
        with self.datastore.connection() as connection:
            try:
                count, first, recorded = _flight(connection, INSERT_EVERY if every else INSERT, given, claims)
            except psycopg.errors.UniqueViolation as error:
                connection.rollback()
                if error.diag.table_name == "claims":
                    raise ClaimTakenError(f"claims: wanted {len(claims)} new, got one that exists") from error
                return {}  # every
        if count == len(rows):
            places = (Written(first + n, recorded) for n in range(count))
            return {(row.stream, row.version): place for row, place in zip(rows, places, strict=True)}
        return self._which(rows, first) if count else {}

    def _which(self, rows: Sequence[NewRow], first: int) -> dict[tuple[bytes, int], Written]:
        """Return which of `rows` were written, from position `first` on: the others stood before it."""
        ours = {(row.stream, row.version) for row in rows}
        return {
            (row.stream, row.version): Written(row.position, row.recorded)
            for row in self.rows_after(first - 1, len(rows), upto=first + len(rows))
            if (row.stream, row.version) in ours
        }

    def first_rows(self, streams: Sequence[bytes]) -> dict[bytes, Row]:
        """See `rows.FactRecorder.first_rows`."""
        wanted = [UUID(bytes=stream) for stream in streams]
        return {row.stream: row for row in self._rows(FIRST, (wanted,))} if wanted else {}

    def rows_after(self, after: int, limit: int, *, community: str | None = None, upto: int | None = None) -> list[Row]:
        """See `rows.FactRecorder.rows_after`."""
        end = LARGEST if upto is None else upto
        if community is None:
            return self._rows(AFTER, (after, end, limit))
        return self._rows(AFTER_IN, (community, after, end, limit))

    def rows_at(self, positions: Sequence[int]) -> list[Row]:
        """See `rows.FactRecorder.rows_at`."""
        return self._rows(AT, (list(positions),)) if positions else []

    def stream_rows(self, stream: bytes) -> list[Row]:
        """See `rows.FactRecorder.stream_rows`."""
        return self._rows(STREAM, (UUID(bytes=stream),))

    def head(self, community: str | None = None) -> int:
        """See `rows.FactRecorder.head`."""
        return self._number(HEAD, ()) if community is None else self._number(HEAD_IN, (community,))

    def note_conflicts(self, community: str, conflicts: Sequence[Met]) -> None:
        """See `rows.FactRecorder.note_conflicts`."""
        now = self.clock()
        rows = [
            (UUID(bytes=met.stream), community, met.position, json.dumps(met.pointers), now)
            for met in sorted(conflicts)  # two who note the same never wait for each other
        ]
        with self.datastore.connection() as connection, connection.transaction():
            connection.cursor().executemany(NOTE, rows)

    def conflicts(self, community: str, limit: int) -> list[tuple[int, str, int, int]]:
        """See `rows.FactRecorder.conflicts`."""
        with self.datastore.connection() as connection:
            return connection.execute(CONFLICTS, (community, limit)).fetchall()

    def claimed(self, claims: Sequence[bytes]) -> set[bytes]:
        """See `rows.FactRecorder.claimed`."""
        if not claims:
            return set()
        with self.datastore.connection() as connection:
            return {claim for (claim,) in connection.execute(CLAIMED, (list(claims),), binary=True)}

    def last_number(self, community: str) -> int:
        """See `rows.FactRecorder.last_number`."""
        return self._number(NUMBER, (community,))

    def _rows(self, statement: str, parameters: Sequence[object]) -> list[Row]:
        with self.datastore.connection() as connection:
            return [Row._make(found) for found in connection.execute(statement, parameters, binary=True)]

    def _number(self, statement: str, parameters: Sequence[object]) -> int:
        with self.datastore.connection() as connection:
            found = connection.execute(statement, parameters).fetchone()
            return int(found[0]) if found else 0


class Factory(library.PostgresFactory):
    """Makes the recorder of the database that `POSTGRES_DBNAME` names by its whole address."""

    def __init__(self, env: Environment | EnvType | None) -> None:
        super(library.BasePostgresFactory, self).__init__(env)  # the library's own wants the address in pieces
        self.datastore: Datastore = Datastore(self.env.get(self.POSTGRES_DBNAME) or "")

    def application_recorder(self) -> Recorder:
        """Return the recorder, with its tables made unless `CREATE_TABLE` is off."""
        recorder = Recorder(self.datastore)
        if self.env_create_table():
            recorder.create_table()
        return recorder


_NOT_NOW = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.errors.ReadOnlySqlTransaction,  # a replica, before its promotion
    psycopg.errors.UndefinedTable,  # before the migration
    PersistenceError,  # the library's wrapping of the first two
)


def _flight(
    connection: Connection[TupleRow], insert: str, given: Sequence[object], claims: Sequence[Claim]
) -> tuple[int, int, int]:
    """Write in one round trip; return how many rows were new, the first one's position, and `recorded`."""
    with connection.pipeline():
        connection.execute("BEGIN")
        connection.execute(AHEAD, (f"{WAIT_SECONDS}s",))
        connection.execute(LOCK, (LOCK_CLASS, SHARD))
        if claims:
            columns = [list(column) for column in zip(*claims, strict=True)]
            connection.execute(CLAIM, columns)
        stored = connection.execute(insert, given)
        connection.execute("COMMIT")
        connection.execute(FLUSH)
        found = stored.fetchone()
    return found or (0, 0, 0)


@contextlib.contextmanager
def available() -> Iterator[None]:
    """Turn what says "not now" into `LedgerUnavailableError`."""
    try:
        yield
    except _NOT_NOW as error:
        raise LedgerUnavailableError(f"ledger: wanted the PostgreSQL database, got {error}") from error
