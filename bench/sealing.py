"""The log on the real ledger: sealing what was appended, what that costs an append beside it, and auditing it all."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from hashlib import sha256
from typing import TYPE_CHECKING

import psycopg

from bench import books
from bench.appends import append
from bench.events import COMMUNITY, events
from bench.harness import Benchmark, Pair, Side
from ledger import Sealer
from projections import Following

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ledger import Book

TOGETHER = 1_000  # facts in one append, and under one head
HELD = 50_000  # facts to audit
PAUSE = 0.5  # seconds between two looks of a sealer, as in the server
_ROWS = (
    "SELECT position, originator_id, originator_version, topic, recorded, state FROM stored_events WHERE position > "
)


@contextlib.contextmanager
def sealed_on_sqlite(count: int) -> Iterator[Pair]:
    """Seal `count` facts; and read their rows, hash each, and write the hashes in one durable commit."""
    with books.folder() as folder, books.book(str(folder / "book.sqlite"), folder) as book:
        reading = sqlite3.connect(folder / "book.sqlite")
        floor = sqlite3.connect(folder / "floor.sqlite", isolation_level=None)
        for pragma in ("journal_mode = WAL", "synchronous = FULL"):
            floor.execute(f"PRAGMA {pragma}")
        floor.execute("CREATE TABLE floor (hashes BLOB)")
        with contextlib.closing(reading), contextlib.closing(floor):
            yield _sealed(
                book,
                count,
                lambda after: reading.execute(f"{_ROWS}?", (after,)).fetchall(),
                lambda hashes: floor.execute("INSERT INTO floor VALUES (?)", (hashes,)),
            )


@contextlib.contextmanager
def sealed_on_postgres(count: int) -> Iterator[Pair]:
    """Seal `count` facts; and the same floor as on SQLite."""
    with (
        books.folder() as folder,
        books.postgres_database() as url,
        books.book(url, folder) as book,
        psycopg.connect(url, autocommit=True) as raw,
    ):
        raw.execute("CREATE TABLE floor (hashes bytea)")
        yield _sealed(
            book,
            count,
            lambda after: raw.execute(f"{_ROWS}%s".encode(), (after,), binary=True).fetchall(),
            lambda hashes: raw.execute("INSERT INTO floor VALUES (%s)", (hashes,)),
        )


def _sealed(
    book: Book, count: int, rows: Callable[[int], list[tuple[object, ...]]], write: Callable[[bytes], object]
) -> Pair:
    def grown() -> int:
        before = book.head(COMMUNITY)
        append(book, events(count))
        return before

    def floor(after: int) -> None:
        write(b"".join(sha256(row[-1]).digest() for row in rows(after)))  # type: ignore[arg-type]

    def prepared() -> int:
        before = grown()
        book.log.seal(COMMUNITY)
        return before

    return Pair(Side(count, grown, lambda _: book.log.seal(COMMUNITY)), Side(count, prepared, floor))


@contextlib.contextmanager
def beside_on_sqlite(count: int) -> Iterator[Pair]:
    """Append `count` facts while a sealer runs in the same process; and without one."""
    with books.folder() as folder:
        yield from _beside(str(folder / "one.sqlite"), str(folder / "two.sqlite"), folder, count)


@contextlib.contextmanager
def beside_on_postgres(count: int) -> Iterator[Pair]:
    """Append `count` facts while a sealer runs in the same process; and without one, in another database."""
    with books.folder() as folder, books.postgres_database() as one, books.postgres_database() as two:
        yield from _beside(one, two, folder, count)


def _beside(one: str, two: str, folder: Path, count: int) -> Iterator[Pair]:
    with books.book(one, folder / "one") as sealed, books.book(two, folder / "two") as plain:
        following = Following("sealer", Sealer(sealed).run_once, pause=PAUSE)
        following.start()
        try:
            yield Pair(
                Side(count, lambda: events(count), lambda batch: append(sealed, batch)),
                Side(count, lambda: events(count), lambda batch: append(plain, batch)),
            )
        finally:
            following.stop()


@contextlib.contextmanager
def audited_on_sqlite(count: int) -> Iterator[Pair]:
    """Make the root anew from `count` facts and check every sealed text; and read their rows."""
    with books.folder() as folder, books.book(str(folder / "book.sqlite"), folder) as book:
        _fill(book, count)
        with contextlib.closing(sqlite3.connect(folder / "book.sqlite")) as raw:
            yield Pair(
                Side(count, os.getpid, lambda _: book.log.audit(COMMUNITY)),
                Side(count, os.getpid, lambda _: raw.execute(f"{_ROWS}0").fetchall()),
            )


@contextlib.contextmanager
def audited_on_postgres(count: int) -> Iterator[Pair]:
    """Make the root anew from `count` facts and check every sealed text; and read their rows."""
    with books.folder() as folder, books.postgres_database() as url, books.book(url, folder) as book:
        _fill(book, count)
        with psycopg.connect(url, autocommit=True) as raw:
            yield Pair(
                Side(count, os.getpid, lambda _: book.log.audit(COMMUNITY)),
                Side(count, os.getpid, lambda _: raw.execute(f"{_ROWS}0".encode(), binary=True).fetchall()),
            )


def _fill(book: Book, count: int) -> None:
    for _ in range(count // TOGETHER):
        append(book, events(TOGETHER))
    book.log.seal(COMMUNITY)


BENCHMARKS = (
    Benchmark(
        name="seal 1,000 facts, SQLite / read, hash, one commit", at_least=0.1, size=TOGETHER, opened=sealed_on_sqlite
    ),
    Benchmark(
        name="seal 1,000 facts, PostgreSQL / read, hash, one commit",
        at_least=0.1,
        size=TOGETHER,
        opened=sealed_on_postgres,
    ),
    Benchmark(
        name="append 1,000 facts beside a sealer, SQLite / without one",
        at_least=0.9,
        size=TOGETHER,
        opened=beside_on_sqlite,
    ),
    Benchmark(
        name="append 1,000 facts beside a sealer, PostgreSQL / without one",
        at_least=0.9,
        size=TOGETHER,
        opened=beside_on_postgres,
    ),
    Benchmark(name="audit 50,000 facts, SQLite / raw read", at_least=0.02, size=HELD, opened=audited_on_sqlite),
    Benchmark(name="audit 50,000 facts, PostgreSQL / raw read", at_least=0.02, size=HELD, opened=audited_on_postgres),
)
