"""A quarter as it is asked for: what happened in it by what was known then, and what has been learnt since."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Any

from projections.quarters.happened import Known, bound, happened, later
from projections.quarters.noted import Noted, Span
from projections.views.worker import charters_of, pages
from schemas import format_time

if TYPE_CHECKING:
    from ledger import Book
    from projections.asked.folds import Folds

Answer = dict[str, Any]
_KEPT = 16  # quarters, and as many of which later facts were counted


class Quarters:
    """The quarters of a book's communities."""

    def __init__(self, book: Book, folds: Folds) -> None:
        self._book = book
        self._folds = folds
        self._told: OrderedDict[tuple[str, Span, int], Answer] = OrderedDict()
        self._later: OrderedDict[tuple[str, Span, int], tuple[int, int]] = OrderedDict()  # position, facts
        self._lock = Lock()

    def of(self, community: str, span: Span, known_at: int) -> Answer:
        """Return what happened in a quarter by what was recorded until an instant (µs): see `happened`."""
        position = self._book.position_at(community, known_at)
        with self._lock:
            key = (community, span, position)
            told = self._told.pop(key, None) or self._happened(*key)
            self._told[key] = told
            while len(self._told) > _KEPT:
                self._told.popitem(last=False)
        return {
            "community": community,
            "from": format_time(span.start),
            "to": format_time(span.end),
            "known_at": format_time(known_at),
            "position": position,
            **told,
        }

    def _happened(self, community: str, span: Span, position: int) -> Answer:
        charters = charters_of(self._book, community, upto=position)
        noted = Noted(span)
        for facts in pages(self._book, community, 0, position):
            noted.add(facts)
        sources = bound(charters, span.end)[-1].document.get("sources", ())
        tokens = {one["uri"]: str(self._book.token(community, one["uri"])) for one in sources if "uri" in one}
        return happened(Known(self._folds.replay(community, position), noted, charters, tokens))

    def since(self, community: str, span: Span, known_at: int) -> int:
        """Return how many facts of a quarter platforms reported after an instant (µs). Reads on from where it was."""
        position = self._book.position_at(community, known_at)
        with self._lock:
            key = (community, span, position)
            read, count = self._later.pop(key, (position, 0))
            head = self._book.head(community)
            for facts in pages(self._book, community, read, head):
                count += later(facts, span.start, span.end)
            self._later[key] = (head, count)
            while len(self._later) > _KEPT:
                self._later.popitem(last=False)
            return count
