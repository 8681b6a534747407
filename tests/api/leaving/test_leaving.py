"""Who may have a member forgotten, and what is left where she was: 410, and never a word about whose it was."""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING

import pytest

from api.leaving.takeout import takeout
from api.people.members import member_of
from api.verifying.judging import judge
from badges import ShownFact, Verdict
from ledger import ErasedError
from tests.api.people import COMMUNITY, a_spring, account, contribution, event

if TYPE_CHECKING:
    from httpx2 import Response
    from starlette.testclient import TestClient

    from tests.api.conftest import Guild

MEMBERS = f"/communities/{COMMUNITY}/members"
PAGE = f"/c/{COMMUNITY}/m"
ADA_IS = ("Ada", "bend ash", "Maker", "Sharer", "forum.example/p/")
HTML = {"Accept": "text/html,*/*;q=0.8"}


@pytest.fixture
def left(guild: Guild) -> tuple[Guild, str, str]:
    """Give a guild after a spring, in which Ada holds a badge: her member id, and the badge's."""
    guild.tell(a_spring())
    return guild, guild.member(), guild.badge().id


def erase(guild: Guild, member: str, key: str | None = None) -> Response:
    bearer = {"Authorization": f"Bearer {guild.manager if key is None else key}"}
    return guild.client.delete(f"{MEMBERS}/{member}", headers=bearer)


def word(guild: Guild, browser: TestClient) -> str:
    return guild.here.sessions.read(browser.cookies.get(guild.here.sessions.cookie)).csrf


def test_a_manager_erases_and_all_that_was_hers_is_gone(left: tuple[Guild, str, str]):
    guild, ada, badge = left
    others = {name: guild.get(f"{MEMBERS}/{guild.member(name)}/standing").json() for name in ("bo", "di")}
    asked = [
        *(
            f"/credentials/{badge}{form}"
            for form in ("", ".json", ".jwt", ".png", ".svg", "/proof", "/bundle", "/refresh")
        ),
        f"/b/{badge}",
        f"{PAGE}/{ada}",
        f"{PAGE}/{ada}/erase",
        *(f"{MEMBERS}/{ada}/{what}" for what in ("standing", "verdicts/maker", "verdicts/none", "takeout")),
    ]
    assert {guild.get(path).status_code for path in asked} <= {200, 404, 501}

    done = erase(guild, ada)
    assert (done.status_code, done.content) == (204, b"")

    for path in asked:
        for headers in ({}, HTML):
            for key in (guild.manager, guild.reader, ""):
                answer = guild.get(path, key, **headers)
                wanted = {410, 401} if path.startswith("/communities") and not key else {410}
                wanted |= {403} if path.endswith("takeout") else set()
                assert answer.status_code in wanted, (path, key, answer.status_code)
                assert not [mark for mark in ADA_IS if mark in answer.text], path
                if answer.status_code == 410:
                    assert "no-store" in answer.headers["cache-control"]
                    kind = "text/html; charset=utf-8" if headers else "application/problem+json"
                    assert answer.headers["content-type"] == kind
    bearer = {"Authorization": f"Bearer {guild.manager}"}
    for what, decision in (("awards", "revoke"), ("reviews", "keep")):
        said = {"decision": decision, "reason": "it was hers"}
        answer = guild.client.post(f"/communities/{COMMUNITY}/{what}/{badge}", json=said, headers=bearer)
        assert (what, answer.status_code) == (what, 410)
    assert erase(guild, ada).status_code == 410
    assert guild.get(f"/communities/{COMMUNITY}/accounts/forum/ada").status_code == 404  # a name is no id of ours
    for name, before in others.items():
        after = guild.get(f"{MEMBERS}/{guild.member(name)}/standing").json()
        passing = {"position", "as_of", "known_at"}
        assert {k: v for k, v in after.items() if k not in passing} == {
            k: v for k, v in before.items() if k not in passing
        }


def test_what_she_took_along_proves_what_it_proved(left: tuple[Guild, str, str]):
    """Her badge was taken back when she left; that it was recorded, and when, her copy shows as before."""
    guild, ada, badge = left
    copy = guild.client.get(f"/credentials/{badge}.json").content
    member = member_of(guild.here, COMMUNITY, guild.here.book.account(COMMUNITY, "forum", "ada") or "")
    assert member
    archive = zipfile.ZipFile(io.BytesIO(b"".join(takeout(guild.here, member))))
    before = judge(guild.here, copy)
    erase(guild, ada)
    assert guild.here.standings.wait(COMMUNITY, guild.here.book.head(COMMUNITY))
    after = judge(guild.here, copy)
    assert (before.verdict, after.verdict) == (Verdict.VALID, Verdict.REVOKED)
    assert after.logged == before.logged
    assert after.logged
    key = guild.here.book.log.key(COMMUNITY)
    proofs = [name for name in archive.namelist() if name.startswith("proofs/")]
    assert proofs
    for name in proofs:
        ShownFact.parse(archive.read(name)).check(key)
    position = after.logged.position
    assert guild.here.book.opening(COMMUNITY, position).parts == {}
    assert (
        guild.here.book.opening(COMMUNITY, position).leaf()
        == ShownFact.parse(archive.read(f"proofs/{position}.json")).opening.leaf()
    )


