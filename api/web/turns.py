"""Whose turn it is to verify: each client has few requests served at a time, and clients take turns.

So whoever asks much waits for herself. A client is an address as the server sees it: behind a reverse proxy what that
says, where it is trusted (`FORWARDED_ALLOW_IPS`, docs/operations.md); of IPv6 the network of 64 bits that one site has.
Behind the machine's own address there may be anybody: of those each connection is a client.
"""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict, deque
from contextlib import suppress
from http import HTTPStatus
from ipaddress import AddressValueError, IPv6Address
from typing import TYPE_CHECKING

from api.web.problems import RETRY_AFTER, ProblemError, busy

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

ROUTES = frozenset({"/credentials/verify", "/presentations/verify", "/verify"})
"""Where anybody may ask for work (POST)."""

PATIENCE = 2.5  # seconds that one waits for a turn
AT_ONCE = 2  # requests of one client that are served
MOST_AT_ONCE = 24  # of all: fewer than there are threads
MOST_OF_ONE = 8  # requests of one client that wait
MOST_WAITING = 64  # of all
HELD_BACK = 1.0  # seconds before who asks too much is told so, who else would only ask again the sooner
REST = 0.05  # seconds that a turn lasts on where it ended in a refusal: to refuse is quick, so it could be asked for
_SITE = 64  # bits of an IPv6 address
_ITSELF = frozenset({"127.0.0.1", "::1"})


class TakingTurns:
    """A layer of the app: work begins when the request has come whole, and it is its client's turn."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self.app = app
        self.turns = Turns(AT_ONCE, MOST_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] not in ROUTES:
            await self.app(scope, receive, send)
            return
        client, has_turn, refused = client_of(scope), False, False

        async def listen() -> Message:
            nonlocal has_turn
            message = await receive()
            if not has_turn and not message.get("more_body", False):
                await self.turns.begin(client)
                has_turn = True
            return message

        async def answer(message: Message) -> None:
            nonlocal refused
            refused = refused or message.get("status", 0) >= HTTPStatus.BAD_REQUEST
            await send(message)

        try:
            await self.app(scope, listen, answer)
        finally:
            if has_turn:
                self._rest(client) if refused else self.turns.end(client)

    def _rest(self, client: str) -> None:
        """End a turn a little later."""
        asyncio.get_running_loop().call_later(REST, self.turns.end, client)


class Turns:
    """A counter at which some are served at once, not too many of one client. Belongs to one event loop."""

    def __init__(self, each: int, most: int) -> None:
        """`each`: turns of one client at once; `most`: of all."""
        self._each = each
        self._most = most
        self._served: Counter[str] = Counter()
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()  # the next client first

    async def begin(self, client: str) -> None:
        """Wait for a turn of `client`, which `end` ends.

        Raises a 429 problem where too many of its requests wait, or one waits behind its own too long; a 503 problem
        where those of others are too many.
        """
        if self._is_free(client):  # nobody waits who could be served
            self._served[client] += 1
            return
        if len(self._waiting.get(client, ())) >= MOST_OF_ONE:
            await asyncio.sleep(HELD_BACK)
            raise _too_many()
        if sum(map(len, self._waiting.values())) >= MOST_WAITING:
            raise _crowded()
        called: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(client, deque()).append(called)
        try:
            async with asyncio.timeout(PATIENCE):
                await called
        except BaseException as error:
            if called.done() and not called.cancelled():  # called in the very moment in which it gave up
                self.end(client)
            if isinstance(error, TimeoutError):
                raise (_too_many() if self._served[client] >= self._each else _crowded()) from error
            raise
        finally:
            self._leave(client, called)

    def end(self, client: str) -> None:
        """Give a turn back; who just had one comes last."""
        self._served[client] -= 1
        if not self._served[client]:
            del self._served[client]
        if client in self._waiting:
            self._waiting.move_to_end(client)
        for other in [*self._waiting]:
            while self._is_free(other) and (called := _first(self._waiting[other])):
                self._served[other] += 1
                called.set_result(None)

    def _is_free(self, client: str) -> bool:
        return self._served[client] < self._each and self._served.total() < self._most

    def _leave(self, client: str, called: asyncio.Future[None]) -> None:
        """Stand in line no more, called or not."""
        line = self._waiting.get(client, deque())
        with suppress(ValueError):
            line.remove(called)
        if not line:
            self._waiting.pop(client, None)


def _first(line: deque[asyncio.Future[None]]) -> asyncio.Future[None] | None:
    return next((called for called in line if not called.done()), None)


def client_of(scope: Scope) -> str:
    """Return who asks, as far as turns are about it."""
    host, port = scope.get("client") or ("", 0)
    if host in _ITSELF:
        return f"{host} {port}"
    try:
        address = IPv6Address(str(host).partition("%")[0])
    except AddressValueError:
        return str(host)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(IPv6Address(int(address) >> _SITE << _SITE))


def _too_many() -> ProblemError:
    words = "too many verifications were asked for at once from this address"
    return ProblemError(429, words, headers={"Retry-After": str(RETRY_AFTER)}, verified=False)


def _crowded() -> ProblemError:
    return busy("too many verifications were asked for at once")
