"""Getting in: sessions that are rows, where somebody is signed in, links, letters, and what is refused."""

from __future__ import annotations

import hashlib
import re
import time
from ipaddress import IPv4Address
from typing import TYPE_CHECKING

import pytest
from starlette.requests import Request
from starlette.testclient import TestClient
from typer.testing import CliRunner

from api import cli
from api.entry.own import ago
from api.entry.tries import MOST, REMEMBERED, WINDOW, Tries
from api.guard.devices import UNKNOWN, device
from api.guard.sessions import same_word
from api.settings import Settings
from api.web.problems import ProblemError
from tests.api.conftest import HOUR, Guild, client_of, opened
from tests.api.people import COMMUNITY, ELSEWHERE, SOURCE, a_spring, account, event
from tests.api.posting import mail_server, plain
from tests.api.sites import Authority
from tests.ledger.vaults import run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from httpx2 import Response

    from tests.api.posting import MailServer

HTML = {"Accept": "text/html"}
ADDRESS = "ada@home.example"
LINUX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def word(guild: Guild, browser: TestClient) -> str:
    return guild.here.sessions.read(browser.cookies.get(guild.here.sessions.cookie)).csrf


def post(guild: Guild, browser: TestClient, path: str, *, html: bool = False, **fields: str) -> Response:
    """Post a form as its page would."""
    headers = HTML if html else {}
    return browser.post(path, data={"csrf": word(guild, browser), **fields}, headers=headers, follow_redirects=False)


def is_in(browser: TestClient) -> bool:
    status = browser.get("/signed-in").status_code
    assert status in {200, 401}
    return status == 200


def link(guild: Guild, role: str = "manager", subject: str = "") -> str:
    expires = time.time_ns() // 1_000 + HOUR
    return f"/enter/{guild.here.book.vault.add_link(COMMUNITY, role=role, subject=subject, expires=expires)}"


# Sessions


def test_the_cookie_is_a_secret_and_the_vault_has_its_hash(guild: Guild):
    guild.tell(a_spring())
    ada = guild.member("ada")
    browser = guild.sign_in("member", ada)
    cookie = next(each for each in browser.cookies.jar if each.name == "guildbook")
    assert re.fullmatch("[A-Za-z0-9_-]{43}", cookie.value or "")
    assert (cookie.path, cookie.has_nonstandard_attr("HttpOnly"), cookie.get_nonstandard_attr("SameSite")) == (
        "/", True, "lax",
    )  # fmt: skip
    kept = run(guild.here.settings.book, "SELECT digest FROM vault.sign_ins")
    assert kept == [(hashlib.sha256((cookie.value or "").encode()).digest(),)]
    asking = guild.here.sessions.read(cookie.value)
    assert (asking.kind, asking.role, asking.community, asking.member) == ("session", "member", COMMUNITY, ada)
    assert (cookie.value or "") not in asking.csrf
    assert same_word(asking.csrf, asking.csrf)
    assert not same_word("", "")
    assert not same_word(None, asking.csrf)


def test_a_secure_installation_insists_on_https(tmp_path: Path):
    with client_of(Settings(data=tmp_path / "data", base_url="https://book.example", log_level="error")) as client:
        guild = opened(client)
        browser = TestClient(client.app, base_url="https://book.example")
        path = link(guild)
        page = browser.get(path)
        form = next(each for each in page.headers.get_list("set-cookie") if "form" in each)
        assert form.startswith("__Host-guildbook-form=")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=strict"} <= set(form.split("; "))
        taken = browser.post(path, data={"csrf": given(page)}, follow_redirects=False)
        header = taken.headers["set-cookie"]
        assert header.startswith("__Host-guildbook=")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= set(header.split("; "))
        assert "domain" not in header.lower()


def given(page: Response) -> str:
    return page.text.split('name="csrf" value="')[1].split('"')[0]


