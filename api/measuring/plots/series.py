"""A measure over time: a line, or columns for what is counted, with the target and the claim it is held against."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from api.measuring.plots.drawing import Drawing, level, path, short, text, together
from api.measuring.plots.figures import DAY, figure, tick
from api.measuring.plots.saying import Marks, trend
from api.measuring.plots.scale import Scale, apart, scale
from schemas import joined, say, short_month_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from api.measuring.plots.points import Point

WIDTH: Final = 360
HEIGHT: Final = 150
LEFT, RIGHT, TOP, BOTTOM = 40, 268, 12, 126  # where the plot is; around it stands what is written
_BESIDE = RIGHT + 8
_LINE = 13  # between two lines of text
_MIDDLE = 4  # from the middle of small letters to what they stand on
_APART = 30  # between the beginnings of two months' names
_FULL = 0.7  # of its place that a column takes


def series(title: str, points: Sequence[Point], unit: str, marks: Marks) -> Drawing:
    """Return the plot of a measure's history, the oldest point first."""
    values = [one.value for one in points if one.value is not None]
    held = [mark for mark in (marks.target, marks.claim) if mark is not None]
    days = unit == "hours" and max((*values, *held), default=0) >= 2 * DAY
    axis = scale([*values, *held], BOTTOM, TOP, whole=unit == "count", by=DAY if days else 1)
    counted = unit == "count"
    body = [*_grid(axis, "days" if days else unit)]
    if counted:
        body += _columns(points, axis)
    if marks.target is not None:
        body.append(path("target", level(LEFT, RIGHT, axis.at(marks.target))))
    if marks.claim is not None:
        body.append(path("claim", level(LEFT, RIGHT, axis.at(marks.claim))))
    if not counted:
        body += _line(points, axis)
    body += _labels(points, axis, unit, marks)
    says = trend(title, points, unit, marks)
    if marks.claim is not None:
        claimed = say(
            "Dashed: %(value)s, which is claimed elsewhere and not promised.", value=figure(marks.claim, unit)
        )
        says = joined(" ", (says, claimed))
    return Drawing(
        title=title, says=says, body=joined("", body), width=WIDTH, height=HEIGHT, axis=joined("", _months(points))
    )


def _grid(axis: Scale, unit: str) -> Iterator[str]:
    at = {value: axis.at(value) for value in axis.ticks}
    yield path("grid", "".join(level(LEFT, RIGHT, place) for value, place in at.items() if value))
    yield path("base", level(LEFT, RIGHT, at[0]))
    yield together("tick", (text(_round(value, unit), LEFT - 6, at[value] + _MIDDLE) for value in at), anchor="end")


def _round(value: float, unit: str) -> str:
    return say("%(number)s\u00a0d", number=f"{value / DAY:g}") if unit == "days" else tick(value, unit)


def _months(points: Sequence[Point]) -> Iterator[str]:
    """Yield the months below, where each begins, as far as there is room; of a January its year."""
    room, month = 0.0, (0, 0)
    marks: dict[int, str] = {}
    for number, point in enumerate(points):
        place = round(_left(number, len(points)))
        if (point.week.year, point.week.month) == month:
            continue
        first, month = month == (0, 0), (point.week.year, point.week.month)
        whole = not first or point.week.day <= 7  # noqa: PLR2004  the first week of its month
        if whole and room <= place <= RIGHT - 18:
            marks[place] = str(point.week.year) if point.week.month == 1 else short_month_words(point.week)
            room = place + _APART
    yield path("base", "".join(f"M{place} {BOTTOM}v4" for place in marks))
    yield together("tick", (text(words, place, BOTTOM + 16) for place, words in marks.items()))


def _columns(points: Sequence[Point], axis: Scale) -> Iterator[str]:
    full, hollow = "", ""
    width = (RIGHT - LEFT) / len(points) * _FULL
    for number, point in enumerate(points):
        if not point.value:
            continue
        place = _middle(number, len(points)) - width / 2
        height = axis.at(0) - axis.at(point.value)
        way = f"M{short(place)} {short(axis.at(0))}v{short(-height)}h{short(width)}v{short(height)}"
        full, hollow = (full, hollow + way) if point.few else (full + way, hollow)
    yield path("columns", full)
    yield path("hollow", hollow)


def _line(points: Sequence[Point], axis: Scale) -> Iterator[str]:
    """Yield the line, broken where nothing is known; dots where it says little, stands alone, or ends."""
    way, full, hollow = "", "", ""
    known = [point.value is not None for point in points]
    last = max((number for number, there in enumerate(known) if there), default=0)
    for number, point in enumerate(points):
        if point.value is None:
            continue
        place = f"{short(round(_middle(number, len(points))))} {short(axis.at(point.value))}"
        joined, joins = number > 0 and known[number - 1], number + 1 < len(points) and known[number + 1]
        way += f"{'L' if joined else 'M'}{place}" if joined or joins else ""
        if point.few:
            hollow += f"M{place}h0"
        elif number == last or not (joined or joins):
            full += f"M{place}h0"
    yield path("line", way)
    yield path("dots", full)
    yield path("few", hollow)
    yield path("inner", hollow)


def _labels(points: Sequence[Point], axis: Scale, unit: str, marks: Marks) -> Iterator[str]:
    """Yield what stands beside the plot, each at its height: the latest value, the target, the claim."""
    last = next((one for one in reversed(points) if one.value is not None), None)
    told: list[tuple[float, str, str]] = []
    if last is not None and last.value is not None:
        told.append((last.value, figure(last.value, unit), "value"))
    if marks.target is not None:
        told.append((marks.target, say("target\u00a0%(value)s", value=tick(marks.target, unit)), "aim"))
    if marks.claim is not None:
        told.append((marks.claim, say("claimed\u00a0%(value)s", value=tick(marks.claim, unit)), "claim-label"))
    places = apart([axis.at(value) for value, _, _ in told], _LINE, TOP, BOTTOM - _LINE / 2)
    for (_, words, kind), place in zip(told, places, strict=True):
        yield text(words, _BESIDE, place + _MIDDLE, kind=kind)


def _left(number: int, of: int) -> float:
    return LEFT + (RIGHT - LEFT) * number / of


def _middle(number: int, of: int) -> float:
    return LEFT + (RIGHT - LEFT) * (number + 0.5) / of
