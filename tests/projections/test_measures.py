"""Each measure against what one counts by hand. Day 0 is a Monday; Ada, Bo and Cy are few enough to be looked over."""

from __future__ import annotations

from typing import Any

import pytest

from projections import UnknownMeasureError
from projections.measures.told import MEASURES, chosen
from tests.projections.history_of import Teller, charter, day
from tests.projections.measured import measures, points, scene, value

AIMS = charter(targets={"weekly_active": 60, "first_answer_hours": 10, "conversation": 2})
WEEK = 7


def answers(
    tell: Teller, who: str | None, at: float, phase: str, *given: tuple[str, float], form: str = "skills"
) -> Any:
    told = [{"item": name, "construct": name, "value": number, "min": 1, "max": 10} for name, number in given]
    named = {"respondent": who} if who else {}
    return tell("response", at, instrument=form, phase=phase, answers=told, **named)


def test_who_is_active_in_a_week():
    """Ada joins and never acts; Bo acts in both weeks; Cy in the second, and Di leaves before it ends."""
    tell = Teller()
    facts = [
        tell("membership", 0, member="ada", change="joined"),
        tell.work("bo", 1, "b1"),
        tell.work("bo", 8, "b2"),
        tell.work("bo", 9, "b3"),
        tell.work("cy", 10, "c1"),
        tell.work("di", 2, "d1"),
        tell("membership", 11, member="di", change="left"),
    ]
    found = measures(facts, 15, law=AIMS, weeks=3)["weekly_active"]
    assert (found["value"], found["n"], found["target"], found["met"]) == (0.6667, 3, 0.6, True)
    assert [(one["from"], one["value"], one["n"]) for one in found["series"]] == [
        ("2023-12-25", None, 0),
        ("2024-01-01", 0.6667, 3),
        ("2024-01-08", 0.6667, 3),
    ]
    assert found["reference"]["value"] == 0.3
    assert "without citation" in found["reference"]["words"]


def test_a_week_that_is_not_over_is_not_told():
    tell = Teller()
    facts = [tell.work("ada", 0, "a"), tell.work("ada", 8, "b")]
    assert points(facts, "weekly_active", 13.99, weeks=1) == [1]
    assert measures(facts, 13.99, weeks=1)["weekly_active"]["series"][0]["to"] == "2024-01-08"
    assert measures(facts, 14, weeks=1)["weekly_active"]["series"][0]["to"] == "2024-01-15"


def test_weeks_are_of_the_communitys_calendar():
    """What happens at 23:30 UTC on Sunday is on Monday in Paris."""
    tell = Teller()
    facts = [tell.work("ada", 6.98, "a")]
    paris = charter(timezone="Europe/Paris")
    assert points(facts, "weekly_active", 14, weeks=2) == [1, 0]
    assert points(facts, "weekly_active", 14, weeks=2, law=paris) == [None, 1]


def test_polls_are_answers_of_those_who_were_asked():
    """A running total counts once, by its last word; what is no poll, or does not say how many were asked, does not."""
    tell = Teller()
    facts = [
        tell("metric", 1, metric="poll-tips", value=3, asked=10, window="week"),
        tell("metric", 8, metric="poll-tips", value=6, asked=10, window="week"),
        tell("metric", 2, metric="poll-hall", value=1, asked=20, window="total"),
        tell("metric", 9, metric="poll-hall", value=6, asked=20, window="total"),
        tell("metric", 9, metric="weekly-active", value=9, asked=10, window="week"),
        tell("metric", 9, metric="poll-unknown", value=9, window="week"),
    ]
    assert value(facts, "poll_response", 14) == (0.375, 40)
    assert points(facts, "poll_response", 14, weeks=2) == [0.1333, 0.375]


