"""What an operator of the installation sees: whether every community is well, and nobody in it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.guard.doors import Here, Permit
from api.web.auth import Principal
from api.web.problems import described
from api.words.rendering import pages_of
from api.words.wording import OUTCOMES
from ledger import LedgerUnavailableError
from schemas import format_time, say

if TYPE_CHECKING:
    from api.installation import Installation

router = APIRouter(tags=["operator"], prefix="/operate")

_STOPPED = {
    "silent-source": say("a source fell silent"),
    "never-heard": say("a source was never heard"),
    "silent-kind": say("a kind of fact stopped"),
    "silent-value": say("a value stopped"),
    "silent-metric": say("a metric stopped"),
    "dead-rule": say("a rule stopped"),
}
MOST = 200  # communities on the page; of more, those that are not well come first


@router.get("", summary="Whether all communities are well", response_class=Response, responses=described(401, 403, 503))
def operate(
    request: Request, here: Here, asking: Annotated[Principal, Depends(Permit("installation.watch"))]
) -> Response:
    """Show how far each community is counted, what arrives and what stopped; the databases; what works behind."""
    return pages_of(request).page("operate.html", watched(here), asking=asking)


def watched(here: Installation) -> dict[str, Any]:
    """Return the page's context. Blocks."""
    lags, left_out = here.standings.lag(), here.background.left_out()
    found = [_community(here, one.slug, one.name, left_out) for one in here.book.communities()]
    found.sort(key=lambda one: (one["well"], one["slug"]))
    return {
        "communities": found[:MOST],
        "more": max(0, len(found) - MOST),
        "shards": [
            {"shard": lag.shard, "trouble": lag.trouble, "behind": lag.positions, "seconds": round(lag.seconds, 1)}
            for lag in lags
        ],
        "behind": [{"name": each.name, "alive": each.alive} for each in here.background.health()],
        "follows": here.settings.follow,
        "provider": here.provider,
        "letters": here.send is not None,
        "as_of": format_time(time.time_ns() // 1_000),
    }


def _community(here: Installation, slug: str, name: str, left_out: set[str]) -> dict[str, Any]:
    told: dict[str, Any] = {"slug": slug, "name": name, "left_out": slug in left_out, "trouble": ""}
    told |= {
        "refused": slug in here.book.log.refused,
        "outcomes": [(OUTCOMES.get(name) or name, count) for name, count in sorted(here.metrics.of(slug).items())],
    }
    stopped = [(_STOPPED[kind], count) for kind, count in sorted(here.watch.of(slug).items())]
    try:
        told |= {"head": here.book.head(slug), "position": here.standings.position(slug)}
        told["sources"] = [one["source"] for one in here.standings.charter(slug).document.get("sources", ())]
    except LedgerUnavailableError as error:
        told |= {"head": 0, "position": 0, "sources": [], "trouble": str(error)}
    well = not (told["left_out"] or told["refused"] or told["trouble"] or stopped)
    return told | {"stopped": stopped, "well": well}
