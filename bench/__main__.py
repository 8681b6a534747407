"""`python -m bench [WORDS]`: run every benchmark, or those whose name has all the words.

`python -m bench growth [WORDS]` is another, which takes minutes: `bench/growth.py`; `python -m bench hostile [WORDS]`
a third, of what one client's worst does to others: `bench/hostile.py`.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bench import (
    appends,
    cohorts,
    forgetting,
    growth,
    hooks,
    hostile,
    judging,
    measures,
    merkle,
    pages,
    peers,
    posts,
    projecting,
    sealing,
    signing,
    statements,
    verify_door,
    verifying,
    writers,
)
from bench.harness import CYCLES, SLICE_SECONDS, Benchmark, NotHereError, Result, run

WIDTH = 140  # characters, where nobody is looking
LATEST = Path(__file__).with_name("latest.json")
BENCHMARKS: tuple[Benchmark, ...] = (
    *appends.BENCHMARKS,
    *writers.BENCHMARKS,
    *posts.BENCHMARKS,
    *statements.BENCHMARKS,
    *hooks.BENCHMARKS,
    *projecting.BENCHMARKS,
    *judging.BENCHMARKS,
    *measures.BENCHMARKS,
    *signing.BENCHMARKS,
    *verifying.BENCHMARKS,
    *verify_door.BENCHMARKS,
    *pages.BENCHMARKS,
    *peers.BENCHMARKS,
    *cohorts.BENCHMARKS,
    *merkle.BENCHMARKS,
    *sealing.BENCHMARKS,
    *forgetting.BENCHMARKS,
)


def main(words: list[str]) -> None:
    """Measure and show; keep what was measured in `bench/latest.json`, where nothing was left out."""
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    if others := {"growth": growth.main, "hostile": hostile.main}.get(words[0] if words else ""):
        others(words[1:], console)
        return
    chosen = [each for each in BENCHMARKS if all(word in each.name for word in words)]
    results = measured(chosen, console)
    console.print(table(results))
    if not words:
        LATEST.write_text(json.dumps([asdict(result) for result in results], indent=2) + "\n", encoding="utf-8")


def measured(benchmarks: list[Benchmark], console: Console, *, seconds: float = SLICE_SECONDS) -> list[Result]:
    """Return the results of those that can run here; say in a line which cannot, and why."""
    results: list[Result] = []
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("", total=len(benchmarks) * CYCLES)
        for benchmark in benchmarks:
            progress.update(task, description=benchmark.name)
            try:
                for result in run(benchmark, seconds=seconds):
                    progress.advance(task, 0 if result else 1)
                    results += [result] if result else []
            except NotHereError as error:
                progress.console.print(f"not measured: {benchmark.name}: {error}", markup=False)
                progress.advance(task, CYCLES)
    return results


def table(results: list[Result]) -> Table:
    """Return the results as a person reads them."""
    shown = Table(
        title="Ours beside its floor, in alternating slices of one run",
        caption="per second, and µs of CPU for each, servers and databases counted; the ratio is the median of "
        "each cycle's, and only it travels",
    )
    shown.add_column("work / floor")
    for heading in ("ours", "floor", "ratio", "at least", "aim", "ours, µs CPU", "floor"):
        shown.add_column(heading, justify="right", no_wrap=True)
    for each in results:
        colour = "green" if each.ratio >= each.at_least else "yellow"
        shown.add_row(
            each.name,
            f"{each.ours:,.0f}",
            f"{each.floor:,.0f}",
            f"[{colour}]{each.ratio:.2f}[/]",
            f"{each.at_least:.2f}",
            "" if each.aim is None else f"{each.aim:.2f}",
            *("" if cpu is None else f"{cpu:,.1f}" for cpu in (each.ours_cpu, each.floor_cpu)),
        )
    return shown


if __name__ == "__main__":
    main(sys.argv[1:])
