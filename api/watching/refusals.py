"""Alarms at the door: events that are refused, or that come again with other content, more than now and then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemas import counted, grouped, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ledger import Conflict

SHARE = 0.1  # of all events since this process started
FEWEST = 20  # events refused, or met again with other content
DAYS = 7  # in which conflicts are counted
_DAY = 86_400_000_000  # µs


def refused(counts: Mapping[str, int]) -> dict[str, Any] | None:
    """Return the alarm of many refused events, by a process's counts of outcomes; None where they are few."""
    number, of = counts.get("refused", 0), sum(counts.values())
    if number < FEWEST or number < SHARE * of:
        return None
    words = say(
        "Of %(all)s events that came since this process started, %(refused)s were refused.",
        all=grouped(of),
        refused=grouped(number),
    )
    advice = say("Each sender was told what was wrong and where: read what the source was answered.")
    return _told("refused-events", words, advice)


def conflicting(conflicts: Sequence[Conflict], at: int) -> dict[str, Any] | None:
    """Return the alarm of many events that came again with other content of late, by the instant (µs)."""
    number = sum(each.times for each in conflicts if at - DAYS * _DAY <= each.met <= at)
    if number < FEWEST:
        return None
    words = say(
        "In the last %(days)s an event came with an id that another event has: %(times)s or more.",
        days=counted(DAYS, "day", "days"),
        times=counted(number, "time", "times"),
    )
    advice = say(
        "None of them was stored. The manager's page says where they differ; the source must give each event an id "
        "of its own."
    )
    return _told("conflicting-events", words, advice)


def _told(alarm: str, words: str, advice: str) -> dict[str, Any]:
    never = dict.fromkeys(("last", "since", "usual_days", "longest_days"))
    return {"alarm": alarm, "of": "POST /events", "words": words, "advice": advice, "likely": [], **never, "rules": []}
