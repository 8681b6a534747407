"""A manager asks a member to lead, and loosens a rule: she sees for whom before she publishes, and pages follow."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.api.journeys.town import PATIENCE
from tests.api.people import COMMUNITY

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator, Page

    from tests.api.journeys.town import Town

LOOSER = (
    ("    at_least: 2\n    label: Shared 2 resources", "    at_least: 1\n    label: Shared a resource"),
    ("at_least: 2, label: Shared twice", "at_least: 1, label: Shared once"),
    ("rule: maker\n  version: 2", "rule: maker\n  version: 3"),
    ("rule: sharer\n  version: 1", "rule: sharer\n  version: 2"),
)


def test_a_manager_asks_a_member_to_lead_and_she_leads(page: Page, town: Town, another: Callable[..., Page]):
    town.sign_in(page, "")
    page.get_by_role("link", name="Leaders", exact=True).click()
    ready = page.get_by_role("region", name="Ready to lead").locator("li", has_text="Ada Quillfeather").first
    ready.locator("summary").click()
    ready.get_by_label("What you say to her").fill("You opened every door.")
    ready.get_by_role("button", name="Invite her").click()
    page.get_by_role("region", name="Invited").get_by_role("link", name="Ada Quillfeather").wait_for()

    ada, stranger = another(), another(scripts=False)
    town.sign_in(ada, "ada")
    invitation = ada.get_by_role("region", name="An invitation")
    told = invitation.inner_text()
    assert "Would you lead as Host?" in told
    assert "You opened every door." in told
    assert "a term of 90 days" in told
    invitation.get_by_role("button", name="Yes, I will").click()
    ada.wait_for_load_state()
    expect(invitation).to_have_count(0)

    ada.goto(f"{town.base}/c/{COMMUNITY}")
    leading = ada.get_by_role("region", name="Who leads").get_by_role("listitem")
    assert re.search(r"since .* until ", leading.filter(has_text="Ada Quillfeather").last.inner_text())
    stranger.goto(f"{town.base}/c/{COMMUNITY}")
    expect(stranger.get_by_role("region", name="Who leads")).to_contain_text("2 members hold it.", use_inner_text=True)
    assert "Quillfeather" not in stranger.content(), "she did not say that everybody may read it"


def text_of(page: Page) -> Locator:
    return page.get_by_label("The charter, as YAML or JSON")


def looked(page: Page, text: str) -> None:
    text_of(page).fill(text)
    page.get_by_role("button", name="See what it would do").click()
    page.wait_for_load_state()


def versions(town: Town) -> list[int]:
    found = town.guild.get(f"/communities/{COMMUNITY}/charters").json()
    return sorted(each["version"] for each in found["charters"])


def test_a_manager_loosens_a_rule_and_a_member_rises(page: Page, town: Town, another: Callable[..., Page]):
    bo = another()
    town.sign_in(bo, "bo")
    expect(bo.locator("main")).to_contain_text("Level 1, Member", use_inner_text=True)
    expect(bo.locator("main")).to_contain_text("No badge yet.", use_inner_text=True)

    town.sign_in(page, "")
    page.get_by_role("link", name="Charter", exact=True).click()
    text = text_of(page).input_value()

    broken(page, town, text)
    looser = text
    for old, new in LOOSER:
        assert old in looser
        looser = looser.replace(old, new)
    weighed(page, looser)
    published(page, town, looser)
    followed(bo, town)
    remembered(page)


def broken(page: Page, town: Town, text: str) -> None:
    """Try a charter with two faults: each is told by its line, as it is written and when it is handed in."""
    wrong = text.replace("grants: {badge: sharer}", "grants: {badge: shaver}").replace(
        "open: moderation", "open: doors"
    )
    lines = {str(1 + wrong[: wrong.index(word)].count("\n")) for word in ("shaver", "open: doors")}
    text_of(page).fill(wrong)
    page.locator(f'#said .fault[data-line="{min(lines, key=int)}"]').wait_for()  # while she writes
    looked(page, wrong)
    faults = page.locator("#said .fault")
    assert {line for line in faults.evaluate_all("all => all.map(one => one.dataset.line)") if line} >= lines
    expect(page.get_by_role("button", name=re.compile("Publish"))).to_have_count(0)
    expect(text_of(page)).to_have_value(wrong)
    assert versions(town) == [1]


def weighed(page: Page, text: str) -> None:
    """See who would gain what, by cohort, and what the text changes; nothing is published by looking."""
    looked(page, text)
    effects = page.get_by_role("region", name="What it would do").first
    told = effects.inner_text()
    assert re.search(r"\b4\s+would gain", told)  # Bo a level and a badge, all others the badge
    assert re.search(r"\b0\s+would lose", told)
    assert effects.get_by_role("link", name="Bo Thistlewood").count() >= 1
    assert re.search(r"spring 1 of 2\b", told)
    effects.locator("summary").click()
    expect(effects).to_contain_text("looser", use_inner_text=True)
    expect(text_of(page)).to_have_value(text)


def published(page: Page, town: Town, text: str) -> None:
    """What was changed after she looked is not published; what she looked at is."""
    text_of(page).fill(text + "# one more thought\n")
    page.get_by_role("button", name="Publish version 2").click()
    page.get_by_text("Nothing was published.").wait_for()
    assert versions(town) == [1]
    looked(page, text)
    page.get_by_role("button", name="Publish version 2").click()
    page.get_by_text("Version 2 is published.").wait_for()
    assert versions(town) == [1, 2]


def followed(bo: Page, town: Town) -> None:
    """Bo's page says his new level and why; his badge is there as soon as it is signed."""
    town.badge("bo")
    deadline = time.monotonic() + PATIENCE
    while bo.get_by_role("link", name="Sharer").count() == 0:
        assert time.monotonic() < deadline
        bo.reload()
    told = bo.locator("main").inner_text()
    assert "Level 2, Maker" in told
    expect(bo.get_by_role("region", name="Why")).to_contain_text("Shared a resource", use_inner_text=True)
    bo.get_by_role("link", name="Sharer").first.click()
    bo.get_by_role("heading", name="Valid").wait_for()
    expect(bo.locator("main")).to_contain_text("sharer, version 2", use_inner_text=True)


def remembered(page: Page) -> None:
    """The history and the trail say what was done, and by whom."""
    history = page.get_by_role("region", name="History")
    latest = history.get_by_role("listitem").first
    expect(latest).to_contain_text("Version 2", use_inner_text=True)
    expect(latest).to_contain_text("manager", use_inner_text=True)
    latest.locator("summary").click()
    expect(latest).to_contain_text("asks for 1 instead of 2", use_inner_text=True)
    page.get_by_role("link", name="Trail", exact=True).click()
    expect(page.locator("main")).to_have_text(re.compile(r"Published .*version 2", re.IGNORECASE), use_inner_text=True)
    expect(page.locator("main")).to_contain_text("manager", use_inner_text=True)
