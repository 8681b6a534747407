"""What a charter gives credentials for: its badges, and those levels and leader roles of which it says so.

What is said of them ends in signed documents that anyone may verify. So it is held, before it is published, to what
every verifier reads alike (`unissuable`); a charter that was published before it was held to that is read as it is.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from projections.charters.extent import MOST_BYTES, MOST_VALUES, extent
from projections.charters.language import duration
from projections.charters.language import grant as grant_of
from schemas import Fault

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from projections.charters.language import Grant

BY_ASSIGNMENT = "by-assignment"
"""What stands in the place of a rule where a term is one that somebody gave; no rule may be called so."""

DECIMALS = 4  # of a number; verifiers write those of smaller ones differently
_PARTS = {"badge": ("badges", "badge"), "level": ("ladder", "level"), "role": ("leader_roles", "role")}
_OWN = {"level": "can", "role": "duties"}  # what describes it, where its credential does not
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_WRITTEN = ("name", "description", "criteria", "can", "duties", "statement")


def recognitions(document: Mapping[str, Any]) -> dict[Grant, dict[str, Any]]:
    """Return, by grant, what a charter gives credentials for, each with the fields of a badge.

    A level's or a role's `badge` is `level-2` or `role-host`; what its credential leaves out is its own.
    """
    return {grant: said for grant, said, _ in places(document)}


def issuable(document: Mapping[str, Any]) -> dict[Grant, dict[str, Any]]:
    """Return what `recognitions` does, less what `unissuable` finds at fault, and what a rule at fault grants."""
    at_fault = [fault.pointer for fault in unissuable(document)]
    listed = ("/rules/", *(f"/{part}/" for part, _ in _PARTS.values()))
    if any(not one.startswith(listed) for one in at_fault):
        return {}
    bad = {"/".join(one.split("/")[:3]) for one in at_fault}
    rules = (rule for n, rule in enumerate(_listed(document, "rules")) if f"/rules/{n}" in bad)
    granted = {grant_of(rule["grants"]) for rule in rules}
    sound = ((grant, said) for grant, said, at in places(document) if at.removesuffix("/credential") not in bad)
    return {grant: said for grant, said in sound if grant not in granted}


def places(document: Mapping[str, Any], marred: Collection[str] = ()) -> Iterator[tuple[Grant, dict[str, Any], str]]:
    """Yield each grant with what is said of it and the pointer to where; but none in which something is at fault."""
    for kind, (part, key) in _PARTS.items():
        for n, one in enumerate(_listed(document, part)):
            at = f"/{part}/{n}"
            if any(f"{bad}/".startswith(f"{at}/") for bad in marred):
                continue
            if kind == "badge":
                yield (kind, one[key]), dict(one), at
            elif "credential" in one:
                own = {"badge": f"{kind}-{one[key]}", "name": one["name"]}
                own |= {"description": one[_OWN[kind]]} if _OWN[kind] in one else {}
                yield (kind, str(one[key])), own | one["credential"], f"{at}/credential"


def _listed(document: Mapping[str, Any], part: str) -> list[Any]:
    listed = document.get(part)
    return listed if isinstance(listed, list) else []


def unissuable(document: Mapping[str, Any], marred: Collection[str] = ()) -> list[Fault]:
    """Return why what a charter gives credentials for makes none that every verifier reads alike; [] where it does.

    `marred`: pointers to what is at fault already and is left out.
    """
    faults: list[Fault] = []
    for part in ("name", "domain", "outcomes", "ladder", "leader_roles", "badges"):
        faults += _texts(document.get(part), f"/{part}")
    for n, rule in enumerate(_listed(document, "rules")):
        if isinstance(rule, dict) and rule.get("rule") == BY_ASSIGNMENT:
            words = f"wanted another name, got {BY_ASSIGNMENT}, which is said of terms that somebody gave"
            faults.append(Fault(f"/rules/{n}/rule", words))
    named = [one.get("badge") for one in _listed(document, "badges") if isinstance(one, dict)]
    badges = None if any(one.startswith("/badges") for one in marred) else [str(one) for one in named]
    for grant, said, at in places(document, marred):
        faults += _recognition(grant, said, at)
        faults += _too_large(*extent(document, grant, said), at)
        faults += _related(grant, said, f"{at}/related", badges)
    return faults


def _texts(value: Any, at: str) -> Iterator[Fault]:  # noqa: ANN401  JSON
    """Find text that some verifiers escape and others do not, and names that are nothing but spaces."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in _WRITTEN and isinstance(inner, str) and inner and not inner.strip():
                yield Fault(f"{at}/{name}", "wanted words, got only spaces")
            yield from _texts(inner, f"{at}/{name}")
    elif isinstance(value, list):
        for n, inner in enumerate(value):
            yield from _texts(inner, f"{at}/{n}")
    elif isinstance(value, str) and (found := _CONTROL.search(value)):
        yield Fault(at, f"wanted text without control characters, got U+{ord(found[0]):04X}")
    elif isinstance(value, float) and round(value, DECIMALS) != value:
        yield Fault(at, f"wanted a number with at most {DECIMALS} decimals, got {value}")


