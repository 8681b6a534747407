"""What is undone and happens again: it counts again, once; a late retry is no new turn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.connecting.deliveries import SECRET, deliver, slack
from tests.api.people import COMMUNITY

if TYPE_CHECKING:
    from tests.api.conftest import Guild

PLATFORMS = Path(__file__).parents[4] / "shared" / "fixtures" / "platforms"
FORUM = {"X-Discourse-Instance": "https://forum.example"}
POST = {
    "id": 7, "post_type": 1, "user_id": 3, "username": "ada", "created_at": "2026-01-01T10:00:00.000Z",
    "updated_at": "2026-01-01T10:00:00.000Z", "post_number": 2, "topic_id": 5, "raw": "Ash bends.",
}  # fmt: skip


def discourse(guild: Guild, event: str, **changed: Any) -> list[tuple[str, str]]:
    """Deliver what a forum says of a post; return the id and the outcome of each event."""
    answer = deliver(guild, "discourse", {"post": POST | changed}, **{"X-Discourse-Event": event}, **FORUM)
    assert answer.status_code == 202, answer.text
    return [(each["id"], each["outcome"]) for each in answer.json()["events"]]


def reacted(guild: Guild, what: str, at: str) -> list[tuple[str, str]]:
    """Deliver a reaction, or its removal."""
    item = {"type": "message", "channel": "C1", "ts": "1767225600.000100"}
    body = slack(type=what, user="U2", item_user="U1", reaction="tada", item=item, event_ts=at)
    return [(each["id"], each["outcome"]) for each in deliver(guild, "slack", body).json()["events"]]


def standing(guild: Guild, topic: str) -> int:
    """Return how many facts of a kind nothing has taken back."""
    facts = guild.here.book.read(COMMUNITY, 0, 1_000)
    gone = {fact.open["retracts"] for fact in facts if fact.topic == "retraction.v1"}
    return sum(fact.topic == topic and fact.stream not in gone for fact in facts)


@pytest.fixture
def doors(guild: Guild) -> Guild:
    """Give an installation with a door to a forum, and one to Slack."""
    for connector in ("discourse", "slack"):
        guild.here.book.hooks.open(COMMUNITY, connector, SECRET)
    return guild


def test_a_post_that_was_recovered_counts_again_once(doors: Guild) -> None:
    assert discourse(doors, "post_created") == [("post:7", "stored")]
    assert discourse(doors, "post_destroyed") == [("post:7:destroyed", "stored")]
    assert standing(doors, "contribution.v1") == 0
    for outcome in ("stored", "duplicate"):
        assert discourse(doors, "post_recovered") == [("post:7:2", outcome)]
        assert standing(doors, "contribution.v1") == 1
    later = {"updated_at": "2026-01-03T10:00:00.000Z"}  # edited since
    for outcome in ("stored", "duplicate"):
        assert discourse(doors, "post_destroyed", **later) == [("post:7:destroyed:2", outcome)]
        assert standing(doors, "contribution.v1") == 0
    assert discourse(doors, "post_recovered", **later) == [("post:7:3", "stored")]
    assert standing(doors, "contribution.v1") == 1
    assert doors.here.book.strays.counts(COMMUNITY) == []


def test_a_post_is_recovered_of_which_nothing_else_was_told(doors: Guild) -> None:
    assert discourse(doors, "post_recovered") == [("post:7", "stored")]
    assert discourse(doors, "post_recovered") == [("post:7", "duplicate")]
    assert standing(doors, "contribution.v1") == 1


def test_a_reaction_is_given_once_more(doors: Guild) -> None:
    first, gone = "react:C1:1767225600.000100:U2:tada", "unreact:C1:1767225600.000100:U2:tada"
    assert reacted(doors, "reaction_added", "1767225700.000100") == [(first, "stored")]
    assert reacted(doors, "reaction_removed", "1767225800.000100") == [(gone, "stored")]
    assert reacted(doors, "reaction_added", "1767225700.000100") == [(first, "duplicate")]  # a late retry
    assert standing(doors, "endorsement.v1") == 0
    assert reacted(doors, "reaction_added", "1767225900.000100") == [(f"{first}:2", "stored")]
    assert reacted(doors, "reaction_removed", "1767225800.000100") == [(gone, "duplicate")]  # another
    assert standing(doors, "endorsement.v1") == 1
    assert reacted(doors, "reaction_removed", "1767226000.000100") == [(f"{gone}:2", "stored")]
    assert standing(doors, "endorsement.v1") == 0


def test_the_removal_may_come_first(doors: Guild) -> None:
    reacted(doors, "reaction_removed", "1767225800.000100")
    reacted(doors, "reaction_added", "1767225700.000100")
    assert standing(doors, "endorsement.v1") == 0


def test_a_real_recovery(doors: Guild) -> None:
    file = PLATFORMS / "discourse.post_recovered.json"
    if not file.is_file():
        pytest.skip("no payloads of platforms here")
    told = json.loads(file.read_bytes())
    headers, body = told["headers"], told["body"]
    for event, counted in (("post_created", 1), ("post_destroyed", 0), ("post_recovered", 1), ("post_recovered", 1)):
        sent = {name: value for name, value in headers.items() if name.startswith("X-Discourse-Inst")}
        deliver(doors, "discourse", body, **sent, **{"X-Discourse-Event": event})
        assert standing(doors, "contribution.v1") == counted, event
