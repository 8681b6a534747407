"""Processes as Linux shows them: children, age, title; signals to several at once."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

PROC = Path("/proc")
GONE_SECONDS = 10.0  # for the kernel to clear up what was killed


def born(pid: int) -> int | None:
    """Return when a process began, in the kernel's ticks; with its id that names it for good. None: it is gone."""
    fields = _stat(pid)
    return int(fields[19]) if fields and fields[0] != "Z" else None


def children(pid: int) -> list[int]:
    """Return the ids of the processes that `pid` started and that still run."""
    listed = [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()]
    return [each for each in listed if (fields := _stat(each)) and int(fields[1]) == pid]


def title(pid: int) -> str:
    """Return the command line of a process, "" where it is gone."""
    try:
        return (PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


def has_database(pid: int) -> bool:
    """Return whether a process has opened a SQLite file, or a connection."""
    with contextlib.suppress(OSError):
        for entry in (PROC / str(pid) / "fd").iterdir():
            with contextlib.suppress(OSError):
                link = str(entry.readlink())
                if link.startswith("socket:") or ".sqlite" in link:
                    return True
    return False


def send(pids: Iterable[int], how: signal.Signals) -> None:
    """Send a signal to each; one that is gone by then is passed over."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, how)


def kill(pids: Iterable[int]) -> None:
    """Kill each at once and wait until none of them runs. Raises `TimeoutError`."""
    named = {pid: born(pid) for pid in pids}
    send(named, signal.SIGKILL)
    deadline = time.monotonic() + GONE_SECONDS
    while any(then is not None and born(pid) == then for pid, then in named.items()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"wanted {sorted(named)} to be gone {GONE_SECONDS:g} s after SIGKILL")
        time.sleep(0.005)


def _stat(pid: int) -> list[str] | None:
    """Return the fields of /proc/PID/stat after the name, state first; None where the process is gone."""
    try:
        return (PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
