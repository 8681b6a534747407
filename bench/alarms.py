"""How often alarms are false, and how late they are true: `python -m bench.alarms NAME=FILE[:PRESET] ...`.

A file of events is imported under a preset charter, and alarms are asked for week by week of all its years, as
each week would have seen them: every one that is raised while the history goes on is counted as false. Then, at
days drawn by a fixed seed, a part of the history is silenced for good (a source, a kind of fact, a value, one rule
after another), and it is counted how many days later that alarm stands. A run with the same files prints the same.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import json
import random
from collections import Counter
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from rich.console import Console
from rich.progress import Progress

from bench import books
from projections import Follower, migrate_views, open_views, parse_charter, preset
from projections.alarms.raised import alarms
from projections.fold.heard import DAY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from projections import Charter
    from projections.alarms.alarm import Alarm, Kind
    from projections.fold.heard import Channel, Days, Heard
    from projections.fold.holds import Derived

WEEK = 7
SEED = 11
DRAWN = 24  # days at which something is silenced
WARM = 3 * 365  # days of history before the first of them
AFTER = (30, 60, 120, 240, 480, 960)  # days later at which alarms are asked for
CHUNK = 1_000


@dataclass(frozen=True)
class History:
    """A community's history, as alarms are judged by it."""

    name: str
    heard: Heard
    members: Sequence[Derived]
    charter: Charter

    @property
    def days(self) -> tuple[int, int]:
        """The first and the last day of it."""
        days = {day for counts in self.heard.values() for day in counts}
        return min(days), max(days)

    def alarms(self, day: int) -> list[Alarm]:
        """Return the alarms that stood on a day."""
        return alarms(self.heard, self.members, [self.charter], {}, day * DAY)


class Silenced(NamedTuple):
    """What is silenced, and which alarm should find it."""

    alarm: Kind
    fact: str = ""
    field: str = ""
    value: str = ""
    rule: str = ""

    def __str__(self) -> str:
        if self.rule:
            return f"the rule `{self.rule}`"
        return " ".join(filter(None, (self.fact or "the source", self.field, self.value)))

    def left(self, one: Channel, days: Days, day: int) -> Days:
        """Return what is still heard of a channel where this is silenced after a day."""
        wanted = (self.fact, self.field, self.value)
        gone = not self.rule and all(want in ("", got) for want, got in zip(wanted, one[1:], strict=True))
        return {at: number for at, number in days.items() if at <= day} if gone else days


class Delay(NamedTuple):
    """Something that was silenced again and again, and after how many days that was found; None: never."""

    what: str
    days: list[int | None]

    def __str__(self) -> str:
        found = sorted(day for day in self.days if day is not None)
        if not found:
            return f"| {self.what} | 0 of {len(self.days)} | | |"
        return f"| {self.what} | {len(found)} of {len(self.days)} | {median(found):.0f} | {found[-1]} |"


def imported(name: str, file: Path, charter: str, told: Callable[[int], None]) -> History:
    """Return the history in a file, imported into a book of its own under a preset charter."""
    with books.folder() as folder, contextlib.ExitStack() as stack:
        database = str(folder / "book.sqlite")
        book = stack.enter_context(books.book(database, folder))
        migrate_views(database)
        views = open_views(database, book.shard_of)
        stack.callback(views.close)
        book.open_community(name, name=name)
        document = parse_charter(preset(charter)).document
        book.publish_charter(name, dict(document), effective=0, by="bench")
        for events in _chunks(file):
            book.append([event | {"community": name} for event in events], community=name, identity=True)
            told(len(events))
        Follower(book, views).catch_up()
        members = [row.derived for row in views.members(name)]
        return History(name, views.at(name).heard(name, 0), members, parse_charter(document))


def _chunks(file: Path) -> Iterator[list[dict[str, object]]]:
    with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as lines:
        while some := list(islice(lines, CHUNK)):
            yield [json.loads(line) for line in some]


