"""Turns: any number of processes, one owner each, and nothing written by halves."""

from __future__ import annotations

import sqlite3
import time
from contextlib import ExitStack, closing
from typing import Any

import pytest

from ledger import LedgerUnavailableError, UnknownShapeError, connecting
from projections import AWARDS, Follower, StalledError, open_views, rebuild
from projections.fold import shelves
from projections.views import turn as views_turn
from projections.views import worker
from tests.projections.conftest import another_process, at_once, in_ledger, until
from tests.projections.test_worker import fail_within_a_turn
from tests.world import COMMUNITY, ELSEWHERE, World

LAW: dict[str, Any] = {
    "charter": 1,
    "name": "Guild",
    "ladder": [{"level": 1, "name": "Maker"}, {"level": 2, "name": "Keeper"}],
    "rules": [
        {"rule": "maker", "version": 1, "grants": {"level": 1}, "all": [{"count": "contribution", "at_least": 2}]},
        {
            "rule": "keeper",
            "version": 1,
            "grants": {"level": 2},
            "all": [{"count": "endorsement", "where": {"endorser_level": {"at_least": 1}}, "at_least": 1}],
        },
    ],
}


def _fill(world: World, community: str, count: int) -> None:
    world.publish(LAW, community)
    works = [world.work(f"m{n % 5}", n % 30, f"i:{community}/{n}") for n in range(count)]
    world.append(*works, world.voice("m0", "m1", 40), world.voice("m9", "m2", 40), community=community)


def _as_replayed(world: World, shard: int = 0) -> bool:
    """Say whether what stands in the views is what a replay of the ledger gives."""
    kept = list(world.book.heads(shard))

    def stands() -> dict[str, Any]:
        return {name: (world.timelines(name), world.views.at(name).heard(name, 0)) for name in kept}

    before = stands()
    rebuild(world.book, world.views, shard)
    return before == stands() and any(timelines for timelines, _ in before.values())


def test_processes_share_the_communities_and_no_fact_is_projected_twice(world: World) -> None:
    names = [f"c{n}" for n in range(8)]
    world.open_community(*names)
    for name in names:
        _fill(world, name, 40)
    with ExitStack() as stack:
        others = [stack.enter_context(another_process(world, "catch_up")) for _ in range(3)]
        counts = [int(count) for count in at_once(others)]
    assert sum(counts) == 8 * 43
    assert world.views.positions(0) == dict.fromkeys(names, 43)
    assert _as_replayed(world)


def test_a_process_killed_between_fold_and_commit_leaves_nothing_behind(world: World) -> None:
    _fill(world, COMMUNITY, 30)
    with another_process(world, "hang_in_a_turn") as process:
        assert process.says() == "33"
        process.kill()
    assert world.views.position(COMMUNITY) == 0
    assert world.views.members(COMMUNITY) == []
    assert until(world.follower.run_once) == 33
    assert _as_replayed(world)


def test_a_batch_that_fails_leaves_neither_rows_nor_position(world: World) -> None:
    _fill(world, COMMUNITY, 4)
    world.follower.catch_up()
    before, position = world.timelines(), world.views.position(COMMUNITY)
    with pytest.raises(ZeroDivisionError):
        fail_within_a_turn(world)
    assert (world.timelines(), world.views.position(COMMUNITY)) == (before, position)
    world.tell(world.work("m4", 50), world.work("m4", 51))
    assert world.level("m4") == 1


@pytest.mark.parametrize("world", ["postgres"], indirect=True)
def test_different_communities_have_their_turns_at_once_and_one_has_one_owner(world: World) -> None:
    world.open_community("one", "other")
    views = world.views.at("one")
    with views.turn("one") as first, views.turn("other") as second, views.turn("one") as third:
        assert first
        assert second
        assert third is None
        with views.turn("one", AWARDS) as awards:
            assert awards


@pytest.mark.parametrize("world", ["sqlite"], indirect=True)
def test_on_sqlite_nobody_is_locked_out_while_a_batch_is_folded_and_whoever_comes_further_writes(world: World) -> None:
    _fill(world, COMMUNITY, 10)
    slow, quick = (Follower(world.book, world.views) for _ in range(2))
    with world.views.at(COMMUNITY).turn(COMMUNITY) as batch:
        assert batch
        assert slow.project(batch, 5) == 5
        assert quick.run_once(7) == 7
    assert batch.moved == 0
    assert world.views.position(COMMUNITY) == 7
    with world.views.at(COMMUNITY).turn(COMMUNITY) as batch:
        assert batch
        assert slow.project(batch, 5) == 5
        assert quick.run_once(2) == 2
    assert batch.moved == 3
    assert world.views.position(COMMUNITY) == 12
    assert quick.catch_up() == 1
    assert _as_replayed(world)


