"""What shows a single fact to somebody, and nothing of its neighbours: its opening.

A fact's leaf is a hash over its place and over a commitment to each of its parts (`ledger.shape.leaf`). An opening
is all that the leaf is made of, and of some sealed parts what their commitments stand for: salt and content. Written
down it is canonical JSON (UTF-8, names sorted, no white space), bytes as base64url without padding:

    {"commitments": [c_0, c_1, ...], "parts": {"1": {"content": JSON as it was sealed, "salt": 16 bytes}},
     "recorded": µs, "stream": 16 bytes, "topic": ..., "type": "guildbook.opening.1", "version": ...}

The open part is never opened: account ids stand in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Self

from ledger.draft import canonical
from ledger.errors import TransparencyError
from ledger.multibase import MultibaseError, base64url_decode, base64url_encode
from ledger.shape import SALT_BYTES, Place, leaf
from schemas import MalformedJSONError, loads

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

TYPE = "guildbook.opening.1"
LARGEST = 1_048_576  # bytes, 1 MiB: a fact's largest part, each character of it escaped
MOST_PARTS = 64  # sealed ones of one fact; none of ours has more than two

_HASH_BYTES = 32
_STREAM_BYTES = 16
_LARGEST_VERSION = 2**32 - 1
_LONGEST_TOPIC = 65_535  # bytes
_NAMES = {"commitments", "parts", "recorded", "stream", "topic", "type", "version"}
_PART_NAMES = {"content", "salt"}


@dataclass(frozen=True, slots=True)
class Opening:
    """What a fact's leaf is made of, and those of its sealed parts that are shown.

    `parts` are `salt || content` by their number, from 1. Raises `TransparencyError` where it is none that a fact
    can have, or where a part is not what its commitment stands for.
    """

    place: Place
    recorded: int  # µs
    commitments: tuple[bytes, ...]  # c_0 .. c_n
    parts: Mapping[int, bytes]

    def __post_init__(self) -> None:
        for number, part in self.parts.items():
            if not 1 <= number < len(self.commitments):
                raise TransparencyError(f"opening: wanted parts 1 to {len(self.commitments) - 1}, got part {number}")
            if len(part) < SALT_BYTES or sha256(part).digest() != self.commitments[number]:
                raise TransparencyError(f"opening: wanted what c_{number} stands for as part {number}, got another")

    def leaf(self) -> bytes:
        """Return the fact's leaf, 32 bytes: the entry of the log."""
        return leaf(self.place, self.recorded, self.commitments)

    def content(self, number: int) -> dict[str, Any]:
        """Return the fields of a part that is shown. Raises `TransparencyError` where it is not, or is no object."""
        if number not in self.parts:
            raise TransparencyError(f"opening: wanted part {number} to be opened, got {sorted(self.parts) or 'none'}")
        fields = _loaded(self.parts[number][SALT_BYTES:])
        if not isinstance(fields, dict):
            raise TransparencyError(f"opening: wanted an object as part {number}, got {type(fields).__name__}")
        return fields

    def only(self, numbers: Iterable[int]) -> Opening:
        """Return the opening that shows these parts alone, as far as this one does."""
        shown = set(numbers)
        kept = {number: part for number, part in self.parts.items() if number in shown}
        return Opening(self.place, self.recorded, self.commitments, kept)

    def document(self) -> dict[str, Any]:
        """Return the opening as JSON values."""
        return {
            "commitments": [base64url_encode(each) for each in self.commitments],
            "parts": {
                str(number): {"content": part[SALT_BYTES:].decode(), "salt": base64url_encode(part[:SALT_BYTES])}
                for number, part in self.parts.items()
            },
            "recorded": self.recorded,
            "stream": base64url_encode(self.place.stream),
            "topic": self.place.topic,
            "type": TYPE,
            "version": self.place.version,
        }

    def encode(self) -> bytes:
        """Return the opening as it is written down. The same opening gives the same bytes."""
        return canonical(self.document())

    @classmethod
    def parse(cls, raw: bytes) -> Self:
        """Return the opening that `raw` writes down, each part held against its commitment.

        Raises `TransparencyError`, and nothing else, where it is none, or is written in another way than the one.
        """
        if len(raw) > LARGEST:
            raise TransparencyError(f"opening: wanted at most {LARGEST} bytes, got {len(raw)}")
        document = _loaded(raw)
        found = cls.of(document)
        if canonical(document) != raw:
            raise TransparencyError("opening: wanted names sorted and no white space, got the same written otherwise")
        return found

    @classmethod
    def of(cls, document: object) -> Self:
        """Return the opening that JSON values stand for. Raises `TransparencyError`."""
        if not isinstance(document, dict) or document.keys() != _NAMES or document["type"] != TYPE:
            raise TransparencyError(f"opening: wanted {TYPE} with {', '.join(sorted(_NAMES))}, got {_shown(document)}")
        commitments, parts = document["commitments"], document["parts"]
        if not isinstance(commitments, list) or not 1 <= len(commitments) <= MOST_PARTS + 1:
            raise TransparencyError(f"commitments: wanted 1 to {MOST_PARTS + 1}, got {_shown(commitments)}")
        if not isinstance(parts, dict):
            raise TransparencyError(f"parts: wanted an object, got {_shown(parts)}")
        place = Place(
            _bytes(document["stream"], _STREAM_BYTES, "stream"),
            _number(document["version"], _LARGEST_VERSION, "version"),
            _topic(document["topic"]),
        )
        return cls(
            place,
            _number(document["recorded"], 2**63 - 1, "recorded"),
            tuple(_bytes(each, _HASH_BYTES, "commitment") for each in commitments),
            {_part_number(name): _part(part) for name, part in parts.items()},
        )


def _loaded(raw: bytes) -> object:
    try:
        return loads(raw)
    except MalformedJSONError as error:
        raise TransparencyError(f"opening: {error}") from error


def _part(found: object) -> bytes:
    if not isinstance(found, dict) or found.keys() != _PART_NAMES or not isinstance(found["content"], str):
        raise TransparencyError(f"part of an opening: wanted salt and content, got {_shown(found)}")
    return _bytes(found["salt"], SALT_BYTES, "salt") + found["content"].encode()


def _part_number(name: str) -> int:
    if not (name.isascii() and name.isdigit() and len(name) <= len(str(MOST_PARTS)) and name == str(int(name))):
        raise TransparencyError(f"part of an opening: wanted a number as its name, got {_shown(name)}")
    return int(name)


def _number(found: object, largest: int, what: str) -> int:
    if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found <= largest:
        raise TransparencyError(f"{what} of an opening: wanted 0 to {largest}, got {_shown(found)}")
    return found


def _topic(found: object) -> str:
    if not isinstance(found, str) or not 1 <= len(found.encode()) <= _LONGEST_TOPIC:
        raise TransparencyError(f"topic of an opening: wanted 1 to {_LONGEST_TOPIC} bytes, got {_shown(found)}")
    return found


def _bytes(found: object, size: int, what: str) -> bytes:
    """Return the bytes that base64url without padding stands for, written in the one way."""
    try:
        raw = base64url_decode(found) if isinstance(found, str) else b""
    except MultibaseError:
        raw = b""
    if len(raw) != size:
        raise TransparencyError(f"{what} of an opening: wanted {size} bytes in base64url, got {_shown(found)}")
    return raw


def _shown(found: object) -> str:
    return ascii(found)[:60]
