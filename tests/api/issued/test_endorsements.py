"""What others say of a badge, by HTTP and by the shell: who may, what is told, and how it ends."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from api.cli import app
from api.issued.endorsements import withdraw_as
from api.web.problems import ProblemError
from ledger import postgres, sqlite
from tests.api.people import COMMUNITY, a_spring
from tests.ledger.steps import at

if TYPE_CHECKING:
    from pathlib import Path

    from httpx2 import Response
    from starlette.testclient import TestClient

    from tests.api.conftest import Guild

AT = f"/communities/{COMMUNITY}/endorsements"


HTML = {"Accept": "text/html"}


@pytest.fixture
def guild(guild: Guild) -> Guild:
    guild.tell(a_spring())
    return guild


def said(guild: Guild, by: TestClient, path: str = AT, **body: str) -> Response:
    word = guild.here.sessions.read(by.cookies.get(guild.here.sessions.cookie)).csrf
    answer: Response = by.post(path, json=body, headers={"X-CSRF-Token": word})
    guild.here.standings.wait(COMMUNITY, guild.here.book.head(COMMUNITY))
    return answer


def judged(guild: Guild, document: Any) -> str:
    return str(guild.client.post("/credentials/verify", json=document).json()["verdict"])


def test_a_member_says_something_of_another_s_badge(guild: Guild):
    badge = guild.badge().id
    bo, ada = guild.sign_in("member", guild.member("bo")), guild.sign_in("member", guild.member("ada"))
    wanted = {"kind": "credential", "of": badge, "comment": "Her joints *hold*.", "named": "yes"}
    before = guild.client.get(f"/credentials/{badge}.json").content
    first, again = said(guild, bo, **wanted), said(guild, bo, **wanted)
    assert [(one.status_code, one.json()["outcome"]) for one in (first, again)] == [(201, "stored"), (200, "claimed")]
    assert first.json()["endorsement"] == again.json()["endorsement"]

    (told,) = guild.client.get(f"/credentials/{badge}/endorsements").json()["endorsements"]
    assert (told["comment"], told["by"], told["member"]) == ("Her joints *hold*.", "member", guild.member("bo"))
    by_name, by_accept = (
        guild.client.get(f"/endorsements/{told['endorsement']}{suffix}", headers={"Accept": accept})
        for suffix, accept in ((".json", "*/*"), ("", "application/vc"))
    )
    assert by_name.json() == by_accept.json()
    assert judged(guild, by_name.json()) == "valid"
    assert guild.client.get(f"/endorsements/{told['endorsement']}.jwt").text.startswith("eyJ")
    assert guild.client.get(f"/credentials/{badge}.json").content == before
    assert "Her joints *hold*." in guild.client.get(f"/b/{badge}").text
    with zipfile.ZipFile(io.BytesIO(guild.client.get(f"/credentials/{badge}/bundle").content)) as bundle:
        name = f"endorsements/{told['endorsement']}.json"
        assert json.loads(bundle.read(name)) == by_name.json()
        assert "endorsements/" in bundle.read("README.txt").decode()

    path = f"{AT}/{told['endorsement']}/withdrawal"
    assert said(guild, ada, path, reason="I would rather not.").status_code == 201  # it is of her badge
    assert said(guild, bo, path).json()["outcome"] == "duplicate"
    assert guild.client.get(f"/credentials/{badge}/endorsements").json() == {"endorsements": []}
    assert judged(guild, by_name.json()) == "revoked"


def test_only_who_has_to_do_with_it_may_withdraw_it(guild: Guild):
    sharer = {"kind": "achievement", "of": "sharer", "comment": "Worth having."}
    ada, bo = guild.sign_in("member", guild.member("ada")), guild.sign_in("member", guild.member("bo"))
    number = said(guild, ada, **sharer).json()["endorsement"]
    (told,) = guild.client.get(AT, params={"of": "sharer"}).json()["endorsements"]
    assert (told["endorsement"], told["member"]) == (number, None)
    assert said(guild, bo, f"{AT}/{number}/withdrawal").status_code == 404
    assert said(guild, guild.sign_in(), f"{AT}/{number}/withdrawal", reason="Spam.").status_code == 201
    assert guild.client.get(AT, params={"of": "king"}).json() == {"endorsements": []}
    assert guild.client.get(AT, params={"of": "\0"}).status_code == 422


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"kind": "credential", "of": "x", "comment": "y"}, "/of"),
        ({"kind": "credential", "comment": "y"}, "/of"),
        ({"kind": "achievement", "of": "king", "comment": "y"}, "/of"),
        ({"kind": "community", "of": "makers", "comment": "y"}, "/of"),
        ({"kind": "community", "comment": "y"}, "/kind"),  # the manager speaks for the community
        ({"kind": "badge", "of": "sharer", "comment": "y"}, "/kind"),
        ({"kind": "achievement", "of": "sharer", "comment": "\u0007"}, "/comment"),
        ({"kind": "achievement", "of": "sharer", "comment": "y", "named": "perhaps"}, "/named"),
        ({"kind": "achievement", "of": "sharer"}, "/comment"),
    ],
)
def test_what_cannot_be_recorded_is_refused_with_the_place(spring: Guild, body: dict[str, str], pointer: str):
    head = spring.here.book.head(COMMUNITY)
    answer = spring.client.post(AT, json=body, headers={"Authorization": f"Bearer {spring.manager}"})
    assert (answer.status_code, [each["pointer"] for each in answer.json()["errors"]]) == (422, [pointer])
    assert spring.here.book.head(COMMUNITY) == head


def test_on_the_page_of_a_badge_one_says_something_and_takes_it_back(guild: Guild):
    badge = guild.badge().id
    ada, bo = guild.sign_in("member", guild.member("ada")), guild.sign_in("member", guild.member("bo"))
    page = f"/b/{badge}"

    def form(browser: TestClient, **more: str) -> Response:
        word = guild.here.sessions.read(browser.cookies.get(guild.here.sessions.cookie)).csrf
        return browser.post(f"{page}/endorsements", data={"csrf": word} | more, follow_redirects=False)

    assert [">Endorse<" in browser.get(page).text for browser in (bo, ada, guild.client)] == [True, False, False]
    assert form(bo, csrf="other", comment="x").status_code == 403
    assert guild.client.post(f"{page}/endorsements", data={"comment": "x"}).status_code == 401
    assert form(bo, comment=" ").status_code == form(ada, comment="Mine.").status_code == 422
    assert form(bo, comment="<b>Fine</b> work.", named="yes").status_code == 303
    shown = bo.get(page).text
    assert "&lt;b&gt;Fine&lt;/b&gt; work." in shown
    assert f"/c/{COMMUNITY}/m/{guild.member('bo')}" in shown
    assert (">Endorse<" in shown, ">Withdraw<" in shown) == (False, True)
    assert ">Withdraw<" not in guild.client.get(page).text
    number = shown.split('name="withdraw" value="')[1].split('"')[0]
    assert form(guild.sign_in("member", guild.member("di")), withdraw=number).status_code == 404
    assert form(bo, withdraw=number).status_code == 303
    assert "Fine" not in bo.get(page).text


@pytest.mark.parametrize("page", [f"/c/{COMMUNITY}", f"/c/{COMMUNITY}/badges/sharer"])
def test_on_their_pages_one_says_something_of_an_achievement_and_of_the_community(guild: Guild, page: str):
    ada, manager = guild.sign_in("member", guild.member("ada")), guild.sign_in()

    def form(browser: TestClient, **more: str) -> Response:
        word = guild.here.sessions.read(browser.cookies.get(guild.here.sessions.cookie)).csrf
        return browser.post(f"{page}/endorsements", data={"csrf": word} | more, follow_redirects=False)

    of_itself = page == f"/c/{COMMUNITY}"  # a community says nothing of itself
    offered = [">Endorse<" in browser.get(page, headers=HTML).text for browser in (ada, manager, guild.client)]
    assert offered == [True, not of_itself, False]
    assert form(manager, comment="We like it.").status_code == (422 if of_itself else 303)
    assert form(ada, csrf="other", comment="x").status_code == 403
    assert guild.client.post(f"{page}/endorsements", data={"comment": "x"}).status_code == 401
    assert form(ada, comment="<b>Fine</b>.").headers["location"] == f"{page}#said"
    shown = ada.get(page, headers=HTML).text
    assert ("&lt;b&gt;Fine&lt;/b&gt;." in shown, ">Endorse<" in shown) == (True, False)
    number = shown.split('name="withdraw" value="')[-1].split('"')[0]
    assert form(ada, withdraw=number).status_code == 303
    assert "Fine" not in guild.client.get(page, headers=HTML).text


def test_a_page_shows_a_form_that_was_refused_again_with_what_was_written(guild: Guild):
    badge = guild.badge().id
    bo = guild.sign_in("member", guild.member("bo"))
    word = guild.here.sessions.read(bo.cookies.get(guild.here.sessions.cookie)).csrf
    long = "<i>" + "long " * 160
    fields = {"csrf": word, "comment": long, "named": "yes"}
    for page in (f"/b/{badge}", f"/c/{COMMUNITY}", f"/c/{COMMUNITY}/badges/sharer"):
        answer = bo.post(f"{page}/endorsements", data=fields, headers=HTML, follow_redirects=False)
        assert (answer.status_code, answer.headers["content-type"]) == (422, "text/html; charset=utf-8")
        assert "Wanted a few words, at most 800 characters, got 802." in answer.text
        assert "&lt;i&gt;long long" in answer.text
        assert 'value="yes" checked' in answer.text
    assert bo.post(f"/c/{COMMUNITY}/badges/king/endorsements", data=fields, headers=HTML).status_code == 404


@pytest.mark.parametrize("named", ["yes", "no"])
def test_whose_badge_it_is_takes_the_words_along_and_the_name_only_by_consent(guild: Guild, named: str):
    ada, bo = guild.member("ada"), guild.member("bo")
    badge = guild.badge().id
    said(guild, guild.sign_in("member", bo), kind="credential", of=badge, comment="Good.", named=named)
    archive = zipfile.ZipFile(io.BytesIO(guild.get(f"/communities/{COMMUNITY}/members/{ada}/takeout").content))
    (line,) = [each for each in archive.read("facts.ndjson").splitlines() if b"badge.endorsed" in each]
    assert json.loads(line)["sealed"]["comment"] == "Good."
    where = {name.split("/")[0] for name in archive.namelist() if bo.encode() in archive.read(name)}
    assert where == ({"facts.ndjson", "proofs"} if named == "yes" else set())


def test_once_the_endorser_is_erased_it_is_gone(guild: Guild):
    badge = guild.badge().id
    bo = guild.sign_in("member", guild.member("bo"))
    number = said(guild, bo, kind="credential", of=badge, comment="Good.").json()["endorsement"]
    document = guild.client.get(f"/endorsements/{number}.json").json()
    asked = guild.client.delete(
        f"/communities/{COMMUNITY}/members/{guild.member('bo')}", headers={"Authorization": f"Bearer {guild.manager}"}
    )
    assert asked.status_code == 204
    assert guild.client.get(f"/endorsements/{number}.json").status_code == 410
    assert guild.client.get(f"/credentials/{badge}/endorsements").json() == {"endorsements": []}
    guild.here.standings.wait(COMMUNITY, guild.here.book.head(COMMUNITY))
    assert judged(guild, document) == "revoked"


def test_nobody_withdraws_what_an_erasure_ends_in_that_very_moment(guild: Guild, monkeypatch: pytest.MonkeyPatch):
    badge, bo, book = guild.badge().id, guild.member("bo"), guild.here.book
    number = said(guild, guild.sign_in("member", bo), kind="credential", of=badge, comment="Good.").json()[
        "endorsement"
    ]
    one = guild.here.endorsements.find(number)
    assert one
    monkeypatch.setenv("GUILDBOOK_DATA", str(guild.here.settings.data))

    def forget() -> None:
        book.erase(COMMUNITY, [one.endorser or ""])

    with at(postgres.Recorder.write, sqlite.Recorder.write, do=forget, before=True):
        ran = CliRunner().invoke(app, ["endorse", COMMUNITY, "--withdraw", number])
    assert (ran.exit_code, "somebody of it was erased" in ran.stderr) == (1, True)
    with pytest.raises(ProblemError) as refused:
        withdraw_as(guild.here, one, "endorsee", "")
    assert refused.value.status == 410


def test_the_shell_endorses_shows_and_withdraws(guild: Guild, monkeypatch: pytest.MonkeyPatch):
    badge = guild.badge().id
    monkeypatch.setenv("GUILDBOOK_DATA", str(guild.here.settings.data))
    monkeypatch.setenv("GUILDBOOK_BASE_URL", guild.here.settings.origin)

    def run(*words: str) -> Any:
        ran = CliRunner().invoke(app, ["endorse", COMMUNITY, *words])
        assert ran.exit_code == 0, ran.output
        return json.loads(ran.stdout) if "--json" in words else ran.stdout

    given = run(badge, "--comment", "Solid work.", "--by", "forum:bo", "--json")
    assert given["outcome"] == "stored"
    assert "Solid work." in run(badge)
    assert "Withdrawn" in run("--withdraw", given["endorsement"], "--reason", "by mistake")
    assert "Nobody has said anything" in run(badge)
    refused = CliRunner().invoke(app, ["endorse", COMMUNITY, badge, "--comment", "Mine.", "--by", "forum:ada"])
    assert (refused.exit_code, "somebody else" in refused.stderr) == (1, True)


def test_a_member_takes_her_learner_record(spring: Guild, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    spring.badge()
    at = f"/communities/{COMMUNITY}/members/{spring.member('ada')}/clr"
    ada = spring.sign_in("member", spring.member("ada"))
    document = ada.get(at).json()
    assert document["type"] == ["VerifiableCredential", "ClrCredential"]
    assert judged(spring, document) == "valid"
    assert ada.get(at, headers={"Accept": "application/jwt"}).text.startswith("eyJ")
    assert ada.get(at, headers={"Accept": "image/png"}).status_code == 406
    assert spring.get(f"/communities/{COMMUNITY}/members/{spring.member('bo')}/clr").status_code == 404

    monkeypatch.setenv("GUILDBOOK_DATA", str(spring.here.settings.data))
    monkeypatch.setenv("GUILDBOOK_BASE_URL", spring.here.settings.origin)
    ran = CliRunner().invoke(app, ["clr", COMMUNITY, "forum:ada", str(tmp_path / "ada.json")])
    assert ran.exit_code == 0, ran.output
    assert judged(spring, json.loads((tmp_path / "ada.json").read_bytes())) == "valid"
