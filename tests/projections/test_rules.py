"""Every measure of the rule language, told as small stories with the answer a person would give."""

from __future__ import annotations

import re
from typing import Any

import pytest

from ledger import Fact
from projections import CharterError
from projections.asked import explain
from projections.fold.people import Account
from projections.fold.spans import span_at
from tests.projections.history_of import DAY, Teller, charter, day, fold


def _verdict(leaf: dict[str, Any], facts: list[Fact], at: float, who: str = "A") -> dict[str, Any]:
    law = charter({"all": [leaf]})
    community = fold(law, facts)
    return explain.verdict(law.rules[0], community.ground(Account(who)), day(at))


def _have(leaf: dict[str, Any], facts: list[Fact], at: float, who: str = "A") -> tuple[int, bool]:
    found = _verdict(leaf, facts, at, who)
    return found["tree"]["of"][0]["have"], found["met"]


def test_count_takes_each_work_once_in_its_latest_version() -> None:
    tell = Teller()
    opened, merged = tell.work("A", 1, "i", outcome="open"), tell.work("A", 5, "i", outcome="merged")
    other = tell.work("A", 2, "j", outcome="open")
    leaf = {"count": "contribution", "where": {"outcome": "merged"}, "at_least": 1}
    assert _have(leaf, [opened, merged, other], 4) == (0, False)
    assert _have(leaf, [opened, merged, other], 6) == (1, True)
    assert _have({"count": "contribution", "at_least": 2}, [opened, merged, other], 6) == (2, True)


def test_a_window_runs_from_when_the_outcome_was_reached() -> None:
    tell = Teller()
    facts = [
        tell.work("A", 1, "i", outcome="open"),
        tell.work("A", 50, "i", outcome="merged"),
        tell.work("A", 60, "i", outcome="merged"),
    ]
    leaf = {"count": "contribution", "where": {"outcome": "merged"}, "within": "10d", "at_least": 1}
    assert [_have(leaf, facts, at)[1] for at in (49, 50, 59, 60, 61)] == [False, True, True, False, False]


def test_somebody_elses_later_version_stays_the_authors_work() -> None:
    tell = Teller()
    facts = [tell.work("A", 1, "i", outcome="open"), tell.work("B", 2, "i", outcome="merged")]
    leaf = {"count": "contribution", "where": {"outcome": "merged"}, "at_least": 1}
    assert _have(leaf, facts, 3, "A") == (1, True)
    assert _have(leaf, facts, 3, "B") == (0, False)


def test_distinct_days_and_sum() -> None:
    tell = Teller()
    facts = [tell.work("A", at, f"i{n}", length=10, thread=f"t{n % 2}") for n, at in enumerate((1, 1.2, 2, 9))]
    assert _have({"distinct": "thread", "of": "contribution", "at_least": 2}, facts, 9) == (2, True)
    assert _have({"days": "contribution", "at_least": 3}, facts, 9) == (3, True)
    assert _have({"sum": "length", "of": "contribution", "at_least": 40}, facts, 9) == (40, True)
    assert _have({"days": "activity", "within": "7d", "at_least": 2}, facts, 9) == (1, False)


def test_a_streak_is_the_current_run_and_ends_when_a_whole_week_passed() -> None:
    tell = Teller()
    facts = [tell.work("A", at, f"i{at}") for at in (0, 7, 14, 35)]
    leaf = {"streak": "activity", "per": "week", "at_least": 3}
    assert [_have(leaf, facts, at) for at in (7, 14, 27.9, 28, 35)] == [
        (2, False), (3, True), (3, True), (0, False), (1, False)]  # fmt: skip


