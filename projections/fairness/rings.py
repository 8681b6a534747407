"""Rings: three people or more who lift one another by endorsements that hardly anybody else gives them.

The graph is looked at in windows of a year. From each member who both gives and receives, a group is grown
by whoever makes its inner voices least likely by chance; what remains is held against plain bounds, all of
them in `Bounds` and in docs/fairness.md. It only proposes: two people who review each other are never a
ring, and a group that others endorse as well, or that goes on for years, is a team.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter, defaultdict
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from projections.fairness.voices import Graph, Voice
    from projections.fold.people import Account

DAY = 86_400_000_000  # µs
_LN10 = math.log(10)


class Bounds(NamedTuple):
    """What it takes for a group to be proposed. Nothing else decides."""

    window: int = 360  # days looked at together
    step: int = 120  # days from one window to the next
    smallest: int = 3  # people
    largest: int = 12
    each: int = 2  # voices that everyone gives to the group and gets from it, at least
    knit: float = 0.5  # the part of the group with whom everyone exchanges voices, either way, at least
    surprise: float = 10.0  # one in so many powers of ten, by chance
    closed: float = 0.3  # the part of the voices its members got that came from inside, at least
    alone: float = 0.2  # the part of the works endorsed inside that nobody outside endorsed, at least
    together: float = 0.9  # the part of what they ever said of one another that was said in this window, at least
    # and one of these two:
    quick: int = 150  # days within which most was said, at most
    chorus: float = 1.4  # voices from inside for each work, at least


class Measures(NamedTuple):
    """What is unusual about a group, measured in its window."""

    inside: int  # voices among them
    expected: float  # by chance, if everybody gave and got as many as they did
    surprise: float  # powers of ten
    received: int  # voices they got from anyone
    given: int
    closed: float
    to_inside: float  # the part of the voices they gave that stayed inside
    alone: float
    together: float
    days: int  # the fewest in which four of five of their voices were given
    chorus: float
    mutual: float  # the part of the pairs where each endorsed the other; honest pairs do, so it decides nothing
    thin: float | None  # how long these works are beside what is usual; None: lengths are not told. Decides nothing


class Group(NamedTuple):
    """People who endorsed one another, with the voices among them in the window, in order of time."""

    members: frozenset[Account]
    voices: tuple[Voice, ...]
    measures: Measures


class _Window:
    """The graph of some months: who endorsed whom how often."""

    def __init__(self, voices: Sequence[Voice]) -> None:
        self.voices = voices
        self.to: defaultdict[Account, Counter[Account]] = defaultdict(Counter)
        self.given: Counter[Account] = Counter()
        self.got: Counter[Account] = Counter()
        for voice in voices:
            self.to[voice.by][voice.whom] += 1
            self.given[voice.by] += 1
            self.got[voice.whom] += 1

    def expected(self, members: Iterable[Account]) -> float:
        """Return how many voices there would be among them by chance: as many given and got, to whomever."""
        some = list(members)
        given, got = (sum(counted[one] for one in some) for counted in (self.given, self.got))
        return (given * got - sum(self.given[one] * self.got[one] for one in some)) / len(self.voices)


def rings(graph: Graph, bounds: Bounds | None = None) -> list[Group]:
    """Return the groups to show to a person, the most surprising first."""
    bounds = bounds or Bounds()
    chosen: list[Group] = []
    found = [group for group in candidates(graph, bounds) if is_ring(group.measures, bounds)]
    for group in sorted(found, key=lambda one: (-one.measures.surprise, sorted(one.members))):
        if all(2 * len(group.members & other.members) < len(group.members) for other in chosen):
            chosen.append(group)
    return chosen


def is_ring(found: Measures, bounds: Bounds) -> bool:
    """Return whether a group is to be proposed."""
    asked = found.surprise >= bounds.surprise and found.closed >= bounds.closed
    asked = asked and found.alone >= bounds.alone and found.together >= bounds.together
    return asked and (found.days <= bounds.quick or found.chorus >= bounds.chorus)


def candidates(graph: Graph, bounds: Bounds) -> Iterator[Group]:
    """Yield every group that stands out in some window, measured; each set of people once for each window."""
    usual = _usual_length(graph)
    ever: defaultdict[Account, Counter[Account]] = defaultdict(Counter)
    for voice in graph.voices:
        ever[voice.by][voice.whom] += 1
    for voices in _windows(graph.voices, bounds):
        window = _Window(voices)
        for members in sorted(_grown(window, bounds), key=sorted):
            yield _measured(graph, window, members, ever, usual)


def _windows(voices: Sequence[Voice], bounds: Bounds) -> Iterator[Sequence[Voice]]:
    """Yield the voices of each window, the last of which ends with the last voice."""
    if not voices:
        return
    times = [voice.at for voice in voices]
    width, step = bounds.window * DAY, bounds.step * DAY
    ends = times[-1] + 1
    while ends > times[0]:
        first, last = bisect_left(times, ends - width), bisect_left(times, ends)
        if last - first >= bounds.smallest * bounds.each:
            yield voices[first:last]
        ends -= step


def _grown(window: _Window, bounds: Bounds) -> set[frozenset[Account]]:
    """Return the groups grown from everyone who both gives and gets."""
    there = _circle({one for one in window.given if one in window.got}, window, bounds.each)
    near: defaultdict[Account, Counter[Account]] = defaultdict(Counter)
    for one in there:
        for other, count in window.to[one].items():
            if other in there:
                near[one][other] += count
                near[other][one] += count
    found = {_core(_grow(seed, near, window, bounds), window, bounds) for seed in sorted(there)}
    return {members for members in found if len(members) >= bounds.smallest}


def _grow(
    seed: Account, near: defaultdict[Account, Counter[Account]], window: _Window, bounds: Bounds
) -> list[Account]:
    """Return the group that grows from one person, by whoever makes it most surprising, while it does."""
    given, got, total = window.given, window.got, len(window.voices)
    members, inside, best = [seed], 0, 0.0
    gave, came, own = given[seed], got[seed], given[seed] * got[seed]
    edge, met = Counter(near[seed]), Counter(near[seed].keys())
    while edge and len(members) < bounds.largest:
        top, chosen = 0.0, seed
        for one, links in sorted(edge.items()):
            if met[one] < bounds.knit * len(members):
                continue
            chance = ((gave + given[one]) * (came + got[one]) - own - given[one] * got[one]) / total
            found = _surprise(inside + links, chance)
            if found > top:
                top, chosen = found, one
        if top <= best:
            break
        best, inside = top, inside + edge.pop(chosen)
        gave, came, own = gave + given[chosen], came + got[chosen], own + given[chosen] * got[chosen]
        members.append(chosen)
        for other, links in near[chosen].items():
            if other not in members:
                edge[other] += links
                met[other] += 1
    return members


def _surprise(found: int, expected: float) -> float:
    """Return how unlikely so many are where so many are expected, in powers of ten (Poisson, by its bound)."""
    return (found * math.log(found / expected) - (found - expected)) / _LN10 if found > expected > 0 else 0.0


def _core(members: Iterable[Account], window: _Window, bounds: Bounds) -> frozenset[Account]:
    """Return those of a group among whom voices go round, and everyone gives and gets her part."""
    left = set(members)
    while True:
        before = len(left)
        left = _circle(left, window, bounds.each)
        left = max(_rounds(left, window), key=lambda some: (len(some), sorted(some)), default=set())
        if len(left) == before:
            return frozenset(left)


def _circle(members: set[Account], window: _Window, each: int) -> set[Account]:
    """Return those who give and get so many voices among themselves."""
    left = set(members)
    while True:
        got: Counter[Account] = Counter()
        gave: Counter[Account] = Counter()
        for one in left:
            for other, count in window.to[one].items():
                if other in left:
                    gave[one] += count
                    got[other] += count
        fewer = {one for one in left if gave[one] >= each and got[one] >= each}
        if len(fewer) == len(left):
            return left
        left = fewer


def _rounds(members: set[Account], window: _Window) -> list[set[Account]]:
    """Return the parts in which everyone is reached from everyone by voices."""
    reach = {one: _reached(one, members, window) for one in members}
    parts: dict[frozenset[Account], set[Account]] = {}
    for one in members:
        part = {other for other in reach[one] if one in reach[other]}
        parts[frozenset(part)] = part
    return list(parts.values())


def _reached(start: Account, members: set[Account], window: _Window) -> set[Account]:
    found, edge = {start}, [start]
    while edge:
        edge = [other for one in edge for other in window.to[one] if other in members and other not in found]
        found.update(edge)
    return found


def _usual_length(graph: Graph) -> float | None:
    """Return how long a work usually is, or None where too few platforms say."""
    lengths = [work.length for work in graph.works.values() if work.length is not None]
    return median(lengths) if lengths and 2 * len(lengths) >= len(graph.works) else None


def _measured(
    graph: Graph,
    window: _Window,
    members: frozenset[Account],
    ever: defaultdict[Account, Counter[Account]],
    usual: float | None,
) -> Group:
    voices = tuple(voice for voice in window.voices if voice.by in members and voice.whom in members)
    works = {voice.on for voice in voices}
    helped = {voice.on for voice in window.voices if voice.on in works and voice.by not in members}
    received, given = (sum(counted[one] for one in members) for counted in (window.got, window.given))
    pairs = [(one, other) for one in members for other in members if one < other]
    mutual = sum(1 for one, other in pairs if window.to[one][other] and window.to[other][one])
    lengths = [work.length for on in works if (work := graph.works.get(on)) and work.length is not None]
    expected = window.expected(members)
    measures = Measures(
        inside=len(voices),
        expected=expected,
        surprise=_surprise(len(voices), expected),
        received=received,
        given=given,
        closed=len(voices) / received,
        to_inside=len(voices) / given,
        alone=1 - len(helped) / len(works),
        together=len(voices) / sum(ever[one][other] for one in members for other in members),
        days=_days(voices),
        chorus=len(voices) / len(works),
        mutual=mutual / len(pairs),
        thin=median(lengths) / usual if usual and 2 * len(lengths) >= len(works) else None,
    )
    return Group(members, voices, measures)


def _days(voices: Sequence[Voice]) -> int:
    """Return the fewest days in which four of five of the voices were given."""
    most = math.ceil(len(voices) * 4 / 5)
    spans = (last.at - first.at for first, last in zip(voices, voices[most - 1 :], strict=False))
    return min(spans) // DAY + 1
