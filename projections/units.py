"""A member's facts as the units that rules count: one work, one meeting, one voice.

Counting once is done here: versions of a work are one work, joining and leaving are one attendance, an
endorsement counts at its earliest and never from oneself, whichever account it came from.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from projections.history import kind
from projections.spans import DAWN, DOOM

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ledger import Fact
    from projections.history import Account, History

_MINUTES = 60
_start = attrgetter("start")
_by_time = attrgetter("time", "stream")
_in_order = itemgetter(0, 3)  # by start, then key
_ACTS = ("contribution", "attendance", "endorsement_given", "response", "impact")


class Stamp(NamedTuple):
    """Who an endorser was at the moment of the endorsement: derived, never recorded."""

    level: int
    roles: tuple[str, ...]
    affiliation: str | None


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

    position: int
    fact: str
    why: str


class Units:
    """Everything a rule can count of one member, by kind of fact, in order of time."""

    def __init__(self, history: History, member: Account, stamp: Callable[[Account, int], Stamp]) -> None:
        self.member = member
        self.passed: list[Passed] = []
        self._on_item: defaultdict[tuple[str, str], list[Unit]] = defaultdict(list)
        self._history = history
        self._stamp = stamp
        self._mine = frozenset(history.accounts(member))
        self._facts = self._standing(history.of(member))
        self._of: dict[str, list[Unit]] = {}

    def starting(self, fact: str, after: int) -> list[Unit]:
        """Return the units of a kind that start later than an instant (µs)."""
        units = self.of(fact)
        return units[bisect_right(units, after, key=_start) :] if after > DAWN else units

    def about(self, fact: str, item: str) -> list[Unit]:
        """Return the units of a kind that are about one item of hers: what `having` looks at."""
        self.of(fact)
        return self._on_item[fact, item]

    def of(self, fact: str) -> list[Unit]:
        """Return the units of a kind of fact (`activity` is every act of her own)."""
        if fact not in self._of:
            self._of[fact] = sorted(_BUILDERS[fact](self), key=_in_order)
            if fact in ("endorsement", "metric"):
                for unit in self._of[fact]:
                    self._on_item[fact, unit.fields.get("item", "")].append(unit)
        return self._of[fact]

    def facts(self, name: str, who: str) -> Iterator[Fact]:
        """Yield the standing facts of a kind in which the member is `who`, in order of time."""
        for fact in self._facts.get(name, ()):
            if fact.open.get(who) in self._mine:
                yield fact

    def _standing(self, facts: Iterable[Fact]) -> dict[str, list[Fact]]:
        by_kind: dict[str, list[Fact]] = {}
        for fact in facts:
            name = kind(fact)
            if fact.stream in self._history.voided:
                self.passed.append(Passed(fact.position, name, "withdrawn"))
            else:
                by_kind.setdefault(name, []).append(fact)
        return by_kind

    # What she did

    def contributions(self) -> Iterator[Unit]:
        """A work is one item: its author is who first brought it, its fields are those of its latest version."""
        items = dict.fromkeys(fact.open["item"] for fact in self.facts("contribution", "author"))
        for item in items:
            known = [fact for fact in self._history.items[item] if self._history.stands(fact)]
            versions = sorted(known, key=_by_time) if len(known) > 1 else known
            if versions[0].open["author"] in self._mine:
                yield from _segments(item, [(fact, fact.open, fact.open.get("outcome")) for fact in versions])
            else:
                mine = (fact for fact in versions if fact.open["author"] in self._mine)
                self.passed.extend(Passed(f.position, "contribution", "somebody else's work") for f in mine)

    def attendances(self) -> Iterator[Unit]:
        """One attendance a session: stays are united, and their length says whether she attended."""
        sessions: dict[str, list[Fact]] = {}
        for fact in self.facts("attendance", "attendee"):
            sessions.setdefault(fact.open["session"], []).append(fact)
        for session, facts in sessions.items():
            yield from _segments(session, list(_seen(facts, self._history.length(session))))

    def given(self) -> Iterator[Unit]:
        """Endorsements she gave to others: the earliest to each member, item and strength."""
        seen: set[str] = set()
        for fact in self.facts("endorsement", "endorser"):
            whom = self._endorsed(fact)
            key = f"{whom}|{_on(fact)}"
            if whom != self.member and key not in seen:
                seen.add(key)
                yield _unit(fact, key, {**fact.open, "endorsee": whom, "endorser": self.member})

    # What others said of it

    def received(self) -> Iterator[Unit]:
        """Endorsements by others: the earliest of each endorsing member, item and strength."""
        seen: set[str] = set()
        for fact in self._facts.get("endorsement", ()):
            if self._endorsed(fact) != self.member:
                continue
            endorser = self._history.root(fact.open["endorser"])
            key = f"{endorser}|{_on(fact)}"
            if endorser == self.member:
                self.passed.append(Passed(fact.position, "endorsement", "her own endorsement of herself"))
            elif key in seen:
                self.passed.append(Passed(fact.position, "endorsement", "the same voice a second time"))
            else:
                seen.add(key)
                yield self._endorsement(fact, endorser, key)

    def _endorsement(self, fact: Fact, endorser: Account, key: str) -> Unit:
        stamp = self._stamp(endorser, fact.time)
        fields = {
            **fact.open,
            "endorser": endorser,
            "endorser_level": stamp.level,
            "endorser_role": stamp.roles,
            "endorser_affiliation": stamp.affiliation,
        }
        return _unit(fact, key, fields)

    def _endorsed(self, fact: Fact) -> Account | None:
        """Return who was endorsed: the member named, else whoever first brought the item."""
        if "endorsee" in fact.open:
            return self._history.root(fact.open["endorsee"])
        author = self._history.author(fact.open.get("item", ""))
        return None if author is None else self._history.root(author)

    # What was reported of her

    def reported(self, name: str) -> Iterator[Unit]:
        """Facts that stand one by one: responses, impact stories, memberships, assignments, moderation."""
        who = "respondent" if name == "response" else "member"
        for fact in self.facts(name, who):
            fields = fact.open
            if name == "impact" and "measure" in fields:
                fields = {**fields, "measure": fields["measure"].get("name")}
            yield _unit(fact, fact.stream, fields)

    def cases(self) -> Iterator[Unit]:
        """Moderation cases about her or her works, each open until it is dismissed or resolved."""
        cases: dict[str, list[Fact]] = {}
        for fact in self._facts.get("moderation", ()):
            if fact.open.get("member", self._history.author(fact.open.get("item", ""))) in self._mine:
                cases.setdefault(fact.open["case"], []).append(fact)
        for case, facts in cases.items():
            closed = next((f.time for f in facts if f.open["action"] in ("dismissed", "resolved")), DOOM)
            fields = {**facts[0].open, "severity": max(fact.open.get("severity", 1) for fact in facts)}
            if facts[0].time < closed:
                yield Unit(facts[0].time, closed, facts[0].time, case, fields, facts[0].position)

    def counters(self) -> Iterator[Unit]:
        """Platform counters, each in force until the next report of the same one."""
        last: dict[str, list[Fact]] = {}
        for fact in self.facts("metric", "member"):
            key = "|".join(str(fact.open.get(name, "")) for name in ("metric", "item", "window", "source"))
            last.setdefault(key, []).append(fact)
        for key, facts in last.items():
            ends = [*(following.time for following in facts[1:]), DOOM]
            for fact, end in zip(facts, ends, strict=True):
                if fact.time < end:
                    yield Unit(fact.time, end, fact.time, key, fact.open, fact.position)

    def acts(self) -> Iterator[Unit]:
        """Every act of her own, once, at the moment it first counted."""
        for name in _ACTS:
            seen: set[str] = set()
            for unit in self.of(name):
                if unit.key in seen or (name == "attendance" and unit.fields["state"] != "attended"):
                    continue
                seen.add(unit.key)
                yield Unit(unit.start, DOOM, unit.dated, f"{name}|{unit.key}", unit.fields, unit.position)

    def since(self) -> tuple[int, int] | None:
        """Return when she joined, or first acted if that was earlier, and the position of the fact that says so."""
        joined = (unit for unit in self.of("membership") if unit.fields["change"] == "joined")
        firsts = (next(joined, None), next(iter(self.of("activity")), None))
        return min(((unit.start, unit.position) for unit in firsts if unit), default=None)


def _unit(fact: Fact, key: str, fields: dict[str, Any]) -> Unit:
    return Unit(fact.time, DOOM, fact.time, key, fields, fact.position)


def _on(fact: Fact) -> str:
    """Return what an endorsement is about, for counting a voice once: the item, else the skill; and how strong."""
    return f"{fact.open.get('item') or fact.open.get('skill', '')}|{fact.open['strength']}"


def _segments(key: str, versions: list[tuple[Fact, dict[str, Any], Any]]) -> Iterator[Unit]:
    """One unit a version, in force until the next; dated when it reached its present outcome."""
    dated, before = versions[0][0].time, versions[0][2]
    if len(versions) == 1:
        fact, fields, _ = versions[0]
        yield Unit(dated, DOOM, dated, key, fields, fact.position)
        return
    ends = [*(following.time for following, _, _ in versions[1:]), DOOM]
    for (fact, fields, outcome), end in zip(versions, ends, strict=True):
        if outcome != before:
            dated, before = fact.time, outcome
        if fact.time < end:
            yield Unit(fact.time, end, dated, key, fields, fact.position)


def _seen(facts: list[Fact], length: int | None) -> Iterator[tuple[Fact, dict[str, Any], str]]:
    """What the facts about one person in one session say together, after each of them."""
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
        yield fact, fields, state


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


_BUILDERS: dict[str, Callable[[Units], Iterator[Unit]]] = {
    "contribution": Units.contributions,
    "attendance": Units.attendances,
    "endorsement": Units.received,
    "endorsement_given": Units.given,
    "metric": Units.counters,
    "case": Units.cases,
    "activity": Units.acts,
    "response": lambda units: units.reported("response"),
    "impact": lambda units: units.reported("impact"),
    "membership": lambda units: units.reported("membership"),
    "assignment": lambda units: units.reported("assignment"),
    "moderation": lambda units: units.reported("moderation"),
}
