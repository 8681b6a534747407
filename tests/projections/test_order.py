"""Incremental equals replay, in every order of arrival: the property that matters most; and no level looks ahead.

Levels here depend on other people's levels, accounts are linked and parted, facts are withdrawn before
and after they arrive, and works are brought by two hands.
"""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import Fact
from projections.asked import explain
from projections.fold import standing, tallies
from projections.fold.history import History
from projections.fold.holds import Derived
from projections.fold.rules import met
from projections.fold.spans import DAWN, DOOM, next_turn, span_at
from projections.fold.standing import Community
from projections.fold.subjects import by_time
from schemas import format_time, parse_time
from tests.projections.history_of import DAY, Teller, charter, day, fold

_PEOPLE = ["A1", "A2", "B1", "B2", "C1", "D1"]
LAW = charter(
    {"grants": {"level": 1}, "all": [{"count": "contribution", "at_least": 1}]},
    {
        "grants": {"level": 2},
        "all": [
            {"holds": {"level": 1}},
            {
                "distinct": "endorser",
                "of": "endorsement",
                "where": {"endorser_level": {"at_least": 1}},
                "at_least": 1,
            },
        ],
    },
    {
        "grants": {"level": 3},
        "on_lapse": {"after": "2d", "then": "revoke"},
        "all": [
            {
                "distinct": "endorser",
                "of": "endorsement",
                "where": {"endorser_level": {"at_least": 2}},
                "within": "9d",
                "at_least": 2,
            },
        ],
    },
    {
        "grants": {"badge": "loved"},
        "all": [
            {
                "count": "contribution",
                "where": {"outcome": "merged"},
                "having": [{"distinct": "endorser", "of": "endorsement", "at_least": 2}],
                "at_least": 1,
            }
        ],
    },
    {
        "grants": {"badge": "noticed"},
        "all": [
            {
                "count": "contribution",
                "having": [{"count": "endorsement", "where": {"endorser_level": {"at_least": 2}}, "at_least": 1}],
                "within": "9d",
                "at_least": 1,
            }
        ],
    },
    {
        "grants": {"role": "present"},
        "any": [{"share": "attendance", "of": "series", "within": "6d", "at_least": "50%"}],
    },
    {
        "grants": {"eligible": "host"},
        "all": [
            {"count": "endorsement", "where": {"endorser_role": "present"}, "at_least": 1},
            {"streak": "activity", "per": "day", "at_least": 2},
        ],
    },
    {
        "grants": {"role": "old-hand"},
        "on_lapse": {"after": "1d", "then": "revoke"},
        "all": [{"tenure": "joined", "at_least": "4d"}, {"days": "activity", "within": "5d", "at_least": 2}],
        "none": [{"open": "moderation"}],
    },
    {
        "grants": {"eligible": "keeper"},
        "some": {
            "at_least": 2,
            "of": [
                {"latest": "read", "within": "4d", "at_least": 2},
                {"holds": {"role": "host"}},
                {"change": "nerve", "at_least": 1},
                {"sum": "length", "of": "contribution", "within": "3d", "at_least": 15},
            ],
        },
    },
    {
        "grants": {"cohort": "mixed"},
        "all": [{"distinct": "endorser_affiliation", "of": "endorsement", "at_least": 2}],
    },
    {
        "grants": {"level": 4},
        "on_lapse": {"after": "1d", "then": "revoke"},
        "all": [{"count": "contribution", "within": "3d", "at_least": 2}],
        "keep_while": {"any": [{"days": "activity", "within": "4d", "at_least": 1}, {"holds": {"role": "host"}}]},
    },
    {
        "grants": {"badge": "renewed"},
        "all": [{"holds": {"role": "host"}, "at_least": "1d"}],
        "keep_while": {"all": [{"count": "endorsement", "since": "award", "at_most": 0}]},
        "on_lapse": {"after": "24h", "then": "review"},
    },
    {
        "grants": {"eligible": "host"},
        "any": [
            {"count": "contribution", "since": "term", "at_least": 1},
            {"distinct": "endorser", "of": "endorsement", "since": {"role": "present"}, "at_least": 1},
        ],
    },
    {
        "grants": {"cohort": "carried"},
        "all": [
            {"count": "endorsement", "at_most_each": {"endorser": 1}, "within": "5d", "at_least": 2},
            {"sum": "endorser_level", "of": "endorsement", "at_most_each": {"endorser": 2}, "at_least": 2},
        ],
        "none": [{"count": "endorsement", "where": {"endorser_from": "same"}, "at_least": 1}],
    },
)


