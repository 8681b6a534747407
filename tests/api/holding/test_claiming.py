"""A manager hands out links; who opens one takes her badges along, once, without an account, and no more than that."""

from __future__ import annotations

import base64
import re
import time
from html import unescape
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from api.holding import claiming
from api.holding.claiming import claim_link
from api.holding.handing import MOST_CARDS
from api.holding.sharing import dots
from api.people.members import find_member
from tests.api.holding.test_wallet import code_of
from tests.api.people import COMMUNITY, ELSEWHERE, SOURCE, a_spring, account, contribution, event

if TYPE_CHECKING:
    from httpx2 import Response

    from tests.api.conftest import Guild

DESK = f"/manage/{COMMUNITY}/links"


@pytest.fixture
def book(guild: Guild) -> Guild:
    """Give a guild in which Ada has a badge, and three were at a session."""
    planned = {
        "session": f"{SOURCE}/s/1",
        "mode": "sync",
        "state": "planned",
        "title": "Steam bending",
        "scheduled": {"start": "2026-03-05T18:00:00Z", "end": "2026-03-05T20:00:00Z"},
    }
    guild.tell([*a_spring(), event("attendance", "plan", planned), *(attended(who) for who in ("ada", "bo", "di"))])
    guild.badge()
    return guild


def attended(who: str, session: int = 1) -> dict[str, Any]:
    data = {"attendee": account(who), "session": f"{SOURCE}/s/{session}", "mode": "sync", "state": "attended"}
    return event("attendance", f"{who}-{session}", data, time="2026-03-05T18:00:00Z")


def link(book: Guild, who: str = "ada", seconds: int = 600) -> str:
    member = find_member(book.here, COMMUNITY, book.member(who))
    assert member
    return claim_link(book.here, member, seconds).removeprefix(book.here.settings.origin)


def take(book: Guild, path: str) -> Response:
    book.client.cookies.clear()
    return book.client.post(path, data={"claim": ""}, follow_redirects=False)


def make(book: Guild, **fields: str) -> Response:
    browser = book.sign_in()
    csrf = re.findall(r'name="csrf" value="([^"]+)"', browser.get(DESK).text)[0]
    return browser.post(DESK, data={"csrf": csrf, "days": "7"} | fields)


def addresses(page: str) -> list[str]:
    return [unescape(each) for each in re.findall(r'<code class="address">[^<]*(/claim/[^<]+)</code>', page)]


def session(book: Guild) -> str:
    return str(re.findall(r'<option value="([^"]+)"[^>]*>[^<]*Steam bending', book.get(DESK).text)[0])


def test_she_takes_her_badges_along_without_an_account(book: Guild):
    path = link(book)
    for _ in range(2):  # something looked at it, and took nothing
        asked = book.get(path, "")
        assert asked.status_code == 200
        assert "Sharer" not in asked.text
        assert "Ada" not in asked.text
    led = take(book, path)
    assert led.status_code == 303
    assert "set-cookie" not in led.headers
    where = led.headers["location"]
    assert book.get(where, "").status_code == 200
    page = book.get(where, "")  # a phone forgets its pages
    assert page.status_code == 200
    assert "Sharer" in page.text
    (download,) = re.findall(r'href="(/credentials/[^"]+\.json)"', page.text)
    assert book.get(download, "").json()["type"][1] == "OpenBadgeCredential"
    offered = book.client.post(where, data={"badge": book.badge().id})
    assert offered.status_code == 200
    (offer,) = (unescape(each) for each in re.findall(r'href="(openid-credential-offer:[^"]+)"', offered.text))
    fields = {
        "grant_type": "urn:ietf:params:oauth:grant-type:pre-authorized_code",
        "pre-authorized_code": code_of(offer),
    }
    assert book.client.post(f"/communities/{COMMUNITY}/wallet/token", data=fields).status_code == 200


def test_it_works_once(book: Guild):
    path = link(book)
    assert take(book, path).status_code == 303
    for again in (take(book, path), book.get(path, "")):
        assert again.status_code == 404
    assert take(book, link(book, seconds=-1)).status_code == 404


def test_it_is_no_way_in(book: Guild):
    path = link(book)
    token = path.rpartition("/")[2]
    assert book.get(f"/enter/{token}", "").status_code == 404
    assert book.get(f"/claimed/{token}", "").status_code == 404
    where = take(book, path).headers["location"]
    assert book.get(f"/claim/{where.rpartition('/')[2]}", "").status_code == 404
    assert book.get(f"/enter/{where.rpartition('/')[2]}", "").status_code == 404
    vault, far = book.here.book.vault, 2**52
    for role, subject in (("member", book.member()), ("manager", ""), ("wallet", book.badge().id)):
        other = vault.add_link(COMMUNITY, role=role, subject=subject, expires=far)
        assert book.get(f"/claim/{other}", "").status_code == 404
        assert book.get(f"/claimed/{other}", "").status_code == 404


