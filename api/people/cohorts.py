"""Who is in which cohort, how the cohorts stand beside each other, and everyone of one of them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query

from api.guard.doors import Here, Permit
from api.people.members import INSTANT, instant
from api.people.models import CohortsAnswer, MembersAnswer
from api.web.answers import answers
from api.web.auth import Principal

router = APIRouter(tags=["community"], prefix="/communities/{community}")

MOST_LISTED = 1_000
LISTED = 200

Community = Annotated[str, Path(description="the community's slug", examples=["makers"])]
Manager = Annotated[Principal, Depends(Permit("community.manage"))]
AsOf = Annotated[str | None, Query(description="the moment asked about; now when absent", json_schema_extra=INSTANT)]


@router.get(
    "/cohorts",
    response_model=None,
    summary="How each cohort stands",
    responses=answers(CohortsAnswer, 401, 403, 404, 422, 503),
)
def cohorts(
    community: Community,
    here: Here,
    _: Annotated[Principal, Depends(Permit("community.numbers"))],
    as_of: AsOf = None,
) -> dict[str, Any]:
    """Return how many of everyone, and of each cohort, are at each level, hold a badge or a role, are ready to lead.

    Cohorts are those of the charter, by rule or by hand, and one for each quarter in which members joined.
    """
    here.known(community)
    return here.standings.cohorts(community, as_of=instant("as_of", as_of))


@router.get(
    "/members",
    response_model=None,
    summary="Who stands where",
    responses=answers(MembersAnswer, 401, 403, 404, 422, 503),
)
def members(
    community: Community,
    here: Here,
    _: Manager,
    cohort: Annotated[
        str | None, Query(description="only those in it", max_length=64, examples=["joined-2024q3"])
    ] = None,
    as_of: AsOf = None,
    limit: Annotated[int, Query(ge=1, le=MOST_LISTED, description="how many to list")] = LISTED,
    skip: Annotated[int, Query(ge=0, le=10_000_000, description="how many to leave out before")] = 0,
) -> dict[str, Any]:
    """Return members, highest level first; with `cohort` those in it, and since when."""
    here.known(community)
    known = here.standings.position(community)
    found = here.standings.members(community, as_of=instant("as_of", as_of), cohort=cohort)
    listed = here.outward(community, found[skip : skip + limit])
    return {"members": listed, "total": len(found), "position": known}
