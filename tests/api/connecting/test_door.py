"""Doors: what platforms post is proved, stored once, and never lost without a word."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from tests.api.connecting.deliveries import SECRET, deliver, message, signed, slack
from tests.api.people import COMMUNITY

if TYPE_CHECKING:
    from tests.api.conftest import Guild

CONNECTORS = ("slack", "github", "discourse", "zoom", "typeform")


@pytest.fixture
def doors(guild: Guild) -> Guild:
    """Give an installation whose community opened a door to each platform."""
    for connector in CONNECTORS:
        guild.here.book.hooks.open(COMMUNITY, connector, SECRET)
    return guild


def head(guild: Guild) -> int:
    return guild.here.book.head(COMMUNITY)


def test_a_delivery_becomes_a_fact_and_the_same_again_none(doors: Guild) -> None:
    before = head(doors)
    first = deliver(doors, "slack", message())
    again = deliver(doors, "slack", message())

    assert (first.status_code, again.status_code) == (202, 202)
    (row,) = first.json()["events"]
    assert (first.json()["outcome"], row["outcome"], row["position"]) == ("mapped", "stored", before + 1)
    assert [each["outcome"] for each in again.json()["events"]] == ["duplicate"]
    (fact,) = doors.here.book.read(COMMUNITY, before, 10)
    assert (fact.topic, fact.open["kind"], fact.open["space"], fact.open["length"]) == (
        "contribution.v1", "post", "c1", 10,
    )  # fmt: skip


def test_who_does_not_know_the_secret_is_told_nothing(doors: Guild) -> None:
    before = head(doors)
    raw = json.dumps(message()).encode()
    good = signed("slack", raw)
    stale = signed("slack", raw, at=int(time.time()) - 301)
    ahead = signed("slack", raw, at=int(time.time()) + 301)
    odd = good | {"X-Slack-Request-Timestamp": "now"}
    for headers in ({}, good | {"X-Slack-Signature": ""}, stale, ahead, odd, signed("slack", raw, "another-secret")):
        answer = doors.client.post(f"/hooks/{COMMUNITY}/slack", content=raw, headers=headers)
        assert answer.status_code == 401, headers
        assert answer.json()["detail"] == "wanted a delivery that is signed with the secret of this door"
    assert head(doors) == before


@pytest.mark.parametrize("connector", CONNECTORS)
def test_no_change_of_a_good_signature_is_taken(doors: Guild, connector: str) -> None:
    raw = json.dumps(message()).encode()
    good = signed(connector, raw)
    (name,) = [each for each in good if "ignature" in each.lower()]
    tried = 0
    for place in range(len(good[name])):
        mark = good[name][place]
        other = {chr(ord(mark) ^ 1), mark.swapcase(), ""} - {mark}
        for each in other:
            changed = good | {name: good[name][:place] + each + good[name][place + 1 :]}
            answer = doors.client.post(f"/hooks/{COMMUNITY}/{connector}", content=raw, headers=changed)
            assert answer.status_code == 401, changed
            tried += 1
    for extra in (" ", "=", "0", ",v0="):
        for changed in (good[name] + extra, extra + good[name]):
            if changed.strip() == good[name]:  # HTTP itself has no spaces around a value
                continue
            answer = doors.client.post(
                f"/hooks/{COMMUNITY}/{connector}", content=raw, headers=good | {name: changed}
            )
            assert answer.status_code == 401, changed
    assert tried > 80
    longer = doors.client.post(f"/hooks/{COMMUNITY}/{connector}", content=raw + b" ", headers=good)
    assert longer.status_code == 401


def test_a_secret_is_changed_without_losing_a_delivery(doors: Guild) -> None:
    book = doors.here.book
    book.hooks.open(COMMUNITY, "slack", "the-next-secret")
    assert deliver(doors, "slack", message(1)).status_code == 202
    time.sleep(1.1)  # for so long what a door was is remembered
    assert deliver(doors, "slack", message(2), secret="the-next-secret").status_code == 202  # noqa: S106
    assert deliver(doors, "slack", message(3)).status_code == 202
    book.hooks.close_old(COMMUNITY, "slack")
    time.sleep(1.1)
    assert deliver(doors, "slack", message(4)).status_code == 401
    assert deliver(doors, "slack", message(4), secret="the-next-secret").status_code == 202  # noqa: S106


def test_no_door_is_there_that_nobody_opened(guild: Guild) -> None:
    for path in (f"/hooks/{COMMUNITY}/slack", f"/hooks/{COMMUNITY}/nothing", "/hooks/nowhere/slack"):
        answer = guild.client.post(path, json=message())
        assert answer.status_code == 404, path


def test_a_challenge_is_answered(doors: Guild) -> None:
    hello = deliver(doors, "slack", {"type": "url_verification", "challenge": "3eZbrw1a"})
    asked = deliver(doors, "zoom", {"event": "endpoint.url_validation", "payload": {"plainToken": "qgg8vlvZRS6UYooatFL8Aw"}})
    odd = deliver(doors, "zoom", {"event": "endpoint.url_validation", "payload": {}})

    assert (hello.status_code, hello.json()) == (200, {"challenge": "3eZbrw1a"})
    assert asked.json()["plainToken"] == "qgg8vlvZRS6UYooatFL8Aw"
    assert len(asked.json()["encryptedToken"]) == 64
    assert odd.status_code == 400


def test_what_no_mapping_knows_is_kept_aside_and_taken_all_the_same(doors: Guild) -> None:
    before = head(doors)
    unknown = deliver(doors, "slack", slack(type="huddle_thread", user="U1"))
    odd = deliver(doors, "slack", message(text=7))
    wrong = deliver(doors, "slack", message(user="U" * 300))
    quiet = deliver(doors, "slack", slack(type="channel_rename"))

    assert [each.status_code for each in (unknown, odd, wrong, quiet)] == [202] * 4
    assert [each.json()["outcome"] for each in (unknown, odd, wrong, quiet)] == ["unknown", "misfit", "mapped", "ignored"]
    assert [each["outcome"] for each in wrong.json()["events"]] == ["refused"]
    assert head(doors) == before
    kept = {each.why: each for each in doors.here.book.strays.of(COMMUNITY, "slack")}
    assert {why: each.key for why, each in kept.items()} == {
        "unknown": "huddle_thread", "misfit": "message", "refused": "message",
    }  # fmt: skip
    assert kept["unknown"].said["told"]["body"]["event"]["user"] == "U1"
    assert "length()" in kept["misfit"].said["words"][0]
    assert "/data/author/id" in kept["refused"].said["words"][0]
    assert {each.why: each.number for each in doors.here.book.strays.counts(COMMUNITY)} == {
        "unknown": 1, "misfit": 1, "refused": 1,
    }  # fmt: skip


def test_the_same_with_other_content_is_kept_aside(doors: Guild) -> None:
    deliver(doors, "slack", message())
    other = deliver(doors, "slack", message(text="Ash bends, and oak does not."))

    assert [each["outcome"] for each in other.json()["events"]] == ["conflict"]
    assert [each.why for each in doors.here.book.strays.of(COMMUNITY, "slack")] == ["conflict"]


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 400), (b"{", 400), (b"\xff", 400), (b"[" * 5_000, 400), (b'{"a": 1, "a": 2}', 400), (b"[]", 202), (b"7", 202)],
)
def test_what_is_no_delivery_is_told_so(doors: Guild, body: bytes, status: int) -> None:
    assert deliver(doors, "slack", body).status_code == status


def test_a_form_with_json_in_it_is_read(doors: Guild) -> None:
    from urllib.parse import urlencode

    hook = {"action": "opened", "repository": {"name": "Hello", "full_name": "ada/Hello"}, "issue": {
        "id": 1, "html_url": "https://github.com/ada/Hello/issues/1", "title": "Ash", "created_at": "2026-01-01T10:00:00Z",
        "user": {"id": 1, "login": "ada", "type": "User"}}}  # fmt: skip
    raw = urlencode({"payload": json.dumps(hook)}).encode()
    headers = signed("github", raw) | {"X-GitHub-Event": "issues", "Content-Type": "application/x-www-form-urlencoded"}
    answer = doors.client.post(f"/hooks/{COMMUNITY}/github", content=raw, headers=headers)
    assert [each["outcome"] for each in answer.json()["events"]] == ["stored"], answer.text


def test_a_thousand_deliveries_again_are_no_new_fact(doors: Guild) -> None:
    """After the door's secret was changed, too."""
    numbers = range(1_000)
    bodies = [message(ts=f"{1767225600 + number}.000100") for number in numbers]
    for body in bodies[::10]:
        assert deliver(doors, "slack", body).status_code == 202
    first = head(doors)
    doors.here.book.hooks.open(COMMUNITY, "slack", "the-next-secret")
    for body in bodies[::10]:
        assert deliver(doors, "slack", body).status_code == 202
    assert head(doors) == first
