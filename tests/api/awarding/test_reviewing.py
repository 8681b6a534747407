"""A manager finds the badges that lost their ground, with reasons, and decides; nobody else learns of it."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.people import COMMUNITY, a_spring, event
from tests.api.test_cli import Shell, _event

if TYPE_CHECKING:
    from pathlib import Path

    from httpx2 import Response

    from tests.api.conftest import Guild

REVIEWS = f"/communities/{COMMUNITY}/reviews"


def withdrawal(number: object) -> dict[str, Any]:
    data = {"retracts": f"contribution-{number}", "reason": "mistake"}
    return event("retraction", number, data, time="2026-04-01T10:00:00Z")


def decide(guild: Guild, credential: str, key: str | None = None, **said: object) -> Response:
    bearer = {"Authorization": f"Bearer {key or guild.manager}"}
    return guild.client.post(f"{REVIEWS}/{credential}", json=said, headers=bearer)


@pytest.fixture
def doubted(guild: Guild) -> tuple[Guild, str]:
    """Give a guild where two of the three works behind Ada's badge were withdrawn, and the badge's id."""
    guild.tell(a_spring())
    badge = guild.badge()
    guild.tell([withdrawal(1), withdrawal(2)])
    return guild, badge.id


def test_it_is_listed_with_reasons_and_kept_until_something_else_is_lost(doubted: tuple[Guild, str]):
    guild, badge = doubted
    told = guild.get(REVIEWS).json()
    assert told["waiting"] == 1
    (review,) = told["reviews"]
    assert (review["credential"], review["member"], review["badge_name"]) == (badge, guild.member(), "Sharer")
    (why,) = review["why"]
    assert (why["kind"], why["words"]) == ("withdrawn", "2 of the 2 facts it rests on were withdrawn")
    assert [fact["words"] for fact in why["facts"]] == ["Shared a resource"] * 2
    assert (review["missing"], review["proposal"]) == (["Shared twice (1 of 2)"], "revoke")
    assert not re.search(r"[0-9A-HJKMNP-TV-Z]{26}", guild.get(REVIEWS).text)  # no account

    kept = decide(guild, badge, decision="keep", reason="we saw her do it")
    assert (kept.status_code, kept.json()["decision"]) == (201, "keep")
    assert guild.here.standings.wait(COMMUNITY, kept.json()["position"])
    assert guild.get(REVIEWS).json() == {"waiting": 0, "reviews": [], "position": kept.json()["position"]}
    assert [one["kept"] for one in guild.get(f"{REVIEWS}?kept=true").json()["reviews"]] == [True]
    assert decide(guild, badge, decision="keep", reason="again").status_code == 409
    assert guild.get(f"/credentials/{badge}.json").status_code == 200


def test_what_is_revoked_leaves_the_queue_and_is_shown_so(doubted: tuple[Guild, str]):
    guild, badge = doubted
    done = decide(guild, badge, decision="revoke", reason="nothing of it was hers")
    assert done.status_code == 201
    assert guild.here.standings.wait(COMMUNITY, done.json()["position"])
    assert guild.get(REVIEWS).json()["waiting"] == 0
    assert decide(guild, badge, decision="revoke", reason="again").status_code == 409
    found = guild.here.awards.find(badge)
    assert found
    assert found.revoked


def test_a_badge_earned_again_is_the_one_her_standing_names(doubted: tuple[Guild, str]):
    guild, badge = doubted
    done = decide(guild, badge, decision="revoke", reason="nothing of it was hers")
    assert guild.here.standings.wait(COMMUNITY, done.json()["position"])
    again = [each for each in a_spring() if each["id"] in {"contribution-1", "contribution-2"}]
    guild.tell([{**each, "id": f"again-{n}"} for n, each in enumerate(again)])
    deadline = time.monotonic() + 60
    while len(held := guild.here.awards.of(COMMUNITY, guild.here.awards.find(badge).account)) < 2:  # type: ignore[union-attr]
        assert time.monotonic() < deadline, "it was not awarded again"
        time.sleep(0.02)
    told = guild.get(f"/communities/{COMMUNITY}/members/{guild.member()}/standing").json()
    assert [one["credential"] for one in told["badges"]] == [guild.here.awards.url(held[1])]


@pytest.mark.parametrize(
    ("said", "pointers"),
    [
        ({}, {"/decision", "/reason"}),
        ({"decision": "kepe", "reason": "  "}, {"/decision", "/reason"}),
        ({"decision": "keep", "reason": 7, "raeson": "x"}, {"/reason", "/raeson"}),
        ({"decision": "keep", "reason": "x" * 2_001}, {"/reason"}),
    ],
)
def test_a_decision_that_cannot_be_read_says_where(doubted: tuple[Guild, str], said: Any, pointers: set[str]):
    guild, badge = doubted
    refused = decide(guild, badge, **said)
    assert refused.status_code == 422
    assert {each["pointer"] for each in refused.json()["errors"]} == pointers
    assert "did you mean keep?" in decide(guild, badge, decision="kepe", reason="x").text


def test_what_is_no_decision_or_no_credential_is_refused(doubted: tuple[Guild, str]):
    guild, badge = doubted
    bearer = {"Authorization": f"Bearer {guild.manager}", "Content-Type": "application/json"}
    for body, status in ((b"[]", 422), (b"{", 400), (b"x" * 20_000, 413), (b'{"decision":"\\ud800"}', 400)):
        assert guild.client.post(f"{REVIEWS}/{badge}", content=body, headers=bearer).status_code == status
    assert (
        guild.client.post(f"{REVIEWS}/{badge}", headers={"Authorization": bearer["Authorization"]}).status_code == 415
    )
    for name in ("nobody", "00000000-0000-4000-8000-000000000000"):
        assert decide(guild, name, decision="keep", reason="x").status_code == 404
    assert guild.get(f"{REVIEWS}?limit=0").status_code == 422
    for key in (guild.poster, guild.reader):
        assert decide(guild, badge, key, decision="keep", reason="x").status_code == 403
    assert decide(guild, badge, guild.stranger, decision="keep", reason="x").status_code == 404
    assert guild.get(REVIEWS).json()["waiting"] == 1


def test_a_member_sees_nothing_of_it(doubted: tuple[Guild, str]):
    guild, badge = doubted
    for path in (f"/c/{COMMUNITY}/m/{guild.member()}", f"/b/{badge}"):
        page = guild.sign_in("member", guild.member()).get(path).text
        assert "facts it rests on" not in page
        assert "/reviews" not in page


def test_from_the_shell(tmp_path: Path):
    shell = Shell(tmp_path / "data")
    shell("init", "bar", "--preset", "open-source")
    events = tmp_path / "events.jsonl"
    events.write_text(f"{json.dumps(_event(1))}\n", encoding="utf-8")
    shell("import", str(events))
    assert "No badge waits" in shell("review", "bar").output
    gone = _event(9) | {"type": "org.guildbook.retraction.v1", "data": {"retracts": "c1", "reason": "mistake"}}
    events.write_text(f"{json.dumps(gone)}\n", encoding="utf-8")
    shell("import", str(events))
    told = shell("review", "bar").output
    assert "the one fact it rests on was withdrawn" in told
    assert "proposed: revoke" in told
    (one,) = shell.json("review", "bar")["reviews"]
    assert "wanted keep or revoke" in shell("review", "bar", one["credential"], "drop", code=1).output
    kept = shell("review", "bar", one["credential"], "keep", "--reason", "it was merged elsewhere")
    assert "It stands." in kept.output
    assert shell.json("review", "bar") == {"waiting": 0, "reviews": []}
    assert len(shell.json("review", "bar", "--kept")["reviews"]) == 1
    assert "does not wait" in shell("review", "bar", one["credential"], "keep", "--reason", "x", code=1).output
