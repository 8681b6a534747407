"""The ledger on SQLite: one file, one order lock (`BEGIN IMMEDIATE`), durable at COMMIT.

`PERSISTENCE_MODULE=ledger.sqlite`. WAL, synchronous=FULL. The library's own methods are replaced where they
would begin a deferred transaction or know another table.
"""

from __future__ import annotations

import contextlib
import functools
import json
import sqlite3
from typing import TYPE_CHECKING

from eventsourcing import sqlite as library
from eventsourcing.persistence import InterfaceError, OperationalError

from ledger.errors import ClaimTakenError, LedgerUnavailableError
from ledger.rows import LARGEST, SHARD, WAIT_SECONDS, AggregateMethods, Row, Written, system_clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from eventsourcing.utils import Environment, EnvType

    from ledger.rows import Claim, Met, NewRow

CREATE = (
    """CREATE TABLE IF NOT EXISTS stored_events (
        position INTEGER PRIMARY KEY,
        shard INTEGER NOT NULL,
        community TEXT NOT NULL,
        originator_id BLOB NOT NULL,
        originator_version INTEGER NOT NULL,
        topic TEXT NOT NULL,
        recorded INTEGER NOT NULL,
        state BLOB NOT NULL,
        UNIQUE (originator_id, originator_version)
    )""",
    # The row id, which is the position, is part of every index: this one serves a community in order.
    "CREATE INDEX IF NOT EXISTS stored_events_community ON stored_events (community)",
    """CREATE TABLE IF NOT EXISTS claims (
        claim BLOB PRIMARY KEY,
        community TEXT NOT NULL,
        number INTEGER
    ) WITHOUT ROWID""",
    "CREATE UNIQUE INDEX IF NOT EXISTS claims_number ON claims (community, number) WHERE number IS NOT NULL",
    """CREATE TABLE IF NOT EXISTS conflicts (
        originator_id BLOB PRIMARY KEY,
        community TEXT NOT NULL,
        position INTEGER NOT NULL,
        pointers TEXT NOT NULL,
        met INTEGER NOT NULL,
        times INTEGER NOT NULL
    ) WITHOUT ROWID""",
)
LAST = "SELECT position, recorded FROM stored_events ORDER BY position DESC LIMIT 1"
INSERT = """INSERT INTO stored_events VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (originator_id, originator_version) DO NOTHING"""
WRITTEN = "SELECT originator_id, originator_version, position, recorded FROM stored_events WHERE position > ?"
CLAIM = "INSERT INTO claims VALUES (?, ?, ?)"
FIELDS = """SELECT position, community, originator_id, originator_version, topic, recorded, state
    FROM stored_events"""
FIRST = FIELDS + " WHERE originator_version = 1 AND originator_id IN (:many)"
AFTER = FIELDS + " WHERE position > ? AND position <= ? ORDER BY position LIMIT ?"
AFTER_IN = FIELDS + " WHERE community = ? AND position > ? AND position <= ? ORDER BY position LIMIT ?"
AT = FIELDS + " WHERE position IN (:many) ORDER BY position"
STREAM = FIELDS + " WHERE originator_id = ? ORDER BY originator_version"
HEAD = "SELECT coalesce(max(position), 0) FROM stored_events"
HEAD_IN = "SELECT coalesce(max(position), 0) FROM stored_events WHERE community = ?"
CLAIMED = "SELECT claim FROM claims WHERE claim IN (:many)"
NUMBER = "SELECT coalesce(max(number), -1) FROM claims WHERE community = ? AND number IS NOT NULL"
NOTE = """INSERT INTO conflicts VALUES (?, ?, ?, ?, ?, 1) ON CONFLICT (originator_id)
    DO UPDATE SET pointers = excluded.pointers, met = excluded.met, times = conflicts.times + 1"""
CONFLICTS = """SELECT position, pointers, met, times FROM conflicts WHERE community = ?
    ORDER BY met DESC, position LIMIT ?"""

