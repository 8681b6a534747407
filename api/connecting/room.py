"""The room of the desk for platforms that post in their own words: doors, and what came and was not taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api import forms
from api.auth import Principal
from api.community_page import named
from api.connecting.connector import connectors
from api.connecting.errors import ConnectingError
from api.connecting.redacting import redacted
from api.connecting.replaying import replay_all
from api.doors import Here, Permit
from api.installation import Installation
from api.problems import ProblemError, described, not_found
from api.rendering import pages_of
from schemas import Fault, format_time, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ledger import Hook, Stray, StrayCount

router = APIRouter(tags=["people"], prefix="/manage/{community}/connections", default_response_class=HTMLResponse)

ByForm = Annotated[Principal, Depends(Permit("community.manage", by_form=True))]
Context = dict[str, Any]

MOST_SHOWN = 10  # deliveries of each door
LONGEST_SECRET = 500
WHY = {
    "unknown": say("no mapping knows it"),
    "misfit": say("it is not what the mapping thinks it is"),
    "refused": say("its facts were refused"),
    "conflict": say("it came before with other content"),
}


@router.get("", summary="Which platforms post in their own words", responses=described(401, 403, 404))
def connections(
    community: str,
    request: Request,
    here: Here,
    asking: Annotated[Principal, Depends(Permit("community.manage"))],
) -> HTMLResponse:
    """Show each door with what came and was not taken, and the connectors there are."""
    return _shown(request, here, community, asking)


@router.post("", summary="Open a door, on that page", responses=described(400, 401, 403, 404, 413, 415, 422))
async def open_door(community: str, request: Request, here: Here, asking: ByForm) -> Response:
    """Let a platform post, by the form of our own page; a secret of ours is shown this once."""
    form = await forms.own_fields(request, asking)

    def opening() -> Response:
        here.known(community)
        return forms.mended(
            request,
            ("door", form),
            lambda: _shown(request, here, community, asking, made=_made(here, community, form)),
            lambda tried, status: _shown(request, here, community, asking, tried=tried, status=status),
        )

    return await run_in_threadpool(opening)


@router.post(
    "/{connector}/{done}",
    status_code=303,
    response_class=RedirectResponse,
    summary="Close a door, or take what was kept aside, on that page",
    responses={303: {"description": "done; back to the page"}, **described(400, 401, 403, 404, 413, 415)},
)
async def done(community: str, connector: str, done: str, request: Request, here: Here, asking: ByForm) -> Response:
    """`close` a door, `close-old` what its secret was before, or `replay` what was kept aside of it."""
    await forms.own_fields(request, asking)
    found = connectors().get(connector)
    if done not in {"close", "close-old", "replay"} or found is None:
        raise not_found("door")

    def do() -> None:
        here.known(community)
        if done == "replay":
            replay_all(here, community, found)
        elif done == "close":
            here.book.hooks.drop(community, connector)
        else:
            here.book.hooks.close_old(community, connector)

    await run_in_threadpool(do)
    return RedirectResponse(f"/manage/{community}/connections#{connector}", 303)


def _made(here: Installation, community: str, form: dict[str, str]) -> Context:
    """Open a door; return what is shown of it once. Raises a 422 problem for a form that does not say enough."""
    found, secret = connectors().get(form.get("connector", "")), form.get("secret", "").strip()
    if found is None:
        raise ProblemError(422, "no door was opened", errors=[Fault("/connector", "wanted one of these, got another")])
    if not secret and found.scheme.given == "platform":
        fault = Fault("/secret", f"wanted the one that {found.title} shows, got none")
        raise ProblemError(422, "no door was opened", errors=[fault])
    given = secret[:LONGEST_SECRET] or found.scheme.new_secret()
    try:
        found.scheme.key(given)
    except ConnectingError as error:
        raise ProblemError(422, "no door was opened", errors=[Fault("/secret", str(error))]) from error
    here.book.hooks.open(community, found.name, given)
    return {"title": found.title, "secret": "" if secret else given, "address": _address(here, community, found.name)}


def _shown(  # the page, whatever was done on it
    request: Request,
    here: Installation,
    community: str,
    asking: Principal,
    *,
    made: Context | None = None,
    tried: forms.Tried | None = None,
    status: int = 200,
) -> HTMLResponse:
    known = here.known(community)
    counts = here.book.strays.counts(community)
    page: Context = {
        "community": named(known, here.standings.charter(community)),
        "doors": [_door(here, hook, counts) for hook in here.book.hooks.of(community)],
        "connectors": [
            {"name": one.name, "title": one.title, "about": one.about, "setup": one.setup, "given": one.scheme.given}
            for one in sorted(connectors().values(), key=lambda each: each.title.lower())
        ],
        "made": made,
        "tried": tried,
    }
    return pages_of(request).page("desk_connections.html", page, asking=asking, status=status)


def _door(here: Installation, hook: Hook, counts: list[StrayCount]) -> Context:
    connector = connectors().get(hook.connector)
    kept = here.book.strays.of(hook.community, hook.connector)
    return {
        "connector": hook.connector,
        "title": connector.title if connector else hook.connector,
        "since": format_time(hook.since),
        "address": _address(here, hook.community, hook.connector),
        "secrets": len(hook.secrets),
        "counts": list(_counted(hook, counts)),
        "kept": [_stray(each) for each in kept[:MOST_SHOWN]],
        "more": max(0, len(kept) - MOST_SHOWN),
    }


def _counted(hook: Hook, counts: list[StrayCount]) -> Iterator[Context]:
    for each in counts:
        if each.connector == hook.connector:
            yield {"key": each.key, "why": WHY[each.why], "number": each.number, "last": format_time(each.last)}


def _stray(stray: Stray) -> Context:
    told = stray.said.get("told")
    shape = orjson.dumps(redacted(told.get("body")), option=orjson.OPT_INDENT_2).decode() if told else ""
    words = stray.said.get("words", [])
    return {"key": stray.key, "why": WHY[stray.why], "at": format_time(stray.at), "words": words, "shape": shape}


def _address(here: Installation, community: str, connector: str) -> str:
    return f"{here.settings.origin}/hooks/{community}/{connector}"
