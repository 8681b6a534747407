"""What statements and documents are found by: keyed digests, so that the rows say nothing of anybody."""

from __future__ import annotations

import functools
import hashlib
from typing import TYPE_CHECKING

from ledger.tokens import prefixed

if TYPE_CHECKING:
    from collections.abc import Iterator

TERM_BYTES = 16
MOST_REMEMBERED = 4_096
KINDS = ("verb", "activity", "context", "registration", "agent", "related", "authority", "refers", "voids", "id")
"""What a digest is of. `context`: an activity beside the object; `related`: a person beside actor and object."""


class Terms:
    """The digests of one community."""

    def __init__(self, lookup_key: bytes) -> None:
        begun = hashlib.blake2b(key=lookup_key, person=b"statement", digest_size=TERM_BYTES)
        self._begun = {}
        for kind in KINDS:
            hasher = begun.copy()
            hasher.update(prefixed(kind))
            self._begun[kind] = hasher.copy
        self._document = begun.copy
        self.of = functools.lru_cache(MOST_REMEMBERED)(self._of)

    def _of(self, kind: str, value: str) -> bytes:
        """Return the digest of a value of some kind, 16 bytes."""
        hasher = self._begun[kind]()
        hasher.update(value.encode())
        return hasher.digest()

    def place(self, *parts: str) -> bytes:
        """Return the digest of what names a document, or a drawer of them, 16 bytes."""
        hasher = self._document()
        for part in ("document", *parts):
            hasher.update(prefixed(part))
        return hasher.digest()


def joined(terms: set[bytes]) -> bytes:
    """Return terms as a row keeps them."""
    return b"".join(sorted(terms))


def apart(kept: bytes) -> Iterator[bytes]:
    """Yield the terms of a row."""
    for start in range(0, len(kept), TERM_BYTES):
        yield kept[start : start + TERM_BYTES]
