"""The ledger on SQLite: one file, one order lock (`BEGIN IMMEDIATE`), durable at COMMIT.

`PERSISTENCE_MODULE=ledger.sqlite`. WAL, synchronous=FULL. The library's own methods are replaced where they
would begin a deferred transaction or know another table.
"""

from __future__ import annotations

import contextlib
import functools
import json
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

from eventsourcing import sqlite as library
from eventsourcing.persistence import InterfaceError, OperationalError

from ledger.errors import ClaimTakenError, ElsewhereError, EpochError, LedgerUnavailableError, StreamTakenError
from ledger.noticing import Notice
from ledger.rows import LARGEST, WAIT_SECONDS, AggregateMethods, Row, system_clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from eventsourcing.utils import Environment, EnvType

    from ledger.rows import Claim, Met, NewRow

CREATE = (
    """CREATE TABLE stored_events (
        community TEXT NOT NULL,
        position INTEGER NOT NULL,
        originator_id BLOB NOT NULL,
        originator_version INTEGER NOT NULL,
        topic TEXT NOT NULL,
        recorded INTEGER NOT NULL,
        state BLOB NOT NULL,
        PRIMARY KEY (community, position),
        UNIQUE (originator_id, originator_version)
    )""",
    """CREATE TABLE claims (
        claim BLOB PRIMARY KEY,
        community TEXT NOT NULL,
        number INTEGER
    ) WITHOUT ROWID""",
    "CREATE UNIQUE INDEX claims_number ON claims (community, number) WHERE number IS NOT NULL",
    """CREATE TABLE conflicts (
        originator_id BLOB PRIMARY KEY,
        community TEXT NOT NULL,
        position INTEGER NOT NULL,
        pointers TEXT NOT NULL,
        met INTEGER NOT NULL,
        times INTEGER NOT NULL
    ) WITHOUT ROWID""",
    "CREATE INDEX conflicts_met ON conflicts (community, met)",
    # open: 0 while the community is being moved, and nothing is written; -1 while it arrives, and nobody knows of it
    """CREATE TABLE directory (
        community TEXT PRIMARY KEY, shard INTEGER NOT NULL, open INTEGER NOT NULL
    ) WITHOUT ROWID""",
)
LAST = """SELECT
    (SELECT position FROM stored_events WHERE community = ?1 ORDER BY position DESC LIMIT 1),
    (SELECT recorded FROM stored_events WHERE community = ?1 ORDER BY position DESC LIMIT 1),
    epoch FROM directory WHERE community = ?1 AND shard = ?2 AND open = 1"""
INSERT = "INSERT INTO stored_events VALUES (?, ?, ?, ?, ?, ?, ?)"
STANDS = "SELECT 1 FROM stored_events WHERE originator_id = ? AND originator_version = ?"
CLAIM = "INSERT INTO claims VALUES (?, ?, ?)"
FIELDS = """SELECT position, community, originator_id, originator_version, topic, recorded, CAST(state AS BLOB)
    FROM stored_events"""
FIRST = FIELDS + " WHERE originator_version = 1 AND originator_id IN (:many)"
AFTER = FIELDS + " WHERE community = ? AND position > ? AND position <= ? ORDER BY position LIMIT ?"
AT = FIELDS + " WHERE community = ? AND position IN (:many) ORDER BY position"
STREAM = FIELDS + " WHERE originator_id = ? AND originator_version > ? ORDER BY originator_version"
HEAD = "SELECT coalesce(max(position), 0) FROM stored_events WHERE community = ?"
HEADS = """SELECT community, coalesce((SELECT max(position) FROM stored_events e WHERE e.community = d.community), 0)
    FROM directory d WHERE shard = ? AND open >= 0"""
NUMBER = "SELECT coalesce(max(number), -1) FROM claims WHERE community = ? AND number IS NOT NULL"
EPOCH = "SELECT epoch FROM directory WHERE community = ?"
RAISE = """UPDATE directory SET epoch = max(epoch + 1, ?) WHERE community = ? AND shard = ? AND open = 1
    RETURNING epoch"""
