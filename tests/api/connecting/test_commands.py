"""Connectors and hooks from the command line, and the same doors in a server that runs."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from api.connecting.connector import every_connector
from api.installation import Installation
from api.settings import Settings
from tests.api.conftest import client_of
from tests.api.connecting.deliveries import SECRET, deliver, message, signed
from tests.api.connecting.test_connectors import emitting, made
from tests.api.people import COMMUNITY
from tests.api.test_cli import Shell

if TYPE_CHECKING:
    from pathlib import Path

    from tests.api.conftest import Guild


CASES = int(os.environ.get("GUILDBOOK_TEST_CASES", "60"))  # deliveries


@pytest.fixture
def shell(guild: Guild) -> Shell:
    """Give a command line on the installation of `guild`, beside its server."""
    found = Shell(guild.here.settings.data)
    found.environment["GUILDBOOK_DATABASE"] = guild.here.settings.book
    return found


def test_what_there_is_and_how_it_is_set_up(shell: Shell) -> None:
    assert {each["connector"] for each in shell.json("connector", "list")} == every_connector().keys()
    words = shell("connector", "show", "zoom").stdout
    assert "Secret Token" in words
    assert "meeting.participant_left: attendance" in words
    assert "wanted a connector file, or one of" in shell("connector", "show", "zom", code=1).stderr


def test_a_file_of_ones_own(shell: Shell, tmp_path: Path) -> None:
    good, bad, payload = tmp_path / "good.yaml", tmp_path / "bad.yaml", tmp_path / "payload.json"
    good.write_text(made())
    bad.write_text(emitting(when="!body.bot.id"))
    payload.write_text(json.dumps({"what": "post", "id": "p1", "at": 0, "by": "ada"}))

    assert "forum is in order: 0 samples hold." in shell("connector", "check", str(good)).stdout
    assert "wanted !(...) around" in shell("connector", "check", str(bad), code=1).stderr
    found = shell.json("connector", "test", str(good), str(payload))
    assert (found["outcome"], found["event"], found["events"][0]["errors"]) == ("mapped", "post", [])
    assert "post is mapped." in shell("connector", "test", str(good), "-", stdin=payload.read_text()).stdout
    for body, words in (
        ({"what": "poke"}, "poke is in no mapping"),
        ({"what": "post", "id": 7}, "is not what the mapping thinks it is"),
    ):
        assert words in shell("connector", "test", str(good), "-", stdin=json.dumps(body), code=1).stdout
    refused = {"what": "post", "id": "p1", "at": 0, "by": "x" * 300}
    assert "/data/author/id" in shell("connector", "test", str(good), "-", stdin=json.dumps(refused), code=1).stderr
    assert "wanted JSON" in shell("connector", "test", str(good), "-", stdin="{", code=1).stderr
    assert "wanted a file" in shell("connector", "test", str(good), str(tmp_path / "none"), code=1).stderr
    headers = ("--header", "X-GitHub-Event: ping")
    assert "ping means nothing to us." in shell("connector", "test", "github", "-", *headers, stdin="{}").stdout


def test_a_door_is_opened_used_and_closed(shell: Shell, guild: Guild) -> None:
    opened = shell("hook", "open", COMMUNITY, "slack", "--secret", "-", stdin=SECRET + "\n").stdout
    assert f"/hooks/{COMMUNITY}/slack" in opened
    assert SECRET not in opened
    assert deliver(guild, "slack", message()).status_code == 202
    assert deliver(guild, "slack", message(text=7)).json()["outcome"] == "misfit"

    found = shell.json("hook", "list", COMMUNITY)
    assert [(each["connector"], each["secrets"]) for each in found["hooks"]] == [("slack", 1)]
    (door,) = found["hooks"]
    assert [(each["why"], each["event"], each["number"]) for each in door["refusals"]] == [("misfit", "message", 1)]
    assert (door["state"], door["kept"], door["last_refused"]["body"]["event"]["text"]) == ("refusing", 1, "a number")
    assert "1 times misfit: message" in shell("hook", "list", COMMUNITY).stdout
    (stray,) = shell.json("hook", "strays", COMMUNITY, "slack")
    assert stray["told"]["body"]["event"]["text"] == 7
    assert "length()" in shell("hook", "strays", COMMUNITY, "slack").stdout
    assert shell("hook", "replay", COMMUNITY, "slack").stdout == "0 taken, 1 left aside.\n"
    assert (
        "wanted a hook of makers with an old secret"
        in shell("hook", "close", COMMUNITY, "slack", "--old", code=1).stderr
    )
    assert shell("hook", "close", COMMUNITY, "slack").stdout == "Closed.\n"
    assert "No platform posts by a hook yet" in shell("hook", "list", COMMUNITY).stdout


def test_a_secret_is_made_where_the_platform_makes_none(shell: Shell) -> None:
    words = shell("hook", "open", COMMUNITY, "github").stdout
    assert "Its secret, shown this once: " in words
    assert "shown this once: whsec_" in shell("hook", "open", COMMUNITY, "standard-webhooks").stdout
    assert "wanted the one that Slack gives" in shell("hook", "open", COMMUNITY, "slack", code=1).stderr
    assert "8 or more characters" in shell("hook", "open", COMMUNITY, "slack", "--secret", "short", code=1).stderr
    assert "wanted one of" in shell("hook", "open", COMMUNITY, "slak", "--secret", SECRET, code=1).stderr
    key = ("hook", "open", COMMUNITY, "discord", "--secret", "not-a-public-key")
    assert "32 bytes" in shell(*key, code=1).stderr


def test_what_was_kept_aside_is_taken_once_the_file_knows_it(shell: Shell, guild: Guild) -> None:
    """Kept by a release whose file did not know it: that is written down here as it would be."""
    book, before = guild.here.book, guild.here.book.head(COMMUNITY)
    body = message()
    told = {"body": body, "headers": {}, "query": {}}
    book.strays.keep(COMMUNITY, "slack", "unknown", "message", {"words": [], "told": told})
    book.strays.keep(COMMUNITY, "slack", "unknown", "huge", {"words": []})  # too long to be kept

    assert shell("hook", "replay", COMMUNITY, "slack").stdout == "1 taken, 1 left aside.\n"
    assert book.head(COMMUNITY) == before + 1
    assert [each.key for each in book.strays.of(COMMUNITY, "slack")] == ["huge"]
    assert shell("hook", "replay", COMMUNITY, "slack").stdout == "0 taken, 1 left aside.\n"


def test_a_restart_changes_nothing(tmp_path: Path) -> None:
    """What was delivered, and is again after the server came back under another secret, is no new fact."""
    settings = Settings(data=tmp_path / "data", base_url="http://127.0.0.1:8700", log_level="error")
    bodies = [json.dumps(message(ts=f"{1767225600 + number}.000100")).encode() for number in range(CASES)]
    with client_of(settings) as client:
        here: Installation = client.app.state.installation  # type: ignore[attr-defined]
        here.book.open_community(COMMUNITY, name="Makers")
        here.book.hooks.open(COMMUNITY, "slack", SECRET)
        for raw in bodies:
            assert (
                client.post(f"/hooks/{COMMUNITY}/slack", content=raw, headers=signed("slack", raw)).status_code == 202
            )
        head = here.book.head(COMMUNITY)
    with client_of(settings) as client:
        here = client.app.state.installation  # type: ignore[attr-defined]
        here.book.hooks.open(COMMUNITY, "slack", "the-next-secret")
        for raw in bodies:
            headers = signed("slack", raw, "the-next-secret")
            assert client.post(f"/hooks/{COMMUNITY}/slack", content=raw, headers=headers).status_code == 202
        assert here.book.head(COMMUNITY) == head >= len(bodies)