def test_joining_and_leaving_are_united_into_one_attendance() -> None:
    tell = Teller()
    minute = 1 / 1440
    hour = {"scheduled": {"start": day(1), "end": day(1) + 3_600_000_000}}
    stays = [("joined", 0), ("left", 8), ("joined", 10), ("left", 40)]
    facts = [
        tell(
            "attendance",
            0,
            session="s",
            mode="sync",
            setting="collaborative",
            format="meeting",
            state="planned",
            **hour,
        )
    ]
    facts += [tell.seat("A", 1 + minutes * minute, "s", state) for state, minutes in stays]
    leaf = {"count": "attendance", "where": {"state": "attended"}, "at_least": 1}
    assert _have(leaf, facts, 1 + 9 * minute) == (0, False)
    assert _have(leaf, facts, 2) == (1, True)


def test_one_voice_counts_once_and_never_for_herself_whichever_account_it_came_from() -> None:
    tell = Teller()
    facts = [
        tell.work("A", 1, "i"),
        tell.voice("B", "A", 2, "i"),
        tell.voice("B", "A", 3, "i"),
        tell.voice("A2", "A", 3, "i"),
        tell.voice("C", None, 3, "i"),
    ]
    leaf = {"count": "endorsement", "at_least": 2}
    assert _have(leaf, facts, 4) == (3, True)
    linked = [*facts, tell.link("A", "A2", 5)]
    found = _verdict(leaf, linked, 4)["tree"]["of"][0]
    assert found["have"] == 2
    assert {one["why"] for one in found["not_counted"]} == {
        "her own endorsement of herself",
        "the same voice a second time",
    }


def test_no_account_is_shown_of_a_rule_that_tries_to_name_one() -> None:
    tell = Teller()
    leaf = {"count": "endorsement", "where": {"endorser": "forum:bo"}, "at_least": 1}
    (found,) = _verdict(leaf, [tell.voice("01HQBO", "A", 2, "i")], 4)["tree"]["of"]
    assert [one["why"] for one in found["not_counted"]] == ["endorser is somebody whom a rule cannot name"]


def test_two_accounts_of_one_person_are_one_voice_once_linked() -> None:
    tell = Teller()
    law = charter({"all": [{"distinct": "endorser", "of": "endorsement", "at_least": 2}]})
    community = fold(law, [tell.work("A", 1, "i"), tell.voice("B", "A", 2, "i"), tell.voice("B2", "A", 3, "i")])
    assert span_at(community.derived[Account("A")].grants[("role", "g0")], day(4))
    community.add([tell.link("B", "B2", 9)])
    community.settle()
    assert not span_at(community.derived[Account("A")].grants[("role", "g0")], day(4))
    community.add([tell.link("B2", "B", 10, "unlinked")])
    community.settle()
    assert span_at(community.derived[Account("A")].grants[("role", "g0")], day(4))


def test_an_endorser_weighs_what_she_was_at_the_time() -> None:
    tell = Teller()
    law = charter(
        {"grants": {"level": 2}, "all": [{"count": "contribution", "at_least": 2}]},
        {"all": [{"count": "endorsement", "where": {"endorser_level": {"at_least": 2}}, "at_least": 1}]},
    )
    early = [tell.work("B", 1, "b1"), tell.voice("B", "A", 2, "i")]
    community = fold(law, [*early, tell.work("B", 3, "b2")])
    assert community.derived[Account("A")].grants[("role", "g1")] == []
    community.add([tell.work("B", 0, "late")])  # a late fact: she was at level 2 before she endorsed
    community.settle()
    assert community.derived[Account("A")].grants[("role", "g1")][0][0] == day(2)


def test_facts_of_the_same_instant_see_the_state_before_them() -> None:
    tell = Teller()
    law = charter(
        {"grants": {"level": 2}, "all": [{"count": "contribution", "at_least": 1}]},
        {"all": [{"count": "endorsement", "where": {"endorser_level": {"at_least": 2}}, "at_least": 1}]},
    )
    community = fold(law, [tell.work("B", 2, "b1"), tell.voice("B", "A", 2, "i")])
    assert community.derived[Account("A")].grants[("role", "g1")] == []


