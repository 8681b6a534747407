"""The sources' room: what arrives and how it fares, and keys that are made and ended by a form."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.api.people import COMMUNITY, SOURCE, a_spring, contribution

if TYPE_CHECKING:
    from httpx2 import Response
    from starlette.testclient import TestClient

    from tests.api.conftest import Guild

ROOM = f"/manage/{COMMUNITY}/sources"


def post(guild: Guild, browser: TestClient, path: str, **fields: str) -> Response:
    word = guild.here.sessions.read(browser.cookies.get(guild.here.sessions.cookie)).csrf
    return browser.post(f"{ROOM}/{path}", data={"csrf": word, **fields}, follow_redirects=False)


def test_a_source_is_shown_with_what_it_told(guild: Guild):
    guild.tell(a_spring())
    guild.post(contribution(1, title="Another title"))
    page = guild.get(ROOM).text
    assert "the source that reports" in page
    assert "4 contributions" in page
    assert "4 endorsements" in page
    assert "Last told of 3 March 2026" in page
    assert "that the charter does not name" in page
    assert "/data/title" in page, "the conflict says where it differs"
    assert "Another title" not in page


def test_a_declared_source_that_never_came_says_so(guild: Guild):
    charter = guild.get(f"/communities/{COMMUNITY}/charter").json()["document"]
    charter |= {"sources": [{"source": "wiki", "uri": "https://wiki.example"}, {"source": "forum", "uri": SOURCE}]}
    put = guild.client.put(
        f"/communities/{COMMUNITY}/charter", json=charter, headers={"Authorization": f"Bearer {guild.manager}"}
    )
    assert put.status_code == 201, put.text
    guild.tell(a_spring())
    page = guild.get(ROOM).text
    assert "<h3>wiki</h3>" in page
    assert "Declared in the charter; nothing has come yet." in page
    assert "<h3>forum</h3>" in page
    assert "that the charter does not name" not in page


def test_a_key_is_made_shown_once_and_ended(guild: Guild):
    browser = guild.sign_in()
    made = post(guild, browser, "keys", label="discord", **{"events:write": "yes"})
    assert made.status_code == 200
    key = re.findall(r"gb_[0-9a-f]+_[\w-]+", made.text)[0]
    assert guild.post(contribution(9), key=key).status_code == 201
    assert guild.get(f"/communities/{COMMUNITY}/leaders", key).status_code == 403
    again = browser.get(ROOM).text
    assert key not in again
    assert "<td>discord</td>" in again
    (listed,) = [each for each in guild.here.book.vault.keys(COMMUNITY) if each.label == "discord"]
    assert post(guild, browser, f"keys/{listed.id}/drop").status_code == 303
    assert "<td>discord</td>" not in browser.get(ROOM).text
    assert guild.post(contribution(10), key=key).status_code == 401


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"label": " ", "read": "yes"}, "wanted 1 to 60 characters, got 0"),
        ({"label": "x" * 61, "read": "yes"}, "wanted 1 to 60 characters, got 61"),
        ({"label": "zoom\x1b[2J", "read": "yes"}, "wanted 1 to 60 characters"),
        ({"label": "<b>zoom</b>"}, "wanted one of these at least, got none"),
    ],
)
def test_a_key_without_purpose_or_leave_is_not_made(guild: Guild, fields: dict[str, str], words: str):
    browser = guild.sign_in()
    before = len(guild.here.book.vault.keys(COMMUNITY))
    word = guild.here.sessions.read(browser.cookies.get(guild.here.sessions.cookie)).csrf
    told = browser.post(f"{ROOM}/keys", data={"csrf": word, **fields}, headers={"Accept": "text/html"})
    assert told.status_code == 422
    assert words in told.text
    assert "<b>zoom" not in told.text
    assert len(guild.here.book.vault.keys(COMMUNITY)) == before


def test_only_a_manager_by_her_own_form(guild: Guild):
    guild.tell(a_spring())
    browser = guild.sign_in()
    assert post(guild, browser, "keys", csrf="guessed", label="x", read="yes").status_code == 403
    ada = guild.sign_in("member", guild.member())
    (key, *_) = guild.here.book.vault.keys(COMMUNITY)
    for path in ("keys", f"keys/{key.id}/drop"):
        assert post(guild, ada, path, label="x", read="yes").status_code == 403
        assert guild.client.post(f"{ROOM}/{path}", data={"label": "x"}).status_code == 401
    assert key in guild.here.book.vault.keys(COMMUNITY)
