"""XML Schema `dateTimeStamp`, as VC Data Model 2.0 "Validity Period" writes instants."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from badges.errors import BadgeError
from schemas import InvalidTimeError, format_time, say

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_BEYOND = say("a date beyond the calendar")
_LONGEST = 40  # characters of a text that is remembered
_FORM = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)


class InstantError(BadgeError):
    """Text that is no instant with a time zone."""


def instant(value: object) -> int:
    """Return the microseconds since the Unix epoch of a `dateTimeStamp` (any year from 1 to 9999).

    Digits beyond the microsecond are cut off. Raises `InstantError`.
    """
    if not isinstance(value, str) or len(value) > _LONGEST:
        return _instant(value)
    return _remembered(value)


@lru_cache(maxsize=4_096)
def _remembered(text: str) -> int:
    return _instant(text)


def _instant(value: object) -> int:
    form = _FORM.fullmatch(value) if isinstance(value, str) else None
    if form is None:
        raise InstantError(f"wanted an instant such as 2026-03-01T10:00:00Z, got {ascii(value)[:60]}")
    clock, fraction, offset = form.groups()
    try:
        moment = datetime.fromisoformat(clock + ("+00:00" if offset == "Z" else offset))
        whole = (moment - _EPOCH) // _MICROSECOND
    except (ValueError, OverflowError) as error:
        raise InstantError(f"wanted a date and time that exist, got {ascii(value)[:60]}") from error
    return whole + int(f"{fraction or '.'}000000"[1:7])


@lru_cache(maxsize=4_096)
def written(moment: int) -> str:
    """Return `moment` (microseconds since the Unix epoch) as a `dateTimeStamp` in whole seconds, UTC.

    Raises `InstantError` outside the years 1 to 9999.
    """
    try:
        return format_time(moment - moment % 1_000_000)
    except InvalidTimeError as error:
        raise InstantError(str(error)) from error


def shown(moment: int) -> str:
    """Return `moment` as `written` does, for a person; in words where the calendar has no such date."""
    try:
        return written(moment)
    except InstantError:
        return _BEYOND
