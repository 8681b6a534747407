"""The thread that follows: woken by hints, patient with databases, honest about bugs."""

from __future__ import annotations

import threading
import time
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from ledger import LedgerUnavailableError
from projections import Following
from tests.projections.conftest import SOON, outage, until
from tests.projections.test_turns import LAW
from tests.world import COMMUNITY

if TYPE_CHECKING:
    from tests.world import World


def _noted(turns: list[int]) -> int:
    turns.append(1)
    return 0


def test_a_hint_ends_the_pause(world: World) -> None:
    turns: list[int] = []
    following = Following("idle", lambda: _noted(turns), pause=60)
    following.start()
    until(lambda: turns)
    for seen in range(1, 4):
        following.hint()
        until(lambda seen=seen: len(turns) > seen)  # type: ignore[misc]
    following.stop()
    assert not following.health.alive


def test_a_turn_that_did_something_hints_at_whoever_follows() -> None:
    turns: list[int] = []
    work = [3]
    second = Following("second", lambda: _noted(turns), pause=60)
    first = Following("first", lambda: work.pop() if work else 0, pause=60)
    first.leads(second)
    second.start()
    until(lambda: turns)
    seen = len(turns)
    first.start()
    until(lambda: not work)
    until(lambda: len(turns) > seen)
    first.stop()
    second.stop()


def test_hints_cost_next_to_nothing() -> None:
    following = Following("busy", lambda: 0)
    began = time.process_time()
    for _ in range(100_000):
        following.hint()
    assert time.process_time() - began < 0.5


def test_trouble_is_told_and_waited_out_with_a_growing_pause_that_no_hint_ends() -> None:
    tried: list[float] = []
    down = threading.Event()
    down.set()

    def turn() -> int:
        tried.append(time.monotonic())
        if down.is_set():
            raise LedgerUnavailableError("the cable is out")
        return 0

    following = Following("patient", turn)
    assert not following.health.alive
    following.start()
    while len(tried) < 4:
        following.hint()
        time.sleep(0.001)
    health = following.health
    assert (health.alive, health.trouble) == (True, "the cable is out")
    assert health.since
    pauses = [after - before for before, after in pairwise(tried)]
    assert pauses[0] >= 0.1
    assert pauses[1] >= 0.2
    assert pauses[2] >= 0.4
    down.clear()
    until(lambda: following.health.trouble is None)
    following.stop()


def test_a_bug_ends_the_thread_and_health_says_of_what(monkeypatch: pytest.MonkeyPatch) -> None:
    traces: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", traces.append)

    def turn() -> int:
        raise KeyError("nonsense")

    following = Following("broken", turn)
    following.start()
    until(lambda: traces)
    until(lambda: not following.health.alive)
    assert following.health.trouble == "ended by a bug: KeyError: 'nonsense'"


def test_a_fact_appended_in_this_process_counts_at_once(world: World) -> None:
    world.publish(LAW)
    world.follower.following = Following("standings", world.follower.run_once, pause=60)
    world.follower.following.start()
    for number in range(3):
        world.append(world.work("ada", number))
        world.follower.hint(COMMUNITY)
        assert world.standings.wait(COMMUNITY, world.book.head(COMMUNITY), SOON)
    world.follower.following.stop()


def test_a_fact_appended_by_another_process_is_found_by_looking(world: World) -> None:
    world.publish(LAW)
    world.follower.following.start()
    world.append(world.work("ada", 1))
    assert world.standings.wait(COMMUNITY, world.book.head(COMMUNITY), SOON)
    world.follower.following.stop()


@pytest.mark.parametrize("world", ["postgres"], indirect=True)
def test_a_restart_of_the_database_is_survived(world: World) -> None:
    world.publish(LAW)
    world.follower.following.start()
    world.append(world.work("ada", 1))
    assert world.standings.wait(COMMUNITY, world.book.head(COMMUNITY), SOON)
    with outage(world.database):
        until(lambda: world.follower.following.health.trouble)
        assert world.follower.following.health.alive
        with pytest.raises(LedgerUnavailableError):
            world.level("ada")
    until(lambda: world.follower.following.health.trouble is None, 10)
    world.append(world.work("ada", 2))
    assert world.standings.wait(COMMUNITY, world.book.head(COMMUNITY), SOON)
    assert world.level("ada") == 1
    world.follower.following.stop()
