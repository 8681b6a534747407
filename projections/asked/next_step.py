"""The next step: a small set of further events that would meet a rule, found by supposing them.

What is supposed are units, as if they had been recorded, one a day from now on; whether they suffice is asked of
the rule itself. What serves most comes first, and what can be left out again is: no part of the set would do. That
no other set is smaller is not proven.
"""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

from projections.charters.language import Leaf, asks_for, leaves
from projections.charters.vocabulary import field_values
from projections.fold.entries import matches, predicate
from projections.fold.rules import Held, granted, leaf_met, met, read
from projections.fold.spans import DOOM, either, held_on, span_at, value_at
from projections.fold.units import ACTS, Unit
from schemas import format_time

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from projections.charters.language import Group, Rule, Test
    from projections.fold.rules import Ground

_DAY = 86_400_000_000  # µs
_MOST = 400  # events; whoever lacks more is told what is missing, not how many acts of which kind
_SERIES = "?series"
_NO_EVENT = frozenset({"tenure", "holds", "open"})
_PERIODS = {"day": _DAY, "week": 7 * _DAY, "month": 31 * _DAY}
Told = dict[str, Any]


class Event(NamedTuple):
    """A kind of event that is supposed: which fact, and what its fields are. `serves`: the labels it counts for.

    A field that is None differs from event to event. `any_of`: of which values those fields could be as well.
    """

    fact: str
    fields: tuple[tuple[str, Any], ...]
    serves: tuple[str, ...]
    any_of: tuple[tuple[str, tuple[Any, ...]], ...] = ()


class _Lack(NamedTuple):
    """A leaf that is not met, and how much it lacks."""

    leaf: Leaf
    missing: int


def next_step(rule: Rule, rules: Sequence[Rule], ground: Ground, at: int) -> Told | None:
    """Return what would lift a member by a rule that is not met at the instant (µs); None where it is.

    `rules`: all of the charter, in their order, since what one grants another may ask for. The answer has `events`
    (fact, count, where, serves), their `total`, `ready_at` if one a day is done from now, `waits_until` where time
    must pass first, and `blocked`: what stands in the way that no event of hers could mend.
    """
    if span_at(met(rule.root, ground), at):
        return None
    found = _Search(rule, [one for one in rules if one.slug != rule.slug], ground, at).found()
    counts = Counter(found.events)
    return {
        "rule": f"{rule.slug}@{rule.version}",
        "events": [
            {"fact": event.fact, "count": counts[event], "where": _shown(event), "serves": list(event.serves)}
            for event in sorted(counts, key=lambda one: (one.fact, -counts[one], one.serves))
        ],
        "total": len(found.events),
        "reached": found.reached,
        "ready_at": format_time(found.ready) if found.reached else None,
        "waits_until": format_time(found.waits) if found.waits > at else None,
        "blocked": sorted(found.blocked),
    }


class _Found(NamedTuple):
    events: list[Event]
    reached: bool
    ready: int
    waits: int
    blocked: set[str]


