"""Days in words: `2 March 2026`, `March 2026`, `2 March`, `2 Mar`, `Mar`; each is twelve messages of the catalogue.

Whole messages and not names of months, because in many languages a month's name is another one beside a day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemas.texts import Text, marked, say

if TYPE_CHECKING:
    from datetime import date

_LONG: Final = (
    marked("%(day)s January %(year)s"),
    marked("%(day)s February %(year)s"),
    marked("%(day)s March %(year)s"),
    marked("%(day)s April %(year)s"),
    marked("%(day)s May %(year)s"),
    marked("%(day)s June %(year)s"),
    marked("%(day)s July %(year)s"),
    marked("%(day)s August %(year)s"),
    marked("%(day)s September %(year)s"),
    marked("%(day)s October %(year)s"),
    marked("%(day)s November %(year)s"),
    marked("%(day)s December %(year)s"),
)
_WITHOUT_DAY: Final = (
    marked("January %(year)s"),
    marked("February %(year)s"),
    marked("March %(year)s"),
    marked("April %(year)s"),
    marked("May %(year)s"),
    marked("June %(year)s"),
    marked("July %(year)s"),
    marked("August %(year)s"),
    marked("September %(year)s"),
    marked("October %(year)s"),
    marked("November %(year)s"),
    marked("December %(year)s"),
)
_SHORT: Final = (
    marked("%(day)s Jan"),
    marked("%(day)s Feb"),
    marked("%(day)s Mar"),
    marked("%(day)s Apr"),
    marked("%(day)s May"),
    marked("%(day)s Jun"),
    marked("%(day)s Jul"),
    marked("%(day)s Aug"),
    marked("%(day)s Sep"),
    marked("%(day)s Oct"),
    marked("%(day)s Nov"),
    marked("%(day)s Dec"),
)


_WITHOUT_YEAR: Final = (
    marked("%(day)s January"),
    marked("%(day)s February"),
    marked("%(day)s March"),
    marked("%(day)s April"),
    marked("%(day)s May"),
    marked("%(day)s June"),
    marked("%(day)s July"),
    marked("%(day)s August"),
    marked("%(day)s September"),
    marked("%(day)s October"),
    marked("%(day)s November"),
    marked("%(day)s December"),
)
_NAMES: Final = (
    say("Jan"),
    say("Feb"),
    say("Mar"),
    say("Apr"),
    say("May"),
    say("Jun"),
    say("Jul"),
    say("Aug"),
    say("Sep"),
    say("Oct"),
    say("Nov"),
    say("Dec"),
)


def day_words(at: date) -> Text:
    """Return `2 March 2026`."""
    return say(_LONG[at.month - 1], day=at.day, year=at.year)


def month_words(at: date) -> Text:
    """Return `March 2026`."""
    return say(_WITHOUT_DAY[at.month - 1], year=at.year)


def short_day_words(at: date) -> Text:
    """Return `2 Mar`."""
    return say(_SHORT[at.month - 1], day=at.day)


def day_of_year(at: date) -> Text:
    """Return `2 March`."""
    return say(_WITHOUT_YEAR[at.month - 1], day=at.day)


def short_month_words(at: date) -> Text:
    """Return `Mar`."""
    return _NAMES[at.month - 1]
