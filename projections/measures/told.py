"""Measures as they are answered: every one with its value, its history and its target, JSON-ready."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from projections.errors import UnknownMeasureError
from projections.measures import (
    asked_of_members,
    care,
    connecting,
    conversing,
    coverage,
    impact,
    led,
    mix,
    scorecards,
    taking_part,
)
from projections.measures.measure import WINDOWS, Measure, rounded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from projections.measures.measure import Person, Table
    from projections.measures.scene import Scene

Answer = dict[str, Any]
MEASURES: dict[str, Measure] = {
    one.slug: one
    for module in (taking_part, asked_of_members, conversing, connecting, impact, mix, led, care, coverage, scorecards)
    for one in module.MEASURES
}
"""Every measure there is, in the order in which they are shown."""
PERCENT = tuple(name for one in MEASURES.values() if one.unit == "share" for name in (one.slug, one.aim) if name)
"""The targets that charters set in per cent."""
TARGETS = (*PERCENT, *(one.slug for one in MEASURES.values() if one.unit != "share"))
"""The targets that measures are held against."""
WEEKS = 26
"""How many weeks of history are told where nobody says."""
MOST_WEEKS = 104
MOST_PEOPLE = 100


def chosen(slug: str | None) -> list[Measure]:
    """Return the measure of that name, or all. Raises `UnknownMeasureError`."""
    if slug is None:
        return list(MEASURES.values())
    if slug not in MEASURES:
        raise UnknownMeasureError(f"wanted a measure ({', '.join(MEASURES)}), got {slug}")
    return [MEASURES[slug]]


def told(scene: Scene, measures: Iterable[Measure]) -> list[Answer]:
    """Return these measures; people by the key `account`."""
    return [_measure(scene, one) for one in measures]


def _measure(scene: Scene, one: Measure) -> Answer:
    spans = [scene.span(until, one.weeks) for until in scene.ends]
    values = [one.at(scene, until) for until in scene.ends]
    last, now = values[-1], spans[-1]
    target = one.target(scene.document.get("targets", {}))
    value = rounded(last.value)
    return {
        "measure": one.slug,
        "name": one.name,
        "definition": one.definition,
        "unit": one.unit,
        "window": WINDOWS[one.weeks],
        "value": value,
        "n": last.n,
        "target": target,
        "met": one.met(value, target),
        "least": one.least,
        "reference": one.reference and one.reference._asdict(),
        "why_none": one.why_none if value is None else None,
        "series": [
            {"from": scene.date(span.since), "to": scene.date(span.until), "value": rounded(found.value), "n": found.n}
            for span, found in zip(spans, values, strict=True)
        ],
        "table": None if one.table is None else _table(one.table(scene, now)),
        "people": None if one.people is None else _people(one.people(scene, now)),
        "parts": None if one.parts is None else [part._asdict() for part in one.parts(scene, now)],
    }


def _table(table: Table) -> Answer:
    names, units = zip(*table.columns, strict=True)
    return {"columns": list(names), "units": list(units), "rows": table.rows}


def _people(people: Iterable[Person]) -> list[Answer]:
    return [{"account": account, "words": words} for account, words in islice(people, MOST_PEOPLE)]
