"""`python -m bench.studies.maintainers PATH...`: a rule for maintainers, held against who was in fact appointed.

PATH: the history, then who was appointed (both CloudEvents, one a line, plain or gzip). What is computed, and how each
number is defined: `docs/studies/maintainers.md`, whose tables and pictures this writes. The same files give the
same bytes. It takes a few minutes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from rich.console import Console
from rich.progress import Progress

from bench.studies import candidates, maintainers_report
from bench.studies.histories import appointed, area_of, events, facts, folded, of_areas, unlinked
from bench.studies.readings import Readings, granted, rule_of
from bench.studies.scoring import (
    DAY,
    Score,
    Window,
    by_year,
    calls,
    intervals,
    leads,
    lists,
    matched,
    quartiles,
    score,
    within_horizon,
)
from projections.charters.charter import parse_charter, preset
from schemas import parse_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from bench.studies.candidates import Candidate
    from bench.studies.scoring import Calls
    from ledger import Fact
    from projections.charters.language import Rule
    from projections.fold.people import Account
    from projections.fold.spans import Spans, Steps

DOCS = Path(__file__).resolve().parents[2] / "docs" / "studies"
SPLIT = "2020-01-01T00:00:00Z"  # the years before choose the rule, those from here on judge it
LARGEST = 12  # areas that are looked at as communities of their own
QUARTERS, TWELFTHS = 4, 12
TOPS = (10, 20)
SHOWN = 12  # candidates, the best


@dataclass(frozen=True, slots=True)
class Side:
    """One community as it is studied: its readings, and who was first appointed when (µs)."""

    readings: Readings
    first: dict[Account, int]

    def counts(self) -> dict[str, dict[Account, Steps]]:
        """Return what the plain baselines count."""
        return {name: self.readings.steps(candidates.leaf(told)) for name, told in candidates.COUNTS.items()}


class Study:
    """A history with its truth, and the years that choose and judge."""

    def __init__(self, history: list[Fact], roles: list[dict[str, Any]]) -> None:
        self.history = history
        self.roles = roles
        begin = min(fact.time for fact in facts(roles))
        end = max(fact.time for fact in history) + 1
        split = parse_time(SPLIT)
        self.begin = begin
        self.fit, self.test = Window(begin + 1, split), Window(split, end)

    def side(self, history: list[Fact], *, acted: bool = False) -> Side:
        """Return a community to study. `acted`: appointed are those alone who had acted in it by then."""
        community = folded(history, preset("open-source"))
        first = appointed(self.roles, community.history.people)
        if acted:
            begun = {member: derived.first for member, derived in community.derived.items()}
            first = {one: at for one, at in first.items() if at <= self.begin or (begun.get(one) or at) < at}
        return Side(Readings(community), first)

    def years(self, window: Window) -> list[tuple[int, Window]]:
        """Return the calendar years of a window."""
        found = []
        for year in range(2000, 2100):
            start, end = (parse_time(f"{number}-01-01T00:00:00Z") for number in (year, year + 1))
            if start < window.end and end > window.start:
                found.append((year, Window(max(start, window.start), min(end, window.end))))
        return found


def all_leaves() -> list[Any]:
    """Return everything that has to be read of a member."""
    asked = [{**told, "within": f"{window}d"} for told in candidates.MEASURES.values() for window in candidates.WINDOWS]
    return [candidates.leaf(told) for told in (*asked, *candidates.COUNTS.values())]


def parts_of(history: list[Fact], many: int) -> Iterator[list[Fact]]:
    """Yield the history cut into so many communities, by a hash of each area's name; works without one in none."""
    for part in range(many):
        yield of_areas(history, partial(_falls_into, part, many))


def _falls_into(part: int, many: int, area: str) -> bool:
    return bool(area) and int(hashlib.sha256(area.encode()).hexdigest(), 16) % many == part


def largest(history: list[Fact]) -> Iterator[list[Fact]]:
    """Yield the histories of the largest areas, each by itself."""
    sizes = Counter(area_of(fact) for fact in history if fact.topic == "contribution.v1")
    del sizes[""]
    for name, _ in sorted(sizes.items(), key=lambda one: (-one[1], one[0]))[:LARGEST]:
        yield of_areas(history, partial(str.__eq__, name))


def compare(side: Side, ready: Mapping[Account, Spans], window: Window) -> dict[str, Calls]:
    """Return whom the rule calls in a window, and as many whom each baseline calls."""
    called = calls(ready, side.first, window)
    others = {name: matched(called, steps, side.first) for name, steps in side.counts().items()}
    return {"the rule": called, **others}


