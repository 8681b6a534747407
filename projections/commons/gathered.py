"""What a community has in common, as far as it is read: its shelf, its sessions, what was withdrawn or taken away."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from projections.commons.sessions import Sessions
from projections.commons.works import Shelf
from projections.fold.people import People
from projections.fold.subjects import kind_of
from projections.fold.taking import taken_items

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ledger import Fact
    from projections.commons.sessions import Session
    from projections.commons.works import Work
    from projections.fold.people import Account


class Gathered:
    """Facts taken in up to `position`, from the one after `began` on. For one thread at a time."""

    def __init__(self, began: int = 0) -> None:
        self.began = began
        self.position = began
        self.changes = 0  # so many facts of these kinds were taken in
        self._shelf = Shelf()
        self._sessions = Sessions()
        self._voided: set[str] = set()
        self._cases: defaultdict[str, list[Fact]] = defaultdict(list)
        self._links: list[Fact] = []
        self._people: People | None = People()

    def add(self, facts: Iterable[Fact]) -> None:
        """Take facts in, in order of position."""
        for fact in facts:
            self.position = fact.position
            self.changes += self._took(kind_of(fact.topic), fact)

    def _took(self, name: str, fact: Fact) -> bool:
        """Take in one fact; return whether it matters here."""
        if name == "contribution":
            return self._shelf.contribution(fact)
        if name == "impact":
            return self._shelf.story(fact)
        if name == "attendance":
            self._sessions.attendance(fact)
        elif name == "moderation":
            self._cases[fact.open["case"]].append(fact)
            self._shelf.forget()
        elif name == "retraction":
            self._voided.add(fact.open["retracts"])
            self._forget()
        elif name == "identity":
            self._links.append(fact)
            self._forget()
        else:
            return False
        return True

    def _forget(self) -> None:
        self._people = None
        self._sessions.forget()
        self._shelf.forget()

    def works(self) -> list[Work]:
        """Return what is on the shelf: what was built on most first, then the latest."""
        taken = taken_items(self._cases.values(), self._stands)
        found = self._shelf.works(taken, self._stands, self._root())
        return sorted(found, key=lambda one: (-one.uses, -one.at, one.item))

    def sessions(self) -> list[Session]:
        """Return the sessions, in order of time."""
        return self._sessions.sessions(self._stands, self._root())

    def _stands(self, stream: str) -> bool:
        return stream not in self._voided

    def _root(self) -> Callable[[Account], Account]:
        if self._people is None:
            self._people = People()
            for fact in self._links:
                self._people.note(fact, lambda one: self._stands(one.stream))
        return self._people.root