PLACED = "SELECT shard FROM directory WHERE community = ? AND open >= 0"
PLACE = """INSERT INTO directory (community, shard, open) VALUES (?, ?, 1)
    ON CONFLICT (community) DO UPDATE SET shard = directory.shard RETURNING shard"""
NOTE = """INSERT INTO conflicts VALUES (?, ?, ?, ?, ?, 1) ON CONFLICT (originator_id)
    DO UPDATE SET pointers = excluded.pointers, met = excluded.met, times = conflicts.times + 1"""
CONFLICTS = """SELECT position, pointers, met, times FROM conflicts WHERE community = ?
    ORDER BY met DESC, position LIMIT ?"""

CACHED_STATEMENTS = 64
CACHE_KIB = 32_768  # the index by stream is hit all over, because its ids are keyed hashes
CHECKPOINT_PAGES = 8_000  # 32 MB of WAL at most: a page dirtied again and again is then copied once


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
            connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
            connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
        except sqlite3.Error as error:
            raise InterfaceError(f"{self.db_name}: {error}") from error
        return library.SQLiteConnection(sqlite_conn=connection, max_age=self.max_age)


class Datastore(library.SQLiteDatastore):
    """The library's datastore over our pool."""

    def __init__(self, db_name: str) -> None:
        super().__init__(db_name, lock_timeout=WAIT_SECONDS)
        self.pool = Pool(db_name=db_name, lock_timeout=WAIT_SECONDS, pool_timeout=WAIT_SECONDS)


