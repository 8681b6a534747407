"""libsodium's Ed25519 against OpenSSL's, which RFC 8032 makes alike but for what nobody signs with."""

from __future__ import annotations

import random

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ledger import ed25519

ORDER = 2**252 + 27742317777372353535851937790883648493  # RFC 8032 "Parameters": L
SMALL = (
    "00" * 32,
    "01" + "00" * 31,
    "ec" + "ff" * 30 + "7f",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
)


def test_signatures_are_the_same_bytes():
    chosen = random.Random(8032)  # noqa: S311  the same each time
    for _ in range(200):
        key = Ed25519PrivateKey.from_private_bytes(chosen.randbytes(32))
        message = chosen.randbytes(chosen.randrange(300))
        signature = ed25519.signing(key)(message)
        assert signature == key.sign(message)
        ed25519.verify(key.public_key().public_bytes_raw(), signature, message)


def test_what_was_touched_is_refused_by_both():
    chosen = random.Random(8033)  # noqa: S311  the same each time
    for _ in range(200):
        key = Ed25519PrivateKey.from_private_bytes(chosen.randbytes(32))
        public, message = key.public_key().public_bytes_raw(), chosen.randbytes(40)
        parts = [bytearray(public), bytearray(key.sign(message)), bytearray(message)]
        touched = chosen.choice(parts)
        touched[chosen.randrange(len(touched))] ^= 1 << chosen.randrange(8)
        public, signature, message = map(bytes, parts)
        with pytest.raises((InvalidSignature, ValueError)):
            Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
        with pytest.raises(InvalidSignature):
            ed25519.verify(public, signature, message)


@pytest.mark.parametrize("public", SMALL)
def test_a_key_of_small_order_verifies_nothing(public):
    for first in SMALL:
        with pytest.raises(InvalidSignature):
            ed25519.verify(bytes.fromhex(public), bytes.fromhex(first) + bytes(32), b"anything")


def test_a_signature_has_one_form():
    key = Ed25519PrivateKey.generate()
    signature = key.sign(b"it")
    again = signature[:32] + (int.from_bytes(signature[32:], "little") + ORDER).to_bytes(32, "little")
    with pytest.raises(InvalidSignature):
        ed25519.verify(key.public_key().public_bytes_raw(), again, b"it")


@pytest.mark.parametrize(("public", "signature"), [(31, 64), (33, 64), (32, 63), (32, 65), (0, 0)])
def test_other_lengths_are_refused(public, signature):
    with pytest.raises(InvalidSignature):
        ed25519.verify(bytes(public), bytes(signature), b"it")
