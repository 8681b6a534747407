"""The ledger on PostgreSQL: many processes on many machines, against one primary for each shard.

`PERSISTENCE_MODULE=ledger.postgres`. How facts are written is in `inserting.py`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from eventsourcing import postgres as library

from ledger.connecting import lent, pool
from ledger.inserting import FLUSHED, Inserting
from ledger.rows import LARGEST, AggregateMethods, Row, system_clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from contextlib import AbstractContextManager

    from eventsourcing.utils import Environment, EnvType

    from ledger.connecting import Connection
    from ledger.rows import Claim, Met, NewRow

CREATE = (
    """CREATE TABLE stored_events (
        community text NOT NULL,
        position bigint NOT NULL,
        originator_id uuid NOT NULL,
        originator_version bigint NOT NULL,
        topic text NOT NULL,
        recorded bigint NOT NULL,
        state bytea NOT NULL,
        PRIMARY KEY (community, position),
        UNIQUE (originator_id, originator_version)
    )""",
    """CREATE TABLE claims (
        claim bytea PRIMARY KEY,
        community text NOT NULL,
        number bigint
    )""",
    "CREATE UNIQUE INDEX claims_number ON claims (community, number) WHERE number IS NOT NULL",
    """CREATE TABLE conflicts (
        originator_id uuid PRIMARY KEY,
        community text NOT NULL,
        position bigint NOT NULL,
        pointers text NOT NULL,
        met bigint NOT NULL,
        times bigint NOT NULL
    )""",
    "CREATE INDEX conflicts_met ON conflicts (community, met)",
    # open: 0 while the community is being moved, and nothing is written; -1 while it arrives, and nobody knows of it
    "CREATE TABLE directory (community text PRIMARY KEY, shard integer NOT NULL, open integer NOT NULL)",
)

FIELDS = """SELECT position, community, uuid_send(originator_id), originator_version, topic, recorded, state
    FROM stored_events"""
FIRST = FIELDS + " WHERE originator_version = 1 AND originator_id = ANY(%b::uuid[])"
AFTER = FIELDS + " WHERE community = %s AND position > %s AND position <= %s ORDER BY position LIMIT %s"
AT = FIELDS + " WHERE community = %s AND position = ANY(%b::bigint[]) ORDER BY position"
STREAM = FIELDS + " WHERE originator_id = %s AND originator_version > %s ORDER BY originator_version"
HEAD = "SELECT coalesce(max(position), 0) FROM stored_events WHERE community = %s"
HEADS = """SELECT community, coalesce((SELECT max(position) FROM stored_events e WHERE e.community = d.community), 0)
    FROM directory d WHERE shard = %s AND open >= 0"""
NUMBER = "SELECT coalesce(max(number), -1) FROM claims WHERE community = %s AND number IS NOT NULL"
EPOCH = "SELECT epoch FROM directory WHERE community = %s"
PLACED = "SELECT shard FROM directory WHERE community = %s AND open >= 0"
PLACE = """INSERT INTO directory (community, shard, open) VALUES (%s, %s, 1)
    ON CONFLICT (community) DO UPDATE SET shard = directory.shard RETURNING shard"""
NOTE = """INSERT INTO conflicts VALUES (%s, %s, %s, %s, %s, 1) ON CONFLICT (originator_id)
    DO UPDATE SET pointers = excluded.pointers, met = excluded.met, times = conflicts.times + 1"""
CONFLICTS = """SELECT position, pointers, met, times FROM conflicts WHERE community = %s
    ORDER BY met DESC, position LIMIT %s"""

CONNECTIONS = 16
"""Held open at most by one process, to one shard."""


class Datastore(library.PostgresDatastore):
    """The library's datastore over a pool of impatient connections."""

    def __init__(self, url: str) -> None:
        """`url`: `postgresql://...`, with any option of libpq. Raises `LedgerError` where it is none."""
        super().__init__("", "", "", "", "")
        self.pool = cast("Any", pool(url, size=CONNECTIONS))

    def register_type_adapters(self) -> None:
        """Register none: our statements need none, and opening a book should not wait for the server twice."""

    def connection(self) -> AbstractContextManager[Connection]:
        """Lend a connection in autocommit mode. Raises `LedgerUnavailableError`."""
        return lent(cast("Any", self.pool))