def test_only_her_own_badges_go_into_a_wallet(book: Guild):
    where = take(book, link(book, "bo")).headers["location"]
    assert "No badge holds at the moment." in book.get(where, "").text
    for badge in (book.badge().id, "", "x" * 500):
        assert book.client.post(where, data={"badge": badge}).status_code == 404


def test_after_an_hour_it_shows_nothing(book: Guild, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(claiming, "CLAIMED_SECONDS", -1)
    where = take(book, link(book)).headers["location"]
    assert book.get(where, "").status_code == 404
    assert book.client.post(where, data={"badge": book.badge().id}).status_code == 404


def test_who_was_erased_meanwhile_is_gone_and_others_are_not(book: Guild):
    path, other, bos = link(book), link(book), link(book, "bo")
    where = take(book, other).headers["location"]
    book.here.book.erase(COMMUNITY, [book.here.book.account(COMMUNITY, "forum", "ada") or ""])
    assert book.get(path, "").status_code in {404, 410}
    assert take(book, path).status_code in {404, 410}
    assert book.get(where, "").status_code in {404, 410}
    assert take(book, bos).status_code == 303


@pytest.mark.parametrize("by", ["id", "platform"])
def test_a_manager_makes_one_for_a_member(book: Guild, by: str):
    answer = make(book, member=book.member() if by == "id" else "forum:ada")
    assert answer.status_code == 200
    (path,) = addresses(answer.text)
    assert "Ada of the Forum" in answer.text
    assert take(book, path).status_code == 303
    again = book.sign_in().get(DESK)
    assert addresses(again.text) == []


def test_a_manager_makes_a_sheet_for_a_session(book: Guild):
    text = book.get(DESK).text
    assert "5 March 2026: Steam bending (3 people)" in text
    page = make(book, session=session(book)).text
    assert len(addresses(page)) == 1
    assert "Ada of the Forum" in page
    assert "2 more hold no badge yet, and have no card." in page
    assert "Steam bending</h2>" in page


def test_a_large_session_takes_several_sheets_of_a_page_each(book: Guild):
    crowd = [f"m{n:03}" for n in range(MOST_CARDS + 5)]
    works = [contribution(f"{who}{n}", who) for who in crowd for n in range(2)]
    book.tell([*works, *(attended(who) for who in crowd)])
    book.badge(crowd[-1])
    deadline = time.monotonic() + 60
    while len(book.here.views.awards(COMMUNITY)) < len(crowd) + 1 and time.monotonic() < deadline:
        time.sleep(0.05)
    first = make(book, session=session(book))
    assert len(addresses(first.text)) == MOST_CARDS
    assert len(first.content) < 100_000
    assert "Sheet 2 of 2" in first.text
    second = make(book, session=session(book), sheet="2")
    assert len(addresses(second.text)) == 6
    assert not set(re.findall(r"<h3>([^<]+)</h3>", first.text)) & set(re.findall(r"<h3>([^<]+)</h3>", second.text))


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"member": ""}, "wanted a member"),
        ({"member": "forum:nobody"}, "wanted a member"),
        ({"member": "a" * 26}, "wanted a member"),
        ({"member": "forum:bo"}, "Wanted somebody who holds a badge"),
        ({"member": "forum:ada", "days": "365"}, "Wanted one of 1, 7, 30"),
        ({"session": "none"}, "Wanted one of the sessions"),
        ({"session": "here", "sheet": "0"}, "Wanted the number of a sheet"),
        ({"session": "here", "sheet": "²"}, "Wanted the number of a sheet"),
        ({"session": "here", "sheet": "99"}, "Wanted somebody who holds a badge"),
    ],
)
def test_a_form_that_makes_nothing_says_why(book: Guild, fields: dict[str, str], wrong: str):
    if fields.get("session") == "here":
        fields = fields | {"session": session(book)}
    answer = make(book, **fields)
    assert answer.status_code == 422
    assert wrong.casefold() in answer.text.casefold()
    assert addresses(answer.text) == []


def test_only_managers_of_it_make_any(book: Guild):
    for browser in (book.sign_in("member", book.member()), book.sign_in(community=ELSEWHERE)):
        assert browser.get(DESK).status_code in {403, 404}
        assert browser.post(DESK, data={"member": "forum:ada", "days": "7"}).status_code in {403, 404}
    manager = book.sign_in()
    assert manager.post(DESK, data={"csrf": "guessed", "member": "forum:ada", "days": "7"}).status_code == 403


def test_the_dots_of_a_card_are_a_small_picture(book: Guild):
    address = f"{book.here.settings.origin}{link(book)}"
    media, _, encoded = dots(address).partition(",")
    assert media == "data:image/png;base64"
    assert len(encoded) < 1_000

    with Image.open(BytesIO(base64.b64decode(encoded))) as made:
        assert made.size[0] == made.size[1]
        assert made.mode == "1"
