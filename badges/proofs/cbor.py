"""The part of CBOR (RFC 8949) that proofs are written in: numbers from 0 on, byte strings, arrays and maps.

Each has one form here, the shortest ("Core Deterministic Encoding Requirements", but for the order of keys, which
VC-DI-ECDSA leaves open). Tags, texts, floats and lengths left open are refused: none of them may be in a proof.
"""

from __future__ import annotations

from badges.errors import ProofError

DEEPEST = 3  # levels; a proof has a list, a list or map in it, and what that holds

_NUMBER, _BYTES, _ARRAY, _MAP = 0, 2, 4, 5  # "Major Types"
_AT_ONCE = 24  # what the first byte itself may say is under this
_LEAST = (24, 1 << 8, 1 << 16, 1 << 32)  # that needs 1, 2, 4 and 8 bytes


def decode(raw: bytes) -> object:
    """Return what `raw` says: an int, bytes, list or dict, and these within them. Raises `ProofError`."""
    reader = _Reader(raw)
    found = reader.value(DEEPEST)
    if reader.at < len(raw):
        raise ProofError(f"CBOR: wanted one value, got {len(raw) - reader.at} bytes more")
    return found


class _Reader:
    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.at = 0

    def value(self, levels: int) -> object:
        kind, number = self.head()
        if kind == _NUMBER:
            return number
        if number > len(self.raw) - self.at or not levels:  # every item takes a byte, at the least
            raise ProofError(f"CBOR: wanted {number} items or bytes within {DEEPEST} levels, got fewer or more")
        if kind == _BYTES:
            return self.take(number)
        if kind == _ARRAY:
            return [self.value(levels - 1) for _ in range(number)]
        if kind != _MAP:
            raise ProofError(f"CBOR: wanted numbers, bytes, arrays and maps, got major type {kind}")
        found: dict[int, object] = {}
        for _ in range(number):
            key = self.value(0)
            if not isinstance(key, int) or key in found:
                raise ProofError("CBOR: wanted numbers as keys, each once, got something else")
            found[key] = self.value(levels - 1)
        return found

    def head(self) -> tuple[int, int]:
        """Return major type and argument, which must be written in as few bytes as it needs."""
        first = self.take(1)[0]
        kind, number = first >> 5, first & 31
        if number < _AT_ONCE:
            return kind, number
        if number >= _AT_ONCE + len(_LEAST):
            raise ProofError("CBOR: wanted lengths that are said, got one left open")
        least = _LEAST[number - _AT_ONCE]
        number = int.from_bytes(self.take(1 << number - _AT_ONCE))
        if number < least:
            raise ProofError(f"CBOR: wanted the shortest form of {number}, got a longer one")
        return kind, number

    def take(self, size: int) -> bytes:
        taken = self.raw[self.at : self.at + size]
        if len(taken) < size:
            raise ProofError(f"CBOR: wanted {size} bytes more, got {len(taken)}")
        self.at += size
        return taken
