"""Whom a rule calls ready, held against whom the community appointed. Definitions: `docs/studies/maintainers.md`.

All instants are µs. A *call* is the first moment in a window at which somebody who was never appointed stands ready.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from statistics import quantiles
from typing import TYPE_CHECKING, Any

from projections.fold.spans import DOOM, Spans, Steps, span_at, value_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from projections.fold.people import Account

DAY = 86_400_000_000
YEAR = 365 * DAY
HORIZON = 3 * YEAR
SEED = 20_260_820
RESAMPLES = 2_000

Calls = dict["Account", int]


@dataclass(frozen=True, slots=True)
class Window:
    """From when to when it is asked who is called ready and who is appointed: `[start, end)`, µs."""

    start: int
    end: int

    def has(self, at: int) -> bool:
        """Return whether an instant lies in it."""
        return self.start <= at < self.end


@dataclass(frozen=True, slots=True)
class Score:
    """How many were called, how many of them were appointed later, and how many were appointed in all."""

    called: int
    hits: int
    appointed: int

    @property
    def precision(self) -> float:
        """Of those called, the part that was appointed."""
        return self.hits / self.called if self.called else 0.0

    @property
    def recall(self) -> float:
        """Of those appointed, the part that was called beforehand."""
        return self.hits / self.appointed if self.appointed else 0.0

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        both = self.called + self.appointed
        return 2 * self.hits / both if both else 0.0

    def __add__(self, other: Score) -> Score:
        return Score(self.called + other.called, self.hits + other.hits, self.appointed + other.appointed)

    def told(self) -> dict[str, Any]:
        """Return it as JSON, parts to three places."""
        parts = {name: round(getattr(self, name), 3) for name in ("precision", "recall", "f1")}
        return {"called": self.called, "hits": self.hits, "appointed": self.appointed, **parts}


def calls(ready: Mapping[Account, Spans], first: Mapping[Account, int], window: Window) -> Calls:
    """Return who was called ready in a window, and when first. Whoever was appointed by then is not."""
    found: Calls = {}
    for member, spans in sorted(ready.items()):
        until = min(first.get(member, DOOM), window.end)
        begun = [max(start, window.start) for start, end in spans if max(start, window.start) < min(end, until)]
        if begun:
            found[member] = begun[0]
    return found


def matched(called: Calls, counts: Mapping[Account, Steps], first: Mapping[Account, int]) -> Calls:
    """Return whom a plain count calls: each time the rule calls somebody, whoever then leads by that count.

    Of those neither appointed nor called by it before; so both call as many people, at the same moments.
    """
    peaks = sorted(((max(value for _, value in steps), one) for one, steps in counts.items()), reverse=True)
    found: Calls = {}
    for at in sorted(called.values()):
        best: tuple[int, Account] | None = None
        for peak, one in peaks:
            if best is not None and peak < best[0]:
                break  # nobody further down ever reached as much
            if one not in found and first.get(one, DOOM) > at:
                now = (value_at(counts[one], at), one)
                best = now if best is None else max(best, now)
        if best is not None and best[0]:
            found[best[1]] = at
    return found


def score(called: Calls, first: Mapping[Account, int], window: Window, *, ahead: int = 0) -> Score:
    """Return how the calls fared by the window's end. `ahead` (µs): by how much a call must be the earlier."""
    chosen = {member: at for member, at in first.items() if window.has(at)}
    counted = {member: at for member, at in called.items() if first.get(member, DOOM) > at + ahead}
    return Score(len(counted), len(counted.keys() & chosen.keys()), len(chosen))


def by_year(called: Calls, first: Mapping[Account, int], window: Window, years: Sequence[Window]) -> list[Any]:
    """Return, for each year, how those called in it fared within the horizon, and who of its appointed was called.

    `judged` is false where the horizon ends after the window: some who were called may yet be appointed.
    """
    rows = []
    for year in years:
        mine = {member: at for member, at in called.items() if year.has(at)}
        soon = [one for one, at in mine.items() if at < first.get(one, DOOM) < min(at + HORIZON, window.end)]
        chosen = [one for one, at in first.items() if year.has(at)]
        told = [one for one in chosen if called.get(one, DOOM) < first[one]]
        row = {"called": len(mine), "hits": len(soon), "appointed": len(chosen), "beforehand": len(told)}
        rows.append({**row, "judged": year.end + HORIZON <= window.end})
    return rows


def within_horizon(called: Calls, first: Mapping[Account, int], window: Window) -> Score:
    """Return the score of those calls alone whose horizon lies in the window; `appointed` is not asked (0)."""
    judged = {member: at for member, at in called.items() if at + HORIZON <= window.end}
    return Score(len(judged), sum(at < first.get(one, DOOM) < at + HORIZON for one, at in judged.items()), 0)


def lists(
    ready: Mapping[Account, Spans], counts: Mapping[Account, Steps], first: Mapping[Account, int], at: int, most: int
) -> tuple[list[Account], list[Account]]:
    """Return who stands ready at an instant and is not appointed, and the `most` (0: as many) who lead by a count."""
    now = [member for member, spans in ready.items() if span_at(spans, at) and first.get(member, DOOM) > at]
    free = [one for one in counts if first.get(one, DOOM) > at and value_at(counts[one], at)]
    free.sort(key=lambda one: (-value_at(counts[one], at), one))
    return now, free[: most or len(now)]


def leads(ready: Mapping[Account, Spans], first: Mapping[Account, int], called: Calls, window: Window) -> list[float]:
    """Return how many days before her appointment each one called had first stood ready, in the whole history."""
    hits = [member for member in called if window.has(first.get(member, DOOM))]
    return sorted((first[member] - ready[member][0][0]) / DAY for member in hits)


def quartiles(values: Sequence[float]) -> list[int]:
    """Return the lower quartile, the median and the upper one, whole; [] of fewer than two."""
    return [round(value) for value in quantiles(values, method="inclusive")] if len(values) > 1 else []


def intervals(
    called: Mapping[str, Calls], first: Mapping[Account, int], window: Window, members: Iterable[Account]
) -> dict[str, Any]:
    """Return 95 % intervals from resampling people: of each caller's parts, and of the first's F1 less the others'."""
    rng = random.Random(SEED)  # noqa: S311  a study, not a secret
    chosen = {member for member, at in first.items() if window.has(at)}
    people = sorted({*members, *chosen})
    rows = [(one in chosen, [one in calls_ for calls_ in called.values()]) for one in people]
    rows = [row for row in rows if row[0] or any(row[1])]
    found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in called}
    for _ in range(RESAMPLES):
        # Who is neither called nor appointed adds nothing, so only how many of the others are drawn matters.
        drawn = rng.choices(rows, k=len(rows))
        for place, name in enumerate(called):
            hits = sum(1 for is_chosen, is_called in drawn if is_chosen and is_called[place])
            each = Score(sum(is_called[place] for _, is_called in drawn), hits, sum(one for one, _ in drawn))
            found[name].append((each.precision, each.recall, each.f1))
    ours = next(iter(called))
    told: dict[str, Any] = {}
    for name, samples in found.items():
        parts = {part: _middle([one[n] for one in samples]) for n, part in enumerate(("precision", "recall", "f1"))}
        gains = [a[2] - b[2] for a, b in zip(found[ours], samples, strict=True)]
        told[name] = parts if name == ours else {**parts, "behind": _middle(gains)}
    return told


def _middle(values: list[float]) -> list[float]:
    """Return what 95 in 100 of the values lie between."""
    values.sort()
    edge = len(values) // 40
    return [round(values[edge], 3), round(values[-edge - 1], 3)]
