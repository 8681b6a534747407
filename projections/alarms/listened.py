"""What was heard of a community, as it is asked for when silence is judged: sums, names, and who asks for what."""

from __future__ import annotations

from functools import cached_property
from math import ceil
from typing import TYPE_CHECKING, Any, NamedTuple

from projections.alarms.silence import USUAL
from projections.charters.language import Leaf, duration
from projections.fold.heard import DAY, LAG, PRACTICE, Channel, Days, Heard, joined
from schemas import listed, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from projections.charters.charter import Charter
    from projections.charters.language import Group, Rule

_OF_LATE = 90  # days before a source was last heard, that say how late it reports
KINDS = {
    "contribution": say("contributions"),
    "attendance": say("attendance"),
    "endorsement": say("endorsements"),
    "response": say("survey answers"),
    "impact": say("stories of impact"),
    "membership": say("comings and goings"),
    "metric": say("metrics"),
}
"""What facts of a kind are called in words."""
ONE = {
    "contribution": say("contribution"),
    "attendance": say("attendance"),
    "endorsement": say("endorsement"),
    "response": say("survey answer"),
    "impact": say("story of impact"),
    "membership": say("coming or going"),
    "metric": say("metric"),
}
"""What one of them is called."""


class Declared(NamedTuple):
    """A source as the charter declares it."""

    name: str
    reports: tuple[str, ...]
    metrics: tuple[str, ...]
    silent_after: int | None  # days


class Listened:
    """What was heard, under the charter in force. `declared`: the sources it declares, by their tokens."""

    def __init__(self, heard: Heard, charter: Charter, declared: Mapping[str, Declared], day: int) -> None:
        """`day`: the day (of 1970-01-01, UTC) up to which it is asked about; what came later is left out."""
        cut = ((one, {at: days[at] for at in days if at <= day}) for one, days in heard.items())
        self.heard: Heard = {one: days for one, days in cut if days}
        self.charter = charter
        self.declared = declared
        self.day = day

    @cached_property
    def sources(self) -> dict[str, Days]:
        """How many facts of practice came from each source on which day."""
        return self._sums((one.source, days) for one, days in self.heard.items() if one.fact and not one.field)

    @cached_property
    def all(self) -> Days:
        """How many facts of practice came on which day, whoever reported them."""
        return self._sums(("", days) for days in self.sources.values()).get("", {})

    @staticmethod
    def _sums(parts: Iterable[tuple[str, Days]]) -> dict[str, Days]:
        sums: dict[str, Days] = {}
        for name, days in parts:
            sums[name] = joined(sums.get(name, {}), days)
        return sums

    def kinds(self, source: str) -> dict[str, Days]:
        """Return how many facts of each kind came from a source."""
        return {fact: self.heard[Channel(source, fact)] for fact in PRACTICE if Channel(source, fact) in self.heard}

    def values(self, source: str, fact: str) -> Iterator[tuple[Channel, Days]]:
        """Yield what came with each value of the fields of a kind of fact."""
        return ((one, days) for one, days in self.heard.items() if one[:2] == (source, fact) and one.field)

    def slack(self, source: str) -> int:
        """Return within how many days a source told what had happened, nine times in ten, when it was last heard."""
        since = max(self.sources[source]) - _OF_LATE
        counts: dict[int, int] = {}
        for one, days in self.heard.items():
            if one.source == source and one.field == LAG:
                counts[int(one.value)] = sum(days[at] for at in days if at > since)
        wanted, so_far = ceil(USUAL * sum(counts.values())), 0
        for bits, number in sorted(counts.items()):
            so_far += number
            if so_far >= wanted:
                return (1 << bits) - 1
        return 0

    def name(self, source: str) -> str:
        """Return what to call a source: as the charter does, else by what it reports."""
        if source in self.declared:
            return self.declared[source].name
        kinds = sorted(self.kinds(source), key=lambda fact: -sum(self.heard[Channel(source, fact)].values()))
        return say("the source that reports %(kinds)s", kinds=listed(KINDS[fact] for fact in kinds) if kinds else "")

    def asking(self, fact: str, field: str = "", value: str = "") -> list[str]:
        """Return the rules that ask for a kind of fact, or for a value in it."""
        rules = self.charter.rules
        return sorted(rule.slug for rule in rules if any(_asks(leaf, fact, field, value) for leaf in wanted(rule)))


def declared_by(charter: Charter, tokens: Mapping[str, str]) -> dict[str, Declared]:
    """Return the sources a charter declares, by their tokens; `tokens`: the token of each `uri`."""
    found = (source for source in charter.document.get("sources", ()) if "uri" in source)
    return {tokens[one["uri"]]: _declared(one) for one in found}


def _declared(source: Mapping[str, Any]) -> Declared:
    after = duration(source["silent_after"]) // DAY if "silent_after" in source else None
    return Declared(source["source"], tuple(source.get("reports", ())), tuple(source.get("metrics", ())), after)


def wanted(rule: Rule) -> Iterator[Leaf]:
    """Yield the leaves of a rule that ask for something to be there."""
    return _wanted(rule.root)


def _wanted(node: Group | Leaf) -> Iterator[Leaf]:
    if isinstance(node, Leaf):
        if node.at_least is not None:
            yield node
            yield from node.having
    elif node.op != "none":
        for below in node.of:
            yield from _wanted(below)


def reported(leaf: Leaf) -> str:
    """Return the kind of fact, as sources report it, that a leaf counts; "" where it counts none, or any."""
    fact = leaf.fact.removesuffix("_given")
    return fact if fact in PRACTICE and leaf.measure not in ("holds", "tenure") else ""


def _asks(leaf: Leaf, fact: str, field: str, value: str) -> bool:
    if reported(leaf) != fact:
        return False
    if field == "metric" and leaf.measure == "latest":
        return leaf.field == value
    return not field or any(test.field == field and value in (test.one_of or ()) for test in leaf.where)
