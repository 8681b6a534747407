"""What a person decides of an award: that it ends, is suspended or resumed, or stands although its ground is less."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from ledger.facts import Outcome
from ledger.lifecycle import AWARD_RESUMED, AWARD_REVOKED, AWARD_SUSPENDED, AWARD_UPHELD
from ledger.tokens import from_token
from schemas import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from ledger.award import Award
    from ledger.shard import Shard


_DECIDED = {
    AWARD_REVOKED: "revoked",
    AWARD_UPHELD: "upheld",
    AWARD_SUSPENDED: "suspended",
    AWARD_RESUMED: "resumed",
}


class Decision(NamedTuple):
    """What is decided, and when (µs). `reason` is sealed under the member's key; `ground` is open."""

    reason: str
    at: int
    ground: str = ""


def revoke(shard: Shard, community: str, award_stream: str, decision: Decision) -> Outcome:
    """End an award: stored, or duplicate where it had ended before. Raises `UnknownAwardError`."""

    def end(award: Award) -> None:
        award.revoke(**decision._asdict())

    return _decided(shard, community, award_stream, end, (AWARD_REVOKED,))


def uphold(shard: Shard, community: str, award_stream: str, decision: Decision) -> Outcome:
    """Let an award stand: stored; duplicate where that was decided; refused where it ended. Raises as `revoke`."""

    def stand(award: Award) -> None:
        award.uphold(**decision._asdict())

    return _decided(shard, community, award_stream, stand, (AWARD_UPHELD, AWARD_REVOKED))


def suspend(shard: Shard, community: str, award_stream: str, decision: Decision) -> Outcome:
    """Suspend an award: stored; duplicate where it is; refused where it ended. Raises as `revoke`."""

    def halt(award: Award) -> None:
        award.suspend(reason=decision.reason, at=decision.at)

    return _decided(shard, community, award_stream, halt, (AWARD_SUSPENDED, AWARD_RESUMED, AWARD_REVOKED))


def resume(shard: Shard, community: str, award_stream: str, decision: Decision) -> Outcome:
    """Resume an award: stored; duplicate where it was; refused where it ended, or never was suspended.

    Raises as `revoke`.
    """

    def hold(award: Award) -> None:
        award.resume(reason=decision.reason, at=decision.at)

    return _decided(shard, community, award_stream, hold, (AWARD_RESUMED, AWARD_SUSPENDED, AWARD_REVOKED))


def _decided(
    shard: Shard, community: str, award_stream: str, decide: Callable[[Award], None], topics: tuple[str, ...]
) -> Outcome:
    """Decide, and tell what became of it: the first of `topics` is the decision's own, the others undo or bar it."""
    stream = from_token(award_stream)
    new = shard.lifecycles.decide(UUID(bytes=stream), community, decide)
    rows = [row for row in shard.recorder.stream_rows(stream) if row.topic in topics]
    shard.recorder.flush()  # what another did may be read before it is durable
    if rows and rows[-1].topic == topics[0]:
        return Outcome("stored" if new else "duplicate", rows[-1].position)
    got = f"was {_DECIDED[rows[-1].topic]}" if rows else "was never suspended"
    words = f"wanted an award that can be {_DECIDED[topics[0]]}, got one that {got}"
    return Outcome("refused", rows[-1].position if rows else None, (Fault("", words),))
