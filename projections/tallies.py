"""What is counted of a member, kept from one batch to the next, so that a new fact costs what it adds.

A tally holds the entries of one measure in order of time. Rules are held against tallies from an instant on:
what came before is settled. A page's explanation counts the same facts anew (`rules.read`), and tests hold
the two equal.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import TYPE_CHECKING, Any

from projections.spans import DOOM
from projections.units import ACTS, acts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ledger import Fact
    from projections.asking import Plan, Slot
    from projections.language import Grant
    from projections.people import Account
    from projections.spans import Spans
    from projections.units import Unit
    from projections.values import Entry

    About = Callable[[str, str], list[Unit]]


class Tally:
    """The entries of one slot, in order. `odd`: some last neither for good nor for one window from their start."""

    __slots__ = ("entries", "odd")

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.odd = False

    def put(self, entry: Entry, within: int | None) -> None:
        """Take in an entry of a slot with that window (µs)."""
        if entry[2] != (DOOM if within is None else entry[0] + within):
            self.odd = True
        if self.entries and entry < self.entries[-1]:
            insort(self.entries, entry)
        else:
            self.entries.append(entry)

    def drop(self, fact: Fact) -> None:
        """Take out what a fact added at its own instant."""
        entries, time = self.entries, fact.time
        at = bisect_left(entries, (time,))
        while at < len(entries) and entries[at][0] == time:
            if entries[at][5] == fact.position:
                del entries[at]
            else:
                at += 1

    def drop_anywhere(self, positions: set[int]) -> None:
        """Take out what facts added, whenever it counts."""
        self.entries = [entry for entry in self.entries if entry[5] not in positions]


class Tallies:
    """All that is kept of one member."""

    __slots__ = ("_plan", "acts", "given", "joins", "slots", "told")

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.slots: list[Tally | None] = [None] * len(plan.slots)
        self.acts: list[tuple[int, int]] = []  # when, and the position of the fact that says so
        self.joins: list[tuple[int, int]] = []  # the same, of her joining
        self.told: list[tuple[int, str, int, str, dict[str, Any]]] = []  # assignments and memberships: few
        self.given: list[tuple[int, int, Account]] = []  # when and by which fact she endorsed whom

    def put(self, name: str, units: list[Unit], about: About) -> None:
        """Count the units of one group of facts, which are of a kind."""
        for number in self._plan.counted.get(name, ()):
            self._count(number, units, about)
        if name in ACTS:
            done = acts(name, units)
            for act in done:
                _insert(self.acts, (act.start, act.position))
            for number in self._plan.counted.get("activity", ()):
                self._count(number, done, about)
        if name == "endorsement_given":
            if self._plan.stamps:
                for unit in units:
                    _insert(self.given, (unit.start, unit.position, unit.fields["endorsee"]))
        elif name in ("assignment", "membership"):
            for unit in units:
                insort(self.told, (unit.start, unit.key, unit.position, name, unit.fields))
                if unit.fields["change"] == "joined" and name == "membership":
                    insort(self.joins, (unit.start, unit.position))

    def _count(self, number: int, units: Iterable[Unit], about: About) -> None:
        slot = self._plan.slots[number]
        entries = [entry for unit in units if slot.fits(unit.fields) for entry in slot.count(unit, about)]
        if not entries:
            return
        tally = self.slots[number]
        if tally is None:
            tally = self.slots[number] = Tally()
        for entry in _merged(entries) if len(entries) > 1 and slot.merges else entries:
            tally.put(entry, slot.within)

    def drop(self, name: str, facts: Iterable[Fact]) -> None:
        """Forget what facts of one group were counted as."""
        kinds = (name, "activity") if name in ACTS else (name,)
        slots = [(self._plan.slots[n], self.slots[n]) for kind in kinds for n in self._plan.counted.get(kind, ())]
        for slot, tally in slots:
            if tally is not None:
                _drop(slot, tally, facts)
        for fact in facts:
            if name in ACTS:
                _remove(self.acts, fact)
            if name == "endorsement_given":
                _remove(self.given, fact)
            elif name in ("assignment", "membership"):
                self.told = [one for one in self.told if one[2] != fact.position]
                _remove(self.joins, fact)

    def since(self) -> tuple[int, int] | None:
        """Return when she joined, or first acted if that was earlier (µs), and which fact says so."""
        return min((*self.joins[:1], *self.acts[:1]), default=None)

    def affiliations(self) -> list[tuple[int, str]]:
        """Return from when on (µs) she belonged to whom, as tokens."""
        told = ((start, fields) for start, _, _, name, fields in self.told if name == "membership")
        return [(start, fields["affiliation"]) for start, fields in told if "affiliation" in fields]

    def assignments(self) -> Iterable[tuple[int, dict[str, Any]]]:
        """Yield what was assigned to her and when (µs), in order."""
        return ((start, fields) for start, _, _, name, fields in self.told if name == "assignment")


def _drop(slot: Slot, tally: Tally, facts: Iterable[Fact]) -> None:
    if slot.leaf.having:
        tally.drop_anywhere({fact.position for fact in facts})
    else:
        for fact in facts:
            tally.drop(fact)


def _merged(entries: list[Entry]) -> list[Entry]:
    """Join entries of one key where one follows the other without a gap: versions of a work that all count."""
    merged: list[Entry] = []
    for entry in entries:
        if merged and merged[-1][3] == entry[3] and merged[-1][2] == entry[0]:
            start, unit, _, key, weight, position = merged[-1]
            merged[-1] = (start, unit, entry[2], key, weight, position)
        else:
            merged.append(entry)
    return merged


def _insert(ordered: list[Any], one: tuple[Any, ...]) -> None:
    if ordered and one < ordered[-1]:
        insort(ordered, one)
    else:
        ordered.append(one)


def _remove(ordered: list[Any], fact: Fact) -> None:
    """Take out what begins with the fact's time and position."""
    at = bisect_left(ordered, (fact.time, fact.position))
    if at < len(ordered) and ordered[at][:2] == (fact.time, fact.position):
        del ordered[at]
