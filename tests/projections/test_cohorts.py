"""Cohorts by rule, by hand and by the quarter in which members joined."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from projections import UnknownCohortError
from projections.asked.cohorts import STILL_ACTIVE, Summary, by_cohort, cohorts_of, joined_in, summary
from tests.projections.history_of import Teller, charter, day, fold
from tests.world import COMMUNITY, World

LAW = charter(
    {"grants": {"level": 1}, "all": [{"count": "contribution", "at_least": 1}]},
    {"grants": {"level": 2}, "all": [{"count": "contribution", "at_least": 3}]},
    {"grants": {"badge": "helper"}, "all": [{"count": "contribution", "at_least": 2}]},
    {"grants": {"eligible": "host"}, "all": [{"count": "contribution", "at_least": 3, "within": "30d"}]},
    {"grants": {"cohort": "coders"}, "all": [{"count": "contribution", "where": {"kind": "code"}, "at_least": 2}]},
)


def test_by_rule_by_hand_and_by_quarter():
    """Ada codes from January on; Bo joins in April and is put among the founders from day 100 to day 200."""
    tell = Teller()
    facts = [tell.work("ada", n, f"i{n}") for n in (1, 2, 3)]
    facts += [tell.work("bo", 95, "post", kind="post")]
    term = {"start": day(100), "end": day(200)}
    facts += [tell("assignment", 96, member="bo", kind="cohort", value="founders", change="started", period=term)]
    derived: Any = fold(LAW, facts).derived

    assert by_cohort(derived, day(0)) == {}
    assert cohorts_of(derived["ada"], day(10)) == {"coders": day(2), "joined-2024q1": day(1)}
    assert cohorts_of(derived["bo"], day(99)) == {"joined-2024q2": day(95)}
    assert cohorts_of(derived["bo"], day(150)) == {"founders": day(100), "joined-2024q2": day(95)}
    assert cohorts_of(derived["bo"], day(200)) == {"joined-2024q2": day(95)}

    ada = Summary(1, 1, {2: 1}, {}, {"host": 1}, {"helper": 1})
    assert by_cohort(derived, day(10)) == {"coders": ada, "joined-2024q1": ada}
    later = by_cohort(derived, day(150))
    assert list(later) == ["coders", "founders", "joined-2024q1", "joined-2024q2"]
    assert later["coders"] == Summary(1, 0, {2: 1}, {}, {}, {"helper": 1})
    assert later["founders"] == later["joined-2024q2"] == Summary(1, 1, {1: 1}, {}, {}, {})


def test_whoever_only_was_spoken_of_is_in_no_cohort():
    tell = Teller()
    derived: Any = fold(LAW, [tell.work("ada", 1, "i"), tell.voice("ada", "bo", 2)]).derived
    assert cohorts_of(derived["bo"], day(9)) == {}
    assert summary(derived.values(), day(9)).members == 2


def test_quarters_are_of_the_communitys_calendar():
    last_minute = 1_711_929_540_000_000  # 2024-03-31T23:59:00Z
    assert joined_in(last_minute) == "joined-2024q1"
    assert joined_in(last_minute, ZoneInfo("Europe/Paris")) == "joined-2024q2"
    assert joined_in(-1) == "joined-1969q4"


def test_still_active_is_ninety_days():
    tell = Teller()
    derived = fold(LAW, [tell.work("ada", 1, "i")]).derived.values()
    assert summary(derived, day(1) + STILL_ACTIVE).active == 1
    assert summary(derived, day(1) + STILL_ACTIVE + 1).active == 0


def test_it_is_told_in_order():
    told = Summary(3, 1, {10: 1, 2: 2}, {"b": 1, "a": 1}, {}, {}).told()
    assert list(told["levels"].items()) == [("2", 2), ("10", 1)]
    assert list(told["roles"]) == ["a", "b"]
    assert list(told) == ["members", "active", "levels", "roles", "eligible", "badges"]


def test_a_community_is_told_cohort_by_cohort(world: World) -> None:
    """Ada is in a cohort by rule, Bo by hand, and in one that no charter names; everyone is in her quarter's."""
    document = {**LAW.document, "timezone": "UTC", "cohorts": [{"cohort": "founders", "name": "Founders"}]}
    world.publish(document)
    who = {"platform": "forum", "id": "bo"}
    world.tell(
        *(world.work("ada", n) for n in (1, 2, 3)),
        world.work("bo", 95),
        world.event("assignment", 96, member=who, kind="cohort", value="founders", change="started"),
        world.event("assignment", 97, member=who, kind="cohort", value="night-shift", change="started"),
    )

    told = world.standings.cohorts(COMMUNITY)
    assert told["everyone"]["members"] == 2
    assert told["everyone"]["levels"] == {"1": 1, "2": 1}
    assert told["position"] == world.book.head(COMMUNITY)
    shown = [(one["cohort"], one["name"], one["rules"], one["members"]) for one in told["cohorts"]]
    assert shown == [
        ("founders", "Founders", [], 1),
        ("coders", "coders", ["r4"], 1),
        ("night-shift", "night-shift", [], 1),
        ("joined-2024q1", "Joined in the first quarter of 2024", [], 1),
        ("joined-2024q2", "Joined in the second quarter of 2024", [], 1),
    ]
    before = world.standings.cohorts(COMMUNITY, as_of=day(50))
    assert [one["members"] for one in before["cohorts"]] == [0, 1, 1]

    ada, bo = world.account("ada"), world.account("bo")
    members = world.standings.members
    assert [one["account"] for one in members(COMMUNITY)] == [ada, bo]
    inside = members(COMMUNITY, cohort="coders")
    assert [(one["account"], one["cohort_since"]) for one in inside] == [(ada, "2024-01-03T00:00:00Z")]
    (found,) = members(COMMUNITY, cohort="founders")
    assert (found["account"], found["cohorts"]) == (bo, ["founders", "night-shift"])
    assert members(COMMUNITY, cohort="joined-2031q4") == []
    assert members(COMMUNITY, cohort="founders", as_of=day(50)) == []
    with pytest.raises(UnknownCohortError, match=r"wanted a cohort .*founders, coders.*, got elders"):
        members(COMMUNITY, cohort="elders")
