"""The review room: a refused form keeps what was typed and says beside the field what is wrong; rings and cases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.api.celebrating.test_celebrations import stamp
from tests.api.desk.forms import DESK, flat, send
from tests.api.fairness.test_fairness import settled_by
from tests.api.people import COMMUNITY, SOURCE, a_spring, account, event

if TYPE_CHECKING:
    from httpx2 import Response

    from tests.api.conftest import Guild

ROOM = f"{DESK}/review"
CASE = {"case": "forum:case:1", "member": account("bo"), "action": "flagged", "norm": "kindness", "severity": 2}


def test_what_was_typed_stays_and_the_fault_stands_beside_its_field(guild: Guild):
    guild.tell(a_spring())
    browser = guild.sign_in()
    told = send(guild, browser, f"{DESK}/awards", member="Nobody at all", badge="sharer", reason="<b>kind</b>")
    page = flat(told.text)
    assert told.status_code == 422
    assert 'value="Nobody at all" required autocomplete="off" aria-invalid="true"' in page
    assert 'aria-describedby="give-member-wrong"' in page
    assert "got Nobody at all, as nobody here is called." in page
    assert "&lt;b&gt;kind&lt;/b&gt;</textarea>" in page
    told = send(guild, browser, f"{DESK}/awards", member="bo", badge="nothing", reason="")
    page = flat(told.text)
    assert told.status_code == 422
    assert 'id="give-reason-wrong"' in page
    assert "Wanted a few words, at most 2,000 characters, got 0." in page
    assert guild.here.awards.of(COMMUNITY, guild.here.book.account(COMMUNITY, "forum", "bo") or "") == []


@pytest.mark.parametrize("who", ["Bo", "bO", "forum:bo", "address", "id"])
def test_a_badge_is_given_to_whom_a_name_an_account_or_a_page_means(guild: Guild, who: str):
    guild.tell(a_spring())
    browser, bo = guild.sign_in(), guild.member("bo")
    meant = {"address": f"http://127.0.0.1:8700/c/{COMMUNITY}/m/{bo}/", "id": bo}.get(who, who)
    given = send(guild, browser, f"{DESK}/awards", member=meant, badge="sharer", reason="She taught it.")
    assert (given.status_code, given.headers["location"]) == (303, f"{ROOM}?done=given#give")
    assert "The badge is given" in browser.get(given.headers["location"]).text
    again = send(guild, browser, f"{DESK}/awards", member=meant, badge="sharer", reason="She taught it.")
    assert again.status_code == 409
    assert "given by hand by" in again.text
    assert "She taught it.</textarea>" in again.text


def test_two_of_one_name_are_told_apart(guild: Guild):
    guild.tell(a_spring())
    other = event("contribution", "x", {"author": account("bo2", name="Bo"), "item": "x", "kind": "post"})
    guild.tell([other])
    told = send(guild, guild.sign_in(), f"{DESK}/awards", member="bo", badge="sharer", reason="kind")
    assert told.status_code == 422
    assert "as 2 members are called: say forum:bo, forum:bo2" in told.text


def test_a_manager_may_only_nominate(guild: Guild):
    guild.tell(a_spring())
    browser, bo = guild.sign_in(), guild.member("bo")
    page = browser.get(f"{ROOM}?whom={bo}").text
    assert f'value="{bo}"' in page
    assert "That is Bo" in page
    form = {"member": bo, "badge": "sharer", "reason": "Look at her joints.", "decision": "nominate"}
    assert send(guild, browser, f"{DESK}/awards", **form).headers["location"] == f"{ROOM}?done=nominated#give"
    page = browser.get(ROOM).text
    assert "Look at her joints." in page
    action = page.split(f'action="{DESK}/nominations/')[1].split("#")[0]
    wrong = send(guild, browser, f"{DESK}/nominations/{action}", decision="award", reason=" ")
    assert wrong.status_code == 422
    assert f'id="nominations-{action}-reason-wrong"' in wrong.text
    assert send(guild, browser, f"{DESK}/nominations/{action}", decision="decline", reason="Not yet.").is_redirect


def test_a_ring_is_shown_with_its_evidence_and_what_is_decided_counts(guild: Guild):
    settled_by(guild)
    browser = guild.sign_in()
    page = flat(browser.get(ROOM).text)
    assert "A ring: " in page
    assert "4 people endorsed one another 60 times." in page
    assert "Xa endorsed Xb 5 times" in page or "Xb endorsed Xa 5 times" in page
    assert "A discount would change" in page
    (case,) = {part.split("#")[0] for part in page.split(f'action="{DESK}/fairness/')[1:]}
    path = f"{DESK}/fairness/{case}"
    assert send(guild, browser, path, decision="discount", reason="").status_code == 422
    assert send(guild, browser, path, decision="appeal", reason="too soon").status_code == 422
    done = send(guild, browser, path, decision="discount", reason="Nobody else saw it.")
    assert (done.status_code, done.headers["location"]) == (303, f"{ROOM}?done=discounted#fairness")
    page = flat(browser.get(done.headers["location"]).text)
    assert "What they gave one another counts for nothing now." in page
    assert "Nothing stands out." in page
    assert "“Nobody else saw it.”" in page
    for decision, word in (("appeal", "appealed"), ("restore", "restored")):
        done = send(guild, browser, path, decision=decision, reason="They asked.")
        assert done.headers["location"] == f"{ROOM}?done={word}#fairness"
    assert (
        send(guild, browser, f"{DESK}/fairness/ring-0000000000000000", decision="leave", reason="x").status_code == 404
    )


def test_an_open_case_is_shown_until_its_platform_closes_it(guild: Guild):
    guild.tell([*a_spring(), event("moderation", 1, CASE, time=stamp(days=3))])
    page = flat(guild.get(ROOM).text)
    assert "Flagged, kindness, severity 2 of 5" in page
    assert "forum:case" not in page
    closed = {"case": CASE["case"], "action": "resolved"}
    guild.tell([event("moderation", 2, closed, time=stamp(days=2))])
    assert "None that the book knows of." in guild.get(ROOM).text


def test_a_case_that_was_withdrawn_is_none(guild: Guild):
    one = event("moderation", 1, CASE, time=stamp(days=3))
    gone = event("retraction", 1, {"retracts": one["id"], "reason": "mistake"}, time=stamp(days=2))
    guild.tell([*a_spring(), one, gone])
    assert "None that the book knows of." in guild.get(ROOM).text


def test_whoever_is_gone_is_not_named_in_a_case(guild: Guild):
    guild.tell([*a_spring(), event("moderation", 1, CASE, time=stamp(days=3))])
    bearer = {"Authorization": f"Bearer {guild.manager}"}
    guild.client.delete(f"/communities/{COMMUNITY}/members/{guild.member('bo')}", headers=bearer)
    assert guild.here.standings.wait(COMMUNITY, guild.here.book.head(COMMUNITY))
    assert "About a work, or somebody who is gone" in guild.get(ROOM).text


@pytest.mark.parametrize("path", ["awards", "fairness/ring-0000000000000000", "reviews/x", "identity/link"])
def test_only_a_manager_by_her_own_form(guild: Guild, path: str):
    guild.tell(a_spring())
    ada = guild.sign_in("member", guild.member())
    assert send(guild, guild.sign_in(), f"{DESK}/{path}", csrf="guessed", reason="x").status_code == 403
    assert send(guild, ada, f"{DESK}/{path}", reason="x").status_code == 403
    assert guild.client.post(f"{DESK}/{path}", data={"reason": "x"}).status_code == 401


def opened(guild: Guild, *more: dict[str, str | int]) -> str:
    """Tell of a case about Ada's second work, which is hidden, and more of it; return where it is decided."""
    item: dict[str, Any] = {"case": "forum:case:7", "item": f"{SOURCE}/p/2", "action": "hidden"}
    steps = [item, *({"case": "forum:case:7", **one} for one in more)]
    two = [*a_spring()[:2], *a_spring()[3:]]
    guild.tell([*two, *(event("moderation", n, one, time=stamp(days=9 - n)) for n, one in enumerate(steps))])
    (path,) = {part.split("#")[0] for part in guild.get(ROOM).text.split(f'action="{DESK}/cases/')[1:]}
    return f"{DESK}/cases/{path}"


