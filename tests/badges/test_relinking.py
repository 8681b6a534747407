"""Accounts are linked, parted and linked again, while badges are awarded, doubted and decided on.

After each story standings are those of a book that knew from the start who is who; whoever holds a badge has one
credential of it that nobody doubts; and what is in review is what the definition says, by a fold of everything.
"""

from __future__ import annotations

import os
import random
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from badges import AwardFollower, Reviews
from projections import Account, span_at
from projections.fold.standing import Community
from projections.fold.subjects import OWN, by_time, kind
from tests.projections.history_of import DAY, day
from tests.world import COMMUNITY, Clock, World

if TYPE_CHECKING:
    from pathlib import Path

    from ledger import Fact
    from projections import AwardRow

STORIES = int(os.environ.get("STORIES", "4"))
STEPS = 100
PEOPLE = ("ada", "ada2", "ada3", "bo", "bo2", "cy")
LAW: dict[str, Any] = {
    "charter": 1,
    "name": "Guild",
    "ladder": [{"level": 1, "name": "One"}],
    "badges": [{"badge": each, "name": each, "description": "d"} for each in ("maker", "loved", "lively")],
    "rules": [
        {"rule": "one", "version": 1, "grants": {"level": 1}, "all": [{"count": "contribution", "at_least": 2}]},
        {
            "rule": "maker",
            "version": 1,
            "grants": {"badge": "maker"},
            "all": [{"count": "contribution", "at_least": 3}],
        },
        {
            "rule": "loved",
            "version": 1,
            "grants": {"badge": "loved"},
            "all": [{"distinct": "endorser", "of": "endorsement", "where": {"endorser_level": 1}, "at_least": 2}],
        },
        {
            "rule": "lively",
            "version": 1,
            "grants": {"badge": "lively"},
            "on_lapse": {"after": "48h", "then": "review"},
            "all": [{"days": "activity", "within": "12d", "at_least": 3}],
        },
    ],
}


