"""Signing what is sent (Standard Webhooks): headers `webhook-id`, `webhook-timestamp`, `webhook-signature`.

`v1` is HMAC-SHA-256 under a secret that both know (`whsec_...`); `v1a` is Ed25519, of which the receiver has the
public key alone (`whpk_...`).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

if TYPE_CHECKING:
    from collections.abc import Mapping

SECRET: Final = "whsec_"  # noqa: S105  a prefix
PRIVATE: Final = "whsk_"
PUBLIC: Final = "whpk_"
SECRET_BYTES: Final = 32


def new_secret() -> str:
    """Return a new secret of 32 random bytes: `whsec_...`."""
    return SECRET + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def new_private() -> str:
    """Return a new private key, its seed of 32 bytes: `whsk_...`."""
    return PRIVATE + base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode()


def public_of(private: str) -> str:
    """Return the public key of a private one: `whpk_...`."""
    return PUBLIC + base64.b64encode(_key(private).public_key().public_bytes_raw()).decode()


def signed(message: str, at: int, body: bytes, keys: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the headers of a message: `at` is in seconds; `keys` has a `secret`, or a `private` key, or both.

    While one is being changed there is the one before it too (`old_secret`, `old_private`), and a signature by each:
    a receiver takes whichever it knows.
    """
    content = b".".join([message.encode(), str(at).encode(), body])
    marks = []
    for secret in (keys[name] for name in ("secret", "old_secret") if keys.get(name)):
        digest = hmac.digest(_raw(secret, SECRET), content, hashlib.sha256)
        marks.append(f"v1,{base64.b64encode(digest).decode()}")
    pairs = [_key(keys[name]) for name in ("private", "old_private") if keys.get(name)]
    marks += [f"v1a,{base64.b64encode(each.sign(content)).decode()}" for each in pairs]
    return [("webhook-id", message), ("webhook-timestamp", str(at)), ("webhook-signature", " ".join(marks))]


def _key(private: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(_raw(private, PRIVATE))


def _raw(text: str, prefix: str) -> bytes:
    try:
        return base64.b64decode(text.removeprefix(prefix), validate=True)
    except binascii.Error as error:
        raise ValueError(f"wanted {prefix} and base64") from error
