"""The connections' room: doors opened and closed by a form, and what was not taken, without anybody's name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.connecting.redacting import redacted
from tests.api.connecting.deliveries import SECRET, deliver, message, slack
from tests.api.people import COMMUNITY

if TYPE_CHECKING:
    from httpx2 import Response
    from starlette.testclient import TestClient

    from tests.api.conftest import Guild

ROOM = f"/manage/{COMMUNITY}/connections"
HTML = {"Accept": "text/html"}


def post(guild: Guild, browser: TestClient, path: str, **fields: str) -> Response:
    word = guild.here.sessions.read(browser.cookies.get(guild.here.sessions.cookie)).csrf
    return browser.post(ROOM + path, data={"csrf": word, **fields}, headers=HTML, follow_redirects=False)


def test_a_door_is_opened_and_closed_by_a_form(guild: Guild) -> None:
    browser = guild.sign_in()
    assert "None is open yet." in browser.get(ROOM).text
    made = post(guild, browser, "", connector="github")
    assert made.status_code == 200
    assert "Its secret is shown once." in made.text
    (hook,) = guild.here.book.hooks.of(COMMUNITY)
    assert hook.secrets[0] in made.text
    assert hook.secrets[0] not in browser.get(ROOM).text
    given = post(guild, browser, "", connector="slack", secret=SECRET)
    assert "A door for Slack" in given.text
    assert SECRET not in given.text
    post(guild, browser, "", connector="slack", secret="the-next-secret")
    assert "End the old secret" in browser.get(ROOM).text
    assert post(guild, browser, "/slack/close-old").status_code == 303
    assert "End the old secret" not in browser.get(ROOM).text
    assert post(guild, browser, "/slack/close").headers["location"] == f"{ROOM}#slack"
    assert [each.connector for each in guild.here.book.hooks.of(COMMUNITY)] == ["github"]


def test_what_is_wrong_with_the_form_is_said_there(guild: Guild) -> None:
    browser = guild.sign_in()
    for fields, words in (
        ({"connector": "slack"}, "wanted the one that Slack shows"),
        ({"connector": "slack", "secret": "short"}, "8 or more characters"),
        ({"connector": "discord", "secret": "not-a-public-key"}, "32 bytes"),
        ({"connector": "nothing"}, "wanted one of these"),
        ({}, "wanted one of these"),
    ):
        answer = post(guild, browser, "", **fields)
        assert (answer.status_code, words[1:] in answer.text) == (422, True), fields
    assert browser.post(ROOM, data={"connector": "github"}).status_code == 403
    assert post(guild, browser, "/slack/burn").status_code == 404
    assert post(guild, browser, "/nothing/close").status_code == 404
    assert guild.here.book.hooks.of(COMMUNITY) == []


def test_what_was_not_taken_is_shown_without_a_name(guild: Guild) -> None:
    browser = guild.sign_in()
    post(guild, browser, "", connector="slack", secret=SECRET)
    assert "Nothing was told through it yet." in browser.get(ROOM).text
    hostile = "<script>alert(1)</script>"
    deliver(guild, "slack", slack(type="huddle_thread", user="Ada of the Forum", said=hostile, number=4711))
    deliver(guild, "slack", message(text=7))
    page = browser.get(ROOM).text

    assert "<code>huddle_thread</code>: no mapping knows it" in page
    assert "it is not what the mapping thinks it is" in page
    assert "length()" in page
    assert "text of 16" in page
    assert not any(each in page for each in ("Ada of the Forum", hostile, "4711", "x-slack-signature"))
    assert post(guild, browser, "/slack/replay").status_code == 303
    assert len(guild.here.book.strays.of(COMMUNITY, "slack")) == 2


def test_a_shape_is_all_that_is_shown() -> None:
    deep: object = "Ada"
    for _ in range(20):
        deep = {"in": deep}
    told = {"type": "message", "kind": "Ada", "name": "ada", "n": 7, "yes": True, "no": None, "list": ["Ada"] * 300}
    assert redacted(told) == {
        "type": "message", "kind": "text of 3", "name": "text of 3", "n": "a number", "yes": True, "no": None,
        "list": ["text of 3"] * 100,
    }  # fmt: skip
    assert "and more" in str(redacted(deep))
    assert "Ada" not in str(redacted(deep))
