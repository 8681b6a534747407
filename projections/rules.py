"""A rule held against a member: when it is met, and why.

Every measure is one thing: entries, each counting for a stretch of time. How much there is at an instant
is a step function over them, and when it suffices is spans; so the whole past and what is known of the
future come out of one pass, and explaining an instant is looking at the entries that cover it.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from projections.language import Group, Leaf
from projections.spans import ALWAYS, DAWN, DOOM, Spans, Steps, both, either, outside, some, within
from projections.values import Entry, change, different, latest, percent, streak, total

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import tzinfo

    from projections.language import Test
    from projections.units import Unit, Units

_WEEK = 7  # days
_QUARTER = 900_000_000  # µs


class Held(NamedTuple):
    """What the community held: sessions or instruments, each with its instant (µs) and fields to test."""

    at: int
    key: str
    fields: Mapping[str, object]


class Ground(NamedTuple):
    """All that a rule is held against: the member's units, what was derived of her, what the community held.

    With `since` (µs), only answers about that instant and later ones are wanted: windows begin there.
    """

    units: Units
    grants: Callable[[Leaf], Spans]
    held: Callable[[str], list[Held]]
    zone: tzinfo
    since: int
    readings: dict[tuple[object, ...], Reading]  # what was read already


class Reading(NamedTuple):
    """One leaf, read: its value over time and the entries behind it."""

    steps: Steps
    entries: list[Entry]


def met(node: Group | Leaf, ground: Ground) -> Spans:
    """Return when the node is met."""
    if isinstance(node, Leaf):
        return leaf_met(node, read(node, ground))
    if node.op == "all":
        together = ALWAYS
        for below in node.of:
            if not together:
                break  # nothing that follows can mend it
            together = both(together, met(below, ground))
        return together
    spans = [met(below, ground) for below in node.of]
    match node.op:
        case "any":
            return either(*spans)
        case "none":
            return outside(either(*spans))
    return some(spans, node.at_least)


def leaf_met(leaf: Leaf, reading: Reading) -> Spans:
    """Return when the leaf's value lies within its bounds; where nothing was held, a share is never met."""
    spans = within(reading.steps, at_least=leaf.at_least, at_most=leaf.at_most)
    if leaf.measure == "share":
        spans = both(spans, either([(entry.start, entry.end) for entry in reading.entries if entry.weight == 0]))
    return spans


def read(leaf: Leaf, ground: Ground) -> Reading:
    """Return the leaf's value over time; leaves that differ only in their bounds are read once."""
    if leaf.measure == "tenure":
        return _tenure(leaf, ground.units)
    known = ground.readings
    if leaf.subject not in known:
        known[leaf.subject] = _read(leaf, ground)
    return known[leaf.subject]


def _read(leaf: Leaf, ground: Ground) -> Reading:
    if leaf.measure == "holds":
        spans = ground.grants(leaf)
        return Reading([turn for start, end in spans for turn in ((start, 1), (end, 0))], [])
    if leaf.measure == "share":
        return _share(leaf, ground)
    entries = list(_entries(leaf, ground))
    match leaf.measure:
        case "streak":
            return Reading(streak(entries), entries)
        case "sum":
            return Reading(total(entries), entries)
        case "latest":
            return Reading(latest(entries), entries)
        case "change":
            return Reading(change(entries), entries)
    return Reading(different(entries), entries)


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


def _entries(leaf: Leaf, ground: Ground) -> Iterable[Entry]:
    key, units, zone = _KEYS.get(leaf.measure, _by_unit), ground.units, ground.zone
    within, fits, having = leaf.within, predicate(leaf.where), bool(leaf.having)
    passes = within is not None and leaf.measure not in ("streak", "change")
    after = ground.since - within if passes and within and ground.since > DAWN else DAWN
    for unit in units.starting("case" if leaf.measure == "open" else leaf.fact, after):
        start, end, dated, _, fields, position = unit
        if not fits(fields) or (leaf.since is not None and dated < leaf.since):
            continue
        if within is not None and dated + within < end:
            end = dated + within
        if start >= end:
            continue
        if key is _by_unit and not having:
            yield Entry(start, end, unit.key, 1, position)
            continue
        spans = both(_having(leaf, unit, units), [(start, end)]) if having else ((start, end),)
        for one, weight in key(leaf, unit, zone):
            for begin, stop in spans:
                yield Entry(begin, stop, one, weight, position)


