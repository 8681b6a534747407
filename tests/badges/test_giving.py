"""What a person gives: by hand, once, with a reason, and what others nominated her for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from badges import (
    AwardFollower,
    Awards,
    Giving,
    GivingError,
    HeldError,
    Nominating,
    NotNominatedError,
    Policy,
    Reviews,
    Verdict,
    Verified,
    verify,
)
from ledger import postgres, sqlite
from projections import ShardViews
from tests.ledger.steps import at
from tests.projections.history_of import DAY
from tests.world import COMMUNITY

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from badges import Issued
    from tests.world import World

_CHARTER: dict[str, Any] = {
    "charter": 1,
    "name": "The Guild",
    "badges": [
        {"badge": "maker", "name": "Maker", "description": "Made two things."},
        {"badge": "roof", "name": "Roof", "description": "Mended the roof.", "expires": "365d"},
        {"badge": "sworn", "name": "Sworn", "description": "By rule alone.", "by_hand": False},
        {"badge": "elder", "name": "Elder", "description": "Whom others name.", "by_hand": "nominated"},
    ],
    "rules": [
        {
            "rule": "maker",
            "version": 1,
            "grants": {"badge": "maker"},
            "all": [{"count": "contribution", "at_least": 2}],
        }
    ],
}
WHY: dict[str, Any] = {"reason": "she was on the roof all night", "by": "Mo"}


@pytest.fixture
def guild(world: World) -> World:
    world.publish(_CHARTER)
    world.tell(world.work("ada", 1), world.work("bo", 1), world.work("cy", 1))
    return world


def giving(world: World) -> Giving:
    return Giving(world.book, world.views, world.standings, clock=world.clock)


def nominating(world: World) -> Nominating:
    return Nominating(world.book, world.views, world.standings, giving(world), clock=world.clock)


def awards_of(world: World) -> Awards:
    world.follower.catch_up()
    return Awards(world.book, world.views, world.standings, base_url="http://guild.example")


def follow(world: World) -> list[tuple[str, str]]:
    """Let rules award what they grant, and return whose badge is whose by now."""
    AwardFollower(world.book, world.views, world.standings, clock=world.clock).run_once()
    return [(one.account, one.achievement) for one in awards_of(world).all(COMMUNITY)]


def judged(world: World, awards: Awards, issued: Issued) -> Verified:
    key = world.book.log.key(COMMUNITY)
    lists = {awards.list_url(COMMUNITY, 0): awards.status_list("guild-0")}
    return verify(awards.json(issued), policy=Policy(documents=lists, logs={key.name: key}), at=world.clock.now)


def test_a_badge_given_by_hand_says_so_and_verifies(guild: World):
    ada = guild.account("ada")
    given = giving(guild).give(COMMUNITY, ada, "roof", **WHY, evidence=[2])
    awards = awards_of(guild)
    issued = awards.find(given.credential)
    assert issued
    assert (issued.rule, issued.by_hand, issued.earned, issued.backfilled) == ("by-hand", True, issued.issued, False)
    document = awards.document(issued)
    guild.clock.now += DAY
    found = judged(guild, awards, issued)
    assert (found.verdict, found.evidence and found.evidence.rule) == (Verdict.VALID, "by-hand")
    evidence = document["evidence"][0]
    assert evidence["name"] == "Given by hand"
    assert "gave this badge by hand" in evidence["description"]
    assert WHY["reason"] not in orjson.dumps(document).decode()
    assert guild.book.reveal(COMMUNITY, [given.position])[0].items() >= WHY.items()
    assert document["validUntil"].startswith("2025-04-10")


def test_she_has_a_badge_once_however_she_came_by_it(guild: World):
    ada, bo = guild.account("ada"), guild.account("bo")
    giving(guild).give(COMMUNITY, ada, "maker", **WHY)
    guild.tell(guild.work("ada", 2), guild.work("bo", 2))
    assert follow(guild) == [(ada, "maker"), (bo, "maker")]
    with pytest.raises(HeldError, match="given by hand by Mo, 2024-04-10"):
        giving(guild).give(COMMUNITY, ada, "maker", **WHY)
    with pytest.raises(HeldError, match="awarded by the rule maker, 2024-04-10"):
        giving(guild).give(COMMUNITY, bo, "maker", **WHY)


def test_of_two_who_give_at_once_one_does(guild: World):
    ada = guild.account("ada")

    def give(_: int) -> str:
        try:
            return giving(guild).give(COMMUNITY, ada, "roof", **WHY).credential
        except HeldError as error:
            return error.credential

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(give, range(8)))) == 1
    assert follow(guild) == [(ada, "roof")]


def test_how_many_of_each_badge_stand_is_counted_without_reading_them(guild: World):
    ada, bo, cy = (guild.account(name) for name in ("ada", "bo", "cy"))
    standing = guild.views.at(COMMUNITY).badges_standing
    assert standing(COMMUNITY) == {}
    given = [giving(guild).give(COMMUNITY, who, badge, **WHY) for who in (ada, bo, cy) for badge in ("roof", "maker")]
    issued = awards_of(guild).find(given[0].credential)
    assert issued
    assert standing(COMMUNITY) == {"maker": 3, "roof": 3}
    guild.book.revoke(COMMUNITY, issued.stream, reason="a mistake", at=guild.clock.now)
    guild.book.erase(COMMUNITY, [cy])
    guild.follower.catch_up()
    assert standing(COMMUNITY) == {"maker": 2, "roof": 1}
    assert standing("elsewhere") == {}


def test_what_ended_can_be_given_again(guild: World):
    ada = guild.account("ada")
    first = giving(guild).give(COMMUNITY, ada, "roof", **WHY)
    issued = awards_of(guild).find(first.credential)
    assert issued
    guild.book.revoke(COMMUNITY, issued.stream, reason="a mistake", at=guild.clock.now)
    guild.follower.catch_up()
    second = giving(guild).give(COMMUNITY, ada, "roof", **WHY)
    awards_of(guild)
    guild.clock.now += 366 * DAY  # it has expired by then
    third = giving(guild).give(COMMUNITY, ada, "roof", **WHY)
    assert len({first.credential, second.credential, third.credential}) == 3
    awards = awards_of(guild)
    found = [judged(guild, awards, one) for one in awards.all(COMMUNITY)]
    assert [each.verdict for each in found] == [Verdict.REVOKED, Verdict.EXPIRED, Verdict.VALID]
    assert all(each.logged for each in found)


@pytest.mark.parametrize(
    ("badge", "evidence", "pointers"),
    [
        ("nothing", [], ["/badge"]),
        ("sworn", [], ["/badge"]),
        ("elder", [], ["/badge"]),
        ("roof", [3], ["/evidence/0"]),  # Bo's
        ("roof", [2, 1, 99], ["/evidence/1", "/evidence/2"]),  # the charter, and nothing
        ("sworn", [99], ["/badge", "/evidence/0"]),
        ("roof", [2] * 201, ["/evidence"]),
    ],
)
@pytest.mark.parametrize("world", ["sqlite"], indirect=True)
def test_what_cannot_be_given_says_why(guild: World, badge: str, evidence: list[int], pointers: list[str]):
    head = guild.book.head(COMMUNITY)
    with pytest.raises(GivingError) as refused:
        giving(guild).give(COMMUNITY, guild.account("ada"), badge, **WHY, evidence=evidence)
    assert [fault.pointer for fault in refused.value.faults] == pointers
    assert guild.book.head(COMMUNITY) == head


def test_no_ground_is_asked_of_a_gift_but_one_of_two_is_reviewed(guild: World):
    ada, bo = guild.account("ada"), guild.account("bo")
    giving(guild).give(COMMUNITY, ada, "roof", **WHY)
    guild.clock.now += DAY
    giving(guild).give(COMMUNITY, bo, "roof", **WHY)
    guild.follower.catch_up()
    reviews = Reviews(guild.book, guild.views, guild.standings, clock=guild.clock)
    assert reviews.of(COMMUNITY) == []
    one, other = ({"platform": "forum", "id": name} for name in ("ada", "bo"))
    guild.tell(guild.event("identity", 5, member=one, account=other, change="linked", method="admin"))
    (doubted,) = reviews.of(COMMUNITY)
    assert doubted.award.account == bo
    assert [reason.kind for reason in doubted.ground.reasons] == ["duplicate"]


def test_a_nomination_waits_until_it_is_awarded(guild: World):
    ada, bo, cy = (guild.account(name) for name in ("ada", "bo", "cy"))
    found = nominating(guild)
    said = [found.nominate(COMMUNITY, ada, "elder", reason="she listens", by=by).outcome for by in (bo, bo, cy, None)]
    assert said == ["stored", "duplicate", "stored", "stored"]
    guild.follower.catch_up()
    first, second, third = found.open(COMMUNITY)
    assert (first.member, first.nominator, first.badge, first.reason) == (ada, bo, "elder", "she listens")
    assert (second.nominator, third.nominator) == (cy, None)
    given = found.award(COMMUNITY, first.position, **WHY)
    awards = awards_of(guild)
    assert found.open(COMMUNITY) == []
    with pytest.raises(NotNominatedError):
        found.award(COMMUNITY, second.position, **WHY)
    with pytest.raises(HeldError):
        found.nominate(COMMUNITY, ada, "elder", reason="still", by=bo)
    issued = awards.find(given.credential)
    assert issued
    guild.book.revoke(COMMUNITY, issued.stream, reason="a mistake", at=guild.clock.now)
    guild.follower.catch_up()
    assert found.open(COMMUNITY) == []  # they were settled
    assert found.nominate(COMMUNITY, ada, "elder", reason="after all", by=bo).outcome == "stored"
    guild.follower.catch_up()
    assert [one.reason for one in found.open(COMMUNITY)] == ["after all"]


def test_however_many_nominations_were_settled_few_questions_are_asked(guild: World, monkeypatch: pytest.MonkeyPatch):
    names = [f"m{n}" for n in range(20)]
    guild.tell(*(guild.work(name, 1) for name in names))
    ada, bo = guild.account("ada"), guild.account("bo")
    found, read = nominating(guild), ShardViews._read
    for name in names:
        found.nominate(COMMUNITY, guild.account(name), "roof", reason="all of us", by=ada)
        giving(guild).give(COMMUNITY, guild.account(name), "roof", **WHY)
    found.nominate(COMMUNITY, ada, "elder", reason="she listens", by=bo)
    guild.follower.catch_up()
    shard, asked = guild.views.at(COMMUNITY), list[Any]()

    def counted(views: ShardViews, ask: Any) -> Any:
        if views is shard:  # and no other book's, which somebody follows in the same process
            asked.append(ask)
        return read(views, ask)

    monkeypatch.setattr(ShardViews, "_read", counted)
    (one,) = found.open(COMMUNITY)
    assert (one.member, one.nominator, len(asked)) == (ada, bo, 3)
    assert found.nominated(COMMUNITY, ada, "elder")
    assert not found.nominated(COMMUNITY, ada, "roof")
    assert not found.nominated(COMMUNITY, bo, "elder")
    assert len(asked) <= 3 + 3 * 4


def test_what_is_declined_waits_no_more_and_can_be_said_again(guild: World):
    ada, bo = guild.account("ada"), guild.account("bo")
    found = nominating(guild)
    found.nominate(COMMUNITY, ada, "roof", reason="she helped", by=bo)
    guild.follower.catch_up()
    (one,) = found.open(COMMUNITY)
    assert found.decline(COMMUNITY, one.position, reason="all did").outcome == "stored"
    guild.follower.catch_up()
    assert found.open(COMMUNITY) == []
    with pytest.raises(NotNominatedError):
        found.decline(COMMUNITY, one.position, reason="again")
    assert found.nominate(COMMUNITY, ada, "roof", reason="this time alone", by=bo).outcome == "stored"
    guild.follower.catch_up()
    assert [each.stream for each in found.open(COMMUNITY)] == [one.stream]


def test_no_more_nominations_are_unsealed_than_are_asked_for(guild: World, monkeypatch: pytest.MonkeyPatch):
    found, (ada, bo, cy) = nominating(guild), (guild.account(name) for name in ("ada", "bo", "cy"))
    pairs = [(whom, badge) for whom in (ada, bo, cy) for badge in ("elder", "roof")]
    said = [found.nominate(COMMUNITY, whom, badge, reason="so").position or 0 for whom, badge in pairs]
    guild.follower.catch_up()
    asked: list[int] = []
    reveal = guild.book.reveal

    def revealing(community: str, positions: Sequence[int]) -> Any:
        asked.extend(positions)
        return reveal(community, positions)

    def unsealed(ask: Callable[[], object]) -> tuple[object, list[int]]:
        asked.clear()
        return ask(), [*asked]

    monkeypatch.setattr(guild.book, "reveal", revealing)
    assert unsealed(lambda: found.nominated(COMMUNITY, bo, "elder")) == (True, [said[2]])
    assert unsealed(lambda: found.nominated(COMMUNITY, bo, "roof")) == (False, [])  # the charter asks for none
    assert unsealed(lambda: [one.position for one in found.open(COMMUNITY, most=2)]) == (said[:2], said[:2])
    found.decline(COMMUNITY, said[0], reason="not yet")
    guild.follower.catch_up()
    assert unsealed(lambda: [one.position for one in found.open(COMMUNITY, most=2)]) == (said[1:3], said[1:3])
    assert unsealed(lambda: found.decline(COMMUNITY, said[5], reason="not yet").outcome) == ("stored", said[5:])
    assert [one.position for one in found.open(COMMUNITY)] == said[1:]  # until what was declined is counted


@pytest.mark.parametrize("who", ["ada", "bo"])
def test_the_erasure_of_either_ends_a_nomination(guild: World, who: str):
    found = nominating(guild)
    found.nominate(COMMUNITY, guild.account("ada"), "roof", reason="she helped", by=guild.account("bo"))
    guild.follower.catch_up()
    guild.book.erase(COMMUNITY, [guild.account(who)])
    assert found.open(COMMUNITY) == []  # though the views have not heard of it
    guild.follower.catch_up()
    assert guild.views.at(COMMUNITY).nominations(COMMUNITY) == []


@pytest.mark.parametrize("world", ["sqlite"], indirect=True)
def test_what_either_s_erasure_ends_in_that_very_moment_is_not_declined(guild: World):
    found = nominating(guild)
    said = found.nominate(COMMUNITY, guild.account("ada"), "roof", reason="she helped", by=guild.account("bo"))
    guild.follower.catch_up()
    bo = guild.account("bo")

    def forget() -> None:
        guild.book.erase(COMMUNITY, [bo])

    with (
        at(postgres.Recorder.write, sqlite.Recorder.write, do=forget, before=True),
        pytest.raises(NotNominatedError, match=f"wanted a nomination of living people, got {said.position}"),
    ):
        found.decline(COMMUNITY, said.position or 0, reason="not yet")


def test_nobody_is_nominated_by_herself_or_for_what_cannot_be_given(guild: World):
    ada, bo = guild.account("ada"), guild.account("bo")
    for badge, by, pointer in (("roof", ada, "/member"), ("sworn", bo, "/badge"), ("nothing", bo, "/badge")):
        with pytest.raises(GivingError) as refused:
            nominating(guild).nominate(COMMUNITY, ada, badge, reason="x", by=by)
        assert [fault.pointer for fault in refused.value.faults] == [pointer]
