"""Whether this process is well, and what an operator's monitor reads."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.guard.doors import Here, Permit
from api.watching.models import HealthAnswer, ReadyAnswer
from api.web.answers import answers
from api.web.auth import Principal
from api.web.problems import busy

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
    """Ask every database, and how far the standings have read.

    `degraded` says that some of several shards cannot be reached, or that this process leaves communities out whose
    facts cannot be read or judged (the log says which, `guildbook doctor` why); where no shard can be reached, or
    standings do not keep up, this is a 503. A community is refused whose facts are not those that its log was signed
    over: cut, changed or an old copy; `guildbook log verify` says more.
    """
    lags = here.standings.lag()
    down = [lag for lag in lags if lag.trouble]
    if len(down) == len(lags):
        raise busy("the book cannot be reached just now")
    behind = sum(lag.positions for lag in lags)
    dead = [each.name for each in here.background.health() if not each.alive]
    if dead and here.settings.follow:
        raise busy(f"what should follow the ledger has ended: {', '.join(dead)}; the log says why")
    if behind > MOST_BEHIND:
        raise busy(f"the standings are {behind:,} facts behind")
    left_out, refused = len(here.background.left_out()), len(here.book.log.refused)
    head = sum(sum(here.book.heads(lag.shard).values()) for lag in lags if not lag.trouble)
    return {
        "status": "degraded" if down or left_out or refused else "ok",
        "head": head,
        "projected": head - behind,
        "seconds_behind": round(max(lag.seconds for lag in lags), 3),
        "shards_down": [lag.shard for lag in down],
        "communities_left_out": left_out,
        "communities_refused": refused,
    }


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
    head, projected = here.reach()
    seconds = max(lag.seconds for lag in here.standings.lag())
    text = here.metrics.text(
        head=head,
        projected=projected,
        seconds=seconds,
        left_out=len(here.background.left_out()),
        refused=len(here.book.log.refused),
        alarms=here.watch.counts(),
    )
    return Response(text, media_type=METRICS_TYPE)
