"""The database is killed, stands still or cannot be reached: refusals are clear and soon, and it heals by itself."""

from __future__ import annotations

import time
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from tests.faults import cluster as clusters
from tests.faults.audit import audit
from tests.faults.outcome import Outcome
from tests.faults.platforms import Platforms
from tests.faults.proxy import Proxy
from tests.faults.site import founded
from tests.faults.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.faults.cluster import Cluster
    from tests.faults.proxy import Mode
    from tests.faults.yard import Yard

BETWEEN = 20  # events acknowledged between two troubles
CROWD = 48  # platforms at once: more than a server has threads
UNHURRIED = 1.0  # seconds between two posts of one of them
LOST_TOGETHER = 3  # answers lost in one round
LOST_SECONDS = 10.0  # for them to be lost
MOST_BYTES = 4_000  # to a client before its connection is cut
CUT_SECONDS = 0.5


class Trouble(NamedTuple):
    """What is done to the database: `put` does it, undoes it, and returns when all was well again (monotonic)."""

    words: str
    put: Callable[[Cluster, Proxy], float]
    refuses: bool = True  # while it lasts nobody can be served


def killed(seconds: float) -> Trouble:
    """Kill every process of PostgreSQL, and start it again after so many seconds."""

    def put(cluster: Cluster, _: Proxy) -> float:
        cluster.kill()
        time.sleep(seconds)
        return cluster.start()

    return Trouble("kill -9 of PostgreSQL, and restart", put)


def frozen(seconds: float) -> Trouble:
    """Stop every process of PostgreSQL where it stands for so many seconds."""

    def put(cluster: Cluster, _: Proxy) -> float:
        processes = cluster.freeze()
        time.sleep(seconds)
        cluster.thaw(processes)
        return time.monotonic()

    return Trouble("PostgreSQL frozen", put)


def unreachable(mode: Mode, seconds: float) -> Trouble:
    """Let the network hold what it carries, cut every connection, or be slow, for so many seconds."""

    def put(_: Cluster, proxy: Proxy) -> float:
        proxy.set(mode)
        time.sleep(seconds)
        proxy.set("pass")
        return time.monotonic()

    words = {"hold": "holds all it carries", "cut": "is cut", "slow": "is slow, 0.25 s for every piece"}[mode]
    return Trouble(f"network to PostgreSQL {words}", put, refuses=mode != "slow")


def forgotten() -> Trouble:
    """Let every connection that is open fall silent for ever, as when a machine vanishes; new ones are served."""

    def put(_: Cluster, proxy: Proxy) -> float:
        proxy.forget()
        return time.monotonic()

    return Trouble("connections to PostgreSQL silent for ever", put, refuses=False)


def answer_lost() -> Trouble:
    """Lose the answer of COMMIT: what was stored without our knowing answers `duplicate`, with its first position."""

    def put(_: Cluster, proxy: Proxy) -> float:
        wanted, deadline = proxy.lost + LOST_TOGETHER, time.monotonic() + LOST_SECONDS
        proxy.lose(LOST_TOGETHER)
        while proxy.lost < wanted:
            if time.monotonic() > deadline:
                raise TimeoutError(f"wanted {LOST_TOGETHER} appends whose answer is lost in {LOST_SECONDS:g} s")
            time.sleep(0.01)
        return time.monotonic()

    return Trouble("answer of COMMIT lost", put, refuses=False)


def cut_anywhere() -> Trouble:
    """Cut every connection after some bytes more, wherever in an answer that falls."""
    draw = Random(5)  # noqa: S311 - places, no secrets

    def put(_: Cluster, proxy: Proxy) -> float:
        proxy.cut_after(draw.randint(1, MOST_BYTES))
        time.sleep(CUT_SECONDS)
        proxy.cut_after(None)
        return time.monotonic()

    return Trouble("answers of PostgreSQL cut anywhere", put, refuses=False)


def troubled(yard: Yard, cluster: Cluster, rounds: int, *troubles: Trouble) -> Outcome:
    """Put `troubles` in, one after another and so for some rounds, under a crowd of platforms."""
    outcome = Outcome("; ".join(each.words for each in troubles))
    with Proxy(cluster.port) as proxy, clusters.database(cluster) as url, founded(yard, proxy.through(url)) as site:
        server = site.serve()
        spans = []
        with (
            Platforms(site.api_key, [server.port], threads=CROWD, pause=UNHURRIED) as platforms,
            Watch(server) as watch,
        ):
            for trouble in troubles * rounds:
                platforms.await_more(BETWEEN)
                since = time.monotonic()
                back = trouble.put(cluster, proxy)
                spans.append((trouble, since, back))
                try:
                    outcome.recovery.append(platforms.first_after(back))
                except TimeoutError as error:
                    raise TimeoutError(f"after {trouble.words}: {error}; its log: {server.last_words()}") from error
            platforms.await_more(BETWEEN)
            outcome.rounds += rounds
        _judge(outcome, platforms, watch, spans)
        if proxy.lost and not platforms.found:
            outcome.complaints.append("wanted what was stored without an answer to be found again, got none")
        outcome.remark = f"{proxy.lost} answers lost, {len(platforms.found)} events found stored"
        audit(outcome, site, platforms)
    return outcome


def _judge(outcome: Outcome, platforms: Platforms, watch: Watch, spans: Sequence[tuple[Trouble, float, float]]) -> None:
    for trouble, since, back in spans:
        before = len(outcome.complaints)
        if trouble.refuses:
            outcome.during(platforms, watch, since, back)
        else:
            outcome.answers(platforms.meanwhile(since, back))
        outcome.complaints[before:] = [f"{trouble.words}: {each}" for each in outcome.complaints[before:]]
