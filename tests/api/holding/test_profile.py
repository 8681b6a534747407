"""A member's page for others: off until she switches it on; then what she ticked, and nothing else."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from schemas import format_time
from tests.api.people import CHARTER, COMMUNITY, ELSEWHERE, a_spring, account, contribution, event

if TYPE_CHECKING:
    from httpx2 import Response
    from starlette.testclient import TestClient

    from tests.api.conftest import Guild

PRIVATE = "This page is private."
CAN = "Makes what others use."
POLICY = {"version": "1"}


@pytest.fixture
def book(guild: Guild) -> Guild:
    """Give a guild in which Ada has a level and a badge."""
    guild.tell(a_spring())
    guild.badge()
    return guild


def word(browser: TestClient, path: str) -> str:
    return str(re.findall(r'name="csrf" value="([^"]+)"', browser.get(path).text)[0])


def path_of(guild: Guild, who: str = "ada", page: str = "profile") -> str:
    return f"/c/{COMMUNITY}/m/{guild.member(who)}/{page}"


def choose(guild: Guild, who: str = "ada", /, **fields: str) -> Response:
    """Send her form as a browser would."""
    browser = guild.sign_in("member", guild.member(who))
    seen = path_of(guild, who, "seen")
    told = {"csrf": word(browser, seen), "what": "page"} | fields
    return browser.post(seen, data=told, follow_redirects=False)


def show(guild: Guild, who: str = "ada", /, **fields: str) -> str:
    """Switch her page on and return what an outsider sees."""
    assert choose(guild, who, page="yes", **fields).status_code == 303
    return outside(guild, who)


def outside(guild: Guild, who: str = "ada") -> str:
    guild.client.cookies.clear()
    return str(guild.get(path_of(guild, who), "").text)


def consent(purpose: str, decision: str, who: str = "ada", **more: Any) -> dict[str, Any]:
    data = {"member": account(who), "purpose": purpose, "decision": decision, "policy": POLICY} | more
    return event("consent", f"{who}-{purpose}-{time.monotonic_ns()}", data, time=format_time(time.time_ns() // 1_000))


def test_it_is_off_and_looks_like_nobodys(book: Guild):
    assert PRIVATE in outside(book)
    nobody = book.get(f"/c/{COMMUNITY}/m/{'a' * 26}/profile", "")
    unknown = book.get(f"/c/nowhere/m/{'a' * 26}/profile", "")
    assert outside(book) == nobody.text == unknown.text
    assert nobody.status_code == 200


def test_what_a_platform_said_in_general_switches_nothing_on(book: Guild):
    book.tell([consent("profile", "granted"), consent("credential", "granted")])
    assert PRIVATE in outside(book)


def test_she_shows_what_she_ticked_and_nothing_else(book: Guild):
    bare = show(book)
    assert CAN in bare
    assert "A member of The Makers" in bare
    assert "Ada" not in bare
    assert "Sharer" not in bare
    assert "Bring the one that broke." in bare
    assert 'name="robots" content="noindex"' in bare
    whole = show(book, name="yes", roles="yes", **{"show:badge/sharer": "yes"})
    assert "<h1>Ada of the Forum</h1>" in whole
    assert f'href="/b/{book.badge().id}"' in whole
    assert "Can show peers what she does." in whole
    for never in ("2026", "March", "bend ash", "Bo", "Di", "endorse", "Endorsed", "rule"):
        assert never not in re.sub(r"<[^>]+>", " ", whole.split("<main")[1]), never


def test_roles_are_shown_where_she_says_so(book: Guild):
    bearer = {"Authorization": f"Bearer {book.manager}"}
    role = {"member": book.member(), "kind": "role", "value": "host", "change": "started"}
    told = book.client.post(f"/communities/{COMMUNITY}/assignments", json=role, headers=bearer)
    assert book.here.standings.wait(COMMUNITY, told.json()["position"])
    assert "<li>Host</li>" not in show(book)
    assert "<li>Host</li>" in show(book, roles="yes")


def test_her_own_page_leads_others_there_while_it_is_on(book: Guild):
    own = path_of(book, page="profile").removesuffix("/profile")
    assert PRIVATE in book.get(own, "").text
    show(book)
    led = book.client.get(own, follow_redirects=False)
    assert (led.status_code, led.headers["location"]) == (307, f"{own}/profile")
    herself = book.sign_in("member", book.member())
    assert "Journey" in herself.get(own).text


def test_switched_off_it_says_nothing_at_once(book: Guild):
    show(book, name="yes")
    assert choose(book).status_code == 303
    assert PRIVATE in outside(book)
    assert "Ada" not in outside(book)


def test_what_she_took_back_counts_before_anything_is_counted(book: Guild):
    """The words are read from the ledger itself: a worker that stands still shows nobody longer than she wants."""
    show(book)
    for each in book.here.background.followers:
        each.following.stop()
    assert choose(book).status_code == 303
    assert PRIVATE in outside(book)


@pytest.mark.parametrize("purpose", ["profile", "processing"])
def test_a_platform_may_take_it_back_for_her(book: Guild, purpose: str):
    show(book, name="yes")
    book.tell([consent(purpose, "withdrawn")])
    assert PRIVATE in outside(book)
    if purpose == "profile":  # and she may switch it on again: the latest word counts
        assert "Ada of the Forum" in show(book, name="yes")


def test_a_badge_is_shown_by_its_own_word(book: Guild):
    assert "Sharer" in show(book, **{"show:badge/sharer": "yes"})
    assert "Sharer" not in show(book)
    assert "Sharer" not in show(book, **{"show:badge/none": "yes", "show:": "yes", "show:level/2": "yes"})


@pytest.mark.parametrize("decision", ["revoke", "suspend"])
def test_a_badge_that_does_not_hold_is_not_shown(guild: Guild, decision: str):
    charter = yaml.safe_load(CHARTER.replace("tags: [wood]", "suspendable: true"))
    guild.here.book.publish_charter(COMMUNITY, charter, effective=0, by="test")
    guild.tell(a_spring())
    badge = guild.badge()
    assert "Sharer" in show(guild, **{"show:badge/sharer": "yes"})
    bearer = {"Authorization": f"Bearer {guild.manager}"}
    body = {"decision": decision, "reason": "It was another's work."}
    done = guild.client.post(f"/communities/{COMMUNITY}/awards/{badge.id}", json=body, headers=bearer)
    assert done.status_code in {200, 201}, done.text
    assert guild.here.wait(COMMUNITY, guild.here.book.head(COMMUNITY), 5)
    assert "Sharer" not in outside(guild)


def test_a_suspended_member_is_not_shown_and_one_whose_work_was_hidden_is(book: Guild):
    show(book)

    def case(number: int, action: str, **more: Any) -> dict[str, Any]:
        data = {"case": f"case-{number}", "action": action, "member": account("ada")} | more
        return event("moderation", f"{number}-{action}", data, time=format_time(time.time_ns() // 1_000))

    book.tell([case(1, "hidden", item="https://forum.example/p/3"), case(2, "warned")])
    assert CAN in outside(book)
    book.tell([case(3, "suspended")])
    assert PRIVATE in outside(book)
    book.tell([case(3, "restored")])
    assert CAN in outside(book)


def test_who_was_erased_is_gone(book: Guild):
    show(book)
    path = path_of(book)
    account_id = book.here.book.account(COMMUNITY, "forum", "ada")
    assert account_id
    book.here.book.erase(COMMUNITY, [account_id])
    assert book.get(path, "").status_code == 410
    assert book.get(path.removesuffix("/profile"), "").status_code == 410


def test_nobody_else_chooses_for_her(book: Guild):
    ada = book.member()
    path = f"/c/{COMMUNITY}/m/{ada}/seen"
    for role, subject in (("manager", ""), ("member", book.member("bo"))):
        browser = book.sign_in(role, subject)
        assert PRIVATE in browser.get(path).text
        csrf = browser.get(f"/c/{COMMUNITY}").text
        csrf = re.findall(r'name="csrf" value="([^"]+)"', csrf)[0]
        answer = browser.post(path, data={"csrf": csrf, "what": "page", "page": "yes"})
        assert answer.status_code == (403 if role == "manager" else 404)
    assert book.client.post(path, data={"what": "page", "page": "yes"}).status_code == 401
    herself = book.sign_in("member", ada)
    assert herself.post(path, data={"csrf": "guessed", "what": "page", "page": "yes"}).status_code == 403
    elsewhere = book.sign_in("manager", community=ELSEWHERE)
    assert PRIVATE in elsewhere.get(path).text
    assert PRIVATE in outside(book)


@pytest.mark.parametrize(
    "fields",
    [
        {"what": ""},
        {"what": "all"},
        {"what": "naming"},
        {"what": "naming", "named": "x"},
        {"page": "a\0b", "name": "yes"},
        {"page": "yes", "roles": "no"},
        {"page": "yes", "show:badge/sharer": ""},
    ],
)
def test_what_is_no_choice_changes_nothing(book: Guild, fields: dict[str, str]):
    before = book.here.book.head(COMMUNITY)
    assert choose(book, **fields).status_code == 422
    assert book.here.book.head(COMMUNITY) == before


def test_the_same_choice_twice_is_recorded_once(book: Guild):
    show(book, name="yes")
    before = book.here.book.head(COMMUNITY)
    show(book, name="yes")
    assert book.here.book.head(COMMUNITY) == before


def test_all_that_she_chose_stands_together(book: Guild):
    browser = book.sign_in("member", book.member())
    seen = path_of(book, page="seen")
    text = browser.get(seen).text
    assert "without a name" in text
    assert text.count(" checked") == 0
    choose(book, page="yes", **{"show:badge/sharer": "yes"})
    choose(book, what="naming", named="yes")
    text = browser.get(f"{seen}?done=naming").text
    assert text.count(" checked") == 3
    assert "You are named." in text
    assert 'role="status"' in text
    assert 'role="status"' not in browser.get(f"{seen}?done=%3Cb").text


def test_one_button_ends_all_of_it(book: Guild):
    root = book.here.book.account(COMMUNITY, "forum", "ada")
    assert root
    book.here.book.mailboxes.ask(COMMUNITY, root, "ada@example.org")
    book.here.book.mailboxes.turn(COMMUNITY, root, "on")
    show(book, name="yes")
    choose(book, what="naming", named="yes")
    now = time.time_ns() // 1_000
    assert not book.here.spotlights.left_alone(COMMUNITY, root, now)
    assert choose(book, what="nothing").headers["location"].endswith("?done=nothing#done")
    assert PRIVATE in outside(book)
    now = time.time_ns() // 1_000
    assert book.here.spotlights.word(COMMUNITY, root, now) == "withdrawn"
    assert book.here.spotlights.left_alone(COMMUNITY, root, now)
    (box,) = book.here.book.mailboxes.of(COMMUNITY)
    assert box.state == "left"


def test_the_page_alone_switched_off_leaves_mail_and_celebrations(book: Guild):
    show(book)
    choose(book)
    root = book.here.book.account(COMMUNITY, "forum", "ada")
    assert root
    assert not book.here.spotlights.left_alone(COMMUNITY, root, time.time_ns() // 1_000)


def test_her_other_accounts_lead_to_the_one_page(book: Guild):
    data = {"member": account("ada"), "account": account("ada2"), "change": "linked", "method": "admin"}
    told = book.post([contribution("x1", "ada2"), event("identity", "1", data)], key=book.linker).json()
    assert book.here.standings.wait(COMMUNITY, told[-1]["position"])
    show(book, name="yes")
    second = book.here.book.account(COMMUNITY, "forum", "ada2")
    assert second
    other = book.here.book.member_id(COMMUNITY, second)
    assert other != book.member()
    led = book.client.get(f"/c/{COMMUNITY}/m/{other}/profile", follow_redirects=False)
    assert (led.status_code, led.headers["location"]) == (307, path_of(book))


def test_progress_towards_the_call_to_action(book: Guild):
    browser = book.sign_in("member", book.member())
    page = browser.get(path_of(book).removesuffix("/profile")).text
    assert "1 of 1 shown by badges that hold." in page
    bo = book.sign_in("member", book.member("bo"))
    assert "0 of 1 shown by badges that hold." in bo.get(path_of(book, "bo").removesuffix("/profile")).text
