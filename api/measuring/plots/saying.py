"""What a plot of a measure says, in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from api.measuring.plots.figures import figure, stretch

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
        return f"{name}: nothing is known yet."
    *before, last = known
    here = last.end.year
    parts = [f"{figure(last.value, unit)} in {stretch(last.begin, last.end, year=here)}"]
    values = [one.value for one in before if one.value is not None]
    if len(values) == 1:
        parts.append(f"{figure(values[0], unit)} in {stretch(before[0].begin, before[0].end, year=here)}")
    elif values:
        parts.append(f"{_between(values, unit)} the {len(values)} weeks before")
    if marks.target is not None:
        reached = sum(marks.reached(one.value) for one in known if one.value is not None)
        which = f"{reached} of these {len(known)} weeks" if len(known) > 1 else ("it" if reached else "no week")
        parts.append(f"the target of {figure(marks.target, unit)} was reached in {which}")
    return f"{name}: {', '.join(parts)}."


def _between(values: Sequence[float], unit: str) -> str:
    low, high = figure(min(values), unit), figure(max(values), unit)
    return f"{low} in each of" if low == high else f"between {low} and {high} in"
