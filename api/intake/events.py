"""POST /events: what platforms report, one at a time, by the batch, or as a stream without end.

CloudEvents 1.0 "Structured Content Mode", "Binary Content Mode" and "Batched Content Mode" of the
HTTP binding, and newline-delimited JSON. The same event again is harmless; each event has its own
outcome, and a refused one never holds up its neighbours, unless `Prefer: handling=strict` asks so.
"""

from __future__ import annotations

from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.guard.doors import Direct, Here, Permit
from api.installation import Installation
from api.intake import examples
from api.intake.outcomes import Row, refused, rows_of
from api.intake.stream import receive_stream
from api.web import bodies
from api.web.auth import Principal
from api.web.problems import ProblemError, described
from ledger import Outcome
from schemas import Fault, check_event, loads

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
JSON = "application/json"
STRICT = {"Preference-Applied": "handling=strict"}
READ_HERE = (STRUCTURED, BATCH, JSON, *bodies.STREAMS)

router = APIRouter(tags=["platform"], route_class=Direct)
Platform = Annotated[Principal, Depends(Permit("events.write"))]


@router.post(
    "/events",
    status_code=201,
    response_class=Response,
    summary="Report what happened",
    openapi_extra=examples.EVENTS_REQUEST,
    responses={**examples.EVENTS_ANSWERS, **described(400, 401, 403, 409, 413, 415, 422, 503)},
)
async def receive(request: Request, asking: Platform, here: Here) -> Response:
    """Record events. Sending the same delivery again is harmless.

    One event: 201 `stored`, 200 `duplicate` with the first position, 409 `conflict`, 422 `refused`.
    A batch or a stream: 200 and one row for each event, in order.
    """
    media = bodies.media_type(request)
    if media == BATCH:
        return await _receive_batch(request, asking, here)
    if media in bodies.STREAMS:
        return await receive_stream(request, asking, here)
    if media in {STRUCTURED, JSON}:
        return await _receive_one(request, asking, here, binary=media == JSON and bodies.is_binary(request))
    raise ProblemError(
        415,
        f"Content-Type: wanted one of {', '.join(READ_HERE)}; got {media[:100] or 'none'}",
        headers={"Accept-Post": ", ".join(READ_HERE)},
    )


async def _receive_one(request: Request, asking: Principal, here: Installation, *, binary: bool) -> Response:
    raw = await bodies.whole(request, here.settings.limit_event, "an event")
    envelope = bodies.attributes(request) if binary else None
    event = loads(raw)
    if envelope is not None:
        if "datacontenttype" in envelope:
            fault = Fault("/datacontenttype", "wanted it in Content-Type alone, got ce-datacontenttype")
            return _answer_one(Outcome(outcome="refused", position=None, errors=(fault,)))
        event = {**envelope, "datacontenttype": JSON, "data": event}
    community = home(asking)
    outcome = await here.coalescer.append(event, community=community, identity="identity" in asking.scopes)
    here.told(community, [outcome])
    return _answer_one(outcome)


def home(asking: Principal) -> str:
    """Return the one community of a platform's key."""
    if asking.community is None:
        raise ProblemError(403, "this key belongs to no community")
    return asking.community


_REFUSALS = {
    "conflict": (409, "this source and id were stored before with other content; nothing was changed"),
    "refused": (422, "this event was not stored; each error says what was wanted and what came"),
}


def _answer_one(told: Outcome) -> Response:
    if told.outcome in _REFUSALS:
        status, words = _REFUSALS[told.outcome]
        raise ProblemError(status, words, errors=told.errors, outcome=told.outcome)
    receipt = orjson.dumps({"outcome": told.outcome, "position": told.position})
    return Response(receipt, 201 if told.outcome == "stored" else 200, media_type=JSON)


async def _receive_batch(request: Request, asking: Principal, here: Installation) -> Response:
    raw = await bodies.whole(request, here.settings.limit_batch, "a batch")
    strict = bodies.is_strict(request)
    async with here.bulk.turn():
        rows = await run_in_threadpool(_append_batch, here, asking, raw, strict=strict)
    return Response(orjson.dumps(rows), 200, STRICT if strict else {}, JSON)


def _append_batch(here: Installation, asking: Principal, raw: bytes, *, strict: bool) -> list[Row]:
    """Return one row for each event of the JSON array `raw`. Blocks."""
    events = _array(raw, here.settings.limit_batch_events)
    fits = [len(orjson.dumps(event)) <= here.settings.limit_event for event in events]
    overlong = [_too_long(index, here) for index, fit in enumerate(fits) if not fit]
    if strict and overlong:
        raise _nothing_stored(overlong)
    kept = [(index, event) for index, (event, fit) in enumerate(zip(events, fits, strict=True)) if fit]
    community = home(asking)
    outcomes = here.book.append(
        [event for _, event in kept],
        community=community,
        identity="identity" in asking.scopes,
        strict=strict,
    )
    here.told(community, outcomes)
    rows = rows_of((index, event, told) for (index, event), told in zip(kept, outcomes, strict=True))
    if strict and any(row["outcome"] in _REFUSALS for row in rows):
        raise _nothing_stored([row for row in rows if _at_fault(row, events[row["index"]], community)])
    return sorted(rows + overlong, key=lambda row: row["index"])


def _array(raw: bytes, most: int) -> list[object]:
    events = loads(raw)
    if not isinstance(events, list):
        raise ProblemError(400, f"a batch: wanted a JSON array, got {type(events).__name__}")
    if len(events) > most:
        raise ProblemError(413, f"a batch: wanted at most {most:,} events, got {len(events):,}")
    return events


def _too_long(index: int, here: Installation) -> Row:
    fault = Fault("", f"an event: wanted at most {here.settings.limit_event:,} bytes, got more")
    return refused(index, None, [fault])


def _at_fault(row: Row, event: object, community: str) -> bool:
    """Return whether a strict batch failed for this event, rather than this event for the batch."""
    return row["outcome"] == "conflict" or bool(check_event(event, community=community))


def _nothing_stored(rows: list[Row]) -> ProblemError:
    """Return the problem of a strict batch that failed for `rows`."""
    errors = [Fault(f"/{row['index']}{error['pointer']}", error["message"]) for row in rows for error in row["errors"]]
    outcome = "conflict" if any(row["outcome"] == "conflict" for row in rows) else "refused"
    status, _ = _REFUSALS[outcome]
    words = f"nothing was stored: {len(rows):,} of the events {'was' if len(rows) == 1 else 'were'} not taken"
    return ProblemError(status, words, errors=errors, headers=STRICT, outcome=outcome)