def test_share_compares_with_what_the_community_held() -> None:
    tell = Teller()
    facts = [tell.seat("B", n, f"s{n}", series="calls") for n in range(1, 9)]
    facts += [tell.seat("A", n, f"s{n}", series="calls") for n in (1, 2)]
    leaf = {
        "share": "attendance",
        "of": "series",
        "where": {"series": "calls"},
        "within": "10d",
        "at_least": "25%",
    }
    assert _have(leaf, facts, 2) == (100, True)
    assert _have(leaf, facts, 8) == (25, True)
    assert _have(leaf, facts, 30) == (0, False)  # none held: not met
    assert _have({**leaf, "within": "5d"}, facts, 8) == (0, False)


def test_latest_change_tenure_open_and_holds() -> None:
    tell = Teller()
    answer = {"construct": "confidence", "type": "scale", "min": 1, "max": 10}
    facts = [
        tell("membership", 0, member="A", change="joined"),
        tell("metric", 1, member="A", metric="posts_read", value=90, window="total"),
        tell("metric", 3, member="A", metric="posts_read", value=120, window="total"),
        tell("response", 1, respondent="A", instrument="q", phase="pre", answers=[{**answer, "value": 4}]),
        tell("response", 5, respondent="A", instrument="q", phase="post", answers=[{**answer, "value": 7}]),
        tell("moderation", 2, member="A", case="k", action="flagged", norm="kind"),
        tell("moderation", 4, member="A", case="k", action="resolved", norm="kind"),
        tell("assignment", 1, member="A", kind="role", value="host", change="started"),
        tell("assignment", 6, member="A", kind="role", value="host", change="ended"),
    ]
    assert [_have({"latest": "posts_read", "at_least": 100}, facts, at) for at in (2, 3)] == [
        (90, False),
        (120, True),
    ]
    assert [_have({"change": "confidence", "at_least": 3}, facts, at) for at in (4, 5)] == [
        (0, False),
        (3, True),
    ]
    assert [_have({"tenure": "joined", "at_least": "2d"}, facts, at) for at in (1, 2)] == [
        (1, False),
        (2, True),
    ]
    assert [_have({"open": "moderation"}, facts, at) for at in (1, 3, 5)] == [
        (0, False),
        (1, True),
        (0, False),
    ]
    assert [_have({"holds": {"role": "host"}}, facts, at)[1] for at in (0, 2, 7)] == [False, True, False]


def test_having_looks_at_the_facts_about_one_work_and_honours_withdrawal() -> None:
    tell = Teller()
    works = [tell.work("A", 1, item, "resource") for item in ("i", "j")]
    voices = [tell.voice(by, "A", at, "i", "comment") for by, at in (("B", 2), ("C", 3))]
    leaf = {
        "count": "contribution",
        "having": [{"distinct": "endorser", "of": "endorsement", "at_least": 2}],
        "at_least": 1,
    }
    assert [_have(leaf, [*works, *voices], at)[1] for at in (2, 3)] == [False, True]
    assert _have(leaf, [*works, *voices, tell.withdraw(voices[0], 9)], 3) == (0, False)


def test_groups() -> None:
    tell = Teller()
    facts = [tell.work("A", 1, "i"), tell.work("A", 2, "j", "talk")]
    code, talk = ({"count": "contribution", "where": {"kind": kind}, "at_least": 1} for kind in ("code", "talk"))
    for group, expected in (
        ({"all": [code, talk]}, [False, True]),
        ({"any": [code, talk]}, [True, True]),
        ({"none": [talk]}, [True, False]),
        ({"some": {"at_least": 1, "of": [code, talk]}}, [True, True]),
        ({"all": [code], "none": [talk]}, [True, False]),
    ):
        law = charter(group)
        ground = fold(law, facts).ground(Account("A"))
        assert [explain.verdict(law.rules[0], ground, day(at))["met"] for at in (1, 2)] == expected, group


