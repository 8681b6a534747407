"""A rule's conditions as the charter writes them: where each stands, what it asks, and which asks for more.

The linter and the comparison of two charters read the text itself, not what the engine makes of it, so that
what they say can be found there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from projections.charters.language import GROUPS, MEASURES, duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Node = dict[str, Any]
DAY = 86_400_000_000  # µs
_RECEIVED = {"latest": "metric", "change": "response", "tenure": "activity", "holds": "", "open": "moderation"}
_DURATION = re.compile(r"[0-9]+[hdw]")
_UNITS = {"h": "hour", "d": "day", "w": "week"}


class Condition(NamedTuple):
    """One condition and where it stands. `wanted`: it must hold; else (under `none`) it must not."""

    pointer: str
    node: Mapping[str, Any]
    wanted: bool

    @property
    def measure(self) -> str:
        """The measure's name."""
        return measure_of(self.node)

    @property
    def fact(self) -> str:
        """The kind of fact that is counted; "" where none is."""
        return fact_of(self.node)

    @property
    def low(self) -> int | None:
        """What it must reach: a number, a percentage, or for time µs."""
        return bound(self.node, "at_least")

    @property
    def high(self) -> int | None:
        """What it must not pass."""
        return bound(self.node, "at_most")


def is_group(node: Mapping[str, Any]) -> bool:
    """Return whether a node is a group of others."""
    return any(op in node for op in GROUPS)


def parts(node: Mapping[str, Any], at: str) -> Iterator[tuple[str, list[tuple[str, Node]], int]]:
    """Yield each group of a rule or a node: its kind, what is in it with pointers, and how many are asked for."""
    for op in GROUPS:
        if op in node:
            body, inner = (node[op]["of"], f"{at}/some/of") if op == "some" else (node[op], f"{at}/{op}")
            need = node[op]["at_least"] if op == "some" else len(body) if op == "all" else 1
            yield op, [(f"{inner}/{n}", one) for n, one in enumerate(body)], need


def conditions(node: Mapping[str, Any], at: str, *, wanted: bool = True) -> Iterator[Condition]:
    """Yield every condition of a rule or a node, those of `keep_while` apart, from left to right."""
    for op, inner, _ in parts(node, at):
        for pointer, one in inner:
            so = wanted if op != "none" else not wanted
            if is_group(one):
                yield from conditions(one, pointer, wanted=so)
            else:
                yield Condition(pointer, one, so)


def every_condition(rule: Mapping[str, Any], at: str) -> Iterator[Condition]:
    """Yield every condition of a rule: to get the grant, to keep it, and of the works it counts."""
    both = [*conditions(rule, at), *conditions(rule.get("keep_while", {}), f"{at}/keep_while")]
    for one in both:
        yield one
        for n, inner in enumerate(one.node.get("having", ())):
            yield Condition(f"{one.pointer}/having/{n}", inner, one.wanted)


def must(node: Mapping[str, Any], at: str) -> list[Condition]:
    """Return the conditions that must all hold, or must not: what stands in `all` and `none`, however deep."""
    found = []
    for op, inner, need in parts(node, at):
        for pointer, one in inner:
            if op == "none":
                found += [Condition(pointer, one, False)] if not is_group(one) else _none_of(one, pointer)  # noqa: FBT003  not wanted
            elif need == len(inner):
                found += must(one, pointer) if is_group(one) else [Condition(pointer, one, True)]  # noqa: FBT003  wanted
    return found


def _none_of(node: Mapping[str, Any], at: str) -> list[Condition]:
    """Return what must not hold where none of a group's ways may: of `any`, each."""
    return [
        Condition(pointer, one, False)  # noqa: FBT003  not wanted
        for op, inner, _ in parts(node, at)
        if op == "any"
        for pointer, one in inner
        if not is_group(one)
    ]


def measure_of(node: Mapping[str, Any]) -> str:
    """Return a condition's measure."""
    return next(measure for measure in MEASURES if measure in node)


def fact_of(node: Mapping[str, Any]) -> str:
    """Return the kind of fact a condition counts; "" where it counts none."""
    measure = measure_of(node)
    if measure in ("distinct", "sum"):
        return str(node["of"])
    return _RECEIVED.get(measure, str(node[measure]))


def grant_of(document: Mapping[str, Any]) -> tuple[str, Any]:
    """Return what a rule grants, or a condition asks for; a microcredential is a badge."""
    ((kind, value),) = document.items()
    return ("badge" if kind == "microcredential" else kind, value)


