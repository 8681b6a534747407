"""The linter: a sound charter gets no advice, and each thing amiss gets one piece of it, where it stands."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import yaml

from projections import parse_charter
from projections.asked.lint import lint
from projections.asked.lint_book import Seen
from projections.charters.tightening import LOOSER, OTHER, SAME, TIGHTER, compared
from tests.projections.history_of import Teller, charter

SOUND = """
charter: 1
name: Guild
outcomes: [{outcome: craft, can: Can make things.}]
evidence: [{outcome: craft, shows: Things others use., facts: [contribution, endorsement]}]
activities: [{activity: bench, name: At the bench, mode: async, setting: individual, outcomes: [craft]}]
sources:
  - {source: forum, reports: [contribution, endorsement, attendance, metric], metrics: [likes]}
rules:
  - rule: member
    version: 1
    grants: {level: 1}
    all:
      - {count: contribution, at_least: 3}
      - {days: activity, within: 30d, at_least: 5}
  - rule: maker
    version: 1
    grants: {level: 2}
    needs: [forum]
    all:
      - {holds: {level: 1}}
      - {count: contribution, where: {kind: [code, talk], outcome: merged}, at_least: 10}
      - {latest: likes, at_least: 5}
      - none: [{open: moderation}]
  - rule: host-ready
    version: 1
    grants: {eligible: host}
    all:
      - {distinct: endorser, of: endorsement, where: {endorser_level: {at_least: 2}, endorser_role: host}, at_least: 2}
  - rule: maker-badge
    version: 1
    grants: {badge: maker}
    all:
      - {holds: {level: 2}}
