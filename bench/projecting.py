"""Deriving every standing of a ledger, beside reading its rows and doing nothing with them.

The ledger is a lively community's (`bench/community.py`) under a preset charter. Ours reads, folds, and writes
standings and position, from the first fact to the last; the floor fetches the same rows, as raw as they come.
"""

from __future__ import annotations

import contextlib
import itertools
import sqlite3
from functools import partial
from typing import TYPE_CHECKING, Any

import psycopg

from bench import books, cpu
from bench.appends import COLUMNS, append
from bench.community import life
from bench.events import COMMUNITY
from bench.harness import Benchmark, Pair, Side

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


FACTS = 20_000  # about 680 people
PAGE = 2_000  # rows in one read of the floor
PAGED = f"""SELECT {COLUMNS} FROM stored_events WHERE community = '{COMMUNITY}' AND position > {{}}
    ORDER BY position LIMIT {PAGE}"""  # noqa: S608 - the names are ours


@contextlib.contextmanager
def on_postgres(facts: int, charter: str) -> Iterator[Pair]:
    """Replay on PostgreSQL, and read binary rows."""
    with contextlib.ExitStack() as stack:
        url = stack.enter_context(books.postgres_database())
        connection = stack.enter_context(psycopg.connect(url, autocommit=True))

        def page(after: int) -> list[tuple[Any, ...]]:
            return connection.execute(PAGED.format("%s"), (after,), binary=True).fetchall()

        yield _pair(stack, url, facts, charter, page, cpu.of_postgres(url))


@contextlib.contextmanager
def on_sqlite(facts: int, charter: str) -> Iterator[Pair]:
    """Replay on SQLite, and read rows."""
    with contextlib.ExitStack() as stack:
        path = str(stack.enter_context(books.folder()) / "book.sqlite")
        connection = stack.enter_context(contextlib.closing(sqlite3.connect(path)))

        def page(after: int) -> list[tuple[Any, ...]]:
            return connection.execute(PAGED.format("?"), (after,)).fetchall()

        yield _pair(stack, path, facts, charter, page, cpu.nobody)


def _pair(
    stack: contextlib.ExitStack,
    database: str,
    facts: int,
    charter: str,
    page: Callable[[int], list[tuple[Any, ...]]],
    spent: Callable[[], float | None],
) -> Pair:
    book = stack.enter_context(books.book(database, stack.enter_context(books.folder())))
    books.publish(book, charter)
    story = life()
    while some := list(itertools.islice(story, min(PAGE, facts - book.head(COMMUNITY)))):
        append(book, some)
    views = stack.enter_context(books.views(database, book))

    def replay(_: object) -> None:
        books.replay(book, views)

    def read(_: object) -> None:
        after, found = 0, 0
        while rows := page(after):
            after, found = rows[-1][0], found + len(rows)
        if found != facts:
            raise AssertionError(f"bench: wanted {facts} rows, got {found}")

    return Pair(Side(facts, _nothing, replay, others=spent), Side(facts, _nothing, read, others=spent))


def _nothing() -> None:
    """Prepare nothing: the ledger is there."""


BENCHMARKS = (
    Benchmark(
        name="standings of 20,000 facts, PostgreSQL, starter / raw binary read",
        at_least=0.08,
        aim=0.15,
        size=FACTS,
        opened=partial(on_postgres, charter="starter"),
    ),
    Benchmark(
        name="standings of 20,000 facts, PostgreSQL, open-source / raw binary read",
        at_least=0.08,
        aim=0.15,
        size=FACTS,
        opened=partial(on_postgres, charter="open-source"),
    ),
    Benchmark(
        name="standings of 20,000 facts, SQLite, open-source / raw read",
        at_least=0.08,
        aim=0.15,
        size=FACTS,
        opened=partial(on_sqlite, charter="open-source"),
    ),
)
