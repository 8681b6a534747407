"""Appending facts of the full shape (checked, sealed, committed), beside writing rows of equal bytes."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg

from bench import books, cpu
from bench.events import COMMUNITY, events
from bench.harness import Benchmark, Pair, Side

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ledger import Book

    Rows = list[tuple[Any, ...]]

MANY = 1_000  # facts in one append
WARM = 1_000  # facts there before, so that the people are known
COLUMNS = "position, community, originator_id, originator_version, topic, recorded, state"
TYPES = ["int8", "text", "uuid", "int8", "text", "int8", "bytea"]
LIKE = f"SELECT {COLUMNS} FROM stored_events LIMIT"  # noqa: S608 - the columns are ours
SQLITE_FLOOR = f"CREATE TABLE floor ({COLUMNS}, PRIMARY KEY (originator_id, originator_version))"
POSTGRES_FLOOR = """CREATE TABLE floor (position bigint, community text, originator_id uuid,
    originator_version bigint, topic text, recorded bigint, state bytea,
    PRIMARY KEY (originator_id, originator_version))"""


@contextlib.contextmanager
def on_sqlite(count: int) -> Iterator[Pair]:
    """Append `count` facts, and `executemany` of as many rows, each durable at its commit (WAL, FULL)."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(books.folder())
        path = folder / "book.sqlite"
        book = stack.enter_context(books.book(str(path), folder))
        ours = stack.enter_context(contextlib.closing(sqlite3.connect(path)))
        floor = stack.enter_context(contextlib.closing(sqlite3.connect(folder / "floor.sqlite", isolation_level=None)))
        floor.execute("PRAGMA journal_mode = WAL")
        floor.execute("PRAGMA synchronous = FULL")
        floor.execute(SQLITE_FLOOR)
        append(book, events(WARM))
        like = ours.execute(f"{LIKE} ?", (count,)).fetchall()

        def write(rows: Rows) -> None:
            floor.execute("BEGIN IMMEDIATE")
            floor.executemany("INSERT INTO floor VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
            floor.execute("COMMIT")

        yield Pair(
            Side(count, lambda: events(count), lambda batch: append(book, batch)),
            Side(count, lambda: renamed(like, as_id=bytes), write),
        )


@contextlib.contextmanager
def on_postgres(count: int) -> Iterator[Pair]:
    """Append `count` facts, and binary COPY of as many rows into a table with one index."""
    with contextlib.ExitStack() as stack:
        url = stack.enter_context(books.postgres_database())
        book = stack.enter_context(books.book(url, stack.enter_context(books.folder())))
        floor = stack.enter_context(psycopg.connect(url))
        floor.execute(POSTGRES_FLOOR)
        append(book, events(WARM))
        like = floor.execute(f"{LIKE} %s", (count,), binary=True).fetchall()
        floor.commit()

        def copy(rows: Rows) -> None:
            with floor.cursor().copy(f"COPY floor ({COLUMNS}) FROM STDIN (FORMAT BINARY)") as copying:
                copying.set_types(TYPES)
                for row in rows:
                    copying.write_row(row)
            floor.commit()

        spent = cpu.of_postgres(url)
        yield Pair(
            Side(count, lambda: events(count), lambda batch: append(book, batch), others=spent),
            Side(count, lambda: renamed(like, as_id=uuid), copy, others=spent),
        )


def append(book: Book, batch: list[dict[str, Any]]) -> None:
    """Append events. Raises `AssertionError` where one is not stored."""
    outcomes = book.append(batch, community=COMMUNITY, identity=True)
    wrong = [each for each in outcomes if each.outcome != "stored"]
    if wrong:
        raise AssertionError(f"bench: wanted every event stored, got {wrong[0]}")


def renamed(like: Sequence[tuple[Any, ...]], *, as_id: Callable[[bytes], object]) -> Rows:
    """Return rows of the same bytes as `like`, each under an id that is new."""
    return [(*row[:2], as_id(os.urandom(16)), *row[3:]) for row in like]


def uuid(raw: bytes) -> UUID:
    """Return 16 bytes as PostgreSQL's driver wants them."""
    return UUID(bytes=raw)


BENCHMARKS = (
    Benchmark(name="append 1,000 facts, SQLite / executemany", at_least=0.35, aim=0.45, size=MANY, opened=on_sqlite),
    Benchmark(name="append 1,000 facts, PostgreSQL / COPY", at_least=0.42, aim=0.50, size=MANY, opened=on_postgres),
    Benchmark(name="append 1 fact, PostgreSQL / COPY of one row", at_least=0.60, aim=0.70, size=1, opened=on_postgres),
)
