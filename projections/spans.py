"""Stretches of time, and counts that step up and down along it.

A *span* is a half-open stretch `[start, end)` in microseconds; *spans* are sorted, disjoint and never
touching. *Steps* are `(instant, value)`: from that instant on the value holds, and before the first it
is 0. A rule held against a member is spans; whatever is asked of it (met now, since when, when will it
change, was it met on 1 March) is a look-up, and no clock runs anywhere.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

DAWN = -(2**62)  # before every instant a fact can carry
DOOM = 2**62  # after every one

Spans = list[tuple[int, int]]
Steps = list[tuple[int, int]]

ALWAYS: Spans = [(DAWN, DOOM)]
_first = itemgetter(0)


def depth(many: Iterable[Spans]) -> Steps:
    """Return how many of the given spans cover each instant."""
    turns = sorted(turn for spans in many for start, end in spans for turn in ((start, 1), (end, -1)))
    steps: Steps = []
    value = 0
    for instant, group in groupby(turns, key=_first):
        value += sum(change for _, change in group)
        if not steps or steps[-1][1] != value:
            steps.append((instant, value))
    return steps


def within(steps: Steps, *, at_least: int | None = None, at_most: int | None = None) -> Spans:
    """Return when the value lies between the bounds (both inclusive; either may be open)."""
    low = DAWN if at_least is None else at_least
    high = DOOM if at_most is None else at_most
    spans: Spans = []
    opened: int | None = DAWN if low <= 0 <= high else None
    for instant, value in steps:
        if low <= value <= high:
            opened = instant if opened is None else opened
        elif opened is not None:
            if opened < instant:
                spans.append((opened, instant))
            opened = None
    if opened is not None:
        spans.append((opened, DOOM))
    return spans


def some(many: Sequence[Spans], at_least: int) -> Spans:
    """Return when at least `at_least` of the spans hold together."""
    return within(depth(many), at_least=at_least)


def both(left: Spans, right: Spans) -> Spans:
    """Return when both hold."""
    return some((left, right), 2)


def either(*many: Spans) -> Spans:
    """Return when any of them holds."""
    return some(many, 1)


def outside(spans: Spans) -> Spans:
    """Return when they do not hold."""
    return within(depth((spans,)), at_most=0)


def lengthened(spans: Spans, by: int) -> Spans:
    """Return the spans, each held `by` microseconds longer: the days of grace after a lapse."""
    return either([(start, min(end + by, DOOM)) for start, end in spans]) if spans else []


def value_at(steps: Steps, instant: int) -> int:
    """Return the value in force at the instant (0 before the first step)."""
    at = bisect_right(steps, (instant, DOOM))
    return steps[at - 1][1] if at else 0


def span_at(spans: Spans, instant: int) -> tuple[int, int] | None:
    """Return the span that covers the instant, or None."""
    at = bisect_right(spans, (instant, DOOM))
    if at and spans[at - 1][0] <= instant < spans[at - 1][1]:
        return spans[at - 1]
    return None


def next_turn(spans: Spans, after: int) -> int | None:
    """Return the first instant later than `after` at which the answer turns, or None."""
    turns = (turn for span in spans for turn in span if after < turn < DOOM)
    return min(turns, default=None)


def differing(left: Steps, right: Steps) -> Spans:
    """Return when two step functions do not have the same value."""
    turns = sorted({instant for instant, _ in left} | {instant for instant, _ in right})
    changed = [(turn, int(value_at(left, turn) != value_at(right, turn))) for turn in turns]
    return within(changed, at_least=1)
