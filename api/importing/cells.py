"""What the cell of a table says, as its column is to be read. An empty cell says nothing, and is null."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from api.importing.errors import CellError
from schemas import InvalidTimeError, format_time, parse_time

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

ISO: Final = "iso"  # a name of the format of RFC 3339 and ISO 8601, with an offset or without
LONGEST_CELL: Final = 32_768  # characters
LONGEST_SHOWN = 60
_UNITS: Final = {"seconds": 1, "minutes": 60, "hours": 3_600}
_MAIL = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+\.[^@\s<>,;\"]+")
_CLOCK = re.compile(r"(\d{1,2}):([0-5]\d):([0-5]\d)")
_SPOKEN = re.compile(r"(?:(\d{1,3})\s*h)?\s*(?:(\d{1,4})\s*m(?:in)?)?\s*(?:(\d{1,5})\s*s(?:ec)?)?", re.IGNORECASE)
_NUMBER = re.compile(r"-?\d{1,15}(?:\.\d{1,6})?")
_LONGEST_MAIL = 254


@dataclass(frozen=True, slots=True)
class Cells:
    """Reads cells. `formats`: how days and times are written; `zone`: whose clock they are by, unless they say."""

    formats: Sequence[str]
    zone: ZoneInfo

    def read(self, text: str, kind: str, values: Mapping[str, str] | None = None) -> Any:  # noqa: ANN401  JSON
        """Return what a cell says, null where it is empty. Raises `CellError`.

        `values`: what the words mean that may stand there, in lower case.
        """
        text = text.strip()
        if not text:
            return None
        if len(text) > LONGEST_CELL:
            raise CellError(f"at most {LONGEST_CELL:,} characters", f"{len(text):,}")
        if values is not None:
            return _one_of(text, values)
        return _READERS[kind](self, text)

    def time(self, text: str) -> str:
        """Return an instant, in UTC (RFC 3339). Raises `CellError` for what can be read in two ways, or in none."""
        moment = self._moment(text)
        return _told(moment if moment.tzinfo else self._placed(moment, text), text)

    def day(self, text: str) -> str:
        """Return a day of the calendar, as 2026-03-01. Raises `CellError` as `time`."""
        return self._moment(text).date().isoformat()

    def _moment(self, text: str) -> datetime:
        found = {made: name for name in self.formats if (made := _moment(text, name)) is not None}
        if not found:
            raise CellError(f"a time as {' or '.join(self.formats)}", _got(text))
        if len(found) > 1:
            raise CellError("a day that can be read in one way alone", f"{_got(text)}: {' or '.join(found.values())}")
        return next(iter(found))

    def _placed(self, moment: datetime, text: str) -> datetime:
        """Return a time of the wall clock's as an instant; when clocks change there are some twice, and some never."""
        early, late = (moment.replace(tzinfo=self.zone, fold=fold) for fold in (0, 1))
        if early.utcoffset() == late.utcoffset():
            return early
        real = early.astimezone(UTC).astimezone(self.zone).replace(tzinfo=None) == moment
        raise CellError(
            f"a time that is once in {self.zone}", f"{_got(text)}, which is {'twice' if real else 'never'} there"
        )


def _moment(text: str, name: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if name == ISO else datetime.strptime(text, name)  # noqa: DTZ007  its zone is the table's
    except ValueError:
        return None


def _told(moment: datetime, text: str) -> str:
    try:
        return format_time(parse_time(moment.astimezone(UTC).isoformat()))
    except (InvalidTimeError, OverflowError) as error:
        raise CellError("a time between 1970 and 2200", _got(text)) from error


def _one_of(text: str, values: Mapping[str, str]) -> str:
    found = values.get(" ".join(text.lower().split()))
    if found is None:
        raise CellError(f"one of {', '.join(values)}", _got(text))
    return found


def _mail(_: Cells, text: str) -> str:
    found = text.removeprefix("mailto:").lower()
    if not _MAIL.fullmatch(found) or len(found) > _LONGEST_MAIL:
        raise CellError("a mail address", _got(text))
    return found


def _number(_: Cells, text: str) -> int | float:
    if not _NUMBER.fullmatch(text):
        raise CellError("a number as 12 or 12.5", _got(text))
    return float(text) if "." in text else int(text)


def _whole(_: Cells, text: str) -> int:
    if not _NUMBER.fullmatch(text) or "." in text:
        raise CellError("a whole number", _got(text))
    return int(text)


def _in(unit: str) -> Callable[[Cells, str], int]:
    def read(_: Cells, text: str) -> int:
        try:
            return _seconds(Decimal(text) * _UNITS[unit], text)
        except InvalidOperation as error:
            raise CellError(f"a number of {unit}", _got(text)) from error

    return read


def _duration(_: Cells, text: str) -> int:
    clock, spoken = _CLOCK.fullmatch(text), _SPOKEN.fullmatch(text)
    parts = clock or spoken
    if parts is None or not any(parts.groups()):
        raise CellError("a duration as 1:02:03 or 1h 2m 3s", _got(text))
    hours, minutes, seconds = (int(part or 0) for part in parts.groups())
    return _seconds(Decimal(hours * 3_600 + minutes * 60 + seconds), text)


def _seconds(found: Decimal, text: str) -> int:
    if not found.is_finite() or found < 0:
        raise CellError("a duration that is not less than nothing", _got(text))
    return round(found)


def _handle(_: Cells, text: str) -> str:
    """Return a handle without its @, in lower case, also where its profile's address is given."""
    return text.rstrip("/").rpartition("/")[2].removeprefix("@").lower()


def _got(text: str) -> str:
    return repr(text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "...")


_READERS: Final[Mapping[str, Callable[[Cells, str], Any]]] = {
    "text": lambda _, text: text,
    "line": lambda _, text: " ".join(text.split()),
    "time": Cells.time,
    "day": Cells.day,
    "mail": _mail,
    "handle": _handle,
    "number": _number,
    "whole": _whole,
    "duration": _duration,
    **{unit: _in(unit) for unit in _UNITS},
}
KINDS: Final = tuple(_READERS)
