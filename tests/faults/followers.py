"""Who follows is killed: a second process while it projects, and a rebuild in its middle."""

from __future__ import annotations

import contextlib
import threading
import time
from http.client import HTTPException
from random import Random
from typing import TYPE_CHECKING

from tests.faults import processes
from tests.faults.audit import audit
from tests.faults.events import COMMUNITY, PEOPLE, PLATFORM, event
from tests.faults.outcome import Outcome
from tests.faults.platforms import Platforms
from tests.faults.site import CommandError, founded_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults.cluster import Cluster
    from tests.faults.site import Server, Site
    from tests.faults.yard import Yard

FAR_OFF = 1_000_000  # where the numbers of told histories begin: no platform comes so far
BURST = 800  # events at once, for followers to project
HISTORY = 2_500  # events that a rebuild derives standings from
BETWEEN = 15  # events acknowledged between two kills
OK = 200
USUAL = 1.0  # seconds for a rebuild, where none could be measured
PATIENCE = 30.0  # seconds for standings to get there


def killed(yard: Yard, cluster: Cluster | None, rounds: int) -> Outcome:
    """Kill one of two workers that follow, while there is much to project, then a rebuild in its middle.

    The other worker goes on, readers notice nothing, and the next rebuild succeeds.
    """
    outcome = Outcome(f"kill -9 of a worker, and of a rebuild; {'PostgreSQL' if cluster else 'SQLite'}")
    draw = Random(7)  # noqa: S311 - moments, no secrets
    with founded_on(yard, cluster) as site:
        workers = (site.worker(), site.worker())
        for worker in workers:
            worker.start()
        server = site.serve(GUILDBOOK_FOLLOW="false")
        with Platforms(site.api_key, [server.port]) as platforms:
            platforms.await_more(BETWEEN)
            _projected(server, site, _burst(site, platforms, HISTORY, FAR_OFF))
            usual = _rebuilt(outcome, site)
            with _reading(server, site) as faults:
                for number in range(rounds):
                    head = _burst(site, platforms, BURST, FAR_OFF + HISTORY + number * BURST)
                    time.sleep(draw.uniform(0, 0.3))
                    killed_at = _kill(draw.choice(workers))
                    outcome.recovery.append(_projected(server, site, head) - killed_at)
                    _kill_rebuild(outcome, site, draw.uniform(0.1, 0.9) * usual)
                    platforms.await_more(BETWEEN)
                    outcome.rounds += 1
        outcome.complaints += faults
        audit(outcome, site, platforms)
    return outcome


def _kill(worker: Server) -> float:
    """Kill a worker and start it again; return when it was killed (monotonic)."""
    now = time.monotonic()
    worker.kill()
    worker.start()
    return now


def _burst(site: Site, platforms: Platforms, many: int, first: int) -> int:
    """Append so many events at once, from number `first`; return the last position."""
    with site.book() as book:
        outcomes = book.append([event(number) for number in range(first, first + many)], community=COMMUNITY)
    told = {number: outcome.position or 0 for number, outcome in enumerate(outcomes, start=first)}
    platforms.acknowledged |= told
    return max(told.values())


def _projected(server: Server, site: Site, position: int) -> float:
    """Return when (monotonic) a member's standing counted `position`. Raises `TimeoutError`."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, HTTPException):
            if server.get(f"{_member(server, site)}/standing?after={position}", site.api_key)[0] == OK:
                return time.monotonic()
        time.sleep(0.05)
    raise TimeoutError(f"standing: wanted position {position} counted within {PATIENCE:g} s")


def _member(server: Server, site: Site) -> str:
    status, told = server.get(f"/communities/{COMMUNITY}/accounts/{PLATFORM}/{PEOPLE[0]}", site.api_key)
    return f"/communities/{COMMUNITY}/members/{told['member'] if status == OK else 'unknown'}"


def _rebuilt(outcome: Outcome, site: Site) -> float:
    """Rebuild while the server projects; return how long it took."""
    began = time.monotonic()
    try:
        site.command("rebuild")
    except CommandError as error:
        outcome.complaints.append(f"{error}, after {time.monotonic() - began:.0f} s beside a server under load")
        return USUAL
    return time.monotonic() - began


def _kill_rebuild(outcome: Outcome, site: Site, seconds: float) -> None:
    """Start a rebuild and kill it so many seconds after it began to work."""
    program = site.program("rebuild", log="rebuild.log")
    deadline = time.monotonic() + PATIENCE
    while not processes.has_database(program.pid) and program.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    time.sleep(seconds)
    if program.poll() is not None:
        outcome.remark = "a rebuild had ended before it was killed"
    program.kill()
    program.wait()


@contextlib.contextmanager
def _reading(server: Server, site: Site) -> Iterator[list[str]]:
    """Keep reading a standing; yield what was not answered as it should be."""
    faults: list[str] = []
    done = threading.Event()

    def read() -> None:
        path = ""
        while not done.wait(0.05):
            path = path if path and "unknown" not in path else _member(server, site)
            status = server.get(f"{path}/standing", site.api_key)[0]
            if status != OK and "unknown" not in path:
                faults.append(f"standing: wanted 200 while a rebuild runs and dies, got {status}")

    reader = threading.Thread(target=read, name="reader", daemon=True)
    reader.start()
    try:
        yield faults
    finally:
        done.set()
        reader.join(PATIENCE)
