"""An answer's head and body go out together, and what is sent in pieces comes in pieces."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import uvicorn

from api.web.gathering import Gathered

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send


async def app(scope: Scope, _: Receive, send: Send) -> None:
    pieces = [b"one", b"two", b""] if scope["path"] == "/pieces" else [b"" if scope["path"] == "/empty" else b"whole"]
    length = sum(map(len, pieces))
    head = [(b"content-length", b"%d" % length), *([(b"connection", b"close")] if scope["path"] == "/last" else [])]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    for n, piece in enumerate(pieces, start=1):
        await send({"type": "http.response.body", "body": piece, "more_body": n < len(pieces)})
        await asyncio.sleep(0.05)


async def received(port: int, path: str) -> list[bytes]:
    """Return what came, as it came."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET %b HTTP/1.1\r\nHost: a\r\n\r\n" % path.encode())
    came: list[bytes] = []
    while len(came) < 3:
        try:
            piece = await asyncio.wait_for(reader.read(65_536), 0.5)
        except TimeoutError:
            break
        came.append(piece)
        if not piece:
            break
    writer.close()
    return came


def test_answers_come_as_they_were_sent_with_their_heads():
    async def story() -> None:
        config = uvicorn.Config(app, port=0, http=Gathered, log_level="error", lifespan="off", server_header=False)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110 - it has no event to wait for
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        try:
            (whole,) = await received(port, "/")
            assert whole.startswith(b"HTTP/1.1 200 OK\r\n")
            assert whole.endswith(b"\r\n\r\nwhole")
            (empty,) = await received(port, "/empty")
            assert empty.endswith(b"content-length: 0\r\n\r\n")
            first, second, *_ = await received(port, "/pieces")
            assert first.endswith(b"\r\n\r\none")
            assert second == b"two"
            last, end = await received(port, "/last")
            assert last.endswith(b"\r\n\r\nwhole")
            assert end == b""
        finally:
            server.should_exit = True
            await serving

    asyncio.run(story())
