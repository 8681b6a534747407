"""Relays and polls by the command line, their files, and where their keys come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml
from typer.testing import CliRunner

from api.cli import app
from api.connecting.connector import connectors, every_connector, read_connector
from api.connecting.errors import ConnectorError
from api.installation import Installation, migrate
from api.pulling.errors import EndedError
from api.pulling.tokens import token_of
from api.settings import Settings
from ledger import Mark
from tests.api.people import COMMUNITY
from tests.api.pulling.platform import Platform, answering

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.api.sites import Authority

FILE: dict[str, Any] = {
    "connector": "forum",
    "version": 1,
    "title": "A forum",
    "poll": {
        "auth": {"header": "x-key"},
        "streams": [{"name": "posts", "address": "/posts", "items": "body.posts", "cursor": "item.id"}],
    },
    "event": "body.stream",
    "source": "body.base",
    "map": {
        "posts": [
            {
                "emit": "contribution",
                "id": "join(':', ['post', to_string(body.item.id)])",
                "time": "instant(body.item.at)",
                "data": {
                    "author": {"platform": "'forum'", "id": "to_string(body.item.by)"},
                    "item": "join('', ['forum:', to_string(body.item.id)])",
                    "kind": "'post'",
                },
            }
        ]
    },
}


@pytest.fixture
def platform(authority: Authority) -> Iterator[Platform]:
    with answering(authority.context("localhost")) as found:
        yield found


@pytest.fixture
def folder(tmp_path: Path, platform: Platform, authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the folder of an installation that commands find."""
    settings = Settings(data=tmp_path / "data")
    migrate(settings)
    here = Installation.open(settings)
    here.book.open_community(COMMUNITY, name="Makers")
    here.close()
    for name, value in (("DATA", settings.data), ("FETCH_ALSO", platform.origin), ("FETCH_CA", authority.file)):
        monkeypatch.setenv(f"GUILDBOOK_{name}", str(value))
    monkeypatch.setenv("GUILDBOOK_LOG_LEVEL", "error")
    (tmp_path / "forum.yaml").write_text(yaml.safe_dump(FILE))
    (tmp_path / "key").write_text("a-key-that-nobody-may-see\n")
    (tmp_path / "key").chmod(0o600)
    return tmp_path


def run(*words: object) -> Any:
    return CliRunner().invoke(app, [str(word) for word in words])


def test_a_file_of_ones_own_is_asked_once(folder: Path, platform: Platform):
    one = {"id": 1, "by": 7, "at": "2026-03-01T10:00:00Z"}
    platform.lists["/posts"] = lambda _: {"posts": [one, {"id": 2}]}
    words = ("poll", COMMUNITY, folder / "forum.yaml", "--base", platform.origin, "--once")
    found = run(*words, "--token-file", folder / "key")
    assert found.exit_code == 0, found.output
    assert "1 new facts, 1 refused, by 1 requests." in found.output
    assert platform.asked[0][1]["x-key"] == "a-key-that-nobody-may-see"
    shown = run("relay", "list", COMMUNITY)
    assert "1 facts, 1 refused" in shown.output
    assert "a-key" not in found.output + shown.output
    platform.nasties = [(503, {"Retry-After": "600"}, b"")]
    assert run(*words, "--token-file", folder / "key").exit_code == 1
    later = run(*words, "--token-file", folder / "key")
    assert later.exit_code == 0
    assert "asked not to be asked" in later.output
    assert len(platform.asked) == 2
    assert run("relay", "forget", COMMUNITY, "forum").exit_code == 0
    platform.nasties = [(401, {}, b"")]
    assert run(*words, "--token-file", folder / "key").exit_code == 3


def test_what_cannot_begin_says_what_it_wants(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("CIRCLE_TOKEN", raising=False)
    assert "CIRCLE_TOKEN" in run("poll", COMMUNITY, "circle", "--once").output
    assert run("poll", COMMUNITY, "slack", "--once").exit_code == 3
    assert run("poll", COMMUNITY, "nothing", "--once").exit_code == 1
    assert run("poll", COMMUNITY, "discourse-counters", "--once", "--token-file", folder / "key").exit_code == 3
    assert "of digits" in run("relay", "discord", COMMUNITY, "--guild", "x").output
    wrong = run("relay", "discord", COMMUNITY, "--guild", "1", "--token-file", folder / "key", "--gateway", "ws://x")
    assert wrong.exit_code == 3
    assert "wss://" in wrong.output
    intent = ("--intent", "everything", "--gateway", "wss://gateway.discord.gg")
    wrong = run("relay", "discord", COMMUNITY, "--guild", "1", "--token-file", folder / "key", *intent)
    assert wrong.exit_code == 3
    assert "wanted intents of" in wrong.output


def test_a_key_comes_from_a_file_for_us_alone_or_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DISCORD_GATEWAY_TOKEN", "from-the-environment")
    assert token_of("discord-gateway", None) == "from-the-environment"
    file = tmp_path / "token"
    for text in ("", "two words", "two\nlines"):
        file.write_text(text)
        file.chmod(0o600)
        with pytest.raises(EndedError):
            token_of("circle", file)
    with pytest.raises(EndedError):
        token_of("circle", tmp_path / "missing")


def test_what_is_asked_has_no_door():
    assert {"circle", "discourse-counters", "discord-gateway"} <= every_connector().keys()
    assert not {"circle", "discourse-counters", "discord-gateway"} & connectors().keys()
    assert run("connector", "check", "api/connectors/circle.yaml").exit_code == 0
    assert "ROOM_JOINED: attendance" in run("connector", "show", "discord-gateway").output


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"verify": {"alg": "bearer", "header": "authorization"}}, "one of verify, poll, relay"),
        ({"poll": None}, "one of verify, poll, relay"),
        ({"streams": [{"name": "posts", "address": "/p", "items": "!a.b"}]}, "all that is denied"),
        ({"streams": [{"name": "posts", "address": "/p?{page}", "items": "body"}]}, "more, and {page}"),
        ({"streams": [{"name": "posts", "address": "/p/{parent}", "items": "body"}]}, "under, parent"),
        ({"streams": [{"name": "posts", "address": "p", "items": "body"}]}, "begins with /"),
        ({"streams": [{"name": "a1", "address": "/p", "items": "body"}] * 2}, "once"),
        (
            {"streams": [{"name": "a1", "address": "/{parent}", "items": "body", "under": "b1", "parent": "item.id"}]},
            "a stream before this one",
        ),
    ],
)
def test_all_that_is_wrong_with_a_file_is_told(change: dict[str, Any], words: str):
    file = yaml.safe_load(yaml.safe_dump(FILE))
    if "streams" in change:
        file["poll"] |= change
    else:
        file |= change
    file = {name: value for name, value in file.items() if value is not None}
    with pytest.raises(ConnectorError) as refused:
        read_connector(yaml.safe_dump(file), "forum.yaml")
    assert words in str(refused.value)


def test_how_it_does_is_on_the_page_of_sources(guild: Any):
    pull = guild.here.book.pulls.take(COMMUNITY, "circle")
    guild.here.book.pulls.save(pull, Mark({}, heard=1, taken=7, state="ended", said="its key is not taken"))
    browser = guild.sign_in()
    page = browser.get(f"/manage/{COMMUNITY}/sources").text
    assert "Relays and polls" in page
    assert "its key is not taken" in page
    assert "Has ended: somebody must look after it" in page
    assert "Relays and polls" in browser.get(f"/manage/{COMMUNITY}").text
