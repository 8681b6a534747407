"""Multibase (Controlled Identifiers 1.0 "Multibase"): base58btc with `z`, base64url with `u`."""

from __future__ import annotations

import base64
import binascii

from badges.errors import BadgeError

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
LONGEST_BASE58 = 1_024  # characters; a signature has 89, and decoding is quadratic
_TWO, _FOUR, _EIGHT = 58**2, 58**4, 58**8
_PAIRS = [high + low for high in _BASE58 for low in _BASE58]
_NONE = 255  # no digit
_DIGITS = bytes(_BASE58.find(chr(code)) % 256 for code in range(256))


class MultibaseError(BadgeError):
    """Text that is not the multibase value it should be."""


def base58_encode(raw: bytes) -> str:
    """Return `raw` in base58btc with the multibase header `z`."""
    number, pieces = int.from_bytes(raw), list[str]()
    while number:  # eight digits at a time, from the right, each two of them looked up
        number, rest = divmod(number, _EIGHT)
        high, low = divmod(rest, _FOUR)
        pieces += _PAIRS[low % _TWO], _PAIRS[low // _TWO], _PAIRS[high % _TWO], _PAIRS[high // _TWO]
    zeros = len(raw) - len(raw.lstrip(b"\0"))
    return "z" + _BASE58[0] * zeros + "".join(reversed(pieces)).lstrip(_BASE58[0])


def base58_decode(text: str) -> bytes:
    """Return the bytes of a `z` value. Raises `MultibaseError`."""
    if not text.startswith("z") or not 1 < len(text) <= LONGEST_BASE58:
        raise MultibaseError(f"wanted base58btc beginning with z, got {ascii(text)[:40]}")
    digits = text[1:].encode("latin-1", "replace").translate(_DIGITS)
    if max(digits) == _NONE:
        wrong = text[1:][digits.index(_NONE)]
        raise MultibaseError(f"wanted a character of base58btc, got {wrong!a}")
    number = 0
    eights = iter(bytes(-len(digits) % 8) + digits)
    for a, b, c, d, e, f, g, h in zip(*[eights] * 8, strict=True):
        eight = ((((((a * 58 + b) * 58 + c) * 58 + d) * 58 + e) * 58 + f) * 58 + g) * 58 + h
        number = number * _EIGHT + eight
    zeros = len(text[1:]) - len(text[1:].lstrip(_BASE58[0]))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8)


def base64url_encode(raw: bytes) -> str:
    """Return `raw` in base64url without padding and without a multibase header."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def base64url_decode(text: str) -> bytes:
    """Return the bytes of unpadded base64url in its one canonical form. Raises `MultibaseError`."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise MultibaseError(f"wanted base64url, got {ascii(text)[:40]}") from error
    if base64url_encode(raw) != text:  # padding, or bits beyond the last byte
        raise MultibaseError(f"wanted canonical unpadded base64url, got {ascii(text)[:40]}")
    return raw
