"""The charter: what a community declares. Reading it, publishing it, trying one out; and its leaders."""

from __future__ import annotations

import time
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api import bodies
from api.auth import Principal
from api.doors import Here, Permit
from api.installation import Installation
from api.models import CharterAnswer, CharterReceipt, LeadersAnswer, SimulationAnswer, answers
from api.problems import ProblemError, described, not_found, not_yet
from projections import Charter, parse_charter
from projections import simulate as simulated
from schemas import Fault, InvalidTimeError, format_time, loads, parse_time

router = APIRouter(tags=["community"], prefix="/communities/{community}")

YAML = ("application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml", "text/plain")
JSON = "application/json"

Community = Annotated[str, Path(description="the community's slug", examples=["makers"])]
Manager = Annotated[Principal, Depends(Permit("community.manage"))]
Author = Annotated[Principal, Depends(Permit("charter.write"))]

_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            JSON: {"schema": {"type": "object", "required": ["charter", "name"]}},
            "application/yaml": {"schema": {"type": "string"}},
        },
    }
}


@router.get(
    "/charter",
    response_model=None,
    summary="The charter in force",
    responses=answers(CharterAnswer, 401, 403, 404, 503),
)
def charter(
    community: Community, here: Here, _: Annotated[Principal, Depends(Permit("charter.read"))]
) -> dict[str, Any]:
    """Return the charter in force, as it was published."""
    here.known(community)
    found = here.standings.charter(community)
    if not found.version:
        raise not_found("charter")
    return {"version": found.version, "document": dict(found.document)}


@router.put(
    "/charter",
    response_model=None,
    status_code=201,
    summary="Publish a charter",
    openapi_extra=_BODY,
    responses={
        201: {"model": CharterReceipt, "description": "published"},
        200: {"model": CharterReceipt, "description": "this very charter is in force already"},
        **described(400, 401, 403, 404, 413, 415, 422, 503),
    },
)
async def publish(
    community: Community,
    request: Request,
    here: Here,
    asking: Author,
    effective: Annotated[
        str | None, Query(description="in force from; now when absent", json_schema_extra={"format": "date-time"})
    ] = None,
) -> Response:
    """Publish the charter in the body, YAML or JSON, as the community's next version."""
    raw, media = await _sent(request, here)
    return await run_in_threadpool(_publish, here, community, asking, raw, media, effective)


def _publish(
    here: Installation, community: str, asking: Principal, raw: bytes, media: str, effective: str | None
) -> Response:
    here.known(community)
    wanted = _read(raw, media)
    since = _effective(effective)
    current = here.standings.charter(community)
    if current.version and current.document == wanted.document:
        return _receipt(200, {"version": current.version, "published": False, "effective": format_time(since)})
    fact = here.book.publish_charter(community, dict(wanted.document), effective=since, by=asking.label or asking.kind)
    told = {"version": fact.open["charter_version"], "published": True, "effective": format_time(since)}
    return _receipt(201, told)


def _receipt(status: int, told: dict[str, Any]) -> Response:
    return Response(orjson.dumps(told), status, media_type=JSON)


def now() -> int:
    """Return the time, µs."""
    return time.time_ns() // 1_000


def _effective(text: str | None) -> int:
    if text is None:
        return now()
    try:
        return parse_time(text.replace(" ", "+"))
    except InvalidTimeError as error:
        fault = Fault("/query/effective", str(error))
        raise ProblemError(422, "effective is no time", errors=[fault]) from error


@router.post(
    "/charter/simulate",
    response_model=None,
    summary="What another charter would change",
    openapi_extra=_BODY,
    responses=answers(SimulationAnswer, 400, 401, 403, 404, 413, 415, 422, 501, 503),
)
async def simulate(community: Community, request: Request, here: Here, _: Author) -> dict[str, Any]:
    """Hold the charter in the body against the whole history: who would gain, who would lose, and when."""
    raw, media = await _sent(request, here)

    def hold() -> dict[str, Any]:
        here.known(community)
        held: dict[str, Any] = simulated(here.book, community, _read(raw, media).document, at=now())
        outward: dict[str, Any] = here.outward(community, held)
        return outward

    return await run_in_threadpool(hold)


async def _sent(request: Request, here: Installation) -> tuple[bytes, str]:
    media = bodies.media_type(request)
    if media != JSON and media not in YAML:
        raise ProblemError(415, f"Content-Type: wanted {JSON} or {YAML[0]}, got {media[:100] or 'none'}")
    return await bodies.whole(request, here.settings.limit_charter, "a charter"), media


def _read(raw: bytes, media: str) -> Charter:
    """Return the charter that `raw` declares. Raises what the schema and the linter object to."""
    if media == JSON:
        document = loads(raw)
        if not isinstance(document, dict):
            raise ProblemError(422, f"a charter: wanted a JSON object, got {type(document).__name__}")
        return parse_charter(document)
    try:
        return parse_charter(raw.decode())
    except UnicodeDecodeError as error:
        raise ProblemError(400, f"a charter: wanted UTF-8, got byte {raw[error.start]:#04x}") from error


@router.get(
    "/leaders",
    response_model=None,
    summary="Who is ready to lead",
    responses=answers(LeadersAnswer, 401, 403, 404, 503),
)
def leaders(community: Community, here: Here, _: Manager) -> dict[str, Any]:
    """Return who is eligible for a role, who holds one, and whose term ends."""
    here.known(community)
    told: dict[str, Any] = here.outward(community, here.standings.leaders(community))
    return told


@router.get("/measures", response_model=None, responses=described(401, 403, 404, 501))
def measures(community: Community, here: Here, _: Manager) -> dict[str, Any]:
    """Answer later with the community's health against its own targets."""
    here.known(community)
    raise not_yet("the community's measures against its targets")


@router.get("/spotlights", response_model=None, responses=described(401, 403, 404, 501))
def spotlights(community: Community, here: Here, _: Manager) -> dict[str, Any]:
    """Answer later with whom to celebrate."""
    here.known(community)
    raise not_yet("spotlights")
