"""OPTIONS /events: whether a sender of CloudEvents may post here (CloudEvents "HTTP 1.1 Web Hooks for Event Delivery").

Its section "Abuse Protection": who may post says so before anything is sent. Only who holds a key that posts gets
leave, in the answer itself. A callback is never asked: whoever names one could have us ask anybody's server for him. It
is logged, so that an operator who wants that sender can open it by hand, which the standard foresees.
"""

from __future__ import annotations

import re
from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.guard.doors import Permit
from api.web.auth import Principal, allowed
from api.web.problems import ProblemError, described

router = APIRouter(tags=["platform"])

MOST_A_MINUTE = 6_000  # deliveries that a sender is given leave for
LONGEST_CALLBACK = 2_048  # characters that are logged
_ORIGIN = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*(?::[0-9]{1,5})?", re.ASCII)
_RATE = re.compile(r"[1-9][0-9]{0,9}", re.ASCII)

log = structlog.get_logger("guildbook.hooks")


@router.options(
    "/events",
    status_code=204,
    response_class=Response,
    summary="Ask whether CloudEvents may be posted here",
    responses={
        204: {
            "description": "leave, where `WebHook-Allowed-Origin` is among the headers; none otherwise",
            "headers": {
                "Allow": {"schema": {"type": "string"}},
                "WebHook-Allowed-Origin": {"schema": {"type": "string"}},
                "WebHook-Allowed-Rate": {"schema": {"type": "string"}, "description": "deliveries a minute"},
            },
        },
        **described(400, 401),
    },
)
def ask(request: Request, asking: Annotated[Principal, Depends(Permit("public"))]) -> Response:
    """Give a sender leave to post, where its key has it: `WebHook-Request-Origin` names who asks."""
    headers = {"Allow": "OPTIONS, POST"}
    origin = request.headers.get("webhook-request-origin")
    if origin is None:
        return Response(status_code=204, headers=headers)
    if not _ORIGIN.fullmatch(origin):
        raise ProblemError(400, f"WebHook-Request-Origin: wanted the name of a host, got {origin[:60]!r}")
    if allowed(asking, "events.write", asking.community):
        headers |= {"WebHook-Allowed-Origin": origin, "WebHook-Allowed-Rate": _rate(request)}
    else:
        callback = request.headers.get("webhook-request-callback", "")[:LONGEST_CALLBACK]
        log.warning("webhook.asked", origin=origin, callback=callback)
    return Response(status_code=204, headers=headers)


def _rate(request: Request) -> str:
    """Return how many deliveries a minute are given leave for: what is asked, up to the most there is."""
    asked = request.headers.get("webhook-request-rate")
    if asked is None:
        return str(MOST_A_MINUTE)
    if not _RATE.fullmatch(asked):
        raise ProblemError(400, f"WebHook-Request-Rate: wanted deliveries a minute, got {asked[:40]!r}")
    return str(min(int(asked), MOST_A_MINUTE))
