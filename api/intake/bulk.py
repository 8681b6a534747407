"""The door for batches and streams: a few at once, a few more that wait, and the next is told to come back."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from api.web.problems import busy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

AT_ONCE = 4  # appends of up to 1,000 events; more would only wait for the same lock
WAITING = 32  # batches; each is held in memory meanwhile


class BulkDoor:
    """Lets bulk appends through in turns. Belongs to one event loop."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    @asynccontextmanager
    async def turn(self, *, patient: bool = False) -> AsyncIterator[None]:
        """Wait for a turn; hold it for the block. Raises a 503 problem where too many wait, unless `patient`.

        A stream is patient: while it waits it is not read, and its sender waits too.
        """
        if self._waiting >= WAITING and not patient:
            raise busy(f"{WAITING} batches are waiting to be stored already; nothing of this one was kept")
        self._waiting += not patient
        try:
            async with self._turns:
                yield
        finally:
            self._waiting -= not patient
