"""What a fact costs as the ledger grows to a million: `python -m bench growth`.

The community of `bench/community.py`, whose people grow with the facts, is told ten thousand facts at a time;
each time a worker in a process of its own follows to the end. At every hundred thousand it shows what a fact
cost to append and to project (each of the last fifty thousand), and what the worker holds in memory; at the end
the last step beside the first. What costs CPU is compared by the machine's pace at the time: how long a fixed piece
of work took, since a shared machine's pace changes within minutes.
It takes minutes, so it stops in time with what it has, and says so. `bench/growth.json` keeps the last run.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from rich.progress import Progress
from rich.table import Table

from bench import books, cpu
from bench.appends import append
from bench.community import life
from bench.servers import ROOT, end

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rich.console import Console

    from ledger import Book

KEPT = Path(__file__).with_name("growth.json")
ROUND = 10_000  # facts, then the worker follows
STEP = 100_000  # facts from one line to the next
MEASURED = 50_000  # the last of them, which a line tells of
BATCH = 1_000  # facts in one append
WITHIN = 1.3  # of what the first step cost, the last may
PACED = 60_000  # things made and sorted, to learn the machine's pace
MICRO = 1_000_000
MIB = 1_048_576


@dataclass(slots=True)
class Step:
    """What the last facts of a step cost: seconds in all, and the worker's memory (bytes) at its end."""

    facts: int  # in the ledger at its end
    told: int = 0  # that were measured
    append: float = 0.0
    append_cpu: float = 0.0
    standings: float = 0.0
    standings_cpu: float = 0.0
    resident: int = 0
    pace: float = 0.0  # CPU seconds that the fixed piece of work took, all times together
    paces: int = 0

    def each(self) -> dict[str, float]:
        """Return µs for a fact, by what was done."""
        kinds = ("append", "append_cpu", "standings", "standings_cpu")
        return {name: round(getattr(self, name) / self.told * MICRO, 1) for name in kinds}


class Worker(Protocol):
    """Follows the ledger when told to."""

    def __call__(self) -> tuple[float, float, int]:
        """Follow to the end; return seconds, CPU seconds (its own) and bytes resident."""


def main(words: Sequence[str], console: Console) -> None:
    """Measure and show; keep what was measured in `bench/growth.json`."""
    asked = _asked(words)
    with contextlib.ExitStack() as stack:
        progress = stack.enter_context(Progress(console=console, transient=True))
        folder = stack.enter_context(books.folder())
        sqlite = asked.store == "sqlite"
        database = str(folder / "book.sqlite") if sqlite else stack.enter_context(books.postgres_database())
        task = progress.add_task(f"{asked.facts:,} facts, {asked.store}", total=asked.facts)
        steps = list(
            grown(database, folder, asked.charter, asked.facts, asked.minutes * 60, lambda n: progress.advance(task, n))
        )
    found = {**vars(asked), "told": steps[-1].facts, "within": WITHIN, "ratios": ratios(steps)}
    console.print(table(steps, found["ratios"]))
    if steps[-1].facts < asked.facts:
        console.print(f"stopped after {asked.minutes} minutes, at {steps[-1].facts:,} of {asked.facts:,} facts")
    found["steps"] = [{**asdict(step), "each": step.each()} for step in steps]
    KEPT.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def _asked(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench growth", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--facts", type=int, default=1_000_000)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--store", choices=("postgres", "sqlite"), default="postgres")
    parser.add_argument("--charter", default="open-source")
    return parser.parse_args(words)


def grown(
    database: str, folder: Path, charter: str, facts: int, seconds: float, told: Callable[[int], None]
) -> Iterator[Step]:
    """Tell so many facts, or as many as can be told in so many seconds, and yield each step. `told` hears of rounds."""
    ends = time.monotonic() + seconds
    story = life()
    with books.book(database, folder) as book, following(database, folder) as follow:
        books.publish(book, charter)
        spent = cpu.nobody if database.endswith(".sqlite") else cpu.of_postgres(database)
        step, number = Step(0), 0
        while number < facts and (not number or time.monotonic() < ends):
            some = min(ROUND, facts - number)
            _round(step, book, list(itertools.islice(story, some)), follow, spent)
            number = step.facts = number + some
            told(some)
            if number % STEP == 0:
                yield step
            if number % STEP in (0, STEP - MEASURED):
                step = Step(number)
        if step.told and number % STEP:
            yield step


