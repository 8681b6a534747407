"""The invented year is valid, the same every time, and as untidy as real ones."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

import schemas
from api.demo.year import COMMUNITY, year

Event = dict[str, Any]

END = datetime(2026, 11, 20, 12, tzinfo=UTC)
START = END - timedelta(days=365)


@pytest.fixture(scope="module")
def events():
    return year(end=END)


def of(events, name):
    """Return the events of one fact type."""
    return [event for event in events if event["type"] == f"org.guildbook.{name}.v1"]


def key(event):
    return event["source"], event["id"]


def test_there_is_a_year_of_it(events):
    assert 5_500 <= len(events) <= 6_500
    counts = Counter(event["type"].split(".")[2] for event in events)
    assert counts.keys() == set(schemas.FACT_TYPES)
    assert all(counts[name] > 1_000 for name in ("contribution", "attendance", "endorsement"))
    assert len({event["data"]["member"]["id"] for event in of(events, "membership")}) == 60


@pytest.mark.parametrize("seed", [7, 8, 2026])
def test_every_event_is_valid(seed):
    for event in year(seed, end=END):
        assert schemas.check_event(event, community=COMMUNITY) == (), event


def test_it_crosses_json_unchanged(events):
    assert [schemas.loads(json.dumps(event).encode()) for event in events[::20]] == events[::20]


def test_a_seed_and_an_end_give_one_year(events):
    assert year(7, end=END) == events
    assert year(8, end=END) != events
    assert year(7, end=END.astimezone(timezone(timedelta(hours=5, minutes=45)))) == events


def test_no_two_events_share_a_part(events):
    author = of(events, "contribution")[0]["data"]["author"]
    author["id"] = "changed"
    assert sum(json.dumps(event).count('"changed"') for event in events) == 1
    author["id"] = year(end=END)[events.index(of(events, "contribution")[0])]["data"]["author"]["id"]


def test_an_end_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="wanted an end with a time zone"):
        year(end=END.replace(tzinfo=None))


def test_it_lies_within_its_year(events):
    times = [schemas.parse_time(event["time"]) for event in events]
    assert min(times) >= START.timestamp() * 1e6
    assert max(times) <= END.timestamp() * 1e6


def test_it_has_the_shapes_of_practice(events):
    kinds = {event["data"]["kind"] for event in of(events, "contribution")}
    assert kinds >= {"post", "reply", "answer", "resource", "review", "talk", "mentoring", "facilitation"}
    strengths = {event["data"]["strength"] for event in of(events, "endorsement")}
    assert strengths == {"reaction", "comment", "accepted", "review", "attest", "sponsor"}
    attendance = [event["data"] for event in of(events, "attendance")]
    assert {one["state"] for one in attendance} == {"planned", "registered", "joined", "left", "attended"}
    assert {one.get("role") for one in attendance} >= {"facilitator", "speaker", "notetaker"}
    assert {one.get("series") for one in attendance} >= {"monthly-call", "ama", "journal-club", "workshop"}
    assert {(one["mode"], one.get("setting")) for one in attendance} >= {
        ("sync", "collaborative"),
        ("async", "individual"),
    }
    assert {event["data"]["phase"] for event in of(events, "response")} == {"pre", "post", "pulse"}
    assert {event["data"]["change"] for event in of(events, "assignment")} >= {
        "nominated",
        "started",
        "ended",
    }
    assert (
        len({event["data"]["affiliation"] for event in of(events, "membership") if "affiliation" in event["data"]}) == 6
    )


def test_some_carry_it_and_many_drop_by(events):
    works = Counter(event["data"]["author"]["id"] for event in of(events, "contribution"))
    ranked = sorted(works.values(), reverse=True)
    assert sum(ranked[:8]) > sum(ranked) / 3
    assert sum(count <= 5 for count in ranked) >= 8


def test_confidence_grows(events):
    rated: dict[tuple[str, str], dict[str, int]] = {}
    for event in of(events, "response"):
        for answer in event["data"]["answers"]:
            if answer["construct"] == "confidence":
                who = (event["data"]["respondent"]["id"], event["data"]["instrument"])
                rated.setdefault(who, {})[event["data"]["phase"]] = answer["value"]
    gains = [both["post"] - both["pre"] for both in rated.values() if len(both) == 2]
    assert len(gains) >= 30
    assert sum(gains) / len(gains) > 0.5


def test_some_events_come_twice_and_one_contradicts_itself(events):
    first: dict[tuple[str, str], Event] = {}
    repeats: list[Event] = []
    conflicts: list[Event] = []
    for event in events:
        known = first.setdefault(key(event), event)
        if known is not event:
            (repeats if known == event else conflicts).append(event)
    assert len(repeats) == 9
    assert len(conflicts) == 1


def test_some_come_late_and_one_comes_early(events):
    latest, late = 0, 0
    for event in events:
        time = schemas.parse_time(event["time"])
        late += time < latest - 14 * 86_400_000_000  # µs
        latest = max(latest, time)
    assert late >= 15
    places = {event["id"]: place for place, event in enumerate(events)}
    assert places["comment:999:2401"] < places["post:999"]


def test_what_was_said_is_taken_back(events):
    known = {key(event) for event in events}
    reasons = Counter(event["data"]["reason"] for event in of(events, "retraction"))
    assert reasons["withdrawn_by_actor"] >= 10
    assert reasons["deleted_at_source"] == 1
    unknown = [event for event in of(events, "retraction") if (event["source"], event["data"]["retracts"]) not in known]
    assert [event["data"]["retracts"] for event in unknown] == ["post:404"]


def test_one_applauded_herself_before_we_knew(events):
    links = {event["data"]["account"]["id"]: event["data"]["member"]["id"] for event in of(events, "identity")}
    (own,) = [
        event
        for event in of(events, "endorsement")
        if links.get(event["data"]["endorser"]["id"]) == event["data"]["endorsee"]["id"]
    ]
    link = next(event for event in of(events, "identity") if event["data"]["method"] == "admin")
    assert own["time"] < link["time"]


def test_a_case_is_opened_and_closed(events):
    assert [event["data"]["action"] for event in of(events, "moderation")] == [
        "flagged",
        "warned",
        "resolved",
    ]


def test_two_leave_and_do_nothing_after(events):
    left = {
        event["data"]["member"]["id"]: event["time"]
        for event in of(events, "membership")
        if event["data"]["change"] == "left"
    }
    assert len(left) == 2
    for event in of(events, "contribution"):
        author = event["data"]["author"]["id"]
        assert event["time"] < left.get(author, "9999")
