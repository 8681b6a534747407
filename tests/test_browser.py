"""The browser the page tests run in, held to what it promises them."""

from __future__ import annotations

import contextlib
import http.server
import threading

import pytest

from tests import browser

HELLO = b"<!doctype html><title>Guildbook</title><h1>Hello, Ada</h1><button>Earn</button>"
ACT = b"<script>document.querySelector('button').onclick = e => { e.target.textContent = 'Earned' }</script>"


class Hello(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(HELLO + ACT)

    def log_message(self, format, *args):  # noqa: A002 - the name the standard library gave it
        """Say nothing: the tests speak."""


@contextlib.contextmanager
def served():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hello) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def test_a_page_is_read_and_clicked_as_a_person_would(page):
    with served() as url:
        page.goto(url)
        assert page.title() == "Guildbook"
        page.get_by_role("button", name="Earn").click()
        assert page.get_by_role("button").inner_text() == "Earned"


def test_a_page_whose_script_raises_fails(chromium):
    with pytest.raises(AssertionError, match="uncaught: "), browser.opened(chromium) as page:
        page.goto("data:text/html,<script>nobody.knows()</script>")


def test_a_page_that_asks_a_stranger_fails(chromium):
    with (
        pytest.raises(AssertionError, match="asked a stranger: https://cdn"),
        browser.opened(chromium) as page,
    ):
        page.goto("data:text/html,<img src=https://cdn.example/logo.png>")
