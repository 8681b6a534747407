"""Alternating slices: ours, floor, floor, ours, ... and the median of each cycle's ratio."""

from __future__ import annotations

import time
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from bench.cpu import at_once, nobody

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

SLICE_SECONDS = 0.4
CYCLES = 7
MICRO = 1_000_000


class Slice(NamedTuple):
    """One turn of one side: items per second, and µs of CPU for each item (None where it cannot be told)."""

    rate: float
    cpu: float | None


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two that take turns: `make` prepares a piece of work, untimed; `act` does it, timed.

    `others` tells the CPU seconds so far of the other processes that work for this side. This process's own
    are counted too, unless it only watches (`drives`: it plays the client of a server). `rest` returns when
    what this side still does behind its answers is done, so that the other's turn is its own.
    """

    items: int  # in one piece
    make: Callable[[], Any]
    act: Callable[[Any], object]
    others: Callable[[], float | None] = nobody
    drives: bool = False
    rest: Callable[[], object] = at_once

    def turn(self, seconds: float) -> Slice:
        """Return what one or more pieces cost that took at least `seconds` together."""
        spent, own, done = 0.0, 0.0, 0
        before = self.others()
        while not done or spent < seconds:
            piece = self.make()
            start, started = time.perf_counter(), time.process_time()
            self.act(piece)
            spent += time.perf_counter() - start
            own += time.process_time() - started
            done += self.items
        after = self.others()
        self.rest()
        if before is None or after is None:
            return Slice(done / spent, None)
        return Slice(done / spent, ((0.0 if self.drives else own) + after - before) / done * MICRO)


@dataclass(frozen=True, slots=True)
class Pair:
    """Ours, and the least that any solution must do."""

    ours: Side
    floor: Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """A pair with a name. `opened` sets up for work of `size` (each says of what), and clears up.

    `at_least` is the ratio we mean to reach, `aim` the one we would like. The ratio is of items per second,
    or `by` CPU of how much less ours takes for an item.
    """

    name: str
    at_least: float
    aim: float | None = None
    size: int
    opened: Callable[[int], AbstractContextManager[Pair]]
    by: Literal["time", "cpu"] = "time"


@dataclass(frozen=True, slots=True)
class Result:
    """What was measured: items per second, the median of the cycles' ratios, µs of CPU for an item."""

    name: str
    ours: float
    floor: float
    ratio: float
    at_least: float
    aim: float | None
    by: str
    ours_cpu: float | None
    floor_cpu: float | None


class NotHereError(Exception):
    """A benchmark cannot run on this machine; the message is one line and says why."""


def run(benchmark: Benchmark, *, cycles: int = CYCLES, seconds: float = SLICE_SECONDS) -> Iterator[Result | None]:
    """Yield `None` after each cycle, and the result at the end. Raises `NotHereError`."""
    measured: list[tuple[Slice, Slice]] = []
    with benchmark.opened(benchmark.size) as pair:
        pair.ours.turn(0)  # one piece of each, so that neither side pays for being first
        pair.floor.turn(0)
        for cycle in range(cycles):
            measured.append(_cycle(pair, seconds, ours_first=cycle % 2 == 0))
            yield None
    ratios = [_less_cpu(*both) if benchmark.by == "cpu" else both[0].rate / both[1].rate for both in measured]
    yield Result(
        benchmark.name,
        median(ours.rate for ours, _ in measured),
        median(floor.rate for _, floor in measured),
        median(ratios),
        benchmark.at_least,
        benchmark.aim,
        benchmark.by,
        _middle([ours.cpu for ours, _ in measured]),
        _middle([floor.cpu for _, floor in measured]),
    )


def _cycle(pair: Pair, seconds: float, *, ours_first: bool) -> tuple[Slice, Slice]:
    """Return what ours and the floor cost, taken one right after the other."""
    if ours_first:
        ours = pair.ours.turn(seconds)
        return ours, pair.floor.turn(seconds)
    floor = pair.floor.turn(seconds)
    return pair.ours.turn(seconds), floor


def _less_cpu(ours: Slice, floor: Slice) -> float:
    if not ours.cpu or not floor.cpu:
        raise NotHereError("wanted the CPU time of other processes (/proc), got none")
    return floor.cpu / ours.cpu


def _middle(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None
