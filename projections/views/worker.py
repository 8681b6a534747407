"""The follower of the ledger: reads a batch of a community, folds it, writes rows and position in one transaction.

Any number of processes may run one; a community's turn has one owner. What a process keeps in memory of a
community between turns is a fold of its facts up to some position. Where others have read on meanwhile it takes
in what they read, without writing; where it is ahead of what was written, it is thrown away.
"""

from __future__ import annotations

import gc
import time
from collections import OrderedDict, deque
from contextlib import contextmanager
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

from ledger import ErasedError, LedgerError, LedgerUnavailableError, NotMigratedError
from projections.charters.charter import Charter, parse_charter
from projections.errors import ProjectionError, StalledError, SwitchedError
from projections.fold.history import History
from projections.fold.people import Account
from projections.fold.spans import DAWN
from projections.fold.standing import Community
from projections.fold.subjects import ERASED
from projections.views import awarded, endorsed
from projections.views.following import POLL_SECONDS, Following, LeftOut
from projections.views.rows import MemberRow
from projections.views.tables import STANDING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ledger import Book, Fact
    from projections.fold.holds import Derived
    from projections.views.turn import Batch
    from projections.views.views import Views

BATCH = 2_000  # facts a transaction, when following
CATCH_UP = 20_000  # when far behind: fewer derivations of the same member
_KEPT_FACTS = 100_000  # in memory, of all communities but the one at hand
_RESTS_AFTER = 25_000  # facts that did not ask for it, until something of a community leaves memory
_LOOK_AGAIN = 20  # idle looks, until the positions are read though no fact has come
_SHARE = 20  # looking at all communities takes at most one part in so many of the time
_STALL_SECONDS = 60.0  # that `catch_up` waits for another process's turn
_WAIT_SECONDS = 0.02
_PUBLISHED = "charter.published.v1"
_read: WeakKeyDictionary[Book, dict[tuple[str, int], Charter]] = WeakKeyDictionary()  # charters, by stream and version


class _Kept(NamedTuple):
    """A community in memory, as of a position; of which generation its timelines were read."""

    state: Community
    generation: int
    position: int


