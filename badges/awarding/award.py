"""The follower that records awards: whoever has earned a badge by what is known now gets it, once.

The claim in the ledger is what makes an award single; a crash, a second process or a rebuilt view only
finds it made. Nothing here is under a lock while it works.
"""

from __future__ import annotations

import hashlib
import logging
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Literal, cast

from badges.awarding.earning import earned, next_look
from ledger import (
    ElsewhereError,
    LedgerError,
    LedgerUnavailableError,
    NewAward,
    NotMigratedError,
    merkle_root,
    system_clock,
)
from projections import (
    AWARDS,
    BY_ASSIGNMENT,
    Charter,
    Following,
    LeftOut,
    MemberRow,
    ProjectionError,
    Rule,
    issuable,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from badges.awarding.earning import Earned, Hers
    from ledger import Book
    from projections import AwardRow, Grant, Standings, Views

    Kind = Literal["badge", "level", "role"]

_log = logging.getLogger(__name__)

_POLL_SECONDS = 0.25
_TOGETHER = 200  # members of a community looked at between two writes
_LONGEST_DUE = 500  # members whose communities are found by time alone, each time

_BY_ASSIGNMENT_HASH = hashlib.sha256(b"guildbook.by-assignment.1").hexdigest()


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
        self._clock = clock or system_clock
        self._left_out = LeftOut(f"awards-{shard}")
        self._issuable: dict[str, tuple[int, dict[Grant, dict[str, Any]]]] = {}  # community -> of which charter, what
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
            batch.postpone(self._award(community, members, now, batch.hold))
            batch.advance(max(reached, batch.position) if len(members) < _TOGETHER else batch.position)
        return len(members)

    def _award(
        self, community: str, members: Sequence[MemberRow], now: int, hold: Callable[[], None]
    ) -> list[tuple[MemberRow, int | None]]:
        """Record what these members have earned; return when each is to be looked at again."""
        if not members:
            return []
        charter = self._standings.charter(community)
        given = self._given(charter, community)
        accounts = sorted(account for row in members for account in row.accounts)
        known: defaultdict[str, list[AwardRow]] = defaultdict(list)
        for award in self._views.awards(community, accounts=accounts):
            known[award.account].append(award)
        awards: list[NewAward] = []
        looks: list[tuple[MemberRow, int | None]] = []
        announced = self._standings.announced(community, now)
        for row in members:
            hers: Hers = defaultdict(list)
            for award in (award for account in row.accounts for award in known.get(account, ())):
                hers[award.kind, award.achievement].append(award)
            made = list(earned(charter, given, row, hers, now))
            awards += self._new(charter, row, made, now)
            look = next_look(charter, given, row, hers, made, now)
            looks.append((row, min((each for each in (look, announced) if each), default=None)))
            hold()
        self._book.award(awards)
        return looks

    def _given(self, charter: Charter, community: str) -> dict[Grant, dict[str, Any]]:
        """Return what the charter gives credentials for that every verifier can read: nothing else is recorded."""
        version, given = self._issuable.get(community, (None, {}))
        if version == charter.version:
            return given
        given, said = issuable(charter.document), charter.recognised()
        if left := sorted(f"{kind} {name}" for kind, name in said.keys() - given.keys()):
            _log.warning("not awarded in %s until its charter is mended: %s", community, ", ".join(left))
        self._issuable[community] = (charter.version, given)
        return given

    def _new(self, charter: Charter, row: MemberRow, made: Sequence[Earned], now: int) -> Iterable[NewAward]:
        """Yield the awards of what a member has earned, each with the facts that it rests on."""
        asked = [(one.by, one.earned) for one in made if isinstance(one.by, Rule)]
        cited = iter(self._standings.evidence(row.community, row.member, asked) if asked else ())
        for one in made:
            if isinstance(one.by, Rule):
                evidence, rule = next(cited), (one.by.slug, one.by.version, one.by.sha256)
            else:
                evidence = self._standings.assigned(row.community, row.member, *one.by, now)
                rule = (BY_ASSIGNMENT, 1, _BY_ASSIGNMENT_HASH)
            if evidence:  # else an older version of the rule granted it, and it was awarded then
                yield self._of(charter, row, one, rule, evidence)

    def _of(
        self, charter: Charter, row: MemberRow, one: Earned, rule: tuple[str, int, str], evidence: list[int]
    ) -> NewAward:
        kind, name = one.grant
        slug, version, sha256 = rule
        return NewAward(
            community=row.community,
            account=row.member,
            achievement=name,
            kind=cast("Kind", kind),
            charter_version=charter.version,
            rule=slug,
            rule_version=version,
            rule_hash=sha256,
            earned=one.earned,
            evidence_root=merkle_root(self._book.leaves(row.community, evidence)),
            evidence=tuple(evidence),
            renewal=one.renewal,
            expires=one.expires,
        )