def test_what_never_was_is_not_gone(left: tuple[Guild, str, str]):
    guild, ada, badge = left
    erase(guild, ada)
    for path in (
        f"{MEMBERS}/{'a' * 26}/standing",
        f"/communities/nowhere/members/{ada}/standing",
        "/credentials/00000000-0000-4000-8000-000000000000",
        f"/credentials/{badge[:-1]}",
        f"/credentials/{ada}",
        f"/b/{badge.upper()}",
    ):
        assert guild.get(path).status_code == 404, path
    assert guild.get(f"{PAGE}/{'a' * 26}").status_code == 200
    assert guild.get(f"/c/nowhere/m/{ada}").status_code == 200
    assert guild.get(f"{PAGE}/{guild.member('bo')}").status_code == 200


def test_who_may_erase(left: tuple[Guild, str, str]):
    guild, ada, _ = left
    for key, status in (
        (guild.poster, 403), (guild.linker, 403), (guild.reader, 403), (guild.stranger, 404), ("gb_0000_forged", 401),
    ):  # fmt: skip
        assert erase(guild, ada, key).status_code == status
    assert guild.client.delete(f"{MEMBERS}/{ada}").status_code == 401
    bo, her, manager = (
        guild.sign_in("member", guild.member("bo")), guild.sign_in("member", ada), guild.sign_in(),
    )  # fmt: skip
    assert bo.delete(f"{MEMBERS}/{ada}", headers={"X-CSRF-Token": word(guild, bo)}).status_code == 404
    assert her.delete(f"{MEMBERS}/{ada}").status_code == 403  # another site's doing
    assert guild.get(f"{MEMBERS}/{ada}/standing").status_code == 200

    gone = her.delete(f"{MEMBERS}/{ada}", headers={"X-CSRF-Token": word(guild, her)})
    assert gone.status_code == 204
    assert 'guildbook=""' in gone.headers["set-cookie"]
    token = {"X-CSRF-Token": word(guild, manager)}
    assert manager.delete(f"{MEMBERS}/{guild.member('bo')}", headers=token).status_code == 204
    assert manager.get(f"/manage/{COMMUNITY}").status_code == 200


def test_a_session_ends_with_its_member(left: tuple[Guild, str, str]):
    guild, ada, _ = left
    elsewhere = guild.sign_in("member", ada)
    assert elsewhere.get(f"/communities/{COMMUNITY}/charter").status_code == 200
    erase(guild, ada)
    assert elsewhere.get(f"/communities/{COMMUNITY}/charter").status_code == 401  # nothing says any more whose it was
    assert elsewhere.get(f"{PAGE}/{ada}").status_code == 410
    html, bo = {"Accept": "text/html"}, guild.member("bo")
    given = {"member": bo, "badge": "sharer", "reason": "she shares"}
    bearer = {"Authorization": f"Bearer {guild.manager}"}
    badge = guild.client.post(f"/communities/{COMMUNITY}/awards", json=given, headers=bearer).json()
    assert guild.here.standings.wait(COMMUNITY, badge["position"])
    said = {"csrf": word(guild, elsewhere), "comment": "well done", "member": bo, "reason": "well done"}
    for path in (f"/c/{COMMUNITY}", f"/c/{COMMUNITY}/badges/sharer", f"/b/{badge['credential'].rpartition('/')[2]}"):
        page = elsewhere.get(path, headers=html)
        assert (page.status_code, "<textarea" in page.text) == (200, False), path
        assert elsewhere.post(f"{path}/endorsements", data=said, headers=html).status_code == 401
    assert elsewhere.post(f"/c/{COMMUNITY}/badges/sharer/nominations", data=said, headers=html).status_code == 401


def test_every_account_of_hers_is_erased_by_any_of_her_ids(guild: Guild):
    who = {"member": account("ada"), "account": {"platform": "chat", "id": "ada-l"}}
    chat = contribution(2)
    chat["data"]["author"] = {"platform": "chat", "id": "ada-l", "name": "Ada Elsewhere"}
    guild.tell([contribution(1), chat])
    second = guild.get(f"/communities/{COMMUNITY}/accounts/chat/ada-l").json()["member"]
    first = guild.member()
    row = guild.post(event("identity", 1, who | {"change": "linked", "method": "admin"}), key=guild.linker).json()
    assert row["outcome"] == "stored"  # and need not be counted yet

    assert erase(guild, second).status_code == 204

    for member in (first, second):
        assert guild.get(f"{MEMBERS}/{member}/standing").status_code == 410
    for platform, known_as in (("forum", "ada"), ("chat", "ada-l")):
        assert guild.here.book.account(COMMUNITY, platform, known_as) is None


def test_nothing_is_erased_or_taken_while_nobody_can_tell_which_accounts_are_hers(guild: Guild):
    guild.here.background.followers[0].following.stop()
    guild.post(contribution(1))
    for answer in (erase(guild, guild.member()), guild.get(f"{MEMBERS}/{guild.member()}/takeout")):
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert guild.here.book.account(COMMUNITY, "forum", "ada")


