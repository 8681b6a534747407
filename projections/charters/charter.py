"""A community's charter: read, checked, and which of its rules are in force when."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from graphlib import CycleError, TopologicalSorter
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from projections.charters.language import Grant, Leaf, Rule, asks_for
from projections.charters.mending import follows, marred_rules, mended
from projections.charters.reader import Reader
from projections.charters.recognition import recognitions, unissuable
from projections.charters.text import read_text
from projections.errors import CharterError, CharterFault
from schemas import Fault, check_charter, foreign

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from projections.charters.text import Text

PRESETS = (
    "starter",
    "open-source",
    "discourse",
    "kubernetes",
    "apache",
    "node-tsc",
    "cncf",
    "meetings",
    "care-circle",
    "teachers",
    "creators",
)
"""The ready charters, the leanest first; the first comment of each says what it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Charter:
    """A charter that has been read; `rules` stand so that each comes after those whose grants it asks for."""

    document: Mapping[str, Any]
    rules: tuple[Rule, ...]
    zone: ZoneInfo
    version: int = 0
    effective: int = 0  # µs
    published: int | None = None  # µs; None: it is not

    @property
    def announced(self) -> bool:
        """Whether it was published for a later day: until then the one before it binds."""
        return self.published is not None and self.effective > self.published

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

    def recognised(self) -> dict[Grant, dict[str, Any]]:
        """Return what credentials are given for, by grant: see `recognition.recognitions`."""
        return recognitions(self.document)

    def level_name(self, level: int) -> str:
        """Return what the ladder calls a level."""
        rung = self.by("ladder", "level").get(level)
        return str(rung["name"]) if rung else ("Not yet on the ladder" if level == 0 else f"Level {level}")


def read_charter(text: str | Mapping[str, Any]) -> dict[str, Any]:
    """Return a charter's document from YAML or JSON text. Raises `CharterError` where it is neither."""
    read = read_text(text)
    if read.faults or not isinstance(read.document, dict):
        raise CharterError(read.faults or (_no_charter(read),))
    return read.document


def parse_charter(
    text: str | Mapping[str, Any],
    *,
    token: Callable[[str], str] = str,
    version: int = 0,
    effective: int = 0,
    published: int | None = None,
) -> Charter:
    """Return the charter, or raise `CharterError` with every fault in it, each with its place in the text.

    `token` makes a literal what the ledger stores for it (`Book.token`); the linter needs none.
    """
    read = read_text(text)
    if not isinstance(read.document, dict):
        raise CharterError(read.faults or (_no_charter(read),))
    document = read.document
    shape = [fault for fault in check_charter(document) if fault.pointer not in read.broken]
    marred = {fault.pointer for fault in (*read.faults, *shape)}
    faults: list[Fault] = []
    rules = _rules(document, token, marred, faults)
    faults += _twice(document, marred)
    if published is None and foreign(document) is None:  # what was published is read as it was
        faults += unissuable(document, marred)
    zone = _zone(document.get("timezone", "UTC"), faults)
    ordered = _ordered(rules, faults)
    found = [*read.faults, *map(read.placed, (*shape, *(one for one in faults if not follows(one, marred))))]
    if found:
        raise CharterError(found)
    return Charter(
        document=document, rules=ordered, zone=zone, version=version, effective=effective, published=published
    )


def refused(text: str | Mapping[str, Any], faults: Iterable[Fault]) -> CharterError:
    """Return the error for what else is wrong with a charter that was read, each fault with its place in the text."""
    return CharterError(tuple(map(read_text(text).placed, faults)))


def faults_of(text: str | Mapping[str, Any]) -> tuple[CharterFault, ...]:
    """Return all that is wrong with a charter, in the order of its text; () means that it can be used."""
    try:
        parse_charter(text)
    except CharterError as error:
        return error.faults
    return ()


def _no_charter(read: Text) -> CharterFault:
    got = {list: "a list", str: "text", type(None): "nothing"}.get(type(read.document), "a single value")
    return read.placed(Fault("", f"wanted a charter (`charter: 1`, `name: ...` and further parts), got {got}"))


def _rules(
    document: Mapping[str, Any], token: Callable[[str], str], marred: Collection[str], faults: list[Fault]
) -> list[Rule]:
    """Return those rules that are wholly sound; read what can be read of the others, for their faults' sake."""
    reader = Reader(token)
    listed = mended(document.get("rules")) if marred else document["rules"]
    read = {f"/rules/{n}": reader.rule(rule, f"/rules/{n}") for n, rule in enumerate(listed) if rule is not None}
    faults += reader.faults
    poor = marred_rules(marred)
    return [rule for at, rule in read.items() if rule is not None and at not in poor]


def preset(name: str) -> str:
    """Return the text of a ready charter. Raises `CharterError` for a name that is none of `PRESETS`."""
    if name not in PRESETS:
        raise CharterError((CharterFault("", f"wanted a preset: {', '.join(PRESETS)}; got {name}"),))
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


_KEYS = {
    "rules": "rule",
    "ladder": "level",
    "leader_roles": "role",
    "badges": "badge",
    "outcomes": "outcome",
    "activities": "activity",
    "cohorts": "cohort",
    "sources": "source",
}
_DESCRIBED = {"level": "ladder", "badge": "badges", "microcredential": "badges", "eligible": "leader_roles"}


def _twice(document: Mapping[str, Any], marred: Collection[str]) -> list[Fault]:
    """Find names used twice, and grants of levels, roles and badges that the charter does not describe."""
    faults = []
    named = {part: _named(document.get(part), key, str | int) for part, key in _KEYS.items()}
    for part, key in _KEYS.items():
        seen = set()
        for n, name in named[part]:
            if name in seen:
                faults.append(Fault(f"/{part}/{n}/{key}", f"wanted each {key} once, got {name} again"))
            seen.add(name)
    whole = {part for part in _KEYS if not any(f"{one}/".startswith(f"/{part}/") for one in marred)}
    for n, grants in _named(document.get("rules"), "grants", dict):
        for kind, value in grants.items():
            part = _DESCRIBED.get(kind, "")
            if part in whole and isinstance(value, str | int):
                known = [name for _, name in named[part]]
                if value not in known:
                    words = f"wanted {value} to be described under {part}, got only {_listed(known)}"
                    near = get_close_matches(str(value), map(str, known), 1)
                    hint = f" (did you mean {near[0]}?)" if near and isinstance(value, str) else ""
                    faults.append(Fault(f"/rules/{n}/grants/{kind}", words + hint))
    return faults


def _named(part: Any, key: str, kind: Any) -> list[tuple[int, Any]]:  # noqa: ANN401  any value whatever
    """Return, with their numbers, what the entries of a part say under a key, where it is of that kind."""
    entries = part if isinstance(part, list) else []
    found = ((n, one.get(key)) for n, one in enumerate(entries) if isinstance(one, dict))
    return [(n, value) for n, value in found if isinstance(value, kind)]


def _listed(known: Iterable[object]) -> str:
    return ", ".join(map(str, known)) or "nothing"


def _zone(name: Any, faults: list[Fault]) -> ZoneInfo:  # noqa: ANN401  any value whatever
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError, TypeError):
        faults.append(Fault("/timezone", f"wanted a time zone as Europe/London, got {name}"))
        return ZoneInfo("UTC")
