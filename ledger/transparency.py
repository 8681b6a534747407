"""The Merkle tree over leaves (RFC 6962 "Merkle Hash Trees"). The log of it comes later."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_LEAF, _NODE = b"\x00", b"\x01"


class GrowingTree:
    """The same tree, one leaf after another, in memory that grows with the logarithm of their number."""

    def __init__(self) -> None:
        self.size = 0
        self._roots: list[bytes] = []  # of the complete trees it is made of, the largest first

    def add(self, leaf: bytes) -> None:
        """Add the next data entry."""
        root, full = hashlib.sha256(_LEAF + leaf).digest(), self.size
        while full & 1:
            root = hashlib.sha256(_NODE + self._roots.pop() + root).digest()
            full >>= 1
        self._roots.append(root)
        self.size += 1

    def root(self) -> bytes:
        """Return the root over all leaves so far, 32 bytes."""
        if not self._roots:
            return hashlib.sha256(b"").digest()
        *larger, root = self._roots
        for left in reversed(larger):
            root = hashlib.sha256(_NODE + left + root).digest()
        return root


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """Return the root, 32 bytes, of a tree whose data entries are `leaves`; of none, the hash of nothing."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    level = [hashlib.sha256(_LEAF + leaf).digest() for leaf in leaves]
    while len(level) > 1:
        # The last of an odd number rises unpaired: the split at the largest power of two, seen from below.
        paired = [
            hashlib.sha256(_NODE + left + right).digest() for left, right in zip(level[::2], level[1::2], strict=False)
        ]
        level = paired if len(level) % 2 == 0 else [*paired, level[-1]]
    return level[0]
