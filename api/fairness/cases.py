"""Fairness: rings and farming shown to a manager with their evidence; she decides, and it can be taken back."""

from __future__ import annotations

import re
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from api.fairness.discounting import DECISIONS, Decision, decide, told
from api.fairness.models import DecidedAnswer, FairnessAnswer
from api.guard.doors import Here, Permit
from api.web import decisions
from api.web.answers import answers
from api.web.auth import Principal
from api.web.decisions import Body, Text
from api.web.problems import described, not_found

router = APIRouter(tags=["community"], prefix="/communities/{community}")

_CASE = re.compile(r"(ring|flood|puppets|double)-[0-9a-f]{16}")
DECISION = Body("a decision", {"decision": Text(one_of=DECISIONS), "reason": Text()})

Community = Annotated[str, Path(description="the community's slug", examples=["makers"])]
Manager = Annotated[Principal, Depends(Permit("community.manage"))]


@router.get(
    "/fairness",
    response_model=None,
    summary="Rings and farming to look at",
    responses=answers(FairnessAnswer, 401, 403, 404, 422, 503),
)
def fairness(
    community: Community,
    here: Here,
    _: Manager,
    *,
    effects: Annotated[
        bool, Query(description="with what a discount would change: derives the whole community anew")
    ] = True,
) -> dict[str, Any]:
    """Return what looks like a ring or like farming, with its evidence, and what was decided."""
    here.known(community)
    return told(here, community, effects=effects)


@router.post(
    "/fairness/{case}/decision",
    response_model=None,
    status_code=201,
    summary="Decide about a ring or farming",
    openapi_extra=decisions.described(DECISION),
    responses={
        201: {"model": DecidedAnswer, "description": "recorded"},
        **described(400, 401, 403, 404, 413, 415, 422, 503),
    },
)
async def decision(
    community: Community,
    case: Annotated[str, Path(description="the case, as it is proposed", examples=["ring-0123456789abcdef"])],
    request: Request,
    here: Here,
    asking: Manager,
) -> Response:
    """Discount what these members gave one another, leave it, note an appeal, or restore what was taken."""
    wanted = await decisions.decided(request, DECISION)

    def record() -> dict[str, Any]:
        here.known(community)
        chosen = cast("Decision", wanted["decision"])
        return decide(here, community, case, chosen, reason=wanted["reason"], by=asking.known_as)

    if not _CASE.fullmatch(case):
        raise not_found("case")
    return await decisions.recorded(record)
