"""What a community has in common, as it is asked for: kept in memory of those that were asked about, and read on."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from projections.commons.gathered import Gathered
from projections.commons.members import members
from projections.views.worker import pages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger import Book
    from projections.charters.charter import Charter
    from projections.commons.members import Members
    from projections.commons.sessions import Session
    from projections.commons.works import Work
    from projections.views.views import Views

MOST_READ = 200_000  # facts, from the end: a few seconds
_KEPT = 8  # communities
_MINUTE = 60_000_000  # µs
_WEB = ("https://", "http://")


class _Known(NamedTuple):
    """What was made of a community's facts: good for one epoch, until a fact comes that matters."""

    key: tuple[int, int]
    works: tuple[Work, ...]
    sessions: tuple[Session, ...]


class Commons:
    """What the communities of a book have in common. Safe to share between threads; two who ask at once read once.

    Of a longer history the last `most` facts are read. What is sealed is looked at again after every erasure, and
    nothing of it is kept: so nobody's words are shown for longer than her key lives.
    """

    def __init__(self, book: Book, views: Views, *, most: int = MOST_READ) -> None:
        """`most`: facts to read of a history, from its end."""
        self._most = most
        self._book = book
        self._views = views
        self._kept: OrderedDict[str, Gathered] = OrderedDict()
        self._known: dict[str, _Known] = {}
        self._told: dict[str, tuple[int, dict[int, bool]]] = {}  # by community: epoch, and which facts tell of a work
        self._members: dict[str, tuple[tuple[int, ...], Members]] = {}
        self._lock = Lock()

    def works(self, community: str) -> tuple[Work, ...]:
        """Return the works on a community's shelf: what others built on most first, then the latest. Blocks.

        Only those with a title and an address that somebody may follow; `tellers` begins with the fact that has them.
        """
        with self._lock:
            return self._all(community).works

    def texts(self, community: str, works: Sequence[Work]) -> list[dict[str, Any]]:
        """Return the `title` and `url` of works, in order; {} for one whose author was erased meanwhile."""
        sealed = self._book.reveal(community, [one.tellers[0] for one in works])
        return [{name: each[name] for name in ("title", "url")} if _tells(each) else {} for each in sealed]

    def sessions(self, community: str) -> tuple[Session, ...]:
        """Return the sessions that were planned, or that somebody attended, in order of time. Blocks."""
        with self._lock:
            return self._all(community).sessions

    def members(self, community: str, charter: Charter, at: int) -> Members:
        """Return how many members stand where at an instant (µs), who leads, and who is in which team. Blocks."""
        key = (self._views.position(community), self._book.epoch(community), at // _MINUTE, charter.version)
        with self._lock:
            known = self._members.get(community)
            if known is None or known[0] != key:
                people = {row.member: row.derived for row in self._views.members(community)}
                known = self._members[community] = key, members(people, charter, at)
            return known[1]

    def _all(self, community: str) -> _Known:
        gathered, epoch = self._read(community), self._book.epoch(community)
        known = self._known.get(community)
        if known is None or known.key != (gathered.changes, epoch):
            works = self._telling(community, epoch, gathered.works())
            made = tuple(works), tuple(gathered.sessions())
            known = self._known[community] = _Known((gathered.changes, epoch), *made)
        return known

    def _read(self, community: str) -> Gathered:
        upto = self._book.head(community)
        kept = self._kept.setdefault(community, Gathered(max(0, upto - self._most)))
        for facts in pages(self._book, community, kept.position, upto):
            kept.add(facts)
        self._kept.move_to_end(community)
        while len(self._kept) > _KEPT:
            gone, _ = self._kept.popitem(last=False)
            self._known.pop(gone, None)
            self._told.pop(gone, None)
            self._members.pop(gone, None)
        return kept

    def _telling(self, community: str, epoch: int, works: list[Work]) -> list[Work]:
        """Return the works of which some version tells title and address: that one is the first of its tellers."""
        if self._told.get(community, (-1,))[0] != epoch:
            self._told[community] = epoch, {}
        tells = self._told[community][1]
        new = [position for one in works for position in one.tellers if position not in tells]
        for position, sealed in zip(new, self._book.reveal(community, new) if new else (), strict=True):
            tells[position] = _tells(sealed)
        found = []
        for one in works:
            telling = tuple(position for position in one.tellers if tells[position])
            if telling:
                found.append(one._replace(tellers=telling))
        return found


def _tells(sealed: dict[str, Any]) -> bool:
    title, url = sealed.get("title"), sealed.get("url")
    return isinstance(title, str) and bool(title.strip()) and isinstance(url, str) and url.lower().startswith(_WEB)
