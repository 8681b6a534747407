"""CPU time of the processes that work for a benchmark: the steadier figure where cores are shared.

Linux tells it in /proc, in ticks of (as a rule) 10 ms; elsewhere it is unknown, and only time is measured.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import psycopg

if TYPE_CHECKING:
    from collections.abc import Callable

PROC = Path("/proc")
KIB = 1_024
GLANCE = 0.25  # seconds between two looks
IDLE = 0.2  # of one core: a server that only looks whether there is something to do
PATIENCE = 60.0  # seconds


class _Process(NamedTuple):
    name: str
    parent: int
    ticks: int  # its own, and those of its children that ended


def nobody() -> float:
    """Return the CPU seconds of no process at all."""
    return 0.0


def at_once() -> None:
    """Wait for nobody."""


def idle(told: Callable[[], float | None]) -> None:
    """Wait until those of whom `told` tells do next to nothing, for `PATIENCE` seconds at most."""
    ends = time.monotonic() + PATIENCE
    before, busy = told(), True
    while busy and time.monotonic() < ends:
        time.sleep(GLANCE)
        now = told()
        busy = before is not None and now is not None and now - before > IDLE * GLANCE
        before = now


def of_trees(*roots: int) -> Callable[[], float | None]:
    """Return what tells the CPU seconds so far of these processes and all that they started."""

    def seconds() -> float | None:
        known = _processes()
        if any(root not in known for root in roots):
            return None
        wanted, size = set(roots), 0
        while len(wanted) > size:
            size = len(wanted)
            wanted |= {pid for pid, process in known.items() if process.parent in wanted}
        return sum(known[pid].ticks for pid in wanted) / os.sysconf("SC_CLK_TCK")

    return seconds


def added(*told: Callable[[], float | None]) -> Callable[[], float | None]:
    """Return what tells the sum of all, None where one of them is not known."""

    def seconds() -> float | None:
        found = [each() for each in told]
        known = [each for each in found if each is not None]
        return sum(known) if len(known) == len(found) else None

    return seconds


def of_postgres(url: str) -> Callable[[], float | None]:
    """Return what tells the CPU seconds so far of the whole PostgreSQL server at `url`, if it runs here."""
    with psycopg.connect(url) as connection:
        backend = connection.info.backend_pid
        known = _processes()
        if backend not in known or known[backend].name != "postgres":
            return lambda: None
        return of_trees(known[backend].parent)


def resident(pid: int) -> int | None:
    """Return the bytes of memory that a process holds, None where it cannot be told."""
    try:
        status = (PROC / str(pid) / "status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    return next((int(line.split()[1]) * KIB for line in status.splitlines() if line.startswith("VmRSS:")), None)


def _processes() -> dict[int, _Process]:
    found = {}
    for folder in PROC.glob("[0-9]*"):
        try:
            text = (folder / "stat").read_text(encoding="utf-8", errors="replace")
        except OSError:  # ended meanwhile
            continue
        name, _, rest = text.partition("(")[2].rpartition(")")
        fields = rest.split()  # proc_pid_stat(5), from (3) state on
        found[int(folder.name)] = _Process(name, int(fields[1]), sum(map(int, fields[11:15])))
    return found
