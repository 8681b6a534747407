"""A relay: one connection to Discord's gateway, kept for as long as it is wanted.

Discord's documentation, "Gateway", "Connection Lifecycle". A session outlives its connections: where one breaks, the
next resumes it after the last word that was heard. What could not be resumed was not heard, which is said.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import orjson
import structlog
from websockets.exceptions import ConnectionClosed

from api.pulling.errors import EndedError, PullError
from api.pulling.gateway import (
    AFRESH,
    FINAL,
    KEEPS,
    QUERY,
    Op,
    begun,
    bits,
    frame_of,
    heartbeat,
    identify,
    resume,
)
from api.pulling.writing import MISSED, Word
from ledger import LedgerUnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from websockets.asyncio.client import ClientConnection

    from api.pulling.gateway import Frame
    from api.pulling.sockets import Sockets
    from api.pulling.writing import Writing

AT_ONCE: Final = 100  # words that are written together
WAITING: Final = 1_000  # words that wait to be written; further ones wait where they are
_dice = random.SystemRandom()
log = structlog.get_logger("guildbook.relay")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long each may take, and how long is waited, in seconds.

    Until a connection is open; until it says hello; between two of them, at least and at most; after a session that
    was refused; until what cannot be written is tried again.
    """

    opening: float = 10.0
    hello: float = 20.0
    least: float = 1.0
    longest: float = 300.0
    refused: tuple[float, float] = (1.0, 5.0)  # Discord's documentation, "Invalid Session"
    writing: float = 2.0


class _AgainError(Exception):
    """This connection is over, and another one is wanted. `at_once`: nothing was wrong with it."""

    def __init__(self, why: str, *, afresh: bool = False, at_once: bool = False, after: float = 0.0) -> None:
        super().__init__(why)
        self.afresh, self.at_once, self.after = afresh, at_once, after


