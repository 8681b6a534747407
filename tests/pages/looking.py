"""Visiting the listed pages in a real browser, as each role, and noting what came."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from api.words.rendering import Pages
from tests.browser import is_strange

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, Response, Route

    from tests.pages.listed import Listed, Role
    from tests.pages.site import Site

DESKTOP, PHONE = 1280, 390  # CSS pixels
HEIGHT = 900


@dataclass(slots=True)
class Seen:
    """What came of a visit: the page's own bytes as sent, what it loads besides, and what should not have been."""

    status: int = 0
    html: int = 0
    besides: dict[str, int] = field(default_factory=dict)  # bytes by path
    faults: list[str] = field(default_factory=list)  # of the console, of scripts, of asking elsewhere

    @property
    def whole(self) -> int:
        """Bytes of the page with all that it loads."""
        return self.html + sum(self.besides.values())


class Visitor:
    """A browser's visits to a site, signed in once for each role."""

    def __init__(self, browser: Browser, site: Site) -> None:
        self._browser, self.site = browser, site
        self._contexts: dict[Role, BrowserContext] = {}
        self._pages: dict[Role, Page] = {}  # one of each, gone on with: a window costs a browser more than a page

    def close(self) -> None:
        """Forget who was signed in."""
        for context in self._contexts.values():
            context.close()

    @contextlib.contextmanager
    def visit(self, listed: Listed, width: int = DESKTOP, scheme: str = "light") -> Iterator[tuple[Page, Seen]]:
        """Open a page as it is listed, and note what came."""
        page, seen = self._page(listed.role), Seen()
        with contextlib.ExitStack() as stack:
            page.set_viewport_size({"width": width, "height": HEIGHT})
            page.emulate_media(
                color_scheme="dark" if scheme == "dark" else "light",
                media="screen",
                forced_colors="none",
                reduced_motion="no-preference",
            )
            page.route(is_strange, lambda route: _refused(route, seen))
            stack.callback(page.unroute_all)
            answers = _listening(page, seen, stack)
            if listed.drawn:
                page.route(listed.address(self.site), lambda route: _drawn(route, listed))
            answer = page.goto(listed.address(self.site))
            assert answer
            if listed.then:
                answers.clear()
                listed.then(page, self.site)
                answer = next(one for one in answers if one.request.is_navigation_request())
            page.wait_for_load_state()
            seen.status, seen.html = answer.status, _bytes(answer)
            _note(seen, [one for one in answers if not one.request.is_navigation_request()])
            if listed.status != 200:  # the browser tells its console of every such answer
                seen.faults = [one for one in seen.faults if "Failed to load resource" not in one]
            yield page, seen

    def _page(self, role: Role) -> Page:
        if role not in self._pages:
            self._pages[role] = self.context(role).new_page()
        return self._pages[role]

    def context(self, role: Role) -> BrowserContext:
        """Return the context in which that role is signed in."""
        if role not in self._contexts:
            context = self._contexts[role] = self._browser.new_context()
            if role != "nobody":
                page = context.new_page()
                page.goto(self.site.link(role))
                with page.expect_navigation():
                    page.get_by_role("button", name="Sign in").click()
                page.close()
        return self._contexts[role]


def _drawn(route: Route, listed: Listed) -> None:
    """Answer with a template of ours; one that would lead on by itself stays, to be looked at."""
    assert listed.drawn
    text = Pages().text(listed.drawn[0], listed.drawn[1]).replace('http-equiv="refresh"', 'name="refresh"')
    route.fulfill(body=text, content_type="text/html; charset=utf-8")


def overflow(page: Page) -> int:
    """Return by how many pixels a page is wider than its window."""
    wider: int = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return max(0, wider)


def _listening(page: Page, seen: Seen, stack: contextlib.ExitStack) -> list[Response]:
    """Return the list to which every answer is added from now on; note what the console is told and what raises.

    Until `stack` is left.
    """
    answers: list[Response] = []

    def said(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            seen.faults.append(message.text)

    def answered(one: Response) -> None:
        answers.append(one)

    def raised(error: Error) -> None:
        seen.faults.append(f"raised: {error}")

    page.on("pageerror", raised)
    page.on("console", said)
    page.on("response", answered)
    stack.callback(page.remove_listener, "pageerror", raised)
    stack.callback(page.remove_listener, "console", said)
    stack.callback(page.remove_listener, "response", answered)
    return answers


def _note(seen: Seen, answers: list[Response]) -> None:
    for one in answers:
        if one.ok:
            seen.besides[one.url] = _bytes(one)


def _bytes(answer: Response) -> int:
    """Return the length of an answer's content as sent."""
    return int(answer.headers["content-length"])


def _refused(route: Route, seen: Seen) -> None:
    seen.faults.append(f"asked a stranger: {route.request.url}")
    route.abort()
