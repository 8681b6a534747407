"""Levels, terms of leaders and renewals: each awarded once, when it is due, and verified as badges are."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from badges import AwardFollower, Awards, Policy, Verdict, verify
from projections import BY_ASSIGNMENT, Charter
from schemas import format_time
from tests.badges import official
from tests.projections.history_of import DAY, day
from tests.world import COMMUNITY, World

if TYPE_CHECKING:
    from badges import Issued

BASE = "http://guild.example"


def _rule(name: str, grants: dict[str, Any], at_least: int, **more: Any) -> dict[str, Any]:
    return {
        "rule": name,
        "version": 1,
        "grants": grants,
        "all": [{"count": "contribution", "at_least": at_least}],
        **more,
    }


CHARTER: dict[str, Any] = {
    "charter": 1,
    "name": "The Guild",
    "ladder": [{"level": 1, "name": "Begun"}, {"level": 2, "name": "Master", "can": "Teaches.", "credential": {}}],
    "leader_roles": [
        {"role": "host", "name": "Host", "duties": "Opens the shop.", "term": "30d", "credential": {}},
        {"role": "keeper", "name": "Keeper"},
        {"role": "guide", "name": "Guide", "duties": "Guides.", "credential": {"expires": "10d"}},
    ],
    "badges": [
        {"badge": "2", "name": "Two", "description": "Two works in ten days.", "expires": "10d"},
    ],
    "rules": [
        _rule("begun", {"level": 1}, 1),
        _rule("master", {"level": 2}, 2),
        _rule("two", {"badge": "2"}, 2),
        _rule("guide", {"role": "guide"}, 3),
    ],
}


@pytest.fixture
def guild(world: World) -> World:
    world.publish(CHARTER)
    return world


def _awarded(world: World) -> list[Issued]:
    """Let both followers draw their consequences, twice over; return all that is awarded."""
    for _ in range(2):
        AwardFollower(world.book, world.views, world.standings, clock=world.clock).run_once()
        world.follower.catch_up()
    return _awards(world).all(COMMUNITY)


def _awards(world: World) -> Awards:
    return Awards(world.book, world.views, world.standings, base_url=BASE)


def _document(world: World, issued: Issued) -> dict[str, Any]:
    """Return a credential that is held to be valid, recorded in the log as what it says, and sound by the schema."""
    awards = _awards(world)
    document = awards.document(issued)
    key, did = world.book.log.key(COMMUNITY), awards.did(COMMUNITY)
    policy = Policy(
        logs={key.name: key},
        documents={
            awards.list_url(COMMUNITY, 0): awards.status_list(f"{COMMUNITY}-0"),
            did: awards.did_document(COMMUNITY),
        },
    )
    found = verify(orjson.dumps(document), policy=policy, at=world.clock.now + DAY // 24)
    assert found.verdict is Verdict.VALID, found
    assert found.logged
    assert official.faults(document) == []
    return document


def _said(world: World, change: str, at: float, role: str = "host", **period: float) -> dict[str, Any]:
    more: dict[str, Any] = {"period": {name: format_time(day(when)) for name, when in period.items()}} if period else {}
    member = {"platform": "forum", "id": "ada"}
    return world.event("assignment", at, member=member, kind="role", value=role, change=change, **more)


def test_a_level_is_awarded_where_the_charter_gives_it_a_credential(guild: World) -> None:
    """And a badge of the same name is another thing."""
    guild.tell(guild.work("ada", 95), guild.work("ada", 96))
    first, second = sorted(_awarded(guild), key=lambda one: one.kind)
    assert [(one.kind, one.achievement) for one in (first, second)] == [("badge", "2"), ("level", "2")]
    document = _document(guild, second)
    assert document["name"] == "Master"
    subject = document["credentialSubject"]
    assert subject["achievement"]["id"] == f"{BASE}/c/{COMMUNITY}/levels/2"
    assert subject["result"][0]["achievedLevel"] == f"{BASE}/c/{COMMUNITY}/levels/2#rung-2"
    assert "behind this level" in document["evidence"][0]["description"]


def test_a_term_is_awarded_while_it_is_served_and_the_next_one_again(guild: World) -> None:
    guild.tell(_said(guild, "started", 90), _said(guild, "started", 90, "keeper"))
    (first,) = _awarded(guild)
    document = _document(guild, first)
    assert document["credentialSubject"]["role"] == "Host"
    assert document["credentialSubject"]["activityStartDate"] == format_time(day(90))
    assert document["validUntil"] == document["credentialSubject"]["activityEndDate"] == format_time(day(120))
    assert f"rule: {BY_ASSIGNMENT}@1\n" in document["evidence"][0]["narrative"]
    fact = guild.book.reveal(COMMUNITY, [first.position])[0]
    (cited,) = guild.book.at(COMMUNITY, fact["evidence"])
    assert (cited.open["value"], cited.open["change"]) == ("host", "started")
    guild.tell(_said(guild, "renewed", 100))
    assert _awarded(guild) == [first]
    guild.clock.now = day(121)
    again = _awarded(guild)[-1]
    document = _document(guild, again)
    assert document["credentialSubject"]["activityStartDate"] == format_time(day(120))
    assert document["evidence"][-1]["id"] == f"{BASE}/credentials/{first.id}"
    assert len(_awarded(guild)) == 2


def test_a_term_that_is_over_or_overdue_is_not_awarded(guild: World) -> None:
    guild.tell(_said(guild, "started", 10, start=10, end=40))
    guild.tell(_said(guild, "started", 60))  # should have ended on day 90, and nobody said that it did
    assert _awarded(guild) == []
    guild.tell(_said(guild, "ended", 98), _said(guild, "started", 99, start=101, end=140))
    assert _awarded(guild) == []
    guild.clock.now = day(102)
    assert [one.earned for one in _awarded(guild)] == [format_time(day(101))]


def test_a_role_that_a_rule_gives_rests_on_that_rule(guild: World) -> None:
    guild.tell(*(guild.work("ada", at) for at in (95, 96, 97)))
    (issued,) = [one for one in _awarded(guild) if one.kind == "role"]
    document = _document(guild, issued)
    assert document["credentialSubject"]["role"] == "Guide"
    assert "rule: guide@1\n" in document["evidence"][0]["narrative"]


def test_an_expiring_badge_is_renewed_when_it_ends_and_once(guild: World) -> None:
    guild.tell(guild.work("ada", 95), guild.work("ada", 96))
    first = next(one for one in _awarded(guild) if one.kind == "badge")
    guild.clock.now += 9 * DAY
    assert len(_awarded(guild)) == 2
    guild.clock.now += DAY
    renewed = [one for one in _awarded(guild) if one.kind == "badge"]
    assert [one.id for one in renewed[:1]] == [first.id]
    assert len(renewed) == 2
    document = _document(guild, renewed[1])
    assert document["evidence"][-1]["id"] == f"{BASE}/credentials/{first.id}"
    assert document["refreshService"]["id"] == f"{document['id']}/refresh"
    guild.clock.now += 9 * DAY
    assert len(_awarded(guild)) == 3


@pytest.mark.parametrize("why", ["revoked", "lapsed"])
def test_what_a_person_ended_or_is_held_no_longer_is_not_renewed(guild: World, why: str) -> None:
    if why == "lapsed":
        lapsing = _rule("two", {"badge": "2"}, 2, on_lapse={"after": "1d", "then": "revoke"})
        lapsing["all"][0]["within"] = "8d"
        guild.publish(CHARTER | {"rules": [lapsing]})
    guild.tell(guild.work("ada", 95), guild.work("ada", 96))
    issued = next(one for one in _awarded(guild) if one.kind == "badge")
    if why == "revoked":
        guild.book.revoke(COMMUNITY, issued.stream, reason="by mistake", at=guild.clock.now)
        guild.follower.catch_up()
    before = len(_awarded(guild))
    guild.clock.now += 20 * DAY
    assert len(_awarded(guild)) == before


def test_what_expired_while_it_was_suspended_is_renewed_once_it_is_resumed(world: World) -> None:
    world.publish(CHARTER | {"badges": [{**CHARTER["badges"][0], "suspendable": True}]})
    world.tell(world.work("ada", 95), world.work("ada", 96))
    issued = next(one for one in _awarded(world) if one.kind == "badge")
    world.book.suspend(COMMUNITY, issued.stream, reason="in doubt", at=world.clock.now)
    world.follower.catch_up()
    world.clock.now += 20 * DAY
    before = len(_awarded(world))
    world.book.resume(COMMUNITY, issued.stream, reason="it was she", at=world.clock.now)
    world.follower.catch_up()
    assert len(_awarded(world)) == before + 1


def test_a_credential_that_was_announced_is_given_from_its_day_on(guild: World) -> None:
    """To whoever holds the level by then, though nothing new is known of her."""
    ladder = [{**CHARTER["ladder"][0], "can": "Begins.", "credential": {}}, *CHARTER["ladder"][1:]]
    guild.tell(guild.work("ada", 95))
    later = guild.clock.now + 5 * DAY
    guild.book.publish_charter(COMMUNITY, {**CHARTER, "ladder": ladder}, effective=later, by="test")
    guild.follower.catch_up()
    assert _awarded(guild) == []
    guild.clock.now = later
    assert [(one.kind, one.achievement) for one in _awarded(guild)] == [("level", "1")]


def test_what_an_announced_charter_says_is_counted_alike_by_credential_and_page(guild: World) -> None:
    """A badge that was announced anew, and again before that day came, is at its third version everywhere."""
    announced, now = ([{**CHARTER["badges"][0], "description": each}] for each in ("Later.", "Now."))
    guild.book.publish_charter(COMMUNITY, {**CHARTER, "badges": announced}, effective=guild.clock.now + DAY, by="test")
    guild.publish({**CHARTER, "badges": now})
    guild.tell(guild.work("ada", 95), guild.work("ada", 96))
    badge = next(one for one in _awarded(guild) if one.kind == "badge")
    awards = _awards(guild)
    said = awards.document(badge)["credentialSubject"]["achievement"]
    assert said["version"] == "3"
    assert awards.achievement(COMMUNITY, "2") == said
    assert awards.achievements.charter_of(COMMUNITY, "badge", "2", "3").version == 3


def test_of_an_unknown_version_each_charter_is_asked_once(guild: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(10):
        guild.publish({**CHARTER, "name": f"Guild {number}"})
    known, recognised, asked = _awards(guild).achievements, Charter.recognised, Counter[int]()

    def counted(charter: Charter) -> Any:
        asked[charter.version] += 1
        return recognised(charter)

    monkeypatch.setattr(Charter, "recognised", counted)
    with pytest.raises(KeyError):
        known.charter_of(COMMUNITY, "badge", "2", "another")
    assert asked == dict.fromkeys(range(1, 12), 1)


def test_what_verifiers_would_read_differently_is_not_recorded(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """A charter that was published before it was looked at: the sound part of it is awarded, the other is told."""
    document = {**CHARTER, "badges": [{**CHARTER["badges"][0], "name": "Bell\x07"}]}
    world.book.publish_charter(COMMUNITY, document, effective=world.clock.now, by="test")
    world.tell(world.work("ada", 95), world.work("ada", 96))
    assert [one.kind for one in _awarded(world)] == ["level"]
    assert "badge 2" in caplog.text


def test_what_a_rule_grants_that_is_called_as_no_rule_may_be_is_not_recorded(world: World) -> None:
    """Or its badge would say that somebody gave it."""
    rules = [_rule(BY_ASSIGNMENT, {"badge": "2"}, 2) if rule["rule"] == "two" else rule for rule in CHARTER["rules"]]
    world.book.publish_charter(COMMUNITY, {**CHARTER, "rules": rules}, effective=world.clock.now, by="test")
    world.tell(world.work("ada", 95), world.work("ada", 96))
    assert [one.kind for one in _awarded(world)] == ["level"]


def test_what_had_ended_before_its_key_was_lost_is_still_there_and_has_ended(guild: World) -> None:
    """Its successor signs it again, and cannot let it begin after its end."""
    guild.tell(guild.work("ada", 95), guild.work("ada", 96))
    first = next(one for one in _awarded(guild) if one.kind == "badge")
    guild.clock.now += 20 * DAY
    guild.book.issuers.revoke(COMMUNITY, guild.book.signer(COMMUNITY).kid, guild.clock.now - DAY)
    document = _awards(guild).document(first)
    assert document["validFrom"] < document["validUntil"]
    key = guild.book.log.key(COMMUNITY)
    found = verify(orjson.dumps(document), policy=Policy(logs={key.name: key}), at=guild.clock.now + DAY)
    assert (found.verdict, bool(found.logged)) == (Verdict.EXPIRED, True), found