class Follower:
    """Keeps the standings of one shard up with its ledger, every community in its turn."""

    def __init__(
        self, book: Book, views: Views, shard: int = 0, *, generation: int | None = None, keep: int = _RESTS_AFTER
    ) -> None:
        """`generation`: the one to fill; None follows whichever is live.

        `keep`: how many facts may come that do not ask for a part of a community, until it leaves memory for disk.
        """
        self._book = book
        self._shard = shard
        self._views = views.shards[shard]
        self._generation = generation
        self._keeping = keep
        self._known: OrderedDict[str, _Kept] = OrderedDict()
        self._round: deque[str] = deque()
        self._left_out = LeftOut(f"standings-{shard}")
        self._level: dict[str, int] = {}  # the heads, when all were up with them
        self._looks = 0  # since the positions were read
        self._hinted: set[str] = set()
        self._lock = Lock()
        self._look_after = 0.0  # monotonic seconds, from when on hints alone are not enough
        self.following = Following(f"standings-{shard}", self.run_once)

    @property
    def left_out(self) -> dict[str, str]:
        """The communities whose facts cannot be read or judged, and why; the others go on without them."""
        return {community: str(error) for community, error in self._left_out.errors().items()}

    def run_once(self, limit: int = BATCH) -> int:
        """Project at most `limit` facts of the next community that has any; return how many there were.

        0: nothing is new, or other processes have the turns. Every community that is behind gets one turn before
        any gets its second.
        """
        if not self._round:
            self._round.extend(self._next_round())
        while self._round:
            done = self._turn(self._round.popleft(), limit)
            if done:
                return done
        return 0

    def catch_up(
        self, progress: Callable[[int], None] | None = None, *, communities: Iterable[str] | None = None
    ) -> int:
        """Project what the ledger has by now; return how many facts that were.

        `communities`: instead of all that the shard keeps, these; also such as another shard keeps, to have their
        views here before they are moved here. `progress` hears of every batch's size. Raises what a community is
        stuck on, once all others are up, and `StalledError` where another process holds a turn and does not get on.
        """
        book, total, since = self._book, 0, time.monotonic()
        heads = book.heads(self._shard) if communities is None else {name: book.head(name) for name in communities}
        before: dict[str, int] = {}
        while behind := self._lacking(heads):
            for community in behind:
                done = self._turn(community, CATCH_UP)
                total += done
                if done and progress:
                    progress(done)
            if behind != before:
                before, since = behind, time.monotonic()
            elif behind.keys() <= (errors := self._left_out.errors()).keys():
                raise errors[min(behind)]
            elif time.monotonic() - since > _STALL_SECONDS:
                raise StalledError(f"wanted the turns of {', '.join(behind)}; another process holds them")
            else:
                time.sleep(_WAIT_SECONDS)
        return total

    def hint(self, community: str) -> None:
        """Say that a community has a new fact: it is looked at at once. Any thread may call this, as often as it likes.

        Only who has not appended in this process is found by looking at them all.
        """
        if community not in self._hinted:
            with self._lock:
                self._hinted.add(community)
        self.following.hint()

    def _next_round(self) -> list[str]:
        """Return the communities that may be behind: those hinted at, and now and then all that are."""
        with self._lock:
            hinted, self._hinted = self._hinted, set()
        left_out = self._left_out.at_present()
        started = time.monotonic()
        if hinted and started < self._look_after:
            return sorted(hinted.difference(left_out))
        behind = self._behind()
        ended = time.monotonic()
        self._look_after = ended + max(POLL_SECONDS, _SHARE * (ended - started))
        return [community for community in behind if community not in left_out]

    def _behind(self) -> list[str]:
        """Return the communities with facts not yet projected, the least behind first.

        While nothing is appended the ledger alone is asked, and the positions only now and then.
        """
        heads, self._looks = self._book.heads(self._shard), self._looks + 1
        if heads == self._level and self._looks < _LOOK_AGAIN:
            return []
        self._looks = 0
        self._left_out.only(heads)
        lacking = self._lacking(heads)
        self._level = {} if lacking else heads
        return sorted(lacking, key=lambda name: lacking[name])

    def _lacking(self, heads: dict[str, int]) -> dict[str, int]:
        """Return how many facts of each community are not projected, where there are any."""
        positions = self._views.positions(generation=self._generation)
        if new := [name for name, head in heads.items() if head and name not in positions]:
            self._views.begin(STANDING, new, generation=self._generation)
        return {name: head - positions.get(name, 0) for name, head in heads.items() if positions.get(name, 0) < head}

    def _turn(self, community: str, limit: int) -> int:
        """Take a community's turn, if nobody has it; return how many facts it projected."""
        try:
            with _collecting_later(), self._views.turn(community, generation=self._generation) as batch:
                if batch is not None:
                    self.project(batch, limit)
            self._left_out.drop(community)
        except SwitchedError:
            self._views.check()  # the turn was of a generation that is no more
            return 0
        except (LedgerUnavailableError, NotMigratedError):
            raise
        except (LedgerError, ProjectionError) as error:
            self._left_out.add(community, error)
            return 0
        return batch.moved if batch else 0

    def project(self, batch: Batch, limit: int) -> int:
        """Fold at most `limit` facts into a batch; return how many there were."""
        facts = self._book.read(batch.community, batch.position, limit)
        if not facts:
            return 0
        state = self._state(batch)
        facts = [fact for fact in facts if fact.position > batch.position]
        if not facts:  # somebody else wrote them while we loaded
            self._keep(batch.community, _Kept(state, batch.generation, batch.position))
            return 0
        state = self._learned(state, batch.community, facts)
        erased = {Account(account) for fact in facts if fact.topic == ERASED for account in fact.open["accounts"]}
        _put(batch, state, facts[-1].position, erased)
        batch.hear(facts)
        awarded.put(batch, facts, self._credential)
        endorsed.put(batch, self._book, facts)
        batch.end_credentials(erased)
        batch.advance(facts[-1].position)
        self._keep(batch.community, _Kept(state, batch.generation, facts[-1].position))
        return len(facts)

    # What is kept in memory

    def _state(self, batch: Batch) -> Community:
        """Return the community as it stands at the batch's position; it is no longer kept."""
        kept = self._known.pop(batch.community, None)
        if kept is None or kept.generation != batch.generation or kept.position > batch.position:
            return self._load(batch)
        state = kept.state
        for facts in pages(self._book, batch.community, kept.position, batch.position):
            state = self._learned(state, batch.community, facts)
            state.settle(batch.hold)
        state.taken()
        return state

    def _load(self, batch: Batch) -> Community:
        derived = batch.derived()
        state = Community(charters_of(self._book, batch.community, upto=batch.position), History(self._keeping))
        for facts in pages(self._book, batch.community, 0, batch.position):
            state.add(facts)
            batch.hold()
        state.restore(derived)
        state.taken()
        return state

    def _learned(self, state: Community, community: str, facts: list[Fact]) -> Community:
        """Return the community with these facts in it, under the charters it had published by the last of them."""
        if any(fact.topic == _PUBLISHED for fact in facts):
            members = list(state.derived)
            state = Community(charters_of(self._book, community, upto=facts[-1].position), state.history)
            state.reopen(members)
        state.add(facts)
        return state

    def _keep(self, community: str, kept: _Kept) -> None:
        self._known[community] = kept
        facts = sum(one.state.history.facts.resident for one in self._known.values())
        while facts > _KEPT_FACTS and len(self._known) > 1:
            _, dropped = self._known.popitem(last=False)
            facts -= dropped.state.history.facts.resident

    def _credential(self, fact: Fact) -> str:
        """Return the credential id of the award in a fact, "" where the member was erased, and with her key its id."""
        try:
            return self._book.credential_id(fact.community, fact.open["account"], fact.stream)
        except ErasedError:
            return ""


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


