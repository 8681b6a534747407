"""Rules made ready to be asked of many members: what is to be counted for them, and how each leaf is answered.

An answer holds from an instant on (`View.since`); what it says of the time before means nothing.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from projections.language import Leaf, asks_for
from projections.rules import (
    STEPS,
    Reading,
    combined,
    counting,
    held_for,
    holding,
    leaf_met,
    predicate,
    share,
    subject_of,
    taking_part,
    tenure,
)
from projections.spans import DAWN, DOOM, Spans, either, within
from projections.values import different

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import tzinfo

    from projections.charter import InForce
    from projections.language import Grant, Group
    from projections.rules import Held
    from projections.tallies import About, Tallies
    from projections.units import Unit
    from projections.values import Entry

    Answer = Callable[["View"], Spans]

STAMPS = ("endorser_level", "endorser_role", "endorser_affiliation")
"""What an endorsement says of the endorser: derived, never recorded."""
_QUICK = frozenset({"count", "distinct", "days"})
_at = attrgetter("at")
_WHOLE = frozenset({"streak", "change"})  # measures for which what ended still matters


class Slot(NamedTuple):
    """One thing to be counted, for all leaves that differ only in their bounds."""

    leaf: Leaf
    fits: Callable[[Mapping[str, object]], bool]
    count: Callable[[Unit, About], list[Entry]]
    within: int | None  # µs
    merges: bool  # entries of one key that touch are one


class View(NamedTuple):
    """One member as rules are held against her, from `since` (µs) on."""

    tallies: Tallies
    grants: dict[Grant, Spans]  # those derived so far
    since: int
    held: Callable[[Leaf], Sequence[Held]]


class Plan:
    """What must be counted so that these rules can be answered."""

    def __init__(self, laws: Iterable[InForce], zone: tzinfo) -> None:
        self.slots: list[Slot] = []
        self.counted: dict[str, list[int]] = {}  # kind of unit -> the slots that count it
        rules = [law.rule for law in laws]
        inner = [leaf for rule in rules for leaf in rule.leaves]
        named = {leaf.field for leaf in inner} | {test.field for leaf in inner for test in leaf.where}
        self.stamps = tuple(field for field in STAMPS if field in named)  # what must be known of an endorser
        self.shared = {leaf.fact for leaf in inner if leaf.measure == "share"}
        self.having = any(leaf.having for leaf in inner)
        self._numbers: dict[tuple[object, ...], int] = {}
        self._zone = zone
        # By identity, for a leaf's value is long to hash; the rules themselves keep the leaves alive.
        self._answers = {id(leaf): self._answer(leaf) for rule in rules for leaf in _asked(rule.root)}

    def met(self, root: Group, view: View) -> Spans:
        """Return when a rule is met, from the view's instant on."""
        answers = self._answers
        return combined(root, lambda leaf: answers[id(leaf)](view))

    def _answer(self, leaf: Leaf) -> Answer:
        match leaf.measure:
            case "tenure":
                return lambda view: leaf_met(leaf, tenure(leaf, view.tallies.since()))
            case "holds":
                return _holds(leaf)
        number = self._slot(leaf)
        if leaf.measure == "share":
            return lambda view: _share(leaf, view, number)
        return _counted(leaf, number)

    def _slot(self, leaf: Leaf) -> int:
        number = self._numbers.get(leaf.subject)
        if number is None:
            sharing = leaf.measure == "share"
            count: Callable[[Unit, About], list[Entry]] = (
                (lambda unit, _: taking_part(leaf, unit)) if sharing else counting(leaf, self._zone)
            )
            number = self._numbers[leaf.subject] = len(self.slots)
            window = None if sharing else leaf.within
            self.slots.append(Slot(leaf, predicate(leaf.where), count, window, leaf.measure in _QUICK))
            self.counted.setdefault(subject_of(leaf), []).append(number)
        return number


def _asked(node: Group | Leaf) -> Iterator[Leaf]:
    if isinstance(node, Leaf):
        yield node
    else:
        for below in node.of:
            yield from _asked(below)


def _holds(leaf: Leaf) -> Answer:
    asked: dict[Grant, bool] = {}

    def holds(view: View) -> Spans:
        found = []
        for grant, spans in view.grants.items():
            if grant not in asked:
                asked[grant] = asks_for(leaf, grant)
            if asked[grant] and spans:
                found.append(spans)
        held = either(*found)
        return held if leaf.at_least == 1 and leaf.at_most is None else leaf_met(leaf, holding(held))

    return holds


def _counted(leaf: Leaf, number: int) -> Answer:
    """Return how a leaf is answered from its tally: at a glance where it only asks for enough, else by its steps."""
    need, window, steps = leaf.at_least, leaf.within, STEPS.get(leaf.measure, different)
    quick = leaf.measure in _QUICK and need is not None and need > 0 and leaf.at_most is None
    whole = leaf.measure in _WHOLE
    nothing = within([], at_least=leaf.at_least, at_most=leaf.at_most)

    def counted(view: View) -> Spans:
        tally = view.tallies.slots[number]
        if tally is None or not tally.entries:
            return nothing
        if quick and not tally.odd:
            if window is None:
                return reached(tally.entries, need or 0)
            return running(tally.entries, need or 0, window, view.since)
        entries = tally.entries if whole else [entry for entry in tally.entries if entry[2] > view.since]
        return leaf_met(leaf, Reading(steps(entries), entries))

    return counted


def _share(leaf: Leaf, view: View, number: int) -> Spans:
    tally = view.tallies.slots[number]
    window = DOOM if leaf.within is None else leaf.within
    held = view.held(leaf)
    recent = held[bisect_right(held, view.since - window, key=_at) :]
    taken = [entry for entry in tally.entries if entry[2] > view.since] if tally else []
    return leaf_met(leaf, share(leaf, recent, taken))


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
    """Return when there are `need` different keys, of entries that each count for one window (µs), from `since` on.

    It suffices to follow the `need` keys seen last: the earliest of them says until when there are enough.
    """
    at = bisect_left(entries, (since,))
    last = _seen_last(entries, at, need, since - window)
    spans: Spans = []
    opened, closes = since, DAWN
    if len(last) == need:
        closes = next(iter(last.values())) + window
    for place in range(at, len(entries)):
        start, _, _, key, _, _ = entries[place]
        last.pop(key, None)
        last[key] = start
        if len(last) > need:
            del last[next(iter(last))]
        if len(last) == need:
            ends = next(iter(last.values())) + window
            if ends > start:
                if closes < start:
                    if closes > opened:
                        spans.append((opened, closes))
                    opened = start
                closes = ends
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