ladder: [{level: 1, name: Member}, {level: 2, name: Maker}]
leader_roles: [{role: host, name: Host, term: 365d, handover: 30d}]
badges: [{badge: maker, name: Maker, description: Makes things., outcomes: [craft]}]
targets: {weekly_active: 30, member_led_at: 50}
"""
REMOVED = object()
_ALL = "/rules/0/all"


def _changed(pointer: str, value: Any) -> dict[str, Any]:
    """Return the sound charter with one value put, added (`-` ends the pointer) or removed."""
    document: dict[str, Any] = yaml.safe_load(SOUND)
    *steps, last = pointer.split("/")[1:]
    holder: Any = document
    for step in steps:
        holder = holder[int(step)] if isinstance(holder, list) else holder[step]
    if last == "-":
        holder.append(value)
    elif value is REMOVED:
        del holder[int(last) if isinstance(holder, list) else last]
    else:
        holder[int(last) if isinstance(holder, list) else last] = value
    return document


def test_a_sound_charter_gets_no_advice() -> None:
    assert lint(SOUND) == ()


_LEAF = {"count": "contribution"}


@pytest.mark.parametrize(
    ("pointer", "value", "check", "at", "words"),
    [
        ("/outcomes/-", {"outcome": "lead", "can": "x"}, "outcome-unshown", "/outcomes/1", "nothing shows that lead"),
        ("/evidence", REMOVED, "outcome-without-evidence", "/outcomes/0", "said nowhere"),
        ("/activities/0/outcomes", REMOVED, "activity-without-outcome", "/activities/0", "what is bench for?"),
        ("/activities", REMOVED, "outcome-unpractised", "/outcomes/0", "no activity lets members practise craft"),
        ("/badges/0/outcomes", REMOVED, "badge-without-outcome", "/badges/0", "what is maker for?"),
        ("/badges/0/outcomes", ["crat"], "unknown-name", "/badges/0/outcomes/0", "did you mean craft?"),
        ("/activities/0/outcomes", ["craft", "x"], "unknown-name", "/activities/0/outcomes/1", "got x"),
        ("/evidence/0/facts", ["contributoin"], "unknown-name", "/evidence/0/facts/0", "did you mean contribution?"),
        ("/sources/0/reports/-", "likes", "unknown-name", "/sources/0/reports/4", "got likes"),
        ("/rules/1/needs", ["froum"], "unknown-name", "/rules/1/needs/0", "did you mean forum?"),
        ("/rules/0/all/-", {"holds": {"cohort": "x"}}, "unknown-name", f"{_ALL}/2/holds/cohort", "it names none"),
        ("/rules/0/all/-", {"holds": {"role": "hots"}}, "unknown-name", f"{_ALL}/2/holds/role", "did you mean host?"),
        (
            "/rules/2/all/0/where/endorser_role",
            "hots",
            "unknown-name",
            "/rules/2/all/0/where/endorser_role",
            "did you mean host?",
        ),
        ("/ladder/-", {"level": 3, "name": "X"}, "level-never-granted", "/ladder/2", "no rule grants level 3 (X)"),
        (
            "/badges/-",
            {"badge": "b", "name": "B", "description": "d", "outcomes": ["craft"]},
            "badge-never-granted",
            "/badges/1",
            "nobody will ever earn it",
        ),
        ("/rules/2", REMOVED, "role-without-rule", "/leader_roles/0", "ready to be host"),
        ("/leader_roles/0/term", REMOVED, "role-without-term", "/leader_roles/0", "leadership is a loan"),
        ("/leader_roles/0/handover", "400d", "handover-too-long", "/leader_roles/0/handover", "before the term"),
        ("/targets/weekly_activ", 3, "target-unmeasured", "/targets/weekly_activ", "did you mean weekly_active?"),
        ("/targets/member_led_share", 101, "target-out-of-reach", "/targets/member_led_share", "can never be 101"),
        ("/targets/first_answer_hours", -1, "target-out-of-reach", "/targets/first_answer_hours", "can never be -1"),
        ("/targets/weekly_active", 300, "target-out-of-reach", "/targets/weekly_active", "can never be 300"),
        ("/rules/0/all/-", {"count": "impact", "at_least": 1}, "not-reported", f"{_ALL}/2", "of the kind impact"),
        ("/rules/1/all/2/latest", "lieks", "not-reported", "/rules/1/all/2", "did you mean likes?"),
        (
            "/ladder/-",
            {"level": 0, "name": "V", "can": "x", "credential": {}},
            "credential-never-given",
            "/ladder/2/credential",
            "no rule grants level 0",
        ),
        (
            "/leader_roles/0/credential",
            {"description": "x", "expires": "9d"},
            "expires-ignored",
            "/leader_roles/0/credential/expires",
            "ends after 365d",
        ),
        (
            "/badges/0/alignment",
            [{"name": "A", "url": "https://a.example"}],
            "alignment-without-framework",
            "/badges/0/alignment/0",
            "is not said",
        ),
        (
            "/badges/0/results",
            [{"result": "r", "name": "R", "type": "RawScore"}],
            "result-says-nothing",
            "/badges/0/results/0",
            "neither what is asked",
        ),
        # never met
        ("/rules/0/all/1/at_least", 40, "never-met", f"{_ALL}/1/within", "in 30 days there are not 40 days"),
        (
            "/rules/0/all/-",
            {"streak": "activity", "per": "week", "within": "4w", "at_least": 9},
            "never-met",
            f"{_ALL}/2/within",
            "in 4 weeks there are not 9 weeks",
        ),
        (
            "/rules/0/all/-",
            {"share": "attendance", "of": "series", "at_least": "120%"},
            "never-met",
            f"{_ALL}/2/at_least",
            "more than the whole",
        ),
        ("/rules/0/all/0/at_most", 2, "never-met", f"{_ALL}/0/at_least", "at least 3 and at most 2"),
        ("/rules/0/all/-", {"holds": {"badge": "none"}}, "never-met", f"{_ALL}/2/holds", "no rule grants badge none"),
        ("/rules/0/all/-", {"holds": {"level": 2}}, "never-met", f"{_ALL}/2/holds", "level 1 is asked to stand on"),
        ("/rules/3/all/0/holds/level", 5, "never-met", "/rules/3/all/0/holds", "no rule grants level 5"),
        ("/rules/1/all/1/where/kind", {"at_least": 2}, "never-met", "/rules/1/all/1/where/kind", "kind is a word"),
        ("/rules/1/all/1/where/lang", False, "never-met", "/rules/1/all/1/where/lang", "true and false"),
        ("/rules/1/all/1/where/length", "9", "never-met", "/rules/1/all/1/where/length", "length is a number"),
        (
            "/rules/2/all/0/where/endorser_level",
            {"at_least": 3},
            "never-met",
            "/rules/2/all/0/where/endorser_level",
            "ladder ends at level 2",
        ),
        (
            "/rules/0/all/-",
            {"count": "attendance", "where": {"state": "absent"}, "at_least": 1},
            "counts-absence",
            f"{_ALL}/2/where/state",
            "meetings she was not at",
        ),
        (
            "/rules/0/all/-",
            {"count": "endorsement", "where": {"strength": "objection"}, "at_least": 1},
            "counts-objections",
            f"{_ALL}/2/where/strength",
            "in her favour",
        ),
        (
            "/rules/0/all/-",
            {"none": [{**_LEAF, "at_least": 2}]},
            "contradiction",
            f"{_ALL}/2/none/0",
            "contradicts itself: count contribution, at least 3, but also never count contribution, at least 2",
        ),
        (
            "/rules/1/all/-",
            {**_LEAF, "at_most": 9},
            "contradiction",
            "/rules/1/all/4",
            "contradicts itself",
        ),
        (
            "/rules/0/all/-",
            {"none": [{"count": "attendance", "where": {"role": "speaker"}, "at_least": 3, "at_most": 1}]},
            "forbids-nothing",
            f"{_ALL}/2/none/0/at_least",
            "never happens",
        ),
        # always met
        ("/rules/0/all/0/at_least", 0, "always-met", f"{_ALL}/0/at_least", "everyone meets this"),
        ("/rules/2/all/0", {"none": [{"open": "moderation"}]}, "always-met", "/rules/2", "nothing at all meets"),
        ("/rules/0/all/-", {**_LEAF, "at_least": 3, "label": "x"}, "twice", f"{_ALL}/2", "twice"),
        # the ladder
        ("/rules/1/all/0", {**_LEAF, "at_least": 2}, "level-easier", "/rules/1/all/0", "asks for less than level 1"),
        ("/rules/1/all", [{**_LEAF, "at_least": 3}], "level-not-harder", "/rules/1", "asks for nothing more"),
        # keeping
        (
            "/rules/2/keep_while",
            {"all": [{"distinct": "endorser", "of": "endorsement", "at_least": 0}]},
            "always-met",
            "/rules/2/keep_while/all/0/at_least",
            "everyone",
        ),
    ],
)
def test_what_is_amiss_is_said_where_it_is(pointer: str, value: Any, check: str, at: str, words: str) -> None:
    found = lint(_changed(pointer, value))
    here = [one for one in found if (one.check, one.pointer) == (check, at)]
    assert len(here) == 1, found
    assert words in here[0].message
    assert here[0].todo
    assert {one.check for one in found} <= {check, "outcome-unpractised"}, found


def test_what_is_harder_to_keep_than_to_get() -> None:
    document = _changed("/rules/0/on_lapse", {"after": "14d", "then": "revoke"})
    asked = [{**_LEAF, "at_least": 4}, {"count": "impact", "at_least": 1}, {**_LEAF, "since": "award", "at_least": 1}]
    document["rules"][0]["keep_while"] = {"all": [*asked, {**_LEAF, "at_least": 2}]}
    document["sources"][0]["reports"].append("impact")
    found = [(one.check, one.pointer) for one in lint(document)]
    assert found == [("harder-to-keep", f"/rules/0/keep_while/all/{n}") for n in (0, 1)]


def test_a_charter_without_outcomes_is_told_where_to_begin() -> None:
    (found,) = lint({"charter": 1, "name": "G", "rules": []})
    assert (found.severity, found.check, found.pointer) == ("note", "no-outcomes", "")


def test_advice_has_its_place_in_the_text() -> None:
    text = SOUND.replace("within: 30d, at_least: 5", "within: 30d, at_least: 50")
    (found,) = lint(text)
    assert SOUND.splitlines()[(found.line or 0) - 1][(found.column or 0) - 1 :].startswith("30d")
    assert found.told()["check"] == "never-met"
    assert lint(parse_charter(text))[0].line is None


# Versions


def _versions(change: dict[str, Any]) -> list[tuple[str, str]]:
    after = yaml.safe_load(SOUND)
    after["rules"][0] |= change
    return [(one.check, one.pointer) for one in lint(after, before=parse_charter(SOUND))]


def test_a_changed_rule_wants_a_new_version() -> None:
    more = {"all": [{**_LEAF, "at_least": 4}, {"days": "activity", "within": "30d", "at_least": 5}]}
    less = {"all": [{**_LEAF, "at_least": 2}, {"days": "activity", "within": "30d", "at_least": 5}]}
    assert _versions({}) == []
    assert _versions({**more, "holders": "keep"}) == [("version-not-raised", "/rules/0/version")]
    assert _versions({"version": 2}) == [("version-without-change", "/rules/0/version")]
    assert _versions({**more, "version": 2, "looks_back": "now"}) == []
    assert _versions({**more, "version": 2}) == [("takes-away", "/rules/0")]
    assert _versions({**more, "version": 2, "looks_back": "now", "holders": "retest"}) == [("takes-away", "/rules/0")]
    assert _versions({**less, "version": 2}) == [("looks-back", "/rules/0")]
    assert _versions({**less, "version": 2, "looks_back": "now"}) == []
    assert ("version-lowered", "/rules/0/version") in [
        (one.check, one.pointer)
        for one in lint(
            SOUND, before=parse_charter(SOUND.replace("rule: member\n    version: 1", "rule: member\n    version: 2"))
        )
    ]


def test_a_changed_badge_wants_another_version() -> None:
    """Where it has one: else each change counts as one by itself."""
    before, after = yaml.safe_load(SOUND), yaml.safe_load(SOUND)
    after["badges"][0]["criteria"] = "Ten things."
    assert lint(after, before=parse_charter(before)) == ()
    before["badges"][0]["version"] = after["badges"][0]["version"] = 1
    (found,) = lint(after, before=parse_charter(before))
    assert (found.check, found.pointer) == ("badge-version-kept", "/badges/0/version")


def test_a_rule_that_is_gone_is_said() -> None:
    after = yaml.safe_load(SOUND)
    del after["rules"][3], after["badges"]
    found = lint(after, before=parse_charter(SOUND))
    assert [one.check for one in found] == ["rule-removed"]
    assert "maker-badge is gone" in found[0].message


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        ({**_LEAF, "at_least": 3}, {**_LEAF, "at_least": 3, "label": "x"}, SAME),
        ({**_LEAF, "at_least": 3}, {**_LEAF, "at_least": 4}, TIGHTER),
        ({**_LEAF, "at_least": 3}, {**_LEAF, "at_least": 2}, LOOSER),
        ({**_LEAF, "at_most": 3}, {**_LEAF, "at_most": 4}, LOOSER),
        ({**_LEAF, "at_least": 3}, {**_LEAF, "at_least": 3, "within": "30d"}, TIGHTER),
        ({**_LEAF, "at_least": 3, "within": "30d"}, {**_LEAF, "at_least": 3, "within": "60d"}, LOOSER),
        ({**_LEAF, "at_least": 3, "within": "30d"}, {**_LEAF, "at_least": 4, "within": "60d"}, OTHER),
        ({**_LEAF, "at_least": 3}, {**_LEAF, "where": {"kind": "code"}, "at_least": 3}, TIGHTER),
        (
            {**_LEAF, "where": {"kind": "code"}, "at_least": 3},
            {**_LEAF, "where": {"kind": ["code", "talk"]}, "at_least": 3},
            LOOSER,
        ),
        ({**_LEAF, "at_least": 3}, {"count": "attendance", "at_least": 3}, OTHER),
        ({"tenure": "joined", "at_least": "90d"}, {"tenure": "joined", "at_least": "13w"}, TIGHTER),
        ({"any": [{**_LEAF, "at_least": 3}, {"open": "moderation"}]}, {**_LEAF, "at_least": 3}, TIGHTER),
        ({"none": [{"open": "moderation"}]}, {"none": [{"open": "moderation"}, {**_LEAF, "at_least": 9}]}, TIGHTER),
        ({"none": [{**_LEAF, "at_least": 9}]}, {"none": [{**_LEAF, "at_least": 8}]}, TIGHTER),
        (
            {"some": {"at_least": 1, "of": [{**_LEAF, "at_least": 3}, {"open": "moderation"}]}},
            {"some": {"at_least": 2, "of": [{**_LEAF, "at_least": 3}, {"open": "moderation"}]}},
            TIGHTER,
        ),
    ],
)
def test_which_of_two_rules_asks_for_more(before: dict[str, Any], after: dict[str, Any], verdict: str) -> None:
    assert compared({"all": [before]}, {"all": [after]}) == verdict
    turned = {TIGHTER: LOOSER, LOOSER: TIGHTER}.get(verdict, verdict)
    assert compared({"all": [after]}, {"all": [before]}) == turned


# Against the book


def _seen(document: dict[str, Any], *facts: Any) -> list[str]:
    seen = Seen(document, str)
    seen.take(facts)
    return [one.message for one in lint(charter(*document["rules"]), seen=seen) if one.check == "never-seen"]


def _rules(*leaves: dict[str, Any]) -> dict[str, Any]:
    return {"rules": [{"rule": "r", "version": 1, "grants": {"role": "g"}, "all": [*leaves]}]}


def test_what_no_fact_ever_was_is_said() -> None:
    tell = Teller()
    facts = [
        *(tell.work("A", n, f"i{n}") for n in range(5)),
        tell.work("A", 9, "r", kind="reply", outcome="merged"),
        tell.seat("A", 3, "s", state="joined"),
        tell("metric", 3, metric="likes", value=3, member="A"),
        tell.voice("B", "A", 4, "i1"),
    ]
    talk = {"count": "contribution", "where": {"kind": "talk"}, "at_least": 1}
    (words,) = _seen(_rules(talk), *facts)
    assert words.startswith("no recorded fact has kind: talk (count contribution, kind talk, at least 1)")
    assert words.endswith("6 of the kind contribution have kind code, reply")
    assert "no recorded fact is of the kind impact" in _seen(_rules({"count": "impact", "at_least": 1}), *facts)[0]
    both = {"count": "contribution", "where": {"kind": "code", "outcome": "merged"}, "at_least": 1}
    assert "none of the 6 facts of the kind contribution has all of this at once" in _seen(_rules(both), *facts)[0]
    assert "reported are likes" in _seen(_rules({"latest": "lieks", "at_least": 1}), *facts)[0]
    skill = {"distinct": "skill", "of": "endorsement", "at_least": 2}
    assert "has a skill" in _seen(_rules(skill), *facts)[0]
    for fine in (
        {"count": "contribution", "where": {"kind": ["talk", "code"]}, "at_least": 1},
        {"count": "attendance", "where": {"state": "attended"}, "at_least": 1},
        {"latest": "likes", "at_least": 1},
        {"count": "endorsement_given", "where": {"strength": "review"}, "at_least": 1},
        {"distinct": "endorser", "of": "endorsement", "where": {"endorser_level": {"at_least": 2}}, "at_least": 1},
        {"days": "activity", "at_least": 1},
        {"tenure": "joined", "at_least": "1d"},
    ):
        assert _seen(_rules(fine), *facts) == []
    assert _seen(_rules(talk)) == []  # of an empty book nothing is said


def test_what_is_seen_does_not_depend_on_the_order() -> None:
    tell = Teller()
    facts = [tell.work("A", n, f"i{n}", kind="code" if n % 3 else "reply") for n in range(9)]
    document = _rules({"count": "contribution", "where": {"kind": "code"}, "at_least": 1})
    one, other = Seen(document, str), Seen(document, str)
    one.take(facts)
    for fact in reversed(copy.copy(facts)):
        other.take([fact])
    assert (one.kinds, one.values, one.met) == (other.kinds, other.values, other.met)
