"""Signing in by a link that works once, and signing out.

Mail scanners follow links, so a GET only asks; the POST of the page it shows takes the link.
"""

from __future__ import annotations

import secrets
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from api import forms
from api.auth import Principal
from api.community_page import named
from api.doors import Here, Permit
from api.problems import ProblemError, described
from api.rendering import pages_of
from api.sessions import HOURS, same_word

router = APIRouter(tags=["people"], include_in_schema=False)
Anyone = Annotated[Principal, Depends(Permit("public"))]

ROLES = {"manager", "member"}  # a link that is for something else lets nobody in
LONGEST_TOKEN = 200  # characters
GONE = "this sign-in link was used already, is too old, or was never made; ask a manager for another"
_FORM_COOKIE = "guildbook-form"
_FORM_SECONDS = 900


@router.get("/enter/{token}", responses=described(404))
async def ask(token: str, request: Request, here: Here, _: Anyone) -> Response:
    """Ask whether to sign in; the link stays good."""

    def look() -> dict[str, object]:
        link = here.book.vault.peek_link(token) if len(token) <= LONGEST_TOKEN else None
        if link is None or link.role not in ROLES:
            raise ProblemError(404, GONE)
        charter = here.standings.charter(link.community)
        return {"community": named(here.known(link.community), charter), "role": link.role}

    context = await run_in_threadpool(look)
    word = secrets.token_urlsafe(16)
    context |= {"token": token, "hours": HOURS, "word": word}
    answer = pages_of(request).page("enter.html", context)
    answer.set_cookie(
        _FORM_COOKIE,
        word,
        max_age=_FORM_SECONDS,
        path="/enter",
        secure=here.settings.secure,
        httponly=True,
        samesite="strict",
    )
    return answer


@router.post("/enter/{token}", responses=described(400, 403, 404, 413, 415))
async def enter(token: str, request: Request, here: Here, _: Anyone) -> Response:
    """Take the link and sign in."""
    form = await forms.fields(request)
    if not same_word(form.get(forms.WORD), request.cookies.get(_FORM_COOKIE, "")):
        raise ProblemError(403, "wanted the form of our own page; open the link once more")
    link = await run_in_threadpool(here.book.vault.take_link, token) if len(token) <= LONGEST_TOKEN else None
    if link is None or link.role not in ROLES:
        raise ProblemError(404, GONE)
    role: Literal["manager", "member"] = "manager" if link.role == "manager" else "member"
    member = link.subject if role == "member" else None
    where = f"/manage/{link.community}" if member is None else f"/c/{link.community}/m/{member}"
    answer = RedirectResponse(where, 303)
    here.sessions.start(answer, community=link.community, role=role, member=member)
    answer.delete_cookie(_FORM_COOKIE, path="/enter")
    return answer


@router.post("/leave", responses=described(403))
async def leave(request: Request, here: Here, asking: Anyone) -> Response:
    """Sign out."""
    form = await forms.fields(request)
    if asking.kind == "session" and not same_word(form.get(forms.WORD), asking.csrf):
        raise ProblemError(403, "wanted the form of our own page")
    where = f"/c/{asking.community}" if asking.community else "/"
    answer = RedirectResponse(where, 303)
    here.sessions.end(answer)
    return answer
