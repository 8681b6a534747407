"""Which accounts may be one person's: what platforms proposed, what people's own names suggest, what was decided.

Pure, over the identity facts of a community and what its vault knows of accounts. A proposal is open until somebody
decides on it; what was decided stays so until there is new evidence. Nothing here is recorded.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from projections.fold.people import Account, People
from projections.fold.subjects import by_time, kind
from schemas import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from ledger import Fact

Pair = tuple[Account, Account]  # in order
MOST_ALIKE = 3  # accounts that bear one name; with more it is a common name, and no evidence
_SHORTEST_HANDLE = 4
_SHORTEST_NAME = 6  # letters, in two words at least
ALIKE = {
    "email": say("both have the same e-mail address"),
    "name": say("both have the same name"),
    "handle": say("both have the same handle"),
}
"""What speaks for two accounts being one person's, in words."""


class Proposal(NamedTuple):
    """That two accounts are one person's (`linked`), or are not (`unlinked`), and what speaks for it.

    `facts`: positions of what platforms proposed, the earliest first. `alike`: what their contacts have in common.
    """

    one: Account
    other: Account
    change: str
    facts: tuple[int, ...] = ()
    methods: tuple[str, ...] = ()
    alike: tuple[str, ...] = ()


class Links:
    """The links of one community's accounts, by all identity facts and what withdraws them."""

    def __init__(self, facts: Iterable[Fact]) -> None:
        known = list(facts)
        withdrawn = {fact.open["retracts"] for fact in known if kind(fact) == "retraction"}
        self.people = People()
        self._pairs: defaultdict[Pair, list[Fact]] = defaultdict(list)
        for fact in known:
            if kind(fact) == "identity" and fact.stream not in withdrawn:
                self.people.note(fact, lambda _: True)
                one, other = Account(fact.open["member"]), Account(fact.open["account"])
                if one != other:
                    self._pairs[_pair(one, other)].append(fact)

    def decided(self, one: Account, other: Account) -> Fact | None:
        """Return what was last decided about two accounts: the latest in time, proposals apart."""
        found = (fact for fact in self._pairs.get(_pair(one, other), ()) if not fact.open.get("proposed"))
        return max(found, key=by_time, default=None)

    def together(self, one: Account, other: Account) -> bool:
        """Return whether two accounts are one person's."""
        return self.people.root(one) == self.people.root(other)

    def reported(self) -> list[Proposal]:
        """Return the proposals of platforms that nobody has decided on since, and that would change anything."""
        found = []
        for (one, other), facts in self._pairs.items():
            decisions = (fact.position for fact in facts if not fact.open.get("proposed"))
            last = max(decisions, default=0)
            proposed = [fact for fact in facts if fact.open.get("proposed") and fact.position > last]
            if proposed:
                change = "unlinked" if max(proposed, key=by_time).open["change"] == "unlinked" else "linked"
                if self.together(one, other) == (change == "unlinked"):
                    methods = tuple(sorted({fact.open["method"] for fact in proposed}))
                    positions = tuple(fact.position for fact in proposed)
                    found.append(Proposal(one, other, change, positions, methods))
        return found

    def suggested(
        self, contacts: Mapping[Account, Mapping[str, Any]], rejected: Callable[[Fact], Iterable[str] | None]
    ) -> list[Proposal]:
        """Return the pairs of people whose contacts have something in common, less those that were told apart.

        `rejected` says which likenesses were known when a fact parted two accounts; None: it was about all of them.
        """
        found: defaultdict[Pair, set[str]] = defaultdict(set)
        for likeness, accounts in _alike(contacts):
            for one, other in combinations(sorted(accounts), 2):
                if not self.together(one, other):
                    found[_pair(self.people.root(one), self.people.root(other))].add(likeness)
        return [
            Proposal(one, other, "linked", alike=tuple(sorted(likenesses)))
            for (one, other), likenesses in sorted(found.items())
            if not likenesses <= self._known(one, other, rejected)
        ]

    def _known(self, one: Account, other: Account, rejected: Callable[[Fact], Iterable[str] | None]) -> set[str]:
        """Return the likenesses that were known whenever accounts of these two people were told apart."""
        known: set[str] = set()
        for left in self.people.companions(one):
            for right in self.people.companions(other):
                fact = self.decided(left, right)
                if fact is not None and fact.open["change"] == "unlinked":
                    told = rejected(fact)
                    known.update(ALIKE if told is None else told)
        return known

    def parting(self, leaving: Account) -> list[tuple[Account, Account, str]]:
        """Return what parts one account from its person, and keeps the others of that person together."""
        group = [account for account in self.people.companions(leaving) if account != leaving]
        joined = [pair for pair in combinations(sorted([*group, leaving]), 2) if self._are_joined(*pair)]
        changes = [(leaving, near, "unlinked") for near in group if _pair(leaving, near) in joined]
        parts = _parts(group, [pair for pair in joined if leaving not in pair])
        return changes + [(before, after, "linked") for before, after in pairwise(sorted(map(min, parts)))]

    def _are_joined(self, one: Account, other: Account) -> bool:
        decided = self.decided(one, other)
        return decided is not None and decided.open["change"] != "unlinked"


def merged(reported: Iterable[Proposal], suggested: Iterable[Proposal], links: Links) -> list[Proposal]:
    """Return all proposals, each pair of people once: what platforms reported first, with what speaks for it too."""
    root = links.people.root
    alike = {_pair(each.one, each.other): each for each in suggested}
    told = []
    for each in reported:
        same = alike.pop(_pair(root(each.one), root(each.other)), None)
        told.append(each._replace(alike=same.alike) if same and each.change == "linked" else each)
    return [*sorted(told, key=lambda each: each.facts), *alike.values()]


def _pair(one: Account, other: Account) -> Pair:
    return (one, other) if one < other else (other, one)


def _parts(accounts: Iterable[Account], joined: Iterable[Pair]) -> list[set[Account]]:
    """Return the accounts in groups of those that are joined, directly or through others."""
    part = {account: {account} for account in accounts}
    for one, other in joined:
        together = part[one] | part[other]
        part.update(dict.fromkeys(together, together))
    return list({id(group): group for group in part.values()}.values())


def _alike(contacts: Mapping[Account, Mapping[str, Any]]) -> Iterator[tuple[str, list[Account]]]:
    """Yield the accounts that have something in common: an address anywhere, a name on different platforms."""
    bearers: defaultdict[tuple[str, str], list[Account]] = defaultdict(list)
    for account, contact in contacts.items():
        for likeness, value in _marks(contact):
            bearers[likeness, value].append(account)
    for (likeness, _), accounts in bearers.items():
        platforms = {contacts[account].get("platform") for account in accounts}
        if 1 < len(accounts) <= MOST_ALIKE and (likeness == "email" or len(platforms) > 1):
            yield likeness, accounts


def _marks(contact: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    email = str(contact.get("email", "")).strip().casefold()
    if "@" in email:
        yield "email", email
    name = " ".join(str(contact.get("name", "")).casefold().split())
    if " " in name and len(name) >= _SHORTEST_NAME:
        yield "name", name
    handle = str(contact.get("handle", "")).strip().lstrip("@").casefold()
    if len(handle) >= _SHORTEST_HANDLE:
        yield "handle", handle