class Recorder(AggregateMethods, library.PostgresAggregateRecorder):
    """Keeps facts, awards and charters of its communities in one table; `rows.FactRecorder` says its promises."""

    datastore: Datastore

    def __init__(self, datastore: Datastore, *, events_table_name: str = "stored_events") -> None:
        super().__init__(datastore, events_table_name=events_table_name)
        self.clock: Callable[[], int] = system_clock
        self.shard = 0

    def write(
        self, community: str, rows: Iterable[NewRow], *, epoch: int, claims: Sequence[Claim] = (), every: bool = False
    ) -> list[int | None]:
        """See `rows.FactRecorder.write`."""
        inserting = Inserting(self.datastore, community, self.shard, self.clock, epoch)
        return inserting.every(list(rows), claims) if every else inserting.new(rows)

    def epoch(self, community: str) -> int:
        """See `rows.FactRecorder.epoch`."""
        return self._number(EPOCH, (community,)) or 0

    def erase(self, community: str, row: NewRow | None) -> int:
        """See `rows.FactRecorder.erase`."""
        return Inserting(self.datastore, community, self.shard, self.clock).erase(row)

    def begin_epoch(self, community: str, rows: Sequence[NewRow]) -> None:
        """See `rows.FactRecorder.begin_epoch`."""
        Inserting(self.datastore, community, self.shard, self.clock).begin_epoch(rows)

    def flush(self) -> None:
        """See `rows.FactRecorder.flush`."""
        with self.datastore.connection() as connection:
            connection.execute(FLUSHED)

    def version(self) -> int | None:
        """Return None: the server would have to be asked. See `rows.FactRecorder.version`."""
        return None

    def first_rows(self, streams: Sequence[bytes]) -> dict[bytes, Row]:
        """See `rows.FactRecorder.first_rows`."""
        wanted = [UUID(bytes=stream) for stream in streams]
        return {row.stream: row for row in self._rows(FIRST, (wanted,))} if wanted else {}

    def rows_after(self, community: str, after: int, limit: int, *, upto: int | None = None) -> list[Row]:
        """See `rows.FactRecorder.rows_after`."""
        return self._rows(AFTER, (community, after, LARGEST if upto is None else upto, limit))

    def rows_at(self, community: str, positions: Sequence[int]) -> list[Row]:
        """See `rows.FactRecorder.rows_at`."""
        return self._rows(AT, (community, list(positions))) if positions else []

    def stream_rows(self, stream: bytes, *, after: int = 0) -> list[Row]:
        """See `rows.FactRecorder.stream_rows`."""
        return self._rows(STREAM, (UUID(bytes=stream), after))

    def head(self, community: str) -> int:
        """See `rows.FactRecorder.head`."""
        return self._number(HEAD, (community,)) or 0

    def heads(self) -> dict[str, int]:
        """See `rows.FactRecorder.heads`."""
        with self.datastore.connection() as connection:
            return dict(connection.execute(HEADS, (self.shard,)).fetchall())

    def placed(self, community: str) -> int | None:
        """See `rows.FactRecorder.placed`."""
        return self._number(PLACED, (community,))

    def place(self, community: str, shard: int) -> int:
        """See `rows.FactRecorder.place`."""
        placed = self._number(PLACE, (community, shard))
        return shard if placed is None else placed

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

    def last_number(self, community: str) -> int:
        """See `rows.FactRecorder.last_number`."""
        found = self._number(NUMBER, (community,))
        return -1 if found is None else found

    def close(self) -> None:
        """See `rows.FactRecorder.close`."""
        self.datastore.close()

    def _rows(self, statement: str, parameters: Sequence[object]) -> list[Row]:
        with self.datastore.connection() as connection:
            return [Row._make(found) for found in connection.execute(statement, parameters, binary=True)]

    def _number(self, statement: str, parameters: Sequence[object]) -> int | None:
        with self.datastore.connection() as connection:
            found = connection.execute(statement, parameters).fetchone()
            return None if found is None else int(found[0])


class Factory(library.PostgresFactory):
    """Makes the recorder of the database that `POSTGRES_DBNAME` names by its whole address."""

    def __init__(self, env: Environment | EnvType | None) -> None:
        super(library.BasePostgresFactory, self).__init__(env)  # the library's own wants the address in pieces
        self.datastore: Datastore = Datastore(self.env.get(self.POSTGRES_DBNAME) or "")

    def aggregate_recorder(self, purpose: str = "events") -> Recorder:  # noqa: ARG002 - the library's signature
        """Return the recorder; its tables are made by `migrate`."""
        return Recorder(self.datastore)
