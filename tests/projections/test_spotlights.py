"""What there is to celebrate in a real book, on both stores: moments, turns in the light, consent, quiet history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from projections import LATE, RESTS, Account, Light, Moment, Per, Spotlights
from projections.spotlights.turns import Candidate, anchor, in_turn
from tests.projections.history_of import DAY, day
from tests.world import COMMUNITY

if TYPE_CHECKING:
    from tests.world import World

LAW = {
    "charter": 1,
    "name": "Guild",
    "rules": [
        {
            "rule": f"level-{level}",
            "version": 1,
            "grants": {"level": level},
            "all": [{"count": "contribution", "at_least": works}],
        }
        for level, works in ((1, 1), (2, 3))
    ],
    "ladder": [{"level": 0, "name": "New"}, {"level": 1, "name": "Member"}, {"level": 2, "name": "Maker"}],
    "leader_roles": [{"role": "host", "name": "Host", "term": "90d"}],
}
PAIR = (("member", "ada"), ("account", "ada2"))
POLICY = {"uri": "https://guild.example/consent"}


@pytest.fixture
def lights(world: World) -> Spotlights:
    """Give the spotlights of a world whose facts are recorded as they happen."""
    world.clock.now = day(0)  # `recorded` never decreases
    world.publish(LAW)
    return Spotlights(world.book, world.views)


def light(lights: Spotlights, world: World, at: float, per: Per = "week") -> Light:
    return lights.of(world.standings.charter(COMMUNITY), COMMUNITY, per, day(at))


def tell(world: World, at: float, *events: dict[str, Any]) -> None:
    """Tell events, recorded on a day."""
    world.clock.now = day(at)
    world.tell(*events)


def consent(world: World, who: str, at: float, decision: str = "granted", **more: Any) -> dict[str, Any]:
    told = {"purpose": "spotlight", "policy": POLICY} | more
    return world.event("consent", at, member={"platform": "forum", "id": who}, decision=decision, **told)


def host(world: World, who: str, at: float, change: str) -> dict[str, Any]:
    return world.event(
        "assignment", at, member={"platform": "forum", "id": who}, kind="role", value="host", change=change
    )


def story(world: World, who: str, at: float, visibility: str = "community") -> dict[str, Any]:
    told = {"kind": "practice_change", "summary": "We changed the round.", "visibility": visibility}
    return world.event("impact", at, member={"platform": "forum", "id": who}, **told)


def kinds(found: Light) -> list[tuple[str, str]]:
    return [(one.kind, one.what) for one in found.moments]


def test_a_week_tells_what_happened_in_it(world: World, lights: Spotlights) -> None:
    tell(world, 9.5, *(world.work("ada", 7 + n) for n in (0, 1, 2)), host(world, "ada", 9.1, "started"))
    tell(world, 10, story(world, "ada", 9.2), story(world, "ada", 9.3, "private"))
    tell(world, 20, host(world, "ada", 19, "ended"))
    ada = world.account("ada")
    found = light(lights, world, 13.9)
    assert kinds(found) == [
        ("level", "1"),
        ("first-share", "code"),
        ("level", "2"),
        ("role-begun", "host"),
        ("story", "practice_change"),
    ]
    assert {one.who for one in found.moments} == {ada}
    first: Moment = next(one for one in found.moments if one.kind == "first-share")
    assert world.book.at(COMMUNITY, first.facts)[0].time == first.at == day(7)
    assert not any(one.quiet for one in found.moments)
    assert kinds(light(lights, world, 20)) == [("role-ended", "host")]
    assert light(lights, world, 30).empty


def test_an_open_week_tells_no_more_than_has_happened(world: World, lights: Spotlights) -> None:
    tell(world, 10, *(world.work("ada", 7 + n) for n in (0, 1, 2)))
    assert kinds(light(lights, world, 8.5)) == [("level", "1"), ("first-share", "code")]
    assert kinds(light(lights, world, 7.5, "day")) == [("level", "1"), ("first-share", "code")]
    assert kinds(light(lights, world, 8.5, "day")) == []
    assert ("level", "2") in kinds(light(lights, world, 8.5 + 20, "month"))


def test_the_calendar_is_the_community_s(world: World, lights: Spotlights) -> None:
    world.publish(LAW | {"timezone": "Pacific/Auckland"})
    tell(world, 10, world.work("ada", 6.7))  # Sunday afternoon in UTC, Monday in Auckland
    assert light(lights, world, 6.4).empty
    assert not light(lights, world, 6.9).empty


def test_what_an_import_tells_is_quiet_and_stands_where_it_happened(world: World, lights: Spotlights) -> None:
    tell(world, 50, *(world.work("ada", 7 + n) for n in (0, 1, 2)))
    found = light(lights, world, 13)
    assert len(found.moments) == 3
    assert all(one.quiet for one in found.moments)
    tell(world, 60, world.work("bo", 60 - (LATE - 1) / DAY), world.work("cy", 60 - (LATE + DAY) / DAY))
    quiet = {one.who: one.quiet for when in (52, 53.1) for one in light(lights, world, when, "day").moments}
    assert quiet == {world.account("bo"): False, world.account("cy"): True}


def test_what_time_alone_brought_before_the_book_began_is_quiet(world: World, lights: Spotlights) -> None:
    rule = {"rule": "stays", "version": 1, "grants": {"level": 1}, "all": [{"tenure": "joined", "at_least": "20d"}]}
    world.publish(LAW | {"rules": [rule]})
    for who, at, told in (("ada", 7, 50), ("bo", 45, 51)):
        joined = world.event("membership", at, member={"platform": "forum", "id": who}, change="joined")
        tell(world, told, joined)
    assert [one.quiet for one in light(lights, world, 27.9).moments] == [True]
    assert [one.quiet for one in light(lights, world, 69).moments] == [False]


def test_a_first_share_is_first_whatever_was_read(world: World, lights: Spotlights, monkeypatch: Any) -> None:
    monkeypatch.setattr("projections.spotlights.read.MOST_READ", 2)
    early = world.work("ada", 1)
    tell(world, 10, world.work("bo", 9, "i:old"), early)
    tell(world, 100, world.work("bo", 99), world.work("cy", 99.1))
    firsts = [one.who for one in light(lights, world, 99.5).moments if one.kind == "first-share"]
    assert firsts == [world.account("cy")]


def test_what_was_withdrawn_or_taken_away_is_not_celebrated(world: World, lights: Spotlights) -> None:
    work, other = world.work("ada", 8, "i:one"), world.work("bo", 8, "i:two")
    tell(world, 9, work, other, *(world.voice(by, "bo", 8.5, item="i:two") for by in ("cy", "di")))
    assert len(light(lights, world, 13).works) == 1
    tell(world, 10, world.event("retraction", 10, retracts=work["id"], reason="withdrawn_by_actor"))
    hidden = {"case": "c1", "item": "i:two", "action": "hidden"}
    tell(world, 10.5, world.event("moderation", 10.5, **hidden))
    assert kinds(light(lights, world, 13)) == []
    assert light(lights, world, 13).works == ()
    tell(world, 11, world.event("moderation", 11, **hidden | {"action": "restored"}))
    assert kinds(light(lights, world, 13)) == [("level", "1"), ("first-share", "code")]


def test_a_work_stands_out_by_distinct_peers(world: World, lights: Spotlights) -> None:
    tell(world, 8, *(world.work(who, 1, f"i:{who}") for who in ("ada", "bo", "cy")))
    voices = [("bo", "ada"), ("bo", "ada"), ("cy", "ada"), ("di", "ada"), ("ada", "bo"), ("cy", "bo"), ("ada", "cy")]
    told = [world.voice(by, of, 8 + n / 10, item=f"i:{of}") for n, (by, of) in enumerate(voices)]
    own = world.voice("ada", "ada", 9, item="i:ada")
    against = world.voice("eve", "bo", 9, item="i:bo") | {}
    against["data"]["strength"] = "objection"
    tell(world, 10, *told, own, against)
    works = light(lights, world, 13).works
    assert [(one.who, one.weight) for one in works] == [(world.account("ada"), (3,)), (world.account("bo"), (2,))]
    assert len(works[0].facts) == 1 + 3


def test_cheers_have_a_quota(world: World, lights: Spotlights) -> None:
    def cheer(by: str, of: str, at: float) -> dict[str, Any]:
        who = {"platform": "forum", "id": of}
        return world.event(
            "endorsement", at, endorser={"platform": "forum", "id": by}, endorsee=who, strength="sponsor"
        )

    tell(world, 8, *(world.work(who, 1) for who in ("ada", "bo", "cy", "di", "eve")))
    everybody = [cheer("eve", who, 8 + n / 10) for n, who in enumerate(("ada", "bo", "cy", "di"))]
    tell(world, 9, *everybody, cheer("bo", "ada", 8.9), cheer("bo", "ada", 8.95))
    found = {one.who: one.weight[0] for one in light(lights, world, 13).cheered}
    assert found == {world.account("ada"): 2, world.account("bo"): 1, world.account("cy"): 1}


def test_the_engaged_are_counted_by_kinds_of_doing(world: World, lights: Spotlights) -> None:
    tell(world, 8, *(world.work("ada", 7 + n / 10) for n in range(9)))
    tell(world, 9, world.work("bo", 8), world.voice("bo", "ada", 8.5), story(world, "bo", 8.6))
    (engaged,) = light(lights, world, 13).engaged
    assert (engaged.who, engaged.weight, engaged.what) == (world.account("bo"), (3, 1), "code endorsement impact")


def candidate(who: str, weight: int) -> Candidate:
    return Candidate(Account(who), (weight,), (0, who), "", ())


def test_who_stood_in_the_light_lets_others_go_first() -> None:
    everyone = {week: [candidate("ada", 9), candidate("bo", 5), candidate("cy", 2)] for week in range(20)}
    shown = [in_turn(everyone, 0, week, "week", seats=1)[0].who for week in range(6)]
    assert shown == ["ada", "bo", "cy", "ada", "bo", "cy"]
    alone = {0: [candidate("ada", 1)], 1: [candidate("ada", 1)]}
    assert [one.who for one in in_turn(alone, 0, 1, "week")] == ["ada"]
    rested = {0: [candidate("ada", 1)], RESTS["week"]: [candidate("ada", 9), candidate("bo", 5)]}
    assert [one.who for one in in_turn(rested, 0, RESTS["week"], "week")] == ["ada", "bo"]


@pytest.mark.parametrize("per", ["day", "week", "month"])
def test_turns_are_the_same_whenever_they_are_asked_for(per: Per) -> None:
    ordinal = 738_000
    one, next_day = anchor(ordinal, per), anchor(ordinal + 1, per)
    assert one <= next_day


def test_consent_is_the_latest_word_of_all_her_accounts(world: World, lights: Spotlights) -> None:
    tell(world, 9, world.work("ada", 8), consent(world, "ada", 8.1))
    ada = world.account("ada")
    assert lights.word(COMMUNITY, ada, day(9)) == "granted"
    assert lights.word(COMMUNITY, ada, day(8.05)) == "unsaid"
    both: dict[str, Any] = {name: {"platform": "forum", "id": who} for name, who in PAIR}
    tell(world, 10, world.work("ada2", 9), world.event("identity", 9.1, **both, change="linked", method="admin"))
    tell(world, 11, consent(world, "ada2", 10, "withdrawn"))
    assert lights.word(COMMUNITY, ada, day(11)) == "withdrawn"
    assert lights.left_alone(COMMUNITY, ada, day(11))
    back = consent(world, "ada", 12, expires="2024-01-20T00:00:00Z")
    tell(world, 13, back)
    assert lights.word(COMMUNITY, ada, day(13)) == "granted"
    assert lights.word(COMMUNITY, ada, day(25)) == "withdrawn"
    tell(world, 14, world.event("retraction", 14, retracts=back["id"], reason="mistake"))
    assert lights.word(COMMUNITY, ada, day(14)) == "withdrawn"


PAGE, BADGE = ("profile", "guildbook:page"), ("credential", "guildbook:badge/sharer")


def test_a_word_about_one_thing_is_of_that_alone(world: World, lights: Spotlights) -> None:
    def words(at: float) -> list[str]:
        return [*lights.words(COMMUNITY, world.account("ada"), day(at), [PAGE, BADGE, ("profile", None)]).values()]

    def said(at: float, decision: str, purpose: str, source: str | None = None) -> None:
        more = {"source": source} if source else {}
        tell(world, at + 0.01, consent(world, "ada", at, decision, purpose=purpose, **more))

    tell(world, 9, world.work("ada", 8))
    said(10, "granted", "profile")
    said(10.1, "granted", "credential")
    assert words(11) == ["unsaid", "unsaid", "granted"]
    said(12, "granted", *PAGE)
    said(12.1, "granted", *BADGE)
    assert words(13) == ["granted", "granted", "granted"]
    said(14, "withdrawn", *PAGE)
    assert words(15) == ["withdrawn", "granted", "granted"]
    assert not lights.left_alone(COMMUNITY, world.account("ada"), day(15))
    said(16, "withdrawn", "credential")
    assert words(17)[1] == "withdrawn"
    said(18, "granted", "credential")
    assert words(19)[1] == "withdrawn"
    said(20, "granted", *BADGE)
    said(20.1, "granted", "credential", "guildbook:badge/other")
    assert words(21)[1] == "granted"
    said(22, "withdrawn", "profile")
    assert words(23)[0] == "withdrawn"
    assert lights.left_alone(COMMUNITY, world.account("ada"), day(23))


def test_words_count_before_they_are_counted(world: World, lights: Spotlights, monkeypatch: Any) -> None:
    source = {"purpose": PAGE[0], "source": PAGE[1]}
    tell(world, 9, world.work("ada", 8), consent(world, "ada", 8.1, **source))
    ada = world.account("ada")
    assert lights.words(COMMUNITY, ada, day(9), [PAGE]) == {PAGE: "granted"}
    world.clock.now = day(10)
    world.book.append([consent(world, "ada", 9.5, "withdrawn", **source)], community=COMMUNITY)
    assert lights.word(COMMUNITY, ada, day(10), "profile") == "unsaid"
    assert lights.words(COMMUNITY, ada, day(10), [PAGE]) == {PAGE: "withdrawn"}
    world.book.append([consent(world, "ada", 9.6, **source)], community=COMMUNITY)
    assert lights.words(COMMUNITY, ada, day(10), [PAGE]) == {PAGE: "granted"}
    monkeypatch.setattr("projections.spotlights.read.MOST_AHEAD", 1)
    assert lights.words(COMMUNITY, ada, day(10), [PAGE]) == {}
    world.follower.catch_up()
    assert lights.words(COMMUNITY, ada, day(10), [PAGE]) == {PAGE: "granted"}


def attended(world: World, who: str, at: float, session: str = "s1", state: str = "attended") -> dict[str, Any]:
    told = {"session": session, "mode": "sync", "state": state}
    return world.event("attendance", at, attendee={"platform": "forum", "id": who}, **told)


def test_sessions_are_met_by_who_was_there(world: World, lights: Spotlights) -> None:
    start, end = (f"2024-01-13T{hour}:00:00Z" for hour in (18, 19))
    planned: dict[str, Any] = {
        "session": "s1",
        "mode": "sync",
        "state": "planned",
        "scheduled": {"start": start, "end": end},
    }
    mistaken = attended(world, "di", 12)
    absent = attended(world, "eve", 12, state="registered")
    tell(world, 13, world.event("attendance", 5, **planned), *(attended(world, who, 12) for who in ("ada", "bo")))
    tell(world, 13.1, mistaken, absent, attended(world, "ada", 12.5, state="left"), attended(world, "cy", 13, "s2"))
    both: dict[str, Any] = {name: {"platform": "forum", "id": who} for name, who in PAIR}
    tell(world, 14, attended(world, "ada2", 12.2), world.event("identity", 13, **both, change="linked", method="admin"))
    tell(world, 14.1, world.event("retraction", 14, retracts=mistaken["id"], reason="mistake"))
    later, first = lights.met(COMMUNITY, day(15))
    assert later.who == (world.account("cy"),)
    assert (first.at, later.position, first.position > 0) == (day(12), 0, True)
    assert sorted(first.who) == sorted((world.account("ada"), world.account("bo")))
    assert lights.met(COMMUNITY, day(12)) == [first]
    assert lights.met(COMMUNITY, day(11)) == []


def test_a_suspension_bars_until_it_ends_or_is_lifted(world: World, lights: Spotlights) -> None:
    def case(at: float, case: str, action: str, **more: Any) -> None:
        member = {"platform": "forum", "id": "ada"}
        tell(world, at + 0.01, world.event("moderation", at, case=case, action=action, member=member, **more))

    tell(world, 9, world.work("ada", 8, "i:ada"))
    ada = world.account("ada")
    case(10, "c1", "hidden", item="i:ada")
    case(10.1, "c2", "warned")
    assert not lights.barred(COMMUNITY, ada, day(11))
    case(12, "c3", "suspended", until="2024-01-20T00:00:00Z")
    assert lights.barred(COMMUNITY, ada, day(13))
    assert not lights.barred(COMMUNITY, ada, day(11))
    assert not lights.barred(COMMUNITY, ada, day(40))
    case(14, "c4", "suspended")
    assert lights.barred(COMMUNITY, ada, day(40))
    case(41, "c4", "resolved")
    assert not lights.barred(COMMUNITY, ada, day(42))


def test_consent_given_long_ago_is_known(world: World, lights: Spotlights, monkeypatch: Any) -> None:
    monkeypatch.setattr("projections.spotlights.read.MOST_READ", 1)
    early = consent(world, "ada", 2)
    tell(world, 3, early, world.work("ada", 2.5))
    tell(world, 90, world.work("bo", 89))
    assert lights.word(COMMUNITY, world.account("ada"), day(90)) == "granted"
    tell(world, 91, world.event("retraction", 91, retracts=early["id"], reason="mistake"))
    assert lights.word(COMMUNITY, world.account("ada"), day(91)) == "unsaid"


def test_who_was_erased_is_in_no_light(world: World, lights: Spotlights) -> None:
    tell(world, 9, world.work("ada", 8, "i:ada"), *(world.voice(by, "ada", 8.5, item="i:ada") for by in ("bo", "cy")))
    assert light(lights, world, 13).works
    world.book.erase(COMMUNITY, [world.account("ada")])
    world.follower.catch_up()
    found = light(lights, world, 13)
    assert found.works == ()
    assert found.moments == ()
