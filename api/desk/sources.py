"""The sources' room of the desk: what arrives, from where, with which key, and what came twice with other words."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.commons.community_page import named
from api.connecting.watching import heard, lasting, refusing
from api.desk.arriving import conflicts, waiting
from api.guard import forms
from api.guard.doors import Here, Permit
from api.installation import Installation
from api.pulling.health import pulled
from api.web.auth import SCOPES, Principal
from api.web.problems import ProblemError, described
from api.words.rendering import pages_of
from api.words.wording import OUTCOMES
from schemas import Fault, format_time, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from projections import Source

router = APIRouter(tags=["people"], prefix="/manage/{community}/sources", default_response_class=HTMLResponse)

ByForm = Annotated[Principal, Depends(Permit("community.manage", by_form=True))]
Context = dict[str, Any]

LONGEST_LABEL = 60  # characters
SAID = {
    "events:write": say("post events"),
    "identity": say("link accounts to people"),
    "read": say("read standings and the charter"),
    "manage": say("do all that a manager may"),
}
"""What each scope of a key lets its holder do."""


@router.get("", summary="What arrives, and from where", responses=described(401, 403, 404))
def sources(
    community: str,
    request: Request,
    here: Here,
    asking: Annotated[Principal, Depends(Permit("community.manage"))],
) -> HTMLResponse:
    """Show each source with its health, what became of events, and the keys they are posted with."""
    return _shown(request, here, community, asking)


@router.post("/keys", summary="Make a key, on that page", responses=described(400, 401, 403, 404, 413, 415, 422))
async def add(community: str, request: Request, here: Here, asking: ByForm) -> Response:
    """Make an API key by the form of our own page, and show it, this once."""
    form = await forms.own_fields(request, asking)

    def make() -> Response:
        here.known(community)
        return forms.mended(
            request,
            ("key", form),
            lambda: _shown(request, here, community, asking, made=_made(here, community, form)),
            lambda tried, status: _shown(request, here, community, asking, tried=tried, status=status),
        )

    return await run_in_threadpool(make)


@router.post(
    "/keys/{key}/drop",
    status_code=303,
    response_class=RedirectResponse,
    summary="End a key, on that page",
    responses={303: {"description": "ended; back to the page"}, **described(400, 401, 403, 404, 413, 415)},
)
async def drop(community: str, key: str, request: Request, here: Here, asking: ByForm) -> Response:
    """Make an API key open nothing any more, by the form of our own page."""
    await forms.own_fields(request, asking)

    def end() -> None:
        here.known(community)
        here.book.vault.drop_key(community, key)  # one that is not there opens nothing already

    await run_in_threadpool(end)
    return RedirectResponse(f"/manage/{community}/sources#keys", 303)


def _made(here: Installation, community: str, form: dict[str, str]) -> str:
    """Return a new key. Raises a 422 problem for a form that says too little."""
    label = form.get("label", "").strip()
    scopes = [scope for scope in SCOPES if form.get(scope)]
    faults = []
    if not label or len(label) > LONGEST_LABEL or not label.isprintable():
        faults.append(Fault("/label", f"what it is for: wanted 1 to {LONGEST_LABEL} characters, got {len(label)}"))
    if not scopes:
        faults.append(Fault("/scopes", "what it may do: wanted one of these at least, got none"))
    if faults:
        raise ProblemError(422, "no key was made", errors=faults)
    return here.book.vault.add_key(community, label=label, scopes=scopes)


def _shown(  # the page, whatever was done on it
    request: Request,
    here: Installation,
    community: str,
    asking: Principal,
    *,
    made: str | None = None,
    tried: forms.Tried | None = None,
    status: int = 200,
) -> HTMLResponse:
    found = here.known(community)
    doors = here.metrics.of(community)
    page: Context = {
        "community": named(found, here.standings.charter(community)),
        "sources": list(_told(heard(here, community))),
        "refusing": refusing(here, community),
        "pulls": pulled(here, community, at=time.time_ns() // 1_000),
        "doors": [(words, doors.get(name, 0)) for name, words in OUTCOMES.items()],
        "conflicts": list(conflicts(here, community)),
        "waiting": waiting(here, community),
        "position": here.standings.position(community),
        "head": here.book.head(community),
        "keys": [
            {"id": key.id, "label": key.label, "may": [SAID[scope] for scope in SCOPES if scope in key.scopes]}
            for key in here.book.vault.keys(community)
        ],
        "scopes": SAID,
        "made": made,
        "tried": tried,
        "base": here.settings.origin,
    }
    return pages_of(request).page("desk_sources.html", page, asking=asking, status=status)


def _told(found: list[Source]) -> Iterator[Context]:
    for one in found:
        highest = max(one.weeks) or 1
        yield {
            "name": one.name,
            "declared": one.declared,
            "kinds": sorted(one.kinds.items(), key=lambda kind: -kind[1]),
            "facts": one.facts,
            "first": None if one.first is None else format_time(one.first),
            "last": None if one.last is None else format_time(one.last),
            "usual": one.usual,
            "gap": None if one.gap is None else lasting(one.gap),
            "bars": [(number, round(24 * number / highest, 1)) for number in one.weeks],
            "silent": one.silent.words if one.silent else None,
            "advice": one.silent.advice if one.silent else None,
        }