def _having(leaf: Leaf, unit: Unit, units: Units) -> Spans:
    """Return when the facts about this one item satisfy what `having` asks of them."""
    spans = []
    for inner in leaf.having:
        about = (one for one in units.about(inner.fact, unit.key) if predicate(inner.where)(one.fields))
        ends = ((one, one.end if inner.within is None else one.dated + inner.within) for one in about)
        found = [Entry(one.start, end, _value(inner, one), _weight(inner, one), one.position) for one, end in ends]
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
    return ((_day(unit.dated, zone), 1),)


def _by_period(leaf: Leaf, unit: Unit, zone: tzinfo) -> Iterable[tuple[object, int]]:
    period = _period(_day(unit.dated, zone), leaf.per)
    return (((period, _begins(period + 2, leaf.per, zone)), 1),)


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


def _tenure(leaf: Leaf, units: Units) -> Reading:
    """Whether she has been a member for `at_least` (1) or not yet (0): time alone decides."""
    since = units.since()
    if since is None:
        return Reading([], [])
    joined, position = since
    return Reading([(joined + (leaf.at_least or 0), leaf.at_least or 1)], [Entry(joined, DOOM, "joined", 1, position)])


def _share(leaf: Leaf, ground: Ground) -> Reading:
    """Which part, in whole percent, of what the community held in the window she took part in."""
    of_series = [test for test in leaf.where if test.field in ("series", "mode", "setting", "format", "instrument")]
    held = [one for one in ground.held(leaf.fact) if all(matches(test, one.fields) for test in of_series)]
    window = DOOM if leaf.within is None else leaf.within
    stretch = {
        one.key: (one.at, min(one.at + window, DOOM)) for one in held if leaf.since is None or one.at >= leaf.since
    }
    entries = [Entry(start, end, key, 0, 0) for key, (start, end) in stretch.items()]
    for unit in ground.units.of(leaf.fact):
        key = unit.key if leaf.fact == "attendance" else unit.fields["instrument"]
        took_part = leaf.fact != "attendance" or unit.fields["state"] == "attended"
        if key in stretch and took_part and all(matches(test, unit.fields) for test in leaf.where):
            start, end = max(unit.start, stretch[key][0]), min(unit.end, stretch[key][1])
            if start < end:
                entries.append(Entry(start, end, key, 1, unit.position))
    return Reading(percent(entries), entries)


# Calendar


def _day(at: int, zone: tzinfo) -> int:
    return _day_of(at // _QUARTER, zone)


@lru_cache(maxsize=262_144)
def _day_of(quarter: int, zone: tzinfo) -> int:
    """Return the calendar's day of a quarter of an hour: no zone changes its day within one."""
    return datetime.fromtimestamp(quarter * _QUARTER // 1_000_000, zone).toordinal()


def _period(day: int, per: str) -> int:
    if per == "month":
        date = datetime.fromordinal(day)
        return date.year * 12 + date.month - 1
    return day if per == "day" else (day - 1) // _WEEK


def _begins(period: int, per: str, zone: tzinfo) -> int:
    """Return the instant (µs) at which a period of the community's calendar begins."""
    if per == "month":
        first = datetime(period // 12, period % 12 + 1, 1, tzinfo=zone)
    else:
        day = datetime.fromordinal(period if per == "day" else period * _WEEK + 1)
        first = day.replace(tzinfo=zone)
    return int(first.timestamp()) * 1_000_000
