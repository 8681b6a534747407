"""Alarms: what used to come and stopped, so that no rule is dead for years before somebody notices."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Path, Query

from api.guard.doors import Here, Permit
from api.people.members import INSTANT, instant
from api.watching.models import AlarmsAnswer
from api.watching.refusals import conflicting, refused
from api.web.answers import answers
from api.web.auth import Principal
from projections import alarms_of
from schemas import format_time

if TYPE_CHECKING:
    from api.installation import Installation

router = APIRouter(tags=["community"], prefix="/communities/{community}")

_CONFLICTS = 1_000  # of the latest that are looked at


@router.get(
    "/alarms",
    response_model=None,
    summary="What used to come, and stopped",
    responses=answers(AlarmsAnswer, 401, 403, 404, 422, 503),
)
def alarms(
    community: Annotated[str, Path(description="the community's slug", examples=["makers"])],
    here: Here,
    _: Annotated[Principal, Depends(Permit("community.manage"))],
    as_of: Annotated[
        str | None, Query(description="the moment asked about; now when absent", json_schema_extra=INSTANT)
    ] = None,
) -> dict[str, Any]:
    """Return the sources that fell silent, kinds and values of facts that no longer come, and rules nobody meets.

    Each is held against how it used to come; of each it is said since when, what it may come from, and which rules
    ask for it. Without `as_of`, also events that are refused, or conflict, more than now and then.
    """
    here.known(community)
    return alarms_told(here, community, instant("as_of", as_of))


def alarms_told(here: Installation, community: str, as_of: int | None = None) -> dict[str, Any]:
    """Return a community's alarms, those of its doors first; `as_of` (µs): now when absent. Blocks."""
    at = time.time_ns() // 1_000 if as_of is None else as_of
    known = here.standings.position(community)

    def heard() -> list[dict[str, Any]]:
        return [alarm.told() for alarm in alarms_of(here.book, here.views, community, at=at)]

    told = here.remembered.told(community, "alarms", heard) if as_of is None else heard()
    if as_of is None:
        doors = (refused(here.metrics.of(community)), conflicting(here.book.conflicts(community, _CONFLICTS), at))
        told = [*filter(None, doors), *told]
    return {"community": community, "alarms": told, "position": known, "as_of": format_time(at)}
