"""What to show to a person who watches over fairness: rings and farming, with their evidence in words.

Nothing is decided here. What a person decided stands in the ledger, as facts of a moderation case; what she
let be is shown again only when more has come.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, NamedTuple

from projections.fairness import farming, rings
from projections.fairness.voices import graph
from projections.fold.links import Links
from projections.fold.people import Account
from projections.fold.subjects import by_time, kind
from schemas import counted, decimal, grouped, percent, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Set as AbstractSet

    from ledger import Fact
    from projections.fairness.voices import Graph, Voice
    from projections.fold.history import History
    from schemas import OwnSource, Text

SOURCE: Final[OwnSource] = "guildbook:fairness"
"""Who says what a person decided."""
STATES = {"hidden": "discounted", "removed": "discounted", "appealed": "appealed", "dismissed": "left"}
"""What a case is, by its last word; any other gave back what was taken."""
_OVERLAP = 2 / 3  # of a group's people, in a case that was decided: then it is that group again


class Bounds(NamedTuple):
    """All that decides what is proposed. See docs/fairness.md."""

    rings: rings.Bounds = rings.Bounds()
    farming: farming.Bounds = farming.Bounds()
    again: int = 5  # voices among them since a person decided: then they are shown again


class Proposal(NamedTuple):
    """Something for a person to look at: who, their voices in order of time, and what is unusual, in words."""

    kind: str  # ring, flood, puppets, double
    members: frozenset[Account]
    voices: tuple[Voice, ...]
    says: tuple[str, ...]
    measures: dict[str, float | int | None]


class Decided(NamedTuple):
    """A case of ours: whom it names, each by the account it was recorded of; its last word, and where that stands."""

    case: str  # token
    accounts: frozenset[Account]
    members: frozenset[Account]
    action: str
    at: int  # µs
    facts: tuple[int, ...]  # positions, in order of time

    @property
    def state(self) -> str:
        """`discounted`, `appealed`, `left` or `restored`."""
        if self.action == "dismissed" and len(self.facts) > len(self.accounts):
            return "restored"
        return STATES.get(self.action, "restored")


class Seen(NamedTuple):
    """All there is to show of a community."""

    proposals: tuple[Proposal, ...]
    decided: tuple[Decided, ...]


def look(history: History, source: str, bounds: Bounds | None = None) -> Seen:
    """Return what to show of what is known. `source` is the token of `SOURCE` in the community."""
    bounds = bounds or Bounds()
    cases = decided(history, source)
    known = _of_the_living(graph(history), {history.people.root(account) for account in history.erased})
    found = _found(history, known, bounds)
    return Seen(tuple(one for one in found if not _rests(one, known, cases, bounds)), tuple(cases))


def _of_the_living(known: Graph, gone: AbstractSet[Account]) -> Graph:
    """Return the graph without whoever was erased: she cannot be named, and a ring is none the less one without her."""
    return known._replace(voices=[one for one in known.voices if one.by not in gone and one.whom not in gone])


def case_of(name: str, public_ids: Iterable[str]) -> str:
    """Return the case that people of these public ids, in a proposal of a kind, are dealt with under."""
    told = "\n".join([name, *sorted(public_ids)])
    return f"{name}-{hashlib.blake2b(told.encode(), digest_size=8).hexdigest()}"


def decided(history: History, source: str) -> list[Decided]:
    """Return the cases that a person decided here, the latest first."""
    cases: dict[str, list[Fact]] = {}
    for position in history.facts:
        fact = history.facts[position]
        if kind(fact) == "moderation" and fact.open["source"] == source and history.stands(fact):
            cases.setdefault(fact.open["case"], []).append(fact)
    found = [_decided(history, case, sorted(facts, key=by_time)) for case, facts in cases.items()]
    return sorted(found, key=lambda one: (-one.at, one.case))


def _decided(history: History, case: str, facts: list[Fact]) -> Decided:
    accounts = frozenset(Account(fact.open["member"]) for fact in facts if "member" in fact.open)
    members = frozenset(map(history.people.root, accounts))
    last = facts[-1]
    return Decided(case, accounts, members, last.open["action"], last.time, tuple(fact.position for fact in facts))


def _rests(found: Proposal, known: Graph, cases: Iterable[Decided], bounds: Bounds) -> bool:
    """Return whether a person decided about these people, and too little was said among them since."""
    since = [
        max(case.facts) for case in cases if len(found.members & case.members) >= _OVERLAP * max(len(found.members), 1)
    ]
    if not since:
        return False
    new = [voice for voice in _among(known, found.members) if voice.position > max(since)]
    return len(new) < bounds.again


def _among(known: Graph, members: AbstractSet[Account]) -> Iterator[Voice]:
    return (voice for voice in known.voices if voice.by in members and voice.whom in members)


def said_to_be_one(history: History) -> list[tuple[Account, Account, int]]:
    """Return the members that somebody says are one person, while nobody confirmed or refused it since.

    Each with the position of the last fact that says so.
    """
    links = Links(history.standing(sorted(history.facts)))
    root = history.people.root
    said = (one for one in links.reported() if one.change == "linked")
    return [(root(one.one), root(one.other), max(one.facts)) for one in said]


def _found(history: History, known: Graph, bounds: Bounds) -> Iterator[Proposal]:
    for group in rings.rings(known, bounds.rings):
        measures = {name: _short(value) for name, value in group.measures._asdict().items()}
        yield Proposal("ring", group.members, group.voices, tuple(_of_ring(group)), measures)
    for flood in farming.floods(known, bounds.farming):
        told = {"voices": len(flood.voices), "received": flood.got, "given": flood.gave}
        yield Proposal("flood", frozenset((flood.by, flood.whom)), flood.voices, (_of_flood(flood),), {**told})
    for some in farming.puppets(known, bounds.farming):
        told = {"voices": len(some.voices), "accounts": len(some.by), "received": some.got}
        yield Proposal("puppets", some.by | {some.whom}, some.voices, tuple(_of_puppets(some)), {**told})
    for double in farming.doubles(known, said_to_be_one(history)):
        told = {"voices": len(double.voices), "said": double.said}
        yield Proposal("double", double.accounts, double.voices, (_of_double(double),), {**told})


# In words


def _of_ring(group: rings.Group) -> Iterator[Text]:
    found, people = group.measures, len(group.members)
    yield say(
        "%(people)s endorsed one another %(times)s. If everyone had given and received as much, but by chance, it "
        "would have been about %(expected)s.",
        people=counted(people, "person", "people"),
        times=counted(found.inside, "time", "times"),
        expected=_about(found.expected),
    )
    yield say(
        "Of the endorsements they received in that time, %(received)s came from one another; of those they gave, "
        "%(given)s went to one another.",
        received=percent(found.closed),
        given=percent(found.to_inside),
    )
    yield from _on_works(group)
    if found.together >= 1:
        yield say("Before and after they never endorsed one another.")
    else:
        yield say("Of all they ever endorsed of one another, %(share)s is of that time.", share=percent(found.together))
    pairs = people * (people - 1) // 2
    yield say(
        "Of %(pairs)s, %(mutual)s endorsed each other.",
        pairs=counted(pairs, "pair", "pairs"),
        mutual=grouped(round(found.mutual * pairs)),
    )
    if found.thin is not None:
        yield say(
            "Half of these works are at most %(share)s as long as a work usually is here.", share=percent(found.thin)
        )


def _on_works(group: rings.Group) -> Iterator[Text]:
    """Yield what they endorsed of one another, and how quickly."""
    works = len({voice.on for voice in group.voices})
    yield say(
        "Of %(works)s they endorsed among themselves, nobody else endorsed %(alone)s.",
        works=counted(works, "work", "works"),
        alone=grouped(round(group.measures.alone * works)),
    )
    yield say("Four of five of these endorsements were given within %(days)s.", days=_days(group.measures.days))


def _of_flood(flood: farming.Flood) -> Text:
    count = len(flood.voices)
    return say(
        "One endorsed %(works)s of another within 24 hours: %(received)s of all that the other ever received, and "
        "%(given)s of all that the first ever gave.",
        works=counted(count, "thing", "things"),
        received=percent(count / flood.got),
        given=percent(count / flood.gave),
    )


def _of_puppets(some: farming.Puppets) -> Iterator[Text]:
    count = len(some.voices)
    yield say(
        "%(accounts)s endorsed one person %(times)s, and nobody else ever.",
        accounts=counted(len(some.by), "account", "accounts"),
        times=counted(count, "time", "times"),
    )
    yield say("Nobody ever endorsed them, and they brought next to nothing themselves.")
    yield say("%(share)s of what that person received meanwhile came from them.", share=percent(count / some.got))


def _of_double(double: farming.Double) -> Text:
    return say(
        "Two accounts are said to be one person's, and between them are %(voices)s. If they are, she endorsed "
        "herself, and it counts for nothing once the link is confirmed.",
        voices=counted(len(double.voices), "endorsement", "endorsements"),
    )


def _about(number: float) -> Text:
    return decimal(number, 0 if number >= 10 else 1)  # noqa: PLR2004


def _days(count: int) -> Text:
    return say("a day") if count == 1 else counted(count, "day", "days")


def _short(value: float | None) -> float | int | None:
    return value if value is None or isinstance(value, int) else round(value, 2)
