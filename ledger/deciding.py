"""What a person decides of an award: that it ends, is suspended or resumed, or stands although its ground is less."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from ledger.facts import Outcome
from ledger.lifecycle import AWARD_RESUMED, AWARD_REVOKED, AWARD_SUSPENDED, AWARD_UPHELD
from ledger.tokens import from_token
from schemas import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from ledger.award import Award
    from ledger.shard import Shard
    from ledger.shards import Writing

_DECIDED = {
    AWARD_REVOKED: "revoked",
    AWARD_UPHELD: "upheld",
    AWARD_SUSPENDED: "suspended",
    AWARD_RESUMED: "resumed",
}


class Deciding:
    """The decisions of a book about awards, each given by its stream.

    Every reason is sealed under the member's key; `at` is when it was decided (µs). Raises `UnknownAwardError`.
    """

    _writing: Writing

    def revoke(self, community: str, award_stream: str, *, reason: str, at: int, ground: str = "") -> Outcome:
        """End an award: stored, or duplicate where it had ended before.

        `ground`: see `uphold`; "" where it is not revoked for want of it.
        """

        def end(award: Award) -> None:
            award.revoke(reason=reason, ground=ground, at=at)

        return self._writing(community, lambda shard: _decided(shard, community, award_stream, end, (AWARD_REVOKED,)))

    def uphold(self, community: str, award_stream: str, *, reason: str, at: int, ground: str) -> Outcome:
        """Let an award stand whose ground is not what it was: stored; duplicate; refused where it has ended.

        `ground`: a digest of what was lost, kept in the open.
        """

        def stand(award: Award) -> None:
            award.uphold(reason=reason, ground=ground, at=at)

        topics = (AWARD_UPHELD, AWARD_REVOKED)
        return self._writing(community, lambda shard: _decided(shard, community, award_stream, stand, topics))

    def suspend(self, community: str, award_stream: str, *, reason: str, at: int) -> Outcome:
        """Let an award hold no more until it is resumed: stored; duplicate; refused where it ended."""

        def halt(award: Award) -> None:
            award.suspend(reason=reason, at=at)

        topics = (AWARD_SUSPENDED, AWARD_RESUMED, AWARD_REVOKED)
        return self._writing(community, lambda shard: _decided(shard, community, award_stream, halt, topics))

    def resume(self, community: str, award_stream: str, *, reason: str, at: int) -> Outcome:
        """Let a suspended award hold again: stored; duplicate; refused where it ended, or never was suspended."""

        def hold(award: Award) -> None:
            award.resume(reason=reason, at=at)

        topics = (AWARD_RESUMED, AWARD_SUSPENDED, AWARD_REVOKED)
        return self._writing(community, lambda shard: _decided(shard, community, award_stream, hold, topics))


def _decided(
    shard: Shard, community: str, award_stream: str, decide: Callable[[Award], None], topics: tuple[str, ...]
) -> Outcome:
    """Decide, and tell what became of it: the first of `topics` is the decision's own, the others undo or bar it."""
    stream = from_token(award_stream)
    position = shard.lifecycles.decide(UUID(bytes=stream), community, decide)
    if position is not None:
        return Outcome("stored", position)  # whatever another has decided of it since
    rows = [row for row in shard.recorder.stream_rows(stream) if row.topic in topics]
    shard.recorder.flush()  # what another did may be read before it is durable
    if rows and rows[-1].topic == topics[0]:
        return Outcome("duplicate", rows[-1].position)
    got = f"was {_DECIDED[rows[-1].topic]}" if rows else "was never suspended"
    words = f"wanted an award that can be {_DECIDED[topics[0]]}, got one that {got}"
    return Outcome("refused", rows[-1].position if rows else None, (Fault("", words),))
