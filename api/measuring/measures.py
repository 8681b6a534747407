"""The measures of a community: each with its definition, its history and the charter's target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Path, Query

from api.guard.doors import Here, Permit
from api.measuring.models import MeasuresAnswer
from api.people.members import INSTANT, instant
from api.web.answers import answers
from api.web.auth import Principal, allowed
from projections import MOST_WEEKS, WEEKS

if TYPE_CHECKING:
    from api.installation import Installation

router = APIRouter(tags=["community"], prefix="/communities/{community}")

Community = Annotated[str, Path(description="the community's slug", examples=["makers"])]
Inside = Annotated[Principal, Depends(Permit("community.numbers"))]
AsOf = Annotated[str | None, Query(description="the moment asked about; now when absent", json_schema_extra=INSTANT)]
KnownAt = Annotated[
    str | None, Query(description="what had been recorded by then; now when absent", json_schema_extra=INSTANT)
]
Weeks = Annotated[int, Query(ge=1, le=MOST_WEEKS, description="how many whole weeks of history are told")]


@router.get(
    "/measures",
    response_model=None,
    summary="How the community does",
    responses=answers(MeasuresAnswer, 401, 403, 404, 422, 503),
)
def measures(
    community: Community,
    here: Here,
    asking: Inside,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    weeks: Weeks = WEEKS,
) -> dict[str, Any]:
    """Return every measure of the community with its definition, its history week by week and the charter's target.

    Who is meant by one (`people`) is told to managers; leaders read the numbers. Weeks begin on Monday in the
    charter's time zone; a value is of the last whole week and as many before it as its `window` says. Where there is
    nothing to tell a measure by, `value` is null and `why_none` says why.
    """
    at, known = instant("as_of", as_of), instant("known_at", known_at)
    return _for(asking, community, measures_told(here, community, as_of=at, known_at=known, weeks=weeks))


@router.get(
    "/measures/{measure}",
    response_model=None,
    summary="How the community does in one respect",
    responses=answers(MeasuresAnswer, 401, 403, 404, 422, 503),
)
def one_measure(
    community: Community,
    measure: Annotated[str, Path(description="which one", examples=["weekly_active"], max_length=64)],
    here: Here,
    asking: Inside,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    weeks: Weeks = WEEKS,
) -> dict[str, Any]:
    """Return one measure, in the same form as all of them."""
    at, known = instant("as_of", as_of), instant("known_at", known_at)
    return _for(asking, community, measures_told(here, community, measure, as_of=at, known_at=known, weeks=weeks))


def _for(asking: Principal, community: str, told: dict[str, Any]) -> dict[str, Any]:
    """Return what measures say to whoever is asking: whom they mean is for managers."""
    if allowed(asking, "community.manage", community):
        return told
    return told | {"measures": [each | {"people": None} for each in told["measures"]]}


def measures_told(
    here: Installation,
    community: str,
    measure: str | None = None,
    *,
    as_of: int | None = None,
    known_at: int | None = None,
    weeks: int = WEEKS,
) -> dict[str, Any]:
    """Return the measures of a community, or one of them; people by their public id, without the erased. Blocks."""
    here.known(community)
    found = here.standings.measures(community, measure, as_of=as_of, known_at=known_at, weeks=weeks)
    told: dict[str, Any] = here.outward(community, found)
    return told
