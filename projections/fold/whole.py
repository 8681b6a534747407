"""All that rules can count of one member, counted anew from her facts: what explanations rest on."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, NamedTuple

from projections.fold.bearing import groups
from projections.fold.subjects import by_time, kind
from projections.fold.units import ACTS, KINDS, Counting, acts, in_order
from schemas import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ledger import Fact
    from projections.fold.history import History
    from projections.fold.people import Account
    from projections.fold.subjects import Group
    from projections.fold.units import Stamp, Unit

_WITHDRAWN = say("withdrawn")
_MODERATED = say("taken away by moderation")


class Passed(NamedTuple):
    """A fact that counts for nothing, and why in a person's words."""

    fact: Fact
    why: str


class Units:
    """Everything a rule can count of one member, by kind of fact, in order of time."""

    def __init__(self, history: History, member: Account, stamp: Stamp) -> None:
        self.member = member
        self.passed: list[Passed] = []
        self._counting = Counting(history, member, stamp, self._pass)
        self._groups: dict[str, dict[Group, None]] = {}
        self._of: dict[str, list[Unit]] = {}
        self._on_item: dict[tuple[str, str], list[Unit]] = {}
        mine = set(history.people.accounts(member))
        for fact in history.of(member):
            author = fact.open.get("author", member)
            if not history.stands(fact) and (author in mine or history.authors(fact.open["item"]) & mine):
                self._pass(fact, _WITHDRAWN if fact.stream in history.voided else _MODERATED)
            if author not in mine:
                continue  # another's work, or version of hers, which says where it belongs
            for group in groups(history, fact, member):
                self._groups.setdefault(_called(group, fact), {})[self._counting.normal(group)] = None

    def supposing(self, more: Mapping[str, list[Unit]]) -> Units:
        """Return the same with more units of some kinds, as if they had been recorded."""
        other: Units = copy(self)
        other._on_item = {}
        other._of = {name: self.of(name) for name in {*self._groups, *more, *ACTS, "case"}}
        for name, units in more.items():
            other._of[name] = sorted([*other._of[name], *units], key=in_order)
        return other

    def _pass(self, fact: Fact, why: str) -> None:
        self.passed.append(Passed(fact, why))

    def about(self, fact: str, item: str) -> list[Unit]:
        """Return the units of a kind that are about one item of hers: what `having` looks at."""
        if (fact, "") not in self._on_item:
            self._on_item[fact, ""] = []
            for unit in self.of(fact):
                self._on_item.setdefault((fact, unit.fields.get("item", "")), []).append(unit)
        return self._on_item.get((fact, item), [])

    def of(self, fact: str) -> list[Unit]:
        """Return the units of a kind of fact (`activity` is every act of her own)."""
        if fact not in self._of:
            made = self._acts() if fact == "activity" else self._made(fact)
            self._of[fact] = sorted(made, key=in_order)
        return self._of[fact]

    def _acts(self) -> list[Unit]:
        return [act for name in ACTS for act in acts(name, self.of(name))]

    def _made(self, name: str) -> list[Unit]:
        known = len(self.passed)
        made = []
        for group in self._groups.get(name, ()):
            made += self._counting.units(group, self._counting.facts(group))[1]
        if name == "endorsement":
            self.passed[known:] = sorted(self.passed[known:], key=lambda passed: by_time(passed.fact))
        return made

    def since(self) -> tuple[int, int] | None:
        """Return when she joined, or first acted if that was earlier, and the position of the fact that says so."""
        joined = (unit for unit in self.of("membership") if unit.fields["change"] == "joined")
        firsts = (next(joined, None), next(iter(self.of("activity")), None))
        return min(((unit.start, unit.position) for unit in firsts if unit), default=None)


def _called(group: Group, fact: Fact) -> str:
    name: str = group[0]
    return kind(fact) if name == "fact" else KINDS.get(name, name)
