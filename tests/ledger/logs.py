"""Logs to test with: a tree kept in tiles, its signed heads and proofs, keys that are always the same."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.keys import FileSigner
from ledger.transparency import (
    Checkpoint,
    Edge,
    Proof,
    Tile,
    VerifierKey,
    consistency_proof,
    hashes_in_tiles,
    inclusion_proof,
    leaf_hashes,
    merkle_root,
    sign_checkpoint,
    verifier_key,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

ORIGIN = "badges.example.org/communities/weavers/log"


def private_key(name: str) -> Ed25519PrivateKey:
    """Return the key that always belongs to `name`."""
    return Ed25519PrivateKey.from_private_bytes(sha256(name.encode()).digest())


def signer(name: str) -> FileSigner:
    """Return who signs with it."""
    return FileSigner(private_key(name))


def entries(count: int, of: str = "weavers") -> list[bytes]:
    """Return as many leaves of facts, no two alike."""
    return [sha256(f"{of} {number}".encode()).digest() for number in range(count)]


class Log:
    """A log of `count` entries, in tiles."""

    def __init__(self, count: int, origin: str = ORIGIN, of: str = "weavers") -> None:
        self.origin = origin
        self.signer = signer(origin)
        self.entries: list[bytes] = []
        self.edge = Edge()
        self.stored: dict[tuple[int, int], bytes] = {}
        self.grow(entries(count, of))

    @property
    def key(self) -> VerifierKey:
        return verifier_key(self.origin, self.signer)

    def grow(self, more: Sequence[bytes]) -> dict[Tile, bytes]:
        """Append entries, and store the tiles that this writes over shorter ones."""
        written = self.edge.append(more)
        self.entries += more
        self.stored |= {(tile.level, tile.index): raw for tile, raw in written.items()}
        return written

    def read(self, tiles: Sequence[Tile]) -> list[bytes]:
        return [self.stored[tile.level, tile.index][: tile.width * 32] for tile in tiles]

    def leaf(self, index: int) -> bytes:
        """Return the leaf hash of an entry."""
        return leaf_hashes(self.entries[index : index + 1])[0]

    def root(self, size: int) -> bytes:
        return merkle_root(self.entries[:size])

    def inclusion(self, index: int, size: int) -> list[bytes]:
        return inclusion_proof(index, size, hashes_in_tiles(size, self.read))

    def consistency(self, old: int, new: int) -> list[bytes]:
        return consistency_proof(old, new, hashes_in_tiles(new, self.read))

    def head(self, size: int | None = None) -> str:
        """Return the signed checkpoint at `size`, now where it is not told."""
        size = self.edge.size if size is None else size
        return sign_checkpoint(Checkpoint(self.origin, size, self.root(size)), self.signer)

    def proof(self, index: int, size: int | None = None, *, cosignatures: str = "") -> str:
        """Return the proof of an entry under the signed checkpoint at `size`."""
        size = self.edge.size if size is None else size
        return Proof(index, tuple(self.inclusion(index, size)), self.head(size) + cosignatures).text