class _Search:
    """One search, for one member and one rule."""

    def __init__(self, rule: Rule, others: list[Rule], ground: Ground, at: int) -> None:
        self._rule = rule
        self._others = others
        self._ground = ground
        self._at = at
        every = [leaf for one in (rule, *others) for leaf in one.leaves]
        self._step = max((_PERIODS[leaf.per] for leaf in rule.leaves if leaf.measure == "streak"), default=_DAY)
        levels = [int(one.grants[1]) for one in (rule, *others) if one.grants[0] == "level"]
        self._top = max((*levels, 1)) if any(leaf.field == "endorser_level" for leaf in every) else 1

    def found(self) -> _Found:
        """Return the smallest set found, each of its events needed."""
        ways = [self._greedily(way) for way in _ways(self._rule.root)]
        best = min(ways, key=lambda one: (not one.reached, len(one.blocked), len(one.events), one.ready))
        return best._replace(events=self._pruned(best)) if best.reached else best

    def _greedily(self, way: frozenset[int]) -> _Found:
        """Add what serves most of what lacks, until the rule is met or nothing serves any more."""
        events: list[Event] = []
        blocked: set[str] = set()
        waits, before = self._at, DOOM
        while len(events) <= _MOST:
            ground, when = self._supposed(events, waits)
            if span_at(met(self._rule.root, ground), when):
                return _Found(events, True, when, waits, set())  # noqa: FBT003  names it
            lacks = list(self._lacks(self._rule, ground, when, way))
            later = max((until for lack in lacks if (until := _by_time(lack.leaf, ground, when))), default=when)
            if later > when:
                waits = later
                continue
            useful = [lack for lack in lacks if lack.leaf.at_least is not None and lack.leaf.measure not in _NO_EVENT]
            blocked = {lack.leaf.label for lack in lacks} - {lack.leaf.label for lack in useful}
            lacking = sum(lack.missing for lack in lacks)
            if not useful or blocked or lacking >= before:
                blocked |= {lack.leaf.label for lack in useful} if lacking >= before else set()
                break
            before = lacking
            events += self._serving(useful, ground, len(events), when)
        return _Found(events, False, self._at, waits, blocked)  # noqa: FBT003  names it

    def _serving(self, lacks: Sequence[_Lack], ground: Ground, known: int, when: int) -> list[Event]:
        """Return events of one kind: of what lacks most, and of all that fits it; as many as what lacks least takes."""
        first, *rest = sorted(lacks, key=lambda lack: (-lack.missing, lack.leaf.label))
        if first.leaf.having and (voices := _spoken_of(first.leaf, ground, when)):
            return voices
        if first.leaf.measure == "change":
            return _answers(first.leaf, ground)
        served, fact, fields = [first], first.leaf.fact, self._fields([first.leaf])
        for lack in rest:
            joint = _fact_of_both(fact, lack.leaf.fact)
            both = self._fields([*(one.leaf for one in served), lack.leaf]) if joint else None
            if joint and both is not None and not lack.leaf.having:
                fact, fields, served = joint, both, [*served, lack]
        labels = tuple(dict.fromkeys(lack.leaf.label for lack in served))
        any_of = _choices([lack.leaf for lack in served])
        event = Event(fact, tuple(sorted({**_needed(fact), **(fields or {})}.items())), labels, any_of)
        amount = min(_events_for(lack, fields or {}) for lack in served)
        return [event] * max(1, min(amount, _MOST + 1 - known))

    def _fields(self, some: Sequence[Leaf]) -> dict[str, Any] | None:
        """Return fields that every one of these leaves counts; None where what they ask contradicts each other."""
        tests: dict[str, list[Test]] = {}
        for leaf in some:
            for test in leaf.where:
                tests.setdefault(test.field, []).append(test)
        found: dict[str, Any] = {}
        for field, asked in tests.items():
            fitting = _fitting(asked)
            if fitting is None:
                return None
            found[field] = fitting
        for leaf in some:
            if leaf.measure == "sum":
                found.setdefault(leaf.field, self._top if leaf.field == "endorser_level" else leaf.at_least)
            elif leaf.measure == "latest":
                found |= {"metric": leaf.field, "value": leaf.at_least}
            elif leaf.measure == "distinct":
                found.setdefault(leaf.field, None)  # a value of its own for each
            if leaf.each:
                found.setdefault(leaf.each[0], None)
        return found

    def _pruned(self, found: _Found) -> list[Event]:
        """Leave out every event without which the rule is met as well."""
        events = list(found.events)
        for event in sorted(dict.fromkeys(events), key=lambda one: len(one.serves)):
            while event in events:
                fewer = list(events)
                fewer.remove(event)
                ground, when = self._supposed(fewer, found.waits)
                if not span_at(met(self._rule.root, ground), when):
                    break
                events = fewer
        return events

    def _lacks(self, rule: Rule, ground: Ground, when: int, way: frozenset[int] = frozenset()) -> Iterator[_Lack]:
        """Yield what a rule lacks; of what another rule grants, what that lacks."""
        for leaf in _open(rule.root, ground, when, way):
            granting = [one for one in self._others if leaf.measure == "holds" and asks_for(leaf, one.grants)]
            if leaf.measure == "holds" and not granted(leaf, ground.grants) and granting:
                nearest = [list(self._lacks(one, ground, when)) for one in granting]
                yield from min(nearest, key=lambda lacks: sum(lack.missing for lack in lacks))
            else:
                yield _Lack(leaf, max(1, (leaf.at_least or 0) - value_at(read(leaf, ground).steps, when)))

    def _supposed(self, events: Sequence[Event], waits: int) -> tuple[Ground, int]:
        """Return the ground with these events on it, one a day, and the day after which to ask."""
        ground, number = self._ground, len(events)
        begins = max(self._at, waits - number * self._step)
        units: dict[str, list[Unit]] = {}
        sessions: list[Held] = []
        for place, event in enumerate(events):
            start = begins + place * self._step + 1
            key = f"?{place}"
            fields = _one_of(event, place, key)
            if event.fact == "attendance":
                sessions.append(Held(start, key, {"series": _SERIES, **fields}))
            elif event.fact == "response":
                sessions.append(Held(start, str(fields["instrument"]), fields))
            act = "contribution" if event.fact == "activity" else event.fact  # any act of hers would do
            units.setdefault(act, []).append(Unit(start, DOOM, start, key, fields, 0))
        when = max(begins + (number - 1) * self._step + 2, waits) if events else waits
        held = {fact: [*ground.held(fact), *sessions] for fact in ("attendance", "response")}
        ground = ground._replace(units=ground.units.supposing(units), held=lambda fact: held[fact], readings={})
        for rule in self._others:  # in order: each may ask for what those before it grant
            spans = met(rule.root, ground)
            earned = [(start, end) for start, end in spans if end > self._at]
            lasts = [(earned[0][0], DOOM)] if earned and rule.grace is None else held_on(earned, [], rule.grace or 0)
            if lasts:
                grants = {**ground.grants, rule.grants: either(ground.grants.get(rule.grants, []), lasts)}
                ground = ground._replace(grants=grants)
        return ground._replace(readings={}), when


