"""Whether a changed rule asks for more or for less than it did, where that can be told at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from projections.charters.conditions import bound, is_group, parts, subject, within_other

if TYPE_CHECKING:
    from collections.abc import Mapping

TIGHTER, LOOSER, SAME, OTHER = "tighter", "looser", "same", "neither"


def compared(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """Return whether the conditions of a rule became `TIGHTER`, `LOOSER`, the `SAME`, or neither can be told."""
    harder, easier = implies(after, before), implies(before, after)
    if harder and easier:
        return SAME
    return TIGHTER if harder else LOOSER if easier else OTHER


def implies(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Return whether whoever meets one node surely meets the other. False may also mean that nobody can tell."""
    if not is_group(one) and not is_group(other):
        return _leaf_implies(one, other)
    ways = list(parts(other, "")) if is_group(other) else [("all", [("", dict(other))], 1)]
    return all(_group_implied(one, op, [node for _, node in inner], need) for op, inner, need in ways)


def _group_implied(one: Mapping[str, Any], op: str, wanted: list[dict[str, Any]], need: int) -> bool:
    """Return whether whoever meets a node meets so many of those wanted; for `none`, none of them."""
    mine = list(parts(one, "")) if is_group(one) else [("all", [("", dict(one))], 1)]
    if op == "none":
        forbidden = [node for kind, inner, _ in mine if kind == "none" for _, node in inner]
        return all(any(implies(node, no) for no in forbidden) for node in wanted)
    for kind, inner, least in mine:
        nodes = [node for _, node in inner]
        if kind != "none" and _counts(nodes, wanted, least, need):
            return True
    certain = [node for kind, inner, least in mine if kind != "none" and least == len(inner) for _, node in inner]
    return sum(any(implies(node, want) for node in certain) for want in wanted) >= need


def _counts(nodes: list[dict[str, Any]], wanted: list[dict[str, Any]], least: int, need: int) -> bool:
    """Return whether any `least` of some nodes surely make `need` of those wanted: each leads to one of its own."""
    free, led = list(wanted), 0
    for node in nodes:
        to = next((want for want in free if implies(node, want)), None)
        if to is not None:
            free.remove(to)
            led += 1
    return least - (len(nodes) - led) >= need


def _leaf_implies(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Return whether whoever meets one condition surely meets the other."""
    if is_group(one) or is_group(other):
        return False
    low, high = bound(one, "at_least"), bound(one, "at_most")
    floor, ceiling = bound(other, "at_least"), bound(other, "at_most")
    same = subject(one) == subject(other)
    reaches = floor is None or (low is not None and low >= floor and (same or within_other(one, other)))
    stays = ceiling is None or (high is not None and high <= ceiling and (same or within_other(other, one)))
    return reaches and stays
