"""When is a pause too long? What came again and again, held against how it used to come.

Everything is counted in days of UTC since 1970-01-01. A pause is measured by one clock or several: the calendar,
and what went on meanwhile. By each it must be longer than usual, so that nothing is missed merely because
everybody is on holiday, or because there was nobody to bring it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import accumulate, pairwise
from math import ceil
from typing import TYPE_CHECKING, NamedTuple, Protocol

from projections.fold.spans import DOOM

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

USUAL = 0.9  # of all pauses are not longer than the usual one
TIMES = 3  # as long as the usual one a pause may last
BEYOND = 1.25  # times the longest it may last
LOOKS_BACK = 730  # days before the last time
FEWEST = 8  # pauses it takes to say what is usual
ESTABLISHED = 90  # days over which they lie
SHORTEST = 7  # days: what lasts no longer is no silence


class Clock(Protocol):
    """What goes on while nothing comes, counted."""

    least: int
    """The most that is never too much."""

    def at(self, day: int) -> int:
        """Return what it reads at the end of a day."""

    def passes(self, reading: int) -> int:
        """Return the first day at whose end it reads more, or `DOOM`."""


class Calendar:
    """Counts days. `slack`: how many more a pause may last, because what happened is told so much later."""

    least = SHORTEST

    def __init__(self, slack: int = 0) -> None:
        self._slack = slack

    def at(self, day: int) -> int:
        """Return the day."""
        return day

    def passes(self, reading: int) -> int:
        """Return the next day, later by the slack."""
        return reading + 1 + self._slack


class Tally:
    """Counts what there was on each day."""

    def __init__(self, counts: Mapping[int, int], least: int) -> None:
        self.least = least
        self._days = sorted(counts)
        self._sums = list(accumulate((counts[day] for day in self._days), initial=0))

    def at(self, day: int) -> int:
        """Return how many there were up to the end of a day."""
        return self._sums[bisect_right(self._days, day)]

    def passes(self, reading: int) -> int:
        """Return the day on which there were more than so many."""
        place = bisect_right(self._sums, reading)
        return self._days[place - 1] if place < len(self._sums) else DOOM


class Silence(NamedTuple):
    """A pause, in days: since when, how long the usual and the longest were, and from which day on it is too long.

    `since` is `DOOM` where it is not known yet when that will be.
    """

    last: int
    usual: int
    longest: int
    since: int

    def broken(self, day: int) -> bool:
        """Return whether the pause is too long on that day."""
        return self.since <= day


def silence(came: Sequence[int], clocks: Sequence[Clock], day: int) -> Silence | None:
    """Return the pause since the last of the days on which something came (in order), as of a day.

    None where it never came by then, or too seldom or too briefly to say what is usual.
    """
    came = came[: bisect_right(came, day)]
    if not came:
        return None
    known = came[bisect_left(came, came[-1] - LOOKS_BACK) :]
    if len(known) <= FEWEST or known[-1] - known[0] < ESTABLISHED:
        return None
    since = max(_patience(known, clock) for clock in clocks)
    pauses = sorted(after - before for before, after in pairwise(known))
    return Silence(known[-1], _usual(pauses), pauses[-1], since)


def _patience(known: Sequence[int], clock: Clock) -> int:
    """Return the day from which on, by this clock, the pause after the last of the days is too long."""
    readings = [clock.at(day) for day in known]
    pauses = sorted(after - before for before, after in pairwise(readings))
    allowed = max(TIMES * _usual(pauses), BEYOND * pauses[-1], clock.least)
    return clock.passes(readings[-1] + ceil(allowed))


def _usual(pauses: Sequence[int]) -> int:
    """Return what nine in ten of the pauses (in order) do not exceed."""
    return pauses[ceil(USUAL * len(pauses)) - 1]
