"""Two years of a community's leaders, worked out by hand: days since a fixed Monday."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from hypothesis import given
from hypothesis import strategies as st

from projections import parse_charter
from projections.fold.people import Account
from projections.fold.spans import DOOM, united
from projections.fold.subjects import Assigned
from projections.fold.terms import DAY, Role, by_hand, roles_of, terms_of
from projections.leading import leaders
from projections.leading.succession import plans, successors
from tests.projections.history_of import Teller, charter, day, fold

ROLE = {
    "role": "host",
    "name": "Host",
    "term": "90d",
    "cooldown": "180d",
    "most_terms": 2,
    "handover": "30d",
    "seats": 2,
    "load": 3,
}
READY = {"rule": "host-ready", "grants": {"eligible": "host"}, "all": [{"count": "contribution", "at_least": 1}]}
LEADS = {"rule": "leads", "grants": {"level": 1}, "all": [{"holds": {"role": "host"}}]}
LAW = charter(READY, LEADS, leader_roles=[ROLE])
ROLES = roles_of(LAW.document)
HOST = ROLES["host"]
UTC = ZoneInfo("UTC")


class Story(Teller):
    """Tells of roles in a line each."""

    def host(self, who: str, at: float, change: str, *period: float, **more: Any) -> Any:
        told = dict(zip(("start", "end"), map(day, period), strict=False))
        fields = {"member": who, "kind": "role", "value": "host", "change": change, **more}
        return self("assignment", at, **fields, **({"period": told} if told else {}))


def two_years() -> list[Any]:
    """Ada serves two terms in a row; Bo declines, then serves one, pauses and serves again; Cy only works."""
    tell = Story()
    return [
        *(tell.work(who, 1, f"i:{who}") for who in ("ada", "bo", "cy")),
        tell.host("ada", 0, "started"),
        tell.host("ada", 85, "renewed"),
        tell.host("ada", 180, "ended"),
        tell.host("bo", 20, "nominated", by="ada"),
        tell.host("bo", 25, "declined"),
        tell.host("bo", 30, "nominated"),
        tell.host("bo", 40, "started", 45, 135),
        tell.host("bo", 200, "started"),
    ]


PEOPLE = dict(fold(LAW, two_years()).derived.items())


def holding(at: float) -> dict[str, tuple[float, float | None, int, bool]]:
    """Return who holds the role: since which day, until which, which term in a row, whether another is allowed."""
    return {
        str(one.account): (_day(one.since), None if one.ends is None else _day(one.ends), one.terms, one.may_stay)
        for one in leaders.holding(PEOPLE, ROLES, day(at))
    }


def _day(at: int) -> float:
    return (at - day(0)) / DAY


def test_a_term_ends_where_the_charter_says_unless_somebody_said_otherwise():
    assert holding(-1) == {}
    assert holding(0) == {"ada": (0, 90, 1, True)}
    assert holding(50) == {"ada": (0, 90, 1, True), "bo": (45, 135, 1, True)}
    # renewed five days ahead: the second term begins where the first ends, and is the last that is allowed
    assert holding(86)["ada"] == (0, 180, 1, True)
    assert holding(100)["ada"] == (0, 180, 2, False)
    assert holding(134)["bo"] == (45, 135, 1, True)
    assert set(holding(135)) == {"ada"}
    assert holding(180) == {}
    # he came back without having rested for 180 days, so it is his second in a row; nobody said when it ends
    assert holding(250) == {"bo": (200, 290, 2, False)}
    assert holding(400) == {"bo": (200, 290, 2, False)}


def ending(at: float) -> tuple[list[str], list[str]]:
    """Return whose term ends within the 30 days of the hand-over, and whose should have ended."""
    found = leaders.holding(PEOPLE, ROLES, day(at))
    soon = [str(one.account) for one in found if one.begin and one.ends and one.begin <= day(at) < one.ends]
    return soon, [str(one.account) for one in found if one.ends and one.ends <= day(at)]


def test_terms_that_end_and_terms_that_should_have():
    assert ending(59) == ([], [])
    assert ending(60) == (["ada"], [])
    assert ending(86) == ([], [])  # renewed
    assert ending(105) == (["bo"], [])
    assert ending(150) == (["ada"], [])
    assert ending(260) == (["bo"], [])
    assert ending(290) == ([], ["bo"])


def resting(at: float) -> dict[str, tuple[float, float, int]]:
    return {
        str(one.account): (_day(one.since), _day(one.until), one.terms)
        for one in leaders.resting(PEOPLE, ROLES, day(at))
    }


def eligible(at: float) -> list[str]:
    return [str(one.account) for one in leaders.eligible(PEOPLE, ROLES, day(at))]


def test_who_served_two_terms_rests_and_who_served_one_may_be_asked_at_once():
    assert eligible(2) == ["bo", "cy"]
    assert eligible(50) == ["cy"]
    assert (resting(136), eligible(136)) == ({}, ["bo", "cy"])
    assert (resting(180), eligible(180)) == ({"ada": (180, 360, 2)}, ["bo", "cy"])
    assert (resting(359), eligible(359)) == ({"ada": (180, 360, 2)}, ["cy"])
    assert (resting(360), eligible(360)) == ({}, ["ada", "cy"])


def test_without_a_limit_of_terms_whoever_served_rests():
    role = HOST._replace(most_terms=None)
    rests = leaders.resting(PEOPLE, {"host": role}, day(136))
    assert [(one.account, _day(one.until)) for one in rests] == [("bo", 135 + 180)]
    assert leaders.resting(PEOPLE, {"host": role._replace(cooldown=0)}, day(136)) == []


def test_nominated_declined_named():
    def named(at: float) -> list[tuple[str, float, str | None]]:
        return [(one.account, _day(one.since), one.by) for one in leaders.nominated(PEOPLE, day(at))]

    assert named(19) == []
    assert named(22) == [("bo", 20, "ada")]
    assert (named(26), leaders.declined(PEOPLE, day(26))) == ([], {("bo", "host"): day(25)})
    assert (named(31), leaders.declined(PEOPLE, day(31))) == ([("bo", 30, None)], {})
    assert named(41) == []
    assert [(one.account, _day(one.since)) for one in leaders.coming(PEOPLE, ROLES, day(41))] == [("bo", 45)]
    assert leaders.coming(PEOPLE, ROLES, day(46)) == []


def test_seats_that_are_empty_and_since_when():
    def empty(at: float) -> list[tuple[int, float | None]]:
        found = leaders.vacant(PEOPLE, ROLES, day(at))
        return [(one.held, None if one.since is None else _day(one.since)) for one in found]

    assert empty(-5) == [(0, None)]
    assert empty(10) == [(1, None)]  # there never were two
    assert empty(50) == []
    assert empty(140) == [(1, 135)]
    assert empty(190) == [(0, 135)]
    assert empty(250) == [(1, 135)]


def test_a_charter_that_names_no_seats_wants_one():
    (role,) = roles_of({"leader_roles": [{"role": "host", "name": "Host"}]}.copy()).values()
    assert leaders.vacant(PEOPLE, {"host": role}, day(10)) == []
    assert [(one.seats, _day(one.since or 0)) for one in leaders.vacant(PEOPLE, {"host": role}, day(190))] == [(1, 180)]


def test_the_hand_over_names_each_successor_once_and_says_when_to_begin():
    at = day(150)
    ready, named = leaders.eligible(PEOPLE, ROLES, at), leaders.nominated(PEOPLE, at)
    nexts = successors(PEOPLE, HOST, ready, named, leaders.declined(PEOPLE, at), {}, UTC, at)
    assert [(one.account, one.because) for one in nexts] == [
        ("cy", ("ready since 2 January 2024", "has not led in this role yet")),
        ("bo", ("ready since 2 January 2024", "served 1 term before")),
    ]
    going = [one for one in leaders.holding(PEOPLE, ROLES, at) if one.ends]
    (plan,) = plans(going, ROLES, [], {"host": nexts}, UTC, at)
    assert (plan.leaving.account, plan.next, plan.overdue) == ("ada", "cy", False)
    assert plan.words == (
        "Her term as Host ends on 29 June 2024; begin to hand over now. She has served 2 in a row, the most the "
        "charter allows. She was last active on 2 January 2024. Ask the next one, and 1 more is ready."
    )
    two = plans([*going, *going], ROLES, [], {"host": nexts[:1]}, UTC, at)
    assert [one.next for one in two] == ["cy", None]
    assert two[1].words.endswith("Nobody else is ready: see who is nearly so, and help her get there.")
    late = leaders.holding(PEOPLE, ROLES, day(300))
    (plan,) = plans(late, ROLES, leaders.coming(PEOPLE, ROLES, day(41)), {}, UTC, day(300))
    assert plan.overdue
    assert plan.words.startswith("Her term as Host was to end on 17 October 2024: hand over, or renew it, though ")


def test_who_said_no_comes_last_and_who_was_nominated_first():
    tell = Story()
    facts = [tell.work(who, at, f"i:{who}") for at, who in enumerate(("ada", "bo", "cy"))]
    facts += [tell.host("ada", 5, "declined"), tell.host("cy", 6, "nominated"), tell.host("di", 7, "nominated")]
    people, at = dict(fold(LAW, facts).derived.items()), day(10)
    refused = leaders.declined(people, at)
    ready, named = leaders.eligible(people, ROLES, at), leaders.nominated(people, at)
    nexts = successors(people, HOST, ready, named, refused, {}, UTC, at)
    assert [one.account for one in nexts] == ["cy", "di", "bo", "ada"]
    assert nexts[1].because[1] == "the rule does not call her ready yet"
    assert nexts[3].because[-1] == "declined on 6 January 2024"


def test_who_began_in_one_quarter_are_a_cohort():
    found = leaders.of_one_time(leaders.holding(PEOPLE, ROLES, day(50)), UTC)
    assert {name: [one.account for one in some] for name, some in found.items()} == {
        "host": ["ada", "bo"],
        "led-2024q1": ["ada", "bo"],
    }
    assert leaders.quarter(day(91), UTC) == "2024q2"
    assert leaders.quarter(day(91) - 1, UTC) == "2024q1"


def test_the_example_of_the_documents_says_what_it_seems_to():
    text = (Path(__file__).parents[2] / "docs" / "leaders.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    document = yaml.safe_load(f"charter: 1\nname: Guild\n{example}")
    (host,) = roles_of(parse_charter(document).document).values()
    assert (host.term, host.handover, host.cooldown) == (180 * DAY, 45 * DAY, 90 * DAY)
    assert (host.most_terms, host.seats, host.load) == (2, 3, 3)


# What is held


def level(at: float, *facts: Any) -> int:
    community = fold(LAW, list(facts))
    levels = community.derived[Account("ada")].levels
    return max((value for since, value in levels[-1:] if since <= day(at)), default=0)


def test_to_be_nominated_or_to_decline_is_not_to_hold():
    tell = Story()
    assert level(9, tell.host("ada", 1, "nominated"), tell.host("ada", 2, "declined")) == 0
    assert level(9, tell.host("ada", 1, "declined", 1, 90)) == 0
    assert level(9, tell.host("ada", 1, "started")) == 1


def test_a_withdrawn_word_was_never_said():
    tell = Story()
    began = tell.host("ada", 1, "started")
    assert leaders.holding(dict(fold(LAW, [began]).derived.items()), ROLES, day(5))
    gone = fold(LAW, [began, tell.withdraw(began, 3)])
    assert leaders.holding(dict(gone.derived.items()), ROLES, day(5)) == []


def test_two_accounts_of_one_person_serve_one_row_of_terms():
    tell = Story()
    facts = [
        tell.host("ada", 0, "started", 0, 90),
        tell.host("ada-too", 90, "started", 90, 180),
        tell.link("ada", "ada-too", 100),
    ]
    (found,) = leaders.holding(dict(fold(LAW, facts).derived.items()), ROLES, day(120))
    assert (found.account, _day(found.since), found.terms) == ("ada", 0, 2)


def test_of_another_day_nobody_knows_what_was_said_and_done_later():
    tell = Story()
    facts = [tell.host("ada", 0, "started"), tell.host("ada", 120, "renewed"), tell.host("ada", 150, "ended")]
    facts += [tell.host("bo", 200, "started", 50, 60)]  # told long after
    people = dict(fold(LAW, facts).derived.items())

    def ends(at: float) -> list[tuple[str, float | None]]:
        found = leaders.holding(people, ROLES, day(at))
        return [(one.account, None if one.ends is None else _day(one.ends)) for one in found]

    assert ends(55) == [("ada", 90), ("bo", 60)]
    assert ends(100) == [("ada", 90)]  # overdue: the renewal came later
    assert ends(130) == [("ada", 210)]
    assert ends(151) == []


def test_a_renewal_gives_an_open_term_its_end():
    told = [_word(0, "started"), _word(80, "renewed", 90, 180)]
    assert by_hand(told) == {("role", "host"): [(day(0), day(180))]}
    assert by_hand([*told, _word(100, "ended")]) == {("role", "host"): [(day(0), day(100))]}
    # told on day 100: that it ended on day 70; and that what was to last until day 120 has ended
    assert by_hand([*told, _word(100, "ended", 0, 70)]) == {("role", "host"): [(day(0), day(70))]}
    assert by_hand([*told, _word(100, "ended", 0, 120)]) == {("role", "host"): [(day(0), day(100))]}


def _word(at: float, change: str, *period: float) -> Assigned:
    start, end = (*map(day, period), None, None)[:2]
    return Assigned(day(at), "role", "host", change, start, end, None, None)


@st.composite
def words(draw: st.DrawFn) -> list[Assigned]:
    """Assignments of one role to one member, in order of time, some with a period."""
    times = sorted(draw(st.lists(st.integers(0, 60), max_size=8)))
    told = []
    for at in times:
        change = draw(st.sampled_from(["nominated", "started", "renewed", "declined", "ended"]))
        start = draw(st.none() | st.integers(0, 70))
        end = None if start is None else draw(st.none() | st.integers(start, 90))
        told.append(_word(at, change, *(each for each in (start, end) if each is not None)))
    return told


@given(words(), st.sampled_from([None, 10 * DAY, 40 * DAY]))
def test_terms_and_what_is_held_say_the_same(told: list[Assigned], term: int | None):
    role = Role("host", "Host", term=term, cooldown=15 * DAY, most_terms=2)
    terms = terms_of(told, role)
    assert united((one.start, one.end) for one in terms) == by_hand(told).get(("role", "host"), [])
    for before, after in itertools.pairwise(terms):
        assert before.end <= after.start
        assert after.number == (before.number + 1 if after.start < before.end + 15 * DAY else 1)
    assert all(one.due == (one.start + term if one.end == DOOM and term else one.end) for one in terms)


@given(words())
def test_the_later_word_decides_from_its_start_on(told: list[Assigned]):
    """Word by word and day by day, the plain way."""
    held = dict.fromkeys(range(100), False)
    for one in told:
        start, end = (None if each is None else (each - day(0)) // DAY for each in (one.start, one.end))
        at = (one.at - day(0)) // DAY
        if one.change in ("started", "renewed"):
            begins, ends = at if start is None else start, 1000 if end is None else end
            if begins < ends:
                held |= {each: begins <= each < ends for each in held if each >= begins}
        elif one.change == "ended":
            held |= {each: False for each in held if each >= (at if end is None else min(at, end))}
    spans = by_hand(told).get(("role", "host"), [])
    assert {each for each, so in held.items() if so} == {
        each for each in held if any(start <= day(each) < end for start, end in spans)
    }