def test_gains_are_of_pairs_alone():
    """Ada goes from 4 to 6, Bo from 4 to 8; Cy answered once, and somebody nobody knows twice."""
    tell = Teller()
    facts = [
        answers(tell, "ada", 0, "pre", ("teaching", 4)),
        answers(tell, "ada", 1, "pre", ("teaching", 9)),  # the first is what she said before
        answers(tell, "bo", 0, "pre", ("teaching", 4), ("planning", 5)),
        answers(tell, "cy", 0, "pre", ("teaching", 1)),
        answers(tell, None, 0, "pre", ("teaching", 1)),
        answers(tell, "ada", 8, "post", ("teaching", 5)),
        answers(tell, "ada", 9, "post", ("teaching", 6)),
        answers(tell, "bo", 8, "post", ("teaching", 8), ("planning", 6)),
        answers(tell, "bo", 9, "post", ("teaching", 1), form="another"),
        answers(tell, None, 9, "post", ("teaching", 10)),
    ]
    found = measures(facts, 14)["pre_post_gain"]
    assert found["table"]["rows"] == [["skills: planning", 1, 5, 6, 0.2], ["skills: teaching", 2, 4, 7, 0.75]]
    assert found["table"]["units"] == ["text", "count", "number", "number", "share"]
    assert (found["value"], found["n"]) == (round((0.2 + 2 * 0.75) / 3, 4), 3)


def test_what_is_made_beside_what_is_taken_in():
    """Two works and a session led, beside two who attended and a like; a comment is neither."""
    tell = Teller()
    facts = [
        tell.work("ada", 0, "a"),
        tell.work("ada", 1, "b", kind="post"),
        tell.seat("ada", 2, "s", role="facilitator"),
        tell.seat("bo", 2, "s"),
        tell.seat("cy", 2, "s"),
        tell.voice("bo", "ada", 3, "a", strength="reaction"),
        tell.voice("cy", "ada", 3, "a", strength="comment"),
    ]
    assert value(facts, "creation", 7) == (0.5, 6)
    assert value(facts, "doing", 7) == (0.3333, 3)
    assert value(facts[:2], "creation", 7) == (None, 2)  # of what was taken in nobody tells


def test_who_stays_by_the_month_they_came_in():
    """Ada and Bo come in January; both act in February, Ada alone in April."""
    tell = Teller()
    facts = [tell.work("ada", n, f"a{n}") for n in (0, 40, 100)] + [tell.work("bo", n, f"b{n}") for n in (5, 35)]
    found = measures(facts, 126)["retention"]  # 6 May
    assert (found["value"], found["n"]) == (0.5, 2)
    january = next(row for row in found["table"]["rows"] if row[0] == "2024-01")
    assert january == ["2024-01", 2, 1, 1, 0, 0.5, None, None, None]
    assert value(facts, "retention", 100) == (None, 0)  # March is over, April is not


def test_cohorts_of_the_charter_are_told_as_well():
    rule = {"grants": {"cohort": "coders"}, "all": [{"count": "contribution", "at_least": 2}]}
    law = charter(rule, cohorts=[{"cohort": "coders", "name": "Coders"}])
    tell = Teller()
    facts = [tell.work("ada", n, f"a{n}") for n in (0, 3, 40)]
    assert measures(facts, 70, law=law)["retention"]["table"]["rows"][-1][:5] == ["Coders", 1, 1, 1, None]


def test_what_is_said_in_a_week():
    tell = Teller()
    facts = [
        tell.work("ada", 0, "p", kind="post"),
        tell.work("bo", 1, "r", kind="reply", thread="t"),
        tell.work("bo", 2, "r2", kind="reply", thread="t"),
        tell.work("bo", 2, "r2", kind="reply", thread="t", outcome="accepted"),  # the same reply, told again
        tell.work("bo", 2, "x"),
    ]
    found = measures(facts, 7, law=AIMS)["conversation"]
    assert (found["value"], found["n"], found["target"], found["met"]) == (3, 2, 2, True)
    assert found["table"]["rows"] == [["post", 1], ["reply", 2], ["answer", 0]]


def test_newcomers_answered_and_how_soon():
    """Ada waits 12 hours, Bo eight days, Cy for ever; Di's first post is too young to say."""
    tell = Teller()
    facts = [
        tell.work("ada", 0, "p1", kind="post", thread="t1"),
        tell.work("ada", 0.1, "r0", kind="reply", thread="t1"),  # to herself
        tell.work("bo", 0.5, "r1", kind="reply", thread="t1"),
        tell.work("bo", 1, "p2", kind="post", thread="t2"),
        tell.voice("ada", "bo", 2, "p2", strength="reaction"),  # a click is no answer
        tell.work("ada", 9, "r2", kind="answer", about="p2"),
        tell.work("cy", 3, "p3", kind="post", thread="t3"),
        tell.work("di", 12, "p4", kind="post", thread="t4"),
    ]
    assert value(facts, "newcomers_answered", 14) == (0.3333, 3)
    found = measures(facts, 14, law=AIMS)["first_answer_hours"]
    assert (found["value"], found["n"]) == ((12 + 8 * 24) / 2, 2)
    assert (found["target"], found["met"], found["least"]) == (10, False, True)
    assert value(facts, "newcomers_answered", 7) == (1.0, 1)  # by then only Ada's seven days were told


