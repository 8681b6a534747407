"""What was made of a community's book as it stands, kept until anything of it is another.

A community's page costs its reader what all members did; most who look, look at the same book as who looked before.
So what is a function of the book alone, never of who asks, is kept under what it was made from: the last fact, how far
standings and awards have counted, and the epoch, which an erasure raises. What time alone changes, as the end of a
term, is seen within `FRESH` seconds.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from projections import AWARDS

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from ledger import Book
    from projections import Views

T = TypeVar("T")

FRESH = 60.0  # seconds
MOST = 64  # answers, of all communities


class _Kept(NamedTuple):
    stood: tuple[int, ...]
    until: float  # monotonic seconds
    made: Any


class Remembered:
    """Keeps the answers asked for last. Safe to share between threads.

    What it gives back is shared: not to be changed.
    """

    def __init__(
        self, book: Book, views: Views, *, most: int = MOST, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._book, self._views = book, views
        self._most, self._clock = most, clock
        self._kept: OrderedDict[tuple[str, Hashable], _Kept] = OrderedDict()
        self._lock = Lock()

    def told(self, community: str, what: Hashable, make: Callable[[], T]) -> T:
        """Return what `make` returns for `what` of a community: made now, or since anything changed. Blocks.

        `what` names it, with all arguments; who asks is none of them. Raises what `make` raises, which is not kept, and
        `UnknownCommunityError`.
        """
        stood = self._stands(community)  # before anything is read: what comes meanwhile makes it anew
        now = self._clock()
        with self._lock:
            kept = self._kept.get((community, what))
            if kept is not None and kept.stood == stood and now < kept.until:
                self._kept.move_to_end((community, what))
                made: T = kept.made
                return made
        made = make()
        with self._lock:
            self._kept[community, what] = _Kept(stood, now + FRESH, made)
            self._kept.move_to_end((community, what))
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return made

    def _stands(self, community: str) -> tuple[int, ...]:
        views = self._views
        return (
            self._book.epoch(community),
            self._book.head(community),
            views.position(community),
            views.position(community, AWARDS),
        )
