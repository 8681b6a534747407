"""What people give and take back by HTTP, on pages and in the shell: badges by hand, nominations, suspension."""

from __future__ import annotations

import io
import json
import os
import pwd
import time
import zipfile
from contextlib import closing
from html import escape
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from api.desk import review
from api.installation import Installation
from api.leaving.takeout import takeout
from api.people.members import member_of
from api.settings import Settings
from schemas import format_time, parse_time
from tests.api.leaving.test_takeout import Archive
from tests.api.people import CHARTER, COMMUNITY, a_spring, contribution
from tests.api.test_cli import Shell

if TYPE_CHECKING:
    from pathlib import Path

    from httpx2 import Response
    from starlette.testclient import TestClient

    from tests.api.conftest import Guild

BASE = f"/communities/{COMMUNITY}"
AWARDS, NOMINATIONS = f"{BASE}/awards", f"{BASE}/nominations"


def post(guild: Guild, path: str, key: str | None = None, **said: object) -> Response:
    bearer = {"Authorization": f"Bearer {key or guild.manager}"}
    answer = guild.client.post(path, json=said, headers=bearer)
    if position := answer.json().get("position"):
        assert guild.here.standings.wait(COMMUNITY, position)
    return answer


SUSPENDABLE = CHARTER.replace("    name: Sharer\n", "    name: Sharer\n    suspendable: true\n")


@pytest.fixture
def makers(guild: Guild) -> Guild:
    """Give a guild in which Ada has earned the one badge there is, which can be suspended, and Bo and Di have not."""
    guild.here.book.publish_charter(COMMUNITY, yaml.safe_load(SUSPENDABLE), effective=0, by="test")
    guild.tell(a_spring())
    guild.badge()
    return guild


def test_a_badge_is_given_by_hand_once_and_shown_so(makers: Guild):
    bo = makers.member("bo")
    gift = {"member": bo, "badge": "sharer", "reason": "she shared out loud"}
    (fact,) = (row["position"] for row in makers.post([a_spring()[-1] | {"id": "again"}]).json())
    given = post(makers, AWARDS, **gift, evidence=[fact])
    assert given.status_code == 201, given.text
    again = post(makers, AWARDS, **gift)
    assert (again.status_code, again.json()["credential"]) == (409, given.json()["credential"])
    assert "given by hand by manage, 20" in again.json()["detail"]

    told = makers.get(f"{BASE}/members/{bo}/badges").json()["badges"]
    assert [(one["credential"], one["by_hand"], one["backfilled"]) for one in told] == [
        (given.json()["credential"], True, False)
    ]
    standing = makers.get(f"{BASE}/members/{bo}/standing").json()["badges"]
    assert [(one["badge"], one["by_hand"]) for one in standing] == [("sharer", True)]
    assert makers.get(f"{BASE}/members/{bo}/standing?as_of=2026-03-05T00:00:00Z").json()["badges"] == []
    page = makers.sign_in("member", bo).get(f"/c/{COMMUNITY}/m/{bo}").text
    assert "Given by hand" in page
    shown = makers.client.get("/b/" + given.json()["credential"].rpartition("/")[2]).text
    assert "gave this badge by hand" in shown
    assert "she shared out loud" not in shown


def test_what_was_earned_long_before_it_was_issued_is_told_apart(makers: Guild):
    """A spring of 2026-03, posted at once: nobody is to be surprised by it."""
    (one,) = makers.get(f"{BASE}/members/{makers.member()}/badges").json()["badges"]
    assert (one["earned"], one["backfilled"], one["by_hand"]) == ("2026-03-02T09:00:00Z", True, False)
    assert one["issued"] > one["earned"]
    (stood,) = makers.get(f"{BASE}/members/{makers.member()}/standing").json()["badges"]
    assert (stood["issued"], stood["backfilled"], stood["suspended"]) == (one["issued"], True, None)
    assert "Issued" in makers.get(f"/c/{COMMUNITY}/m/{makers.member()}").text


