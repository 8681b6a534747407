"""Measures of facts told in a line each, as a community would be answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from projections.measures.record import Record
from projections.measures.scene import Scene
from projections.measures.sheet import Sheet
from projections.measures.told import MEASURES, told
from tests.projections.history_of import charter, day, fold

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ledger import Fact

NOTHING_LED: dict[str, list[Any]] = {
    part: [] for part in ("eligible", "holding", "ending", "overdue", "successors", "vacant")
}
LAW = charter()


def scene(facts: Iterable[Fact], at: float, *, law: Any = LAW, weeks: int = 4, known: int | None = None) -> Scene:
    """Return a community of these facts, so many days after the fixed Monday; `known`: the last position known."""
    sheet = Sheet()
    sheet.add(facts)
    position = sheet.position if known is None else known
    people = fold(law, sorted(facts, key=lambda fact: fact.position)).derived
    return Scene(
        record=Record(sheet, position),
        charter=law,
        people=people,
        leading=lambda: NOTHING_LED,
        at=day(at),
        weeks=weeks,
    )


def measures(facts: Iterable[Fact], at: float, **how: Any) -> dict[str, dict[str, Any]]:
    """Return every measure by its name."""
    return {one["measure"]: one for one in told(scene(facts, at, **how), MEASURES.values())}


def value(facts: Iterable[Fact], slug: str, at: float, **how: Any) -> tuple[float | None, int]:
    """Return what a measure comes to, and of how many it speaks."""
    (one,) = told(scene(facts, at, **how), [MEASURES[slug]])
    return one["value"], one["n"]


def points(facts: Iterable[Fact], slug: str, at: float, **how: Any) -> list[float | None]:
    """Return a measure week by week, the oldest first."""
    (one,) = told(scene(facts, at, **how), [MEASURES[slug]])
    return [point["value"] for point in one["series"]]
