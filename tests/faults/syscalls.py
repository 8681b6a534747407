"""System calls fail beneath SQLite, one by one or from some call on; or the process dies within one."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.faults.audit import compare, standings, whole
from tests.faults.events import COMMUNITY, event
from tests.faults.outcome import Outcome
from tests.faults.site import Site, facts, founded
from tests.faults.yard import ROOT, tool

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.faults.yard import Yard

CALLS = ("pwrite64", "fdatasync", "fsync", "ftruncate")
ERRORS = ("EIO", "ENOSPC", "EROFS")
KILL = "KILL"
EVENTS = 60  # that the driver appends
SECONDS = 60.0  # for one run of it
COULD_NOT_OPEN = 3  # the driver's exit status where the book said "not now" at once
KILLED = -9


class Injection(NamedTuple):
    """A fault at the `first` call of a kind (from 1), or at every call from it on."""

    call: str
    fault: str  # an error's name, or KILL
    first: int
    forever: bool = False

    def words(self) -> str:
        """Return it as strace takes it."""
        what = f"signal={self.fault}" if self.fault == KILL else f"error={self.fault}"
        return f"inject={self.call}:{what}:when={self.first}{'+' if self.forever else ''}"


def failing_calls(yard: Yard, most: int) -> Outcome:
    """Run the driver at most `most` times, each with another fault. Raises `MissingToolError` without strace."""
    outcome = Outcome("system calls fail under SQLite (strace)")
    strace = tool("strace", "--quiet=all", "-f", "--seccomp-bpf", "-e", "trace=fsync", "true")
    with founded(yard) as template:
        counted, wanted = _clean_run(yard, template, strace)
        for injection in _spread(counted, most):
            _play(outcome, _copied(yard, template), strace, injection, wanted)
    return outcome


def _clean_run(yard: Yard, template: Site, strace: str) -> tuple[Counter[str], dict[str, Any]]:
    """Return how often each call is made where nothing fails, and the standings that come of it."""
    site = _copied(yard, template)
    record = site.logs / "calls"
    _driven(site, [strace, "-f", "--seccomp-bpf", "-o", record, "-e", f"trace={','.join(CALLS)}"])
    lines = record.read_text(errors="replace").splitlines()
    counted = Counter(call for line in lines for call in CALLS if f" {call}(" in line)
    site.command("rebuild")
    return counted, standings(site)


def _injections(call: str, calls: int) -> Iterator[Injection]:
    for first in range(1, calls + 1):
        for fault in (KILL, *ERRORS):
            yield Injection(call, fault, first)
            if fault != KILL and first > 1:
                yield Injection(call, fault, first, forever=True)


def _spread(counted: Counter[str], most: int) -> list[Injection]:
    """Return at most `most` injections, as many of each call as of another, from all along a run."""
    share = max(1, most // max(1, len(counted)))
    found = []
    for call, calls in counted.items():
        all_of_it = list(_injections(call, calls))
        step = max(1.0, len(all_of_it) / share)
        found += [all_of_it[int(n * step)] for n in range(min(share, len(all_of_it)))]
    return found


def _copied(yard: Yard, template: Site) -> Site:
    room = yard.room("copy")
    data = room / "data"
    shutil.copytree(template.folder, data)
    return Site(yard, data, str(data / Path(template.database).name), room)


def _driven(site: Site, before: Sequence[str | Path]) -> tuple[int, dict[int, int], list[str]]:
    """Run the driver; return its exit status, what it acknowledged, and what it found strange."""
    command = [*before, sys.executable, "-m", "tests.faults.driver", site.database, site.folder, str(EVENTS)]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=SECONDS)
    lines = [json.loads(line) for line in told.stdout.splitlines() if line.endswith(("]", "}"))]
    strange = [line["strange"] for line in lines if isinstance(line, dict)]
    return told.returncode, {line[0]: line[1] for line in lines if isinstance(line, list)}, strange


def _play(outcome: Outcome, site: Site, strace: str, injection: Injection, wanted: dict[str, Any]) -> None:
    words = injection.words()
    status, acknowledged, strange = _driven(
        site, [strace, "--quiet=all", "-f", "--seccomp-bpf", "-o", site.logs / "calls", "-e", words]
    )
    seen = Outcome(words)
    seen.complaints += [f"raised {each}" for each in strange]
    if not strange and status not in {0, COULD_NOT_OPEN, KILLED, 128 - KILLED}:
        seen.complaints.append(f"ended with {status}")
    _retold(seen, site, acknowledged, wanted)
    outcome.rounds += 1
    outcome.acknowledged += len(acknowledged)
    outcome.lost += seen.lost
    outcome.doubled += seen.doubled
    outcome.complaints += [f"{words}: {each}" for each in seen.complaints]


def _retold(seen: Outcome, site: Site, acknowledged: dict[int, int], wanted: dict[str, Any]) -> None:
    """Look at what was left, then tell all events again as platforms would, and look again."""
    with site.book() as book:
        compare(seen, facts(book), acknowledged, awarded=False)
        outcomes = book.append([event(number) for number in range(EVENTS)], community=COMMUNITY)
        again = {number: outcome.position or 0 for number, outcome in enumerate(outcomes)}
        compare(seen, facts(book), again | acknowledged, awarded=False)
    seen.complaints += whole(site)
    site.command("rebuild")
    if standings(site) != wanted:
        seen.complaints.append("standings: wanted those of a run without faults, got others")
    shutil.rmtree(site.logs)
