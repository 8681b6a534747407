"""The rule language, read: from a charter's `rules` to values that can be held against a member.

Closed and total: measures, one-level `having`, groups. No expressions, no code; a rule always ends.
A fault names its place (JSON pointer), what was wanted, what came and the nearest valid word.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import orjson

from projections.vocabulary import FACTS, HAVING_FACTS, NUMERIC, field_values, fields
from schemas import Fault, parse_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

SECOND = 1_000_000  # µs
_UNITS = {"h": 3600 * SECOND, "d": 86_400 * SECOND, "w": 7 * 86_400 * SECOND}
_LONGEST_WINDOW = 5 * 366 * _UNITS["d"]
_MOST_LEAVES = 50
_DEEPEST = 4
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

Grant = tuple[str, str]  # ("level", "2"), ("badge", "practice-sharer"), ...


@dataclass(frozen=True, slots=True)
class Test:
    """What a field must be: one of some values, or a number between bounds (inclusive)."""

    field: str
    one_of: frozenset[str | int] | None = None
    at_least: int | None = None
    at_most: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One measure and what it must reach. `within` is in µs; `need` of a tenure too, of a share in percent."""

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
    at_least: int | None = None
    at_most: int | None = None

    @property
    def subject(self) -> tuple[object, ...]:
        """What is measured, whatever it must reach."""
        what = (self.measure, self.fact, self.field, self.grant, self.below)
        return (*what, self.where, self.within, self.since, self.per, self.having)


@dataclass(frozen=True, slots=True)
class Group:
    """`all`, `any`, `none` or `some` (then `at_least` of them) of the nodes below."""

    op: str
    of: tuple[Group | Leaf, ...]
    at_least: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule as published: what it grants, on what, and what happens when it is no longer met.

    `grace` is how long (µs) a grant outlives the condition; None means it is kept for good.
    """

    slug: str
    version: int
    grants: Grant
    root: Group
    grace: int | None
    review: bool
    looks_back: int | None  # None: the whole history; else the instant from which it is in force (0: publication)
    retest: bool
    sha256: str

    @property
    def leaves(self) -> Iterator[Leaf]:
        """Every leaf of the rule, from left to right, those under `having` included."""
        return _leaves(self.root)


def _leaves(node: Group | Leaf) -> Iterator[Leaf]:
    if isinstance(node, Leaf):
        yield node
        yield from node.having
    else:
        for below in node.of:
            yield from _leaves(below)


def duration(text: str) -> int:
    """Return `90d`, `2w` or `24h` in microseconds."""
    return int(text[:-1]) * _UNITS[text[-1]]


def rule_hash(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 (hex) of a rule as canonical JSON: keys sorted, no space, ASCII keys, integers only."""
    return hashlib.sha256(orjson.dumps(document, option=orjson.OPT_SORT_KEYS)).hexdigest()


