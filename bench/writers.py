"""Many writers of one community, each in a process and with a connection of its own, where a commit is slow.

A cloud disk or a synchronous replica answers in milliseconds; this machine's disk may answer in a tenth of one.
So the server is told `commit_delay = 3000, commit_siblings = 0`: PostgreSQL then waits 3 ms before every flush of
its log, as whoever flushes for all that wait (group commit), on both sides. Only a synchronous commit waits so:
whatever order costs while a commit is under way, shows.

The processes are the same for both sides, and each takes one order at a time from the benchmark over a pipe:
`python -m bench.writers DATABASE FOLDER NUMBER`.
"""

from __future__ import annotations

import contextlib
import itertools
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from bench import books, cpu
from bench.appends import COLUMNS, LIKE, POSTGRES_FLOOR, append, renamed, uuid
from bench.events import PEOPLE, events
from bench.harness import Benchmark, NotHereError, Pair, Side
from bench.servers import ROOT, end

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

EACH = 40  # appends that a writer makes in one piece
DELAY = 3_000  # µs before each flush
APART = 1_000_000_000  # between the numbers of two writers' events
INSERT = f"INSERT INTO floor ({COLUMNS}) VALUES (%b, %b, %b, %b, %b, %b, %b)"  # noqa: S608 - the columns are ours


@contextlib.contextmanager
def ordered(writers: int) -> Iterator[Pair]:
    """Append single facts from so many writers, and insert single rows of equal bytes, unordered."""
    with contextlib.ExitStack() as stack:
        url = stack.enter_context(books.postgres_database())
        folder = stack.enter_context(books.folder())
        with books.book(url, folder) as book:
            append(book, events(PEOPLE))
        _prepare(url)
        team = [stack.enter_context(_started(url, folder, number)) for number in range(writers)]
        for writer in team:
            _told(writer)  # that it is ready
        spent = cpu.added(cpu.of_postgres(url), cpu.of_trees(*(writer.pid for writer in team)))

        def side(name: str) -> Side:
            def order(word: str) -> None:
                for writer in team:
                    _tell(writer, f"{word} {name}")
                for writer in team:
                    _told(writer)

            return Side(writers * EACH, lambda: order("make"), lambda _: order("write"), others=spent, drives=True)

        yield Pair(side("ours"), side("floor"))


def _prepare(url: str) -> None:
    """Make commits to the database slow, and a table for the floor. Raises `NotHereError`."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(POSTGRES_FLOOR)
        name = sql.Identifier(connection.info.dbname)
        try:
            for setting, value in (("commit_delay", DELAY), ("commit_siblings", 0)):
                connection.execute(
                    sql.SQL("ALTER DATABASE {} SET {} = {}").format(name, sql.Identifier(setting), sql.Literal(value))
                )
        except psycopg.errors.InsufficientPrivilege as error:
            raise NotHereError(f"commit_delay: wanted leave to set it, got {error}") from error


@contextlib.contextmanager
def _started(url: str, folder: Path, number: int) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "bench.writers", url, str(folder), str(number)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as writer:
        try:
            yield writer
        finally:
            end(writer)
    if writer.returncode:
        raise AssertionError(f"bench: wanted a writer that ends when told, got one that ended with {writer.returncode}")


def _tell(writer: subprocess.Popen[str], order: str) -> None:
    assert writer.stdin is not None  # noqa: S101 - narrowing for the type checker
    writer.stdin.write(f"{order}\n")


def _told(writer: subprocess.Popen[str]) -> None:
    assert writer.stdout is not None  # noqa: S101 - narrowing for the type checker
    if writer.stdout.readline() != "done\n":
        raise AssertionError(f"bench: wanted a writer that answers, got one that ended with {writer.wait()}")


# The writer: what follows runs in processes of their own.


def write(url: str, folder: Path, number: int) -> None:
    """Carry out one order after another until there are no more."""
    numbers = itertools.count((number + 1) * APART)
    with books.book(url, folder) as book, psycopg.connect(url, autocommit=True) as floor:
        like = floor.execute(f"{LIKE} 1", binary=True).fetchall()
        append(book, events(PEOPLE, numbers))  # whom it knows from then on
        print("done", flush=True)
        work: dict[str, tuple[Callable[[], Any], Callable[[Any], object]]] = {
            "ours": (lambda: events(1, numbers), lambda batch: append(book, batch)),
            "floor": (lambda: renamed(like, as_id=uuid)[0], lambda row: floor.execute(INSERT, row)),
        }
        pieces: list[Any] = []
        for line in sys.stdin:
            word, name = line.split()
            make, act = work[name]
            if word == "make":
                pieces = [make() for _ in range(EACH)]
            else:
                for piece in pieces:
                    act(piece)
            print("done", flush=True)


BENCHMARKS = (
    Benchmark(
        name="append 1 fact, 12 writers, 3 ms commits / unordered inserts",
        at_least=0.75,
        aim=0.88,
        size=12,
        opened=ordered,
    ),
)

if __name__ == "__main__":
    write(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
