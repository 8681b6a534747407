"""Where somebody is signed in, and ending it there; and by what she signs in."""

from __future__ import annotations

import time
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from api.commons.community_page import named
from api.entry import whom
from api.guard import forms
from api.guard.devices import UNKNOWN
from api.guard.doors import Here, Permit
from api.installation import Installation
from api.web.auth import Principal
from api.web.problems import ProblemError, described
from api.words.rendering import pages_of
from ledger import INSTALLATION, SignIn
from schemas import counted, format_time, say

router = APIRouter(tags=["people"], prefix="/signed-in")

_PAGE = described(401, 403, 503)
_MINUTE = 60_000_000  # µs
_NOW, _HOUR, _DAY = 6, 60, 1_440  # minutes
WAYS = {"link": say("a sign-in link"), "oidc": say("a provider")}


@router.get("", summary="Where you are signed in", response_class=Response, responses=_PAGE)
def signed_in(request: Request, here: Here, asking: Annotated[Principal, Depends(Permit("session.own"))]) -> Response:
    """Show whoever is signed in where she is, since when, and by what; and how she may sign in from now on."""
    return pages_of(request).page("signed-in.html", _context(here, asking), asking=asking)


@router.post(
    "/end",
    summary="End sign-ins of one's own",
    status_code=303,
    response_class=RedirectResponse,
    responses={303: {"description": "ended; back to the page"}, **described(400, 401, 403, 413, 415, 422, 503)},
)
async def end(
    request: Request, here: Here, asking: Annotated[Principal, Depends(Permit("session.own", by_form=True))]
) -> Response:
    """End one sign-in (`which`: its handle), or all but this (`which`: others)."""
    form = await forms.own_fields(request, asking)
    which = form.get("which", "")

    def ended() -> None:
        mine = {one.handle for one in whom.own(here, asking)} - {asking.session}
        some = mine if which == "others" else mine & {which}
        if which != "others" and not some:
            raise ProblemError(422, "wanted one of your own sign-ins, and not this one; that is ended by `Sign out`")
        here.book.sign_ins.end(asking.community or INSTALLATION, some)

    await run_in_threadpool(ended)
    return RedirectResponse("/signed-in", 303)


def _context(here: Installation, asking: Principal) -> dict[str, Any]:
    found = whom.own(here, asking)
    slug = asking.community
    return {
        "community": named(here.known(slug), here.standings.charter(slug)) if slug else None,
        "sign_ins": [shown(one, asking.session) for one in reversed(found)],
        "office": asking.role == "manager" and not asking.subject,
        "provider": here.provider,
        "used": _used(here, asking),
        "longest_label": whom.LONGEST_LABEL,
    }


def _used(here: Installation, asking: Principal) -> bool:
    """Return whether the provider of now can sign in whoever is asking."""
    issuer = here.provider.issuer if here.provider else None
    return any(one.issuer == issuer and whom.works(here, one) for one in whom.used(here, asking))


def ago(minutes: int) -> str:
    """Return how long ago something was, as people say it; sign-ins are noted every few minutes, and last a week."""
    if minutes < _NOW:
        return say("just now")
    if minutes < _HOUR:
        return say("%(minutes)s minutes ago", minutes=minutes)
    if minutes < _DAY:
        return counted(minutes // _HOUR, "hour ago", "hours ago")
    return counted(minutes // _DAY, "day ago", "days ago")


def shown(one: SignIn, this: str = "") -> dict[str, Any]:
    """Return a sign-in as pages tell it; `this`: the handle of the one that is asking."""
    return {
        "handle": one.handle,
        "device": UNKNOWN if one.device == UNKNOWN else one.device,
        "way": WAYS.get(one.way, one.way),
        "begun": format_time(one.begun),
        "seen": format_time(one.seen),
        "ago": ago((time.time_ns() // 1_000 - one.seen) // _MINUTE),
        "this": one.handle == this,
    }