def told_of(side: Side, ready: Mapping[Account, Spans], window: Window, *, whole: bool = False) -> dict[str, Any]:
    """Return how the rule and the baselines fared in a window; `whole`: with intervals and horizon."""
    called = compare(side, ready, window)
    told: dict[str, Any] = {name: score(one, side.first, window).told() for name, one in called.items()}
    told["lead"] = quartiles(leads(ready, side.first, called["the rule"], window))
    if whole:
        month = {name: score(one, side.first, window, ahead=30 * DAY) for name, one in called.items()}
        told["a month ahead"] = {name: one.told() for name, one in month.items()}
        judged = {name: within_horizon(one, side.first, window) for name, one in called.items()}
        told["within three years"] = {name: [one.called, one.hits] for name, one in judged.items()}
        told["intervals"] = intervals(called, side.first, window, side.readings.members)
    return told


class Tried(NamedTuple):
    """A candidate, and how it fared in the years that choose: in the whole community, and in its quarters together."""

    candidate: Candidate
    whole: Score
    quarters: Score

    @property
    def worth(self) -> float:
        """What candidates are ranked by."""
        return self.whole.f1 + self.quarters.f1

    def told(self) -> dict[str, Any]:
        """Return it as JSON."""
        said = {"rule": candidates.words(self.candidate), "worth": round(self.worth, 3)}
        return {**said, "whole": self.whole.told(), "quarters": self.quarters.told()}


def grid(whole: Side, quarters: Sequence[Side], fit: Window, told: Callable[[], None]) -> list[Tried]:
    """Return how every candidate fared in the years that choose, the best first."""
    tried = []
    for candidate in candidates.candidates():
        rule = candidates.read(candidate)
        one, *four = (score(calls(s.readings.ready(rule), s.first, fit), s.first, fit) for s in (whole, *quarters))
        tried.append(Tried(candidate, one, sum(four, Score(0, 0, 0))))
        told()
    return sorted(tried, key=lambda each: -each.worth)


def pooled(sides: Iterable[Side], rule: Rule, windows: Mapping[str, Window]) -> dict[str, Any]:
    """Return, for each window, how the rule and the baselines fared in several communities together."""
    sums: dict[str, dict[str, Score]] = {when: {} for when in windows}
    for side in sides:
        for when, window in windows.items():
            for name, called in compare(side, side.readings.ready(rule), window).items():
                before = sums[when].get(name, Score(0, 0, 0))
                sums[when][name] = before + score(called, side.first, window)
    return {when: {name: one.told() for name, one in found.items()} for when, found in sums.items()}


def yearly(study: Study, side: Side, ready: Mapping[Account, Spans], window: Window) -> list[dict[str, Any]]:
    """Return, year by year, the calls of the rule and of the baselines, and how those appointed were called."""
    called = compare(side, ready, window)
    years = study.years(window)
    rows = {name: by_year(one, side.first, window, [year for _, year in years]) for name, one in called.items()}
    return [{"year": year, **{name: rows[name][place] for name in rows}} for place, (year, _) in enumerate(years)]


def tops(study: Study, side: Side, ready: Mapping[Account, Spans], window: Window) -> list[dict[str, Any]]:
    """Return, for each New Year's Day, how many of those listed then were appointed within a year, and within three."""
    rows = []
    for year, whole in study.years(window):
        at = whole.start
        row: dict[str, Any] = {"year": year}
        for name, steps in side.counts().items():
            for most in (0, *TOPS):
                now, top = lists(ready, steps, side.first, at, most)
                row["the rule"] = _fates(now, side.first, at)
                row[f"{name}, {most or 'as many'}"] = _fates(top, side.first, at)
        rows.append(row)
    return rows


def _fates(listed: list[Account], first: Mapping[Account, int], at: int) -> list[int]:
    after = [first[one] - at for one in listed if one in first]
    return [len(listed), sum(one < 365 * DAY for one in after), sum(one < 3 * 365 * DAY for one in after)]


def sensitivity(side: Side, window: Window) -> list[dict[str, Any]]:
    """Return what halving, doubling or leaving out each number does, and what other windows do."""
    group, _, asked = chosen = candidates.CHOSEN
    variants: list[tuple[str, Candidate]] = [("as chosen", chosen)]
    variants += [
        ("every number halved", candidates.scaled(chosen, 0.5)),
        ("every number doubled", candidates.scaled(chosen, 2)),
    ]
    for name in asked:
        variants += [
            (f"{name} {word}", candidates.scaled(chosen, by, name)) for word, by in (("halved", 0.5), ("doubled", 2))
        ]
        variants.append((f"without {name}", candidates.without(chosen, name)))
    variants += [(f"in {days} days", (group, days, asked)) for days in candidates.WINDOWS[1:]]
    return [{"what": what, **_against(side, candidates.read(one), window)} for what, one in variants]


def _against(side: Side, rule: Rule, window: Window) -> dict[str, Any]:
    found = compare(side, side.readings.ready(rule), window)
    told = {name: score(one, side.first, window) for name, one in found.items()}
    return {**told["the rule"].told(), "baselines": max(one.hits for name, one in told.items() if name != "the rule")}


