"""What is sealed to one installation: its recipient key, and files that only it can open.

A file is JSON Lines. The first line says what it is, and holds the file's own key, sealed by HPKE (RFC 9180, base
mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM) to the recipient. Every other line is a piece of the
content, compressed, under that key (AES-256-GCM); the number of a piece is its nonce, and a piece knows the first
line and whether it is the last one, so that none can be left out, exchanged or moved to another file.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import zlib
from typing import IO, TYPE_CHECKING, Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from ledger.errors import FileFaultError, LedgerError, WrongKeyError
from ledger.key_files import load_or_create_secret
from ledger.shape import KEY_BYTES, NONCE_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

PREFIX = "gbr_"
_CHECK_BYTES = 4
_INFO = b"guildbook.recipient.1"
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_LONGEST_LINE = 16_777_216  # bytes
_LARGEST_PIECE = 67_108_864  # bytes, when it is no longer compressed


class Recipient:
    """An installation as one that files are sealed to."""

    def __init__(self, keys: Path) -> None:
        """Use the key `recipient` of a key folder, made on first use. Raises `KeyFileError`."""
        self._key = X25519PrivateKey.from_private_bytes(load_or_create_secret(keys / "recipient"))

    @property
    def text(self) -> str:
        """The public half, to be handed to whoever seals: `gbr_...`, with a checksum against slips of the pen."""
        public = self._key.public_key().public_bytes_raw()
        return PREFIX + base64.urlsafe_b64encode(public + _checksum(public)).decode()

    def opened(self, file: Path) -> tuple[dict[str, Any], Iterator[bytes]]:
        """Return what the first line of a sealed file says, and its pieces.

        Raises `FileFaultError`, also on the way, where it is cut or changed; `WrongKeyError` where it is sealed to
        another.
        """
        lines = _lines(file)
        header = next(lines, {})
        if header.get("guildbook") != "keys":
            raise FileFaultError(f"{file.name}: wanted a file of sealed keys, got something else")
        sealed = header.pop("sealed", "")
        try:
            key = _SUITE.decrypt(binascii.a2b_base64(sealed), self._key, _INFO + _bound(header))
        except (InvalidTag, ValueError) as error:
            raise WrongKeyError(
                f"{file.name}: wanted a file sealed to {self.text}, got one for {header.get('to')}, or one changed"
            ) from error
        return header, _pieces(file, AESGCM(key), _bound(header), lines)


def seal(to: str, header: Mapping[str, Any], pieces: Iterable[bytes], file: IO[bytes]) -> None:
    """Write a file that only the recipient `to` (its public text) can open. `header` is not secret.

    Raises `LedgerError` where `to` is none.
    """
    told = {"guildbook": "keys", "to": to, **header}
    key = os.urandom(KEY_BYTES)
    sealed = _SUITE.encrypt(key, _public(to), _INFO + _bound(told))
    file.write(orjson.dumps(told | {"sealed": base64.b64encode(sealed).decode()}) + b"\n")
    cipher, bound, number = AESGCM(key), _bound(told), 0
    waiting: bytes | None = None
    for piece in pieces:
        if waiting is not None:
            file.write(_line(cipher, bound, number, waiting, last=False))
            number += 1
        waiting = piece
    file.write(_line(cipher, bound, number, waiting or b"", last=True))


def _line(cipher: AESGCM, bound: bytes, number: int, piece: bytes, *, last: bool) -> bytes:
    box = cipher.encrypt(number.to_bytes(NONCE_BYTES), zlib.compress(piece), bound + bytes([last]))
    return orjson.dumps({"piece": number, "last": last, "box": base64.b64encode(box).decode()}) + b"\n"


def _pieces(file: Path, cipher: AESGCM, bound: bytes, lines: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    last = False
    for number, line in enumerate(lines):
        last = line.get("last") is True
        try:
            box = binascii.a2b_base64(line["box"])
            yield _inflated(cipher.decrypt(number.to_bytes(NONCE_BYTES), box, bound + bytes([last])))
        except (InvalidTag, KeyError, TypeError, ValueError, zlib.error) as error:
            raise FileFaultError(f"{file.name}: wanted piece {number} as it was sealed, got it changed") from error
        if last:
            break
    if not last or next(lines, None) is not None:
        raise FileFaultError(f"{file.name}: wanted the last piece at the end, got a file that is cut or was added to")


def _inflated(packed: bytes) -> bytes:
    inflating = zlib.decompressobj()
    piece = inflating.decompress(packed, _LARGEST_PIECE)
    if not inflating.eof:
        raise ValueError("wanted a whole piece")
    return piece


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    try:
        with file.open("rb") as opened:
            while text := opened.readline(_LONGEST_LINE):
                found = orjson.loads(text)
                if not isinstance(found, dict):
                    raise FileFaultError(f"{file.name}: wanted JSON objects, got something else")
                yield found
    except (OSError, orjson.JSONDecodeError) as error:
        raise FileFaultError(f"{file.name}: wanted lines of JSON, got: {error}") from error


def _bound(header: Mapping[str, Any]) -> bytes:
    return hashlib.sha256(orjson.dumps(header, option=orjson.OPT_SORT_KEYS)).digest()


def _public(text: str) -> X25519PublicKey:
    try:
        raw = base64.urlsafe_b64decode(text.removeprefix(PREFIX))
    except ValueError:
        raw = b""
    public, check = raw[:KEY_BYTES], raw[KEY_BYTES:]
    if not text.startswith(PREFIX) or len(public) < KEY_BYTES or check != _checksum(public):
        raise LedgerError(f"recipient: wanted {PREFIX}... as `guildbook recipient` prints it, got {text[:60]!r}")
    return X25519PublicKey.from_public_bytes(public)


def _checksum(public: bytes) -> bytes:
    return hashlib.sha256(_INFO + public).digest()[:_CHECK_BYTES]
