"""The room of the desk for platforms that post in their own words: doors, and what came and was not taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.commons.community_page import named
from api.connecting.connector import connectors
from api.connecting.errors import ConnectingError
from api.connecting.replaying import replay_all
from api.connecting.watching import WHY, lasting, shape, watched
from api.guard import forms
from api.guard.doors import BASIC_UNDER, Here, Permit
from api.installation import Installation
from api.web.auth import Principal
from api.web.problems import ProblemError, described, not_found
from api.words.rendering import pages_of
from schemas import Fault, say

if TYPE_CHECKING:
    from ledger import Hook, Stray

router = APIRouter(tags=["people"], prefix="/manage/{community}/connections", default_response_class=HTMLResponse)

ByForm = Annotated[Principal, Depends(Permit("community.manage", by_form=True))]
Context = dict[str, Any]

MOST_SHOWN = 10  # deliveries of each door
LONGEST_SECRET = 500
STATES = {
    "waiting": say("It waits for the secret that the platform brings."),
    "refusing": say("Not all that came in the last seven days was taken."),
    "silent": say("It is silent for longer than usual."),
    "new": say("Nothing was told through it yet."),
    "well": say("It does as it used to."),
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
    """`close` a door, `close-old` its old secret, `confirm` the one it was brought, or `replay` what was kept aside."""
    await forms.own_fields(request, asking)
    found = connectors().get(connector)
    if done not in {"close", "close-old", "confirm", "replay"} or found is None:
        raise not_found("door")

    def do() -> None:
        here.known(community)
        if done == "replay":
            replay_all(here, community, found)
        elif done == "confirm":
            here.book.hooks.confirm(community, connector)
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
        raise _not_opened("/connector", "wanted one of these, got another")
    shown = {"title": found.title, "address": _address(here, community, found.name), "brought": False}
    if form.get("show"):
        return shown | {"secret": here.book.hooks.show(community, found.name) or "", "brought": True}
    if not secret and found.challenge and found.challenge.brings:
        if not here.book.hooks.wait(community, found.name):
            raise _not_opened("/connector", "wanted a door that is not open yet, or another secret for it; got neither")
        return shown | {"secret": ""}
    if not secret and found.scheme.given == "platform":
        raise _not_opened("/secret", f"wanted the one that {found.title} shows, got none")
    given = secret[:LONGEST_SECRET] or found.scheme.new_secret()
    try:
        found.scheme.key(given)
    except ConnectingError as error:
        raise _not_opened("/secret", str(error)) from error
    here.book.hooks.open(community, found.name, given)
    return shown | {"secret": "" if secret else given}


def _not_opened(pointer: str, words: str) -> ProblemError:
    return ProblemError(422, "no door was opened", errors=[Fault(pointer, words)])


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
    hooks = {hook.connector: hook for hook in here.book.hooks.of(community)}
    page: Context = {
        "community": named(known, here.standings.charter(community)),
        "doors": [_door(here, community, hooks.get(told["connector"]), told) for told in watched(here, community)],
        "connectors": [
            {"name": one.name, "title": one.title, "about": one.about, "setup": one.setup, "given": one.scheme.given}
            for one in sorted(connectors().values(), key=lambda each: each.title.lower())
        ],
        "made": made,
        "tried": tried,
    }
    return pages_of(request).page("desk_connections.html", page, asking=asking, status=status)


def _door(here: Installation, community: str, hook: Hook | None, told: Context) -> Context:
    kept = here.book.strays.of(community, told["connector"])
    return told | {
        "words": STATES[told["state"]],
        "address": _address(here, community, hook.connector) if hook else f"{here.settings.origin}{BASIC_UNDER}",
        "hook": hook is not None,
        "sources": [_source(one) for one in told["sources"]],
        "counts": [{"key": each["event"], "reason": WHY[each["why"]], **each} for each in told["refusals"]],
        "kept": [_stray(each) for each in kept[:MOST_SHOWN]],
        "more": max(0, len(kept) - MOST_SHOWN),
        "brought": hook is not None and bool(hook.offered),
        "shown": hook is not None and bool(hook.shown),
    }


def _source(one: Context) -> Context:
    gap = one["usual_interval_seconds"]
    return one | {"usual": None if gap is None else lasting(gap)}


def _stray(stray: Stray) -> Context:
    told = shape(stray)
    body = told["body"]
    text = orjson.dumps(body, option=orjson.OPT_INDENT_2).decode() if stray.said.get("told") else ""
    return {"key": stray.key, "why": WHY[stray.why], "at": told["at"], "words": told["words"], "shape": text}


def _address(here: Installation, community: str, connector: str) -> str:
    return f"{here.settings.origin}/hooks/{community}/{connector}"
