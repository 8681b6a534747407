"""Fairness: rings and farming shown to a manager with their evidence; she decides, and it can be taken back."""

from __future__ import annotations

import re
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api import bodies
from api.auth import Principal
from api.discounting import DECISIONS, LONGEST_REASON, decide, told
from api.doors import Here, Permit
from api.models import DecidedAnswer, FairnessAnswer, answers
from api.problems import ProblemError, described, not_found
from schemas import Fault, loads

router = APIRouter(tags=["community"], prefix="/communities/{community}")

_CASE = re.compile(r"(ring|flood|puppets|double)-[0-9a-f]{16}")
_FIELDS = {"decision", "reason"}
LARGEST = 65_536  # bytes of a decision
JSON = "application/json"

Community = Annotated[str, Path(description="the community's slug", examples=["makers"])]
Manager = Annotated[Principal, Depends(Permit("community.manage"))]

_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            JSON: {
                "schema": {
                    "type": "object",
                    "required": ["decision", "reason"],
                    "additionalProperties": False,
                    "properties": {
                        "decision": {"enum": [*DECISIONS]},
                        "reason": {
                            "type": "string",
                            "minLength": 1,
                            "maxLength": LONGEST_REASON,
                            "description": "for the record; sealed under the keys of whom it is about",
                        },
                    },
                }
            }
        },
    }
}


@router.get(
    "/fairness",
    response_model=None,
    summary="Rings and farming to look at",
    responses=answers(FairnessAnswer, 401, 403, 404, 503),
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
    openapi_extra=_BODY,
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
    if bodies.media_type(request) != JSON:
        raise ProblemError(415, f"Content-Type: wanted {JSON}")
    raw = await bodies.whole(request, LARGEST, "a decision")
    wanted = _read(loads(raw))

    def record() -> dict[str, Any]:
        here.known(community)
        return decide(here, community, case, wanted["decision"], reason=wanted["reason"], by=_named(asking))

    if not _CASE.fullmatch(case):
        raise not_found("case")
    return Response(orjson.dumps(await run_in_threadpool(record)), 201, media_type=JSON)


def _named(asking: Principal) -> str:
    return asking.label or asking.role or asking.kind


def _read(document: object) -> dict[str, Any]:
    """Return a decision as it was sent. Raises a 422 problem with every fault."""
    if not isinstance(document, dict):
        raise ProblemError(422, f"a decision: wanted a JSON object, got {type(document).__name__}")
    faults = [Fault(f"/{name}", f"wanted decision and reason alone, got {name}") for name in document.keys() - _FIELDS]
    if document.get("decision") not in DECISIONS:
        faults.append(Fault("/decision", f"wanted one of {', '.join(DECISIONS)}"))
    reason = document.get("reason")
    if not isinstance(reason, str) or not reason.strip() or len(reason) > LONGEST_REASON:
        faults.append(Fault("/reason", f"wanted 1 to {LONGEST_REASON:,} characters that say why"))
    if faults:
        raise ProblemError(422, "this is no decision", errors=faults)
    return document
