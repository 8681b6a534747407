"""Work that follows the ledger, in a thread of its own."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, NamedTuple

from ledger import LedgerError, system_clock
from projections.errors import ProjectionError

if TYPE_CHECKING:
    from collections.abc import Callable, Container

POLL_SECONDS = 0.1
_SHARE = 20  # an idle look takes at most one part in so many of the time
_LONGEST_POLL = 0.5  # seconds between two looks, however dear they are
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 2.0  # seconds, while a database cannot be reached
_AGAIN_SECONDS = 5.0  # until a community that was left out is tried again
_PATIENCE = 10.0  # seconds that `stop` waits for the turn at hand
_log = logging.getLogger(__name__)


class Health(NamedTuple):
    """How a follower is. `trouble`: what it waits for, or died of, in words; `since`: from when on (µs)."""

    name: str
    alive: bool
    trouble: str | None
    since: int | None


class Following:
    """Takes turn after turn until stopped: at once where the last one found work, else after a pause.

    A hint ends the pause. A database that cannot be reached is waited for, with a pause that grows and that no
    hint ends. Any other error is a bug: it ends the thread with its trace, and `health` says so.
    """

    def __init__(self, name: str, turn: Callable[[], int], *, pause: float = POLL_SECONDS) -> None:
        """`turn` returns how much it did; `pause` is in seconds."""
        self._name = name
        self._turn = turn
        self._pause = pause
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._trouble: tuple[str, int] | None = None
        self._hints: list[Callable[[], None]] = []

    def start(self) -> None:
        """Begin."""
        self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish the turn at hand, and end."""
        self._stop.set()
        self._wake.set()
        if self._thread:
            self._thread.join(timeout=_PATIENCE)

    def hint(self) -> None:
        """Say that there may be work: a pause ends at once. Cheap; any thread may call it, as often as it likes."""
        if not self._wake.is_set():
            self._wake.set()

    def leads(self, other: Following) -> None:
        """Let every turn that did something be a hint for another follower."""
        self._hints.append(other.hint)

    @property
    def health(self) -> Health:
        """How this follower is now."""
        words, since = self._trouble or (None, None)
        return Health(self._name, self._thread is not None and self._thread.is_alive(), words, since)

    def _run(self) -> None:
        try:
            self._follow()
        except BaseException as error:
            self._trouble = (f"ended by a bug: {type(error).__name__}: {error}", system_clock())
            raise

    def _follow(self) -> None:
        trouble_pause = _FIRST_PAUSE
        while not self._stop.is_set():
            self._wake.clear()
            started = time.monotonic()
            try:
                busy = self._turn()
            except (LedgerError, ProjectionError) as error:
                self._waits(str(error))
                self._stop.wait(trouble_pause)
                trouble_pause = min(2 * trouble_pause, _LONGEST_PAUSE)
                continue
            self._trouble, trouble_pause = None, _FIRST_PAUSE
            if busy:
                for hint in self._hints:
                    hint()
            else:
                took = time.monotonic() - started
                self._wake.wait(max(self._pause, min(_SHARE * took, _LONGEST_POLL)))

    def _waits(self, words: str) -> None:
        if self._trouble is None:
            _log.warning("%s waits: %s", self._name, words)
        self._trouble = (words, self._trouble[1] if self._trouble else system_clock())


class LeftOut:
    """The communities that a follower goes on without for a while, because their facts cannot be read or judged."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._errors: dict[str, tuple[LedgerError | ProjectionError, float]] = {}

    def add(self, community: str, error: LedgerError | ProjectionError) -> None:
        """Leave a community out until it is time to try it again."""
        if community not in self._errors:
            _log.warning("%s leave %s out: %s", self._name, community, error)
        self._errors[community] = (error, time.monotonic() + _AGAIN_SECONDS)

    def drop(self, community: str) -> None:
        """Let a community take part: its turn went well."""
        self._errors.pop(community, None)

    def only(self, communities: Container[str]) -> None:
        """Forget those that are kept elsewhere now."""
        for community in [one for one in self._errors if one not in communities]:
            del self._errors[community]

    def at_present(self) -> list[str]:
        """Return the communities that are not to be tried yet."""
        now = time.monotonic()
        return [community for community, (_, until) in self._errors.items() if until > now]

    def errors(self) -> dict[str, LedgerError | ProjectionError]:
        """Return what each community left out was last met with."""
        return {community: error for community, (error, _) in self._errors.items()}
