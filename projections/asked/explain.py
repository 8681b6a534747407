"""Why: a rule held against a member at one instant, with the facts behind every number.

The verdict's truth is looked up in the same spans that the standing rests on, so a page can never say
something else than the ledger did.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from projections.asked.findings import finding, instant
from projections.charters.language import AWARD, Group, Leaf
from projections.fold.rules import combined, met
from projections.fold.rules import granted as held_by
from projections.fold.spans import next_turn, span_at, value_at
from schemas import Text, grouped, joined, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from projections.charters.language import Rule
    from projections.fold.rules import Ground, Reading
    from projections.fold.spans import Spans

_MOST = 200  # facts listed a leaf, the latest; the count is always whole
_MOST_PASSED = 10
_DAY = 86_400_000_000
_DAYS = say("days")
Node = dict[str, Any]


def verdict(rule: Rule, ground: Ground, at: int) -> Node:
    """Return the rule's verdict at the instant (µs), JSON-ready: met, since, tree, missing, recheck_at.

    `held`: whether what it grants is held then, which may outlast the condition: it is kept, or in its days of grace,
    or by `keep`, what it takes to keep it (a tree as well, or None).
    """
    tree, spans = _node(rule.root, ground, at)
    holds = ground.grants.get(rule.grants, [])
    now, held = span_at(spans, at), span_at(holds, at)
    keep, stays = _node(rule.keep, _awarded(rule, ground), at) if rule.keep else (None, [])
    turns = (next_turn(each, at) for each in (spans, holds, stays))
    return {
        "rule": f"{rule.slug}@{rule.version}",
        "hash": f"sha256:{rule.sha256}",
        "grants": granted(rule),
        "met": now is not None,
        "since": instant(now[0]) if now else None,
        "tree": tree,
        "missing": [] if now else list(_missing(tree)),
        "held": held is not None,
        "held_since": instant(held[0]) if held else None,
        "keep": keep,
        "recheck_at": instant(min((turn for turn in turns if turn is not None), default=None)),
    }


def _awarded(rule: Rule, ground: Ground) -> Ground:
    """Return the ground that what keeps a grant is held against: the award is known there."""
    return ground._replace(grants={**ground.grants, AWARD: ground.grants.get(rule.grants, [])}, readings={})


def granted(rule: Rule) -> dict[str, str | int]:
    """Return what a rule grants, as a charter writes it: `{"level": 2}`, `{"badge": "helper"}`."""
    name, value = rule.grants
    return {name: int(value) if name == "level" else value}


def evidence(rule: Rule, ground: Ground, at: int) -> list[int]:
    """Return the positions of the facts on which the rule rests at the instant, in order; [] where it is not met."""
    if span_at(met(rule.root, ground), at) is None:
        return []
    return sorted(set(_resting(rule.root, ground, at)))


def counting(rule: Rule, ground: Ground, at: int) -> tuple[set[int], dict[int, str]]:
    """Return the facts that count under any condition of the rule at the instant, and why others do not."""
    counted: set[int] = set()
    why: dict[int, str] = {}
    for leaf in _conditions(rule.root):
        resting = finding(leaf, ground).resting(at)
        counted.update(resting)
        why.update(finding(leaf, ground).not_counted(at, resting)[0])
    return counted, why


def failing(tree: Node) -> Iterator[str]:
    """Yield the labels of the conditions of a verdict's tree that are not as the rule wants them."""
    if "of" not in tree:
        if tree and not tree["met"]:
            yield tree["label"]
    elif not tree["met"]:
        for below in tree["of"]:
            yield from failing(below)


def _conditions(node: Group | Leaf) -> Iterator[Leaf]:
    if isinstance(node, Leaf):
        yield node
    else:
        for below in node.of:
            yield from _conditions(below)


def progress(tree: Node) -> int:
    """Return how far a verdict's tree is met, in whole percent; `any` counts by its best, `none` all or nothing."""
    return round(100 * _part(tree))


