"""What came of it: practice that changed, wins against a baseline, and how far the talk is about the domain."""

from __future__ import annotations

from collections import defaultdict
from statistics import fmean, median
from typing import TYPE_CHECKING, NamedTuple

from projections.measures.measure import CellUnit, Measure, Reference, Table, Value, share
from schemas import say

if TYPE_CHECKING:
    from projections.measures.record import Act
    from projections.measures.scene import Scene, Span
    from projections.measures.sheet import Shape

_CHANGED = frozenset({"practice_change", "outcome"})


def practice_changed(scene: Scene, span: Span) -> Value:
    """Return the share of the members active in a year who told of a change in their practice."""
    active = scene.active(span)
    changed = {act.who for act in _stories(scene, span) if act.shape.get("kind") in _CHANGED} & active
    told = scene.recorded(span.until, _is_story)
    return Value(share(len(changed), len(active)) if told else None, len(active))


def _is_story(shape: Shape) -> bool:
    return shape.kind == "impact"


def _stories(scene: Scene, span: Span) -> list[Act]:
    found = scene.keep("stories", lambda: [act for act in scene.recent if act.shape.kind == "impact"])
    return [act for act in found if span.since <= act.at < span.until]


_COLUMNS: tuple[tuple[str, CellUnit], ...] = (
    ("What was measured", "text"),
    ("Stories", "count"),
    ("Before", "number"),
    ("After", "number"),
    ("Times", "ratio"),
)


class Win(NamedTuple):
    """A story with a number before and after."""

    name: str
    before: float
    after: float


def _wins(scene: Scene, span: Span) -> list[Win]:
    more = scene.record.sheet.more
    told = (more[act.row][:3] for act in _stories(scene, span) if act.row in more)
    return [Win(*one) for one in told if one[1] is not None and one[2] is not None and min(one[1], one[2]) > 0]


def _factor(win: Win) -> float:
    """Return by which factor a number moved; whether up or down is better, only its teller knows."""
    return max(win.after / win.before, win.before / win.after)


def wins(scene: Scene, span: Span) -> Value:
    """Return the median factor between before and after, of the stories of a year that give both."""
    found = _wins(scene, span)
    return Value(median(map(_factor, found)) if found else None, len(found))


def _by_name(scene: Scene, span: Span) -> Table:
    names: defaultdict[str, list[Win]] = defaultdict(list)
    for win in _wins(scene, span):
        names[win.name].append(win)
    rows: list[list[object]] = [
        [
            name,
            len(some),
            round(fmean(win.before for win in some), 2),
            round(fmean(win.after for win in some), 2),
            round(median(map(_factor, some)), 2),
        ]
        for name, some in sorted(names.items())
    ]
    return Table(_COLUMNS, rows)


def focus(scene: Scene, span: Span) -> Value:
    """Return the share of the works naming a skill that name one of the charter's outcomes."""
    wanted = {skill for one in scene.document.get("outcomes", ()) for skill in one.get("skills", ())}
    named = scene.shapes(_names_skills)
    told = [act.shape for act in scene.acts(span) if act.shape in named]
    fits = {shape for shape in set(told) if wanted.intersection(shape.words["skills"])}
    return Value(share(sum(shape in fits for shape in told), len(told)) if wanted else None, len(told))


def _names_skills(shape: Shape) -> bool:
    return bool(shape.words.get("skills"))


MEASURES = (
    Measure(
        slug="practice_changed",
        name=say("Practice changed"),
        definition=say(
            "The share of the members active in a year who told how their practice, or what comes of it, changed."
        ),
        unit="share",
        weeks=52,
        of=practice_changed,
        why_none=say("nobody was active, or no story is recorded"),
        good=0.1,
    ),
    Measure(
        slug="wins",
        name=say("Wins against a baseline"),
        definition=say(
            "Of the stories of a year that give a number before and after, the median factor between the two, "
            "whether more or less of it is better. A story is its teller's word."
        ),
        unit="ratio",
        weeks=52,
        of=wins,
        why_none=say("no story gave a number before and after"),
        reference=Reference(
            10, say("wins of ten times are given as examples, without citation, in guides to communities")
        ),
        table=_by_name,
    ),
    Measure(
        slug="focus",
        name=say("About the domain"),
        definition=say(
            "Of the works and stories that name a skill, the share that name one of the charter's outcomes: "
            "where it falls, the talk drifts."
        ),
        unit="share",
        weeks=13,
        of=focus,
        why_none=say("no work names a skill, or no outcome of the charter does"),
        good=0.5,
    ),
)
