"""A delivery of GitHub's, 24 kB, at its door, beside a route that reads the body and checks its HMAC alone.

CPU is the server's: a database is there, and what it spends is its own affair.
"""

from __future__ import annotations

import contextlib
import hmac
import os
import subprocess
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

import orjson

from api.connecting.connector import connectors
from bench import books, cpu, servers
from bench.events import COMMUNITY
from bench.floors import HOOK_SECRET
from bench.harness import Benchmark, Pair, Side
from bench.load import Load, post

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.servers import Served

CLIENTS = 4
EACH = 16  # deliveries of each client in one piece
PATH = f"/hooks/{COMMUNITY}/github"
_numbers = count(1)


@contextlib.contextmanager
def deliveries(size: int) -> Iterator[Pair]:
    """Post deliveries of about `size` bytes, each a review of somebody else's pull request."""
    with contextlib.ExitStack() as stack:
        database = stack.enter_context(books.postgres_database())
        data = stack.enter_context(books.folder())
        server, _ = stack.enter_context(books.served(database, data))
        _open_door(database, data)
        floor = stack.enter_context(servers.floor("hook", stack.enter_context(books.folder())))
        yield Pair(_side(stack, server, b'"outcome":"stored"', size), _side(stack, floor, b'"proved":true', size))


def _open_door(database: str, data: Path) -> None:
    environment = {**os.environ, "GUILDBOOK_DATABASE": database, "GUILDBOOK_DATA": str(data)}
    opening = [*books.GUILDBOOK, "hook", "open", COMMUNITY, "github", "--secret", "-"]
    subprocess.run(opening, env=environment, input=HOOK_SECRET.encode(), stdout=subprocess.DEVNULL, check=True)


def _side(stack: contextlib.ExitStack, server: Served, wanted: bytes, size: int) -> Side:
    load = Load(server.port, CLIENTS, wanted=wanted)
    stack.enter_context(contextlib.closing(load))
    spent = cpu.of_trees(server.pid)

    def requests() -> list[bytes]:
        load.refresh()
        return [_delivery(size) for _ in range(CLIENTS * EACH)]

    return Side(CLIENTS * EACH, requests, load.send, others=spent, drives=True, rest=partial(cpu.idle, spent))


def _delivery(size: int) -> bytes:
    """Return a request, as GitHub makes one: a third of it says what happened, the rest are addresses."""
    number = next(_numbers)
    body = orjson.loads(orjson.dumps(connectors()["github"].samples[0].told["body"]))
    body["review"] |= {"id": number, "state": "commented", "html_url": f"https://github.com/ada/Hello/pull/2#r{number}"}
    address = "https://api.github.com/repos/ada/Hello/git/commits{/sha}"
    body["repository"] |= {f"name_{each}_url": address for each in range((size - 600) // (len(address) + 20))}
    raw = orjson.dumps(body)
    mark = hmac.digest(HOOK_SECRET.encode(), raw, "sha256").hex()
    headers = {"X-GitHub-Event": "pull_request_review", "X-Hub-Signature-256": f"sha256={mark}"}
    return post(PATH, raw, headers | {"Content-Type": "application/json"})


BENCHMARKS = (
    Benchmark(
        name="POST /hooks, a delivery of 24 kB, CPU / a route that reads it and checks its HMAC",
        at_least=0.18,
        aim=0.25,
        size=24_000,
        opened=deliveries,
        by="cpu",
    ),
)
