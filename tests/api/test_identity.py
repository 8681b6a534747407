"""Who is who: a manager sees what is proposed, why and what it would change; decides; and can undo all of it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.people import COMMUNITY, a_spring, account, contribution, endorsement, event
from tests.api.test_cli import Shell

if TYPE_CHECKING:
    from pathlib import Path

    from httpx2 import Response

    from tests.api.conftest import Guild

IDENTITY = f"/communities/{COMMUNITY}/identity"
ON_GIT = {"platform": "git", "id": "ada-on-git"}


def claim(number: int, change: str = "linked", **more: Any) -> dict[str, Any]:
    data = {"member": account("ada"), "account": ON_GIT, "change": change, "method": "oauth"}
    return event("identity", number, data | more)


@pytest.fixture
def proposed(guild: Guild) -> Guild:
    """Give a guild in which a forum proposes that Ada is somebody on git, who endorsed her."""
    work = contribution("g1", name="", author="ada")
    work["data"] |= {"author": {**ON_GIT, "name": "A. Lovelace"}}
    work["data"].pop("name")
    voice = endorsement(3)
    voice["data"] |= {"endorser": ON_GIT}
    guild.tell([*a_spring(), work, voice])
    guild.tell([claim(1, proof="She signed in to git from her profile.")])
    return guild


def decide(guild: Guild, decision: str, one: str, other: str, key: str | None = None, **more: str) -> Response:
    bearer = {"Authorization": f"Bearer {key or guild.manager}"}
    body = {"one": one, "other": other, **more}
    return guild.client.post(f"{IDENTITY}/{decision}", json=body, headers=bearer)


def decided(guild: Guild, decision: str, one: str = "forum:ada", other: str = "git:ada-on-git") -> dict[str, Any]:
    done = decide(guild, decision, one, other, reason="we asked her")
    assert done.status_code == 201, done.text
    assert guild.here.standings.wait(COMMUNITY, done.json()["position"])
    told: dict[str, Any] = done.json()
    return told


def member_of(guild: Guild, platform: str, name: str) -> str:
    return str(guild.get(f"/communities/{COMMUNITY}/accounts/{platform}/{name}").json()["member"])


def test_a_proposal_says_why_and_what_it_would_change(proposed: Guild):
    answer = proposed.get(IDENTITY)
    told = answer.json()
    (one,) = told["proposals"]
    assert (told["open"], one["change"]) == (1, "linked")
    assert one["why"] == ["a platform reported it: signed in to both"]
    assert one["proof"] == ["She signed in to git from her profile."]
    names = {(each["platform"], each["known_as"], each["name"]) for each in (one["one"], one["other"])}
    assert names == {("forum", "ada", "Ada of the Forum"), ("git", "ada-on-git", "A. Lovelace")}
    assert [(each["level"], each["acts"]) for each in one["effect"]["before"]] == [(2, 3), (1, 2)]
    assert [(each["level"], each["acts"]) for each in one["effect"]["after"]] == [(2, 4)]
    assert one["effect"]["own_endorsements"] == 1
    assert one["effect"]["words"] == [
        "Maker and Member now; Maker then",
        "1 endorsement would not count any more: it would be of oneself",
    ]
    assert "effect" not in proposed.get(f"{IDENTITY}?effects=false").json()["proposals"][0]
    assert not re.search(r"[0-9A-HJKMNP-TV-Z]{26}", answer.text)  # no account


def test_what_is_confirmed_is_so_and_always_was(proposed: Guild):
    ada, git = member_of(proposed, "forum", "ada"), member_of(proposed, "git", "ada-on-git")
    assert ada != git
    told = decided(proposed, "confirm")
    assert [(each["one"], each["other"], each["change"]) for each in told["changes"]] == [(ada, git, "linked")]
    assert member_of(proposed, "git", "ada-on-git") == ada
    standing = proposed.get(f"/communities/{COMMUNITY}/members/{git}/standing").json()  # her other id leads to her
    assert (standing["member"], standing["acts"]) == (ada, 4)
    page = proposed.sign_in().get(f"/c/{COMMUNITY}/m/{git}", follow_redirects=False)
    assert (page.status_code, page.headers["location"]) == (307, f"/c/{COMMUNITY}/m/{ada}")
    after = proposed.get(IDENTITY).json()
    assert (after["open"], [each["member"] for each in after["people"]]) == (0, [ada])
    assert decide(proposed, "confirm", ada, git).status_code == 409
    assert decide(proposed, "link", ada, git).status_code == 409
    decided(proposed, "unlink", git, ada)  # and all of it can be undone
    assert member_of(proposed, "git", "ada-on-git") == git
    assert proposed.get(IDENTITY).json()["people"] == []
    assert decide(proposed, "unlink", ada, git).status_code == 409
    decided(proposed, "link")
    assert member_of(proposed, "git", "ada-on-git") == ada


def test_what_is_rejected_stays_so_until_a_platform_reports_it_anew(proposed: Guild):
    decided(proposed, "reject")
    assert proposed.get(IDENTITY).json()["open"] == 0
    assert member_of(proposed, "git", "ada-on-git") != member_of(proposed, "forum", "ada")
    assert decide(proposed, "reject", "forum:ada", "git:ada-on-git").status_code == 409
    proposed.tell([claim(2, method="email")])
    (one,) = proposed.get(IDENTITY).json()["proposals"]
    assert one["why"] == ["a platform reported it: it knows both by one e-mail address"]


def test_a_proposal_that_two_are_not_one_person(proposed: Guild):
    decided(proposed, "confirm")
    proposed.tell([claim(3, "unlinked")])
    (one,) = proposed.get(IDENTITY).json()["proposals"]
    assert (one["change"], len(one["effect"]["before"]), len(one["effect"]["after"])) == ("unlinked", 1, 2)
    decided(proposed, "reject")
    assert proposed.get(IDENTITY).json()["open"] == 0
    proposed.tell([claim(4, "unlinked")])
    decided(proposed, "confirm")
    assert member_of(proposed, "git", "ada-on-git") != member_of(proposed, "forum", "ada")


def test_names_and_addresses_suggest_who_is_who_and_nothing_of_it_is_recorded(guild: Guild):
    guild.tell(a_spring())
    work = contribution("g1")
    work["data"]["author"] = {**ON_GIT, "name": "ada of the forum"}
    guild.tell([work])
    (one,) = guild.get(IDENTITY).json()["proposals"]
    assert (one["why"], one["facts"]) == (["both have the same name"], [])
    assert "identity.v1" not in {fact.topic for fact in guild.here.book.read(COMMUNITY, 0, 100)}
    decided(guild, "reject")
    assert guild.get(IDENTITY).json()["open"] == 0
    for number, who in ((2, ON_GIT), (3, account("ada"))):
        again = contribution(f"g{number}", time="2026-03-05T10:00:00Z")
        again["data"]["author"] = {**who, "name": "Ada of the Forum", "email": "ada@x.example"}
        guild.tell([again])
    (one,) = guild.get(IDENTITY).json()["proposals"]  # by what was not known then
    assert one["why"] == ["both have the same e-mail address", "both have the same name"]
    assert "ada@x.example" not in guild.get(IDENTITY).text
    decided(guild, "confirm")
    assert member_of(guild, "git", "ada-on-git") == guild.member()


@pytest.mark.parametrize(
    ("one", "other", "pointer"),
    [("forum:nobody", "forum:ada", "/one"), ("forum:ada", "a" * 26, "/other"), ("forum:ada", "forum:ada", "/other")],
)
def test_an_account_that_is_not_there_is_named(proposed: Guild, one: str, other: str, pointer: str):
    refused = decide(proposed, "link", one, other)
    assert refused.status_code == 422
    assert [each["pointer"] for each in refused.json()["errors"]] == [pointer]


def test_who_may_decide(proposed: Guild):
    for key in (proposed.poster, proposed.linker, proposed.reader):
        assert decide(proposed, "confirm", "forum:ada", "git:ada-on-git", key).status_code == 403
    assert decide(proposed, "confirm", "forum:ada", "git:ada-on-git", proposed.stranger).status_code == 404
    assert decide(proposed, "merge", "forum:ada", "git:ada-on-git").status_code == 422
    assert decide(proposed, "link", "forum:ada", "").status_code == 422
    assert proposed.get(IDENTITY).json()["open"] == 1


def test_somebody_erased_is_not_proposed(proposed: Guild):
    git = member_of(proposed, "git", "ada-on-git")
    bearer = {"Authorization": f"Bearer {proposed.manager}"}
    assert proposed.client.delete(f"/communities/{COMMUNITY}/members/{git}", headers=bearer).status_code == 204
    assert proposed.get(IDENTITY).json()["open"] == 0
    assert decide(proposed, "confirm", "forum:ada", git).status_code in {410, 422}


def test_from_the_shell(tmp_path: Path):
    shell = Shell(tmp_path / "data")
    shell("init", "bar", "--preset", "open-source")
    lines = []
    for platform, name in (("git", "Ada Lovelace"), ("forum", "Ada Lovelace")):
        work = contribution(platform) | {"community": "bar"}
        work["data"]["author"] = {"platform": platform, "id": "ada", "name": name}
        lines.append(work)
    events = tmp_path / "events.json"
    events.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    shell("import", str(events))
    told = shell("accounts", "list", "bar").output
    assert "may be one person" in told
    assert "both have the same name" in told
    (one,) = shell.json("accounts", "list", "bar")["proposals"]
    assert "are one person's" in shell("accounts", "confirm", "bar", one["one"]["id"], one["other"]["id"]).output
    assert "One person: Ada Lovelace (git:ada) and Ada Lovelace (forum:ada)" in shell("accounts", "list", "bar").output
    assert "already" in shell("accounts", "link", "bar", "git:ada", "forum:ada", code=1).output
    assert "are not one person's" in shell("accounts", "unlink", "bar", "git:ada", "forum:ada").output
    assert shell.json("accounts", "link", "bar", "git:ada", "forum:ada")["changes"][0]["change"] == "linked"
    assert "Nothing is proposed." in shell("accounts", "list", "bar").output
    assert "nothing is proposed" in shell("accounts", "reject", "bar", "git:ada", "forum:ada", code=1).output
