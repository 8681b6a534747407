"""Doors: what platforms post is proved, stored once, and never lost without a word."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from standardwebhooks import Webhook

from api.connecting.connector import connectors
from tests.api.connecting.deliveries import SECRET, deliver, message, signed, slack
from tests.api.people import COMMUNITY

if TYPE_CHECKING:
    from httpx2 import Response

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
    for extra in ("=", "0", ",v0="):
        for longer in (good[name] + extra, extra + good[name]):
            answer = doors.client.post(f"/hooks/{COMMUNITY}/{connector}", content=raw, headers=good | {name: longer})
            assert answer.status_code == 401, longer
    assert tried > 80
    other_body = doors.client.post(f"/hooks/{COMMUNITY}/{connector}", content=raw + b" ", headers=good)
    assert other_body.status_code == 401


def test_a_secret_is_changed_without_losing_a_delivery(doors: Guild) -> None:
    book = doors.here.book
    book.hooks.open(COMMUNITY, "slack", "the-next-secret")
    assert deliver(doors, "slack", message(1)).status_code == 202
    time.sleep(1.1)  # for so long what a door was is remembered
    assert deliver(doors, "slack", message(2), secret="the-next-secret").status_code == 202
    assert deliver(doors, "slack", message(3)).status_code == 202
    book.hooks.close_old(COMMUNITY, "slack")
    time.sleep(1.1)
    assert deliver(doors, "slack", message(4)).status_code == 401
    assert deliver(doors, "slack", message(4), secret="the-next-secret").status_code == 202


def test_no_door_is_there_that_nobody_opened(guild: Guild) -> None:
    for path in (f"/hooks/{COMMUNITY}/slack", f"/hooks/{COMMUNITY}/nothing", "/hooks/nowhere/slack"):
        answer = guild.client.post(path, json=message())
        assert answer.status_code == 404, path


def test_a_challenge_is_answered(doors: Guild) -> None:
    hello = deliver(doors, "slack", {"type": "url_verification", "challenge": "3eZbrw1a"})
    asked = deliver(
        doors, "zoom", {"event": "endpoint.url_validation", "payload": {"plainToken": "qgg8vlvZRS6UYooatFL8Aw"}}
    )
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
    assert [each.json()["outcome"] for each in (unknown, odd, wrong, quiet)] == [
        "unknown",
        "misfit",
        "mapped",
        "ignored",
    ]
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
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff", 400),
        (b"[" * 5_000, 400),
        (b'{"a": 1, "a": 2}', 400),
        (b"[]", 202),
        (b"7", 202),
    ],
)
def test_what_is_no_delivery_is_told_so(doors: Guild, body: bytes, status: int) -> None:
    assert deliver(doors, "slack", body).status_code == status


def test_a_form_with_json_in_it_is_read(doors: Guild) -> None:
    issue = {"id": 1, "html_url": "https://github.com/ada/Hello/issues/1", "created_at": "2026-01-01T10:00:00Z"}
    hook = {
        "action": "opened",
        "repository": {"name": "Hello", "full_name": "ada/Hello"},
        "issue": issue | {"title": "Ash", "user": {"id": 1, "login": "ada", "type": "User"}},
    }
    raw = urlencode({"payload": json.dumps(hook)}).encode()
    headers = signed("github", raw) | {"X-GitHub-Event": "issues", "Content-Type": "application/x-www-form-urlencoded"}
    answer = doors.client.post(f"/hooks/{COMMUNITY}/github", content=raw, headers=headers)
    assert [each["outcome"] for each in answer.json()["events"]] == ["stored"], answer.text


def test_a_token_in_the_body_is_a_secret(doors: Guild) -> None:
    doors.here.book.hooks.open(COMMUNITY, "mattermost", SECRET)
    told = {"token": SECRET, "team_id": "t1", "timestamp": 1767225600000, "user_id": "u1", "post_id": "p1"}
    assert deliver(doors, "mattermost", told).json()["events"][0]["outcome"] == "stored"
    wrongs: list[object] = [SECRET + "x", "", None, 7, [SECRET], {}]
    for wrong in wrongs:
        assert deliver(doors, "mattermost", told | {"token": wrong}).status_code == 401, wrong
    form = deliver(
        doors, "mattermost", urlencode(told).encode(), **{"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert form.status_code == 202


def test_a_homeserver_puts_its_transactions(doors: Guild) -> None:
    doors.here.book.hooks.open(COMMUNITY, "matrix", SECRET)
    (sample,) = connectors()["matrix"].samples
    path, before = f"/hooks/{COMMUNITY}/matrix/_matrix/app/v1/transactions/1", head(doors)
    answer = doors.client.put(path, json=sample.told["body"], headers=signed("matrix", b""))
    again = doors.client.put(path, json=sample.told["body"], headers=signed("matrix", b""))
    empty = doors.client.put(path, json={"events": []}, headers=signed("matrix", b""))
    odd = doors.client.put(path, json={"events": "none"}, headers=signed("matrix", b""))
    other = doors.client.put(path, json=sample.told["body"], headers=signed("matrix", b"", "another-secret"))

    assert [each.status_code for each in (answer, again, empty, odd, other)] == [200, 200, 200, 200, 401]
    assert answer.json() == {}
    assert head(doors) == before + 2


def test_a_command_of_discord_is_signed_by_discord_itself(doors: Guild) -> None:
    key = Ed25519PrivateKey.generate()
    doors.here.book.hooks.open(COMMUNITY, "discord", key.public_key().public_bytes_raw().hex())
    (sample,) = connectors()["discord"].samples

    def interact(body: object, signer: Ed25519PrivateKey = key) -> Response:
        raw, stamp = json.dumps(body).encode(), str(int(time.time()))
        mark = signer.sign(stamp.encode() + raw).hex()
        headers = {"X-Signature-Ed25519": mark, "X-Signature-Timestamp": stamp}
        return doors.client.post(f"/hooks/{COMMUNITY}/discord", content=raw, headers=headers)

    assert interact({"type": 1}).json() == {"type": 1}
    assert interact(sample.told["body"]).json()["type"] == 4
    assert interact({"type": 1}, Ed25519PrivateKey.generate()).status_code == 401


def test_a_standard_webhook_by_another_library(doors: Guild) -> None:
    """PyPI's standardwebhooks signs; it is not ours."""
    found = connectors()["standard-webhooks"]
    secret = found.scheme.new_secret()
    doors.here.book.hooks.open(COMMUNITY, "standard-webhooks", secret)
    raw, now = json.dumps(found.samples[0].told["body"]), datetime.now(UTC)
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": "v1a,b2xk v1,b2xk " + Webhook(secret).sign("msg_1", now, raw),
    }
    answer = doors.client.post(f"/hooks/{COMMUNITY}/standard-webhooks", content=raw, headers=headers)
    other = doors.client.post(
        f"/hooks/{COMMUNITY}/standard-webhooks", content=raw, headers=headers | {"webhook-id": "msg_2"}
    )

    assert answer.json()["events"][0]["outcome"] == "stored"
    assert other.status_code == 401


def test_deliveries_again_are_no_new_fact(doors: Guild) -> None:
    """After the door's secret was changed, too."""
    bodies = [message(ts=f"{1767225600 + number}.000100") for number in range(100)]
    for body in bodies:
        assert deliver(doors, "slack", body).status_code == 202
    first = head(doors)
    doors.here.book.hooks.open(COMMUNITY, "slack", "the-next-secret")
    for body in bodies:
        assert deliver(doors, "slack", body).status_code == 202
    assert head(doors) == first
