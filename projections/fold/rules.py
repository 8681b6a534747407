"""A rule held against a member: when it is met, and why.

Every measure is one thing: entries, each counting for a stretch of time. How much there is at an instant
is a step function over them, and when it suffices is spans; so the whole past and what is known of the
future come out of one pass, and explaining an instant is looking at the entries that cover it.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from projections.charters.language import Group, Leaf, asks_for
from projections.fold.entries import counting, matches, predicate, taking_part
from projections.fold.spans import ALWAYS, DOOM, Spans, Steps, both, either, outside, some, united, within
from projections.fold.values import (
    Entry,
    anchored,
    at_most_each,
    change,
    different,
    latest,
    percent,
    streak,
    total,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import tzinfo

    from projections.charters.language import Grant
    from projections.fold.whole import Units

T = TypeVar("T")

OF_A_SERIES = ("series", "mode", "setting", "format", "instrument")
"""What is tested of what the community held, and not only of who took part."""


class Held(NamedTuple):
    """What the community held: sessions or instruments, each with its instant (µs) and fields to test."""

    at: int
    key: str
    fields: Mapping[str, object]


class Ground(NamedTuple):
    """All that a rule is held against: the member's units, what was derived of her, what the community held."""

    units: Units
    grants: Mapping[Grant, Spans]
    held: Callable[[str], Iterable[Held]]
    zone: tzinfo
    readings: dict[tuple[object, ...], Any]  # what was read already


class Reading(NamedTuple):
    """One leaf, read: its value over time and the entries behind it."""

    steps: Steps
    entries: list[Entry]


def met(node: Group | Leaf, ground: Ground) -> Spans:
    """Return when the node is met."""
    return asking(node, _explained)(ground)


def _explained(leaf: Leaf) -> Callable[[Ground], Spans]:
    return lambda ground: leaf_met(leaf, read(leaf, ground))


def asking(node: Group | Leaf, leaves: Callable[[Leaf], Callable[[T], Spans]]) -> Callable[[T], Spans]:
    """Return what says when the node is met, for whatever its leaves can be asked of."""
    if isinstance(node, Leaf):
        return leaves(node)
    below = [asking(one, leaves) for one in node.of]

    def every(ground: T) -> Spans:
        together = ALWAYS
        for one in below:
            together = both(together, one(ground))
            if not together:
                break  # nothing that follows can mend it
        return together

    return every if node.op == "all" else lambda ground: combined(node, [one(ground) for one in below])


def combined(group: Group, below: Sequence[Spans]) -> Spans:
    """Return when a group is met, of when each node below it is."""
    match group.op:
        case "all":
            return reduce(both, below, ALWAYS)
        case "any":
            return either(*below)
        case "none":
            return outside(either(*below))
    return some(below, group.at_least)


def leaf_met(leaf: Leaf, reading: Reading) -> Spans:
    """Return when the leaf's value lies within its bounds; where nothing was held, a share is never met."""
    spans = within(reading.steps, at_least=leaf.at_least, at_most=leaf.at_most)
    if leaf.measure == "share":
        spans = both(spans, united((start, end) for start, _, end, _, weight, _ in reading.entries if weight == 0))
    return spans


def read(leaf: Leaf, ground: Ground) -> Reading:
    """Return the leaf's value over time; leaves that differ only in their bounds are read once.

    But those whose value hangs on their bound: a tenure, and for how long a grant was held.
    """
    if leaf.measure == "tenure":
        return tenure(leaf, ground.units.since())
    if leaf.measure == "holds":
        return holding(leaf, granted(leaf, ground.grants))
    known = ground.readings
    if leaf.subject not in known:
        known[leaf.subject] = _read(leaf, ground)
    found: Reading = known[leaf.subject]
    return found


def _read(leaf: Leaf, ground: Ground) -> Reading:
    fits, units = predicate(leaf.where), ground.units
    if leaf.measure == "share":
        taken = (entry for unit in units.of(leaf.fact) if fits(unit.fields) for entry in taking_part(leaf, unit))
        return share(leaf, held_for(leaf, ground.held(leaf.fact)), taken)
    count = counting(leaf, ground.zone)
    entries = [entry for unit in units.of(subject_of(leaf)) if fits(unit.fields) for entry in count(unit, units.about)]
    return reading(leaf, entries, granted(leaf, ground.grants) if leaf.grant else [])


def granted(leaf: Leaf, grants: Mapping[Grant, Spans]) -> Spans:
    """Return when what a leaf names was granted."""
    return either(*(spans for grant, spans in grants.items() if asks_for(leaf, grant)))


def reading(leaf: Leaf, entries: list[Entry], held: Spans) -> Reading:
    """Return a leaf's value out of its entries; `held`: when the grant held since whose beginning it counts."""
    if leaf.grant:
        entries = anchored(entries, held)
    if leaf.each:
        entries = at_most_each(entries, leaf.each[1])
    return Reading(STEPS.get(leaf.measure, different)(entries), entries)


STEPS: dict[str, Callable[[list[Entry]], Steps]] = {
    "streak": streak,
    "sum": total,
    "latest": latest,
    "change": change,
}
"""How each measure comes out of its entries; the others count what is different."""


def subject_of(leaf: Leaf) -> str:
    """Return the kind of unit that a leaf counts: its fact, or for `open` the case that facts make together."""
    return "case" if leaf.measure == "open" else leaf.fact


# What is read otherwise


def tenure(leaf: Leaf, since: tuple[int, int] | None) -> Reading:
    """Whether she has been a member for `at_least` (1) or not yet (0): time alone decides.

    `since` is when she joined (µs), and the position of the fact that says so.
    """
    if since is None:
        return Reading([], [])
    joined, position = since
    steps = [(joined + (leaf.at_least or 0), leaf.at_least or 1)]
    return Reading(steps, [(joined, "", DOOM, "joined", 1, position)])


def holding(leaf: Leaf, spans: Spans) -> Reading:
    """Return a grant's timeline as a value: 1 while it holds, or its bound (µs) once it has held for so long."""
    need = leaf.at_least or 1
    wait = need if need > 1 else 0
    lasting = [(start + wait, end) for start, end in spans if end - start > wait]
    return Reading([turn for start, end in lasting for turn in ((start, need), (end, 0))], [])


def held_for(leaf: Leaf, held: Iterable[Held]) -> list[Held]:
    """Return which of what the community held a share is of, in order of time."""
    tests = [test for test in leaf.where if test.field in OF_A_SERIES]
    fits = (
        one
        for one in held
        if (leaf.since is None or one.at >= leaf.since) and all(matches(test, one.fields) for test in tests)
    )
    return sorted(fits, key=lambda one: (one.at, one.key))


def share(leaf: Leaf, held: Iterable[Held], taken: Iterable[Entry]) -> Reading:
    """Which part, in whole percent, of what the community held in the window she took part in."""
    window = DOOM if leaf.within is None else leaf.within
    stretch = {one.key: (one.at, min(one.at + window, DOOM)) for one in held}
    entries: list[Entry] = [(start, key, end, key, 0, 0) for key, (start, end) in stretch.items()]
    for start, unit, end, key, weight, position in taken:
        if key in stretch:
            opened, closed = stretch[str(key)]
            begin, stop = max(start, opened), min(end, closed)
            if begin < stop:
                entries.append((begin, unit, stop, key, weight, position))
    return Reading(percent(entries), entries)
