"""Invitations to lead: she finds it on her page and gets a letter; to answer is hers alone, and no platform's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.api.celebrating.test_celebrations import consent, stamp
from tests.api.celebrating.test_mail import Post, post, server
from tests.api.desk.forms import DESK, flat, send
from tests.api.desk.test_leaders import ROOM, do, holding, in_days
from tests.api.people import COMMUNITY, a_spring, account, contribution, event

if TYPE_CHECKING:
    from email.message import EmailMessage

    from httpx2 import Response
    from starlette.testclient import TestClient

    from tests.api.conftest import Guild

__all__ = ["post", "server"]  # fixtures
WORDS = "You opened <every> door."


def page_of(guild: Guild, who: str = "ada") -> str:
    return f"/c/{COMMUNITY}/m/{guild.member(who)}"


def answer(guild: Guild, browser: TestClient, said: str, who: str = "ada", **more: str) -> Response:
    return send(guild, browser, f"{page_of(guild, who)}/invitation", **{"role": "host", "answer": said} | more)


@pytest.fixture
def invited(guild: Guild) -> Guild:
    """Give a guild in which Ada is asked to be host."""
    guild.tell(a_spring())
    told = do(guild, guild.sign_in(), "invite", reason=WORDS)
    assert told.headers["location"] == f"{ROOM}?done=invited#invited"
    return guild


def test_she_sees_it_and_takes_it(invited: Guild):
    ada, manager = invited.sign_in("member", invited.member()), invited.sign_in()
    page = flat(ada.get(page_of(invited)).text)
    assert "Would you lead as Host?" in page
    assert "You opened &lt;every&gt; door." in page
    assert "It is a loan: a term of 90 days" in page
    seen = flat(manager.get(page_of(invited)).text)
    assert "There is no answer yet." in seen
    assert "Yes, I will" not in seen
    assert "asked on" in flat(manager.get(ROOM).text)
    done = answer(invited, ada, "accept", reason="With joy.")
    assert (done.status_code, done.headers["location"]) == (303, page_of(invited))
    assert "Would you lead" not in ada.get(page_of(invited)).text
    (held,) = holding(invited)
    assert held["member"] == invited.member()
    assert answer(invited, ada, "accept").status_code == 409
    assert "“With joy.”" in manager.get(f"{DESK}/trail").text


def test_she_says_no_and_comes_last(invited: Guild):
    ada = invited.sign_in("member", invited.member())
    assert answer(invited, ada, "decline").is_redirect
    assert "Would you lead" not in ada.get(page_of(invited)).text
    assert holding(invited) == []
    assert "declined on" in invited.get(ROOM).text
    assert answer(invited, ada, "accept").status_code == 409


def test_nobody_else_answers_for_her(invited: Guild):
    bo, manager = invited.sign_in("member", invited.member("bo")), invited.sign_in()
    ada = invited.sign_in("member", invited.member())
    assert answer(invited, bo, "accept").status_code == 404
    assert answer(invited, manager, "accept").status_code == 403
    assert answer(invited, ada, "accept", csrf="guessed").status_code == 403
    assert invited.client.post(f"{page_of(invited)}/invitation", data={"answer": "accept"}).status_code == 401
    assert holding(invited) == []


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"answer": "perhaps"}, 422),
        ({"answer": "accept", "reason": "x" * 1_001}, 422),
        ({"answer": "accept", "reason": "\0"}, 422),
        ({"answer": "accept", "role": "admiral"}, 409),
        ({"answer": "accept", "role": ""}, 409),
    ],
)
def test_an_answer_that_is_none_records_nothing(invited: Guild, fields: dict[str, str], status: int):
    ada, before = invited.sign_in("member", invited.member()), invited.here.book.head(COMMUNITY)
    assert answer(invited, ada, **{"said": fields.pop("answer"), **fields}).status_code == status
    assert invited.here.book.head(COMMUNITY) == before


def test_what_a_platform_says_of_nominations_is_no_invitation(guild: Guild):
    guild.tell(a_spring())
    data = {"member": account("ada"), "kind": "role", "value": "host", "change": "nominated", "by": account("bo")}
    guild.tell([event("assignment", 1, data, time=stamp(days=1))])
    ada = guild.sign_in("member", guild.member())
    assert "Would you lead" not in ada.get(page_of(guild)).text
    assert answer(guild, ada, "accept").status_code == 409
    assert holding(guild) == []


def test_a_seat_that_was_taken_meanwhile_is_not_taken_twice(guild: Guild):
    charter = guild.get(f"/communities/{COMMUNITY}/charter").json()["document"]
    charter["leader_roles"][0]["seats"] = 1
    guild.here.book.publish_charter(COMMUNITY, charter, effective=0, by="test")
    guild.tell([*a_spring(), *(contribution(f"d{n}", "di") for n in range(3))])
    browser = guild.sign_in()
    assert do(guild, browser, "invite").is_redirect
    assert do(guild, browser, "appoint", "di", until=in_days(9)).is_redirect
    ada = guild.sign_in("member", guild.member())
    page = ada.get(page_of(guild)).text
    assert "All its seats are taken just now." in page
    assert "Yes, I will" not in page
    assert answer(guild, ada, "accept").status_code == 409
    assert answer(guild, ada, "decline").is_redirect


def asking(post: Post) -> list[EmailMessage]:
    """Return the letters that asked whether she would lead."""
    return [each for each in post.server.took if "would you lead" in each["Subject"]]


def test_a_letter_goes_to_whom_asked_for_mail_and_to_nobody_else(post: Post):
    post.confirmed()
    post.tell(*a_spring()[:3])
    browser = post.guild.sign_in()
    assert do(post.guild, browser, "invite", reason="You opened every door.").is_redirect
    post.go()
    (letter,) = asking(post)
    assert letter["To"] == "ada@example.org"
    assert "The Makers asks you: would you lead as Host?" in letter["Subject"]
    body = letter.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert "- You opened every door." in text
    assert f"{page_of(post.guild)}#invited-host" in text
    post.go()
    assert len(asking(post)) == 1


def test_no_letter_once_she_answered_or_took_back_her_consent(post: Post):
    post.confirmed()
    post.tell(*a_spring()[:3])
    assert do(post.guild, post.guild.sign_in(), "invite").is_redirect
    post.announcer.run_once()
    assert answer(post.guild, post.ada, "decline").is_redirect
    post.go()
    assert asking(post) == []
    post.guild.tell([consent("ada", "withdrawn")])
    assert do(post.guild, post.guild.sign_in(), "invite").is_redirect
    post.go()
    assert asking(post) == []


def taking_back(guild: Guild, browser: TestClient, who: str = "ada") -> Response:
    return do(guild, browser, "withdraw", who)


def test_an_invitation_is_taken_back_before_it_is_answered_and_she_is_told(invited: Guild):
    ada, manager = invited.sign_in("member", invited.member()), invited.sign_in()
    assert "Take it back" in manager.get(ROOM).text
    done = taking_back(invited, manager)
    assert (done.status_code, done.headers["location"]) == (303, f"{ROOM}?done=withdrawn#invited")
    told = flat(manager.get(done.headers["location"]).text)
    assert "The invitation is taken back, and her page says so." in told
    assert "asked on" not in told
    page = flat(ada.get(page_of(invited)).text)
    assert "Would you lead" not in page
    assert "The invitation to lead as Host was taken back" in page
    assert answer(invited, ada, "accept").status_code == 409
    assert taking_back(invited, manager).status_code == 409
    assert holding(invited) == []
    assert "withdrawn" in flat(manager.get(f"{DESK}/trail").text).lower()


def test_who_was_invited_twice_is_invited_no_more_and_may_be_again(invited: Guild):
    ada, manager = invited.sign_in("member", invited.member()), invited.sign_in()
    assert do(invited, manager, "invite", sure="yes").is_redirect
    assert taking_back(invited, manager).is_redirect
    assert "Would you lead" not in ada.get(page_of(invited)).text
    assert do(invited, manager, "invite").is_redirect
    page = ada.get(page_of(invited)).text
    assert "Would you lead as Host?" in page
    assert "was taken back" not in page
    assert answer(invited, ada, "accept").is_redirect
    assert taking_back(invited, manager).status_code == 409
    assert len(holding(invited)) == 1
    assert "was taken back" not in ada.get(page_of(invited)).text


def test_a_program_takes_an_invitation_back(invited: Guild):
    bearer = {"Authorization": f"Bearer {invited.manager}"}
    path, said = f"/communities/{COMMUNITY}/invitations/withdrawal", {"member": invited.member(), "role": "host"}
    assert invited.client.post(path, json=said | {"role": "admiral"}, headers=bearer).status_code == 409
    assert invited.client.post(path, json=said | {"member": "nobody"}, headers=bearer).status_code == 422
    told = invited.client.post(path, json=said, headers=bearer)
    assert told.status_code == 201, told.text
    assert told.json() == said | {"withdrawn": 1, "position": invited.here.book.head(COMMUNITY)}
    assert invited.client.post(path, json=said, headers=bearer).status_code == 409


def test_what_a_platform_nominated_is_not_ours_to_take_back(guild: Guild):
    guild.tell(a_spring())
    data = {"member": account("ada"), "kind": "role", "value": "host", "change": "nominated", "by": account("bo")}
    guild.tell([event("assignment", 1, data, time=stamp(days=1))])
    browser = guild.sign_in()
    assert "Take it back" not in browser.get(ROOM).text
    assert taking_back(guild, browser).status_code == 409


def test_no_letter_of_what_was_taken_back(post: Post):
    post.confirmed()
    post.tell(*a_spring()[:3])
    manager = post.guild.sign_in()
    assert do(post.guild, manager, "invite").is_redirect
    post.announcer.run_once()
    assert taking_back(post.guild, manager).is_redirect
    post.go()
    assert asking(post) == []
