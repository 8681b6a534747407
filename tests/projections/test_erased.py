"""Who was erased is in no list, and whoever was lifted by her stands where she stood, to the byte."""

from __future__ import annotations

from typing import Any

import pytest

from projections import Follower, UnknownMemberError, rebuild, simulate
from projections.asked.folds import replay
from projections.views.worker import charters_of
from tests.ledger.test_erasing import award
from tests.projections.history_of import day
from tests.projections.test_any_interleaving import LAWS
from tests.world import COMMUNITY, World

OTHERS = ("bo", "cy", "dee", "eve")
LAW = {**LAWS[0], "leader_roles": [{"role": "host", "name": "Host"}]}
LAW["rules"] = [
    *LAWS[0]["rules"],
    {"rule": "host", "version": 1, "grants": {"eligible": "host"}, "all": [{"holds": {"level": 2}}]},
]
STRICTER = {**LAW, "rules": [{**LAWS[1]["rules"][0], "version": 2}, *LAW["rules"][1:]]}
HERS = ("ada", "ada2")


def _link(world: World, one: str, other: str, at: float, change: str = "linked") -> dict[str, Any]:
    accounts = [{"platform": "forum", "id": each} for each in (one, other)]
    return world.event("identity", at, member=accounts[0], account=accounts[1], change=change, method="oauth")


@pytest.fixture
def full(world: World) -> World:
    """Give a community in which Ada, by two accounts, works with, endorses and is endorsed by everybody."""
    world.publish(LAW)
    people = [*OTHERS, *HERS]
    works = [world.work(who, number / 10, f"i:{who}") for number, who in enumerate(people)]
    bo, ada2 = ({"platform": "forum", "id": each} for each in ("bo", "ada2"))
    works += [world.work("cy", 2, "i:both", coauthors=[ada2]), world.work("ada", 3, "i:more", coauthors=[bo])]
    given = [world.voice(by, of, 4 + number / 10, item=f"i:{of}") for number, (by, of) in enumerate((
        ("ada", "bo"), ("ada2", "cy"), ("bo", "ada"), ("cy", "ada2"), ("bo", "dee"), ("dee", "ada")))]  # fmt: skip
    given += [world.voice("ada2", "eve", 20), {**_link(world, "ada", "ada2", 5), "id": "the-link"}]
    world.tell(*works, *given)
    accounts = {who: world.account(who) for who in people}
    world.book.award([_award(world, who) for who in ("ada", "bo", "ada2")])
    world.follower.catch_up()
    assert accounts["ada"] in world.timelines()
    return world


def _award(world: World, who: str) -> Any:
    return award(world.book, who, "loved", community=COMMUNITY)


def _accounts(world: World) -> list[str]:
    return [world.account(who) for who in HERS]


def _rows(world: World, table: str, columns: str) -> list[Any]:
    views = world.views.shards[0]
    live = views.generations.live()
    with views._store.reading() as rows:
        return sorted(rows.run(f"SELECT {columns} FROM {table}_{live}"), key=str)  # noqa: S608 - ours


def _of_others(world: World, others: dict[str, str]) -> dict[str, Any]:
    """Return all that is told of the others, and what stands in their rows."""
    told: dict[str, Any] = {}
    for who, account in others.items():
        standing = world.standings.standing(COMMUNITY, account)
        told[who] = {name: value for name, value in standing.items() if name != "position"}
        told[f"{who}, judged"] = world.standings.verdicts(COMMUNITY, account)
        rules = [(rule, day(50)) for rule in world.standings.charter(COMMUNITY).rules]
        told[f"{who}, cited"] = world.standings.evidence(COMMUNITY, account, rules)
        told[f"{who}, awarded"] = world.views.awards(COMMUNITY, accounts=[account])  # type: ignore[list-item]
    leaders = world.standings.leaders(COMMUNITY)
    told["leaders"] = {
        part: [each for each in leaders[part] if each["account"] in others.values()]
        for part in ("eligible", "holding", "ending", "overdue", "nominated", "coming", "resting")
    }
    told["members"] = [each for each in world.standings.members(COMMUNITY) if each["account"] in others.values()]
    told["rows"] = [row for row in _rows(world, "member", "*") if row[1] in others.values()]
    told["held"] = _rows(world, "held", "*")
    return told


