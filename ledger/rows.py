"""What the two recorders have in common: the rows they keep and the promises they make."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol
from uuid import UUID

import msgspec
from eventsourcing.persistence import IntegrityError, StoredEvent

from ledger.errors import StreamTakenError
from ledger.shape import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

WAIT_SECONDS = 2
"""For a connection or a lock, before the caller is told that the ledger is unavailable."""


LARGEST = 2**63 - 1
"""Beyond every position."""


CHUNK = 1_000
"""Rows at most in one transaction of an unbounded append, and values in one question."""


class NewRow(msgspec.Struct, frozen=True):
    """A fact to be written."""

    stream: bytes  # 16
    version: int
    topic: str
    state: bytes


class Row(NamedTuple):
    """A stored fact."""

    position: int  # in its community: 1, 2, 3, ...
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
    """A stored event that knows its community, as the table wants, and of a new one under which epoch it was made."""

    community: str
    epoch: int = 0


def system_clock() -> int:
    """Return now, in µs since the Unix epoch."""
    return time.time_ns() // 1000


class FactRecorder(Protocol):
    """One database of the ledger: a shard, which keeps the facts of its communities.

    Every method raises `LedgerUnavailableError` when the database is down, locked or full.
    """

    clock: Callable[[], int]
    shard: int

    def write(
        self, community: str, rows: Iterable[NewRow], *, epoch: int, claims: Sequence[Claim] = (), every: bool = False
    ) -> list[int | None]:
        """Write rows whose (stream, version) is new, in order; return where each stands, None for one that stood.

        `epoch`: under which they were prepared. Raises `EpochError` where it is another by now.

        They are durable when this returns. Under the community's order lock: positions follow the last one
        without a gap and are visible in order; `recorded` is the clock's time or the last row's, whichever is
        later. With `every` it is one transaction: nothing is written unless all rows are new, else
        `StreamTakenError` is raised. Raises `ClaimTakenError` where a claim exists, and `ElsewhereError` where
        the community is not kept here; then nothing is written. Without `every`, rows may be written in several
        transactions while more of them are being made.
        """
        ...

    def epoch(self, community: str) -> int:
        """Return the epoch of a community (µs), which rises whenever somebody is erased; 0 before the first."""
        ...

    def erase(self, community: str, row: NewRow | None) -> int:
        """Raise the epoch of a community, to now or by 1, write `row` unless it stands, and return the new epoch.

        Both durably in one transaction, under the order lock. Raises `ElsewhereError`.
        """
        ...

    def begin_epoch(self, community: str, rows: Sequence[NewRow]) -> None:
        """Raise the epoch of a community, as `erase` does, and write `rows`.

        All of them, durably in one transaction, or nothing: where one stands, `StreamTakenError` is raised. So whatever
        was prepared before them is prepared again. Raises `ElsewhereError`.
        """
        ...

    def flush(self) -> None:
        """Return when all that could be read until now is durable."""
        ...

    def version(self) -> int | None:
        """Return a number that is another once anything was committed; None where that is not told without waiting."""
        ...

    def first_rows(self, streams: Sequence[bytes]) -> dict[bytes, Row]:
        """Return version 1 of those of at most 1,000 `streams` that exist."""
        ...

    def rows_after(self, community: str, after: int, limit: int, *, upto: int | None = None) -> list[Row]:
        """Return at most `limit` rows of a community with a position past `after` (and at most `upto`), in order."""
        ...

    def rows_at(self, community: str, positions: Sequence[int]) -> list[Row]:
        """Return those of at most 1,000 `positions` that exist, in order."""
        ...

    def stream_rows(self, stream: bytes, *, after: int = 0) -> list[Row]:
        """Return the versions of a stream that follow version `after`, in order."""
        ...

    def head(self, community: str) -> int:
        """Return a community's last position, 0 where there is none."""
        ...

    def heads(self) -> dict[str, int]:
        """Return the last position of every community kept here."""
        ...

    def placed(self, community: str) -> int | None:
        """Return the shard that keeps a community, as far as this one knows."""
        ...

    def place(self, community: str, shard: int) -> int:
        """Note which shard keeps a community, unless one is noted; return the one that stands."""
        ...

    def note_conflicts(self, community: str, conflicts: Sequence[Met]) -> None:
        """Remember conflicts for the manager, the latest of each stream."""
        ...

    def conflicts(self, community: str, limit: int) -> list[tuple[int, str, int, int]]:
        """Return (position, pointers as JSON, last met (µs), how often), the latest first."""
        ...

    def last_number(self, community: str) -> int:
        """Return the highest number a status claim of the community carries, -1 where there is none."""
        ...

    def close(self) -> None:
        """Give back every connection."""
        ...


class AggregateMethods:
    """What the library calls on a recorder for its aggregates, by what a `FactRecorder` can do."""

    def insert_events(self: FactRecorder, stored_events: Sequence[StoredEvent], **_: object) -> Sequence[int]:
        """Write new versions of aggregates, all or none. Raises the library's `IntegrityError`."""
        community, epoch, rows = _new_rows(stored_events)
        try:
            positions = self.write(community, rows, epoch=epoch, every=True)
        except StreamTakenError as error:
            raise IntegrityError(str(error)) from error
        return [position for position in positions if position]

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


def _new_rows(events: Sequence[StoredEvent]) -> tuple[str, int, list[NewRow]]:
    """Return the community, the epoch and the rows of aggregate events, which one save writes for one community."""
    rows, communities, epochs = [], set(), set()
    for event in events:
        if not isinstance(event, StoredFact) or not isinstance(event.originator_id, UUID):
            raise TypeError(f"stored event: wanted a StoredFact with a UUID, got {event!r}")
        rows.append(NewRow(event.originator_id.bytes, event.originator_version, event.topic, event.state))
        communities.add(event.community)
        epochs.add(event.epoch)
    if len(communities) != 1:
        raise ValueError(f"stored events: wanted one community, got {sorted(communities)}")
    return communities.pop(), min(epochs), rows
