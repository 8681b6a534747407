"""The routes that only tell: which editions are spoken, who an agent is, what an activity is.

xAPI 1.0.3 part 3 "About Resource", "Agents Resource", "Activities Resource".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.guard.doors import Here, Permit
from api.web.auth import Principal
from api.web.problems import described
from api.xapi import parameters
from api.xapi.activities import definition_of
from api.xapi.described import GET_ABOUT, GET_ACTIVITY, GET_AGENT
from api.xapi.resource import ABOUT, Resource
from api.xapi.statement_shapes import IDENTIFIERS
from api.xapi.statements import Reader

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSIONS = ["1.0.0", "1.0.1", "1.0.2", "1.0.3", "2.0.0"]

router = APIRouter(tags=["xapi"], route_class=Resource)
Anyone = Annotated[Principal, Depends(Permit("public"))]


@router.get(
    ABOUT,
    summary="The editions of xAPI that are spoken",
    response_class=Response,
    openapi_extra=GET_ABOUT,
    responses=described(400, 401),
)
async def about(request: Request, _: Anyone, __: Here) -> Response:
    """Answer with the versions."""
    parameters.read(request, ())
    return _json({"version": VERSIONS})


@router.get(
    "/xapi/agents",
    summary="An agent as a person",
    response_class=Response,
    openapi_extra=GET_AGENT,
    responses=described(400, 401, 403, 503),
)
async def agents(request: Request, _: Reader, __: Here) -> Response:
    """Answer with the agent as a Person; nothing is told of whoever else she may be."""
    told = parameters.read(request, {"agent"}, {"agent"})
    return _json(_person(parameters.agent_object(told)))


@router.get(
    "/xapi/activities",
    summary="What is known of an activity",
    response_class=Response,
    openapi_extra=GET_ACTIVITY,
    responses=described(400, 401, 403, 503),
)
async def activities(request: Request, asking: Reader, here: Here) -> Response:
    """Answer with the activity, and all that statements told of it."""
    told = parameters.read(request, {"activityId"}, {"activityId"})
    name = told["activityId"]
    definition = await run_in_threadpool(definition_of(here, asking.community or ""), name)
    return _json({"objectType": "Activity", "id": name, **({"definition": definition} if definition else {})})


def _person(agent: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "objectType": "Person",
        **{name: [agent[name]] for name in ("name", *IDENTIFIERS) if name in agent},
    }


def _json(document: object) -> Response:
    return Response(orjson.dumps(document), media_type="application/json")
