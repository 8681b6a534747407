"""An alarm: something that used to come, and stopped."""

from __future__ import annotations

from datetime import date as day_of
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

from projections.fold.heard import DAY
from schemas import counted, day_words, format_time, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from projections.alarms.silence import Silence
    from schemas import Text

Kind = Literal["silent-source", "never-heard", "silent-kind", "silent-value", "silent-metric", "dead-rule"]
KINDS = get_args(Kind)


class Alarm(NamedTuple):
    """What stopped, in words for a manager; days are of UTC since 1970-01-01."""

    alarm: Kind
    of: str  # the source, as it is called, or the rule
    words: str
    advice: str
    likely: tuple[str, ...]  # what it may come from
    last: int | None  # day on which it came for the last time; None: never
    since: int  # day from which on the alarm stands
    pause: Silence | None
    rules: tuple[str, ...]  # rules that ask for it

    def told(self) -> dict[str, Any]:
        """Return it JSON-ready; days as `2026-03-01`."""
        return {
            "alarm": self.alarm,
            "of": self.of,
            "words": self.words,
            "advice": self.advice,
            "likely": list(self.likely),
            "last": None if self.last is None else _iso(self.last),
            "since": _iso(self.since),
            "usual_days": self.pause.usual if self.pause else None,
            "longest_days": self.pause.longest if self.pause else None,
            "rules": list(self.rules),
        }


def usual(pause: Silence) -> Iterator[Text]:
    """Yield, as a sentence to stand behind another, how long the pauses used to be; nothing where it is not known."""
    if pause.longest:
        yield say(
            "In the two years before, nine in ten of the pauses were no longer than %(usual)s, and the longest was "
            "%(longest)s.",
            usual=number_of(pause.usual),
            longest=number_of(pause.longest),
        )


def number_of(days: int) -> Text:
    """Return `1 day`, `12 days`."""
    return counted(days, "day", "days")


def date(day: int) -> Text:
    """Return a day as people write it: `3 May 2024`."""
    return day_words(day_of.fromisoformat(_iso(day)))


def _iso(day: int) -> str:
    return format_time(day * DAY)[:10]
