"""The pages. A route translates, calls one function, and translates back."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.celebrating.pages import celebrated_context
from api.celebrating.told import celebration
from api.commons.community_page import community_page, named
from api.desk.withdrawing import taken_back
from api.guard.doors import Here, Permit
from api.guard.forms import Tried
from api.holding.embedding import embeddable
from api.holding.profile import address, open_to_others
from api.installation import Installation
from api.leading import inviting
from api.people.members import find_member, may
from api.showing.member_page import member_page
from api.showing.said import said_of
from api.web.auth import Principal, allowed
from api.web.problems import described, gone, not_found
from api.words.rendering import pages_of
from badges import Thing
from ledger import SLUG, UnknownCommunityError
from projections import UnknownMemberError

router = APIRouter(tags=["people"], default_response_class=HTMLResponse)
Anyone = Annotated[Principal, Depends(Permit("public"))]

FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}


@router.get("/", summary="What this is")
def home(request: Request, here: Here, asking: Anyone) -> HTMLResponse:
    """Say what this is, and which communities are here."""
    communities = []
    for community in here.book.communities():
        charter = here.standings.charter(community.slug)
        statement = charter.document.get("domain", {}).get("statement")
        communities.append({**named(community, charter), "statement": statement})
    return pages_of(request).page("home.html", {"communities": communities}, asking=asking)


@router.get("/c/{community}", summary="A community", responses=described(404))
def community(
    community: str,
    request: Request,
    here: Here,
    asking: Annotated[Principal, Depends(Permit("community.page"))],
) -> HTMLResponse:
    """Show what the community declares; to those inside also how many stand where."""
    return community_shown(request, here, community, asking)


def community_shown(
    request: Request,
    here: Installation,
    community: str,
    asking: Principal,
    tried: Tried | None = None,
    status: int = 200,
) -> HTMLResponse:
    """Return the page of a community. `tried`: a form of it that was refused. Blocks."""
    here.known(community)
    inside = allowed(asking, "charter.read", community)
    told = here.remembered.told
    page = told(
        community, ("page", inside), lambda: community_page(here, here.known(community), inside=inside), dear=True
    )
    context = page | said_of(here, community, Thing(), asking, tried)
    week = told(community, ("week", inside), lambda: celebration(here, community, "week", inside=inside), dear=True)
    context |= embeddable(here, community, context["community"]["name"])
    context |= celebrated_context(here, week, inside=False)  # without the texts to post: those are on its own page
    return pages_of(request).page("community.html", context, asking=asking, status=status)


@router.get("/c/{community}/m/{member}", summary="A member's own page", responses=described(410, 503))
def member(
    community: str,
    member: str,
    request: Request,
    here: Here,
    asking: Annotated[Principal, Depends(Permit("community.page"))],
) -> Response:
    """Show a member where she stands and why; to anyone else, known or not, that this page is private.

    Where she has switched on her page for others, they are led there. An id of another account of hers leads to the
    page under her own.
    """
    context = _member(here, community, member, asking)
    if context is None and (shown := open_to_others(here, community, member)):
        return RedirectResponse(address(shown[0]), 307)
    if context is None:
        return pages_of(request).page("private.html", {}, asking=asking)
    if context["member"]["id"] != member:
        return RedirectResponse(f"/c/{community}/m/{context['member']['id']}", 307)  # a link can be undone
    return pages_of(request).page("member.html", context, asking=asking)


def _member(here: Installation, community: str, member: str, asking: Principal) -> dict[str, Any] | None:
    """Return the page's context for who may see it, and the same nothing for everyone else.

    Raises a 410 problem for who was erased.
    """
    if not SLUG.fullmatch(community):
        return None
    if here.gone(member, community):
        raise gone()
    if asking.kind == "anonymous" or asking.community != community:
        return None
    try:
        found = find_member(here, community, member)
        if found is None or not may(here, asking, "member.read", found):
            return None
        leaves = may(here, asking, "member.erase", found)
        told = here.remembered.apart
        return told(community, ("member", found), lambda: member_page(here, found)) | {
            "leaves": leaves,
            "own": asking.kind == "session" and asking.role == "member",
            "hands_out": asking.kind == "session" and asking.role == "manager",
            "invitations": told(community, ("invited", found), lambda: inviting.told(here, found)) if leaves else [],
            "taken_back": taken_back(here, found) if leaves else [],
        }
    except (UnknownCommunityError, UnknownMemberError):
        return None


@router.get("/static/{name}", include_in_schema=False)
def static(name: str, request: Request, _: Anyone) -> Response:
    """Return a style sheet, script or picture of ours; its address changes with its content."""
    found = pages_of(request).static.get(name)
    if found is None:
        raise not_found("file")
    return Response(found.content, 200, FOREVER, found.media_type)
