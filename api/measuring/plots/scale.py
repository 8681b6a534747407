"""From values to places on a plot, with a few round numbers beside the axis."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_ROUND = (1, 2, 2.5, 5, 10)
_MOST = 3  # steps between the lowest and the highest number at the axis


class Scale(NamedTuple):
    """An axis from `low` to `high` whose numbers are `step` apart; drawn between `bottom` and `top`."""

    low: float
    high: float
    step: float
    bottom: float
    top: float

    def at(self, value: float) -> float:
        """Return where a value is drawn."""
        return self.bottom - (value - self.low) / (self.high - self.low) * (self.bottom - self.top)

    @property
    def ticks(self) -> list[float]:
        """The round numbers beside it, the lowest first."""
        return [
            round(self.low + number * self.step, 9) for number in range(round((self.high - self.low) / self.step) + 1)
        ]


def scale(values: Iterable[float], bottom: float, top: float, *, whole: bool = False, by: float = 1) -> Scale:
    """Return an axis that has 0 and all values; with `whole`, its numbers have no decimals.

    `by`: what its numbers are round in, as 24 for days where values are hours.
    """
    known = [0.0, *values]
    low, high = min(known) / by, max(known) / by
    step = _step(((high - low) or 1.0) / _MOST, whole=whole)
    least = math.floor(round(low / step, 9)) * step
    most = math.ceil(round(high / step, 9)) * step
    return Scale(least * by, (most if most > least else least + step) * by, step * by, bottom, top)


def _step(least: float, *, whole: bool) -> float:
    """Return the smallest round number that is no less; with `whole`, of those without decimals."""
    power = 10.0 ** math.floor(math.log10(least))
    found = (round(each * power, 9) for each in _ROUND if each * power >= least * 0.999)
    return next(step for step in (*found, 10 * power, 1.0) if not whole or step == int(step))


def apart(wanted: Sequence[float], gap: float, top: float, bottom: float) -> list[float]:
    """Return places near those wanted, in the same order of height, each at least `gap` from the next."""
    order = sorted(range(len(wanted)), key=lambda number: wanted[number])
    places = [min(max(wanted[number], top), bottom) for number in order]
    for number in range(1, len(places)):
        places[number] = max(places[number], places[number - 1] + gap)
    for number in range(len(places) - 1, -1, -1):
        ceiling = bottom if number == len(places) - 1 else places[number + 1] - gap
        places[number] = min(places[number], ceiling)
    found = dict(zip(order, places, strict=True))
    return [found[number] for number in range(len(wanted))]