def test_a_standing_of_another_day_tells_of_badges_what_had_become_of_them(makers: Guild):
    """Whether a rule gave them or a person: what was issued, suspended or revoked later is not told."""
    path, badge = f"{BASE}/members/{makers.member()}/standing", makers.badge()
    before = {"credential": None, "issued": None, "backfilled": False, "by_hand": False, "suspended": None}

    def stood(query: str = "") -> dict[str, Any]:
        (one,) = makers.get(f"{path}?{query}").json()["badges"]
        return {name: one[name] for name in before}

    def now() -> str:
        return format_time(time.time_ns() // 1_000)

    issued, after = stood(), now()
    assert issued == before | {"credential": makers.here.awards.url(badge), "issued": badge.issued, "backfilled": True}
    post(makers, f"{AWARDS}/{badge.id}", decision="suspend", reason="we look into it")
    halted, since = now(), stood()["suspended"]
    assert since
    post(makers, f"{AWARDS}/{badge.id}", decision="resume", reason="all is well")
    for key in ("as_of", "known_at"):
        assert stood(f"{key}={after}") == issued
        assert stood(f"{key}={halted}") == issued | {"suspended": since}
        assert stood(f"{key}={now()}") == issued
    assert stood("as_of=2026-04-01T00:00:00Z") == before


def test_a_standing_of_another_day_has_the_badge_that_stood_then(makers: Guild):
    bo = makers.member("bo")
    post(makers, AWARDS, member=bo, badge="sharer", reason="she shared out loud")
    path, first, held = f"{BASE}/members/{bo}/standing", makers.badge("bo"), format_time(time.time_ns() // 1_000)
    post(makers, f"{AWARDS}/{first.id}", decision="revoke", reason="a mistake")
    assert makers.get(path).json()["badges"] == []
    again = post(makers, AWARDS, member=bo, badge="sharer", reason="none after all").json()["credential"]
    told = [makers.get(f"{path}?{query}").json()["badges"] for query in ("", f"as_of={held}")]
    assert [one["credential"] for (one,) in told] == [again, makers.here.awards.url(first)]


def test_a_badge_given_by_hand_for_a_year_is_not_told_as_held_after_it(makers: Guild):
    charter = SUSPENDABLE.replace("    name: Sharer\n", "    name: Sharer\n    expires: 365d\n")
    makers.here.book.publish_charter(COMMUNITY, yaml.safe_load(charter), effective=0, by="test")
    bo = makers.member("bo")
    post(makers, AWARDS, member=bo, badge="sharer", reason="she shared out loud")
    (given,) = makers.get(f"{BASE}/members/{bo}/badges").json()["badges"]
    path, ends = f"{BASE}/members/{bo}/standing", parse_time(given["expires"])
    assert ends - parse_time(given["issued"]) >= 364 * 86_400_000_000
    told = [makers.get(f"{path}?as_of={format_time(at)}").json()["badges"] for at in (ends - 1, ends)]
    assert [[one["credential"] for one in some] for some in told] == [[given["credential"]], []]


@pytest.mark.parametrize(
    ("said", "pointers"),
    [
        ({}, {"/member", "/badge", "/reason"}),
        ({"member": "x" * 26, "badge": "sharer", "reason": "x"}, {"/member"}),
        ({"member": "BO", "badge": "none", "reason": "x"}, {"/badge"}),
        ({"member": "BO", "badge": "sharer", "reason": "x", "evidence": [1, 2, "3", True, -1]},
         {"/evidence/2", "/evidence/3", "/evidence/4"}),
        ({"member": "BO", "badge": "sharer", "reason": "x", "evidence": {"a": 1}}, {"/evidence"}),
        ({"member": "BO", "badge": "sharer", "reason": "x", "evidence": [1, 2]}, {"/evidence/0", "/evidence/1"}),
        ({"member": 7, "badge": "sharer", "reason": " ", "proof": 1}, {"/member", "/reason", "/proof"}),
    ],
)  # fmt: skip
def test_a_gift_that_cannot_be_read_says_where(makers: Guild, said: dict[str, Any], pointers: set[str]):
    bo = makers.member("bo")
    refused = post(makers, AWARDS, **{name: bo if value == "BO" else value for name, value in said.items()})
    assert (refused.status_code, {one["pointer"] for one in refused.json()["errors"]}) == (422, pointers)


def test_what_cannot_be_read_is_called_by_its_name(makers: Guild):
    refused = [post(makers, path, proof=1).json() for path in (AWARDS, NOMINATIONS, f"{BASE}/endorsements")]
    named = [each["detail"].partition(":")[0] for each in refused]
    assert named == ["a gift", "a nomination", "an endorsement"]
    told = [one["message"] for one in refused[0]["errors"] if one["pointer"] == "/proof"]
    assert told == ["wanted one of member, badge, reason, evidence, got proof"]


def test_what_is_no_gift_is_refused_and_nothing_is_kept(makers: Guild):
    head = makers.here.book.head(COMMUNITY)
    bearer = {"Authorization": f"Bearer {makers.manager}", "Content-Type": "application/json"}
    for path in (AWARDS, NOMINATIONS):
        for body, status in ((b"[]", 422), (b"null", 422), (b"{", 400), (b"x" * 20_000, 413)):
            assert makers.client.post(path, content=body, headers=bearer).status_code == status
    assert makers.here.book.head(COMMUNITY) == head


def test_a_manager_suspends_resumes_and_revokes(makers: Guild):
    badge = makers.badge()
    path = f"{AWARDS}/{badge.id}"
    done = [
        post(makers, path, decision=act, reason="we look into it")
        for act in ("resume", "suspend", "suspend", "resume", "revoke", "revoke", "suspend")
    ]
    assert [each.status_code for each in done] == [409, 201, 200, 201, 201, 200, 409]
    assert done[0].json()["detail"] == "wanted an award that can be resumed, got one that was never suspended"
    assert done[-1].json()["detail"] == "wanted an award that can be suspended, got one that was revoked"
    assert post(makers, f"{AWARDS}/none", decision="revoke", reason="x").status_code == 404
    assert post(makers, path, decision="end", reason="x").status_code == 422
    (one,) = makers.get(f"{BASE}/members/{makers.member()}/badges").json()["badges"]
    assert (one["suspended"], bool(one["revoked"])) == (None, True)


def test_a_suspended_badge_says_so_on_its_page_and_to_verifiers(makers: Guild):
    badge = makers.badge()
    document = makers.client.get(f"/credentials/{badge.id}.json").json()
    post(makers, f"{AWARDS}/{badge.id}", decision="suspend", reason="we look into it")
    assert makers.client.post("/credentials/verify", json=document).json()["verdict"] == "suspended"
    assert "Suspended" in makers.client.get(f"/b/{badge.id}").text
    assert makers.client.get(f"/ob2/assertions/{badge.id}").status_code == 410  # 2.0 has no word for it
    assert len(makers.client.get(f"/ob2/issuers/{COMMUNITY}/revoked").json()["revokedAssertions"]) == 1
    post(makers, f"{AWARDS}/{badge.id}", decision="resume", reason="all is well")
    assert makers.client.get(f"/ob2/assertions/{badge.id}").status_code == 200
    assert makers.client.post("/credentials/verify", json=document).json()["verdict"] == "valid"
    post(makers, f"{AWARDS}/{badge.id}", decision="suspend", reason="we look again")
    assert "Suspended" in makers.get(f"/c/{COMMUNITY}/m/{makers.member()}").text


def test_a_badge_that_names_no_list_of_suspension_is_not_suspended(guild: Guild):
    """Its verifiers would not learn of it; and most badges name one list only, as the official JSON Schema wants it."""
    guild.tell(a_spring())
    badge = guild.badge()
    assert isinstance(guild.client.get(f"/credentials/{badge.id}.json").json()["credentialStatus"], dict)
    refused = post(guild, f"{AWARDS}/{badge.id}", decision="suspend", reason="we look into it")
    assert (refused.status_code, "suspendable" in refused.json()["detail"]) == (409, True)
    assert post(guild, f"{AWARDS}/{badge.id}", decision="revoke", reason="a mistake").status_code == 201


def test_a_bundle_of_a_badge_that_can_be_suspended_has_both_lists(makers: Guild):
    answer = makers.client.get(f"/credentials/{makers.badge().id}/bundle")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert {"status.json", "suspension.json"} <= set(archive.namelist())
        assert b"suspension.json as the Bitstring Status Lists" in archive.read("README.txt")


def test_members_nominate_and_a_manager_decides(makers: Guild):
    bo, di, ada = (makers.member(name) for name in ("bo", "di", "ada"))
    browser = makers.sign_in("member", bo)
    word = makers.here.sessions.read(browser.cookies.get(makers.here.sessions.cookie)).csrf

    def say(member: str, reason: str = "she is kind to newcomers") -> Response:
        said = {"member": member, "badge": "sharer", "reason": reason}
        answer = browser.post(NOMINATIONS, json=said, headers={"X-CSRF-Token": word})
        assert makers.here.standings.wait(COMMUNITY, makers.here.book.head(COMMUNITY))
        return answer

    assert [say(di).status_code, say(di).status_code] == [201, 200]
    held = say(ada)
    assert (held.status_code, held.json()["detail"], "credential" in held.json()) == (409, "she has it already", False)
    assert say(bo).json()["errors"][0]["pointer"] == "/member"
    assert browser.get(NOMINATIONS).status_code == 403

    found = makers.get(NOMINATIONS).json()
    (one,) = found["nominations"]
    assert (found["waiting"], one["member"], one["by"], one["by_name"]) == (1, di, bo, "Bo")
    assert (one["badge_name"], one["reason"]) == ("Sharer", "she is kind to newcomers")

    path = f"{NOMINATIONS}/{one['nomination']}"
    assert post(makers, path, decision="decline", reason="not yet").json()["credential"] is None
    assert post(makers, path, decision="award", reason="x").status_code == 409
    assert say(di, "by now she is").status_code == 201
    (again,) = makers.get(NOMINATIONS).json()["nominations"]
    given = post(makers, f"{NOMINATIONS}/{again['nomination']}", decision="award", reason="indeed")
    assert (given.status_code, makers.get(NOMINATIONS).json()["waiting"]) == (201, 0)
    assert makers.client.get(given.json()["credential"] + ".json").status_code == 200
    assert (
        post(makers, NOMINATIONS, member=di, badge="sharer", reason="x").json()["credential"]
        == (given.json()["credential"])
    )


def test_on_the_page_of_a_badge_one_nominates_another(makers: Guild):
    ada, bo, di = (makers.member(name) for name in ("ada", "bo", "di"))
    page, html = f"/c/{COMMUNITY}/badges/sharer", {"Accept": "text/html"}
    browser, manager = makers.sign_in("member", bo), makers.sign_in()

    def send(browser: TestClient = browser, **fields: str) -> Response:
        word = makers.here.sessions.read(browser.cookies.get(makers.here.sessions.cookie)).csrf
        form = {"csrf": word, "reason": "she is <kind> to newcomers"} | fields
        return browser.post(f"{page}/nominations", data=form, headers=html, follow_redirects=False)

    seen = [">Nominate<" in each.get(page, headers=html).text for each in (browser, manager, makers.client)]
    assert seen == [True, True, False]
    assert makers.client.post(f"{page}/nominations", data={"member": di, "reason": "x"}).status_code == 401
    assert send(member=di, csrf="guessed").status_code == 403
    told = []
    for named in (di, f" https://guild.example/c/{COMMUNITY}/m/{di}/ "):
        sent = send(member=named)
        assert (sent.status_code, sent.headers["location"].rpartition("#")[2]) == (303, "nominate")
        told.append(browser.get(sent.headers["location"], headers=html).text)
    assert ["Your nomination is recorded" in text for text in told] == [True, False]
    assert ["You nominated her for it before" in text for text in told] == [False, True]

    for named, reason, status, words in (
        (ada, "x", 409, "She has it already."),
        (bo, "x", 422, "Wanted another member, got the one who nominates."),
        ("nobody", "she is <kind>", 422, "Wanted a public member id of this community, got an id that is nobody"),
        ("", "x", 422, "Wanted a public member id of this community"),
        (di, " ", 422, "Wanted a few words, at most 800 characters, got 0."),
        (di, "x" * 801, 422, "at most 800 characters, got 801."),
    ):
        again = send(member=named, reason=reason)
        assert (again.status_code, words in again.text) == (status, True), again.text
        assert f'value="{named}"' in again.text
        assert f">{escape(reason)}</textarea>" in again.text
    for_it = makers.get(NOMINATIONS).json()["nominations"]
    assert [(one["member"], one["by"], one["reason"]) for one in for_it] == [(di, bo, "she is <kind> to newcomers")]
    assert send(manager, member=di).headers["location"] == f"{page}?nominated=stored#nominate"


def test_no_page_offers_to_nominate_for_what_is_not_given_by_hand(makers: Guild):
    charter = SUSPENDABLE.replace("    name: Sharer\n", "    name: Sharer\n    by_hand: no\n")
    makers.here.book.publish_charter(COMMUNITY, yaml.safe_load(charter), effective=0, by="test")
    browser, page = makers.sign_in("member", makers.member("bo")), f"/c/{COMMUNITY}/badges/sharer"
    assert ">Nominate<" not in browser.get(page, headers={"Accept": "text/html"}).text
    word = makers.here.sessions.read(browser.cookies.get(makers.here.sessions.cookie)).csrf
    form = {"csrf": word, "member": makers.member("di"), "reason": "x"}
    refused = browser.post(f"{page}/nominations", data=form)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/badge")


def test_both_take_a_nomination_along_and_neither_learns_who_the_other_is(makers: Guild):
    bo, di = (makers.here.book.account(COMMUNITY, "forum", name) or "" for name in ("bo", "di"))
    said = makers.here.nominating.nominate(COMMUNITY, di, "sharer", reason="kind to newcomers", by=bo)
    assert makers.here.standings.wait(COMMUNITY, said.position or 0)
    for mine, field, other in ((di, "account", "nominator"), (bo, "nominator", "account")):
        member = member_of(makers.here, COMMUNITY, mine)
        assert member
        facts = Archive(b"".join(takeout(makers.here, member))).facts
        (found,) = (fact for fact in facts if fact["topic"] == "award.nominated.v1")
        assert (found["open"][field], found["open"][other]) == ("me", "another member")
        assert found["sealed"] == {"reason": "kind to newcomers"}


def test_the_manager_s_page_shows_nominations_and_its_forms_decide(makers: Guild):
    bo, di = makers.member("bo"), makers.member("di")
    post(makers, NOMINATIONS, member=di, badge="sharer", reason="kind <to> newcomers")
    browser = makers.sign_in()
    page = browser.get(f"/manage/{COMMUNITY}/review").text
    assert "kind &lt;to&gt; newcomers" in page
    word = page.split('name="csrf" value="')[1].split('"')[0]
    action = page.split(f'action="/manage/{COMMUNITY}/nominations/')[1].split("#")[0]

    def send(path: str, **fields: str) -> int:
        form = {"csrf": word, "reason": "seen"} | fields
        return browser.post(f"/manage/{COMMUNITY}/{path}", data=form, follow_redirects=False).status_code

    assert send(f"nominations/{action}", decision="award", csrf="guessed") == 403
    assert send(f"nominations/{action}", decision="keep") == 422
    assert send(f"nominations/{action}", decision="award") == 303
    assert send("awards", member="nobody", badge="sharer") == 422
    assert send("awards", member=bo, badge="sharer") == 303
    assert send("awards", member=bo, badge="sharer") == 409
    assert [len(makers.get(f"{BASE}/members/{one}/badges").json()["badges"]) for one in (bo, di)] == [1, 1]
    assert "Nobody is nominated." in browser.get(f"/manage/{COMMUNITY}/review").text


def test_the_manager_s_page_says_that_there_are_more_nominations(makers: Guild, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(review, "MOST", 1)
    browser, more = makers.sign_in(), f"<code>guildbook nominations {COMMUNITY}</code> lists them all"
    shown = []
    for name in ("bo", "di"):
        post(makers, NOMINATIONS, member=makers.member(name), badge="sharer", reason=f"we saw {name}")
        page = browser.get(f"/manage/{COMMUNITY}/review").text
        shown.append(("we saw bo" in page, "we saw di" in page, more in page))
    assert shown == [(True, False, False), (True, False, True)]


def test_the_shell_gives_nominates_and_suspends(tmp_path: Path):
    shell, charter, events = Shell(tmp_path / "data"), tmp_path / "charter.yaml", tmp_path / "events.jsonl"
    charter.write_text(SUSPENDABLE)
    events.write_text("\n".join(json.dumps(contribution(who, who)) for who in ("ada", "bo")))
    shell("init", "makers")
    shell("charter", "publish", "makers", str(charter), "--yes")
    shell("import", str(events))
    given = shell.json("award", "makers", "forum:ada", "sharer", "--reason", "out loud")
    number = given["credential"].rpartition("/")[2]
    assert "given by hand" in shell("award", "makers", "forum:ada", "sharer", "--reason", "x", code=1).output
    assert "wanted a badge" in shell("award", "makers", "forum:bo", "none", "--reason", "x", code=1).output
    assert "is suspended" in shell("suspend", number, "--reason", "we look").output
    assert "was suspended already" in shell("suspend", number, "--reason", "we look").output
    assert "suspended since" in shell("standing", "makers", "forum:ada").output
    assert "is resumed" in shell("resume", number, "--reason", "all is well").output
    said = shell("nominate", "makers", "forum:bo", "sharer", "--reason", "kind", "--by", "forum:ada").output
    assert "is nominated for sharer." in said
    (one,) = shell.json("nominations", "makers")["nominations"]
    number = str(one["nomination"])
    assert f"nominations makers {number} award|decline" in shell("nominations", "makers").output
    assert "wanted award or decline" in shell("nominations", "makers", number, "maybe", code=1).output
    assert "Awarded: " in shell("nominations", "makers", number, "award", "--reason", "yes").output
    assert "Nobody" in shell("nominations", "makers").output
    assert shell("doctor", "--full").exit_code == 0


def test_a_user_without_a_name_gives_by_its_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """As in a container: there the uid has no line in /etc/passwd."""
    shell, charter, events = Shell(tmp_path / "data"), tmp_path / "charter.yaml", tmp_path / "events.jsonl"
    charter.write_text(CHARTER)
    events.write_text(json.dumps(contribution("ada", "ada")))
    shell("init", "makers")
    shell("charter", "publish", "makers", str(charter), "--yes")
    shell("import", str(events))
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)

    def nobody(uid: int) -> None:
        raise KeyError(f"getpwuid(): uid not found: {uid}")

    monkeypatch.setattr(pwd, "getpwuid", nobody)
    given = shell.json("award", "makers", "forum:ada", "sharer", "--reason", "out loud")
    settings = Settings(data=shell.folder, database=shell.environment["GUILDBOOK_DATABASE"])
    with closing(Installation.open(settings)) as here:
        assert here.book.reveal("makers", [given["position"]])[0]["by"] == f"uid {os.getuid()}"
