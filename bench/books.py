"""How a benchmark comes by a book, a server and a follower: the one place that knows how they are made."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bench.events import COMMUNITY
from bench.harness import NotHereError
from bench.servers import free_port, running
from ledger import Book, migrate
from projections import Follower, migrate_views, open_views, preset, read_charter, rebuild
from tests import postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.servers import Served
    from projections import Views

GUILDBOOK = (sys.executable, "-c", "from api.cli import app; app()")
EFFECTIVE = 1_262_304_000_000_000  # µs: 2010-01-01T00:00:00Z, before all that happens here


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """Give an empty folder, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="guildbook-bench-") as name:
        yield Path(name)


@contextlib.contextmanager
def postgres_database() -> Iterator[str]:
    """Give the address of an empty database of a PostgreSQL that syncs. Raises `NotHereError`."""
    with contextlib.ExitStack() as stack:
        try:
            server = stack.enter_context(postgres.running(durable=True))
        except postgres.NoPostgresError as error:
            raise NotHereError(str(error)) from error
        yield stack.enter_context(server.database())


@contextlib.contextmanager
def book(database: str, data: Path, address: str = "http://localhost") -> Iterator[Book]:
    """Give the book kept in `database`, made if need be, with the community of the benchmarks open.

    `address`: where its log says that it is.
    """
    migrate(database)
    opened = Book.open(database, data=data, address=address)
    opened.open_community(COMMUNITY, name="The bench")
    try:
        yield opened
    finally:
        opened.close()


@contextlib.contextmanager
def views(database: str, beside: Book) -> Iterator[Views]:
    """Give the views that go with the book kept in `database`."""
    migrate_views(database)
    opened = open_views(database, beside.shard_of)
    try:
        yield opened
    finally:
        opened.close()


def publish(into: Book, charter: str) -> None:
    """Publish the preset `charter`, in force before all that the benchmarks report."""
    document = read_charter(preset(charter))
    into.publish_charter(COMMUNITY, document, effective=EFFECTIVE, by="bench")


def follower(read: Book, into: Views) -> Follower:
    """Return what follows a book from where its views stand."""
    return Follower(read, into)


def replay(read: Book, into: Views) -> None:
    """Derive every standing anew, from the first fact to the last."""
    rebuild(read, into)


@contextlib.contextmanager
def served(database: str, data: Path, seconds: int = 1_800) -> Iterator[tuple[Served, str]]:
    """Give a `guildbook serve` on `database` and a platform's key to its community `bench`.

    It leaves standings to a worker, as one does where events come thick, and ends by itself after so many
    `seconds` if we cannot stop it.
    """
    told = subprocess.run(
        [*GUILDBOOK, "init", COMMUNITY, "--json"],
        env={**os.environ, **_environment(database, data)},
        stdout=subprocess.PIPE,
        check=True,
    )
    key: str = json.loads(told.stdout)["api_key"]
    with serving(database, data, seconds=seconds) as server:
        yield server, key


@contextlib.contextmanager
def serving(database: str, data: Path, *, seconds: int = 1_800, **more: str) -> Iterator[Served]:
    """Give a `guildbook serve` on what is in `database` already. `more`: further settings, by their names."""
    port = free_port()
    environment = _environment(database, data) | {"GUILDBOOK_PORT": str(port)} | more
    with running([*GUILDBOOK, "serve", "--for", str(seconds)], port, environment, data) as server:
        yield server


def _environment(database: str, data: Path) -> dict[str, str]:
    return {"GUILDBOOK_DATABASE": database, "GUILDBOOK_DATA": str(data), "GUILDBOOK_FOLLOW": "false"}
