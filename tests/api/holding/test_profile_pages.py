"""Her page for others and claiming, in a real browser, with scripts and without; and hostile names do nothing."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from api.holding.profile import open_to_others, profile_page
from api.holding.seen import seen_page
from api.people.members import find_member
from api.web.auth import Principal
from api.words.rendering import Pages
from tests.api.holding.test_profile import PRIVATE
from tests.api.people import COMMUNITY
from tests.api.serving import sign_in
from tests.api.test_pages import served
from tests.api.verifying.test_hostile_badges import PAYLOADS, watch
from tests.browser import fits

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.api.conftest import Guild
    from tests.api.verifying.test_hostile_badges import Watch

__all__ = ["served", "watch"]  # fixtures
OURS = {
    "id",
    "slug",
    "page",
    "token",
    "field",
    "earned",
    "done",
    "promise",
}  # texts of ours are translated, and so safe


def is_built_for_everyone(page: Page) -> None:
    """Hold a page to what every page is held to, on a phone and on a desk."""
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        fits(page)
    expect(page.locator("h1")).to_have_count(1)
    expect(page.locator("main")).to_have_count(1)
    expect(page.locator("img:not([alt])")).to_have_count(0)
    fields = "input:not([type=hidden]), textarea, select"
    assert page.eval_on_selector_all(fields, "all => all.every(each => each.labels.length)"), page.url
    levels = page.eval_on_selector_all("h1, h2, h3", "all => all.map(each => Number(each.tagName[1]))")
    assert all(after - before <= 1 for before, after in pairwise(levels)), (page.url, levels)
    assert len(page.content()) < 100_000


@pytest.mark.parametrize("scripts", [True, False])
def test_she_switches_it_on_and_hides_a_badge_again(chromium: Browser, served: tuple[str, Guild], *, scripts: bool):
    base, guild = served
    ada = guild.member()
    own, others = f"{base}/c/{COMMUNITY}/m/{ada}", f"{base}/c/{COMMUNITY}/m/{ada}/profile"
    with chromium.new_context(java_script_enabled=scripts) as hers, chromium.new_context() as theirs:
        page, outside = hers.new_page(), theirs.new_page()
        sign_in(page, base, guild, "member", ada)
        page.goto(own)
        page.get_by_role("link", name="What others see of you").click()
        page.get_by_label("Let others see a page of mine").check()
        page.get_by_label("My name").check()
        page.get_by_label("The badge “Sharer”").check()
        page.get_by_role("button", name="Keep it so").first.press("Enter")
        page.get_by_role("status").get_by_text("is as you chose").wait_for()
        expect(page.get_by_role("link", name=others)).to_have_count(1)
        is_built_for_everyone(page)

        outside.goto(own)
        expect(outside).to_have_url(others)
        expect(outside.get_by_role("heading", level=1)).to_have_text("Ada of the Forum", use_inner_text=True)
        is_built_for_everyone(outside)
        outside.get_by_role("link", name="Sharer").click()
        expect(outside.get_by_role("heading", name="Valid")).to_be_visible()

        page.get_by_label("The badge “Sharer”").uncheck()
        with page.expect_navigation():
            page.get_by_role("button", name="Keep it so").first.click()
        outside.goto(own)
        expect(outside.get_by_role("link", name="Sharer")).to_have_count(0)
        expect(outside.get_by_text("Makes what others use.")).to_be_visible()

        page.get_by_role("button", name="Show and tell nothing of me").click()
        page.get_by_text("Nothing of you is shown").wait_for()
        outside.goto(others)
        expect(outside.get_by_role("heading", name=PRIVATE)).to_be_visible()


def test_a_card_is_handed_out_and_taken_on_a_phone(page: Page, chromium: Browser, served: tuple[str, Guild]):
    base, guild = served
    sign_in(page, base, guild)
    page.goto(f"{base}/c/{COMMUNITY}/m/{guild.member()}")
    page.get_by_role("link", name="Make a claim link").click()
    page.get_by_role("button", name="Make a link").click()
    expect(page.get_by_role("img", name="Code of the link for Ada of the Forum")).to_be_visible()
    address = page.locator("code.address").inner_text()
    is_built_for_everyone(page)
    page.emulate_media(media="print")
    expect(page.get_by_label("Which member")).not_to_be_visible()
    expect(page.get_by_role("heading", name="Ada of the Forum")).to_be_visible()
    with chromium.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False) as context:
        phone = context.new_page()
        phone.goto(address)
        phone.get_by_role("button", name="Show my badges").click()
        expect(phone.get_by_role("heading", name="Sharer")).to_be_visible()
        is_built_for_everyone(phone)
        with phone.expect_download() as download:
            phone.get_by_role("link", name="JSON").click()
        assert download.value.suggested_filename.endswith(".json")
        phone.get_by_role("button", name="Put it into a wallet").click()
        link = phone.get_by_role("link", name="Open in a wallet on this device").get_attribute("href")
        assert str(link).startswith("openid-credential-offer:")
        phone.goto(address)
        assert "Nothing is here." in phone.content()


def poisoned(told: Any, payload: str, name: str = "") -> Any:
    """Return a context with `payload` for every text that is not ours."""
    if isinstance(told, dict):
        return {each: poisoned(inner, payload, each) for each, inner in told.items()}
    if isinstance(told, list):
        return [poisoned(inner, payload, name) for inner in told]
    return payload if isinstance(told, str) and name not in OURS else told


def test_hostile_names_do_nothing_on_any_of_these_pages(watch: Watch, spring: Guild):
    here, ada = spring.here, find_member(spring.here, COMMUNITY, spring.member())
    assert ada
    shown = open_to_others(here, COMMUNITY, ada.id)
    assert shown is None
    mine = seen_page(here, ada)
    asking = Principal(kind="session", community=COMMUNITY, role="member", member=ada.id, csrf="word")
    badge = {"id": spring.badge().id, "name": "x", "description": "x", "earned": "2026-03-01T10:00:00Z"}
    everything = mine["shown"]._replace(page=True, name=True, roles=True)
    others = profile_page(here, ada, everything) | {"roles": ["x"], "badges": [badge], "shows": ["x"]}
    community = others["community"]
    claimed = {"community": community, "token": "none", "badges": [badge]}
    contexts = {
        "profile.html": others,
        "seen.html": mine | {"done": "x", "naming": "granted", "mail": "on", "mails": True, "leads": True},
        "claim.html": {"community": community, "token": "none"},
        "claimed.html": claimed,
    }
    pages = Pages()
    for start in range(0, len(PAYLOADS), 13):
        watch.shows(
            [
                pages.text(name, poisoned(context, payload), asking=asking)
                for payload in PAYLOADS[start : start + 13]
                for name, context in contexts.items()
            ]
        )


def test_hostile_names_do_nothing_on_cards(watch: Watch, spring: Guild):
    browser = spring.sign_in()
    desk = f"/manage/{COMMUNITY}/links"
    csrf = re.findall(r'name="csrf" value="([^"]+)"', browser.get(desk).text)[0]
    form = {"csrf": csrf, "days": "7", "member": "forum:ada"}
    text = browser.post(desk, data=form).text
    assert text.count("Ada of the Forum") == 2
    bodies = []
    for payload in PAYLOADS:
        tried = browser.post(desk, data=form | {"member": payload})
        assert tried.status_code == 422
        bodies.append(tried.text)
    watch.shows(bodies)
