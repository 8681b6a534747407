"""What is done by keys alone, on paper, in forced colours, and by who asked for stillness."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.pages.listed import PAGES

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.pages.looking import Visitor

BY_NAME = {one.name: one for one in PAGES}


@pytest.mark.parametrize("name", ["home", "member", "manage", "verify-nothing", "problem-nothing"])
def test_the_first_tab_skips_to_the_page(visitor: Visitor, name: str):
    with visitor.visit(BY_NAME[name]) as (page, _):
        page.keyboard.press("Tab")
        assert focused(page) == "Skip to the page"
        assert page.get_by_role("link", name="Skip to the page").bounding_box()["y"] >= 0  # type: ignore[index]
        page.keyboard.press("Enter")
        page.wait_for_function("location.hash === '#main'")
        page.keyboard.press("Tab")
        assert page.evaluate("!document.activeElement.closest('header')"), "the navigation is behind us"


def test_details_open_and_close_by_keys(visitor: Visitor):
    with visitor.visit(BY_NAME["member"]) as (page, _):
        first = page.locator("main details").first
        first.locator("summary").focus()
        page.keyboard.press("Enter")
        expect(first).to_have_attribute("open", "")
        page.keyboard.press("Space")
        expect(first).not_to_have_attribute("open", "")


def test_a_form_is_filled_in_and_sent_by_keys(visitor: Visitor):
    with visitor.visit(BY_NAME["verify"]) as (page, _):
        page.get_by_label("Or paste its text").focus()
        page.keyboard.type("a badge, surely")
        while focused(page) != "Verify":
            page.keyboard.press("Tab")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_be_visible()


def test_a_table_too_wide_is_scrolled_by_keys(visitor: Visitor):
    with visitor.visit(BY_NAME["manage-measures"], 390) as (page, _):
        page.locator(".scroll:visible").first.focus()
        for _ in range(3):
            page.keyboard.press("ArrowRight")
        page.wait_for_function("document.activeElement.scrollLeft > 0")


def test_forced_colours_leave_progress_to_the_system(visitor: Visitor):
    """Windows' high contrast paints over grounds: a bar of ours would be empty."""
    with visitor.visit(BY_NAME["member"]) as (page, _):
        page.emulate_media(forced_colors="active")
        bars = page.locator("progress:visible")
        assert bars.count() > 0
        assert set(bars.evaluate_all("all => all.map(each => getComputedStyle(each).appearance)")) == {"auto"}


@pytest.mark.parametrize("name", ["home", "member", "manage-measures", "verify-valid"])
def test_nothing_moves_for_who_asked_for_stillness(visitor: Visitor, name: str):
    with visitor.visit(BY_NAME[name]) as (page, _):
        page.emulate_media(reduced_motion="reduce")
        moving = """() => [...document.querySelectorAll('*')].filter(each => {
            const style = getComputedStyle(each)
            return style.animationName !== 'none' || parseFloat(style.transitionDuration) > 0
                || style.scrollBehavior === 'smooth'
        }).length"""
        assert page.evaluate(moving) == 0


@pytest.mark.parametrize("name", [one.name for one in PAGES if one.paper])
def test_paper_has_what_is_read_and_not_what_is_pressed(visitor: Visitor, name: str):
    with visitor.visit(BY_NAME[name], 794) as (page, _):
        page.emulate_media(media="print", color_scheme="dark")
        expect(page.locator("h1")).to_be_visible()
        expect(page.locator("header nav, button, .actions, .skip").filter(visible=True)).to_have_count(0)
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        ink = page.evaluate("getComputedStyle(document.querySelector('main p')).color")
        assert ground == "rgb(255, 255, 255)"
        red, green, blue = (int(each) for each in ink[4:-1].split(","))
        assert 0.21 * red + 0.72 * green + 0.07 * blue < 128, f"pale on paper: {ink}"


def focused(page: Page) -> str:
    text: str = page.evaluate("document.activeElement.textContent.trim()")
    return text
