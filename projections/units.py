"""A member's facts as the units that rules count: one work, one meeting, one voice.

Counting once is done here: versions of a work are one work, joining and leaving are one attendance, an
endorsement counts at its earliest and never from oneself, whichever account it came from. Each group of
facts (see `history.Group`) makes its units by itself, so that a new fact is a matter of its group alone.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from projections.history import by_time, counter_of, kind, thing
from projections.spans import DOOM

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ledger import Fact
    from projections.history import Group, History
    from projections.people import Account

    Stamp = Callable[[Account, int], Mapping[str, Any]]

_MINUTES = 60
in_order = itemgetter(0, 3)  # by start, then key


class Unit(NamedTuple):
    """What counts as one, while it counts: `[start, end)`; windows run from `dated`. Instants in µs."""

    start: int
    end: int
    dated: int
    key: str
    fields: dict[str, Any]
    position: int


class Passed(NamedTuple):
    """A fact that counts for nothing, and why in a person's words."""

    fact: Fact
    why: str


KINDS = {"given": "endorsement_given", "received": "endorsement"}
"""What the units of a group are called in rules, where it is not the group's own name."""
ACTS = ("contribution", "attendance", "endorsement_given", "response", "impact")
"""The kinds of unit that are a member's own acts."""


class Counting:
    """Makes the units of one member, group by group.

    `stamp` tells who an endorser was at an instant, as fields to test; `passed` hears what counts for nothing.
    """

    __slots__ = ("_history", "_member", "_mine", "_passed", "_stamp")

    def __init__(
        self, history: History, member: Account, stamp: Stamp, passed: Callable[[Fact, str], None] | None = None
    ) -> None:
        self._history = history
        self._member = member
        self._mine = history.people.accounts(member)
        self._stamp = stamp
        self._passed = passed or (lambda _fact, _why: None)

    def facts(self, group: Group) -> list[Fact]:
        """Return the facts of a group that are hers, withdrawn ones included, in no order."""
        history, name = self._history, group[0]
        match group:
            case ("contribution", str(item)):
                return history.works[item]
            case ("attendance", str(session)):
                seats = history.sessions[session].seats
                return [fact for account in self._mine for fact in seats.get(account, ())]
            case ("given" | "received", str(on), str(whom), str(by)):
                return self._voices(on, whom, by)
            case ("case", str(case)):
                return [fact for fact in history.cases[case] if self._about_me(fact)]
            case ("metric", _, str(key)):
                return [fact for account in self._mine for fact in history.counters.get((account, key), ())]
            case ("fact", int(position)):
                return [history.facts[position]]
        raise AssertionError(f"wanted a group of facts, got {name}")

    def units(self, group: Group, facts: Sequence[Fact]) -> tuple[str, list[Unit]]:
        """Return what the facts of a group count as, and its kind in rules; in order of time."""
        standing = [fact for fact in facts if self._history.stands(fact)]
        if len(standing) > 1:
            standing.sort(key=by_time)
        name = str(group[0])
        if name == "fact":
            return kind(facts[0]), [_reported(fact) for fact in standing]
        return KINDS.get(name, name), _MAKERS[name](self, standing) if standing else []

    def normal(self, group: Group) -> Group:
        """Return the one group that this is now: of members, whichever of their accounts it names."""
        match group:
            case (("given" | "received") as side, on, str(whom), str(by)):
                root = self._history.people.root
                return (side, on, root(whom), root(by))
            case ("metric", _, counter):
                return ("metric", self._member, counter)
        return group

    def about(self, fact: str, item: str) -> list[Unit]:
        """Return the units of a kind (endorsement, metric) that are about one item of hers: what `having` looks at."""
        groups: Iterable[Group]
        if fact == "endorsement":
            groups = [("received", item, "", by) for by in self._history.voices.get(item, ())]
        else:
            groups = [("metric", "", key) for key in self._history.meters.get(item, ())]
        found = (self.units(one, self.facts(one))[1] for one in dict.fromkeys(map(self.normal, groups)))
        return sorted((unit for units in found for unit in units), key=in_order)

    # What she did

    def works(self, versions: list[Fact]) -> list[Unit]:
        """A work is one item: its author is who first brought it, its fields are those of its latest version."""
        if versions[0].open["author"] in self._mine:
            return _segments(versions[0].open["item"], [(fact, fact.open, fact.open.get("outcome")) for fact in versions])
        for fact in versions:
            if fact.open["author"] in self._mine:
                self._passed(fact, "somebody else's work")
        return []

    def stays(self, facts: list[Fact]) -> list[Unit]:
        """One attendance a session: stays are united, and their length says whether she attended."""
        session = facts[0].open["session"]
        return _segments(session, _seen(facts, self._history.length(session)))

    def given(self, facts: list[Fact]) -> list[Unit]:
        """Endorsements she gave to others: the earliest to each member, item and strength."""
        earliest: dict[str, Unit] = {}
        for fact in facts:
            whom = self._history.endorsed(fact)
            key = f"{whom}|{_on(fact)}"
            if whom != self._member and key not in earliest:
                earliest[key] = _unit(fact, key, {**fact.open, "endorsee": whom, "endorser": self._member})
        return list(earliest.values())

    # What others said of it

    def received(self, facts: list[Fact]) -> list[Unit]:
        """Endorsements by others: the earliest of each endorsing member, item and strength."""
        earliest: dict[str, Unit] = {}
        for fact in facts:
            if self._history.endorsed(fact) != self._member:
                continue
            endorser = self._history.people.root(fact.open["endorser"])
            key = f"{endorser}|{_on(fact)}"
            if endorser == self._member:
                self._passed(fact, "her own endorsement of herself")
            elif key in earliest:
                self._passed(fact, "the same voice a second time")
            else:
                fields = {**fact.open, "endorser": endorser, **self._stamp(endorser, fact.time)}
                earliest[key] = _unit(fact, key, fields)
        return list(earliest.values())

    def _voices(self, on: str, whom: str, by: str) -> list[Fact]:
        """What a member said on one item, or of one member's skill, whichever accounts it came from and went to."""
        history, people = self._history, self._history.people
        things = [thing(on, one) for one in people.companions(whom)] if whom else [on]
        found: list[Fact] = []
        for one in things:
            voices = history.voices.get(one, {})
            for account in people.companions(by):
                found += voices.get(account, ())
        return found

    # What was reported of her

    def cases(self, facts: list[Fact]) -> list[Unit]:
        """A moderation case about her or her works, open until it is dismissed or resolved."""
        first = facts[0]
        closed = next((fact.time for fact in facts if fact.open["action"] in ("dismissed", "resolved")), DOOM)
        fields = {**first.open, "severity": max(fact.open.get("severity", 1) for fact in facts)}
        if first.time >= closed:
            return []
        return [Unit(first.time, closed, first.time, first.open["case"], fields, first.position)]

    def _about_me(self, fact: Fact) -> bool:
        return fact.open.get("member", self._history.author(fact.open.get("item", ""))) in self._mine

    def reports(self, facts: list[Fact]) -> list[Unit]:
        """A platform's counter: each report in force until the next of the same."""
        key = counter_of(facts[0])
        ends = [*(following.time for following in facts[1:]), DOOM]
        return [
            Unit(fact.time, end, fact.time, key, fact.open, fact.position)
            for fact, end in zip(facts, ends, strict=True)
            if fact.time < end
        ]


