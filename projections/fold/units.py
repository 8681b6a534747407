"""A member's facts as the units that rules count: one work, one meeting, one voice.

Counting once is done here: versions of a work are one work, joining and leaving are one attendance, an
endorsement counts at its earliest and never from oneself, whichever account it came from. Each group of
facts (see `subjects.Group`) makes its units by itself, so that a new fact is a matter of its group alone.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from projections.fold.spans import DOOM
from projections.fold.subjects import by_time, counter_of, kind, thing
from schemas import say

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Sequence

    from ledger import Fact
    from projections.fold.history import History
    from projections.fold.people import Account
    from projections.fold.subjects import Group

    Stamp = Callable[[dict[str, Any], Account, int], None]

_ANOTHERS = say("somebody else's work")
_AGAIN = say("the same voice a second time")
_OWN = say("her own endorsement of herself")
_MINUTES = 60
_VOICES = frozenset({"given", "received", "stamped"})
_new = tuple.__new__  # what makes a Unit, less the call around it: there are millions
in_order = itemgetter(0, 3)  # by start, then key


class Unit(NamedTuple):
    """What counts as one, while it counts: `[start, end)`; windows run from `dated`. Instants in µs."""

    start: int
    end: int
    dated: int
    key: str
    fields: dict[str, Any]
    position: int


KINDS: dict[str, str] = {"given": "endorsement_given", "received": "endorsement", "stamped": "endorsement"}
"""What the units of a group are called in rules, where it is not the group's own name."""
ACTS = ("contribution", "attendance", "endorsement_given", "response", "impact")
"""The kinds of unit that are a member's own acts."""


