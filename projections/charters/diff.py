"""What is different between two charters: for a program, and in words for whoever has to agree to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from projections.charters.conditions import grant_of, in_full, is_group, measure_of, parts, time
from projections.charters.lint_versions import held_anew
from projections.charters.tightening import OTHER, SAME, compared

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PARTS = {
    "outcomes": "outcome",
    "activities": "activity",
    "sources": "source",
    "ladder": "level",
    "leader_roles": "role",
    "badges": "badge",
    "cohorts": "cohort",
}
_SINGLE = ("name", "contact", "timezone")
_ALIKE = 2  # fields two conditions must share beside their measure, to be taken for one that changed
Document = dict[str, Any]
_Leaf = tuple[tuple[str, ...], Document]  # the groups it stands in, and the condition


def diff(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what changed from one charter's document to another's, part by part, in the charter's order.

    Each change has `part`, `name`, `change` (added, removed, changed) and `words`. Of a rule also its versions,
    whether it became tighter or looser (else neither), whether it looks back, and whether earlier holders keep it.
    """
    found = [
        _scalar(part, before.get(part), after.get(part)) for part in _SINGLE if before.get(part) != after.get(part)
    ]
    found += _fields("domain", before.get("domain", {}), after.get("domain", {}))
    found += _listed("outcomes", before, after)
    found += _evidence(before, after)
    for part in ("activities", "sources"):
        found += _listed(part, before, after)
    found += _rules(before, after)
    for part in ("ladder", "leader_roles", "badges", "cohorts"):
        found += _listed(part, before, after)
    found += _fields("targets", before.get("targets", {}), after.get("targets", {}))
    found += _norms(before.get("norms", []), after.get("norms", []))
    return found


