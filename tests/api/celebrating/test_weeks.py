"""A member's week, to herself and to a manager: whose it is stands in its words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.api.people import COMMUNITY

if TYPE_CHECKING:
    from tests.api.conftest import Guild


@pytest.mark.parametrize(
    ("role", "heading", "said"), [("member", "Your week", "What you did"), ("manager", "Her week", "What she did")]
)
def test_the_heading_says_whose_week_it_is(spring: Guild, role: str, heading: str, said: str):
    ada = spring.member("ada")
    browser = spring.sign_in(role, ada if role == "member" else "")
    shown = browser.get(f"/c/{COMMUNITY}/m/{ada}/week?as_of=2026-03-05T10:00:00Z").text
    assert re.findall(r"<h1>([^<]+)</h1>", shown) == [heading]
    assert f"<title>{heading} · " in shown
    assert said in shown
    other = {"Your week", "Her week"} - {heading}
    assert other.pop() not in shown


def test_weeks_go_back_to_where_the_community_began_and_on_to_now(spring: Guild):
    browser = spring.sign_in("member", spring.member("ada"))
    week = f"/c/{COMMUNITY}/m/{spring.member('ada')}/week"
    now = browser.get(week).text
    assert "The week before" in now
    assert "The week after" not in now
    first = browser.get(f"{week}?as_of=2026-03-01T10:00:00Z").text
    assert "The week before" not in first
    assert "The community began in this week." in first
    (after,) = re.findall(r'href="([^"]+)" rel="next"', first)
    following = browser.get(after).text
    (before,) = re.findall(r'href="([^"]+)" rel="prev"', following)
    assert "The community began in this week." in browser.get(before).text
    assert 'rel="prev"' not in browser.get(f"{week}?as_of=2020-03-01T10:00:00Z").text


def test_periods_to_celebrate_lead_nowhere_before_the_community_began(spring: Guild):
    page = spring.get(f"/c/{COMMUNITY}/celebrations", "").text
    (path,) = re.findall(r'href="([^"]+)" rel="prev"', page)
    for _ in range(60):
        answer = spring.get(path, "")
        assert answer.status_code == 200
        page = answer.text
        found = re.findall(r'href="([^"]+)" rel="prev"', page)
        if not found:
            break
        (path,) = found
    assert 'rel="prev"' not in page
