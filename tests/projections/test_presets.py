"""Every preset: complete, in backward-design order, without a word of the linter, and within a member's reach."""

from __future__ import annotations

from typing import Any

import pytest

from projections import PRESETS, parse_charter, preset, read_charter
from projections.asked.lint import lint
from projections.fold.people import Account
from projections.fold.spans import span_at, value_at
from tests.projections.history_of import Teller, day, fold
from tests.projections.model_community import DAYS, MEMBERS, model_community

_ORDER = [*["charter", "name", "timezone", "domain", "outcomes", "evidence", "activities", "sources", "rules"]]
_ORDER += [*["ladder", "leader_roles", "badges", "cohorts", "targets", "norms"]]
_NAMED = tuple(name for name in PRESETS if name not in ("starter", "meetings", "open-source"))
LAST = Account(MEMBERS[-1])


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_reads_and_grants_what_it_describes(name: str) -> None:
    found = parse_charter(preset(name))
    described = {("badge", badge) for badge in found.by("badges", "badge")}
    assert {rule.grants for rule in found.rules if rule.grants[0] == "badge"} == described


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_written_in_the_order_in_which_one_should_think(name: str) -> None:
    parts = list(read_charter(preset(name)))
    assert parts == [part for part in _ORDER if part in parts]
    assert preset(name).startswith("# ")
    if name in _NAMED:
        assert set(_ORDER) - set(parts) <= {"sources", "cohorts"}


@pytest.mark.parametrize("name", PRESETS)
def test_presets_get_no_warnings_and_few_notes(name: str) -> None:
    advice = lint(preset(name))
    assert [one for one in advice if one.severity == "warning"] == []
    assert name == "open-source" or advice == ()


@pytest.mark.parametrize("name", PRESETS)
def test_every_grant_of_a_preset_can_be_reached(name: str) -> None:
    document = read_charter(preset(name))
    community = fold(parse_charter(document), model_community(document))
    grants = community.derived[LAST].grants
    missed = [
        rule.grants
        for rule in community.charter.rules
        if not any(span_at(grants.get(rule.grants, []), day(at)) for at in (DAYS - 1, DAYS + 400))
    ]
    assert missed == []
    top = max(rung["level"] for rung in document["ladder"])
    assert value_at(community.derived[LAST].levels, day(DAYS - 1)) == top


@pytest.mark.parametrize(
    ("name", "weeks", "level"),
    [
        ("discourse", 8, 3),  # nothing of what she has shrinks to nine tenths so soon
        ("discourse", 20, 2),  # and 14 days of grace end
        ("kubernetes", 20, 1),  # her roles ended with the year
        ("kubernetes", 60, 0),  # 12 months without anything
        ("apache", 60, 2),  # merit does not expire
        ("creators", 30, 3),  # a mentor stays one; a regular does not
        ("cncf", 60, 2),
    ],
)
def test_what_becomes_of_a_level_when_everybody_stops(name: str, weeks: int, level: int) -> None:
    document = read_charter(preset(name))
    community = fold(parse_charter(document), model_community(document))
    assert value_at(community.derived[LAST].levels, day(DAYS + 7 * weeks)) == level


# Numbers of the published ladders, at the edge


def _level(name: str, facts: list[Any], at: float, who: str = "A") -> int:
    community = fold(parse_charter(preset(name)), facts)
    return value_at(community.derived[Account(who)].levels, day(at))


def _sponsored(tell: Teller, companies: tuple[str, str]) -> list[Any]:
    roles = [tell("assignment", 0, member=who, kind="role", value="reviewer", change="started") for who in "BC"]
    firms = [
        tell("membership", 0, member=who, change="joined", affiliation=firm)
        for who, firm in zip("BC", companies, strict=True)
    ]
    works = [tell.work("A", 1 + n, f"i{n}", outcome="merged") for n in range(2)]
    return [*roles, *firms, *works, *(tell.voice(who, "A", 5, strength="sponsor") for who in "BC")]


def test_kubernetes_wants_sponsors_of_different_companies() -> None:
    assert _level("kubernetes", _sponsored(Teller(), ("red", "blue")), 10) == 1
    assert _level("kubernetes", _sponsored(Teller(), ("red", "red")), 10) == 0
    assert _level("kubernetes", _sponsored(Teller(), ("red", "blue")), 10 + 365) == 0  # 12 months of nothing


def _votes(tell: Teller, *against: str) -> list[Any]:
    pmc = [tell("assignment", 0, member=who, kind="role", value="pmc-member", change="started") for who in "BCDE"]
    work = tell.work("A", 1, "i", outcome="accepted")
    ayes = [tell.voice(who, "A", 5, strength="sponsor", skill="committer") for who in "BCD"]
    return [*pmc, work, *ayes, *(tell.voice(who, "A", 4, strength="objection", skill="committer") for who in against)]


def test_apache_wants_three_voices_and_no_veto() -> None:
    assert _level("apache", _votes(Teller()), 10) == 2
    assert _level("apache", _votes(Teller())[:-1], 10) == 1
    assert _level("apache", _votes(Teller(), "E"), 10) == 1


def test_a_seat_in_the_node_tsc_is_kept_by_a_quarter_of_the_meetings_or_a_vote() -> None:
    tell = Teller()
    seat = tell("assignment", 0, member="A", kind="role", value="tsc-member", change="started")
    meetings = [tell.seat("B", 7 * n, f"s{n}", series="tsc") for n in range(1, 13)]
    came = [tell.seat("A", 7 * n + 0.01, f"s{n}", series="tsc") for n in range(1, 4)]
    vote = tell("response", 80, respondent="A", instrument="v1", phase="once", answers=[])
    assert _level("node-tsc", [seat, *meetings, *came], 89) == 3  # 3 of 12
    assert _level("node-tsc", [seat, *meetings, *came[:2]], 89) == 2
    assert _level("node-tsc", [seat, *meetings, *came[:2], vote], 89) == 3