def test_whoever_signs_in_gets_another_session_than_she_had(guild: Guild):
    """Session fixation: what a browser carried before, planted or not, is nobody's afterwards."""
    browser = guild.sign_in()
    before = browser.cookies["guildbook"]
    path = link(guild)
    assert browser.post(path, data={"csrf": given(browser.get(path))}, follow_redirects=False).status_code == 303
    assert browser.cookies["guildbook"] != before
    assert guild.here.sessions.read(before).kind == "anonymous"

    planted = TestClient(guild.client.app, base_url=str(guild.client.base_url))
    planted.cookies.set("guildbook", "p" * 43)
    path = link(guild)
    planted.post(path, data={"csrf": given(planted.get(path))}, follow_redirects=False)
    assert [each.value for each in planted.cookies.jar if each.name == "guildbook"].count("p" * 43) <= 1
    assert guild.here.sessions.read("p" * 43).kind == "anonymous"


def test_signing_out_ends_the_session_and_not_only_the_cookie(guild: Guild):
    browser = guild.sign_in()
    kept = browser.cookies["guildbook"]
    assert post(guild, browser, "/leave").status_code == 303
    assert "guildbook" not in browser.cookies
    assert guild.here.sessions.read(kept).kind == "anonymous"
    browser.cookies.set("guildbook", kept)
    assert not is_in(browser)


def test_a_cookie_of_no_session_is_nobody(guild: Guild):
    browser = guild.sign_in()
    kept = browser.cookies["guildbook"]
    for nothing in (None, "", ".", "a.b", "x" * 43, kept[:-1], kept + "A", "x" * 9_000, "\N{SNOWMAN}" * 43):
        assert guild.here.sessions.read(nothing).kind == "anonymous"
    eyes = TestClient(guild.client.app, base_url=str(guild.client.base_url))
    assert eyes.get("/", headers={"Cookie": f"guildbook={'x' * 43}"}).status_code == 200


# Where you are signed in


def test_a_member_sees_where_she_is_signed_in_and_ends_it(guild: Guild):
    guild.tell(a_spring())
    ada, bo = guild.member("ada"), guild.sign_in("member", guild.member("bo"))
    here, there = guild.sign_in("member", ada), guild.sign_in("member", ada)
    page = here.get("/signed-in").text
    assert page.count("a browser that does not say which") >= 2
    assert page.count("(this one)") == 1
    handles = re.findall(r'name="which" value="([0-9a-f]{64})"', page)
    assert len(handles) == 1

    foreign = hashlib.sha256(bo.cookies["guildbook"].encode()).hexdigest()
    own = hashlib.sha256(here.cookies["guildbook"].encode()).hexdigest()
    for which in (foreign, own, "", "0" * 64, "x"):
        assert post(guild, here, "/signed-in/end", which=which).status_code == 422
    assert is_in(bo)
    assert post(guild, here, "/signed-in/end", which=handles[0]).status_code == 303
    assert (is_in(here), is_in(there), is_in(bo)) == (True, False, True)

    others = [guild.sign_in("member", ada) for _ in range(2)]
    assert post(guild, here, "/signed-in/end", which="others").status_code == 303
    assert (is_in(here), *map(is_in, others), is_in(bo)) == (True, False, False, True)


def test_all_her_accounts_are_one(guild: Guild):
    """She signed in under the id of an account that was linked since: it is still hers to see and to end."""
    who = {"member": account("ada"), "account": account("al")}
    guild.tell([*a_spring(), event("contribution", "al", {"author": account("al"), "item": "x", "kind": "post"})])
    there = guild.sign_in("member", guild.member("al"))
    linked = event("identity", 1, who | {"change": "linked", "method": "oauth"})
    position = guild.post(linked, key=guild.linker).json()["position"]
    assert guild.here.standings.wait(COMMUNITY, position)
    here = guild.sign_in("member", guild.member("ada"))
    assert post(guild, here, "/signed-in/end", which="others").status_code == 303
    assert not is_in(there)


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (LINUX, "Firefox on Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile Safari/604.1", "Safari on an iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        ("curl/8.0", UNKNOWN),
        ("", UNKNOWN),
        ("<script>alert(1)</script> Linux", "a browser on Linux"),
        ("x" * 9_000 + " Linux Firefox/1", UNKNOWN),
    ],
)  # fmt: skip
def test_a_device_in_words_of_ours(header: str, words: str):
    assert device(header) == words


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(0, "just now"), (5, "just now"), (6, "6 minutes ago"), (59, "59 minutes ago"), (60, "1 hour ago"),
     (479, "7 hours ago"), (1_440, "1 day ago"), (9_000, "6 days ago")],
)  # fmt: skip
def test_how_long_ago(minutes: int, words: str):
    assert ago(minutes) == words


