"""Alternating slices: ours, floor, floor, ours, ... and the median of each cycle's ratio."""

from __future__ import annotations

import time
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

SLICE_SECONDS = 0.4
CYCLES = 7


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two that take turns: `make` prepares a piece of work, untimed; `act` does it, timed."""

    items: int  # in one piece
    make: Callable[[], Any]
    act: Callable[[Any], object]

    def rate(self, seconds: float) -> float:
        """Return items per second, over one or more pieces that took at least `seconds` together."""
        spent, done = 0.0, 0
        while not done or spent < seconds:
            piece = self.make()
            start = time.perf_counter()
            self.act(piece)
            spent += time.perf_counter() - start
            done += self.items
        return done / spent


@dataclass(frozen=True, slots=True)
class Pair:
    """Ours, and the least that any solution must do."""

    ours: Side
    floor: Side


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A pair with a name. `at_least` is the ratio we mean to reach; `opened` sets up, and clears up."""

    name: str
    at_least: float
    opened: Callable[[], AbstractContextManager[Pair]]


@dataclass(frozen=True, slots=True)
class Result:
    """What was measured: items per second, and the median of the cycles' ratios."""

    name: str
    ours: float
    floor: float
    ratio: float
    at_least: float


class NotHereError(Exception):
    """A benchmark cannot run on this machine; the message is one line and says why."""


def run(benchmark: Benchmark, *, cycles: int = CYCLES, seconds: float = SLICE_SECONDS) -> Iterator[Result | None]:
    """Yield `None` after each cycle, and the result at the end. Raises `NotHereError`."""
    measured: list[tuple[float, float]] = []
    with benchmark.opened() as pair:
        pair.ours.rate(0)  # one piece of each, so that neither side pays for being first
        pair.floor.rate(0)
        for cycle in range(cycles):
            measured.append(_cycle(pair, seconds, ours_first=cycle % 2 == 0))
            yield None
    yield Result(
        benchmark.name,
        median(ours for ours, _ in measured),
        median(floor for _, floor in measured),
        median(ours / floor for ours, floor in measured),
        benchmark.at_least,
    )


def _cycle(pair: Pair, seconds: float, *, ours_first: bool) -> tuple[float, float]:
    """Return the rates of ours and of the floor, taken one right after the other."""
    if ours_first:
        ours = pair.ours.rate(seconds)
        return ours, pair.floor.rate(seconds)
    floor = pair.floor.rate(seconds)
    return pair.ours.rate(seconds), floor
