"""Worlds of two shards, and another process at work in them."""

from __future__ import annotations

import multiprocessing
import sqlite3
import time
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg import sql

from ledger import LedgerUnavailableError
from tests.postgres import with_database
from tests.projections import errands
from tests.world import ELSEWHERE, World, emptied

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess
    from pathlib import Path

    from tests.postgres import Server


SOON = 60.0  # seconds; on a busy machine a thread may have to wait for its turn


def until(true: Callable[[], Any], seconds: float = SOON) -> Any:
    """Ask until the answer is true, and return it. A database that is not back yet is asked again."""
    deadline = time.monotonic() + seconds
    while True:
        with suppress(LedgerUnavailableError):
            if found := true():
                return found
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.005)


@pytest.fixture(scope="session")
def second_database(postgres_server: Server) -> Iterator[str]:
    """Give the database of a second shard, to all tests that want one."""
    with postgres_server.database() as url:
        yield url


@pytest.fixture
def two_shards(world_database: str, second_database: str, tmp_path: Path) -> Iterator[World]:
    """Give a book over two PostgreSQL databases: `guild` in the first, `bakers` in the second."""
    emptied(world_database)
    emptied(second_database)
    found = World(world_database, tmp_path / "data", more=(second_database,))
    found.open_community(ELSEWHERE)
    yield found
    found.close()


@dataclass
class Another:
    """A process of its own, and the line to it."""

    process: BaseProcess
    line: Connection[str, str]

    def says(self) -> str:
        """Return the next thing it says."""
        assert self.line.poll(30), "it said nothing"
        return self.line.recv()

    def kill(self) -> None:
        """End it as `kill -9` does."""
        self.process.kill()
        self.process.join()


@contextmanager
def another_process(world: World, errand: str) -> Iterator[Another]:
    """Yield a process that runs an errand of `tests.projections.errands` in this world; afterwards it is killed."""
    forks = multiprocessing.get_context("forkserver")  # one that has imported everything is forked
    forks.set_forkserver_preload([errands.__name__])
    ours, theirs = forks.Pipe()
    told = (errand, world.databases, str(world.folder), world.clock.now, theirs)
    process = forks.Process(target=errands.run, args=told, daemon=True)
    process.start()
    theirs.close()
    with ours:
        try:
            yield Another(process, ours)
        finally:
            process.kill()
            process.join()


def at_once(others: Sequence[Another]) -> list[str]:
    """Let processes that are ready go, all at once, and return what they say then."""
    assert [other.says() for other in others] == ["ready"] * len(others)
    for other in others:
        other.line.send("go")
    return [other.says() for other in others]


def in_ledger(world: World, text: str, *parameters: Any) -> list[Any]:
    """Run a statement on the ledger of the first shard, behind its back; return its rows."""
    if "://" in world.database:
        with psycopg.connect(world.database) as connection:
            return connection.execute(text.replace("?", "%s").encode(), parameters).fetchall()
    with closing(sqlite3.connect(world.database)) as file, file:
        return file.execute(text, parameters).fetchall()


@contextmanager
def outage(database: str) -> Iterator[None]:
    """Cut every connection to a PostgreSQL database and refuse new ones, as while its server restarts."""
    name = sql.Identifier(database.rpartition("/")[2])
    with psycopg.connect(with_database(database, "postgres"), autocommit=True) as server:
        server.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(name))
        server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (database.rpartition("/")[2],)
        )
        try:
            yield
        finally:
            server.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(name))
