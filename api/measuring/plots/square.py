"""The two by two of activities: live or in one's own time, together or alone, with the share of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from api.measuring.plots.drawing import Drawing, text
from api.measuring.plots.figures import figure
from schemas import grouped, joined

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SIDE, _TALL = 180, 104
_DEEPEST = 0.34  # how much of the accent the whole of a share lends to its cell: text stays readable on it


class Cell(NamedTuple):
    """One of the four: what it is called, in two lines, its share (of 1), and how many that is. None: not known."""

    row: str
    column: str
    share: float | None
    n: int | None


def square(title: str, cells: Sequence[Cell]) -> Drawing:
    """Return four fields, two in a row, the deeper the greater their share."""
    body = joined("", (part for number, cell in enumerate(cells) for part in _cell(number, cell)))
    each = (joined("", (one.row, ", ", one.column, " ", figure(one.share, "share"))) for one in cells)
    says = joined("", (title, ": ", joined("; ", each), "."))
    rows = (len(cells) + 1) // 2
    return Drawing(title=title, says=says, body=body, width=2 * _SIDE, height=max(1, rows) * _TALL)


def _cell(number: int, cell: Cell) -> Iterator[str]:
    x, y = number % 2 * _SIDE, number // 2 * _TALL
    place = f'x="{x + 1}" y="{y + 1}" width="{_SIDE - 2}" height="{_TALL - 2}"'
    yield f'<rect class="cell" {place}/>'
    if cell.share:
        yield f'<rect class="tint" fill-opacity="{cell.share * _DEEPEST:.2f}" {place}/>'
    yield text(cell.row, x + 12, y + 22)
    yield text(cell.column, x + 12, y + 38)
    yield text(figure(cell.share, "share"), x + 12, y + 68, kind="share")
    if cell.n is not None:
        yield text(joined("", ("n\u00a0", grouped(cell.n))), x + 12, y + 90, kind="note")
