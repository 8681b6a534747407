"""The follower that records awards: whoever has earned a badge by what is known now gets it, once.

The claim in the ledger is what makes an award single; a crash, a second process or a rebuilt view only
finds it made. Nothing here is under a lock while it works.
"""

from __future__ import annotations

import time
from itertools import groupby
from typing import TYPE_CHECKING

from ledger import NewAward, merkle_root
from projections import AWARDS, Charter, Following, MemberRow, Rule, due, duration

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from ledger import Book
    from projections import Standings, Views

_POLL_SECONDS = 0.25
_TOGETHER = 200  # members looked at between two writes
_FIRST = 0  # the renewal number of an award that is no renewal


class AwardFollower:
    """Follows the standings with a cursor of its own and records what was earned."""

    def __init__(
        self, book: Book, views: Views, standings: Standings, *, clock: Callable[[], int] | None = None
    ) -> None:
        self._book = book
        self._views = views
        self._standings = standings
        self._clock = clock or (lambda: time.time_ns() // 1000)
        self.following = Following("awards", self.run_once, pause=_POLL_SECONDS)

    def run_once(self, progress: Callable[[int], None] | None = None) -> int:
        """Award what has been earned since the last time; return how many members were looked at."""
        reached, after, now = self._views.position(), self._views.position(AWARDS), self._clock()
        members = self._views.to_look_at(after, now)
        for start in range(0, len(members), _TOGETHER):
            some = members[start : start + _TOGETHER]
            self._award(some, now)
            if progress:
                progress(len(some))
        if reached > after:
            with self._views.turn(AWARDS) as batch:
                if batch is not None:
                    batch.advance(max(reached, batch.position))
        return len(members)

    def _award(self, members: Sequence[MemberRow], now: int) -> None:
        for community, some in groupby(members, key=lambda row: row.community):
            charter = self._standings.charter(community)
            known = {(str(row.account), row.achievement) for row in self._views.awards(community=community)}
            self._book.award([award for row in some for award in self._earned(charter, row, known, now)])
        waits = [(row, due(row.derived, now)) for row in members]
        with self._views.turn(AWARDS) as batch:
            if batch is not None:
                batch.postpone(waits)

    def _earned(
        self, charter: Charter, row: MemberRow, known: Collection[tuple[str, str]], now: int
    ) -> Iterable[NewAward]:
        """Yield the badges a member has earned and not yet been awarded under any of her accounts."""
        asked = [
            (rule, spans[0][0])
            for rule in charter.rules
            if rule.grants[0] == "badge"
            and (spans := row.derived.grants.get(rule.grants, []))
            and spans[0][0] <= now
            and not any((account, rule.grants[1]) in known for account in row.accounts)
        ]
        if asked:
            for (rule, earned), evidence in zip(
                asked, self._standings.evidence(row.community, row.member, asked), strict=True
            ):
                if evidence:  # else an older version of the rule granted it, and it was awarded then
                    yield self._new(charter, row, rule, earned, evidence, now)

    def _new(
        self, charter: Charter, row: MemberRow, rule: Rule, earned: int, evidence: list[int], now: int
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
            renewal=_FIRST,
            expires=now + duration(badge["expires"]) if "expires" in badge else None,
        )