def test_whom_others_only_named_can_go_too(guild: Guild):
    guild.tell([contribution(1, coauthors=[account("eve", name="Eve")])])
    eve = guild.here.book.account(COMMUNITY, "forum", "eve")
    assert eve
    member = guild.here.book.member_id(COMMUNITY, eve)
    assert erase(guild, member).status_code == 204
    assert guild.get(f"{PAGE}/{member}").status_code == 410


def test_an_archive_that_was_begun_ends_with_her(left: tuple[Guild, str, str]):
    guild, ada, _ = left
    found = member_of(guild.here, COMMUNITY, guild.here.book.account(COMMUNITY, "forum", "ada") or "")
    assert found
    pieces = takeout(guild.here, found)
    next(pieces)
    erase(guild, ada)
    with pytest.raises(ErasedError):
        b"".join(pieces)
    with pytest.raises(ErasedError):
        takeout(guild.here, found)


# On the page


def test_she_is_asked_before_she_is_forgotten(left: tuple[Guild, str, str]):
    guild, ada, badge = left
    browser = guild.sign_in("member", ada)
    own = browser.get(f"{PAGE}/{ada}").text
    assert f'href="{PAGE}/{ada}/erase"' in own
    assert f'href="{MEMBERS}/{ada}/takeout"' in own
    asked = browser.get(f"{PAGE}/{ada}/erase").text
    assert "Be forgotten?" in asked
    assert "1 badge: revoked without a reason" in asked
    assert "as told by 1 account" in asked
    csrf = re.search(r'action="/c/[^"]*/erase">\s*<input type="hidden" name="csrf" value="([^"]+)"', asked)
    assert csrf

    forged = browser.post(f"{PAGE}/{ada}/erase", data={"csrf": "guessed", "sure": "yes"})
    hasty = browser.post(f"{PAGE}/{ada}/erase", data={"csrf": csrf[1]})
    assert (forged.status_code, hasty.status_code) == (403, 422)
    assert "Wanted the box ticked" in hasty.text
    assert browser.get(f"{PAGE}/{ada}").status_code == 200

    done = browser.post(f"{PAGE}/{ada}/erase", data={"csrf": csrf[1], "sure": "yes"})
    assert done.status_code == 200
    assert "Forgotten." in done.text
    assert not [mark for mark in (*ADA_IS, ada, "Sign out") if mark in done.text]
    assert guild.here.sessions.cookie not in browser.cookies
    assert guild.client.get(f"/b/{badge}").status_code == 410
    assert guild.client.get(f"{PAGE}/{ada}", headers=HTML).status_code == 410


def test_nobody_else_is_asked(left: tuple[Guild, str, str]):
    guild, ada, _ = left
    path = f"{PAGE}/{ada}/erase"
    nobody = guild.client.get(path).text
    assert "This page is private" in nobody
    bo = guild.sign_in("member", guild.member("bo"))
    shut = bo.get(path)
    assert "This page is private" in shut.text
    posted = bo.post(path, data={"csrf": word(guild, bo), "sure": "yes"})
    by_key = guild.client.post(
        path, data={"csrf": "", "sure": "yes"}, headers={"Authorization": f"Bearer {guild.manager}"}
    )
    for answer in (posted, by_key, guild.client.post(path, data={"csrf": "", "sure": "yes"})):
        assert "This page is private" in answer.text
    assert guild.get(f"{PAGE}/{ada}", guild.reader).text.count("/erase") == 0
    assert guild.get(f"{MEMBERS}/{ada}/standing").status_code == 200
    assert guild.client.post(path, json={}).status_code == 415


def test_a_manager_forgets_on_her_behalf(left: tuple[Guild, str, str]):
    guild, ada, _ = left
    manager = guild.sign_in()
    assert "on her behalf" in manager.get(f"{PAGE}/{ada}/erase").text
    done = manager.post(f"{PAGE}/{ada}/erase", data={"csrf": word(guild, manager), "sure": "yes"})
    assert f'href="/manage/{COMMUNITY}"' in done.text
    listed = manager.get(f"/manage/{COMMUNITY}")
    assert listed.status_code == 200
    assert "Ada" not in listed.text


def test_the_openapi_document_says_what_is_gone(spring: Guild):
    paths = spring.client.get("/openapi.json").json()["paths"]
    for path, method in (
        ("/credentials/{name}", "get"), ("/credentials/{credential}/proof", "get"), ("/b/{credential}", "get"),
        ("/credentials/{credential}/bundle", "get"), ("/credentials/{credential}/refresh", "get"),
        ("/c/{community}/m/{member}", "get"), ("/communities/{community}/members/{member}", "delete"),
        ("/communities/{community}/members/{member}/takeout", "get"),
        ("/communities/{community}/members/{member}/standing", "get"),
        ("/communities/{community}/members/{member}/verdicts/{rule}", "get"),
        ("/communities/{community}/awards/{credential}", "post"),
        ("/communities/{community}/reviews/{credential}", "post"), ("/manage/{community}/reviews/{credential}", "post"),
    ):  # fmt: skip
        assert "410" in paths[path][method]["responses"], path
