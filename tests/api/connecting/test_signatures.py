"""Signatures: those that platforms publish with their secret hold; no change of a good one does."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import random
import sqlite3
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.connecting.connector import connectors
from api.connecting.deliveries import Delivery
from api.connecting.errors import UnsignedError
from tests.api.connecting.deliveries import SECRET, deliver, message, signed
from tests.api.people import COMMUNITY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.api.conftest import Guild

CASES = int(os.environ.get("GUILDBOOK_TEST_CASES", "200"))
NOW = 1_767_225_600
JSON = "application/json"


def holds(connector: str, headers: Mapping[str, str], raw: bytes, secret: str, now: int = NOW) -> bool:
    """Tell whether a door takes a delivery as signed."""
    told = Delivery({name.lower(): value for name, value in headers.items()}, raw, {}, JSON)
    try:
        connectors()[connector].scheme.check(told, [secret], now)
    except UnsignedError:
        return False
    return True


SLACK = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
    b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
    b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
    b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)
PUBLISHED = {
    "GitHub, Validating webhook deliveries": (
        "github",
        "It's a Secret to Everybody",
        b"Hello, World!",
        {"X-Hub-Signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"},
        NOW,
    ),
    "Slack, Verifying requests from Slack": (
        "slack",
        "8f742231b10e8888abcd99yyyzzz85a5",
        SLACK,
        {
            "X-Slack-Signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
            "X-Slack-Request-Timestamp": "1531420618",
        },
        1_531_420_618,
    ),
    "Standard Webhooks, its specification's test vector": (
        "standard-webhooks",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        b'{"test": 2432232314}',
        {
            "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "webhook-timestamp": "1614265330",
            "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        },
        1_614_265_330,
    ),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_what_is_published_holds(name: str) -> None:
    connector, secret, raw, headers, now = PUBLISHED[name]
    assert holds(connector, headers, raw, secret, now)
    assert not holds(connector, headers, raw + b" ", secret, now)
    assert not holds(connector, headers, raw, secret[:-4] + "AAAA", now)


def test_rfc_8032_holds() -> None:
    """Discord publishes no vector with its key; RFC 8032's "Test Vectors for Ed25519", TEST 1, signs nothing at all."""
    public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    first = "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
    mark = first + "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
    scheme = connectors()["discord"].scheme
    unstamped = type(scheme)(alg="ed25519", header="x-signature-ed25519")
    unstamped.check(Delivery({"x-signature-ed25519": mark}, b"", {}, JSON), [public], NOW)
    with pytest.raises(UnsignedError):
        unstamped.check(Delivery({"x-signature-ed25519": mark}, b"x", {}, JSON), [public], NOW)


def good(connector: str, raw: bytes) -> tuple[str, dict[str, str]]:
    """Return the secret of a door and the headers by which its platform signs."""
    stamp = str(NOW)
    if connector in {"discord", "discord-events"}:
        key = Ed25519PrivateKey.from_private_bytes(b"7" * 32)
        headers = {"x-signature-ed25519": key.sign(stamp.encode() + raw).hex(), "x-signature-timestamp": stamp}
        return key.public_key().public_bytes_raw().hex(), headers
    if connector == "standard-webhooks":
        content = b".".join((b"msg_1", stamp.encode(), raw))
        mark = base64.b64encode(hmac.digest(b"k" * 32, content, hashlib.sha256)).decode()
        headers = {"webhook-id": "msg_1", "webhook-timestamp": stamp, "webhook-signature": f"v1,{mark}"}
        return "whsec_" + base64.b64encode(b"k" * 32).decode(), headers
    if connector == "mighty-networks":
        return SECRET, {"Authorization": f"Bearer {SECRET}"}
    return SECRET, signed(connector, raw, at=NOW)


SIGNED = [name for name, each in connectors().items() if each.scheme.alg != "token"]


@pytest.mark.parametrize("connector", SIGNED)
def test_no_change_of_a_good_signature_holds(connector: str) -> None:
    raw, dice = b'{"token": "none", "type": "message"}', random.Random(connector)  # noqa: S311  the same each time
    secret, headers = good(connector, raw)
    assert holds(connector, headers, raw, secret)
    assert not holds(connector, {}, raw, secret)
    assert not holds(connector, headers, raw.replace(b"n", b"m", 1), secret) or "authorization" in map(
        str.lower, headers
    )
    for _ in range(CASES):
        name = dice.choice([*headers])
        changed = mutated(headers[name], dice)
        same = connector in {"matrix", "mighty-networks"} and changed[:7].lower() == "bearer "
        if changed != headers[name] and not (same and changed[7:] == headers[name][7:]):
            assert not holds(connector, headers | {name: changed}, raw, secret), changed


def mutated(text: str, dice: random.Random) -> str:
    """Return a text with one character gone, another, one more, or in the other case; or cut short."""
    place = dice.randrange(len(text))
    change = dice.randrange(5)
    if change == 4:
        return text[:place]
    other = ("", chr(dice.randrange(33, 127)), text[place] + dice.choice("0aA=+/ ,é\x00"), text[place].swapcase())[
        change
    ]
    return text[:place] + other + text[place + 1 :]


def test_a_token_in_the_body_is_held_to_every_character() -> None:
    dice = random.Random("token")  # noqa: S311  the same each time
    for connector in ("mattermost", "zulip"):
        assert holds(connector, {}, json.dumps({"token": SECRET}).encode(), SECRET)
        for _ in range(CASES):
            changed = mutated(SECRET, dice)
            if changed != SECRET:
                assert not holds(connector, {}, json.dumps({"token": changed}).encode(), SECRET), changed


def test_a_door_whose_book_cannot_be_reached_says_so(guild: Guild) -> None:
    """503, to be tried again: of 404 and 410 platforms learn that nobody is there any more."""
    guild.here.book.hooks.open(COMMUNITY, "slack", SECRET)
    assert deliver(guild, "slack", message(1)).status_code == 202
    with sqlite3.connect(guild.here.settings.book, isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")  # as a writer that does not end
        answer = deliver(guild, "slack", message(2))
        other.execute("ROLLBACK")
    assert (answer.status_code, int(answer.headers["Retry-After"]) > 0) == (503, True), answer.text
    assert deliver(guild, "slack", message(2)).json()["events"][0]["outcome"] == "stored"