def decided(guild: Guild, path: str, decision: str, **more: str) -> Response:
    said = {"decision": decision, "case": "forum:case:7", "reason": "We spoke with her."} | more
    return send(guild, guild.sign_in(), path, **said)


def level(guild: Guild) -> int:
    guild.here.standings.wait(COMMUNITY, guild.here.book.head(COMMUNITY))
    return int(guild.get(f"/communities/{COMMUNITY}/members/{guild.member()}/standing").json()["level"])


@pytest.mark.parametrize(("decision", "reached"), [("uphold", 1), ("restore", 2), ("dismiss", 2)])
def test_an_open_case_is_decided_and_what_it_would_change_comes_true(guild: Guild, decision: str, reached: int):
    path = opened(guild)
    assert level(guild) == 1
    page = flat(guild.get(ROOM).text)
    assert "Member, then Maker" in page
    assert "would change nobody\u2019s standing" in page
    done = decided(guild, path, decision)
    assert (done.status_code, done.headers["location"]) == (303, f"{ROOM}?done=case-{decision}#cases")
    page = flat(guild.sign_in().get(done.headers["location"]).text)
    assert 'role="status"' in page
    assert "None that the book knows of." in page
    assert level(guild) == reached
    assert "We spoke with her." in guild.get(f"{DESK}/trail").text
    assert "forum:case" not in guild.get(f"{DESK}/trail").text
    assert decided(guild, path, decision).status_code == 404


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"case": "forum:case:8"}, "wanted the name of this case where it was opened, got another"),
        ({"case": ""}, "wanted the name of this case where it was opened, got nothing"),
        ({"reason": " "}, "wanted a few words"),
        ({"decision": "forget"}, "wanted uphold or restore or dismiss"),
        ({"decision": "restore"}, "Nothing is taken away by this case"),
    ],
)
def test_a_decision_that_cannot_be_records_nothing(guild: Guild, fields: dict[str, str], words: str):
    path, before = opened(guild, {"action": "restored"}), guild.here.book.head(COMMUNITY)
    answer = decided(guild, path, **({"decision": "uphold"} | fields))
    assert answer.status_code == 422
    assert words.lower() in flat(answer.text).lower()
    assert guild.here.book.head(COMMUNITY) == before


