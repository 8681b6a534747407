"""The table of a measure as its page shows it: plain, or shaded where it says how many stayed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.measuring.plots.figures import figure

if TYPE_CHECKING:
    from collections.abc import Mapping

SHADES = 6  # of a cell that says a share, from nothing to all
_SHADED = frozenset({"retention"})


def table_of(measure: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return a measure's table: its columns, and rows of cells, each with its words and its shade or None."""
    told = measure["table"]
    if told is None or not told["rows"]:
        return None
    shaded = measure["measure"] in _SHADED
    return {
        "columns": told["columns"],
        "rows": [
            [_cell(value, shaded=shaded and place > 0) for place, value in enumerate(row)] for row in told["rows"]
        ],
        "shaded": shaded,
    }


def _cell(value: object, *, shaded: bool) -> dict[str, Any]:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return {"words": "" if value is None else str(value), "shade": None}
    share = shaded and isinstance(value, float)
    shade = min(SHADES - 1, int(value * SHADES)) if share else None
    return {"words": figure(value, "share" if share or isinstance(value, float) else "count"), "shade": shade}
