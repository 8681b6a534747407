"""What would become of events if they were appended now. Nothing is written, and nobody is minted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.append import Appending
from ledger.rows import CHUNK

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ledger.facts import Outcome
    from ledger.shard import Shard


class Foretelling:
    """Asks the communities of one book."""

    def __init__(self, shard_of: Callable[[str], Shard]) -> None:
        """`shard_of` gives the shard of a community. Raises `UnknownCommunityError`."""
        self._shard_of = shard_of

    def outcomes(self, events: Sequence[object], *, community: str, identity: bool = False) -> list[Outcome]:
        """Return the outcome that `Book.append` would give each event if it came alone; `stored` has no position."""
        shard = self._shard_of(community)
        keys = shard.people.community(community)
        appending = Appending(shard.people, shard.recorder, keys, identity=identity, fill_time=False, own=False)
        return appending.foretell(events)

    def known(self, community: str, source: str, ids: Sequence[str]) -> list[bool]:
        """Return of each id whether an event of this source was stored under it."""
        shard = self._shard_of(community)
        stream = shard.people.community(community).tokens.event_stream
        told: list[bool] = []
        for start in range(0, len(ids), CHUNK):
            streams = [stream(source, each) for each in ids[start : start + CHUNK]]
            found = shard.recorder.first_rows(streams)
            told += [each in found for each in streams]
        return told
