"""What was heard of each source, day by day: how many facts of each kind, and with which words in them.

A channel is what can fall silent by itself: a source, a kind of fact from it, one value of a field of these, one
metric. What people decide by hand (assignments, moderation, consent, links, withdrawals) comes when it comes, and
is not listened to. The counts only add up, so facts may be counted in any order, and those of two batches apart.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from projections.charters.vocabulary import field_values, fields
from projections.fold.subjects import kind_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ledger import Fact

DAY = 86_400_000_000  # µs
PRACTICE = ("contribution", "attendance", "endorsement", "response", "impact", "membership", "metric")
LAG = "lag"
BACKFILLED = 32  # days: what is reported later is history, and says nothing of how soon a source reports
_UNHEARD = frozenset({("metric", "window")})


class Channel(NamedTuple):
    """A source; of it a kind of fact, where `fact` is not empty; of these one value of a field, where that is not.

    With no `fact`, and `lag` as the field, it is the facts that were recorded less than 2 ** `value` days late.
    """

    source: str
    fact: str = ""
    field: str = ""
    value: str = ""

    def __str__(self) -> str:
        return "|".join(self)


Days = dict[int, int]
"""How many facts on which day, counted from 1970-01-01 in UTC; days without any are absent."""
Heard = dict[Channel, Days]


def channel(text: str) -> Channel:
    """Return the channel that was written so."""
    return Channel(*text.split("|"))


@cache
def listened(fact: str) -> tuple[str, ...]:
    """Return the fields of a kind of fact that are listened to: those from closed lists, and a metric's name."""
    closed = [field for field in fields(fact) if field_values(fact, field)[0] and (fact, field) not in _UNHEARD]
    return (*closed, "metric") if fact == "metric" else tuple(closed)


def heard(facts: Iterable[Fact]) -> Heard:
    """Return what these facts let be heard."""
    alike = Counter(map(_alike, facts))
    found: Heard = {}
    for (source, fact, day, lag, values), number in alike.items():
        if fact in PRACTICE:
            for one in _channels(source, fact, lag, values):
                days = found.setdefault(one, {})
                days[day] = days.get(day, 0) + number
    return found


def joined(one: Days, other: Days) -> Days:
    """Return what was heard in both."""
    return {day: one.get(day, 0) + other.get(day, 0) for day in sorted(one.keys() | other.keys())}


def _alike(fact: Fact) -> tuple[str, str, int, int, tuple[str | None, ...]]:
    """Return all of a fact that is listened to."""
    name, told = kind_of(fact.topic), fact.open
    late = max(0, fact.recorded - fact.time) // DAY
    lag = -1 if late >= BACKFILLED else late.bit_length()
    values = tuple(told.get(field) for field in listened(name))
    return told.get("source", ""), name, fact.time // DAY, lag, values


def _channels(source: str, fact: str, lag: int, values: tuple[str | None, ...]) -> Iterator[Channel]:
    yield Channel(source, fact)
    if lag >= 0:
        yield Channel(source, "", LAG, str(lag))
    for field, value in zip(listened(fact), values, strict=True):
        if value is not None:
            yield Channel(source, fact, field, str(value))