@pytest.mark.parametrize("world", ["sqlite"], indirect=True)
def test_on_sqlite_timelines_that_came_further_while_they_were_read_are_taken_as_they_are(world: World) -> None:
    _fill(world, COMMUNITY, 10)
    Follower(world.book, world.views).run_once(5)
    late = Follower(world.book, world.views)
    with world.views.at(COMMUNITY).turn(COMMUNITY) as batch:
        assert batch
        assert Follower(world.book, world.views).run_once(4) == 4
        assert late.project(batch, 6) == 2
    assert batch.moved == 2
    assert late.catch_up() == 2
    assert _as_replayed(world)


def test_what_was_folded_and_not_written_is_forgotten(world: World) -> None:
    _fill(world, COMMUNITY, 10)
    with pytest.raises(ZeroDivisionError):
        _fold_and_fail(world)
    assert world.follower.catch_up() == 13
    assert _as_replayed(world)


def _fold_and_fail(world: World) -> None:
    with world.views.at(COMMUNITY).turn(COMMUNITY) as batch:
        assert batch
        world.follower.project(batch, 9)
        raise ZeroDivisionError


def test_followers_that_alternate_take_in_what_the_other_wrote(world: World) -> None:
    _fill(world, COMMUNITY, 40)
    world.publish(LAW)
    one, other = (Follower(world.book, world.views) for _ in range(2))
    turns = [(one, other)[n % 2].run_once(7) for n in range(7)]
    assert turns == [7, 7, 7, 7, 7, 7, 2]
    assert _as_replayed(world)


def test_a_huge_community_does_not_keep_the_others_waiting(world: World) -> None:
    names = ["a-small", "z-small"]
    world.open_community("huge", *names)
    world.append(*(world.work(f"m{n % 7}", n % 50, f"i:{n}") for n in range(60)), community="huge")
    for name in names:
        world.append(world.work("ada", 1), community=name)
    turns = []
    while world.follower.run_once(20):
        at = world.views.positions(0)
        turns.append((at["huge"], at["a-small"] + at["z-small"]))
    assert turns[2] == (20, 2)
    assert turns[-1] == (60, 2)
    world.append(*(world.work(f"m{n % 7}", n % 50, f"j:{n}") for n in range(60)), community="huge")
    world.follower.run_once(20)
    world.append(world.work("bo", 2), community="a-small")
    world.follower.run_once(20)
    assert world.views.positions(0)["a-small"] == 2


def test_with_more_communities_than_fit_in_memory_each_comes_out_right(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "_KEPT_FACTS", 15)
    names = [f"c{n}" for n in range(4)]
    world.open_community(*names)
    for name in names:
        _fill(world, name, 10)
    while world.follower.run_once(5):
        assert len(world.follower._known) <= 3
    assert _as_replayed(world)


def test_a_community_that_cannot_be_read_is_left_out_and_the_others_go_on(world: World) -> None:
    world.open_community("strange", "plain")
    for name in ("strange", "plain"):
        _fill(world, name, 5)
    _spoil(world, "strange", broken=True)
    while world.follower.run_once():
        pass
    assert set(world.follower.left_out) == {"strange"}
    assert world.views.position("plain") == world.book.head("plain")
    with pytest.raises(UnknownShapeError):
        world.follower.catch_up()
    _spoil(world, "strange", broken=False)
    assert world.follower.catch_up() == 8
    assert world.follower.left_out == {}
    assert _as_replayed(world)


