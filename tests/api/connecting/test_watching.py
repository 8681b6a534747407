"""How each door fares, as the desk, the API and the command say it; and one click that takes what was kept aside."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from api.connecting.watching import lasting
from tests.api.connecting.deliveries import SECRET, deliver, message, slack
from tests.api.people import COMMUNITY

if TYPE_CHECKING:
    from tests.api.conftest import Guild

API = f"/communities/{COMMUNITY}/connections"
DAY = 86_400  # seconds


def told(guild: Guild) -> dict[str, dict[str, Any]]:
    """Return what the API says of each door."""
    position = guild.here.book.head(COMMUNITY)
    assert guild.here.standings.wait(COMMUNITY, position)
    answer = guild.get(API)
    assert answer.status_code == 200, answer.text
    return {each["connector"]: each for each in answer.json()["connections"]}


def test_a_door_is_new_then_well_then_refusing(guild: Guild) -> None:
    hooks = guild.here.book.hooks
    hooks.open(COMMUNITY, "slack", SECRET)
    hooks.wait(COMMUNITY, "notion")
    assert {name: each["state"] for name, each in told(guild).items()} == {"slack": "new", "notion": "waiting"}
    today = int(time.time()) // DAY * DAY
    for days in (0, 3, 6, 9):
        deliver(guild, "slack", message(ts=f"{today - days * DAY}.000100"))
    found = told(guild)["slack"]
    (source,) = found["sources"]
    assert (found["state"], found["facts"], found["last_refused"]) == ("well", 4, None)
    assert (source["source"], source["usual_interval_seconds"]) == ("https://slack.com/team/T1", 3 * DAY)
    deliver(guild, "slack", slack(type="huddle_thread", user="Ada of the Forum"))
    for _ in range(3):
        assert deliver(guild, "slack", message(), secret="not-the-secret-of-it").status_code == 401
    found = told(guild)["slack"]
    assert found["state"] == "refusing"
    assert {each["why"]: each["event"] for each in found["refusals"]} == {"unknown": "huddle_thread", "unsigned": ""}
    assert found["last_refused"]["body"]["event"] == {"type": "huddle_thread", "user": "text of 16"}
    page = guild.sign_in().get(f"/manage/{COMMUNITY}/connections").text
    for words in ("usually one every 3 days", "Not all that came", "it was not signed", "4 facts, the last on"):
        assert words in page
    assert "Ada of the Forum" not in page
    sources = guild.sign_in().get(f"/manage/{COMMUNITY}/sources").text
    assert "Not all that came of late was taken: Slack." in sources
    assert "Usually one every 3 days." in sources


def test_what_was_kept_aside_is_taken_by_a_click(guild: Guild) -> None:
    guild.here.book.hooks.open(COMMUNITY, "slack", SECRET)
    aside = {"words": [], "told": {"body": message(), "headers": {}, "query": {}}}
    guild.here.book.strays.keep(COMMUNITY, "slack", "unknown", "message", aside)  # of a file that did not know it
    bearer = {"Authorization": f"Bearer {guild.manager}"}
    for taken in (1, 0):
        answer = guild.client.post(f"{API}/slack/replay", headers=bearer)
        assert (answer.status_code, answer.json()) == (200, {"taken": taken, "left": 0})
    assert guild.client.post(f"{API}/slak/replay", headers=bearer).status_code == 404


def test_an_lms_stands_beside_them_once_it_told_something(guild: Guild) -> None:
    headers = {"Authorization": f"Bearer {guild.poster}", "X-Experience-API-Version": "1.0.3"}
    statement = {
        "actor": {"name": "Ada of the School", "account": {"homePage": "https://school.example", "name": "4711"}},
        "verb": {"id": "http://id.tincanapi.com/verb/replied"},
        "object": {"id": "https://school.example/p2"},
    }

    def reported(year: str) -> dict[str, Any]:
        told_then = statement | {"timestamp": f"{year}-03-01T12:00:00Z"}
        assert guild.client.post("/xapi/statements", json=told_then, headers=headers).status_code == 200
        return told(guild)["xapi"]

    assert told(guild) == {}
    found = reported("2026")
    assert (found["title"], found["state"], found["facts"], found["since"]) == ("xAPI", "well", 1, None)
    found = reported("1960")
    assert (found["state"], found["facts"]) == ("refusing", 1)
    (refused,) = found["refusals"]
    assert (refused["why"], refused["number"], found["last_refused"]["body"]) == ("refused", 1, None)
    browser = guild.sign_in()
    page = browser.get(f"/manage/{COMMUNITY}/connections").text
    for words in ("Open to whoever has a key", "The statements are kept", "its facts were refused"):
        assert words in page
    assert "xapi/replay" not in page
    assert "xapi/close" not in page
    assert "Ada of the School" not in page
    assert "Not all that came of late was taken: xAPI." in browser.get(f"/manage/{COMMUNITY}/sources").text


def test_a_secret_that_is_brought_is_shown_on_the_page_once(guild: Guild) -> None:
    browser, room = guild.sign_in(), f"/manage/{COMMUNITY}/connections"
    word = {"csrf": guild.here.sessions.read(browser.cookies.get(guild.here.sessions.cookie)).csrf}
    assert "A door for Notion" in browser.post(room, data=word | {"connector": "notion"}).text
    guild.client.post(f"/hooks/{COMMUNITY}/notion", json={"verification_token": "secret_of_notion_0001"})
    page = browser.get(room).text
    assert "It waits for the secret" in page
    assert "secret_of_notion_0001" not in page
    shown = browser.post(room, data=word | {"connector": "notion", "show": "yes"}).text
    assert "secret_of_notion_0001" in shown
    assert "The platform took it" in shown
    again = browser.post(room, data=word | {"connector": "notion", "show": "yes"}).text
    assert "secret_of_notion_0001" not in again
    browser.post(f"{room}/notion/confirm", data=word)
    assert [each.secrets for each in guild.here.book.hooks.of(COMMUNITY)] == [["secret_of_notion_0001"]]


def test_how_long_something_lasts() -> None:
    found = [lasting(seconds) for seconds in (1, 90, 7_100, 7_200, 100_000, 172_800)]
    assert found == ["1 minute", "2 minutes", "118 minutes", "2 hours", "28 hours", "2 days"]
