"""A community's charter: read, checked, and which of its rules are in force when."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from projections.errors import CharterError
from projections.language import Grant, Leaf, Rule, asks_for
from projections.reader import Reader
from projections.spans import DOOM
from schemas import Fault, check_charter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PRESETS = ("open-source", "care-circle", "starter", "meetings")
_LONGEST_CHARTER = 262_144  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Charter:
    """A charter that has been read; `rules` stand so that each comes after those whose grants it asks for."""

    document: Mapping[str, Any]
    rules: tuple[Rule, ...]
    zone: ZoneInfo
    version: int = 0
    effective: int = 0  # µs
    published: int = DOOM  # µs; where it was not yet, no day is later than that

    @property
    def name(self) -> str:
        """The community's name in its own words."""
        return str(self.document["name"])

    def by(self, part: str, key: str) -> dict[Any, Mapping[str, Any]]:
        """Return a part of the document by its key: `charter.by("badges", "badge")`."""
        return {one[key]: one for one in self.document.get(part, ())}

    def rule(self, slug: str) -> Rule | None:
        """Return the rule of that name, or None."""
        return next((rule for rule in self.rules if rule.slug == slug), None)

    def level_name(self, level: int) -> str:
        """Return what the ladder calls a level."""
        rung = self.by("ladder", "level").get(level)
        return str(rung["name"]) if rung else ("Not yet on the ladder" if level == 0 else f"Level {level}")


def read_charter(text: str | Mapping[str, Any]) -> dict[str, Any]:
    """Return a charter's document from YAML or JSON text. Raises `CharterError` where it is neither."""
    if not isinstance(text, str):
        return dict(text)
    if len(text) > _LONGEST_CHARTER:
        raise CharterError((Fault("", f"wanted at most {_LONGEST_CHARTER} characters, got {len(text)}"),))
    try:
        document = yaml.load(text, Loader=_Loader)  # noqa: S506  a SafeLoader without aliases and YAML's own types
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise CharterError((Fault("", f"wanted YAML or JSON, got: {error}"),)) from error
    if not isinstance(document, dict):
        raise CharterError((Fault("", f"wanted a mapping of parts, got {type(document).__name__}"),))
    return document


def parse_charter(
    text: str | Mapping[str, Any],
    *,
    token: Callable[[str], str] = str,
    version: int = 0,
    effective: int = 0,
    published: int = DOOM,
) -> Charter:
    """Return the charter, or raise `CharterError` with every fault in it.

    `token` makes a literal what the ledger stores for it (`Book.token`); the linter needs none.
    """
    document = read_charter(text)
    faults = list(check_charter(document))
    if faults:
        raise CharterError(tuple(faults))
    reader = Reader(token)
    read = [reader.rule(rule, f"/rules/{n}") for n, rule in enumerate(document["rules"])]
    faults = [*reader.faults, *_twice(document)]
    zone = _zone(document.get("timezone", "UTC"), faults)
    rules = _ordered([rule for rule in read if rule is not None], faults)
    if faults:
        raise CharterError(tuple(faults))
    return Charter(document=document, rules=rules, zone=zone, version=version, effective=effective, published=published)


def preset(name: str) -> str:
    """Return the text of a ready charter. Raises `CharterError` for a name that is none of `PRESETS`."""
    if name not in PRESETS:
        raise CharterError((Fault("", f"wanted a preset: {', '.join(PRESETS)}; got {name}"),))
    return files("projections").joinpath("presets", f"{name}.yaml").read_text(encoding="utf-8")


def _ordered(rules: list[Rule], faults: list[Fault]) -> tuple[Rule, ...]:
    """Sort the rules so that each follows those whose grants it holds on to; a circle is a fault."""
    granting: dict[Grant, set[str]] = {}
    for rule in rules:
        granting.setdefault(rule.grants, set()).add(rule.slug)
    needs = {rule.slug: {slug for leaf in rule.leaves for slug in _granters(leaf, granting)} for rule in rules}
    try:
        order = list(TopologicalSorter({slug: sorted(before) for slug, before in sorted(needs.items())}).static_order())
    except CycleError as error:
        circle = " -> ".join(error.args[1])
        faults.append(Fault("/rules", f"wanted rules that do not wait for each other, got {circle}"))
        return ()
    return tuple(sorted(rules, key=lambda rule: order.index(rule.slug)))


def _granters(leaf: Leaf, granting: Mapping[Grant, set[str]]) -> set[str]:
    return {slug for grant, slugs in granting.items() if leaf.grant and asks_for(leaf, grant) for slug in slugs}


def _twice(document: Mapping[str, Any]) -> list[Fault]:
    """Find names used twice, and grants of levels, roles and badges that the charter does not describe."""
    faults = []
    parts = {
        "rules": "rule",
        "ladder": "level",
        "leader_roles": "role",
        "badges": "badge",
        "outcomes": "outcome",
    }
    for part, key in parts.items():
        seen = set()
        for n, one in enumerate(document.get(part, ())):
            if one[key] in seen:
                faults.append(Fault(f"/{part}/{n}/{key}", f"wanted each {key} once, got {one[key]} again"))
            seen.add(one[key])
    described = {"level": "ladder", "badge": "badges", "microcredential": "badges", "eligible": "leader_roles"}
    for n, rule in enumerate(document["rules"]):
        ((kind, value),) = rule["grants"].items()
        if kind in described:
            where = described[kind]
            known = [one[parts[where]] for one in document.get(where, ())]
            if value not in known:
                got = ", ".join(map(str, known)) or "nothing"
                words = f"wanted {value} to be described under {where}, got only {got}"
                faults.append(Fault(f"/rules/{n}/grants/{kind}", words))
    return faults


def _zone(name: str, faults: list[Fault]) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        faults.append(Fault("/timezone", f"wanted a time zone as Europe/London, got {name}"))
        return ZoneInfo("UTC")


class _Loader(yaml.SafeLoader):
    """Plain YAML: no aliases (they can grow without bound), no dates or octals turned behind one's back."""

    yaml_implicit_resolvers = {  # noqa: RUF012  as the base class declares it
        first: [(tag, pattern) for tag, pattern in pairs if tag != "tag:yaml.org,2002:timestamp"]
        for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases are not allowed at all")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002  the base's signature
        names = [str(key.value) for key, _ in node.value]
        twice = next((name for name, count in Counter(names).items() if count > 1), None)
        if twice is not None:
            raise yaml.YAMLError(f"{twice} stands twice in one mapping (line {node.start_mark.line + 1})")
        return super().construct_mapping(node, deep)
