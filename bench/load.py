"""A closed loop of HTTP clients, light enough to share two cores with the server it measures.

Every request is built beforehand; each client sends its next as soon as its last was answered. One thread
waits for all sockets at once, and an answer is read no further than its status line and its length.
"""

from __future__ import annotations

import selectors
import socket
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

PATIENCE = 60.0  # seconds for one answer
IDLE = 2.0  # seconds; servers wait for 5, as a rule
PIECE = 262_144  # bytes
HOST = "127.0.0.1"


def post(path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    """Return a whole request."""
    lines = [f"POST {path} HTTP/1.1", f"Host: {HOST}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body


def get(path: str, headers: Mapping[str, str]) -> bytes:
    """Return a whole request for a page."""
    lines = [f"GET {path} HTTP/1.1", f"Host: {HOST}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("ascii")


@dataclass(slots=True)
class _Client:
    connection: socket.socket
    read: bytearray = field(default_factory=bytearray)


class Load:
    """Some keep-alive clients of one server on this machine."""

    def __init__(self, port: int, clients: int, *, wanted: bytes, times: int = 1) -> None:
        """Each answer must be a 2xx in which `wanted` stands `times` times."""
        self._port = port
        self._wanted = wanted
        self._times = times
        self._clients = [_Client(self._connected()) for _ in range(clients)]
        self._last = time.monotonic()

    def close(self) -> None:
        """Hang up."""
        for client in self._clients:
            client.connection.close()

    def refresh(self) -> None:
        """Connect anew where nothing was said for so long that the server may hang up."""
        if time.monotonic() - self._last > IDLE:
            self.close()
            self._clients = [_Client(self._connected()) for _ in self._clients]

    def send(self, requests: Sequence[bytes]) -> None:
        """Send all requests and wait for all answers. Raises `AssertionError` for one that is not as wanted."""
        left = iter(requests)
        with selectors.DefaultSelector() as selector:
            for client in self._clients:
                _next(client, left) and selector.register(client.connection, selectors.EVENT_READ, client)
            while selector.get_map():
                for key, _ in selector.select(PATIENCE) or self._silent():
                    client = key.data
                    if self._answered(client) and not _next(client, left):
                        selector.unregister(client.connection)
        self._last = time.monotonic()

    def _answered(self, client: _Client) -> bool:
        """Read what came; return whether the answer is whole."""
        piece = client.connection.recv(PIECE)
        read = client.read
        read += piece
        head = read.find(b"\r\n\r\n")
        if not piece:
            raise AssertionError(f"bench: wanted an answer, got {bytes(read[:200])!r} and its end")
        if head < 0 or len(read) < head + 4 + _length(read, head):
            return False
        if not read.startswith(b"HTTP/1.1 2") or read.count(self._wanted) != self._times:
            raise AssertionError(f"bench: wanted {self._wanted!r} {self._times} times, got {bytes(read[:2000])!r}")
        read.clear()
        return True

    def _silent(self) -> list[tuple[selectors.SelectorKey, int]]:
        raise AssertionError(f"bench: wanted an answer within {PATIENCE:.0f} s, got none")

    def _connected(self) -> socket.socket:
        connection = socket.create_connection((HOST, self._port), timeout=PATIENCE)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection


def _next(client: _Client, left: Iterator[bytes]) -> bool:
    """Send the next request; return whether there was one."""
    request = next(left, None)
    if request is None:
        return False
    client.connection.sendall(request)
    return True


def _length(read: bytearray, head: int) -> int:
    """Return the Content-Length that the answer's head tells."""
    at = read.lower().find(b"\r\ncontent-length:", 0, head)
    if at < 0:
        raise AssertionError(f"bench: wanted a Content-Length, got {bytes(read[:head])!r}")
    return int(read[at + 17 : read.find(b"\r\n", at + 2)])
