"""What was made of a community's book as it stands, kept until anything of it is another.

A community's page costs its reader what all members did; most who look, look at the same book as who looked before.
So what is a function of the book alone, never of who asks, is kept under what it was made from: the last fact, how far
standings and awards have counted, the charter in force, the epoch, which an erasure raises, and the quarter of an hour,
so that no day's page is shown on the next. What time alone changes within a day, as the end of a term, is seen within
`FRESH` seconds; so is a name that a platform told without a new fact.

What few look at, as one member's page, is kept apart, so that many of those do not push out what all look at.

Who comes first after a new fact would wait until all is made anew. So what takes long, and somebody lately looked at,
is made again in the background (`renew`), once a community has been still for a moment.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from threading import Event, Lock
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from api.web.problems import ProblemError
from ledger import LedgerError
from projections import AWARDS, STANDING, ProjectionError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from ledger import Book
    from projections import Standings, Views

T = TypeVar("T")
Stood = tuple[int, ...]
Key = tuple[str, "Hashable"]  # a community, and what is asked

FRESH = 60.0  # seconds
MOST = 64  # answers, of all communities
MOST_APART = 256  # answers that few look at
STILL = 1.0  # seconds without a new fact, before what is dear is made again
LATELY = 900.0  # seconds after which nobody is expected to look again
SHARE = 5  # making again takes at most one part in so many of the time
_QUARTER_HOUR = 900  # seconds; every time zone's midnight is the beginning of one


class _Kept(NamedTuple):
    stood: Stood
    until: float  # monotonic seconds
    made: Any


class _Dear(NamedTuple):
    make: Callable[[], Any]
    asked: float  # when somebody last did (monotonic seconds)


class _Shelf:
    """The answers asked for last, so many at most. For who holds the lock."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Key, _Kept] = OrderedDict()

    def find(self, key: Key, stood: Stood, now: float) -> _Kept | None:
        kept = self._kept.get(key)
        if kept is None or kept.stood != stood or now >= kept.until:
            return None
        self._kept.move_to_end(key)
        return kept

    def put(self, key: Key, kept: _Kept) -> None:
        self._kept[key] = kept
        self._kept.move_to_end(key)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def forget(self, community: str) -> None:
        for key in [key for key in self._kept if key[0] == community]:
            del self._kept[key]


