"""The leaders' door and the door of assignments, by HTTP and from the shell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from schemas import format_time
from tests.api.people import COMMUNITY, a_spring, contribution

if TYPE_CHECKING:
    from httpx2 import Response

    from tests.api.conftest import Guild

BASE = f"/communities/{COMMUNITY}"
PARTS = {
    "as_of", "eligible", "holding", "ending", "overdue", "nominated", "coming", "resting", "vacant", "successors",
    "handovers", "load", "mentors", "cohorts", "member_led",
}  # fmt: skip


def assign(guild: Guild, who: str = "ada", change: str = "started", *, key: str = "", **more: Any) -> Response:
    body = {"member": guild.member(who), "value": "host", "change": change, **more}
    body = {name: value for name, value in body.items() if value is not None}
    headers = {"Authorization": f"Bearer {key or guild.manager}"}
    answer = guild.client.post(f"{BASE}/assignments", json=body, headers=headers)
    if answer.is_success:
        assert guild.here.standings.wait(COMMUNITY, answer.json()["position"])
    return answer


def leaders(guild: Guild, query: str = "") -> dict[str, Any]:
    found: dict[str, Any] = guild.get(f"{BASE}/leaders{query}").json()
    return found


def test_leaders(spring: Guild):
    told = leaders(spring)
    ada = spring.member()
    assert [(each["member"], each["role"]) for each in told["eligible"]] == [(ada, "host")]
    assert set(told["eligible"][0]) == {"member", "role", "since"}
    assert set(told) == PARTS
    assert "account" not in str(told)
    (host,) = told["successors"]
    assert (host["next"][0]["member"], host["next"][0]["met"]) == (ada, ["Shared 3 times (3)"])
    assert leaders(spring, "?explained=0")["successors"][0]["next"][0]["met"] == []
    assert leaders(spring, "?as_of=2026-03-02T00:00:00Z")["eligible"] == []
    assert spring.get(f"{BASE}/leaders?as_of=yesterday").status_code == 422
    assert spring.get(f"{BASE}/leaders?explained=99").status_code == 422


def test_a_term_from_nomination_to_its_end(guild: Guild):
    guild.tell(a_spring())
    ada = guild.member()
    assert assign(guild, change="nominated").status_code == 201
    assert [each["member"] for each in leaders(guild)["nominated"]] == [ada]
    started = assign(guild, reason="She asked, and everyone agreed.")
    assert started.json()["outcome"] == "stored"
    assert started.json()["notes"][0].startswith("no end was said: by the charter it is ")
    told = leaders(guild)
    assert (told["nominated"], told["eligible"], [each["member"] for each in told["holding"]]) == ([], [], [ada])
    assert guild.get(f"{BASE}/members/{ada}/standing").json()["roles"] == ["host"]
    refused = assign(guild)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/change")
    assert assign(guild, change="ended").status_code == 201
    assert leaders(guild)["holding"] == []
    (fact,) = [
        fact
        for fact in guild.here.book.read(COMMUNITY, 0, 1000)
        if fact.topic == "assignment.v1" and fact.open["change"] == "started"
    ]
    assert guild.here.book.reveal(COMMUNITY, [fact])[0]["reason"] == "She asked, and everyone agreed."


def test_with_its_own_time_it_can_be_sent_again(guild: Guild):
    guild.tell(a_spring())
    when = "2026-03-05T10:00:00Z"
    first, again = (assign(guild, time=when) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert (again.json()["outcome"], again.json()["position"]) == ("duplicate", first.json()["position"])
    assert assign(guild, time=when, reason="another").status_code == 409


def test_a_mentor_pair_and_who_could_guide_whom(guild: Guild):
    guild.tell(a_spring())
    done = assign(guild, kind="mentor", counterpart=guild.member("bo"), value=None)
    assert (done.status_code, done.json()["value"]) == (201, "pair")
    (pair,) = leaders(guild)["mentors"]["open"]
    assert (pair["member"], pair["mentored"]) == (guild.member(), {"member": guild.member("bo")})
    assert assign(guild, kind="mentor", counterpart=guild.member(), value=None).json()["errors"] == [
        {"pointer": "/counterpart", "message": "wanted somebody else to be guided, got herself"}
    ]
    # whoever she guided is forgotten, and with him the pair
    taken = guild.client.delete(
        f"{BASE}/members/{guild.member('bo')}", headers={"Authorization": f"Bearer {guild.manager}"}
    )
    assert taken.status_code == 204
    assert guild.here.standings.wait(COMMUNITY, guild.here.book.head(COMMUNITY))
    assert leaders(guild)["mentors"]["open"] == []


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"value": "hots"}, "/value"),
        ({"change": "begun"}, "/change"),
        ({"kind": "roll"}, "/kind"),
        ({"member": "a" * 26}, "/member"),
        ({"member": 7}, "/member"),
        ({"change": None}, "/change"),
        ({"counterpart": "a" * 26}, "/counterpart"),
        ({"period": {"start": "2026-05-01T00:00:00Z", "end": "2026-04-01T00:00:00Z"}}, "/period/end"),
        ({"period": {"begin": "2026-05-01T00:00:00Z"}}, "/period"),
        ({"period": "soon"}, "/period"),
        ({"period": {"start": "soon"}}, "/period/start"),
        ({"time": 7}, "/time"),
        ({"surprise": 1}, "/surprise"),
        ({"reason": "x" * 1001}, "/reason"),
        ({"kind": "team", "value": "No Slug!"}, "/value"),
        ({"kind": ["role"]}, "/kind"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_place(spring: Guild, more: dict[str, Any], pointer: str):
    head = spring.here.book.head(COMMUNITY)
    body: dict[str, Any] = {"change": "started", **more}
    answer = assign(spring, **body)
    assert answer.status_code == 422, answer.text
    assert pointer in [each["pointer"] for each in answer.json()["errors"]], answer.text
    assert spring.here.book.head(COMMUNITY) == head


def test_bodies_that_are_none(spring: Guild):
    headers = {"Authorization": f"Bearer {spring.manager}"}

    def status(content: bytes, media: str = "application/json") -> int:
        sent = headers | {"Content-Type": media}
        return int(spring.client.post(f"{BASE}/assignments", content=content, headers=sent).status_code)

    assert status(b"{}", "text/plain") == 415
    assert status(b"{") == 400
    assert status(b"[]") == 422
    assert status(b"{}") == 422
    assert status(b'"' + b"x" * 20_000 + b'"') == 413
    assert assign(spring, key=spring.poster).status_code == 403
    assert assign(spring, key=spring.stranger).status_code == 404


def test_a_role_held_by_hand_is_held_at_once_and_what_rests_on_it_follows(guild: Guild):
    """One request, one fact; the page of the manager names her."""
    lately = format_time(guild.here.book.read(COMMUNITY, 0, 10)[-1].recorded)
    guild.tell([contribution(f"{who}-{n}", who, time=lately) for who in ("ada", "bo", "cy") for n in range(3)])
    assert assign(guild, "cy", period={"start": lately}).json()["notes"][0].startswith("no end was said")
    assert assign(guild, kind="mentor", counterpart=guild.member("bo"), value=None).status_code == 201
    page = " ".join(guild.sign_in().get(f"/manage/{COMMUNITY}/leaders").text.split())
    cy, ada = guild.member("cy"), guild.member()
    assert f'<h3><a href="/c/{COMMUNITY}/m/{cy}">Cy of the Forum</a></h3> <p>Host <span' in page
    assert f'<a href="/c/{COMMUNITY}/m/{ada}">Ada of the Forum</a> guides' in page
    assert "has not led in this role yet" in page
    assert "Missing: 47 more active members: 3 of 50 acted in the last 90 days." in page
