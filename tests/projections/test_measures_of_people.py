"""Measures of who has to do with whom, who leads, who needs a hand, and whose work no rule sees."""

from __future__ import annotations

from typing import Any

import pytest

from projections.measures.sheet import Sheet
from tests.projections.history_of import Teller, charter
from tests.projections.measured import measures, points, value

ROLES = [{"role": "host", "name": "Host", "term": "90d"}]
HOSTS = charter(
    {"rule": "host-ready", "grants": {"eligible": "host"}, "all": [{"count": "contribution", "at_least": 2}]},
    leader_roles=ROLES,
    targets={"member_led_at": 3, "member_led_share": 60},
)


def test_who_has_to_do_with_whom():
    """Ada is answered by Bo and made something with Cy; Di shared a work that nobody looked at."""
    tell = Teller()
    facts = [
        tell.work("ada", 0, "p", kind="post", thread="t"),
        tell.work("bo", 1, "r", kind="reply", thread="t"),
        tell.work("ada", 2, "w", coauthors=["cy"]),
        tell.work("cy", 3, "c"),
        tell.work("di", 1, "d"),
        tell.work("di", 4, "d2"),
        tell.voice("di", "di", 4, "d"),  # herself
    ]
    found = measures(facts, 7)
    assert (found["connections"]["value"], found["connections"]["n"]) == (1.0, 4)  # 2 + 1 + 1 + 0
    assert found["connections"]["table"]["rows"] == [
        ["nobody", 1],
        ["1 or 2 others", 3],
        ["3 to 9", 0],
        ["10 or more", 0],
    ]
    assert (found["isolated"]["value"], found["isolated"]["least"]) == (0.25, True)
    assert found["isolated"]["people"] == [
        {
            "account": "di",
            "words": "active 2 times, last on 2024-01-05; nobody answered or endorsed her, nor she anybody",
        }
    ]


def test_what_is_made_later_ties_nobody_before():
    tell = Teller()
    facts = [tell.work("ada", 1, "a", about="b"), tell.work("bo", 9, "b")]
    assert value(facts, "isolated", 14) == (1.0, 2)
    assert value([*facts, tell.work("ada", 10, "c", about="b")], "isolated", 14) == (0.0, 2)


def test_a_small_live_session_ties_and_a_large_one_does_not():
    tell = Teller()
    small = [tell.seat(f"m{n}", 1, "small") for n in range(12)]
    assert value(small, "connections", 7) == (11.0, 12)
    assert value([*small, tell.seat("m12", 1, "small")], "connections", 7) == (0.0, 13)
    assert value([tell.seat("x", 1, "film", mode="async"), tell.seat("y", 1, "film", mode="async")], "isolated", 7) == (
        1.0,
        2,
    )


def test_what_goes_with_staying():
    """Of five with three ties four are here 13 weeks later, of two with none one is."""
    tell = Teller()
    crowd = [f"m{n}" for n in range(5)]
    facts = [tell.seat(who, 10, "s") for who in crowd]
    facts += [tell.work("lone", 10, "l1"), tell.work("gone", 10, "g1")]
    facts += [tell.work(who, 110, f"{who} later") for who in [*crowd[:4], "lone"]]
    found = measures(facts, 182)["ties_retention"]
    assert (found["value"], found["n"]) == (1.6, 7)
    assert found["table"]["rows"] == [
        ["nobody", 2, 0.5],
        ["1 or 2 others", 0, None],
        ["3 to 9", 5, 0.8],
        ["10 or more", 0, None],
    ]


def test_what_others_take_up():
    """Of three works Bo builds on one and tells that another moved him; Ada's own next version is not counted."""
    tell = Teller()
    facts = [
        tell.work("ada", 0, "a", kind="resource"),
        tell.work("ada", 0, "b", kind="resource"),
        tell.work("ada", 1, "c", kind="resource", about="b"),
        tell.work("ada", 1, "p", kind="post"),
    ]
    assert value(facts[:2], "reuse", 7) == (None, 2)
    assert value(facts, "reuse", 7) == (0.0, 3)
    facts += [
        tell.work("bo", 3, "d", kind="resource", about="a"),
        tell("impact", 4, member="bo", kind="reuse", inspiredBy=["b", "nothing we know"]),
    ]
    assert value(facts, "reuse", 7) == (0.5, 4)


def test_who_is_seen():
    tell = Teller()
    facts = [
        tell.work("ada", 0, "a"),
        tell.voice("bo", "ada", 1, "a", strength="reaction"),
        tell.work("cy", 1, "c"),
        tell.voice("ada", "cy", 1, "c", strength="objection"),
    ]
    assert value(facts, "recognised", 7) == (0.3333, 3)


