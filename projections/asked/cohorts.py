"""Cohorts: members who are counted together, and how those of one stand beside those of another.

A member is in a cohort because a rule grants it, because somebody put her there by an assignment, or because of
the quarter in which she joined: the last are ours, named `joined-2024q3`, and last for ever.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from projections.fold.spans import span_at, value_at
from schemas import marked, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import tzinfo

    from projections.charters.charter import Charter
    from projections.fold.holds import Derived
    from projections.fold.people import Account

JOINED = "joined-"
"""How the names of cohorts begin that are ours: `joined-` and the quarter."""
STILL_ACTIVE = 90 * 86_400_000_000
"""µs: who acted no longer ago is still active."""


class Summary(NamedTuple):
    """How a set of members stands at an instant. Every member is counted once in `levels`, at 0 where she has none.

    `active`: of how many the last act so far is no earlier than 90 days before the instant.
    """

    members: int
    active: int
    levels: dict[int, int]
    roles: dict[str, int]
    eligible: dict[str, int]
    badges: dict[str, int]

    def told(self) -> dict[str, Any]:
        """Return it JSON-ready, everything in order."""
        counts = ((name, value) for name, value in self._asdict().items() if isinstance(value, dict))
        ordered = {name: {str(key): value[key] for key in sorted(value)} for name, value in counts}
        return {"members": self.members, "active": self.active, **ordered}


NONE = Summary(0, 0, {}, {}, {}, {})
_OURS = re.compile(rf"{JOINED}([0-9]{{4}})q([1-4])")
_QUARTERS = {
    "1": marked("Joined in the first quarter of %(year)s"),
    "2": marked("Joined in the second quarter of %(year)s"),
    "3": marked("Joined in the third quarter of %(year)s"),
    "4": marked("Joined in the fourth quarter of %(year)s"),
}


def by_cohort(derived: Mapping[Account, Derived], at: int, *, zone: tzinfo = UTC) -> dict[str, Summary]:
    """Return how the members of each cohort stand at the instant (µs), by the cohort's name.

    Whoever is in several counts in each of them, and who has neither joined nor acted by then in none. `zone`:
    whose quarters.
    """
    cohorts: dict[str, list[Derived]] = {}
    for timelines in derived.values():
        for cohort in cohorts_of(timelines, at, zone=zone):
            cohorts.setdefault(cohort, []).append(timelines)
    return {cohort: summary(cohorts[cohort], at) for cohort in sorted(cohorts)}


def summary(members: Iterable[Derived], at: int) -> Summary:
    """Return how these members stand at the instant (µs)."""
    levels: Counter[int] = Counter()
    grants: dict[str, Counter[str]] = {name: Counter() for name in ("role", "eligible", "badge")}
    active = 0
    for one in members:
        levels[value_at(one.levels, at)] += 1
        active += one.last is not None and one.last >= at - STILL_ACTIVE
        for (name, value), spans in one.grants.items():
            if name in grants and span_at(spans, at):
                grants[name][value] += 1
    return Summary(
        levels.total(), active, dict(levels), dict(grants["role"]), dict(grants["eligible"]), dict(grants["badge"])
    )


def cohorts_of(derived: Derived, at: int, *, zone: tzinfo = UTC) -> dict[str, int]:
    """Return the cohorts that a member is in at the instant, and since when (both µs)."""
    found = ((value, span_at(spans, at)) for (name, value), spans in derived.grants.items() if name == "cohort")
    since = {cohort: span[0] for cohort, span in found if span}
    if derived.first is not None and derived.first <= at:
        since.setdefault(joined_in(derived.first, zone), derived.first)
    return since


def joined_in(first: int, zone: tzinfo = UTC) -> str:
    """Return the cohort of those who joined at an instant (µs): `joined-2024q3`."""
    date = datetime.fromtimestamp(first // 1_000_000, zone)
    return f"{JOINED}{date.year:04}q{(date.month + 2) // 3}"


def told(charter: Charter, derived: Mapping[Account, Derived], at: int) -> dict[str, Any]:
    """Return everyone and every cohort as they stand at the instant (µs), JSON-ready.

    `cohorts` has those of the charter, in its order and also where nobody is in them, then those that were given
    by hand and stand in no charter, then those by quarter. `everyone` is who had joined or acted by then, or is in
    a cohort.
    """
    found = by_cohort(derived, at, zone=charter.zone)
    declared, rules = charter.by("cohorts", "cohort"), granting(charter)
    others = sorted(found.keys() | rules.keys(), key=lambda name: (name.startswith(JOINED), name))
    names = [*declared, *(name for name in others if name not in declared)]
    everyone = [one for one in derived.values() if cohorts_of(one, at)]
    return {
        "everyone": summary(everyone, at).told(),
        "cohorts": [
            {
                "cohort": name,
                "name": declared[name]["name"] if name in declared else named(name),
                "rules": rules.get(name, []),
                **found.get(name, NONE).told(),
            }
            for name in names
        ],
    }


def granting(charter: Charter) -> dict[str, list[str]]:
    """Return the rules of a charter that put members into a cohort, by its name."""
    found: dict[str, list[str]] = {}
    for rule in charter.rules:
        if rule.grants[0] == "cohort":
            found.setdefault(rule.grants[1], []).append(rule.slug)
    return found


def named(cohort: str) -> str:
    """Return what to call a cohort that the charter does not name: `Joined in the third quarter of 2024`."""
    ours = _OURS.fullmatch(cohort)
    return say(_QUARTERS[ours[2]], year=int(ours[1])) if ours else cohort