def amount(written: int | str) -> int:
    """Return a bound as a number: 25 for 25%, µs for 90d."""
    if isinstance(written, int):
        return written
    return int(written[:-1]) if written.endswith("%") else duration(written)


def bound(node: Mapping[str, Any], name: str) -> int | None:
    """Return a bound of a condition; what `holds` and `open` ask for where nothing is said is 1."""
    if name in node:
        return amount(node[name])
    default = name == "at_least" and "at_most" not in node and measure_of(node) in ("holds", "open")
    return 1 if default else None


def subject(node: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a condition measures, whatever it must reach and however it is called."""
    return {name: value for name, value in node.items() if name not in ("at_least", "at_most", "label")}


def within_other(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Return whether there can never be more of what one condition measures than of what another does."""
    mine, its = subject(one), subject(other)
    window, wider = mine.pop("within", None), its.pop("within", None)
    tests, fewer = mine.pop("where", {}), its.pop("where", {})
    since, later = mine.pop("since", None), its.pop("since", None)
    if wider is not None and (window is None or amount(window) > amount(wider)):
        return False
    if later is not None and since != later:
        return False
    grows = measure_of(one) in ("count", "distinct", "days", "streak", "open")
    if tests == fewer and window == wider and since == later:
        return mine == its
    return mine == its and grows and all(_narrower(tests.get(field), wanted) for field, wanted in fewer.items())


def _narrower(one: Any, other: Any) -> bool:  # noqa: ANN401  what `where` says
    """Return whether a test lets nothing through that another stops."""
    if one is None or isinstance(one, dict) != isinstance(other, dict):
        return False
    if isinstance(one, dict):
        low, high = other.get("at_least"), other.get("at_most")
        above = low is None or one.get("at_least", low - 1) >= low
        return above and (high is None or one.get("at_most", high + 1) <= high)
    return set(listed(one)) <= set(listed(other))


def listed(wanted: Any) -> list[Any]:  # noqa: ANN401  what `where` says
    """Return the values a test allows."""
    return wanted if isinstance(wanted, list) else [wanted]


# In words


def said(node: Mapping[str, Any]) -> str:
    """Return a condition in words: its label, else what it measures and must reach."""
    return str(node["label"]) if "label" in node else in_full(node)


def in_full(node: Mapping[str, Any]) -> str:
    """Return a condition in words, its label apart."""
    measure = measure_of(node)
    if measure == "holds":
        kind, value = grant_of(node["holds"])
        what = f"holds {kind} {value}"
        return f"{what}, {_bounds(node)}" if "at_least" in node or "at_most" in node else what
    of = f" of {node['of']}" if "of" in node else ""
    what = f"{measure} {node[measure]}{of}".replace("_", " ")
    where = "".join(f", {field} {_test(wanted)}" for field, wanted in node.get("where", {}).items())
    having = "".join(f", each with {in_full(one)}" for one in node.get("having", ()))
    return f"{what}{where}{having}, {_bounds(node)}{window(node)}"


def window(node: Mapping[str, Any]) -> str:
    """Return in which time a condition counts, in words; "" for all of it."""
    each = "".join(f", at most {most} of each {field}" for field, most in node.get("at_most_each", {}).items())
    since = node.get("since")
    if isinstance(since, dict):
        since = " ".join(map(str, grant_of(since)))
    began = f" since {since}" if since else ""
    length = f" within {time(node['within'])}" if "within" in node else ""
    return f"{length}{began}{each}"


def time(written: int | str) -> str:
    """Return `90d` in words; anything else as it is."""
    if not isinstance(written, str) or not _DURATION.fullmatch(written):
        return str(written)
    number = int(written[:-1])
    return f"{number} {_UNITS[written[-1]]}{'' if number == 1 else 's'}"


def _bounds(node: Mapping[str, Any]) -> str:
    told = [f"at least {time(node['at_least'])}"] if "at_least" in node else []
    return " and ".join([*told, *([f"at most {time(node['at_most'])}"] if "at_most" in node else [])]) or "at least 1"


def _test(wanted: Any) -> str:  # noqa: ANN401  what `where` says
    if isinstance(wanted, dict):
        return " and ".join(f"{name.replace('_', ' ')} {value}" for name, value in wanted.items())
    return " or ".join(map(str, listed(wanted)))
