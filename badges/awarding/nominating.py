"""Nominations: members propose one another for badges, and a manager awards or declines.

A nomination is open until it is declined, or the member has been awarded the badge since, by whatever way. What was
said in it can be read as long as neither of the two was erased.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from badges.awarding.giving import permission, permitted
from badges.errors import GivingError, NotNominatedError
from ledger import ErasedError, Nominee, system_clock
from schemas import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from badges.awarding.giving import Given, Giving
    from ledger import Book, Outcome
    from projections import Account, AwardRow, NominationRow, Standings, Views


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


class _Somebody(NamedTuple):
    """A member: her root account, and all that are hers."""

    root: Account
    accounts: tuple[Account, ...]


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
        self._clock = clock or system_clock

    def open(self, community: str, *, most: int | None = None) -> list[Nomination]:
        """Return the nominations that wait for a decision, earliest first: at most so many, which alone are read."""
        return list(islice(self._told(community, self._rows(community), most), most))

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
        """Tell whether the charter asks for a nomination for a badge, and one of the member of an account is open."""
        described = self._standings.charter(community).by("badges", "badge").get(badge)
        if described is None or permission(described) != "nominated":
            return False
        row = self._views.member(community, account)
        accounts = row.accounts if row else (account,)
        rows = [row for row in self._rows(community) if row.achievement == badge and row.account in accounts]
        return any(self._told(community, rows, 1))

    def _open(self, community: str, nomination: int) -> Nomination:
        rows = [row for row in self._rows(community) if row.position == nomination]
        found = next(self._told(community, rows), None)
        if found is None:
            raise NotNominatedError(f"wanted a nomination that waits for a decision, got {nomination}")
        return found

    def _rows(self, community: str) -> list[NominationRow]:
        """Return all nominations that were not declined; those that were settled otherwise are among them."""
        return self._views.at(community).nominations(community)

    def _told(self, community: str, rows: Sequence[NominationRow], together: int | None = None) -> Iterator[Nomination]:
        """Yield those that are still open, with what was said, of which so many are read `together`."""
        unsettled = self._unsettled(community, rows)
        while some := list(islice(unsettled, together)):
            sealed = self._book.reveal(community, [row.position for row, _, _ in some])
            for (row, member, nominator), said in zip(some, sealed, strict=True):
                if "reason" in said and self._lives(community, member):
                    yield Nomination(
                        row.position, row.stream, member, nominator, row.achievement, said["reason"], row.at
                    )

    def _unsettled(
        self, community: str, rows: Sequence[NominationRow]
    ) -> Iterator[tuple[NominationRow, Account, Account | None]]:
        """Yield those of somebody else who was not awarded it since, and has it not; with her, and who said it."""
        people = self._people(community, {account for row in rows for account in (row.account, row.nominator)})
        accounts = sorted({account for row in rows for account in people[row.account].accounts})
        hers: defaultdict[Account, list[AwardRow]] = defaultdict(list)
        for award in self._views.awards(community, accounts=accounts):
            hers[award.account].append(award)
        now = self._clock()
        for row in rows:
            member, nominator = people[row.account], people[row.nominator]
            awarded = (award for account in member.accounts for award in hers[account])
            awards = self._giving.of_badge(awarded, row.achievement)
            later = any(award.position > row.position for award in awards)
            if member.root != nominator.root and not later and self._giving.standing(awards, now) is None:
                yield row, member.root, nominator.root or None

    def _people(self, community: str, accounts: Collection[Account]) -> dict[Account, _Somebody]:
        """Return to whom each of these accounts belongs; one that no fact names is somebody's own."""
        found = {account: _Somebody(account, (account,)) for account in accounts}
        for row in self._views.at(community).members_of(community, sorted(accounts)):
            found |= dict.fromkeys(row.accounts, _Somebody(row.member, row.accounts))
        return found

    def _lives(self, community: str, member: str) -> bool:
        try:
            self._book.member_id(community, member)
        except ErasedError:
            return False
        return True

    def _root(self, community: str, account: str) -> str:
        row = self._views.member(community, account)
        return row.member if row else account
