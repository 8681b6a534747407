"""What members did lately, kept in memory of each community that was asked about, and read on from there."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING

from projections.leading.deeds import LATELY, LONG_AGO, MOST_READ, Deeds
from projections.views.worker import pages

if TYPE_CHECKING:
    from ledger import Book

_KEPT = 8  # communities


class LateDeeds:
    """The last deeds of communities. Read under a lock: two who ask at once read once."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._kept: OrderedDict[str, Deeds] = OrderedDict()
        self._lock = Lock()

    def of(self, community: str, at: int, upto: int) -> Deeds:
        """Return what was done in the year and the quarter before an instant (µs), by the facts up to a position.

        Of a longer history the last `MOST_READ` facts are read. Blocks while they are, for some seconds at first.
        """
        since = at - LATELY - LONG_AGO
        with self._lock:
            kept = self._kept.get(community)
            if kept is None or not kept.since <= since <= kept.since + LATELY:
                after = max(self._book.position_at(community, since), upto - MOST_READ)
                kept = Deeds(since, after)
            if kept.position < upto:
                for facts in pages(self._book, community, kept.position, upto):
                    kept.add(facts)
            self._kept[community] = kept
            self._kept.move_to_end(community)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
            return kept