def _round(
    step: Step,
    book: Book,
    events: list[dict[str, Any]],
    follow: Worker,
    spent: Callable[[], float | None],
) -> None:
    """Append events and let the worker follow."""
    step.pace, step.paces = step.pace + _pace(), step.paces + 1
    began, own, before = time.perf_counter(), time.process_time(), spent() or 0.0
    for start in range(0, len(events), BATCH):
        append(book, events[start : start + BATCH])
    step.append += time.perf_counter() - began
    between = spent() or 0.0
    step.append_cpu += time.process_time() - own + between - before
    seconds, theirs, step.resident = follow()
    step.standings += seconds
    step.standings_cpu += theirs + (spent() or 0.0) - between
    step.told += len(events)


def _pace() -> float:
    """Return the CPU seconds that a fixed piece of work takes now, the best of three."""
    taken = []
    for _ in range(3):
        began = time.thread_time()
        sorted({str(number): (number, str(number)) for number in range(PACED)}.values())
        taken.append(time.thread_time() - began)
    return min(taken)


def ratios(steps: Sequence[Step]) -> dict[str, float]:
    """Return what a fact of the last step cost, and what the worker held then, beside the first step.

    CPU by the machine's pace in each.
    """
    first, last = steps[0], steps[-1]
    slower = last.pace / last.paces / (first.pace / first.paces)
    found = {
        name: last.each()[name] / cost / (slower if name.endswith("_cpu") else 1.0)
        for name, cost in first.each().items()
        if cost
    }
    if first.resident:
        found["resident"] = last.resident / first.resident
    return {name: round(ratio, 2) for name, ratio in found.items()}


def table(steps: Sequence[Step], found: dict[str, float]) -> Table:
    """Return the steps as a person reads them."""
    shown = Table(
        title="What a fact costs as the ledger grows",
        caption=f"µs for each of the last {MEASURED:,} facts; MiB after them; of CPU, last / first by the pace",
    )
    for heading in ("facts", "append", "CPU", "standings", "CPU", "worker, MiB"):
        shown.add_column(heading, justify="right")
    for step in steps:
        costs = [f"{cost:,.0f}" for cost in step.each().values()]
        shown.add_row(f"{step.facts:,}", *costs, f"{step.resident / MIB:,.0f}")
    kinds = (*steps[0].each(), "resident")
    shown.add_section()
    shown.add_row("last / first", *(f"{found[name]:.2f}" if name in found else "" for name in kinds))
    return shown


@contextlib.contextmanager
def following(database: str, folder: Path) -> Iterator[Worker]:
    """Start a worker in a process of its own; it ends when its standard input closes."""
    command = [sys.executable, "-m", "bench.growth", database, str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        orders, answers = process.stdin, process.stdout
        assert orders is not None  # noqa: S101 - narrowing for the type checker
        assert answers is not None  # noqa: S101

        def follow() -> tuple[float, float, int]:
            orders.write("follow\n")
            orders.flush()
            line = answers.readline()
            if not line:
                raise AssertionError(f"bench: wanted a worker that answers, got one that ended with {process.wait()}")
            seconds, spent = json.loads(line)
            return seconds, spent, cpu.resident(process.pid) or 0

        try:
            yield follow
        finally:
            end(process)


def work(database: str, folder: Path) -> None:
    """Follow the ledger as often as standard input says so."""
    with books.book(database, folder) as book, books.views(database, book) as views:
        follower = books.follower(book, views)
        for _ in sys.stdin:
            began, own = time.perf_counter(), time.process_time()
            follower.catch_up()
            print(json.dumps([time.perf_counter() - began, time.process_time() - own]), flush=True)


if __name__ == "__main__":
    work(sys.argv[1], Path(sys.argv[2]))
