"""Whatever is wrong with a charter is told at once, each fault with its line and column; nothing else is raised."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from projections import PRESETS, faults_of, parse_charter, preset, read_charter

CHARTER = """\
charter: 1
name: Guild
nmae: Guild
timezone: Mars/Olympus
outcomes:
  - {outcome: Craft, can: Can make things.}
rules:
  - rule: member
    version: 1
    grants: {level: 1}
    all:
      - {count: contribution, at_lest: 1}
      - {count: contributoin, at_least: 1}
      - {count: contribution, where: {kind: cod, kid: x}, at_least: 1}
      - {days: activity}
  - rule: member
    version: one
    grants: {badge: shrer}
    any:
      - {distinct: endorsr, of: endorsement, at_least: 2}
      - nonsense
  - rule: late
    grants: {eligible: host}
    on_lapse: {after: 14d}
    some: {at_least: 2, of: [{count: attendance, within: soon, at_least: 1}]}
ladder:
  - {level: 1, name: Member}
badges:
  - {badge: sharer, name: Sharer, description: Shared.}
"""
WANTED = {
    "/nmae": (3, 1, 'did you mean "name"?'),
    "/timezone": (4, 11, "Mars/Olympus"),
    "/outcomes/0/outcome": (6, 15, "wanted a short name"),
    "/rules/0/all/0/at_lest": (12, 31, 'only fields of a condition, got "at_lest"; did you mean "at_least"?'),
    "/rules/0/all/1/count": (13, 17, "did you mean contribution?"),
    "/rules/0/all/2/where/kind": (14, 45, "did you mean code?"),
    "/rules/0/all/2/where/kid": (14, 55, "did you mean kind?"),
    "/rules/0/all/3": (15, 9, "wanted at_least or at_most beside days, got neither"),
    "/rules/1/rule": (16, 11, "member again"),
    "/rules/1/version": (17, 14, "wanted a whole number"),
    "/rules/1/grants/badge": (18, 21, "did you mean sharer?"),
    "/rules/1/any/0/distinct": (20, 20, "did you mean endorser?"),
    "/rules/1/any/1": (21, 9, "wanted a condition, as {count: contribution, at_least: 1}"),
    "/rules/2/version": (22, 5, 'wanted "version" here'),
    "/rules/2/grants/eligible": (23, 24, "described under leader_roles, got only nothing"),
    "/rules/2/on_lapse/then": (24, 15, 'wanted "then" here'),
    "/rules/2/some/at_least": (25, 22, "wanted at most 1 (that many are listed), got 2"),
    "/rules/2/some/of/0/within": (25, 58, "wanted a length of time as 24h, 90d or 2w"),
}


def test_every_fault_is_told_at_once_and_where_it_stands() -> None:
    found = {fault.pointer: fault for fault in faults_of(CHARTER)}
    assert found.keys() == WANTED.keys()
    for pointer, (line, _, words) in WANTED.items():
        assert words in found[pointer].message, found[pointer]
        assert found[pointer].line == line, found[pointer]
    assert [fault.line for fault in found.values()] == sorted(line for line, _, _ in WANTED.values())


def test_columns_lead_to_the_word_that_is_wrong() -> None:
    lines = CHARTER.splitlines()
    words = {
        "/nmae": "nmae",
        "/timezone": "Mars",
        "/rules/0/all/0/at_lest": "at_lest",
        "/rules/0/all/1/count": "contributoin",
        "/rules/0/all/2/where/kind": "cod",
        "/rules/1/grants/badge": "shrer",
        "/rules/2/some/of/0/within": "soon",
    }
    for fault in faults_of(CHARTER):
        if fault.pointer in words:
            assert fault.line
            assert fault.column
            assert lines[fault.line - 1][fault.column - 1 :].startswith(words[fault.pointer])


def test_json_has_lines_and_columns_too() -> None:
    document = {"charter": 1, "name": "Guild", "rules": [{"rule": "r", "version": 1, "grants": {"role": "g"}}]}
    text = json.dumps(document, indent="\t").replace('"name"', '"nmae"').replace('"grants": {', '"grants": {\n')
    found = {fault.pointer: (fault.line, fault.column) for fault in faults_of(text)}
    assert found == {"/nmae": (3, 2), "/name": (1, 1), "/rules/0": (5, 3)}
    assert [fault.pointer for fault in faults_of(document | {"nmae": "x"})] == ["/nmae", "/rules/0"]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("charter: 1\nname:\t- x\n", 2, "wanted spaces, got a tab"),
        ("charter: 1\n\tname: x\n", 2, "wanted spaces, got a tab"),
        ("charter: 1\nname: a: b\n", 2, "put text with a colon in it in quotes"),
        ('charter: 1\nname: "a\n', 3, "wanted a closing quotation mark"),
        ("charter: 1\nrules: [a, b\nname: x\n", 3, "opened with [ and not closed"),
        ("charter: 1\nname: @home\n", 2, "put it in quotes"),
        ("charter: 1\n---\ncharter: 1\n", 2, "a second one after ---"),
        ("charter: 1\nname: a\0b\n", 2, "a character that text cannot hold"),
        ('charter: 1\n"\\ud8d5\\udd2a": x\n', 2, "a name: wanted text without U+0000 and lone surrogates"),
        ("", 1, "got an empty text"),
        ('{"charter": 1,\n "name" 2}', 2, "wanted JSON"),
        ('{"charter": 1,\n "name": "a",\n "name": "b"}', 3, "first on line 2"),
    ],
)
def test_text_that_cannot_be_read_is_told_with_its_line(text: str, line: int, words: str) -> None:
    faults = [fault for fault in faults_of(text) if words in fault.message]
    assert [fault.line for fault in faults] == [line], faults_of(text)


def test_twice_the_same_name_aliases_and_odd_values_do_not_end_the_reading() -> None:
    text = (
        "charter: 1\nname: &a Guild\nname: Other\ndomain: {statement: *a}\nrules: []\nnorms: [.inf, !!binary aGk=]\n"
        "yes: 1\nladder: [{level: 1, name: on}]\ntargets: {x: 1, x: 2}\n"
    )
    found = [(fault.pointer, fault.line) for fault in faults_of(text)]
    assert found == [
        ("/name", 3),
        ("/domain/statement", 4),
        ("/norms/0", 6),
        ("/norms/1", 6),
        ("", 7),
        ("/ladder/0/name", 8),
        ("/targets/x", 9),
    ]


@pytest.mark.parametrize("strange", ["x: " + "[" * 70 + "]" * 70, "x: 1152921504606846976", 'name: "a\\ud800"'])
@pytest.mark.parametrize(
    "part",
    [
        "badges: [x]",
        "badges: [{badge: a}]",
        "ladder: [{level: 1, credential: x}]",
        "leader_roles: [[]]",
        "outcomes: [x]",
        "rules: [{rule: r, grants: [x], all: [1]}]",
    ],
)
def test_what_json_cannot_carry_is_told_whatever_else_is_wrong(strange: str, part: str) -> None:
    """Its shape is not looked at then: nothing may rely on that."""
    name = "" if strange.startswith("name") else "name: G\n"
    faults = faults_of(f"charter: 1\n{name}{strange}\n{part}\n")
    assert any("wanted" in fault.message for fault in faults)


def test_no_more_than_a_person_can_read() -> None:
    text = "charter: 1\nname: G\nrules: []\n" + "".join(f"part{n}: 1\n" for n in range(300))
    faults = faults_of(text)
    assert len(faults) == 201
    assert faults[-1].message == "and 100 more faults"


_WORDS: list[Any] = [
    None,
    True,
    3,
    -1,
    2.5,
    "",
    "x",
    "90d",
    "50%",
    "code",
    "*",
    [],
    {},
    [{}],
    {"all": []},
    ["x", None],
    {"x": {}},
]


def _places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(place for step, below in inner for place in _places(below, (*at, step)))]


def _mutated(document: dict[str, Any], choose: random.Random) -> dict[str, Any]:
    """Return the document with one thing about it changed at random."""
    changed = copy.deepcopy(document)
    *steps, last = choose.choice(_places(changed)[1:])
    holder: Any = changed
    for step in steps:
        holder = holder[step]
    match choose.randrange(4):
        case 0:
            holder[last] = copy.deepcopy(choose.choice(_WORDS))
        case 1:
            del holder[last]
        case 2 if isinstance(holder, dict):
            holder[f"{last}x"] = holder.pop(last)
        case _:
            word = holder[last]
            holder[last] = word[1:] if isinstance(word, str) else [word]
    return changed


@settings(max_examples=60)
@given(name=st.sampled_from(PRESETS), choose=st.randoms(use_true_random=False), times=st.integers(1, 4))
def test_a_changed_preset_is_a_charter_or_has_faults_with_their_places(name, choose, times):
    document = read_charter(preset(name))
    for _ in range(times):
        document = _mutated(document, choose)
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
    faults = faults_of(text)
    assert all(fault.line and fault.column for fault in faults)
    assert {fault.pointer for fault in faults} == {fault.pointer for fault in faults_of(document)}
    assert faults or parse_charter(text).name


@settings(max_examples=60)
@given(name=st.sampled_from(PRESETS), choose=st.randoms(use_true_random=False))
def test_a_preset_with_damaged_text_is_a_charter_or_has_faults(name, choose):
    text = preset(name)
    at = choose.randrange(len(text))
    damage = choose.choice(["", "\t", ":", "\n", '"', "{", "]", "\0", "*a", "  ", "- ", "%", "é", "\ud800", "!"])
    damaged = text[:at] + damage + text[at + choose.randrange(3) :]
    assert all(fault.message for fault in faults_of(damaged))


@settings(max_examples=25)
@given(choose=st.randoms(use_true_random=False), name=st.sampled_from(PRESETS))
def test_faults_sown_in_different_rules_are_all_told(choose, name):
    document = read_charter(preset(name))
    sown = set()
    for n, rule in enumerate(document["rules"]):
        op = next((op for op in ("all", "any") if op in rule), None)
        if op is None:
            continue
        match choose.randrange(4):
            case 0:
                rule[op].append({"count": "contribution", "at_lest": 1})
                sown.add(f"/rules/{n}/{op}/{len(rule[op]) - 1}/at_lest")
            case 1:
                rule[op].append({"count": "contributoin", "at_least": 1})
                sown.add(f"/rules/{n}/{op}/{len(rule[op]) - 1}/count")
            case 2:
                rule["vresion"] = 2
                sown.add(f"/rules/{n}/vresion")
            case 3:
                rule["grants"] = {"badge": "no-such-badge"}
                sown.add(f"/rules/{n}/grants/badge")
    found = {fault.pointer for fault in faults_of(yaml.safe_dump(document, sort_keys=False))}
    assert sown <= found