def test_a_case_about_a_member_is_closed_under_her_key_and_rests_no_ring(guild: Guild):
    guild.tell([*a_spring(), event("moderation", 1, CASE, time=stamp(days=3))])
    (path,) = {part.split("#")[0] for part in guild.get(ROOM).text.split(f'action="{DESK}/cases/')[1:]}
    assert decided(guild, f"{DESK}/cases/{path}", "dismiss", case=str(CASE["case"])).is_redirect
    page = flat(guild.get(ROOM).text)
    assert "None that the book knows of." in page
    assert "was decided" not in page.partition('id="fairness"')[2].partition('id="cases"')[0]
    assert "Bo" in guild.get(f"{DESK}/trail").text


@pytest.mark.parametrize("position", ["0", "1", "99", "9007199254740993"])
def test_only_an_open_case_is_decided(guild: Guild, position: str):
    opened(guild)
    assert decided(guild, f"{DESK}/cases/{position}", "uphold").status_code in {404, 422}


def test_a_refused_form_is_told_where_one_reads_first(guild: Guild):
    guild.tell(a_spring())
    page = send(guild, guild.sign_in(), f"{DESK}/awards", member="nobody", badge="sharer", reason="kind").text
    assert "<title>Nothing was recorded: Review" in page
    assert 'id="give-wrong" tabindex="-1"' in page
    assert "<title>Review" in guild.get(ROOM).text


def test_the_room_says_first_how_much_waits_where(guild: Guild):
    guild.tell([*a_spring(), event("moderation", 1, CASE, time=stamp(days=3))])
    page = guild.get(ROOM).text
    assert '<a href="#cases">Open cases <strong>1</strong></a>' in page
    assert '<a href="#doubts">Badges in doubt <strong>0</strong></a>' in page
