"""Who holds which office now: leader roles with their seats and terms, and teams. Told of all members' timelines."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from projections.fold.spans import DAWN
from projections.leading.leaders import holding, said

if TYPE_CHECKING:
    from collections.abc import Mapping

    from projections.fold.holds import Derived
    from projections.fold.people import Account
    from projections.fold.subjects import Assigned
    from projections.fold.terms import Role


class Seat(NamedTuple):
    """Somebody in an office. Instants in µs; `since` is None where she always was, `ends` where nothing says."""

    account: Account
    since: int | None
    ends: int | None


class Office(NamedTuple):
    """A leader role of the charter; `seats`: how many should hold it at once, None where the charter does not say."""

    role: Role
    held: tuple[Seat, ...]

    @property
    def empty(self) -> int:
        """How many should hold it and nobody does; at least one where nobody at all does."""
        return max(0, self.role.wanted - len(self.held))


class Team(NamedTuple):
    """Members who were assigned to one team."""

    slug: str
    members: tuple[Seat, ...]


def offices(people: Mapping[Account, Derived], roles: Mapping[str, Role], at: int) -> list[Office]:
    """Return the charter's roles in its order, each with who holds it at an instant (µs), the longest first."""
    held = holding(people, roles, at)
    return [
        Office(
            role,
            tuple(Seat(one.account, _known(one.since), one.ends) for one in held if one.role == slug),
        )
        for slug, role in roles.items()
    ]


def teams(people: Mapping[Account, Derived], at: int) -> list[Team]:
    """Return the teams that have members at an instant (µs), by name, each with who has been in it longest first."""
    found: dict[str, list[Seat]] = {}
    for who, derived in people.items():
        mine = [one for one in said(derived, at) if one.kind == "team"] if derived.assigned else []
        for slug in {one.value for one in mine}:
            seat = _seat(who, [one for one in mine if one.value == slug], at)
            if seat is not None:
                found.setdefault(slug, []).append(seat)
    return [Team(slug, tuple(sorted(found[slug], key=lambda one: (one.since, one.account)))) for slug in sorted(found)]


def _seat(who: Account, told: list[Assigned], at: int) -> Seat | None:
    """Return since when somebody is in a team, by what was told of it in order of time; None where she is not."""
    since, ends = None, None
    for one in told:
        if one.change == "started":
            since = (one.at if one.start is None else one.start) if since is None else since
            ends = one.end
        elif one.change == "renewed" and since is not None:
            ends = one.end
        elif one.change == "ended":
            since, ends = None, None
    return None if since is None or since > at or (ends is not None and ends <= at) else Seat(who, since, ends)


def _known(since: int) -> int | None:
    return None if since <= DAWN // 2 else since
