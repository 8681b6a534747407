"""A measure over time in the room of a word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.measuring.plots.drawing import Drawing, level, path, short
from api.measuring.plots.saying import Marks, trend
from api.measuring.plots.scale import scale

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.measuring.plots.points import Point

WIDTH, HEIGHT = 120, 32
_EDGE = 4


def spark(title: str, points: Sequence[Point], unit: str, marks: Marks) -> Drawing:
    """Return a line without numbers, the target behind it and a dot at its end."""
    values = [one.value for one in points if one.value is not None]
    axis = scale([*values, *([] if marks.target is None else [marks.target])], HEIGHT - _EDGE, _EDGE)
    step = (WIDTH - 2 * _EDGE) / max(1, len(points) - 1)
    way, joined, last = "", False, ""
    for number, point in enumerate(points):
        if point.value is None:
            joined = False
            continue
        last = f"{short(_EDGE + step * number)} {short(axis.at(point.value))}"
        way += f"{'L' if joined else 'M'}{last}"
        joined = True
    aim = "" if marks.target is None else path("target", level(0, WIDTH, axis.at(marks.target)))
    return Drawing(
        title=title,
        says=trend(title, points, unit, marks),
        body=aim + path("line", way) + path("dots", last and f"M{last}h0"),
        width=WIDTH,
        height=HEIGHT,
        kind="plot spark",
    )
