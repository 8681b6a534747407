"""The stored state of a fact, version 1: encode, seal, open, and the leaf that the log commits to.

    state = msgpack [1, open_salt, open, c_0, [[accounts, box, c_i], ...]]
    open  = canonical JSON (UTF-8)          c_0 = SHA-256(open_salt || open)
    part  = salt_i || canonical JSON        c_i = SHA-256(part)
    box   = nonce || AES-256-GCM(part)      AAD = msgpack [stream, version, topic, 1, i, accounts]

Salts are 16 random bytes, nonces 12. A part's key is the account's own data key, or for several accounts
HKDF-SHA-256 over their data keys in the order of their ids, so that either's erasure ends it. This shape is
final: whatever is stored is read by it for ever.
"""

from __future__ import annotations

import os
import struct
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ledger.errors import UnknownShapeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SHAPE = 1
SALT_BYTES = 16
NONCE_BYTES = 12
KEY_BYTES = 32
LARGEST_PIECE = 16_384  # random bytes drawn at once
_LEAF = b"guildbook.fact.1"
_LEAF_HEAD = struct.Struct(">16s16sIqH").pack
_COUNT = struct.Struct(">H").pack
_JOINT = b"guildbook.joint.1"


class Part(msgspec.Struct, array_like=True, frozen=True):
    """One sealed part as it is stored."""

    accounts: list[str]  # whose keys together seal it; [] is the community's
    box: bytes
    commitment: bytes  # c_i


class State(msgspec.Struct, array_like=True, frozen=True):
    """A stored state, taken apart but not opened."""

    shape: int
    open_salt: bytes
    open: bytes
    c_0: bytes
    parts: list[Part]


class Place(NamedTuple):
    """Where a state stands; its sealed parts are bound to it."""

    stream: bytes  # 16
    version: int
    topic: str


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(State).decode


class Randomness:
    """Random bytes for one batch, drawn from the system in large pieces. Not shared between threads."""

    def __init__(self, piece: int = LARGEST_PIECE) -> None:
        self._piece = min(piece, LARGEST_PIECE)
        self._bytes = b""
        self._at = 0

    def take(self, size: int) -> bytes:
        """Return `size` random bytes, each given out once."""
        if self._at + size > len(self._bytes):
            self._bytes, self._at = os.urandom(max(self._piece, size)), 0
        self._at += size
        return self._bytes[self._at - size : self._at]


def pack(
    place: Place, opened: bytes, sealed: Sequence[tuple[Sequence[str], AESGCM, bytes]], random: Randomness
) -> bytes:
    """Return the state of a fact: `opened` and each of `sealed` (accounts, key, JSON) are canonical JSON."""
    drawn = random.take(SALT_BYTES + (SALT_BYTES + NONCE_BYTES) * len(sealed))
    salt, end = drawn[:SALT_BYTES], SALT_BYTES
    parts = []
    for number, (accounts, key, content) in enumerate(sealed, start=1):
        salted, end = end + SALT_BYTES, end + SALT_BYTES + NONCE_BYTES
        part, nonce = drawn[salted - SALT_BYTES : salted] + content, drawn[salted:end]
        box = nonce + key.encrypt(nonce, part, associated(place, number, accounts))
        parts.append((accounts, box, sha256(part).digest()))  # as `Part` reads it
    return _encode((SHAPE, salt, opened, sha256(salt + opened).digest(), parts))  # as `State` reads it


def unpack(state: bytes) -> State:
    """Take a stored state apart. Raises `UnknownShapeError` where it is none of ours."""
    try:
        found = _decode(state)
    except (msgspec.MsgspecError, ValueError) as error:  # ValueError: text that is no UTF-8
        raise UnknownShapeError(f"stored state: wanted shape {SHAPE}, got {error}") from error
    if found.shape != SHAPE:
        raise UnknownShapeError(f"stored state: wanted shape {SHAPE}, got shape {found.shape}")
    return found


def open_part(place: Place, number: int, part: Part, key: AESGCM) -> bytes | None:
    """Return `salt_i || JSON` of part `number` (from 1), or None where `key` or place do not fit it."""
    nonce, box = part.box[:NONCE_BYTES], part.box[NONCE_BYTES:]
    try:
        return key.decrypt(nonce, box, associated(place, number, part.accounts))
    except (InvalidTag, ValueError):  # ValueError: a nonce cut short
        return None


def open_fields(state: State) -> dict[str, Any]:
    """Return the fields of the open part. Raises `UnknownShapeError` where it is not what we ever stored."""
    try:
        fields = orjson.loads(state.open)
    except orjson.JSONDecodeError as error:
        raise UnknownShapeError(f"open part: wanted JSON, got {error}") from error
    if not isinstance(fields, dict) or not isinstance(fields.get("time"), int):
        raise UnknownShapeError("open part: wanted an object with the time in µs, got something else")
    return fields


def content(part: bytes) -> dict[str, Any]:
    """Return the fields of an opened part."""
    fields: dict[str, Any] = orjson.loads(part[SALT_BYTES:])
    return fields


def associated(place: Place, number: int, accounts: Sequence[str]) -> bytes:
    """Return the additional data that binds part `number` to its place and its subjects."""
    return _encode((*place, SHAPE, number, accounts))


def joint_key(keys: Sequence[bytes]) -> bytes:
    """Return the key of a part under several data keys, given in the order of their account ids."""
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=_JOINT).derive(b"".join(keys))


def commitments(state: State) -> list[bytes]:
    """Return c_0 .. c_n; c_0 anew from the open part, so that a changed one shows."""
    return [sha256(state.open_salt + state.open).digest(), *[part.commitment for part in state.parts]]


def written_commitments(state: State) -> list[bytes]:
    """Return c_0 .. c_n as they were written; a change of the open part since does not show in them."""
    return [state.c_0, *[part.commitment for part in state.parts]]


def leaf(place: Place, recorded: int, commitments: Sequence[bytes]) -> bytes:
    """Return the leaf, 32 bytes, of the fact with these commitments c_0 .. c_n.

    SHA-256("guildbook.fact.1" || stream 16 || version u32 || recorded i64 (µs) || len(topic) u16 || topic ||
    n u16 || c_0 .. c_n), numbers big-endian, n the count of sealed parts.
    """
    stream, version, topic = place
    return sha256(b"".join((_head(stream, version, recorded, topic, len(commitments) - 1), *commitments))).digest()


def _head(stream: bytes, version: int, recorded: int, topic: str, sealed: int) -> bytes:
    """Return what a leaf begins with, up to the count of sealed parts."""
    name = topic.encode()
    return _LEAF_HEAD(_LEAF, stream, version, recorded, len(name)) + name + _COUNT(sealed)
