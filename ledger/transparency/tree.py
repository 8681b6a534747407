"""The Merkle tree over data entries: roots, proofs and their verification (RFC 6962, RFC 9162).

A node `(level, index)` is the complete subtree over the 2**level leaves from leaf index * 2**level on. Hashes
are 32 bytes (SHA-256), indices begin at 0. Whatever keeps hashes of nodes can prove: see `HashReader`.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from ledger.errors import TransparencyError

HASH_BYTES = 32
LARGEST_SIZE = 2**63 - 1  # leaves; what other implementations count with
EMPTY_ROOT = hashlib.sha256(b"").digest()

_LEAF, _NODE = b"\x00", b"\x01"


@dataclass(frozen=True, slots=True)
class Node:
    """A complete subtree, by its place."""

    level: int  # 0 is a leaf
    index: int  # from the left, in its level


HashReader = Callable[[Sequence[Node]], Sequence[bytes]]
"""Gives the hashes of nodes, in the order asked; one call for a whole proof, so that it may be one query."""


class GrowingTree:
    """The tree, one leaf after another, in memory that grows with the logarithm of their number."""

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
        return folded(self._roots) if self._roots else EMPTY_ROOT


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """Return the root, 32 bytes, of a tree whose data entries are `leaves`; of none, the hash of nothing."""
    return root_over(b"".join(leaf_hashes(leaves))) if leaves else EMPTY_ROOT


def leaf_hashes(entries: Sequence[bytes]) -> list[bytes]:
    """Return the leaf hashes of data entries (RFC 6962 "Merkle Hash Trees")."""
    sha256 = hashlib.sha256
    return [sha256(_LEAF + entry).digest() for entry in entries]


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of the node above two others (RFC 6962 "Merkle Hash Trees")."""
    return hashlib.sha256(_NODE + left + right).digest()


def root_over(hashes: bytes) -> bytes:
    """Return the root over hashes of subtrees, one after another; all are of one size, the last may be of a smaller."""
    sha256, level, pair = hashlib.sha256, hashes, 2 * HASH_BYTES
    while len(level) > HASH_BYTES:
        # The last of an odd number rises unpaired: the split at the largest power of two, seen from below.
        paired = len(level) - len(level) % pair
        above = [sha256(_NODE + level[at : at + pair]).digest() for at in range(0, paired, pair)]
        level = b"".join([*above, level[paired:]])
    return level


def folded(hashes: Sequence[bytes]) -> bytes:
    """Return the root over complete subtrees (at least one), each smaller than the one to its left."""
    *larger, root = hashes
    for left in reversed(larger):
        root = node_hash(left, root)
    return root


def inclusion_proof(index: int, size: int, read: HashReader) -> list[bytes]:
    """Return the proof that leaf `index` is in the tree of `size` (RFC 6962 "Merkle Audit Paths").

    Hashes from the leaf's sibling up. Raises `TransparencyError` where there is no such leaf.
    """
    return _read(_siblings(index, size), read)


def inclusion_proofs(indices: Iterable[int], size: int, read: HashReader) -> Iterator[tuple[bytes, ...]]:
    """Yield the proof of each leaf, as `inclusion_proof`. What proofs have in common is read and made once."""
    known: dict[tuple[int, int], bytes] = {}
    for index in indices:
        beside = _siblings(index, size)
        if new := [each for each in beside if each not in known]:
            known.update(zip(new, _read(new, read), strict=True))
        yield tuple([known[each] for each in beside])


