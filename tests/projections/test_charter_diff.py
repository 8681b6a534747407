"""What changed between two charters, in words that say what a member will notice."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from projections import PRESETS, diff, preset, read_charter

_LEAF = {"count": "contribution", "where": {"kind": "code"}, "within": "60d", "at_least": 10, "label": "10 changes"}
RULE: dict[str, Any] = {
    "rule": "regular",
    "version": 1,
    "grants": {"level": 1},
    "all": [_LEAF, {"days": "activity", "at_least": 5}, {"none": [{"open": "moderation"}]}],
}
CHARTER: dict[str, Any] = {
    "charter": 1,
    "name": "Guild",
    "rules": [RULE],
    "ladder": [{"level": 1, "name": "Regular"}],
    "leader_roles": [{"role": "host", "name": "Host", "term": "90d"}],
    "targets": {"weekly_active": 30},
    "norms": ["Be kind."],
}


def _rule(**change: Any) -> dict[str, Any]:
    (only,) = diff(CHARTER, {**CHARTER, "rules": [{**RULE, "version": 2, **change}]})
    return only


def _leaf(**change: Any) -> dict[str, Any]:
    changed = {name: value for name, value in {**_LEAF, **change}.items() if value is not None}
    return _rule(all=[changed, *RULE["all"][1:]])


@pytest.mark.parametrize("name", PRESETS)
def test_a_charter_is_what_it_is(name: str) -> None:
    document = read_charter(preset(name))
    assert diff(document, copy.deepcopy(document)) == []


@pytest.mark.parametrize(
    ("change", "verdict", "words"),
    [
        ({"at_least": 12}, "tighter", "count contribution: asks for 12 instead of 10"),
        ({"at_least": 8, "label": "8 changes"}, "looser", "count contribution: asks for 8 instead of 10"),
        ({"within": "90d"}, "looser", "count contribution: within 90 days instead of 60 days"),
        ({"within": None}, "looser", "count contribution: no longer within 60 days"),
        ({"at_least": 12, "within": "90d"}, "neither", "asks for 12 instead of 10; within 90 days instead of 60 days"),
        ({"where": {"kind": ["code", "talk"]}}, "looser", "where kind code, talk instead of kind code"),
        ({"where": {"kind": "code", "lang": "en"}}, "tighter", "where kind code, lang en instead of kind code"),
        ({"where": None}, "looser", "no longer where kind code"),
        ({"at_most_each": {"space": 3}}, "neither", "at most each space 3, which was not asked"),
        ({"label": "Ten changes"}, "same", "is called Ten changes now"),
    ],
)
def test_a_condition_that_changed(change: dict[str, Any], verdict: str, words: str) -> None:
    told = _leaf(**change)
    assert (told["part"], told["name"], told["change"], told["verdict"]) == ("rules", "regular", "changed", verdict)
    assert len(told["words"]) == 1
    assert words in told["words"][0]


def test_conditions_that_came_and_went() -> None:
    told = _rule(all=[_LEAF, {"tenure": "joined", "at_least": "90d"}, {"none": [{"open": "moderation"}]}])
    assert told["words"] == [
        "no longer: days activity, at least 5",
        "new: tenure joined, at least 90 days",
    ]
    told = _rule(all=[*RULE["all"][:2], {"none": [{"open": "moderation"}, {"count": "impact", "at_most": 0}]}])
    assert (told["verdict"], told["words"]) == ("tighter", ["new: must not: count impact, at most 0"])
    told = _rule(all=RULE["all"][:2])
    assert (told["verdict"], told["words"]) == ("looser", ["no longer: must not: open moderation, at least 1"])


def test_the_same_condition_twice_is_compared_once_each() -> None:
    told = _rule(all=[_LEAF, *RULE["all"]])
    assert told["words"] == ["new: count contribution, kind code, at least 10 within 60 days"]


def test_all_of_them_became_any_of_them() -> None:
    both = [{"count": "impact", "at_least": 1}, {"count": "response", "at_least": 1}]
    before = {**CHARTER, "rules": [{**RULE, "all": both}]}
    (told,) = diff(before, {**CHARTER, "rules": [{**RULE, "version": 2, "all": [{"any": both}]}]})
    assert told["verdict"] == "looser"
    assert "stands under all any instead of all" in told["words"][0]


def test_what_a_changed_rule_means_for_earlier_holders() -> None:
    assert _leaf(at_least=12)["binding"].startswith("binds the whole history; whoever has it by an earlier version is")
    kept = _rule(all=[{**_LEAF, "at_least": 12}, *RULE["all"][1:]], looks_back="now")
    assert kept["binding"] == "binds from the day it is in force; whoever has it keeps it"
    assert (kept["holders"], kept["from_version"], kept["to_version"]) == ("keep", 1, 2)
    told = _rule(keep_while={"all": [{"days": "activity", "at_least": 1}]}, on_lapse={"after": "14d", "then": "revoke"})
    assert told["words"] == [
        "new: to keep it, days activity, at least 1",
        "on lapse: after 14 days, then revoke instead of nothing",
    ]
    assert _rule()["words"] == ["only its version or its words are another"]


def test_rules_that_came_and_went() -> None:
    other = {"rule": "host-ready", "version": 1, "grants": {"eligible": "host"}, "any": [{"holds": {"level": 1}}]}
    added, removed = diff(CHARTER, {**CHARTER, "rules": [other]})[::-1]
    assert (added["change"], added["words"]) == ("added", ["grants eligible host", "one way: holds level 1"])
    assert removed["change"] == "removed"
    assert "nobody earns level 1 by it any more" in removed["words"][0]


def test_the_other_parts() -> None:
    after = {
        **CHARTER,
        "name": "The Guild",
        "domain": {"statement": "We make chairs."},
        "outcomes": [{"outcome": "craft", "can": "Can make a chair."}],
        "evidence": [{"outcome": "craft", "shows": "A chair."}],
        "ladder": [{"level": 1, "name": "Maker"}],
        "leader_roles": [{"role": "host", "name": "Host", "term": "180d", "seats": 2}],
        "cohorts": [{"cohort": "spring", "name": "Spring"}],
        "targets": {"weekly_active": 40, "poll_response": 40},
        "norms": ["Be kind.", "Credit others."],
    }
    told = [(one["part"], one["name"], one["change"], one["words"]) for one in diff(CHARTER, after)]
    assert told == [
        ("name", "name", "changed", ["The Guild instead of Guild"]),
        ("domain", "statement", "added", ["We make chairs."]),
        ("outcomes", "craft", "added", ["Can make a chair."]),
        ("evidence", "craft", "added", ["A chair."]),
        ("ladder", "1", "changed", ["name: Maker instead of Regular"]),
        ("leader_roles", "host", "changed", ["term: 180 days instead of 90 days", "seats: 2 instead of nothing"]),
        ("cohorts", "spring", "added", ["Spring"]),
        ("targets", "weekly_active", "changed", ["40 instead of 30"]),
        ("targets", "poll_response", "added", ["40"]),
        ("norms", "Credit others.", "added", []),
    ]
    back = [(one["part"], one["change"]) for one in diff(after, CHARTER)]
    assert ("outcomes", "removed") in back
    assert ("norms", "removed") in back


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("other", ["starter", "discourse"])
def test_any_two_charters_can_be_compared(name: str, other: str) -> None:
    changes = diff(read_charter(preset(other)), read_charter(preset(name)))
    assert all(one["change"] in ("added", "removed", "changed") for one in changes)
    assert bool(changes) == (name != other)
