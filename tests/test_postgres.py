"""The launcher of the tests' own PostgreSQL, held to its promise to leave nothing behind."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import psycopg
import pytest

from tests import postgres

PATIENCE_SECONDS = 60

# A run that is killed in the middle: it prints its server's address, and then waits for the end.
A_RUN = """
import sys
from tests import postgres

with postgres.running() as server:
    print(server.url, flush=True)
    sys.stdin.read()
"""


def answers(url):
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def test_every_test_gets_an_empty_database_of_its_own(postgres_server, postgres_database):
    with (
        postgres_server.database() as elsewhere,
        psycopg.connect(elsewhere) as theirs,
        psycopg.connect(postgres_database) as ours,
    ):
        theirs.execute("CREATE TABLE contributions (position bigint)")
        theirs.commit()
        tables = ours.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    assert tables == (0,)


def test_a_database_is_dropped_though_someone_is_still_connected(postgres_server):
    with postgres_server.database() as url:
        lingering = psycopg.connect(url)
    assert not answers(url)
    lingering.close()


def test_a_run_that_is_killed_leaves_no_server_behind(postgres_server):
    ours_to_start = {name: value for name, value in os.environ.items() if name != "GUILDBOOK_TEST_PG"}
    command = [sys.executable, "-c", A_RUN]
    with subprocess.Popen(
        command,
        cwd=postgres.ROOT,
        env=ours_to_start,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as run:
        url = run.stdout.readline().strip() if run.stdout else ""
        assert answers(url)
        run.kill()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while answers(url) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not answers(url)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://ada@localhost", "postgresql://ada@localhost/new"),
        ("postgresql://ada:x@localhost:5432/old", "postgresql://ada:x@localhost:5432/new"),
        ("postgresql:///old?host=/run/pg", "postgresql:///new?host=/run/pg"),
    ],
)
def test_a_database_takes_its_place_in_the_url(url, expected):
    assert postgres.with_database(url, "new") == expected