class Story:
    """One book, and what befalls it; every choice by a seed."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.draw = random.Random(seed)  # noqa: S311  a story, not a secret
        self.reviews = Reviews(world.book, world.views, world.standings, clock=world.clock)
        self.told: list[dict[str, Any]] = []
        self.seen: Counter[str] = Counter()

    def run(self, steps: int) -> None:
        draw, steps_of = self.draw, (self.works, self.speaks, self.links, self.withdraws, self.decides, self.waits)
        for _ in range(steps):
            draw.choices(steps_of, (8, 8, 5, 3, 5, 4))[0]()
            if draw.random() < 0.3:
                self.follow()
        self.follow()
        self.follow()  # what was awarded in the first may have been claimed before

    def at(self) -> float:
        return (self.world.clock.now - day(0)) / DAY - self.draw.random() * 6

    def tell(self, event: dict[str, Any]) -> None:
        self.told.append(event)
        self.world.append(event)

    def works(self) -> None:
        self.tell(self.world.work(self.draw.choice(PEOPLE), self.at()))

    def speaks(self) -> None:
        by, of = self.draw.sample(PEOPLE, 2)
        self.tell(self.world.voice(by, of, self.at()))

    def links(self) -> None:
        one, other = self.draw.sample(PEOPLE[:3] if self.draw.random() < 0.6 else PEOPLE, 2)
        accounts = [{"platform": "forum", "id": name} for name in (one, other)]
        change = self.draw.choice(["linked", "linked", "unlinked"])
        told: dict[str, Any] = {"member": accounts[0], "account": accounts[1], "change": change, "method": "admin"}
        self.tell(self.world.event("identity", self.at(), **told))

    def withdraws(self) -> None:
        if self.told:
            event = self.draw.choice(self.told)
            if not event["type"].startswith("org.guildbook.retraction"):
                self.tell(self.world.event("retraction", self.at(), retracts=event["id"], reason="mistake"))

    def decides(self) -> None:
        self.follow()
        for review in self.reviews.of(COMMUNITY, 1):
            self.seen.update(why.kind for why in review.ground.reasons)
            self.reviews.decide(
                COMMUNITY, review.award.credential, self.draw.choice(["keep", "revoke", "revoke"]), reason="so"
            )

    def waits(self) -> None:
        self.world.clock.now += self.draw.randint(1, 5) * DAY

    def follow(self) -> None:
        world = self.world
        world.follower.catch_up()
        AwardFollower(world.book, world.views, world.standings, clock=world.clock).run_once()
        world.follower.catch_up()


@pytest.fixture(params=range(STORIES))
def story(request: pytest.FixtureRequest, world: World) -> Story:
    """Give a book after a story."""
    world.clock.now = day(10)
    world.publish(LAW)
    told = Story(world, request.param)
    told.run(70)
    return told


def facts_of(world: World) -> list[Fact]:
    return world.book.read(COMMUNITY, 0, 10_000)


def known_from_the_start(world: World) -> Community:
    """Return the fold of the same facts, had the last word on every two accounts come first, and no other."""
    facts = [fact for fact in facts_of(world) if not fact.topic.startswith(OWN)]
    withdrawn = {fact.open["retracts"] for fact in facts if kind(fact) == "retraction"}
    links = sorted((fact for fact in facts if kind(fact) == "identity" and fact.stream not in withdrawn), key=by_time)
    last = {frozenset((fact.open["member"], fact.open["account"])): fact for fact in links}
    in_order = [*last.values(), *(fact for fact in facts if kind(fact) != "identity")]
    community = Community(world.standings.charters(COMMUNITY))
    community.add(msgspec.structs.replace(fact, position=number) for number, fact in enumerate(in_order, 1))
    community.settle()
    return community


def doubted(world: World, community: Community) -> dict[str, set[str]]:
    """Return which credentials the definition puts in review: without ground, and one too many."""
    held: defaultdict[tuple[Account, str], list[AwardRow]] = defaultdict(list)
    found: dict[str, set[str]] = {"lost": set(), "twice": set()}
    for award in world.views.awards(COMMUNITY):
        member = community.history.people.root(award.account)
        spans = community.derived[member].grants.get(("badge", award.achievement), [])
        if award.revoked is None and span_at(spans, world.clock.now):
            held[member, award.achievement].append(award)
        elif award.revoked is None:
            found["lost"].add(award.credential)
    for several in held.values():
        found["twice"] |= {one.credential for one in sorted(several, key=lambda one: (one.earned, one.position))[1:]}
    return found


def test_all_comes_out_as_if_it_had_been_known_from_the_start(story: Story) -> None:
    clean = known_from_the_start(story.world)
    standings_are_those_of(clean, story)
    reviews_are_by_definition(clean, story)
    awards_were_made_once(story)


def standings_are_those_of(clean: Community, story: Story) -> None:
    rows = {row.member: row for row in story.world.views.members(COMMUNITY)}
    named = {account for fact in facts_of(story.world) for account in _named(fact)}
    assert {member: row.derived for member, row in rows.items()} == {
        member: derived for member, derived in clean.derived.items() if member in rows
    }
    assert {clean.history.people.root(account) for account in named} == rows.keys()
    assert all(row.accounts == clean.history.people.accounts(member) for member, row in rows.items())


def reviews_are_by_definition(clean: Community, story: Story) -> None:
    """Whoever holds a badge has one credential of it that nobody doubts; every other one is in review."""
    world = story.world
    found = doubted(world, clean)
    fresh = Reviews(world.book, world.views, world.standings, clock=world.clock)
    for reviews in (story.reviews, fresh):  # one that has looked all along, and one that looks for the first time
        told = {each.award.credential: each for each in reviews.of(COMMUNITY, upheld=True)}
        assert told.keys() == found["lost"] | found["twice"]
        twice = {name for name, each in told.items() if each.ground.reasons[0].kind == "duplicate"}
        assert twice == found["twice"]
        assert reviews.count(COMMUNITY) == sum(not each.upheld for each in told.values())
        assert all(each.upheld == (each.award.upheld == each.ground.digest) for each in told.values())
    standing: Counter[tuple[Account, str]] = Counter()
    for award in world.views.awards(COMMUNITY):
        if award.revoked is None and award.credential not in found["lost"] | found["twice"]:
            standing[clean.history.people.root(award.account), award.achievement] += 1
    now = world.clock.now
    holding = {
        (member, badge)
        for member, derived in clean.derived.items()
        for (name, badge), spans in derived.grants.items()
        if name == "badge" and span_at(spans, now)
    }
    assert standing == dict.fromkeys(holding, 1)


def awards_were_made_once(story: Story) -> None:
    renewals: defaultdict[tuple[Account, str], list[int]] = defaultdict(list)
    for award in story.world.views.awards(COMMUNITY):
        renewals[award.account, award.achievement].append(award.renewal)
    assert all(sorted(numbers) == list(range(len(numbers))) for numbers in renewals.values())
    before = story.world.book.head(COMMUNITY)
    story.follow()
    assert story.world.book.head(COMMUNITY) == before


def _named(fact: Fact) -> list[Account]:
    fields = {"author", "endorser", "endorsee", "member", "account"}
    return [] if fact.topic.startswith(OWN) else [Account(fact.open[name]) for name in fields & fact.open.keys()]


def test_a_story_has_all_of_it(tmp_path: Path) -> None:
    """Or the properties above would hold of nothing."""
    seen: Counter[str] = Counter()
    for seed in range(STORIES):
        world = World(str(tmp_path / f"{seed}.sqlite"), tmp_path / str(seed), Clock(day(10)))
        world.publish(LAW)
        told = Story(world, seed)
        told.run(STEPS)
        seen.update(fact.topic for fact in facts_of(world))
        seen.update("renewed" for award in world.views.awards(COMMUNITY) if award.renewal)
        seen += told.seen
        world.close()
    reasons = {"withdrawn", "uncounted", "lapsed", "duplicate"}
    assert {"award.issued.v1", "award.revoked.v1", "award.upheld.v1", "renewed", *reasons} <= seen.keys()
