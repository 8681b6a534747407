"""Appending facts of the full shape (checked, sealed, committed), beside writing rows of equal bytes."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg

from bench.events import COMMUNITY, events
from bench.harness import Benchmark, NotHereError, Pair, Side
from ledger import Book, migrate
from tests import postgres

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Rows = list[tuple[Any, ...]]

MANY = 1_000  # facts in one append
COLUMNS = "community, position, originator_id, originator_version, topic, recorded, state"
TYPES = ["text", "int8", "uuid", "int8", "text", "int8", "bytea"]
SQLITE_FLOOR = f"""CREATE TABLE floor ({COLUMNS}, PRIMARY KEY (originator_id, originator_version))"""
POSTGRES_FLOOR = """CREATE TABLE floor (community text, position bigint, originator_id uuid,
    originator_version bigint, topic text, recorded bigint, state bytea,
    PRIMARY KEY (originator_id, originator_version))"""


@contextlib.contextmanager
def sqlite_many() -> Iterator[Pair]:
    """1,000 facts, and `executemany` of 1,000 rows, each durable at its commit (WAL, FULL)."""
    with tempfile.TemporaryDirectory(prefix="guildbook-bench-") as folder:
        path = Path(folder) / "book.sqlite"
        with (
            _book(str(path), Path(folder)) as book,
            contextlib.closing(sqlite3.connect(path)) as ours,
            contextlib.closing(sqlite3.connect(Path(folder) / "floor.sqlite", isolation_level=None)) as floor,
        ):
            floor.execute("PRAGMA journal_mode = WAL")
            floor.execute("PRAGMA synchronous = FULL")
            floor.execute(SQLITE_FLOOR)
            book.append(events(MANY), community=COMMUNITY)
            like = ours.execute("SELECT * FROM stored_events").fetchall()

            def write(rows: Rows) -> None:
                floor.execute("BEGIN IMMEDIATE")
                floor.executemany("INSERT INTO floor VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
                floor.execute("COMMIT")

            yield Pair(_appending(book, MANY), Side(MANY, lambda: _rows(like, as_id=bytes), write))


@contextlib.contextmanager
def postgres_pair(count: int) -> Iterator[Pair]:
    """Append `count` facts, and binary COPY of as many rows into a table with one index."""
    with contextlib.ExitStack() as stack:
        try:
            server = stack.enter_context(postgres.running(durable=True))
        except postgres.NoPostgresError as error:
            raise NotHereError(str(error)) from error
        url = stack.enter_context(server.database())
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="guildbook-bench-"))
        book = stack.enter_context(_book(url, Path(folder)))
        floor = stack.enter_context(psycopg.connect(url))
        floor.execute(POSTGRES_FLOOR)
        book.append(events(MANY), community=COMMUNITY)
        like = floor.execute("SELECT * FROM stored_events LIMIT %s", (count,), binary=True).fetchall()
        floor.commit()

        def copy(rows: Rows) -> None:
            with floor.cursor().copy(f"COPY floor ({COLUMNS}) FROM STDIN (FORMAT BINARY)") as copying:
                copying.set_types(TYPES)
                for row in rows:
                    copying.write_row(row)
            floor.commit()

        yield Pair(_appending(book, count), Side(count, lambda: _rows(like, as_id=_uuid), copy))


@contextlib.contextmanager
def _book(database: str, folder: Path) -> Iterator[Book]:
    migrate(database)
    book = Book.open(database, data=folder)
    book.open_community(COMMUNITY, name="The bench")
    try:
        yield book
    finally:
        book.close()


def _appending(book: Book, count: int) -> Side:
    def append(batch: list[dict[str, Any]]) -> None:
        outcomes = book.append(batch, community=COMMUNITY)
        wrong = [each for each in outcomes if each.outcome != "stored"]
        if wrong:
            raise AssertionError(f"bench: wanted every event stored, got {wrong[0]}")

    return Side(count, lambda: events(count), append)


def _rows(like: Sequence[tuple[Any, ...]], *, as_id: Callable[[bytes], object]) -> Rows:
    """Return rows of the same bytes as `like`, each under an id that is new."""
    return [(*row[:2], as_id(os.urandom(16)), *row[3:]) for row in like]


def _uuid(raw: bytes) -> UUID:
    return UUID(bytes=raw)


BENCHMARKS = (
    Benchmark("append 1,000 facts, SQLite / executemany", 0.35, sqlite_many),
    Benchmark("append 1,000 facts, PostgreSQL / COPY", 0.42, lambda: postgres_pair(MANY)),
    Benchmark("append 1 fact, PostgreSQL / COPY of one row", 0.60, lambda: postgres_pair(1)),
)
