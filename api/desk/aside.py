"""What takes long to find of a community, found beside the requests: a page waits for it a moment, and no longer."""

from __future__ import annotations

import time
from collections import OrderedDict
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from threading import Lock
from typing import TYPE_CHECKING, Final, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST: Final = 0.5  # seconds to wait for what was never found
AGAIN: Final = 0.1  # seconds to wait for what was found before, of less
HOLDS: Final = 300.0  # seconds that it is good for where nothing new was counted
_KEPT: Final = 64  # communities

Found = TypeVar("Found")


class _Kept(NamedTuple, Generic[Found]):
    """What was found, at which position of the standings, and when (monotonic seconds)."""

    found: Found
    position: int
    at: float


class Aside(Generic[Found]):
    """Finds things one after the other in a thread of its own. Keep no names in it: nobody forgets what it knows."""

    def __init__(self, *, again: float = AGAIN) -> None:
        """`again`: seconds to wait for what was found before."""
        self._again = again
        self._lock = Lock()
        self._pool: ThreadPoolExecutor | None = None
        self._kept: OrderedDict[str, _Kept[Found]] = OrderedDict()
        self._sought: dict[str, Future[Found]] = {}

    def soon(self, community: str, position: int, find: Callable[[], Found]) -> Found | None:
        """Return what `find` finds, of what is counted up to `position`; where that takes long, what it found before.

        None: it never was, and is being found. Raises what `find` raised, where one waited for it.
        """
        with self._lock:
            kept = self._kept.get(community)
            if kept and kept.position == position and time.monotonic() - kept.at < HOLDS:
                return kept.found
            sought = self._sought.get(community)
            if sought is None:
                if self._pool is None:
                    self._pool = ThreadPoolExecutor(1, thread_name_prefix="aside")
                sought = self._sought[community] = self._pool.submit(self._find, community, position, find)
        try:
            return sought.result(self._again if kept else FIRST)
        except (TimeoutError, CancelledError):
            return kept.found if kept else None

    def close(self) -> None:
        """Begin nothing more, and wait for what is being found."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(cancel_futures=True)

    def _find(self, community: str, position: int, find: Callable[[], Found]) -> Found:
        try:
            found = find()
            with self._lock:
                self._kept[community] = _Kept(found, position, time.monotonic())
                self._kept.move_to_end(community)
                while len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
            return found
        finally:
            with self._lock:
                self._sought.pop(community, None)
