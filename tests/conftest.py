"""What every test may ask for: a real PostgreSQL, a real Chromium."""

from __future__ import annotations

import os
from collections import Counter
from contextlib import ExitStack
from typing import TYPE_CHECKING, TypeVar

import pytest
from hypothesis import HealthCheck, settings

from tests import browser, postgres
from tests.memory import use_memory
from tests.world import World, emptied

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from playwright.sync_api import Browser, Page

T = TypeVar("T")

LONG = ("pages", "journeys")  # folders of page tests whose files take a minute and more

# How long examples take, and to make them, says how busy the machine is, and nothing of us.
settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("here")


def pytest_configure() -> None:
    """Keep temporary files in memory, and let nothing be refused for how busy the machine is."""
    use_memory()
    os.environ.setdefault("GUILDBOOK_LIMIT_ANSWER", "30")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run files in which tests fork first, before there are threads: one may hold a lock, which no one then gives back.

    Run files with page tests last, and those in them: once started, the driver holds the event loop of this thread.
    Workers take whole files in this order, so it holds in each of them; there the longest go first of those, so that no
    worker is left alone with one.
    """
    forking = {item.path for item in items if item.get_closest_marker("forks")}
    paged = {item.path for item in items if "chromium" in getattr(item, "fixturenames", ())}
    long = {path for path in paged if path.parent.name in LONG} if "PYTEST_XDIST_WORKER" in os.environ else set()

    def turn(item: pytest.Item) -> tuple[bool, bool, bool, bool]:
        paging = "chromium" in getattr(item, "fixturenames", ())
        return item.path not in forking, item.path in paged, item.path not in long, paging

    items.sort(key=turn)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in one line for each reason what was skipped."""
    skipped = terminalreporter.stats.get("skipped", [])
    for reason, count in Counter(report.longrepr[2] for report in skipped).items():
        terminalreporter.write_line(f"{count} skipped: {reason.removeprefix('Skipped: ')}")


def had(stack: ExitStack, wanted: AbstractContextManager[T], refusal: type[Exception]) -> T:
    """Return what `wanted` opens. Where it cannot be had, skip; under CI, where nothing is left out, fail."""
    try:
        return stack.enter_context(wanted)
    except refusal as error:
        reason = str(error)
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason} (CI=true: not skipped)", pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """Give the PostgreSQL of this run, started when the first test asks."""
    with ExitStack() as stack:
        yield had(stack, postgres.running(), postgres.NoPostgresError)


@pytest.fixture
def postgres_database(postgres_server: postgres.Server) -> Iterator[str]:
    """Give the `postgresql://` URL of a fresh, empty database, dropped after the test."""
    with postgres_server.database() as url:
        yield url


@pytest.fixture(scope="session")
def world_database(postgres_server: postgres.Server) -> Iterator[str]:
    """Give one database to all tests of a world: making one takes longer than most of them."""
    with postgres_server.database() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """Give a book with its views on each store, with the community `guild` open."""
    database = str(tmp_path / "book.sqlite")
    if request.param == "postgres":
        database = request.getfixturevalue("world_database")
        emptied(database)
    found = World(database, tmp_path / "data")
    yield found
    found.close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Give the browser of this run."""
    with ExitStack() as stack:
        yield had(stack, browser.running(), browser.NoBrowserError)


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """Give a fresh page, 1280 x 900, that fails where it raises or asks anyone but us."""
    with browser.opened(chromium) as opened:
        yield opened
