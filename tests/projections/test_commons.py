"""What a real community has in common, on both stores: works to use, sessions, offices. Histories counted by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from projections import Commons, Members, Office, Session, Team, Work
from schemas import format_time
from tests.projections.history_of import DAY, day
from tests.world import COMMUNITY

if TYPE_CHECKING:
    from tests.world import World

LAW = {
    "charter": 1,
    "name": "Guild",
    "rules": [{"rule": "one", "version": 1, "grants": {"level": 1}, "all": [{"count": "contribution", "at_least": 1}]}],
    "ladder": [{"level": 0, "name": "New"}, {"level": 1, "name": "Member"}],
    "leader_roles": [
        {"role": "host", "name": "Host", "term": "90d", "seats": 2},
        {"role": "scribe", "name": "Scribe"},
    ],
}


@pytest.fixture
def commons(world: World) -> Commons:
    world.publish(LAW)
    return Commons(world.book, world.views)


def who(name: str) -> dict[str, str]:
    return {"platform": "forum", "id": name}


def made(world: World, name: str, at: float, item: str, kind: str = "resource", **more: Any) -> dict[str, Any]:
    told = {"title": f"About {item}", "url": f"https://guild.example/{item}"} | more
    told = {field: value for field, value in told.items() if value}
    return world.event("contribution", at, author=who(name), item=item, kind=kind, **told)


def moderated(world: World, at: float, action: str, item: str) -> dict[str, Any]:
    return world.event("moderation", at, case="c1", item=item, action=action)


def shelf(commons: Commons) -> list[tuple[str, int]]:
    works: tuple[Work, ...] = commons.works(COMMUNITY)
    return [(told["title"], one.uses) for one, told in zip(works, commons.texts(COMMUNITY, works), strict=True)]


def test_the_shelf_has_what_others_can_use_and_how_often_they_built_on_it(world: World, commons: Commons) -> None:
    world.tell(
        made(world, "ada", 1, "a"),
        made(world, "bo", 2, "b", "talk"),
        made(world, "bo", 3, "post", "post"),  # nothing for others to use
        made(world, "bo", 3, "nameless", title=""),
        made(world, "bo", 3, "nowhere", url=""),
        made(world, "cy", 4, "c", about="b"),  # cy builds on b
        made(world, "bo", 5, "d", about="b"),  # one's own
        made(world, "ada", 6, "code", "code", about="b"),  # and ada, by something that is not for the shelf
        made(world, "ada", 7, "re", "reply", about="b"),  # no building
        world.event("impact", 8, member=who("cy"), kind="practice_change", summary="x", inspiredBy=["b", "a"]),
    )
    assert shelf(commons) == [("About b", 3), ("About a", 1), ("About d", 0), ("About c", 0)]


def test_versions_are_one_work_and_the_latest_words_count(world: World, commons: Commons) -> None:
    world.tell(
        made(world, "ada", 1, "a", skills=["oak"]),
        made(world, "ada", 2, "a", title="", url="", outcome="accepted", skills=["ash"]),
        made(world, "bo", 3, "a", title="Not yours"),
    )
    (work,) = commons.works(COMMUNITY)
    assert (work.at, work.skills) == (day(1), ("ash",))
    assert shelf(commons) == [("About a", 0)]
    world.tell(made(world, "ada", 4, "a", title="Better"))
    assert shelf(commons) == [("Better", 0)]
    world.tell(made(world, "ada", 5, "a", outcome="withdrawn"))
    assert shelf(commons) == []


def test_what_is_taken_back_or_away_leaves_at_once_and_lifts_nothing(world: World, commons: Commons) -> None:
    first, second = made(world, "ada", 1, "a"), made(world, "bo", 2, "b", about="a")
    world.append(first, second)  # nobody draws the consequences: the shelf asks the ledger itself
    assert shelf(commons) == [("About a", 1), ("About b", 0)]
    world.append(moderated(world, 3, "hidden", "b"))
    assert shelf(commons) == [("About a", 0)]
    world.append(moderated(world, 4, "restored", "b"))
    assert shelf(commons) == [("About a", 1), ("About b", 0)]
    world.append(world.event("retraction", 5, retracts=second["id"], reason="mistake"))
    assert shelf(commons) == [("About a", 0)]


def test_two_accounts_of_one_person_do_not_lift_each_other(world: World, commons: Commons) -> None:
    world.tell(made(world, "ada", 1, "a"), made(world, "ada2", 2, "b", about="a"))
    assert dict(shelf(commons))["About a"] == 1
    link = world.event("identity", 3, member=who("ada"), account=who("ada2"), change="linked", method="admin")
    world.tell(link)
    assert dict(shelf(commons))["About a"] == 0
    world.tell(world.event("retraction", 4, retracts=link["id"], reason="mistake"))
    assert dict(shelf(commons))["About a"] == 1


def test_an_erased_author_takes_her_works_with_her(world: World, commons: Commons) -> None:
    world.tell(made(world, "ada", 1, "a"), made(world, "bo", 2, "b", about="a"), made(world, "ada", 3, "c", about="b"))
    works = commons.works(COMMUNITY)
    world.book.erase(COMMUNITY, [world.account("ada")])
    assert [told.get("title") for told in commons.texts(COMMUNITY, works)] == ["About b", None, None]
    world.book.epoch(COMMUNITY, now=True)
    assert shelf(commons) == [("About b", 1)], "that it was built on stays"


def test_of_a_long_history_the_last_part_is_read(world: World) -> None:
    world.tell(*(made(world, "ada", n, f"a{n}") for n in range(1, 5)))
    commons = Commons(world.book, world.views, most=2)
    assert [title for title, _ in shelf(commons)] == ["About a4", "About a3"]
    world.tell(made(world, "ada", 6, "a6"))
    assert [title for title, _ in shelf(commons)] == ["About a6", "About a4", "About a3"]


# Sessions


def seat(world: World, name: str, at: float, state: str, session: str = "s", **more: Any) -> dict[str, Any]:
    told = {"session": session, "mode": "sync", "state": state} | more
    return world.event("attendance", at, attendee=who(name), **told)


def planned(world: World, at: float, start: float, session: str = "s", **more: Any) -> dict[str, Any]:
    when = {"start": format_time(day(start)), "end": format_time(day(start) + DAY // 24)}
    told = {"session": session, "mode": "sync", "state": "planned", "scheduled": when, "title": "Bending"} | more
    return world.event("attendance", at, **told)


def came(commons: Commons) -> dict[int, int]:
    """Return how many came, by the day a session began."""
    found: tuple[Session, ...] = commons.sessions(COMMUNITY)
    return {(one.start - day(0)) // DAY: one.came for one in found}


def test_who_came_is_counted_as_rules_count(world: World, commons: Commons) -> None:
    minutes = DAY / 1_440
    world.tell(
        planned(world, 1, 10),
        seat(world, "ada", 10, "attended"),
        seat(world, "bo", 10, "joined"),
        seat(world, "bo", 10 + 40 * minutes / DAY, "left"),  # of an hour
        seat(world, "cy", 10, "joined"),
        seat(world, "cy", 10 + 5 * minutes / DAY, "left"),  # looked in
        seat(world, "di", 10, "registered"),
        seat(world, "ed", 10, "attended"),
        seat(world, "ed", 10.5, "absent"),  # the list was wrong
        seat(world, "flo", 20, "attended", "t"),  # nobody planned it
        seat(world, "gil", 30, "registered", "u"),  # and to this nobody came
        planned(world, 2, 40, "v"),
    )
    assert came(commons) == {10: 2, 20: 1, 40: 0}
    (first, *_), (*_, last) = (commons.sessions(COMMUNITY),) * 2
    assert first.end == first.start + DAY // 24
    assert first.plan == 2
    assert first.over(day(10.5))
    assert not last.over(day(40.01)), "it is going on"


def test_a_plan_can_move_and_be_taken_back(world: World, commons: Commons) -> None:
    first, later = planned(world, 1, 10), planned(world, 2, 12)
    world.tell(first, later)
    assert came(commons) == {12: 0}
    world.tell(world.event("retraction", 3, retracts=later["id"], reason="mistake"))
    assert came(commons) == {10: 0}
    world.tell(world.event("retraction", 4, retracts=first["id"], reason="mistake"))
    assert came(commons) == {}


def test_two_accounts_of_one_person_came_once(world: World, commons: Commons) -> None:
    world.tell(seat(world, "ada", 10, "attended"), seat(world, "ada2", 10, "attended"))
    assert came(commons) == {10: 2}
    world.tell(world.event("identity", 11, member=who("ada"), account=who("ada2"), change="linked", method="admin"))
    assert came(commons) == {10: 1}


# Offices


def assigned(world: World, name: str, at: float, change: str, value: str, kind: str, **more: Any) -> dict[str, Any]:
    return world.event("assignment", at, member=who(name), kind=kind, value=value, change=change, **more)


def held(commons: Commons, world: World, at: float) -> tuple[dict[str, list[tuple[str, int | None]]], dict[str, int]]:
    names = {world.account(name): name for name in ("ada", "bo", "cy")}
    found: Members = commons.members(COMMUNITY, world.standings.charter(COMMUNITY), day(at))
    offices: tuple[Office, ...] = found.offices
    teams: tuple[Team, ...] = found.teams
    roles = {one.role.slug: [(names[seat.account], seat.ends) for seat in one.held] for one in offices}
    return roles, {one.slug: len(one.members) for one in teams}


def test_who_holds_a_role_and_until_when(world: World, commons: Commons) -> None:
    world.tell(*(world.work(name, 1) for name in ("ada", "bo", "cy")))
    world.tell(
        assigned(world, "bo", 3, "started", "host", "role"), assigned(world, "ada", 2, "started", "host", "role")
    )
    roles, _ = held(commons, world, 20)
    assert roles == {"host": [("ada", day(92)), ("bo", day(93))], "scribe": []}
    offices = commons.members(COMMUNITY, world.standings.charter(COMMUNITY), day(20)).offices
    assert [one.empty for one in offices] == [0, 1]
    world.tell(assigned(world, "ada", 30, "ended", "host", "role"))
    assert held(commons, world, 40)[0]["host"] == [("bo", day(93))]
    assert held(commons, world, 200)[0]["host"] == [("bo", day(93))], "overdue, and still held"


def test_who_is_in_a_team(world: World, commons: Commons) -> None:
    until = {"period": {"start": format_time(day(2)), "end": format_time(day(50))}}
    world.tell(*(world.work(name, 1) for name in ("ada", "bo", "cy")))
    world.tell(
        assigned(world, "ada", 2, "started", "tools", "team"),
        assigned(world, "bo", 2, "started", "tools", "team", **until),
        assigned(world, "cy", 2, "nominated", "tools", "team"),
        assigned(world, "cy", 3, "started", "garden", "team"),
    )
    assert held(commons, world, 20)[1] == {"garden": 1, "tools": 2}
    world.tell(assigned(world, "cy", 30, "ended", "garden", "team"))
    assert held(commons, world, 60)[1] == {"tools": 1}