def test_new_and_old_together():
    """Ada is of old; Bo is new at the first session and not at the second, half a year later."""
    tell = Teller()
    facts = [tell.work("ada", 0, "a")]
    facts += [tell.seat(who, 371, "s1") for who in ("ada", "bo")]
    facts += [tell.seat(who, 372, "s2") for who in ("ada",)]
    assert value(facts, "mingling", 378) == (1.0, 1)
    assert value(facts, "mingling", 357) == (None, 0)  # nobody can be of old yet
    facts += [tell.seat(who, 560, "s3") for who in ("ada", "bo")]
    assert value(facts, "mingling", 567) == (0.0, 1)


def sessions(tell: Teller, *led: str) -> list[Any]:
    """Tell a session a week, each with who led it, and with Eve, who only listens."""
    facts = []
    for number, who in enumerate(led):
        facts += [tell.seat(who, 7 * number + 1, f"s{number}", role="facilitator", series="circle")]
        facts += [tell.seat("eve", 7 * number + 1, f"s{number}", series="circle")]
    return facts


def test_who_leads_in_turn():
    """Ada, Ada, Bo, Ada: two of three turns pass to another."""
    tell = Teller()
    facts = [*sessions(tell, "ada", "ada", "bo", "ada"), tell.seat("eve", 2, "quiet"), tell.work("eve", 3, "e")]
    facts += [tell.work("bo", 3, "b")]
    found = measures(facts, 28, law=HOSTS)
    assert (found["facilitation"]["value"], found["facilitation"]["n"]) == (0.6667, 3)
    assert found["facilitation"]["table"]["rows"] == [["In 13 weeks", 5, 4, 2, 0.23, 0.75]]
    assert found["facilitation"]["people"][0] == {"account": "ada", "words": "led 3 sessions, 0.2 a week"}
    assert (found["dominance"]["value"], found["dominance"]["n"]) == (0.5, 2)  # Bo led, Eve did not


def test_sessions_led_by_others_than_those_of_old():
    """Ada has led from the beginning; of three sessions after a year Bo leads two."""
    tell = Teller()
    facts = sessions(tell, "ada")
    facts += [
        tell.seat(who, at, f"later {at}", role="facilitator") for who, at in (("ada", 400), ("bo", 401), ("bo", 402))
    ]
    found = measures(facts, 406, law=HOSTS)["member_led"]
    assert (found["value"], found["n"], found["target"], found["met"]) == (0.6667, 3, 0.6, True)
    assert [(part["name"], part["met"], part["words"]) for part in found["parts"]] == [
        ("Enough are active", False, "2 of 3 members acted in 13 weeks"),
        ("There are roles to take", True, "the charter has 1 leader role"),
    ]
    assert value(facts, "member_led", 7, law=HOSTS) == (0.0, 1)


def test_months_with_a_live_session():
    """Live in January and March; in February a film was watched. The community is three months old."""
    tell = Teller()
    facts = [tell.seat("ada", 1, "s"), tell.seat("ada", 40, "film", mode="async"), tell.seat("ada", 70, "t")]
    assert value(facts, "cadence", 98) == (0.6667, 3)  # 8 April
    assert value(facts[1:2], "cadence", 98) == (None, 2)


def test_who_is_ready_to_lead():
    """Two works make ready; whoever holds the role is not asked for it."""
    tell = Teller()
    facts = [tell.work(who, at, f"{who}{at}") for who in ("ada", "bo") for at in (0, 8)]
    assert points(facts, "pipeline", 21, law=HOSTS, weeks=3) == [0, 2, 2]
    assert value(facts, "pipeline", 21, law=HOSTS) == (2, 2)
    facts.append(tell("assignment", 15, member="ada", kind="role", value="host", change="started"))
    assert points(facts, "pipeline", 21, law=HOSTS, weeks=3) == [0, 2, 1]
    assert value(facts, "pipeline", 21) == (None, 2)


