"""The sealer: it follows the ledger of one shard, and signs what was recorded before it is old."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ledger.errors import ElsewhereError, ForkedError, UnknownCommunityError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ledger.book import Book

DUE_FACTS = 256  # not sealed: then they are, at once
DUE_SECONDS = 4.0  # that a fact waits at most for its head to be signed, and less than the 5 promised
APART_SECONDS = 0.5  # between two heads of a community, however much comes
AGAIN_SECONDS = 5.0  # until a community whose facts are not those that were signed is looked at again


class Sealer:
    """Seals the communities of one shard. Any number of processes may run one: of two heads, one is never seen."""

    def __init__(self, book: Book, shard: int = 0) -> None:
        self._book = book
        self._shard = shard
        self._waiting: dict[str, float] = {}  # since when a community has facts that are not sealed
        self._not_before: dict[str, float] = {}

    def run_once(self) -> int:
        """Seal every community that is due; return how many were."""
        return self._seal(due=self._due)

    def finish(self, progress: Callable[[int], None] | None = None) -> int:
        """Seal whatever is not sealed; return how many communities were. `progress` hears of each."""
        return self._seal(due=lambda _community, _lacking, _now: True, progress=progress)

    def _seal(self, *, due: Callable[[str, int, float], bool], progress: Callable[[int], None] | None = None) -> int:
        sizes, sealed = self._book.log.sizes(), 0
        for community, last in self._book.heads(self._shard).items():
            lacking, now = last - sizes.get(community, 0), time.monotonic()
            if lacking == 0 and community not in self._book.log.refused:
                self._waiting.pop(community, None)
            elif due(community, lacking, now):
                sealed += self._sealed(community)
                if progress:
                    progress(1)
        return sealed

    def _due(self, community: str, lacking: int, now: float) -> bool:
        since = self._waiting.setdefault(community, now)
        late = lacking < 0 or lacking >= DUE_FACTS or now - since >= DUE_SECONDS  # below 0: it was cut
        return late and now >= self._not_before.get(community, 0.0)

    def _sealed(self, community: str) -> bool:
        self._waiting.pop(community, None)
        self._not_before[community] = time.monotonic() + APART_SECONDS
        try:
            self._book.log.seal(community)
        except ForkedError:
            self._not_before[community] = time.monotonic() + AGAIN_SECONDS  # the log has said it, and /readyz does
            return False
        except (ElsewhereError, UnknownCommunityError):
            return False  # it is being moved
        return True
