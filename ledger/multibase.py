"""Multibase (Controlled Identifiers 1.0 "Multibase"): base58btc with `z`, base64url with `u`."""

from __future__ import annotations

import binascii

import gmpy2

LONGEST_BASE58 = 1_024  # characters; a signature has 89

_BASE58 = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_GMP = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuv"
_WRITTEN = bytes.maketrans(_GMP, _BASE58)  # from the digits of GMP
_READ = bytes(_GMP[at] if (at := _BASE58.find(code)) >= 0 else 0 for code in range(256))

_URL = bytes.maketrans(b"+/", b"-_")
_PLAIN = bytes.maketrans(b"+/-_", b"!!+/")  # the others' two are none of base64url's


class MultibaseError(ValueError):
    """Text that is not the multibase value it should be."""


def base58_encode(raw: bytes) -> str:
    """Return `raw` in base58btc with the multibase header `z`."""
    digits: bytes = gmpy2.digits(int.from_bytes(raw), 58).encode().translate(_WRITTEN).lstrip(_BASE58[:1])
    zeros = len(raw) - len(raw.lstrip(b"\0"))
    return (b"z" + _BASE58[:1] * zeros + digits).decode()


def base58_decode(text: str) -> bytes:
    """Return the bytes of a `z` value. Raises `MultibaseError`."""
    if not text.startswith("z") or not 1 < len(text) <= LONGEST_BASE58:
        raise MultibaseError(f"wanted base58btc beginning with z, got {ascii(text)[:40]}")
    digits = text[1:].encode("latin-1", "replace").translate(_READ)
    if 0 in digits:
        raise MultibaseError(f"wanted a character of base58btc, got {text[1:][digits.index(0)]!a}")
    number = int(gmpy2.mpz(digits, 58))
    return bytes(len(digits) - len(digits.lstrip(_GMP[:1]))) + number.to_bytes((number.bit_length() + 7) // 8)


def base64url_encode(raw: bytes) -> str:
    """Return `raw` in base64url without padding and without a multibase header."""
    return _base64url(raw).decode("ascii")


def base64url_decode(text: str) -> bytes:
    """Return the bytes of unpadded base64url in its one canonical form. Raises `MultibaseError`."""
    try:
        digits = text.encode("ascii")
        raw = binascii.a2b_base64(digits.translate(_PLAIN) + b"=" * (-len(digits) % 4), strict_mode=True)
    except ValueError as error:  # a UnicodeEncodeError or binascii.Error among them
        raise MultibaseError(f"wanted base64url, got {ascii(text)[:40]}") from error
    if _base64url(raw) != digits:  # padding, or bits beyond the last byte
        raise MultibaseError(f"wanted canonical unpadded base64url, got {ascii(text)[:40]}")
    return raw


def _base64url(raw: bytes) -> bytes:
    return binascii.b2a_base64(raw, newline=False).translate(_URL).rstrip(b"=")
