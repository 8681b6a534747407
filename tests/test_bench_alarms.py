"""The measure of the alarms: on a small made-up history, that it counts what it says it counts."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import TYPE_CHECKING

from bench.alarms import AFTER, DRAWN, Delay, delays, false_alarms, imported
from tests.api.people import contribution

if TYPE_CHECKING:
    from pathlib import Path

WEEKS = 7 * 52
GAP = range(200, 212)  # weeks in which nothing came


def test_one_false_alarm_and_each_silence_found(tmp_path: Path) -> None:
    """Every Monday for seven years somebody new shares something, but for twelve weeks."""
    days = {n: date(2018, 1, 1) + timedelta(days=7 * n) for n in range(WEEKS) if n not in GAP}
    told = (contribution(n, f"m{n}", time=f"{each}T09:00:00Z") for n, each in days.items())
    file = tmp_path / "weekly.jsonl"
    file.write_text("\n".join(map(json.dumps, told)))
    history = imported("makers", file, "starter", lambda _: None)
    assert len(history.members) == len(days)

    ((_, alarm),) = false_alarms(history, lambda _: None)
    assert (alarm.alarm, alarm.pause and alarm.pause.usual) == ("silent-source", 7)

    source, *rules = delays(history, lambda _: None)
    assert source.what == "the source"
    assert all(day is not None and 0 <= day <= 115 for day in source.days)  # 91 days and a quarter
    assert any(day in range(15, 23) for day in source.days)  # three weeks, where nothing was missed before
    assert [one.what for one in rules] == [f"the rule `{rule.slug}`" for rule in history.charter.rules]


def test_what_was_never_found_is_said() -> None:
    assert str(Delay("x", [None] * DRAWN)) == f"| x | 0 of {DRAWN} | | |"
    assert str(Delay("x", [5, None, AFTER[0], 7])) == "| x | 3 of 4 | 7 | 30 |"
