"""Rules made ready to be asked of many members: what is to be counted for them, and how each leaf is answered.

An answer holds from an instant on (`View.since`); what it says of the time before means nothing.
"""

from __future__ import annotations

from bisect import bisect_left
from copy import copy
from typing import TYPE_CHECKING, NamedTuple

from projections.charters.language import AWARD, ONCE, Leaf, asks_for, leaves
from projections.fold.entries import counting, lasting, matches, predicate, taking_part
from projections.fold.rules import STEPS, Reading, asking, holding, leaf_met, reading, subject_of, tenure
from projections.fold.spans import DAWN, DOOM, Span, Spans, either, within
from projections.fold.units import KINDS, in_order
from projections.fold.values import different

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import tzinfo

    from projections.charters.language import Grant, Group, Rule
    from projections.fold.force import InForce
    from projections.fold.gathering import Share
    from projections.fold.tallies import About, Tallies
    from projections.fold.units import Unit
    from projections.fold.values import Entry

    Answer = Callable[["View"], Spans]

STAMPS = ("endorser_level", "endorser_role", "endorser_affiliation", "endorser_from")
"""What an endorsement says of the endorser: derived, never recorded."""
_REMEMBERED = 4_096  # combinations of what is tested
_WHOLE = frozenset({"streak", "change"})  # measures for which what ended still matters


class Slot(NamedTuple):
    """One thing to be counted, for all leaves that differ only in their bounds."""

    leaf: Leaf
    fits: Callable[[Mapping[str, object]], bool]
    entries: Callable[[Unit, About], list[Entry]]
    within: int | None  # µs
    merges: bool  # entries of one key that touch are one
    enough: int  # different keys, after which no leaf asks for more; 0: there is no such number
    lasting: Callable[[list[Unit]], list[Entry] | None] | None  # `entries` for many units that last, where there is one
    passes: bool  # what has ceased to count makes no difference to later answers


