"""Single posts that arrive together become one append; each caller still gets its own outcome.

A lane is a community and what its poster may do. While as many appends of a lane are under way as the store can
use at once, what arrives waits for the next: so a transaction, with its lock and its disk, is shared by as many as
are waiting, and nobody waits when nobody else is there.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

from ledger.errors import LedgerUnavailableError
from ledger.rows import CHUNK

if TYPE_CHECKING:
    from ledger.book import Book
    from ledger.facts import Outcome

WRITERS = 8
"""Appends at once, of different lanes."""

WAITING = 2_000
"""Events at most that wait; the next is refused at once, rather than kept in a queue that only grows."""

PATIENCE = 5.0
"""Seconds until a caller is told that her event may or may not be stored."""


class Lane(NamedTuple):
    """Events that may share an append."""

    community: str
    identity: bool


class _Waiting(NamedTuple):
    event: object
    outcome: asyncio.Future[Outcome]


class Coalescer:
    """The one appender of single events in a process. Belongs to one event loop."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._at_once = book.appends_at_once
        self._lanes: dict[Lane, deque[_Waiting]] = {}  # what waits for an append
        self._under_way: Counter[Lane] = Counter()  # how many appends of a lane are
        self._count = 0
        self._writers = ThreadPoolExecutor(WRITERS, thread_name_prefix="append")
        self._tasks: set[asyncio.Task[None]] = set()

    async def append(self, event: object, *, community: str, identity: bool) -> Outcome:
        """Append one parsed event and return its outcome.

        Raises what `Book.append` raises, and `LedgerUnavailableError` where too many wait already, or the append
        takes too long: then it may still be stored, and to post it again is harmless.
        """
        if self._count >= WAITING:
            raise LedgerUnavailableError(f"events: wanted fewer than {WAITING:,} waiting, got as many; try again")
        loop = asyncio.get_running_loop()
        waiting = _Waiting(event, loop.create_future())
        lane = Lane(community, identity)
        self._lanes.setdefault(lane, deque()).append(waiting)
        self._count += 1
        if self._under_way[lane] < self._at_once:
            self._under_way[lane] += 1
            task = asyncio.create_task(self._drain(lane))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        timer = loop.call_later(PATIENCE, _give_up, waiting.outcome)
        try:
            return await waiting.outcome
        finally:
            timer.cancel()
            self._count -= 1

    async def close(self) -> None:
        """Finish what is under way."""
        while self._tasks:
            await asyncio.wait(self._tasks)
        self._writers.shutdown()

    async def _drain(self, lane: Lane) -> None:
        """Append what waits in a lane, again and again, until nothing does."""
        loop = asyncio.get_running_loop()
        while queue := self._lanes.get(lane):
            some = [queue.popleft() for _ in range(min(len(queue), CHUNK))]
            some = [waiting for waiting in some if not waiting.outcome.done()]  # else she has given up
            events = [waiting.event for waiting in some]
            appending = loop.run_in_executor(self._writers, self._append, lane, events)
            await asyncio.wait([appending])
            _answer(some, appending)
        self._lanes.pop(lane, None)
        self._under_way[lane] -= 1

    def _append(self, lane: Lane, events: list[object]) -> list[Outcome]:
        return self._book.append(events, community=lane.community, identity=lane.identity)


def _give_up(outcome: asyncio.Future[Outcome]) -> None:
    if not outcome.done():
        told = f"event: wanted to store it within {PATIENCE:g} s, got no answer; it may be stored, post it again"
        outcome.set_exception(LedgerUnavailableError(told))


def _answer(some: list[_Waiting], appending: asyncio.Future[list[Outcome]]) -> None:
    """Give each caller who still waits her own outcome, or what her own append would have raised."""
    if error := appending.exception():
        for waiting in some:
            if not waiting.outcome.done():
                waiting.outcome.set_exception(error)
        return
    for waiting, outcome in zip(some, appending.result(), strict=True):
        if not waiting.outcome.done():
            waiting.outcome.set_result(outcome)
