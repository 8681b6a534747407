"""Every page, in a real browser: light, quiet, no wider than a phone, usable by keys, and nothing axe-core minds."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.pages import axe
from tests.pages.listed import PAGES
from tests.pages.looking import DESKTOP, HEIGHT, PHONE, overflow
from tests.pages.tabbing import unreached

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.pages.listed import Listed
    from tests.pages.looking import Visitor

MOST = 100_000  # bytes of a page's HTML as sent; nothing is compressed
MOST_WITH_ALL = 200_000  # bytes with styles, scripts and pictures
LOOKED_AT = [one for one in PAGES if "GUILDBOOK_TEST_CASES" in os.environ or not one.variant]
SMALLEST = 320  # CSS pixels: WCAG 2.2 "Reflow"


@pytest.fixture(scope="module")
def program() -> str | None:
    try:
        return axe.source()
    except axe.NoAxeError:
        return None


@pytest.mark.parametrize("listed", LOOKED_AT, ids=lambda one: one.name)
def test_a_page_is_for_everyone(visitor: Visitor, program: str | None, listed: Listed):
    with visitor.visit(listed) as (page, seen):
        wrong = [*seen.faults]
        if seen.status != listed.status:
            wrong.append(f"wanted {listed.status}, got {seen.status}")
        if seen.html > MOST or seen.whole > MOST_WITH_ALL:
            wrong.append(f"wanted at most {MOST:,} and {MOST_WITH_ALL:,} bytes, got {seen.html:,} and {seen.whole:,}")
        wrong += unreached(page)
        wrong += accessible(page, program, listed) if program else []
        wrong += [f"{wider} px too wide at {width}" for width in (SMALLEST, PHONE) if (wider := fitted(page, width))]
    assert wrong == []


def fitted(page: Page, width: int) -> int:
    page.set_viewport_size({"width": width, "height": HEIGHT})
    return overflow(page)


def accessible(page: Page, program: str, listed: Listed) -> list[str]:
    """Return what axe minds: everything on a light desktop, and on a dark phone what may be otherwise there."""
    axe.give(page, program)
    found = axe.violations(page, unlike=listed.unlike)
    page.set_viewport_size({"width": PHONE, "height": HEIGHT})
    page.emulate_media(color_scheme="dark")
    return found + axe.violations(page, axe.AGAIN)


def test_axe_sees_what_is_wrong(visitor: Visitor, program: str | None):
    if program is None:
        pytest.skip("no axe-core here (npm ci in tests/pages): what it minds was not looked at")
    with visitor.visit(PAGES[0]) as (page, _):
        page.evaluate("""() => {
            document.querySelector("main").innerHTML = '<img src="/static/mark.svg"><input>'
            document.documentElement.removeAttribute("lang")
        }""")
        found = " ".join(accessible(page, program, PAGES[0]))
    assert all(rule in found for rule in ("image-alt", "html-has-lang", "label"))


def test_what_tab_does_not_reach_is_seen(visitor: Visitor):
    with visitor.visit(PAGES[0]) as (page, _):
        page.evaluate("""() => {
            document.querySelector("main").innerHTML = '<a href="/">Here</a>'
            document.querySelector("main a").style.outline = "none"
        }""")
        assert [one for one in unreached(page) if "no ring" in one and "Here" in one]
        page.set_viewport_size({"width": DESKTOP, "height": HEIGHT})
