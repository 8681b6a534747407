"""`POST /events` of a real server on PostgreSQL, beside what any FastAPI service must do for the same bodies.

Every event is new, checked, sealed and durable when it is answered; what it means is a worker's business, which
another row measures. CPU is of the server and its database; the client's is not counted.
"""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import uuid4

import orjson

from bench import books, cpu, ralph, servers
from bench.events import events
from bench.harness import Benchmark, Pair, Side
from bench.load import Load, post

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bench.servers import Served

    Bodies = Callable[[], list[bytes]]
    Spent = Callable[[], float | None]

EACH = 16  # single events that a client posts in one piece
SENDERS = 4  # clients that post batches
PIECE = 8  # batches that they post in one piece
BATCH = "application/cloudevents-batch+json"
SINGLE = "application/cloudevents+json"
JSON = "application/json"


class Target(NamedTuple):
    """Where a side posts to, and what its answers must say."""

    server: Served
    spent: Spent  # CPU seconds of all that answer
    headers: Mapping[str, str]
    wanted: bytes
    times: int = 1
    path: str = "/events"


@contextlib.contextmanager
def batches(size: int) -> Iterator[Pair]:
    """Post batches of `size` events, and insert as many raw rows a request in a FastAPI app.

    The app parses the body, checks nothing, and sends one INSERT an event, all in one flight and one commit.
    """

    def bodies() -> list[bytes]:
        return [orjson.dumps(events(size)) for _ in range(PIECE)]

    with contextlib.ExitStack() as stack:
        database = stack.enter_context(books.postgres_database())
        stored = _ours(stack, database, BATCH)._replace(wanted=b'"outcome":"stored"', times=size)
        folder = stack.enter_context(books.folder())
        app = stack.enter_context(servers.floor("inserts", folder, FLOOR_DATABASE=database))
        spent = cpu.added(cpu.of_trees(app.pid), cpu.of_postgres(database))
        inserted = Target(app, spent, {"Content-Type": JSON}, b'"stored":%d' % size)
        made = partial(_side, stack, clients=SENDERS, items=PIECE * size)
        yield Pair(made(stored, bodies), made(inserted, bodies))


@contextlib.contextmanager
def singles(clients: int) -> Iterator[Pair]:
    """Post one event at a time from each of some clients, and echo the same bodies, typed, in a FastAPI app."""
    with contextlib.ExitStack() as stack:
        stored = _ours(stack, stack.enter_context(books.postgres_database()), SINGLE)
        app = stack.enter_context(servers.floor("echo", stack.enter_context(books.folder())))
        echoed = Target(app, cpu.of_trees(app.pid), {"Content-Type": JSON}, b"HTTP/1.1 201 ")
        made = partial(_side, stack, clients=clients, items=clients * EACH)
        bodies = partial(_bodies, clients * EACH)
        yield Pair(made(stored, bodies), made(echoed, bodies))


@contextlib.contextmanager
def beside_ralph(clients: int) -> Iterator[Pair]:
    """Post one event at a time, and one xAPI statement at a time to Ralph, which checks it and stores nothing."""
    with contextlib.ExitStack() as stack:
        peer = stack.enter_context(ralph.served(stack.enter_context(books.folder())))
        stored = _ours(stack, stack.enter_context(books.postgres_database()), SINGLE)
        headers = {"Authorization": ralph.AUTHORIZATION, "Content-Type": JSON, "X-Experience-API-Version": "1.0.3"}
        taken = Target(peer, cpu.of_trees(peer.pid), headers, b"HTTP/1.1 200 ", path=ralph.PATH)
        made = partial(_side, stack, clients=clients, items=clients * EACH)
        yield Pair(made(stored, partial(_bodies, clients * EACH)), made(taken, partial(_statements, clients * EACH)))


def _ours(stack: contextlib.ExitStack, database: str, media_type: str) -> Target:
    """Start ours on `database`."""
    server, key = stack.enter_context(books.served(database, stack.enter_context(books.folder())))
    spent = cpu.added(cpu.of_trees(server.pid), cpu.of_postgres(database))
    headers = {"Authorization": f"Bearer {key}", "Content-Type": media_type}
    return Target(server, spent, headers, b"HTTP/1.1 201 ")


def _side(stack: contextlib.ExitStack, target: Target, bodies: Bodies, *, clients: int, items: int) -> Side:
    load = Load(target.server.port, clients, wanted=target.wanted, times=target.times)
    stack.enter_context(contextlib.closing(load))

    def requests() -> list[bytes]:
        load.refresh()
        return [post(target.path, body, target.headers) for body in bodies()]

    rest = partial(cpu.idle, target.spent)
    return Side(items, requests, load.send, others=target.spent, drives=True, rest=rest)


def _bodies(count: int) -> list[bytes]:
    return [orjson.dumps(each) for each in events(count)]


def _statements(count: int) -> list[bytes]:
    return [orjson.dumps(_statement(each)) for each in events(count)]


def _statement(event: dict[str, Any]) -> dict[str, Any]:
    """Return what an event says, as far as xAPI says it."""
    told = event["data"]
    account = next(told[who] for who in ("author", "attendee", "endorser") if who in told)
    item = told.get("item") or told["session"]
    said = {"description": {"en": told["comment"]}} if "comment" in told else {}
    return {
        "id": str(uuid4()),
        "actor": {"account": {"homePage": event["source"], "name": account["id"]}, "name": account["handle"]},
        "verb": {"id": f"https://example.org/verbs/{event['type']}", "display": {"en": event["type"]}},
        "object": {"id": item, "definition": {"name": {"en": told.get("title", item)}, **said}},
        "context": {"platform": account["platform"], "language": "en"},
        "timestamp": event["time"],
    }


BENCHMARKS = (
    Benchmark(
        name="POST /events, batch of 500 / FastAPI with 500 raw inserts",
        at_least=0.50,
        aim=0.70,
        size=500,
        opened=batches,
    ),
    Benchmark(
        name="POST /events, single, 32 clients / FastAPI typed echo", at_least=0.60, aim=0.80, size=32, opened=singles
    ),
    Benchmark(
        name="POST /events, single, CPU / Ralph without storage",
        at_least=3,
        aim=5,
        size=32,
        opened=beside_ralph,
        by="cpu",
    ),
)
