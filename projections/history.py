"""What happened in one community, found by what it belongs to. Nothing is judged here.

The state depends only on which facts are known, never on the order in which they arrived: that is what
lets a late fact, a withdrawal or a link of accounts come out as if it had always been known.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from functools import cache
from itertools import product
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from projections.people import Account, People
from projections.spans import DOOM

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ledger import Fact

by_time = attrgetter("time", "stream")
# Beside accounts, what facts are filed under that wait for what they speak of, and that it arrived.
WAITS = Account("")
ARRIVED = Account("=")
_ANYONE = Account("")

# The fields of each kind of fact that name an account whose own history it is.
_WHOSE = {
    "contribution": ("author",),
    "attendance": ("attendee",),
    "endorsement": ("endorser", "endorsee"),
    "response": ("respondent",),
    "impact": ("member",),
    "membership": ("member",),
    "consent": ("member",),
    "identity": ("member", "account"),
    "assignment": ("member", "counterpart"),
    "moderation": ("member",),
    "metric": ("member",),
}
_COUNTER = ("metric", "item", "window", "source")

Group = tuple[Any, ...]
"""Facts that are counted together: a work's versions, a stay in a session, a voice on something, a case, a
counter's reports. Its kind, and what finds the facts again."""
NOTHING: Group = ("nothing",)
EVERYTHING: Group = ("everything",)


Touch = tuple[Account, int, Group]
"""That something about an account's member may be another, from when on (µs), and in which group of facts."""


class Session:
    """A meeting, a course or a recording: every fact about it, and those of each account that took part."""

    __slots__ = ("facts", "planned", "seats")

    def __init__(self) -> None:
        self.facts: list[Fact] = []
        self.planned: list[Fact] = []  # those that say when it was to be
        self.seats: dict[Account, list[Fact]] = {}


def kind(fact: Fact) -> str:
    """Return `contribution` for the topic `contribution.v1`."""
    return _kind(fact.topic)


@cache
def _kind(topic: str) -> str:
    return topic.partition(".")[0]


def counter_of(fact: Fact) -> str:
    """Return what tells one platform counter of a member from another."""
    return "|".join(str(fact.open.get(name, "")) for name in _COUNTER)


