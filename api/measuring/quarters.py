"""Quarters of a community's calendar, and from when on what is said of one is settled."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple, Self

from schemas import marked, say

if TYPE_CHECKING:
    from datetime import tzinfo

_NAME = re.compile(r"([0-9]{4})-Q([1-4])")
_FIRST_YEAR, _LAST_YEAR = 1970, 2199
_MICROSECONDS = 1_000_000
_QUARTERS: Final = (
    marked("first quarter of %(year)s"),
    marked("second quarter of %(year)s"),
    marked("third quarter of %(year)s"),
    marked("fourth quarter of %(year)s"),
)


class Quarter(NamedTuple):
    """A quarter of a year, `number` 1 to 4."""

    year: int
    number: int

    @classmethod
    def named(cls, text: str) -> Self | None:
        """Return the quarter called `2026-Q3`; None for what is no name of one."""
        found = _NAME.fullmatch(text)
        if found is None or not _FIRST_YEAR <= int(found[1]) <= _LAST_YEAR:
            return None
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def at(cls, instant: int, zone: tzinfo) -> Self:
        """Return the quarter that an instant (µs) lies in."""
        date = datetime.fromtimestamp(instant // _MICROSECONDS, zone)
        return cls(date.year, (date.month + 2) // 3)

    @property
    def name(self) -> str:
        """What addresses call it: `2026-Q3`."""
        return f"{self.year}-Q{self.number}"

    @property
    def words(self) -> str:
        """What people call it: `third quarter of 2026`."""
        return say(_QUARTERS[self.number - 1], year=self.year)

    @property
    def before(self) -> Quarter:
        """The one before."""
        return Quarter(self.year - 1, 4) if self.number == 1 else Quarter(self.year, self.number - 1)

    @property
    def after(self) -> Quarter:
        """The next one."""
        return Quarter(self.year + 1, 1) if self.number == 4 else Quarter(self.year, self.number + 1)  # noqa: PLR2004

    def begins(self, zone: tzinfo) -> int:
        """Return the instant (µs) at which it begins."""
        return int(datetime(self.year, 3 * self.number - 2, 1, tzinfo=zone).timestamp()) * _MICROSECONDS

    def ends(self, zone: tzinfo) -> int:
        """Return the instant (µs) at which the next one begins."""
        return self.after.begins(zone)


class Settled(NamedTuple):
    """By what was known when (µs) a quarter is told; `frozen`: that will never be another, `begun`: it has.

    `imported`: its history was brought in after it had ended.
    """

    known_at: int
    frozen: bool
    imported: bool


def settled(quarter: Quarter, zone: tzinfo, first: int, now: int) -> Settled:
    """Return by what was known when a quarter is told at an instant; `first`: when the book began (all µs).

    That is the quarter's end. Of a quarter that ended before the book began nothing was known then: it settles at the
    end of the quarter in which the history was brought in. Until then it is told by what is known now.
    """
    end = quarter.ends(zone)
    imported = first >= end
    at = Quarter.at(first, zone).ends(zone) if imported else end
    return Settled(min(at, now), frozen=at <= now, imported=imported)


def ended(first: int, now: int, zone: tzinfo, most: int) -> list[Quarter]:
    """Return the quarters from the one of an instant to the one before now (µs), the latest first, so many at most."""
    found: list[Quarter] = []
    one = Quarter.at(now, zone).before
    while len(found) < most and one.ends(zone) > first:
        found.append(one)
        one = one.before
    return found
