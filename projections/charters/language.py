"""The rule language as values that can be held against a member.

Closed and total: measures, one-level `having`, groups. No expressions, no code; a rule always ends.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SECOND = 1_000_000  # µs
_UNITS = {"h": 3600 * SECOND, "d": 86_400 * SECOND, "w": 7 * 86_400 * SECOND}
GROUPS = ("all", "any", "none", "some")
MEASURES = (
    "count",
    "distinct",
    "days",
    "streak",
    "sum",
    "latest",
    "change",
    "tenure",
    "share",
    "open",
    "holds",
)

ONCE = ("count", "distinct", "days")
"""The measures that count what is different, each once."""

Grant = tuple[str, str]  # ("level", "2"), ("badge", "practice-sharer"), ...
AWARD: Grant = ("award", "")
"""What `since: award` means under `keep_while`: the grant of the rule itself."""


@dataclass(frozen=True, slots=True)
class Test:
    """What a field must be: one of some values, or a number between bounds (inclusive)."""

    field: str
    one_of: frozenset[str | int] | None = None
    at_least: int | None = None
    at_most: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One measure and what it must reach. `within` is in µs; bounds of a tenure too, of a share in percent.

    `grant`: what a `holds` asks for (its bound, where not 1, is for how long, in µs); with any other measure, since
    the beginning of whose present hold it counts. `each`: a field, and how many of one value count.
    """

    measure: str
    fact: str
    label: str
    field: str = ""
    grant: Grant | None = None
    below: int | None = None  # in a rule that grants a level: `holds: level` means levels under that one
    where: tuple[Test, ...] = ()
    within: int | None = None
    since: int | None = None
    per: str = "week"
    having: tuple[Leaf, ...] = ()
    each: tuple[str, int] | None = None
    at_least: int | None = None
    at_most: int | None = None

    @property
    def anchored(self) -> bool:
        """Whether it counts since the beginning of a grant's present hold."""
        return self.grant is not None and self.measure != "holds"

    @property
    def subject(self) -> tuple[object, ...]:
        """What is measured, whatever it must reach."""
        what = (self.measure, self.fact, self.field, self.grant, self.below)
        return (*what, self.where, self.within, self.since, self.per, self.having, self.each)


@dataclass(frozen=True, slots=True)
class Group:
    """`all`, `any`, `none` or `some` (then `at_least` of them) of the nodes below."""

    op: str
    of: tuple[Group | Leaf, ...]
    at_least: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule as published: what it grants, on what, and what happens when it is no longer met.

    `grace` is how long (µs) a grant outlives the condition; None means it is kept for good. `keep`: what it takes
    to keep it, where that is less than to get it.
    """

    slug: str
    version: int
    grants: Grant
    root: Group
    keep: Group | None
    grace: int | None
    review: bool
    looks_back: int | None  # None: the whole history; else the instant from which it is in force (0: publication)
    retest: bool  # whether earlier holders lose what they would not have earned under it
    sha256: str

    @property
    def leaves(self) -> Iterator[Leaf]:
        """Every leaf of the rule, from left to right, those under `having` and `keep_while` included."""
        yield from leaves(self.root)
        if self.keep:
            yield from leaves(self.keep)


def leaves(node: Group | Leaf) -> Iterator[Leaf]:
    """Yield every leaf of a node, from left to right, those under `having` included."""
    if isinstance(node, Leaf):
        yield node
        yield from node.having
    else:
        for below in node.of:
            yield from leaves(below)


def required(rule: Rule) -> Iterator[Grant]:
    """Yield the grants that whoever meets a rule must hold, whatever else it asks for."""
    ahead = [rule.root] if rule.root.op == "all" else []
    for group in ahead:  # which grows meanwhile
        ahead += [node for node in group.of if isinstance(node, Group) and node.op == "all"]
        held = (node for node in group.of if isinstance(node, Leaf) and node.measure == "holds")
        yield from (leaf.grant for leaf in held if leaf.grant is not None)


def duration(text: str) -> int:
    """Return `90d`, `2w` or `24h` in microseconds."""
    return int(text[:-1]) * _UNITS[text[-1]]


def rule_hash(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 (hex) of a rule as canonical JSON: keys sorted, no space, ASCII keys, integers only."""
    return hashlib.sha256(orjson.dumps(document, option=orjson.OPT_SORT_KEYS)).hexdigest()


def grant(document: Mapping[str, Any]) -> Grant:
    """Return what a rule grants or a leaf asks for as (kind, value); a microcredential is a badge."""
    ((kind, value),) = document.items()
    return ("badge" if kind == "microcredential" else kind, str(value))


def asks_for(leaf: Leaf, granted: Grant) -> bool:
    """Return whether a grant is what a `holds` leaf asks for: that level or one above it, else the very thing."""
    (kind, value), wanted = granted, leaf.grant
    if wanted is None or kind != "level" or wanted[0] != "level":
        return granted == wanted
    return int(wanted[1]) <= int(value) and (leaf.below is None or int(value) < leaf.below)
