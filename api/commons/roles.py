"""Who holds which role, since when and until when, and who is in which team."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from api.commons.naming import Naming
from api.words.wording import plain
from schemas import format_time

if TYPE_CHECKING:
    from collections.abc import Iterable

    from api.installation import Installation
    from projections import Members, Office, Seat, Team

Context = dict[str, Any]
MOST_NAMED = 12  # in a role or a team
MOST_TEAMS = 20


def held(here: Installation, community: str, members: Members, *, inside: bool) -> Context:
    """Return who holds the charter's roles, by role, and the `teams` there are. Blocks.

    Of a role: `seats` (None: the charter does not say), `held`, `empty`, and `people`: who may be named to the reader,
    each with `name`, `since`, `until` and whether she is `overdue`. Teams are for those inside.
    """
    now = time.time_ns() // 1_000
    teams = members.teams[:MOST_TEAMS] if inside else ()
    seats = [seat for one in members.offices for seat in one.held] + [seat for one in teams for seat in one.members]
    names = Naming(here, community, inside=inside).names(seat.account for seat in seats)
    return {
        "roles": {one.role.slug: _office(one, names, now) for one in members.offices},
        "teams": [_team(one, names, now) for one in teams],
    }


def _office(one: Office, names: dict[str, str], now: int) -> Context:
    return {"seats": one.role.seats, "held": len(one.held), "empty": one.empty} | _people(one.held, names, now)


def _team(one: Team, names: dict[str, str], now: int) -> Context:
    return {"name": plain(one.slug), "held": len(one.members)} | _people(one.members, names, now)


def _people(seats: Iterable[Seat], names: dict[str, str], now: int) -> Context:
    known = [one for one in seats if one.account in names]
    return {
        "people": [
            {
                "name": names[one.account],
                "since": None if one.since is None else format_time(one.since),
                "until": None if one.ends is None else format_time(one.ends),
                "overdue": one.ends is not None and one.ends <= now,
            }
            for one in known[:MOST_NAMED]
        ],
        "more": max(0, len(known) - MOST_NAMED),
    }