def _recognition(grant: Grant, said: Mapping[str, Any], at: str) -> Iterator[Fault]:
    if "description" not in said:
        own = f"{at.removesuffix('/credential')}/{_OWN[grant[0]]}"
        yield Fault(f"{at}/description", f"wanted a description of what it is given for, here or as {own}, got neither")
    if "expires" in said and not duration(said["expires"]):
        yield Fault(f"{at}/expires", f"wanted some time, got {said['expires']}: it would end when it is given")
    tags = list(dict.fromkeys(said.get("tags", ())))
    if sorted(tags) != sorted(tags, key=lambda tag: tag.encode("utf-16-be")):
        words = (
            "wanted tags that every verifier sorts alike, got some beyond the basic plane beside others that are not"
        )
        yield Fault(f"{at}/tags", words)
    yield from _once([one["result"] for one in said.get("results", ())], f"{at}/results", "result")
    for n, result in enumerate(said.get("results", ())):
        yield from _result(result, f"{at}/results/{n}")


def _too_large(values: int, size: int, at: str) -> Iterator[Fault]:
    if values > MOST_VALUES or size > MOST_BYTES:
        wanted = f"at most {MOST_VALUES:,} JSON values and {MOST_BYTES:,} bytes, which every verifier reads"
        yield Fault(at, f"wanted what makes a credential of {wanted}, got some {values:,} and {size:,}")


def _result(result: Mapping[str, Any], at: str) -> Iterator[Fault]:
    levels = [one["level"] for one in result.get("levels", ())]
    yield from _once(levels, f"{at}/levels", "level")
    if "required_level" in result and result["required_level"] not in levels:
        known = ", ".join(levels) or "it has none"
        yield Fault(f"{at}/required_level", f"wanted one of its levels: {known}; got {result['required_level']}")


def _related(grant: Grant, said: Mapping[str, Any], at: str, badges: Collection[str] | None) -> Iterator[Fault]:
    related = said.get("related", ())
    yield from _once([one.get("url") or (one["badge"], str(one.get("version"))) for one in related], at, "")
    for n, one in enumerate(related):
        if "badge" in one and badges is not None and one["badge"] not in badges:
            known = ", ".join(badges) or "it has none"
            yield Fault(f"{at}/{n}/badge", f"wanted a badge of this charter: {known}; got {one['badge']}")
        own = str(said["version"]) if "version" in said else None
        if ("badge", one.get("badge")) == grant and one.get("version", own) in (None, own, said.get("version")):
            yield Fault(f"{at}/{n}", f"wanted another badge, or another version of this one, got {one['badge']} itself")


def _once(names: Iterable[object], at: str, key: str) -> Iterator[Fault]:
    seen: Counter[object] = Counter()
    for n, name in enumerate(names):
        seen[name] += 1
        if seen[name] > 1:
            shown = name if isinstance(name, str) else name[0] if isinstance(name, tuple) else name
            yield Fault(f"{at}/{n}/{key}".rstrip("/"), f"wanted each once, got {shown} again")
