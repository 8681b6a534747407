"""From entries, each counting for a stretch of time, to how much there is at every instant."""

from __future__ import annotations

from collections import Counter
from heapq import heapreplace
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, cast

from projections.fold.spans import DAWN, DOOM, Spans, Steps

if TYPE_CHECKING:
    from collections.abc import Iterable

Entry = tuple[int, str, int, object, int, int]
"""What one unit adds to a measure: `(start, unit, end, key, weight, position)`. In `[start, end)` (µs) its key
counts, weighing `weight`; `unit` is the unit's own key, which puts entries of one instant in order. Plain
tuples, for there are millions of them."""

_first = itemgetter(0)
_start = itemgetter(0)
_end = itemgetter(2)


def merged(entries: Iterable[Entry]) -> list[Entry]:
    """Join entries of one unit and key where one follows the other without a gap: versions of a work that all count."""
    found: list[Entry] = []
    last: dict[tuple[str, object], int] = {}
    for entry in sorted(entries):
        known = last.get((entry[1], entry[3]))
        if known is not None and found[known][2] == entry[0]:
            start, unit, _, key, weight, position = found[known]
            found[known] = (start, unit, entry[2], key, weight, position)
        else:
            last[entry[1], entry[3]] = len(found)
            found.append(entry)
    return found


def anchored(entries: Iterable[Entry], held: Spans) -> list[Entry]:
    """Return what counts since the beginning of a grant's present hold: what began to count later than it."""
    whole = merged(entries)
    return [
        (start, unit, min(end, closes), key, weight, position)
        for opened, closes in held
        for start, unit, end, key, weight, position in whole
        if opened < start < closes
    ]


def at_most_each(entries: Iterable[Entry], most: int) -> list[Entry]:
    """Return the entries so that at each instant only the `most` earliest of each value count.

    The value is the first part of an entry's key. Where one of them ends, the next in turn begins to count.
    """
    free: dict[object, list[int]] = {}
    found: list[Entry] = []
    for start, unit, end, key, weight, position in sorted(entries):
        places = free.setdefault(cast("tuple[object, object]", key)[0], [DAWN] * most)
        begins = max(start, places[0])
        if begins < end:
            heapreplace(places, end)
            found.append((begins, unit, end, key, weight, position))
    return found


def _turns(entries: Iterable[Entry]) -> list[tuple[int, list[tuple[object, int, int]]]]:
    """Return what begins (+1) and ends (-1) at each instant, in order: key, weight and way."""
    turns = [(start, 1, key, weight) for start, _, _, key, weight, _ in entries]
    turns += [(end, -1, key, weight) for _, _, end, key, weight, _ in entries if end < DOOM]
    turns.sort(key=_first)
    return [(at, [(key, weight, way) for _, way, key, weight in group]) for at, group in groupby(turns, key=_first)]


def different(entries: list[Entry]) -> Steps:
    """How many different keys count at each instant."""
    passing = sorted((entry for entry in entries if entry[2] < DOOM), key=_end)
    if not passing:
        return _ever_different(entries)
    coming = sorted(entries, key=_start)
    active: dict[object, int] = {}
    steps: Steps = []
    come = gone = before = 0
    while gone < len(passing) or come < len(coming):
        at = min(
            coming[come][0] if come < len(coming) else DOOM,
            passing[gone][2] if gone < len(passing) else DOOM,
        )
        while come < len(coming) and coming[come][0] == at:
            key = coming[come][3]
            active[key] = active.get(key, 0) + 1
            come += 1
        while gone < len(passing) and passing[gone][2] == at:
            key = passing[gone][3]
            active[key] -= 1
            if not active[key]:
                del active[key]
            gone += 1
        if len(active) != before:
            before = len(active)
            steps.append((at, before))
    return steps


def _ever_different(entries: list[Entry]) -> Steps:
    """The same where nothing ever ceases to count: each key steps up once, at its first entry."""
    seen: set[object] = set()
    steps: Steps = []
    for start, _, _, key, _, _ in sorted(entries, key=_start):
        if key not in seen:
            seen.add(key)
            if steps and steps[-1][0] == start:
                steps.pop()
            steps.append((start, len(seen)))
    return steps


def total(entries: list[Entry]) -> Steps:
    """The sum of what counts at each instant."""
    amount = 0
    steps: Steps = []
    for at, turns in _turns(entries):
        amount += sum(weight * way for _, weight, way in turns)
        steps.append((at, amount))
    return steps


def latest(entries: list[Entry]) -> Steps:
    """The counter last reported, while it counts; else 0."""
    last: dict[object, int] = {}
    steps: Steps = []
    for at, turns in _turns(entries):
        for key, weight, way in sorted(turns, key=itemgetter(2)):  # what ends makes room for what begins
            if way < 0:
                last.pop(key, None)
            else:
                last[key] = weight
        steps.append((at, max(last.values(), default=0)))
    return steps


def change(entries: list[Entry]) -> Steps:
    """The latest answer after, less the latest before, on the instrument that shows the largest change."""
    answers: dict[tuple[str, str], int] = {}
    steps: Steps = []
    for start, _, _, key, weight, _ in sorted(entries, key=lambda entry: (entry[0], str(entry[3]), entry[4])):
        answers[cast("tuple[str, str]", key)] = weight
        pairs = [(answers.get((name, "pre")), answers.get((name, "post"))) for name, _ in answers]
        gains = [post - pre for pre, post in pairs if pre is not None and post is not None]
        if gains:
            steps.append((start, max(gains) // 1000))
    return steps


def streak(entries: list[Entry]) -> Steps:
    """The current run of consecutive periods; it ends when a whole period has passed without an act."""
    steps: Steps = []
    run, expires = 0, DOOM
    last: int | None = None
    for start, _, _, key, _, _ in sorted(entries, key=_start):
        period, ends = cast("tuple[int, int]", key)
        if last is None or period > last:
            if last is not None and period > last + 1:
                steps.append((expires, 0))
            run = run + 1 if last is not None and period == last + 1 else 1
            last, expires = period, ends
            steps.append((start, run))
    return [*steps, (expires, 0)] if steps else steps


def percent(entries: list[Entry]) -> Steps:
    """Which part, in whole percent, of what weighs nothing (it was held) is matched by what weighs something."""
    taken: Counter[object] = Counter()
    held = part = 0
    steps: Steps = []
    for at, turns in _turns(entries):
        for key, weight, way in turns:
            if weight == 0:
                held += way
            else:
                before = taken[key]
                taken[key] = before + way
                part += (before + way > 0) - (before > 0)
        steps.append((at, 100 * part // held if held else 0))
    return steps
