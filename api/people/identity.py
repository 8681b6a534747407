"""Who is who: proposals that two accounts are one person, and what a manager decides."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from api.guard.doors import Here, Permit
from api.people import linking
from api.people.models import IdentityAnswer, IdentityDecided
from api.web import decisions
from api.web.answers import answers
from api.web.auth import Principal
from api.web.decisions import Body, Text
from api.web.problems import conflict, described

router = APIRouter(tags=["community"], prefix="/communities/{community}")

Community = Annotated[str, Path(description="the community's slug", examples=["makers"])]
Manager = Annotated[Principal, Depends(Permit("community.manage"))]

LONGEST_NAME = 300  # characters of a platform and an id on it
NAMED = Body("a decision", {"one": Text(LONGEST_NAME), "other": Text(LONGEST_NAME), "reason": Text(required=False)})
MOST = 200


@router.get(
    "/identity",
    response_model=None,
    summary="Which accounts may be one person's",
    responses=answers(IdentityAnswer, 401, 403, 404, 410, 422, 503),
)
def proposals(
    community: Community,
    here: Here,
    _: Manager,
    limit: Annotated[int, Query(ge=1, le=MOST, description="how many to tell at most")] = 50,
    effects: Annotated[bool, Query(description="tell what each would change")] = True,  # noqa: FBT002
) -> dict[str, Any]:
    """Return what platforms proposed and what names suggest, with reasons, and who has several accounts."""
    here.known(community)
    position = here.standings.position(community)
    return {**linking.proposals(here, community, limit, effects=effects), "position": position}


@router.post(
    "/identity/{decision}",
    response_model=None,
    status_code=201,
    summary="Decide whether two accounts are one person's",
    openapi_extra=decisions.described(NAMED),
    responses={
        201: {"model": IdentityDecided, "description": "decided, and recorded"},
        **described(400, 401, 403, 404, 410, 413, 415, 422, 503),
        **conflict("nothing to decide: it is so already, or nothing is proposed"),
    },
)
async def decide(
    community: Community,
    decision: Annotated[linking.Decision, Path(description="confirm or reject a proposal; link or unlink by hand")],
    request: Request,
    here: Here,
    _: Manager,
) -> Response:
    """Confirm or reject what is proposed about two accounts; or link them, or part the first from its person."""
    wanted = await decisions.decided(request, NAMED)

    def record() -> dict[str, Any]:
        here.known(community)
        named = wanted["one"], wanted["other"]
        found = linking.decide(here, community, decision, named, wanted["reason"])
        return linking.shown_changes(here, community, found)

    return await decisions.recorded(record)
