"""Signing in by a link that works once, and signing out.

Mail scanners follow links, so a GET only asks; the POST of the page it shows takes the link.
"""

from __future__ import annotations

from typing import Annotated, cast, get_args

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from api.commons.community_page import named
from api.entry.form_word import check_word, set_word
from api.entry.going_on import home_of
from api.guard import forms
from api.guard.doors import Here, Permit
from api.guard.origins import check
from api.guard.sessions import HOURS, same_word
from api.installation import Installation
from api.web.auth import Principal, Role
from api.web.problems import ProblemError, described
from api.words.rendering import pages_of
from ledger import INSTALLATION, Link

router = APIRouter(tags=["people"], include_in_schema=False)
Anyone = Annotated[Principal, Depends(Permit("public"))]

LONGEST_TOKEN = 200  # characters
GONE = "this sign-in link was used already, is too old, or was never made; ask for another"


@router.get("/enter/{token}", responses=described(404, 429))
async def ask(token: str, request: Request, here: Here, _: Anyone) -> Response:
    """Ask whether to sign in; the link stays good."""
    here.tries.check(request)

    def look() -> dict[str, object] | None:
        link = _link(here, token)
        if link is None:
            return None
        if link.community == INSTALLATION:
            return {"community": None, "role": link.role}
        charter = here.standings.charter(link.community)
        return {"community": named(here.known(link.community), charter), "role": link.role}

    context = await run_in_threadpool(look)
    if context is None:
        here.tries.note(request)
        raise ProblemError(404, GONE)
    return set_word(
        here,
        lambda word: pages_of(request).page("enter.html", context | {"token": token, "hours": HOURS, "word": word}),
    )


@router.post("/enter/{token}", responses=described(400, 403, 404, 413, 415, 429))
async def enter(token: str, request: Request, here: Here, _: Anyone) -> Response:
    """Take the link and sign in."""
    here.tries.check(request)
    check(request, here.settings.origin)
    check_word(here, request, await forms.fields(request))

    def take() -> Link | None:
        return here.book.vault.take_link(token) if _link(here, token) else None

    link = await run_in_threadpool(take)
    if link is None:
        here.tries.note(request)
        raise ProblemError(404, GONE)
    role, subject = cast("Role", link.role), link.subject if link.role == "member" else ""
    answer = RedirectResponse(_home(link), 303)
    await run_in_threadpool(here.sessions.start, request, answer, community=link.community, role=role, subject=subject)
    return answer


def _link(here: Installation, token: str) -> Link | None:
    """Return the sign-in link of a token, which stays good; None where it is none, or is for something else. Blocks."""
    found = here.book.vault.peek_link(token) if len(token) <= LONGEST_TOKEN else None
    if found is None or (found.role == "operator") != (found.community == INSTALLATION):
        return None
    return found if found.role in get_args(Role) else None


def _home(link: Link) -> str:
    member = link.subject if link.role == "member" else None
    return home_of(Principal(kind="session", community=link.community, role=cast("Role", link.role), member=member))


@router.post("/leave", responses=described(403))
async def leave(request: Request, here: Here, asking: Anyone) -> Response:
    """Sign out."""
    form = await forms.fields(request)
    if asking.kind == "session" and not same_word(form.get(forms.WORD), asking.csrf):
        raise ProblemError(403, "wanted the form of our own page")
    where = f"/c/{asking.community}" if asking.community else "/"
    answer = RedirectResponse(where, 303)
    await run_in_threadpool(here.sessions.end, answer, asking)
    return answer