def consistency_proof(old: int, new: int, read: HashReader) -> list[bytes]:
    """Return the proof that the tree of size `new` begins with that of `old` (RFC 6962 "Merkle Consistency Proofs").

    Empty where `old` is 0 or `new`. Raises `TransparencyError` where `old` is the larger.
    """
    return _read(_joints(old, new), read)


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Verify that the leaf hash `leaf` is at `index` in the tree of `size` under `root`.

    RFC 9162 "Verifying an Inclusion Proof". Raises `TransparencyError`, saying what is wrong.
    """
    _check_hashes("inclusion proof", [leaf, root, *proof])
    wanted = len(_siblings(index, size))
    if len(proof) != wanted:
        raise TransparencyError(
            f"inclusion proof: wanted {wanted} hashes for leaf {index} of {size}, got {len(proof)}: cut or extended"
        )
    at, last, found = index, size - 1, leaf
    for each in proof:
        if at & 1 or at == last:
            found = node_hash(each, found)
            at, last = _risen(at, last)
        else:
            found = node_hash(found, each)
        at, last = at >> 1, last >> 1
    if found != root:
        raise TransparencyError(
            f"inclusion proof: wanted the root {_shown(root)}, got {_shown(found)}: the leaf, its place, or a hash "
            "of the proof is another"
        )


class Branches:
    """Inclusion in one tree, verified for many leaves: what they share of the way to its root is gone once."""

    def __init__(self, size: int, root: bytes) -> None:
        """Of the tree of `size` leaves under `root`."""
        self._size, self._root = size, root
        self._known: dict[tuple[int, int], tuple[bytes, tuple[bytes, ...]]] = {}  # node -> its hash, what is above it

    def verify(self, leaf: bytes, index: int, proof: tuple[bytes, ...]) -> None:
        """Do what `verify_inclusion` does. Raises `TransparencyError`."""
        way, found, at, last, level = [], leaf, index, self._size - 1, 0
        for place, each in enumerate(proof):
            if self._known.get((level, at)) == (found, proof[place:]):
                break
            way.append(((level, at), (found, proof[place:])))
            if at & 1 or at == last:
                found = node_hash(each, found)
                risen, last = _risen(at, last)
                level, at = level + at.bit_length() - risen.bit_length(), risen
            else:
                found = node_hash(found, each)
            level, at, last = level + 1, at >> 1, last >> 1
        else:
            verify_inclusion(leaf, index, self._size, proof, self._root)
        self._known.update(way)


def verify_consistency(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """Verify that the tree of size `new` under `new_root` begins with that of size `old` under `old_root`.

    RFC 9162 "Verifying Consistency between Two Tree Heads"; with an empty or the same tree, by an empty proof.
    Raises `TransparencyError`, saying what is wrong.
    """
    _check_hashes("consistency proof", [old_root, new_root, *proof])
    wanted = len(_joints(old, new))
    if len(proof) != wanted:
        raise TransparencyError(
            f"consistency proof: wanted {wanted} hashes from size {old} to {new}, got {len(proof)}: cut or extended"
        )
    if proof:
        first, second = _heads(old, new, proof, old_root)
    else:
        first, second = EMPTY_ROOT if old == 0 else new_root, EMPTY_ROOT if new == 0 else new_root
    for size, root, found in ((old, old_root, first), (new, new_root, second)):
        if found != root:
            raise TransparencyError(
                f"consistency proof: wanted the root {_shown(root)} at size {size}, got {_shown(found)}: "
                "one tree does not go on from the other, or a hash of the proof is another"
            )


def _heads(old: int, new: int, proof: Sequence[bytes], old_root: bytes) -> tuple[bytes, bytes]:
    """Return the two roots that a proof of the right length leads to."""
    path = iter(proof) if old & (old - 1) else iter([old_root, *proof])
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    first = second = next(path)
    for each in path:
        if at & 1 or at == last:
            first, second = node_hash(each, first), node_hash(each, second)
            at, last = _risen(at, last)
        else:
            second = node_hash(second, each)
        at, last = at >> 1, last >> 1
    return first, second


def _risen(at: int, last: int) -> tuple[int, int]:
    """Return both places at the level where the node at the right edge is a right child, or the first."""
    while at and not at & 1:
        at, last = at >> 1, last >> 1
    return at, last


def _siblings(index: int, size: int) -> list[tuple[int, int]]:
    """Return the ranges of leaves beside the way from leaf `index` up to the root."""
    if not 0 <= index < size <= LARGEST_SIZE:
        raise TransparencyError(f"inclusion proof: wanted a leaf from 0 to size - 1, got leaf {index} of {size}")
    begin, end, passed = 0, size, []
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            passed.append((middle, end))
            end = middle
        else:
            passed.append((begin, middle))
            begin = middle
    return passed[::-1]


def _joints(old: int, new: int) -> list[tuple[int, int]]:
    """Return the ranges of leaves by which the tree of size `old` is grown to `new`."""
    if not 0 <= old <= new <= LARGEST_SIZE:
        raise TransparencyError(f"consistency proof: wanted sizes from 0, the older first, got {old} and {new}")
    if old == 0:
        return []
    begin, end, passed = 0, new, []
    while end != old:
        middle = begin + _split(end - begin)
        if old <= middle:
            passed.append((middle, end))
            end = middle
        else:
            passed.append((begin, middle))
            begin = middle
    if begin:  # else what is left is the old tree itself, whose root the verifier has
        passed.append((begin, end))
    return passed[::-1]


def _split(size: int) -> int:
    """Return the largest power of two below `size`, which is at least 2."""
    return 1 << (size - 1).bit_length() - 1


def _complete(begin: int, end: int) -> list[Node]:
    """Return the complete subtrees of a range of leaves, of which each is smaller than the one to its left."""
    found = []
    while begin < end:
        level = (end - begin).bit_length() - 1
        found.append(Node(level, begin >> level))
        begin += 1 << level
    return found


def _read(ranges: Sequence[tuple[int, int]], read: HashReader) -> list[bytes]:
    """Return the root over each range of leaves."""
    parts = [_complete(*each) for each in ranges]
    nodes = [node for part in parts for node in part]
    hashes = read(nodes) if nodes else []
    if len(hashes) != len(nodes):
        raise TransparencyError(f"stored hashes: wanted {len(nodes)}, got {len(hashes)}")
    left = iter(hashes)
    return [folded(list(islice(left, len(part)))) for part in parts]


def _check_hashes(what: str, hashes: Sequence[bytes]) -> None:
    for each in hashes:
        if len(each) != HASH_BYTES:
            raise TransparencyError(f"{what}: wanted hashes of {HASH_BYTES} bytes, got one of {len(each)}")


def _shown(root: bytes) -> str:
    return base64.b64encode(root).decode()
