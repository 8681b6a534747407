"""Ports for servers that a test starts, beside others that start theirs at the same time."""

from __future__ import annotations

import contextlib
import secrets
import socket

PORTS = range(20_000, 30_000)


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on, and that no outgoing connection takes.

    Who listens comes after a while, or comes back on the same port after it was killed; of those that the system hands
    out, somebody may have it by then.
    """
    while True:
        port = secrets.choice(PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