def test_where_there_is_no_room_for_what_leaves_memory_a_community_is_left_out_until_there_is(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fill(world, COMMUNITY, 30)
    world.follower = Follower(world.book, world.views, keep=1)  # fact that stays in memory
    with monkeypatch.context() as patch:
        patch.setattr(shelves, "_PRAGMAS", ("max_page_count = 2",))
        while world.follower.run_once(5):
            pass
        assert "wanted room for temporary files" in world.follower.left_out[COMMUNITY]
        assert world.views.position(COMMUNITY) < world.book.head(COMMUNITY)
    world.follower.catch_up()
    assert world.follower.left_out == {}
    assert _as_replayed(world)


def _spoil(world: World, community: str, *, broken: bool) -> None:
    """Make a stored fact one of a shape that nobody knows, or put it right."""
    ((state,),) = in_ledger(world, "SELECT state FROM stored_events WHERE community = ? AND position = 3", community)
    state = b"\xff" + state if broken else state[1:]
    sql = "UPDATE stored_events SET state = ? WHERE community = ? AND position = 3 RETURNING position"
    assert len(in_ledger(world, sql, state, community)) == 1


@pytest.mark.parametrize("world", ["postgres"], indirect=True)
def test_catching_up_does_not_wait_for_ever_for_anothers_turn(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_STALL_SECONDS", 0.2)
    _fill(world, COMMUNITY, 5)
    with world.views.at(COMMUNITY).turn(COMMUNITY) as held:
        assert held
        with pytest.raises(StalledError, match=COMMUNITY):
            world.follower.catch_up()
    assert world.follower.catch_up() == 8


@pytest.mark.parametrize("world", ["postgres"], indirect=True)
def test_a_turn_whose_process_fell_silent_goes_to_another_and_a_long_one_is_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connecting._VANISHING, "idle_in_transaction_session_timeout", "800ms")
    monkeypatch.setattr(views_turn, "_HELD_SECONDS", 0.1)
    _fill(world, COMMUNITY, 5)
    with closing(open_views(world.database, world.book.shard_of)) as views:
        with views.at(COMMUNITY).turn(COMMUNITY) as long:
            assert long
            for _ in range(8):
                time.sleep(0.2)
                long.hold()
            assert world.follower.project(long, 3) == 3
        assert world.views.position(COMMUNITY) == 3
        with ExitStack() as stack:
            silent = stack.enter_context(views.at(COMMUNITY).turn(COMMUNITY))
            assert silent
            assert world.follower.run_once() == 0
            assert world.follower.catch_up() == 5
            silent.advance(4)
            with pytest.raises(LedgerUnavailableError):
                stack.close()
    assert _as_replayed(world)


@pytest.mark.parametrize("world", ["sqlite"], indirect=True)
def test_a_locked_file_is_waited_for_and_not_taken_for_a_bug(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("projections.views.sqlite._BUSY_SECONDS", 0.1)
    _fill(world, COMMUNITY, 5)
    world.views.close()  # so that the next connections have that patience
    views = sqlite3.connect(f"{world.database.removesuffix('.sqlite')}.views.sqlite", isolation_level=None)
    views.execute("BEGIN IMMEDIATE")
    with pytest.raises(LedgerUnavailableError, match="locked"):
        world.follower.run_once()
    views.execute("ROLLBACK")
    views.close()
    assert world.follower.run_once() == 8


def test_two_shards_are_followed_apart(two_shards: World) -> None:
    world = two_shards
    _fill(world, COMMUNITY, 6)
    _fill(world, ELSEWHERE, 10)
    assert [follower.catch_up() for follower in world.followers] == [9, 13]
    assert world.views.positions(0) == {COMMUNITY: 9}
    assert world.views.positions(1) == {ELSEWHERE: 13}
    assert (world.level("m0"), world.level("m0", ELSEWHERE)) == (1, 1)
    assert world.standings.wait(ELSEWHERE, 13, 0.0)
    assert all(_as_replayed(world, shard) for shard in (0, 1))


def test_a_community_has_its_views_in_another_shard_before_it_is_moved_there(two_shards: World) -> None:
    world = two_shards
    _fill(world, COMMUNITY, 6)
    _fill(world, ELSEWHERE, 6)
    for follower in world.followers:
        follower.catch_up()
    here, there = world.views.shards
    assert world.followers[1].catch_up(communities=[COMMUNITY]) == 9
    assert {row.member: row.derived for row in there.members(COMMUNITY)} == world.timelines()
    here.generations.forget(COMMUNITY)
    assert (here.members(COMMUNITY), here.positions()) == ([], {})
    assert there.positions() == {COMMUNITY: 9, ELSEWHERE: 9}


def test_the_same_turns_by_several_processes_over_two_shards(two_shards: World) -> None:
    world = two_shards
    names = [f"c{n}" for n in range(4)]
    world.open_community(*names)
    for name in (COMMUNITY, ELSEWHERE, *names):
        _fill(world, name, 20)
    with another_process(world, "follow") as one, another_process(world, "follow") as other:
        assert [one.says(), other.says()] == ["ready"] * 2
        for name in (COMMUNITY, ELSEWHERE, *names):
            world.append(*(world.work("late", n, f"i:late/{n}") for n in range(5)), community=name)
            assert world.standings.wait(name, world.book.head(name), 20)
    assert all(_as_replayed(world, shard) for shard in (0, 1))
