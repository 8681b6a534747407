"""Whether this process is well, and what an operator's monitor reads."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.auth import Principal
from api.doors import Here, Permit
from api.models import HealthAnswer, ReadyAnswer, answers
from api.problems import busy

router = APIRouter(tags=["operator"])
Anyone = Annotated[Principal, Depends(Permit("public"))]

MOST_BEHIND = 50_000  # positions; a follower at its slowest reads them in half a minute
METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@router.get("/healthz", response_model=None, summary="Is the process up?", responses=answers(HealthAnswer))
async def healthz(_: Anyone) -> dict[str, str]:
    """Say that this process answers; what it stands on is asked by `/readyz`."""
    return {"status": "ok"}


@router.get("/readyz", response_model=None, summary="Can it serve?", responses=answers(ReadyAnswer, 503))
def readyz(here: Here, _: Anyone) -> dict[str, object]:
    """Ask the database, and how far the standings have read."""
    head, projected = here.book.head(), here.standings.position()
    if head - projected > MOST_BEHIND:
        raise busy(f"the standings are {head - projected:,} positions behind")
    return {"status": "ok", "head": head, "projected": projected}


@router.get(
    "/metrics",
    response_class=Response,
    summary="Counters for a monitor",
    responses={
        200: {
            "description": "Prometheus text format",
            "content": {"text/plain": {"schema": {"type": "string"}}},
        }
    },
)
def metrics(here: Here, _: Anyone) -> Response:
    """Return the counters in the Prometheus text format. No name, member or community stands in them."""
    text = here.metrics.text(head=here.book.head(), projected=here.standings.position())
    return Response(text, media_type=METRICS_TYPE)
