"""The page that says how one gets in, and a letter with a link for who asks."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.commons.community_page import named
from api.entry.form_word import check_word, set_word
from api.entry.going_on import own_page
from api.entry.letters import MINUTES, plausible, post_link
from api.guard import forms
from api.guard.doors import Here, Permit
from api.guard.origins import check
from api.installation import Installation
from api.web.auth import Principal
from api.web.problems import described, not_found
from api.words.rendering import pages_of

router = APIRouter(tags=["people"], prefix="/enter")
Anyone = Annotated[Principal, Depends(Permit("public"))]


@router.get("", summary="How to sign in", response_class=Response, responses=described(503))
async def ways(request: Request, here: Here, asking: Anyone) -> Response:
    """Show the ways in: the provider, a letter, and where a link comes from. `next=` a page of ours to go on to."""
    return await _page(request, here, asking)


@router.post(
    "/letter",
    summary="Ask for a sign-in link by mail",
    response_class=Response,
    responses=described(400, 403, 404, 413, 415, 422, 429),
)
async def letter(request: Request, here: Here, asking: Anyone) -> Response:
    """Send a link to an address, if a platform told of a member by it. The answer does not say whether one did."""
    check(request, here.settings.origin)
    here.tries.check(request)
    form = await forms.fields(request)
    check_word(here, request, form)
    if here.send is None:
        raise not_found("letter")
    here.tries.note(request)
    community, address = form.get("community", ""), form.get("address", "")
    await run_in_threadpool(here.known, community)
    if not plausible(address):
        return await _page(request, here, asking, tried=form, wrong="wanted an e-mail address, as ada@example.org")
    answer = pages_of(request).page("letter.html", {"minutes": MINUTES}, asking=asking)
    answer.background = BackgroundTask(run_in_threadpool, post_link, here, community, address)
    return answer


async def _page(
    request: Request, here: Installation, asking: Principal, tried: dict[str, str] | None = None, wrong: str = ""
) -> Response:
    def look() -> dict[str, Any]:
        listed = here.book.communities() if here.send else []
        return {
            "provider": here.provider,
            "letters": here.send is not None,
            "communities": [named(one, here.standings.charter(one.slug)) for one in listed],
            "following": own_page(request.query_params.get("next")),
            "tried": tried or {},
            "wrong": wrong,
        }

    context = await run_in_threadpool(look)
    status = 422 if wrong else 200
    return set_word(
        here,
        lambda word: pages_of(request).page("ways.html", context | {"word": word}, asking=asking, status=status),
    )
