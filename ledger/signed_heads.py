"""What was signed last of each community's log: its head, as whoever holds the key vouches for it.

The last head stands in the store of heads, which no restored ledger takes back; where that has lost it, the last one
that was published is gone on from.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ledger.errors import ForkedError, TransparencyError
from ledger.heads import Head
from ledger.keys import FileSigner
from ledger.lru import Lru
from ledger.transparency import Checkpoint, VerifierKey, open_checkpoint, origin_of, verifier_key
from ledger.transparency.tree import EMPTY_ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.heads import Heads
    from ledger.shards import Shards

CHECKED = 1_024  # signed heads remembered
FIRST = 1  # the number of a community's log, until it has to be begun anew

_log = logging.getLogger(__name__)


class SignedHeads:
    """The last head of each community's log, and the key that signs it. Safe to share between threads.

    Every method may raise `LedgerUnavailableError`, `UnknownCommunityError`, `KeyFileError`.
    """

    def __init__(self, shards: Shards, heads: Heads, *, keys: Path, address: str) -> None:
        """`keys`: the folder of keys; `address`: where the logs are reached, which names those that begin."""
        self._shards = shards
        self._heads = heads
        self._keys = keys
        self._address = address.rstrip("/")
        self._signers: dict[str, FileSigner] = {}
        self._checked: Lru[tuple[str, str], Checkpoint] = Lru(CHECKED)  # heads whose signatures hold

    def of(self, community: str) -> Head:
        """Return the head of a community's log, which begins where there was none."""
        head = self._heads.of(community)
        if head is None:
            head = self._recovered(community) or Head(community, FIRST, self.origin(community), 0, "")
            head = self._heads.begin(head)
        return head

    def origin(self, community: str) -> str:
        """Return the name of a community's first log; those after it are `/2`, `/3`, ... below."""
        return origin_of(f"{self._address}/communities/{community}/log")

    def _recovered(self, community: str) -> Head | None:
        """Return the last published head where the store of heads has lost it, as on a new machine."""
        last = self._shards.of(community).log.newest(community)
        if last is None:
            return None
        log, size, note = last
        _log.warning("heads: none known of %s; its log goes on from the published size %d", community, size)
        return Head(community, log, note.partition("\n")[0], size, note)

    def key(self, community: str) -> VerifierKey:
        """Return the key that verifies the heads of a community's log; its name is the log's origin."""
        return verifier_key(self.of(community).origin, self.signer(community))

    def key_named(self, community: str, origin: str) -> VerifierKey | None:
        """Return the key of that log of a community, the present one or one before it.

        None where it is neither, or was signed by a key that is lost.
        """
        head = self.of(community)
        first = head.origin.removesuffix(f"/{head.log}") if head.log > FIRST else head.origin
        logs = {first: FIRST} | {f"{first}/{log}": log for log in range(FIRST + 1, head.log + 1)}
        if origin not in logs:
            return None
        key = verifier_key(origin, self.signer(community))
        last = self._shards.of(community).log.last(community, logs[origin]) if origin != head.origin else None
        try:
            if last is not None:
                open_checkpoint(last[1], key)
        except TransparencyError:
            return None
        return key

    def root(self, head: Head) -> bytes:
        """Return the root that a head was signed over. Raises `ForkedError` where the signature is not ours."""
        return self.checkpoint(head).root if head.note else EMPTY_ROOT

    def checkpoint(self, head: Head) -> Checkpoint:
        """Return what a signed head says. Raises `ForkedError` where the signature is not ours."""
        return self.opened(head.community, head.origin, head.note)

    def opened(self, community: str, origin: str, note: str) -> Checkpoint:
        """Return what the signed note of a head says. Raises `ForkedError` where the signature is not ours."""
        known = self._checked.get((origin, note))
        if known is not None:
            return known
        try:
            opened = open_checkpoint(note, verifier_key(origin, self.signer(community))).checkpoint
        except TransparencyError as error:
            raise ForkedError(f"{community}: wanted the head that we signed, got another: {error}") from error
        self._checked.put((origin, note), opened)
        return opened

    def signer(self, community: str) -> FileSigner:
        """Return what signs a community's log; its key is made on first use."""
        signer = self._signers.get(community)
        if signer is None:
            signer = self._signers[community] = FileSigner.open(self._keys, f"{community}.log")
        return signer
