"""Servers in processes of their own, on loopback: ours as people start it, and the floors."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.harness import NotHereError
from bench.load import HOST

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 60.0
STOP_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Served:
    """A running server."""

    port: int
    pid: int


def free_port() -> int:
    """Return a port of loopback that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def running(command: Sequence[str], port: int, environment: Mapping[str, str], folder: Path) -> Iterator[Served]:
    """Start a server that listens on `port`, wait until it does, and stop it afterwards.

    Its standard input is a pipe of ours, which closes when we end in any way at all. Raises `NotHereError`
    where it does not come up.
    """
    log = folder / f"{port}.log"
    with log.open("wb") as told:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=told,
        )
        try:
            _wait(process, port, log)
            yield Served(port, process.pid)
        finally:
            process.terminate()
            end(process)


def floor(app: str, folder: Path, **environment: str) -> contextlib.AbstractContextManager[Served]:
    """Start one of the apps in `bench/floors.py`, one worker."""
    port = free_port()
    return running([sys.executable, "-m", "bench.floors", app, str(port)], port, environment, folder)


def end(process: subprocess.Popen[bytes] | subprocess.Popen[str]) -> None:
    """Close the standard input of a process of ours, which ends it, and wait; else end it by its id."""
    try:
        process.communicate(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1):
            return
        time.sleep(0.05)
    last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-3:]
    raise NotHereError(f"{process.args!r} did not come up: {' / '.join(last)[-300:]}")
