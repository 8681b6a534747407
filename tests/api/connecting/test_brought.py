"""A secret that the platform brings, unsigned, before there is any: kept, shown once, and held once confirmed."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.connecting.connector import connectors
from tests.api.connecting.deliveries import SECRET, deliver
from tests.api.people import COMMUNITY

if TYPE_CHECKING:
    from httpx2 import Response

    from tests.api.conftest import Guild

TOKEN = "secret_tMrlL1qK5vuQAh1b6cZGhFChZTSYJlce98V0pYn7yBl"
OTHER = "secret_of_somebody_who_is_not_the_platform_00000000"


@pytest.fixture
def waiting(guild: Guild) -> Guild:
    """Give an installation whose door to Notion waits for its token."""
    assert guild.here.book.hooks.wait(COMMUNITY, "notion")
    return guild


def bring(guild: Guild, token: object) -> Response:
    """Post a token as Notion does, without a signature."""
    return guild.client.post(f"/hooks/{COMMUNITY}/notion", json={"verification_token": token})


def test_a_token_is_brought_shown_once_and_confirmed(waiting: Guild) -> None:
    hooks = waiting.here.book.hooks
    assert hooks.show(COMMUNITY, "notion") is None
    assert not hooks.confirm(COMMUNITY, "notion")
    answer = bring(waiting, TOKEN)
    assert (answer.status_code, answer.json()) == (200, {})
    assert hooks.show(COMMUNITY, "notion") == TOKEN
    assert hooks.show(COMMUNITY, "notion") is None
    (sample,) = connectors()["notion"].samples
    assert deliver(waiting, "notion", sample.told["body"], secret=TOKEN).status_code == 401
    bring(waiting, OTHER)  # after it was shown: it is not what is confirmed
    assert hooks.confirm(COMMUNITY, "notion")
    time.sleep(1.1)  # for so long what a door was is remembered
    assert deliver(waiting, "notion", sample.told["body"], secret=TOKEN).json()["events"][0]["outcome"] == "stored"
    assert deliver(waiting, "notion", sample.told["body"], secret=OTHER).status_code == 401
    assert bring(waiting, OTHER).status_code == 401
    assert [each.secrets for each in hooks.of(COMMUNITY)] == [[TOKEN]]
    assert not hooks.wait(COMMUNITY, "notion")


def test_a_door_that_waits_takes_nothing_else(waiting: Guild) -> None:
    (sample,) = connectors()["notion"].samples
    url = f"/hooks/{COMMUNITY}/notion"
    assert waiting.client.post(url, json=sample.told["body"]).status_code == 401
    assert waiting.client.post(url, json={"verification_token": "x" * 5_000}).status_code == 401
    for odd in (7, [TOKEN], {"a": 1}, "short"):
        assert bring(waiting, odd).status_code == 400, odd
    assert waiting.client.post(url, content=b"{").status_code == 400
    assert waiting.here.book.hooks.show(COMMUNITY, "notion") is None
    assert {each.why for each in waiting.here.book.strays.counts(COMMUNITY)} == {"unsigned"}
    assert waiting.here.book.strays.of(COMMUNITY, "notion") == []


def test_no_other_door_takes_a_secret_that_is_brought(guild: Guild) -> None:
    guild.here.book.hooks.wait(COMMUNITY, "slack")
    body = {"verification_token": TOKEN, "type": "url_verification", "challenge": "x"}
    assert deliver(guild, "slack", body, secret=SECRET).status_code == 401


def test_discord_posts_its_events(guild: Guild) -> None:
    key = Ed25519PrivateKey.generate()
    guild.here.book.hooks.open(COMMUNITY, "discord-events", key.public_key().public_bytes_raw().hex())
    message, authorised = connectors()["discord-events"].samples

    def post(body: object, signer: Ed25519PrivateKey = key) -> Response:
        raw, stamp = json.dumps(body).encode(), str(int(time.time()))
        headers = {"X-Signature-Ed25519": signer.sign(stamp.encode() + raw).hex(), "X-Signature-Timestamp": stamp}
        return guild.client.post(f"/hooks/{COMMUNITY}/discord-events", content=raw, headers=headers)

    before = guild.here.book.head(COMMUNITY)
    ping = {"version": 1, "application_id": "11", "type": 0}
    answers = [post(ping), post(message.told["body"]), post(authorised.told["body"])]
    assert [(each.status_code, each.content) for each in answers] == [(204, b"")] * 3
    assert post(ping, Ed25519PrivateKey.generate()).status_code == 401
    assert guild.here.book.head(COMMUNITY) == before + 1


def test_what_is_redacted_may_stand_in_another_room(guild: Guild) -> None:
    """A homeserver sends the events of all rooms together: whichever stands first, the source is one."""
    guild.here.book.hooks.open(COMMUNITY, "matrix", SECRET)
    url = f"/hooks/{COMMUNITY}/matrix/_matrix/app/v1/transactions/"

    def event(kind: str, number: int, room: str, **content: object) -> dict[str, object]:
        named = {"type": kind, "event_id": f"${number}", "room_id": room, "sender": "@ada:example.org"}
        return named | {"origin_server_ts": 1767225600000 + number, "content": content}

    first = [
        event("m.room.message", 1, "!a:example.org", body="Hi"),
        event("m.room.message", 2, "!b:example.org", body="Ho"),
    ]
    gone = [event("m.room.redaction", 3, "!b:example.org", redacts="$2")]
    for number, events in enumerate((first, gone)):
        answer = guild.client.put(
            f"{url}{number}", json={"events": events}, headers={"Authorization": f"Bearer {SECRET}"}
        )
        assert answer.status_code == 200
    facts = guild.here.book.read(COMMUNITY, 0, 100)
    retracted = next(fact.open["retracts"] for fact in facts if fact.topic == "retraction.v1")
    assert retracted in {fact.stream for fact in facts if fact.topic == "contribution.v1"}
