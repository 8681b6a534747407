"""Stretches of time, and counts that step up and down along it.

A *span* is a half-open stretch `[start, end)` in microseconds; *spans* are sorted, disjoint and never
touching. *Steps* are `(instant, value)`: from that instant on the value holds, and before the first it
is 0. A rule held against a member is spans; whatever is asked of it (met now, since when, when will it
change, was it met on 1 March) is a look-up, and no clock runs anywhere. Nothing here changes a list it is
given, so lists may be shared.
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

Span = tuple[int, int]
Spans = list[Span]
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


def united(stretches: Iterable[Span]) -> Spans:
    """Return when any of the stretches holds, whatever their order and however they overlap."""
    spans: Spans = []
    opened = closes = DAWN - 1
    for start, end in sorted(stretches):
        if start >= end:
            continue
        if start > closes:
            if opened < closes:
                spans.append((opened, closes))
            opened, closes = start, end
        elif end > closes:
            closes = end
    if opened < closes:
        spans.append((opened, closes))
    return spans


def some(many: Sequence[Spans], at_least: int) -> Spans:
    """Return when at least `at_least` of the spans hold together."""
    return within(depth(many), at_least=at_least)


def both(left: Spans, right: Spans) -> Spans:
    """Return when both hold."""
    if not left or not right:
        return []
    if left == ALWAYS:
        return right
    if right == ALWAYS:
        return left
    spans: Spans = []
    here = there = 0
    while here < len(left) and there < len(right):
        (start, end), (begin, stop) = left[here], right[there]
        begin, last = max(start, begin), min(end, stop)
        if begin < last:
            spans.append((begin, last))
        if end <= stop:
            here += 1
        if stop <= end:
            there += 1
    return spans


def either(*many: Spans) -> Spans:
    """Return when any of them holds."""
    held = [spans for spans in many if spans]
    if len(held) > 1:
        return united(span for spans in held for span in spans)
    return held[0] if held else []


def outside(spans: Spans) -> Spans:
    """Return when they do not hold."""
    ends = [DAWN, *(turn for span in spans for turn in span), DOOM]
    gaps = zip(ends[::2], ends[1::2], strict=True)
    return [(start, end) for start, end in gaps if start < end]


def lengthened(spans: Spans, by: int) -> Spans:
    """Return the spans, each held `by` microseconds longer: the days of grace after a lapse."""
    return united((start, min(end + by, DOOM)) for start, end in spans) if by else spans


def held_on(enter: Spans, stay: Spans, grace: int) -> Spans:
    """Return what is held: from each beginning of `enter`, as long as that or `stay` goes on, and `grace` (µs) more."""
    runs = lengthened(either(enter, stay), grace)
    begun = ((next((start for start, end in enter if end > run and start < stop), DOOM), stop) for run, stop in runs)
    return [(start, stop) for start, stop in begun if start < stop]


def spliced(before: Spans, after: Spans, since: int) -> Spans:
    """Return what held before an instant (µs), and from there on what is held now."""
    if since <= DAWN:
        return after
    begun = [(start, min(end, since)) for start, end in before if start < since]
    after = [(max(start, since), end) for start, end in after if end > since]
    if begun and after and begun[-1][1] == after[0][0]:
        after[0] = (begun.pop()[0], after[0][1])
    return begun + after


def value_at(steps: Steps, instant: int) -> int:
    """Return the value in force at the instant (0 before the first step)."""
    at = bisect_right(steps, (instant, DOOM))
    return steps[at - 1][1] if at else 0


def span_at(spans: Spans, instant: int) -> Span | None:
    """Return the span that covers the instant, or None."""
    at = bisect_right(spans, (instant, DOOM))
    if at and spans[at - 1][0] <= instant < spans[at - 1][1]:
        return spans[at - 1]
    return None


def next_turn(spans: Spans, after: int) -> int | None:
    """Return the first instant later than `after` at which the answer turns, or None."""
    at = bisect_right(spans, (after, DOOM))
    turn = spans[at - 1][1] if at and spans[at - 1][1] > after else spans[at][0] if at < len(spans) else DOOM
    return turn if turn < DOOM else None


def differing(left: Steps, right: Steps) -> Spans:
    """Return when two step functions do not have the same value."""
    if left == right:
        return []
    turns = sorted({instant for instant, _ in left} | {instant for instant, _ in right})
    changed = [(turn, int(value_at(left, turn) != value_at(right, turn))) for turn in turns]
    return within(changed, at_least=1)
