"""CloudEvents of another's making, in each mode of the HTTP binding; and who gets leave to send them."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.people import COMMUNITY

if TYPE_CHECKING:
    from tests.api.conftest import Guild

OTHERS = Path(__file__).parent / "others"
SECONDS = 60


def made(*asked: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what npm's `cloudevents` makes of events: headers and body of each request."""
    node = shutil.which("node")
    if not node or not (OTHERS / "node_modules/cloudevents").is_dir():
        pytest.skip("no Node with cloudevents here (npm ci in tests/api/connecting/others)")
    lines = "".join(json.dumps(each) + "\n" for each in asked)
    done = subprocess.run(
        [node, "producing.js"], cwd=OTHERS, input=lines, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def event(number: int, **more: Any) -> dict[str, Any]:
    told = {"author": {"platform": "forum", "id": "ada", "name": "Ada Ōé"}, "item": f"https://forum.example/{number}"}
    return {
        "specversion": "1.0", "id": f"ash:{number}", "source": "https://forum.example/a", "community": COMMUNITY,
        "type": "org.guildbook.contribution.v1", "time": "2026-01-01T10:00:00+02:00", "data": {**told, "kind": "post"},
    } | more  # fmt: skip


def test_another_producer_is_understood_in_every_mode(guild: Guild) -> None:
    asked = [{"mode": "structured", "events": [event(1)]}, {"mode": "binary", "events": [event(2)]}]
    found = made(*asked, {"mode": "batch", "events": [event(1), event(2), event(3)]})

    def post(message: dict[str, Any]) -> Any:
        headers = message["headers"] | {"Authorization": f"Bearer {guild.poster}"}
        answer = guild.client.post("/events", content=message["body"].encode(), headers=headers)
        assert answer.status_code in {200, 201}, answer.text
        return answer.json()

    structured, binary, batch = (post(each) for each in found)
    assert (structured["outcome"], binary["outcome"]) == ("stored", "stored")
    assert [each["outcome"] for each in batch] == ["duplicate", "duplicate", "stored"]


def asks(guild: Guild, key: str = "", **headers: str) -> Any:
    bearer = {"Authorization": f"Bearer {key}"} if key else {}
    named = {f"WebHook-Request-{name.title()}": value for name, value in headers.items()}
    return guild.client.options("/events", headers=bearer | named)


def test_who_may_post_gets_leave(guild: Guild) -> None:
    for rate, given in ({}, "6000"), ({"rate": "120"}, "120"), ({"rate": "99999999"}, "6000"):
        answer = asks(guild, guild.poster, origin="events.example.org", **rate)
        assert answer.status_code == 204
        assert answer.headers["webhook-allowed-origin"] == "events.example.org"
        assert answer.headers["webhook-allowed-rate"] == given
        assert answer.headers["allow"] == "OPTIONS, POST"


def test_nobody_else_does(guild: Guild) -> None:
    for key in ("", guild.reader):
        answer = asks(guild, key, origin="events.example.org", callback="https://169.254.169.254/latest")
        assert answer.status_code == 204
        assert not [name for name in answer.headers if name.startswith("webhook-")]
    assert asks(guild, "gb_0000_forged", origin="events.example.org").status_code == 401
    assert "webhook-allowed-origin" not in asks(guild, guild.poster).headers


@pytest.mark.parametrize(
    "odd",
    [
        {"origin": "a b"},
        {"origin": ""},
        {"origin": "e" * 300},
        {"origin": "e", "rate": "0"},
        {"origin": "e", "rate": "a"},
    ],
)
def test_what_is_no_question_is_told_so(guild: Guild, odd: dict[str, str]) -> None:
    answer = asks(guild, guild.poster, **odd)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
