"""Every fault, in the form that `make test` plays and in the one that `make faults` plays."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.faults import clock, disk, failover, followers, kills, outages, syscalls, yard
from tests.faults import cluster as clusters
from tests.faults.outages import troubled
from tests.faults.outcome import Outcome
from tests.faults.site import CommandError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.faults.cluster import Cluster
    from tests.faults.outages import Trouble
    from tests.faults.yard import Yard


class Ground:
    """Where scenarios are played: a yard, and a PostgreSQL that is started when the first one asks."""

    def __init__(self, yard: Yard, stack: ExitStack) -> None:
        self.yard = yard
        self._stack = stack
        self._cluster: Cluster | None = None

    @property
    def cluster(self) -> Cluster:
        """A cluster that runs. Raises `tests.postgres.NoPostgresError`."""
        if self._cluster is None:
            self._cluster = self._stack.enter_context(clusters.running(self.yard))
        elif not self._cluster.process or self._cluster.process.poll() is not None:
            self._cluster.start()  # a scenario that failed may have left it dead
        return self._cluster


@contextmanager
def ground() -> Iterator[Ground]:
    """Yield a ground for as long as the block runs. Raises `tests.faults.yard.MissingToolError`."""
    with ExitStack() as stack:
        yield Ground(stack.enter_context(yard.opened()), stack)


@dataclass(frozen=True, slots=True)
class Form:
    """How much of a fault is played: rounds, and the seconds that it lasts where that can be said."""

    rounds: int
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Scenario:
    """One fault; `short` is None where only the long form plays it."""

    name: str
    short: Form | None
    long: Form
    play: Callable[[Ground, Form], Outcome]

    def played(self, at: Ground, form: Form) -> Outcome:
        """Play it; what could not be played to its end is an outcome too, with the complaint why."""
        try:
            return self.play(at, form)
        except (TimeoutError, CommandError) as error:
            return Outcome(self.name, complaints=[f"not played to its end: {error}"])


def _outage(name: str, long: Form, trouble: Callable[[float], Trouble]) -> Scenario:
    """Return the scenario of one trouble of PostgreSQL, which the short form plays among others."""
    return Scenario(
        name, None, long, lambda at, form: troubled(at.yard, at.cluster, form.rounds, trouble(form.seconds))
    )


def _in_turn(at: Ground, form: Form) -> Outcome:
    killed, frozen, cut = outages.killed(1.0), outages.frozen(form.seconds), outages.unreachable("cut", 2.0)
    return troubled(at.yard, at.cluster, form.rounds, outages.answer_lost(), cut, killed, frozen)


SCENARIOS = (
    Scenario("server-sqlite", Form(1), Form(30), lambda at, form: kills.one_server(at.yard, None, form.rounds)),
    Scenario("server-postgres", None, Form(30), lambda at, form: kills.one_server(at.yard, at.cluster, form.rounds)),
    Scenario("two-servers-sqlite", None, Form(10), lambda at, form: kills.one_of_two(at.yard, None, form.rounds)),
    Scenario(
        "two-servers-postgres", Form(1), Form(30), lambda at, form: kills.one_of_two(at.yard, at.cluster, form.rounds)
    ),
    Scenario(
        "one-stands-still",
        None,
        Form(5, 6.0),
        lambda at, form: kills.one_stands_still(at.yard, at.cluster, form.rounds, seconds=form.seconds),
    ),
    Scenario("followers-sqlite", Form(1), Form(10), lambda at, form: followers.killed(at.yard, None, form.rounds)),
    Scenario("followers-postgres", None, Form(10), lambda at, form: followers.killed(at.yard, at.cluster, form.rounds)),
    Scenario("outages-in-turn", Form(1, 6.0), Form(2, 6.0), _in_turn),
    _outage("postgres-killed", Form(10, 3.0), outages.killed),
    _outage("postgres-frozen", Form(3, 8.0), outages.frozen),
    _outage("network-holds", Form(3, 8.0), lambda seconds: outages.unreachable("hold", seconds)),
    _outage("network-cut", Form(5, 4.0), lambda seconds: outages.unreachable("cut", seconds)),
    _outage("network-slow", Form(3, 8.0), lambda seconds: outages.unreachable("slow", seconds)),
    _outage("connections-forgotten", Form(2), lambda _: outages.forgotten()),
    _outage("answers-cut-anywhere", Form(20), lambda _: outages.cut_anywhere()),
    _outage("answer-of-commit-lost", Form(20), lambda _: outages.answer_lost()),
    Scenario(
        "synchronous-replica",
        None,
        Form(3, 2.5),
        lambda at, form: failover.synchronous(at.yard, form.rounds, behind=form.seconds),
    ),
    Scenario(
        "synchronous-replica-hurried",
        Form(1, 2.0),
        Form(3, 2.5),
        lambda at, form: failover.synchronous(at.yard, form.rounds, behind=form.seconds, patience=0.8),
    ),
    Scenario(
        "asynchronous-replica",
        None,
        Form(3, 1.5),
        lambda at, form: failover.asynchronous(at.yard, form.rounds, behind=form.seconds),
    ),
    Scenario(
        "disk-full",
        Form(1, 1.0),
        Form(5, 3.0),
        lambda at, form: disk.full(at.yard, form.rounds, seconds=form.seconds),
    ),
    Scenario("syscalls", Form(6), Form(120), lambda at, form: syscalls.failing_calls(at.yard, form.rounds)),
    Scenario("clock-sqlite", Form(1), Form(3), lambda at, form: clock.stepping(at.yard, None, form.rounds)),
    Scenario("clock-postgres", None, Form(3), lambda at, form: clock.stepping(at.yard, at.cluster, form.rounds)),
)
