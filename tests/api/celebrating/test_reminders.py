"""Reminders, the review that was opened, her own week by mail, and the commands of `notify`."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from api.celebrating.announcing import Announcer
from api.celebrating.events import event_of
from api.cli import app
from tests.api.celebrating.test_celebrations import consent, stamp, works
from tests.api.celebrating.test_sending import post, receiver
from tests.api.people import COMMUNITY, account, contribution, event

if TYPE_CHECKING:
    from pathlib import Path

    from tests.api.celebrating.test_sending import Post

__all__ = ["post", "receiver"]  # fixtures
HOUR = 3_600_000_000  # µs


def later(post: Post, hours: float = 2) -> list[dict[str, Any]]:
    """Look as if so many hours had gone by, send, and return what came."""
    Announcer(post.here, clock=lambda: time.time_ns() // 1_000 + round(hours * HOUR)).run_once()
    while post.sender.run_once():
        pass
    return post.told()


def planned(hours: float, number: object = 1) -> dict[str, Any]:
    start = datetime.now(UTC) + timedelta(hours=hours)
    data = {
        "session": f"s:{number}",
        "mode": "sync",
        "setting": "collaborative",
        "format": "workshop",
        "state": "planned",
        "scheduled": {"start": f"{start:%Y-%m-%dT%H:%M:%SZ}"},
        "title": "Bending ash",
        "url": "https://meet.example/secret-door",
    }
    return event("attendance", number, data, time=stamp(days=1))


def term(who: str, ago: float, change: str = "started") -> dict[str, Any]:
    data = {"member": account(who), "kind": "role", "value": "host", "change": change}
    return event("assignment", f"{who}-{change}", data, time=stamp(days=ago))


def test_a_session_of_tomorrow_is_told_once_and_not_how_to_get_in(post: Post):
    post.guild.tell([planned(20), planned(60, 2), planned(-5, 3)])
    post.add(events=["reminder"])
    (told,) = later(post)
    assert told["type"] == "reminder.session"
    assert told["data"]["words"] == "Tomorrow: Bending ash."
    assert "secret-door" not in str(told)
    assert len(later(post, 4)) == 1


def test_a_session_that_was_withdrawn_is_not_told(post: Post):
    one = planned(20)
    gone = event("retraction", 1, {"retracts": one["id"], "reason": "mistake"}, time=stamp(hours=1))
    post.guild.tell([one, gone])
    post.add(events=["reminder"])
    assert later(post) == []


def test_a_term_that_ends_within_two_weeks_is_told(post: Post):
    post.guild.tell([*works("ada", ago=100), *works("bo", ago=100), term("ada", 80), term("bo", 30), consent("ada")])
    post.add(events=["reminder"])
    (told,) = later(post)
    assert told["type"] == "reminder.term"
    assert told["data"]["words"].startswith("The term of Ada of the Forum as Host ends on ")
    assert len(later(post, 4)) == 1


def test_a_role_handed_back_is_thanked_for(post: Post):
    post.guild.tell([*works("ada", ago=100), term("ada", 80), consent("ada")])
    post.add(events=["role"])
    time.sleep(1.05)
    ended = term("ada", 0, "ended") | {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
    post.tell(ended)
    (told,) = post.told()
    assert told["data"]["words"] == "Ada of the Forum handed back the role Host. Thank you."


def test_a_badge_in_doubt_is_told_to_managers_without_a_name(post: Post):
    told = [contribution(f"a{n}", "ada", time=stamp(days=1)) for n in range(2)]
    post.guild.tell([*told, consent("ada")])
    post.guild.badge("ada")
    post.add(events=["review"])
    gone = event("retraction", 1, {"retracts": told[0]["id"], "reason": "mistake"}, time=stamp(hours=1))
    post.tell(gone)
    (review,) = post.told()
    assert review["type"] == "review.opened"
    assert "Ada" not in str(review)
    assert review["data"]["waiting"] == 1


def test_her_own_week_goes_to_her_alone(post: Post):
    mine = [contribution(f"a{n}", "ada", time=stamp(minutes=1)) for n in range(2)]
    post.guild.tell(mine)
    at, ada = time.time_ns() // 1_000, post.here.book.account(COMMUNITY, "forum", "ada")
    what = {"kind": "digest", "at": at, "who": ada}
    assert event_of(post.here, COMMUNITY, what) is None
    week = event_of(post.here, COMMUNITY, what, own=True)
    assert week is not None
    assert week.words.startswith("Your week: the week of ")
    assert any("How to bend ash" in line for line in week.lines)
    assert any(line.startswith("Near: Maker") for line in week.lines)
    before = {**what, "at": at - 30 * 24 * HOUR}
    assert event_of(post.here, COMMUNITY, before, own=True) is None, "nothing to tell, nothing sent"


@pytest.fixture
def folder(tmp_path: Path) -> dict[str, str]:
    """Give the environment of a fresh book with one community."""
    environment = {"GUILDBOOK_DATA": str(tmp_path / "data"), "COLUMNS": "200"}
    CliRunner().invoke(app, ["init", "makers", "--preset", "starter"], env=environment)
    return environment


def test_the_commands_of_notify(folder: dict[str, str]):
    def run(*words: str, code: int = 0) -> str:
        done = CliRunner().invoke(app, ["notify", *words], env=folder)
        assert done.exit_code == code, (done.output, done.exception)
        return done.output

    made = json.loads(run("add", "makers", "webhook", "https://example.org/in", "--event", "level", "--json"))
    assert made["shown"].startswith("whsec_")
    assert "whsec_" not in run("list", "makers")
    assert made["id"] in run("list", "makers")
    assert "whpk_" in run("add", "makers", "webhook", "https://example.org/in", "--signing", "v1a")
    assert "public server" in run("add", "makers", "slack", "https://localhost/x", code=1)
    assert "events" in run("add", "makers", "slack", "https://example.org/x", "--event", "gossip", code=1)
    run("test", "makers", made["id"])
    assert json.loads(run("list", "makers", "--json"))["counts"] == {"due": 1}
    assert "0 messages" in run("replay", "makers")
    assert "Quiet until" in run("quiet", "makers", "--days", "2")
    assert json.loads(run("list", "makers", "--json"))["quiet_until"]
    assert "speaks again" in run("quiet", "makers", "--days", "0")
    run("drop", "makers", made["id"])
    assert "wanted a channel of makers" in run("drop", "makers", made["id"], code=1)
