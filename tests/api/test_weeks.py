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
