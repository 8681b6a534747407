"""What a verification lacks, fetched: the one door through which this product asks the network for others' documents.

The door remembers, and is slow to ask again: of many verifications at once, whatever they are about, nobody else's
server sees more than a few requests. What may be asked is said in `reachable`, how it is asked in `pinned`.
"""

from __future__ import annotations

import re
import ssl
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from threading import Condition, Lock
from typing import TYPE_CHECKING

from api.network.pinned import (
    SECONDS,
    Answer,
    Connect,
    Resolve,
    connect,
    get,
    resolve,
)
from api.network.reachable import BusyError, Kept, Target, UnreachableError, target_of

if TYPE_CHECKING:
    from pathlib import Path

AT_ONCE = 8  # fetches of the process
AT_ONCE_OF_ONE = 2  # of them, of one origin
MOST_A_MINUTE = 60  # of one origin
LONGEST_FRESH = 300.0  # seconds, whatever its server allows: a revocation is seen by then
FRESH = 60.0  # seconds, where its server says nothing
REMEMBERED = 30.0  # seconds, of what could not be had
MOST_KEPT = 1_024  # documents, and names of what could not be had
MOST_BYTES = 16_777_216  # 16 MiB of them
_MINUTE = 60.0
_MOST_ORIGINS = 4_096  # whose last minute is remembered
_AGE = re.compile(r"[0-9]{1,9}")


class Door:
    """Fetches documents for all verifications of a process, and remembers them. Safe between threads."""

    def __init__(
        self,
        *,
        named: frozenset[str] = frozenset(),
        authorities: Path | None = None,
        public: ssl.SSLContext | None = None,
        resolve: Resolve = resolve,
        connect: Connect = connect,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Ask public servers, and the origins in `named`, wherever those are.

        `authorities` is a file of certificates (PEM) that vouch for these, beside the system's. `public` is what
        vouches for public servers where that is not the system; it, `resolve`, `connect` and `clock` are for tests.
        Raises `ssl.SSLError` or `OSError` for a file without certificates.
        """
        self.named = named
        self._named, self._public = contexts(authorities, public)
        self._resolve, self._connect, self._clock = resolve, connect, clock
        self._kept = _Kept(clock)
        self._turns = _Turns(clock)
        self._flying: dict[str, Future[Kept]] = {}
        self._lock = Lock()

    def kept(self, name: str) -> Kept | None:
        """Return what is known of `name` without asking anybody, that it cannot be asked for included; else None."""
        try:
            target = target_of(name, self.named)
        except UnreachableError as error:
            return Kept(None, str(error), self._clock())
        return self._kept.of(target.url) or self._kept.of(target.origin)

    def fetch(self, name: str) -> bytes:
        """Return the document of a did:web, or of an https URL. Blocks, for 10 s at most.

        Who asks for what is being fetched already waits for that. Raises `UnreachableError`.
        """
        target = target_of(name, self.named)
        if known := self.kept(name):
            return known.had()
        with self._lock:
            flying, ours = self._flying.get(target.url), Future[Kept]()
            if flying is None:
                self._flying[target.url] = ours
        if flying is not None:
            try:
                return flying.result(SECONDS + SECONDS).had()
            except TimeoutError as error:
                raise UnreachableError(f"{target.host} did not answer in time") from error
        try:
            found = self._fetched(target)
        except BaseException as error:
            ours.set_exception(error)
            raise
        else:
            ours.set_result(found)
        finally:
            with self._lock:
                del self._flying[target.url]
        return found.had()

    def _fetched(self, target: Target) -> Kept:
        """Fetch, and remember what came of it."""
        now = self._clock()
        try:
            with self._turns.of(target):
                context = self._named if target.named else self._public
                answer = get(target, context=context, resolve=self._resolve, connect=self._connect)
        except BusyError as error:  # which says nothing of whom was to be asked
            return Kept(None, str(error), now)
        except UnreachableError as error:
            failed = Kept(None, str(error), self._clock() + REMEMBERED, gone=error.gone)
            self._kept.keep(target.origin if error.everywhere else target.url, failed)
            return failed
        found = Kept(answer.body, "", now + fresh_for(answer))
        if found.until > now:
            self._kept.keep(target.url, found)
        return found


def contexts(authorities: Path | None, public: ssl.SSLContext | None = None) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return what vouches for named origins, and what for public servers. Raises as `Door` does."""
    public = public or ssl.create_default_context()
    if authorities is None:
        return public, public
    named = ssl.create_default_context()
    named.load_verify_locations(authorities)
    return named, public


class _Turns:
    """So many fetches at once, so many of one origin, and so many of it in a minute."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._changed = Condition()
        self._busy: Counter[str] = Counter()
        self._lately: OrderedDict[str, deque[float]] = OrderedDict()

    @contextmanager
    def of(self, target: Target) -> Iterator[None]:
        """Hold a turn for the block. Raises `BusyError` where none comes in 5 s, or the origin was asked too often."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._free(target), SECONDS):
                raise BusyError("too much is being asked for at the moment")
            if not target.named:
                self._count(target.origin)
            self._busy[target.origin] += 1
        try:
            yield
        finally:
            with self._changed:
                self._busy[target.origin] -= 1
                self._busy += Counter()  # forgets those that are at nought
                self._changed.notify_all()

    def _free(self, target: Target) -> bool:
        of_it = self._busy[target.origin]
        return self._busy.total() < AT_ONCE and (target.named or of_it < AT_ONCE_OF_ONE)

    def _count(self, origin: str) -> None:
        now = self._clock()
        lately = self._lately.setdefault(origin, deque())
        self._lately.move_to_end(origin)
        while lately and lately[0] <= now - _MINUTE:
            lately.popleft()
        if len(lately) >= MOST_A_MINUTE:
            raise BusyError(f"{origin} was asked {MOST_A_MINUTE} times in the last minute already")
        lately.append(now)
        if len(self._lately) > _MOST_ORIGINS:
            self._lately.popitem(last=False)


class _Kept:
    """What was had, and what could not be, as long as that is worth something; what was not asked for longest goes."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = Lock()
        self._of: OrderedDict[str, Kept] = OrderedDict()
        self._bytes = 0

    def of(self, name: str) -> Kept | None:
        with self._lock:
            found = self._of.get(name)
            if found is None:
                return None
            if found.until <= self._clock():
                self._drop(name)
                return None
            self._of.move_to_end(name)
            return found

    def keep(self, name: str, found: Kept) -> None:
        with self._lock:
            if name in self._of:
                self._drop(name)
            self._of[name] = found
            self._bytes += _size(found)
            while len(self._of) > MOST_KEPT or self._bytes > MOST_BYTES:
                self._drop(next(iter(self._of)))

    def _drop(self, name: str) -> None:
        self._bytes -= _size(self._of.pop(name))


def _size(kept: Kept) -> int:
    return len(kept.body or b"")


def fresh_for(answer: Answer) -> float:
    """Return for how many seconds an answer may be used again (RFC 9111 "Freshness"), 300 at most."""
    words = [word.strip().lower() for word in answer.headers.get("cache-control", "").split(",")]
    if not {"no-store", "no-cache", "private"}.isdisjoint(words):
        return 0.0
    ages = {name: value for name, _, value in (word.partition("=") for word in words)}
    said = ages.get("s-maxage", ages.get("max-age"))
    if said is None:
        return 0.0 if "expires" in answer.headers else FRESH
    age = answer.headers.get("age", "0")
    if not _AGE.fullmatch(said) or not _AGE.fullmatch(age):
        return 0.0
    return min(LONGEST_FRESH, max(0.0, float(said) - float(age)))
