"""What members did lately, as far as leading asks: acts of leading, sessions and who led them, what each works on.

Read from the end of the ledger, since an act of the last weeks was recorded in the last weeks, or was imported
since. Once read, only what is new is read again.
"""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

from projections.fold.people import Account
from projections.fold.subjects import kind_of
from projections.fold.terms import DAY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ledger import Fact

LATELY = 90 * DAY
LONG_AGO = 365 * DAY
MOST_READ = 200_000  # facts, from the end: a few seconds
LED = ("facilitator", "organizer", "speaker", "notetaker")
"""The parts in a session that are acts of leading."""
LEADS = frozenset({"facilitator", "organizer"})
"""Those of them that lead the session itself; where nobody is told of as such, whoever speaks does."""
_WORKS = {"facilitation": "facilitated", "mentoring": "mentored", "review": "reviewed"}
_THERE = ("joined", "left", "attended")
_AUTHORS = {"contribution": "author", "endorsement": "endorser", "response": "respondent", "impact": "member"}


class Deed(NamedTuple):
    """An act of leading. `what`: facilitated, mentored, reviewed or led (a part in a session)."""

    at: int  # µs
    who: Account
    what: str
    on: str  # the work or the session: the same one counts once
    stream: str


class Seat(NamedTuple):
    """What was last said of one account in one session."""

    at: int
    state: str
    role: str
    stream: str


class Deeds:
    """What was done from `since` (µs) on, as far as it is read. `position`: how far that is.

    One thread may add while others ask: those look at a copy of what there is at that moment.
    """

    def __init__(self, since: int, position: int = 0) -> None:
        self.since = since
        self.position = position
        self._works: list[Deed] = []
        self._seats: defaultdict[str, dict[Account, Seat]] = defaultdict(dict)
        self._acted: defaultdict[Account, array[int]] = defaultdict(lambda: array("q"))
        self._on: defaultdict[Account, dict[str, int]] = defaultdict(dict)
        self._voided: set[str] = set()

    def add(self, facts: Iterable[Fact]) -> None:
        """Take facts in, in order of position."""
        for fact in facts:
            self.position = max(self.position, fact.position)
            name = kind_of(fact.topic)
            if name == "retraction":
                self._voided.add(fact.open["retracts"])
            elif fact.time < self.since:
                continue
            elif name == "attendance":
                self._seat(fact)
            elif name in _AUTHORS and _AUTHORS[name] in fact.open:
                who = Account(fact.open[_AUTHORS[name]])
                self._acted[who].append(fact.time)
                self._work(name, who, fact)

    def _work(self, name: str, who: Account, fact: Fact) -> None:
        told = fact.open
        if name == "contribution":
            for what in (told.get("space"), *told.get("skills", ())):
                if what:
                    self._on[who][what] = min(fact.time, self._on[who].get(what, fact.time))
            what = _WORKS.get(told["kind"])
            if what:
                on = told.get("about", told["item"]) if what == "reviewed" else told["item"]
                self._works.append(Deed(fact.time, who, what, on, fact.stream))
        elif name == "endorsement" and told["strength"] == "review":
            self._works.append(Deed(fact.time, who, "reviewed", told.get("item", fact.stream), fact.stream))

    def _seat(self, fact: Fact) -> None:
        told = fact.open
        if "attendee" not in told or told["state"] not in (*_THERE, "absent"):
            return
        who, seats = Account(told["attendee"]), self._seats[told["session"]]
        known, role = seats.get(who), told.get("role", "attendee")
        if role == "attendee" and known is not None:
            role = known.role  # leaving is told without saying again who she was there
        if known is None or fact.time >= known.at:
            seats[who] = Seat(fact.time, told["state"], role, fact.stream)
        elif role != known.role:
            seats[who] = known._replace(role=role)
        if told["state"] != "absent":
            self._acted[who].append(fact.time)

    def sessions(self, after: int, at: int) -> Iterator[tuple[str, int, dict[Account, Seat]]]:
        """Yield each session somebody was at in `(after, at]` (µs): its key, when, and who was there."""
        for key, seats in list(self._seats.items()):
            there = {
                who: seat
                for who, seat in list(seats.items())
                if seat.state in _THERE and after < seat.at <= at and seat.stream not in self._voided
            }
            if there:
                yield key, min(seat.at for seat in there.values()), there

    def led(self, after: int, at: int) -> Iterator[Deed]:
        """Yield the acts of leading in `(after, at]` (µs), withdrawn ones left out; accounts as they were told."""
        yield from (one for one in list(self._works) if after < one.at <= at and one.stream not in self._voided)
        for key, _, seats in self.sessions(after, at):
            for who, seat in seats.items():
                if seat.role in LED:
                    yield Deed(seat.at, who, "led", key, seat.stream)

    def leaders_of(self, seats: dict[Account, Seat]) -> set[Account]:
        """Return who led a session: who facilitated or organised it, else who spoke."""
        first = {who for who, seat in seats.items() if seat.role in LEADS}
        return first or {who for who, seat in seats.items() if seat.role == "speaker"}

    def acted(self, accounts: Iterable[Account], after: int, at: int) -> bool:
        """Return whether one of the accounts did anything in `(after, at]` (µs)."""
        return any(after < time <= at for who in accounts if who in self._acted for time in self._acted[who])

    def works_on(self, accounts: Iterable[Account], at: int) -> set[str]:
        """Return the areas and skills of what the accounts made by the instant (µs)."""
        return {
            what for who in accounts if who in self._on for what, since in list(self._on[who].items()) if since <= at
        }


def tallied(
    deeds: Iterable[Deed], root: Callable[[Account], Account | None], after: int
) -> dict[Account, Counter[str]]:
    """Return how often each member did what, one work or session once; only what is later than `after` (µs)."""
    once = {(root(one.who), one.what, one.on) for one in deeds if one.at > after}
    counts: defaultdict[Account, Counter[str]] = defaultdict(Counter)
    for who, what, _ in once:
        if who is not None:
            counts[who][what] += 1
    return dict(counts)