def test_grants_are_kept_or_lapse_with_grace() -> None:
    tell = Teller()
    leaf = {"count": "contribution", "within": "10d", "at_least": 1}
    law = charter(
        {"grants": {"badge": "kept"}, "all": [leaf]},
        {"grants": {"role": "lapses"}, "on_lapse": {"after": "5d", "then": "revoke"}, "all": [leaf]},
        {"grants": {"eligible": "now"}, "all": [leaf]},
    )
    grants = fold(law, [tell.work("A", 1, "i")]).derived[Account("A")].grants
    ends = {value: span[1] for (_, value), spans in grants.items() for span in spans}
    assert ends["lapses"] == day(16)
    assert ends["now"] == day(11)
    assert ends["kept"] > day(10_000)


@pytest.mark.parametrize("future", [False, True])
def test_a_verdict_names_the_instant_at_which_time_alone_turns_it(future: bool) -> None:  # noqa: FBT001  a parameter of the test
    tell = Teller()
    facts = [tell.work("A", 20 if future else 1, "i")]
    found = _verdict({"count": "contribution", "within": "10d", "at_least": 1}, facts, 5)
    assert found["met"] is not future
    assert found["recheck_at"] == ("2024-01-21T00:00:00Z" if future else "2024-01-12T00:00:00Z")


def test_a_fact_of_1970_and_one_of_the_future_are_kept_as_what_they_are() -> None:
    tell = Teller()
    facts = [tell.work("A", -day(0) / DAY, "old"), tell.work("A", 9000, "far")]
    found = _verdict({"count": "contribution", "at_least": 2}, facts, 5)["tree"]["of"][0]
    assert found["have"] == 1
    assert found["not_counted"][0]["why"].startswith("dated 2048-")


def test_who_was_endorsed_is_learned_when_the_work_arrives_and_the_endorser_is_told_too() -> None:
    tell = Teller()
    law = charter({"all": [{"count": "endorsement_given", "at_least": 2}]})
    community = fold(law, [tell.voice("B", "A", 2, "i"), tell.voice("B", None, 3, "i")])
    assert community.derived[Account("B")].acts == 2
    community.add([tell.work("A", 4, "i")])  # so both were one voice to one person on one work
    community.settle()
    assert community.derived[Account("B")].acts == 1
    assert not community.derived[Account("B")].grants[("role", "g0")]


def _holds(law: Any, facts: list[Fact], grant: tuple[str, str], who: str = "A") -> list[tuple[float, float]]:
    """Return from which day to which (at most 1,000) a grant held."""
    spans = fold(law, facts).derived[Account(who)].grants[grant]
    return [((start - day(0)) / DAY, min((end - day(0)) / DAY, 1000)) for start, end in spans]


def test_what_keeps_a_grant_may_be_less_than_what_earns_it_and_grace_bridges_a_gap() -> None:
    tell = Teller()
    facts = [tell.work("A", at, f"i{at}") for at in (0, 1, 2, 8, 30, 31, 32)]
    rule = {
        "grants": {"level": 1},
        "all": [{"count": "contribution", "within": "5d", "at_least": 3}],
        "keep_while": {"any": [{"count": "contribution", "within": "5d", "at_least": 1}]},
    }
    assert _holds(charter(rule), facts, ("level", "1")) == [(2, 7), (32, 37)]
    graced = {**rule, "on_lapse": {"after": "2d", "then": "revoke"}}
    assert _holds(charter(graced), facts, ("level", "1")) == [(2, 15), (32, 39)]