_MAKERS: dict[str, Callable[[Counting, list[Fact]], list[Unit]]] = {
    "contribution": Counting.works,
    "attendance": Counting.stays,
    "given": Counting.given,
    "received": Counting.received,
    "case": Counting.cases,
    "metric": Counting.reports,
}


def acts(name: str, units: Iterable[Unit]) -> list[Unit]:
    """Return the acts of her own among units of a kind: each key once, at the moment it first counted."""
    first: dict[str, Unit] = {}
    if name in ACTS:
        for unit in units:
            if unit.key not in first and (name != "attendance" or unit.fields["state"] == "attended"):
                key = f"{name}|{unit.key}"
                first[unit.key] = Unit(unit.start, DOOM, unit.dated, key, unit.fields, unit.position)
    return list(first.values())


class Units:
    """Everything a rule can count of one member, by kind of fact, in order of time."""

    def __init__(self, history: History, member: Account, stamp: Stamp) -> None:
        self.member = member
        self.passed: list[Passed] = []
        self._counting = Counting(history, member, stamp, self._pass)
        self._groups: dict[str, dict[Group, None]] = {}
        self._of: dict[str, list[Unit]] = {}
        self._on_item: dict[tuple[str, str], list[Unit]] = {}
        for fact in history.of(member):
            if not history.stands(fact):
                self._pass(fact, "withdrawn")
            for group in history.groups(fact, member):
                self._groups.setdefault(_called(group, fact), {})[self._counting.normal(group)] = None

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
    name = str(group[0])
    return kind(fact) if name == "fact" else KINDS.get(name, name)


