"""What a plot of a measure says, in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from api.measuring.plots.figures import figure, stretch
from schemas import joined, marked, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from api.measuring.plots.points import Point


class Marks(NamedTuple):
    """What a measure is held against: the charter's target, and a claim that nobody promised. None: there is none.

    `less`: whether less is better.
    """

    target: float | None = None
    claim: float | None = None
    less: bool = False

    def reached(self, value: float) -> bool:
        """Return whether a value is as the target wants it."""
        return self.target is not None and (value <= self.target if self.less else value >= self.target)


def marks_of(measure: Mapping[str, Any]) -> Marks:
    """Return what a measure is held against, as JSON tells it (`target`, `reference`, `least`)."""
    claim = measure["reference"]
    return Marks(measure["target"], claim and claim["value"], measure["least"])


def trend(name: str, points: Sequence[Point], unit: str, marks: Marks) -> str:
    """Return a measure's history in a sentence; where nothing is known, that."""
    known = [one for one in points if one.value is not None]
    if not known:
        return say("%(name)s: nothing is known yet.", name=name)
    *before, last = known
    here = last.end.year
    parts = [_in(last, last.value, unit, here)]
    values = [one.value for one in before if one.value is not None]
    if len(values) == 1:
        parts.append(_in(before[0], values[0], unit, here))
    elif values:
        parts.append(_between(values, unit))
    if marks.target is not None:
        reached = sum(marks.reached(one.value) for one in known if one.value is not None)
        parts.append(_reached(reached, len(known), figure(marks.target, unit)))
    return say("%(name)s: %(parts)s.", name=name, parts=joined(", ", parts))


def _in(point: Point, value: float | None, unit: str, year: int) -> str:
    return say("%(value)s in %(weeks)s", value=figure(value, unit), weeks=stretch(point.begin, point.end, year=year))


def _reached(reached: int, known: int, target: str) -> str:
    if known > 1:
        words = marked("the target of %(target)s was reached in %(reached)s of these %(known)s weeks")
        return say(words, target=target, reached=reached, known=known)
    if reached:
        return say("the target of %(target)s was reached in it", target=target)
    return say("the target of %(target)s was reached in no week", target=target)


def _between(values: Sequence[float], unit: str) -> str:
    low, high = figure(min(values), unit), figure(max(values), unit)
    if low == high:
        return say("%(value)s in each of the %(weeks)s weeks before", value=low, weeks=len(values))
    words = marked("between %(low)s and %(high)s in the %(weeks)s weeks before")
    return say(words, low=low, high=high, weeks=len(values))
