"""A real receiver of webhooks on loopback, by TLS, that answers as a test says and remembers what came."""

from __future__ import annotations

import contextlib
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator


@dataclass
class Came:
    """A request that came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def told(self) -> Any:
        return orjson.loads(self.body)


@dataclass
class Receiver:
    """What it answers (the last for ever), and what came. `hangs`: seconds before each answer."""

    origin: str
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=lambda: [(204, {})])
    hangs: float = 0
    came: list[Came] = field(default_factory=list)

    def wait(self, number: int, seconds: float = 15) -> list[Came]:
        """Return what came, as soon as so many have."""
        deadline = time.monotonic() + seconds
        while len(self.came) < number:
            assert time.monotonic() < deadline, f"wanted {number} requests, got {len(self.came)}"
            time.sleep(0.01)
        return self.came


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """Say nothing: a client that goes away is what is tested."""


@contextlib.contextmanager
def receiving(context: ssl.SSLContext) -> Iterator[Receiver]:
    """Give a receiver at `https://localhost:PORT`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            receiver.came.append(Came(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            time.sleep(receiver.hangs)
            status, headers = receiver.answers.pop(0) if len(receiver.answers) > 1 else receiver.answers[0]
            with contextlib.suppress(OSError):  # the sender went
                self.send_response(status)
                for name, value in {"Content-Length": "0", **headers}.items():
                    self.send_header(name, value)
                self.end_headers()

        do_GET = do_POST  # noqa: N815  the library's name

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = _Server(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    receiver = Receiver(f"https://localhost:{server.server_address[1]}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
