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
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

FACTS = 5_000
AT_LEAST = 1 / 3  # the first byte within three times a bare route's
EACH = 20  # pages in one piece
_BATCH = 1_000  # events an append
_BEGINS = b"<!doctype html>"


@contextlib.contextmanager
def shown(facts: int, paths: Sequence[str]) -> Iterator[Pair]:
    """Show pages of a community of so many facts to its manager, again and again; they name a member in braces."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(books.folder())
        key, member = _filled(folder, facts)
        server = stack.enter_context(books.serving(str(folder / "book.sqlite"), folder))
        bare = stack.enter_context(servers.floor("page", stack.enter_context(books.folder())))
        asked = [path.format(community=COMMUNITY, member=member) for path in paths]
        headers = {"Authorization": f"Bearer {key}", "Accept": "text/html"}
        sizes = [_size(server.port, each, headers) for each in asked]
        ours = _side(stack, server, [get(each, headers) for each in asked])
        yield Pair(ours, _side(stack, bare, [get(f"/page/{size}", {}) for size in sizes]))


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


def _side(stack: contextlib.ExitStack, server: servers.Served, requests: Sequence[bytes]) -> Side:
    load = stack.enter_context(contextlib.closing(Load(server.port, 1, wanted=_BEGINS)))
    spent = cpu.of_trees(server.pid)
    piece = [*requests] * max(1, EACH // len(requests))

    def again() -> list[bytes]:
        load.refresh()
        return piece

    return Side(len(piece), again, load.send, others=spent, drives=True, rest=partial(cpu.idle, spent))


_ROOMS = ("members", "members?find=nobody", "cohorts", "links", "review", "leaders", "celebrations", "trail")
_OPEN = ("charter", "toolkit", "sessions", "celebrations", "celebrations?period=month", "embed")
PAGES = {
    "front page": ("/",),
    "community's page": ("/c/{community}",),
    "community's other pages": tuple(f"/c/{{community}}/{each}" for each in _OPEN),
    "member's page": ("/c/{community}/m/{member}",),
    "member's week": ("/c/{community}/m/{member}/week",),
    "manager's page": ("/manage/{community}",),
    "manager's rooms": tuple(f"/manage/{{community}}/{each}" for each in _ROOMS),
    "measures' page": ("/manage/{community}/measures",),
}

BENCHMARKS = tuple(
    Benchmark(
        name=f"the {name} / bare FastAPI route of as many bytes",
        at_least=AT_LEAST,
        size=FACTS,
        opened=partial(shown, paths=paths),
        by="cpu",
    )
    for name, paths in PAGES.items()
)
