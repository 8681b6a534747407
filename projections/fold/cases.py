"""Moderation cases: whom and what they are about, and what they take away.

A case whose last word is `hidden` or `removed` takes away the works it names and, where it names two members or
more, what these said of one another. What is taken away counts for nothing on any day, until the last word is
`restored` or `dismissed`: then it always counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from projections.fold.subjects import by_time, kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ledger import Fact
    from projections.fold.history import History
    from projections.fold.people import Account
    from projections.fold.shelves import Shelf

_WORDS = {"hidden": True, "removed": True, "restored": False, "dismissed": False}


class Named(NamedTuple):
    """Whom and what a case names, apart from what was withdrawn of it, and whether it takes anything away."""

    accounts: frozenset[Account]
    items: frozenset[str]
    takes: bool


class Cases:
    """The moderation cases of a community, kept up with its history."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._facts: Shelf[str, list[int]] = history.shelves.shelf("cases", list[int])
        self._named: dict[str, Named] = {}
        self._on: dict[str, set[str]] = {}  # item -> the cases that ever named it
        self._rings: dict[Account, set[str]] = {}  # member -> the cases by which what she and others said counts not
        self._away: dict[str, set[int]] = {}  # case -> what it took away among its members, by position
        self.taken: set[str] = set()  # streams of what is taken away

    def of(self, case: str) -> Iterator[Fact]:
        """Yield the facts of a case, withdrawn ones included."""
        return (self._history.facts[position] for position in self._facts.get(case, ()))

    def on(self, item: str) -> Iterable[str]:
        """Return the cases that name an item."""
        return self._on.get(item, ())

    def concerned(self, case: str) -> set[Account]:
        """Return the accounts a case is about: those it names, and the authors of works it names."""
        found: set[Account] = set()
        for fact in self.of(case):
            if "member" in fact.open:
                found.add(fact.open["member"])
            elif "item" in fact.open:
                found |= self._history.authors(fact.open["item"])
        return found

    def homes(self, case: str) -> set[Account]:
        """Return whose history a case belongs to: those it is about, and who spoke of works it names."""
        found = self.concerned(case)
        for item in {fact.open["item"] for fact in self.of(case) if "item" in fact.open}:
            found |= self._history.authors(item)
            found.update(one.open["endorser"] for one in self._history.about(item) if "endorser" in one.open)
        return found

    def add(self, fact: Fact) -> None:
        """Take in a fact of a case."""
        case = fact.open["case"]
        known = self._facts.get(case)
        if known is None:
            self._facts[case] = [fact.position]
        else:
            known.append(fact.position)
        if "item" in fact.open:
            self._on.setdefault(fact.open["item"], set()).add(case)
        self.renew(case)

    def renew(self, case: str) -> None:
        """Look at a case again: a fact of it came, or was withdrawn."""
        standing = [fact for fact in self.of(case) if fact.stream not in self._history.voided]
        words = [fact for fact in standing if fact.open["action"] in _WORDS]
        last = max(words, key=by_time, default=None)
        after = Named(
            frozenset(fact.open["member"] for fact in standing if "member" in fact.open),
            frozenset(fact.open["item"] for fact in standing if "item" in fact.open),
            last is not None and _WORDS[last.open["action"]],
        )
        before = self._named.get(case, Named(frozenset(), frozenset(), takes=False))
        self._named[case] = after
        for item in before.items | after.items:
            self.revise(item)
        if len(before.accounts) > 1 or len(after.accounts) > 1:
            self.regroup()
            self._review(case)

    def revise(self, item: str) -> None:
        """Look again at what was said of an item, and at its versions: another came, or one was withdrawn."""
        self._consider(self._history.versions(item))
        if self._rings:
            self._consider(self._history.about(item))

    def moved(self) -> None:
        """Look again at what members said of one another: accounts were linked, or parted."""
        rings = [case for case, named in self._named.items() if len(named.accounts) > 1]
        if rings:
            self.regroup()
            for case in rings:
                self._review(case)

    def regroup(self) -> None:
        """Find anew which members' voices count for nothing among them."""
        self._rings = {}
        for case, named in self._named.items():
            if named.takes and len(named.accounts) > 1:
                members = {self._history.people.root(account) for account in named.accounts}
                for member in members if len(members) > 1 else ():
                    self._rings.setdefault(member, set()).add(case)

    def takes(self, fact: Fact) -> bool:
        """Return whether a fact counts for nothing, by some case."""
        if kind(fact) == "contribution":
            item = fact.open["item"]
            return any(self._named[case].takes and item in self._named[case].items for case in self.on(item))
        return bool(self._between(fact))

    def consider(self, fact: Fact) -> bool:
        """Take note of whether a work or a voice counts for nothing; return whether that is another than it was."""
        taken = self.takes(fact)
        for case in self._between(fact) if taken and kind(fact) == "endorsement" else ():
            self._away.setdefault(case, set()).add(fact.position)
        if taken == (fact.stream in self.taken):
            return False
        (self.taken.add if taken else self.taken.discard)(fact.stream)
        return True

    def _between(self, fact: Fact) -> set[str]:
        """Return the cases by which what one member said of another counts for nothing."""
        people = self._history.people
        spoke = self._rings.get(people.root(fact.open["endorser"])) if self._rings else None
        whom = self._history.endorsed(fact) if spoke else None
        if not spoke or whom is None or whom == people.root(fact.open["endorser"]):
            return set()
        return spoke & self._rings.get(whom, set())

    def _review(self, case: str) -> None:
        """Look again at what the members of a case said of one another, and at what it took away before."""
        history = self._history
        accounts = {one for named in self._named[case].accounts for one in history.people.companions(named)}
        positions = {position for account in accounts for position in history.filed.get(account, ())}
        positions |= self._away.pop(case, set())
        facts = (history.facts[position] for position in sorted(positions))
        self._consider(fact for fact in facts if kind(fact) == "endorsement")

    def _consider(self, facts: Iterable[Fact]) -> None:
        for fact in facts:
            if kind(fact) in ("contribution", "endorsement") and self.consider(fact):
                self._history.turned(fact)