def story(data: st.DataObject) -> list[Fact]:  # noqa: C901  a story has many kinds of line
    tell, draw = Teller(), data.draw
    who, when = st.sampled_from(_PEOPLE), st.integers(0, 12)
    item = st.sampled_from(["i1", "i2", "i3", "i4"])
    facts: list[Fact] = []
    for _ in range(draw(st.integers(3, 26))):
        at = draw(when)
        match draw(st.integers(0, 13)):
            case 0 | 1 | 2:
                outcome = draw(st.sampled_from(["open", "merged"]))
                facts.append(tell.work(draw(who), at, draw(item), outcome=outcome, length=10))
            case 3 | 4 | 5:
                facts.append(tell.voice(draw(who), draw(st.sampled_from([*_PEOPLE, None])), at, draw(item)))
            case 6:
                facts.append(tell.seat(draw(who), at, f"s{draw(st.integers(1, 3))}", series="calls"))
            case 7:
                change = draw(st.sampled_from(["linked", "linked", "unlinked"]))
                facts.append(tell.link(draw(who), draw(who), at, change))
            case 8 if facts:
                facts.append(tell.withdraw(draw(st.sampled_from(facts)), at))
            case 9:
                affiliation = draw(st.sampled_from(["x", "y"]))
                facts.append(tell("membership", at, member=draw(who), change="joined", affiliation=affiliation))
            case 10:
                facts.append(tell("metric", at, member=draw(who), metric="read", value=draw(st.integers(0, 4))))
            case 11:
                phase = draw(st.sampled_from(["pre", "post"]))
                answers = [{"construct": "nerve", "type": "scale", "value": draw(st.integers(1, 9))}]
                facts.append(tell("response", at, respondent=draw(who), instrument="q", phase=phase, answers=answers))
            case 12 | 13:
                facts.append(_held_or_judged(tell, draw, draw(who), at))
    return facts


def _held_or_judged(tell: Teller, draw: Any, who: str, at: int) -> Fact:
    match draw(st.integers(0, 4)):
        case 0 | 3 | 4:
            actions = [
                "flagged",
                "resolved",
                "hidden",
                "hidden",
                "hidden",
                "removed",
                "restored",
                "dismissed",
                "appealed",
            ]
            about = draw(
                st.sampled_from([{"member": who}, {"member": who}, {"item": f"i{draw(st.integers(1, 4))}"}, {}])
            )
            case = draw(st.sampled_from(["c1", "c2"]))
            return tell("moderation", at, case=case, action=draw(st.sampled_from(actions)), **about)
        case 1:
            change = draw(st.sampled_from(["started", "renewed", "ended"]))
            period = {"start": day(at - draw(st.integers(0, 2))), "end": day(at + draw(st.integers(1, 4)))}
            return tell("assignment", at, member=who, kind="role", value="host", change=change, period=period)
    start = day(draw(st.integers(0, 6)))
    times = {"scheduled": {"start": start, "end": start + draw(st.integers(1, 3)) * 1_200_000_000}}
    fields = {"mode": "sync", "setting": "collaborative", "format": "meeting", "series": "calls"}
    return tell("attendance", at, session=f"s{draw(st.integers(1, 3))}", state="planned", **fields, **times)


def timelines(community: Community) -> dict[Any, Derived]:
    """Everything derived, less what depends on nothing but being listed."""
    return {
        member: derived for member, derived in community.derived.items() if any(derived.rules.values()) or derived.acts
    }


