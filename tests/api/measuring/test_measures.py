"""Measures over HTTP and on the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from api.commands.measures import sparkline
from projections import MEASURES
from tests.api.people import COMMUNITY, account, contribution, event
from tests.api.test_cli import Shell

if TYPE_CHECKING:
    from pathlib import Path

    from tests.api.conftest import Guild

BASE = f"/communities/{COMMUNITY}/measures"
LATER = "as_of=2026-03-10T00:00:00Z"


def test_every_measure_is_told(spring: Guild):
    """In the week of 2 March Ada shares two more and Bo and Di endorse; Bo's first post was the Sunday before."""
    told = spring.get(f"{BASE}?{LATER}&weeks=3").json()
    assert (told["community"], told["as_of"], told["members"]) == (COMMUNITY, "2026-03-10T00:00:00Z", 3)
    assert told["position"] == spring.here.standings.position(COMMUNITY)
    assert [one["measure"] for one in told["measures"]] == list(MEASURES)
    active = told["measures"][0]
    assert (active["value"], active["n"], active["window"], active["unit"]) == (1, 3, "week", "share")
    assert active["series"][1:] == [
        {"from": "2026-02-23", "to": "2026-03-02", "value": 1, "n": 2},
        {"from": "2026-03-02", "to": "2026-03-09", "value": 1, "n": 3},
    ]
    assert all(set(one) == set(active) for one in told["measures"])


def test_one_is_told_by_name_and_others_are_unknown(spring: Guild):
    told = spring.get(f"{BASE}/weekly_active?{LATER}").json()
    assert [one["measure"] for one in told["measures"]] == ["weekly_active"]
    assert len(told["measures"][0]["series"]) == 26
    unknown = spring.get(f"{BASE}/happiness")
    assert unknown.status_code == 404
    assert "got happiness" in unknown.json()["detail"]


@pytest.mark.parametrize("query", ["as_of=yesterday", "known_at=soon", "weeks=0", "weeks=105", "weeks=many"])
def test_what_cannot_be_asked_is_refused(spring: Guild, query: str):
    assert spring.get(f"{BASE}?{query}").status_code == 422


def test_what_was_known_then(spring: Guild):
    """Before anything was recorded nobody was a member."""
    told = spring.get(f"{BASE}?{LATER}&known_at=2026-01-01T00:00:00Z&weeks=1").json()
    assert (told["members"], told["known_at"]) == (0, "2026-01-01T00:00:00Z")
    assert told["measures"][0]["why_none"] == "nobody was a member yet"
    by_now = spring.get(f"{BASE}/pipeline?{LATER}&known_at=2199-01-01T00:00:00Z").json()["measures"]
    assert [one["member"] for one in by_now[0]["people"]] == [spring.member()]


def test_people_are_named_by_their_public_id_alone(guild: Guild):
    """Cy shares and is looked at by nobody; once forgotten she is not named, and still counted."""
    guild.tell([contribution(n, "cy", time="2026-03-03T09:00:00Z") for n in (1, 2)])
    asked = f"{BASE}/isolated?{LATER}"
    (alone,) = guild.get(asked).json()["measures"]
    words = "active 2 times, last on 2026-03-03; nobody answered or endorsed her, nor she anybody"
    assert alone["people"] == [{"member": guild.member("cy"), "words": words}]
    assert "account" not in guild.get(f"{BASE}?{LATER}").text

    cy = guild.here.book.account(COMMUNITY, "forum", "cy")
    assert cy
    guild.here.book.erase(COMMUNITY, [cy])
    (alone,) = guild.get(asked).json()["measures"]
    assert (alone["people"], alone["value"], alone["n"]) == ([], 1, 1)


def test_what_arrives_late_is_counted_at_once(guild: Guild):
    guild.tell([contribution(1, "ada", time="2026-03-03T09:00:00Z")])
    assert guild.get(f"{BASE}/weekly_active?{LATER}").json()["measures"][0]["n"] == 1
    guild.tell([contribution(2, "bo", time="2026-03-02T09:00:00Z")])
    assert guild.get(f"{BASE}/weekly_active?{LATER}").json()["measures"][0]["n"] == 2
    told = event("retraction", "r", {"retracts": "contribution-2", "reason": "mistake"}, time="2026-04-01T09:00:00Z")
    guild.tell([told])
    assert guild.get(f"{BASE}/weekly_active?{LATER}").json()["measures"][0]["n"] == 1


def test_the_pipeline_names_who_is_ready_and_nearly(spring: Guild):
    (one,) = spring.get(f"{BASE}/pipeline?{LATER}").json()["measures"]
    assert one["table"]["columns"][:3] == ["Role", "Ready", "Nearly ready"]
    assert one["table"]["rows"][0][1] == one["value"] == 1
    assert one["people"][0]["member"] == spring.member()


def test_on_the_command_line(tmp_path: Path):
    shell = Shell(tmp_path / "data")
    shell("init", "makers", "--preset", "care-circle")
    poll = {"metric": "poll-tips", "value": 2, "asked": 4, "window": "week"}
    pair = [
        event(
            "response",
            phase,
            {
                "respondent": account("ada"),
                "instrument": "skills",
                "phase": phase,
                "answers": [{"item": "q", "type": "number", "value": number, "min": 1, "max": 10}],
            },
            time=f"2026-03-0{day}T09:00:00Z",
        )
        for phase, number, day in (("pre", 4, 2), ("post", 6, 4))
    ]
    events = [contribution(1, "ada", time="2026-03-03T09:00:00Z"), event("metric", 1, poll), *pair]
    history = tmp_path / "events.jsonl"
    history.write_text("\n".join(json.dumps(each) for each in events))
    shell("import", str(history))

    told = shell.json("measures", "makers", "--as-of", "2026-03-10")
    found = {one["measure"]: (one["value"], one["target"], one["met"]) for one in told["measures"]}
    assert found["poll_response"] == (0.5, 0.4, True)
    assert found["pre_post_gain"] == (0.5, 0.4, True)
    assert found["weekly_active"] == (1, 0.3, True)
    shown = shell("measures", "makers", "--as-of", "2026-03-10").stdout
    assert "Active in a week" in shown
    assert "100 %" in shown
    assert "█" in shown
    one = shell("measures", "makers", "--as-of", "2026-03-10", "--measure", "pre_post_gain").stdout
    assert "without citation" in one.replace("\n", " ")
    assert "skills: question 1" in one
    assert "Nothing to tell" in shell("measures", "makers", "--measure", "reuse").stdout
    parts = shell("measures", "makers", "--as-of", "2026-03-10", "--measure", "elements").stdout
    assert "yes Domain: The charter says what it is for" in parts
    assert "got happiness" in shell("measures", "makers", "--measure", "happiness", code=1).output
    assert "wanted a community" in shell("measures", "bakers", code=1).output


def test_a_series_is_a_line_of_bars():
    def of(*values: float | None) -> str:
        return sparkline([{"value": value} for value in values])

    assert of(0, 0.5, 1, None) == "▁▅█ "
    assert of() == ""
    assert of(None, None) == "  "
    assert of(0, 0) == "▁▁"
    assert of(-1, 2) == "▁█"
