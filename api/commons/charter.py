"""The charter for whoever wants to know what a community has agreed on: in words, with every version there was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from api.web.problems import not_found
from projections import diff, outward, rules_in_words
from schemas import format_time, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from api.installation import Installation
    from ledger import Fact

Context = dict[str, Any]
VERSIONS = 20  # told of on a page, the latest first
_GROUPS: Final = (
    ("level", say("Levels")),
    ("badge", say("Badges")),
    ("eligible", say("Who may be asked to lead")),
    ("role", say("Roles")),
    ("cohort", say("Cohorts")),
)
_SKEW = 60_000_000  # µs
_PARTS: Final = {
    "rules": "Rule",
    "ladder": "Level",
    "leader_roles": "Role",
    "badges": "Badge",
    "cohorts": "Cohort",
    "outcomes": "Outcome",
    "evidence": "Evidence of",
    "activities": "Activity",
    "sources": "Source",
    "targets": "Target",
    "norms": "Norm",
    "domain": "Domain",
}


def charter_in_words(
    here: Installation, community: str, *, inside: bool, version: int | None, before: int | None
) -> Context:
    """Return the charter in force, or the one of a `version`, in words; and the versions below `before`. Blocks.

    Those outside are not told which platforms report, what is aimed at, nor what a rule names of either. Raises a
    404 problem for a version there never was.
    """
    facts = here.book.charters(community)
    current = here.standings.charter(community).version
    number = current if version is None else version
    if version is not None and number > len(facts):
        raise not_found("charter")
    read = (lambda fact: fact.open["document"]) if inside else (lambda fact: outward(fact.open["document"]))
    told: Context = {"version": number, "current": current, "shown": None, "versions": [], "earlier": None}
    if not facts:
        return told
    last = len(facts) if before is None else min(before - 1, len(facts))
    first = max(1, last - VERSIONS + 1)
    told["shown"] = _shown(here, community, facts[number - 1], read)
    told["versions"] = [_version(facts, each, current, read) for each in range(last, first - 1, -1)]
    told["earlier"] = first if first > 1 else None
    return told


def _shown(here: Installation, community: str, fact: Fact, read: Any) -> Context:  # noqa: ANN401  a function
    document = read(fact)
    charter = here.standings.charter_version(community, fact.open["charter_version"])
    rules = rules_in_words(charter, document)
    shows = document.get("evidence", ())
    return {
        "state": _state(fact.open["charter_version"], here.standings.charter(community).version),
        **_dates(fact),
        "statement": document.get("domain", {}).get("statement"),
        "call": document.get("domain", {}).get("call_to_action"),
        "outcomes": [
            {"can": one["can"], "shows": [each["shows"] for each in shows if each["outcome"] == one["outcome"]]}
            for one in document.get("outcomes", ())
        ],
        "groups": [
            {"kind": kind, "title": title, "rules": _sorted(kind, rules)}
            for kind, title in _GROUPS
            if any(one["kind"] == kind for one in rules)
        ],
        "roles": list(document.get("leader_roles", ())),
        "norms": list(document.get("norms", ())),
        "targets": sorted(document.get("targets", {}).items()),
    }


def _sorted(kind: str, rules: Iterable[Context]) -> list[Context]:
    found = [one for one in rules if one["kind"] == kind]
    return sorted(found, key=lambda one: int(one["value"])) if kind == "level" else found


def _version(facts: list[Fact], number: int, current: int, read: Any) -> Context:  # noqa: ANN401  a function
    fact = facts[number - 1]
    changes = diff(read(facts[number - 2]), read(fact)) if number > 1 else []
    return {
        "number": number,
        "state": _state(number, current),
        **_dates(fact),
        "changes": [_change(one) for one in changes],
    }


def _state(number: int, current: int) -> str:
    return "now" if number == current else "past" if number < current else "ahead"


def _dates(fact: Fact) -> Context:
    """Return when a version was published, and from when it binds where that is another day."""
    later = fact.open["effective"] > fact.recorded + _SKEW
    return {
        "published": format_time(fact.recorded),
        "effective": format_time(fact.open["effective"]) if later else None,
    }


def _change(one: Mapping[str, Any]) -> Context:
    return {
        "what": f"{_PARTS[one['part']]} \u201c{one['name']}\u201d" if one["part"] in _PARTS else str(one["name"]),
        "change": one["change"],
        "words": list(one["words"]),
        "binding": one.get("binding", ""),
        "verdict": {"tighter": "asks for more", "looser": "asks for less"}.get(one.get("verdict", ""), ""),
    }
