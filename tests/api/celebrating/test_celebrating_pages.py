"""The celebrations in a real browser: texts can be copied with scripts and without, on a phone and on a desk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.api.celebrating.test_celebrations import consent, works
from tests.api.people import COMMUNITY
from tests.api.serving import sign_in
from tests.api.test_pages import served
from tests.browser import fits

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.api.conftest import Guild

__all__ = ["served"]  # a fixture
PAGE = f"/c/{COMMUNITY}/celebrations"
DESK = f"/manage/{COMMUNITY}/celebrations"


def test_a_manager_copies_and_sets_a_channel(page: Page, served: tuple[str, Guild]):
    base, guild = served
    guild.tell([*works("zoe", ago=0), consent("zoe")])
    sign_in(page, base, guild)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        for path in (PAGE, DESK):
            page.goto(base + path)
            fits(page)
            fields = "input:not([type=hidden]), select, textarea"
            assert page.eval_on_selector_all(fields, "all => all.every(each => each.labels.length)")
    page.goto(base + PAGE)
    page.get_by_role("button", name="Copy").first.click()
    page.get_by_role("button", name="Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.get_by_label("LinkedIn").input_value()
    assert "Zoe of the Forum" in copied
    page.goto(base + DESK)
    page.get_by_label("Kind").select_option("webhook")
    page.get_by_label("Address").fill("http://nowhere.example")
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_role("alert").get_by_text("wanted the https address of a public server")).to_be_visible()
    expect(page.get_by_label("Address")).to_have_value("http://nowhere.example")
    page.get_by_label("Address").fill("https://hooks.example.org/in")
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_role("status")).to_contain_text("whsec_", use_inner_text=True)


def test_without_scripts_the_text_is_there(chromium: Browser, served: tuple[str, Guild]):
    base, guild = served
    guild.tell([*works("yan", ago=0), consent("yan")])
    with chromium.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        sign_in(page, base, guild)
        page.goto(base + PAGE)
        assert "Yan of the Forum" in page.get_by_label("LinkedIn").input_value()
        expect(page.get_by_role("button", name="Copy").first).not_to_be_visible()
