"""The primary dies and its replica takes over: what was acknowledged must be there, if the replica was waited for."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.faults import cluster as clusters
from tests.faults.audit import audit
from tests.faults.outcome import Outcome
from tests.faults.platforms import CLIENT_SECONDS, Platforms
from tests.faults.site import founded
from tests.postgres import with_database

if TYPE_CHECKING:
    from tests.faults.cluster import Cluster
    from tests.faults.yard import Yard

BEFORE = 40  # events acknowledged before the replica falls behind, and after it took over
DATABASE = "guildbook"


@dataclass
class Pair:
    """A primary and its replica. `behind`: for how many seconds the replica is sent nothing before the end."""

    primary: Cluster
    replica: Cluster
    behind: float

    @property
    def url(self) -> str:
        """The address of the database wherever it can be written."""
        url = with_database(self.primary.url, DATABASE)
        hosts = f":{self.primary.port},127.0.0.1:{self.replica.port}/"
        return f"{url.replace(f':{self.primary.port}/', hosts)}?target_session_attrs=read-write"

    def fail_over(self) -> float:
        """Let the replica fall behind, kill the primary, promote the replica; return when that was done."""
        self.primary.freeze_sending()
        time.sleep(self.behind)
        self.primary.kill()
        self.replica.promote()
        return time.monotonic()


def synchronous(yard: Yard, rounds: int, *, behind: float, patience: float = CLIENT_SECONDS) -> Outcome:
    """Promote a replica that every commit waits for: nothing acknowledged is lost.

    After `patience` (seconds) platforms give an answer up and post the same again, to a primary whose replica is
    still behind: what it has stored itself must not be acknowledged either.
    """
    hurried = "; platforms post again meanwhile" if patience < behind else ""
    outcome = Outcome(f"primary killed, synchronous replica promoted{hurried}")
    for _ in range(rounds):
        _play(outcome, yard, behind=behind, patience=patience)
    return outcome


def asynchronous(yard: Yard, rounds: int, *, behind: float) -> Outcome:
    """Promote a replica that nobody waits for: what was acknowledged last is lost, and is counted, not complained of.

    This is what nobody should promise; where nothing is lost, the round has shown nothing.
    """
    outcome = Outcome("primary killed, asynchronous replica promoted: loses, never promised")
    for _ in range(rounds):
        _play(outcome, yard, behind=behind, patience=CLIENT_SECONDS, waited_for=False)
    outcome.complaints = [] if outcome.lost else ["wanted the replica to have fallen behind, nothing was lost"]
    return outcome


def _play(outcome: Outcome, yard: Yard, *, behind: float, patience: float, waited_for: bool = True) -> None:
    with clusters.running(yard) as primary, primary.replica(synchronous=waited_for) as replica:
        primary.create(DATABASE)
        pair = Pair(primary, replica, behind)
        with founded(yard, pair.url) as site:
            server = site.serve()
            with Platforms(site.api_key, [server.port], patience=patience) as platforms:
                platforms.await_more(BEFORE)
                since = time.monotonic()
                back = pair.fail_over()
                outcome.rounds += 1
                outcome.recovery.append(platforms.first_after(back))
                platforms.await_more(BEFORE)
            outcome.answers(platforms.meanwhile(since, back, silence=patience < behind))
            audit(outcome, site, platforms)
