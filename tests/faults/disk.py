"""The disk is full: nothing is half-written, refusals are clear, and the same process goes on when there is room."""

from __future__ import annotations

import errno
import os
import time
from typing import TYPE_CHECKING

from tests.faults.audit import audit
from tests.faults.outcome import Outcome
from tests.faults.platforms import Platforms
from tests.faults.site import founded
from tests.faults.watch import Watch

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.yard import Yard

SIZE = 24 * 1_048_576  # bytes of the whole disk
PIECE = 65_536
BETWEEN = 30  # events acknowledged between two faults
PATIENCE = 15.0  # seconds for the first refusal: the log of SQLite may have room left within itself


def full(yard: Yard, rounds: int, *, seconds: float) -> Outcome:
    """Fill the disk under load for so many seconds, then make room."""
    outcome = Outcome("disk full, SQLite")
    spans = []
    with yard.small_disk(SIZE) as disk, founded(yard, folder=disk / "data") as site:
        server = site.serve()
        with Platforms(site.api_key, [server.port]) as platforms, Watch(server) as watch:
            for _ in range(rounds):
                platforms.await_more(BETWEEN)
                ballast = disk / "ballast"
                fill(ballast)
                since = time.monotonic()
                platforms.await_refusal(since, PATIENCE)
                time.sleep(seconds)
                back = time.monotonic()
                ballast.unlink()
                spans.append((since, back))
                outcome.rounds += 1
                outcome.recovery.append(platforms.first_after(back))
            platforms.await_more(BETWEEN)
        for since, back in spans:
            outcome.during(platforms, watch, since, back, unready=False)
        audit(outcome, site, platforms)
    return outcome


def fill(ballast: Path) -> None:
    """Write `ballast` until not one byte more fits."""
    with ballast.open("wb", buffering=0) as file:
        for piece in (PIECE, 512, 1):
            try:
                while True:
                    os.write(file.fileno(), b"\0" * piece)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
