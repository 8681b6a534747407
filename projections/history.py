"""What happened in one community, indexed by whom it concerns. Nothing is judged here.

The state depends only on which facts are known, never on the order in which they arrived: that is what
lets a late fact, a withdrawal or a link of accounts come out as if it had always been known.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING, NewType

from projections.spans import DAWN, DOOM

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from ledger import Fact

Account = NewType("Account", str)
_by_time = attrgetter("time", "stream")
# Beside accounts, what facts are filed under that wait for what they speak of, and that it arrived.
WAITS = Account("")
ARRIVED = Account("=")
_REACHING_BACK = frozenset({"assignment", "moderation"})

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


def kind(fact: Fact) -> str:
    """Return `contribution` for the topic `contribution.v1`."""
    return fact.topic.partition(".")[0]


@dataclass(slots=True)
class Session:
    """A meeting, a course or a recording: every fact about it, and whose accounts they name."""

    facts: list[Fact] = field(default_factory=list)
    accounts: set[Account] = field(default_factory=set)


class History:
    """The facts of a community known so far (or those of some of its members), by account, item and session."""

    def __init__(self) -> None:
        self.facts: dict[int, Fact] = {}
        self.filed: defaultdict[Account, set[int]] = defaultdict(set)
        self.voided: defaultdict[str, list[Fact]] = defaultdict(list)  # stream -> the retractions that name it
        self.items: defaultdict[str, list[Fact]] = defaultdict(list)  # item -> contributions, versions of it
        self.about: defaultdict[str, list[Fact]] = defaultdict(list)  # item -> facts on it that name no one
        self.sessions: defaultdict[str, Session] = defaultdict(Session)
        self.instruments: defaultdict[str, list[Fact]] = defaultdict(list)
        self.fresh: list[tuple[Account, int]] = []  # what was filed since the caller last emptied it
        self._streams: dict[str, Fact] = {}
        self._members = _Members()

    def add(self, fact: Fact) -> tuple[set[Account], int]:
        """Take a fact in; return whose history it changes, and from when on (µs). Again, it changes nothing."""
        if fact.position in self.facts:
            return set(), DOOM
        self.facts[fact.position] = fact
        self._streams[fact.stream] = fact
        name = kind(fact)
        touched = {Account(fact.open[who]) for who in _WHOSE.get(name, ()) if who in fact.open}
        if name == "retraction":
            return self._withdraw(fact)
        touched |= self._file(fact, name, touched)
        self._file_with(touched, fact)
        for retraction in self.voided.get(fact.stream, ()):
            self._file_with(touched, retraction)
            self.fresh.append((ARRIVED, retraction.position))
        return self._linked(fact) if name == "identity" else (touched, self._since(fact))

    def _linked(self, fact: Fact) -> tuple[set[Account], int]:
        """Take a link in, or learn that it was withdrawn: what it changes begins with the accounts that moved."""
        moved = self._members.note(fact, self.stands)
        facts = (self.facts[position] for account in moved for position in self.filed[account])
        return moved, min((self._since(one) for one in facts if kind(one) != "identity"), default=DOOM)

    def _since(self, fact: Fact) -> int:
        """Return from when on a fact can change an answer: its time, unless it sheds light on what came before.

        A term or a schedule names another time than its own, a case is judged as a whole, and a work may have
        been endorsed before it was reported.
        """
        if kind(fact) in _REACHING_BACK or "scheduled" in fact.open or fact.open.get("item") in self.about:
            return DAWN
        return fact.time

    def _file(self, fact: Fact, name: str, touched: set[Account]) -> set[Account]:
        """Put the fact beside what it belongs to; return who else it concerns."""
        match name:
            case "contribution":
                return self._version(fact)
            case "attendance":
                return self._seat(fact, touched)
            case "response":
                self.instruments[fact.open["instrument"]].append(fact)
            case "endorsement" if "endorsee" not in fact.open and "item" in fact.open:
                return self._on_item(fact)
            case "moderation" | "metric" if "member" not in fact.open and "item" in fact.open:
                return self._on_item(fact)
        return set()

    def _seat(self, fact: Fact, touched: set[Account]) -> set[Account]:
        """A schedule concerns whoever was there: how long a meeting was to last decides who attended it."""
        session = self.sessions[fact.open["session"]]
        session.facts.append(fact)
        session.accounts |= touched
        for one in session.facts:
            if "scheduled" in one.open:
                self._file_with(session.accounts, one)
        return set(session.accounts) if "scheduled" in fact.open else set()

    def _version(self, fact: Fact) -> set[Account]:
        item = fact.open["item"]
        if not self.items[item]:
            self.fresh += [(ARRIVED, waiting.position) for waiting in self.about.get(item, ())]
        self.items[item].append(fact)
        authors = {Account(version.open["author"]) for version in self.items[item]}
        if len(authors) > 1 or item in self.about:
            for one in (*self.items[item], *self.about.get(item, ())):
                self._file_with(authors, one)
        voices = (one.open.get("endorser") for one in self.about.get(item, ()))  # whom they endorsed is known now
        return authors | {Account(voice) for voice in voices if voice}

    def _on_item(self, fact: Fact) -> set[Account]:
        item = fact.open["item"]
        self.about[item].append(fact)
        authors = {Account(version.open["author"]) for version in self.items.get(item, ())}
        if not authors:
            self.fresh.append((WAITS, fact.position))
        return authors

    def _file_with(self, accounts: Iterable[Account], fact: Fact) -> None:
        for account in accounts:
            if fact.position not in self.filed[account]:
                self.filed[account].add(fact.position)
                self.fresh.append((account, fact.position))

    def _withdraw(self, retraction: Fact) -> tuple[set[Account], int]:
        stream = retraction.open["retracts"]
        self.voided[stream].append(retraction)
        voided = self._streams.get(stream)
        if voided is None:
            self.fresh.append((WAITS, retraction.position))
            return set(), DOOM
        touched = {account for account, positions in self._filed_with(voided) if voided.position in positions}
        self._file_with(touched, retraction)
        return self._linked(voided) if kind(voided) == "identity" else (touched, self._since(voided))

    def _filed_with(self, fact: Fact) -> Iterator[tuple[Account, set[int]]]:
        """Yield the accounts a fact may be filed under: those it names, its session's and its item's authors'."""
        names = {Account(fact.open[who]) for who in _WHOSE.get(kind(fact), ()) if who in fact.open}
        for version in self.items.get(fact.open.get("item", ""), ()):
            names.add(Account(version.open["author"]))
        if kind(fact) == "attendance":
            names |= self.sessions[fact.open["session"]].accounts
        for account in names:
            yield account, self.filed[account]

    def held(self, session: str) -> int | None:
        """Return when a session took place: as scheduled, else at the first fact about it (µs); None: withdrawn."""
        facts = [fact for fact in self.sessions[session].facts if self.stands(fact)]
        planned = [fact.open["scheduled"]["start"] for fact in facts if "scheduled" in fact.open]
        return min(planned or (fact.time for fact in facts), default=None)

    def length(self, session: str) -> int | None:
        """Return how long a session was to last, in seconds, or None where no platform said."""
        facts = (fact for fact in self.sessions[session].facts if "scheduled" in fact.open and self.stands(fact))
        periods = (fact.open["scheduled"] for fact in facts)
        return max(((p["end"] - p["start"]) // 1_000_000 for p in periods if "end" in p), default=None)

    def author(self, item: str) -> Account | None:
        """Return the account that first brought an item, or None where no contribution did."""
        versions = (fact for fact in self.items.get(item, ()) if self.stands(fact))
        first = min(versions, key=lambda fact: (fact.time, fact.stream), default=None)
        return None if first is None else Account(first.open["author"])

    def stands(self, fact: Fact) -> bool:
        """Return whether no retraction names the fact."""
        return fact.stream not in self.voided

    def root(self, account: Account) -> Account:
        """Return the member an account belongs to: the earliest of the accounts linked to it."""
        return self._members.root.get(account, account)

    def accounts(self, member: Account) -> tuple[Account, ...]:
        """Return the accounts of a member, earliest first."""
        return self._members.accounts.get(member, (member,))

    def assume(self, members: Mapping[Account, Iterable[Account]]) -> None:
        """Take it as known which accounts these members have: for a history that holds only some facts."""
        for member, accounts in members.items():
            self._members.accounts[member] = tuple(sorted(accounts))
            self._members.root.update(dict.fromkeys(accounts, member))

    def of(self, member: Account) -> list[Fact]:
        """Return every fact filed under the member's accounts, by (time, stream), withdrawn ones included."""
        positions = set().union(*(self.filed.get(account, ()) for account in self.accounts(member)))
        return sorted((self.facts[position] for position in positions), key=_by_time)


class _Members:
    """Members as the fold of identity facts: sets of linked accounts, each named by its earliest.

    Of the facts about one pair of accounts the latest in time decides, so links can be undone and re-made.
    """

    def __init__(self) -> None:
        self.root: dict[Account, Account] = {}
        self.accounts: dict[Account, tuple[Account, ...]] = {}
        self._pairs: defaultdict[frozenset[Account], dict[int, Fact]] = defaultdict(dict)
        self._near: defaultdict[Account, set[Account]] = defaultdict(set)

    def note(self, fact: Fact, stands: Callable[[Fact], bool]) -> set[Account]:
        """Take an identity fact in (or learn that it was withdrawn); return the accounts of another member now."""
        one, other = Account(fact.open["member"]), Account(fact.open["account"])
        if one == other:
            return set()
        around = {*self._with(one), *self._with(other)}
        before = {account: self.root.get(account, account) for account in around}
        facts = self._pairs[frozenset((one, other))]
        facts[fact.position] = fact
        standing = [known for known in facts.values() if stands(known) and not known.open.get("proposed")]
        last = max(standing, key=lambda known: (known.time, known.stream), default=None)
        joined = last is not None and last.open["change"] != "unlinked"
        for left, right in ((one, other), (other, one)):
            (self._near[left].add if joined else self._near[left].discard)(right)
        self._regroup(around)
        return {account for account in around if self.root[account] != before[account]}

    def _with(self, account: Account) -> tuple[Account, ...]:
        return self.accounts.get(self.root.get(account, account), (account,))

    def _regroup(self, around: set[Account]) -> None:
        for account in around:
            self.accounts.pop(account, None)
            self.root.pop(account, None)
        for account in around:
            if account not in self.root:
                group = self._reach(account)
                first = min(group)
                self.root.update(dict.fromkeys(group, first))
                self.accounts[first] = tuple(sorted(group))

    def _reach(self, account: Account) -> set[Account]:
        group, edge = {account}, [account]
        while edge:
            edge = [near for one in edge for near in self._near[one] if near not in group]
            group.update(edge)
        return group
