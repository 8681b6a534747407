"""What a badge rests on is taken back: a manager keeps it, later she revokes it, and everybody who asks is told."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.api.journeys.town import PATIENCE, taken_back
from tests.api.people import COMMUNITY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Locator, Page

    from tests.api.journeys.town import Town

KEPT, REVOKED = "The works moved to the new forum.", "None of them was hers, she says."


def test_a_badge_in_doubt_is_kept_and_then_revoked(
    page: Page, town: Town, another: Callable[..., Page], tmp_path: Path
):
    badge = town.badge("ada")
    ada = another()
    town.sign_in(ada, "ada")
    ada.goto(f"{town.base}/b/{badge}")
    with ada.expect_download() as waiting:
        ada.locator(f'a[href="/credentials/{badge}.svg"]').last.click()
    copy = tmp_path / "sharer.svg"
    waiting.value.save_as(copy)

    town.sign_in(page, "")
    town.tell(taken_back(1, "ada"), taken_back(3, "ada"))  # it rests on the first two
    decided(page, town, badge, "Keep", KEPT)
    stands(another(), town, badge, copy, "Valid")

    town.tell(taken_back(2, "ada"))
    decided(page, town, badge, "Revoke", REVOKED)
    stands(another(scripts=False), town, badge, copy, "Revoked")
    ada.goto(town.page_of("ada"))
    expect(ada.get_by_role("region", name="Badges")).to_contain_text("Revoked", use_inner_text=True)

    page.goto(f"{town.base}/manage/{COMMUNITY}/trail")
    told = page.locator("main").inner_text()
    assert told.index(REVOKED) < told.index(KEPT), "the latest first"


def decided(page: Page, town: Town, badge: str, decision: str, reason: str) -> None:
    """Find the badge on the desk, read why it is in doubt, forget to give a reason, and decide."""
    form = in_doubt(page, town, badge)
    told = form.locator("xpath=ancestor::li[1]").inner_text()
    assert "Ada Quillfeather" in told
    assert "Sharer" in told
    form.get_by_role("button", name=decision).click()
    expect(form, "a reason is wanted, and the browser says so").to_have_count(1)
    form.get_by_role("textbox").first.fill(reason)
    form.get_by_role("button", name=decision).click()
    page.wait_for_load_state()
    expect(form).to_have_count(0)


def in_doubt(page: Page, town: Town, badge: str) -> Locator:
    """Go to the desk until it says that a badge waits, follow it there, and return the form that decides on it."""
    queues = page.get_by_role("region", name="What waits for you").get_by_role("listitem")
    waiting = queues.get_by_role("link", name="Badges in doubt")
    deadline = time.monotonic() + PATIENCE
    page.goto(f"{town.base}/manage/{COMMUNITY}")
    while waiting.count() == 0:
        assert time.monotonic() < deadline, "no badge is in doubt"
        time.sleep(0.2)
        page.reload()
    waiting.click()
    return page.locator(f'form[action*="/reviews/{badge}#"]')


def stands(page: Page, town: Town, badge: str, copy: Path, title: str) -> None:
    """Look as a stranger: at the badge's page, and at what the verifier says of a copy that was kept."""
    page.goto(f"{town.base}/b/{badge}")
    page.get_by_role("heading", name=title, exact=True).wait_for()
    page.goto(f"{town.base}/verify")
    page.locator("input[type=file]").set_input_files(copy)
    page.get_by_role("button", name="Verify").click()
    page.get_by_role("heading", name=title, exact=True).wait_for()
    assert REVOKED not in page.content(), "why is for those inside"
