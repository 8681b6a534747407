"""How often one client may try to get in: a link that is none, a sign-in that fails, a letter asked for.

Nobody guesses 256 bits; this keeps those who try from the vault's and a provider's time. Counted in this process alone.
"""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from threading import Lock
from typing import TYPE_CHECKING

from api.web.problems import ProblemError
from api.web.turns import client_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

WINDOW = 600.0  # seconds
MOST = 20  # tries that lead nowhere, of one client, in that time
MOST_BEGUN = 200  # sign-ins by a provider that are begun: a whole office may be one client
REMEMBERED = 8_192  # clients, those of late


class Tries:
    """Who tried in vain lately. Safe between threads."""

    def __init__(self, most: int = MOST, clock: Callable[[], float] = time.monotonic) -> None:
        """`most`: tries of one client in ten minutes."""
        self._most, self._clock = most, clock
        self._lately: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = Lock()

    def check(self, request: Request) -> None:
        """Raise a 429 problem where this client tried too often."""
        with self._lock:
            tried = self._of(client_of(request.scope))
            wait = tried[0] + WINDOW - self._clock() if len(tried) >= self._most else 0.0
        if wait > 0:
            words = f"too many tries from this address; try again in {wait / 60:.0f} minutes"
            raise ProblemError(429, words, headers={"Retry-After": str(int(wait) + 1)})

    def note(self, request: Request) -> None:
        """Count a try that led nowhere."""
        client = client_of(request.scope)
        with self._lock:
            self._of(client).append(self._clock())

    def _of(self, client: str) -> deque[float]:
        tried = self._lately.setdefault(client, deque(maxlen=self._most))
        self._lately.move_to_end(client)
        if len(self._lately) > REMEMBERED:
            self._lately.popitem(last=False)
        while tried and tried[0] <= self._clock() - WINDOW:
            tried.popleft()
        return tried
