"""The transparency logs of a book's communities: sealing what was recorded, and proving that it was.

Leaf i (from 0) of a community's log is that of the fact at position i + 1. A head is signed in this order, and each
step may be the last one before a crash: the facts are durable; the hashes they lead to are kept; the head is signed;
it replaces the last one in the store of heads, or is thrown away where another process was first; it is published.
So nobody sees a head that does not go on from the one before: a ledger that was cut is refused (`ForkedError`).
"""

from __future__ import annotations

import logging
import threading
import time
from bisect import bisect_right
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from ledger.auditing import Audit, Auditing
from ledger.errors import ForkedError, LedgerUnavailableError, TransparencyError
from ledger.heads import Head
from ledger.lifecycle import LOG_BEGUN, own_row
from ledger.log_tree import Tree, made_again, proven, short
from ledger.reading import leaf_of
from ledger.shape import Place, Randomness
from ledger.signed_heads import SignedHeads
from ledger.transparency import (
    Bundle,
    Checkpoint,
    Proof,
    Tile,
    VerifierKey,
    bundled,
    consistency_proof,
    hashes_in_tiles,
    parse_path,
    request_cosignatures,
    sign_checkpoint,
)
from ledger.transparency.notes import split
from ledger.transparency.tiles import TILE_HEIGHT, TILE_WIDTH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from ledger.heads import Heads
    from ledger.shard import Shard
    from ledger.shards import Shards
    from ledger.transparency import Post, TileReader, Witness

    Made = TypeVar("Made")

AT_ONCE = 50_000  # facts under one head at most, where many were left
TRIES = 8  # one is undone only by another process that signs
BROKEN_SECONDS = 60.0  # until facts that are not those that were signed are looked at again

_log = logging.getLogger(__name__)


