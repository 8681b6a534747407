"""Members as the fold of identity facts: sets of linked accounts, each named by its earliest."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple, NewType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from ledger import Fact

Account = NewType("Account", str)


class Moved(NamedTuple):
    """What a link changed: whose member is another now (from, to), and whose member gained or lost an account."""

    roots: dict[Account, tuple[Account, Account]]
    gained: set[Account]
    lost: set[Account]


NOT_MOVED = Moved({}, set(), set())


class People:
    """Which accounts are one person.

    Of the facts about one pair of accounts the latest in time decides, so links can be undone and re-made.
    """

    def __init__(self) -> None:
        self.roots: dict[Account, Account] = {}  # only of accounts that some fact links, or linked once
        self._accounts: dict[Account, tuple[Account, ...]] = {}
        self._pairs: defaultdict[frozenset[Account], dict[int, Fact]] = defaultdict(dict)
        self._near: defaultdict[Account, set[Account]] = defaultdict(set)

    def root(self, account: Account) -> Account:
        """Return the member an account belongs to: the earliest of the accounts linked to it."""
        return self.roots.get(account, account)

    def accounts(self, member: Account) -> tuple[Account, ...]:
        """Return the accounts of a member, earliest first."""
        return self._accounts.get(member) or (member,)

    def companions(self, account: Account) -> tuple[Account, ...]:
        """Return all accounts of the member that an account belongs to, earliest first."""
        return self._accounts.get(self.roots.get(account, account)) or (account,)

    def assume(self, members: Mapping[Account, Iterable[Account]]) -> None:
        """Take it as known which accounts these members have."""
        for member, accounts in members.items():
            self._accounts[member] = tuple(sorted(accounts))
            self.roots.update(dict.fromkeys(accounts, member))

    def note(self, fact: Fact, stands: Callable[[Fact], bool]) -> Moved:
        """Take an identity fact in (or learn that it was withdrawn); return what it changed."""
        one, other = Account(fact.open["member"]), Account(fact.open["account"])
        if one == other:
            return NOT_MOVED
        around = {*self.companions(one), *self.companions(other)}
        before = {account: (self.root(account), self.companions(account)) for account in around}
        facts = self._pairs[frozenset((one, other))]
        facts[fact.position] = fact
        standing = [known for known in facts.values() if stands(known) and not known.open.get("proposed")]
        last = max(standing, key=lambda known: (known.time, known.stream), default=None)
        joined = last is not None and last.open["change"] != "unlinked"
        for left, right in ((one, other), (other, one)):
            (self._near[left].add if joined else self._near[left].discard)(right)
        self._regroup(around)
        roots = {account: (root, self.roots[account]) for account, (root, _) in before.items()}
        groups = {account: (set(group), set(self.companions(account))) for account, (_, group) in before.items()}
        return Moved(
            {account: pair for account, pair in roots.items() if pair[0] != pair[1]},
            {account for account, (were, are) in groups.items() if are - were},
            {account for account, (were, are) in groups.items() if were - are},
        )

    def _regroup(self, around: set[Account]) -> None:
        for account in around:
            self._accounts.pop(account, None)
            self.roots.pop(account, None)
        for account in around:
            if account not in self.roots:
                group = self._reach(account)
                first = min(group)
                self.roots.update(dict.fromkeys(group, first))
                self._accounts[first] = tuple(sorted(group))

    def _reach(self, account: Account) -> set[Account]:
        group, edge = {account}, [account]
        while edge:
            edge = [near for one in edge for near in self._near[one] if near not in group]
            group.update(edge)
        return group
