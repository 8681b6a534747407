"""What stands for a reference: keyed tokens and stream ids, and the ids we mint ourselves.

A token is BLAKE2b-128 under the community's book key over length-prefixed NFC UTF-8 parts; its
personalisation says what it is for, so that the token of an item never equals a stream id.
"""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
import secrets
import threading
import unicodedata
from typing import NewType

from ledger.errors import LedgerError

AccountId = NewType("AccountId", str)
"""A permanent random id of one account: a ULID, 26 characters, time-ordered. Never leaves the server."""

Token = NewType("Token", str)
"""16 keyed bytes as 22 base64url characters."""

TOKEN_BYTES = 16
REFS = 16_384  # other references likewise
SOURCES = 1_024  # whose tokens are remembered
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PREFIX_BYTES = 4  # of each part's length, big-endian


class Tokens:
    """The tokens and stream ids of one community. Safe to share between threads."""

    def __init__(self, book_key: bytes) -> None:
        """`book_key`: 32 bytes, never rotated."""
        self._ref = hashlib.blake2b(key=book_key, person=b"ref", digest_size=TOKEN_BYTES).copy
        self._stream = hashlib.blake2b(key=book_key, person=b"stream", digest_size=TOKEN_BYTES)
        self.source = functools.lru_cache(maxsize=SOURCES)(self._token)  # few, and in every event
        self.ref = functools.lru_cache(maxsize=REFS)(self._token)  # threads, sessions, what is endorsed
        self._of_source = functools.lru_cache(maxsize=SOURCES)(self._begun)

    def _token(self, text: str) -> Token:
        """Return the token of a reference: an item, a session, a source, a choice."""
        hasher = self._ref()
        hasher.update(prefixed(text))
        return as_token(hasher.digest())

    def event_stream(self, source: str, event_id: str) -> bytes:
        """Return the stream id of an event, 16 bytes."""
        hasher = self._of_source(source).copy()
        hasher.update(prefixed(event_id))
        return hasher.digest()

    def stream(self, *parts: str) -> bytes:
        """Return the stream id, 16 bytes, of something of our own by its natural key."""
        hasher = self._stream.copy()
        for part in parts:
            hasher.update(prefixed(part))
        return hasher.digest()

    def _begun(self, source: str) -> hashlib.blake2b:
        hasher = self._stream.copy()
        hasher.update(prefixed(source))
        return hasher


def prefixed(text: str) -> bytes:
    """Return `text` as NFC UTF-8 behind its length in bytes (4, big-endian)."""
    raw = text.encode() if text.isascii() else unicodedata.normalize("NFC", text).encode()
    return len(raw).to_bytes(_PREFIX_BYTES, "big") + raw


def digest_of(*parts: str, key: bytes = b"", person: bytes, size: int = TOKEN_BYTES) -> bytes:
    """Return BLAKE2b of length-prefixed `parts`, `size` bytes, for the purpose `person` (<= 16 bytes)."""
    hasher = hashlib.blake2b(key=key, person=person, digest_size=size)
    for part in parts:
        hasher.update(prefixed(part))
    return hasher.digest()


def as_token(raw: bytes) -> Token:
    """Return 16 bytes as 22 base64url characters."""
    return Token(binascii.b2a_base64(raw).translate(_URL_SAFE)[:22].decode("ascii"))


def from_token(token: str) -> bytes:
    """Return the 16 bytes of a token. Raises `LedgerError` where it is none."""
    try:
        raw = base64.b64decode(token + "==", altchars=b"-_", validate=True)
    except ValueError as error:
        raise LedgerError(f"token: wanted 22 base64url characters, got {token!r}") from error
    if len(raw) != TOKEN_BYTES or as_token(raw) != token:
        raise LedgerError(f"token: wanted 22 base64url characters, got {token!r}")
    return raw


def member_text(raw: bytes) -> str:
    """Return 16 bytes as 26 lower-case base32 characters (RFC 4648), the look of a public member id."""
    return base64.b32encode(raw)[:26].decode("ascii").lower()


class AccountIds:
    """Mints account ids that only ever grow in one process, whatever its clock does."""

    def __init__(self) -> None:
        self._last = 0
        self._lock = threading.Lock()

    def mint(self, now: int) -> AccountId:
        """Return a new id for the instant `now` (µs): 48 bits of milliseconds, 80 of chance."""
        with self._lock:
            drawn = (now // 1000) << 80 | secrets.randbits(80)
            self._last = drawn if drawn > self._last else self._last + 1 + secrets.randbits(32)
            number = self._last
        return AccountId("".join(_CROCKFORD[number >> shift & 31] for shift in range(125, -5, -5)))
