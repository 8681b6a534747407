"""Credentials that lost their ground wait for a person: found without delay, with reasons, and decided on once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from badges import AwardFollower, Awards, NotInReviewError, Review, Reviews
from projections import rebuild
from tests.projections.history_of import DAY
from tests.world import COMMUNITY, World

if TYPE_CHECKING:
    from badges import Issued


def charter(**changes: Any) -> dict[str, Any]:
    """Return a charter of three badges; `changes` are of the rule `maker`."""
    badges = [{"badge": each, "name": each.title(), "description": "d"} for each in ("maker", "loved", "lively")]
    return {
        "charter": 1,
        "name": "Guild",
        "badges": badges,
        "rules": [
            {
                "rule": "maker",
                "version": 1,
                "grants": {"badge": "maker"},
                "all": [{"count": "contribution", "at_least": 2, "label": "Made 2 things"}],
                **changes,
            },
            {
                "rule": "loved",
                "version": 1,
                "grants": {"badge": "loved"},
                "all": [{"distinct": "endorser", "of": "endorsement", "at_least": 2}],
            },
            {
                "rule": "lively",
                "version": 1,
                "grants": {"badge": "lively"},
                "on_lapse": {"after": "24h", "then": "review"},
                "all": [{"count": "contribution", "within": "9d", "at_least": 3}],
            },
        ],
    }


TIGHTER: dict[str, Any] = {"version": 2, "all": [{"count": "contribution", "at_least": 3, "label": "Made 3 things"}]}


@pytest.fixture
def guild(world: World) -> World:
    world.publish(charter())
    return world


def award(world: World) -> list[Issued]:
    """Let both followers draw their consequences; return all awards."""
    AwardFollower(world.book, world.views, world.standings, clock=world.clock).run_once()
    world.follower.catch_up()
    return Awards(world.book, world.views, world.standings, base_url="http://guild.example").all(COMMUNITY)


def reviews(world: World) -> Reviews:
    return Reviews(world.book, world.views, world.standings, clock=world.clock)


def test_a_level_s_credential_is_looked_after_as_a_badge_is(world: World) -> None:
    rule = {"rule": "two", "version": 1, "grants": {"level": 2}, "all": [{"count": "contribution", "at_least": 2}]}
    rung = {"level": 2, "name": "Maker", "can": "Makes things.", "credential": {"criteria": "Two things."}}
    world.publish(charter() | {"rules": [rule], "ladder": [rung]})
    works = [world.work("ada", 1), world.work("ada", 2)]
    world.tell(*works)
    assert [(one.kind, one.achievement) for one in award(world)] == [("level", "2")]
    assert waiting(world) == []
    world.tell(world.event("retraction", 3, retracts=works[0]["id"], reason="mistake"))
    assert kinds(waiting(world)) == [("2", ["withdrawn"], "revoke")]


def waiting(world: World) -> list[Review]:
    return reviews(world).of(COMMUNITY)


def kinds(found: list[Review]) -> list[tuple[str, list[str], str]]:
    return [(each.award.achievement, [why.kind for why in each.ground.reasons], each.ground.proposal) for each in found]


def linked(world: World, one: str, other: str, at: float, change: str = "linked") -> dict[str, Any]:
    accounts = [{"platform": "forum", "id": name} for name in (one, other)]
    return world.event("identity", at, member=accounts[0], account=accounts[1], change=change, method="admin")


def withdrawn(world: World, event: dict[str, Any], at: float) -> dict[str, Any]:
    return world.event("retraction", at, retracts=event["id"], reason="mistake")


def test_a_withdrawn_work_takes_the_ground_and_a_person_is_asked(guild: World) -> None:
    works = [guild.work("ada", 1), guild.work("ada", 2), guild.work("bo", 1), guild.work("bo", 2)]
    guild.tell(*works)
    ada, _ = award(guild)
    assert waiting(guild) == []
    guild.clock.now += DAY
    guild.tell(withdrawn(guild, works[0], 3))
    (found,) = waiting(guild)
    assert found.award.credential == ada.id
    (why,) = found.ground.reasons
    assert (why.kind, why.words) == ("withdrawn", "1 of the 2 facts it rests on was withdrawn")
    assert [fact.topic for fact in guild.book.at(COMMUNITY, why.facts)] == ["contribution.v1"]
    assert found.ground.since == guild.clock.now
    assert found.ground.missing == ("Made 2 things (1 of 2)",)
    assert found.ground.proposal == "revoke"
    assert [one.revoked for one in award(guild)] == [None, None]  # nothing is revoked by itself


def test_who_turns_out_to_have_endorsed_herself_is_asked_about(guild: World) -> None:
    guild.tell(guild.work("ada", 1), guild.voice("bo", "ada", 2), guild.voice("cy", "ada", 3))
    (loved,) = award(guild)
    guild.tell(linked(guild, "ada", "cy", 4))
    (found,) = waiting(guild)
    assert found.award.credential == loved.id
    (why,) = found.ground.reasons
    assert why.words.endswith("does not count any more: her own endorsement of herself")
    assert why.since == guild.clock.now
    guild.tell(linked(guild, "ada", "cy", 5, "unlinked"))
    assert waiting(guild) == []


def test_two_accounts_with_a_badge_each_that_are_one_person_have_one_too_many(guild: World) -> None:
    guild.tell(*(guild.work(who, day) for who, day in (("ada2", 1), ("ada2", 4), ("ada", 2), ("ada", 3))))
    issued = {one.account: one for one in award(guild)}
    guild.tell(linked(guild, "ada", "ada2", 5))
    assert len(award(guild)) == 2
    (found,) = waiting(guild)
    assert found.award.credential == issued[guild.account("ada2")].id  # earned later
    (why,) = found.ground.reasons
    assert (why.kind, why.of) == ("duplicate", issued[guild.account("ada")].id)
    reviews(guild).decide(COMMUNITY, found.award.credential, "revoke", reason="the same person")
    guild.follower.catch_up()
    assert waiting(guild) == []
    guild.tell(linked(guild, "ada", "ada2", 6, "unlinked"))
    after = award(guild)  # two people after all: she has hers again, under a new number
    assert waiting(guild) == []
    standing = [one.account for one in after if one.revoked is None]
    assert sorted(standing) == sorted([guild.account("ada"), guild.account("ada2")])
    assert (len(after), after[-1].account) == (3, guild.account("ada2"))


def test_a_part_of_a_person_who_no_longer_earns_it_is_asked_about_and_the_other_gets_hers(guild: World) -> None:
    guild.tell(guild.work("ada", 1), linked(guild, "ada", "ada2", 1), guild.work("ada2", 2))
    award(guild)
    guild.tell(guild.work("ada2", 4))
    (badge,) = award(guild)
    assert badge.account == guild.account("ada")
    guild.tell(linked(guild, "ada", "ada2", 5, "unlinked"))
    after = award(guild)
    assert [(one.account, one.earned[:10]) for one in after] == [
        (guild.account("ada"), "2024-01-03"),
        (guild.account("ada2"), "2024-01-05"),
    ]
    (found,) = waiting(guild)
    assert found.award.credential == badge.id
    words = "1 of the 2 facts it rests on belongs to an account that turned out not to be hers"
    assert found.ground.reasons[0].words == words


def test_a_rule_that_was_made_harder_is_named(guild: World) -> None:
    guild.tell(guild.work("ada", 1), guild.work("ada", 2))
    award(guild)
    guild.clock.now += DAY
    guild.publish(charter(**TIGHTER, holders="keep"))
    guild.follower.catch_up()
    assert waiting(guild) == []
    guild.publish(charter(**TIGHTER, holders="retest"))
    guild.follower.catch_up()
    (found,) = waiting(guild)
    (why,) = found.ground.reasons
    assert why.words == "since version 3 of the charter the rule maker is another: version 2, where it was 1"
    assert (why.since, found.ground.proposal) == (guild.clock.now, "revoke")
    assert found.ground.missing == ("Made 3 things (2 of 3)",)


def test_a_charter_announced_and_overtaken_since_shifts_no_other(guild: World) -> None:
    """A charter published for a later day stands between that of the award and the one in force."""
    guild.clock.now += DAY
    guild.book.publish_charter(COMMUNITY, charter(**TIGHTER), effective=guild.clock.now + 100 * DAY, by="test")
    guild.clock.now += DAY
    guild.publish(charter() | {"name": "Guild now"})
    works = [guild.work("ada", 1), guild.work("ada", 2)]
    guild.tell(*works)
    assert [one.achievement for one in award(guild)] == ["maker"]
    guild.tell(withdrawn(guild, works[0], 3))
    assert kinds(waiting(guild)) == [("maker", ["withdrawn"], "revoke")]
    harder = charter(**TIGHTER, holders="retest")
    guild.book.publish_charter(COMMUNITY, harder, effective=guild.clock.now + 50 * DAY, by="test")
    guild.publish(harder)
    guild.follower.catch_up()
    (found,) = waiting(guild)
    assert [why.kind for why in found.ground.reasons] == ["withdrawn", "rule"]
    changed = found.ground.reasons[1]
    assert changed.words.startswith("since version 5 of the charter")
    assert changed.since == guild.clock.now


def test_a_rule_that_is_no_more_is_named_where_it_kept_nothing(guild: World) -> None:
    guild.clock.now -= 95 * DAY  # day 5
    guild.tell(*(guild.work("ada", day) for day in (1, 2, 3)))
    award(guild)
    without = charter()
    del without["rules"][2]
    guild.publish(without)
    guild.follower.catch_up()
    guild.clock.now += 3 * DAY
    (found,) = waiting(guild)
    (why,) = found.ground.reasons
    assert why.words == "since version 2 of the charter there is no rule lively"
    assert found.ground.proposal == "keep"


@pytest.mark.parametrize("about", ["item", "ring"])
def test_what_a_moderation_case_took_away_is_named_and_comes_back(guild: World, about: str) -> None:
    work = guild.work("ada", 1)
    guild.tell(work, guild.voice("bo", "ada", 2), guild.voice("cy", "ada", 3), guild.work("ada", 2))
    award(guild)
    badge = "maker" if about == "item" else "loved"
    people = [{"platform": "forum", "id": name} for name in ("ada", "bo")]
    named = [{"item": work["data"]["item"]}] if about == "item" else [{"member": each} for each in people]

    def judged(action: str, at: float) -> list[dict[str, Any]]:
        return [guild.event("moderation", at, case="c1", action=action, **each) for each in named]

    guild.tell(*judged("hidden", 5))
    (found,) = [each for each in waiting(guild) if each.award.achievement == badge]
    assert [why.kind for why in found.ground.reasons] == ["taken"]
    assert found.ground.since == guild.clock.now
    assert found.ground.reasons[0].words == "1 of the 2 facts it rests on was taken away by a moderation case"
    guild.tell(*judged("restored", 6))
    assert waiting(guild) == []


def test_a_badge_that_lapses_is_reviewed_and_not_taken(guild: World) -> None:
    guild.clock.now -= 95 * DAY  # day 5
    guild.tell(*(guild.work("ada", day) for day in (1, 2, 3)))
    award(guild)
    assert waiting(guild) == []
    guild.clock.now += 30 * DAY
    (found,) = waiting(guild)
    (why,) = found.ground.reasons
    assert (why.kind, why.words.partition(";")[0]) == ("lapsed", "it was held until 12 January 2024")
    assert found.ground.proposal == "keep"


def test_what_lapsed_before_it_was_known_is_not_awarded(guild: World) -> None:
    guild.tell(*(guild.work("ada", day) for day in (1, 2, 3)))
    assert [one.achievement for one in award(guild)] == ["maker"]
    assert waiting(guild) == []


def test_what_is_kept_rests_until_its_ground_moves_again(guild: World) -> None:
    works = [guild.work("ada", day, item=f"i:{day}") for day in (1, 2)]
    guild.tell(*works)
    (badge,) = award(guild)
    guild.tell(withdrawn(guild, works[0], 3))
    queue = reviews(guild)
    assert queue.decide(COMMUNITY, badge.id, "keep", reason="it was ours to keep").outcome == "stored"
    guild.follower.catch_up()
    assert (queue.of(COMMUNITY), queue.count(COMMUNITY)) == ([], 0)
    assert [each.upheld for each in queue.of(COMMUNITY, upheld=True)] == [True]
    upheld = guild.book.at(COMMUNITY, [guild.book.head(COMMUNITY)])[0]
    assert (upheld.topic, upheld.stream) == ("award.upheld.v1", badge.stream)
    assert guild.book.reveal(COMMUNITY, [upheld]) == [{"reason": "it was ours to keep"}]
    with pytest.raises(NotInReviewError):
        queue.decide(COMMUNITY, badge.id, "keep", reason="again")
    guild.tell(guild.voice("bo", "ada", 4))
    assert queue.of(COMMUNITY) == []  # her row was written again, and nothing else was lost
    rebuild(guild.book, guild.views)
    assert waiting(guild) == []
    guild.tell(withdrawn(guild, works[1], 5))
    assert kinds(waiting(guild)) == [("maker", ["withdrawn"], "revoke")]
    assert queue.count(COMMUNITY) == 1


def test_what_was_revoked_for_want_of_ground_comes_back_with_it_under_a_new_number(guild: World) -> None:
    works = [guild.work("ada", day) for day in (1, 2)]
    guild.tell(*works)
    (badge,) = award(guild)
    guild.tell(withdrawn(guild, works[0], 3))
    assert reviews(guild).decide(COMMUNITY, badge.id, "revoke", reason="nothing is left").outcome == "stored"
    guild.follower.catch_up()
    assert [one.id for one in award(guild)] == [badge.id]
    assert waiting(guild) == []
    guild.tell(guild.work("ada", 8))
    first, again = award(guild)
    assert (first.id, first.revoked is None) == (badge.id, False)
    assert (again.earned[:10], again.revoked) == ("2024-01-09", None)  # the true day, not that of the first
    assert [fact.open["renewal"] for fact in guild.book.at(COMMUNITY, [first.position, again.position])] == [0, 1]
    assert len(award(guild)) == 2
    guild.book.erase(COMMUNITY, [guild.account("ada")])
    guild.follower.catch_up()
    assert award(guild) == []
    assert len(guild.views.at(COMMUNITY).flags(COMMUNITY)) == 2


def test_what_a_person_took_back_for_another_reason_stays_taken(guild: World) -> None:
    guild.tell(guild.work("ada", 1), guild.work("ada", 2))
    (badge,) = award(guild)
    guild.book.revoke(COMMUNITY, badge.stream, reason="it was not her work", at=guild.clock.now)
    guild.tell(guild.work("ada", 3), guild.work("ada", 4), guild.work("ada", 5))
    assert [(one.id, one.revoked is None) for one in award(guild) if one.achievement == "maker"] == [(badge.id, False)]
    assert waiting(guild) == []


def test_nobody_is_looked_at_again_whose_row_was_not_written(guild: World) -> None:
    guild.tell(*(guild.work(who, day) for who in ("ada", "bo") for day in (1, 2)))
    award(guild)
    queue = reviews(guild)
    queue.of(COMMUNITY)
    before = {member: held for member, (_, held) in queue._held[COMMUNITY].items()}
    guild.tell(guild.work("ada", 3))
    queue.of(COMMUNITY)
    after = {member: held for member, (_, held) in queue._held[COMMUNITY].items()}
    assert after[guild.account("bo")] is before[guild.account("bo")]  # type: ignore[index]
    assert after[guild.account("ada")] is not before[guild.account("ada")]  # type: ignore[index]


def test_what_has_expired_does_not_wait_and_what_is_known_is_not_read_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = charter()
    document["badges"][0]["expires"] = "10d"
    world.publish(document)
    works = [world.work("ada", 1), world.work("ada", 2)]
    world.tell(*works)
    award(world)
    world.tell(withdrawn(world, works[0], 3))
    queue = reviews(world)
    assert kinds(queue.of(COMMUNITY)) == [("maker", ["withdrawn"], "revoke")]
    with monkeypatch.context() as without:
        without.setattr(world.book, "at", None)
        assert kinds(queue.of(COMMUNITY)) == [("maker", ["withdrawn"], "revoke")]
    world.clock.now += 11 * DAY
    assert queue.of(COMMUNITY) == []


def test_what_stands_or_was_decided_on_does_not_wait(guild: World) -> None:
    works = [guild.work("ada", 1), guild.work("ada", 2)]
    guild.tell(*works)
    (badge,) = award(guild)
    queue = reviews(guild)
    for credential in (badge.id, "00000000-0000-4000-8000-000000000000", ""):
        with pytest.raises(NotInReviewError):
            queue.decide(COMMUNITY, credential, "revoke", reason="no")
    guild.tell(withdrawn(guild, works[0], 3))
    other = reviews(guild)
    queue.decide(COMMUNITY, badge.id, "revoke", reason="one")
    assert other.decide(COMMUNITY, badge.id, "revoke", reason="two").outcome == "duplicate"  # decided at once, by two
    assert other.decide(COMMUNITY, badge.id, "keep", reason="three").outcome == "refused"
    guild.follower.catch_up()
    with pytest.raises(NotInReviewError):
        queue.decide(COMMUNITY, badge.id, "keep", reason="late")
