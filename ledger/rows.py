"""What the two recorders have in common: the rows they keep and the promises they make."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol
from uuid import UUID

from eventsourcing.persistence import IntegrityError, Notification, StoredEvent

from ledger.shape import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SHARD = 0
"""The only one yet; every row names it, so that a second needs no migration."""

WAIT_SECONDS = 2
"""For a connection or a lock, before the caller is told that the ledger is unavailable."""


LARGEST = 2**63 - 1
"""Beyond every position."""


CHUNK = 1_000
"""Rows at most in one transaction of an unbounded append, and values in one question."""


class NewRow(NamedTuple):
    """A fact to be written."""

    stream: bytes  # 16
    version: int
    topic: str
    state: bytes


class Row(NamedTuple):
    """A stored fact."""

    position: int
    community: str
    stream: bytes  # 16
    version: int
    topic: str
    recorded: int  # µs
    state: bytes

    def place(self) -> Place:
        """Return where the row stands, as its sealed parts are bound to it."""
        return Place(self.stream, self.version, self.topic)

    def stored(self) -> StoredFact:
        """Return the row as the library's mapper takes it."""
        return StoredFact(UUID(bytes=self.stream), self.version, self.topic, self.state, self.community)

    def notification(self) -> Notification:
        """Return the row as the library's notification log gives it."""
        return Notification(UUID(bytes=self.stream), self.version, self.topic, self.state, self.position)


class Written(NamedTuple):
    """Where a row of the batch came to stand."""

    position: int
    recorded: int


class Met(NamedTuple):
    """A conflict: which stored fact an event met, and where they differ. Never what."""

    stream: bytes  # 16
    position: int
    pointers: tuple[str, ...]  # RFC 6901, into the event


class Claim(NamedTuple):
    """A natural key that may exist once."""

    claim: bytes  # 16
    community: str
    number: int | None  # of a status claim: its sequence number


@dataclass(frozen=True)
class StoredFact(StoredEvent):
    """A stored event that knows its community, as the table wants."""

    community: str


def system_clock() -> int:
    """Return now, in µs since the Unix epoch."""
    return time.time_ns() // 1000


class FactRecorder(Protocol):
    """The ledger's database. Every method raises `LedgerUnavailableError` when it is down, locked or full."""

    clock: Callable[[], int]

    def write(
        self, community: str, rows: Sequence[NewRow], *, claims: Sequence[Claim] = (), every: bool = False
    ) -> dict[tuple[bytes, int], Written]:
        """Write rows whose (stream, version) is new, in order, and return where each written one stands.

        One transaction under the order lock: positions are visible in order, `recorded` is the clock's
        time or the last row's, whichever is later. A claim that exists already raises `ClaimTakenError`
        and nothing is written. With `every`, nothing is written (and {} returned) unless all rows are new.
        """
        ...

    def first_rows(self, streams: Sequence[bytes]) -> dict[bytes, Row]:
        """Return version 1 of those of at most 1,000 `streams` that exist."""
        ...

    def rows_after(self, after: int, limit: int, *, community: str | None = None, upto: int | None = None) -> list[Row]:
        """Return at most `limit` rows with a position past `after` (and at most `upto`), in order."""
        ...

    def rows_at(self, positions: Sequence[int]) -> list[Row]:
        """Return those of at most 1,000 `positions` that exist, in order."""
        ...

    def stream_rows(self, stream: bytes) -> list[Row]:
        """Return all versions of a stream, in order."""
        ...

    def head(self, community: str | None = None) -> int:
        """Return the last position (of a community), 0 where there is none."""
        ...

    def note_conflicts(self, community: str, conflicts: Sequence[Met]) -> None:
        """Remember conflicts for the manager, the latest of each stream."""
        ...

    def conflicts(self, community: str, limit: int) -> list[tuple[int, str, int, int]]:
        """Return (position, pointers as JSON, last met (µs), how often), the latest first."""
        ...

    def claimed(self, claims: Sequence[bytes]) -> set[bytes]:
        """Return those of at most 1,000 `claims` that exist."""
        ...

    def last_number(self, community: str) -> int:
        """Return the highest number a status claim of the community carries, -1 where there is none."""
        ...


class AggregateMethods:
    """What the library calls on a recorder for its aggregates, by what a `FactRecorder` can do."""

    def insert_events(self: FactRecorder, stored_events: Sequence[StoredEvent], **_: object) -> Sequence[int]:
        """Write new versions of aggregates, all or none. Raises the library's `IntegrityError`."""
        community, rows = _new_rows(stored_events)
        written = self.write(community, rows, every=True)
        if len(written) < len(rows):
            raise IntegrityError("stored events: wanted new versions, got one that exists")
        return [written[row.stream, row.version].position for row in rows]

    def select_events(
        self: FactRecorder,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """Return versions of one stream."""
        found = [
            row.stored()
            for row in self.stream_rows(UUID(str(originator_id)).bytes)
            if (gt is None or row.version > gt) and (lte is None or row.version <= lte)
        ]
        return (found[::-1] if desc else found)[:limit]

    def select_notifications(
        self: FactRecorder,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """Return at most `limit` events from position `start` on."""
        after = (start or 0) - bool(start and inclusive_of_start)
        found: list[Notification] = []
        while len(found) < limit and (rows := self.rows_after(after, limit, upto=stop)):
            found += [row.notification() for row in rows if not topics or row.topic in topics]
            after = rows[-1].position
        return found[:limit]

    def max_notification_id(self: FactRecorder) -> int:
        """Return the last position, 0 where there is none."""
        return self.head()


def _new_rows(events: Sequence[StoredEvent]) -> tuple[str, list[NewRow]]:
    """Return the community and the rows of aggregate events, which one save writes for one community."""
    rows, communities = [], set()
    for event in events:
        if not isinstance(event, StoredFact) or not isinstance(event.originator_id, UUID):
            raise TypeError(f"stored event: wanted a StoredFact with a UUID, got {event!r}")
        rows.append(NewRow(event.originator_id.bytes, event.originator_version, event.topic, event.state))
        communities.add(event.community)
    if len(communities) != 1:
        raise ValueError(f"stored events: wanted one community, got {sorted(communities)}")
    return communities.pop(), rows