class Counted:
    """The slots that count one kind of unit, found by what they test of it."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.stamped: list[int] = []  # those that look at who an endorser was
        self._slots: list[tuple[int, Slot]] = []
        self._tested: tuple[str, ...] = ()
        self._found: dict[tuple[object, ...], list[int]] = {}

    def include(self, number: int, slot: Slot) -> None:
        """Take a slot in."""
        self.numbers.append(number)
        if slot.leaf.field in STAMPS or any(test.field in STAMPS for test in slot.leaf.where):
            self.stamped.append(number)
        self._slots.append((number, slot))
        tested = {test.field for _, each in self._slots for test in each.leaf.where}
        self._tested = tuple(sorted(tested))

    def sorted_out(self, units: list[Unit]) -> dict[int, list[Unit]]:
        """Return, by its number, which of the units (in order) each slot counts."""
        if not self._tested:
            return dict.fromkeys(self.numbers, units)
        alike: dict[tuple[object, ...], list[Unit]] = {}
        for unit in units:
            signature = tuple(map(unit[4].get, self._tested))
            try:
                alike[signature].append(unit)
            except KeyError:
                alike[signature] = [unit]
            except TypeError:  # a list among what is tested
                return self._one_by_one(units)
        found: dict[int, list[Unit]] = {}
        for signature, some in alike.items():
            for number in self._fitting(signature, some[0].fields):
                found[number] = some if number not in found else [*found[number], *some]
        if len(alike) > 1:
            return {number: sorted(some, key=in_order) for number, some in found.items()}
        return found

    def fitting(self, unit: Unit) -> list[int]:
        """Return the numbers of the slots that count a unit."""
        try:
            return self._fitting(tuple(map(unit.fields.get, self._tested)), unit.fields)
        except TypeError:  # a list among what is tested
            return [number for number, slot in self._slots if slot.fits(unit.fields)]

    def _fitting(self, signature: tuple[object, ...], fields: Mapping[str, object]) -> list[int]:
        fitting = self._found.get(signature)
        if fitting is None:
            if len(self._found) >= _REMEMBERED:
                self._found.clear()
            fitting = self._found[signature] = [number for number, slot in self._slots if slot.fits(fields)]
        return fitting

    def _one_by_one(self, units: list[Unit]) -> dict[int, list[Unit]]:
        return {number: [unit for unit in units if slot.fits(unit.fields)] for number, slot in self._slots}


class Law(NamedTuple):
    """A rule that binds, ready to be asked: `met` says when it is met, `force` when it binds."""

    key: str
    rule: Rule
    kept: bool  # its grant, once earned
    met: Answer
    stays: Answer | None  # what it takes to keep the grant, where that is not `met` while it binds
    since_award: bool  # `stays` asks what was done since the award
    force: Spans
    until: int  # when holds of it end at the latest (µs)


class View(NamedTuple):
    """One member as rules are held against her, from `since` (µs) on."""

    tallies: Tallies
    grants: dict[Grant, Spans]  # those derived so far
    since: int
    share: Callable[[Leaf], Share]


class Plan:
    """What must be counted so that these rules can be answered."""

    def __init__(self, laws: Sequence[InForce], zone: tzinfo) -> None:
        self.slots: list[Slot] = []
        self.counted: dict[str, Counted] = {}  # by kind of unit
        rules = [law.rule for law in laws]
        inner = [leaf for rule in rules for leaf in rule.leaves]
        named = {leaf.field for leaf in inner} | {test.field for leaf in inner for test in leaf.where}
        self.stamps = tuple(field for field in STAMPS if field in named)  # what must be known of an endorser
        self._graded = [test for leaf in inner for test in leaf.where if test.field == STAMPS[0]]
        self._levels_apart = any(leaf.field == STAMPS[0] for leaf in inner)
        self.compares = "endorser_from" in named
        self.shares = [leaf for leaf in inner if leaf.measure == "share"]
        self.shares_of_nothing = any((leaf.at_least or 0) < 1 for leaf in self.shares)  # met without taking part
        self.acts_by_key = any(leaf.fact == "activity" and leaf.measure == "count" for leaf in inner)
        self.having = any(leaf.having for leaf in inner)
        self.zone = zone
        self._numbers: dict[tuple[object, ...], int] = {}
        self._whole = {leaf.subject for rule in rules if _since_award(rule) for leaf in rule.leaves}
        asked: dict[tuple[object, ...], list[Leaf]] = {}
        for rule in rules:
            for root in (rule.root, *((rule.keep,) if rule.keep else ())):
                for leaf in _asked(root):
                    asked.setdefault(leaf.subject, []).append(leaf)
        for subject, alike in asked.items():
            if alike[0].measure not in ("tenure", "holds"):
                self._count(subject, alike)
        self.laws = [self._law(law) for law in laws]
        self.idle = _idle(self.counted, {leaf.fact for leaf in inner} if self.having else set())

    def _law(self, law: InForce) -> Law:
        rule, stays = law.rule, law.rule.keep
        if stays is None and law.lives and rule.grace is not None:
            stays = rule.root
        return Law(
            law.key,
            rule,
            rule.grace is None,
            asking(rule.root, self._answer),
            asking(stays, self._answer) if stays else None,
            _since_award(rule),
            law.spans,
            law.until,
        )

    def slots_in(self, other: Plan) -> list[int | None]:
        """Return, for each slot, the number of the one in another plan that counts the same."""
        return [other._numbers.get(subject) for subject in self._numbers]

    def notes(self, other: Plan) -> bool:
        """Return whether what is noted for this plan, beside its slots, is all that another needs."""
        alike = self.acts_by_key == other.acts_by_key and self.zone is other.zone
        return alike and bool(self.stamps or not other.stamps)

    def only(self, numbers: Collection[int]) -> Plan:
        """Return the plan that counts nothing but some slots."""
        part = copy(self)
        part.counted = {}
        for number in numbers:
            leaf = self.slots[number].leaf
            part.counted.setdefault(subject_of(leaf), Counted()).include(number, self.slots[number])
        part.idle = _idle(part.counted, ())
        return part

    def grade(self, level: int) -> int:
        """Return a number for a level that is the same for all levels which no rule tells apart in an endorser."""
        if self._levels_apart:
            return level
        return sum(matches(test, {STAMPS[0]: level}) << place for place, test in enumerate(self._graded))

    def _answer(self, leaf: Leaf) -> Answer:
        match leaf.measure:
            case "tenure":
                return lambda view: leaf_met(leaf, tenure(leaf, view.tallies.since()))
            case "holds":
                return _holds(leaf)
        number = self._numbers[leaf.subject]
        if leaf.measure == "share":
            return _share(leaf, number)
        return _bounded(leaf, number) if leaf.grant or leaf.each else _counted(leaf, number)

    def number(self, leaf: Leaf) -> int:
        """Return the slot that counts what a leaf asks for."""
        return self._numbers[leaf.subject]

    def _count(self, subject: tuple[object, ...], alike: list[Leaf]) -> None:
        """Make a slot for leaves that differ only in their bounds."""
        leaf = alike[0]
        sharing = leaf.measure == "share"
        enough = max(leaf.at_least or 0 for leaf in alike) if all(map(_quick, alike)) else 0
        slot = Slot(
            leaf,
            predicate(leaf.where),
            (lambda unit, _: taking_part(leaf, unit)) if sharing else counting(leaf, self.zone),
            None if sharing else leaf.within,
            leaf.measure in ONCE,
            enough,
            None if sharing else lasting(leaf, self.zone),
            not sharing and leaf.within is not None and leaf.measure not in _WHOLE and subject not in self._whole,
        )
        number = self._numbers[subject] = len(self.slots)
        self.slots.append(slot)
        self.counted.setdefault(subject_of(leaf), Counted()).include(number, slot)


def _idle(counted: Mapping[str, Counted], more: Iterable[str]) -> frozenset[str]:
    """Return the kinds of group of which nothing is counted, nor asked for as one of `more`."""
    wanted = {*counted, *more}
    return frozenset(name for name in ("received", "stamped", "metric", "case") if KINDS.get(name, name) not in wanted)


def _quick(leaf: Leaf) -> bool:
    """Whether a leaf only asks for enough different keys."""
    free = leaf.grant is None and leaf.each is None
    return free and leaf.measure in ONCE and (leaf.at_least or 0) > 0 and leaf.at_most is None


def _since_award(rule: Rule) -> bool:
    return rule.keep is not None and any(leaf.grant == AWARD for leaf in leaves(rule.keep))


def _asked(node: Group | Leaf) -> Iterator[Leaf]:
    if isinstance(node, Leaf):
        yield node
    else:
        for below in node.of:
            yield from _asked(below)


def _holding(leaf: Leaf) -> Answer:
    """Return what says when the grant held that a leaf names."""
    asked: dict[Grant, bool] = {}

    def holds(view: View) -> Spans:
        found = []
        for grant, spans in view.grants.items():
            if grant not in asked:
                asked[grant] = asks_for(leaf, grant)
            if asked[grant] and spans:
                found.append(spans)
        return either(*found)

    return holds


def _holds(leaf: Leaf) -> Answer:
    holds = _holding(leaf)
    if leaf.at_least == 1 and leaf.at_most is None:
        return holds
    return lambda view: leaf_met(leaf, holding(leaf, holds(view)))


def _bounded(leaf: Leaf, number: int) -> Answer:
    """Return how a leaf is answered of which not all that counts is asked for: since an award, or so many of each."""
    holds = _holding(leaf)

    def bounded(view: View) -> Spans:
        tally = view.tallies.slots[number]
        entries = tally.entries if tally else []
        return leaf_met(leaf, reading(leaf, entries, holds(view) if leaf.grant else []))

    return bounded


def _counted(leaf: Leaf, number: int) -> Answer:
    """Return how a leaf is answered from its tally: at a glance where it only asks for enough, else by its steps."""
    need, window, steps = leaf.at_least, leaf.within, STEPS.get(leaf.measure, different)
    quick, follow = _quick(leaf), running if leaf.measure == "count" and not leaf.having else running_different
    whole = leaf.measure in _WHOLE
    nothing = within([], at_least=leaf.at_least, at_most=leaf.at_most)

    def counted(view: View) -> Spans:
        tally = view.tallies.slots[number]
        if tally is None or not tally.entries:
            return nothing
        if quick and not tally.odd:
            if window is None:
                return reached(tally.entries, need or 0)
            return follow(tally.entries, need or 0, window, view.since)
        entries = tally.entries if whole else [entry for entry in tally.entries if entry[2] > view.since]
        return leaf_met(leaf, Reading(steps(entries), entries))

    return counted


def _share(leaf: Leaf, number: int) -> Answer:
    def shared(view: View) -> Spans:
        tally = view.tallies.slots[number]
        return view.share(leaf).met(tally.entries if tally else (), view.since)

    return shared


def reached(entries: list[Entry], need: int) -> Spans:
    """Return when there are `need` different keys, of entries that count for good."""
    if len(entries) >= need:
        seen: set[object] = set()
        for start, _, _, key, _, _ in entries:
            seen.add(key)
            if len(seen) == need:
                return [(start, DOOM)]
    return []


def running(entries: list[Entry], need: int, window: int, since: int) -> Spans:
    """Return when there are `need` entries, of such as each count for one window (µs), from `since` on.

    No two of one key count at once. From each on there are enough until the one `need - 1` before it passes.
    """
    first = max(bisect_left(entries, (since,)), need - 1)
    enough = ((entries[place][0], entries[place - need + 1][0] + window) for place in range(first, len(entries)))
    return _continued(enough, since, entries[first - need][0] + window if first >= need else DAWN)


def running_different(entries: list[Entry], need: int, window: int, since: int) -> Spans:
    """Return the same for `need` different keys, of which the same may count again and again.

    It suffices to follow the `need` keys seen last: the earliest of them says until when there are enough.
    """
    at = bisect_left(entries, (since,))
    last = _seen_last(entries, at, need, since - window)
    until = next(iter(last.values())) + window if len(last) == need else DAWN

    def enough() -> Iterator[Span]:
        for place in range(at, len(entries)):
            start, _, _, key, _, _ = entries[place]
            last.pop(key, None)
            last[key] = start
            if len(last) > need:
                del last[next(iter(last))]
            if len(last) == need:
                yield start, next(iter(last.values())) + window

    return _continued(enough(), since, until)


def _continued(enough: Iterable[Span], since: int, until: int) -> Spans:
    """Return spans from `since` on, of stretches in order each of which goes on where the one before still lasts.

    `until`: how long what began before `since` lasts.
    """
    spans: Spans = []
    opened, closes = since, until
    for start, end in enough:
        if end > start:
            if closes < start:
                if closes > opened:
                    spans.append((opened, closes))
                opened = start
            closes = end
    if closes > opened:
        spans.append((opened, closes))
    return spans


def _seen_last(entries: list[Entry], at: int, most: int, after: int) -> dict[object, int]:
    """Return the keys last seen before a place in the entries and when, the earliest of them first."""
    last: dict[object, int] = {}
    while at and len(last) < most:
        at -= 1
        start, _, _, key, _, _ = entries[at]
        if start <= after:
            break
        last.setdefault(key, start)
    return dict(reversed(last.items()))
