"""Which accounts may be one person's: what is open, what suggests itself, and how an account leaves a person."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections import Links, Proposal, effect, merged
from projections.fold.people import Account
from tests.projections.history_of import Teller, day
from tests.world import COMMUNITY, World

if TYPE_CHECKING:
    from ledger import Fact

A, B, C, D = map(Account, "ABCD")


def proposed(tell: Teller, one: str, other: str, at: float, change: str = "linked", method: str = "oauth") -> Fact:
    return tell("identity", at, member=one, account=other, change=change, method=method, proposed=True)


def test_a_proposal_is_open_until_somebody_decides_and_again_when_there_is_new_evidence() -> None:
    tell = Teller()
    facts = [proposed(tell, "B", "A", 1), proposed(tell, "A", "B", 2, method="email")]
    (found,) = Links(facts).reported()
    assert found == Proposal(A, B, "linked", (1, 2), ("email", "oauth"))
    facts.append(tell.link("A", "B", 3, "unlinked"))  # rejected
    assert Links(facts).reported() == []
    facts.append(proposed(tell, "A", "B", 2.5))  # reported after it, whenever it happened
    assert [each.facts for each in Links(facts).reported()] == [(4,)]
    facts.append(tell.link("A", "B", 4))  # confirmed
    links = Links(facts)
    assert links.reported() == []
    assert links.together(A, B)


def test_what_would_change_nothing_or_was_withdrawn_is_not_open() -> None:
    tell = Teller()
    facts = [tell.link("A", "C", 1), tell.link("C", "B", 1), proposed(tell, "A", "B", 2)]
    assert Links(facts).reported() == []  # one person already, through C
    parted = proposed(tell, "C", "B", 3, "unlinked")
    assert [(each.change, each.one, each.other) for each in Links([*facts, parted]).reported()] == [("unlinked", B, C)]
    assert Links([*facts, parted, tell.withdraw(parted, 4)]).reported() == []
    assert Links([proposed(tell, "A", "D", 5, "unlinked")]).reported() == []  # they never were
    assert Links([proposed(tell, "A", "A", 5)]).reported() == []


def contact(platform: str, **told: str) -> dict[str, str]:
    return {"platform": platform, "id": "x", **told}


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (contact("forum", email="Ada@X.example"), contact("forum", email=" ada@x.example"), ("email",)),
        (contact("forum", name="Ada  Lovelace"), contact("git", name="ada lovelace"), ("name",)),
        (contact("forum", handle="@ada_l"), contact("git", handle="ADA_L"), ("handle",)),
        (
            contact("forum", name="Ada Lovelace", email="a@x.example"),
            contact("git", name="Ada Lovelace", email="a@x.example"),
            ("email", "name"),
        ),
        (contact("forum", name="Ada Lovelace"), contact("forum", name="Ada Lovelace"), ()),  # two people, one forum
        (contact("forum", name="Ada"), contact("git", name="Ada"), ()),  # too common
        (contact("forum", handle="al"), contact("git", handle="al"), ()),
        (contact("forum", email="none"), contact("git", email="none"), ()),
        (contact("forum"), contact("git"), ()),
    ],
)
def test_what_two_contacts_have_in_common(one: dict[str, str], other: dict[str, str], alike: tuple[str, ...]) -> None:
    found = Links([]).suggested({A: one, B: other}, lambda _: None)
    assert found == ([Proposal(A, B, "linked", alike=alike)] if alike else [])


def test_a_name_that_many_bear_is_no_evidence() -> None:
    contacts = {Account(str(n)): contact(f"p{n}", name="Jo Smith") for n in range(4)}
    assert Links([]).suggested(contacts, lambda _: None) == []


def test_who_was_told_apart_is_suggested_again_only_by_what_was_not_known_then() -> None:
    tell = Teller()
    links = Links([tell.link("A", "B", 1, "unlinked")])
    both = contact("forum", name="Ada Lovelace"), contact("git", name="Ada Lovelace")
    contacts = dict(zip((A, B), both, strict=True))
    assert links.suggested(contacts, lambda _: ["name"]) == []
    assert links.suggested(contacts, lambda _: None) == []
    closer = {each: {**told, "email": "ada@x.example"} for each, told in contacts.items()}
    assert [each.alike for each in links.suggested(closer, lambda _: ["name"])] == [("email", "name")]
    assert links.suggested(closer, lambda _: None) == []
    assert Links([tell.link("A", "B", 1)]).suggested(contacts, lambda _: None) == []


def test_what_was_reported_and_what_suggests_itself_is_told_once() -> None:
    tell = Teller()
    links = Links([proposed(tell, "A", "B", 1), tell.link("B", "D", 1)])
    suggested = [Proposal(A, B, "linked", alike=("email",)), Proposal(B, C, "linked", alike=("name",))]
    assert merged(links.reported(), suggested, links) == [
        Proposal(A, B, "linked", (1,), ("oauth",), ("email",)),
        Proposal(B, C, "linked", alike=("name",)),
    ]


@given(st.integers(0, 99_999))
def test_an_account_that_leaves_a_person_leaves_alone_and_the_others_stay_together(seed: int) -> None:
    draw, tell = random.Random(seed), Teller()  # noqa: S311  a story, not a secret
    pairs = [draw.sample("ABCDE", 2) for _ in range(9)]
    changes = ["linked", "linked", "unlinked"]
    facts = [tell.link(one, other, n, draw.choice(changes)) for n, (one, other) in enumerate(pairs)]
    links = Links(facts)
    leaving = Account(draw.choice("ABCDE"))
    others = {*links.people.companions(leaving)} - {leaving}
    for one, other, change in links.parting(leaving):
        facts.append(tell.link(one, other, 20, change))
    after = Links(facts).people
    assert after.companions(leaving) == (leaving,)
    assert not others or {*after.companions(min(others))} == others
    for account in map(Account, "ABCDE"):
        if account not in {*others, leaving}:
            assert after.companions(account) == links.people.companions(account)


_LAW: dict[str, Any] = {
    "charter": 1,
    "name": "Guild",
    "ladder": [{"level": 1, "name": "One"}, {"level": 2, "name": "Two"}],
    "badges": [{"badge": "loved", "name": "Loved", "description": "d"}],
    "rules": [
        {
            "rule": "one",
            "version": 1,
            "grants": {"level": 1},
            "all": [{"count": "contribution", "at_least": 2}],
        },
        {
            "rule": "two",
            "version": 1,
            "grants": {"level": 2},
            "all": [{"holds": {"level": 1}}, {"count": "contribution", "at_least": 4}],
        },
        {
            "rule": "loved",
            "version": 1,
            "grants": {"badge": "loved"},
            "all": [{"distinct": "endorser", "of": "endorsement", "where": {"endorser_level": 1}, "at_least": 1}],
        },
    ],
}


def test_what_a_link_would_change_is_what_it_then_changes(world: World) -> None:
    world.publish(_LAW)
    works = [world.work(who, at) for who, at in (("ada", 1), ("ada", 2), ("ada2", 3), ("ada2", 4), ("bo", 1))]
    world.tell(*works, world.voice("ada2", "ada", 5), world.voice("ada", "bo", 6), world.work("ada2", 4.5))
    ada, other = (Account(world.account(who)) for who in ("ada", "ada2"))
    found = effect(world.standings, COMMUNITY, [(ada, other, "linked")], at=world.clock.now)
    assert [(each.level, each.badges, each.acts) for each in found.before] == [(1, ("loved",), 3), (1, (), 4)]
    assert [(each.level, each.badges, each.acts, each.accounts) for each in found.after] == [
        (2, (), 6, (ada, other)),  # her endorsement of herself is no act either
    ]
    assert found.own == 1
    assert world.level("ada") == 1  # nothing was recorded

    accounts = [{"platform": "forum", "id": name} for name in ("ada", "ada2")]
    world.tell(world.event("identity", 7, member=accounts[0], account=accounts[1], change="linked", method="admin"))
    standing = world.standings.standing(COMMUNITY, ada)
    assert (standing["level"], standing["badges"], standing["acts"]) == (2, [], 6)

    parted = effect(world.standings, COMMUNITY, [(other, ada, "unlinked")], at=world.clock.now)
    assert (parted.before, parted.after, parted.own) == (found.after, found.before, -1)


def test_the_links_of_a_community_are_found_without_reading_it_all(world: World) -> None:
    world.publish(_LAW)
    accounts = [{"platform": "forum", "id": name} for name in ("ada", "ada2")]
    link = world.event("identity", 7, member=accounts[0], account=accounts[1], change="linked", method="oauth")
    early = world.event("retraction", 8, retracts="identity-late", reason="mistake")
    world.tell(world.work("ada", 1), link, world.work("ada2", 1), early)
    world.tell({**link, "id": "identity-late"}, world.event("retraction", 9, retracts=link["id"], reason="mistake"))
    found = world.book.at(COMMUNITY, world.views.at(COMMUNITY).links(COMMUNITY))
    assert [fact.topic.partition(".")[0] for fact in found] == ["identity", "retraction", "identity", "retraction"]
    assert not Links(found).together(*(Account(world.account(who)) for who in ("ada", "ada2")))
    assert Links(msgspec.structs.replace(fact, time=day(1)) for fact in found).reported() == []
