"""Rings and farming are found, with their evidence; honest people who work closely are let be."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest

from bench.rings import honest, schemes
from bench.rings.judging import FOUND, judged, proposals
from bench.rings.story import DAY, Act, events, facts
from projections import FAIRNESS, Fairness
from projections.fairness.proposals import Bounds, case_of, look
from projections.fairness.rings import Bounds as RingBounds
from projections.fairness.rings import candidates, rings
from projections.fairness.voices import graph
from projections.fold.history import History
from projections.fold.people import Account
from tests.projections.history_of import Teller, day
from tests.world import COMMUNITY

if TYPE_CHECKING:
    from bench.rings.story import Story
    from ledger import Fact
    from projections.fairness.proposals import Proposal, Seen
    from tests.world import World

SOURCE = "fairness"
RING = ("xa", "xb", "xc", "xd")


def known(*told: Fact) -> History:
    history = History()
    for fact in told:
        history.add(fact)
    return history


def seen(*told: Fact, bounds: Bounds | None = None) -> Seen:
    return look(known(*told), SOURCE, bounds)


def a_village(tell: Teller) -> list[Fact]:
    """Return two years of an honest place: twenty people, whose works three maintainers review."""
    told = []
    for number in range(300):
        author, at = f"p{number % 20}", number * 2.4
        told.append(tell.work(author, at, f"w{number}"))
        told.append(tell.voice(f"p{(number * 7 + 1) % 3}", author, at + 1, f"w{number}"))
    return told


def a_ring(tell: Teller, people: tuple[str, ...] = RING, at: float = 400, works: int = 4) -> list[Fact]:
    """Return what a ring does within a few days: everybody endorses everything the others bring."""
    told = []
    for author in people:
        for number in range(works):
            item = f"{author}/{at}/{number}"
            told.append(tell.work(author, at + number / 2, item, length=12))
            told += [tell.voice(by, author, at + number / 2 + 0.2, item) for by in people if by != author]
    return told


def a_decision(tell: Teller, at: float, action: str, people: tuple[str, ...] = RING, case: str = "case") -> list[Fact]:
    return [tell("moderation", at, member=one, case=case, action=action, source=SOURCE) for one in people]


def the_only(found: Seen) -> Proposal:
    (proposal,) = found.proposals
    return proposal


def test_a_ring_is_shown_with_its_evidence_in_words():
    tell = Teller()
    told = [*a_village(tell), *a_ring(tell)]
    found = the_only(seen(*told))
    inside = {fact.position for fact in told if fact.open.get("endorser") in RING}

    assert (found.kind, found.members) == ("ring", frozenset(RING))
    assert {voice.position for voice in found.voices} == inside
    assert found.measures["inside"] == len(inside) == 48
    assert found.says[0].startswith("4 people endorsed one another 48 times.")
    assert "Of 16 works they endorsed among themselves, nobody else endorsed 16." in found.says
    assert "Before and after they never endorsed one another." in found.says
    assert "Of 6 pairs, 6 endorsed each other." in found.says


def test_an_honest_village_is_let_be():
    assert seen(*a_village(Teller())).proposals == ()
    assert seen().proposals == ()


def test_two_who_review_each_other_are_no_ring():
    tell = Teller()
    assert seen(*a_village(tell), *a_ring(tell, ("xa", "xb"), works=15)).proposals == ()


def test_a_team_that_goes_on_for_years_is_no_ring():
    tell = Teller()
    years = [fact for turn in range(8) for fact in a_ring(tell, ("ta", "tb", "tc"), at=40 + 85 * turn, works=2)]
    assert seen(*a_village(tell), *years).proposals == ()


def test_a_group_whose_works_others_endorse_too_is_no_ring():
    tell = Teller()
    ring = a_ring(tell)
    teacher = [tell.voice("p0", fact.open["author"], 403, fact.open["item"]) for fact in ring if "author" in fact.open]
    assert len(seen(*ring, *a_village(tell)).proposals) == 1
    assert seen(*ring, *teacher, *a_village(tell)).proposals == ()


def test_members_are_counted_not_accounts():
    tell = Teller()
    told = [*a_village(tell), *a_ring(tell, ("xa", "xb", "xc"))]
    assert len(the_only(seen(*told)).members) == 3
    assert seen(*told, tell.link("xa", "xb", 500)).proposals == ()


def test_what_was_withdrawn_is_not_counted():
    tell = Teller()
    ring = a_ring(tell)
    voices = [fact for fact in ring if "endorser" in fact.open]
    assert seen(*a_village(tell), *ring, *(tell.withdraw(fact, 420) for fact in voices)).proposals == ()


def test_objections_are_no_endorsements():
    tell = Teller()
    told = [tell.voice(by, of, 400 + n, f"{of}/{n}", "objection") for by, of in permutations(RING, 2) for n in range(9)]
    assert graph(known(*told)).voices == []


def test_nobody_who_was_erased_is_proposed():
    tell = Teller()
    history = known(*a_village(tell), *a_ring(tell))
    history.erased.add(Account(RING[0]))
    found = look(history, SOURCE)
    assert [one.members for one in found.proposals] == [frozenset(RING[1:])]


def test_the_order_of_arrival_changes_nothing():
    tell = Teller()
    told = [*a_village(tell), *a_ring(tell)]
    turned = [replace_position(fact, place) for place, fact in enumerate(reversed(told), 1)]
    one, other = the_only(seen(*told)), the_only(seen(*turned))
    assert one._replace(voices=()) == other._replace(voices=())
    assert [voice[:4] for voice in one.voices] == [voice[:4] for voice in other.voices]


def replace_position(fact: Fact, position: int) -> Fact:
    fields = {name: getattr(fact, name) for name in fact.__struct_fields__}
    return type(fact)(**fields | {"position": position})


# What a person decided


@pytest.mark.parametrize("actions", [("dismissed",), ("hidden", "restored", "dismissed")])
def test_what_a_person_let_be_rests_until_more_has_come(actions):
    tell = Teller()
    told = [*a_village(tell), *a_ring(tell)]
    for step, action in enumerate(actions):
        told += a_decision(tell, 410 + step, action)
    found = seen(*told)
    assert found.proposals == ()
    assert [case.state for case in found.decided] == ["left" if len(actions) == 1 else "restored"]
    assert found.decided[0].members == frozenset(RING)

    little = [tell.voice("xa", "xb", 415, f"xb/n{number}") for number in range(4)]
    assert seen(*told, *little).proposals == ()
    more = [tell.voice("xa", "xc", 416, f"xc/n{number}") for number in range(4)]
    assert len(seen(*told, *little, *more).proposals) == 1


def test_others_words_of_a_case_decide_nothing():
    tell = Teller()
    told = [*a_village(tell), *a_ring(tell)]
    told += [tell("moderation", 410, member=one, case="case", action="dismissed") for one in RING]
    found = seen(*told)
    assert len(found.proposals) == 1
    assert found.decided == ()


def test_a_decision_that_was_withdrawn_is_none():
    tell = Teller()
    told = [*a_village(tell), *a_ring(tell)]
    words = a_decision(tell, 410, "dismissed")
    assert len(seen(*told, *words, *(tell.withdraw(fact, 411) for fact in words)).proposals) == 1


def test_a_case_is_named_after_whom_it_is_about():
    assert case_of("ring", ["b", "a"]) == case_of("ring", ["a", "b"])
    assert case_of("ring", ["a", "b"]) != case_of("flood", ["a", "b"])
    assert case_of("ring", ["a", "b"]) != case_of("ring", ["a", "b", "c"])


# Other farming


def test_dozens_in_a_day_are_shown():
    tell = Teller()
    told = [tell.work("xa", 400, f"xa/{number}") for number in range(30)]
    told += [tell.voice("xb", "xa", 400.5 + number / 100, f"xa/{number}") for number in range(30)]
    found = the_only(seen(*a_village(tell), *told))
    assert (found.kind, found.members) == ("flood", frozenset(("xa", "xb")))
    assert found.says[0].startswith("One endorsed 30 things of another within 24 hours: 100\u00a0% of all")


def test_a_long_series_reviewed_in_a_day_is_let_be_where_both_have_more_to_their_names():
    tell = Teller()
    told = [tell.voice("p0", "p5", 400.5 + number / 100, f"s/{number}") for number in range(30)]
    other = [tell.voice("p1", "p5", 300 + number, f"t/{number}") for number in range(30)]
    assert seen(*a_village(tell), *told, *other).proposals == ()


def test_accounts_that_only_ever_endorse_one_person_are_shown():
    tell = Teller()
    told = [tell.work("xa", 400 + number, f"xa/{number}") for number in range(5)]
    told += [
        tell.voice(f"y{puppet}", "xa", 402 + number, f"xa/{number}") for puppet in range(4) for number in range(1 + 2)
    ]
    found = the_only(seen(*a_village(tell), *told))
    assert (found.kind, found.members) == ("puppets", frozenset(("xa", "y0", "y1", "y2", "y3")))
    assert found.says[0] == "4 accounts endorsed one person 12 times, and nobody else ever."


def test_users_who_thank_whom_everybody_thanks_are_no_puppets():
    tell = Teller()
    told = [
        tell.voice(f"y{one}", "p0", 100 + 9 * number, f"thanks/{number}") for one in range(4) for number in range(2)
    ]
    others = [tell.voice(f"p{one}", "p0", 100 + number, f"more/{number}") for one in (1, 2) for number in range(12)]
    assert seen(*a_village(tell), *told, *others).proposals == ()


def test_a_second_account_that_endorses_the_first_is_shown_while_nobody_said_what_it_is():
    tell = Teller()
    told = [tell.voice("xb", "xa", 400 + number, f"xa/{number}") for number in range(3)]
    link = tell.link("xa", "xb", 410)
    link.open["proposed"] = True
    found = the_only(seen(*a_village(tell), *told, link))
    assert (found.kind, found.members) == ("double", frozenset(("xa", "xb")))
    assert "between them are 3 endorsements" in found.says[0]
    assert seen(*a_village(tell), *told, link, tell.link("xa", "xb", 411)).proposals == ()
    assert seen(*a_village(tell), *told, link, tell.link("xa", "xb", 411, "unlinked")).proposals == ()
    apart = tell.link("xa", "xb", 410, "unlinked")
    apart.open["proposed"] = True
    assert seen(*a_village(tell), *told, apart).proposals == ()  # that they are two people lifts nobody


# The bounds


def test_every_bound_can_be_set():
    tell = Teller()
    told = [*a_village(tell), *a_ring(tell)]
    for bounds in (RingBounds(smallest=5), RingBounds(surprise=1_000), RingBounds(each=20), RingBounds(closed=1.01)):
        assert seen(*told, bounds=Bounds(rings=bounds)).proposals == ()
    assert seen(*told, bounds=Bounds(rings=RingBounds(quick=0, chorus=9))).proposals == ()
    assert len(seen(*told, bounds=Bounds(rings=RingBounds(quick=3, chorus=9))).proposals) == 1


def test_nobody_is_in_two_rings_that_are_the_same():
    story = schemes.planted(honest.made(7), 7)
    history = known(*facts(story.story))
    found = rings(graph(history))
    assert len(found) < len(list(candidates(graph(history), RingBounds())))
    for one, other in permutations(found, 2):
        assert 2 * len(one.members & other.members) < max(len(one.members), len(other.members))


# The generator, and what is found of it


def test_a_story_is_the_same_for_the_same_seed():
    one, other = (schemes.planted(honest.made(3), 5) for _ in range(2))
    assert one == other
    assert facts(one.story) == facts(other.story)
    assert {len(scheme.members) for scheme in one.schemes if scheme.kind == "ring"} == set(schemes.SIZES)


def test_seeds_to_judge_by_are_not_those_to_tune_on():
    assert not set(schemes.TUNING) & set(schemes.HELD_OUT)


def test_most_rings_are_found_and_hardly_anybody_honest_is_touched():
    some = [judged(honest.made(seed), seed, each_size=1) for seed in (21, 22)]
    for kind, least in (("ring", 0.8), ("flood", 0.5), ("puppets", 0.5), ("double", 1.0)):
        caught = [found for one in some for scheme, found in one.schemes if scheme.kind == kind]
        assert sum(caught) >= least * len(caught), kind
    assert sum(one.touched for one in some) <= 0.02 * sum(one.honest for one in some)


# In a real book


def a_time() -> schemes.Planted:
    """Return some five hundred days, in which schemes were planted."""
    ends = honest.START + 500 * DAY
    base: Story = [act for act in honest.made(4) if isinstance(act, Act) and act.at < ends]
    return schemes.planted(base, 4)


@pytest.fixture
def a_book(world: World) -> World:
    """Give a book of such a time, with a level for which two people must have endorsed her."""
    world.publish(
        {
            "charter": 1,
            "name": "Guild",
            "ladder": [{"level": 1, "name": "L1"}],
            "rules": [
                {
                    "rule": "one",
                    "version": 1,
                    "grants": {"level": 1},
                    "all": [{"distinct": "endorser", "of": "endorsement", "at_least": 2}],
                }
            ],
        }
    )
    world.append(*events(a_time().story))
    return world


def test_a_book_tells_the_same_as_the_story(a_book: World):
    told = Fairness(a_book.book).told(COMMUNITY, at=day(900), effects=False)
    history = known(*facts(a_time().story))
    wanted = {(kind, members) for kind, members in proposals(graph(history), history) if kind != "double"}
    names = {a_book.account(who): who for who in {who for _, members in wanted for who in members}}
    found = {
        (one["kind"], frozenset(names.get(each["account"], "?") for each in one["members"]))
        for one in told["proposals"]
        if one["kind"] != "double"
    }
    assert found == wanted
    assert len(found) >= FOUND * 8
    assert told["decided"] == []
    for one in told["proposals"]:
        assert one["evidence_count"] >= len(one["evidence"]) > 0
        assert sum(pair["count"] for pair in one["voices"]) == one["evidence_count"]


def test_to_try_a_discount_leaves_no_trace(a_book: World):
    fairness = Fairness(a_book.book)
    once = fairness.told(COMMUNITY, at=day(900))
    again = fairness.told(COMMUNITY, at=day(900))
    a_book.append(a_book.work("late", 899))
    later = fairness.told(COMMUNITY, at=day(900))
    fresh = Fairness(a_book.book).told(COMMUNITY, at=day(900))
    assert once == again
    assert later == fresh
    assert later["proposals"] == once["proposals"]
    moved = [each for one in once["proposals"] for each in one["effect"]]
    assert moved
    assert all(each["loses"] or each["gains"] for each in moved)


def test_what_was_said_to_change_is_what_a_discount_changes(a_book: World):
    fairness, book = Fairness(a_book.book), a_book.book
    now = day(900)
    ring = next(one for one in fairness.told(COMMUNITY, at=now)["proposals"] if one["kind"] == "ring" and one["effect"])
    a_book.follower.catch_up()
    before = {one["account"]: a_book.standings.standing(COMMUNITY, one["account"], as_of=now) for one in ring["effect"]}
    accounts = [each["account"] for each in ring["members"]]
    told = [
        a_book.event("moderation", 899, case=ring["case"], action="hidden", member=_named(book.handle(COMMUNITY, each)))
        | {"source": FAIRNESS}
        for each in accounts
    ]
    a_book.tell(*told)

    for one in ring["effect"]:
        after = a_book.standings.standing(COMMUNITY, one["account"], as_of=now)
        assert (before[one["account"]]["level"], after["level"]) == (one["level"]["from"], one["level"]["to"])
    seen_now = fairness.told(COMMUNITY, at=now, effects=False)
    assert ring["case"] not in [one["case"] for one in seen_now["proposals"]]
    (case,) = seen_now["decided"]
    assert case["state"] == "discounted"
    assert case["members"] == ring["members"]


def _named(handle: dict[str, Any] | None) -> dict[str, str]:
    assert handle
    return {name: handle[name] for name in ("platform", "id")}
