"""Which form a caller would rather have."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.web.negotiate import best, prefers_html

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
OFFERS = ["application/json", "image/png", "text/html"]


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, "application/json"),
        ("", "application/json"),
        ("*/*", "application/json"),
        (BROWSER, "text/html"),
        ("image/*", "image/png"),
        ("image/*;q=0.5, application/json;q=0.4", "image/png"),
        ("application/json;q=0, */*;q=0.1", "image/png"),
        ("video/mp4", None),
        ("text/html;q=abc", None),
        ("text/html;q=0.1234567", None),
        ("IMAGE/PNG", "image/png"),
        ("x" * 5_000, "application/json"),
    ],
)
def test_the_best_offer(accept, chosen):
    assert best(accept, OFFERS) == chosen


def test_browsers_get_pages_and_programs_problems():
    assert prefers_html(BROWSER)
    assert not prefers_html("*/*")
    assert not prefers_html("application/json")
    assert not prefers_html(None)


@given(accept=st.text(alphabet=st.characters(codec="latin-1"), max_size=200))
def test_no_header_breaks_us(accept):
    assert best(accept, OFFERS) in {*OFFERS, None}
