"""The clock of the machine steps, back and far ahead, while the server runs: order and time of record hold."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING

from tests.faults.audit import audit
from tests.faults.outcome import Outcome
from tests.faults.platforms import Platforms
from tests.faults.site import facts, founded_on
from tests.faults.yard import MissingToolError, tool

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.cluster import Cluster
    from tests.faults.platforms import Meanwhile
    from tests.faults.site import Site
    from tests.faults.yard import Yard

STEPS = ("-3600", "+0", "+400d", "+0")  # against the true time, as libfaketime takes them
FAR = 399 * 86_400_000_000  # µs that the steps must have spanned
BETWEEN = 25  # events acknowledged between two steps


def stepping(yard: Yard, cluster: Cluster | None, rounds: int) -> Outcome:
    """Step the clock an hour back, 400 days ahead and back again. Raises `MissingToolError` without libfaketime."""
    outcome = Outcome(f"clock steps: -1 h, +400 d, back; {'PostgreSQL' if cluster else 'SQLite'}")
    library = _library()
    with founded_on(yard, cluster) as site:
        told = _play(outcome, site, library, rounds)
        outcome.answers(told)
        with site.book() as book:
            recorded = [fact.recorded for fact in facts(book)]
        if max(recorded) - min(recorded) < FAR:
            outcome.complaints.append("the clock: wanted `recorded` to show the steps, it does not")
    return outcome


def _play(outcome: Outcome, site: Site, library: str, rounds: int) -> Meanwhile:
    shift = site.logs / "clock"
    shift.write_text("+0\n", encoding="ascii")
    server = site.serve(
        LD_PRELOAD=library,
        FAKETIME_TIMESTAMP_FILE=str(shift),
        FAKETIME_NO_CACHE="1",
        FAKETIME_DONT_FAKE_MONOTONIC="1",
    )
    since = time.monotonic()
    with Platforms(site.api_key, [server.port]) as platforms:
        platforms.await_more(BETWEEN)
        for _ in range(rounds):
            for step in STEPS:
                _set(shift, step)
                outcome.recovery.append(platforms.first_after(time.monotonic()))
                platforms.await_more(BETWEEN)
            outcome.rounds += 1
    until = time.monotonic()
    audit(outcome, site, platforms)
    return platforms.meanwhile(since, until)


def _set(shift: Path, step: str) -> None:
    """Write the step in one go, so that nobody reads half of it."""
    fresh = shift.with_suffix(".new")
    fresh.write_text(f"{step}\n", encoding="ascii")
    fresh.rename(shift)


def _library() -> str:
    """Return the path of libfaketime for programs with threads, as its own wrapper names it."""
    told = subprocess.run(
        [tool("faketime"), "-m", "-f", "+0", "env"], capture_output=True, text=True, check=False
    ).stdout.splitlines()
    found = [line.removeprefix("LD_PRELOAD=") for line in told if line.startswith("LD_PRELOAD=")]
    if not found:
        raise MissingToolError("faketime: wanted it to name its library, it did not")
    return found[0]
