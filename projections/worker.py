"""The follower of the ledger: reads a batch, folds it, writes rows and position in one transaction.

Any number of processes may run one; a batch has one owner. What a process keeps in memory between batches
is a cache, valid only while the stored position is the one it left.
"""

from __future__ import annotations

import gc
from collections import OrderedDict
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ledger import ErasedError
from projections.charter import Charter, parse_charter
from projections.following import Following
from projections.history import History
from projections.spans import DAWN
from projections.standing import Community
from projections.views import STANDING, AwardRow, MemberRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ledger import Book, Fact
    from projections.standing import Derived
    from projections.views import Batch, Views

BATCH = 2_000  # facts a transaction, when following
CATCH_UP = 20_000  # when far behind: fewer derivations of the same member
_KEPT = 32  # communities in memory
_POLL_SECONDS = 0.1
_PUBLISHED = "charter.published.v1"
_ISSUED = "award.issued.v1"
_REVOKED = "award.revoked.v1"
OWN = ("charter.", "award.")  # facts that we record of ourselves; rules never read them


class Follower:
    """Keeps the standings up with the ledger."""

    def __init__(self, book: Book, views: Views, *, generation: int | None = None) -> None:
        self._book = book
        self._views = views
        self._generation = generation
        self._known: OrderedDict[str, Community] = OrderedDict()
        self._position = -1  # where the cache stands
        self.following = Following("standings", self.run_once, pause=_POLL_SECONDS)

    def run_once(self, limit: int = BATCH) -> int:
        """Project at most `limit` facts; return how many there were (0: nothing new, or another has its turn)."""
        with _collecting_later(), self._views.turn(STANDING, self._generation) as batch:
            if batch is None:
                return 0
            facts = self._book.read(batch.position, limit)
            if not facts:
                return 0
            if batch.position != self._position:
                self._known.clear()
            self._position = -1
            for community in dict.fromkeys(fact.community for fact in facts):
                self._project(batch, community, [fact for fact in facts if fact.community == community])
            batch.advance(facts[-1].position)
        self._position = facts[-1].position
        return len(facts)

    def catch_up(self, progress: Callable[[int], None] | None = None) -> int:
        """Project until the ledger's present end; return the position. `progress` hears of every batch's size."""
        while done := self.run_once(CATCH_UP):
            if progress:
                progress(done)
        return self._views.position() if self._generation is None else self._position

    def _project(self, batch: Batch, slug: str, facts: list[Fact]) -> None:
        community = self._community(batch, slug)
        published = [fact for fact in facts if fact.topic == _PUBLISHED]
        if published:
            charters = charters_of(self._book, slug, upto=facts[-1].position)
            community = self._known[slug] = _under(charters, community.history)
        community.add(fact for fact in facts if not fact.topic.startswith(OWN))
        batch.put_awards(filter(None, (self._award(fact) for fact in facts if fact.topic == _ISSUED)))
        batch.put_revocations(slug, [(fact.stream, fact.time) for fact in facts if fact.topic == _REVOKED])
        settled, gone = community.settle()
        position = facts[-1].position
        batch.drop_members(slug, gone)
        batch.put_members(
            (
                MemberRow(slug, member, community.history.people.accounts(member), derived, position),
                due(derived, DAWN),
            )
            for member, derived in ((member, community.derived[member]) for member in sorted(settled))
        )
        batch.file(slug, position, community.history.fresh)
        community.history.fresh.clear()
        for fact, held in community.gathered().items():
            batch.put_held(slug, fact, held)

    def _award(self, fact: Fact) -> AwardRow | None:
        """Return the award in a fact; None where the member was erased, and with her key the credential's id."""
        told = fact.open
        try:
            credential = self._book.credential_id(fact.community, told["account"], fact.stream)
        except ErasedError:
            return None
        what = (told["kind"], told["achievement"], told["renewal"], told["status"], told["earned"])
        return AwardRow(fact.community, credential, told["account"], *what, fact.position, fact.stream)

    def _community(self, batch: Batch, slug: str) -> Community:
        community = self._known.get(slug)
        if community is None:
            community = _under(charters_of(self._book, slug, upto=batch.position), History())
            community.add(fact for fact in self._read(slug, batch.position) if not fact.topic.startswith(OWN))
            community.restore(batch.derived(slug))
            community.history.fresh.clear()
            self._known[slug] = community
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
        self._known.move_to_end(slug)
        return community

    def _read(self, slug: str, upto: int) -> Iterable[Fact]:
        after = 0
        while facts := self._book.read(after, CATCH_UP, community=slug, upto=upto):
            yield from facts
            after = facts[-1].position


@contextmanager
def _collecting_later() -> Iterator[None]:
    """Keep the garbage collector from searching, again and again, what a batch makes to be kept."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def due(derived: Derived, now: int) -> int | None:
    """Return the next instant later than `now` (µs) at which time alone grants something, or None."""
    starts = (start for spans in derived.grants.values() for start, _ in spans if start > now)
    return min(starts, default=None)


def charters_of(book: Book, community: str, *, upto: int | None = None) -> list[Charter]:
    """Return the charters a community has published, in order; an empty one where it has published none."""
    facts = [fact for fact in book.charters(community) if upto is None or fact.position <= upto]
    charters = [
        parse_charter(
            fact.open["document"],
            token=lambda text: book.token(community, text),
            version=fact.open["charter_version"],
            effective=fact.open["effective"],
        )
        for fact in facts
    ]
    return charters or [parse_charter({"charter": 1, "name": community, "rules": []})]


def _under(charters: list[Charter], history: History) -> Community:
    community = Community(charters, history)
    community.reopen()
    return community


def rebuild(book: Book, views: Views, progress: Callable[[int], None] | None = None) -> int:
    """Project everything again beside the live tables, then switch; return the position reached."""
    generation = views.begin_generation()
    position = Follower(book, views, generation=generation).catch_up(progress)
    views.switch(generation)
    return position