def test_from_live_to_written():
    """Ada writes two days after the session, Bo nine."""
    tell = Teller()
    facts = [
        tell.seat("ada", 1, "s"),
        tell.seat("bo", 1, "s"),
        tell.work("ada", 3, "a"),
        tell.work("bo", 10, "b"),
    ]
    assert value(facts, "carry_over", 14) == (0.5, 2)
    assert value(facts, "carry_over", 7) == (None, 0)  # the seven days are not over


def test_newness_wears_off():
    """Ada does four things in her first four weeks and one in the next four."""
    tell = Teller()
    facts = [tell.work("ada", n, f"a{n}") for n in (0, 1, 8, 20, 30)]
    assert value(facts, "novelty", 12 * WEEK) == (0.25, 1)
    assert value(facts, "novelty", 11 * WEEK) == (None, 0)
    rows = measures(facts, 12 * WEEK)["novelty"]["table"]["rows"]
    assert rows[:5] == [["Week 1", 2], ["Week 2", 1], ["Week 3", 1], ["Week 4", 0], ["Week 5", 1]]


def test_practice_and_wins():
    """One of two tells of a change; falls went from 8 to 2, a skill from 2 to 3, and one has no before."""
    tell = Teller()
    story = {"kind": "practice_change", "measure": {"name": "falls", "before": 8, "after": 2}}
    facts = [
        tell("impact", 1, member="ada", **story),
        tell("impact", 2, member="ada", kind="story", measure={"name": "skill", "before": 2, "after": 3}),
        tell("impact", 3, member="ada", kind="outcome", measure={"name": "skill", "after": 3}),
        tell("impact", 3, member="ada", kind="outcome", measure={"name": "skill", "before": 0, "after": 3}),
        tell.work("bo", 1, "b"),
    ]
    found = measures(facts, 7)
    assert (found["practice_changed"]["value"], found["practice_changed"]["n"]) == (0.5, 2)
    assert (found["wins"]["value"], found["wins"]["n"]) == (2.75, 2)
    assert found["wins"]["table"]["rows"] == [["falls", 1, 8, 2, 4], ["skill", 1, 2, 3, 1.5]]
    assert value(facts[4:], "practice_changed", 7) == (None, 1)


def test_the_talk_is_of_the_domain():
    law = charter(outcomes=[{"outcome": "teach", "can": "Can teach", "skills": ["teaching"]}])
    tell = Teller()
    facts = [
        tell.work("ada", 1, "a", skills=["teaching", "law"]),
        tell.work("ada", 1, "b", skills=["law"]),
        tell.work("ada", 1, "c"),
    ]
    assert value(facts, "focus", 7, law=law) == (0.5, 2)
    assert value(facts, "focus", 7) == (None, 2)


def test_ways_of_taking_part():
    """Three together and live, one alone; a post is where the charter says that the forum is; a talk is nowhere."""
    law = charter(
        activities=[{"activity": "forum", "name": "Forum", "mode": "async", "setting": "collaborative"}],
    )
    tell = Teller()
    facts = [
        *(tell.seat(who, 1, "s") for who in ("ada", "bo", "cy")),
        tell.seat("ada", 2, "film", mode="async", setting="individual", format="recording"),
        tell.work("ada", 3, "p", kind="post", space="forum"),
        tell.work("ada", 3, "t", kind="talk"),
    ]
    found = measures(facts, 7, law=law)["mix"]
    assert found["table"]["rows"] == [["Live", 0, 3], ["In one's own time", 1, 1]]
    assert (found["value"], found["n"]) == (0.4, 5)
    assert measures(facts, 7)["mix"]["n"] == 4


def test_nothing_is_told_of_an_empty_community():
    found = measures([], 100)
    assert list(found) == list(MEASURES)
    for one in found.values():
        if one["measure"] not in {"elements", "success_factors"}:  # of which the charter says something
            assert one["value"] is None, one["measure"]
            assert one["why_none"]
        assert [point["n"] for point in one["series"]] == [one["n"]] * 4
        assert one["met"] is None


