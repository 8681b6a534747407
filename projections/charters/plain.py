"""A charter's rules in plain words: what each asks, what keeps its grant, and what happens when it is met no more.

Told from the document as it was published, condition by condition, so that it can be found there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from projections.charters.conditions import fact_of, grant_of, is_group, listed, measure_of, parts, time
from projections.charters.vocabulary import field_values

if TYPE_CHECKING:
    from collections.abc import Mapping

    from projections.charters.charter import Charter
    from projections.charters.language import Rule

    Node = Mapping[str, Any]

Document = dict[str, Any]
WITHHELD = "a certain one"
"""Stands for what a rule names of platforms and their items, where those outside read."""
_INWARD = ("sources", "targets", "contact")
_DAY = 86_400_000_000  # µs
_FACTS = {
    "contribution": ("contribution", "contributions"),
    "attendance": ("session", "sessions"),
    "endorsement": ("endorsement by others", "endorsements by others"),
    "endorsement_given": ("endorsement given to others", "endorsements given to others"),
    "response": ("answered survey", "answered surveys"),
    "impact": ("story of what came of it", "stories of what came of it"),
    "membership": ("change of membership", "changes of membership"),
    "assignment": ("assignment", "assignments"),
    "moderation": ("moderation case", "moderation cases"),
    "metric": ("report of a counter", "reports of a counter"),
    "activity": ("act of her own", "acts of her own"),
}
_DIFFERENT = {
    "endorser": "people",
    "endorsee": "people",
    "by": "people",
    "endorser_affiliation": "affiliations of those who endorsed",
    "thread": "threads",
    "item": "works",
    "session": "sessions",
    "about": "works of others",
    "space": "areas",
    "skill": "skills",
}
_UNITS = {"duration": " seconds", "length": " characters"}
_WORDS = {
    "sync": "live",
    "async": "in one\u2019s own time",
    "individual": "alone",
    "collaborative": "together",
}
_GROUPS = {"all": "All of these", "any": "One of these", "none": "None of these"}
_PER_DAY = ("eligible", "cohort")


def outward(document: Mapping[str, Any]) -> Document:
    """Return a charter's document as those outside may read it.

    Without its sources, targets and contact; what a rule names of platforms and their items is `WITHHELD`.
    """
    told = {name: value for name, value in document.items() if name not in _INWARD}
    return {**told, "rules": [_withheld(rule) for rule in document.get("rules", ())]}


def _withheld(value: Any) -> Any:  # noqa: ANN401  JSON
    if isinstance(value, list):
        return [_withheld(one) for one in value]
    if not isinstance(value, dict):
        return value
    told = {name: _withheld(inner) for name, inner in value.items()}
    if isinstance(told.get("where"), dict):
        fact = fact_of(value)
        told["where"] = {
            field: WITHHELD if field_values(fact, field)[1] else wanted for field, wanted in told["where"].items()
        }
    return told


def rules_in_words(charter: Charter, document: Mapping[str, Any]) -> list[Document]:
    """Return every rule of a charter in words, in its order; `document` is its own, or `outward` of it.

    Each has `rule`, `version`, `kind` and `name` of what it grants, `asks` and `keeps` (nodes with `label`, `words`
    and `of`), and `after`: what happens when it is met no more.
    """
    names = _names(document)
    told = []
    for rule in document.get("rules", ()):
        kind, value = grant_of(rule["grants"])
        known = charter.rule(rule["rule"])
        told.append(
            {
                "rule": rule["rule"],
                "version": rule["version"],
                "kind": kind,
                "value": value,
                "name": names.get((kind, str(value)), str(value)),
                "asks": _nodes(rule, names),
                "keeps": _nodes(rule.get("keep_while", {}), names),
                "after": _after(kind, known) if known else "",
            }
        )
    return told


def _names(document: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    parts_of = (
        ("level", "ladder", "level"),
        ("badge", "badges", "badge"),
        ("role", "leader_roles", "role"),
        ("eligible", "leader_roles", "role"),
        ("cohort", "cohorts", "cohort"),
    )
    return {(kind, str(one[key])): one["name"] for kind, part, key in parts_of for one in document.get(part, ())}


def _nodes(node: Node, names: Mapping[tuple[str, str], str]) -> list[Document]:
    """Return the groups of a rule, or of a node, each with what is in it; a group of one is what is in it."""
    found: list[Document] = []
    for op, inner, need in parts(node, ""):
        of = [below for _, one in inner for below in _below(one, names)]
        alone = len(of) == 1 and op in ("all", "any")
        label = _GROUPS.get(op) or f"At least {need} of these"
        found += of if alone else [{"label": label, "words": "", "of": of}]
    return found


def _below(node: Node, names: Mapping[tuple[str, str], str]) -> list[Document]:
    if is_group(node):
        return _nodes(node, names)
    words = condition(node, names)
    return [{"label": str(node.get("label", "")) or words, "words": words if "label" in node else "", "of": []}]


def condition(node: Node, names: Mapping[tuple[str, str], str] | None = None) -> str:
    """Return what one condition asks for, in words: `at least 4 sessions (mode: sync) within 90 days`."""
    measure = measure_of(node)
    what = _MEASURES[measure](node, names or {})
    having = "".join(f", each with {condition(one, names)}" for one in node.get("having", ()))
    return f"{what}{having}{_window(node, names or {})}"


def _bounds(node: Node) -> str:
    told = [f"at least {time(node['at_least'])}"] if "at_least" in node else []
    return " and ".join([*told, *([f"at most {time(node['at_most'])}"] if "at_most" in node else [])]) or "at least 1"


def _single(node: Node) -> bool:
    return {node.get("at_least", 1), node.get("at_most", 1)} == {1}


def _what(node: Node, *, single: bool = False) -> str:
    one, many = _FACTS.get(fact_of(node), (fact_of(node), fact_of(node)))
    tests = "; ".join(f"{_plain(field)}: {_test(wanted)}" for field, wanted in node.get("where", {}).items())
    return f"{one if single else many}{f' ({tests})' if tests else ''}"


def _test(wanted: Any) -> str:  # noqa: ANN401  what `where` says
    if isinstance(wanted, dict):
        return " and ".join(f"{_plain(name)} {value}" for name, value in wanted.items())
    return " or ".join(_WORDS.get(str(one), _plain(one)) for one in listed(wanted))


def _plain(word: object) -> str:
    return str(word).replace("_", " ")


def _window(node: Node, names: Mapping[tuple[str, str], str]) -> str:
    told = [f"within {time(node['within'])}"] if "within" in node else []
    since = node.get("since")
    if isinstance(since, dict):
        told.append(f"since she has {_granted(since, names)}")
    elif since:
        told.append({"term": "since her term began", "award": "since she earned it"}.get(since, f"since {since}"))
    told += [f"at most {most} of each {field}" for field, most in node.get("at_most_each", {}).items()]
    return "".join(f", {each}" for each in told)


def _granted(grants: Mapping[str, Any], names: Mapping[tuple[str, str], str]) -> str:
    kind, value = grant_of(dict(grants))
    name = names.get((kind, str(value)), str(value))
    named = f", {name}" if name != str(value) else ""
    words = {"level": f"level {value}{named}", "eligible": f"readiness for the role {name}"}
    return words.get(kind, f"the {kind} {name}")


def _distinct(node: Node, _: object) -> str:
    field = str(node["distinct"])
    return f"{_bounds(node)} different {_DIFFERENT.get(field, _plain(field))}, counted over {_what(node)}"


def _streak(node: Node, _: object) -> str:
    return f"{_bounds(node)} {node.get('per', 'week')}s in a row with {_what(node)}"


def _sum(node: Node, _: object) -> str:
    field = str(node["sum"])
    return f"{_bounds(node)}{_UNITS.get(field, '')} in all: the {_plain(field)} of her {_what(node)}"


def _share(node: Node, _: object) -> str:
    held = "surveys that were asked" if node["share"] == "response" else "sessions that were held"
    tests = _what(node).partition(" (")[2]
    return f"took part in {_bounds(node)} of the {held}{f' ({tests}' if tests else ''}"


def _holds(node: Node, names: Mapping[tuple[str, str], str]) -> str:
    for_long = f" for {_bounds(node)}" if "at_least" in node or "at_most" in node else ""
    return f"holds {_granted(node['holds'], names)}{for_long}"


_MEASURES: dict[str, Any] = {
    "count": lambda node, _: f"{_bounds(node)} {_what(node, single=_single(node))}",
    "distinct": _distinct,
    "days": lambda node, _: f"{_bounds(node)} {'day' if _single(node) else 'different days'} with {_what(node)}",
    "streak": _streak,
    "sum": _sum,
    "latest": lambda node, _: f"the counter {_plain(node['latest'])}, as last reported: {_bounds(node)}",
    "change": lambda node, _: f"her answers on {node['change']}, after less before: {_bounds(node)}",
    "tenure": lambda node, _: f"here for {_bounds(node)}",
    "share": _share,
    "open": lambda node, _: f"{_bounds(node)} open {_what(node, single=_single(node))}",
    "holds": _holds,
}


def _after(kind: str, rule: Rule) -> str:
    """Return what happens when a rule is met no more."""
    if rule.grace is None:
        return "Once earned, it is kept for good."
    if rule.grace == 0 and kind in _PER_DAY and not rule.review:
        return "It holds while this is so."
    days = rule.grace // _DAY
    wait = f"for {days:,} day{'' if days == 1 else 's'} more" if days else ""
    if rule.review:
        return f"When this is so no more, it is kept {wait + ', and ' if wait else ''}until a person has decided."
    return f"When this is so no more, it is kept {wait}." if wait else "When this is so no more, it ends."