# What a manager does


def test_a_manager_makes_a_link_that_is_shown_once(guild: Guild):
    guild.tell(a_spring())
    manager, ada = guild.sign_in(), guild.member("ada")
    for named in (ada, "forum:ada"):
        made = post(guild, manager, f"/manage/{COMMUNITY}/sign-ins/link", role="member", member=named, minutes="15")
        assert made.status_code == 200
        (address,) = re.findall(r"http://127.0.0.1:8700(/enter/[0-9a-f]{12}\.[A-Za-z0-9_-]{43})<", made.text)
        found = guild.here.book.vault.peek_link(address.removeprefix("/enter/"))
        assert found is not None
        assert (found.role, found.subject, found.community) == ("member", ada, COMMUNITY)
        assert 0 < found.expires - time.time_ns() // 1_000 <= 900_000_000
        assert address not in manager.get(f"/manage/{COMMUNITY}/sign-ins").text
    made = post(guild, manager, f"/manage/{COMMUNITY}/sign-ins/link", role="manager", member="", minutes="60")
    assert "/enter/" in made.text
    for member, minutes in (("nobody", "15"), ("forum:nobody", "15"), ("", "15"), (ada, "999"), ("\0:\0", "15")):
        refused = post(
            guild, manager, f"/manage/{COMMUNITY}/sign-ins/link", role="member", member=member, minutes=minutes
        )
        assert (refused.status_code, "No link was made" in refused.text) == (422, True)
    kept = post(guild, manager, f"/manage/{COMMUNITY}/sign-ins/link", role="member", member='"><b>bo', minutes="15")
    assert 'value="&#34;&gt;&lt;b&gt;bo"' in kept.text


def test_a_manager_signs_others_out_and_nobody_elsewhere(guild: Guild):
    guild.tell(a_spring())
    manager, another = guild.sign_in(), guild.sign_in()
    ada, bo = (guild.sign_in("member", guild.member(name)) for name in ("ada", "bo"))
    elsewhere = guild.sign_in(community=ELSEWHERE)
    path = f"/manage/{COMMUNITY}/sign-ins/end"
    page = manager.get(f"/manage/{COMMUNITY}/sign-ins").text
    assert "2 members." in page
    assert guild.member("ada") not in page  # who is signed in, of members, is not said

    assert post(guild, manager, path, member="forum:ada").status_code == 303
    assert (is_in(ada), is_in(bo)) == (False, True)
    handle = hashlib.sha256(another.cookies["guildbook"].encode()).hexdigest()
    for other in (bo, elsewhere):  # neither a member's by its handle, nor another community's
        theirs = hashlib.sha256(other.cookies["guildbook"].encode()).hexdigest()
        assert post(guild, manager, path, which=theirs).status_code == 303
        assert is_in(other)
    assert post(guild, manager, path, which=handle).status_code == 303
    assert not is_in(another)
    assert post(guild, manager, path, member="nobody").status_code == 422
    assert post(guild, manager, path, which="everyone").status_code == 303
    assert (is_in(manager), is_in(bo), is_in(elsewhere)) == (True, False, True)


def test_an_operator_sees_that_all_is_well_and_nobody(guild: Guild):
    guild.tell(a_spring())
    told = CliRunner().invoke(
        cli.app, ["link", "--operator"], env={"GUILDBOOK_DATA": str(guild.here.settings.data), "GUILDBOOK_PORT": "8700"}
    )
    assert told.exit_code == 0, told.output
    path = re.search(r"/enter/\S+", told.output)
    assert path
    browser = TestClient(guild.client.app, base_url=str(guild.client.base_url))
    asked = browser.get(path[0])
    assert "operator" in asked.text
    taken = browser.post(path[0], data={"csrf": given(asked)}, follow_redirects=False)
    assert (taken.status_code, taken.headers["location"]) == (303, "/operate")
    page = browser.get("/operate").text
    assert "The Makers" in page or "Makers" in page
    assert "Bakers" in page
    for name in ("Ada", "ada", "Bo", guild.member("ada"), SOURCE):
        assert f">{name}" not in page
    assert guild.member("ada") not in page
    assert is_in(browser)
    assert "This page is private" in browser.get(f"/c/{COMMUNITY}/m/{guild.member('ada')}").text
    left = post(guild, browser, "/leave")
    assert (left.status_code, left.headers["location"]) == (303, "/")
    assert browser.get("/operate").status_code == 401


