"""Following, reading and rebuilding, on both stores."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from projections import Follower, Standings, UnknownMemberError, UnknownRuleError, rebuild, simulate
from projections.asked.folds import replay
from projections.views.worker import charters_of
from tests.projections.history_of import DAY, day
from tests.world import COMMUNITY

if TYPE_CHECKING:
    from tests.world import World


def _charter(need: int = 2, **more: Any) -> dict[str, Any]:
    return {
        "charter": 1,
        "name": "Guild",
        "ladder": [{"level": 1, "name": "Maker"}, {"level": 2, "name": "Keeper"}],
        "leader_roles": [{"role": "host", "name": "Host"}],
        "rules": [
            {
                "rule": "maker",
                "version": need,
                "grants": {"level": 1},
                "all": [{"count": "contribution", "at_least": need}],
                **more,
            },
            {
                "rule": "keeper",
                "version": 1,
                "grants": {"level": 2},
                "all": [{"count": "endorsement", "where": {"endorser_level": {"at_least": 1}}, "at_least": 1}],
            },
            {
                "rule": "host-ready",
                "version": 1,
                "grants": {"eligible": "host"},
                "all": [{"count": "contribution", "within": "30d", "at_least": 1}],
            },
        ],
    }


def test_a_member_rises_by_what_is_posted(world: World) -> None:
    world.publish(_charter())
    world.tell(world.work("ada", 1))
    assert world.level("ada") == 0
    world.tell(world.work("ada", 2))
    standing = world.standings.standing(COMMUNITY, world.account("ada"))
    assert (standing["level"], standing["level_name"]) == (1, "Maker")
    assert standing["level_since"] == "2024-01-03T00:00:00Z"
    assert standing["progress"]["missing"] == ["count endorsement at least 1 (0 of 1)"]
    verdict = world.standings.verdict(COMMUNITY, world.account("ada"), "maker")
    assert verdict["met"]
    assert len(verdict["tree"]["of"][0]["evidence"]) == 2


def test_questions_about_another_day_and_what_it_knew(world: World) -> None:
    world.publish(_charter())
    world.tell(world.work("ada", 1), world.work("ada", 2))
    known_before = world.clock.now
    world.clock.now += DAY
    late = world.work("bo", 0.5)
    world.tell(late, world.work("bo", 0.6))

    assert world.level("ada", as_of=day(1.5)) == 0
    assert world.level("ada", as_of=day(3)) == 1
    assert world.level("bo", as_of=day(3)) == 1  # by what we know now
    assert world.level("bo", as_of=day(3), known_at=known_before) == 0  # by what we knew then
    assert world.level("ada", as_of=day(3), known_at=known_before) == 1


def test_a_charter_that_looks_back_binds_the_whole_history_and_one_that_does_not_only_what_follows(
    world: World,
) -> None:
    world.publish(_charter(need=1))
    world.tell(world.work("ada", 1), world.work("bo", 1), world.work("bo", 2))
    assert (world.level("ada"), world.level("bo")) == (1, 1)
    world.publish(_charter(need=2))
    world.follower.catch_up()
    assert (world.level("ada"), world.level("bo")) == (0, 1)
    world.publish(_charter(need=3, looks_back="now"))
    world.follower.catch_up()
    assert (world.level("ada"), world.level("bo")) == (0, 1)  # holders keep what they have


def test_two_followers_take_turns_and_nothing_is_counted_twice(world: World) -> None:
    world.publish(_charter())
    events = [world.work(f"m{n % 7}", n % 50) for n in range(300)]
    followers = [Follower(world.book, world.views) for _ in range(2)]
    stop = threading.Event()

    def follow(follower: Follower) -> None:
        while not stop.is_set():
            follower.run_once(17)

    threads = [threading.Thread(target=follow, args=(follower,)) for follower in followers]
    for thread in threads:
        thread.start()
    for start in range(0, len(events), 30):
        world.book.append(events[start : start + 30], community=COMMUNITY)
    assert world.standings.wait(COMMUNITY, world.book.head(COMMUNITY))
    stop.set()
    for thread in threads:
        thread.join()
    live = world.timelines()
    rebuild(world.book, world.views)
    assert live == world.timelines()
    assert sum(row.acts for row in live.values()) == 300


def test_a_batch_that_fails_leaves_neither_rows_nor_position(world: World) -> None:
    world.publish(_charter())
    world.tell(world.work("ada", 1))
    before, position = world.timelines(), world.views.position(COMMUNITY)
    with pytest.raises(ZeroDivisionError):
        fail_within_a_turn(world)
    assert (world.timelines(), world.views.position(COMMUNITY)) == (before, position)
    world.tell(world.work("ada", 2))
    assert world.level("ada") == 1


def fail_within_a_turn(world: World) -> None:
    """Write half of a turn, and fail."""
    members = [row.member for row in world.views.members(COMMUNITY)]
    with world.views.at(COMMUNITY).turn(COMMUNITY) as batch:
        assert batch is not None
        batch.drop_members(members)
        batch.advance(99)
        raise ZeroDivisionError


def test_a_new_process_goes_on_where_the_last_one_stopped(world: World) -> None:
    world.publish(_charter())
    world.tell(world.work("ada", 1), world.work("bo", 1))
    world.follower = Follower(world.book, world.views)
    world.tell(world.work("ada", 2), world.voice("ada", "bo", 3))
    assert (world.level("ada"), world.level("bo")) == (1, 2)


def test_what_does_not_exist_is_told(world: World) -> None:
    world.publish(_charter())
    world.tell(world.work("ada", 1))
    with pytest.raises(UnknownMemberError):
        world.standings.standing(COMMUNITY, "nobody")
    with pytest.raises(UnknownRuleError, match="host-ready, keeper, maker"):
        world.standings.verdict(COMMUNITY, world.account("ada"), "nonsense")


def test_leaders_are_those_whom_a_rule_calls_ready_today(world: World) -> None:
    world.publish(_charter())
    world.tell(world.work("ada", 90), world.work("bo", 10))
    term = {"start": "2024-03-01T00:00:00Z", "end": "2024-04-20T00:00:00Z"}
    member = {"platform": "forum", "id": "cy"}
    world.tell(world.event("assignment", 60, member=member, kind="role", value="host", change="started", period=term))
    found = world.standings.leaders(COMMUNITY)
    assert [one["account"] for one in found["eligible"]] == [world.account("ada")]
    assert [(one["account"], one["ends"]) for one in found["ending"]] == [(world.account("cy"), term["end"])]


def test_what_if_names_gains_and_losses_and_writes_nothing(world: World) -> None:
    world.publish(_charter(need=2))
    world.tell(world.work("ada", 1), world.work("bo", 1), world.work("bo", 2))
    before = world.timelines()
    easier = simulate(world.book, COMMUNITY, _charter(need=1), at=world.clock.now)
    assert [(one["account"], one["grant"], one["value"]) for one in easier["gains"]] == [
        (world.account("ada"), "level", 1)
    ]
    harder = simulate(world.book, COMMUNITY, _charter(need=3), at=world.clock.now)
    assert [one["account"] for one in harder["losses"]] == [world.account("bo")]
    assert world.timelines() == before
    assert Standings(world.book, world.views).charter(COMMUNITY).version == 1


def test_what_speaks_of_the_unknown_waits_and_counts_once_it_is_known(world: World) -> None:
    world.publish(_charter(need=1))
    ada = {"platform": "forum", "id": "ada"}
    liked = {**world.event("endorsement", 5, endorser=ada, item="i:later", strength="reaction")}
    undone = world.event("retraction", 6, retracts="contribution-99", reason="deleted_at_source")
    world.tell(liked, undone)
    assert [fact.topic for fact in world.standings.waiting(COMMUNITY)] == ["retraction.v1", "endorsement.v1"]
    late = {**world.work("bo", 7, "i:later"), "id": "contribution-98"}
    gone = {**world.work("cy", 7, "i:gone"), "id": "contribution-99"}
    world.tell(late, gone)
    assert world.standings.waiting(COMMUNITY) == []
    assert world.level("bo") == 1
    assert world.level("cy") == 0


def test_a_charter_announced_for_a_later_day_binds_from_that_day(world: World) -> None:
    world.publish(_charter(need=1))
    world.tell(world.work("ada", 1), world.work("ada", 2), world.work("bo", 3))
    now, announced = world.clock.now, day(120)
    world.book.publish_charter(COMMUNITY, _charter(need=2, version=2), effective=announced, by="test")
    world.follower.catch_up()
    assert world.standings.charter(COMMUNITY).version == 1
    assert [world.level(who) for who in ("ada", "bo")] == [1, 1]
    assert [world.level(who, as_of=announced) for who in ("ada", "bo")] == [1, 0]
    since = world.standings.standing(COMMUNITY, world.account("ada"), as_of=announced)["level_since"]
    world.clock.now = announced
    assert world.standings.charter(COMMUNITY).version == 2
    assert [world.level(who) for who in ("ada", "bo")] == [1, 0]
    assert since == "2024-01-02T00:00:00Z"
    assert now < announced


def test_of_charters_only_what_is_new_is_read(world: World) -> None:
    assert world.standings.charter(COMMUNITY).version == 0
    for version in (1, 2, 3):
        world.publish(_charter(need=version, version=version))
        assert world.standings.charter(COMMUNITY).version == version
    assert world.standings.charter(COMMUNITY) is world.standings.charter(COMMUNITY)
    told = [world.book.charters(COMMUNITY, after=after) for after in range(4)]
    assert [[fact.open["charter_version"] for fact in some] for some in told] == [[1, 2, 3], [2, 3], [3], []]


def test_earlier_holders_keep_what_they_have_or_are_held_to_the_new_version(world: World) -> None:
    world.publish(_charter(need=1))
    world.tell(world.work("ada", 1), world.work("bo", 2), world.work("bo", 3))
    world.publish(_charter(need=2, holders="keep"))
    world.tell(world.work("cy", 105))
    world.clock.now = day(110)
    assert [world.level(who) for who in ("ada", "bo", "cy")] == [1, 1, 0]
    assert world.level("ada", as_of=day(1.5)) == 1
    world.publish(_charter(need=3, looks_back="now", holders="retest"))
    world.follower.catch_up()
    assert [world.level(who) for who in ("ada", "bo", "cy")] == [0, 0, 0]
    assert [world.level(who, as_of=world.clock.now - 1) for who in ("ada", "bo", "cy")] == [1, 1, 0]
    whole = replay(world.book, COMMUNITY, charters_of(world.book, COMMUNITY), world.book.head(COMMUNITY))
    assert world.timelines() == whole.derived


def test_a_rule_that_is_dropped_leaves_what_is_kept_and_ends_what_lapses(world: World) -> None:
    lapsing = {"rule": "busy", "version": 1, "grants": {"role": "busy"}, "on_lapse": {"after": "1d", "then": "revoke"}}
    busy = {**lapsing, "all": [{"count": "contribution", "at_least": 1}]}
    with_it, without = _charter(need=1), _charter(need=1)
    with_it["rules"] = [*with_it["rules"], busy]
    world.publish(with_it)
    world.tell(world.work("ada", 1))
    roles = [world.standings.standing(COMMUNITY, world.account("ada"))["roles"]]
    without["rules"] = without["rules"][1:]
    world.publish(without)
    world.follower.catch_up()
    ada = world.account("ada")
    told = [world.standings.standing(COMMUNITY, ada, as_of=world.clock.now + days * DAY) for days in (0, 2)]
    assert [*roles, *(one["roles"] for one in told)] == [["busy"], ["busy"], []]
    assert [one["level"] for one in told] == [1, 1]
