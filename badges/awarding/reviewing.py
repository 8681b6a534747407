"""The review of credentials that lost their ground: found, told with reasons, and decided on by a person.

Nothing is revoked by itself. In review is a badge that was not revoked, whose member does not hold it by what is known
now, or holds it twice because two accounts turned out to be hers; unless a person let it stand, and nothing else was
lost since. What was given by hand has no ground to lose, but may be one of two. A member whose row was not written
since is not looked at again.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Literal

from badges.errors import NotInReviewError
from ledger import BY_HAND, system_clock
from projections import Cited, duplicate, lost, span_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from ledger import Book, Outcome
    from projections import Account, AwardRow, Charter, Grant, Ground, Holding, Spans, Standings, Views

Decision = Literal["keep", "revoke"]
Held = dict["Grant", "Spans"]  # when she held it
_COMMUNITIES = 32  # whose members are remembered
_GROUNDS = 4_096  # that are remembered: each takes a fold of one member's facts
_KINDS = frozenset({"badge", "level"})  # a term is a person's word, and has no ground to lose


@dataclass(frozen=True, slots=True)
class Review:
    """A credential in review: whose it is by now, and why."""

    award: AwardRow
    member: Account
    ground: Ground
    upheld: bool  # it rests: a person let it stand, and nothing else was lost since


@dataclass(frozen=True, slots=True)
class _Doubt:
    """A credential that may have to be reviewed: when the badge was held, or `twin`, the one that stands beside it."""

    holding: Holding
    spans: Spans
    twin: AwardRow | None = None


class Reviews:
    """The queue of every community. Safe to share between threads."""

    def __init__(
        self, book: Book, views: Views, standings: Standings, *, clock: Callable[[], int] | None = None
    ) -> None:
        self._book = book
        self._views = views
        self._standings = standings
        self._clock = clock or system_clock
        self._held: OrderedDict[str, dict[Account, tuple[tuple[int, int], Held]]] = OrderedDict()
        self._grounds: OrderedDict[tuple[object, ...], Ground] = OrderedDict()
        self._lock = Lock()

    def count(self, community: str) -> int:
        """Return how many credentials are in review."""
        doubts = self._doubts(community, self._clock())
        resting = [doubt for doubt in doubts if doubt.holding.award.upheld is not None]
        return len(doubts) - sum(each.upheld for each in self._told(community, resting))

    def of(self, community: str, most: int | None = None, *, upheld: bool = False) -> list[Review]:
        """Return the credentials in review, at most so many, the earliest first; `upheld`: and those that rest."""
        found: list[Review] = []
        for review in self._told(community, self._doubts(community, self._clock())):
            if most is not None and len(found) >= most:
                break
            if upheld or not review.upheld:
                found.append(review)
        return found

    def decide(self, community: str, credential: str, decision: Decision, *, reason: str) -> Outcome:
        """Keep or revoke a credential in review. Raises `NotInReviewError` where it does not wait for that.

        The reason is sealed under the member's key. What is kept rests until its ground moves again; what is revoked
        here is awarded again, as a renewal, if its ground comes back.
        """
        now = self._clock()
        waiting = [doubt for doubt in self._doubts(community, now) if doubt.holding.award.credential == credential]
        review = next(self._told(community, waiting), None)
        if review is None or (review.upheld and decision == "keep"):
            raise NotInReviewError(f"wanted a credential in review, got {credential}")
        decide = self._book.uphold if decision == "keep" else self._book.revoke
        return decide(community, review.award.stream, reason=reason, at=now, ground=review.ground.digest)

    # How they are found

    def _doubts(self, community: str, now: int) -> list[_Doubt]:
        """Return the credentials whose badge is not held, or held by another credential too. No fact is read."""
        holdings = [each for each in self._views.at(community).unrevoked(community) if each.award.kind in _KINDS]
        held = self._known(community, holdings)
        doubts: list[_Doubt] = []
        standing: defaultdict[tuple[Account, Grant], list[Holding]] = defaultdict(list)
        for each in holdings:
            grant = each.award.kind, each.award.achievement
            spans = held.get(each.member, {}).get(grant, [])
            if each.award.rule == BY_HAND or span_at(spans, now):
                standing[each.member, grant].append(each)
            else:
                doubts.append(_Doubt(each, spans))
        for several in standing.values():
            if len(several) > 1:
                first, *others = sorted(several, key=lambda one: (one.award.earned, one.award.position))
                doubts += (_Doubt(one, [], first.award) for one in others)
        return sorted(doubts, key=lambda doubt: doubt.holding.award.position)

    def _known(self, community: str, holdings: Iterable[Holding]) -> Mapping[Account, Held]:
        """Return which badges and levels these members hold when, reading only the rows that were written since."""
        with self._lock:
            before = self._held.get(community, {})
        wanted = {each.member: each.written for each in holdings}
        new = sorted(member for member, written in wanted.items() if before.get(member, (None,))[0] != written)
        read = self._views.at(community).held_grants(community, new, _KINDS) if new else {}
        after = {
            member: (written, read[member] if member in read else before[member][1])
            for member, written in wanted.items()
            if member in read or member in before
        }
        with self._lock:
            self._held[community] = after
            self._held.move_to_end(community)
            while len(self._held) > _COMMUNITIES:
                self._held.popitem(last=False)
        return {member: held for member, (_, held) in after.items()}

    def _told(self, community: str, doubts: Sequence[_Doubt]) -> Iterator[Review]:
        """Yield the reviews of what is in doubt, less what has expired: nobody need decide on that."""
        now, charters = self._clock(), self._standings.charters(community) if doubts else []
        for doubt in doubts:
            award = doubt.holding.award
            both = (each for each in (award, doubt.twin) if each)
            if all(each.expires is None or each.expires > now for each in both):
                ground = self._ground(community, doubt, charters, now)
                yield Review(award, doubt.holding.member, ground, award.upheld == ground.digest)

    def _ground(self, community: str, doubt: _Doubt, charters: Sequence[Charter], now: int) -> Ground:
        award = doubt.holding.award
        if doubt.twin:
            return duplicate(doubt.twin.credential, doubt.twin.earned)
        key = (community, award.stream, doubt.holding.written, charters[-1].version)
        with self._lock:
            known = self._grounds.get(key)
        if known is None:
            (fact,) = self._book.at(community, [award.position])
            evidence = self._book.reveal(community, [fact])[0].get("evidence", ())
            state, member = self._standings.fold(community, doubt.holding.member)
            known = lost(state, member, Cited(fact.open, evidence), charters, doubt.spans, now)
            with self._lock:
                self._grounds[key] = known
                while len(self._grounds) > _GROUNDS:
                    self._grounds.popitem(last=False)
        return known
