"""A real Chromium, driven by Playwright: the system's own, never a downloaded one."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from playwright.sync_api import expect, sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page, Route, ViewportSize

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SIZE: ViewportSize = {"width": 1280, "height": 900}  # CSS pixels
PATIENCE_MS = 30_000  # a busy machine may keep a page waiting; what is expected of it is waited for as long
LOOPBACK = {"127.0.0.1", "localhost", "::1"}

# Quiet: a browser under test has nothing to say to anyone but the page's own server.
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class NoBrowserError(Exception):
    """No Chromium can be had here; the message is one line and says why."""


def executable() -> str:
    """Return the path of a Chromium on the PATH; raises `NoBrowserError`."""
    for name in NAMES:
        if found := shutil.which(name):
            return found
    raise NoBrowserError(f"pages: wanted one of {', '.join(NAMES)} on the PATH, got none")


def check_driver() -> None:
    """Raise `NoBrowserError` where Playwright's driver, a program of its own, does not start."""
    told = subprocess.run(
        [sys.executable, "-m", "playwright", "--version"], capture_output=True, text=True, check=False
    )
    if told.returncode:
        words = told.stderr.strip().splitlines() or [f"it ended with {told.returncode}"]
        raise NoBrowserError(f"pages: wanted Playwright's driver to start, got {words[-1][-200:]}")


@contextlib.contextmanager
def running() -> Iterator[Browser]:
    """Yield a headless browser for as long as the block runs; raises `NoBrowserError`."""
    path = executable()
    check_driver()
    # Chromium refuses its sandbox to root.
    flags = [*FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, headless=True, args=flags)
        try:
            yield browser
        finally:
            browser.close()


@contextlib.contextmanager
def opened(browser: Browser, *, size: ViewportSize = SIZE, scripts: bool = True) -> Iterator[Page]:
    """Yield a fresh page, without cookies or memory; fail where it raised, or asked a stranger for anything.

    A page of ours raises no uncaught error in its scripts, and all it needs comes from our own server. `scripts`:
    whether this browser runs any.
    """
    faults: list[str] = []

    def refuse(route: Route) -> None:
        faults.append(f"asked a stranger: {route.request.url}")
        route.abort()

    with browser.new_context(viewport=size, java_script_enabled=scripts) as context:
        context.route(is_strange, refuse)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(f"uncaught: {error}"))
        yield page
    if faults:
        raise AssertionError("; ".join(faults))


def is_strange(url: str) -> bool:
    """Return whether `url` leaves this machine."""
    parts = urlsplit(url)
    return parts.scheme in {"http", "https", "ws", "wss"} and parts.hostname not in LOOPBACK


def fits(page: Page) -> None:
    """Hold a page, once all of it is there, to its window: nobody has to scroll it sideways."""
    page.wait_for_load_state()
    width = page.evaluate("innerWidth")
    expect(page.locator("html"), page.url).to_have_js_property("scrollWidth", width)