def test_a_term_is_what_counts_since_it_began_and_only_while_it_lasts() -> None:
    tell = Teller()
    term = {"kind": "role", "value": "host", "change": "started", "period": {"start": day(10), "end": day(20)}}
    facts = [tell("assignment", 9, member="A", **term)]
    facts += [tell.work("A", at, f"i{at}") for at in (8, 10, 12, 14, 25)]
    law = charter(
        {"grants": {"eligible": "host"}, "all": [{"count": "contribution", "since": "term", "at_least": 2}]},
        {"grants": {"cohort": "old"}, "all": [{"holds": {"role": "host"}, "at_least": "3d"}]},
    )
    assert _holds(law, facts, ("eligible", "host")) == [(14, 20)]
    assert _holds(law, facts, ("cohort", "old")) == [(13, 20)]
    both = charter(
        {"grants": {"cohort": "old"}, "all": [{"holds": {"role": "host"}, "at_least": "3d"}]},
        {"grants": {"cohort": "any"}, "all": [{"holds": {"role": "host"}}]},
    )
    ground = fold(both, facts).ground(Account("A"))
    assert [explain.verdict(rule, ground, day(11))["met"] for rule in both.rules] == [False, True]


def test_an_award_that_wants_something_done_since_is_lost_and_earned_again() -> None:
    tell = Teller()
    facts = [tell.work("A", at, f"i{at}") for at in (0, 1, 5, 20, 21)]
    law = charter(
        {
            "grants": {"badge": "steady"},
            "all": [{"count": "contribution", "within": "3d", "at_least": 2}],
            "keep_while": {
                "any": [
                    {"count": "contribution", "since": "award", "at_least": 1},
                    {"count": "contribution", "within": "5d", "at_least": 1},
                ]
            },
        }
    )
    assert _holds(law, facts, ("badge", "steady")) == [(1, 1000)]
    assert _holds(law, [fact for fact in facts if fact.time != day(5)], ("badge", "steady")) == [(1, 6), (21, 26)]


def test_at_most_so_many_of_each_count_and_the_next_in_turn_when_one_is_too_old() -> None:
    tell = Teller()
    facts = [tell.voice("B", "A", at, f"i{at}") for at in range(5)] + [tell.voice("C", "A", 2, "i9")]
    leaf = {"count": "endorsement", "at_most_each": {"endorser": 2}, "within": "10d", "at_least": 3}
    assert [_have(leaf, facts, at) for at in (4, 9.5, 10.5, 13.5)] == [(3, True), (3, True), (3, True), (1, False)]
    weight = {"sum": "endorser_level", "of": "endorsement", "at_most_each": {"endorser": 1}, "at_least": 1}
    law = charter(
        {"grants": {"level": 2}, "all": [{"count": "contribution", "at_least": 1}]},
        {"grants": {"eligible": "host"}, "all": [weight]},
    )
    works = [tell.work("B", -1, "b"), tell.work("C", 9, "c")]
    found = explain.verdict(law.rules[1], fold(law, [*facts, *works]).ground(Account("A")), day(10))
    assert (found["tree"]["of"][0]["have"], found["met"]) == (2, True)


def test_an_endorser_is_of_her_own_affiliation_of_another_or_nobody_knows() -> None:
    tell = Teller()
    facts = [tell.voice(by, "A", 2, f"i{by}") for by in "BCD"]
    for who, whom, at in (("A", "x", 1), ("B", "x", 1), ("C", "y", 1), ("D", "x", 3)):
        facts.append(tell("membership", at, member=who, change="joined", affiliation=whom))

    def of(which: str) -> tuple[int, bool]:
        return _have({"count": "endorsement", "where": {"endorser_from": which}, "at_least": 1}, facts, 4)

    assert [of(which)[0] for which in ("same", "other", "unknown")] == [1, 1, 1]
    facts.append(tell("membership", 1.5, member="A", change="joined", affiliation="y"))
    assert [of(which)[0] for which in ("same", "other", "unknown")] == [1, 1, 1]
    law = charter({"all": [{"count": "endorsement", "where": {"endorser_from": "other"}, "at_least": 1}]})
    grown = fold(law, facts[:-1])
    grown.add(facts[-1:])
    grown.settle()
    assert grown.derived == fold(law, facts).derived