@settings(max_examples=60)
@given(st.data())
def test_any_order_of_arrival_and_any_cut_into_batches_gives_the_same_standings(data: st.DataObject) -> None:
    facts = story(data)
    whole = Community([LAW])
    whole.add(facts)
    whole.settle()

    arrival = sorted(facts, key=by_time)
    if data.draw(st.booleans()):
        random.Random(data.draw(st.integers(0, 999))).shuffle(arrival)  # noqa: S311  an order, not a secret
    arrival = [msgspec.structs.replace(fact, position=n) for n, fact in enumerate(arrival, 1)]
    size = data.draw(st.integers(1, 5))
    with pytest.MonkeyPatch.context() as patch:  # or a story would be too short for anything to be forgotten
        patch.setattr(tallies, "FEW", data.draw(st.sampled_from([0, 1, 64])))
        patch.setattr(standing, "JITTER", data.draw(st.sampled_from([0, DAY])))
        grown = Community([LAW], History(keep=data.draw(st.sampled_from([None, 1, 2, 7]))))  # as many facts in memory
        for start in range(0, len(arrival), size):
            grown.add(arrival[start : start + size])
            grown.settle()
        assert timelines(grown) == timelines(whole)


@settings(max_examples=30)
@given(st.data())
def test_redelivery_changes_nothing(data: st.DataObject) -> None:
    facts = story(data)
    once, twice = Community([LAW]), Community([LAW])
    once.add(facts)
    once.settle()
    for fact in facts:
        twice.add([fact])
        twice.add([fact])
        twice.settle()
    assert timelines(once) == timelines(twice)


def _speaks_of_the_past(fact: Fact) -> bool:
    """Links, withdrawals, moderation, terms and schedules tell of other days than their own."""
    told = fact.topic in ("identity.v1", "retraction.v1", "assignment.v1", "moderation.v1") or "scheduled" in fact.open
    return told or (fact.topic == "endorsement.v1" and "endorsee" not in fact.open)


@settings(max_examples=40)
@given(st.data())
def test_an_answer_about_a_day_rests_on_nothing_later(data: st.DataObject) -> None:
    facts = [fact for fact in story(data) if not _speaks_of_the_past(fact)]
    at = day(data.draw(st.integers(0, 12)))
    whole, then = fold(LAW, facts), fold(LAW, [fact for fact in facts if fact.time <= at])
    for member in then.derived:
        for rule in LAW.rules:
            asked = [explain.verdict(rule, community.ground(member), at) for community in (whole, then)]
            assert asked[0]["met"] == asked[1]["met"], rule.slug


@settings(max_examples=60)
@given(st.data())
def test_a_verdict_says_what_the_timeline_says_and_turns_by_time_only_at_recheck_at(data: st.DataObject) -> None:
    community = fold(LAW, story(data))
    at = day(data.draw(st.integers(-1, 24)) / 2)
    for member, derived in community.derived.items():
        ground = community.ground(member)
        for rule in LAW.rules:
            found = explain.verdict(rule, ground, at)
            spans = met(rule.root, ground)
            kept = derived.rules[f"{rule.slug}@{DAWN}"]
            assert kept == (spans if rule.grace is not None else [(start, DOOM) for start, _ in spans[:1]])
            assert found["met"] == (span_at(spans, at) is not None)
            assert found["tree"]["met"] == found["met"]
            assert bool(found["missing"]) <= (not found["met"])
            assert found["held"] == (span_at(derived.grants[rule.grants], at) is not None)
            turn = next_turn(spans, at) or DOOM
            assert (found["recheck_at"] or "9") <= (format_time(turn) if turn < DOOM else "9")
            if found["recheck_at"]:
                quiet = parse_time(found["recheck_at"]) - 1
                later = explain.verdict(rule, ground, quiet)
                assert (later["met"], later["held"]) == (found["met"], found["held"])
                assert (later["keep"] or found)["met"] == (found["keep"] or found)["met"]
            assert bool(explain.evidence(rule, ground, at)) <= found["met"]
