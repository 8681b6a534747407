"""A rule held against a member: when it is met, and why.

Every measure is one thing: entries, each counting for a stretch of time. How much there is at an instant
is a step function over them, and when it suffices is spans; so the whole past and what is known of the
future come out of one pass, and explaining an instant is looking at the entries that cover it.
"""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from projections.calendar import begins, days, period_of
from projections.language import Group, Leaf
from projections.spans import ALWAYS, DOOM, Spans, Steps, both, either, outside, some, united, within
from projections.values import Entry, change, different, latest, percent, streak, total

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import tzinfo

    from projections.language import Test
    from projections.units import Unit
    from projections.whole import Units

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
    grants: Callable[[Leaf], Spans]
    held: Callable[[str], Iterable[Held]]
    zone: tzinfo
    readings: dict[tuple[object, ...], Reading]  # what was read already


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
    need = node.at_least

    def every(ground: T) -> Spans:
        together = ALWAYS
        for one in below:
            together = both(together, one(ground))
            if not together:
                break  # nothing that follows can mend it
        return together

    match node.op:
        case "all":
            return every
        case "any":
            return lambda ground: either(*[one(ground) for one in below])
        case "none":
            return lambda ground: outside(either(*[one(ground) for one in below]))
    return lambda ground: some([one(ground) for one in below], need)


def leaf_met(leaf: Leaf, reading: Reading) -> Spans:
    """Return when the leaf's value lies within its bounds; where nothing was held, a share is never met."""
    spans = within(reading.steps, at_least=leaf.at_least, at_most=leaf.at_most)
    if leaf.measure == "share":
        spans = both(spans, united((start, end) for start, _, end, _, weight, _ in reading.entries if weight == 0))
    return spans


def read(leaf: Leaf, ground: Ground) -> Reading:
    """Return the leaf's value over time; leaves that differ only in their bounds are read once."""
    if leaf.measure == "tenure":
        return tenure(leaf, ground.units.since())
    known = ground.readings
    if leaf.subject not in known:
        known[leaf.subject] = _read(leaf, ground)
    return known[leaf.subject]


def _read(leaf: Leaf, ground: Ground) -> Reading:
    if leaf.measure == "holds":
        return holding(ground.grants(leaf))
    fits, units = predicate(leaf.where), ground.units
    if leaf.measure == "share":
        taken = (entry for unit in units.of(leaf.fact) if fits(unit.fields) for entry in taking_part(leaf, unit))
        return share(leaf, held_for(leaf, ground.held(leaf.fact)), taken)
    count = counting(leaf, ground.zone)
    entries = [entry for unit in units.of(subject_of(leaf)) if fits(unit.fields) for entry in count(unit, units.about)]
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


def matches(test: Test, fields: Mapping[str, object]) -> bool:
    """Return whether the field is one of the values, or a number within the bounds; a list, if any of it is."""
    got = fields.get(test.field)
    if test.one_of is not None:
        if isinstance(got, list | tuple):
            return any(one in test.one_of for one in got)
        return got in test.one_of
    if not isinstance(got, int | float):
        return False
    low, high = test.at_least, test.at_most
    return (low is None or got >= low) and (high is None or got <= high)


@cache
def predicate(where: tuple[Test, ...]) -> Callable[[Mapping[str, object]], bool]:
    """Return the tests as one function of a unit's fields, made once for each `where` there is."""
    if not where:
        return lambda _: True
    if len(where) == 1 and (values := where[0].one_of) is not None:
        field = where[0].field

        def one(fields: Mapping[str, object]) -> bool:
            got = fields.get(field)
            return any(each in values for each in got) if isinstance(got, list | tuple) else got in values

        return one
    return lambda fields: all(matches(test, fields) for test in where)


# What one unit adds


def counting(leaf: Leaf, zone: tzinfo) -> Callable[[Unit, Callable[[str, str], list[Unit]]], list[Entry]]:
    """Return what makes entries of a unit that fits the leaf's `where`."""
    window, earliest = leaf.within, leaf.since
    if leaf.measure in _KEYS or leaf.having:
        return partial(_entries, leaf, zone, _KEYS.get(leaf.measure, _by_unit))

    def whole(unit: Unit, _: object) -> list[Entry]:
        start, end, dated, key, _, position = unit
        if window is not None and dated + window < end:
            end = dated + window
        if start >= end or (earliest is not None and dated < earliest):
            return []
        return [(start, key, end, key, 1, position)]

    return whole


def lasting(leaf: Leaf, zone: tzinfo) -> Callable[[list[Unit]], list[Entry] | None] | None:
    """Return what makes the entries of many units that each count for good from their start, if there is a short way.

    It returns None for units that it cannot tell.
    """
    window, field = leaf.within, leaf.field
    if leaf.having or leaf.since is not None:
        return None
    by = leaf.measure
    if by == "count" and window is None:
        return lambda units: [(start, key, DOOM, key, 1, position) for start, _, _, key, _, position in units]
    width = 0 if window is None else window
    if by == "count" and width:
        return lambda units: [(start, key, start + width, key, 1, position) for start, _, _, key, _, position in units]
    if by == "days" and (window is None or width):
        day_of = days(zone)
        return lambda units: [
            (start, key, start + width if width else DOOM, day_of(start), 1, position)
            for start, _, _, key, _, position in units
        ]
    if by != "distinct" or window == 0:
        return None

    def named(units: list[Unit]) -> list[Entry] | None:
        told = [unit for unit in units if unit[4].get(field) is not None]
        if any(isinstance(unit[4][field], list | tuple) for unit in told):
            return None
        return [
            (start, key, start + width if width else DOOM, fields[field], 1, position)
            for start, _, _, key, fields, position in told
        ]

    return named