class Counting:
    """Makes the units of one member, group by group.

    `stamp` writes who an endorser was at an instant into fields to test; `passed` hears what counts for nothing.
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
        if name == "contribution":
            return history.versions(group[1])
        if name in _VOICES:
            return [history.facts[said] for said in self._said(group[1], group[2], group[3])]
        if name == "attendance":
            seats = history.sessions[group[1]].seats
            return [history.facts[position] for account in self._mine for position in seats.get(account, ())]
        if name == "metric":
            return [fact for account in self._mine for fact in history.reports(account, group[2])]
        if name == "case":
            return list(history.cases.of(group[1]))
        return [history.facts[group[1]]]

    def units(self, group: Group, facts: Sequence[Fact]) -> tuple[str, list[Unit]]:
        """Return what the facts of a group count as, and its kind in rules; in order of time."""
        gone = self._history.gone
        standing = [fact for fact in facts if fact.stream not in gone]
        if len(standing) > 1:
            standing.sort(key=by_time)
        name: str = group[0]
        if name == "fact":
            return kind(facts[0]), [_reported(fact) for fact in standing]
        return KINDS.get(name, name), _MAKERS[name](self, standing) if standing else []

    def lasting(
        self, groups: Iterable[Group], arrived: Container[int], enough: int = DOOM
    ) -> tuple[dict[str, list[Unit]], list[Group]]:
        """Return the units, by kind, of groups whose one fact has just arrived and counts for good; and other groups.

        Nearly every fact is such a one, so this is the short way through `facts` and `units`. Endorsements later
        than `enough` (µs) are left out.
        """
        named: dict[str, list[Group]] = {}
        for group in groups:
            named.setdefault(group[0], []).append(group)
        units: dict[str, list[Unit]] = {}
        others: list[Group] = []
        for name, some in named.items():
            if name == "contribution":
                units[name] = self._works_alone(some, arrived, others)
            elif name == "given":
                facts = self._voices_alone(some, arrived, others)
                units["endorsement_given"] = [unit for unit in map(self._gave, facts) if unit is not None]
            elif name == "received":
                facts = [fact for fact in self._voices_alone(some, arrived, others) if fact.time <= enough]
                units["endorsement"] = [unit for unit in map(self._got, facts) if unit is not None]
            elif name == "attendance":
                units[name] = self._stays_alone(some, arrived, others)
            else:
                others += some
        return units, others

    def _works_alone(self, groups: list[Group], arrived: Container[int], others: list[Group]) -> list[Unit]:
        history, gone, mine = self._history, self._history.gone, self._mine
        units = []
        for group in groups:
            versions = history.item(group[1]).versions
            fact = history.facts[versions[0]]
            if len(versions) == 1 and fact.position in arrived and fact.stream not in gone:
                if fact.open["author"] in mine:
                    units.append(_new(Unit, (fact.time, DOOM, fact.time, group[1], fact.open, fact.position)))
            else:
                others.append(group)
        return units

    def _voices_alone(self, groups: list[Group], arrived: Container[int], others: list[Group]) -> list[Fact]:
        history, gone, roots = self._history, self._history.gone, self._history.people.roots
        found = []
        if roots or any(group[2] for group in groups):
            groups = list(dict.fromkeys(map(self.normal, groups)))
        for group in groups:
            _, on, whom, by = group
            said = self._said(on, whom, by) if whom or by in roots else history.item(on).voices[by]
            fact = history.facts[said[0]] if len(said) == 1 else None
            if fact and fact.position in arrived and fact.stream not in gone:
                found.append(fact)
            else:
                others.append(group)
        return found

    def _stays_alone(self, groups: list[Group], arrived: Container[int], others: list[Group]) -> list[Unit]:
        units = []
        for group in groups:
            facts = self.facts(group)
            if len(facts) == 1 and facts[0].position in arrived and facts[0].stream not in self._history.gone:
                units += self.stays(facts)
            else:
                others.append(group)
        return units

    def normal(self, group: Group) -> Group:
        """Return the one group that this is now: of members, whichever of their accounts it names."""
        if group[0] in _VOICES:
            roots = self._history.people.roots
            if group[3] in roots or group[2] in roots:
                return (*group[:2], roots.get(group[2], group[2]), roots.get(group[3], group[3]))
        elif group[0] == "metric":
            return ("metric", self._member, group[2])
        return group

    def about(self, fact: str, item: str) -> list[Unit]:
        """Return the units of a kind (endorsement, metric) that are about one item of hers: what `having` looks at."""
        groups: Iterable[Group]
        if fact == "endorsement":
            groups = [("received", item, "", by) for by in self._history.item(item).voices]
        else:
            groups = [("metric", "", key) for key in self._history.item(item).counters]
        found = (self.units(one, self.facts(one))[1] for one in dict.fromkeys(map(self.normal, groups)))
        return sorted((unit for units in found for unit in units), key=in_order)

    # What she did

    def works(self, versions: list[Fact]) -> list[Unit]:
        """A work is one item: its author is who first brought it, its fields are those of its latest version."""
        if len(versions) == 1 and versions[0].open["author"] in self._mine:
            return [_unit(versions[0], versions[0].open["item"], versions[0].open)]
        if versions[0].open["author"] in self._mine:
            told = [(fact, fact.open, fact.open.get("outcome")) for fact in versions]
            return _segments(versions[0].open["item"], told)
        for fact in versions:
            if fact.open["author"] in self._mine:
                self._passed(fact, _ANOTHERS)
        return []

    def stays(self, facts: list[Fact]) -> list[Unit]:
        """One attendance a session: stays are united, and their length says whether she attended."""
        session = facts[0].open["session"]
        if len(facts) == 1 and facts[0].open["state"] not in ("joined", "left"):
            return [_unit(facts[0], session, {"role": "attendee", **facts[0].open})]
        return _segments(session, _seen(facts, self._history.length(session)))

    def given(self, facts: list[Fact]) -> list[Unit]:
        """Endorsements she gave to others: the earliest to each member, item and strength."""
        earliest: dict[str, Unit] = {}
        for fact in facts:
            unit = self._gave(fact)
            if unit is not None and unit.key not in earliest:
                earliest[unit.key] = unit
        return list(earliest.values())

    def _gave(self, fact: Fact) -> Unit | None:
        whom = self._history.endorsed(fact)
        if whom == self._member:
            return None
        return _unit(fact, f"{whom}|{_on(fact)}", {**fact.open, "endorsee": whom, "endorser": self._member})

    # What others said of it

    def received(self, facts: list[Fact]) -> list[Unit]:
        """Endorsements by others: the earliest of each endorsing member, item and strength."""
        earliest: dict[str, Unit] = {}
        for fact in facts:
            unit = self._got(fact)
            if unit is not None and unit.key in earliest:
                self._passed(fact, _AGAIN)
            elif unit is not None:
                earliest[unit.key] = unit
        return list(earliest.values())

    def _got(self, fact: Fact) -> Unit | None:
        if self._history.endorsed(fact) != self._member:
            return None
        endorser = self._history.people.root(fact.open["endorser"])
        if endorser == self._member:
            self._passed(fact, _OWN)
            return None
        fields = {**fact.open, "endorser": endorser, "endorsee": self._member}
        self._stamp(fields, endorser, fact.time)
        return _unit(fact, f"{endorser}|{_on(fact)}", fields)

    def _said(self, on: str, whom: Account, by: Account) -> Sequence[int]:
        """What a member said on one item, or of one member's skill, whichever accounts it came from and went to."""
        people, item = self._history.people, self._history.item
        things = [thing(on, one) for one in people.companions(whom)] if whom else (on,)
        if by not in people.roots and len(things) == 1:
            return item(things[0]).voices.get(by, ())
        endorsers = people.companions(by)
        return [said for one in things for account in endorsers for said in item(one).voices.get(account, ())]

    # What was reported of her

    def cases(self, facts: list[Fact]) -> list[Unit]:
        """A moderation case about her or her works, open until it is dismissed or resolved."""
        facts = [fact for fact in facts if self._about_me(fact)]
        if not facts:
            return []
        first = facts[0]
        closed = next((fact.time for fact in facts if fact.open["action"] in ("dismissed", "resolved")), DOOM)
        fields = {**first.open, "severity": max(fact.open.get("severity", 1) for fact in facts)}
        if first.time >= closed:
            return []
        return [Unit(first.time, closed, first.time, first.open["case"], fields, first.position)]

    def _about_me(self, fact: Fact) -> bool:
        told = fact.open
        if "member" in told or "item" in told:
            return told.get("member", self._history.author(told.get("item", ""))) in self._mine
        return True  # a step that names nobody is about whomever the case is about

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
    "stamped": Counting.received,
    "case": Counting.cases,
    "metric": Counting.reports,
}


