"""What is counted of a member, kept from one batch to the next, so that a new fact costs what it adds.

A tally holds the entries of one measure in order of time. Rules are held against tallies from an instant on:
what came before is settled. A page's explanation counts the same facts anew (`rules.read`), and tests hold
the two equal.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import TYPE_CHECKING, Any, NamedTuple

from projections.fold.people import Account
from projections.fold.spans import DAWN, DOOM
from projections.fold.units import ACTS, acts, in_order
from projections.fold.values import merged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ledger import Fact
    from projections.fold.asking import Counted, Plan, Slot
    from projections.fold.units import Unit
    from projections.fold.values import Entry

    About = Callable[[str, str], list[Unit]]


FEW = 64  # entries that are not worth forgetting
_Instants = list[tuple[int, int]]
_Told = tuple[int, str, int, str, dict[str, Any]]
_Given = tuple[int, int, Account | None]  # when, by which fact, whom: None, where nobody knows yet
_KeptKey = int | float | str | bool | None | tuple[int | str, int | str]
_KeptEntry = tuple[int, str, int, _KeptKey, int, int]


class Kept(NamedTuple):
    """Tallies as they are put away: each tally as its entries, `odd`, `cut` and `full`."""

    trims: bool
    late: bool
    floor: int
    slots: list[tuple[list[_KeptEntry], bool, bool, bool] | None]
    acts: _Instants
    joins: _Instants
    told: list[_Told]
    given: list[_Given]


class Tally:
    """The entries of one slot, in order.

    `odd`: some last neither for good nor for one window from their start. `cut`: those that no leaf can ask for
    were left out, so that taking one of the others out means to count anew.
    """

    __slots__ = ("cut", "entries", "full", "odd")

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.odd = False
        self.cut = False
        self.full = False  # what begins later than all of them makes no difference

    def put(self, entry: Entry, within: int | None) -> None:
        """Take in an entry of a slot with that window (µs)."""
        if entry[2] != _lasts(entry, within):
            self.odd = True
        if self.entries and entry < self.entries[-1]:
            insort(self.entries, entry)
        else:
            self.entries.append(entry)

    def extend(self, entries: list[Entry]) -> None:
        """Take in entries that last, in order."""
        if self.full and entries[0] > self.entries[-1]:
            return
        _extend(self.entries, entries)

    def of(self, facts: Iterable[Fact], *, anywhere: bool) -> list[Entry]:
        """Return what facts added, in order: each at its own instant, or (`anywhere`) whenever it counts."""
        if anywhere:
            positions = {fact.position for fact in facts}
            return [entry for entry in self.entries if entry[5] in positions]
        found = []
        for fact in facts:
            at = bisect_left(self.entries, (fact.time,))
            while at < len(self.entries) and self.entries[at][0] == fact.time:
                if self.entries[at][5] == fact.position:
                    found.append(self.entries[at])
                at += 1
        return sorted(found)

    def replace(self, before: list[Entry], after: list[Entry], within: int | None) -> bool:
        """Put other entries in the place of some; return whether that can be done with what was left out."""
        gone = [entry for entry in before if entry not in after]
        if gone and self.cut:
            return False
        for entry in gone:
            del self.entries[bisect_left(self.entries, entry)]
        for entry in after:
            if entry not in before and not (self.full and entry > self.entries[-1]):
                self.put(entry, within)
        return not (self.cut and self.odd)

    def trim(self, enough: int) -> None:
        """Leave out, of entries that all count for good, what can make no difference once there is enough."""
        if self.cut and len(self.entries) < 2 * enough:
            return  # not yet worth the while
        first: dict[object, Entry] = {}
        for entry in self.entries:
            if entry[3] not in first:
                first[entry[3]] = entry
                if len(first) == enough:
                    break
        self.entries = list(first.values())
        self.cut = True
        self.full = len(first) == enough


class Tallies:
    """All that is kept of one member. `stale`: it must be counted anew, from all her facts.

    `floor`: of which instant (µs) and later ones it can tell, since what had ceased to count by then was forgotten.
    `late`: facts of hers come out of the order of time, so nothing more is.
    """

    __slots__ = ("_plan", "_trims", "acts", "floor", "given", "joins", "late", "slots", "stale", "told")

    def __init__(self, plan: Plan, kept: Kept | None = None, *, trims: bool = True) -> None:
        """With `trims`, what can make no difference is left out; `kept` is what was put away of such tallies."""
        if kept is None:
            kept = Kept(trims, False, DAWN, [None] * len(plan.slots), [], [], [], [])  # noqa: FBT003  names them
        self._plan = plan
        self._trims = kept.trims
        self.stale = False
        self.late = kept.late
        self.floor = kept.floor
        self.slots = [None if one is None else _tally(*one) for one in kept.slots]
        self.acts = kept.acts  # when, and the position of the fact that says so
        self.joins = kept.joins  # the same, of her joining
        self.told = kept.told  # assignments and memberships: few
        self.given = kept.given  # when and by which fact she endorsed whom

    def under(self, plan: Plan, numbers: Sequence[int | None]) -> Tallies:
        """Return the same for another plan: for each of its slots, the number of ours that counts what it does."""
        kept = Kept(False, self.late, self.floor, [], [*self.acts], [*self.joins], [*self.told], [*self.given])  # noqa: FBT003  names them
        other = Tallies(plan, kept)
        for number in numbers:
            tally = None if number is None else self.slots[number]
            other.slots.append(None if tally is None else _tally([*tally.entries], tally.odd, tally.cut, tally.full))
        return other

    def kept(self) -> Kept:
        """Return what is put away of them."""
        slots: list[Any] = [one and (one.entries, one.odd, one.cut, one.full) for one in self.slots]
        return Kept(self._trims, self.late, self.floor, slots, self.acts, self.joins, self.told, self.given)

    def forget(self, before: int) -> None:
        """Leave out what had ceased to count before an instant (µs), where that is most of it."""
        if self.late:
            return
        for slot, tally in zip(self._plan.slots, self.slots, strict=True):
            if (
                tally
                and slot.passes
                and len(tally.entries) > FEW
                and tally.entries[len(tally.entries) // 2][2] <= before
            ):
                tally.entries = [entry for entry in tally.entries if entry[2] > before]
                self.floor = max(self.floor, before)

    def put_lasting(self, units: Mapping[str, list[Unit]], about: About) -> None:
        """Count units, by kind, each a group of its own that counts for good from its start."""
        counted, done = self._plan.counted, []
        for name, some in units.items():
            if some:
                if len(some) > 1:
                    some.sort(key=in_order)
                if name in counted:
                    self._extend(counted[name], some, about)
                if name in ACTS:
                    done += acts(name, some, named=self._plan.acts_by_key)
                self._note(name, some)
        if done:
            done.sort(key=in_order)
            _extend(self.acts, sorted((act.start, act.position) for act in done))
            if "activity" in counted:
                self._extend(counted["activity"], done, about)

    def _extend(self, counted: Counted, units: list[Unit], about: About) -> None:
        for number, some in counted.sorted_out(units).items():
            slot, tally = self._plan.slots[number], self.slots[number]
            if tally is None:
                tally = self.slots[number] = Tally()
            entries = slot.lasting(some) if slot.lasting else None
            if entries is None:
                entries = [entry for unit in some for entry in slot.entries(unit, about)]
                tally.odd |= any(entry[2] != _lasts(entry, slot.within) for entry in entries)
                self.stale |= tally.odd and tally.cut
            if entries:
                tally.extend(entries)
                if slot.within is None and len(tally.entries) > slot.enough > 0 and self._trims and not tally.odd:
                    tally.trim(slot.enough)

    def _note(self, name: str, units: list[Unit]) -> None:
        """Remember what is asked of her beside what rules count: whom she endorsed, terms, affiliations."""
        if name == "endorsement_given":
            if self._plan.stamps:
                _extend(self.given, sorted((unit.start, unit.position, unit.fields["endorsee"]) for unit in units))
        elif name in ("assignment", "membership"):
            for unit in units:
                insort(self.told, (unit.start, unit.key, unit.position, name, unit.fields))
                if unit.fields["change"] == "joined" and name == "membership":
                    insort(self.joins, (unit.start, unit.position))

    def put(
        self, name: str, units: list[Unit], about: About, *, known: Sequence[Fact] = (), stamped: bool = False
    ) -> None:
        """Count the units of one group of facts, which are of a kind.

        `known`: those of its facts that were counted before, perhaps as something else; `stamped`: nothing but who
        their endorsers were can be another.
        """
        counted = self._plan.counted
        if name in counted:
            numbers = counted[name].stamped if stamped else counted[name].numbers
            self._replace(counted[name], numbers, known, units, about)
        if stamped:
            return
        done = acts(name, units, named=self._plan.acts_by_key)
        if name in ACTS and "activity" in counted:
            self._replace(counted["activity"], counted["activity"].numbers, known, done, about)
        for fact in known:
            if name in ACTS:
                _remove(self.acts, fact)
            if name == "endorsement_given":
                _remove(self.given, fact)
            elif name in ("assignment", "membership"):
                self.told = [one for one in self.told if one[2] != fact.position]
                _remove(self.joins, fact)
        for act in done:
            insort(self.acts, (act.start, act.position))
        self._note(name, units)

    def _replace(
        self, counted: Counted, numbers: Iterable[int], known: Sequence[Fact], units: list[Unit], about: About
    ) -> None:
        fitting = [(unit, counted.fitting(unit)) for unit in units]
        for number in numbers:
            slot, tally = self._plan.slots[number], self.slots[number]
            before = tally.of(known, anywhere=bool(slot.leaf.having)) if tally else []
            after = _entries(slot, [unit for unit, slots in fitting if number in slots], about)
            if before != after:
                if tally is None:
                    tally = self.slots[number] = Tally()
                if not tally.replace(before, after, slot.within):
                    self.stale = True

    def enough(self, name: str) -> int:
        """Return the instant (µs) after which units of a kind, if they last, add nothing to any tally."""
        if name not in self._plan.counted:
            return DOOM
        tallies = [self.slots[number] for number in self._plan.counted[name].numbers]
        return max(tally.entries[-1][0] if tally and tally.full else DOOM for tally in tallies)

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


def _tally(entries: list[Any], *marks: bool) -> Tally:
    """Return a tally that was put away."""
    tally = Tally()
    tally.entries = entries
    tally.odd, tally.cut, tally.full = marks
    return tally


def _entries(slot: Slot, units: Iterable[Unit], about: About) -> list[Entry]:
    """Return what the units of one group add to a slot that counts them, in order."""
    entries = [entry for unit in units for entry in slot.entries(unit, about)]
    if len(entries) > 1:
        entries.sort()
        return merged(entries) if slot.merges else entries
    return entries


def _extend(ordered: list[Any], more: list[Any]) -> None:
    """Add what is in order to what is in order; as a rule it comes behind."""
    if not ordered or not more or more[0] > ordered[-1]:
        ordered += more
    else:
        at = bisect_left(ordered, more[0])
        ordered[at:] = sorted([*ordered[at:], *more])


def _lasts(entry: Entry, within: int | None) -> int:
    return DOOM if within is None else entry[0] + within


def _remove(ordered: list[Any], fact: Fact) -> None:
    """Take out what begins with the fact's time and position."""
    at = bisect_left(ordered, (fact.time, fact.position))
    if at < len(ordered) and ordered[at][:2] == (fact.time, fact.position):
        del ordered[at]
