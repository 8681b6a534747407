"""What another charter would do, in the words and the order in which a manager reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.words.wording import name_of, plain
from ledger import ErasedError
from schemas import marked, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from api.installation import Installation

Context = dict[str, Any]
MOST_NAMED = 25  # people named of each gain and of each loss
MOST_COHORTS = 12
_CALLED = {  # a grant: the charter's part that describes it, the key and the name there, and the words for it
    "level": ("ladder", "level", marked("Level %(value)s, %(name)s")),
    "badge": ("badges", "badge", marked("The badge %(name)s")),
    "eligible": ("leader_roles", "role", marked("Ready to be %(name)s")),
    "role": ("leader_roles", "role", marked("The role %(name)s")),
    "cohort": ("cohorts", "cohort", marked("The cohort %(name)s")),
}


def what_if(here: Installation, community: str, document: Mapping[str, Any], found: Mapping[str, Any]) -> Context:
    """Return the context of what a charter would do: `found` is a study's answer to `document`. Blocks."""
    changes = [_change(here, community, document, grant, found) for grant in found["grants"]]
    gaining, losing, moving = ({one["account"] for one in found[part]} for part in ("gains", "losses", "moved"))
    return {
        "facts": found["position"],
        "gaining": len(gaining),
        "losing": len(losing),
        "moving": len(moving - gaining - losing),
        "untouched": found["members"] - len(gaining | losing | moving),
        "changes": changes,
        "ladder": found["ladder"],
        "cohorts": _cohorts(found["cohorts"]),
    }


def _change(
    here: Installation, community: str, document: Mapping[str, Any], grant: Mapping[str, Any], found: Mapping[str, Any]
) -> Context:
    """Return what becomes of one thing that rules grant: in numbers, and who gains and loses it."""
    gains, losses, moved = (
        [one for one in found[part] if (one["grant"], one["value"]) == (grant["grant"], grant["value"])]
        for part in ("gains", "losses", "moved")
    )
    earlier = sum(one["since"] is None or (one["was"] or "9") > one["since"] for one in moved)
    now, then = grant["holding"]
    return {
        "name": called(document, grant["grant"], grant["value"]),
        "now": now,
        "then": then,
        "gain": len(gains),
        "lose": len(losses),
        "earlier": earlier,
        "later": len(moved) - earlier,
        "gaining": list(_people(here, community, gains[:MOST_NAMED])),
        "losing": list(_people(here, community, losses[:MOST_NAMED])),
    }


def called(document: Mapping[str, Any], kind: str, value: str | int) -> str:
    """Return what a charter calls something that its rules grant: `The badge First share`."""
    if kind not in _CALLED:
        return f"{plain(kind).capitalize()} {value}"
    part, key, words = _CALLED[kind]
    named: Mapping[str, Any] = next((one for one in document.get(part, ()) if one[key] == value), {})
    return say(words, value=value, name=named.get("name", plain(value)))


def _people(here: Installation, community: str, some: Iterable[Mapping[str, Any]]) -> Iterable[Context]:
    for one in some:
        try:
            member = here.book.member_id(community, one["account"])
        except ErasedError:
            continue
        name = name_of(here.book.handle(community, one["account"]))
        yield {"member": member, "name": name, "since": one["since"]}


def _cohorts(found: Iterable[Mapping[str, Any]]) -> list[Context]:
    """Return the cohorts of which most would stand on another level."""
    weighed = []
    for one in found:
        before, after = one["before"]["levels"], one["after"]["levels"]
        moved = sum(max(0, after.get(level, 0) - before.get(level, 0)) for level in {*before, *after})
        weighed.append({"name": one["cohort"], "moved": moved, "members": one["after"]["members"]})
    return sorted((one for one in weighed if one["moved"]), key=lambda one: -one["moved"])[:MOST_COHORTS]
