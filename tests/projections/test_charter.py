"""Charters: the presets read, and every fault told with its place and the nearest valid word."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from projections import PRESETS, CharterError, parse_charter, preset, read_charter, written
from projections.fold.force import in_force
from projections.fold.spans import DAWN, DOOM
from tests.projections.history_of import charter, day

_LEAF: dict[str, Any] = {"count": "contribution", "at_least": 1}


def _faults(change: dict[str, Any], *, leaf: dict[str, Any] | None = None, **rule: Any) -> dict[str, str]:
    """Return pointer -> message for a small sound charter with one thing changed."""
    document: dict[str, Any] = {
        "charter": 1,
        "name": "Guild",
        "badges": [{"badge": "b", "name": "B", "description": "d"}],
        "rules": [{"rule": "r", "version": 1, "grants": {"badge": "b"}, "all": [leaf or _LEAF], **rule}],
    }
    with pytest.raises(CharterError) as caught:
        parse_charter({**document, **change})
    return {fault.pointer: fault.message for fault in caught.value.faults}


@pytest.mark.parametrize(
    ("leaf", "pointer", "words"),
    [
        ({"count": "contributoin", "at_least": 1}, "/count", "did you mean contribution?"),
        ({"count": "contribution", "where": {"kid": "code"}, "at_least": 1}, "/where/kid", "did you mean kind?"),
        ({"count": "contribution", "where": {"kind": "cod"}, "at_least": 1}, "/where/kind", "did you mean code?"),
        ({"count": "contribution"}, "", "wanted at_least or at_most beside count, got neither"),
        ({"at_least": 1}, "", "wanted exactly one measure"),
        ({"count": "contribution", "days": "activity", "at_least": 1}, "", "got 2"),
        ({"distinct": "endorser", "at_least": 1}, "/of", "wanted `of: FACT` beside distinct"),
        ({"distinct": "endorsr", "of": "endorsement", "at_least": 1}, "/distinct", "did you mean endorser?"),
        (
            {"sum": "kind", "of": "contribution", "at_least": 1},
            "/sum",
            "wanted a field of contribution: duration, length",
        ),
        ({"tenure": "joined", "at_least": 90}, "/at_least", "wanted a duration as 90d, got 90"),
        ({"share": "attendance", "of": "series", "at_least": 25}, "/at_least", "wanted a share as 25%, got 25"),
        ({"share": "attendance", "of": "session", "at_least": "5%"}, "/share", "wanted attendance of series"),
        ({"count": "contribution", "at_least": "3d"}, "/at_least", "wanted a whole number for count, got 3d"),
        ({"count": "contribution", "within": "9999d", "at_least": 1}, "/within", "wanted at most 5 years"),
        ({"count": "contribution", "since": "2026-02-30", "at_least": 1}, "/since", "wanted a day as 2026-01-31"),
        ({"days": "activity", "having": [_LEAF], "at_least": 1}, "/having", "wanted only under count: contribution"),
        (
            {"count": "contribution", "having": [{"count": "response", "at_least": 1}], "at_least": 1},
            "/having/0/count",
            "wanted a kind of fact: endorsement, metric; got response",
        ),
    ],
)
def test_a_fault_names_its_place_and_what_was_wanted(leaf: dict[str, Any], pointer: str, words: str) -> None:
    faults = _faults({}, leaf=leaf)
    assert f"/rules/0/all/0{pointer}" in faults
    assert words in faults[f"/rules/0/all/0{pointer}"]


def test_faults_of_the_whole_are_told_together() -> None:
    rule = {"rule": "r", "version": 1, "grants": {"badge": "nameless"}, "all": [_LEAF]}
    circle = [
        {"rule": a, "version": 1, "grants": {"role": a}, "all": [{"holds": {"role": b}}]}
        for a, b in (("x", "y"), ("y", "x"))
    ]
    faults = _faults({"timezone": "Mars/Olympus", "rules": [rule, rule, *circle]})
    assert "Mars/Olympus" in faults["/timezone"]
    assert "r again" in faults["/rules/1/rule"]
    assert "described under badges" in faults["/rules/0/grants/badge"]
    assert "x -> y" in faults["/rules"] or "y -> x" in faults["/rules"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- a\n- b", "wanted a charter .*, got a list"),
        ("a: [", "wanted YAML or JSON"),
        ("a: &x 1\nb: *x", "aliases are not allowed"),
        ("name: a\nname: b", "name stands twice"),
        ("x" * 300_000, "wanted at most"),
        ("[" * 100_000, "wanted"),
        ("a: !!python/object/apply:os.system [ls]", "wanted a plain value"),
        ("\x00", "wanted YAML or JSON"),
    ],
)
def test_hostile_text_is_refused_with_words(text: str, words: str) -> None:
    with pytest.raises(CharterError, match=words):
        parse_charter(text)


def test_json_and_yaml_are_the_same_charter() -> None:
    document = read_charter(preset("starter"))
    assert parse_charter(copy.deepcopy(document)).rules == parse_charter(preset("starter")).rules


def test_a_rules_hash_changes_with_any_of_it_and_with_nothing_else() -> None:
    first, again = (charter({"all": [_LEAF]}).rules[0].sha256 for _ in range(2))
    reordered = charter({"all": [dict(reversed(_LEAF.items()))]}).rules[0].sha256
    other = charter({"all": [{**_LEAF, "at_least": 2}]}).rules[0].sha256
    assert first == again == reordered
    assert other != first


def test_which_version_binds_when() -> None:
    rule = {"rule": "r", "version": 1, "grants": {"role": "g"}, "all": [_LEAF]}

    def at(effective: float, version: int, **more: Any) -> Any:
        document = {"charter": 1, "name": "G", "rules": [{**rule, "version": version, **more}] if version else []}
        return parse_charter(document, version=version, effective=day(effective))

    whole, now, dated, none = at(1, 1), at(5, 2, looks_back="now"), at(9, 3, looks_back="2024-01-02"), at(12, 0)
    assert [law.spans for law in in_force([whole])] == [[(DAWN, DOOM)]]
    assert [law.spans for law in in_force([whole, now])] == [[(DAWN, day(5))], [(day(5), DOOM)]]
    assert [law.spans for law in in_force([whole, dated])] == [[(DAWN, day(9))], [(day(1), DOOM)]]
    assert [law.spans for law in in_force([whole, now, whole])] == [[(DAWN, DOOM)]]
    assert [law.spans for law in in_force([whole, none])] == [[(DAWN, day(12))]]


@pytest.mark.parametrize("name", PRESETS)
def test_a_charter_is_written_in_the_order_in_which_one_thinks_of_it(name: str) -> None:
    document = read_charter(preset(name))
    kept = json.loads(json.dumps(document, sort_keys=True))
    text = written(kept)
    assert read_charter(text) == document
    parts = [line.partition(":")[0] for line in text.splitlines() if line and line[0].isalpha()]
    order = ["charter", "name", "domain", "outcomes", "evidence", "activities", "rules", "ladder"]
    assert [part for part in parts if part in order] == [part for part in order if part in parts]
    first = text.partition("rules:\n")[2].splitlines()[0]
    assert first.startswith(("- rule: ", "- {rule: "))
