"""Forms of the desk, as a browser sends them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.api.people import COMMUNITY

if TYPE_CHECKING:
    from httpx2 import Response
    from starlette.testclient import TestClient

    from tests.api.conftest import Guild

DESK = f"/manage/{COMMUNITY}"
HTML = {"Accept": "text/html"}


def send(guild: Guild, browser: TestClient, path: str, **fields: str) -> Response:
    """Post a form as a browser does, with the session's word unless another is among the fields."""
    word = guild.here.sessions.read(browser.cookies.get(guild.here.sessions.cookie)).csrf
    return browser.post(path, data={"csrf": word, **fields}, headers=HTML, follow_redirects=False)


def flat(page: str) -> str:
    """Return a page's text with one space where there are many."""
    return " ".join(page.split())
