"""No request waits for the database for ever: who is told nothing for some seconds is told to ask again.

The work at hand is not torn up. It ends when the database answers or its connection breaks, and nobody hears of it;
a platform that posts the same events again finds what was kept as duplicates.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.requests import Request

from api.web import problems
from api.web.bodies import STREAMS

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

WORDS = f"the book did not answer in time; {problems.KEPT}"
UNHURRIED = frozenset(
    {
        "/communities/{community}/charter",
        "/communities/{community}/charter/simulate",
        "/communities/{community}/fairness",
        "/communities/{community}/fairness/{case}/decision",
        "/communities/{community}/leaders",
        "/communities/{community}/members/{member}",
        "/communities/{community}/members/{member}/takeout",
        "/c/{community}/m/{member}/erase",
        "/manage/{community}",
        "/manage/{community}/charter",
        "/manage/{community}/charter/lint",
        "/manage/{community}/fairness/{case}",
        "/manage/{community}/leaders",
        "/manage/{community}/review",
        "/manage/{community}/sources",
    }
)
"""Routes whose honest work may take longer: they derive a whole community anew, wait until it is counted, or read
what it did in the last year, the first time they are asked."""


def unhurried(scope: Scope) -> None:
    """Let a request take longer: what it waits for has a limit of its own."""
    scope.setdefault("state", {})["unhurried"] = True


class Deadline:
    """A layer of the app that answers 503 where what is behind it does not begin to answer in time."""

    def __init__(self, app: ASGIApp, *, longest_wait: float, seconds: float) -> None:
        """Wrap `app`; `seconds` may pass before an answer begins, not counting the wait for the request's own body.

        `longest_wait` (seconds) is what a request with `after=` may take besides.
        """
        self.app = app
        self.longest_wait = longest_wait
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        waits = b"after=" in scope["query_string"]
        timed = _Timed(scope, receive, send, self.seconds + (self.longest_wait if waits else 0))
        try:
            await self.app(scope, timed.listen, timed.answer)
        finally:
            await timed.end()


class _Timed:
    """One request, while its time runs."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, seconds: float) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._answered = self._late = self._listening = False
        self._loop = asyncio.get_running_loop()
        self._refusing: asyncio.Task[None] | None = None  # else nobody would hold it
        self._ends = self._loop.time() + seconds
        self._timer: asyncio.TimerHandle | None = self._loop.call_at(self._ends, self._look)

    def stop(self) -> None:
        """Let no more time run."""
        if self._timer is not None:
            self._timer.cancel()

    async def end(self) -> None:
        """Let no more time run, and wait until who was refused has been told: else the server would say 500."""
        self.stop()
        if self._refusing is not None:
            await self._refusing

    async def listen(self) -> Message:
        """Wait for the request's body, whose time is its sender's."""
        since, self._listening = self._loop.time(), True
        message = await self._receive()
        self._listening = False
        self._ends += self._loop.time() - since
        if self._timer is None and not self._answered and not self._late:
            self._timer = self._loop.call_at(self._ends, self._look)
        return message

    async def answer(self, message: Message) -> None:
        """Send an answer, unless it comes too late."""
        if not self._answered:
            self._answered = True
            self.stop()
        if not self._late:
            await self._send(message)

    def _look(self) -> None:
        """Give up where the time is over; else look again when it will be, or once more of the body has come."""
        self._timer = None
        if self._listening:
            return
        if self._loop.time() < self._ends:
            self._timer = self._loop.call_at(self._ends, self._look)
        elif not _unhurried(self._scope):
            self._late = True
            self._refusing = self._loop.create_task(self._refuse())

    async def _refuse(self) -> None:
        refusal = problems.response(Request(self._scope), problems.busy(WORDS))
        await refusal(self._scope, self._receive, self._send)


def _media(scope: Scope) -> str:
    return Headers(scope=scope).get("content-type", "").partition(";")[0].strip().lower()


def _unhurried(scope: Scope) -> bool:
    """Return whether honest work may take longer: a question about an earlier knowledge replays the past.

    A stream is as long as it is; the ledger itself sees to it that no part of it waits for ever.
    """
    if scope.get("state", {}).get("unhurried") or _media(scope) in STREAMS or b"known_at=" in scope["query_string"]:
        return True
    return getattr(scope.get("route"), "path", "") in UNHURRIED
