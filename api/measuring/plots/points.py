"""A measure's history as a plot takes it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FEW: Final = 5
"""Of fewer people a share says little: it is drawn hollow."""


class Point(NamedTuple):
    """What a measure was in some whole weeks; `end` is the day after the last. None: not known."""

    begin: date
    end: date
    value: float | None
    n: int | None

    @property
    def week(self) -> date:
        """The Monday of its last week, by which it is placed."""
        return self.end - timedelta(weeks=1)

    @property
    def few(self) -> bool:
        """Whether it rests on fewer than `FEW`."""
        return self.n is not None and self.n < FEW


def points_of(told: Iterable[Mapping[str, Any]]) -> list[Point]:
    """Return a series as JSON tells it (`from`, `to`, `value`, `n`), the oldest first."""
    return [
        Point(date.fromisoformat(one["from"][:10]), date.fromisoformat(one["to"][:10]), one["value"], one["n"])
        for one in told
    ]
