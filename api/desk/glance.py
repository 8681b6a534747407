"""What the overview says of a community in numbers alone: how it does, and how much waits for a decision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from api.people import linking

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from api.installation import Installation

MEASURES: Final = ("weekly_active", "newcomers_answered")
BEFORE: Final = 28 * 86_400_000_000  # µs between the two days that are held beside each other
_WEEKS = 13  # of history that a number's line shows


class Glance(NamedTuple):
    """Numbers and no names. `measures` as they are told to programs; `ready`: how many are, now and four weeks ago."""

    measures: Sequence[Mapping[str, Any]]
    ready: tuple[int, int]
    vacant: int  # seats
    ending: int  # terms that end soon, or should have ended
    asked: int  # who were invited to lead, and have not answered
    accounts: int  # proposals that two are one person's, or are not
    fairness: int  # rings and farming
    cases: int  # that platforms opened


def glance(here: Installation, community: str, now: int) -> Glance:
    """Return the numbers of a community at an instant (µs). Blocks, at first for long: all that happened is read."""
    leaders = here.standings.leaders(community, as_of=now)
    before = here.standings.ready(community, as_of=now - BEFORE)
    measures = [
        {name: value for name, value in one.items() if name not in {"people", "table"}}
        for slug in MEASURES
        for one in here.standings.measures(community, slug, as_of=now, weeks=_WEEKS)["measures"]
    ]
    return Glance(
        measures,
        (len({one["account"] for one in leaders["eligible"]}), len({account for account, _ in before})),
        sum(one["vacant"] for one in leaders["vacant"]),
        len(leaders["ending"]) + len(leaders["overdue"]),
        len(leaders["nominated"]),
        linking.proposals(here, community, 0, effects=False)["open"],
        len(here.fairness.told(community, at=now, effects=False)["proposals"]),
        len(here.fairness.cases(community)),
    )