def _part(node: Node) -> float:
    if node["met"]:
        return 1.0
    if "of" not in node:
        need = node["need"]
        return min(1.0, max(0.0, node["have"] / need)) if need else 0.0
    parts = sorted((_part(below) for below in node["of"]), reverse=True)
    match node["op"]:
        case "any":
            return parts[0]
        case "none":
            return 0.0
        case "some":
            parts = parts[: node["at_least"]]
    return sum(parts) / len(parts)


def _node(node: Group | Leaf, ground: Ground, at: int) -> tuple[Node, Spans]:
    """Return a node as it stands at the instant, and when it is met."""
    if isinstance(node, Leaf):
        return _leaf(node, ground, at)
    below = [_node(one, ground, at) for one in node.of]
    key = ("met", id(node))
    if key not in ground.readings:
        ground.readings[key] = combined(node, [met for _, met in below])
    spans: Spans = ground.readings[key]
    found = {"op": node.op, "met": span_at(spans, at) is not None, "of": [one for one, _ in below]}
    return {**found, "at_least": node.at_least} if node.op == "some" else found, spans


def _leaf(leaf: Leaf, ground: Ground, at: int) -> tuple[Node, Spans]:
    found = finding(leaf, ground)
    spans = found.spans
    have, unit = _have(leaf, found.reading, ground, at)
    need = leaf.at_least if leaf.at_least is not None else leaf.at_most or 0
    need = need // _DAY if unit == "days" and leaf.measure != "days" else need
    resting = found.resting(at)
    passed, count = found.not_counted(at, resting, _MOST_PASSED)
    return {
        "label": leaf.label,
        "measure": leaf.measure,
        "fact": leaf.fact,
        "have": have,
        "need": need,
        "unit": unit,
        "at_most": leaf.at_least is None,
        "met": span_at(spans, at) is not None,
        "missing": max(0, need - have) if leaf.at_least is not None else max(0, have - need),
        "evidence": resting[-_MOST:],
        "evidence_count": len(resting),
        "not_counted": [{"position": position, "why": why} for position, why in passed],
        "not_counted_count": count,
        "changes_at": instant(next_turn(spans, at)),
    }, spans


def _have(leaf: Leaf, reading: Reading, ground: Ground, at: int) -> tuple[int, str]:
    if leaf.measure == "tenure":
        joined = reading.entries[0][0] if reading.entries else at
        return max(0, at - joined) // _DAY, _DAYS
    if leaf.measure == "holds" and (leaf.at_least or 1) > 1:
        held = span_at(held_by(leaf, ground.grants), at)
        return (at - held[0]) // _DAY if held else 0, _DAYS
    unit = _PERIODS[leaf.per] if leaf.measure == "streak" else _UNITS.get(leaf.measure, "")
    return value_at(reading.steps, at), unit


_UNITS = {"share": "%", "days": _DAYS}
_PERIODS = {"day": _DAYS, "week": say("weeks"), "month": say("months")}


def _resting(node: Group | Leaf, ground: Ground, at: int) -> Iterator[int]:
    """Yield the facts that make a node true; what must not be there has none."""
    if isinstance(node, Leaf):
        found = finding(node, ground)
        if span_at(found.spans, at):
            yield from found.resting(at)
    elif node.op != "none":
        for below in node.of:
            yield from _resting(below, ground, at)


def _missing(node: Node) -> Iterator[str]:
    """Yield, in words, what stands between the member and the rule."""
    if node["met"]:
        return
    if "of" in node:
        if node["op"] == "none":
            yield from (
                say("stands in the way: %(label)s", label=one["label"])
                for one in node["of"]
                if one["met"] and "label" in one
            )
        else:
            for one in node["of"]:
                yield from _missing(one)
    else:
        yield say("%(label)s (%(amount)s)", label=node["label"], amount=_amount(node))


def _amount(node: Node) -> Text:
    amount = say("%(have)s of %(need)s", have=grouped(node["have"]), need=grouped(node["need"]))
    return joined(" ", (amount, node["unit"])) if node["unit"] else amount