@pytest.mark.parametrize(
    ("leaf", "words"),
    [
        ({"count": "contribution", "since": "term", "at_least": 1}, "wanted which term"),
        ({"count": "contribution", "since": "award", "at_least": 1}, "wanted which award"),
        ({"streak": "activity", "since": {"badge": "b"}, "at_least": 1}, "only beside count, distinct, days"),
        ({"days": "activity", "at_most_each": {"thread": 2}, "at_least": 1}, "only beside count or sum"),
        ({"count": "endorsement", "at_most_each": {"giver": 2}, "at_least": 1}, "wanted a field of endorsement"),
        ({"count": "endorsement", "where": {"endorser_from": "others"}, "at_least": 1}, "did you mean other?"),
    ],
)
def test_what_cannot_be_meant_is_said(leaf: dict[str, Any], words: str) -> None:
    with pytest.raises(CharterError, match=re.escape(words)):
        charter({"grants": {"badge": "b"}, "all": [leaf]})


def test_what_moderation_takes_away_counts_on_no_day_until_it_is_restored() -> None:
    tell = Teller()
    facts = [tell.work("A", 1, "i"), tell.work("A", 2, "j"), tell.voice("B", None, 3, "i")]
    leaf, voices = {"count": "contribution", "at_least": 2}, {"count": "endorsement", "at_least": 1}
    hidden = [*facts, tell("moderation", 9, case="c", item="i", action="hidden")]
    appealed = [*hidden, tell("moderation", 10, case="c", action="appealed")]
    restored = [*appealed, tell("moderation", 11, case="c", action="restored")]
    assert [_have(leaf, known, 5)[0] for known in (facts, hidden, appealed, restored)] == [2, 1, 1, 2]
    assert [_have(voices, known, 5)[0] for known in (facts, hidden, appealed, restored)] == [1, 0, 0, 1]
    (why,) = _verdict(leaf, hidden, 5)["tree"]["of"][0]["not_counted"]
    assert why == {"position": 1, "why": "taken away by moderation"}
    undone = [*hidden, tell.withdraw(hidden[-1], 12)]
    assert _have(leaf, undone, 5)[0] == 2


def test_a_ring_loses_what_its_members_said_of_one_another_and_nothing_else() -> None:
    tell, said = Teller(), [("B", "A"), ("C", "A"), ("D", "A"), ("A", "B"), ("D", "B")]
    facts = [tell.voice(by, of, at, f"i{at}") for at, (by, of) in enumerate(said)]
    case = [tell("moderation", 9, case="ring", member=who, action="hidden") for who in "ABC"]
    leaf = {"distinct": "endorser", "of": "endorsement", "at_least": 1}
    assert [_have(leaf, facts, 5, who)[0] for who in "AB"] == [3, 2]
    assert [_have(leaf, [*facts, *case[:1]], 5, who)[0] for who in "AB"] == [3, 2]  # one alone is no ring
    assert [_have(leaf, [*facts, *case], 5, who)[0] for who in "AB"] == [1, 1]
    linked = [*facts, *case, tell.link("C", "D", 10)]  # D was C all along
    assert [_have(leaf, linked, 5, who)[0] for who in "AB"] == [0, 0]
    parted = [*linked, tell.link("C", "D", 11, "unlinked")]
    assert [_have(leaf, parted, 5, who)[0] for who in "AB"] == [1, 1]
    dismissed = [*parted, tell("moderation", 12, case="ring", action="dismissed")]
    assert [_have(leaf, dismissed, 5, who)[0] for who in "AB"] == [3, 2]


def test_a_step_that_names_nobody_closes_the_case_for_whomever_it_is_about() -> None:
    tell = Teller()
    facts = [tell("moderation", 1, case="c", member="A", action="flagged")]
    leaf = {"open": "moderation"}
    assert _have(leaf, facts, 5) == (1, True)
    assert _have(leaf, [*facts, tell("moderation", 3, case="c", action="resolved")], 5) == (0, False)
