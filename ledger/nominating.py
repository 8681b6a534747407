"""Nominations: that somebody proposed a member for an achievement, and that it was declined.

A nomination is a stream of its own, one for each member, achievement and nominator; its versions say in turn that it
was made and that it was declined. What was said is sealed under the keys of both together, so that either's erasure
ends it. What became of it otherwise, an award says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ledger.errors import UnknownNominationError
from ledger.lifecycle import AWARD_DECLINED, AWARD_NOMINATED
from ledger.next_version import Next, write_next
from ledger.shape import open_fields, unpack
from ledger.tokens import from_token

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.facts import Outcome
    from ledger.rows import Row
    from ledger.shard import Shard
    from ledger.shards import Writing


class Nominee(NamedTuple):
    """Whom a nomination is of, for what, and by whom: an account, or None where the community itself nominates."""

    account: str
    achievement: str
    nominator: str | None = None


class Nominations:
    """What is nominated in the communities of one book."""

    def __init__(self, writing: Writing) -> None:
        """`writing` writes in a community's shard, where that may be written to."""
        self._writing = writing

    def nominate(self, community: str, nominee: Nominee, *, reason: str, at: int, since: int = 0) -> Outcome:
        """Record a nomination at an instant (µs): stored; duplicate where it stands; refused where either is erased.

        `since`: the position of the member's last award of it, which settled what was nominated before.
        """
        opened = {name: value for name, value in nominee._asdict().items() if value is not None}

        def standing(rows: Sequence[Row]) -> bool:
            return bool(rows) and rows[-1].topic == AWARD_NOMINATED and rows[-1].position > since

        def nominate(shard: Shard) -> Outcome:
            tokens = shard.people.community(community).tokens
            stream = tokens.stream("nomination", nominee.account, nominee.achievement, nominee.nominator or "")
            new = Next(stream, AWARD_NOMINATED, opened | {"time": at}, [{"reason": reason}])
            return write_next(shard, community, new, standing)

        return self._writing(community, nominate)

    def decline(self, community: str, nomination: str, *, reason: str, at: int) -> Outcome:
        """Decline a nomination, given by its stream: stored; duplicate where it was declined; refused as `nominate` is.

        Raises `UnknownNominationError`.
        """

        def standing(rows: Sequence[Row]) -> bool:
            return rows[-1].topic == AWARD_DECLINED

        def decline(shard: Shard) -> Outcome:
            stream = from_token(nomination)
            rows = shard.recorder.stream_rows(stream)
            if not rows or rows[0].topic != AWARD_NOMINATED or rows[0].community != community:
                raise UnknownNominationError(f"nomination: wanted one of {community!r}, got {nomination}")
            opened = open_fields(unpack(rows[-1].state)) | {"time": at}
            new = Next(stream, AWARD_DECLINED, opened, [{"reason": reason}])
            return write_next(shard, community, new, standing)

        return self._writing(community, decline)
