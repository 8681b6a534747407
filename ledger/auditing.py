"""Is what is stored what was signed? A community's log made anew from its facts, and held against every signed head.

Nothing is taken on trust but the key of the log: not the hashes kept for proofs, not the commitments beside a fact.
What an erasure made unreadable is still held against its leaf; only that its ciphertext is the one that was written
cannot be said any more, and no longer matters.
"""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING

from ledger.errors import TransparencyError, UnknownShapeError
from ledger.shape import commitments, leaf, open_part, unpack
from ledger.transparency import Edge, Tile, leaf_hashes, open_checkpoint
from ledger.transparency.tiles import TILE_WIDTH
from ledger.transparency.tree import HASH_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ledger.heads import Head
    from ledger.people import CommunityKeys, People
    from ledger.rows import Row
    from ledger.shard import Shard
    from ledger.transparency import VerifierKey

PAGE = 8 * TILE_WIDTH  # facts read at a time
AHEAD = 2  # pages read before they are asked for
MOST_TOLD = 20  # faults; where there are more, the book is another


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit found; the log is as it was signed where there are no `faults`."""

    community: str
    origin: str
    facts: int  # in the ledger
    sealed: int  # of them under the last signed head
    heads: int  # signed heads that were checked
    unreadable: int  # sealed parts whose keys were destroyed
    root: str  # of the tree made anew over the sealed facts, base64
    faults: tuple[str, ...]  # in words, the first 20


class Auditing:
    """One audit of one community's log."""

    def __init__(self, shard: Shard, head: Head, key: VerifierKey) -> None:
        """`key`: the one that is trusted to have signed the heads."""
        self._shard = shard
        self._head = head
        self._key = key
        self._people: People = shard.people
        self._keys: CommunityKeys = shard.people.community(head.community)
        self._edge = Edge()
        self._faults: list[str] = []
        self._unlike: list[int] = []  # facts whose kept hash is another
        self._forked = False
        self._unreadable = 0
        self._recorded = 0

    def run(self, told: Callable[[int, int], None]) -> Audit:
        """Read every fact under the head; `told` hears how many were, and of how many."""
        head, recorder = self._head, self._shard.recorder
        roots = self._signed_roots()
        marks, last = sorted(roots), recorder.head(head.community)
        if last < head.size:
            self._fault(f"wanted at least the {head.size:,} facts whose head was signed, got {last:,}: cut short")
        self._held(roots)  # of the empty tree
        end = min(last, head.size)
        for rows in self._pages(end):
            begin = self._edge.size
            positions = [row.position for row in rows]
            if positions != [*range(begin + 1, begin + 1 + len(rows))] or not rows:
                gone = next((n for n, at in enumerate(positions, begin + 1) if n != at), begin + 1 + len(rows))
                self._fault(f"wanted a fact at position {gone}, got none: it was taken out")
                break
            leaves = self._leaves(rows)
            for mark in [mark for mark in marks if begin < mark < begin + len(rows)] + [begin + len(rows)]:
                self._grown(leaves[self._edge.size - begin : mark - begin])
                self._held(roots)
            told(self._edge.size, end)
        self._faults = [*self._of_unlike(), *self._faults]
        return Audit(
            head.community,
            head.origin,
            last,
            head.size,
            len(roots),
            self._unreadable,
            base64.b64encode(self._edge.root()).decode(),
            tuple(self._faults[:MOST_TOLD]),
        )

    def _of_unlike(self) -> list[str]:
        """Return what is said of facts that are not what their hashes say: which are wrong, the signed roots tell."""
        if self._forked or self._edge.size < self._head.size:
            return [
                f"fact {position}: wanted it as it was signed, got another" for position in self._unlike[:MOST_TOLD]
            ]
        if self._unlike:
            some = f"{len(self._unlike):,} facts, the first {self._unlike[0]:,}"
            return [f"hashes kept for proofs of {some}: wanted theirs, got others; the facts are as they were signed"]
        return []

    def _pages(self, end: int) -> Iterator[list[Row]]:
        """Yield the facts up to `end`, each page read while the one before is made into leaves."""
        read = partial(self._shard.recorder.rows_after, self._head.community, limit=PAGE, upto=end)
        with ThreadPoolExecutor(1) as ahead:
            coming = [ahead.submit(read, after=after) for after in range(0, end, PAGE)[:AHEAD]]
            for after in range(0, end, PAGE):
                following = after + AHEAD * PAGE
                if following < end:
                    coming.append(ahead.submit(read, after=following))
                yield coming.pop(0).result()

    def _fault(self, words: str) -> None:
        if len(self._faults) < MOST_TOLD:
            self._faults.append(words)

    def _signed_roots(self) -> dict[int, bytes]:
        """Return the root of every head that was signed, by its size."""
        head, roots = self._head, dict[int, bytes]()
        notes = self._shard.log.history(head.community, head.log)
        for size, note in [*notes, *([(head.size, head.note)] if head.note else [])]:
            try:
                signed = open_checkpoint(note, self._key).checkpoint
            except TransparencyError as error:
                self._fault(f"wanted a head of size {size:,} that we signed, got another: {error}")
                continue
            if signed.size != size or size > head.size:
                self._fault(f"wanted heads up to {head.size:,}, got one of {signed.size:,} kept as {size:,}")
            elif roots.setdefault(size, signed.root) != signed.root:
                self._fault(f"wanted one head of size {size:,}, got two that differ: the log has forked")
        return roots

    def _leaves(self, rows: Sequence[Row]) -> list[bytes]:
        """Return the leaves of facts, all anew from what is stored; of one that cannot be read, 32 zeroes."""
        found, cipher_of = [], self._people.cipher
        for row in rows:
            try:
                state = unpack(row.state)
            except UnknownShapeError as error:
                self._fault(f"fact {row.position}: wanted what was signed, got what is no fact: {error}")
                found.append(bytes(HASH_BYTES))
                continue
            place = row.place()
            for number, part in enumerate(state.parts, start=1):
                cipher = cipher_of(self._keys, tuple(part.accounts))
                if cipher is None:
                    self._unreadable += 1
                    continue
                opened = open_part(place, number, part, cipher)
                if opened is None or sha256(opened).digest() != part.commitment:
                    self._fault(f"fact {row.position}: wanted the sealed text that was signed, got another")
            if row.recorded < self._recorded:
                self._fault(f"fact {row.position}: wanted it recorded no earlier than the one before it")
            self._recorded = row.recorded
            found.append(leaf(place, row.recorded, commitments(state)))
        return found

    def _grown(self, leaves: Sequence[bytes]) -> None:
        """Grow the tree, and hold its leaves against the hashes that are kept of them."""
        begin = self._edge.size
        self._edge.append(leaves)
        index = begin // TILE_WIDTH
        ends = [min(self._edge.size, (at + 1) * TILE_WIDTH) for at in range(index, -(-self._edge.size // TILE_WIDTH))]
        tiles = [Tile(0, index + at, end - (index + at) * TILE_WIDTH) for at, end in enumerate(ends)]
        try:
            kept = b"".join(self._shard.log.reader(self._head.community)(tiles)) if tiles else b""
        except TransparencyError:
            return  # they can be made again; the root decides
        kept = kept[(begin % TILE_WIDTH) * HASH_BYTES :]
        for number, made in enumerate(leaf_hashes(leaves)):
            if kept[number * HASH_BYTES : (number + 1) * HASH_BYTES] != made:
                self._unlike.append(begin + number + 1)

    def _held(self, roots: dict[int, bytes]) -> None:
        """Hold the tree against the head of its size, where one was signed."""
        size = self._edge.size
        if size in roots and self._edge.root() != roots[size]:
            wanted, self._forked = base64.b64encode(roots[size]).decode(), True
            self._fault(f"wanted the root {wanted} that was signed over {size:,} facts, got another")