def _ways(node: Group | Leaf) -> Iterator[frozenset[int]]:
    """Yield the ways to meet a rule where a group leaves a choice: of each such group, the places to go by."""
    choices = [one for one in _groups(node) if one.op in ("any", "some")]
    if not choices:
        yield frozenset()
        return
    first = choices[0]
    need = first.at_least if first.op == "some" else 1
    for chosen in combinations(first.of, min(need, len(first.of))):
        yield frozenset(map(id, chosen))


def _groups(node: Group | Leaf) -> Iterator[Group]:
    if not isinstance(node, Leaf):
        yield node
        for below in node.of:
            yield from _groups(below)


def _open(node: Group | Leaf, ground: Ground, when: int, way: frozenset[int]) -> Iterator[Leaf]:
    """Yield the leaves to be met, of a node that is not; of a choice those chosen, else the one that lacks least."""
    if span_at(met(node, ground), when):
        return
    if isinstance(node, Leaf):
        yield node
        return
    below = list(node.of)
    if node.op in ("any", "some"):
        need = node.at_least if node.op == "some" else 1
        chosen = [one for one in below if id(one) in way]
        below = chosen or sorted(below, key=lambda one: _far(one, ground, when))[:need]
    elif node.op == "none":
        yield from (leaf for one in below for leaf in leaves(one) if span_at(met(leaf, ground), when))
        return
    for one in below:
        yield from _open(one, ground, when, way)


def _far(node: Group | Leaf, ground: Ground, when: int) -> int:
    """Return how much a node lacks."""
    lacking = _open(node, ground, when, frozenset())
    return sum(max(1, (leaf.at_least or 0) - value_at(read(leaf, ground).steps, when)) for leaf in lacking)


def _by_time(leaf: Leaf, ground: Ground, when: int) -> int | None:
    """Return when a leaf will be met by time alone, where no event could hasten it."""
    if leaf.measure not in _NO_EVENT and leaf.at_most is None:
        return None
    spans = leaf_met(leaf, read(leaf, ground))
    return next((start for start, _ in spans if start > when), None)


