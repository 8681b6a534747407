"""Pages of a real server, beside a bare FastAPI route that renders as many bytes of what is at hand.

Nobody adds to the book meanwhile: what is a function of it alone is remembered, as for whoever looks after another.
CPU is of the server; the client's is not counted.
"""

from __future__ import annotations

import contextlib
import itertools
from functools import partial
from http.client import HTTPConnection
from typing import TYPE_CHECKING

from bench import books, cpu, servers
from bench.appends import append
from bench.community import life
from bench.events import COMMUNITY
from bench.harness import Benchmark, Pair, Side
from bench.load import HOST, Load, get

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

FACTS = 5_000
AT_LEAST = 1 / 3  # the first byte within three times a bare route's
EACH = 20  # pages in one piece
_BATCH = 1_000  # events an append
_BEGINS = b"<!doctype html>"


@contextlib.contextmanager
def shown(facts: int, path: str) -> Iterator[Pair]:
    """Show a page of a community of so many facts to its manager, again and again; `path` names a member in braces."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(books.folder())
        key, member = _filled(folder, facts)
        server = stack.enter_context(books.serving(str(folder / "book.sqlite"), folder))
        bare = stack.enter_context(servers.floor("page", stack.enter_context(books.folder())))
        asked = path.format(community=COMMUNITY, member=member)
        headers = {"Authorization": f"Bearer {key}", "Accept": "text/html"}
        size = _size(server.port, asked, headers)
        ours = _side(stack, server, get(asked, headers))
        yield Pair(ours, _side(stack, bare, get(f"/page/{size}", {})))


def _filled(folder: Path, facts: int) -> tuple[str, str]:
    """Make a book of so many facts; return a manager's key, and the id of a member."""
    database = str(folder / "book.sqlite")
    with books.book(database, folder) as book, books.views(database, book) as views:
        books.publish(book, "open-source")
        story = life()
        while some := list(itertools.islice(story, min(_BATCH, facts - book.head(COMMUNITY)))):
            append(book, some)
        books.follower(book, views).catch_up()
        row = max(views.members(COMMUNITY), key=lambda each: each.derived.acts)
        return (
            book.vault.add_key(COMMUNITY, label="bench", scopes=("manage",)),
            book.member_id(COMMUNITY, row.member),
        )


def _size(port: int, path: str, headers: Mapping[str, str]) -> int:
    connection = HTTPConnection(HOST, port, timeout=60)
    connection.request("GET", path, headers=dict(headers))
    size = len(connection.getresponse().read())
    connection.close()
    return size


def _side(stack: contextlib.ExitStack, server: servers.Served, request: bytes) -> Side:
    load = stack.enter_context(contextlib.closing(Load(server.port, 1, wanted=_BEGINS)))
    spent = cpu.of_trees(server.pid)
    piece = [request] * EACH

    def again() -> list[bytes]:
        load.refresh()
        return piece

    return Side(len(piece), again, load.send, others=spent, drives=True, rest=partial(cpu.idle, spent))


PAGES = {
    "front": "/",
    "community's": "/c/{community}",
    "member's": "/c/{community}/m/{member}",
    "manager's": "/manage/{community}",
    "measures'": "/manage/{community}/measures",
}

BENCHMARKS = tuple(
    Benchmark(
        name=f"the {name} page / bare FastAPI route of as many bytes",
        at_least=AT_LEAST,
        size=FACTS,
        opened=partial(shown, path=path),
        by="cpu",
    )
    for name, path in PAGES.items()
)
