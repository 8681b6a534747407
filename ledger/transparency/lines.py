"""What the lines of a log's texts are made of: decimals, base64 and hashes, each written in one way only."""

from __future__ import annotations

import binascii
import re

from ledger.errors import TransparencyError
from ledger.transparency.tree import HASH_BYTES, LARGEST_SIZE

LONGEST_TEXT = 131_072  # bytes, 128 KiB: a proof or a note with far more signatures than the 16 it must have room for
MOST_HASHES = 63  # in a proof; a tree of 2**63 leaves has no higher

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f]")
_SHOWN = 80  # characters of what came, in a message


def text_of(raw: bytes | str, what: str) -> str:
    """Return `raw` as text (signed-note "Format"): UTF-8, its only control characters newlines, not too long.

    Raises `TransparencyError`.
    """
    try:
        text, size = (raw.decode(), len(raw)) if isinstance(raw, bytes) else (raw, len(raw.encode()))
    except (UnicodeDecodeError, UnicodeEncodeError) as error:
        raise TransparencyError(f"{what}: wanted UTF-8, got {error.reason}") from error
    if size > LONGEST_TEXT:
        raise TransparencyError(f"{what}: wanted at most {LONGEST_TEXT} bytes, got {size}")
    if not text.replace("\n", "").isprintable() and (found := _CONTROLS.search(text)):
        raise TransparencyError(f"{what}: wanted no control character but newline, got {found[0]!r}")
    return text


def decimal_of(text: str, what: str) -> int:
    """Return a number from 0 to 2**63 - 1 in decimal, without leading zeroes. Raises `TransparencyError`."""
    if not _DECIMAL.fullmatch(text) or int(text) > LARGEST_SIZE:
        raise TransparencyError(f"{what}: wanted a decimal from 0 to 2^63 - 1, got {shown(text)}")
    return int(text)


def base64_of(data: bytes) -> str:
    """Return base64 with padding (RFC 4648 "Base 64 Encoding")."""
    return binascii.b2a_base64(data, newline=False).decode("ascii")


def bytes_of(text: str, what: str) -> bytes:
    """Return what base64 stands for. Raises `TransparencyError` where the same bytes are written otherwise."""
    try:
        data = binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        data = b""
    if not data or base64_of(data) != text:
        raise TransparencyError(f"{what}: wanted base64, got {shown(text)}")
    return data


def hash_of(text: str, what: str) -> bytes:
    """Return the hash, 32 bytes, that stands in base64. Raises `TransparencyError`."""
    data = bytes_of(text, what)
    if len(data) != HASH_BYTES:
        raise TransparencyError(f"{what}: wanted {HASH_BYTES} bytes in base64, got {len(data)}")
    return data


def shown(text: str) -> str:
    """Return what came, as a message shows it: quoted, and not all of it where it is long."""
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}...")
