"""Badges on other people's pages: the frame that anyone may show, and oEmbed, which leads to it."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.api.people import COMMUNITY, a_spring

if TYPE_CHECKING:
    from tests.api.conftest import Guild

ORIGIN = "http://127.0.0.1:8700"


@pytest.fixture
def badge(spring: Guild) -> str:
    return spring.badge().id


def oembed(guild: Guild, **asked: object):
    return guild.client.get("/oembed", params={name: str(value) for name, value in asked.items()})


def test_the_frame_says_what_the_badge_is_and_whether_it_holds(spring: Guild, badge: str):
    answer = spring.client.get(f"/b/{badge}/embed")
    assert answer.status_code == 200
    for words in ("Sharer", "The Makers", "Valid", f'href="{ORIGIN}/b/{badge}"', f'src="/credentials/{badge}.svg"'):
        assert words in answer.text
    assert "<script" not in answer.text
    assert "Ada" not in answer.text


def test_anyone_may_frame_it_and_nothing_else(spring: Guild, badge: str):
    framed = spring.client.get(f"/b/{badge}/embed").headers
    assert "frame-ancestors *" in framed["content-security-policy"]
    assert "script-src" not in framed["content-security-policy"]
    assert "x-frame-options" not in framed
    assert "set-cookie" not in framed
    assert framed["x-content-type-options"] == "nosniff"
    for path in (f"/b/{badge}", "/verify", "/", f"/credentials/{badge}.svg"):
        headers = spring.client.get(path).headers
        assert headers["x-frame-options"] == "DENY"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]


def test_it_is_alike_to_all(spring: Guild, badge: str):
    signed_in = spring.sign_in().get(f"/b/{badge}/embed").text
    assert signed_in == spring.client.get(f"/b/{badge}/embed").text


def test_a_page_leads_to_it_by_oembed(spring: Guild, badge: str):
    page = spring.client.get(f"/b/{badge}").text
    found = re.search(r'<link rel="alternate" type="application/json\+oembed" href="([^"]+)"', page)
    assert found
    answer = spring.client.get(unescape(found[1]))
    assert answer.headers["access-control-allow-origin"] == "*"
    told = answer.json()
    assert (told["version"], told["type"], told["width"], told["height"]) == ("1.0", "rich", 480, 160)
    assert told["title"] == "Sharer: Valid"
    assert told["author_name"] == "The Makers"
    assert f'src="{ORIGIN}/b/{badge}/embed"' in told["html"]
    assert told["html"] in unescape(page), "the page shows the frame to copy"


@pytest.mark.parametrize(
    ("asked", "got"),
    [
        ({}, (480, 160)),
        ({"maxwidth": 1200, "maxheight": 900}, (480, 160)),
        ({"maxwidth": 400}, (400, 160)),
        ({"maxwidth": 300}, (300, 300)),
        ({"maxwidth": 300, "maxheight": 200}, (300, 200)),
        ({"maxheight": 90}, (480, 90)),
    ],
)
def test_there_is_room_for_it(spring: Guild, badge: str, asked, got):
    told = oembed(spring, url=f"{ORIGIN}/b/{badge}", **asked).json()
    assert (told["width"], told["height"]) == got
    assert f'width="{got[0]}" height="{got[1]}"' in told["html"]


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"url": "https://elsewhere.example/b/1"}, 404),
        ({"url": f"{ORIGIN}/"}, 404),
        ({"url": f"{ORIGIN}/c/nowhere"}, 404),
        ({"url": f"{ORIGIN}/b/{uuid4()}"}, 404),
        ({"url": "http://[::1"}, 404),
        ({"url": "javascript:alert(1)"}, 404),
        ({"url": "x" * 3_000}, 422),
        ({"maxwidth": 5}, 422),
        ({"url": f"{ORIGIN}/b/0", "maxwidth": "wide"}, 422),
        ({"url": f"{ORIGIN}/b/0", "maxheight": "0"}, 422),
    ],
)
def test_what_is_no_badge_of_ours_is_not_embedded(spring: Guild, asked, status):
    assert oembed(spring, **asked).status_code == status


def test_other_formats_are_not_offered(spring: Guild, badge: str):
    assert oembed(spring, url=f"{ORIGIN}/b/{badge}", format="xml").status_code == 501


@pytest.mark.parametrize(
    "form", ["/b/{}", "/b/{}/embed", "/credentials/{}", "/credentials/{}.png", "/b/{}?from=mail#top"]
)
def test_every_address_of_a_badge_will_do(spring: Guild, badge: str, form: str):
    assert oembed(spring, url=ORIGIN + form.format(badge)).json()["html"].count(badge) == 1


def test_a_badge_taken_back_says_so(guild: Guild):
    guild.tell(a_spring())
    badge = guild.badge()
    headers = {"Authorization": f"Bearer {guild.manager}"}
    path = f"/communities/{COMMUNITY}/awards/{badge.id}"
    told = guild.client.post(path, json={"decision": "revoke", "reason": "a trial"}, headers=headers)
    assert told.status_code in {200, 201}, told.text
    assert "Revoked" in guild.client.get(f"/b/{badge.id}/embed").text
    assert oembed(guild, url=f"{ORIGIN}/b/{badge.id}").json()["title"] == "Sharer: Revoked"


def test_whoever_was_erased_is_shown_nowhere(guild: Guild):
    guild.tell(a_spring())
    badge = guild.badge()
    guild.here.book.erase(COMMUNITY, [badge.account])
    for answer in (guild.client.get(f"/b/{badge.id}/embed"), oembed(guild, url=f"{ORIGIN}/b/{badge.id}")):
        assert answer.status_code == 410
        assert "Sharer" not in answer.text
