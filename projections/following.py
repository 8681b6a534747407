"""Work that follows the ledger, in a thread of its own."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from ledger import LedgerError
from projections.errors import ProjectionError

if TYPE_CHECKING:
    from collections.abc import Callable

_PATIENCE = 10.0  # seconds that `stop` waits for the turn at hand
_log = logging.getLogger(__name__)


class Following:
    """Takes turn after turn until stopped: at once where the last one found work, else after a pause.

    A database that cannot be reached is waited for. Any other error is a bug: it ends the thread with its
    trace, and readiness says so by a lag that grows.
    """

    def __init__(self, name: str, turn: Callable[[], int], *, pause: float) -> None:
        """`turn` returns how much it did; `pause` is in seconds."""
        self._name = name
        self._turn = turn
        self._pause = pause
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin."""
        self._thread = threading.Thread(target=self._follow, name=self._name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish the turn at hand, and end."""
        self._stop.set()
        if self._thread:
            self._thread.join(timeout=_PATIENCE)

    def _follow(self) -> None:
        while not self._stop.is_set():
            try:
                busy = self._turn()
            except (LedgerError, ProjectionError) as error:
                _log.warning("%s waits: %s", self._name, error)
                busy = 0
            if not busy:
                self._stop.wait(self._pause)
