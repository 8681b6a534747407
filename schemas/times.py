"""Instants: RFC 3339 at the edges, whole microseconds since the Unix epoch (UTC) inside."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from schemas.errors import InvalidTimeError

FIRST_YEAR = 1970
LAST_YEAR = 2200

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST = 0
_PAST_LAST = int(datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
_MICROSECOND = timedelta(microseconds=1)

# RFC 3339 "Internet Date/Time Format", with the ranges left to `datetime`.
_FORM = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2}:([0-9]{2})(?:\.[0-9]+)?)([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_LONGEST_SHOWN = 40  # characters of a refused text that a message repeats


def parse_time(text: str) -> int:
    """Return the microseconds since the Unix epoch of an RFC 3339 time.

    Any offset is taken, and any number of fractional digits; those past the sixth are cut off.
    Raises `InvalidTimeError` for any other text, for a leap second and outside 1970 to 2200 (UTC).
    """
    form = _FORM.fullmatch(text)
    if form is None:
        raise InvalidTimeError(f"wanted an RFC 3339 time such as 2026-03-01T10:00:00Z, got {_shown(text)}")
    date, clock, second, offset = form.groups()
    if second == "60":
        raise InvalidTimeError(f"wanted a second from 00 to 59, got the leap second {_shown(text)}")
    try:
        moment = datetime.fromisoformat(f"{date}T{clock}{'+00:00' if offset in 'Zz' else offset}")
    except ValueError as error:
        raise InvalidTimeError(f"wanted a date and clock time that exist, got {_shown(text)}") from error
    instant = (moment - _EPOCH) // _MICROSECOND
    if not _FIRST <= instant < _PAST_LAST:
        raise InvalidTimeError(f"wanted a year from {FIRST_YEAR} to {LAST_YEAR} (UTC), got {_shown(text)}")
    return instant


def format_time(instant: int) -> str:
    """Return `instant` (microseconds since the Unix epoch) as RFC 3339 in UTC, ending in Z.

    There is a fraction only where the instant has one, without trailing zeros.
    Raises `InvalidTimeError` outside the years 1 to 9999.
    """
    try:
        moment = _EPOCH + timedelta(microseconds=instant)
    except OverflowError as error:
        raise InvalidTimeError(f"wanted an instant in the years 1 to 9999, got {instant} µs") from error
    whole = moment.replace(microsecond=0, tzinfo=None).isoformat()
    fraction = f".{moment.microsecond:06d}".rstrip("0") if moment.microsecond else ""
    return f"{whole}{fraction}Z"


def _shown(text: str) -> str:
    """Return `text` quoted and cut to a length a message can carry."""
    return ascii(text) if len(text) <= _LONGEST_SHOWN else ascii(text[:_LONGEST_SHOWN] + "...")
