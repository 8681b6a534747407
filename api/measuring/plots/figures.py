"""Numbers with their units, and stretches of time, as a person reads them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from schemas import day_of_year, day_words, decimal, marked, say

if TYPE_CHECKING:
    from datetime import date

    from schemas import Text

DAY: Final = 24  # hours
_FINE = 10  # below which a number that is no count has a decimal


def figure(value: float | None, unit: str) -> str:
    """Return `31 %`, `1,204`, `5.2 hours`, `3 days`, `+1.4 points`, `1.7 times`; a dash where there is no value.

    `unit`: share (of 1), count, hours, points, ratio, or number, which has none.
    """
    if value is None:
        return "\u2013"
    if unit == "share":
        return say("%(number)s\u00a0%%", number=_rounded(100 * value, whole=True))
    if unit == "hours" and abs(value) >= 2 * DAY:
        return say("%(number)s\u00a0days", number=_rounded(value / DAY))
    if unit == "hours":
        one, many = marked("%(number)s\u00a0hour"), marked("%(number)s\u00a0hours")
        return say(one if value == 1 else many, number=_rounded(value))
    if unit == "points":
        one, many = marked("%(number)s\u00a0point"), marked("%(number)s\u00a0points")
        return say(one if abs(value) == 1 else many, number=_rounded(value, signed=True))
    if unit == "ratio":
        return say("%(number)s\u00a0times", number=_rounded(value) if abs(value) >= _FINE else decimal(value))
    return _rounded(value)


def tick(value: float, unit: str) -> str:
    """Return a number for where there is little room: its unit as a sign, or none."""
    if unit == "share":
        return say("%(number)s\u00a0%%", number=_rounded(100 * value))
    if unit == "hours":
        days = abs(value) >= 2 * DAY
        one, many = marked("%(number)s\u00a0h"), marked("%(number)s\u00a0d")
        return say(many if days else one, number=_rounded(value / DAY if days else value))
    return _rounded(value)


def stretch(begin: date, end: date, *, year: int | None = None) -> str:
    """Return a stretch of whole weeks: `the week of 16 November`, `the 13 weeks to 22 November`.

    `end` is the day after its last. `year`: the one that need not be said.
    """
    weeks = (end - begin).days // 7
    if weeks <= 1:
        return say("the week of %(day)s", day=day(begin, year=year))
    return say("the %(weeks)s weeks to %(day)s", weeks=weeks, day=day(end - timedelta(days=1), year=year))


def day(one: date, *, year: int | None = None) -> str:
    """Return `16 November 2026`, without the year where it is the one that need not be said."""
    return day_of_year(one) if one.year == year else day_words(one)


def _rounded(value: float, *, whole: bool = False, signed: bool = False) -> Text:
    """Return a number grouped, with a decimal where it is small and has one; `signed`: a plus above zero."""
    if whole or abs(value) >= _FINE or round(value, 1) == int(value):
        return decimal(round(value), 0, signed=signed)
    return decimal(value, signed=signed)