class Relay:
    """Listens to one server until it is stopped. `begin`: where the first connection goes."""

    def __init__(
        self,
        writing: Writing,
        sockets: Sockets,
        *,
        begin: str,
        intents: Iterable[str],
        token: str,
        patience: Patience = Patience(),
    ) -> None:
        self._writing, self._sockets, self._patience = writing, sockets, patience
        self._begin, self._bits, self._token = begin, bits(intents), token
        self._session = writing.session
        self._words: asyncio.Queue[Word] = asyncio.Queue(WAITING)
        self._stopped = asyncio.Event()
        self._fails = 0
        self._acked = True

    def stop(self) -> None:
        """End it soon, after what was heard is written. To be called in the loop in which it runs."""
        self._stopped.set()

    async def run(self) -> None:
        """Listen until `stop`. Raises `EndedError` for what does not mend, and `TakenOverError`."""
        writer = asyncio.create_task(self._write())
        listener = asyncio.create_task(self._listen())
        stopping = asyncio.create_task(self._stopped.wait())
        try:
            await asyncio.wait({writer, listener, stopping}, return_when=asyncio.FIRST_COMPLETED)
            await _ended(listener)
            if not writer.done():
                await self._drained(writer)
            await _ended(writer)
            for each in (listener, writer):
                if not each.cancelled() and (error := each.exception()):
                    raise error
        finally:
            await _ended(writer)
            await _ended(listener)
            await _ended(stopping)

    async def _drained(self, writer: asyncio.Task[None]) -> None:
        """Wait until all that was heard is written, or cannot be."""
        joining = asyncio.create_task(self._words.join())
        await asyncio.wait({joining, writer}, return_when=asyncio.FIRST_COMPLETED, timeout=self._patience.opening)
        await _ended(joining)

    async def _write(self) -> None:
        """Write what was heard, in order, for ever."""
        while True:
            words = [await self._words.get()]
            while len(words) < AT_ONCE and not self._words.empty():
                words.append(self._words.get_nowait())
            while True:
                try:
                    await asyncio.to_thread(self._writing.write, words)
                    break
                except LedgerUnavailableError as error:
                    log.warning("relay.not_written", words=len(words), why=str(error))
                    await asyncio.sleep(self._patience.writing)
            for _ in words:
                self._words.task_done()

    async def _listen(self) -> None:
        """Hold connections, one after another. Raises `EndedError`."""
        while True:
            try:
                await self._connected()
            except EndedError:
                raise
            except _AgainError as error:
                again = error
            except PullError as error:
                again = _AgainError(str(error))
            else:
                return
            missed = again.afresh and self._session is not None
            if again.afresh:
                self._session = None
            why = f"{again}; {MISSED}" if missed else str(again)
            log.warning("relay.again", why=why, resumes=self._session is not None)
            await self._words.put(Word("again", said=why))
            if not again.at_once:
                self._fails += 1
                await asyncio.sleep(again.after or self._wait())

    def _wait(self) -> float:
        longest: float = self._patience.least * 2 ** min(self._fails - 1, 20)
        return min(self._patience.longest, longest) * _dice.uniform(0.5, 1.0)

    async def _connected(self) -> None:
        """Hold one connection until it is over. Raises `_AgainError`, `LaterError`, `EndedError`."""
        address = self._session.url if self._session else self._begin
        socket = await self._sockets.open(address.rstrip("/") + QUERY, self._patience.opening)
        beating: asyncio.Task[None] | None = None
        try:
            try:
                async with asyncio.timeout(self._patience.hello):
                    hello = frame_of(await socket.recv())
            except TimeoutError as error:
                raise _AgainError("Discord said no hello") from error
            if hello.op != Op.HELLO or not isinstance((hello.d or {}).get("heartbeat_interval"), int):
                raise _AgainError("wanted a hello, got another word")
            self._acked = True
            beating = asyncio.create_task(self._beat(socket, hello.d["heartbeat_interval"] / 1_000))
            await _send(
                socket,
                resume(self._token, self._session) if self._session else identify(self._token, self._bits),
            )
            while True:
                await self._heard(socket, frame_of(await socket.recv()))
        except ConnectionClosed as error:
            raise self._closed(error) from error
        finally:
            if beating is not None:
                await _ended(beating)
            with contextlib.suppress(ConnectionClosed, OSError):
                await socket.close(KEEPS)

    def _closed(self, error: ConnectionClosed) -> Exception:
        if not self._acked:
            return _AgainError("Discord did not acknowledge a heartbeat: the connection was dead")
        code = error.rcvd.code if error.rcvd else None
        if code in FINAL:
            return EndedError(f"Discord closed the connection ({code}): {FINAL[code]}")
        said = f"({code})" if code else "without a word"
        return _AgainError(f"Discord closed the connection {said}", afresh=code in AFRESH)

    async def _beat(self, socket: ClientConnection, interval: float) -> None:
        """Say from time to time that we are there, the first time after a part of the interval.

        A heartbeat that is not acknowledged before the next one means that the connection is dead ("zombied").
        """
        await asyncio.sleep(interval * _dice.random())
        with contextlib.suppress(ConnectionClosed):
            while True:
                self._acked = False
                await _send(socket, heartbeat(self._session.seq if self._session else None))
                await asyncio.sleep(interval)
                if not self._acked:
                    socket.transport.abort()
                    return

    async def _heard(self, socket: ClientConnection, frame: Frame) -> None:
        if frame.op == Op.DISPATCH:
            await self._dispatched(frame)
        elif frame.op == Op.ACK:
            self._acked = True
            await self._words.put(Word("alive"))
        elif frame.op == Op.HEARTBEAT:
            await _send(socket, heartbeat(self._session.seq if self._session else None))
        elif frame.op == Op.RECONNECT:
            raise _AgainError("Discord asked for another connection", at_once=True)
        elif frame.op == Op.INVALID_SESSION:
            after = _dice.uniform(*self._patience.refused)
            raise _AgainError("Discord refused the session", afresh=frame.d is not True, after=after)

    async def _dispatched(self, frame: Frame) -> None:
        number = frame.s or 0
        if frame.t == "READY":
            self._session = begun(frame)
            self._sockets.target(self._session.url)  # where the token would go next
        elif self._session is None or number <= self._session.seq:
            return  # of no session of ours, or heard already
        self._session = self._session._replace(seq=number)
        self._fails = 0
        await self._words.put(Word("heard", self._session, frame.t or "", frame.d))


async def _send(socket: ClientConnection, said: dict[str, Any]) -> None:
    await socket.send(orjson.dumps(said).decode())


async def _ended(task: asyncio.Task[Any]) -> None:
    """Wait until a task is over, and let what it raised be."""
    if not task.done():
        task.cancel()
    await asyncio.wait({task})
