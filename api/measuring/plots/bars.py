"""Bars: one quantity of several things, each with how many it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from api.measuring.plots.drawing import Drawing, short, text
from api.measuring.plots.figures import figure
from api.measuring.plots.points import FEW
from schemas import grouped, joined

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

WIDTH = 360
_ROW = 38
_FULL = 270  # as wide as the longest bar is
_THICK = 10


class Bar(NamedTuple):
    """One of several things; `n` is how many it rests on, None where that is the value itself."""

    label: str
    value: float | None
    n: int | None = None


def bars(title: str, rows: Sequence[Bar], unit: str) -> Drawing:
    """Return a bar for each, its words above it; of a share the whole is drawn behind it."""
    most = 1.0 if unit == "share" else max((abs(one.value) for one in rows if one.value), default=1.0)
    body = joined("", (part for number, one in enumerate(rows) for part in _row(number, one, unit, most)))
    each = (joined("", (one.label, " ", figure(one.value, unit), _rests(one))) for one in rows)
    says = joined("", (title, ": ", joined("; ", each), "."))
    return Drawing(title=title, says=says, body=body, width=WIDTH, height=max(1, len(rows)) * _ROW)


def _row(number: int, one: Bar, unit: str, most: float) -> Iterator[str]:
    top = number * _ROW
    yield text(one.label, 0, top + 13)
    if unit == "share":
        yield _bar("track", top, _FULL)
    if one.value:
        few = one.n is not None and one.n < FEW
        yield _bar("hollow" if few else "bar", top, min(1.0, abs(one.value) / most) * _FULL)
    yield text(joined("", (figure(one.value, unit), _rests(one))), _FULL + 8, top + 28, kind="value")


def _bar(kind: str, top: int, width: float) -> str:
    return f'<rect class="{kind}" x="0.6" y="{top + 19}" width="{short(width)}" height="{_THICK}"/>'


def _rests(one: Bar) -> str:
    return "" if one.n is None else joined("", (" (n\u00a0", grouped(one.n), ")"))
