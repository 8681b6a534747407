"""Which shard keeps which community. The first shard's table decides; each process remembers for a moment."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ledger.errors import LedgerError, LedgerUnavailableError, UnknownCommunityError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.rows import FactRecorder

REMEMBERED_SECONDS = 1.0
"""After a move, another process may read a community's old place for so long; it can no longer write there."""


class Directory:
    """The directory of one installation. Safe to share between threads."""

    def __init__(self, recorders: Sequence[FactRecorder]) -> None:
        self._recorders = recorders
        self._known: dict[str, tuple[int, float]] = {}

    def shard_of(self, community: str) -> int:
        """Return the shard that keeps a community. Raises `UnknownCommunityError`.

        While the first shard is down, what was known still holds where the other says so too: so they go on.
        """
        known = self._known.get(community)
        if known and (len(self._recorders) == 1 or time.monotonic() - known[1] < REMEMBERED_SECONDS):
            return known[0]
        try:
            shard = self._recorders[0].placed(community) if "\0" not in community else None
        except LedgerUnavailableError:
            if known is None or self._recorders[known[0]].placed(community) != known[0]:
                raise
            shard = known[0]
        if shard is None:
            raise UnknownCommunityError(f"community: wanted one of this book, got {community!r}")
        if shard >= len(self._recorders):
            raise LedgerUnavailableError(
                f"{community}: wanted one of {len(self._recorders)} shards, got shard {shard}; "
                "start this process again, with GUILDBOOK_SHARDS as it is now"
            )
        self._known[community] = shard, time.monotonic()
        return shard

    def forget(self, community: str) -> None:
        """Ask again next time."""
        self._known.pop(community, None)

    def place(self, community: str, shard: int | None = None) -> int:
        """Give a community its shard, unless it has one: `shard`, or the one with the fewest; return it.

        Raises `LedgerError` where one of that name is just being adopted.
        """
        if shard is None:
            counts = [len(recorder.heads()) for recorder in self._recorders]
            shard = counts.index(min(counts))
        placed = self._recorders[0].place(community, shard)
        if self._recorders[0].placed(community) is None:
            raise LedgerError(f"{community}: wanted a new name, got one whose adoption has begun; finish it or undo it")
        if placed:
            self._recorders[placed].place(community, placed)
        return placed
