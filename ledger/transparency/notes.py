"""Texts signed by one or more keys (C2SP signed-note), and a witness's timestamped signatures (tlog-cosignature).

    text, ends in a newline
                                        an empty line
    — name base64(key id || signature)  one line for each signature

What unknown keys signed is ignored, so that others may add their signatures; a text counts only by a known one.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple, Self

from cryptography.exceptions import InvalidSignature

from ledger import ed25519
from ledger.errors import TransparencyError
from ledger.transparency.lines import base64_of, bytes_of, shown, text_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.keys import Signer

MOST_SIGNATURES = 64  # in one note; 16 is the least that must be read
KEY_ID_BYTES = 4
KEY_BYTES = 32
SIGNATURE_BYTES = 64

LATEST_TIME = 2**63 - 1

_DASH = "\N{EM DASH} "
_TIME = struct.Struct(">Q")


class Kind(IntEnum):
    """What a key signs (signed-note "Signature types"): those that we read and write."""

    NOTE = 0x01  # the text
    COSIGNATURE = 0x04  # "cosignature/v1", the time and the text of a checkpoint


@dataclass(frozen=True)
class VerifierKey:
    """A public Ed25519 key under a name, for signatures of one kind (signed-note "Verifier keys").

    Raises `TransparencyError` where the name is empty or has a space or plus, or the key is not 32 bytes.
    """

    name: str
    public: bytes
    kind: Kind = Kind.NOTE

    def __post_init__(self) -> None:
        check_name(self.name)
        if len(self.public) != KEY_BYTES:
            raise TransparencyError(f"verifier key of {self.name}: wanted {KEY_BYTES} bytes, got {len(self.public)}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the key that `text` stands for: name+hash+key. Raises `TransparencyError`."""
        name, *rest = text.split("+", 2)  # base64 may have a plus too
        if len(rest) != 2:  # noqa: PLR2004 - the hash and the key
            raise TransparencyError(f"verifier key: wanted name+hash+key, got {shown(text)}")
        material = bytes_of(rest[1], "verifier key")
        if material[0] not in set(Kind):
            raise TransparencyError(f"verifier key of {name}: wanted type 1 (Ed25519) or 4, got {material[0]}")
        key = cls(name, material[1:], Kind(material[0]))
        if rest[0] != key.key_id.hex():
            raise TransparencyError(f"verifier key of {name}: wanted the hash {key.key_id.hex()}, got {shown(rest[0])}")
        return key

    @cached_property
    def key_id(self) -> bytes:
        """The 4 bytes by which signatures name the key."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:KEY_ID_BYTES]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{base64_of(bytes([self.kind]) + self.public)}"


class Verified(NamedTuple):
    """A signature that holds."""

    key: VerifierKey
    line: str  # as it stands in the note, with its newline
    time: int | None  # of a cosignature, s since 1970 by the witness's clock


class Note(NamedTuple):
    """A note some of whose signatures were verified; nothing of what an unknown key signed is kept."""

    text: str
    signatures: tuple[Verified, ...]


def verifier_key(name: str, signer: Signer, kind: Kind = Kind.NOTE) -> VerifierKey:
    """Return the key that verifies what `signer` signs as `name`. Raises `TransparencyError` for a bad name."""
    return VerifierKey(name, signer.public_key, kind)


def check_name(name: str) -> None:
    """Raise `TransparencyError` where no key can have that name (signed-note "Format")."""
    text_of(name, "name of a key")
    if "+" in name or name.split() != [name]:
        raise TransparencyError(f"name of a key: wanted no space, no plus, not empty, got {shown(name)}")


def sign_note(text: str, name: str, signer: Signer) -> str:
    """Return `text`, which ends in a newline, as a note signed by `signer` under `name`.

    signed-note "Ed25519 signatures". Raises `TransparencyError` where text or name cannot stand in a note.
    """
    if not text_of(text, "text of a note").endswith("\n"):
        raise TransparencyError("text of a note: wanted a newline at its end, got none")
    key = verifier_key(name, signer)
    return f"{text}\n{_line(key, signer.sign(text.encode()))}"


def cosign(text: str, name: str, signer: Signer, *, time: int) -> str:
    """Return a witness's signature line, with its newline, over the `text` of a checkpoint at `time` (s since 1970).

    tlog-cosignature "Ed25519 signed message". Raises `TransparencyError` where there is no such time.
    """
    if not 0 < time <= LATEST_TIME:
        raise TransparencyError(f"cosignature of {name}: wanted a time from 1 to 2^63 - 1, got {time}")
    key = verifier_key(name, signer, Kind.COSIGNATURE)
    return _line(key, _TIME.pack(time) + signer.sign(_cosigned(text, time)))


def open_note(raw: bytes | str, keys: Sequence[VerifierKey]) -> Note:
    """Return the note with those of its signatures that are by `keys`; others are ignored.

    signed-note "Signatures". Raises `TransparencyError` where it is no note, where a signature by one of `keys`
    does not hold, and where none is by any of them.
    """
    text, lines = split(raw)
    verified = verify_lines(text, lines, keys)
    if not verified:
        wanted = ", ".join(str(key) for key in keys) or "a known key"
        raise TransparencyError(f"signed note: wanted a signature by {wanted}, got none")
    return Note(text, verified)


def split(raw: bytes | str) -> tuple[str, list[str]]:
    """Return the text of a note and its signature lines, each with its newline; nothing is verified.

    Raises `TransparencyError` where it is no note.
    """
    whole = text_of(raw, "signed note")
    text, empty, block = whole.rpartition("\n\n")
    if not empty:
        raise TransparencyError("signed note: wanted a text, an empty line and lines of signatures, got no empty line")
    return text + "\n", signature_lines(block)


def signature_lines(block: str) -> list[str]:
    """Return the lines of `block`, each with its newline. Raises `TransparencyError` where the last has none."""
    *lines, end = block.split("\n")  # and nothing else: Unicode knows more ends of lines than a note
    if end or not lines:
        raise TransparencyError(f"signature lines: wanted a newline after the last, got {shown(end)}")
    return [line + "\n" for line in lines]


def verify_lines(text: str, lines: Sequence[str], keys: Sequence[VerifierKey]) -> tuple[Verified, ...]:
    """Return those of a note's signature lines that are by `keys`, one for each key; others are ignored.

    Raises `TransparencyError` where a line is no signature, and where one by a key of `keys` does not hold.
    """
    if len(lines) > MOST_SIGNATURES:
        raise TransparencyError(f"signed note: wanted at most {MOST_SIGNATURES} signatures, got {len(lines)}")
    known = {(key.name, key.key_id): key for key in keys}
    verified: dict[VerifierKey, Verified] = {}
    for line in lines:
        name, key_id, signature = _parsed(line)
        if key := known.get((name, key_id)):
            verified.setdefault(key, Verified(key, line, _verify(text, key, signature)))
    return tuple(verified.values())


def _parsed(line: str) -> tuple[str, bytes, bytes]:
    """Return the key name, the key id and the signature of a line."""
    name, space, encoded = line.removeprefix(_DASH).removesuffix("\n").partition(" ")
    if not line.startswith(_DASH) or not line.endswith("\n") or not space:
        raise TransparencyError(f"signature line: wanted a dash, a name and base64, got {shown(line)}")
    check_name(name)
    data = bytes_of(encoded, f"signature line of {name}")
    if len(data) <= KEY_ID_BYTES:
        raise TransparencyError(f"signature line of {name}: wanted more than {KEY_ID_BYTES} bytes, got {len(data)}")
    return name, data[:KEY_ID_BYTES], data[KEY_ID_BYTES:]


def _verify(text: str, key: VerifierKey, signature: bytes) -> int | None:
    """Return the time of a signature that holds, None where its kind has no time."""
    time: int | None = None
    message = text.encode()
    if key.kind is Kind.COSIGNATURE:
        time, signature = _timed(key, signature)
        message = _cosigned(text, time)
    try:
        ed25519.verify(key.public, signature, message)
    except InvalidSignature as error:
        raise TransparencyError(f"signed note: wanted a signature that {key} verifies, got another") from error
    return time


def _timed(key: VerifierKey, signature: bytes) -> tuple[int, bytes]:
    """Return the time and the bare signature of a cosignature (tlog-cosignature "Format")."""
    if len(signature) == _TIME.size + SIGNATURE_BYTES:
        (time,) = _TIME.unpack_from(signature)
        if 0 < time <= LATEST_TIME:
            return time, signature[_TIME.size :]
    raise TransparencyError(f"cosignature of {key.name}: wanted 8 bytes of a time and 64 more, got something else")


def _cosigned(text: str, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def _line(key: VerifierKey, signature: bytes) -> str:
    return f"{_DASH}{key.name} {base64_of(key.key_id + signature)}\n"
