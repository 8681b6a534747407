"""What a person decides of an award: that it ends, or that it stands although its ground is not what it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from ledger.facts import Outcome
from ledger.lifecycle import AWARD_REVOKED, AWARD_UPHELD
from ledger.tokens import from_token
from schemas import Fault

if TYPE_CHECKING:
    from ledger.shard import Shard


class Decision(NamedTuple):
    """What is decided, and when (µs). `reason` is sealed under the member's key; `ground` is open."""

    reason: str
    ground: str
    at: int


def revoke(shard: Shard, community: str, award_stream: str, decision: Decision) -> Outcome:
    """End an award: stored, or duplicate where it had ended before. Raises `UnknownAwardError`."""
    stream = from_token(award_stream)
    new = shard.lifecycles.revoke(UUID(bytes=stream), community, **decision._asdict())
    return Outcome("stored" if new else "duplicate", _last(shard, stream)[1])


def uphold(shard: Shard, community: str, award_stream: str, decision: Decision) -> Outcome:
    """Let an award stand: stored; duplicate where that was decided; refused where it ended. Raises as `revoke`."""
    stream = from_token(award_stream)
    new = shard.lifecycles.uphold(UUID(bytes=stream), community, **decision._asdict())
    topic, position = _last(shard, stream)
    if topic == AWARD_UPHELD:
        return Outcome("stored" if new else "duplicate", position)
    return Outcome("refused", position, (Fault("", f"wanted an award that stands, got one that ended: {topic}"),))


def _last(shard: Shard, stream: bytes) -> tuple[str, int]:
    """Return what was decided last, and where it stands."""
    rows = [row for row in shard.recorder.stream_rows(stream) if row.topic in (AWARD_REVOKED, AWARD_UPHELD)]
    shard.recorder.flush()  # what another did may be read before it is durable
    return rows[-1].topic, rows[-1].position