def _change(part: str, name: object, change: str, *words: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401  JSON
    return {"part": part, "name": str(name), "change": change, "words": list(words), **more}


def _scalar(part: str, was: object, is_now: object) -> dict[str, Any]:
    return _change(part, part, "changed", f"{_shown(is_now)} instead of {_shown(was)}")


def _fields(part: str, was: Mapping[str, Any], is_now: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for name in dict.fromkeys([*was, *is_now]):
        if was.get(name) != is_now.get(name):
            change = "added" if name not in was else "removed" if name not in is_now else "changed"
            words = {"added": _shown(is_now.get(name)), "removed": f"was {_shown(was.get(name))}"}
            yield _change(
                part, name, change, words.get(change, f"{_shown(is_now.get(name))} instead of {_shown(was.get(name))}")
            )


def _norms(was: list[str], is_now: list[str]) -> Iterator[dict[str, Any]]:
    yield from (_change("norms", norm, "added") for norm in is_now if norm not in was)
    yield from (_change("norms", norm, "removed") for norm in was if norm not in is_now)


def _evidence(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    was, is_now = before.get("evidence", []), after.get("evidence", [])
    yield from (_change("evidence", one["outcome"], "added", one["shows"]) for one in is_now if one not in was)
    yield from (_change("evidence", one["outcome"], "removed", one["shows"]) for one in was if one not in is_now)


def _listed(part: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    key = _PARTS[part]
    was = {one[key]: one for one in before.get(part, ())}
    is_now = {one[key]: one for one in after.get(part, ())}
    for name in dict.fromkeys([*was, *is_now]):
        if name not in is_now:
            yield _change(part, name, "removed", *_called(was[name]))
        elif name not in was:
            yield _change(part, name, "added", *_called(is_now[name]))
        elif was[name] != is_now[name]:
            yield _change(part, name, "changed", *_differences(was[name], is_now[name]))


def _called(one: Mapping[str, Any]) -> list[str]:
    return [str(one[field]) for field in ("name", "can") if field in one][:1]


def _differences(was: Mapping[str, Any], is_now: Mapping[str, Any]) -> Iterator[str]:
    for field in dict.fromkeys([*was, *is_now]):
        if was.get(field) != is_now.get(field):
            name = field.replace("_", " ")
            yield f"{name}: {_shown(is_now.get(field))} instead of {_shown(was.get(field))}"


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_shown(inner)}" for name, inner in value.items())
    if isinstance(value, list):
        return ", ".join(map(_shown, value)) or "nothing"
    if isinstance(value, str) and value.startswith("data:"):
        return f"a picture of {len(value) * 3 // 4:,} bytes"
    return "nothing" if value is None else time(value) if isinstance(value, str) else str(value)


# Rules


def _rules(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    was = {rule["rule"]: rule for rule in before["rules"]}
    is_now = {rule["rule"]: rule for rule in after["rules"]}
    for name in dict.fromkeys([*was, *is_now]):
        if name not in is_now:
            kind, value = grant_of(was[name]["grants"])
            words = f"nobody earns {kind} {value} by it any more; what is kept for good is kept"
            yield _change("rules", name, "removed", words, from_version=was[name]["version"])
        elif name not in was:
            kind, value = grant_of(is_now[name]["grants"])
            asked = [_clause(path, leaf) for path, leaf in _leaves(is_now[name])]
            more = {"to_version": is_now[name]["version"], "looks_back": is_now[name].get("looks_back", "whole")}
            yield _change("rules", name, "added", f"grants {kind} {value}", *asked, **more)
        elif was[name] != is_now[name]:
            yield _rule(name, was[name], is_now[name])


def _rule(name: str, was: Document, is_now: Document) -> dict[str, Any]:
    words = [*_conditions(was, is_now)]
    fields = ("grants", "on_lapse", "needs")
    words += _differences({f: was[f] for f in fields if f in was}, {f: is_now[f] for f in fields if f in is_now})
    verdict = compared(was, is_now)
    kept = (
        compared(was.get("keep_while", {}), is_now.get("keep_while", {}))
        if "keep_while" in was and "keep_while" in is_now
        else SAME
    )
    if not words and verdict == SAME == kept:
        words = ["only its version or its words are another"]
    both = verdict if kept == SAME else OTHER if verdict not in (SAME, kept) else kept
    binding = {} if both == SAME else _binding(is_now)
    versions = {"from_version": was["version"], "to_version": is_now["version"]}
    return _change("rules", name, "changed", *words, **versions, verdict=both, **binding)


def _binding(rule: Mapping[str, Any]) -> dict[str, Any]:
    """Return from when on a rule binds, and what it means for whoever holds its grant by an earlier one."""
    back = rule.get("looks_back", "whole")
    since = {"whole": "binds the whole history", "now": "binds from the day it is in force"}
    holders = (
        "whoever has it by an earlier version is held to this one" if held_anew(rule) else "whoever has it keeps it"
    )
    return {
        "looks_back": back,
        "holders": "retest" if held_anew(rule) else "keep",
        "binding": f"{since.get(back, f'binds from {back}')}; {holders}",
    }


def _leaves(rule: Mapping[str, Any]) -> list[_Leaf]:
    kept = _below(rule.get("keep_while", {}), ("keep_while",))
    return [*_below(rule, ()), *kept]


def _below(node: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[_Leaf]:
    for op, inner, need in parts(node, ""):
        for _, one in inner:
            here = (*path, f"{need} of" if op == "some" else op)
            if is_group(one):
                yield from _below(one, here)
            else:
                yield here, one


def _conditions(was: Document, is_now: Document) -> Iterator[str]:
    """Yield, condition by condition, what is asked otherwise."""
    old, new = _leaves(was), _leaves(is_now)
    for one in list(old):
        if one in new:
            old.remove(one)
            new.remove(one)
    for path, leaf in list(new):
        match = max(old, key=lambda other: _likeness((path, leaf), other), default=None)
        if match is None or _likeness((path, leaf), match) < _ALIKE:
            continue
        old.remove(match)
        new.remove((path, leaf))
        yield from _told(match, (path, leaf))
    for path, leaf in old:
        yield f"no longer: {_clause(path, leaf)}"
    for path, leaf in new:
        yield f"new: {_clause(path, leaf)}"


def _likeness(one: _Leaf, other: _Leaf) -> int:
    """Return how many fields two conditions share; less than nothing where they measure different things."""
    (path, leaf), (its, node) = one, other
    measure = measure_of(leaf)
    if measure != measure_of(node) or leaf[measure] != node[measure] or leaf.get("of") != node.get("of"):
        return -1
    shared: int = sum(leaf.get(field) == node.get(field) for field in {*leaf, *node})
    return shared + 2 * (path == its) + _ALIKE


def _told(was: _Leaf, is_now: _Leaf) -> Iterator[str]:
    (its, old), (path, new) = was, is_now
    named = {name: value for name, value in old.items() if name != "label"}
    if {name: value for name, value in new.items() if name != "label"} == named and its == path:
        yield f"{in_full(new)}: is called {new.get('label', 'nothing')} now"
        return
    fields = ("at_least", "at_most", "within", "since", "per", "where", "having", "at_most_each")
    told = [_asks(field, old.get(field), new.get(field)) for field in fields if old.get(field) != new.get(field)]
    if its != path:
        told.append(f"stands under {' '.join(path)} instead of {' '.join(its)}")
    yield f"{_prefix(path)}{_subject(new)}: {'; '.join(told)}"


def _asks(field: str, was: Any, is_now: Any) -> str:  # noqa: ANN401  JSON
    if field in ("at_least", "at_most"):
        what = "asks for" if field == "at_least" else "allows at most"
        if was is None or is_now is None:
            return f"{what} {time(is_now)}" if was is None else f"no longer {what} {time(was)}"
        return f"{what} {time(is_now)} instead of {time(was)}"
    name = field.replace("_", " ")
    if field == "having":
        was, is_now = ([in_full(one) for one in some or ()] for some in (was, is_now))
    if was is None or is_now is None:
        return f"{name} {_shown(is_now)}, which was not asked" if was is None else f"no longer {name} {_shown(was)}"
    return f"{name} {_shown(is_now)} instead of {_shown(was)}"


def _subject(node: Document) -> str:
    """Return what a condition measures in words, without its bounds."""
    measure = measure_of(node)
    if measure == "holds":
        return in_full({"holds": node["holds"]})
    of = f" of {node['of']}" if "of" in node else ""
    return f"{measure} {node[measure]}{of}".replace("_", " ")


def _clause(path: tuple[str, ...], node: Document) -> str:
    return f"{_prefix(path)}{in_full(node)}"


def _prefix(path: tuple[str, ...]) -> str:
    keeping = "to keep it, " if "keep_while" in path else ""
    if "none" in path:
        return f"{keeping}must not: "
    way = next((op for op in reversed(path) if op == "any" or op.endswith(" of")), "")
    return f"{keeping}{'one way: ' if way == 'any' else f'of which {way[:-3]} must hold: ' if way else ''}"
