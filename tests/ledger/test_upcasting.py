"""Facts of earlier versions read as the latest; what is stored stays."""

from __future__ import annotations

from typing import Any

from ledger.facts import TOPICS
from ledger.upcasting import STEPS, Step, upcast


def _second(opened: dict[str, Any]) -> dict[str, Any]:
    return {**opened, "v": 2, "spaces": [opened["space"]] if "space" in opened else []}


def _third(opened: dict[str, Any]) -> dict[str, Any]:
    return {**{name: value for name, value in opened.items() if name != "space"}, "v": 3}


LATER = {"contribution.v1": Step("contribution.v2", _second), "contribution.v2": Step("contribution.v3", _third)}


def test_a_fact_of_any_earlier_version_reads_as_the_latest():
    first = {"v": 1, "kind": "post", "space": "garden"}
    assert upcast("contribution.v1", first, LATER) == (
        "contribution.v3",
        {"v": 3, "kind": "post", "spaces": ["garden"]},
    )
    second = {"v": 2, "kind": "post", "space": "garden", "spaces": ["garden", "orchard"]}
    assert upcast("contribution.v2", second, LATER)[1] == {"v": 3, "kind": "post", "spaces": ["garden", "orchard"]}
    assert first == {"v": 1, "kind": "post", "space": "garden"}  # as it was read


def test_what_has_not_changed_is_passed_through():
    opened = {"v": 1, "kind": "post"}
    for topic in (*TOPICS, "award.issued.v1"):
        assert upcast(topic, opened) == (topic, opened)


def test_every_step_leads_to_a_type_that_is_known_and_none_away_from_it():
    assert {step.topic for step in STEPS.values()} - STEPS.keys() <= TOPICS.keys()
    assert not STEPS.keys() & TOPICS.keys()
