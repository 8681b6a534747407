"""Badges given by hand: a person awards one of the charter's badges to a member, with a reason, where no rule did.

Such an award names the rule `by-hand`; the reason, and who gave it, are sealed under the member's key. She has a badge
once, however she came by it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, cast

from badges.errors import GivingError, HeldError
from ledger import BY_HAND, BY_HAND_HASH, BY_HAND_VERSION, NewAward, merkle_root, named_in, reported, system_clock
from projections import Account, duration, issuable
from schemas import Fault, format_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from ledger import Book
    from projections import AwardRow, Standings, Views

MOST_EVIDENCE = 200  # facts that one gift may name
_KIND: Final = "badge"
Permission = Literal["no", "yes", "nominated"]


class Given(NamedTuple):
    """An award that was given: its credential's id, and where its fact stands."""

    credential: str
    position: int


class Giving:
    """Gives badges by hand, in every community. Safe to share between threads."""

    def __init__(
        self, book: Book, views: Views, standings: Standings, *, clock: Callable[[], int] | None = None
    ) -> None:
        self._book = book
        self._views = views
        self._standings = standings
        self._clock = clock or system_clock

    def give(
        self,
        community: str,
        account: str,
        badge: str,
        *,
        reason: str,
        by: str,
        evidence: Sequence[int] = (),
        nominated: bool = False,
    ) -> Given:
        """Award a badge to the member of an account, on the evidence of facts at these positions, if any.

        `by`: who gives it, in a word. `nominated`: whether somebody nominated her for it. Raises `GivingError` with
        what does not fit, and `HeldError` where she has it.
        """
        charter, now = self._standings.charter(community), self._clock()
        described = charter.by("badges", "badge").get(badge)
        accounts = self._accounts(community, account)
        cited = sorted(set(evidence))
        faults = [*permitted(described, badge, nominated=nominated), *self._unfit(community, accounts, evidence)]
        if described is not None and (_KIND, badge) not in issuable(charter.document):
            faults.append(
                Fault("/badge", f"wanted a badge that every verifier can read, got {badge}: mend the charter")
            )
        if described is None or faults:
            raise GivingError(faults)
        hers = self.refuse_held(community, account, badge)
        award = NewAward(
            community=community,
            account=accounts[0],
            achievement=badge,
            kind=_KIND,
            charter_version=charter.version,
            rule=BY_HAND,
            rule_version=BY_HAND_VERSION,
            rule_hash=BY_HAND_HASH,
            earned=now,
            evidence_root=merkle_root(self._book.leaves(community, cited)),
            evidence=tuple(cited),
            renewal=sum(one.account == accounts[0] for one in hers),
            expires=now + duration(described["expires"]) if "expires" in described else None,
            reason=reason,
            by=by,
        )
        return self._recorded(community, award)

    def refuse_held(self, community: str, account: str, badge: str) -> list[AwardRow]:
        """Return the former awards of a badge to the member of an account. Raises `HeldError` where one stands."""
        hers = self.awards(community, account, badge)
        held = self.standing(hers, self._clock())
        if held:
            (fact,) = self._book.at(community, [held.position])
            raise self._held(community, held.position, fact.open, held.credential)
        return hers

    def awards(self, community: str, account: str, badge: str) -> list[AwardRow]:
        """Return the awards of a badge to the member of an account, earliest first."""
        return self.of_badge(self._views.awards(community, accounts=self._accounts(community, account)), badge)

    @staticmethod
    def of_badge(awards: Iterable[AwardRow], badge: str) -> list[AwardRow]:
        """Return those awards that are of a badge."""
        return [one for one in awards if (one.kind, one.achievement) == (_KIND, badge)]

    @staticmethod
    def standing(awards: Sequence[AwardRow], now: int) -> AwardRow | None:
        """Return the first of awards that neither ended nor expired, suspended or not."""
        living = (award for award in awards if award.revoked is None)
        return next((one for one in living if one.expires is None or one.expires > now), None)

    def _accounts(self, community: str, account: str) -> tuple[Account, ...]:
        """Return the accounts of the member to whom one belongs, her root first."""
        row = self._views.member(community, account)
        return row.accounts if row else (Account(account),)

    def _recorded(self, community: str, award: NewAward) -> Given:
        (outcome,) = self._book.award([award])
        if outcome.outcome == "refused" or outcome.position is None:
            raise GivingError([Fault("/member", "wanted somebody of this community, got one who was erased")])
        (fact,) = self._book.at(community, [outcome.position])
        credential = self._book.credential_id(community, award.account, fact.stream)
        if outcome.outcome == "claimed":  # somebody else was first
            raise self._held(community, fact.position, fact.open, credential)
        return Given(credential, outcome.position)

    def _unfit(self, community: str, accounts: Sequence[str], evidence: Sequence[int]) -> Iterator[Fault]:
        """Yield which of the facts that are named as evidence are none, or not hers."""
        if len(evidence) > MOST_EVIDENCE:
            yield Fault("/evidence", f"wanted at most {MOST_EVIDENCE} facts, got {len(evidence)}")
            return
        facts = {fact.position: fact for fact in self._book.at(community, evidence)}
        for place, position in enumerate(evidence):
            fact = facts.get(position)
            if fact is None or not reported(fact):
                yield Fault(f"/evidence/{place}", f"wanted the position of a fact that was reported, got {position}")
            elif named_in(fact).isdisjoint(accounts):
                yield Fault(f"/evidence/{place}", f"wanted a fact that names her, got {position}, which does not")

    def _held(self, community: str, position: int, told: Mapping[str, Any], credential: str) -> HeldError:
        """Return the error that says how she came by it, and when."""
        day = format_time(told["time"])[:10]
        if told["rule"] == BY_HAND:
            by = self._book.reveal(community, [position])[0].get("by") or "the community"
            return HeldError(f"she has it already: given by hand by {by}, {day}", credential)
        return HeldError(f"she has it already: awarded by the rule {told['rule']}, {day}", credential)


def permission(badge: Mapping[str, Any]) -> Permission:
    """Return whether a charter lets a badge be given by hand; YAML reads `yes` and `no` as true and false."""
    said = badge.get("by_hand", True)
    return "yes" if said is True else "no" if said is False else cast("Permission", said)


def permitted(described: Mapping[str, Any] | None, badge: str, *, nominated: bool) -> Iterator[Fault]:
    """Yield why a badge, as the charter describes it, may not be given by hand."""
    if described is None:
        yield Fault("/badge", f"wanted a badge of this community's charter, got {badge[:64]}")
    elif permission(described) == "no":
        yield Fault("/badge", f"wanted a badge that the charter lets be given by hand, got {badge}: by_hand is no")
    elif permission(described) == "nominated" and not nominated:
        yield Fault("/badge", f"wanted a nomination first: for {badge} the charter says by_hand: nominated")
