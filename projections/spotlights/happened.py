"""What was done lately, as far as celebrating asks: works, voices, stories, consents, and how late each was told.

Read from the end of the ledger. Once read, only what is new is read again.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from projections.fold.people import Account
from projections.fold.subjects import kind_of
from projections.fold.taking import taken_items, taking

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from ledger import Fact

MOST_READ = 200_000  # facts, from the end: a few seconds
_BARS = {"suspended": True, "restored": False, "dismissed": False, "resolved": False}
_DID = {
    "contribution": "author",
    "attendance": "attendee",
    "endorsement": "endorser",
    "response": "respondent",
    "impact": "member",
}
_THERE = ("joined", "attended", "left")


class Work(NamedTuple):
    """A version of something somebody made. `item`: the token that all its versions share."""

    at: int  # µs
    who: Account
    item: str
    kind: str
    stream: str
    position: int


class Voice(NamedTuple):
    """What one member said of another, or of a work. `whom` or `item` may be absent, not both."""

    at: int  # µs
    by: Account
    whom: Account | None
    item: str | None
    strength: str
    stream: str
    position: int


class Story(NamedTuple):
    """What came of it, as she told it. `visibility`: whom she told it to."""

    at: int  # µs
    who: Account
    kind: str
    visibility: str
    stream: str
    position: int


class Act(NamedTuple):
    """Something somebody did, and what kind of doing it was."""

    at: int  # µs
    who: Account
    what: str
    stream: str
    position: int


class Said(NamedTuple):
    """What a member allowed, or took back. `until`: when that ends by itself (µs), or None.

    `about`: the token of the source it is of, "" where it names none.
    """

    at: int  # µs
    stream: str
    purpose: str
    granted: bool
    until: int | None
    about: str = ""


class Happened:
    """What was done from `since` (µs) on, as far as it is read. `position`: how far that is.

    Consents, withdrawals and moderation are taken in whenever they are of. One thread adds at a time; whoever asks
    meanwhile looks at copies.
    """

    def __init__(self, since: int, position: int = 0) -> None:
        self.since = since
        self.began = position  # facts up to here were not read
        self.position = position
        self.works: list[Work] = []
        self.voices: list[Voice] = []
        self.stories: list[Story] = []
        self.acts: list[Act] = []
        self.authors: dict[str, tuple[int, str, Account, int]] = {}  # by item: the first version
        self.told: dict[int, tuple[int, int]] = {}  # µs of a fact -> its position, and when it was recorded
        self.consents: defaultdict[Account, list[Said]] = defaultdict(list)
        self.planned: dict[str, tuple[int, int, str]] = {}  # by session: position, when it begins (µs), stream
        self.present: defaultdict[str, list[tuple[int, Account, str]]] = defaultdict(
            list
        )  # by session: µs, who, stream
        self._voided: set[str] = set()
        self._cases: defaultdict[str, list[Fact]] = defaultdict(list)

    def add(self, facts: Iterable[Fact]) -> None:
        """Take facts in, in order of position."""
        for fact in facts:
            self.position = max(self.position, fact.position)
            name = kind_of(fact.topic)
            if name == "retraction":
                self._voided.add(fact.open["retracts"])
            elif name == "consent":
                self.consents[Account(fact.open["member"])].append(said(fact))
            elif name == "moderation":
                self._cases[fact.open["case"]].append(fact)
            elif fact.time >= self.since and (name in _DID or name in {"assignment", "membership"}):
                self.told.setdefault(fact.time, (fact.position, fact.recorded))
                self._did(name, fact)

    def _did(self, name: str, fact: Fact) -> None:
        told = fact.open
        if name == "attendance" and "scheduled" in told:
            self.planned[told["session"]] = fact.position, told["scheduled"]["start"], fact.stream
        who = Account(told.get(_DID.get(name, ""), ""))
        if not who:
            return
        if name == "contribution":
            self.works.append(Work(fact.time, who, told["item"], told["kind"], fact.stream, fact.position))
            first = self.authors.get(told["item"])
            if first is None or (fact.time, fact.stream) < first[:2]:
                self.authors[told["item"]] = (fact.time, fact.stream, who, fact.position)
        elif name == "endorsement":
            whom = Account(told["endorsee"]) if "endorsee" in told else None
            item = told.get("item")
            self.voices.append(Voice(fact.time, who, whom, item, told["strength"], fact.stream, fact.position))
        elif name == "impact":
            visibility = told.get("visibility", "community")
            self.stories.append(Story(fact.time, who, told["kind"], visibility, fact.stream, fact.position))
        if name == "attendance" and told["state"] in _THERE:
            self.present[told["session"]].append((fact.time, who, fact.stream))
        if name != "attendance" or told["state"] in _THERE:
            what = told["kind"] if name == "contribution" else name
            self.acts.append(Act(fact.time, who, what, fact.stream, fact.position))

    def stands(self, stream: str) -> bool:
        """Return whether the fact of a stream was not withdrawn."""
        return stream not in self._voided

    def taken(self) -> set[str]:
        """Return the items that a moderation case has taken away."""
        return taken_items(list(self._cases.values()), self.stands)

    def rings(self) -> list[set[Account]]:
        """Return the sets of accounts among whom voices count for nothing, by some case."""
        cases = taking(list(self._cases.values()), self.stands)
        named = [{Account(fact.open["member"]) for fact in facts if "member" in fact.open} for facts in cases]
        return [accounts for accounts in named if len(accounts) > 1]

    def barred(self, accounts: Collection[str], at: int) -> bool:
        """Return whether by some case, as far as it is read, one of these accounts is suspended at an instant (µs)."""
        for facts in list(self._cases.values()):
            said = (fact for fact in facts if fact.time <= at and self.stands(fact.stream))
            words = [fact for fact in said if fact.open["action"] in _BARS]
            last = max(words, key=lambda fact: (fact.time, fact.stream), default=None)
            if last is None or not _BARS[last.open["action"]] or last.open.get("until", at + 1) <= at:
                continue
            if any(fact.open.get("member") in accounts and "item" not in fact.open for fact in words):
                return True
        return False


def said(fact: Fact) -> Said:
    """Return what a consent fact says."""
    told = fact.open
    granted, about = told["decision"] == "granted", told.get("scopedSource", "")
    return Said(fact.time, fact.stream, told["purpose"], granted, told.get("expires"), about)
