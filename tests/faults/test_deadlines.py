"""What is promised of one call while the database does not answer, and of one process that is told to stop."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from ledger import LedgerError, LedgerUnavailableError
from tests.faults import cluster as clusters
from tests.faults.events import COMMUNITY, event
from tests.faults.platforms import DEADLINE
from tests.faults.proxy import Proxy
from tests.faults.site import founded
from tests.postgres import NoPostgresError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ledger import Book
    from tests.faults.cluster import Cluster
    from tests.faults.scenarios import Ground

MARGIN = 20.0  # seconds that a busy machine may add


@pytest.fixture
def cluster(ground: Ground) -> Cluster:
    try:
        return ground.cluster
    except NoPostgresError as error:
        pytest.skip(str(error))


@pytest.fixture
def proxy(cluster: Cluster) -> Iterator[Proxy]:
    with Proxy(cluster.port) as found:
        yield found


@pytest.fixture
def book(ground: Ground, cluster: Cluster, proxy: Proxy) -> Iterator[Book]:
    """Give a book whose connections go through the proxy."""
    with (
        clusters.database(cluster) as url,
        founded(ground.yard, proxy.through(url)) as site,
        site.book() as opened,
    ):
        yield opened


def in_time(act: Callable[[], Any], seconds: float) -> Any:
    """Return what `act` returns or raises, or None where it does neither within so many seconds."""
    told: list[Any] = []

    def work() -> None:
        try:
            told.append(act())
        except LedgerError as error:
            told.append(error)

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    worker.join(seconds)
    return told[0] if told else None


@contextmanager
def nobody_to_wait_for(cluster: Cluster) -> Iterator[None]:
    """Let the database wait, for every synchronous commit, for a replica that is not there."""
    with psycopg.connect(cluster.url, autocommit=True) as connection:
        connection.execute("SET synchronous_commit = local")
        connection.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        connection.execute("SELECT pg_reload_conf()")
        time.sleep(0.5)  # until every process has read it
        try:
            yield
        finally:
            connection.execute("ALTER SYSTEM RESET synchronous_standby_names")
            connection.execute("SELECT pg_reload_conf()")


def test_what_is_stored_but_not_safe_yet_is_not_acknowledged_as_a_duplicate(book: Book, cluster: Cluster):
    """Else a platform that posts again is told `duplicate` of what the replica, promoted next, never had."""

    def append() -> Any:
        return book.append([event(1)], community=COMMUNITY)

    book.append([event(0), event(3)], community=COMMUNITY)  # so that nobody is minted below
    with nobody_to_wait_for(cluster):
        first = in_time(append, 1.5)
        again = in_time(append, 1.5)
    assert first is None or isinstance(first, LedgerUnavailableError)
    assert again is None or isinstance(again, LedgerUnavailableError), "acknowledged before it was safe"
    deadline = time.monotonic() + 60
    while not isinstance(told := in_time(append, DEADLINE), list) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert [each.outcome for each in told] == ["duplicate"]


def test_a_connection_that_fell_silent_is_given_up_in_time(book: Book, proxy: Proxy):
    """The other machine is gone and nobody says so: the call ends, and the next one finds a new connection."""
    assert book.append([event(0)], community=COMMUNITY)[0].outcome == "stored"
    proxy.forget()
    begun = time.monotonic()
    told = in_time(lambda: book.append([event(1)], community=COMMUNITY), DEADLINE + MARGIN)
    assert told is not None, f"no word within {DEADLINE} s"
    assert isinstance(told, LedgerUnavailableError) or told[0].outcome == "stored"
    while not isinstance(told, list) and time.monotonic() < begun + 4 * DEADLINE:
        told = in_time(lambda: book.append([event(1)], community=COMMUNITY), DEADLINE + MARGIN)
    assert isinstance(told, list)
    assert told[0].outcome in {"stored", "duplicate"}


def test_a_server_stops_in_time_though_the_database_stands_still(ground: Ground, cluster: Cluster, proxy: Proxy):
    with clusters.database(cluster) as url, founded(ground.yard, proxy.through(url)) as site:
        server = site.serve()
        proxy.set("hold")
        asking = [threading.Thread(target=in_time, args=(lambda: server.get("/readyz"), 9)) for _ in range(3)]
        for each in asking:
            each.start()
        time.sleep(0.5)
        assert server.stop(), "it had to be killed"
        proxy.set("pass")
        for each in asking:
            each.join()