def _put(batch: Batch, state: Community, position: int, erased: set[Account]) -> None:
    """Settle a community, and put what came of it into a batch. `erased`: who was since the last one."""
    people = state.history.people
    settled, gone = state.settle(batch.hold)
    batch.drop_members(gone)
    ended = {member for member in map(people.root, erased) if member in state.derived}
    rows = [
        MemberRow(batch.community, member, people.accounts(member), state.derived[member], position)
        for member in sorted(settled | (ended & state.history.erased))
    ]
    batch.put_members((row, due(row.derived, DAWN)) for row in rows if row.member not in state.history.erased)
    batch.put_erased(row for row in rows if row.member in state.history.erased)
    filings, held = state.taken()
    batch.file(position, filings)
    for fact, some in held.items():
        batch.put_held(fact, some)


def due(derived: Derived, now: int) -> int | None:
    """Return the next instant later than `now` (µs) at which time alone grants something, or None."""
    starts = (start for spans in derived.grants.values() for start, _ in spans if start > now)
    return min(starts, default=None)


def pages(book: Book, community: str, after: int, upto: int) -> Iterable[list[Fact]]:
    """Yield a community's facts past a position, up to another, some thousands at a time."""
    while after < upto and (facts := book.read(community, after, CATCH_UP, upto=upto)):
        yield facts
        after = facts[-1].position


def charters_of(book: Book, community: str, *, upto: int | None = None) -> list[Charter]:
    """Return the charters a community has published, in order; an empty one where it has published none."""
    facts = (fact for fact in book.charters(community) if upto is None or fact.position <= upto)
    return [_charter(book, fact) for fact in facts] or [without_rules(community)]


def charters_after(book: Book, community: str, version: int) -> list[Charter]:
    """Return the charters a community has published since that version, in order."""
    return [_charter(book, fact) for fact in book.charters(community, after=version)]


@lru_cache(maxsize=1_024)
def without_rules(community: str) -> Charter:
    """Return the charter of a community that has published none."""
    return parse_charter({"charter": 1, "name": community, "rules": []})


def _charter(book: Book, fact: Fact) -> Charter:
    """Return the charter that a fact published; read once, for it is long and never another."""
    read = _read.setdefault(book, {})
    key = (fact.stream, fact.version)
    if key not in read:
        read[key] = parse_charter(
            fact.open["document"],
            token=lambda text: book.token(fact.community, text),
            version=fact.open["charter_version"],
            effective=fact.open["effective"],
            published=fact.time,
        )
    return read[key]
