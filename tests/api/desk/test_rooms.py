"""The rooms in a real browser: a manager invites, a member answers, a form is mended, all rooms fit a phone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from api.desk.rooms import ROOMS
from tests.api.desk.forms import DESK
from tests.api.people import COMMUNITY
from tests.api.serving import sign_in
from tests.api.test_pages import served

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.api.conftest import Guild

__all__ = ["served"]  # a fixture

PHONE, TARGET = 390, 24  # CSS pixels; the latter: WCAG 2.2 "Target Size (Minimum)"


def test_a_manager_invites_and_she_takes_it(page: Page, served: tuple[str, Guild]):
    base, guild = served
    sign_in(page, base, guild)
    page.goto(base + DESK)
    page.get_by_role("navigation", name="Desk").get_by_role("link", name="Leaders").click()
    ready = page.locator("section", has=page.locator("#ready"))
    ready.get_by_text("Invite or appoint her").click()
    ready.get_by_label("What you say to her").fill("You opened every door.")
    ready.get_by_role("button", name="Invite her").click()
    page.wait_for_url(f"{base}{DESK}/leaders?done=invited#invited")
    expect(page.get_by_role("status").get_by_text("She is invited")).to_be_visible()

    page.context.clear_cookies()
    sign_in(page, base, guild, "member", guild.member())
    invitation = page.locator("section", has=page.locator("#invited-host"))
    expect(invitation.get_by_text("You opened every door.")).to_be_visible()
    invitation.get_by_label("A word with it").fill("With joy.")
    invitation.get_by_role("button", name="Yes, I will").press("Enter")
    page.wait_for_url(f"{base}/c/{COMMUNITY}/m/{guild.member()}")
    expect(page.get_by_label("Roles").get_by_text("Host")).to_be_visible()
    expect(page.locator("#invited-host")).to_have_count(0)


def test_a_refused_form_can_be_mended_where_it_stands(page: Page, served: tuple[str, Guild]):
    base, guild = served
    sign_in(page, base, guild)
    page.goto(f"{base}{DESK}/review")
    give = page.locator("section", has=page.locator("#give"))
    give.get_by_label("To whom").fill("Nobody")
    give.get_by_label("Why, for the record").fill("She taught it.")
    give.get_by_role("button", name="Give it").click()
    whom = give.get_by_label("To whom")
    expect(whom).to_have_attribute("aria-invalid", "true")
    expect(whom).to_be_in_viewport()
    expect(page.locator(f"#{whom.get_attribute('aria-describedby')}")).to_be_visible()
    expect(give.get_by_label("Why, for the record")).to_have_value("She taught it.")
    whom.fill("Bo")
    give.get_by_role("button", name="Give it").click()
    page.wait_for_url(f"{base}{DESK}/review?done=given#give")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_rooms_can_be_reached_on_a_phone(page: Page, served: tuple[str, Guild], scheme: str):
    base, guild = served
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of the two
    page.set_viewport_size({"width": PHONE, "height": 800})
    sign_in(page, base, guild)
    for room in ROOMS:
        page.goto(f"{base}{DESK}{room.path}")
        links = page.get_by_role("navigation", name="Desk").get_by_role("link")
        boxes = [links.nth(number).bounding_box() for number in range(links.count())]
        assert len(boxes) == len(ROOMS)
        assert all(box and box["x"] >= 0 and box["x"] + box["width"] <= PHONE for box in boxes), room.title
        assert all(box and box["height"] >= TARGET for box in boxes), room.title
        expect(page.get_by_role("navigation", name="Desk").locator("[aria-current=page]")).to_have_count(1)