def test_every_measure_says_what_it_is():
    for slug, one in MEASURES.items():
        assert slug == one.slug
        assert one.definition.endswith(".")
        assert one.why_none
        assert one.weeks in {1, 4, 13, 26, 52}
        if one.reference:
            assert "claim" in one.reference.words or "without citation" in one.reference.words


def test_one_is_chosen_by_name():
    assert [one.slug for one in chosen("mix")] == ["mix"]
    assert len(chosen(None)) == len(MEASURES)
    with pytest.raises(UnknownMeasureError, match=r"wanted a measure .*weekly_active.*, got weekly"):
        chosen("weekly")


def test_the_past_is_told_by_what_is_known_now():
    """A fact of the first week that was recorded in the third is there in an answer about the first."""
    tell = Teller()
    facts = [tell.work("ada", 0, "a"), tell.work("ada", 15, "b"), tell.work("bo", 1, "late")]
    assert value(facts, "weekly_active", 7) == (1.0, 2)
    assert value(facts, "weekly_active", 7, known=2) == (1.0, 1)
    assert len(scene(facts, 7).members(day(7))) == 2


def test_what_was_withdrawn_or_corrected_is_not_there():
    tell = Teller()
    work, seat = tell.work("ada", 0, "a"), tell.seat("bo", 1, "s")
    facts = [work, seat, tell.seat("bo", 2, "s", state="absent"), tell.withdraw(work, 9), tell.work("cy", 1, "c")]
    assert value(facts, "weekly_active", 7) == (1.0, 1)
    assert value(facts, "weekly_active", 7, known=2) == (1.0, 2)


def test_what_moderation_took_away_is_not_there():
    """A work that is hidden, and what two of a ring said of one another, until a later word restores them."""
    tell = Teller()
    facts = [
        tell.work("ada", 0, "a"),
        tell.work("cy", 1, "c"),
        tell.voice("bo", "cy", 2, "c"),
        tell.voice("cy", "bo", 2, skill="craft"),
        tell("moderation", 20, case="spam", action="hidden", item="a", by="eve"),
        *(tell("moderation", 20, case="ring", action="removed", member=who, by="eve") for who in ("bo", "cy")),
    ]
    assert value(facts, "weekly_active", 7) == (1.0, 1)
    assert value(facts, "weekly_active", 7, known=4) == (1.0, 3)
    facts.append(tell("moderation", 21, case="ring", action="restored", by="eve"))
    assert value(facts, "weekly_active", 7) == (1.0, 2)
    facts.append(tell("moderation", 22, case="spam", action="dismissed", by="eve"))
    assert value(facts, "weekly_active", 7) == (1.0, 3)


def test_one_person_with_two_accounts_is_one_member():
    """Until the link is known she is two; a link that was withdrawn is none."""
    tell = Teller()
    link = tell.link("ada", "ada2", 3)
    facts = [link, tell.work("ada", 0, "a"), tell.work("ada2", 1, "b"), tell.voice("ada2", "ada", 2, "a")]
    assert value(facts, "weekly_active", 7) == (1.0, 1)
    assert value(facts, "isolated", 7) == (1.0, 1)  # what she said of herself ties her to nobody
    assert value([*facts, tell.withdraw(link, 5)], "weekly_active", 7) == (1.0, 2)
    assert value([*facts, tell.link("ada", "ada2", 6, "unlinked")], "isolated", 7) == (0.0, 2)


def test_a_stay_counts_where_it_was_long_enough():
    """As rules have it: 60 % of what was scheduled or 30 minutes, and at least ten."""
    tell = Teller()
    hour = {"start": day(1), "end": day(1) + 3_600_000_000}
    facts = [
        tell("attendance", 0, session="s", mode="sync", state="planned", scheduled=hour),
        tell.seat("ada", 1, "s", "joined"),
        tell.seat("ada", 1 + 35 / 1440, "s", "left", role="facilitator"),
        tell.seat("bo", 1, "s", "joined"),
        tell.seat("bo", 1 + 9 / 1440, "s", "left"),
        tell.seat("cy", 1.1, "s", "left", duration=1_800),
        tell.seat("di", 1, "s", "registered"),
    ]
    (session,) = scene(facts, 7).record.sessions
    assert len(session.seats) == 2
    assert sorted(session.seats.values()) == ["attendee", "facilitator"]
