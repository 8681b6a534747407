"""Which form a caller would rather have, and cookies that only we can make."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import Response

from api.auth import ANONYMOUS
from api.negotiate import best, prefers_html
from api.sessions import LIFETIME, Sessions, same_word

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


def cookie_of(sessions: Sessions) -> str:
    response = Response()
    sessions.start(response, community="makers", role="member", member="abc")
    return response.headers["set-cookie"].partition("=")[2].partition(";")[0]


def test_a_session_is_who_it_was_made_for():
    sessions = Sessions(b"k" * 32, secure=False, now=lambda: 1_000)
    found = sessions.read(cookie_of(sessions))
    assert (found.kind, found.role, found.community, found.member) == ("session", "member", "makers", "abc")
    assert same_word(found.csrf, found.csrf)
    assert not same_word("", "")
    assert not same_word(None, found.csrf)


def test_a_session_ends():
    now = [1_000.0]
    sessions = Sessions(b"k" * 32, secure=False, now=lambda: now[0])
    cookie = cookie_of(sessions)
    now[0] += LIFETIME - 1
    assert sessions.read(cookie).kind == "session"
    now[0] += 1
    assert sessions.read(cookie) == ANONYMOUS


def test_an_altered_session_is_nobody():
    sessions = Sessions(b"k" * 32, secure=False)
    cookie = cookie_of(sessions)
    for place in range(len(cookie)):
        altered = cookie[:place] + ("A" if cookie[place] != "A" else "B") + cookie[place + 1 :]
        found = sessions.read(altered)
        assert found == ANONYMOUS or found == sessions.read(cookie) != ANONYMOUS, place
    assert Sessions(b"x" * 32, secure=False).read(cookie) == ANONYMOUS
    for nothing in (None, "", ".", "a.b", "x" * 9_000):
        assert sessions.read(nothing) == ANONYMOUS


def test_a_secure_installation_insists_on_https():
    response = Response()
    Sessions(b"k" * 32, secure=True).start(response, community="makers", role="manager", member=None)
    header = response.headers["set-cookie"]
    assert header.startswith("__Host-guildbook=")
    assert "Secure" in header
    assert "HttpOnly" in header