class Recorder(AggregateMethods, library.SQLiteAggregateRecorder):
    """Keeps facts, awards and charters of its communities in one table; `rows.FactRecorder` says its promises."""

    datastore: Datastore

    def __init__(self, datastore: Datastore) -> None:
        super().__init__(datastore)
        self.clock: Callable[[], int] = system_clock
        self.shard = 0
        self._notice = Notice(Path(datastore.pool.db_name))

    def write(
        self, community: str, rows: Iterable[NewRow], *, epoch: int, claims: Sequence[Claim] = (), every: bool = False
    ) -> list[int | None]:
        """See `rows.FactRecorder.write`."""
        rows = list(rows)
        try:
            with self._cursor(writing=True) as cursor:
                return [*self._write(cursor, community, rows, claims, epoch)]
        except StreamTakenError:
            if every:
                raise
        with self._cursor(writing=True) as cursor:
            stood = [_stands(cursor, row) for row in rows]
            new = [row for row, stands in zip(rows, stood, strict=True) if not stands]
            positions = iter(self._write(cursor, community, new, claims, epoch))
        return [None if stands else next(positions) for stands in stood]

    def _write(
        self, cursor: sqlite3.Cursor, community: str, rows: Sequence[NewRow], claims: Sequence[Claim], epoch: int
    ) -> range:
        """Write all rows and return their positions."""
        last = cursor.execute(LAST, (community, self.shard)).fetchone()
        if last is None:
            raise self._elsewhere(community)
        if last[2] != epoch:
            raise EpochError(f"{community}: wanted facts prepared since the last erasure, got older ones")
        first, recorded = (last[0] or 0) + 1, max(last[1] or 0, self.clock())
        if claims:
            _claim(cursor, claims)
        try:
            cursor.executemany(
                INSERT,
                [
                    (community, position, row.stream, row.version, row.topic, recorded, row.state)
                    for position, row in enumerate(rows, start=first)
                ],
            )
        except sqlite3.IntegrityError as error:
            raise StreamTakenError(f"facts: wanted {len(rows)} new, got one that exists") from error
        return range(first, first + len(rows))

    def _elsewhere(self, community: str) -> ElsewhereError:
        return ElsewhereError(f"community: wanted one kept in shard {self.shard}, got {community!r}")

    def epoch(self, community: str) -> int:
        """See `rows.FactRecorder.epoch`."""
        return self._number(EPOCH, (community,)) or 0

    def erase(self, community: str, row: NewRow | None) -> int:
        """See `rows.FactRecorder.erase`."""
        with self._cursor(writing=True) as cursor:
            epoch = self._raised(cursor, community)
            if row and not _stands(cursor, row):
                self._write(cursor, community, [row], (), epoch)
        return epoch

    def begin_epoch(self, community: str, rows: Sequence[NewRow]) -> None:
        """See `rows.FactRecorder.begin_epoch`."""
        with self._cursor(writing=True) as cursor:
            self._write(cursor, community, rows, (), self._raised(cursor, community))

    def _raised(self, cursor: sqlite3.Cursor, community: str) -> int:
        """Raise the epoch of a community, and return the new one."""
        raised = cursor.execute(RAISE, (self.clock(), community, self.shard)).fetchone()
        if raised is None:
            raise self._elsewhere(community)
        epoch: int = raised[0]
        return epoch

    def flush(self) -> None:
        """Do nothing: what can be read is durable already. See `rows.FactRecorder.flush`."""

    def version(self) -> int | None:
        """See `rows.FactRecorder.version`, and `Notice.version`."""
        return self._notice.version()

    def first_rows(self, streams: Sequence[bytes]) -> dict[bytes, Row]:
        """See `rows.FactRecorder.first_rows`."""
        return {row.stream: row for row in self._rows(_many(FIRST, len(streams)), streams)} if streams else {}

    def rows_after(self, community: str, after: int, limit: int, *, upto: int | None = None) -> list[Row]:
        """See `rows.FactRecorder.rows_after`."""
        return self._rows(AFTER, (community, after, LARGEST if upto is None else upto, limit))

    def rows_at(self, community: str, positions: Sequence[int]) -> list[Row]:
        """See `rows.FactRecorder.rows_at`."""
        return self._rows(_many(AT, len(positions)), (community, *positions)) if positions else []

    def stream_rows(self, stream: bytes, *, after: int = 0) -> list[Row]:
        """See `rows.FactRecorder.stream_rows`."""
        return self._rows(STREAM, (stream, after))

    def head(self, community: str) -> int:
        """See `rows.FactRecorder.head`."""
        return self._number(HEAD, (community,)) or 0

    def heads(self) -> dict[str, int]:
        """See `rows.FactRecorder.heads`."""
        with self._cursor(writing=False) as cursor:
            return dict(cursor.execute(HEADS, (self.shard,)).fetchall())

    def placed(self, community: str) -> int | None:
        """See `rows.FactRecorder.placed`."""
        return self._number(PLACED, (community,))

    def place(self, community: str, shard: int) -> int:
        """See `rows.FactRecorder.place`."""
        with self._cursor(writing=True) as cursor:
            placed: int = cursor.execute(PLACE, (community, shard)).fetchone()[0]
            return placed

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

    def last_number(self, community: str) -> int:
        """See `rows.FactRecorder.last_number`."""
        found = self._number(NUMBER, (community,))
        return -1 if found is None else found

    def close(self) -> None:
        """See `rows.FactRecorder.close`."""
        self._notice.close()
        self.datastore.close()

    def _rows(self, statement: str, parameters: Sequence[object]) -> list[Row]:
        with self._cursor(writing=False) as cursor:
            return [Row._make(found) for found in cursor.execute(statement, parameters)]

    def _number(self, statement: str, parameters: Sequence[object]) -> int | None:
        with self._cursor(writing=False) as cursor:
            found = cursor.execute(statement, parameters).fetchone()
            return None if found is None else int(found[0])

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

    def aggregate_recorder(self, purpose: str = "events") -> Recorder:  # noqa: ARG002 - the library's signature
        """Return the recorder; its tables are made by `migrate`."""
        return Recorder(self.datastore)


def _stands(cursor: sqlite3.Cursor, row: NewRow) -> bool:
    return cursor.execute(STANDS, (row.stream, row.version)).fetchone() is not None


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