class Reader:
    """Reads rules and collects every fault on the way. `token` makes a literal what the ledger stores."""

    def __init__(self, token: Callable[[str], str]) -> None:
        self._token = token
        self._below: int | None = None
        self.faults: list[Fault] = []

    def rule(self, document: Mapping[str, Any], at: str) -> Rule | None:
        """Return the rule at the pointer, or None where it had faults (they are in `faults`)."""
        known = len(self.faults)
        self._below = document["grants"].get("level")
        root = self._group_of(document, at, 1)
        lapse = document.get("on_lapse", _lapse_of(document["grants"]))
        rule = Rule(
            slug=document["rule"],
            version=document["version"],
            grants=grant(document["grants"]),
            root=root,
            grace=None if lapse == "keep" else duration(lapse["after"]),
            review=lapse != "keep" and lapse["then"] == "review",
            looks_back=_looks_back(document.get("looks_back", "whole")),
            retest=document.get("holders", "keep") == "retest",
            sha256=rule_hash(document),
        )
        if sum(1 for _ in rule.leaves) > _MOST_LEAVES:
            self._fault(at, f"wanted at most {_MOST_LEAVES} leaves, got more")
        return rule if len(self.faults) == known else None

    def _fault(self, at: str, message: str) -> None:
        self.faults.append(Fault(at, message))

    def _group_of(self, document: Mapping[str, Any], at: str, deep: int) -> Group:
        groups = tuple(self._group(op, document[op], f"{at}/{op}", deep) for op in GROUPS if op in document)
        if not groups:
            self._fault(at, f"wanted one of {', '.join(GROUPS)}, got a rule without conditions")
        return groups[0] if len(groups) == 1 else Group("all", groups)

    def _group(self, op: str, body: Any, at: str, deep: int) -> Group:  # noqa: ANN401  JSON
        if deep > _DEEPEST:
            self._fault(at, f"wanted groups at most {_DEEPEST} deep, got deeper")
            return Group(op, ())
        of, need = (body["of"], body["at_least"]) if op == "some" else (body, 1)
        inner = f"{at}/of" if op == "some" else at
        if op == "some" and need > len(of):
            self._fault(f"{at}/at_least", f"wanted at most {len(of)} (that many are listed), got {need}")
        return Group(op, tuple(self._node(node, f"{inner}/{n}", deep) for n, node in enumerate(of)), need)

    def _node(self, node: Mapping[str, Any], at: str, deep: int) -> Group | Leaf:
        if any(op in node for op in GROUPS):
            odd = sorted(set(node) - set(GROUPS) - {"label"})
            if odd:
                self._fault(at, f"wanted a group or a measure, got both: {', '.join(odd)} stands beside a group")
            return self._group_of(node, at, deep + 1)
        return self._leaf(node, at, nested=False)

    def _leaf(self, node: Mapping[str, Any], at: str, *, nested: bool) -> Leaf:
        measures = [measure for measure in MEASURES if measure in node]
        if len(measures) != 1:
            self._fault(at, f"wanted exactly one measure ({', '.join(MEASURES)}), got {len(measures)}")
            return Leaf(measure="count", fact="activity", label="?")
        measure = measures[0]
        fact, field = self._subject(measure, node, at)
        self._known_fact(fact, f"{at}/of" if measure in ("distinct", "sum") else f"{at}/{measure}", nested=nested)
        where = self._where(node.get("where", {}), fact, f"{at}/where")
        within = duration(node["within"]) if "within" in node else None
        if within is not None and within > _LONGEST_WINDOW:
            self._fault(f"{at}/within", f"wanted at most 5 years, got {node['within']}")
        having = tuple(self._leaf(n, f"{at}/having/{k}", nested=True) for k, n in enumerate(node.get("having", [])))
        if having and (measure != "count" or fact != "contribution" or nested):
            self._fault(f"{at}/having", "wanted only under count: contribution, one level deep")
        return Leaf(
            measure=measure,
            fact=fact,
            field=field,
            label=node.get("label", _plain(measure, node)),
            grant=grant(node["holds"]) if measure == "holds" else None,
            below=self._below if measure == "holds" else None,
            where=where,
            within=within,
            since=parse_time(f"{node['since']}T00:00:00Z") if "since" in node else None,
            per=node.get("per", "week"),
            having=having,
            at_least=self._bound(measure, node, "at_least", at),
            at_most=self._bound(measure, node, "at_most", at),
        )

    def _subject(self, measure: str, node: Mapping[str, Any], at: str) -> tuple[str, str]:
        """Return the fact type a leaf is about and the field it measures."""
        named = node[measure]
        match measure:
            case "distinct" | "sum":
                if "of" not in node:
                    self._fault(f"{at}/of", f"wanted `of: FACT` beside {measure}, got nothing")
                fact = node.get("of", "contribution")
                known = fields(fact) if measure == "distinct" else NUMERIC.get(fact, ())
                if fact in FACTS and named not in known:
                    self._fault(f"{at}/{measure}", _wanted(f"a field of {fact}", named, known))
                return fact, named
            case "share":
                wanted = {"attendance": "series", "response": "instrument"}.get(named)
                if wanted is None or node.get("of") != wanted:
                    got = f"share: {named}, of: {node.get('of')}"
                    self._fault(f"{at}/share", f"wanted attendance of series, or response of instrument, got {got}")
                return named, node.get("of", "")
            case "latest":
                return "metric", named
            case "change":
                return "response", named
            case "tenure" | "holds":
                return "activity", ""
            case "open":
                return "moderation", ""
        return named, ""

    def _known_fact(self, fact: str, at: str, *, nested: bool) -> None:
        known = HAVING_FACTS if nested else FACTS
        if fact not in known:
            self._fault(at, _wanted("a kind of fact", fact, known))

    def _bound(self, measure: str, node: Mapping[str, Any], name: str, at: str) -> int | None:
        if name not in node:
            if measure in ("holds", "open") and name == "at_least":
                return 1 if "at_most" not in node else None
            if name == "at_least" and "at_most" not in node:
                self._fault(at, f"wanted at_least or at_most beside {measure}, got neither")
            return None
        got = node[name]
        unit = "d" if measure == "tenure" else "%" if measure == "share" else ""
        text = isinstance(got, str)
        if text and (not unit or (got[-1] == "%") != (unit == "%")):
            self._fault(f"{at}/{name}", f"wanted a whole number for {measure}, got {got}")
            return None
        if not text and unit:
            self._fault(
                f"{at}/{name}",
                f"wanted {'a duration as 90d' if unit == 'd' else 'a share as 25%'}, got {got}",
            )
            return None
        return (int(got[:-1]) if unit == "%" else duration(got)) if text else int(got)

    def _where(self, where: Mapping[str, Any], fact: str, at: str) -> tuple[Test, ...]:
        return tuple(self._test(field, wanted, fact, f"{at}/{field}") for field, wanted in where.items())

    def _test(self, field: str, wanted: Any, fact: str, at: str) -> Test:  # noqa: ANN401  JSON
        if fact in FACTS and field not in fields(fact):
            self._fault(at, _wanted(f"a field of {fact}", field, fields(fact)))
            return Test(field)
        if isinstance(wanted, dict):
            return Test(field, None, wanted.get("at_least"), wanted.get("at_most"))
        literals = wanted if isinstance(wanted, list) else [wanted]
        known, tokens = field_values(fact, field)
        for literal in literals:
            if known and literal not in known:
                self._fault(at, _wanted(f"a value of {field}", str(literal), known))
        stored = (self._token(str(one)) if tokens else _lowered(field, one) for one in literals)
        return Test(field, frozenset(stored))


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