CACHED_STATEMENTS = 64


class Pool(library.SQLiteConnectionPool):
    """Connections that are durable at COMMIT and keep their prepared statements."""

    def _create_connection(self) -> library.SQLiteConnection:
        try:
            connection = sqlite3.connect(
                self.db_name,
                check_same_thread=False,
                isolation_level=None,
                cached_statements=CACHED_STATEMENTS,
                timeout=WAIT_SECONDS,
            )
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
        except sqlite3.Error as error:
            raise InterfaceError(f"{self.db_name}: {error}") from error
        return library.SQLiteConnection(sqlite_conn=connection, max_age=self.max_age)


class Datastore(library.SQLiteDatastore):
    """The library's datastore over our pool."""

    def __init__(self, db_name: str) -> None:
        super().__init__(db_name, lock_timeout=WAIT_SECONDS)
        self.pool = Pool(db_name=db_name, lock_timeout=WAIT_SECONDS, pool_timeout=WAIT_SECONDS)


class Recorder(AggregateMethods, library.SQLiteApplicationRecorder):
    """Keeps facts, awards and charters in one ordered table; `rows.FactRecorder` says what it promises."""

    datastore: Datastore

    def __init__(self, datastore: Datastore) -> None:
        super().__init__(datastore)
        self.clock: Callable[[], int] = system_clock

    def create_table(self) -> None:
        """Create what is missing. Safe to repeat and to race."""
        with self._cursor(writing=True) as cursor:
            for statement in CREATE:
                cursor.execute(statement)

    def write(
        self, community: str, rows: Sequence[NewRow], *, claims: Sequence[Claim] = (), every: bool = False
    ) -> dict[tuple[bytes, int], Written]:
        """See `rows.FactRecorder.write`."""
        try:
            with self._cursor(writing=True) as cursor:
                return self._write(cursor, community, rows, claims, every=every)
        except _NotEveryRowError:
            return {}

    def _write(
        self,
        cursor: sqlite3.Cursor,
        community: str,
        rows: Sequence[NewRow],
        claims: Sequence[Claim],
        *,
        every: bool,
    ) -> dict[tuple[bytes, int], Written]:
        last, recorded = cursor.execute(LAST).fetchone() or (0, 0)
        recorded = max(recorded, self.clock())
        if claims:
            _claim(cursor, claims)
        before = cursor.connection.total_changes
        cursor.executemany(
            INSERT,
            [
                (position, SHARD, community, stream, version, topic, recorded, state)
                for position, (stream, version, topic, state) in enumerate(rows, start=last + 1)
            ],
        )
        new = cursor.connection.total_changes - before
        if new == len(rows):
            return {
                (row.stream, row.version): Written(position, recorded)
                for position, row in enumerate(rows, start=last + 1)
            }
        if every:
            raise _NotEveryRowError
        found = cursor.execute(WRITTEN, (last,)).fetchall()
        return {(stream, version): Written(position, at) for stream, version, position, at in found}

    def first_rows(self, streams: Sequence[bytes]) -> dict[bytes, Row]:
        """See `rows.FactRecorder.first_rows`."""
        return {row.stream: row for row in self._rows(_many(FIRST, len(streams)), streams)}

    def rows_after(self, after: int, limit: int, *, community: str | None = None, upto: int | None = None) -> list[Row]:
        """See `rows.FactRecorder.rows_after`."""
        end = LARGEST if upto is None else upto
        if community is None:
            return self._rows(AFTER, (after, end, limit))
        return self._rows(AFTER_IN, (community, after, end, limit))

    def rows_at(self, positions: Sequence[int]) -> list[Row]:
        """See `rows.FactRecorder.rows_at`."""
        return self._rows(_many(AT, len(positions)), positions)

    def stream_rows(self, stream: bytes) -> list[Row]:
        """See `rows.FactRecorder.stream_rows`."""
        return self._rows(STREAM, (stream,))

    def head(self, community: str | None = None) -> int:
        """See `rows.FactRecorder.head`."""
        return self._number(HEAD, ()) if community is None else self._number(HEAD_IN, (community,))

    def note_conflicts(self, community: str, conflicts: Sequence[Met]) -> None:
        """See `rows.FactRecorder.note_conflicts`."""
        now = self.clock()
        rows = [(met.stream, community, met.position, json.dumps(met.pointers), now) for met in conflicts]
        with self._cursor(writing=True) as cursor:
            cursor.executemany(NOTE, rows)

    def conflicts(self, community: str, limit: int) -> list[tuple[int, str, int, int]]:
        """See `rows.FactRecorder.conflicts`."""
        with self._cursor(writing=False) as cursor:
            return cursor.execute(CONFLICTS, (community, limit)).fetchall()

    def claimed(self, claims: Sequence[bytes]) -> set[bytes]:
        """See `rows.FactRecorder.claimed`."""
        with self._cursor(writing=False) as cursor:
            return {claim for (claim,) in cursor.execute(_many(CLAIMED, len(claims)), claims)}

    def last_number(self, community: str) -> int:
        """See `rows.FactRecorder.last_number`."""
        return self._number(NUMBER, (community,))

    def _rows(self, statement: str, parameters: Sequence[object]) -> list[Row]:
        with self._cursor(writing=False) as cursor:
            return [Row._make(found) for found in cursor.execute(statement, parameters)]

    def _number(self, statement: str, parameters: Sequence[object]) -> int:
        with self._cursor(writing=False) as cursor:
            number: int = cursor.execute(statement, parameters).fetchone()[0]
            return number

    @contextlib.contextmanager
    def _cursor(self, *, writing: bool) -> Iterator[sqlite3.Cursor]:
        with available(), self.datastore.get_connection(commit=writing) as connection:
            cursor = connection.cursor().sqlite_cursor
            cursor.execute("BEGIN IMMEDIATE" if writing else "BEGIN")
            try:
                yield cursor
                cursor.execute("COMMIT")
            except BaseException:
                connection.rollback()
                raise
            finally:
                cursor.close()


