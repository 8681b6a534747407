"""From the measures as they are told to what their page shows of each: words, numbers, a plot, and its figures."""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from api.measuring.groups import FILLED, GROUPS, HEADLINES, OTHERS, SCORECARDS
from api.measuring.plots import FEW, figure, marks_of, points_of, series, spark
from api.measuring.tables import table_of
from schemas import capital, grouped, joined, say, short_day_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from api.measuring.plots import Point

Context = dict[str, Any]
_MANY, _EVERY = 28, 4  # days of one point; how many weeks lie between two that are told
MOST_PEOPLE = 20  # of whom a measure's list on the page has names


def shown(answer: Mapping[str, Any]) -> Context:
    """Return the context of the page's parts, of an answer of the measures."""
    by_name = {one["measure"]: one for one in answer["measures"]}
    groups = list(_grouped(answer["measures"]))
    plots = (one["plot"] for group in groups for one in group["measures"])
    return {
        "members": answer["members"],
        "headlines": [_headline(by_name[name]) for name in HEADLINES if name in by_name],
        "cards": [card(by_name[name]) for name in SCORECARDS if name in by_name],
        "groups": groups,
        "weeks": next((plot.axis for plot in plots if plot), ""),
    }


def card(measure: Mapping[str, Any]) -> Context:
    """Return what is shown of one measure."""
    points, unit, marks = points_of(measure["series"]), measure["unit"], marks_of(measure)
    people = measure["people"] or []
    known = any(one.value is not None for one in points)
    return {
        **_told(measure),
        "plot": series(measure["name"], points, unit, marks) if known else None,
        "few": FEW if known and any(one.few and one.value is not None for one in points) else 0,
        "claim": measure["reference"],
        "figures": list(_figures(_apart(points), unit)) if known else [],
        "window": measure["window"],
        "table": table_of(measure),
        "people": people[:MOST_PEOPLE],
        "more": max(0, len(people) - MOST_PEOPLE),
        "parts": [_dial(name, [*lines]) for name, lines in groupby(measure["parts"] or [], itemgetter("part"))],
        "fill": FILLED.get(measure["measure"]) if measure["value"] is None else None,
    }


def _apart(points: Sequence[Point]) -> Sequence[Point]:
    """Return the points that are told as figures: where each is of many weeks, every fourth, the latest among them."""
    many = points and (points[0].end - points[0].begin).days > _MANY
    return points[::-1][::_EVERY][::-1] if many else points


def _figures(points: Sequence[Point], unit: str) -> Iterator[tuple[str, str, str]]:
    """Yield the last day of each stretch, its value and its n, the latest first; the year where it is another."""
    year = 0
    for one in reversed(points):
        last = one.end - timedelta(days=1)
        short = short_day_words(last)
        words = joined(" ", (short, last.year)) if last.year != year else short
        year = last.year
        yield words, figure(one.value, unit), "" if one.n is None else grouped(one.n)


def _dial(name: str, lines: list[Mapping[str, Any]]) -> Context:
    """Return one part of a scorecard: whether all its lines hold that can be told, how many do, and each."""
    told = [line["met"] for line in lines if line["met"] is not None]
    return {"name": name, "met": all(told) if told else None, "held": sum(told), "of": len(told), "lines": lines}


def _told(measure: Mapping[str, Any]) -> Context:
    """Return a measure's name and value in words, and how that stands to its target."""
    return {
        "slug": measure["measure"],
        "name": measure["name"],
        "definition": measure["definition"],
        "value": None if measure["value"] is None else figure(measure["value"], measure["unit"]),
        "n": measure["n"],
        "met": measure["met"],
        "target": None if measure["target"] is None else figure(measure["target"], measure["unit"]),
        "less": measure["least"],
        "why": None if measure["value"] is not None else _sentence(measure["why_none"] or say("nothing is known yet")),
    }


def _sentence(words: str) -> str:
    return joined("", (capital(words), "."))


def _headline(measure: Mapping[str, Any]) -> Context:
    points = points_of(measure["series"])
    known = sum(one.value is not None for one in points)
    drawn = spark(measure["name"], points, measure["unit"], marks_of(measure)) if known > 1 else None
    return {**_told(measure), "spark": drawn}


def _grouped(measures: Iterable[Mapping[str, Any]]) -> Iterator[Context]:
    rest = {one["measure"]: one for one in measures if one["measure"] not in SCORECARDS}
    for group in GROUPS:
        some = [rest.pop(name) for name in group.measures if name in rest]
        if some:
            yield {**group._asdict(), "measures": [card(one) for one in some]}
    if rest:
        yield {**OTHERS._asdict(), "measures": [card(one) for one in rest.values()]}