def _unit(fact: Fact, key: str, fields: dict[str, Any]) -> Unit:
    return Unit(fact.time, DOOM, fact.time, key, fields, fact.position)


def _reported(fact: Fact) -> Unit:
    """Return a fact that stands by itself: a response, an impact story, a membership, an assignment, a moderation."""
    fields = fact.open
    if "measure" in fields and kind(fact) == "impact":
        fields = {**fields, "measure": fields["measure"].get("name")}
    return _unit(fact, fact.stream, fields)


def _on(fact: Fact) -> str:
    """Return what an endorsement is about, for counting a voice once: the item, else the skill; and how strong."""
    return f"{fact.open.get('item') or fact.open.get('skill', '')}|{fact.open['strength']}"


def _segments(key: str, versions: Sequence[tuple[Fact, dict[str, Any], Any]]) -> list[Unit]:
    """One unit a version, in force until the next; dated when it reached its present outcome."""
    dated, before = versions[0][0].time, versions[0][2]
    if len(versions) == 1:
        fact, fields, _ = versions[0]
        return [Unit(dated, DOOM, dated, key, fields, fact.position)]
    ends = [*(following.time for following, _, _ in versions[1:]), DOOM]
    units = []
    for (fact, fields, outcome), end in zip(versions, ends, strict=True):
        if outcome != before:
            dated, before = fact.time, outcome
        if fact.time < end:
            units.append(Unit(fact.time, end, dated, key, fields, fact.position))
    return units


def _seen(facts: list[Fact], length: int | None) -> list[tuple[Fact, dict[str, Any], str]]:
    """What the facts about one person in one session say together, after each of them."""
    told: list[tuple[Fact, dict[str, Any], str]] = []
    fields: dict[str, Any] = {}
    stays: list[tuple[int, int]] = []
    entered: int | None = None
    held = ""
    for fact in facts:
        state = fact.open["state"]
        role = fields.get("role") if fact.open.get("role", "attendee") == "attendee" else fact.open["role"]
        fields = {**fields, **fact.open, "role": role or fact.open.get("role", "attendee")}
        if state == "joined":
            entered = fact.time if entered is None else entered
        elif state == "left" and entered is not None:
            stays.append((entered, fact.time))
            entered = None
        elif state == "left" and "duration" in fact.open:
            stays.append((fact.time - fact.open["duration"] * 1_000_000, fact.time))
        if stays:
            fields["duration"] = _united(stays)
            if state in ("joined", "left") and _enough(fields["duration"], length):
                state = "attended"
        if held == "attended" and state != "absent":
            state = held  # only a correction takes back what was established
        held = fields["state"] = state
        told.append((fact, fields, state))
    return told


def _united(stays: list[tuple[int, int]]) -> int:
    """Return how long the stays last together, in seconds; time in two places at once counts once."""
    total, reached = 0, 0
    for start, end in sorted(stays):
        total += max(0, end - max(start, reached))
        reached = max(reached, end)
    return total // 1_000_000


def _enough(seconds: int, length: int | None) -> bool:
    """At least 10 minutes, and 60 % of what was scheduled or 30 minutes, whichever is less."""
    half_hour = 30 * _MINUTES
    needed = half_hour if length is None else min(half_hour, length * 6 // 10)
    return seconds >= max(10 * _MINUTES, needed)
