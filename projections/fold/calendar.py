"""The community's calendar: which day an instant falls on, and when a period begins."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo

_UTC = ZoneInfo("UTC")
_EPOCH = datetime(1970, 1, 1, tzinfo=_UTC).toordinal()
_DAY = 86_400_000_000  # µs
_WEEK = 7  # days
_QUARTER = 900_000_000  # µs


def days(zone: tzinfo) -> Callable[[int], int]:
    """Return what tells the calendar's day (its ordinal) at an instant (µs)."""
    if zone is _UTC:
        return lambda at: at // _DAY + _EPOCH
    return lambda at: _day_of(at // _QUARTER, zone)


@lru_cache(maxsize=131_072)
def _day_of(quarter: int, zone: tzinfo) -> int:
    """Return the calendar's day of a quarter of an hour: no zone changes its day within one."""
    return datetime.fromtimestamp(quarter * _QUARTER // 1_000_000, zone).toordinal()


def period_of(day: int, per: str) -> int:
    """Return the number of the day, week or month that a day belongs to."""
    if per == "month":
        date = datetime.fromordinal(day)
        return date.year * 12 + date.month - 1
    return day if per == "day" else (day - 1) // _WEEK


def period_at(at: int, per: str, zone: tzinfo) -> int:
    """Return the number of the day, week or month of the community's calendar that an instant (µs) lies in."""
    return period_of(days(zone)(at), per)


def begins(period: int, per: str, zone: tzinfo) -> int:
    """Return the instant (µs) at which a period of the community's calendar begins."""
    if per == "month":
        first = datetime(period // 12, period % 12 + 1, 1, tzinfo=zone)
    else:
        day = datetime.fromordinal(period if per == "day" else period * _WEEK + 1)
        first = day.replace(tzinfo=zone)
    return int(first.timestamp()) * 1_000_000
