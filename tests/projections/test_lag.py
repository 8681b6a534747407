"""How far behind, told for each shard without looking at every fact."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from projections import Lag
from tests.projections.conftest import in_ledger
from tests.world import COMMUNITY

if TYPE_CHECKING:
    from tests.world import World

SECOND = 1_000_000


def test_lag_counts_communities_and_positions_and_knows_the_oldest_fact_that_waits(world: World) -> None:
    assert world.standings.lag() == [Lag(0)]
    world.open_community("other", "third")
    world.append(world.work("ada", 1), world.work("ada", 2))
    world.clock.now += 30 * SECOND
    world.append(world.work("bo", 1), community="other")
    world.clock.now += 12 * SECOND
    assert world.standings.lag() == [Lag(0, communities=2, positions=3, seconds=42.0)]
    assert world.follower.run_once() == 1  # the least behind goes first
    assert world.standings.lag() == [Lag(0, communities=1, positions=2, seconds=42.0)]
    world.follower.catch_up()
    assert world.standings.lag() == [Lag(0)]


def test_a_ledger_restored_from_an_earlier_copy_is_noticed(world: World) -> None:
    world.tell(world.work("ada", 1), world.work("ada", 2))
    in_ledger(world, "DELETE FROM stored_events WHERE position = 2 RETURNING position")
    assert world.standings.lag() == [Lag(0, ahead=1)]


def test_each_shard_has_its_own(two_shards: World) -> None:
    two_shards.append(two_shards.work("ada", 1))
    told = two_shards.standings.lag()
    assert [(lag.shard, lag.positions) for lag in told] == [(0, 1), (1, 0)]
    assert two_shards.standings.position(COMMUNITY) == 0
    assert not two_shards.standings.wait(COMMUNITY, 1, 0.05)


@pytest.mark.parametrize("world", ["sqlite"], indirect=True)
def test_an_answer_says_no_more_than_it_knows(world: World) -> None:
    world.tell(world.work("ada", 1))
    world.append(world.work("ada", 2))
    told = world.standings.standing(COMMUNITY, world.account("ada"))
    assert (told["position"], told["acts"]) == (1, 1)