def reach(side: Side, window: Window) -> dict[str, int]:
    """Return how much of the appointed any rule could have known beforehand."""
    chosen = {one: at for one, at in side.first.items() if window.has(at)}
    commits = side.counts()["most commits"]
    days = side.readings.steps(candidates.leaf({"days": "activity"}))
    begun = {member: steps[0][0] for member, steps in days.items()}
    known = [one for one, at in chosen.items() if begun.get(one, at) < at]
    month = [one for one, at in chosen.items() if begun.get(one, at) + 30 * DAY < at]
    ten = [one for one in known if any(value >= 10 for at, value in commits.get(one, []) if at < chosen[one])]  # noqa: PLR2004
    return {
        "appointed": len(chosen),
        "had acted": len(known),
        "for a month": len(month),
        "10 commits in a year": len(ten),
    }


def run(history: list[Fact], roles: list[dict[str, Any]], progress: Progress) -> dict[str, Any]:
    """Return everything the report tells."""
    study = Study(history, roles)
    stages = progress.add_task("Reading communities", total=3 + QUARTERS + TWELFTHS + LARGEST)

    def side(some: list[Fact], **more: bool) -> Side:
        found = study.side(some, **more)
        found.readings.take(all_leaves())
        progress.advance(stages)
        return found

    whole, raw = side(history), side(unlinked(history))
    quarters = [side(part, acted=True) for part in parts_of(history, QUARTERS)]
    trying = progress.add_task("Trying candidates", total=sum(1 for _ in candidates.candidates()))
    tried = grid(whole, quarters, study.fit, lambda: progress.advance(trying))
    rule = candidates.read(candidates.CHOSEN)
    ready, windows = whole.readings.ready(rule), {"fit": study.fit, "test": study.test}
    twelfths = pooled((side(part, acted=True) for part in parts_of(history, TWELFTHS)), rule, windows)
    areas = pooled((side(part, acted=True) for part in largest(history)), rule, windows)
    before = folded(history, parse_charter(candidates.former()))
    progress.advance(stages)
    engine, former = granted(whole.readings.community), granted(before)
    return {
        "facts": len(history),
        "members": {"linked": len(whole.readings.members), "raw": len(raw.readings.members)},
        "engine": {
            "ready": len(engine),
            "disagreements": sum(engine.get(m) != ready.get(m) for m in {*engine, *ready}),
        },
        "tried": len(tried),
        "grid": [each.told() for each in tried[:SHOWN]],
        "place": [each.candidate for each in tried].index(candidates.CHOSEN) + 1,
        "reach": {name: reach(whole, window) for name, window in windows.items()},
        "linked": {name: told_of(whole, ready, window, whole=True) for name, window in windows.items()},
        "raw": {name: told_of(raw, raw.readings.ready(rule), window) for name, window in windows.items()},
        "former": {name: told_of(whole, former, window) for name, window in windows.items()},
        "by year": yearly(study, whole, ready, study.test),
        "by year, raw": yearly(study, raw, raw.readings.ready(rule), study.test),
        "by year, fit": yearly(study, whole, ready, study.fit),
        "tops": tops(study, whole, ready, study.test),
        "sensitivity": {name: sensitivity(whole, window) for name, window in windows.items()},
        "quarters": pooled(quarters, rule, windows),
        "twelfths": twelfths,
        "areas": areas,
        "each quarter": [told_of(one, one.readings.ready(rule), study.test) for one in quarters],
        "leads": [round(one) for one in leads(ready, whole.first, calls(ready, whole.first, study.test), study.test)],
        "curves": {name: curves(whole, window) for name, window in windows.items()},
    }


def curves(side: Side, window: Window) -> dict[str, list[list[int]]]:
    """Return what thresholds on the plain counts would have done: called and hits, from many called to few."""
    found = {}
    for name, told in candidates.COUNTS.items():
        points = []
        for number in (5, 8, 10, 15, 20, 30, 40, 60, 80, 120, 160):
            ready = side.readings.ready(rule_of({**told, "at_least": number}))
            one = score(calls(ready, side.first, window), side.first, window)
            points.append([number, one.called, one.hits])
        found[name] = points
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Study the histories named on the command line, and write what came out."""
    parser = argparse.ArgumentParser(prog="python -m bench.studies.maintainers", description=__doc__)
    parser.add_argument("history", type=Path, help="the history: CloudEvents, one a line, .jsonl or .jsonl.gz")
    parser.add_argument("appointed", type=Path, help="who was appointed: assignments of a role, one a line")
    parser.add_argument("--into", type=Path, default=DOCS, help="the folder of the report (default: docs/studies)")
    asked = parser.parse_args(arguments)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        found = run(facts(events(asked.history)), list(events(asked.appointed)), progress)
    asked.into.mkdir(parents=True, exist_ok=True)
    asked.into.joinpath("maintainers.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    maintainers_report.write(json.loads(json.dumps(found)), asked.into)


if __name__ == "__main__":
    main()
