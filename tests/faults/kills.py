"""`kill -9` of what serves, under load; platforms notice nothing but connections that break."""

from __future__ import annotations

import time
from random import Random
from typing import TYPE_CHECKING

from tests.faults.audit import audit
from tests.faults.outcome import Outcome
from tests.faults.platforms import DEADLINE, Platforms
from tests.faults.site import founded_on

if TYPE_CHECKING:
    from tests.faults.cluster import Cluster
    from tests.faults.site import Server, Site
    from tests.faults.yard import Yard

BETWEEN = 25  # events acknowledged between two faults
IMPATIENT = 1.5  # seconds after which a platform asks the other server
PASSING = 0.1  # seconds: what is acknowledged sooner was under way


def one_server(yard: Yard, cluster: Cluster | None, rounds: int) -> Outcome:
    """Kill the one server of an installation, API and followers together, and start it again."""
    outcome = Outcome(f"kill -9 of the server, {'PostgreSQL' if cluster else 'SQLite'}")
    with founded_on(yard, cluster) as site:
        _play(outcome, site, 1, rounds)
    return outcome


def one_of_two(yard: Yard, cluster: Cluster | None, rounds: int) -> Outcome:
    """Kill one of two servers on one database; the other goes on meanwhile."""
    outcome = Outcome(f"kill -9 of one of two servers, {'PostgreSQL' if cluster else 'SQLite'}")
    with founded_on(yard, cluster) as site:
        _play(outcome, site, 2, rounds)
    return outcome


def one_stands_still(yard: Yard, cluster: Cluster, rounds: int, *, seconds: float) -> Outcome:
    """Stop one of two servers where it stands, as a host does that moves a machine; the other goes on at once."""
    outcome = Outcome("one of two servers stands still, PostgreSQL")
    draw = Random(rounds)  # noqa: S311 - moments, no secrets
    with founded_on(yard, cluster) as site:
        servers = site.serve_many(2)
        with Platforms(site.api_key, [server.port for server in servers], patience=IMPATIENT) as platforms:
            for _ in range(rounds):
                platforms.await_more(BETWEEN)
                time.sleep(draw.uniform(0, 0.3))
                still = draw.choice(servers)
                stopped = time.monotonic()
                still.pause()
                outcome.recovery.append(platforms.first_after(stopped + PASSING))
                time.sleep(seconds)
                still.resume()
                outcome.rounds += 1
            platforms.await_more(BETWEEN)
        if max(outcome.recovery) > DEADLINE:
            outcome.complaints.append(f"the other server acknowledged nothing for {max(outcome.recovery):.1f} s")
        audit(outcome, site, platforms)
    return outcome


def _play(outcome: Outcome, site: Site, many: int, rounds: int) -> None:
    draw = Random(many)  # noqa: S311 - moments, no secrets
    servers = site.serve_many(many)
    begun = time.monotonic()
    with Platforms(site.api_key, [server.port for server in servers]) as platforms:
        for _ in range(rounds):
            platforms.await_more(BETWEEN)
            time.sleep(draw.uniform(0, 0.3))
            outcome.rounds += 1
            outcome.recovery.append(_kill(draw.choice(servers), platforms, alone=many == 1))
        platforms.await_more(BETWEEN)
    outcome.complaints += platforms.meanwhile(begun, time.monotonic(), silence=True).complaints
    audit(outcome, site, platforms)


def _kill(server: Server, platforms: Platforms, *, alone: bool) -> float:
    """Kill a server, start it again, and return how long no event was acknowledged after the start."""
    killed = time.monotonic()
    server.kill()
    if alone:
        return platforms.first_after(server.start())
    waited = platforms.first_after(killed)
    server.start()
    server.await_answer()
    return waited