def _lapse_of(grants: Mapping[str, Any]) -> Any:  # noqa: ANN401  JSON
    """Levels, badges and roles are kept unless the rule says otherwise; readiness and cohorts are of the day."""
    return {"after": "0d", "then": "revoke"} if {"eligible", "cohort"} & set(grants) else "keep"


def _lowered(field: str, literal: Any) -> Any:  # noqa: ANN401  JSON
    """Languages and licences are written in any case, and kept in lower."""
    return literal.lower() if field in ("lang", "license") and isinstance(literal, str) else literal


def _looks_back(text: str) -> int | None:
    if text == "whole":
        return None
    return 0 if text == "now" else parse_time(f"{text}T00:00:00Z")


def _plain(measure: str, node: Mapping[str, Any]) -> str:
    """Return a leaf in words, for rules whose author gave no label."""
    bound = f"at least {node['at_least']}" if "at_least" in node else f"at most {node.get('at_most', '')}"
    what = node[measure] if measure != "holds" else " ".join(grant(node["holds"]))
    of = f" of {node['of']}" if "of" in node else ""
    window = f" within {node['within']}" if "within" in node else ""
    return f"{measure} {what}{of} {bound}{window}".replace("_", " ")


def _wanted(what: str, got: str, known: Iterable[object]) -> str:
    words = sorted(map(str, known))
    near = get_close_matches(got, words, 1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    return f"wanted {what}: {', '.join(words)}; got {got}{hint}"
