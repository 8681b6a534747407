"""The cohorts' room: how each stands; made by hand, filled and emptied from the page, all of a form or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.api.desk.forms import DESK, flat, send
from tests.api.people import COMMUNITY, a_spring

if TYPE_CHECKING:
    from httpx2 import Response
    from starlette.testclient import TestClient

    from tests.api.conftest import Guild

ROOM = f"{DESK}/cohorts"


def do(guild: Guild, browser: TestClient, what: str, cohort: str, *members: str, **more: str) -> Response:
    fields = {"do": what, "form": what, "cohort": cohort, "members": "\r\n".join(members)}
    return send(guild, browser, ROOM, **fields | more)


def inside(guild: Guild, cohort: str) -> int:
    answer = guild.get(f"/communities/{COMMUNITY}/members?cohort={cohort}")
    return len(answer.json()["members"]) if answer.status_code == 200 else 0


def with_cohorts(guild: Guild) -> None:
    """Let the charter name a cohort by hand, and one by a rule."""
    charter = guild.get(f"/communities/{COMMUNITY}/charter").json()["document"]
    charter["cohorts"] = [{"cohort": "spring", "name": "Spring 2026"}, {"cohort": "makers", "name": "Makers of two"}]
    rule = {"rule": "two", "version": 1, "grants": {"cohort": "makers"}}
    charter["rules"].append(rule | {"all": [{"count": "contribution", "at_least": 2, "label": "Shared twice"}]})
    fact = guild.here.book.publish_charter(COMMUNITY, charter, effective=0, by="test")
    assert guild.here.standings.wait(COMMUNITY, fact.position)


def test_a_cohort_is_made_filled_and_emptied(guild: Guild):
    guild.tell(a_spring())
    browser = guild.sign_in()
    done = do(guild, browser, "add", "table-of-six", "forum:ada", "Bo", "", guild.member("bo"))
    assert (done.status_code, done.headers["location"]) == (303, f"{ROOM}?cohort=table-of-six&done=added#inside")
    page = flat(browser.get(done.headers["location"]).text)
    assert "They are in it now." in page
    assert "2 members." in page
    assert "Ada of the Forum" in page
    assert page.count("Take her out") == 2
    assert inside(guild, "table-of-six") == 2
    back = f"{ROOM}?cohort=table-of-six&done=out#inside"
    for who in ("ada", "bo"):
        assert do(guild, browser, "out", "table-of-six", guild.member(who)).headers["location"] == back
    assert "Nobody is in it." in browser.get(back).text
    assert inside(guild, "table-of-six") == 0


def test_cohorts_of_the_charter_stand_by_kind(guild: Guild):
    with_cohorts(guild)
    guild.tell(a_spring())
    browser = guild.sign_in()
    page = flat(browser.get(ROOM).text)
    for words in ("By a rule", "By hand", "By quarter", "Makers of two", "Joined in the first quarter of 2026"):
        assert words in page, words
    assert '<option value="spring"' in page
    assert do(guild, browser, "add", "spring", "forum:ada").is_redirect
    assert inside(guild, "spring") == 1
    taken = do(guild, browser, "out", "makers", "forum:ada")
    assert taken.status_code == 422
    assert "wanted somebody who was put into it by hand" in taken.text.replace("Wanted", "wanted")
    refused = do(guild, browser, "add", "autumn", "forum:ada")
    assert refused.status_code == 422
    assert "cohort of the charter: wanted spring, makers" in refused.text


@pytest.mark.parametrize(
    ("cohort", "members", "field"),
    [
        ("ok", ["forum:ada", "Nobody"], "members"),
        ("ok", [], "members"),
        ("ok", ["x"] * 51, "members"),
        ("joined-2026q1", ["forum:ada"], "cohort"),
        ("Not a slug!", ["forum:ada"], "cohort"),
        ("", ["forum:ada"], "cohort"),
    ],
)
def test_all_of_a_form_or_nothing(guild: Guild, cohort: str, members: list[str], field: str):
    guild.tell(a_spring())
    browser, before = guild.sign_in(), guild.here.book.head(COMMUNITY)
    told = do(guild, browser, "add", cohort, *members)
    assert told.status_code == 422
    assert f'id="add-{field}-wrong"' in told.text
    assert guild.here.book.head(COMMUNITY) == before
    if members:
        assert members[-1] in told.text


def test_what_is_not_there_is_said(guild: Guild):
    guild.tell(a_spring())
    assert guild.get(f"{ROOM}?cohort=none-such").status_code == 404
    assert guild.get(f"{ROOM}?cohort=none-such&done=forged").status_code == 404
    assert guild.get(f"{ROOM}?page=0").status_code == 422
    assert do(guild, guild.sign_in(), "explode", "ok", "forum:ada").status_code == 422


def test_only_a_manager_by_her_own_form(guild: Guild):
    guild.tell(a_spring())
    browser = guild.sign_in()
    assert do(guild, browser, "add", "ok", "forum:ada", csrf="guessed").status_code == 403
    assert do(guild, guild.sign_in("member", guild.member()), "add", "ok", "forum:ada").status_code == 403
    assert guild.client.post(ROOM, data={"do": "add"}).status_code == 401
    assert inside(guild, "ok") == 0
