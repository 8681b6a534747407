"""A quarter of a real book, on both stores: counted by hand, frozen, and what was learnt since."""

from __future__ import annotations

from typing import Any

from projections import Span
from tests.projections.history_of import day
from tests.world import COMMUNITY, World

Q2 = Span(before=day(0), start=day(91), end=day(182), after=day(274))  # of 2024
LAW: dict[str, Any] = {
    "charter": 1,
    "name": "Guild",
    "rules": [
        {
            "rule": "voice",
            "version": 1,
            "grants": {"level": 1},
            "all": [{"count": "contribution", "at_least": 2, "label": "Shared twice"}],
        },
    ],
    "ladder": [{"level": 0, "name": "Guest"}, {"level": 1, "name": "Voice"}],
    "leader_roles": [{"role": "host", "name": "Host", "term": "90d"}],
}


def role(world: World, who: str, at: float, change: str) -> dict[str, Any]:
    return world.event("assignment", at, member=person(who), kind="role", value="host", change=change)


def story(world: World, at: float, **more: Any) -> dict[str, Any]:
    return world.event("impact", at, member=person("ada"), summary="The ward is quieter at night.", **more)


def person(who: str) -> dict[str, str]:
    return {"platform": "forum", "id": who}


def a_quarter(world: World) -> None:
    """Ada is there throughout; Bo falls silent, Cy returns, Di joins, Eve leaves; Ada, Bo and Cy lead."""
    world.clock.now = day(1)
    world.publish(LAW)
    world.clock.now = day(120)
    world.publish(LAW | {"norms": ["Ask before you advise."]})
    world.clock.now = day(181)
    withdrawn = story(world, 112, kind="story")
    world.tell(
        *(world.work("ada", at) for at in (10, 100)),
        world.work("bo", 20),
        *(world.work("cy", at) for at in (-50, 120)),
        world.event("membership", 95, member=person("di"), change="joined"),
        world.work("di", 96),
        world.work("eve", 30),
        world.event("membership", 140, member=person("eve"), change="left"),
        role(world, "ada", 10, "started"),
        role(world, "bo", 100, "started"),
        role(world, "cy", 20, "started"),
        role(world, "cy", 105, "ended"),
        story(world, 110, kind="story", visibility="public"),
        story(world, 111, kind="practice_change"),
        withdrawn,
        world.event("retraction", 113, retracts=withdrawn["id"], reason="mistake"),
    )


def test_a_quarter_is_counted(world: World):
    a_quarter(world)
    told = world.standings.quarters.of(COMMUNITY, Q2, day(182))
    counts = {name: told[name] for name in ("active", "active_before", "joined", "left", "returned", "quiet")}
    assert counts == {"active": 3, "active_before": 3, "joined": 1, "left": 1, "returned": 1, "quiet": 2}
    assert told["levels"] == [{"level": 1, "name": "Voice", "members": 2}]  # Ada on day 100, Cy on day 120
    (host,) = told["roles"]
    assert host == {"role": "host", "name": "Host", "held": 2, "begun": 1, "ended": 1, "ending": 1, "overdue": 1}
    assert told["stories"] == {"practice_change": 1, "story": 1}
    (told_to_all,) = world.book.reveal(COMMUNITY, told["told"])
    assert told_to_all["summary"] == "The ward is quieter at night."
    (charter,) = told["charters"]
    assert (charter["version"], charter["published"]) == (2, "2024-04-30T00:00:00Z")
    assert [(one["part"], one["change"], one["name"]) for one in charter["changes"]] == [
        ("norms", "added", "Ask before you advise.")
    ]
    assert told["alarms"] == []
    assert told["badges"] == []


def test_a_late_fact_changes_nothing_that_was_known(world: World):
    a_quarter(world)
    quarters = world.standings.quarters
    before = quarters.of(COMMUNITY, Q2, day(182))
    assert quarters.since(COMMUNITY, Q2, day(182)) == 0

    world.clock.now = day(190)
    world.tell(world.work("fay", 150), world.work("fay", 185), world.work("fay", 80))

    assert quarters.of(COMMUNITY, Q2, day(182)) == before
    assert quarters.since(COMMUNITY, Q2, day(182)) == 1
    assert quarters.since(COMMUNITY, Q2, day(182)) == 1
    now = quarters.of(COMMUNITY, Q2, day(190))
    assert (now["active"], now["active_before"]) == (4, 4)


def test_nobody_is_named(world: World):
    a_quarter(world)
    told = repr(world.standings.quarters.of(COMMUNITY, Q2, day(182)))
    accounts = [world.account(who) for who in ("ada", "bo", "cy", "di", "eve")]
    assert not [one for one in accounts if one in told]


def test_what_stopped_is_told_as_it_stood_then(world: World):
    """A source that was heard every day for half a year, and then no more."""
    world.clock.now = day(0)
    world.publish(LAW)
    world.clock.now = day(181)
    world.tell(*(world.work("ada", -60 + number) for number in range(180)))
    (alarm,) = world.standings.quarters.of(COMMUNITY, Q2, day(182))["alarms"]
    assert (alarm["alarm"], alarm["last"]) == ("silent-source", "2024-04-29")


def test_a_community_without_facts_has_a_quarter(world: World):
    told = world.standings.quarters.of(COMMUNITY, Q2, day(182))
    assert (told["active"], told["roles"], told["charters"], told["position"]) == (0, [], [], 0)
