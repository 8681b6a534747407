"""What one unit adds to a measure: entries, each counting for a stretch of time."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING

from projections.fold.calendar import begins, days, period_of
from projections.fold.spans import DOOM, Spans, both, some, within
from projections.fold.values import Entry, different, total

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import tzinfo

    from projections.charters.language import Leaf, Test
    from projections.fold.units import Unit


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


def counting(leaf: Leaf, zone: tzinfo) -> Callable[[Unit, Callable[[str, str], list[Unit]]], list[Entry]]:
    """Return what makes entries of a unit that fits the leaf's `where`."""
    window, earliest = leaf.within, leaf.since
    if leaf.measure in _KEYS or leaf.having or leaf.each:
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
    if leaf.having or leaf.since is not None or leaf.each:
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
    counted = keys(leaf, unit, zone)
    if leaf.each:
        counted = [((_capped(leaf.each[0], unit), key), weight) for key, weight in counted]
    if not leaf.having:
        return [(start, unit_key, end, key, weight, position) for key, weight in counted]
    spans = both(_having(leaf, unit, about), [(start, end)])
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


def _capped(field: str, unit: Unit) -> str:
    """Return the value of which only so many count; what has none is of its own."""
    got = unit.fields.get(field)
    if got is None:
        return f"|{unit.key}"
    return ",".join(sorted(map(str, got))) if isinstance(got, list | tuple) else str(got)


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


def taking_part(leaf: Leaf, unit: Unit) -> list[Entry]:
    """Return what a unit adds to a share: that she was there, or answered."""
    if leaf.fact == "attendance" and unit.fields["state"] != "attended":
        return []
    key = unit.key if leaf.fact == "attendance" else unit.fields["instrument"]
    return [(unit.start, unit.key, unit.end, key, 1, unit.position)]