class Factory(library.SQLiteFactory):
    """Makes the recorder of the file that `SQLITE_DBNAME` names."""

    def __init__(self, env: Environment | EnvType | None) -> None:
        super(library.SQLiteFactory, self).__init__(env)  # the library's own would open a pool of its own
        self.datastore: Datastore = Datastore(self.env.get(self.SQLITE_DBNAME) or "")

    def application_recorder(self) -> Recorder:
        """Return the recorder, with its tables made unless `CREATE_TABLE` is off."""
        recorder = Recorder(self.datastore)
        if self.env_create_table():
            recorder.create_table()
        return recorder


class _NotEveryRowError(Exception):
    """Undoes a transaction that wanted all of its rows to be new."""


def _claim(cursor: sqlite3.Cursor, claims: Sequence[Claim]) -> None:
    try:
        cursor.executemany(CLAIM, claims)
    except sqlite3.IntegrityError as error:
        raise ClaimTakenError(f"claims: wanted {len(claims)} new ones, got one that exists") from error


@functools.lru_cache(maxsize=4096)  # a chunk has 1 to 1,000 members; the text is small
def _many(statement: str, count: int) -> str:
    """Return `statement` with as many placeholders as there are values."""
    return statement.replace(":many", ",".join("?" * count))


@contextlib.contextmanager
def available() -> Iterator[None]:
    """Turn what says "not now" into `LedgerUnavailableError`."""
    try:
        yield
    except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
        raise  # ours to prevent
    except (sqlite3.DatabaseError, OperationalError, InterfaceError) as error:
        raise LedgerUnavailableError(f"ledger: wanted the SQLite file, got {error}") from error