def _assert_gone(world: World, accounts: list[str], credentials: list[str]) -> None:
    assert not {*accounts} & {row.member for row in world.views.members(COMMUNITY)}
    assert not {*accounts} & {each["account"] for each in world.standings.members(COMMUNITY)}
    leaders = str(world.standings.leaders(COMMUNITY, explained=9))
    assert not [account for account in accounts if account in leaders]
    assert not {*accounts} & {str(each.account) for each in world.views.awards(COMMUNITY)}
    for account in accounts:
        assert world.views.member(COMMUNITY, account) is None
        with pytest.raises(UnknownMemberError):
            world.standings.standing(COMMUNITY, account)
    assert [world.views.award(each) for each in credentials] == [None] * len(credentials)
    assert {row[0] for row in _rows(world, "award", "credential, account") if row[1] in accounts} == {""}


def test_others_stand_where_they_stood(full: World) -> None:
    others, accounts = {who: full.account(who) for who in OTHERS}, _accounts(full)
    credentials = [each.credential for each in full.views.awards(COMMUNITY) if str(each.account) in accounts]
    before = _of_others(full, others)
    count = len(full.standings.members(COMMUNITY))
    assert before["bo"]["level"] == before["eve"]["level"] == 2  # by her voice alone
    assert len(credentials) == 2

    full.book.erase(COMMUNITY, accounts)
    full.follower.catch_up()

    assert _of_others(full, others) == before
    assert len(full.standings.members(COMMUNITY)) == count - 1
    _assert_gone(full, accounts, credentials)
    assert len(full.views.at(COMMUNITY).flags(COMMUNITY)) == 2


@pytest.mark.parametrize("anew", [False, True], ids=["the same process", "another process"])
def test_late_facts_and_charters_do_not_bring_her_back(full: World, *, anew: bool) -> None:
    accounts = _accounts(full)
    full.book.erase(COMMUNITY, accounts)
    full.follower.catch_up()
    if anew:
        full.follower = full.followers[0] = Follower(full.book, full.views)

    full.tell(full.event("endorsement", 6, endorser={"platform": "forum", "id": "bo"}, item="i:ada", strength="review"))
    full.tell(full.work("eve", 7, "i:ada2"), full.voice("eve", "bo", 21, item="i:bo"))
    full.clock.now += 1_000
    full.publish(STRICTER)
    full.follower.catch_up()
    full.tell(full.event("retraction", 8, retracts="the-link", reason="mistake"))

    _assert_gone(full, accounts, [])
    live = full.timelines()
    clean = replay(full.book, COMMUNITY, charters_of(full.book, COMMUNITY), full.book.head(COMMUNITY)).derived
    assert live == {member: clean[member] for member in clean if member not in accounts}
    shadows = {row[0]: row[1:] for row in _rows(full, "erased", "member, accounts, body")}
    assert shadows.keys() <= {*accounts}
    tables = {"erased": "member, accounts, body", "member": "member, accounts, body, due", "account": "*"}
    tables |= {"award": "*", "revocation": "*", "held": "*"}
    rows = {table: _rows(full, table, columns) for table, columns in tables.items()}

    rebuild(full.book, full.views)

    assert {table: _rows(full, table, columns) for table, columns in tables.items()} == rows
    assert full.timelines() == live
    _assert_gone(full, accounts, [])


def test_nobody_is_told_that_she_would_gain(full: World) -> None:
    accounts = _accounts(full)
    rule = {**LAW["rules"][0], "version": 3, "all": [{"count": "contribution", "at_least": 9}]}
    proposed = {**LAW, "rules": [rule, *LAW["rules"][1:]]}
    before = simulate(full.book, COMMUNITY, proposed, at=day(50))
    full.book.erase(COMMUNITY, accounts)
    after = simulate(full.book, COMMUNITY, proposed, at=day(50))

    assert {*accounts} & {each["account"] for each in before["losses"]}
    for part in ("gains", "losses", "levels"):
        assert after[part] == [each for each in before[part] if each["account"] not in accounts]
    assert after["members"] == before["members"]
