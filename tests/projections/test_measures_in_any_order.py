"""Whatever the order in which facts arrive, measures are the same; and the past does not know what came later."""

from __future__ import annotations

from itertools import repeat
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from projections.measures.told import MEASURES, told
from tests.projections.history_of import Teller, charter, day
from tests.projections.measured import scene

LAW = charter(
    {"grants": {"level": 1}, "all": [{"count": "contribution", "where": {"kind": "code"}, "at_least": 2}]},
    {"grants": {"eligible": "host"}, "all": [{"count": "contribution", "at_least": 3}]},
    outcomes=[{"outcome": "teach", "can": "Can teach", "skills": ["teaching"]}],
    targets={"weekly_active": 30},
)
LONG = 80  # days
_people = st.sampled_from(["ada", "bo", "cy", "di"])
_times = st.integers(0, 4 * LONG).map(lambda quarter: quarter / 4)
_items = st.sampled_from([f"i{n}" for n in range(6)])
_kinds = st.sampled_from(["post", "reply", "code", "resource", "curation"])
_works = st.tuples(st.just("work"), _people, _times, _items, _kinds, _items)
_voices = st.tuples(st.just("voice"), _people, _times, _people, st.sampled_from(["reaction", "comment"]))
_seats = st.tuples(
    st.just("seat"), _people, _times, st.sampled_from(["s1", "s2"]), st.sampled_from(["attendee", "facilitator"])
)
_rates = st.tuples(st.just("rate"), _people, _times, st.sampled_from(["pre", "post"]), st.integers(1, 10))
_stories = st.tuples(st.just("story"), _people, _times, _items, st.integers(1, 9))
_comings = st.tuples(st.just("coming"), _people, _times, st.sampled_from(["joined", "left", "paused"]))
_links = st.tuples(st.just("link"), _people, _times, _people)
acts = st.lists(st.one_of(_works, _voices, _seats, _rates, _stories, _comings), max_size=20)


def facts_of(tell: Teller, acts: list[Any]) -> list[Any]:
    return [_fact(tell, *act) for act in acts]


def _fact(tell: Teller, what: str, who: str, at: float, *more: Any) -> Any:
    if what == "work":
        item, kind, about = more
        return tell.work(who, at, item, kind, thread=f"t{about}", about=about, skills=["teaching"])
    if what == "voice":
        return tell.voice(who, more[0], at, strength=more[1], skill="craft")
    if what == "seat":
        return tell.seat(who, at, more[0], role=more[1], series="circle")
    if what == "rate":
        return tell(
            "response", at, respondent=who, instrument="f", phase=more[0], answers=[{"item": "q", "value": more[1]}]
        )
    if what == "story":
        measure = {"name": "m", "before": 1, "after": more[1]}
        return tell("impact", at, member=who, kind="practice_change", measure=measure, inspiredBy=[more[0]])
    if what == "coming":
        return tell("membership", at, member=who, change=more[0])
    return tell.link(who, more[0], at)


def all_told(facts: list[Any], at: float) -> list[Any]:
    """Return all measures but the last two, which are made of the others."""
    return told(scene(facts, at, law=LAW, weeks=5), MEASURES.values())


@settings(max_examples=30)
@given(acts, st.lists(_links, max_size=2), st.lists(st.integers(0, 19), max_size=3), st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(did, links, withdrawn, random):
    tell = Teller()
    facts = facts_of(tell, [*did, *links])
    facts += [tell.withdraw(facts[n], LONG) for n in withdrawn if n < len(facts)]
    shuffled = random.sample(facts, len(facts))
    again = [msgspec.structs.replace(fact, position=n) for n, fact in enumerate(shuffled, start=1)]
    assert all_told(facts, LONG) == all_told(again, LONG)


def _same_seat(one: Any, other: Any) -> bool:
    return one[0] == other[0] == "seat" and (one[1], one[3]) == (other[1], other[3])


@settings(max_examples=30)
@given(acts, _times)
def test_the_past_does_not_know_what_came_later(did, at):
    """But for what reaches back: withdrawals, links, and what is told again of somebody's seat in a session."""
    facts = facts_of(Teller(), [act for n, act in enumerate(did) if not any(map(_same_seat, repeat(act), did[:n]))])
    before = [fact for fact in facts if fact.time <= day(at)]
    assert all_told(facts, at) == all_told(before, at)


@settings(max_examples=20)
@given(acts, st.integers(0, 20))
def test_what_was_known_then_is_a_part_of_what_is_known_now(did, number):
    facts = facts_of(Teller(), did)
    known = facts[:number]
    ours = told(scene(facts, LONG, weeks=3, known=len(known)), _WITHOUT_GRANTS)
    assert ours == told(scene(known, LONG, weeks=3), _WITHOUT_GRANTS)


_WITHOUT_GRANTS = [one for one in MEASURES.values() if one.slug not in {"pipeline", "dominance", "member_led"}]
