"""A manager changes the charter on its page: she sees what it would do first, and what is broken never counts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.api.people import CHARTER, COMMUNITY, a_spring
from tests.api.serving import sign_in
from tests.api.test_pages import served
from tests.browser import fits

if TYPE_CHECKING:
    from httpx2 import Response
    from playwright.sync_api import Page
    from starlette.testclient import TestClient

    from tests.api.conftest import Guild

__all__ = ["served"]  # a fixture

ROOM = f"/manage/{COMMUNITY}/charter"
TIGHTER = CHARTER.replace("version: 2\n    grants: {level: 2}", "version: 3\n    grants: {level: 2}").replace(
    "at_least: 2, label: Shared 2 resources", "at_least: 4, label: Shared 4 resources"
)
BROKEN = CHARTER.replace("count: contribution, at_least: 40", "counts: contribution, at_least: 40")


def hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.split('class="charter"')[1]))


def send(browser: TestClient, text: str, step: str = "try", page: str = "", **fields: Any) -> Response:
    shown = page or browser.get(ROOM).text
    return browser.post(ROOM, data={**hidden(shown), "text": text, "step": step, **fields}, follow_redirects=False)


def published(guild: Guild) -> int:
    return len(guild.here.book.charters(COMMUNITY))


def test_she_sees_who_would_lose_before_she_publishes(guild: Guild):
    guild.tell(a_spring())
    browser = guild.sign_in()
    tried = send(browser, TIGHTER)
    assert tried.status_code == 200
    assert "Would lose: Level 2, Maker" in tried.text
    assert "Ada of the Forum" in tried.text
    assert "maker" in tried.text
    assert "tighter" in tried.text
    assert "at_least: 4, label: Shared 4 resources" in tried.text, "what was typed is kept"
    assert published(guild) == 1, "nothing was written"

    done = send(browser, TIGHTER, "publish", tried.text)
    assert (done.status_code, done.headers["location"]) == (303, f"{ROOM}?published=2")
    after = browser.get(done.headers["location"]).text
    assert "Version 2 is published" in after
    assert "at least 4 instead of 2" in after or "4" in after.split('id="history"')[1]
    standing = guild.get(f"/communities/{COMMUNITY}/members/{guild.member()}/standing").json()
    assert standing["level"] == 1, "and her page follows"


def test_what_changed_beside_the_rules_is_told_too(guild: Guild):
    browser = guild.sign_in()
    renamed = CHARTER.replace("name: Maker, can: Makes", "name: Artisan, can: Makes")
    tried = send(browser, renamed)
    assert tried.status_code == 200
    assert "Artisan" in tried.text
    send(browser, renamed, "publish", tried.text)
    assert "name: Artisan instead of Maker" in browser.get(ROOM).text.split('id="history"')[1]


def test_a_broken_charter_is_told_with_its_line_and_never_published(guild: Guild):
    browser = guild.sign_in()
    line = next(n for n, text in enumerate(BROKEN.splitlines(), 1) if "counts:" in text)
    for step in ("try", "publish"):
        told = send(browser, BROKEN, step)
        assert told.status_code == 422
        assert f"line {line}" in told.text
        assert "counts: contribution, at_least: 40" in told.text
        assert 'value="publish"' not in told.text
    assert published(guild) == 1


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"tried": ""}, "changed after you last looked"),
        ({"tried": "0" * 64}, "changed after you last looked"),
        ({"base": "0"}, "Version 1 was published meanwhile"),
    ],
)
def test_nothing_is_published_that_was_not_looked_at(guild: Guild, fields: dict[str, str], words: str):
    browser = guild.sign_in()
    tried = send(browser, TIGHTER)
    told = send(browser, TIGHTER, "publish", tried.text, **fields)
    assert told.status_code == 409
    assert words in told.text
    assert "What it would do" in told.text, "it is shown at once, so that the next click may publish"
    assert published(guild) == 1
    assert send(browser, TIGHTER, "publish", told.text).status_code == 303


def test_the_charter_in_force_is_not_published_again(guild: Guild):
    browser = guild.sign_in()
    shown = browser.get(ROOM).text
    same = send(browser, CHARTER)
    assert "it says what the charter in force says" in same.text
    assert send(browser, CHARTER, "publish", same.text, tried=hidden(shown)["tried"]).status_code == 409
    assert published(guild) == 1


def test_a_day_may_be_named_from_which_it_is_in_force(guild: Guild):
    browser = guild.sign_in()
    tried = send(browser, TIGHTER, effective="2031-05-01")
    assert 'value="2031-05-01"' in tried.text
    assert send(browser, TIGHTER, "publish", tried.text, effective="2031-05-01").status_code == 303
    told = guild.get(f"/communities/{COMMUNITY}/charters").json()["charters"][0]
    assert told["effective"] == "2031-05-01T00:00:00Z"
    wrong = send(browser, TIGHTER, effective="1. Mai")
    assert wrong.status_code == 422
    assert "wanted a day as 2026-09-01, got 1. Mai" in wrong.text


def test_only_a_manager_by_her_own_form(guild: Guild):
    browser = guild.sign_in()
    assert send(browser, TIGHTER, csrf="guessed").status_code == 403
    ada = guild.sign_in("member", guild.member()) if guild.tell(a_spring()) else browser
    assert ada.get(ROOM).status_code == 403
    assert ada.post(ROOM, data={"text": TIGHTER, "step": "publish"}).status_code == 403
    assert guild.client.post(ROOM, data={"text": TIGHTER}).status_code == 401
    assert guild.get(ROOM, guild.stranger).status_code == 404
    assert published(guild) == 1


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "a: &a [*a]", "\0", "{" * 3_000, "x" * 100_000, "charter: 1"])
def test_any_text_gets_an_answer(guild: Guild, text: str):
    browser = guild.sign_in()
    assert send(browser, text).status_code == 422
    word = hidden(browser.get(ROOM).text)["csrf"]
    told = browser.post(f"{ROOM}/lint", content=text.encode(), headers={"X-CSRF-Token": word})
    assert told.status_code == 200
    assert told.json()["faults"]


def test_lint_says_faults_and_advice_with_their_lines(guild: Guild):
    browser = guild.sign_in()
    word = hidden(browser.get(ROOM).text)["csrf"]

    def lint(text: str) -> dict[str, Any]:
        answer: dict[str, Any] = browser.post(
            f"{ROOM}/lint", content=text.encode(), headers={"X-CSRF-Token": word}
        ).json()
        return answer

    assert lint(CHARTER)["same"]
    assert [one["line"] for one in lint(BROKEN)["faults"]]
    tighter = lint(TIGHTER)
    assert not tighter["same"]
    assert any("maker asks for more than before" in one["message"] for one in tighter["advice"])
    assert browser.post(f"{ROOM}/lint", content=b"x").status_code == 403


def test_a_new_community_begins_from_a_ready_charter(guild: Guild):
    guild.here.book.open_community("weavers", name="Weavers")
    key = guild.here.book.vault.add_key("weavers", label="manage", scopes=("manage",))
    page = guild.get("/manage/weavers/charter", key).text
    assert "None is published yet" in page
    assert "<option>teachers</option>" in page
    assert "domain:" in guild.get("/manage/weavers/charter?preset=teachers", key).text
    assert guild.get("/manage/weavers/charter?preset=nonesuch", key).status_code == 200


def test_in_a_browser_faults_show_while_she_writes_and_two_clicks_publish(page: Page, served: tuple[str, Guild]):
    base, guild = served
    sign_in(page, base, guild)
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(base + ROOM)
        fits(page)
    page.get_by_label("The charter, as YAML or JSON").fill(BROKEN)
    page.get_by_text("One thing is wrong; it cannot be published like this.").wait_for()
    page.locator(".said-of .place button").first.click()
    assert "counts" in page.evaluate(
        "(t => t.value.slice(t.selectionStart, t.selectionEnd))(document.querySelector('textarea'))"
    )
    page.get_by_label("The charter, as YAML or JSON").fill(TIGHTER)
    page.get_by_role("button", name="See what it would do").click()
    page.get_by_role("heading", name="What it would do").wait_for()
    expect(page.get_by_text("would lose something")).to_be_visible()
    page.get_by_role("button", name="Publish version 2").click()
    page.get_by_text("Version 2 is published").wait_for()
