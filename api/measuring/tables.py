"""The table of a measure as its page shows it: drawn where a picture says it sooner, shaded where it is of shares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from api.measuring.plots import Bar, Cell, bars, square
from api.measuring.plots.figures import figure
from schemas import joined, lowered

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from api.measuring.plots import Drawing

SHADES: Final = 6
"""Of a cell that says a share, from nothing to all."""
MOST_BARS: Final = 8
MOST_OPEN: Final = 6  # rows of a table that needs no opening
_SHADED: Final = frozenset({"retention"})
_SQUARES: Final = frozenset({"mix"})
_NUMBERS: Final = {"count": "count", "share": "share", "ratio": "ratio", "number": "number"}


class Shown(NamedTuple):
    """A table: its columns, rows of cells (words, and a shade or None), and what draws it, if anything does.

    `wide`: it wants the room of two; `closed`: it is long, or was drawn.
    """

    columns: Sequence[str]
    rows: list[list[tuple[str, int | None]]]
    drawing: Drawing | None
    wide: bool
    closed: bool


def table_of(measure: Mapping[str, Any]) -> Shown | None:
    """Return the table of a measure as it is shown; None where it has none."""
    told = measure["table"]
    if told is None or not told["rows"]:
        return None
    shaded = measure["measure"] in _SHADED
    units = told["units"]
    drawing = _drawn(measure, told)
    rows = [[_cell(value, unit, shaded=shaded) for value, unit in zip(row, units, strict=True)] for row in told["rows"]]
    closed = not shaded and (drawing is not None or len(rows) > MOST_OPEN)
    return Shown(told["columns"], rows, drawing, shaded, closed)


def _cell(value: Any, unit: str, *, shaded: bool) -> tuple[str, int | None]:  # noqa: ANN401  of any unit
    if value is None:
        return "", None
    if unit not in _NUMBERS:
        return value if isinstance(value, str) else str(value), None
    shade = min(SHADES - 1, int(value * SHADES)) if shaded and unit == "share" else None
    return figure(value, _NUMBERS[unit]), shade


def _drawn(measure: Mapping[str, Any], told: Mapping[str, Any]) -> Drawing | None:
    """Return what draws a table: a square, or bars of one count or of one share and how many it rests on."""
    title, units, rows = measure["name"], told["units"], told["rows"]
    if measure["measure"] in _SQUARES:
        return square(title, _cells(told["columns"][1:], rows))
    if not 1 < len(rows) <= MOST_BARS or units[0] != "text" or units.count("count") != 1:
        return None
    if units == ["text", "count"]:
        return bars(title, [Bar(_words(row[0]), row[1]) for row in rows], "count")
    if units[1] == "count" and units[-1] == "share":
        title = joined(": ", (title, told["columns"][-1]))
        return bars(title, [Bar(_words(row[0]), row[-1], row[1]) for row in rows], "share")
    return None


def _words(value: object) -> str:
    """Return a name as it is: a text stays one."""
    return value if isinstance(value, str) else str(value)


def _cells(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[Cell]:
    whole = sum(sum(row[1:]) for row in rows)
    return [
        Cell(_words(row[0]), lowered(column), count / whole if whole else None, count)
        for row in rows
        for column, count in zip(columns, row[1:], strict=True)
    ]
