"""Platforms that post: deliveries signed as each of them signs, by hand, from what they document."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import TYPE_CHECKING, Any

from tests.api.people import COMMUNITY

if TYPE_CHECKING:
    from httpx2 import Response

    from tests.api.conftest import Guild

SECRET = "a-secret-of-the-door"


def signed(connector: str, raw: bytes, secret: str = SECRET, at: int | None = None) -> dict[str, str]:
    """Return the headers by which a platform signs a body."""
    stamp = str(int(time.time()) if at is None else at)
    plain, stamped = hmac.digest(secret.encode(), raw, "sha256"), _stamped(secret, stamp, raw)
    return {
        "slack": {"X-Slack-Signature": f"v0={stamped}", "X-Slack-Request-Timestamp": stamp},
        "zoom": {"x-zm-signature": f"v0={stamped}", "x-zm-request-timestamp": stamp},
        "github": {"X-Hub-Signature-256": f"sha256={plain.hex()}"},
        "discourse": {"X-Discourse-Event-Signature": f"sha256={plain.hex()}"},
        "typeform": {"Typeform-Signature": f"sha256={base64.b64encode(plain).decode()}"},
        "notion": {"X-Notion-Signature": f"sha256={plain.hex()}"},
        "matrix": {"Authorization": f"Bearer {secret}"},
        "mattermost": {},
    }[connector]


def _stamped(secret: str, stamp: str, raw: bytes) -> str:
    return hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + raw, hashlib.sha256).hexdigest()


def deliver(guild: Guild, connector: str, body: object, *, secret: str = SECRET, **headers: str) -> Response:
    """Post a delivery as the platform does."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = {"Content-Type": "application/json", **signed(connector, raw, secret), **headers}
    return guild.client.post(f"/hooks/{COMMUNITY}/{connector}", content=raw, headers=sent)


def slack(**event: Any) -> dict[str, Any]:
    """Return a delivery of Slack's Events API around an event."""
    return {"type": "event_callback", "team_id": "T1", "event_id": "Ev1", "event_time": 1767225600, "event": event}


def message(number: int = 1, **more: Any) -> dict[str, Any]:
    """Return a message in a channel."""
    told = {"type": "message", "user": "U1", "channel": "C1", "ts": f"17672256{number:02}.000100", "text": "Ash bends."}
    return slack(**(told | more))
