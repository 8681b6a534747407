"""A badge goes into a wallet by OpenID4VCI: one of another making takes it, and nobody takes it twice or another's."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from api.holding.wallet import DATA_INTEGRITY, GRANT, JWT, OFFERED, offer_link
from tests.api.people import COMMUNITY, ELSEWHERE, a_spring
from tests.api.serving import sign_in
from tests.api.test_pages import served

if TYPE_CHECKING:
    from httpx2 import Response
    from playwright.sync_api import Page

    from tests.api.conftest import Guild

__all__ = ["served"]  # a fixture

SECOND = Path(__file__).resolve().parents[2] / "badges" / "second"
WALLET = f"/communities/{COMMUNITY}/wallet"


@pytest.fixture
def book(guild: Guild) -> Guild:
    """Give a guild with a badge."""
    guild.tell(a_spring())
    guild.badge()
    return guild


def code_of(link: str) -> str:
    offer = json.loads(parse_qs(urlsplit(link).query)["credential_offer"][0])
    return str(offer["grants"][GRANT]["pre-authorized_code"])


def token(book: Guild, code: str, **more: str) -> Response:
    fields = {"grant_type": GRANT, "pre-authorized_code": code, **more}
    return book.client.post(f"{WALLET}/token", data=fields)


def take(book: Guild, access: str, wanted: Any = DATA_INTEGRITY, community: str = COMMUNITY) -> Response:
    return book.client.post(
        f"/communities/{community}/wallet/credential",
        json={"credential_configuration_id": wanted},
        headers={"Authorization": f"Bearer {access}"},
    )


def test_a_code_becomes_a_token_and_that_the_badge(book: Guild):
    badge = book.badge()
    given = token(book, code_of(offer_link(book.here, badge)))
    assert given.status_code == 200, given.text
    assert given.headers["cache-control"] == "no-store"
    access = given.json()["access_token"]
    (held,) = take(book, access).json()["credentials"]
    assert held["credential"] == book.client.get(f"/credentials/{badge.id}.json").json()
    (held,) = take(book, access, JWT).json()["credentials"]
    assert held["credential"] == book.client.get(f"/credentials/{badge.id}.jwt").text


def test_a_code_works_once(book: Guild):
    code = code_of(offer_link(book.here, book.badge()))
    assert token(book, code).status_code == 200
    again = token(book, code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"grant_type": "authorization_code"}, "unsupported_grant_type"),
        ({"pre-authorized_code": "x"}, "invalid_grant"),
        ({"pre-authorized_code": "a" * 5_000}, "invalid_grant"),
        ({"pre-authorized_code": ""}, "invalid_grant"),
    ],
)
def test_what_is_no_code_is_told_by_the_protocol(book: Guild, fields: dict[str, str], error: str):
    told = token(book, "none", **fields)
    assert (told.status_code, told.json()["error"]) == (400, error)


def test_links_are_for_what_they_were_made_for(book: Guild):
    vault, badge = book.here.book.vault, book.badge()
    entrance = vault.add_link(COMMUNITY, role="manager", subject="", expires=1 << 60)
    assert token(book, entrance).json()["error"] == "invalid_grant"
    assert take(book, entrance).status_code == 401
    code = code_of(offer_link(book.here, badge))
    assert book.client.get(f"/enter/{code}").status_code == 404
    assert take(book, code).status_code == 401
    access = token(book, code).json()["access_token"]
    assert book.client.get(f"/enter/{access}").status_code == 404
    assert token(book, access).json()["error"] == "invalid_grant"


def test_a_token_opens_its_own_community_alone(book: Guild):
    elsewhere = book.here.book.vault.add_link(ELSEWHERE, role=OFFERED, subject=book.badge().id, expires=1 << 60)
    assert token(book, elsewhere).json()["error"] == "invalid_grant"
    access = token(book, code_of(offer_link(book.here, book.badge()))).json()["access_token"]
    assert take(book, access, community=ELSEWHERE).status_code == 401


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", "invalid_credential_request"),
        (b"[]", "invalid_credential_request"),
        (b"{}", "invalid_credential_request"),
        (b'{"credential_configuration_id": {"a": 1}}', "unknown_credential_configuration"),
        (b'{"credential_configuration_id": "mso_mdoc"}', "unknown_credential_configuration"),
    ],
)
def test_what_is_not_issued_is_told_by_the_protocol(book: Guild, body: bytes, error: str):
    access = token(book, code_of(offer_link(book.here, book.badge()))).json()["access_token"]
    told = book.client.post(f"{WALLET}/credential", content=body, headers={"Authorization": f"Bearer {access}"})
    assert (told.status_code, told.json()["error"]) == (400, error)


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Basic abc", "Bearer " + "a" * 9_000, "Bearer gb_a_b"])
def test_without_its_token_there_is_nothing(book: Guild, header: str):
    told = book.client.post(f"{WALLET}/credential", content=b"{}", headers={"Authorization": header})
    assert (told.status_code, told.json()["error"]) == (401, "invalid_token")
    assert told.headers["www-authenticate"] == 'Bearer error="invalid_token"'


def test_who_is_forgotten_takes_her_offers_along(book: Guild):
    code = code_of(offer_link(book.here, book.badge()))
    access = token(book, code_of(offer_link(book.here, book.badge()))).json()["access_token"]
    erased = book.client.delete(
        f"/communities/{COMMUNITY}/members/{book.member()}", headers={"Authorization": f"Bearer {book.manager}"}
    )
    assert erased.status_code == 204
    assert take(book, access).status_code == 401
    later = token(book, code)
    if later.status_code == 200:
        assert take(book, later.json()["access_token"]).status_code == 401


def test_only_whose_badge_it_is_may_offer_it(book: Guild):
    path = f"/b/{book.badge().id}"
    for browser, may in (
        (book.sign_in(), True),
        (book.sign_in("member", book.member()), True),
        (book.sign_in("member", book.member("bo")), False),
    ):
        word = book.here.sessions.read(browser.cookies.get(book.here.sessions.cookie)).csrf
        assert ("Put it into a wallet" in browser.get(path).text) is may
        assert browser.post(f"{path}/wallet", data={"csrf": word}).status_code == (200 if may else 403)
        assert browser.post(f"{path}/wallet", data={"csrf": "guessed"}).status_code == 403
    assert book.client.post(f"{path}/wallet", data={"csrf": ""}).status_code == 401


@pytest.mark.skipif(
    not shutil.which("node") or not (SECOND / "node_modules" / "@openid4vc").is_dir(),
    reason="no Node with @openid4vc/openid4vci here (npm ci in tests/badges/second)",
)
def test_a_wallet_of_another_making_takes_what_the_page_offers(page: Page, served: tuple[str, Guild]):
    base, guild = served
    badge = guild.badge()
    sign_in(page, base, guild, "member", guild.member())
    page.goto(f"{base}/b/{badge.id}")
    page.get_by_role("button", name="Put it into a wallet").click()
    page.get_by_role("heading", name="Into a wallet").wait_for()
    expect(page.locator("svg.code")).to_be_visible()
    (link,) = {unescape(each) for each in re.findall(r'href="(openid-credential-offer:[^"]+)"', page.content())}
    done = subprocess.run(
        ["node", "wallet.js", link], cwd=SECOND, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["issuer"] == "The Makers"
    assert told["found"][DATA_INTEGRITY] == guild.client.get(f"/credentials/{badge.id}.json").json()
    assert told["found"][JWT] == guild.client.get(f"/credentials/{badge.id}.jwt").text
