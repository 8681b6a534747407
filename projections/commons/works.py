"""The shelf: works that others can use, with how often they were built on.

A work is all versions of one item by its first author. It is on the shelf while one of them stands, unless the latest
says that it was rejected or withdrawn, or a moderation case has taken the item away.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from projections.fold.people import Account

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from ledger import Fact

    Stands = Callable[[str], bool]
    Root = Callable[[Account], Account]

KINDS = frozenset({"resource", "artifact", "talk", "curation"})
"""The kinds of contribution that are made for others to use."""
BUILDING = frozenset({"code", "resource", "artifact", "story", "talk"})
"""The kinds whose `about` says that they were built on something; as the measure `reuse` has it."""
_NOT_OFFERED = frozenset({"rejected", "withdrawn"})


class Work(NamedTuple):
    """A work on the shelf.

    `at`: when it was first shown (µs); `uses`: how many works and stories of others built on it; `tellers`: the
    positions of her versions, the latest first, in which her title and address are sealed.
    """

    item: str
    author: Account
    at: int
    kind: str
    space: str
    skills: tuple[str, ...]
    uses: int
    tellers: tuple[int, ...]


class _Version(NamedTuple):  # in the order in which they compare
    at: int
    stream: str
    position: int
    author: Account
    kind: str
    outcome: str
    space: str
    skills: tuple[str, ...]


class _Use(NamedTuple):
    who: Account
    item: str  # of the work that builds on it; "" for a story
    stream: str


class Shelf:
    """What was told of works, in order of position; see `works` for what stands there."""

    def __init__(self) -> None:
        self._versions: defaultdict[str, list[_Version]] = defaultdict(list)
        self._uses: defaultdict[str, list[_Use]] = defaultdict(list)
        self._known: dict[str, Work | None] = {}

    def contribution(self, fact: Fact) -> bool:
        """Take in a contribution: a version of a work for the shelf, or what builds on one. Return whether it was."""
        told = fact.open
        who, item, kind = Account(told["author"]), told["item"], told["kind"]
        if kind in KINDS:
            words = kind, told.get("outcome", ""), told.get("space", ""), tuple(told.get("skills", ()))
            self._versions[item].append(_Version(fact.time, fact.stream, fact.position, who, *words))
            self._known.pop(item, None)
        builds = kind in BUILDING and "about" in told
        if builds:
            self._uses[told["about"]].append(_Use(who, item, fact.stream))
            self._known.pop(told["about"], None)
        return builds or kind in KINDS

    def story(self, fact: Fact) -> bool:
        """Take in a story of what came of it. Return whether something inspired it."""
        for item in fact.open.get("inspiredBy", ()):
            self._uses[item].append(_Use(Account(fact.open["member"]), "", fact.stream))
            self._known.pop(item, None)
        return bool(fact.open.get("inspiredBy"))

    def forget(self) -> None:
        """Look at every work anew: something was withdrawn or taken away, or accounts were linked."""
        self._known.clear()

    def works(self, taken: Collection[str], stands: Stands, root: Root) -> Iterator[Work]:
        """Yield what is on the shelf, in no order."""
        for item in self._versions:
            if item not in self._known:
                self._known[item] = None if item in taken else self._work(item, taken, stands, root)
        yield from (one for one in self._known.values() if one)

    def _work(self, item: str, taken: Collection[str], stands: Stands, root: Root) -> Work | None:
        standing = sorted(one for one in self._versions[item] if stands(one.stream))
        if not standing:
            return None
        first, mine = standing[0], [one for one in standing if one.author == standing[0].author]
        last = mine[-1]
        if last.outcome in _NOT_OFFERED:
            return None
        uses = self._used(item, root(first.author), taken, stands, root)
        tellers = tuple(one.position for one in reversed(mine))
        return Work(item, first.author, first.at, last.kind, last.space, last.skills, uses, tellers)

    def _used(self, item: str, author: Account, taken: Collection[str], stands: Stands, root: Root) -> int:
        """Return how many works and stories of others built on an item."""
        return len(
            {
                one.item or one.stream
                for one in self._uses.get(item, ())
                if stands(one.stream) and one.item not in taken and root(one.who) != author
            }
        )