def test_who_may_need_a_hand():
    """Ada's post waits; Bo came, did two things and nothing for four weeks; Cy rests, Di left, Eve is answered."""
    tell = Teller()
    facts = [
        *(tell.work(who, at, f"{who}{at}") for who in ("bo", "cy", "di") for at in (0, 2)),
        tell("membership", 3, member="cy", change="paused"),
        tell("membership", 3, member="di", change="left"),
        tell.work("ada", 34, "p", kind="post", thread="t"),
        tell.work("ada", 41, "young", kind="post"),
        tell.work("eve", 33, "q", kind="post", thread="u"),
        tell.work("fay", 34, "r", kind="answer", thread="u"),
    ]
    found = measures(facts, 42)["support"]
    assert (found["value"], found["n"]) == (2, 5)
    assert found["people"] == [
        {"account": "ada", "words": "posted on 2024-02-04, and nobody has answered"},
        {"account": "bo", "words": "came on 2024-01-01, did 2 things, and nothing since 2024-01-03"},
    ]


def test_how_the_place_is_tended():
    tell = Teller()
    facts = [
        tell.work("ada", 1, "pin", kind="curation"),
        tell.work("ada", 2, "pin2", kind="curation"),
        tell("moderation", 9, case="c", action="warned", by="ada"),
    ]
    assert value(facts, "tending", 91) == (round(2 / 13, 4), 13)
    assert value([tell.work("ada", 1, "a")], "tending", 91) == (None, 13)


def test_sessions_that_are_asked_about():
    tell = Teller()
    facts = [tell.seat("ada", 1, "s"), tell.seat("ada", 8, "t")]
    assert value(facts, "session_feedback", 14) == (None, 2)
    facts.append(tell("response", 2, instrument="pulse", session="s", answers=[{"item": "good", "value": 1}]))
    assert value(facts, "session_feedback", 14) == (0.5, 2)


def test_whose_work_no_rule_sees():
    """Code is counted, talks only forbidden; days of activity see everything and say nothing; likes are no work."""
    law = charter(
        {
            "grants": {"level": 1},
            "all": [
                {"count": "contribution", "where": {"kind": "code", "length": {"at_least": 5}}, "at_least": 1},
                {"days": "activity", "at_least": 1},
                {"count": "attendance", "where": {"state": "attended", "role": "speaker"}, "at_least": 1},
                {"none": [{"count": "contribution", "where": {"kind": "talk"}, "at_least": 1}]},
            ],
        }
    )
    tell = Teller()
    facts = [
        tell.work("ada", 0, "a"),
        *(tell.work("bo", 1, f"talk {n}", kind="talk") for n in range(5)),
        tell.voice("ada", "bo", 2, "talk 1", strength="reaction"),
        tell.seat("cy", 1, "s", "joined"),
        tell.seat("cy", 1.1, "s", "left", role="speaker"),
        tell.seat("di", 1, "s"),
    ]
    found = measures(facts, 7, law=law)["coverage"]
    assert (found["value"], found["n"], found["least"]) == (0.75, 8, True)
    assert found["table"]["rows"] == [
        ["talk", 5, 5, 1],
        ["attendance", 1, 1, 1],
        ["code", 1, 0, 0],
        ["attendance as speaker", 1, 0, 0],
    ]
    assert found["people"] == [{"account": "bo", "words": "5 of 5 things she did are seen by no rule, mostly talk"}]


def test_scorecards_stand_on_measures():
    """A line holds by the charter's target, else by ours; where nothing can be told, it says why."""
    law = charter(domain={"statement": "We code.", "call_to_action": "Join."}, targets={"weekly_active": 90})
    tell = Teller()
    facts = [tell.work("ada", 1, "a"), tell.work("bo", -7, "b")]
    found = measures(facts, 7, law=law)
    lines = {(one["part"], one["measure"] or one["name"]): one for one in found["elements"]["parts"]}
    assert lines["Domain", "The charter says what it is for"]["met"] is True
    assert lines["Domain", "Outcomes say what shows them"]["words"] == "the charter names no outcomes"
    active = lines["Community", "weekly_active"]
    assert (active["value"], active["met"]) == (0.5, False)
    assert active["words"] == "50 %, wanted at least 90 % (the charter's)"
    assert lines["Community", "isolated"]["words"] == "100 %, wanted at most 20 % (ours)"
    assert lines["Practice", "reuse"]["words"] == "nothing recorded says what builds on what"
    assert found["elements"]["value"] == 0  # of the community nothing holds
    assert len({one["part"] for one in found["success_factors"]["parts"]}) == 8


@pytest.mark.parametrize("number", [0, 1, 500])
def test_a_sheet_is_small(number):
    """A fact takes nine numbers; what tells them apart is kept once."""
    tell, sheet = Teller(), Sheet()
    sheet.add(tell.work("ada", n, f"i{n}", space="docs") for n in range(number))
    assert len(sheet) == sheet.upto(number) == number
    assert len(sheet.shapes) == len(sheet.accounts) == min(number, 1)
    assert not sheet.more
