"""The charter: what a community declares. Reading it, publishing it, trying one out."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.charter.models import CharterAnswer, CharterDiffAnswer, CharterReceipt, ChartersAnswer, SimulationAnswer
from api.charter.picturing import to_publish
from api.guard.doors import Here, Permit
from api.installation import Installation
from api.web import bodies
from api.web.answers import answers
from api.web.auth import Principal, allowed
from api.web.problems import ProblemError, described, not_found
from ledger import Fact, system_clock
from projections import Charter, diff, faults_of, lint, parse_charter
from schemas import Fault, InvalidTimeError, MalformedJSONError, format_time, loads, parse_time

router = APIRouter(tags=["community"], prefix="/communities/{community}")

YAML = ("application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml", "text/plain")
JSON = "application/json"
_SKEW = 60_000_000  # µs by which somebody's clock may be ahead of ours, before it is a later day that is meant

Community = Annotated[str, Path(description="the community's slug", examples=["makers"])]
Manager = Annotated[Principal, Depends(Permit("community.manage"))]
Reader = Annotated[Principal, Depends(Permit("charter.read"))]
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
    summary="The charter in force, or an earlier one",
    responses=answers(CharterAnswer, 401, 403, 404, 422, 503),
)
def charter(
    community: Community,
    here: Here,
    _: Reader,
    version: Annotated[int | None, Query(ge=1, description="which; the latest when absent")] = None,
) -> dict[str, Any]:
    """Return a charter as it was published: the latest, or the one of that number."""
    here.known(community)
    found = _versions(here, community)
    number = len(found) if version is None else version
    if not 1 <= number <= len(found):
        raise not_found("charter")
    return {"version": number, "document": found[number - 1].open["document"]}


@router.get(
    "/charters",
    response_model=None,
    summary="Every charter there was",
    responses=answers(ChartersAnswer, 401, 403, 404, 503),
)
def charters(community: Community, here: Here, asking: Reader) -> dict[str, Any]:
    """Return which charters the community has published, the latest first; who did is told to managers."""
    here.known(community)
    inside = allowed(asking, "community.manage", community)
    told = [
        {
            "version": fact.open["charter_version"],
            "name": fact.open["document"]["name"],
            "published": format_time(fact.recorded),
            "effective": format_time(fact.open["effective"]),
            "by": fact.open["by"] if inside else None,
        }
        for fact in reversed(_versions(here, community))
    ]
    return {"charters": told}


@router.get(
    "/charter/diff",
    response_model=None,
    summary="What changed from one charter to another",
    responses=answers(CharterDiffAnswer, 401, 403, 404, 422, 503),
)
def charter_diff(
    community: Community,
    here: Here,
    _: Reader,
    since: Annotated[int | None, Query(alias="from", ge=1, description="the one before `to` when absent")] = None,
    to: Annotated[int | None, Query(ge=1, description="the latest when absent")] = None,
) -> dict[str, Any]:
    """Return what changed between two versions, rule by rule and condition by condition, in words too."""
    here.known(community)
    found = _versions(here, community)
    after = len(found) if to is None else to
    before = max(after - 1, 1) if since is None else since
    if not (1 <= before <= len(found) and 1 <= after <= len(found)):
        raise not_found("charter")
    changes = diff(found[before - 1].open["document"], found[after - 1].open["document"])
    return {"from_version": before, "to_version": after, "changes": changes}


def _versions(here: Installation, community: str) -> list[Fact]:
    return here.book.charters(community)


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
    text, wanted = _read(raw, media)
    since = _effective(effective)
    document = to_publish(text, wanted)
    current = here.standings.charter(community)
    same = bool(current.version) and current.document == document
    advice = [one.told() for one in lint(text, before=current if current.version and not same else None)]
    told = {"version": current.version, "published": not same, "effective": format_time(since), "advice": advice}
    if same:
        return _receipt(200, told)
    by = asking.label or asking.kind
    fact = here.book.publish_charter(community, document, effective=since, by=by)
    return _receipt(201, told | {"version": fact.open["charter_version"]})


def _receipt(status: int, told: dict[str, Any]) -> Response:
    return Response(orjson.dumps(told), status, media_type=JSON)


def _effective(text: str | None) -> int:
    if text is None:
        return system_clock()
    try:
        wanted, here = parse_time(text.replace(" ", "+")), system_clock()
        return here if here < wanted < here + _SKEW else wanted
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
        held: dict[str, Any] = here.standings.what_if(community, _read(raw, media)[1].document, at=system_clock())
        outward: dict[str, Any] = here.outward(community, held)
        return outward

    return await run_in_threadpool(hold)


async def _sent(request: Request, here: Installation) -> tuple[bytes, str]:
    media = bodies.media_type(request)
    if media != JSON and media not in YAML:
        raise ProblemError(415, f"Content-Type: wanted {JSON} or {YAML[0]}, got {media[:100] or 'none'}")
    return await bodies.whole(request, here.settings.limit_charter, "a charter"), media


def _read(raw: bytes, media: str) -> tuple[str, Charter]:
    """Return the text of a charter and what it declares. Raises all its faults, each with its place."""
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise ProblemError(400, f"a charter: wanted UTF-8, got byte {raw[error.start]:#04x}") from error
    if media == JSON:
        try:
            loads(raw)
        except MalformedJSONError as error:
            raise ProblemError(400, str(error), errors=faults_of(text)) from error
    return text, parse_charter(text)
