"""The members' room: found by name, handle or account, by level, in an order, fifty on a page, without a script."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.api.celebrating.test_celebrations import works
from tests.api.desk.forms import DESK, flat, send
from tests.api.people import COMMUNITY, a_spring, contribution

if TYPE_CHECKING:
    from tests.api.conftest import Guild

ROOM = f"{DESK}/members"


def listed(page: str) -> list[str]:
    """Return the names of the page's rows."""
    return re.findall(r'<th scope="row"><a href="[^"]+">([^<]+)</a>', page)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["Ada of the Forum", "Bo"]),
        ("find=ADA", ["Ada of the Forum"]),
        ("find=forum:bo", ["Bo"]),
        ("find=nobody", []),
        ("find=%00", []),
        ("level=1", ["Bo"]),
        ("level=9", []),
        ("sort=name", ["Ada of the Forum", "Bo"]),
        ("page=999", ["Ada of the Forum", "Bo"]),
    ],
)
def test_members_are_found_and_ordered(spring: Guild, query: str, names: list[str]):
    page = spring.sign_in().get(f"{ROOM}?{query}").text
    found = [name for name in listed(page) if not name.startswith("Di")]
    assert found == names


def test_orders_put_the_latest_and_the_most_first(guild: Guild):
    guild.tell([*works("ada", ago=60, number=3), *works("bo", ago=2, number=1), *works("cy", ago=20, number=2)])
    first = {sort: listed(guild.get(f"{ROOM}?sort={sort}").text)[0] for sort in ("active", "acts", "joined", "name")}
    assert first["active"].startswith("Bo")
    assert first["acts"].startswith("Ada")
    assert first["joined"].startswith("Bo")
    assert first["name"].startswith("Ada")


@pytest.mark.parametrize("query", ["sort=luck", "page=0", "page=x", f"find={'x' * 81}"])
def test_what_cannot_be_asked_is_refused(spring: Guild, query: str):
    assert spring.get(f"{ROOM}?{query}").status_code == 422


def test_fifty_on_a_page_and_on_to_the_next(guild: Guild):
    guild.tell([contribution(f"m{n}", f"m{n:02}", kind="post") for n in range(60)])
    browser = guild.sign_in()
    page = browser.get(f"{ROOM}?sort=name&find=forum").text
    assert len(listed(page)) == 50
    assert "1 of 2" in flat(page)
    onward = page.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    rest = browser.get(onward).text
    assert len(listed(rest)) == 10
    assert not set(listed(page)) & set(listed(rest))
    assert "60 members were found." in flat(rest)
    assert len(page.encode()) < 60_000


def test_a_row_leads_to_her_page_and_to_a_badge_for_her(guild: Guild):
    guild.tell(a_spring())
    browser, bo = guild.sign_in(), guild.member("bo")
    page = browser.get(f"{ROOM}?find=bo").text
    assert f'href="/c/{COMMUNITY}/m/{bo}"' in page
    assert f'href="{DESK}/review?whom={bo}#give"' in page
    assert f'value="{bo}"' in browser.get(f"{DESK}/review?whom={bo}").text


def test_what_is_looked_for_is_shown_again_as_text(spring: Guild):
    page = spring.sign_in().get(f"{ROOM}?find=%22%3E%3Cb%3E").text
    assert "&#34;&gt;&lt;b&gt;" in page
    assert '"><b>' not in page


def test_it_is_for_managers(guild: Guild):
    guild.tell(a_spring())
    for path in ("", "/review", "/leaders", "/members", "/cohorts"):
        assert guild.sign_in("member", guild.member()).get(DESK + path).status_code == 403
        assert guild.client.get(DESK + path).status_code == 401
        assert guild.sign_in(community="bakers").get(DESK + path).status_code == 404
    assert send(guild, guild.sign_in(), ROOM).status_code == 405
