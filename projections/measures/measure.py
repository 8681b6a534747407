"""A measure as data: its words, its unit and window, what others claim of it, and the function that gives it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from schemas import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from projections.fold.people import Account
    from projections.measures.scene import Scene, Span

Unit = Literal["share", "count", "hours", "ratio", "points"]
WINDOWS = {
    1: say("week"),
    4: say("4 weeks"),
    13: say("13 weeks"),
    26: say("26 weeks"),
    52: say("52 weeks"),
}
"""How the weeks that a measure looks at are called."""


class Value(NamedTuple):
    """What a measure comes to, and of how many it speaks. `value` is None where there is nothing to tell it by."""

    value: float | None
    n: int


class Reference(NamedTuple):
    """What the literature claims. Never a promise: `words` say where it stands and that nothing is cited for it."""

    value: float
    words: str


class Part(NamedTuple):
    """A line of a scorecard: of which part of it, the measure it stands on (if one), and whether it holds."""

    part: str
    name: str
    measure: str | None
    value: float | None
    met: bool | None
    words: str


CellUnit = Literal["text", "count", "share", "ratio", "number"]


class Table(NamedTuple):
    """Rows under columns, each a name and what its cells are; the first cell of each row names it."""

    columns: tuple[tuple[str, CellUnit], ...]
    rows: list[list[Any]]


Person = tuple["Account", str]
"""Somebody, and what there is to say of her; for managers alone."""


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One measure. `weeks`: how many whole weeks it looks at; `why_none`: why there may be nothing to tell.

    `least`: whether less is better. `good`: the line that scorecards hold it against where the charter sets no target;
    it is ours, and no more than a place to begin. `aim`: what charters call the target, where it is not the slug.
    """

    slug: str
    name: str
    definition: str
    unit: Unit
    weeks: int
    of: Callable[[Scene, Span], Value]
    why_none: str
    reference: Reference | None = None
    least: bool = False
    good: float | None = None
    aim: str = ""
    table: Callable[[Scene, Span], Table] | None = None
    people: Callable[[Scene, Span], Iterable[Person]] | None = None
    parts: Callable[[Scene, Span], Iterable[Part]] | None = None

    def target(self, targets: Mapping[str, float]) -> float | None:
        """Return what a charter aims at, in this measure's unit: charters say 30 where a share is 0.3."""
        found = targets.get(self.slug, targets.get(self.aim))
        if found is None:
            return None
        return found / 100 if self.unit == "share" else found

    def met(self, value: float | None, target: float | None) -> bool | None:
        """Return whether a value reaches a target; None where there is no value or no target."""
        if value is None or target is None:
            return None
        return value <= target if self.least else value >= target

    def at(self, scene: Scene, until: int) -> Value:
        """Return what it comes to at the end of a week; what was told once is not counted again."""
        return scene.keep((self.slug, until), lambda: self.of(scene, scene.span(until, self.weeks)))


def share(part: float, whole: float) -> float | None:
    """Return a part of a whole, None where the whole is nothing."""
    return part / whole if whole else None


def rounded(value: float | None) -> float | None:
    """Return a value to four digits, as it is told."""
    return None if value is None else round(value, 4)
