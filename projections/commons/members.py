"""How many members stand where, and who holds which office: of all members' timelines, at one instant."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from projections.fold.spans import span_at, value_at
from projections.fold.terms import roles_of
from projections.leading.leaders import eligible
from projections.leading.offices import offices, teams

if TYPE_CHECKING:
    from collections.abc import Mapping

    from projections.charters.charter import Charter
    from projections.fold.holds import Derived
    from projections.fold.people import Account
    from projections.leading.offices import Office, Team


class Members(NamedTuple):
    """How many members are at each level, hold each badge and are ready for each role; who leads, who is in teams."""

    levels: Mapping[int, int]
    badges: Mapping[str, int]
    ready: Mapping[str, int]
    offices: tuple[Office, ...]
    teams: tuple[Team, ...]


def members(people: Mapping[Account, Derived], charter: Charter, at: int) -> Members:
    """Return the numbers and offices at an instant (µs)."""
    roles = roles_of(charter.document)
    return Members(
        Counter(value_at(derived.levels, at) for derived in people.values()),
        Counter(
            badge
            for derived in people.values()
            for (kind, badge), spans in derived.grants.items()
            if kind == "badge" and span_at(spans, at)
        ),
        Counter(one.role for one in eligible(people, roles, at)),
        tuple(offices(people, roles, at)),
        tuple(teams(people, at)),
    )