def _events_for(lack: _Lack, fields: Mapping[str, Any]) -> int:
    """Return how many events fill a lack: of a sum, of a share or of a counter fewer than it lacks."""
    leaf = lack.leaf
    if leaf.measure == "sum":
        return max(1, -(-lack.missing // max(1, int(fields.get(leaf.field) or 1))))
    return 1 if leaf.measure in ("share", "latest", "change", "streak") or leaf.having else lack.missing


def _fact_of_both(one: str, other: str) -> str | None:
    """Return the kind of fact that is both: any act of her own is activity."""
    if one == other:
        return one
    if "activity" in (one, other):
        act = other if one == "activity" else one
        return act if act in ACTS else None
    return None


def _choices(some: Sequence[Leaf]) -> tuple[tuple[str, tuple[Any, ...]], ...]:
    """Return the fields of which each of several values passes what these leaves test."""
    sets: dict[str, frozenset[Any]] = {}
    for leaf in some:
        for test in leaf.where:
            if test.one_of is not None:
                sets[test.field] = sets.get(test.field, test.one_of) & test.one_of
    return tuple((field, tuple(sorted(values, key=str))) for field, values in sorted(sets.items()) if len(values) > 1)


def _fitting(asked: Sequence[Test]) -> object | None:
    """Return a value that passes these tests of one field, or None."""
    sets = [test.one_of for test in asked if test.one_of is not None]
    lows = [test.at_least for test in asked if test.at_least is not None]
    highs = [test.at_most for test in asked if test.at_most is not None]
    if not sets:
        value = max(lows) if lows else min(highs)
        return value if not highs or value <= min(highs) else None
    bounds = [test for test in asked if test.one_of is None]
    common = [one for one in frozenset.intersection(*sets) if all(matches(test, {test.field: one}) for test in bounds)]
    return min(common, key=str) if common else None


def _spoken_of(leaf: Leaf, ground: Ground, when: int) -> list[Event]:
    """Return what is yet to be said of a work that is there, of which least lacks; [] where there is none to count."""
    fits = predicate(leaf.where)
    counted = {entry[1] for entry in read(leaf, ground).entries if entry[0] <= when < entry[2]}
    works = [unit for unit in ground.units.of(leaf.fact) if unit.start <= when < unit.end and fits(unit.fields)]
    lacking = [[_unsaid(one, work, ground) for one in leaf.having] for work in works if work.key not in counted]
    few = min(lacking, key=lambda lacks: sum(amount for _, amount in lacks), default=[])
    return [event._replace(serves=(leaf.label,)) for event, amount in few for _ in range(amount)]


def _unsaid(inner: Leaf, work: Unit, ground: Ground) -> tuple[Event, int]:
    """Return what would have to be said of a work, and how often, for what `having` asks of it."""
    fits = predicate(inner.where)
    said = [unit for unit in ground.units.about(inner.fact, work.key) if fits(unit.fields)]
    have = len({unit.fields.get(inner.field) if inner.measure == "distinct" else unit.key for unit in said})
    fields: dict[str, Any] = {test.field: _fitting([test]) for test in inner.where}
    if inner.fact == "endorsement":
        fields.setdefault("endorser", None)
    if inner.measure == "distinct":
        fields.setdefault(inner.field, None)
    event = Event(inner.fact, tuple(sorted({**fields, "item": work.key}.items())), ())
    return event, max(0, (inner.at_least or 0) - have)


def _answers(leaf: Leaf, ground: Ground) -> list[Event]:
    """Return the answers that would show the change: one after, and one before where she gave none."""
    before = [
        (unit.fields["instrument"], answer["value"])
        for unit in ground.units.of("response")
        if unit.fields.get("phase") == "pre"
        for answer in unit.fields.get("answers", ())
        if answer.get("construct") == leaf.field and isinstance(answer.get("value"), int | float)
    ]
    instrument, value = before[-1] if before else ("?", 0)
    told = {"construct": leaf.field, "instrument": instrument}
    after = {**told, "phase": "post", "value": value + (leaf.at_least or 1)}
    asked = [after] if before else [{**told, "phase": "pre", "value": value}, after]
    return [Event("response", tuple(sorted(one.items())), (leaf.label,)) for one in asked]


def _needed(fact: str) -> dict[str, Any]:
    """Return the fields without which an event of a kind counts for little."""
    return {"attendance": {"state": "attended"}}.get(fact, {})


def _one_of(event: Event, place: int, key: str) -> dict[str, Any]:
    """Return the fields of one event: what is to be different from all others is."""
    fields = {name: f"?{place}" if value is None else value for name, value in event.fields}
    if event.fact == "response":
        answer = {name: fields.pop(name) for name in ("construct", "value") if name in fields}
        return {"instrument": key, "answers": [answer] if answer else [], **fields}
    return fields


def _shown(event: Event) -> Told:
    """Return the fields as a charter writes them; those that are to differ from event to event as `different`."""
    known = {name: value for name, value in event.fields if not field_values(event.fact, name)[1] or value is None}
    choices = {name: list(values) for name, values in event.any_of}
    return {name: "different" if value is None else choices.get(name, value) for name, value in known.items()}
