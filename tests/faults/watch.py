"""Somebody who keeps asking a server how it is, while a fault lasts."""

from __future__ import annotations

import threading
import time
from http.client import HTTPException
from typing import TYPE_CHECKING, NamedTuple, Self

if TYPE_CHECKING:
    from tests.faults.site import Server

ASKED = {"/healthz": 0.05, "/readyz": 0.2, "/verify": 0.3}  # seconds between; the first and last need no database
WITHOUT_DATABASE = ("/healthz", "/verify")


class Sample(NamedTuple):
    """One question: when it was asked (monotonic), how long the answer took, its status (0: none)."""

    path: str
    asked: float
    seconds: float
    status: int


class Watch:
    """Asks for as long as the block runs, each path in a thread of its own."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._samples: list[Sample] = []
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._ask, args=(path, pause), name=f"watch-{path}", daemon=True)
            for path, pause in ASKED.items()
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(20)

    def seen(self, path: str, since: float, until: float) -> list[Sample]:
        """Return what was asked of `path` in a span, in order."""
        return [one for one in [*self._samples] if one.path == path and since <= one.asked <= until]

    def _ask(self, path: str, pause: float) -> None:
        while not self._stop.is_set():
            asked = time.monotonic()
            try:
                status = self._server.get(path)[0]
            except (OSError, HTTPException):
                status = 0
            self._samples.append(Sample(path, asked, time.monotonic() - asked, status))
            self._stop.wait(pause)
