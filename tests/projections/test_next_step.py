"""The next step: supposed events that suffice when they are told, and none of which could be left out."""

from __future__ import annotations

from typing import Any

import pytest

from ledger import Fact
from projections.asked.next_step import next_step
from projections.fold.people import Account
from tests.projections.history_of import Teller, charter, day, fold


def _next(facts: list[Fact], *rules: dict[str, Any], at: float = 20, of: int = -1) -> Any:
    law = charter(*rules)
    rule = next(rule for rule in law.rules if rule.slug == f"r{of % len(rules)}")
    return next_step(rule, law.rules, fold(law, facts).ground(Account("A")), day(at))


def _events(found: dict[str, Any]) -> list[tuple[int, str]]:
    return [(event["count"], event["fact"]) for event in found["events"]]


def test_one_event_serves_all_that_it_fits() -> None:
    tell = Teller()
    facts = [tell.work("A", at, f"i{at}", outcome="merged") for at in (1, 2, 3)]
    facts += [tell.voice("B", "A", 4, "i1")]
    rule = {
        "grants": {"level": 1},
        "all": [
            {"count": "contribution", "where": {"outcome": "merged"}, "at_least": 5, "label": "5 merged"},
            {"days": "activity", "at_least": 7, "label": "7 days"},
            {"distinct": "endorser", "of": "endorsement", "at_least": 2, "label": "2 endorsers"},
        ],
    }
    found = _next(facts, rule)
    assert found["reached"]
    assert found["total"] == 5  # four further days of which two bring merged work, and one more voice
    assert sorted(_events(found)) == [(1, "endorsement"), (2, "activity"), (2, "contribution")]
    assert found["blocked"] == []
    assert _next([*facts, *(tell.work("A", at, f"j{at}", outcome="merged") for at in (5, 6, 7, 8))], rule)["total"] == 1


def test_what_another_rule_grants_is_earned_first_and_the_nearest_way_is_taken() -> None:
    tell = Teller()
    facts = [tell.work("A", 1, "i")]
    level = {"grants": {"level": 1}, "all": [{"count": "contribution", "at_least": 2}]}
    ready = {
        "grants": {"eligible": "host"},
        "all": [{"holds": {"level": 1}}],
        "any": [{"count": "impact", "at_least": 5}, {"count": "attendance", "at_least": 1}],
    }
    found = _next(facts, level, ready)
    assert sorted(_events(found)) == [(1, "attendance"), (1, "contribution")]


def test_time_must_pass_first_and_what_is_in_the_way_is_said() -> None:
    tell = Teller()
    facts = [tell.work("A", 10, "i"), tell("moderation", 11, member="A", case="c", action="flagged")]
    tenure = {"tenure": "joined", "at_least": "30d", "label": "A month here"}
    window = {"count": "contribution", "within": "5d", "at_least": 2}
    found = _next(facts[:1], {"grants": {"level": 1}, "all": [tenure, window]})
    assert (found["waits_until"], found["total"]) == ("2024-02-10T00:00:00Z", 2)
    found = _next(facts, {"grants": {"level": 1}, "none": [{"open": "moderation", "label": "An open case"}]})
    assert (found["reached"], found["blocked"]) == (False, ["An open case"])
    found = _next(facts, {"grants": {"level": 1}, "all": [{"holds": {"role": "host"}, "label": "Is a host"}]})
    assert (found["reached"], found["blocked"]) == (False, ["Is a host"])


@pytest.mark.parametrize(
    ("leaf", "total"),
    [
        ({"count": "contribution", "having": [{"distinct": "endorser", "of": "endorsement", "at_least": 2}]}, 2),
        ({"sum": "length", "of": "contribution", "at_least": 500}, 1),
        ({"latest": "posts_read", "at_least": 30}, 1),
        ({"change": "nerve", "at_least": 2}, 1),
        ({"streak": "activity", "per": "week", "at_least": 3}, 3),
        ({"share": "attendance", "of": "series", "at_least": "50%"}, 2),
        ({"count": "endorsement", "at_most_each": {"endorser": 1}, "at_least": 3}, 2),
        ({"sum": "endorser_level", "of": "endorsement", "at_least": 4}, 4),
        ({"distinct": "thread", "of": "contribution", "at_least": 3}, 3),
        (
            {"count": "endorsement", "where": {"endorser_level": {"at_least": 2}, "strength": "review"}, "at_least": 2},
            2,
        ),
    ],
)
def test_every_measure_has_a_next_step(leaf: dict[str, Any], total: int) -> None:
    tell = Teller()
    facts = [tell.work("A", 1, "i"), tell.voice("B", "A", 2, "x")]
    answers = [{"construct": "nerve", "value": 3}]
    facts.append(tell("response", 3, respondent="A", instrument="q", phase="pre", answers=answers))
    facts += [tell.seat("C", at, f"s{at}", series="calls") for at in (4, 5)]
    found = _next(facts, {"grants": {"level": 1}, "all": [{"at_least": 1, **leaf}]})
    assert (found["reached"], found["total"]) == (True, total), found


def test_nobody_who_has_it_needs_a_step() -> None:
    tell = Teller()
    rule = {"grants": {"level": 1}, "all": [{"count": "contribution", "at_least": 1}]}
    assert _next([tell.work("A", 1, "i")], rule) is None


def test_a_step_beyond_reach_ends() -> None:
    found = _next([Teller().work("A", 1, "i")], {"all": [{"count": "contribution", "at_least": 1_000_000}]})
    assert (found["reached"], found["total"] > 0) == (False, True)
