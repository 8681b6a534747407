"""Taking turns in the light: whoever stood in it lately lets others go first.

Pure, and the same for whoever asks: the periods before are played through from a fixed day on, each with the same
rule, so it follows from the facts alone who stood in the light when.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from projections.fold.calendar import period_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from projections.fold.people import Account

SEATS: Final = 3
RESTS: Final = {"day": 14, "week": 8, "month": 6}
"""For so many periods after her turn a member comes after those who had none, the latest turn last."""


class Candidate(NamedTuple):
    """Somebody who could stand in the light. `weight`: the larger, the earlier; `tie` decides among equals."""

    who: Account
    weight: tuple[int, ...]
    tie: tuple[int, str]  # the earlier first
    what: str
    facts: tuple[int, ...]


def anchor(day: int, per: str) -> int:
    """Return the first period that is played through to know whose turn it is on a day (its ordinal)."""
    date = datetime.fromordinal(day)
    if per == "day":
        before = (date.year, date.month - 1) if date.month > 1 else (date.year - 1, 12)
        return period_of(datetime(*before, 1).toordinal(), per)  # noqa: DTZ001  a date of the community's calendar
    if per == "week":
        half = (date.year, 1) if date.month > 6 else (date.year - 1, 7)  # noqa: PLR2004  the second half of a year
        return period_of(datetime(*half, 1).toordinal(), per)  # noqa: DTZ001
    return period_of(datetime(date.year - 1, 1, 1).toordinal(), per)  # noqa: DTZ001


def in_turn(
    candidates: Mapping[int, Sequence[Candidate]], first: int, period: int, per: str, seats: int = SEATS
) -> list[Candidate]:
    """Return who stands in the light in a period, of the candidates of each from `first` on."""
    rest, turns = RESTS[per], dict[str, int]()
    chosen: list[Candidate] = []
    for number in range(first, period + 1):
        order = sorted(candidates.get(number, ()), key=lambda one: _place(one, turns.get(one.who), number, rest))
        chosen = _one_each(order)[:seats]
        turns.update({one.who: number for one in chosen})
    return chosen


def _place(one: Candidate, turn: int | None, number: int, rest: int) -> tuple[object, ...]:
    waits = 0 if turn is None else max(0, rest - (number - turn))
    return waits, tuple(-each for each in one.weight), one.tie


def _one_each(order: Sequence[Candidate]) -> list[Candidate]:
    first: dict[str, Candidate] = {}
    for one in order:
        first.setdefault(one.who, one)
    return list(first.values())