class _Sealing:
    """What this process knows of one community's log."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.tree = Tree()
        self.broken: tuple[float, ForkedError] | None = None  # when its facts were last found to be others
        self.published = -1  # the size of the last head of which we know that it is


class Logs:
    """The logs of a book. Safe to share between threads.

    Every method may raise `LedgerUnavailableError`, `UnknownCommunityError`, `KeyFileError`, and `ForkedError` where
    the facts are not those whose head was signed.
    """

    def __init__(
        self,
        shards: Shards,
        heads: Heads,
        *,
        keys: Path,
        address: str,
    ) -> None:
        """`keys`: the folder of keys; `address`: where the logs are reached, which names those that begin."""
        self._shards = shards
        self._heads = heads
        self._signed = SignedHeads(shards, heads, keys=keys, address=address)
        self._known: dict[str, _Sealing] = {}
        self._witnesses: tuple[Sequence[Witness], Post] | None = None
        self.refused: dict[str, str] = {}
        """The communities whose facts are not those that were signed, and what is wrong with each."""

    def witnessed_by(self, witnesses: Sequence[Witness], post: Post) -> None:
        """Ask `witnesses` to cosign every head from now on, by `post`. One that cannot is gone on without."""
        self._witnesses = witnesses, post

    def check(self) -> None:
        """Refuse the communities that have fewer facts than were signed: a ledger cut short, or an old copy."""
        heads = self._heads.all()
        for shard in self._shards:
            for community, last in shard.recorder.heads().items():
                if community in heads and last < heads[community].size:
                    self._refuse(community, short(heads[community], last))

    def allow(self, community: str) -> None:
        """Raise `ForkedError` where nothing of a community may be written any more."""
        if community in self.refused:
            raise ForkedError(self.refused[community])

    # Sealing

    def seal(self, community: str) -> Checkpoint:
        """Sign and publish a head over all facts there are by now; return it. The same one where there are no more."""
        shard, sealing = self._shards.of(community), self._sealing(community)
        left = TRIES
        with sealing.lock:
            while left:
                head = self._signed.of(community)
                try:
                    sealed, last = self._sealed(shard, sealing, head)
                except ForkedError as error:
                    self._refuse(community, error)
                    raise
                if sealed is None:
                    left -= 1
                    continue
                self.refused.pop(community, None)
                if sealed.size == last:
                    return sealed
        raise LedgerUnavailableError(f"log of {community}: wanted to sign once in {TRIES} tries, others were first")

    def version(self) -> int | None:
        """Return a number that is another once any head was, to one thread; None where that takes waiting."""
        return self._heads.version()

    def sizes(self) -> dict[str, int]:
        """Return how many facts of each community are under a signed head."""
        return {community: head.size for community, head in self._heads.all().items()}

    def _sealed(self, shard: Shard, sealing: _Sealing, head: Head) -> tuple[Checkpoint | None, int]:
        """Sign a head over the next facts; return it, None where another was first, and the last position."""
        community, signer = head.community, self._signed.signer(head.community)
        root, last = self._signed.root(head), shard.recorder.head(community)
        if last < head.size:
            raise short(head, last)
        sealing.tree.under(shard, head, root)
        self._publish(shard, sealing, head)  # what a crash left signed
        end = min(last, head.size + AT_ONCE)
        if head.note and end == head.size:
            return self._signed.checkpoint(head), last
        edge = sealing.tree.grown(shard, head, root, end)
        shard.recorder.flush()
        checkpoint = Checkpoint(head.origin, edge.size, edge.root())
        new = head._replace(size=edge.size, note=sign_checkpoint(checkpoint, signer))
        if not self._heads.swap(head, new):
            return None, last
        self._publish(shard, sealing, new)
        return checkpoint, last

    def _publish(self, shard: Shard, sealing: _Sealing, head: Head) -> None:
        """Publish a signed head, with the cosignatures that its witnesses give."""
        if not head.note or sealing.published == head.size:
            return
        last = shard.log.last(head.community, head.log)
        if last is None or last[0] < head.size:
            note = head.note + "".join(self._cosigned(shard, head))
            shard.log.publish(head.community, head.log, head.size, note)
        sealing.published = head.size

    def _cosigned(self, shard: Shard, head: Head) -> Iterator[str]:
        if self._witnesses is None or head.size == 0:
            return
        witnesses, post = self._witnesses
        for witness in witnesses:

            def prove(old: int, new: int) -> list[bytes]:
                return consistency_proof(old, new, hashes_in_tiles(new, shard.log.reader(head.community)))

            try:
                old = self._heads.witnessed(head, witness.url)
                cosigned = request_cosignatures(post, witness, head.note, old=old, prove=prove)
                self._heads.saw(head, witness.url)
                yield from (each.line for each in cosigned)
            except (TransparencyError, OSError) as error:
                _log.warning("log of %s: %s", head.community, error)

    def audit(self, community: str, told: Callable[[int, int], None] = lambda _done, _of: None) -> Audit:
        """Make a log anew from its facts, and hold it against every head that was signed. See `auditing.py`.

        Whatever is wrong is told by the answer, and raises nothing.
        """
        head = self._signed.of(community)
        return Auditing(self._shards.of(community), head, self.key(community)).run(told)

    def begin_anew(self, community: str, reason: str) -> Checkpoint:
        """Begin another log over the facts there are, where those that were signed are lost; return its first head.

        The former stays published as it was; that there is another, since when and why is recorded as a fact, which
        everybody sees. Raises `LedgerUnavailableError` where another process does it.
        """
        shard, sealing = self._shards.of(community), self._sealing(community)
        with sealing.lock:
            last = self._signed.of(community)
            origin = f"{self._signed.origin(community)}/{last.log + 1}"
            new = Head(community, last.log + 1, origin, 0, "")
            self._tell(shard, new, last, reason)  # first: what was begun is never without it
            if not self._heads.swap(last, new):
                raise LedgerUnavailableError(f"log of {community}: wanted to begin it anew, another was first")
            shard.log.drop(community)
            sealing.tree.forget()
            sealing.published = -1
            self.refused.pop(community, None)
            return self.seal(community)

    def _tell(self, shard: Shard, new: Head, last: Head, reason: str) -> None:
        """Record that a log was begun, after which one, and why."""
        people = shard.people
        keys = people.community(new.community)
        stream = keys.tokens.stream("log", str(new.log))
        root = Checkpoint.parse(split(last.note)[0]).root.hex() if last.note else ""  # its key may be what was lost
        opened = {"time": shard.recorder.clock(), "log": new.log, "before_size": last.size, "before_root": root}
        row = own_row(Place(stream, 1, LOG_BEGUN), opened, [{"reason": reason}], people, keys, Randomness(64))
        shard.recorder.write(new.community, [row], epoch=keys.epoch)

    # Reading

    def key(self, community: str) -> VerifierKey:
        """Return the key that verifies the heads of a community's log; its name is the log's origin."""
        return self._signed.key(community)

    def key_named(self, community: str, origin: str) -> VerifierKey | None:
        """Return the key of that log of a community, the present one or one before it. See `SignedHeads.key_named`."""
        return self._signed.key_named(community, origin)

    def checkpoint(self, community: str) -> str:
        """Return the last published head as a signed note; the first one is signed where there was none."""
        return self._last(community)[1]

    def tile(self, community: str, path: str) -> bytes:
        """Return what stands at an address below `tile/`: 32 bytes a hash, or a bundle of entries (C2SP tlog-tiles).

        Raises `TransparencyError` where there is nothing under the last published head.
        """
        wanted, (size, _) = parse_path(path), self._last(community)
        level = wanted.level if isinstance(wanted, Tile) else 0
        if wanted.index * TILE_WIDTH + wanted.width > size >> TILE_HEIGHT * level:
            raise TransparencyError(f"tile {path}: wanted one of a log of {size} leaves, got one beyond")
        shard = self._shards.of(community)
        if isinstance(wanted, Bundle):
            first = wanted.index * TILE_WIDTH
            rows = shard.recorder.rows_after(community, first, wanted.width, upto=size)
            return bundled(leaf_of(row) for row in rows)
        return self._from_tiles(shard, self._signed.of(community), lambda read: read([wanted])[0])

    def prove(self, community: str, position: int) -> Proof:
        """Return the proof that the fact at a position is in the log, the same whenever it is asked for.

        It is under the first published head that covers the fact; one is signed where none does. Raises
        `TransparencyError` where there is no such fact.
        """
        (proof,) = self.prove_all(community, [position])
        return proof

    def prove_all(self, community: str, positions: Sequence[int]) -> list[Proof]:
        """Return the proof of each position, in order, as `prove`. What proofs have in common is read and made once."""
        shard, head = self._shards.of(community), self._signed.of(community)
        proofs: dict[int, Proof] = {}
        for note, some in self._covered(shard, head, sorted(set(positions))):
            rows = list(self._shards.rows(community, some))
            made = partial(proven, rows, self._signed.opened(community, head.origin, note), note)
            proofs |= self._from_tiles(shard, head, made)
            if len(rows) < len(some):
                raise ForkedError(f"{community}: wanted {len(some)} facts under a signed head, got {len(rows)}")
        return [proofs[position] for position in positions]

    def _covered(self, shard: Shard, head: Head, positions: list[int]) -> Iterator[tuple[str, list[int]]]:
        """Yield the first published heads that cover positions, given in order, and which each covers first."""
        while positions:
            first = positions[0]
            found = shard.log.covering(head.community, head.log, first)
            if found is None and self.seal(head.community).size >= first:
                found = shard.log.covering(head.community, head.log, first)
            if found is None or first < 1:
                raise TransparencyError(f"position: wanted a fact of {head.community!r}, got {first}")
            size, note = found
            end = bisect_right(positions, size)
            yield note, positions[:end]
            positions = positions[end:]

    def consistency(self, community: str, old: int, new: int) -> list[bytes]:
        """Return the proof that the log of `new` leaves goes on from that of `old` (RFC 6962)."""
        shard, head = self._shards.of(community), self._signed.of(community)
        return self._from_tiles(shard, head, lambda read: consistency_proof(old, new, hashes_in_tiles(new, read)))

    def _from_tiles(self, shard: Shard, head: Head, make: Callable[[TileReader], Made]) -> Made:
        """Return what is made of tiles; where that fails they are made again first, as after a move.

        Raises `ForkedError` where the facts do not lead to what was signed.
        """
        read, sealing = shard.log.reader(head.community), self._sealing(head.community)
        try:
            return make(read)
        except TransparencyError:
            with sealing.lock:
                if sealing.broken and time.monotonic() - sealing.broken[0] < BROKEN_SECONDS:
                    raise sealing.broken[1] from None  # and not read whole again for whoever asks
                try:
                    made_again(shard, head, self._signed.root(head))
                except ForkedError as error:
                    sealing.broken = time.monotonic(), error
                    raise
        return make(read)

    def _last(self, community: str) -> tuple[int, str]:
        shard, log = self._shards.of(community), self._signed.of(community).log
        found = shard.log.last(community, log)
        if found is None:
            self.seal(community)
            found = shard.log.last(community, log)
        if found is None:
            raise LedgerUnavailableError(f"log of {community}: wanted a published head, got none")
        return found

    def _sealing(self, community: str) -> _Sealing:
        return self._known.setdefault(community, _Sealing())

    def _refuse(self, community: str, error: ForkedError) -> None:
        if community not in self.refused:
            _log.error("%s", error)
        self.refused[community] = str(error)
