"""A real book on each store, at a time that only the test moves."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ledger import Book, migrate
from tests.ledger.events import DAY, MARCH
from tests.ledger.operated import dropped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ledger.key_stores import KeyStore
    from tests.postgres import Server


@dataclass
class Clock:
    """Says `now` (µs), again and again."""

    now: int = MARCH + DAY

    def __call__(self) -> int:
        return self.now


@dataclass
class Place:
    """Where a test's book is kept; it may be opened more than once, as by several processes."""

    database: str
    folder: Path
    clock: Clock = field(default_factory=Clock)
    books: list[Book] = field(default_factory=list)

    def open(self, store: KeyStore | None = None) -> Book:
        migrate(self.database)
        book = Book.open(self.database, data=self.folder, clock=self.clock, store=store)
        self.books.append(book)
        return book


@pytest.fixture(scope="session")
def ledger_database(postgres_server: Server) -> Iterator[str]:
    """Give one database to all tests of this folder: making one takes longer than most of them."""
    with postgres_server.database() as url:
        yield url


@pytest.fixture
def empty_database(ledger_database: str) -> str:
    """Give that database as empty as it was."""
    dropped(ledger_database)
    return ledger_database


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    on_sqlite = request.param == "sqlite"
    database = str(tmp_path / "book.sqlite") if on_sqlite else request.getfixturevalue("empty_database")
    found = Place(database, tmp_path / "data")
    yield found
    for book in found.books:
        book.close()


@pytest.fixture(scope="session")
def another_database(postgres_server: Server) -> Iterator[str]:
    """Give a second database to all tests of this folder."""
    with postgres_server.database() as url:
        yield url


@pytest.fixture
def elsewhere(place: Place, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Place]:
    """Give an empty place of the same kind, its data folder not there yet."""
    database = str(tmp_path / "new" / "book.sqlite")
    if place.database.startswith("postgresql"):
        database = request.getfixturevalue("another_database")
        dropped(database)
    found = Place(database, tmp_path / "new")
    yield found
    for book in found.books:
        book.close()


@pytest.fixture
def clock(place: Place) -> Clock:
    return place.clock


@pytest.fixture
def book(place: Place) -> Book:
    """Give an empty book with the community `bar`."""
    opened = place.open()
    opened.open_community("bar", name="The Bar")
    return opened
