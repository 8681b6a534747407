"""Single posts that arrive together become one append; each caller still gets its own outcome.

A lane is what may share one: of events a community and what its poster may do. While as many appends of a lane are
under way as the store can use at once, what arrives waits for the next: so a transaction, with its lock and its disk,
is shared by as many as are waiting, and nobody waits when nobody else is there.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from ledger.errors import LedgerUnavailableError
from ledger.rows import CHUNK

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from ledger.book import Book
    from ledger.facts import Outcome

WRITERS = 8
"""Appends at once, of different lanes."""

WAITING = 2_000
"""Of whatever waits, at most; the next is refused at once, rather than kept in a queue that only grows."""

PATIENCE = 5.0
"""Seconds until a caller is told that what she posted may or may not be stored."""

L = TypeVar("L", bound="Hashable")
T = TypeVar("T")
R = TypeVar("R")


class Gathering(Generic[L, T, R]):
    """Does together what is asked for by many at once. Belongs to one event loop."""

    def __init__(
        self,
        act: Callable[[L, list[T]], Sequence[R | Exception]],
        *,
        what: str,
        at_once: int,
        most: int = CHUNK,
        patience: float = PATIENCE,
    ) -> None:
        """Do it by `act`, in a thread: of a lane and at most `most` things, it returns for each a result or an error.

        `what`: the things in one word. `at_once`: how often it is done for one lane at the same time. `patience`: the
        seconds until a caller is told that hers may or may not be done.
        """
        self._act, self._what, self._at_once, self._most, self._patience = act, what, at_once, most, patience
        self._lanes: dict[L, deque[tuple[T, asyncio.Future[R]]]] = {}  # what waits
        self._under_way: Counter[L] = Counter()
        self._count = 0
        self._threads = ThreadPoolExecutor(WRITERS, thread_name_prefix=what)
        self._tasks: set[asyncio.Task[None]] = set()

    async def done(self, lane: L, thing: T) -> R:
        """Return what came of one thing, done with others of its lane.

        Raises what came of it, and `LedgerUnavailableError` where too many wait already, or it takes too long: then
        it may still be done, and to ask again is harmless.
        """
        if self._count >= WAITING:
            raise LedgerUnavailableError(f"{self._what}: wanted fewer than {WAITING:,} waiting, got as many; try again")
        loop = asyncio.get_running_loop()
        result: asyncio.Future[R] = loop.create_future()
        self._lanes.setdefault(lane, deque()).append((thing, result))
        self._count += 1
        if self._under_way[lane] < self._at_once:
            self._under_way[lane] += 1
            task = asyncio.create_task(self._drain(lane))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        timer = loop.call_later(self._patience, self._give_up, result)
        try:
            return await result
        finally:
            timer.cancel()
            self._count -= 1

    async def close(self) -> None:
        """Finish what is under way."""
        while self._tasks:
            await asyncio.wait(self._tasks)
        self._threads.shutdown()

    async def _drain(self, lane: L) -> None:
        """Do what waits in a lane, again and again, until nothing does."""
        loop = asyncio.get_running_loop()
        while queue := self._lanes.get(lane):
            some = [queue.popleft() for _ in range(min(len(queue), self._most))]
            some = [each for each in some if not each[1].done()]  # else she has given up
            acting = loop.run_in_executor(self._threads, self._act, lane, [thing for thing, _ in some])
            await asyncio.wait([acting])
            _answer([result for _, result in some], acting)
        self._lanes.pop(lane, None)
        self._under_way[lane] -= 1

    def _give_up(self, result: asyncio.Future[R]) -> None:
        if not result.done():
            told = f"wanted to store it within {self._patience:g} s, got no answer; it may be stored, try again"
            result.set_exception(LedgerUnavailableError(f"{self._what}: {told}"))


def _answer(waiting: list[asyncio.Future[R]], acting: asyncio.Future[Sequence[R | Exception]]) -> None:
    """Give each caller who still waits her own result, or what her own asking would have raised."""
    error = acting.exception()
    results = [error] * len(waiting) if error else acting.result()
    for each, result in zip(waiting, results, strict=True):
        if each.done():
            continue
        if isinstance(result, BaseException):
            each.set_exception(result)
        else:
            each.set_result(result)


class Lane(NamedTuple):
    """Events that may share an append."""

    community: str
    identity: bool


class Coalescer:
    """The one appender of single events in a process. Belongs to one event loop."""

    def __init__(self, book: Book, *, patience: float = PATIENCE) -> None:
        self._book = book
        self._gathering = Gathering(self._append, what="event", at_once=book.appends_at_once, patience=patience)

    async def append(self, event: object, *, community: str, identity: bool) -> Outcome:
        """Append one parsed event and return its outcome. Raises what `Book.append` and `Gathering.done` do."""
        return await self._gathering.done(Lane(community, identity), event)

    async def close(self) -> None:
        """Finish what is under way."""
        await self._gathering.close()

    def _append(self, lane: Lane, events: list[object]) -> list[Outcome]:
        return self._book.append(events, community=lane.community, identity=lane.identity)
