"""What members, managers and platforms ask of a community, and how it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml

from tests.api.people import CHARTER, COMMUNITY, contribution, endorsement, event

if TYPE_CHECKING:
    from tests.api.conftest import Guild

BASE = f"/communities/{COMMUNITY}"
YAML = "application/yaml"


def put(guild: Guild, body: bytes | str, media: str = YAML, path: str = "charter", **query: str):
    headers = {"Authorization": f"Bearer {guild.manager}", "Content-Type": media}
    method = "PUT" if path == "charter" else "POST"
    return guild.client.request(method, f"{BASE}/{path}", content=body, headers=headers, params=query)


def test_an_account_has_one_member(spring: Guild):
    ada = spring.get(f"{BASE}/accounts/forum/ada", spring.reader)
    assert ada.status_code == 200
    assert len(ada.json()["member"]) == 26
    assert spring.get(f"{BASE}/accounts/forum/nobody").status_code == 404
    assert spring.get(f"{BASE}/accounts/forum/ada?realm=other").status_code == 404
    for odd in ("forum/%00", "F/ada", "forum/" + "x" * 300, "forum/a%2Fb"):
        assert spring.get(f"{BASE}/accounts/{odd}").status_code == 404


def test_an_account_with_a_slash_in_its_id(guild: Guild):
    guild.tell([contribution(1, "team/ada")])
    assert guild.get(f"{BASE}/accounts/forum/team/ada").status_code == 200


def test_a_standing(spring: Guild):
    told = spring.get(f"{BASE}/members/{spring.member()}/standing").json()
    assert (told["member"], told["community"]) == (spring.member(), COMMUNITY)
    assert (told["level"], told["level_name"]) == (2, "Maker")
    assert [each["role"] for each in told["eligible"]] == ["host"]
    assert [each["badge"] for each in told["badges"]] == ["sharer"]
    assert told["progress"]["level"] == 3
    assert told["position"] == spring.here.book.head(COMMUNITY)


def test_a_verdict_says_why(spring: Guild):
    told = spring.get(f"{BASE}/members/{spring.member()}/verdicts/maker").json()
    assert (told["rule"], told["met"]) == ("maker@2", True)
    shared, endorsed, _ = told["tree"]["of"]
    assert (shared["have"], shared["need"], len(shared["evidence"])) == (3, 2, 3)
    assert (endorsed["have"], endorsed["met"]) == (2, True)
    assert told["hash"].startswith("sha256:")

    missing = spring.get(f"{BASE}/members/{spring.member('bo')}/verdicts/maker").json()
    assert (missing["met"], len(missing["missing"])) == (False, 2)
    assert spring.get(f"{BASE}/members/{spring.member()}/verdicts/unheard-of").status_code == 404
    assert spring.get(f"{BASE}/members/{spring.member()}/verdicts/%00").status_code == 404


def test_another_day(spring: Guild):
    path = f"{BASE}/members/{spring.member()}/standing"
    assert spring.get(f"{path}?as_of=2026-03-01T09:30:00Z").json()["level"] == 1
    assert spring.get(f"{path}?as_of=2026-03-01T10:30:00+01:00").json()["level"] == 1
    assert spring.get(f"{path}?as_of=2026-02-01T00:00:00Z").json()["level"] == 0
    unknown_then = spring.get(f"{path}?known_at=2026-01-01T00:00:00Z")
    assert unknown_then.status_code in {200, 404}


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("as_of=yesterday", "/query/as_of"),
        ("known_at=2026-13-01T00:00:00Z", "/query/known_at"),
        ("after=-1", "/query/after"),
        ("after=soon", "/query/after"),
        ("after=99999999999999999999", "/query/after"),
        ("after=1000000", "/query/after"),
    ],
)
def test_a_bad_question_is_told(spring: Guild, query, pointer):
    answer = spring.get(f"{BASE}/members/{spring.member()}/standing?{query}")
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_after_waits_until_it_counts(guild: Guild):
    position = guild.post(contribution(1)).json()["position"]
    told = guild.get(f"{BASE}/members/{guild.member()}/standing?after={position}").json()
    assert (told["level"], told["position"] >= position) == (1, True)


def test_after_gives_up_in_time(guild: Guild):
    guild.here.background.followers[0].following.stop()
    position = guild.post(contribution(1)).json()["position"]
    answer = guild.get(f"{BASE}/members/{guild.member()}/standing?after={position}")
    assert answer.status_code == 503
    assert answer.headers["retry-after"]


def test_linked_accounts_are_one_member(guild: Guild):
    linked = event(
        "identity",
        1,
        {
            "member": {"platform": "forum", "id": "ada"},
            "account": {"platform": "chat", "id": "ada-l"},
            "change": "linked",
            "method": "admin",
        },
    )
    chat = contribution(2)
    chat["data"]["author"] = {"platform": "chat", "id": "ada-l"}
    guild.tell([contribution(1), chat])
    before = guild.get(f"{BASE}/accounts/chat/ada-l").json()["member"]
    assert before != guild.member()

    row = guild.post(linked, key=guild.linker).json()
    guild.here.standings.wait(COMMUNITY, row["position"])

    assert guild.get(f"{BASE}/accounts/chat/ada-l").json()["member"] == guild.member()
    told = guild.get(f"{BASE}/members/{before}/standing").json()
    assert (told["member"], told["acts"]) == (guild.member(), 2)


def test_a_link_without_the_scope_is_a_proposal(guild: Guild):
    linked = event(
        "identity",
        1,
        {
            "member": {"platform": "forum", "id": "ada"},
            "account": {"platform": "chat", "id": "ada-l"},
            "change": "linked",
            "method": "admin",
        },
    )
    guild.tell([contribution(1), linked])
    assert guild.get(f"{BASE}/accounts/chat/ada-l").json()["member"] != guild.member()


def test_a_charter_is_published_once(guild: Guild):
    changed = CHARTER.replace("name: The Makers", "name: The New Makers")
    first = put(guild, changed)
    assert (first.status_code, first.json()["version"]) == (201, 2)
    again = put(guild, changed)
    assert (again.status_code, again.json()["version"], again.json()["published"]) == (200, 2, False)

    shown = guild.get(f"{BASE}/charter").json()
    assert (shown["version"], shown["document"]["name"]) == (2, "The New Makers")
    as_json = guild.client.put(
        f"{BASE}/charter", json=yaml.safe_load(CHARTER), headers={"Authorization": f"Bearer {guild.manager}"}
    )
    assert (as_json.status_code, as_json.json()["version"]) == (201, 3)


@pytest.mark.parametrize(
    ("body", "media", "status"),
    [
        (b"", YAML, 422),
        (b"- a list", YAML, 422),
        (b"a: [1", YAML, 422),
        (b"a: &a [x]\nb: *a", YAML, 422),
        (b"charter: 1\nname: x\nrules: []\nmore: 1", YAML, 422),
        (b"charter: 1\ncharter: 1\nname: x\nrules: []", YAML, 422),
        (b"!!python/object/apply:os.system [ls]", YAML, 422),
        (b"[" * 3_000, YAML, 422),
        (b"\xff\xfe", YAML, 400),
        (b"a: \x00", YAML, 422),
        (b"{", "application/json", 400),
        (b"[]", "application/json", 422),
        (b'"charter: 1"', "application/json", 422),
        (b"[" * 20_000, "application/json", 400),
        (b"x" * 300_000, YAML, 422),
        (b"x" * 3_000_000, YAML, 413),
        (b"a: 1", "text/html", 415),
    ],
)
@pytest.mark.parametrize("path", ["charter", "charter/simulate"])
def test_a_bad_charter_is_told(spring: Guild, body, media, status, path):
    answer = put(spring, body, media, path)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert spring.get(f"{BASE}/charter").json()["version"] == 1


def test_every_fault_of_a_charter_has_its_place(spring: Guild):
    broken = CHARTER.replace("kind: resource", "kind: poem").replace("grants: {badge: sharer}", "grants: {badge: none}")
    answer = put(spring, broken)
    assert answer.status_code == 422
    assert {error["pointer"].split("/")[1] for error in answer.json()["errors"]} == {"rules"}
    lines = broken.splitlines()
    places = [(lines[error["line"] - 1], error["column"]) for error in answer.json()["errors"]]
    assert [line[column - 1 :][:4] for line, column in places] == ["poem", "none"]
    assert put(spring, CHARTER, effective="soon").status_code == 422


def test_what_another_charter_would_change(guild: Guild):
    guild.tell([contribution(1), contribution(2), endorsement(1, "bo")])
    stricter = CHARTER.replace("at_least: 2, label: Shared twice", "at_least: 9, label: Shared 9 times")
    told = put(guild, stricter, path="charter/simulate").json()
    assert [(loss["member"], loss["value"]) for loss in told["losses"]] == [(guild.member(), "sharer")]
    assert guild.get(f"{BASE}/charter").json()["version"] == 1


def test_a_community_without_a_charter(guild: Guild):
    elsewhere = "/communities/bakers"
    assert guild.get(f"{elsewhere}/charter", guild.stranger).status_code == 404
    assert guild.client.get("/c/bakers").status_code == 200
    told = guild.post(contribution(1) | {"community": "bakers"}, key=guild.stranger).json()
    guild.here.standings.wait(COMMUNITY, told["position"])
    member = guild.get(f"{elsewhere}/accounts/forum/ada", guild.stranger).json()["member"]
    assert guild.get(f"{elsewhere}/members/{member}/standing", guild.stranger).json()["level"] == 0
    assert guild.get("/manage/bakers", guild.stranger).status_code == 200
    assert guild.get(f"/c/bakers/m/{member}", guild.stranger).status_code == 200
