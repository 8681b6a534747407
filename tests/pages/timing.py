"""How soon a page begins to come, beside a bare route that renders as many bytes of what is at hand."""

from __future__ import annotations

import http.client
import time
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

TIMES = 9


class Timing(NamedTuple):
    """Milliseconds to the first byte: medians."""

    ours: float
    bare: float

    @property
    def ratio(self) -> float:
        """How many times a bare route's."""
        return self.ours / self.bare


def first_byte(url: str, cookies: Iterable[Any] = ()) -> float:
    """Return the median of ms until an answer begins, over one connection; the first, which warms up, is left out."""
    parts = urlsplit(url)
    headers = {"Accept": "text/html", "Cookie": "; ".join(f"{one['name']}={one['value']}" for one in cookies)}
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    taken = []
    for _ in range(TIMES + 1):
        began = time.perf_counter()
        connection.request("GET", parts.path + (f"?{parts.query}" if parts.query else ""), headers=headers)
        answer = connection.getresponse()
        taken.append((time.perf_counter() - began) * 1_000)
        answer.read()
    connection.close()
    return median(taken[1:])


def bare(port: int, size: int) -> float:
    """Return the same of the floor `page` for a page of `size` bytes."""
    return first_byte(f"http://127.0.0.1:{port}/page/{size}")
