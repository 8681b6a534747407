"""Small authenticated boxes and derived keys: how the vault keeps keys and text.

A box is nonce (12) || AES-256-GCM(content), its AAD the msgpack of what it is and whose.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ledger.errors import WrongKeyError
from ledger.shape import KEY_BYTES, NONCE_BYTES

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_bound = msgspec.msgpack.Encoder().encode


def box(cipher: AESGCM, content: bytes, *what: str) -> bytes:
    """Return `content` encrypted, bound to the words of `what`."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, content, _bound(what))


def unbox(cipher: AESGCM, sealed: bytes, *what: str) -> bytes | None:
    """Return the content of a box, or None where the key or `what` does not fit."""
    try:
        return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _bound(what))
    except (InvalidTag, ValueError):
        return None


def unwrapped(cipher: AESGCM, wrapped: bytes, *what: str) -> bytes:
    """Return the key in a box. Raises `WrongKeyError` where `cipher` is not of the key-encryption key it is under."""
    key = unbox(cipher, wrapped, *what)
    if key is None:
        raise WrongKeyError(f"{' '.join(what)}: wanted the key-encryption key of this vault, got another")
    return key


def derived_key(key: bytes, purpose: bytes) -> bytes:
    """Return a key of its own for `purpose`, 32 bytes (HKDF-SHA-256)."""
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=purpose).derive(key)
