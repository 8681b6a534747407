"""Every form of every page, filled with what nobody should send: a clear answer each time, and nothing half-written."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from markupsafe import escape

from tests import browser
from tests.api.journeys.reading import Form, forms_of
from tests.api.journeys.town import PATIENCE, introduced, taken_back
from tests.api.journeys.walking import walked
from tests.api.people import COMMUNITY, ELSEWHERE, SOURCE, event

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import APIResponse, Browser, Page

    from tests.api.journeys.town import Town

WORD = "csrf"
REFUSED = {400, 403, 404, 409, 410, 413, 414, 415, 422, 429}
SCRIPT = "<script>alert('48151')</script>"
HOSTILE = {"long": "m" * 100_000, "control": "a\0b\x07c\x1b[2Jd\u202ee", "script": SCRIPT, "nothing": ""}
LONGEST_ADDRESS = 5_000  # bytes of what a form puts into an address
_ID = re.compile(r"[a-z0-9]{26}|[0-9a-f-]{36}|[0-9a-f]{12}")
LONGEST_PLAIN = 200  # characters of an answer that is no page
WRONG, UNMENDED = 403, 422
AT_ONCE = 2  # facts: what was said, and what follows from it by itself


@pytest.fixture(scope="module")
def doing(town: Town) -> Town:
    """Give a town where something waits to be decided: a badge in doubt, a nomination, two accounts alike."""
    town.tell(taken_back(1, "ada"), taken_back(2, "ada"))
    likely = {"author": introduced("bo") | {"platform": "chat"}, "item": f"{SOURCE}/c/1", "kind": "post", "title": "x"}
    town.tell(event("contribution", "chat-bo", likely))
    nomination = {"member": town.member("di"), "badge": "sharer", "reason": "She did."}
    bearer = {"Authorization": f"Bearer {town.guild.manager}"}
    answer = town.guild.client.post(f"/communities/{COMMUNITY}/nominations", json=nomination, headers=bearer)
    assert answer.status_code == 201, answer.text
    deadline = time.monotonic() + PATIENCE
    while town.guild.here.reviews.count(COMMUNITY) == 0:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return town


@pytest.fixture(scope="module", params=["member", "manager", "operator", "nobody"])
def someone(request: pytest.FixtureRequest, chromium: Browser, doing: Town) -> Iterator[tuple[str, Page]]:
    with browser.opened(chromium) as page:
        if request.param == "operator":
            page.goto("".join(doing.command("link", "--operator").split()))
            page.get_by_role("button", name="Sign in").click()
            page.wait_for_url("**/operate")
        elif request.param != "nobody":
            doing.sign_in(page, "ada" if request.param == "member" else "")
        if request.param == "member":
            page.get_by_role("link", name="Your week").click()
            page.locator("input[name=address]").fill("ada@home48151.example")
            page.locator("input[name=address]").press("Enter")
            page.wait_for_load_state()
            assert len(doing.guild.here.book.mailboxes.of(COMMUNITY)) == 1
        yield request.param, page


def test_no_form_breaks_whatever_is_in_it(someone: tuple[str, Page], doing: Town):
    who, page = someone
    forms = every_form(page, doing, who)
    assert {form.action.removeprefix(doing.base) for form in forms} >= expected(doing, who)
    faults = []
    for form in forms:
        for name, kind, filled in fillings(form):
            before = written(doing)
            answer = sent(page, form, filled)
            wrong = [*judged(answer, kind), *changed(answer, before, written(doing))]
            wrong += [] if kept(form, name, kind, filled, answer) else ["what was typed is gone"]
            assert still(page, doing, who), (form.action, name, kind)
            faults += [f"{form.method} {form.action} with {kind} in {name}: {answer.status}, {one}" for one in wrong]
    assert faults == []


def judged(answer: APIResponse, kind: str) -> Iterator[str]:
    """Yield what is wrong with an answer by itself."""
    text = answer.text()
    if answer.status not in REFUSED | {200, 303} or (kind == "wrong word" and answer.status != WRONG):
        yield "not its status"
    if SCRIPT in text:
        yield "a script"
    if answer.status in REFUSED and "<h1" not in text and "<h2" not in text and len(text) > LONGEST_PLAIN:
        yield "no page"


def changed(answer: APIResponse, before: tuple[int, ...], after: tuple[int, ...]) -> Iterator[str]:
    """Yield what was written though it was refused, or beyond what a form can say."""
    if answer.status in REFUSED and before != after:
        yield f"written: {before}, {after}"
    if sum(now - was for now, was in zip(after, before, strict=True)) > AT_ONCE:
        yield f"more than one thing was written: {before}, {after}"


def kept(form: Form, name: str, kind: str, filled: dict[str, str], answer: APIResponse) -> bool:
    """Return whether what was typed stands in the form again, where it is shown again to be mended."""
    again = next((one for one in forms_of(form.page, answer.text()) if one.action == form.action), None)
    if answer.status != UNMENDED or again is None or name not in form.typed or kind in {"control", "long"}:
        return True
    return str(escape(filled[name])) in answer.text()


def every_form(page: Page, town: Town, who: str) -> list[Form]:
    """Return each form once that somebody meets who follows every link."""
    starts = ["/", "/verify", "/enter", f"/c/{COMMUNITY}", f"/b/{town.badge('ada')}", "/signed-in"]
    starts += [f"/c/{COMMUNITY}/m/{town.member('ada')}/erase"] if who == "member" else []
    starts += [f"/manage/{COMMUNITY}"] if who == "manager" else []
    starts += ["/operate"] if who == "operator" else []
    met: dict[object, Form] = {}
    for address, (status, body) in walked(page, town.base, starts).items():
        if status == 200 and b"<form" in body:
            for form in forms_of(town.base + address, body.decode()):
                met.setdefault(
                    (form.method, _ID.sub("#", form.action), form.fields.get("do"), *sorted(form.fields)), form
                )
    return list(met.values())


def expected(town: Town, who: str) -> set[str]:
    """Return some forms that there must be, so that those who look for them did find them."""
    badge, mine = f"/b/{town.badge('ada')}", f"/c/{COMMUNITY}/m/{town.member('ada')}"
    desk = f"/manage/{COMMUNITY}"
    return {
        "nobody": {"/verify", "/enter/letter"},
        "operator": {"/verify", "/leave"},
        "member": {"/leave", f"{badge}/wallet", f"/c/{COMMUNITY}/endorsements", f"{mine}/erase", f"{mine}/mail"},
        "manager": {
            *(f"{desk}/{rest}" for rest in ("charter", "sources/keys", "sign-ins/link", "sign-ins/end", "awards")),
            f"{desk}/reviews/{town.badge('ada')}",
            f"{desk}/identity/confirm",
            f"{desk}/celebrations",
        },
    }[who]


def fillings(form: Form) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Yield what to send: which field is at fault, how, and all fields."""
    usual = {name: value or "Words" for name, value in form.fields.items()}
    if WORD in form.hidden:
        yield WORD, "wrong word", form.hidden | usual | {WORD: "guessed"}
        yield WORD, "wrong word", {**usual}
    if form.fields:  # else it is a button, and nothing is what it sends
        yield "all", "nothing", dict(form.hidden)
    for name in [*form.fields, *(form.hidden.keys() - {WORD})]:
        for kind, value in HOSTILE.items():
            short = value[:LONGEST_ADDRESS] if form.method.lower() == "get" else value
            yield name, kind, form.hidden | usual | {name: short}


def sent(page: Page, form: Form, filled: dict[str, str]) -> APIResponse:
    """Send a form as a browser does that goes where it is not led."""
    how: dict[str, Any] = {"max_redirects": 0, "headers": {"Accept": "text/html", "Referer": form.page}}
    if form.method.lower() == "get":
        return page.request.get(f"{form.action}?{urlencode(filled)}", **how)
    how["multipart" if form.media.startswith("multipart") else "form"] = filled
    return page.request.post(form.action, **how)


def written(town: Town) -> tuple[int, ...]:
    """Return how much is kept of each kind that a form can write."""
    book = town.guild.here.book
    return (
        *town.heads().values(),
        len(book.vault.keys(COMMUNITY)),
        len(book.channels.of(COMMUNITY)),
        len(book.mailboxes.of(COMMUNITY)),
        len(book.charters(COMMUNITY)),
        len(book.charters(ELSEWHERE)),
    )


def still(page: Page, town: Town, who: str) -> bool:
    """Return whether whoever was signed in still is."""
    return who == "nobody" or page.request.get(f"{town.base}/signed-in", max_redirects=0).status == 200