def acts(name: str, units: Iterable[Unit], *, named: bool = True) -> list[Unit]:
    """Return the acts of her own among units of a kind: each key once, at the moment it first counted.

    With `named`, an act's key says of which kind it is.
    """
    first: dict[str, Unit] = {}
    if name in ACTS:
        for unit in units:
            if unit.key not in first and (name != "attendance" or unit.fields["state"] == "attended"):
                first[unit.key] = unit
    return [
        unit
        if unit.end == DOOM and not named
        else Unit(unit.start, DOOM, unit.dated, f"{name}|{unit.key}" if named else unit.key, unit.fields, unit.position)
        for unit in first.values()
    ]


def _unit(fact: Fact, key: str, fields: dict[str, Any]) -> Unit:
    """Return a unit that lasts for good."""
    return _new(Unit, (fact.time, DOOM, fact.time, key, fields, fact.position))


def _reported(fact: Fact) -> Unit:
    """Return a fact that stands by itself: a response, an impact story, a membership, an assignment, a moderation."""
    fields = fact.open
    if "measure" in fields and kind(fact) == "impact":
        fields = {**fields, "measure": fields["measure"].get("name")}
    return _unit(fact, fact.stream, fields)


def _on(fact: Fact) -> str:
    """Return what an endorsement is about, for counting a voice once: the item, else the skill; and how strong."""
    told = fact.open
    return f"{told.get('item') or told.get('skill', '')}|{told['strength']}"


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
            fields["duration"] = time_there(stays)
            if state in ("joined", "left") and long_enough(fields["duration"], length):
                state = "attended"
        if held == "attended" and state != "absent":
            state = held  # only a correction takes back what was established
        held = fields["state"] = state
        told.append((fact, fields, state))
    return told


def time_there(stays: list[tuple[int, int]]) -> int:
    """Return how long the stays last together, in seconds; time in two places at once counts once."""
    total, reached = 0, 0
    for start, end in sorted(stays):
        total += max(0, end - max(start, reached))
        reached = max(reached, end)
    return total // 1_000_000


def long_enough(seconds: int, length: int | None) -> bool:
    """At least 10 minutes, and 60 % of what was scheduled or 30 minutes, whichever is less."""
    half_hour = 30 * _MINUTES
    needed = half_hour if length is None else min(half_hour, length * 6 // 10)
    return seconds >= max(10 * _MINUTES, needed)
