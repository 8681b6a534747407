"""Whoever is not meant to know follows every link and knocks at every door, and learns what is meant for her alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests import browser
from tests.api.journeys.town import OF_EACH, PEOPLE
from tests.api.journeys.walking import betrayed, walked
from tests.api.people import COMMUNITY, ELSEWHERE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from tests.api.journeys.town import Town

DOORS = ("/", "/robots.txt", "/sitemap.xml", "/verify", "/enter", "/openapi.json", "/metrics", "/healthz", "/readyz")
NAMED = "cy"  # who allows it
STRANGERS = ("nobody", "neighbour", "peer")


@pytest.fixture(scope="module")
def town(quiet_town: Town) -> Town:
    return quiet_town


@pytest.fixture(scope="module")
def hers(chromium: Browser, town: Town) -> str:
    """Give the path of Di's own page, after she let others see one with her name and nothing else on it."""
    with browser.opened(chromium) as page:
        town.sign_in(page, "di")
        page.get_by_role("link", name="What others see of you").click()
        page.get_by_label("Let others see a page of mine").check()
        page.get_by_label("My name").check()
        page.get_by_role("button", name="Keep it so").first.click()
        page.get_by_role("status").wait_for()
    return town.page_of("di").removeprefix(town.base)


@pytest.fixture(scope="module", params=STRANGERS)
def stranger(request: pytest.FixtureRequest, chromium: Browser, town: Town) -> Iterator[tuple[str, Page]]:
    """Give a browser where nobody is signed in, a member of the other community, or Ed; each has Ada's badge."""
    with browser.opened(chromium) as page:
        if request.param == "neighbour":
            town.sign_in(page, "ivo", community=ELSEWHERE)
        if request.param == "peer":
            town.sign_in(page, "ed")
        yield request.param, page


def others(who: str) -> list[str]:
    """Return of whom a stranger may learn nothing but what is meant."""
    own = {"neighbour": "ivo", "peer": "ed"}.get(who)
    return [each for each in OF_EACH if each not in {NAMED, own}]


def meant(who: str, hers: str) -> dict[str, set[str]]:
    """Return all that a stranger is meant to read of others, by where it stands.

    Anybody reads what Di lets others see (docs/profiles.md). Those inside read what members shared for others to use,
    by whom, and who leads and is in a team (docs/community.md); but Bo, who is on the shelf and in a team, took back
    that he is named.
    """
    of_di = {OF_EACH["di"]["name"]}
    told = {hers: of_di, f"{hers}/profile": of_di}
    if who == "peer":
        shelf = {OF_EACH[author][part] for author in ("ada", "bo") for part in ("title", "address")}
        shelf |= {OF_EACH["ada"]["name"]}
        told |= {f"/c/{COMMUNITY}": shelf | of_di, f"/c/{COMMUNITY}/toolkit": shelf}
    return told


def test_no_link_leads_to_what_is_somebody_else_s(stranger: tuple[str, Page], town: Town, hers: str):
    who, page = stranger
    badge = town.badge("ada")
    starts = [f"/c/{name}{rest}" for name in (COMMUNITY, ELSEWHERE) for rest in ("", "/feed.atom", "/celebrations")]
    given = [hers, f"{hers}/profile", f"/b/{badge}", f"/oembed?url={town.base}/b/{badge}"]
    found = walked(page, town.base, [*DOORS, *starts, *given])
    assert betrayed(found, others(who)) == meant(who, hers)
    assert {status for status, _ in found.values()} <= {200, 401, 403, 404, 405, 422}
    assert f"/credentials/{badge}/bundle" in found
    assert f"/credentials/{badge}.pdf" in found
    seen = betrayed(found, [NAMED])
    assert f"/c/{COMMUNITY}/celebrations" in seen, "who allows it is named"
    assert all(place.startswith(f"/c/{COMMUNITY}") for place in seen), seen


def test_no_door_opens_for_who_knows_every_id(stranger: tuple[str, Page], town: Town, hers: str):
    who, page = stranger
    found = {}
    for path in doors(page, town):
        answer = page.request.get(town.base + path, headers={"Accept": "application/json, text/html;q=0.9, */*;q=0.1"})
        found[path] = answer.status, answer.body().replace(path.encode(), b"")  # what she said herself
    assert len(found) > len(PEOPLE) * 40
    assert not {path: status for path, (status, _) in found.items() if status >= 500}
    assert betrayed(found, others(who)) == meant(who, hers)


def doors(page: Page, town: Town) -> list[str]:
    """Return every address that can be read, by the service's own description, filled with what there is of each."""
    described = page.request.get(f"{town.base}/openapi.json").json()["paths"]
    badge = town.badge("ada")
    found: dict[str, None] = {}
    for community in (COMMUNITY, ELSEWHERE):
        for member in PEOPLE:
            known = {
                "community": community,
                "member": town.member(member),
                "credential": badge,
                "platform": "forum",
                "account": f"{member}-no-48151",
                "rule": "maker",
                "quarter": "2026-Q1",
                "period": "month",
                "number": "24314",
                "measure": "weekly_active",
                "purpose": "revocation",
                "tile": "entries/000",
                "part": "badges",
            }
            for path, operations in described.items():
                filled = "".join(
                    part if number % 2 == 0 else known.get(part.removesuffix(":path"), "sharer")
                    for number, part in enumerate(re.split(r"[{}]", path))
                )
                if "get" in operations and not filled.startswith("/enter/oidc"):
                    found[filled] = None
    return [*found, f"/credentials/{badge}.pdf", f"/endorsements/{badge}", f"/ob2/assertions/{badge}"]