def _entries(
    leaf: Leaf,
    zone: tzinfo,
    keys: Callable[[Leaf, Unit, tzinfo], Iterable[tuple[object, int]]],
    unit: Unit,
    about: Callable[[str, str], list[Unit]],
) -> list[Entry]:
    start, end, dated, unit_key, _, position = unit
    if leaf.within is not None and dated + leaf.within < end:
        end = dated + leaf.within
    if start >= end or (leaf.since is not None and dated < leaf.since):
        return []
    if not leaf.having:
        return [(start, unit_key, end, key, weight, position) for key, weight in keys(leaf, unit, zone)]
    spans = both(_having(leaf, unit, about), [(start, end)])
    counted = keys(leaf, unit, zone)
    return [(begin, unit_key, stop, key, weight, position) for key, weight in counted for begin, stop in spans]


def _having(leaf: Leaf, unit: Unit, about: Callable[[str, str], list[Unit]]) -> Spans:
    """Return when the facts about this one item satisfy what `having` asks of them."""
    spans = []
    for inner in leaf.having:
        fits = predicate(inner.where)
        units = [one for one in about(inner.fact, unit.key) if fits(one.fields)]
        found: list[Entry] = []
        for one in units:
            end = one.end if inner.within is None else one.dated + inner.within
            found.append((one.start, one.key, end, _value(inner, one), _weight(inner, one), one.position))
        steps = total(found) if inner.measure == "sum" else different(found)
        spans.append(within(steps, at_least=inner.at_least, at_most=inner.at_most))
    return some(spans, len(spans))


# What tells one entry from another, and what it weighs


def _by_unit(_leaf: Leaf, unit: Unit, _zone: tzinfo) -> Iterable[tuple[object, int]]:
    return ((unit.key, 1),)


def _by_field(leaf: Leaf, unit: Unit, _zone: tzinfo) -> Iterable[tuple[object, int]]:
    got = unit.fields.get(leaf.field)
    if isinstance(got, list | tuple):
        return [(one, 1) for one in got]
    return () if got is None else ((got, 1),)


def _by_day(_leaf: Leaf, unit: Unit, zone: tzinfo) -> Iterable[tuple[object, int]]:
    return ((days(zone)(unit.dated), 1),)


def _by_period(leaf: Leaf, unit: Unit, zone: tzinfo) -> Iterable[tuple[object, int]]:
    period = period_of(days(zone)(unit.dated), leaf.per)
    return (((period, begins(period + 2, leaf.per, zone)), 1),)


def _by_amount(leaf: Leaf, unit: Unit, _zone: tzinfo) -> Iterable[tuple[object, int]]:
    return ((unit.key, _weight(leaf, unit)),)


def _by_metric(leaf: Leaf, unit: Unit, _zone: tzinfo) -> Iterable[tuple[object, int]]:
    return ((unit.key, int(unit.fields["value"])),) if unit.fields["metric"] == leaf.field else ()


def _by_answer(leaf: Leaf, unit: Unit, _zone: tzinfo) -> Iterable[tuple[object, int]]:
    phase, answers = unit.fields.get("phase"), unit.fields.get("answers", ())
    values = [
        a["value"] for a in answers if a.get("construct") == leaf.field and isinstance(a.get("value"), int | float)
    ]
    if phase not in ("pre", "post") or not values:
        return ()
    return (((unit.fields["instrument"], phase), round(1000 * sum(values) / len(values))),)


_KEYS: dict[str, Callable[[Leaf, Unit, tzinfo], Iterable[tuple[object, int]]]] = {
    "distinct": _by_field,
    "days": _by_day,
    "streak": _by_period,
    "sum": _by_amount,
    "latest": _by_metric,
    "change": _by_answer,
}


def _value(leaf: Leaf, unit: Unit) -> object:
    return unit.fields.get(leaf.field) if leaf.measure == "distinct" else unit.key


def _weight(leaf: Leaf, unit: Unit) -> int:
    amount = unit.fields.get(leaf.field) if leaf.measure == "sum" else 1
    return int(amount) if isinstance(amount, int | float) else 0


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


def holding(spans: Spans) -> Reading:
    """Return a grant's timeline as a value: 1 while it holds."""
    return Reading([turn for start, end in spans for turn in ((start, 1), (end, 0))], [])


def taking_part(leaf: Leaf, unit: Unit) -> list[Entry]:
    """Return what a unit adds to a share: that she was there, or answered."""
    if leaf.fact == "attendance" and unit.fields["state"] != "attended":
        return []
    key = unit.key if leaf.fact == "attendance" else unit.fields["instrument"]
    return [(unit.start, unit.key, unit.end, key, 1, unit.position)]


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
