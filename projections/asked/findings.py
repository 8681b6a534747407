"""A leaf as it was read of one member, ready to be asked about any instant: how much, which facts, and which not.

What does not hang on the instant is worked out once.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import islice, pairwise
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from projections.charters.vocabulary import names_people
from projections.fold.entries import matches, predicate
from projections.fold.rules import granted, leaf_met, read
from projections.fold.spans import DAWN, DOOM, span_at
from projections.fold.subjects import kind
from schemas import format_time

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from projections.charters.language import Leaf, Test
    from projections.fold.rules import Ground
    from projections.fold.spans import Span
    from projections.fold.units import Unit
    from projections.fold.values import Entry

_DAY = 86_400_000_000  # µs
_first = itemgetter(0)

NotCounted = tuple[int, str]
"""A fact of the kind a leaf counts that it does not count, by position, and why in a person's words."""


def finding(leaf: Leaf, ground: Ground) -> Finding:
    """Return a leaf as it is read of a ground, which keeps it."""
    key = ("finding", id(leaf))
    known = ground.readings.get(key)
    if known is None:
        known = ground.readings[key] = Finding(leaf, ground)
    found: Finding = known
    return found


class Finding:
    """One leaf, read."""

    __slots__ = (
        "_entries",
        "_ground",
        "_passed",
        "_positions",
        "_starts",
        "_units",
        "_width",
        "leaf",
        "reading",
        "spans",
    )

    def __init__(self, leaf: Leaf, ground: Ground) -> None:
        self.leaf = leaf
        self.reading = read(leaf, ground)
        self.spans = leaf_met(leaf, self.reading)
        self._ground = ground
        self._entries: list[Entry] = sorted((one for one in self.reading.entries if one[5]), key=_first)
        self._starts = [one[0] for one in self._entries]
        widths = {None if one[2] == DOOM else one[2] - one[0] for one in self._entries}
        self._width = widths.pop() if len(widths) == 1 else -1  # of all alike; None: they last; -1: they differ
        positions = [one[5] for one in self._entries]
        in_order = all(one < other for one, other in pairwise(positions))
        self._positions = positions if in_order else None  # where the order of time is that of the ledger
        self._units: _Units | None = None
        self._passed = None if leaf.measure in ("holds", "tenure", "share", "open") else ground.units.passed

    def resting(self, at: int) -> list[int]:
        """Return the positions of the facts that count at the instant (µs), in order."""
        until = bisect_right(self._starts, at)
        if self._width == -1:
            return sorted({one[5] for one in self._entries[:until] if at < one[2]})
        since = 0 if self._width is None else bisect_right(self._starts, at - self._width)
        if self._positions is not None:
            return self._positions[since:until]
        return sorted({one[5] for one in self._entries[since:until]})

    def not_counted(self, at: int, resting: Collection[int], most: int | None = None) -> tuple[list[NotCounted], int]:
        """Return the facts of this kind that do not count at the instant (µs), latest first, and how many there are.

        At most `most` are told; those that nothing could make count come last.
        """
        if self._passed is None:
            return [], 0
        if self._units is None:
            self._units = _Units(self.leaf, self._ground)
        told, count = self._units.not_counted(at, resting, most)
        for passed in self._passed:
            if kind(passed.fact) == self.leaf.fact:
                count += 1
                if most is None or len(told) < most:
                    told.append((passed.fact.position, passed.why))
        return told, count


class _Units:
    """The units a leaf looks at, and which of them it would never count."""

    def __init__(self, leaf: Leaf, ground: Ground) -> None:
        self._leaf = leaf
        self._ground = ground
        self._units: Sequence[Unit] = ground.units.of(leaf.fact)
        fits = predicate(leaf.where)
        self._fits = [fits(unit.fields) for unit in self._units]
        self._starts = [unit.start for unit in self._units]
        self._unlike: dict[int, str] = {}
        self._lasts = all(unit.end == DOOM for unit in self._units)
        whole = leaf.since is None and not leaf.anchored and not leaf.each
        self._plain = (
            whole and self._lasts and (leaf.within is None or all(one.dated == one.start for one in self._units))
        )
        self._fitting = [start for start, fits in zip(self._starts, self._fits, strict=True) if fits]

    def not_counted(self, at: int, resting: Collection[int], most: int | None) -> tuple[list[NotCounted], int]:
        """See `Finding.not_counted`."""
        if not self._plain or most is None:
            every = list(self._each(at, resting))
            return every if most is None else every[:most], len(every)
        within = self._leaf.within
        past = 0 if within is None else bisect_right(self._fitting, at - within)
        count = len(self._units) - bisect_right(self._fitting, at) + past
        return list(islice(self._each(at, resting), min(most, count))), count

    def _each(self, at: int, resting: Collection[int]) -> Iterator[NotCounted]:
        leaf, units, fits = self._leaf, self._units, self._fits
        within, since, bounded = leaf.within, leaf.since, leaf.anchored or leaf.each is not None
        held = span_at(granted(leaf, self._ground.grants), at) if leaf.anchored else None
        for place in range(len(units) - 1, -1, -1):
            unit = units[place]
            why: str | None = None
            if unit.start > at:
                why = f"dated {instant(unit.start)}, after the moment asked about"
            elif unit.end <= at:
                continue  # a later version of the same work, or the next report of the same counter, stands for it
            elif not fits[place]:
                why = self._why_unlike(place, unit)
            elif within is not None and unit.dated + within <= at:
                why = f"older than the last {within // _DAY} days"
            elif since is not None and unit.dated < since:
                why = f"earlier than {instant(since)}"
            elif bounded:
                why = self._why_not_yet(unit, held, resting)
            if why:
                yield unit.position, why

    def _why_not_yet(self, unit: Unit, held: Span | None, resting: Collection[int]) -> str | None:
        leaf = self._leaf
        if leaf.anchored and held is None:
            return "there is no term or award now since which it could count"
        if leaf.anchored and held and unit.start <= held[0]:
            return f"not later than {instant(held[0])}, since when it counts"
        if leaf.each and unit.position not in resting:
            return f"beyond {leaf.each[1]} of the same {leaf.each[0].replace('_', ' ')}"
        return None

    def _why_unlike(self, place: int, unit: Unit) -> str:
        known = self._unlike.get(place)
        if known is None:
            failed = next(test for test in self._leaf.where if not matches(test, unit.fields))
            known = self._unlike[place] = _unlike(self._leaf.fact, failed, unit)
        return known


def _unlike(fact: str, test: Test, unit: Unit) -> str:
    got: Any = unit.fields.get(test.field, "not given")
    if test.field in unit.fields and names_people(fact, test.field):
        return f"{test.field} is somebody whom a rule cannot name"
    if test.one_of is None:
        bounds = ((test.at_least, "at least"), (test.at_most, "at most"))
        wanted = " and ".join(f"{words} {bound}" for bound, words in bounds if bound is not None)
        return f"{test.field} is {got}, wanted {wanted}"
    values = sorted(map(str, test.one_of))
    wanted = values[0] if len(values) == 1 else "one of " + ", ".join(values)
    return f"{test.field} is {', '.join(map(str, got)) if isinstance(got, list | tuple) else got}, wanted {wanted}"


def instant(at: int | None) -> str | None:
    """Return an instant (µs) as RFC 3339; None where it is none, or before every fact."""
    return None if at is None or at <= DAWN // 2 else format_time(at)
