"""In the review room a manager sees what waits, with reasons, and decides by a form; nobody else's form counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.api.awarding.test_reviewing import withdrawal
from tests.api.people import COMMUNITY, a_spring, contribution
from tests.api.serving import sign_in
from tests.api.test_pages import served
from tests.browser import fits

if TYPE_CHECKING:
    from httpx2 import Response
    from playwright.sync_api import Page
    from starlette.testclient import TestClient

    from tests.api.conftest import Guild

__all__ = ["served"]  # a fixture

MANAGE = f"/manage/{COMMUNITY}"
ROOM = f"{MANAGE}/review"


@pytest.fixture
def waiting(guild: Guild) -> tuple[Guild, str]:
    """Give a guild with a badge in doubt and two accounts that may be one person's."""
    guild.tell(a_spring())
    badge = guild.badge()
    guild.tell(trouble())
    return guild, badge.id


def trouble() -> list[dict[str, Any]]:
    """Return what puts Ada's badge in doubt, and an account that may be hers."""
    on_git = contribution("g1")
    on_git["data"]["author"] = {"platform": "git", "id": "ada", "name": "Ada of the Forum"}
    return [withdrawal(1), withdrawal(2), on_git]


def post(guild: Guild, browser: TestClient, path: str, **fields: str) -> Response:
    word = guild.here.sessions.read(browser.cookies.get(guild.here.sessions.cookie)).csrf
    data = {"csrf": word, "reason": "we asked her", **fields}
    return browser.post(f"{MANAGE}/{path}", data=data, follow_redirects=False)


def test_a_manager_keeps_a_badge(waiting: tuple[Guild, str]):
    guild, badge = waiting
    browser = guild.sign_in()
    page = browser.get(ROOM).text
    assert "2 of the 2 facts it rests on were withdrawn." in page
    assert "Lacks today: Shared twice (1 of 2)" in page
    done = post(guild, browser, f"reviews/{badge}", decision="keep")
    assert (done.status_code, done.headers["location"]) == (303, f"{ROOM}?done=kept#doubts")
    assert "None: every badge stands on what it stood on." in browser.get(ROOM).text
    assert post(guild, browser, f"reviews/{badge}", decision="keep").status_code == 409


def test_a_manager_says_who_is_who(waiting: tuple[Guild, str]):
    guild, _ = waiting
    browser = guild.sign_in()
    page = browser.get(ROOM).text
    assert "Both have the same name." in page
    one, other = (page.split(f'name="{name}" value="')[1].split('"')[0] for name in ("one", "other"))
    done = post(guild, browser, "identity/confirm", one=one, other=other)
    assert (done.status_code, done.headers["location"]) == (303, f"{ROOM}?done=confirmed#accounts")
    page = browser.get(ROOM).text
    assert "Nothing is proposed." in page
    assert "1 person has several accounts" in page
    assert post(guild, browser, "identity/unlink", one="git:ada", other="forum:ada").status_code == 303
    assert "several accounts" not in browser.get(ROOM).text


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"csrf": "guessed"}, 403),
        ({"reason": " "}, 422),
        ({"reason": "x" * 2_001}, 422),
        ({"reason": "\0"}, 422),
        ({"decision": "drop"}, 422),
    ],
)
def test_a_form_that_is_not_ours_or_says_nothing_changes_nothing(
    waiting: tuple[Guild, str], fields: dict[str, Any], status: int
):
    guild, badge = waiting
    browser = guild.sign_in()
    assert post(guild, browser, f"reviews/{badge}", **{"decision": "keep", **fields}).status_code == status
    assert guild.here.reviews.count(COMMUNITY) == 1


def test_only_a_manager_decides(waiting: tuple[Guild, str]):
    guild, badge = waiting
    ada = guild.sign_in("member", guild.member())
    for path in (f"reviews/{badge}", "identity/link"):
        assert post(guild, ada, path, decision="keep", one="git:ada", other="forum:ada").status_code == 403
        assert guild.client.post(f"{MANAGE}/{path}", data={"decision": "keep"}).status_code == 401
    assert guild.here.reviews.count(COMMUNITY) == 1


def test_in_a_browser_she_decides_with_two_clicks(page: Page, served: tuple[str, Guild]):
    base, guild = served
    guild.tell(trouble())
    sign_in(page, base, guild)
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(base + ROOM)
        fits(page)
        assert page.eval_on_selector_all("input:not([type=hidden])", "all => all.every(each => each.labels.length)")
    who = page.locator("section", has=page.locator("#accounts"))
    who.get_by_label("Why, for the record").fill("she told me")
    who.get_by_role("button", name="One person", exact=True).click()
    page.wait_for_url(f"{base}{ROOM}?done=confirmed#accounts")
    expect(page.get_by_text("It can be undone.", exact=False).first).to_be_visible()
    expect(page.get_by_text("Nothing is proposed.")).to_be_visible()
    doubts = page.locator("section", has=page.locator("#doubts"))
    expect(doubts.get_by_text("None: every badge stands")).to_be_visible()  # with her other account's work she earns it
