"""Communities folded to answer a question: one member's facts, the ledger as another day knew it, a study of it all."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Generic, TypeVar

from ledger import system_clock
from projections.asked.simulate import Study
from projections.errors import UnknownMemberError
from projections.fold.holds import NOBODY, Derived
from projections.fold.people import Account
from projections.fold.standing import Community
from projections.fold.subjects import kind
from projections.views.worker import charters_after, charters_of, pages, without_rules

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ledger import Book
    from projections.charters.charter import Charter
    from projections.views.rows import MemberRow
    from projections.views.views import Views

_REPLAYS_KEPT = 4
_MEMBERS_KEPT = 16
_STUDIES_KEPT = 1  # a whole history each
_MOST_ROWS = 20_000  # of a community's members, that are kept from one question to the next
T = TypeVar("T")


class _Lately(Generic[T]):
    """What was last asked for, of one kind. One of them is made at a time, since making is heavy."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[object, T] = OrderedDict()
        self._lock = Lock()

    def get(self, key: object, make: Callable[[], T]) -> T:
        """Return what is kept under the key, else make it."""
        with self._lock:
            if key not in self._kept:
                self._kept[key] = make()
                while len(self._kept) > self._most:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(key)
            return self._kept[key]


class Folds:
    """The folds of a book's communities, the last few of each kind kept."""

    def __init__(self, book: Book, views: Views, clock: Callable[[], int] | None = None) -> None:
        self._book = book
        self._views = views
        self.clock = clock or system_clock
        self._replays: _Lately[Community] = _Lately(_REPLAYS_KEPT)
        self._members: _Lately[Community] = _Lately(_MEMBERS_KEPT)
        self._studies: _Lately[Study] = _Lately(_STUDIES_KEPT)
        self._charters: dict[str, tuple[object, list[Charter]]] = {}  # by which version they were read
        self._rows: tuple[str, int, list[MemberRow]] = ("", -1, [])  # of whoever was asked about last, and as of when

    def charter(self, community: str) -> Charter:
        """Return the charter in force; one without rules where none has been published."""
        return self.bound(community)[-1]

    def bound(self, community: str) -> list[Charter]:
        """Return the charters published up to the one in force, by number; one without rules where there is none."""
        return _begun(self.laws(community), self.clock())

    def charter_then(self, community: str, position: int, at: int) -> Charter:
        """Return the charter that was in force at an instant (µs), of those published up to a position."""
        return _begun(charters_of(self._book, community, upto=position), at)[-1]

    def study(self, community: str) -> Study:
        """Return the community's whole history, to hold charters against that are not published."""
        self._book.community(community)
        return self._studies.get(community, lambda: Study(self._book, community))

    def rows(self, community: str, position: int) -> list[MemberRow]:
        """Return the rows of a community's members, at least as new as the position its views are at."""
        kept, at, rows = self._rows
        if (kept, at) != (community, position):
            rows = self._views.members(community)
            self._rows = (community, position, rows) if len(rows) <= _MOST_ROWS else ("", -1, [])
        return rows

    def row(self, community: str, account: str) -> MemberRow:
        """Return the row of the member an account belongs to. Raises `UnknownMemberError`."""
        self._book.community(community)
        row = self._views.member(community, Account(account))
        if row is None:
            raise UnknownMemberError("wanted a member of this community, got somebody no fact names")
        return row

    def derived(self, community: str, account: str, known_at: int | None) -> tuple[Account, Derived, int]:
        """Return a member, her timelines as they were known at an instant (µs; None: now), and up to which position."""
        if known_at is None:
            known = self._views.position(community)  # before the row, which is at least as new
            row = self.row(community, account)
            return row.member, row.derived, known
        state, member, known = self.state(community, account, known_at)
        return member, state.derived.get(member, NOBODY), known

    def state(self, community: str, account: str, known_at: int | None) -> tuple[Community, Account, int]:
        """Return a fold that holds the member, her id in it, and the position up to which it knows."""
        if known_at is not None:
            position = self._book.position_at(community, known_at)
            state = self.replay(community, position)
            return state, state.history.people.root(Account(account)), position
        known = self._views.position(community)
        row = self.row(community, account)
        key = (community, row.member, row.changed, self.charter(community).version)
        return self._members.get(key, lambda: self._load(row)), row.member, known

    def _load(self, row: MemberRow) -> Community:
        return self.loaded(row.community, [row])

    def loaded(self, community: str, members: Sequence[MemberRow]) -> Community:
        """Return a fold of the facts that concern members, beside the timelines of those who endorsed them."""
        views = self._views.at(community)
        own = {account for row in members for account in row.accounts}
        facts = self._book.at(community, views.filed(community, sorted(own)))
        state = Community(self.laws(community))
        state.add(facts)
        voices = {Account(fact.open["endorser"]) for fact in facts if kind(fact) == "endorsement"}
        voices |= {Account(fact.open["endorsee"]) for fact in facts if "endorsee" in fact.open}
        rows = {one.member: one for one in views.members_of(community, sorted(voices - own))}
        rows |= {row.member: row for row in members}
        state.history.people.assume({one.member: one.accounts for one in rows.values()})
        state.history.cases.moved()
        state.restore(((one.member, one.derived) for one in rows.values()), views.held(community))
        return state

    def replay(self, community: str, position: int) -> Community:
        """Return the community as the ledger stood at a position; the last few are kept."""

        def make() -> Community:
            return replay(self._book, community, charters_of(self._book, community, upto=position), position)

        return self._replays.get((community, position), make)

    def laws(self, community: str) -> list[Charter]:
        """Return every charter a community has published; one without rules where none has been."""
        version = self._book.version(community)  # before they are read: what comes meanwhile is looked for again
        looked, known = self._charters.get(community, (None, []))
        if version is None or looked != version:
            known = [*known, *charters_after(self._book, community, len(known))]
            self._charters[community] = version, known
        return known or [without_rules(community)]


def _begun(laws: list[Charter], now: int) -> list[Charter]:
    begun = (number for number, one in enumerate(laws, start=1) if one.effective <= now or not one.announced)
    return laws[: max(begun, default=1)]


def replay(book: Book, community: str, charters: list[Charter], position: int) -> Community:
    """Return the fold of a community's facts up to a position under these charters."""
    state = Community(charters)
    for facts in pages(book, community, 0, position):
        state.add(facts)
    state.settle()
    return state
