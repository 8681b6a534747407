"""A network between us and PostgreSQL that can be cut, held, slowed, or lose the one answer that matters.

Of the protocol it reads what it needs: the frames ("Message Formats" of the PostgreSQL documentation), which
statement writes facts, and where the server says that a transaction was committed.
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Self

from tests.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

Mode = Literal["pass", "hold", "cut", "slow"]
PIECE = 65_536
HOLD_SECONDS = 0.02  # between two looks whether what is held may go on
WRITES = b"INSERT INTO stored_events"
PLAIN = "sslmode=disable&gssencmode=disable"  # so that the frames can be read


@dataclass(eq=False)
class _Link:
    """One client's connection through the proxy, and what is known of its statements."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    asked: _Frames = field(default_factory=lambda: _Frames(greeting=True))
    told: _Frames = field(default_factory=lambda: _Frames(greeting=False))
    writing: set[bytes] = field(default_factory=set)  # names of prepared statements that write facts
    appending: bool = False  # one of them is under way
    passed: int = 0  # bytes that the client was sent
    forgotten: bool = False  # nothing moves on it any more, and nobody says so


class Proxy:
    """Listens on `port` and passes everything on to `target`, as `mode` says.

    pass; hold: nothing moves, nothing is refused; cut: connections are reset, new ones too; slow: every piece
    waits `delay` seconds. `lose(n)`: the next n answers that would say "committed" to an append are lost, and their
    connections with them. `cut_after(n)`: every connection is reset once it was sent n more bytes. `forget()`: what is
    open now is held for ever, as where the other machine has vanished; new connections are served.
    """

    def __init__(self, target: int) -> None:
        self.port = free_port()
        self.mode: Mode = "pass"
        self.delay = 0.25
        self.lost = 0  # answers lost so far
        self._target = target
        self._to_lose = 0
        self._most: int | None = None  # bytes to each client
        self._links: set[_Link] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="proxy", daemon=True)
        self._ready = threading.Event()

    def through(self, url: str) -> str:
        """Return `url` by way of this proxy."""
        return f"{url.replace(f':{self._target}/', f':{self.port}/')}?{PLAIN}"

    def set(self, mode: Mode) -> None:
        """Change the mode; `cut` resets what is open."""
        self.mode = mode
        if mode == "cut":
            self._loop.call_soon_threadsafe(self._reset)

    def lose(self, many: int) -> None:
        """Lose the next answers that acknowledge an append."""
        self._to_lose += many

    def cut_after(self, most: int | None) -> None:
        """Reset each connection after so many bytes to the client (None: no more)."""
        self._most = most

    def forget(self) -> None:
        """Hold every connection that is open now for ever."""
        for link in list(self._links):
            link.forgotten = True

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait(5)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", self.port))
        self._ready.set()
        self._loop.run_forever()
        server.close()
        self._reset()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))

    def _reset(self) -> None:
        for link in list(self._links):
            link.client.transport.abort()
            link.server.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.mode == "cut":
            writer.transport.abort()
            return
        try:
            behind, onward = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        link = _Link(writer, onward)
        self._links.add(link)
        try:
            with contextlib.suppress(asyncio.CancelledError):  # the proxy ends, and nobody waits for us
                await asyncio.gather(self._ask(link, reader), self._answer(link, behind))
        finally:
            self._links.discard(link)
            writer.transport.abort()
            onward.transport.abort()

    async def _ask(self, link: _Link, reader: asyncio.StreamReader) -> None:
        """Pass on what the client says."""
        with contextlib.suppress(ConnectionError):
            while piece := await reader.read(PIECE):
                await self._gate(link)
                for kind, body in link.asked.feed(piece):
                    _note(link, kind, body)
                link.server.write(piece)
                await link.server.drain()
        link.server.transport.abort() if self.mode == "cut" else link.server.close()

    async def _answer(self, link: _Link, reader: asyncio.StreamReader) -> None:
        """Pass on what the server says, or lose it."""
        with contextlib.suppress(ConnectionError):
            while piece := await reader.read(PIECE):
                await self._gate(link)
                if self._loses(link, piece):
                    break
                link.passed += len(piece)
                link.client.write(piece)
                await link.client.drain()
                if self._most is not None and link.passed > self._most:
                    break
        link.client.transport.abort()

    async def _gate(self, link: _Link) -> None:
        if self.mode == "slow":
            await asyncio.sleep(self.delay)
        while self.mode == "hold" or link.forgotten:  # noqa: ASYNC110 - another thread sets it, which an `asyncio.Event` does not bear
            await asyncio.sleep(HOLD_SECONDS)

    def _loses(self, link: _Link, piece: bytes) -> bool:
        """Return whether `piece` tells the client that its append was committed, and is to be lost."""
        for kind, body in link.told.feed(piece):
            done = (kind == b"C" and body == b"COMMIT\0") or (kind == b"Z" and body == b"I")
            if done and link.appending:
                link.appending = False
                if self._to_lose:
                    self._to_lose -= 1
                    self.lost += 1
                    return True
        return False


class _Frames:
    """Cuts what one side says into messages: a kind, 4 bytes of length, a body."""

    def __init__(self, *, greeting: bool) -> None:
        """`greeting`: the first message has no kind, as a client's."""
        self._greeting = greeting
        self._rest = b""

    def feed(self, piece: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Yield (kind, body) of every message that `piece` completes."""
        self._rest += piece
        while True:
            start = 0 if self._greeting else 1
            if len(self._rest) < start + 4:
                return
            end = start + struct.unpack_from("!I", self._rest, start)[0]
            if len(self._rest) < end:
                return
            kind, body, self._rest = self._rest[:start], self._rest[start + 4 : end], self._rest[end:]
            self._greeting = False
            yield kind, body


def _note(link: _Link, kind: bytes, body: bytes) -> None:
    """Remember which prepared statements write facts, and when one of them is under way."""
    if kind == b"P":
        name, statement, _ = body.split(b"\0", 2)
        link.writing.discard(name)
        if WRITES in statement:
            link.writing.add(name)
    elif kind == b"B":
        link.appending |= body.split(b"\0", 2)[1] in link.writing
    elif kind == b"Q":
        link.appending |= WRITES in body
