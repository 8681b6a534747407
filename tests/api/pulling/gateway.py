"""A gateway that speaks as Discord's documentation says, on loopback by TLS, and does to its clients what a test wants.

It keeps every session with its words, so that one can be resumed; it counts, and lets a test wait for what comes.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

if TYPE_CHECKING:
    import ssl

GUILD = "81384788765712384"
SECONDS = 60  # that anything is waited for
Nasty = Callable[["Gateway", ServerConnection], Coroutine[Any, Any, None]]
"""What is done to a connection once it said who it is; when it returns, all goes on as usual."""


@dataclass
class Kept:
    """A session: what was said in it, the last number first known to all."""

    id: str
    said: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Gateway:
    """`hellos`: heartbeat intervals in ms, the last for ever. `nasties`: for each connection, in order."""

    origin: str = ""
    interval: int = 45_000
    hellos: bool = True
    acks: bool = True
    came: list[dict[str, Any]] = field(default_factory=list)  # what clients sent
    nasties: list[Nasty | None] = field(default_factory=list)
    sessions: dict[str, Kept] = field(default_factory=dict)
    connections: int = 0
    closes: list[int | None] = field(default_factory=list)  # codes with which clients went
    _live: dict[str, ServerConnection] = field(default_factory=dict)
    _loop: asyncio.AbstractEventLoop | None = None
    _changed: threading.Condition = field(default_factory=threading.Condition)

    @property
    def address(self) -> str:
        return self.origin.replace("https://", "wss://")

    def wait(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds of what came."""
        with self._changed:
            assert self._changed.wait_for(holds, SECONDS), self.came

    def ops(self) -> list[int]:
        return [each["op"] for each in self.came if each["op"] != 1]

    def say(self, t: str, d: dict[str, Any], *, session: str = "") -> None:
        """Say something in the newest session: to whoever is there, or whoever resumes."""
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(self._say(t, d, session), self._loop).result(SECONDS)

    async def _say(self, t: str, d: dict[str, Any], session: str = "") -> None:
        kept = self.sessions[session or next(reversed(self.sessions))]
        frame = {"op": 0, "s": len(kept.said) + 1, "t": t, "d": d}
        kept.said.append(frame)
        if live := self._live.get(kept.id):
            with contextlib.suppress(ConnectionClosed):
                await live.send(json.dumps(frame))

    def do(self, nasty: Nasty) -> None:
        """Do something to the connection that there is."""
        assert self._loop is not None
        (live,) = self._live.values()
        asyncio.run_coroutine_threadsafe(nasty(self, live), self._loop).result(SECONDS)

    def note(self, change: Callable[[], None]) -> None:
        with self._changed:
            change()
            self._changed.notify_all()

    def sent(self, said: dict[str, Any]) -> None:
        self.note(lambda: self.came.append(said))

    async def serve(self, connection: ServerConnection) -> None:
        """Serve one client: hello, who it is, and then whatever it says."""
        self.note(lambda: setattr(self, "connections", self.connections + 1))
        nasty = self.nasties.pop(0) if self.nasties else None
        session = ""
        try:
            if self.hellos:
                await connection.send(json.dumps({"op": 10, "d": {"heartbeat_interval": self.interval}}))
            async for text in connection:
                said = json.loads(text)
                if said["op"] in (2, 6) and nasty is not None:
                    self.sent(said)
                    await nasty(self, connection)
                    nasty = None
                    if connection.close_code is None and self.came[-1]["op"] == 6:
                        session = await self._resumed(connection, said)
                    continue
                if said["op"] == 2:
                    session = await self._begun(connection)
                elif said["op"] == 6:
                    session = await self._resumed(connection, said)
                elif said["op"] == 1 and self.acks:
                    await connection.send(json.dumps({"op": 11}))
                self.sent(said)
        except ConnectionClosed:
            pass
        finally:
            if self._live.get(session) is connection:
                del self._live[session]
            self.note(lambda: self.closes.append(connection.close_code))

    async def _begun(self, connection: ServerConnection) -> str:
        kept = Kept(f"session-{len(self.sessions) + 1}")
        self.sessions[kept.id] = kept
        self._live[kept.id] = connection
        ready = {"v": 10, "session_id": kept.id, "resume_gateway_url": self.address, "guilds": [{"id": GUILD}]}
        await self._say("READY", ready, kept.id)
        return kept.id

    async def _resumed(self, connection: ServerConnection, said: dict[str, Any]) -> str:
        """Say again what was said after the number that the client knows (Discord's "Resuming")."""
        kept = self.sessions.get(said["d"]["session_id"])
        if kept is None:
            await connection.send(json.dumps({"op": 9, "d": False}))
            return ""
        for frame in kept.said[said["d"]["seq"] :]:
            await connection.send(json.dumps(frame))
        self._live[kept.id] = connection
        await self._say("RESUMED", {}, kept.id)
        return kept.id


@contextlib.contextmanager
def speaking(context: ssl.SSLContext) -> Iterator[Gateway]:
    """Give a gateway at `wss://localhost:PORT`."""
    gateway, ready, ended = Gateway(), threading.Event(), threading.Event()

    async def run() -> None:
        gateway._loop = asyncio.get_running_loop()
        async with serve(gateway.serve, "127.0.0.1", 0, ssl=context, compression=None, ping_interval=None) as server:
            gateway.origin = f"https://localhost:{server.sockets[0].getsockname()[1]}"
            ready.set()
            await asyncio.to_thread(ended.wait)

    thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
    thread.start()
    assert ready.wait(SECONDS)
    try:
        yield gateway
    finally:
        ended.set()
        thread.join(SECONDS)


async def closes(_gateway: Gateway, connection: ServerConnection, code: int = 1000) -> None:
    await connection.close(code)


async def asks_again(_gateway: Gateway, connection: ServerConnection) -> None:
    await connection.send(json.dumps({"op": 7, "d": None}))


async def refuses(_gateway: Gateway, connection: ServerConnection) -> None:
    """Refuse the session, and close before the client can (Discord's "Invalid Session")."""
    await connection.send(json.dumps({"op": 9, "d": False}))
    await connection.close(4009)


async def cuts(_gateway: Gateway, connection: ServerConnection) -> None:
    connection.transport.abort()
