"""The leaders' room: to invite, appoint, renew and end from the page, told beforehand what speaks against it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.celebrating.test_celebrations import works
from tests.api.desk.forms import DESK, flat, send
from tests.api.people import COMMUNITY, a_spring

if TYPE_CHECKING:
    from httpx2 import Response
    from starlette.testclient import TestClient

    from tests.api.conftest import Guild

ROOM = f"{DESK}/leaders"


def in_days(days: int) -> str:
    return f"{datetime.now(UTC) + timedelta(days=days):%Y-%m-%d}"


def do(guild: Guild, browser: TestClient, what: str, who: str = "ada", **more: Any) -> Response:
    return send(guild, browser, ROOM, do=what, member=f"forum:{who}", role="host", form="somebody", **more)


def holding(guild: Guild) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = guild.get(f"/communities/{COMMUNITY}/leaders").json()["holding"]
    return found


def test_whoever_is_ready_is_appointed_renewed_and_ended(guild: Guild):
    guild.tell(a_spring())
    browser = guild.sign_in()
    page = flat(browser.get(ROOM).text)
    assert "Shared 3 times (3)" in page
    assert "of 1 seat, 1 empty" in page
    done = do(guild, browser, "appoint", until=in_days(30), reason="You opened every door.")
    assert (done.status_code, done.headers["location"]) == (303, f"{ROOM}?done=appointed#leading")
    assert "She leads from now on." in browser.get(done.headers["location"]).text
    (held,) = holding(guild)
    assert held["ends"].startswith(in_days(30))
    assert do(guild, browser, "renew", until=in_days(90)).headers["location"] == f"{ROOM}?done=renewed#leading"
    (held,) = holding(guild)
    assert held["ends"].startswith(in_days(90))
    assert do(guild, browser, "end", reason="She asked for it.").headers["location"] == f"{ROOM}?done=ended#leading"
    assert holding(guild) == []


def test_what_speaks_against_it_is_said_first_and_may_be_done_all_the_same(guild: Guild):
    guild.tell([*a_spring(), *works("cy", ago=1, number=1)])
    browser = guild.sign_in()
    first = do(guild, browser, "appoint", "cy", until=in_days(30), reason="She asked to.")
    page = flat(first.text)
    assert first.status_code == 409
    assert "does not call her ready for it" in page
    assert 'name="sure" value="yes" required' in page
    assert "She asked to.</textarea>" in page
    assert in_days(30) in page
    assert holding(guild) == []
    assert do(guild, browser, "appoint", "cy", until=in_days(30), sure="yes").status_code == 303
    assert len(holding(guild)) == 1


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"member": "forum:nobody"}, "member", "which is no account here"),
        ({"role": "admiral"}, "role", "A role of the charter: wanted host"),
        ({"until": "tomorrow"}, "until", "wanted a day as 2026-09-01, got tomorrow"),
        ({"until": "2020-01-01"}, "until", "wanted an end after its start"),
        ({"reason": "x" * 1_001}, "reason", "wanted at most 1,000 characters, got 1,001"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(guild: Guild, fields: dict[str, str], field: str, words: str):
    guild.tell(a_spring())
    told = send(
        guild,
        guild.sign_in(),
        ROOM,
        **{"do": "appoint", "member": "forum:ada", "role": "host", "form": "somebody", "until": in_days(9)} | fields,
    )
    assert told.status_code == 422
    assert f'id="somebody-{field}-wrong"' in told.text
    assert words.casefold() in told.text.casefold()
    assert holding(guild) == []


def test_what_contradicts_what_is_known_is_refused(guild: Guild):
    guild.tell(a_spring())
    browser = guild.sign_in()
    for what in ("renew", "end", "nothing", ""):
        told = do(guild, browser, what)
        assert told.status_code == 422, what
        assert "Nothing was recorded." in told.text
    assert do(guild, browser, "appoint", until=in_days(9)).is_redirect
    assert "She is Host since" in do(guild, browser, "appoint", until=in_days(9)).text


def test_mentors_are_paired_and_parted(guild: Guild):
    guild.tell(a_spring())
    browser = guild.sign_in()
    pair = {"counterpart": guild.member("bo"), "role": ""}
    told = send(guild, browser, ROOM, do="pair", member=guild.member(), form="pair", **pair)
    assert told.headers["location"] == f"{ROOM}?done=paired#mentors"
    assert "They are a pair now." in browser.get(told.headers["location"]).text
    (open_,) = guild.get(f"/communities/{COMMUNITY}/leaders").json()["mentors"]["open"]
    pair["role"] = open_["pairing"]
    assert send(guild, browser, ROOM, do="part", member=guild.member(), form="pair", **pair).is_redirect
    assert send(guild, browser, ROOM, do="part", member=guild.member(), form="pair", **pair).status_code == 422
    assert guild.get(f"/communities/{COMMUNITY}/leaders").json()["mentors"]["open"] == []


def test_only_a_manager_by_her_own_form(guild: Guild):
    guild.tell(a_spring())
    browser = guild.sign_in()
    assert do(guild, browser, "appoint", until=in_days(9), csrf="guessed").status_code == 403
    for member in ("ada", "bo"):
        assert do(guild, guild.sign_in("member", guild.member(member)), "appoint").status_code == 403
    assert guild.client.post(ROOM, data={"do": "appoint"}).status_code == 401
    assert do(guild, guild.sign_in(community="bakers"), "appoint").status_code == 404
    assert holding(guild) == []
