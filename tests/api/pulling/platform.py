"""A platform that is asked: a real server on loopback, by TLS, that pages, says when nothing changed, and refuses."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import orjson

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

Answered = tuple[int, dict[str, str], bytes]


@dataclass
class Platform:
    """`lists`: for each path what it answers to a query; `nasties` come first, in order. `asked`: paths and headers."""

    origin: str = ""
    lists: dict[str, Callable[[dict[str, str]], Any]] = field(default_factory=dict)
    nasties: list[Answered | None] = field(default_factory=list)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def answer(self, address: str, headers: dict[str, str]) -> Answered:
        self.asked.append((address, headers))
        nasty = self.nasties.pop(0) if self.nasties else None
        if nasty is not None:
            return nasty
        parts = urlsplit(address)
        found = self.lists.get(parts.path)
        if found is None:
            return 404, {}, b"{}"
        body = orjson.dumps(found({name: value[0] for name, value in parse_qs(parts.query).items()}))
        etag = f'"{hash(body)}"'
        if headers.get("if-none-match") == etag:
            return 304, {"ETag": etag}, b""
        return 200, {"ETag": etag, "Content-Type": "application/json"}, body

    def paths(self) -> list[str]:
        return [address for address, _ in self.asked]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """Say nothing: a client that goes away is what is tested."""


@contextlib.contextmanager
def answering(context: ssl.SSLContext) -> Iterator[Platform]:
    """Give a platform at `https://localhost:PORT`."""
    platform = Platform()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status, headers, body = platform.answer(self.path, {k.lower(): v for k, v in self.headers.items()})
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = _Server(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    platform.origin = f"https://localhost:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield platform
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