@pytest.mark.parametrize("words", [["link"], ["link", "makers", "--operator"], ["link", "--operator", "--member", "x"]])
def test_a_link_is_for_a_community_or_an_operator(guild: Guild, words: list[str]):
    told = CliRunner().invoke(cli.app, words, env={"GUILDBOOK_DATA": str(guild.here.settings.data)})
    assert told.exit_code != 0
    assert "wanted a community, or --operator" in told.output


# Letters


@pytest.fixture
def lettered(tmp_path: Path, authority: Authority) -> Iterator[tuple[Guild, MailServer]]:
    """Give a guild that sends letters, and the server that takes them."""
    with mail_server(authority.context("localhost")) as server:
        settings = Settings(
            data=tmp_path / "data",
            base_url="http://127.0.0.1:8700",
            smtp_url=server.url,
            smtp_from="The Makers <book@makers.example>",
            smtp_ca=authority.file,
            log_level="error",
        )
        with client_of(settings) as client:
            yield opened(client), server


def test_no_letter_is_offered_where_no_mail_goes_out(guild: Guild):
    assert guild.client.get("/enter").text.count("Send me a link") == 0


def test_a_letter_brings_a_link_to_the_address_a_platform_told(lettered: tuple[Guild, MailServer]):
    guild, server = lettered
    ada = account("ada", name="Ada", email="Ada@Home.example")
    guild.tell([*a_spring(), event("contribution", "mail", {"author": ada, "item": "m", "kind": "post"})])

    def ask(address: str, community: str = COMMUNITY) -> Response:
        page = guild.client.get("/enter", headers=HTML)
        fields = {"csrf": given(page), "community": community, "address": address}
        return guild.client.post("/enter/letter", data=fields, headers=HTML)

    known, unknown = ask(ADDRESS), ask("nobody@home.example")
    assert known.status_code == unknown.status_code == 200
    assert known.text == unknown.text
    (letter,) = server.took
    assert letter["To"] == "Ada@Home.example"
    (path,) = re.findall(r"http://127.0.0.1:8700(/enter/\S+)", plain(letter))
    browser = TestClient(guild.client.app, base_url=str(guild.client.base_url))
    taken = browser.post(path, data={"csrf": given(browser.get(path))}, follow_redirects=False)
    assert taken.headers["location"] == f"/c/{COMMUNITY}/m/{guild.member('ada')}"

    wrong = ask("no address <b>")
    assert (wrong.status_code, "Wanted an e-mail address" in wrong.text) == (422, True)
    assert 'value="no address &lt;b&gt;"' in wrong.text
    assert ask(ADDRESS, "nowhere").status_code == 404
    forged = guild.client.post("/enter/letter", data={"csrf": "guessed", "community": COMMUNITY, "address": ADDRESS})
    assert forged.status_code == 403
    assert len(server.took) == 1


def test_an_address_of_two_people_brings_nobody_a_link(lettered: tuple[Guild, MailServer]):
    guild, server = lettered
    both = [
        event("contribution", n, {"author": account(n, email=ADDRESS), "item": n, "kind": "post"}) for n in ("a", "b")
    ]
    guild.tell(both)
    page = guild.client.get("/enter")
    fields = {"csrf": given(page), "community": COMMUNITY, "address": ADDRESS}
    assert guild.client.post("/enter/letter", data=fields).status_code == 200
    assert server.took == []


