"""What happened in one community, found by what it belongs to. Nothing is judged here.

The state depends only on which facts are known, never on the order in which they arrived: that is what
lets a late fact, a withdrawal or a link of accounts come out as if it had always been known.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec

from ledger import Fact
from projections.fold import bearing
from projections.fold.cases import Cases
from projections.fold.people import Account, People
from projections.fold.shelves import Shelves
from projections.fold.subjects import WHOSE, Group, Touch, by_time, counter_of, kind, kind_of, thing, voice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from projections.fold.shelves import Shelf

# Beside accounts, what facts are filed under that wait for what they speak of; that it arrived; that link accounts.
WAITS = Account("")
ARRIVED = Account("=")
LINKS = Account("~")


class Item(msgspec.Struct, array_like=True, gc=False):
    """What is known of one item (or one skill of an account), by position."""

    versions: tuple[int, ...] = ()  # contributions: versions of the work
    about: tuple[int, ...] = ()  # facts on it that name no one
    voices: dict[str, tuple[int, ...]] = {}  # endorser -> endorsements
    counters: tuple[str, ...] = ()  # platform counters of it


_NO_ITEM = Item()


class Session(msgspec.Struct, array_like=True, gc=False):
    """A meeting, a course or a recording, by position: every fact about it, and those of each who took part."""

    facts: list[int] = []
    planned: tuple[int, ...] = ()  # those that say when it was to be
    seats: dict[str, tuple[int, ...]] = {}


class History:
    """The facts of a community known so far (or those of some of its members), by account, item and session.

    `keep`: how many facts pass before what none of them asked for leaves memory; None: it stays.
    """

    def __init__(self, keep: int | None = None) -> None:
        self.shelves = Shelves(keep)
        shelf = self.shelves.shelf
        self.people = People()
        self.erased: set[Account] = set()
        self.facts: Shelf[int, Fact] = shelf("facts", Fact, constant=True)
        self.filed: Shelf[Account, list[int]] = shelf("filed", list[int])
        self._items: Shelf[str, Item] = shelf("items", Item)
        self.sessions: Shelf[str, Session] = shelf("sessions", Session)
        self.instruments: Shelf[str, list[int]] = shelf("instruments", list[int])
        self.voided: defaultdict[str, list[Fact]] = defaultdict(list)  # stream -> the retractions that name it
        self._belonging: Shelf[str, list[int]] = shelf("belonging", list[int])  # who said whom she belongs to
        self._counters: Shelf[str, list[int]] = shelf("counters", list[int])  # account and counter -> its reports
        self._streams: Shelf[str, int] = shelf("streams", int, constant=True)
        self._highest = 0  # position
        self.gone: set[str] = set()  # streams of what does not stand: withdrawn, or taken away by a moderation case
        self.cases = Cases(self)
        # What the caller takes from time to time, and empties:
        self.fresh: defaultdict[Account, list[int]] = defaultdict(list)  # what was filed
        self.arrived: set[int] = set()
        self.touched: list[Touch] = []
        self.gathered: dict[str, set[str]] = {"attendance": set(), "response": set()}  # whose keys were held otherwise

    def add(self, fact: Fact) -> None:
        """Take a fact in; again, it changes nothing."""
        position = fact.position
        if position > self._highest:
            self._highest = position
        elif position in self.facts:
            return
        self.facts[position] = fact
        self.arrived.add(position)
        self._streams[fact.stream] = position
        name = kind_of(fact.topic)
        if name == "retraction":
            self._withdraw(fact)
        elif not (_PLACES.get(name, History._stand)(self, fact) and fact.stream not in self.voided):
            self.fresh[ARRIVED] += (retraction.position for retraction in self.voided.get(fact.stream, ()))
            self._file(fact)
            bearing.touch(self, fact)

    def _withdraw(self, retraction: Fact) -> None:
        stream = retraction.open["retracts"]
        self.voided[stream].append(retraction)
        self.gone.add(stream)
        position = self._streams.get(stream)
        if position is None:
            self.fresh[WAITS].append(retraction.position)
            return
        voided = self.facts[position]
        if kind(voided) == "identity":
            self.fresh[LINKS].append(retraction.position)
        if kind(voided) != "retraction":
            self.turned(voided)
        if kind(voided) == "moderation":
            self.cases.renew(voided.open["case"])
        elif kind(voided) == "contribution":
            self.cases.revise(voided.open["item"])

    def turned(self, fact: Fact) -> None:
        """Let it be known that a fact stands no longer, or stands again."""
        if fact.stream in self.cases.taken or fact.stream in self.voided:
            self.gone.add(fact.stream)
        else:
            self.gone.discard(fact.stream)
        self._file(fact)
        bearing.touch(self, fact)

    # Where facts are found again. Each says whether it has told whom the fact concerns: nobody but those it names

    def _version(self, fact: Fact) -> bool:
        item = fact.open["item"]
        known = self._adding_to(item)
        judged = self.cases.on(item)
        if not known.versions and not known.about and not judged:
            known.versions += (fact.position,)
            self._tell(fact.open["author"], fact, ("contribution", item))
            return True
        if not known.versions:
            self.fresh[ARRIVED] += known.about
        known.versions += (fact.position,)
        for position in (*known.versions, *known.about):
            self._file(self.facts[position])
        self._file_cases(item)
        self.cases.revise(item)
        return False

    def _voice(self, fact: Fact) -> bool:
        told = fact.open
        on, whom, by = spoken = voice(fact)
        voices = self._adding_to(thing(on, whom)).voices
        voices[by] = (*voices.get(by, ()), fact.position)
        self._tell(by, fact, ("given", *spoken))
        if "endorsee" in told:
            self._tell(told["endorsee"], fact, ("received", *spoken))
        else:
            self._on_item(fact)
            for author in self.authors(on):
                self._tell(author, fact, ("received", *spoken))
            self._file_cases(on)
        if self.cases.consider(fact):
            self.gone.add(fact.stream)
        return True

    def _on_item(self, fact: Fact) -> bool:
        item = fact.open.get("item")
        if item is not None:
            known = self._adding_to(item)
            known.about += (fact.position,)
            if not known.versions:
                self.fresh[WAITS].append(fact.position)
            elif "endorser" in fact.open:
                for position in known.versions:
                    self._file_with(fact.open["endorser"], self.facts[position])
        return False

    def _seat(self, fact: Fact) -> bool:
        """A schedule concerns whoever was there: how long a meeting was to last decides who attended it."""
        told = fact.open
        key = told["session"]
        session = self.sessions.get(key)
        if session is None:
            session = self.sessions[key] = Session()
        session.facts.append(fact.position)
        if "scheduled" in told:
            session.planned += (fact.position,)
        attendee = told.get("attendee")
        if attendee is None:
            return False
        seats = session.seats.get(attendee, ())
        session.seats[attendee] = (*seats, fact.position)
        if not seats:
            for position in session.planned:
                self._file(self.facts[position])
        if "scheduled" in told:
            return False
        self.gathered["attendance"].add(key)
        self._tell(attendee, fact, ("attendance", key))
        return True

    def _answer(self, fact: Fact) -> bool:
        _append(self.instruments, fact.open["instrument"], fact.position)
        return False

    def _judge(self, fact: Fact) -> bool:
        if "member" not in fact.open:
            self._on_item(fact)
        self.cases.add(fact)
        for one in self.cases.of(fact.open["case"]):
            self._file(one)
        return False

    def _belong(self, fact: Fact) -> bool:
        if "affiliation" in fact.open:
            _append(self._belonging, fact.open["member"], fact.position)
        return False

    def _report(self, fact: Fact) -> bool:
        told = fact.open
        if "member" not in told:
            return self._on_item(fact)
        key = counter_of(fact)
        _append(self._counters, f"{told['member']}|{key}", fact.position)
        if "item" in told:
            known = self._adding_to(told["item"])
            if key not in known.counters:
                known.counters += (key,)
        self._tell(told["member"], fact, ("metric", told["member"], key))
        return True

    def _link(self, fact: Fact) -> bool:
        self.fresh[LINKS] += (fact.position, *(retraction.position for retraction in self.voided.get(fact.stream, ())))
        return False

    def _stand(self, _: Fact) -> bool:
        return False

    def _adding_to(self, item: str) -> Item:
        known: Item | None = self._items.get(item)
        if known is None:
            known = self._items[item] = Item()
        return known

    def _tell(self, account: Account, fact: Fact, group: Group) -> None:
        """File a fact under an account, and touch it where the fact belongs."""
        self._file_under(account, fact.position)
        self.touched.append((account, fact.time, group))

    def _file(self, fact: Fact) -> None:
        """File the fact, and what withdraws it, under the accounts whose history it is."""
        for account in self._homes(fact):
            self._file_with(account, fact)

    def _file_cases(self, item: str) -> None:
        """File the moderation of an item with whoever it has come to concern."""
        for case in self.cases.on(item):
            for fact in self.cases.of(case):
                self._file(fact)

    def _file_with(self, account: Account, fact: Fact) -> None:
        self._file_under(account, fact.position)
        for retraction in self.voided.get(fact.stream, ()):
            self._file_under(account, retraction.position)

    def _file_under(self, account: Account, position: int) -> None:
        positions = self.filed.get(account)
        if positions is None:
            self.filed[account] = [position]
        elif positions[-1] < position:
            positions.append(position)
        else:
            at = bisect_left(positions, position)
            if positions[at] == position:
                return
            positions.insert(at, position)
        self.fresh[account].append(position)

    def _homes(self, fact: Fact) -> Iterable[Account]:
        """Return whose history a fact is: of those it names, of its item's authors, of those a schedule binds.

        A work is also filed with whoever endorsed it without naming its author: whom she endorsed is found by it.
        """
        told, name = fact.open, kind(fact)
        named = [told[who] for who in WHOSE.get(name, ()) if who in told]
        if name == "contribution":
            voices = (one.open["endorser"] for one in self.about(told["item"]) if "endorser" in one.open)
            return {*self.authors(told["item"]), *voices}
        if name == "attendance":
            return {*named, *map(Account, self.sessions[told["session"]].seats)} if "scheduled" in told else named
        if name == "moderation":
            return self.cases.homes(told["case"])
        if "item" in told and ("endorsee" if name == "endorsement" else "member") not in told:
            return {*named, *self.authors(told["item"])}
        return named

    # What is asked of it

    def item(self, item: str) -> Item:
        """Return what is known of an item; as it is, not to be changed."""
        known: Item = self._items.get(item, _NO_ITEM)
        return known

    def versions(self, item: str) -> list[Fact]:
        """Return the contributions of an item: versions of the work, withdrawn ones included."""
        return [self.facts[position] for position in self.item(item).versions]

    def about(self, item: str) -> Iterator[Fact]:
        """Yield the facts on an item that name no one."""
        return (self.facts[position] for position in self.item(item).about)

    def reports(self, account: Account, counter: str) -> Iterator[Fact]:
        """Yield the reports of a platform's counter (see `counter_of`) about an account."""
        return (self.facts[position] for position in self._counters.get(f"{account}|{counter}", ()))

    def authors(self, item: str) -> set[Account]:
        """Return the accounts that brought a work or a version of it, withdrawn ones included."""
        return {version.open["author"] for version in self.versions(item)}

    def held(self, session: str) -> int | None:
        """Return when a session took place: as scheduled, else at the first fact about it (µs); None: withdrawn."""
        known = self.sessions.get(session)
        if known is None:
            return None
        planned = [fact.open["scheduled"]["start"] for fact in self.standing(known.planned)]
        return min(planned or (fact.time for fact in self.standing(known.facts)), default=None)

    def length(self, session: str) -> int | None:
        """Return how long a session was to last, in seconds, or None where no platform said."""
        periods = [fact.open["scheduled"] for fact in self.standing(self.sessions[session].planned)]
        return max(((p["end"] - p["start"]) // 1_000_000 for p in periods if "end" in p), default=None)

    def author(self, item: str) -> Account | None:
        """Return the account that first brought an item, or None where no contribution did."""
        versions = self.item(item).versions
        if len(versions) == 1:
            only = self.facts[versions[0]]
            return only.open["author"] if self.stands(only) else None
        first = min(self.standing(versions), key=by_time, default=None)
        return None if first is None else Account(first.open["author"])

    def affiliation(self, member: Account, at: int) -> str | None:
        """Return whom a member belonged to at an instant (µs), as a token; None: nobody said."""
        told = (self._belonging.get(account, ()) for account in self.people.accounts(member))
        known = (fact for positions in told for fact in self.standing(positions) if fact.time <= at)
        last = max(known, key=by_time, default=None)
        return None if last is None else str(last.open["affiliation"])

    def endorsed(self, fact: Fact) -> Account | None:
        """Return the member an endorsement is of: the one named, else whoever first brought the item."""
        told = fact.open
        account = told["endorsee"] if "endorsee" in told else self.author(told.get("item", ""))
        return None if account is None else self.people.roots.get(account, account)

    def stands(self, fact: Fact) -> bool:
        """Return whether a fact was neither withdrawn nor taken away."""
        return fact.stream not in self.gone

    def standing(self, positions: Iterable[int]) -> Iterator[Fact]:
        """Yield those facts that were neither withdrawn nor taken away."""
        return filter(self.stands, map(self.facts.__getitem__, positions))

    def of(self, member: Account) -> list[Fact]:
        """Return every fact filed under the member's accounts, by (time, stream), withdrawn ones included."""
        accounts = self.people.accounts(member)
        positions = set().union(*(self.filed.get(account, ()) for account in accounts))
        return sorted((self.facts[position] for position in positions), key=by_time)


_PLACES: dict[str, Callable[[History, Fact], bool]] = {
    "contribution": History._version,  # noqa: SLF001  the methods of the class above
    "endorsement": History._voice,  # noqa: SLF001
    "attendance": History._seat,  # noqa: SLF001
    "response": History._answer,  # noqa: SLF001
    "moderation": History._judge,  # noqa: SLF001
    "membership": History._belong,  # noqa: SLF001
    "metric": History._report,  # noqa: SLF001
    "identity": History._link,  # noqa: SLF001
}


def _append(shelf: Shelf[str, list[int]], key: str, position: int) -> None:
    known = shelf.get(key)
    if known is None:
        shelf[key] = [position]
    else:
        known.append(position)
