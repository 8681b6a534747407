"""What can still be read of rules that have faults: so that every fault is told at once, and not the first alone.

A part that is at fault is left out, or something sound stands in for it; what the rest then seems to lack is no
fault of its own.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from schemas import check_charter

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from schemas import Fault

_ROUNDS = 12  # each takes out what the one before left unsound around it
_CONDITION: dict[str, Any] = {"tenure": "joined", "at_least": "1d"}
_RULE: dict[str, Any] = {"rule": "stand-in", "version": 1, "grants": {"cohort": "stand-in"}, "all": [_CONDITION]}


def mended(rules: Any) -> list[dict[str, Any] | None]:  # noqa: ANN401  any value whatever
    """Return the rules with sound parts in place of those at fault; None for one that cannot be mended."""
    if not isinstance(rules, list):
        return []
    sound = deepcopy(rules)
    for _ in range(_ROUNDS):
        faults = _faults_of(sound)
        if not faults:
            return sound
        for fault in sorted(faults, key=lambda one: one.pointer.count("/"), reverse=True):
            _take_out(sound, [_step(step) for step in fault.pointer.split("/")[2:]])
    bad = {fault.pointer.split("/")[2] for fault in _faults_of(sound) if fault.pointer.count("/") > 1}
    return [None if str(n) in bad else rule for n, rule in enumerate(sound)]


def follows(fault: Fault, marred: Collection[str]) -> bool:
    """Return whether a fault only says that something is missing where a part was taken out, or is within it."""
    at = fault.pointer
    return any(at == one or one.startswith(f"{at}/") or at.startswith(f"{one}/") for one in marred)


def _faults_of(rules: list[Any]) -> tuple[Fault, ...]:
    return check_charter({"charter": 1, "name": "mended", "rules": rules})


def _take_out(within: Any, steps: list[str]) -> None:  # noqa: ANN401  JSON
    """Take out what stands at the end of the steps, or where nothing does, supply it or take out what lacks it."""
    if not steps:
        return
    holders = [within]
    for step in steps[:-1]:
        inner = _at(holders[-1], step)
        if inner is None:
            return  # it was taken out with what it stands in
        holders.append(inner)
    holder, last, depth = holders[-1], steps[-1], len(steps)
    if isinstance(holder, list) and last.isdigit() and int(last) < len(holder):
        literal = depth > 1 and "where" in steps
        holder[int(last)] = "stand-in" if literal else deepcopy(_RULE if depth == 1 else _CONDITION)
    elif isinstance(holder, dict) and depth == 2 and last in _RULE:  # noqa: PLR2004  the rule's own: /rules/0/version
        holder[last] = deepcopy(_RULE[last])
    elif isinstance(holder, dict) and last in holder:
        del holder[last]
        if not holder:
            _take_out(within, steps[:-1])
    else:
        _take_out(within, steps[:-1])


def _at(within: Any, step: str) -> Any:  # noqa: ANN401  JSON
    if isinstance(within, list):
        return within[int(step)] if step.isdigit() and int(step) < len(within) else None
    return within.get(step) if isinstance(within, dict) else None


def _step(escaped: str) -> str:
    return escaped.replace("~1", "/").replace("~0", "~")


def marred_rules(marred: Iterable[str]) -> set[str]:
    """Return the pointers of rules in which something is at fault: /rules/0."""
    return {"/".join(one.split("/")[:3]) for one in marred if one.startswith("/rules/")}
