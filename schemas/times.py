"""Instants: RFC 3339 at the edges, whole microseconds since the Unix epoch (UTC) inside.

Every event has a time, so both ways go by tables first: a day, a minute of the day, a second and what follows it
each stand for a number of microseconds. What is not in a table is taken apart by rule.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from schemas.errors import InvalidTimeError

FIRST_YEAR = 1970
LAST_YEAR = 2200

_SECOND = 1_000_000  # µs
_MINUTE = 60 * _SECOND
_DAY = 1_440 * _MINUTE
_MOST_DAYS = 4_096  # remembered: eleven years

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = _EPOCH.toordinal()
_FIRST = 0
_PAST_LAST = int(datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC).timestamp()) * _SECOND
_MICROSECOND = timedelta(microseconds=1)

# RFC 3339 "Internet Date/Time Format", with the ranges left to `datetime`.
_FORM = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2}:([0-9]{2})(?:\.[0-9]+)?)([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_OFFSET = re.compile(r"([+-])([01][0-9]|2[0-3]):([0-5][0-9])")
_LONGEST_SHOWN = 40  # characters of a refused text that a message repeats


class _Days(dict[str, int]):
    """2026-03-01 -> µs. Raises `KeyError` for what is no date of our years."""

    def __missing__(self, text: str) -> int:
        try:
            day = date.fromisoformat(text) if _DATE.fullmatch(text) else date.min
        except ValueError as error:
            raise KeyError(text) from error
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise KeyError(text)
        if len(self) >= _MOST_DAYS:
            self.clear()
        self[text] = at = (day.toordinal() - _EPOCH_DAY) * _DAY
        return at


class _Zones(dict[str, int]):
    """+01:00 -> its µs. Raises `KeyError` for what is no offset; holds all of them at most."""

    def __missing__(self, text: str) -> int:
        form = _OFFSET.fullmatch(text)
        if form is None:
            raise KeyError(text)
        sign, hours, minutes = form.groups()
        self[text] = at = int(f"{sign}1") * (int(hours) * 60 + int(minutes)) * _MINUTE
        return at


class _Ends(dict[str, int]):
    """.5+01:00 -> the µs of the fraction less those of the offset. Raises `KeyError` for what ends no time."""

    def __missing__(self, text: str) -> int:
        zone = text.lstrip(".0123456789")
        if zone == text:
            return -_ZONES[zone]
        digits = text[1 : -len(zone)]
        if text[0] != "." or not digits.isdecimal():
            raise KeyError(text)
        return int(digits[:6].ljust(6, "0")) - _ZONES[zone]


_DAYS = _Days()
_MINUTES = {f"T{hour:02}:{minute:02}": (hour * 60 + minute) * _MINUTE for hour in range(24) for minute in range(60)}
_SECONDS = {f":{second:02}": second * _SECOND for second in range(60)}
_ZONES = _Zones({"Z": 0, "+00:00": 0})
_ENDS = _Ends(_ZONES | {f".{milli:03}Z": milli * 1_000 for milli in range(1_000)})


def parse_time(text: str) -> int:
    """Return the microseconds since the Unix epoch of an RFC 3339 time.

    Any offset is taken, and any number of fractional digits; those past the sixth are cut off.
    Raises `InvalidTimeError` for any other text, for a leap second and outside 1970 to 2200 (UTC).
    """
    try:
        instant = _DAYS[text[:10]] + _MINUTES[text[10:16]] + _SECONDS[text[16:19]] + _ENDS[text[19:]]
    except KeyError:
        return _parsed(text)
    return instant if _FIRST <= instant < _PAST_LAST else _parsed(text)


def _parsed(text: str) -> int:
    """Do what `parse_time` promises, by rule."""
    form = _FORM.fullmatch(text)
    if form is None:
        raise InvalidTimeError(f"wanted an RFC 3339 time such as 2026-03-01T10:00:00Z, got {_shown(text)}")
    day, clock, second, offset = form.groups()
    if second == "60":
        raise InvalidTimeError(f"wanted a second from 00 to 59, got the leap second {_shown(text)}")
    try:
        moment = datetime.fromisoformat(f"{day}T{clock}{'+00:00' if offset in 'Zz' else offset}")
    except ValueError as error:
        raise InvalidTimeError(f"wanted a date and clock time that exist, got {_shown(text)}") from error
    instant = (moment - _EPOCH) // _MICROSECOND
    if not _FIRST <= instant < _PAST_LAST:
        raise InvalidTimeError(f"wanted a year from {FIRST_YEAR} to {LAST_YEAR} (UTC), got {_shown(text)}")
    return instant


_MINUTE_TEXTS = tuple(_MINUTES)
_SECOND_TEXTS = tuple(_SECONDS)


def format_time(instant: int) -> str:
    """Return `instant` (microseconds since the Unix epoch) as RFC 3339 in UTC, ending in Z.

    There is a fraction only where the instant has one, without trailing zeros.
    Raises `InvalidTimeError` outside the years 1 to 9999.
    """
    minutes, rest = divmod(instant, _MINUTE)
    days, minute = divmod(minutes, 1_440)
    second, micros = divmod(rest, _SECOND)
    try:
        day = _day_text(days)
    except (ValueError, OverflowError) as error:
        raise InvalidTimeError(f"wanted an instant in the years 1 to 9999, got {instant} µs") from error
    fraction = f".{micros:06d}".rstrip("0") if micros else ""
    return f"{day}{_MINUTE_TEXTS[minute]}{_SECOND_TEXTS[second]}{fraction}Z"


@lru_cache(maxsize=_MOST_DAYS)
def _day_text(days: int) -> str:
    """Return the date `days` after the epoch. Raises `ValueError` or `OverflowError` outside the years 1 to 9999."""
    return date.fromordinal(_EPOCH_DAY + days).isoformat()


def _shown(text: str) -> str:
    """Return `text` quoted and cut to a length a message can carry."""
    return ascii(text) if len(text) <= _LONGEST_SHOWN else ascii(text[:_LONGEST_SHOWN] + "...")
