"""The follower that records awards: whoever has earned a badge by what is known now gets it, once.

The claim in the ledger is what makes an award single; a crash, a second process or a rebuilt view only
finds it made. Nothing here is under a lock while it works.
"""

from __future__ import annotations

import time
from collections import defaultdict
from typing import TYPE_CHECKING

from ledger import ElsewhereError, LedgerError, LedgerUnavailableError, NewAward, NotMigratedError, merkle_root
from projections import (
    AWARDS,
    Charter,
    Following,
    LeftOut,
    MemberRow,
    ProjectionError,
    Rule,
    due,
    duration,
    span_at,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ledger import Book
    from projections import AwardRow, Standings, Views

_POLL_SECONDS = 0.25
_TOGETHER = 200  # members of a community looked at between two writes
_LONGEST_DUE = 500  # members whose communities are found by time alone, each time


class AwardFollower:
    """Follows the standings of one shard, with a cursor of its own in every community, and records what was earned.

    A member's row says from when on she is to be looked at: at once where it was just written, later where time
    alone will grant her something.
    """

    def __init__(
        self, book: Book, views: Views, standings: Standings, shard: int = 0, *, clock: Callable[[], int] | None = None
    ) -> None:
        self._book = book
        self._shard = shard
        self._views = views.shards[shard]
        self._standings = standings
        self._clock = clock or (lambda: time.time_ns() // 1000)
        self._left_out = LeftOut(f"awards-{shard}")
        self.following = Following(f"awards-{shard}", self._round, pause=_POLL_SECONDS)

    @property
    def left_out(self) -> dict[str, str]:
        """The communities whose awards cannot be recorded, and why; the others go on without them."""
        return {community: str(error) for community, error in self._left_out.errors().items()}

    def run_once(self, progress: Callable[[int], None] | None = None) -> int:
        """Award all that has been earned by now; return how many members were looked at."""
        total = 0
        while looked := self._round():
            total += looked
            if progress:
                progress(looked)
        return total

    def _round(self) -> int:
        """Look at some members of every community that has any to be looked at; return how many they were."""
        now, left_out = self._clock(), self._left_out.at_present()
        due_in = self._views.due(now, _LONGEST_DUE, but=left_out)
        unseen = self._views.unseen(now)
        nobody = {community: position for community, (position, some) in unseen.items() if not some}
        if nobody:
            self._views.pass_over(AWARDS, nobody)
        communities = dict.fromkeys([*(unseen.keys() - nobody.keys()), *due_in])
        return sum(self._turn(community, now) for community in communities if community not in left_out)

    def _turn(self, community: str, now: int) -> int:
        try:
            if self._book.shard_of(community) != self._shard:
                return 0  # it is just being moved, or has been
            looked = self._look(community, now)
            self._left_out.drop(community)
        except ElsewhereError as error:  # it is being moved, which may take a while
            self._left_out.add(community, error)
            return 0
        except (LedgerUnavailableError, NotMigratedError):
            raise
        except (LedgerError, ProjectionError) as error:
            self._left_out.add(community, error)
            return 0
        return looked

    def _look(self, community: str, now: int) -> int:
        with self._views.turn(community, AWARDS) as batch:
            if batch is None:
                return 0
            reached = self._views.position(community)  # before the rows, which are at least as new
            members = self._views.due_members(community, now, _TOGETHER)
            self._award(community, members, now, batch.hold)
            batch.postpone((row, due(row.derived, now)) for row in members)
            batch.advance(max(reached, batch.position) if len(members) < _TOGETHER else batch.position)
        return len(members)

    def _award(self, community: str, members: Sequence[MemberRow], now: int, hold: Callable[[], None]) -> None:
        if not members:
            return
        awards: list[NewAward] = []
        charter = self._standings.charter(community)
        accounts = sorted(account for row in members for account in row.accounts)
        known: defaultdict[tuple[str, str], list[AwardRow]] = defaultdict(list)
        for award in self._views.awards(community, accounts=accounts):
            known[award.account, award.achievement].append(award)
        for row in members:
            awards += self._earned(charter, row, known, now)
            hold()
        self._book.award(awards)

    def _earned(
        self, charter: Charter, row: MemberRow, known: Mapping[tuple[str, str], Sequence[AwardRow]], now: int
    ) -> Iterable[NewAward]:
        """Yield the badges a member holds and was not awarded under any of her accounts, or is to have again."""
        asked, renewals = [], []
        for rule in charter.rules:
            held = span_at(row.derived.grants.get(rule.grants, []), now) if rule.grants[0] == "badge" else None
            if held is None:
                continue
            hers = [award for account in row.accounts for award in known.get((account, rule.grants[1]), ())]
            if not hers or _comes_back(hers):
                asked.append((rule, held[0]))
                renewals.append(sum(award.account == row.member for award in hers))
        if asked:
            cited = self._standings.evidence(row.community, row.member, asked)
            for (rule, earned), evidence, renewal in zip(asked, cited, renewals, strict=True):
                if evidence:  # else an older version of the rule granted it, and it was awarded then
                    yield self._new(charter, row, rule, earned, evidence, renewal, now)

    def _new(
        self, charter: Charter, row: MemberRow, rule: Rule, earned: int, evidence: list[int], renewal: int, now: int
    ) -> NewAward:
        badge = charter.by("badges", "badge")[rule.grants[1]]
        return NewAward(
            community=row.community,
            account=row.member,
            achievement=rule.grants[1],
            kind="badge",
            charter_version=charter.version,
            rule=rule.slug,
            rule_version=rule.version,
            rule_hash=rule.sha256,
            earned=earned,
            evidence_root=merkle_root(self._book.leaves(row.community, evidence)),
            evidence=tuple(evidence),
            renewal=renewal,
            expires=now + duration(badge["expires"]) if "expires" in badge else None,
        )


def _comes_back(hers: Sequence[AwardRow]) -> bool:
    """Return whether a badge that she holds again is awarded again: it was revoked, and for want of ground."""
    revoked = [(award.revoked, award.position, award.lost) for award in hers if award.revoked is not None]
    return len(revoked) == len(hers) and bool(max(revoked)[2])
