"""`POST /credentials/verify` of a real server, beside a FastAPI app that sends the same JSON back.

The badges are the server's own, as it issues them: with a status list, and with a proof from its log. CPU is of the
server; the client's is not counted.
"""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from badges import Awards
from bench import books, cpu, servers
from bench.cohorts import CHARTER, accounts_of, cohort_of
from bench.events import COMMUNITY
from bench.harness import Benchmark, Pair, Side
from bench.load import Load, post
from projections import Standings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.servers import Served

WEB = "https://badges.example.org"
KEYS = "http://badges.example.org"  # without https an issuer is a did:key
CLIENTS = 8
BADGES = 64  # different ones
EACH = 16  # badges that a client has verified in one piece
JSON = {"Content-Type": "application/json"}
PATH = "/credentials/verify"


class Target(NamedTuple):
    """A server, and what its answers must say."""

    server: Served
    wanted: bytes
    times: int = 1


@contextlib.contextmanager
def own(size: int, base: str) -> Iterator[Pair]:
    """Verify badges of the server's own for `size` clients, issued where it is reached as `base`."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(books.folder())
        requests = [asked(badge) for badge in issued(folder, base, BADGES)]
        ours = stack.enter_context(served(folder, base))
        app = stack.enter_context(servers.floor("untyped", stack.enter_context(books.folder())))
        made = partial(_side, stack, requests, size)
        yield Pair(made(Target(ours, b'"verified":true')), made(Target(app, b'"verifiableCredential":')))


def issued(folder: Path, base: str, size: int) -> list[bytes]:
    """Return so many badges of a cohort, as JSON, awarded in a new book in `folder`."""
    database = str(folder / "book.sqlite")
    with books.book(database, folder, base) as book, books.views(database, book) as views:
        book.publish_charter(COMMUNITY, CHARTER, effective=books.EFFECTIVE, by="bench")
        outcomes = book.award(cohort_of(book, accounts_of(book, size), renewal=0))
        books.follower(book, views).catch_up()
        book.log.seal(COMMUNITY)
        awards = Awards(book, views, Standings(book, views), base_url=base)
        return list(awards.all_json(COMMUNITY, [outcome.position or 0 for outcome in outcomes]))


def served(folder: Path, base: str) -> contextlib.AbstractContextManager[Served]:
    """Start the server of the book in `folder`."""
    return books.serving(str(folder / "book.sqlite"), folder, GUILDBOOK_BASE_URL=base)


def asked(badge: bytes) -> bytes:
    """Return the request that has a badge verified."""
    return post(PATH, b'{"verifiableCredential":%b,"options":{}}' % badge, JSON)


def _side(stack: contextlib.ExitStack, requests: list[bytes], clients: int, target: Target) -> Side:
    load = Load(target.server.port, clients, wanted=target.wanted, times=target.times)
    stack.enter_context(contextlib.closing(load))
    spent = cpu.of_trees(target.server.pid)
    piece = [requests[number % len(requests)] for number in range(clients * EACH)]

    def again() -> list[bytes]:
        load.refresh()
        return piece

    return Side(len(piece), again, load.send, others=spent, drives=True, rest=partial(cpu.idle, spent))


BENCHMARKS = (
    Benchmark(
        name="POST /credentials/verify of an own badge, did:web / bare FastAPI untyped echo",
        at_least=0.50,
        aim=0.70,
        size=CLIENTS,
        opened=partial(own, base=WEB),
    ),
    Benchmark(
        name="the same, did:key / bare FastAPI untyped echo",
        at_least=0.50,
        aim=0.70,
        size=CLIENTS,
        opened=partial(own, base=KEYS),
    ),
)