class History:
    """The facts of a community known so far (or those of some of its members), by account, item and session."""

    def __init__(self) -> None:
        self.people = People()
        self.facts: dict[int, Fact] = {}
        self.filed: dict[Account, list[int]] = {}
        self.voided: defaultdict[str, list[Fact]] = defaultdict(list)  # stream -> the retractions that name it
        self.works: dict[str, list[Fact]] = {}  # item -> contributions, versions of it
        self.about: dict[str, list[Fact]] = {}  # item -> facts on it that name no one
        self.voices: dict[str, dict[Account, list[Fact]]] = {}  # item, or skill@whom -> endorser -> endorsements
        self.sessions: dict[str, Session] = {}
        self.instruments: dict[str, list[Fact]] = {}
        self.cases: dict[str, list[Fact]] = {}
        self.counters: dict[tuple[Account, str], list[Fact]] = {}
        self.meters: dict[str, set[str]] = {}  # item -> counters of it
        # What the caller takes from time to time, and empties:
        self.fresh: defaultdict[Account, list[int]] = defaultdict(list)  # what was filed
        self.arrived: set[int] = set()
        self.touched: list[Touch] = []
        self.gathered: dict[str, set[str]] = {"attendance": set(), "response": set()}  # whose keys were held otherwise
        self._streams: dict[str, Fact] = {}

    def add(self, fact: Fact) -> None:
        """Take a fact in; again, it changes nothing."""
        position = fact.position
        if position in self.facts:
            return
        self.facts[position] = fact
        self.arrived.add(position)
        self._streams[fact.stream] = fact
        name = _kind(fact.topic)
        if name == "retraction":
            self._withdraw(fact)
        elif not (_PLACES.get(name, History._stand)(self, fact) and fact.stream not in self.voided):
            self.fresh[ARRIVED] += (retraction.position for retraction in self.voided.get(fact.stream, ()))
            self._file(fact)
            self._touch(fact, name)

    def _withdraw(self, retraction: Fact) -> None:
        stream = retraction.open["retracts"]
        self.voided[stream].append(retraction)
        voided = self._streams.get(stream)
        if voided is None:
            self.fresh[WAITS].append(retraction.position)
        elif kind(voided) != "retraction":
            self._file(voided)
            self._touch(voided, kind(voided))

    # Where facts are found again. Each says whether it has told whom the fact concerns: nobody but those it names

    def _version(self, fact: Fact) -> bool:
        item = fact.open["item"]
        versions, waiting = self.works.get(item), self.about.get(item)
        if versions is None and waiting is None:
            self.works[item] = [fact]
            self._tell(fact.open["author"], fact, ("contribution", item))
            return True
        if versions is None:
            versions = self.works[item] = []
            self.fresh[ARRIVED] += (one.position for one in waiting or ())
        versions.append(fact)
        for one in (*versions, *(waiting or ())):
            self._file(one)
        return False

    def _voice(self, fact: Fact) -> bool:
        told = fact.open
        on, whom, by = spoken = voice(fact)
        voices = self.voices.get(thing(on, whom) if whom else on)
        if voices is None:
            voices = self.voices[thing(on, whom) if whom else on] = {}
        known = voices.get(by)
        if known is None:
            voices[by] = [fact]
        else:
            known.append(fact)
        self._tell(by, fact, ("given", *spoken))
        if "endorsee" in told:
            self._tell(told["endorsee"], fact, ("received", *spoken))
        else:
            self._on_item(fact)
            for author in self.authors(on):
                self._tell(author, fact, ("received", *spoken))
        return True

    def _on_item(self, fact: Fact) -> bool:
        item = fact.open.get("item")
        if item is not None:
            self.about.setdefault(item, []).append(fact)
            if item not in self.works:
                self.fresh[WAITS].append(fact.position)
            elif "endorser" in fact.open:
                for work in self.works[item]:
                    self._file_under(fact.open["endorser"], work.position)
                    for retraction in self.voided.get(work.stream, ()):
                        self._file_under(fact.open["endorser"], retraction.position)
        return False

    def _seat(self, fact: Fact) -> bool:
        """A schedule concerns whoever was there: how long a meeting was to last decides who attended it."""
        told = fact.open
        key = told["session"]
        session = self.sessions.get(key)
        if session is None:
            session = self.sessions[key] = Session()
        session.facts.append(fact)
        if "scheduled" in told:
            session.planned.append(fact)
        attendee = told.get("attendee")
        if attendee is None:
            return False
        seats = session.seats.get(attendee)
        if seats is not None:
            seats.append(fact)
        else:
            session.seats[attendee] = [fact]
            for one in session.planned:
                self._file(one)
        if "scheduled" in told:
            return False
        self.gathered["attendance"].add(key)
        self._tell(attendee, fact, ("attendance", key))
        return True

    def _answer(self, fact: Fact) -> bool:
        self.instruments.setdefault(fact.open["instrument"], []).append(fact)
        return False

    def _judge(self, fact: Fact) -> bool:
        self.cases.setdefault(fact.open["case"], []).append(fact)
        return False if "member" in fact.open else self._on_item(fact)

    def _report(self, fact: Fact) -> bool:
        told = fact.open
        if "member" not in told:
            return self._on_item(fact)
        key = counter_of(fact)
        self.counters.setdefault((told["member"], key), []).append(fact)
        if "item" in told:
            self.meters.setdefault(told["item"], set()).add(key)
        self._tell(told["member"], fact, ("metric", told["member"], key))
        return True

    def _stand(self, _: Fact) -> bool:
        return False

    def _tell(self, account: Account, fact: Fact, group: Group) -> None:
        """File a fact under an account, and touch it where the fact belongs."""
        self._file_under(account, fact.position)
        self.touched.append((account, fact.time, group))

    def _file(self, fact: Fact) -> None:
        """File the fact, and what withdraws it, under the accounts whose history it is."""
        for account in self._homes(fact):
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
        named = [told[who] for who in _WHOSE.get(name, ()) if who in told]
        if name == "contribution":
            waiting = self.about.get(told["item"], ())
            voices = (one.open["endorser"] for one in waiting if "endorser" in one.open)
            return {*self.authors(told["item"]), *voices}
        if name == "attendance":
            return {*named, *self.sessions[told["session"]].seats} if "scheduled" in told else named
        if "item" in told and ("endorsee" if name == "endorsement" else "member") not in told:
            return {*named, *self.authors(told["item"])}
        return named

    def authors(self, item: str) -> set[Account]:
        """Return the accounts that brought a work or a version of it, withdrawn ones included."""
        versions = self.works.get(item)
        if versions is None:
            return set()
        if len(versions) == 1:
            return {versions[0].open["author"]}
        return {Account(version.open["author"]) for version in self.works.get(item, ())}

    # Whom a fact concerns, by being there or by being withdrawn

    def _touch(self, fact: Fact, name: str) -> None:
        if name == "identity":
            self._link(fact)
            return
        touches, since = self.touched, self._since(fact, name)
        for account, group in self.concerned(fact):
            touches.append((account, since, group))
        if name == "attendance":
            self.gathered[name].add(fact.open["session"])
        elif name == "response":
            self.gathered[name].add(fact.open["instrument"])

    def concerned(self, fact: Fact) -> Iterator[tuple[Account, Group]]:
        """Yield whose groups of facts a fact belongs to, or sheds light on."""
        told, name = fact.open, kind(fact)
        if name == "contribution":
            yield from self._of_work(told["item"])
        elif name == "endorsement":
            spoken = voice(fact)
            yield told["endorser"], ("given", *spoken)
            for account in self._endorsees(fact):
                yield account, ("received", *spoken)
        elif name == "attendance":
            if "scheduled" in told:
                yield from ((account, (name, told["session"])) for account in self.sessions[told["session"]].seats)
            elif "attendee" in told:
                yield told["attendee"], (name, told["session"])
        else:
            yield from self._reported(fact, name)

    def groups(self, fact: Fact, member: Account) -> list[Group]:
        """Return the groups of a member's facts that a fact belongs to, or sheds light on."""
        root = self.people.root
        return [group for account, group in self.concerned(fact) if root(account) == member and group != NOTHING]

    def _reported(self, fact: Fact, name: str) -> Iterator[tuple[Account, Group]]:
        told = fact.open
        group: Group = ("fact", fact.position)
        if name == "metric":
            group = (name, told.get("member", ""), counter_of(fact))
        elif name == "moderation":
            for account in (told["member"],) if "member" in told else self.authors(told.get("item", "")):
                yield account, ("case", told["case"])
        elif name in ("identity", "consent"):
            group = NOTHING
        for who in _WHOSE.get(name, ()):
            if who in told:
                yield told[who], group if who in ("member", "respondent") else NOTHING

    def _of_work(self, item: str) -> Iterator[tuple[Account, Group]]:
        """Whose a work is decides also whom a voice on it endorsed, and whose case it was."""
        authors = self.authors(item)
        for author in authors:
            yield author, ("contribution", item)
        for one in self.about.get(item, ()):
            if "endorser" in one.open:
                spoken = voice(one)
                yield one.open["endorser"], ("given", *spoken)
                for author in authors:
                    yield author, ("received", *spoken)
            elif "case" in one.open:
                for author in authors:
                    yield author, ("case", one.open["case"])

    def _since(self, fact: Fact, name: str) -> int:
        """Return from when on (µs) a fact can change an answer: its time, or that of what it sheds light on."""
        told = fact.open
        if name == "contribution" and told["item"] in self.about:
            return min(fact.time, *(self._since(one, kind(one)) for one in self.about[told["item"]]))
        if name == "attendance" and "scheduled" in told:
            return min(one.time for one in self.sessions[told["session"]].facts)
        if name == "moderation":
            return min(one.time for one in self.cases[told["case"]])
        if name == "assignment" and "period" in told:
            return min(fact.time, int(told["period"].get("start", fact.time)))
        return fact.time

    def _link(self, fact: Fact) -> None:
        """Take a link in, or learn that it was withdrawn: it touches whoever gained or lost an account, and voices."""
        roots, gained, lost = self.people.note(fact, self.stands)
        moved = [self.facts[position] for account in roots for position in self.filed.get(account, ())]
        moved = [one for one in moved if kind(one) not in ("identity", "retraction")]
        since = min((self._since(one, kind(one)) for one in moved), default=DOOM)
        self.touched += ((account, since, NOTHING) for account in gained)
        self.touched += ((account, since, EVERYTHING) for account in lost)
        for one in moved:
            self._touch(one, kind(one))
            if kind(one) == "endorsement":
                self._revoice(one, roots)

    def _revoice(self, fact: Fact, roots: dict[Account, tuple[Account, Account]]) -> None:
        """Touch both sides of an endorsement where one is another member now: it was, and will be, theirs."""
        on, whom, by = voice(fact)
        voices = [(on, *pair) for pair in product((whom, *roots.get(whom, ())), (by, *roots.get(by, ())))]
        self.touched += ((fact.open["endorser"], fact.time, ("given", *spoken)) for spoken in voices)
        for account in self._endorsees(fact):
            self.touched += ((account, fact.time, ("received", *spoken)) for spoken in voices)

    def _endorsees(self, fact: Fact) -> Iterable[Account]:
        """Return the accounts an endorsement may be of: the one it names, else whoever brought the item."""
        return (fact.open["endorsee"],) if "endorsee" in fact.open else self.authors(fact.open.get("item", ""))

    def works_spoken_of(self, groups: Iterable[Group]) -> Iterator[Group]:
        """Yield the works that groups of facts are about: what `having` asks of them may be answered otherwise."""
        for group in groups:
            if group[0] == "received" and group[1] in self.works:
                yield ("contribution", group[1])
            elif group[0] == "metric":
                reports = self.counters.get((group[1], group[2]), ())
                yield from (("contribution", fact.open["item"]) for fact in reports[:1] if "item" in fact.open)

    # What is asked of it

    def held(self, session: str) -> int | None:
        """Return when a session took place: as scheduled, else at the first fact about it (µs); None: withdrawn."""
        known = self.sessions.get(session)
        if known is None:
            return None
        planned = [fact.open["scheduled"]["start"] for fact in known.planned if self.stands(fact)]
        return min(planned or (fact.time for fact in known.facts if self.stands(fact)), default=None)

    def length(self, session: str) -> int | None:
        """Return how long a session was to last, in seconds, or None where no platform said."""
        periods = [fact.open["scheduled"] for fact in self.sessions[session].planned if self.stands(fact)]
        return max(((p["end"] - p["start"]) // 1_000_000 for p in periods if "end" in p), default=None)

    def author(self, item: str) -> Account | None:
        """Return the account that first brought an item, or None where no contribution did."""
        versions = self.works.get(item)
        if not versions:
            return None
        if len(versions) == 1:
            return versions[0].open["author"] if self.stands(versions[0]) else None
        first = min(filter(self.stands, versions), key=by_time, default=None)
        return None if first is None else Account(first.open["author"])

    def endorsed(self, fact: Fact) -> Account | None:
        """Return the member an endorsement is of: the one named, else whoever first brought the item."""
        told = fact.open
        account = told["endorsee"] if "endorsee" in told else self.author(told.get("item", ""))
        return None if account is None else self.people.roots.get(account, account)

    def stands(self, fact: Fact) -> bool:
        """Return whether no retraction names the fact."""
        return fact.stream not in self.voided

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
    "metric": History._report,  # noqa: SLF001
}


def voice(fact: Fact) -> tuple[str, Account, Account]:
    """Return what an endorsement is on and whose it is: `(item, "", endorser)`, else `(skill, endorsee, endorser)`."""
    told = fact.open
    if "item" in told:
        return told["item"], _ANYONE, told["endorser"]
    return told.get("skill", ""), told.get("endorsee", _ANYONE), told["endorser"]


def thing(on: str, whom: Account) -> str:
    """Return what endorsements of one thing are found under: its item, else the skill of one account."""
    return f"{on}@{whom}" if whom else on
