"""`python -m bench.studies.meetings PATH`: a rule on attendance, as of any day, beside a count from the events.

PATH: a history of attendance (CloudEvents, one a line, plain or gzip). The rule: at least 25 % of a committee's
meetings in three months. Asked of every member at the end of every month, and compared with a count that knows
nothing of the engine. It writes the table and the picture of `docs/studies/meetings.md`.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
from bisect import bisect_left, bisect_right
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from rich.console import Console
from rich.progress import track

from bench.studies.histories import events, facts, folded
from bench.studies.svg import WIDTH, Picture
from bench.studies.tables import replaced, table
from projections.charters.charter import parse_charter
from projections.fold.people import Account
from projections.fold.spans import span_at
from schemas import parse_time

if TYPE_CHECKING:
    from collections.abc import Sequence


DOCS = Path(__file__).resolve().parents[2] / "docs" / "studies"
WINDOW = 90  # days: the three months
SHARE = 25  # percent
DAY = 86_400_000_000
_LEFT, _TOP, _ROW = 46, 66, 8  # px


def charter(series: str) -> dict[str, Any]:
    """Return a charter of the one rule: a share of the meetings of a series."""
    share = {"share": "attendance", "of": "series", "where": {"series": series}, "within": f"{WINDOW}d"}
    rule = {
        "rule": "present",
        "version": 1,
        "grants": {"cohort": "present"},
        "all": [{**share, "at_least": f"{SHARE}%"}],
    }
    return {"charter": 1, "name": "A committee", "cohorts": [{"cohort": "present", "name": "Present"}], "rules": [rule]}


class Found(NamedTuple):
    """What was asked of whom, and what came of it."""

    members: list[Account]  # in order of their first meeting
    ends: list[int]  # µs: the end of each month
    met: dict[Account, list[bool]]
    there: dict[Account, list[int]]  # meetings attended in each month
    held: list[int]  # meetings in each month
    disagreements: int


def study(told: list[dict[str, Any]]) -> Found:
    """Ask the engine and count by hand, every member at the end of every month. `told` is attendance alone."""
    series = told[0]["data"]["series"]
    history = facts(told)
    community = folded(history, parse_charter(charter(series)))
    seats: defaultdict[Account, list[int]] = defaultdict(list)
    meetings: dict[str, int] = {}
    for fact in history:
        meetings[fact.open["session"]] = fact.time
        seats[Account(fact.open["attendee"])].append(fact.time)
    members = sorted(seats, key=lambda one: (min(seats[one]), one))
    times = sorted(meetings.values())
    ends = month_ends(times[0], times[-1])
    spans = {one: community.derived[one].grants.get(("cohort", "present"), []) for one in members}
    met: dict[Account, list[bool]] = {}
    disagreements = 0
    for one in track(members, "Asking", console=Console(stderr=True), transient=True):
        met[one] = [span_at(spans[one], at) is not None for at in ends]
        disagreements += sum(ours != counted(seats[one], times, at) for ours, at in zip(met[one], ends, strict=True))
    begins = [month_start(end) for end in ends]
    months = list(zip(begins, ends, strict=True))
    there = {one: [_many(sorted(seats[one]), begin, end) for begin, end in months] for one in members}
    return Found(members, ends, met, there, [_many(times, begin, end) for begin, end in months], disagreements)


def counted(attended: Sequence[int], held: Sequence[int], at: int) -> bool:
    """Return whether somebody was at a quarter of the meetings of the last three months, by counting."""
    lately = [time for time in held if at - WINDOW * DAY < time <= at]
    hers = [time for time in attended if at - WINDOW * DAY < time <= at]
    return bool(lately) and 100 * len(hers) >= SHARE * len(lately)


def month_ends(first: int, last: int) -> list[int]:
    """Return the last instant (µs) of every month from one instant to another."""
    begin = dt.datetime.fromtimestamp(first / 1e6, dt.UTC).date().replace(day=1)
    ends: list[int] = []
    while not ends or ends[-1] < last:
        begin = (begin + dt.timedelta(days=32)).replace(day=1)
        ends.append(parse_time(f"{begin.isoformat()}T00:00:00Z") - 1)
    return ends


def month_start(end: int) -> int:
    """Return the first instant of the month that an instant lies in (µs)."""
    return parse_time(f"{_month(end)}-01T00:00:00Z")


def _month(at: int) -> str:
    return f"{dt.datetime.fromtimestamp(at // 1_000_000, dt.UTC):%Y-%m}"


def _many(times: Sequence[int], begin: int, end: int) -> int:
    return bisect_right(times, end) - bisect_left(times, begin)


def yearly(found: Found) -> list[list[str]]:
    """Return, for each year, what its last month end says: meetings, who met the rule, who came at all."""
    rows = []
    for year in sorted({_month(end)[:4] for end in found.ends}):
        months = [place for place, end in enumerate(found.ends) if _month(end)[:4] == year]
        last = months[-1]
        met = [one for one in found.members if found.met[one][last]]
        quarter = range(max(0, last - 2), last + 1)
        came = [one for one in found.members if any(found.there[one][place] for place in quarter)]
        row = (
            sum(found.held[place] for place in months),
            _month(found.ends[last]),
            len(came),
            len(met),
            _lost(found, months),
        )
        rows.append([year, *map(str, row)])
    return rows


def _lost(found: Found, months: list[int]) -> int:
    """Count how often somebody who met the rule at the end of one month did not at the end of the next."""
    turns = [place for place in months if place]
    return sum(found.met[one][place - 1] and not found.met[one][place] for one in found.members for place in turns)


def picture(found: Found) -> str:
    """Draw who met the rule in which month, and who was there."""
    asked = len(found.members) * len(found.ends)
    words = (
        f"One row for each of {len(found.members)} members, in order of their first meeting; one column for each of"
        f" {len(found.ends)} months from {_month(found.ends[0])} to {_month(found.ends[-1])}. A box where the rule was"
        " met at the end of the month; a dot where she was at a meeting in it. Boxes follow dots and outlast them by up"
        f" to three months. Of {asked:,} answers {sum(map(sum, found.met.values())):,} are yes."
    )
    drawn = Picture("Who met the rule, month by month", words, _TOP + _ROW * len(found.members) + 34)
    step = (WIDTH - _LEFT - 16) / len(found.ends)
    drawn.key(_LEFT, 48, "d", "met the rule at the month's end")
    drawn.key(_LEFT + 220, 48, "a", "was at a meeting in that month")
    for place, end in enumerate(found.ends):
        if _month(end).endswith("-01"):
            x = _LEFT + place * step
            drawn.line([(x, _TOP), (x, _TOP + _ROW * len(found.members) + 6)])
            drawn.text(x + 2, _TOP + _ROW * len(found.members) + 20, _month(end)[:4], "small")
    for row, one in enumerate(found.members):
        y = _TOP + row * _ROW
        if row % 10 == 0:
            drawn.text(_LEFT - 8, y + _ROW, str(row + 1), "small end")
        for start, length in _runs(found.met[one]):
            drawn.bar(round(_LEFT + start * step, 1), y, round(length * step, 1), _ROW - 1, "d")
        for place, times in enumerate(found.there[one]):
            if times:
                drawn.dot(round(_LEFT + (place + 0.5) * step, 1), y + (_ROW - 1) / 2, 1.6, "a")
    return drawn.done()


def _runs(met: Sequence[bool]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for place, one in enumerate(met):
        if one and runs and sum(runs[-1]) == place:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        elif one:
            runs.append((place, 1))
    return runs


def summary(found: Found) -> dict[str, Any]:
    """Return what there is to tell in numbers."""
    yes = sum(map(sum, found.met.values()))
    idle = sum(
        1
        for one in found.members
        for place, met in enumerate(found.met[one])
        if met and not any(found.there[one][max(0, place - 2) : place + 1])
    )
    return {
        "members": len(found.members),
        "months": len(found.ends),
        "meetings": sum(found.held),
        "answers": len(found.members) * len(found.ends),
        "yes": yes,
        "disagreements": found.disagreements,
        "met without a meeting in these three calendar months": idle,
    }


def write(found: Found, into: Path) -> None:
    """Write the picture, the numbers and the tables of the report into a folder."""
    into.mkdir(parents=True, exist_ok=True)
    told = summary(found)
    into.joinpath("meetings.svg").write_text(picture(found), encoding="utf-8")
    into.joinpath("meetings.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    heads = [
        "year",
        "meetings",
        "asked at the end of",
        "came in the last three months",
        "met the rule",
        "times it was lost",
    ]
    tables = {
        "numbers": table(["", ""], [[name, f"{value:,}"] for name, value in told.items()]),
        "years": table(heads, yearly(found)),
    }
    replaced(into / "meetings.md", tables)


def main(arguments: Sequence[str] | None = None) -> None:
    """Study the history named on the command line, and write what came out."""
    parser = argparse.ArgumentParser(prog="python -m bench.studies.meetings", description=__doc__)
    parser.add_argument("history", type=Path, help="attendance: CloudEvents, one a line, .jsonl or .jsonl.gz")
    parser.add_argument("--into", type=Path, default=DOCS, help="the folder of the report (default: docs/studies)")
    asked = parser.parse_args(arguments)
    write(study(list(events(asked.history))), asked.into)


if __name__ == "__main__":
    main()
