"""A real server on loopback, the guild behind it, and how people of it sign in with a browser."""

from __future__ import annotations

import contextlib
import re
import threading
import time
from typing import TYPE_CHECKING

import uvicorn
from starlette.testclient import TestClient

from api.app import create_app
from api.installation import migrate
from tests.api.conftest import HOUR, opened
from tests.api.people import COMMUNITY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

    from api.settings import Settings
    from tests.api.conftest import Guild


@contextlib.contextmanager
def serving(settings: Settings) -> Iterator[Guild]:
    """Serve a fresh installation on the port of `settings` while the block runs; give its guild."""
    migrate(settings)
    app = create_app(settings)
    how = uvicorn.Config(app, host="127.0.0.1", port=settings.port, access_log=False, log_level="error")
    server = uvicorn.Server(how)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 60
    while not server.started and thread.is_alive() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert server.started
    try:
        yield opened(TestClient(app, base_url=settings.origin))
    finally:
        server.should_exit = True
        thread.join(10)


def sign_in(page: Page, base: str, guild: Guild, role: str = "manager", subject: str = "") -> None:
    """Sign in by a link, as somebody with a browser does."""
    expires = time.time_ns() // 1_000 + HOUR
    token = guild.here.book.vault.add_link(COMMUNITY, role=role, subject=subject, expires=expires)
    page.goto(f"{base}/enter/{token}")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile("/manage/|/m/"))
