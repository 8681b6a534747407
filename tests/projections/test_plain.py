"""Rules in plain words: every measure, group and window; and what those outside are not told."""

from __future__ import annotations

from typing import Any

import pytest

from projections import PRESETS, diff, outward, parse_charter, preset, rules_in_words
from projections.charters.plain import WITHHELD, condition

NAMES = {("level", "2"): "Maker", ("eligible", "host"): "Host", ("role", "host"): "Host", ("badge", "tie"): "Tier"}


@pytest.mark.parametrize(
    ("node", "words"),
    [
        ({"count": "contribution", "at_least": 1}, "at least 1 contribution"),
        (
            {"count": "contribution", "where": {"kind": ["resource", "talk"]}, "at_least": 3, "within": "90d"},
            "at least 3 contributions (kind: resource or talk), within 90 days",
        ),
        (
            {"count": "attendance", "where": {"mode": "sync", "setting": "individual"}, "at_least": 2, "at_most": 4},
            "at least 2 and at most 4 sessions (mode: live; setting: alone)",
        ),
        (
            {"distinct": "endorser", "of": "endorsement", "where": {"endorser_level": {"at_least": 2}}, "at_least": 2},
            "at least 2 different people, counted over endorsements by others (endorser level: at least 2)",
        ),
        ({"days": "activity", "at_least": 1}, "at least 1 day with acts of her own"),
        ({"days": "activity", "at_least": 9}, "at least 9 different days with acts of her own"),
        ({"streak": "attendance", "per": "month", "at_least": 3}, "at least 3 months in a row with sessions"),
        (
            {"sum": "duration", "of": "attendance", "at_least": 3600},
            "at least 3600 seconds in all: the duration of her sessions",
        ),
        ({"latest": "posts_read", "at_least": 30}, "the counter posts read, as last reported: at least 30"),
        ({"change": "confidence", "at_least": 2}, "her answers on confidence, after less before: at least 2"),
        ({"tenure": "joined", "at_least": "180d"}, "here for at least 180 days"),
        (
            {"share": "attendance", "of": "series", "where": {"series": "call"}, "at_least": "25%", "within": "12w"},
            "took part in at least 25% of the sessions that were held (series: call), within 12 weeks",
        ),
        ({"open": "moderation"}, "at least 1 open moderation case"),
        ({"holds": {"level": 2}}, "holds level 2, Maker"),
        ({"holds": {"level": 7}}, "holds level 7"),
        ({"holds": {"eligible": "host"}}, "holds readiness for the role Host"),
        ({"holds": {"badge": "tie"}, "at_least": "1w"}, "holds the badge Tier for at least 1 week"),
        (
            {"count": "endorsement", "since": {"role": "host"}, "at_most_each": {"endorser": 3}, "at_least": 9},
            "at least 9 endorsements by others, since she has the role Host, at most 3 of each endorser",
        ),
        ({"count": "contribution", "since": "award", "at_least": 1}, "at least 1 contribution, since she earned it"),
        (
            {"count": "contribution", "since": "2026-01-01", "at_least": 2},
            "at least 2 contributions, since 2026-01-01",
        ),
        (
            {
                "count": "contribution",
                "having": [{"distinct": "endorser", "of": "endorsement", "at_least": 2}],
                "at_least": 2,
            },
            "at least 2 contributions, each with at least 2 different people, counted over endorsements by others",
        ),
    ],
)
def test_a_condition_says_what_it_asks(node: dict[str, Any], words: str) -> None:
    assert condition(node, NAMES) == words


def law(**rule: Any) -> dict[str, Any]:
    return {
        "charter": 1,
        "name": "Guild",
        "contact": "ada@guild.example",
        "sources": [{"source": "forum", "uri": "https://inner.guild.example"}],
        "targets": {"weekly_active": 30},
        "ladder": [{"level": 0, "name": "New"}, {"level": 1, "name": "Member"}],
        "rules": [{"rule": "one", "version": 1, "grants": {"level": 1}, **rule}],
    }


def told(document: dict[str, Any]) -> dict[str, Any]:
    (found,) = rules_in_words(parse_charter(document, version=1), document)
    return found


ONE = {"count": "contribution", "at_least": 1, "label": "Shared"}
TWO = {"days": "activity", "at_least": 2}


def test_groups_are_told_and_a_group_of_one_is_what_is_in_it() -> None:
    found = told(law(all=[ONE, {"some": {"at_least": 2, "of": [ONE, TWO, ONE]}}, {"any": [ONE]}, {"none": [TWO]}]))
    assert (found["kind"], found["value"], found["name"]) == ("level", 1, "Member")
    (root,) = found["asks"]
    assert root["label"] == "All of these"
    assert [each["label"] for each in root["of"]] == ["Shared", "At least 2 of these", "Shared", "None of these"]
    assert root["of"][0]["words"] == "at least 1 contribution"
    nameless = root["of"][1]["of"][1]
    assert (nameless["label"], nameless["words"]) == ("at least 2 different days with acts of her own", "")


@pytest.mark.parametrize(
    ("more", "after"),
    [
        ({}, "Once earned, it is kept for good."),
        ({"on_lapse": {"after": "14d", "then": "revoke"}}, "When this is so no more, it is kept for 14 days more."),
        ({"on_lapse": {"after": "0d", "then": "revoke"}}, "When this is so no more, it ends."),
        (
            {"on_lapse": {"after": "1d", "then": "review"}},
            "When this is so no more, it is kept for 1 day more, and until a person has decided.",
        ),
        ({"keep_while": {"all": [ONE]}}, "When this is so no more, it ends."),
    ],
)
def test_what_happens_when_it_is_met_no_more(more: dict[str, Any], after: str) -> None:
    found = told(law(all=[ONE, TWO], **more))
    assert found["after"] == after
    assert bool(found["keeps"]) == ("keep_while" in more)


def test_those_outside_are_not_told_of_platforms_and_items() -> None:
    inner = {"count": "contribution", "where": {"source": "https://inner.guild.example", "kind": "code"}, "at_least": 1}
    having = ONE | {"having": [{"count": "endorsement", "where": {"item": "forum:secret"}, "at_least": 1}]}
    document = law(all=[{"any": [inner, having]}], keep_while={"all": [inner]})
    read = outward(document)
    assert "guild.example" not in str(read)
    assert "secret" not in str(read)
    assert "weekly_active" not in str(read)
    assert str(read).count(WITHHELD) == 3
    (found,) = rules_in_words(parse_charter(document, version=1), read)
    assert "kind: code" in str(found)
    assert "inner" in str(document), "what was given is not changed"
    moved = law(all=[{"any": [inner | {"where": {"source": "https://other.guild.example", "kind": "code"}}, having]}])
    assert "guild.example" not in str(diff(read, outward(moved)))


@pytest.mark.parametrize("name", PRESETS)
def test_every_ready_charter_can_be_told(name: str) -> None:
    charter = parse_charter(preset(name), version=1)
    found = rules_in_words(charter, outward(charter.document))
    assert [one["rule"] for one in found] == [one["rule"] for one in charter.document["rules"]]
    assert all(one["asks"] and one["after"] for one in found)
    assert "_" not in str([one["asks"] for one in found])