# What is refused


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),  # a neighbouring host is another site to us
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://127.0.0.1:8700"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "http://127.0.0.1:8701"}, 403),
        ({"Origin": "https://127.0.0.1.evil.example"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "none"}, 303),
        ({"Origin": "http://127.0.0.1:8700"}, 303),
        ({"Origin": "null"}, 303),  # of ours, where it is not https: held by the word of the form
        ({}, 303),
    ],
)
def test_what_another_site_sends_is_refused_whatever_it_carries(guild: Guild, headers: dict[str, str], status: int):
    browser = guild.sign_in()
    form = {"csrf": word(guild, browser), "which": "others"}
    assert browser.post("/signed-in/end", data=form, headers=headers, follow_redirects=False).status_code == status
    path = link(guild)
    form = {"csrf": given(browser.get(path))}
    assert browser.post(path, data=form, headers=headers, follow_redirects=False).status_code == status
    key = {"Authorization": f"Bearer {guild.manager}"}
    assert (
        browser.post(f"/communities/{COMMUNITY}/awards", headers=headers | key).status_code == 415
    )  # no cookie counts


def test_every_form_of_a_session_wants_its_word(guild: Guild):
    manager = guild.sign_in()
    for path in (
        "/signed-in/end", "/enter/oidc/use", "/enter/oidc/undo", "/leave",
        *(f"/manage/{COMMUNITY}/sign-ins/{each}" for each in ("link", "end", "drop")),
    ):  # fmt: skip
        for form in ({"csrf": "guessed"}, {"which": "others"}, {"csrf": word(guild, guild.sign_in())}):
            assert manager.post(path, data=form, follow_redirects=False).status_code == 403, path


@pytest.mark.parametrize(("community", "role"), [(COMMUNITY, "wallet"), (COMMUNITY, "operator"), ("", "manager")])
def test_a_link_that_is_for_something_else_lets_nobody_in_and_stays_good(guild: Guild, community: str, role: str):
    vault, expires = guild.here.book.vault, time.time_ns() // 1_000 + HOUR
    token = vault.add_link(community, role=role, subject="", expires=expires)
    assert guild.client.get(f"/enter/{token}").status_code == 404
    form = {"csrf": given(guild.client.get(link(guild)))}
    assert guild.client.post(f"/enter/{token}", data=form).status_code == 404
    assert vault.peek_link(token) is not None


def test_whoever_tries_links_that_are_none_has_to_wait(guild: Guild):
    good = link(guild)
    for _ in range(MOST):
        assert guild.client.get("/enter/none").status_code == 404
    for path in ("/enter/none", good):
        waits = guild.client.get(path)
        assert waits.status_code == 429
        assert 0 < int(waits.headers["retry-after"]) <= WINDOW + 1
    guild.here.tries._clock = lambda: time.monotonic() + WINDOW
    assert guild.client.get(good).status_code == 200


def test_who_tried_is_remembered_for_ten_minutes_and_no_more_of_them_than_there_is_room_for():
    now = [0.0]
    tries = Tries(2, lambda: now[0])

    def asking(number: int) -> Request:
        return Request({"type": "http", "client": (str(IPv4Address(number)), 1), "headers": []})

    for _ in range(2):
        tries.note(asking(1))
        now[0] += 1
    tries.check(asking(2))
    with pytest.raises(ProblemError) as waits:
        tries.check(asking(1))
    assert waits.value.headers == {"Retry-After": str(int(WINDOW - 2) + 1)}
    now[0] = WINDOW
    tries.check(asking(1))  # the first is too long ago to count
    for number in range(3, REMEMBERED + 100):
        tries.check(asking(number))
    assert len(tries._lately) <= REMEMBERED


def test_the_way_in_is_said_where_it_is_wanted(guild: Guild):
    guild.tell(a_spring())
    page = guild.client.get("/enter?next=/c/makers", headers=HTML)
    assert page.status_code == 200
    assert "guildbook link COMMUNITY" in page.text
    assert "oidc" not in page.text  # there is no provider
    turned_away = guild.client.get(f"/manage/{COMMUNITY}", headers=HTML)
    assert (turned_away.status_code, f'href="/enter?next=/manage/{COMMUNITY}"' in turned_away.text) == (401, True)
    assert 'href="/enter"' in guild.client.get(f"/c/{COMMUNITY}/m/{guild.member('ada')}", headers=HTML).text
    browser = guild.sign_in()
    assert 'href="/signed-in"' in browser.get("/").text
    assert 'href="/enter"' not in browser.get("/").text
