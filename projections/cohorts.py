"""Cohorts: members who are counted together, and how those of one stand beside those of another.

A member is in a cohort because a rule grants it, because somebody put her there by an assignment, or because of
the quarter in which she joined: the last are ours, named `joined-2024q3`, and last for ever.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from projections.spans import span_at, value_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import tzinfo

    from projections.people import Account
    from projections.standing import Derived

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
