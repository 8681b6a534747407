"""How each source fares: what it reports, how much in which week, how often it used to come, and since when it did."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from projections.alarms.listened import KINDS
from projections.alarms.of_sources import silent_sources
from projections.alarms.raised import listened_of
from projections.alarms.silence import Calendar, silence
from projections.fold.heard import DAY

if TYPE_CHECKING:
    from ledger import Book
    from projections.alarms.alarm import Alarm
    from projections.alarms.listened import Listened
    from projections.fold.heard import Days
    from projections.views.views import Views

WEEKS = 26
DAY_SECONDS = 86_400


class Source(NamedTuple):
    """A source that has reported something, or that the charter declares."""

    name: str
    declared: bool
    kinds: dict[str, int]  # what its facts are called, and how many there are
    facts: int
    first: int | None  # µs, the day of its first fact in UTC; None where it never reported any
    last: int | None
    usual: int | None  # days that nine in ten of its pauses did not exceed; None where too little is known
    weeks: tuple[int, ...]  # facts in each of the last `WEEKS` weeks, the latest last
    silent: Alarm | None
    token: str = ""  # of its `source`; every fact of it has it
    gap: int | None = None  # seconds between two facts, by the median; None before the second


def sources_of(book: Book, views: Views, community: str, *, at: int) -> list[Source]:
    """Return a community's sources as of the instant (µs), those that report most first, unheard ones last."""
    known, _ = listened_of(book, views, community, at=at)
    silent = {alarm.of: alarm for alarm in silent_sources(known) if alarm.alarm == "silent-source"}
    heard = [_source(known, source, silent.get(known.name(source))) for source in known.sources]
    unheard = [
        Source(one.name, True, {}, 0, None, None, None, (0,) * WEEKS, None, token)  # noqa: FBT003  a row of a table
        for token, one in known.declared.items()
        if token not in known.sources
    ]
    return [*sorted(heard, key=lambda one: -one.facts), *unheard]


def _source(known: Listened, source: str, alarm: Alarm | None) -> Source:
    days = known.sources[source]
    pause = silence(sorted(days), [Calendar(known.slack(source))], known.day)
    weeks = [0] * WEEKS
    for day, number in days.items():
        back = (known.day - day) // 7
        if back < WEEKS:
            weeks[WEEKS - 1 - back] += number
    return Source(
        name=known.name(source),
        declared=source in known.declared,
        kinds={KINDS[fact]: sum(of.values()) for fact, of in known.kinds(source).items()},
        facts=sum(days.values()),
        first=min(days) * DAY,
        last=max(days) * DAY,
        usual=pause.usual if pause else None,
        weeks=tuple(weeks),
        silent=alarm,
        token=source,
        gap=_gap(days),
    )


def _gap(days: Days) -> int | None:
    """Return the median of the pauses between facts, in seconds; those of one day are taken to be evenly over it."""
    told = sorted(days)
    pauses = [(DAY_SECONDS // days[day], days[day] - 1) for day in told]
    pauses += [((then - day) * DAY_SECONDS, 1) for day, then in pairwise(told)]
    half, so_far = (sum(number for _, number in pauses) + 1) // 2, 0
    for pause, number in sorted(pauses):
        so_far += number
        if half and so_far >= half:
            return pause
    return None
