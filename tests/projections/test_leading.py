"""The leaders' picture of a real book, on both stores; and of a project's own history."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from projections import preset
from projections.charters.charter import read_charter
from schemas import format_time
from tests.projections.history_of import day
from tests.world import COMMUNITY, World

LAW = {
    "charter": 1,
    "name": "Guild",
    "rules": [
        {
            "rule": "host-ready",
            "version": 1,
            "grants": {"eligible": "host"},
            "all": [{"count": "contribution", "at_least": 4, "label": "Shared 4 times"}],
        },
    ],
    "leader_roles": [
        {"role": "host", "name": "Host", "term": "90d", "cooldown": "60d", "seats": 2, "load": 1},
    ],
}
TRUTH = Path(__file__).parents[3] / "shared" / "data" / "u-boot.maintainers.jsonl.gz"


def role(world: World, who: str, at: float, change: str, **more: Any) -> dict[str, Any]:
    return world.event(
        "assignment", at, member={"platform": "forum", "id": who}, kind="role", value="host", change=change, **more
    )


def test_the_whole_picture(world: World) -> None:
    world.publish(LAW)
    works = [world.work(who, 5 + n, f"i:{who}/{n}") for who in ("ada", "bo", "cy") for n in range(4)]
    led = [
        world.event(
            "attendance",
            80 + n,
            attendee={"platform": "forum", "id": "ada"},
            session=f"s:{n}",
            mode="sync",
            state="attended",
            role="facilitator",
        )
        for n in range(18)
    ]
    pair = world.event(
        "assignment",
        60,
        member={"platform": "forum", "id": "cy"},
        counterpart={"platform": "forum", "id": "di"},
        kind="mentor",
        value="buddy",
        change="started",
    )
    nearly = [world.work("eve", 90 + n, f"i:eve/{n}") for n in range(3)]
    world.tell(*works, *led, pair, *nearly, role(world, "ada", 10, "started"), role(world, "bo", 20, "nominated"))
    found = world.standings.leaders(COMMUNITY, explained=3)  # on day 100
    ada, bo, cy, di, eve = (world.account(who) for who in ("ada", "bo", "cy", "di", "eve"))
    assert [one["account"] for one in found["eligible"]] == sorted([bo, cy])
    assert [(one["account"], one["ends"]) for one in found["overdue"]] == [(ada, format_time(day(100)))]
    assert [one["account"] for one in found["nominated"]] == [bo]
    assert [(one["seats"], one["held"], one["vacant"]) for one in found["vacant"]] == [(2, 1, 1)]
    (host,) = found["successors"]
    assert [(one["account"], one["met"]) for one in host["next"]] == [
        (bo, ["Shared 4 times (4)"]),
        (cy, ["Shared 4 times (4)"]),
    ]
    assert [(one["account"], one["percent"]) for one in host["nearly"]] == [(eve, 75)]
    assert "Shared 4 times" in host["nearly"][0]["missing"][0]
    assert [(one["account"], one["next"]) for one in found["handovers"]] == [(ada, {"account": bo})]
    loads = {one["account"]: one for one in found["load"]}
    assert loads[ada]["acts"] == 18
    assert loads[ada]["warning"].startswith("She carried 4.5 acts of leading a week over the last four weeks")
    assert [(one["account"], one["mentored"]) for one in found["mentors"]["open"]] == [(cy, {"account": di})]
    assert (found["member_led"]["sessions"], found["member_led"]["led"]) == (18, 0)

    # what comes later is read on: she withdraws from one session and ends her term
    undone = world.event("retraction", 99, retracts=led[0]["id"], reason="mistake")
    world.tell(undone, role(world, "ada", 99, "ended"))
    found = world.standings.leaders(COMMUNITY)
    assert [(one["account"], one["until"]) for one in found["resting"]] == [(ada, format_time(day(159)))]
    assert found["member_led"]["sessions"] == 17
    assert found["vacant"][0]["vacant"] == 2
    before = world.standings.leaders(COMMUNITY, as_of=day(50))
    assert [one["account"] for one in before["holding"]] == [ada]
    assert before["load"][0]["acts"] == 0


def test_the_erased_stand_nowhere_in_it(world: World) -> None:
    world.publish(LAW)
    people = [{"platform": "forum", "id": who} for who in ("ada", "bo")]
    pair = world.event(
        "assignment", 60, member=people[0], counterpart=people[1], kind="mentor", value="buddy", change="started"
    )
    world.tell(world.work("ada", 50), world.work("bo", 51), pair, role(world, "bo", 55, "started"))
    bo = world.account("bo")
    found = world.standings.leaders(COMMUNITY)
    assert (len(found["mentors"]["open"]), len(found["holding"])) == (1, 1)
    world.book.erase(COMMUNITY, [bo])
    world.tell()
    found = world.standings.leaders(COMMUNITY)
    assert bo not in str(found)
    assert (found["mentors"]["open"], found["holding"]) == ([], [])


@pytest.mark.skipif(not TRUTH.exists(), reason="a project's history (u-boot.maintainers.jsonl.gz) is not here")
def test_who_maintained_a_project_on_any_day_is_who_its_history_says(world: World) -> None:
    """Every quarter of twelve years, against a plain reading of the same file."""
    with gzip.open(TRUTH, "rt", encoding="utf-8") as lines:
        events = [json.loads(line) for line in lines]
    told: defaultdict[str, list[tuple[datetime, str]]] = defaultdict(list)
    for event in events:
        told[event["data"]["member"]["id"]].append((datetime.fromisoformat(event["time"]), event["data"]["change"]))
    world.publish(read_charter(preset("open-source")))
    world.tell(*events)
    accounts = {who: world.book.account(COMMUNITY, "git", who) for who in told}
    term = timedelta(days=730)
    for quarter in range(48):
        at = datetime(2014 + quarter // 4, 1 + 3 * (quarter % 4), 17, tzinfo=UTC)
        found = world.standings.leaders(COMMUNITY, as_of=int(at.timestamp()) * 1_000_000)
        begun = {}
        for who, changes in told.items():
            last = [(time, change) for time, change in sorted(changes) if time <= at]
            if last and last[-1][1] == "started":
                begun[who] = last[-1][0]
        assert {one["account"] for one in found["holding"]} == {accounts[who] for who in begun}, at
        soon = {accounts[who] for who, since in begun.items() if at < since + term <= at + timedelta(days=60)}
        late = {accounts[who] for who, since in begun.items() if since + term <= at}
        assert {one["account"] for one in found["ending"]} == soon, at
        assert {one["account"] for one in found["overdue"]} == late, at
