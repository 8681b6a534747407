"""What one pass over a community's facts notes of a quarter: who did what, who came and went, awards and stories."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from projections.fold.heard import Heard, heard, joined
from projections.fold.people import Account
from projections.fold.subjects import by_time, kind_of
from projections.leading.deeds import Deeds

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ledger import Fact

ISSUED, REVOKED = "award.issued.v1", "award.revoked.v1"


class Span(NamedTuple):
    """A quarter and its neighbours. Instants in µs: `before` and `after` begin the one before and end the next."""

    before: int
    start: int
    end: int
    after: int

    def holds(self, at: int) -> bool:
        """Return whether an instant lies in the quarter."""
        return self.start <= at < self.end


class Noted:
    """Facts of a community, added page by page, in order of position."""

    def __init__(self, span: Span) -> None:
        self.span = span
        self.deeds = Deeds(span.before)
        self.heard: Heard = {}
        self.awards: list[Fact] = []
        self.revoked: set[str] = set()  # streams of awards
        self.stories: list[Fact] = []
        self.comings: defaultdict[Account, list[Fact]] = defaultdict(list)

    def add(self, facts: Iterable[Fact]) -> None:
        """Take a page of facts in."""
        facts = list(facts)
        self.deeds.add(facts)
        for channel, days in heard(facts).items():
            self.heard[channel] = joined(self.heard.get(channel, {}), days)
        for fact in facts:
            name = kind_of(fact.topic)
            if fact.topic == ISSUED and self.span.holds(fact.open["earned"]):
                self.awards.append(fact)
            elif fact.topic == REVOKED:
                self.revoked.add(fact.stream)
            elif name == "impact" and self.span.holds(fact.time):
                self.stories.append(fact)
            elif name == "membership" and fact.time < self.span.end:
                self.comings[Account(fact.open["member"])].append(fact)

    def last_coming(self, accounts: Iterable[Account], stands: Stands) -> Fact | None:
        """Return the last that was told of whether she is a member, by the quarter's end; None: nothing was."""
        told = (fact for one in accounts if one in self.comings for fact in self.comings[one] if stands(fact))
        return max(told, key=by_time, default=None)


if TYPE_CHECKING:
    from collections.abc import Callable

    Stands = Callable[[Fact], bool]
