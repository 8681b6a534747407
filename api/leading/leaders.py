"""Who leads, and who is next; and recording that somebody takes a role, a term or a mentee."""

from __future__ import annotations

import time
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.guard.doors import Here, Permit
from api.installation import Installation
from api.leading.assigning import REFUSED, assign
from api.leading.models import AssignmentReceipt, LeadersAnswer
from api.people.members import INSTANT, instant, member_named
from api.web import bodies
from api.web.answers import answers
from api.web.auth import Principal
from api.web.problems import ProblemError, described
from projections import ASSIGNMENT_CHANGES, ASSIGNMENT_KINDS, Wish
from schemas import Fault, InvalidTimeError, format_time, loads, parse_time

router = APIRouter(tags=["community"], prefix="/communities/{community}")

JSON = "application/json"
LONGEST = 16_384  # 16 KiB
MOST_EXPLAINED = 10
PAIRING = "pair"  # what a mentor pair is called where nobody says
_TEXT = ("member", "kind", "value", "change", "counterpart", "reason", "time")
_KEYS = (*_TEXT, "period")
_NEEDED = ("member", "change")

Community = Annotated[str, Path(description="the community's slug", examples=["makers"])]
Manager = Annotated[Principal, Depends(Permit("community.manage"))]

_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            JSON: {
                "schema": {
                    "type": "object",
                    "required": list(_NEEDED),
                    "additionalProperties": False,
                    "properties": {
                        "member": {"type": "string", "description": "public member id"},
                        "kind": {"enum": list(ASSIGNMENT_KINDS), "default": "role"},
                        "value": {"type": "string", "description": "which role, cohort or team; or the pairing's name"},
                        "change": {"enum": list(ASSIGNMENT_CHANGES)},
                        "period": {
                            "type": "object",
                            "additionalProperties": False,
                            "properties": {
                                name: {"type": "string", "format": "date-time"} for name in ("start", "end")
                            },
                        },
                        "counterpart": {"type": "string", "description": "public member id of whom she guides"},
                        "reason": {"type": "string", "maxLength": 1000, "description": "kept under her key"},
                        "time": {"type": "string", "format": "date-time", "description": "when it was said; now"},
                    },
                }
            }
        },
    }
}


@router.get(
    "/leaders",
    response_model=None,
    summary="Who leads, and who is next",
    responses=answers(LeadersAnswer, 401, 403, 404, 422, 503),
)
def leaders(
    community: Community,
    here: Here,
    _: Manager,
    as_of: Annotated[
        str | None, Query(description="the moment asked about; now when absent", json_schema_extra=INSTANT)
    ] = None,
    explained: Annotated[
        int, Query(ge=0, le=MOST_EXPLAINED, description="successors of each role who are explained")
    ] = 3,
) -> dict[str, Any]:
    """Return who is eligible for a role, who holds one, whose term ends, who is next, and what each carries."""
    here.known(community)
    found = here.standings.leaders(community, as_of=instant("as_of", as_of), explained=explained)
    told: dict[str, Any] = here.outward(community, found)
    return told


@router.post(
    "/assignments",
    response_model=None,
    status_code=201,
    summary="Give somebody a role, a term or a mentee",
    openapi_extra=_BODY,
    responses={
        201: {"model": AssignmentReceipt, "description": "recorded"},
        200: {"model": AssignmentReceipt, "description": "this was recorded before"},
        **described(400, 401, 403, 404, 409, 410, 413, 415, 422, 503),
    },
)
async def appoint(community: Community, request: Request, here: Here, _: Manager) -> Response:
    """Record that a member was nominated, takes, renews, declines or ends a role, a cohort, a team or a mentor pair.

    With a `time` of your own it can be sent again: it is a duplicate. What makes no sense is refused with words.
    """
    media = bodies.media_type(request)
    if media != JSON:
        raise ProblemError(415, f"Content-Type: wanted {JSON}, got {media[:100] or 'none'}")
    raw = await bodies.whole(request, LONGEST, "an assignment")
    return await run_in_threadpool(_appoint, here, community, loads(raw))


def _appoint(here: Installation, community: str, asked: object) -> Response:
    here.known(community)
    told, faults = _read(asked)
    member = member_named(here, community, told, "member", faults)
    counterpart = member_named(here, community, told, "counterpart", faults)
    wish = _wish(told, faults)
    if faults or member is None:
        raise ProblemError(422, REFUSED, errors=faults)
    done = assign(here, member, wish, counterpart=counterpart, reason=told.get("reason", ""))
    answer = {
        "outcome": done.outcome.outcome,
        "position": done.outcome.position,
        "member": member.id,
        "kind": wish.kind,
        "value": wish.value,
        "change": wish.change,
        "time": format_time(wish.at),
        "notes": done.notes,
    }
    return Response(orjson.dumps(answer), 201 if done.outcome.outcome == "stored" else 200, media_type=JSON)


def _read(asked: object) -> tuple[dict[str, Any], list[Fault]]:
    """Return what of the body can be read, and what cannot."""
    if not isinstance(asked, dict):
        return {}, [Fault("", f"wanted an object, got {type(asked).__name__}")]
    faults = [Fault(f"/{_escaped(key)}", f"wanted one of {', '.join(_KEYS)}") for key in asked if key not in _KEYS]
    faults += [Fault(f"/{key}", "wanted text, got nothing") for key in _NEEDED if key not in asked]
    faults += [
        Fault(f"/{key}", f"wanted text, got {type(asked[key]).__name__}")
        for key in _TEXT
        if key in asked and not isinstance(asked[key], str)
    ]
    return {key: asked[key] for key in _KEYS if key in asked}, faults


def _wish(told: dict[str, Any], faults: list[Fault]) -> Wish:
    period = told.get("period", {})
    if not isinstance(period, dict) or set(period) - {"start", "end"}:
        faults.append(Fault("/period", "wanted an object with start or end or both"))
        period = {}
    instants = {"time": told.get("time"), **{f"period/{name}": value for name, value in period.items()}}
    read = {name: _told_instant(name, value, faults) for name, value in instants.items()}
    kind = told.get("kind", "role")
    value = told.get("value", PAIRING if kind == "mentor" else "")
    at = read.get("time")
    return Wish(
        kind,
        value,
        told.get("change", ""),
        time.time_ns() // 1_000 if at is None else at,
        read.get("period/start"),
        read.get("period/end"),
    )


def _told_instant(name: str, value: object, faults: list[Fault]) -> int | None:
    if value is None:
        return None
    try:
        if not isinstance(value, str):
            faults.append(Fault(f"/{name}", f"wanted a time as text, got {type(value).__name__}"))
            return None
        return parse_time(value)
    except InvalidTimeError as error:
        faults.append(Fault(f"/{name}", str(error)))
        return None


def _escaped(key: str) -> str:
    return key[:64].replace("~", "~0").replace("/", "~1")
