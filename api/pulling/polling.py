"""A poll: turn after turn, what is new on a platform that does not post; or one turn alone, for cron.

The facts of a page are stored first, and then how far that was: killed in between, the page is read again.
"""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import structlog

from api.pulling.errors import EndedError, LaterError
from api.pulling.taking import take
from api.pulling.walking import parent_of, walk
from ledger import LedgerUnavailableError, Mark, system_clock

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.connecting.connector import Connector
    from api.connecting.pulled import Poll, Stream
    from api.installation import Installation
    from api.pulling.requests import Requests
    from ledger import Pull

LEAST = 30.0  # seconds until a turn that failed is tried again; twice as many each time
LONGEST = 3_600.0
JITTER = 0.1  # of a wait, more or less
SECOND = 1_000_000  # µs
_dice = random.SystemRandom()
log = structlog.get_logger("guildbook.poll")


class Turn(NamedTuple):
    """What became of a turn: facts that are new, what was refused, requests, and why it ended before its end."""

    stored: int
    refused: int
    requests: int
    failed: str = ""
    after: float | None = None  # seconds that the platform asked for


class Polling:
    """Polls one platform for one community."""

    def __init__(
        self,
        here: Installation,
        connector: Connector,
        poll: Poll,
        pull: Pull,
        requests: Requests,
        *,
        clock: Callable[[], int] = system_clock,
    ) -> None:
        self._here, self._connector, self._poll, self._pull = here, connector, poll, pull
        self._requests, self._clock = requests, clock
        same = pull.cursor.get("base") == requests.base
        known = pull.cursor if same else {"base": requests.base}
        self._cursor: dict[str, Any] = {**known, "interval": poll.interval}
        self._heard, self._behind = pull.heard, pull.behind
        self._fails = 0

    @property
    def later(self) -> float:
        """The seconds for which the platform asked not to be asked again."""
        until: int = self._cursor.get("later", 0)
        return max(0.0, (until - self._clock()) / SECOND)

    def run(self, rest: Callable[[float], bool]) -> None:
        """Poll until `rest`, which waits so many seconds, says to stop. Raises `EndedError`, `TakenOverError`."""
        wait = self.later
        while rest(wait):
            try:
                turn = self.turn()
            except LedgerUnavailableError as error:
                turn = Turn(0, 0, 0, str(error))
            usual = self._poll.interval if not turn.failed else min(LONGEST, LEAST * 2 ** min(self._fails - 1, 20))
            wait = max(usual * _dice.uniform(1 - JITTER, 1 + JITTER), turn.after or 0.0)

    def turn(self) -> Turn:
        """Take what is new. What is not answered ends the turn, and is told.

        Raises `EndedError`, `LedgerUnavailableError`, `TakenOverError`.
        """
        before = self._requests.asked
        self._stored = self._refused = 0
        self._fails += 1
        try:
            self._walked()
        except EndedError as error:
            self._save(state="ended", said=str(error))
            raise
        except LaterError as error:
            if error.after:
                self._cursor["later"] = self._clock() + int(error.after * SECOND)
            self._save(state="waiting", said=str(error), again=1)
            turn = Turn(self._stored, self._refused, self._requests.asked - before, str(error), error.after)
        else:
            self._fails = 0
            self._save()
            turn = Turn(self._stored, self._refused, self._requests.asked - before)
        said = {name: value for name, value in turn._asdict().items() if value}
        log.info("poll.turn", community=self._pull.community, connector=self._connector.name, **said)
        return turn

    def _walked(self) -> None:
        parents: dict[str, list[Any]] = {}
        for stream in self._poll.streams:
            under = [each for each in self._poll.streams if each.under == stream.name]
            found = parents.setdefault(stream.name, [])
            for record in parents[stream.under] if stream.under else [None]:
                parent = parent_of(stream, record)
                if not stream.under or parent:
                    found += self._stream(stream, parent, keeps=bool(under))

    def _stream(self, stream: Stream, parent: str, *, keeps: bool) -> list[Any]:
        """Take what is new in one list; return its records where a list under it wants them."""
        states: dict[str, Any] = self._cursor.setdefault("streams", {})
        state = {} if stream.under else states.get(stream.name, {})
        kept: list[Any] = []
        for read in walk(stream, self._requests, state, now=self._clock(), parent=parent, whole=keeps):
            day = time.strftime("%Y-%m-%d", time.gmtime(self._clock() // SECOND))
            told = {"stream": stream.name, "base": self._requests.base, "day": day, "month": day[:7]}
            bodies = [{**told, "item": record} for record in read.records]
            community = self._pull.community
            taken = take(self._here, community, self._connector, bodies, identity=True)
            now = self._clock()
            self._heard = now
            self._behind = max(0, now - taken.latest) if taken.latest else self._behind
            if not stream.under:
                states[stream.name] = read.state
            self._save(taken=taken.stored, refused=taken.refused)
            self._stored += taken.stored
            self._refused += taken.refused
            if keeps:
                kept += read.records
        return kept

    def _save(self, *, taken: int = 0, refused: int = 0, again: int = 0, state: str = "on", said: str = "") -> None:
        if state == "on":
            self._heard = self._clock()
            self._cursor.pop("later", None)
        counted = {"taken": taken, "refused": refused, "again": again}
        mark = Mark(self._cursor, None, self._heard, self._behind, **counted, state=state, said=said)
        self._here.book.pulls.save(self._pull, mark)
