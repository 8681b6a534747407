"""The pages of what a community has in common. A route translates, calls one function, and translates back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import HTMLResponse

from api.commons.charter import charter_in_words
from api.commons.community_page import named
from api.commons.sessions import sessions
from api.commons.toolkit import Wanted, toolkit
from api.guard.doors import Here, Permit
from api.web.auth import Principal, allowed
from api.web.problems import described
from api.words.rendering import pages_of

if TYPE_CHECKING:
    from api.installation import Installation

router = APIRouter(tags=["people"], prefix="/c/{community}", default_response_class=HTMLResponse)

Community = Annotated[str, Path(description="the community's slug", examples=["makers"])]
Anyone = Annotated[Principal, Depends(Permit("community.page"))]
Numbered = Annotated[int, Query(ge=1, le=10_000, description="which page, from 1")]
Word = Annotated[str, Query(max_length=64)]
MOST_VERSIONS = 1_000_000
Way = Literal["", "live-together", "live-alone", "own-time-together", "own-time-alone"]


@router.get("/charter", summary="The charter in words", responses=described(404, 422, 503))
def charter_page(
    community: Community,
    request: Request,
    here: Here,
    asking: Anyone,
    version: Annotated[
        int | None, Query(ge=1, le=MOST_VERSIONS, description="which; the one in force when absent")
    ] = None,
    before: Annotated[int | None, Query(ge=2, le=MOST_VERSIONS, description="the history below this version")] = None,
) -> HTMLResponse:
    """Show what the community has agreed on, in words, and every version there was, with what it changed."""
    page = _page(here, community)
    inside = allowed(asking, "charter.read", community)
    page["charter"] = here.remembered.apart(
        community,
        ("words", inside, version, before),
        lambda: charter_in_words(here, community, inside=inside, version=version, before=before),
    )
    return pages_of(request).page("commons_charter.html", page, asking=asking)


@router.get("/toolkit", summary="Works that others can use", responses=described(404, 422, 503))
def toolkit_page(
    community: Community,
    request: Request,
    here: Here,
    asking: Anyone,
    outcome: Annotated[Word, Query(description="only what serves this outcome of the charter")] = "",
    skill: Annotated[Word, Query(description="only what has this skill")] = "",
    page: Numbered = 1,
) -> HTMLResponse:
    """Show what members shared for others to use: to those outside only works of who said that she may be named."""
    context = _page(here, community)
    inside = allowed(asking, "charter.read", community)
    charter = here.standings.charter(community)
    context["toolkit"] = toolkit(here, community, charter, Wanted(outcome, skill), inside=inside, page=page)
    context["inside"] = inside
    return pages_of(request).page("commons_toolkit.html", context, asking=asking)


@router.get("/sessions", summary="Sessions, coming and past", responses=described(404, 422, 503))
def sessions_page(
    community: Community,
    request: Request,
    here: Here,
    asking: Anyone,
    way: Annotated[Way, Query(description="only those of one of the four ways")] = "",
    page: Numbered = 1,
) -> HTMLResponse:
    """Show when members meet, by the four ways; to those inside also what about, where, and how many came."""
    context = _page(here, community)
    inside = allowed(asking, "charter.read", community)
    charter = here.standings.charter(community)
    context["sessions"] = sessions(here, community, charter, way, inside=inside, page=page)
    context["inside"] = inside
    return pages_of(request).page("commons_sessions.html", context, asking=asking)


def _page(here: Installation, community: str) -> dict[str, Any]:
    return {"community": named(here.known(community), here.standings.charter(community))}