class Remembered:
    """Keeps the answers asked for last. Safe to share between threads.

    What it gives back is shared: not to be changed.
    """

    def __init__(
        self,
        book: Book,
        views: Views,
        standings: Standings,
        *,
        most: int = MOST,
        most_apart: int = MOST_APART,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """`clock` tells monotonic seconds, `wall` those since 1970."""
        self._book, self._views, self._standings = book, views, standings
        self._clock, self._wall = clock, wall
        self._all, self._few = _Shelf(most), _Shelf(most_apart)
        self._most = most
        self._dear: OrderedDict[Key, _Dear] = OrderedDict()
        self._reached: dict[str, tuple[object, Stood]] = {}  # by community: by which versions of the files
        self._epochs: dict[str, int] = {}
        self._making: dict[tuple[_Shelf, Key, Stood], Event] = {}  # what is being made just now
        self._still: dict[str, tuple[Stood, float]] = {}  # how each community stood, and since when
        self._rests = 0.0  # until then nothing is made again (monotonic seconds)
        self._lock = Lock()

    def told(self, community: str, what: Hashable, make: Callable[[], T], *, dear: bool = False) -> T:
        """Return what `make` returns for `what` of a community: made now, or since anything changed. Blocks.

        `what` names it, with all arguments; who asks is none of them. `dear`: it takes long, and `make` itself looks at
        nothing older than when it is called, so that it may be called again later. Raises what `make` raises, which is
        not kept, and `UnknownCommunityError`.
        """
        if dear:
            self._note(community, what, make)
        return self._told(self._all, (community, what), self._stands(community), make)

    def apart(self, community: str, what: Hashable, make: Callable[[], T]) -> T:
        """Return the same of what few look at: it is kept beside its like."""
        return self._told(self._few, (community, what), self._stands(community), make)

    def settled(self, community: str, what: Hashable, make: Callable[[], T]) -> T:
        """Return the same of what no later fact changes, only an erasure or another charter: a past that is closed."""
        stood = (self._book.epoch(community), self._standings.charter(community).version)
        return self._told(self._all, (community, what), stood, make, fresh=math.inf)

    def renew(self) -> int:
        """Make again what is dear, was asked for lately and stood until now; one answer at most. Return how many.

        Blocks. For one thread, every second or so.
        """
        now = self._clock()
        if now < self._rests:
            return 0
        for (community, what), make in self._expected(now):
            stood = self._stands(community)
            if not self._is_still(community, stood, now):
                continue
            with self._lock:
                known = self._all.find((community, what), stood, now)
            if known is None:
                self._renewed((community, what), stood, make)
                ended = self._clock()
                self._rests = ended + SHARE * (ended - now)
                return 1
        return 0

    def _renewed(self, key: Key, stood: Stood, make: Callable[[], Any]) -> None:
        try:
            self._told(self._all, key, stood, make)
        except (LedgerError, ProblemError, ProjectionError):  # told to whoever asks for it
            with self._lock:
                self._dear.pop(key, None)

    def _told(self, shelf: _Shelf, key: Key, stood: Stood, make: Callable[[], T], fresh: float = FRESH) -> T:
        """Return what is kept, else make it. `stood`: from before anything is read, so what comes meanwhile counts."""
        now, kept, other = self._found_or_begun(shelf, key, stood)
        while other is not None:
            other.wait()  # who makes it needs no longer for two; where that fails, the next tries
            now, kept, other = self._found_or_begun(shelf, key, stood)
        if kept is not None:
            found: T = kept.made
            return found
        try:
            made = make()
            with self._lock:
                shelf.put(key, _Kept(stood, now + fresh, made))
            return made
        finally:
            with self._lock:
                self._making.pop((shelf, key, stood)).set()

    def _found_or_begun(self, shelf: _Shelf, key: Key, stood: Stood) -> tuple[float, _Kept | None, Event | None]:
        """Return now, and what is kept; or else whom to wait for, or neither where it is the caller's to make."""
        now = self._clock()
        with self._lock:
            self._forget_erased(key[0], stood[0])
            kept = shelf.find(key, stood, now)
            other = None if kept is not None else self._making.get((shelf, key, stood))
            if kept is None and other is None:
                self._making[shelf, key, stood] = Event()
        return now, kept, other

    def _forget_erased(self, community: str, epoch: int) -> None:
        """Let nothing be in memory that was made of a community before somebody was erased."""
        if self._epochs.setdefault(community, epoch) != epoch:
            self._epochs[community] = epoch
            self._all.forget(community)
            self._few.forget(community)

    def _note(self, community: str, what: Hashable, make: Callable[[], Any]) -> None:
        with self._lock:
            self._dear[community, what] = _Dear(make, self._clock())
            self._dear.move_to_end((community, what))
            while len(self._dear) > self._most:
                self._dear.popitem(last=False)

    def _expected(self, now: float) -> list[tuple[Key, Callable[[], Any]]]:
        """Return what somebody may look at again, the last asked for first; forget the others."""
        with self._lock:
            for key in [key for key, dear in self._dear.items() if now - dear.asked > LATELY]:
                del self._dear[key]
            return [(key, dear.make) for key, dear in reversed(self._dear.items())]

    def _is_still(self, community: str, stood: Stood, now: float) -> bool:
        """Return whether all that was recorded of a community has been counted, and for a moment nothing more came."""
        known, since = self._still.get(community, (None, now))
        if known != stood:
            self._still[community] = stood, now
            return False
        _, head, counted, awarded, *_ = stood
        return now - since >= STILL and head == counted == awarded

    def _stands(self, community: str) -> Stood:
        epoch, quarter = self._book.epoch(community), int(self._wall()) // _QUARTER_HOUR
        version = self._version(community)
        known = self._reached.get(community)
        if version is not None and known is not None and known[0] == version:
            reached = known[1]
        else:
            positions = self._views.reached(community, (STANDING, AWARDS))
            reached = (self._book.head(community), *positions)
            if version is not None:
                self._reached[community] = version, reached
        return (epoch, *reached, self._standings.charter(community).version, quarter)

    def _version(self, community: str) -> object:
        """Return what is another once anything was committed to ledger or views; None where that takes waiting."""
        book, views = self._book.version(community), self._views.at(community).version()
        return None if book is None or views is None else (book, views)
