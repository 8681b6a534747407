"""The projections of a whole book as they are read.

Each shard has views of its own, beside its ledger. Whatever names a community goes to the shard that keeps it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from ledger import LedgerUnavailableError
from projections.views.endorsed import EndorsementRow
from projections.views.rows import AwardRow
from projections.views.tables import STANDING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from projections.fold.people import Account
    from projections.views.rows import MemberRow
    from projections.views.shard_views import ShardViews

Kept = TypeVar("Kept", AwardRow, EndorsementRow)


class Views:
    """The views of all shards. Every method may raise `LedgerUnavailableError`."""

    def __init__(self, shards: Sequence[ShardViews], shard_of: Callable[[str], int]) -> None:
        """`shard_of` says which shard keeps a community; it may raise `UnknownCommunityError`."""
        self.shards = tuple(shards)
        self._shard_of = shard_of

    def close(self) -> None:
        """Close every connection."""
        for shard in self.shards:
            shard.close()

    def version(self) -> tuple[int, ...] | None:
        """Return what is another once anything of them is, to one thread; None where that takes waiting."""
        known = tuple(each for shard in self.shards if (each := shard.version()) is not None)
        return known if len(known) == len(self.shards) else None

    def at(self, community: str) -> ShardViews:
        """Return the views of the shard that keeps a community."""
        return self.shards[self._shard_of(community)]

    def positions(self, shard: int, projection: str = STANDING) -> dict[str, int]:
        """Return how far a projection has read each community of a shard."""
        return self.shards[shard].positions(projection)

    def position(self, community: str, projection: str = STANDING) -> int:
        """Return how far a projection has read a community; 0 where it has not begun."""
        return self.at(community).position(community, projection)

    def reached(self, community: str, projections: Sequence[str]) -> tuple[int, ...]:
        """Return how far each of these projections has read a community, of one moment; 0 where it has not begun."""
        return self.at(community).reached(community, projections)

    def members(self, community: str) -> list[MemberRow]:
        """Return every member of a community, but the erased."""
        return self.at(community).members(community)

    def member(self, community: str, account: str) -> MemberRow | None:
        """Return the member that the account belongs to, or None where no fact names it, or she was erased."""
        return self.at(community).member(community, account)

    def awards(self, community: str, *, accounts: Sequence[Account] | None = None) -> list[AwardRow]:
        """Return the awards of a community (to these accounts), earliest first, less those of the erased."""
        return self.at(community).awards(community, accounts=accounts)

    def award(self, credential: str) -> AwardRow | None:
        """Return the award with a credential id, wherever it is kept; None where no shard has it.

        A shard that is down matters only where no other has it: then `LedgerUnavailableError` is raised.
        """
        return self._wherever(lambda shard: shard.award(credential))

    def endorsement(self, number: str) -> EndorsementRow | None:
        """Return the endorsement with a public id, wherever it is kept, as `award` does."""
        return self._wherever(lambda shard: shard.endorsed.find(number))

    def _wherever(self, ask: Callable[[ShardViews], Iterable[Kept]]) -> Kept | None:
        down: LedgerUnavailableError | None = None
        for number, shard in enumerate(self.shards):
            try:
                found = ask(shard)
            except LedgerUnavailableError as error:
                down = error
                continue
            for one in found:
                if self._shard_of(one.community) == number:  # else what a community left behind when it moved
                    return one
        if down:
            raise down
        return None
