"""Claiming one's badges by a link, without an account: on the phone in one's hand.

A manager hands the link out, printed as a code perhaps. A GET only asks, for things that look at links follow them; the
POST takes it, and leads to the badges under an address that holds for an hour. It shows badges and hands them over, and
signs nobody in: a card that was left on a table opens nobody's own page.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.commons.community_page import named
from api.guard import forms
from api.guard.doors import Here, Permit
from api.holding.profile import held, named_badge
from api.holding.wallet import wallet_page
from api.people.members import find_member
from api.web.auth import Principal
from api.web.problems import ProblemError, described, gone, not_found
from api.words.rendering import pages_of

if TYPE_CHECKING:
    from api.installation import Installation
    from api.people.members import Member
    from ledger import Link

router = APIRouter(tags=["people"])
Anyone = Annotated[Principal, Depends(Permit("public"))]
Token = Annotated[str, Path(description="of the link")]

CLAIM: Final = "claim"  # what a link is for that a manager hands out,
CLAIMED: Final = "claimed"  # and one to which that led
CLAIMED_SECONDS: Final = 3_600
LONGEST_TOKEN = 200  # characters
GONE = "this link was used already, is too old, or was never made; ask whoever gave it to you for another"
OVER = "this page was good for an hour; your badges still are. Ask for another link, or sign in"
_MICRO = 1_000_000


def claim_link(here: Installation, member: Member, seconds: int) -> str:
    """Return the address of a new link by which a member claims her badges, once, within `seconds`. Blocks."""
    return f"{here.settings.origin}/claim/{_link(here, member, CLAIM, seconds)}"


@router.get(
    "/claim/{token}", response_class=HTMLResponse, summary="A link to claim badges", responses=described(404, 410, 503)
)
def ask(token: Token, request: Request, here: Here, asking: Anyone) -> HTMLResponse:
    """Ask whether to claim them; the link stays good."""
    member = _member(here, _found(here, token, CLAIM, GONE))
    context = {"community": _community(here, member), "token": token}
    return pages_of(request).page("claim.html", context, asking=asking)


@router.post(
    "/claim/{token}",
    status_code=303,
    response_class=RedirectResponse,
    summary="Claim badges by a link",
    responses={303: {"description": "to the badges"}, **described(400, 404, 410, 413, 415, 503)},
)
async def claim(token: Token, request: Request, here: Here, _: Anyone) -> Response:
    """Take the link, which is then used up, and lead to the badges."""
    await forms.fields(request)

    def take() -> str:
        member = _member(here, _found(here, token, CLAIM, GONE))
        if here.book.vault.take_link(token) is None:
            raise ProblemError(404, GONE)
        return _link(here, member, CLAIMED, CLAIMED_SECONDS)

    return RedirectResponse(f"/claimed/{await run_in_threadpool(take)}", 303)


@router.get(
    "/claimed/{token}", response_class=HTMLResponse, summary="Badges to take along", responses=described(404, 410, 503)
)
def claimed(token: Token, request: Request, here: Here, asking: Anyone) -> HTMLResponse:
    """Show the badges that somebody claimed, with all that she may do with them."""
    member = _member(here, _found(here, token, CLAIMED, OVER))
    given = here.standings.charter(member.community).recognised()
    context = {
        "community": _community(here, member),
        "token": token,
        "badges": [
            {
                "id": one.id,
                "name": named_badge(given, one),
                "description": given.get((one.kind, one.achievement), {}).get("description"),
                "earned": one.earned,
            }
            for one in held(here, member)
        ],
    }
    return pages_of(request).page("claimed.html", context, asking=asking)


@router.post(
    "/claimed/{token}",
    response_class=HTMLResponse,
    summary="Put a claimed badge into a wallet",
    responses=described(400, 404, 410, 413, 415, 503),
)
async def into_wallet(token: Token, request: Request, here: Here, asking: Anyone) -> HTMLResponse:
    """Show a code and a link by which a wallet takes a badge (`badge`: its id), once, within ten minutes."""
    form = await forms.fields(request)

    def offered() -> HTMLResponse:
        member = _member(here, _found(here, token, CLAIMED, OVER))
        issued = next((one for one in held(here, member) if one.id == form.get("badge")), None)
        if issued is None:
            raise not_found("badge")
        return wallet_page(request, here, issued, asking)

    return await run_in_threadpool(offered)


def _link(here: Installation, member: Member, role: str, seconds: int) -> str:
    expires = time.time_ns() // 1_000 + seconds * _MICRO
    return here.book.vault.add_link(member.community, role=role, subject=member.id, expires=expires)


def _found(here: Installation, token: str, role: str, words: str) -> Link:
    """Return what a link is for. Raises a 404 problem where it is not for this, or not good any more.

    Tries are not counted, as those to sign in are: all who claim at a meeting may come from one address.
    """
    link = here.book.vault.peek_link(token) if len(token) <= LONGEST_TOKEN else None
    if link is None or link.role != role:
        raise ProblemError(404, words)
    return link


def _member(here: Installation, link: Link) -> Member:
    """Return whose badges a link is for. Raises a 410 problem for who was erased."""
    found = find_member(here, link.community, link.subject)
    if found is None:
        raise gone()
    return found


def _community(here: Installation, member: Member) -> dict[str, Any]:
    return named(here.known(member.community), here.standings.charter(member.community))