def false_alarms(history: History, told: Callable[[int], None]) -> list[tuple[int, Alarm]]:
    """Return the alarms that were raised, week by week, while the history goes on; each with the day it was seen."""
    first, last = history.days
    raised, before = [], set[tuple[str, str, int | None]]()
    for day in range(first, last, WEEK):
        standing = {(alarm.alarm, alarm.of, alarm.last): alarm for alarm in history.alarms(day)}
        raised += [(day, standing[key]) for key in sorted(standing.keys() - before, key=str)]
        before = set(standing)
        told(WEEK)
    return raised


def delays(history: History, told: Callable[[int], None]) -> Iterator[Delay]:
    """Yield how late each kind of silence is found."""
    first, last = history.days
    drawn = random.Random(SEED).sample(range(first + WARM, last - AFTER[-1]), DRAWN)  # noqa: S311  a draw, no secret
    for silenced in (*_parts(history), *(Silenced("dead-rule", rule=rule.slug) for rule in history.charter.rules)):
        days = []
        for day in drawn:
            days.append(_found(history, silenced, day))
            told(1)
        yield Delay(str(silenced), days)


def _parts(history: History) -> Iterator[Silenced]:
    """Yield what can be silenced: the source, kinds beside others, values that a rule asks for beside others."""
    yield Silenced("silent-source")
    kinds = sorted({one.fact for one in history.heard if one.fact})
    if len(kinds) > 1:
        yield from (Silenced("silent-kind", fact) for fact in kinds)
    asked = {
        (leaf.fact, test.field, str(value))
        for rule in history.charter.rules
        for leaf in rule.leaves
        for test in leaf.where
        for value in test.one_of or ()
    }
    for fact, field, value in sorted(asked):
        values = {one.value for one in history.heard if (one.fact, one.field) == (fact, field)}
        if len(values) > 1 and value in values:
            yield Silenced("silent-value", fact, field, value)


def _unmet(derived: Derived, slug: str, day: int) -> Derived:
    """Return a member's timelines as if nobody had met the rule after a day."""
    rules = {
        key: [] if spans and key.rpartition("@")[0] == slug and spans[0][0] // DAY > day else spans
        for key, spans in derived.rules.items()
    }
    return derived._replace(rules=rules)


def _found(history: History, silenced: Silenced, day: int) -> int | None:
    """Return how many days after something was silenced its alarm stands."""
    heard = {one: silenced.left(one, days, day) for one, days in history.heard.items()}
    members = [_unmet(one, silenced.rule, day) for one in history.members] if silenced.rule else history.members
    for later in AFTER:
        standing = alarms(heard, members, [history.charter], {}, (day + later) * DAY)
        since = [one.since for one in standing if one.alarm == silenced.alarm and silenced.rule in ("", one.of)]
        if since:
            return max(0, min(since) - day)
    return None


def main() -> None:
    """Print the tables of every history that is named."""
    parser = argparse.ArgumentParser(prog="python -m bench.alarms", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("history", nargs="+", help="NAME=FILE[:PRESET]; the preset is open-source when absent")
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal) as progress:
        for words in parser.parse_args().history:
            name, _, rest = words.partition("=")
            file, _, charter = rest.partition(":")
            history = imported(name, Path(file), charter or "open-source", _bar(progress, f"{name}: importing"))
            first, last = history.days
            raised = false_alarms(history, _bar(progress, "Week by week", last - first))
            _print(history, raised, list(delays(history, _bar(progress, "Silencing"))))


def _bar(progress: Progress, words: str, total: int | None = None) -> Callable[[int], None]:
    return partial(progress.advance, progress.add_task(words, total=total))


def _print(history: History, raised: list[tuple[int, Alarm]], late: list[Delay]) -> None:
    first, last = history.days
    years = (last - first) / 365.25
    print(f"\n{history.name}: {years:.1f} years, {len(history.members):,} members, {len(raised)} false alarms, ")
    print(f"{len(raised) / years:.2f} a year {dict(Counter(alarm.alarm for _, alarm in raised))}")
    for day, alarm in raised:
        print(f"- seen on day {day}: {alarm.words}")
    print("\n| silenced | found | days later (median) | at most |\n|---|---|---|---|")
    print("\n".join(map(str, late)))


if __name__ == "__main__":
    main()
