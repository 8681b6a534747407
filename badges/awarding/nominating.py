"""Nominations: members propose one another for badges, and a manager awards or declines.

A nomination is open until it is declined, or the member has been awarded the badge since, by whatever way. What was
said in it can be read as long as neither of the two was erased.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from badges.awarding.giving import permitted
from badges.errors import GivingError, NotNominatedError
from ledger import ErasedError, Nominee
from schemas import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from badges.awarding.giving import Given, Giving
    from ledger import Book, Outcome
    from projections import NominationRow, Standings, Views


@dataclass(frozen=True, slots=True)
class Nomination:
    """An open nomination, known by the position of its fact.

    `member` and `nominator` are root accounts; `nominator` is None where a manager said it.
    """

    position: int
    stream: str
    member: str
    nominator: str | None
    badge: str
    reason: str
    at: int  # µs


class Nominating:
    """The nominations of every community. Safe to share between threads."""

    def __init__(
        self,
        book: Book,
        views: Views,
        standings: Standings,
        giving: Giving,
        *,
        clock: Callable[[], int] | None = None,
    ) -> None:
        self._book = book
        self._views = views
        self._standings = standings
        self._giving = giving
        self._clock = clock or (lambda: time.time_ns() // 1000)

    def open(self, community: str) -> list[Nomination]:
        """Return the nominations that wait for a decision, earliest first."""
        rows = self._views.at(community).nominations(community)
        return list(self._told(community, rows))

    def nominate(self, community: str, account: str, badge: str, *, reason: str, by: str | None = None) -> Outcome:
        """Nominate the member of an account for a badge: stored, or duplicate where the same one had.

        `by`: the account of the member who nominates; None where the community does. Raises `GivingError` where she
        cannot have it so, and `HeldError` where she has it.
        """
        roots = [self._root(community, each) for each in (account, by) if each is not None]
        described = self._standings.charter(community).by("badges", "badge").get(badge)
        faults = [*permitted(described, badge, nominated=True)]
        if by is not None and roots[0] == roots[1]:
            faults.append(Fault("/member", "wanted another member, got the one who nominates"))
        if faults:
            raise GivingError(faults)
        hers = self._giving.refuse_held(community, roots[0], badge)
        since = max((award.position for award in hers), default=0)
        nominee = Nominee(roots[0], badge, roots[1] if by is not None else None)
        outcome = self._book.nominations.nominate(community, nominee, reason=reason, at=self._clock(), since=since)
        if outcome.outcome == "refused":
            raise GivingError([Fault("/member", "wanted somebody of this community, got one who was erased")])
        return outcome

    def award(self, community: str, nomination: int, *, reason: str, by: str) -> Given:
        """Award what was nominated. Raises `NotNominatedError`, and as `Giving.give` does."""
        found = self._open(community, nomination)
        return self._giving.give(community, found.member, found.badge, reason=reason, by=by, nominated=True)

    def decline(self, community: str, nomination: int, *, reason: str) -> Outcome:
        """Decline a nomination. Raises `NotNominatedError` where it does not wait for a decision."""
        found = self._open(community, nomination)
        outcome = self._book.nominations.decline(community, found.stream, reason=reason, at=self._clock())
        if outcome.outcome == "refused":
            raise NotNominatedError(f"wanted a nomination of living people, got {nomination}")
        return outcome

    def nominated(self, community: str, account: str, badge: str) -> bool:
        """Tell whether a nomination of the member of an account for a badge is open."""
        root = self._root(community, account)
        return any((one.member, one.badge) == (root, badge) for one in self.open(community))

    def _open(self, community: str, nomination: int) -> Nomination:
        found = next((one for one in self.open(community) if one.position == nomination), None)
        if found is None:
            raise NotNominatedError(f"wanted a nomination that waits for a decision, got {nomination}")
        return found

    def _told(self, community: str, rows: Sequence[NominationRow]) -> Iterator[Nomination]:
        """Yield those that are still open, with what was said."""
        sealed = self._book.reveal(community, [row.position for row in rows])
        for row, said in zip(rows, sealed, strict=True):
            member = self._root(community, row.account)
            nominator = self._root(community, row.nominator) if row.nominator else None
            if member == nominator or "reason" not in said or self._settled(community, row, member):
                continue
            yield Nomination(row.position, row.stream, member, nominator, row.achievement, said["reason"], row.at)

    def _settled(self, community: str, row: NominationRow, member: str) -> bool:
        """Return whether she was awarded it since, or has it, or is no more."""
        try:
            self._book.member_id(community, member)
        except ErasedError:
            return True
        hers = self._giving.awards(community, member, row.achievement)
        later = any(award.position > row.position for award in hers)
        return later or self._giving.standing(hers, self._clock()) is not None

    def _root(self, community: str, account: str) -> str:
        row = self._views.member(community, account)
        return row.member if row else account
