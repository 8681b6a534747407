"""The life of an award, as an aggregate: issued once, looked at, suspended and resumed, revoked once.

What is decided twice is decided once: a decision that changes nothing leaves nothing to write.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from eventsourcing.domain import Aggregate

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def moment(instant: int) -> datetime:
    """Return µs since the epoch as the library's timestamp."""
    return _EPOCH + instant * _MICROSECOND


def instant_of(timestamp: datetime) -> int:
    """Return the library's timestamp as µs since the epoch."""
    return (timestamp - _EPOCH) // _MICROSECOND


class Award(Aggregate):
    """One achievement of one account."""

    class Issued(Aggregate.Created):
        """Written by `awards.Awarding`, read here."""

        community: str
        account: str
        achievement: str
        renewal: int
        status: int

    class Decided(Aggregate.Event):
        """What every decision says of the award. The reason is sealed under the member's key."""

        community: str
        account: str
        achievement: str
        renewal: int
        status: int
        reason: str

    class Revoked(Decided):
        """It holds no longer.

        `ground`: what was lost, where it was revoked for want of ground, as `Upheld` has it; else "", and not stored.
        """

        ground: str

        def apply(self, aggregate: Award) -> None:
            """Mark it."""
            aggregate.revoked = True

    class Upheld(Decided):
        """Somebody looked at what its ground had lost, and let it stand."""

        ground: str  # a digest of what was lost: once something else is lost, it is looked at again

        def apply(self, aggregate: Award) -> None:
            """Remember what was looked at."""
            aggregate.upheld = self.ground

    class Suspended(Decided):
        """It does not hold until it is resumed."""

        def apply(self, aggregate: Award) -> None:
            """Remember since when."""
            aggregate.suspended = instant_of(self.timestamp)

    class Resumed(Decided):
        """It holds again, which it did not from `suspended` (µs) on."""

        suspended: int

        def apply(self, aggregate: Award) -> None:
            """Let it hold."""
            aggregate.suspended = None

    def __init__(self, community: str, account: str, achievement: str, renewal: int, status: int) -> None:
        self.community = community
        self.account = account
        self.achievement = achievement
        self.renewal = renewal
        self.status = status
        self.revoked = False
        self.upheld = ""
        self.suspended: int | None = None

    def revoke(self, *, reason: str, ground: str, at: int) -> None:
        """End it at an instant (µs)."""
        if not self.revoked:
            self._decide(self.Revoked, at, reason=reason, ground=ground)

    def uphold(self, *, reason: str, ground: str, at: int) -> None:
        """Let it stand although it lost this ground."""
        if not self.revoked and self.upheld != ground:
            self._decide(self.Upheld, at, reason=reason, ground=ground)

    def suspend(self, *, reason: str, at: int) -> None:
        """Let it hold no longer, until it is resumed."""
        if not self.revoked and self.suspended is None:
            self._decide(self.Suspended, at, reason=reason)

    def resume(self, *, reason: str, at: int) -> None:
        """Let it hold again."""
        if not self.revoked and self.suspended is not None:
            self._decide(self.Resumed, at, reason=reason, suspended=self.suspended)

    def _decide(self, event: type[Decided], at: int, **decided: Any) -> None:  # noqa: ANN401 - the event's fields
        self.trigger_event(
            event,
            community=self.community,
            account=self.account,
            achievement=self.achievement,
            renewal=self.renewal,
            status=self.status,
            timestamp=moment(at),
            **decided,
        )
