"""A member's page for others: what she lets them see, and nothing else.

Where she did not switch it on it says the same as where nobody is: that it is private.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.commons.community_page import named
from api.guard.doors import Here, Permit
from api.holding.calling import shown_by
from api.holding.choices import badge, shown_of
from api.holding.sharing import holds
from api.people.members import Member, find_member
from api.web.auth import Principal
from api.web.problems import described, gone
from api.words.rendering import pages_of
from api.words.wording import name_of, plain
from ledger import SLUG, UnknownCommunityError
from projections import UnknownMemberError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from api.holding.choices import Shown
    from api.installation import Installation
    from badges import Issued

router = APIRouter(tags=["people"], default_response_class=HTMLResponse)

Community = Annotated[str, Path(description="the community's slug", examples=["makers"])]
Anyone = Annotated[Principal, Depends(Permit("community.page"))]
Context = dict[str, Any]

_ANSWERED: dict[int | str, dict[str, Any]] = {
    307: {"description": "to the page under her own id"},
    **described(410, 503),
}


@router.get("/c/{community}/m/{member}/profile", summary="A member's page for others", responses=_ANSWERED)
def profile(community: Community, member: str, request: Request, here: Here, asking: Anyone) -> Response:
    """Show what a member lets others see; where she does not, known or not, that this page is private.

    An id of another account of hers leads to the page under her own.
    """
    found = open_to_others(here, community, member)
    if found is None:
        return pages_of(request).page("private.html", {}, asking=asking)
    who, shown = found
    if who.id != member:
        return RedirectResponse(address(who), 307)
    page = here.remembered.apart(community, ("profile", who, shown), lambda: profile_page(here, who, shown))
    return pages_of(request).page("profile.html", page, asking=asking)


def address(member: Member) -> str:
    """Return where a member's page for others is."""
    return f"/c/{member.community}/m/{member.id}/profile"


def open_to_others(here: Installation, community: str, member: str) -> tuple[Member, Shown] | None:
    """Return the member whom a public id names and what she lets others see, None where that is nothing. Blocks.

    Raises a 410 problem for who was erased.
    """
    if not SLUG.fullmatch(community):
        return None
    if here.gone(member, community):
        raise gone()
    try:
        found = find_member(here, community, member)
        if found is None:
            return None
        shown = here.remembered.apart(
            community, ("shown", found), lambda: shown_of(here, found, {badge(one) for one in held(here, found)})
        )
    except (UnknownCommunityError, UnknownMemberError):
        return None
    return (found, shown) if shown.page else None


def held(here: Installation, member: Member) -> list[Issued]:
    """Return the awards of a member that hold now, the latest of each achievement, the earliest first. Blocks."""
    mine = here.awards.of(member.community, member.account)
    return list({(one.kind, one.achievement): one for one in mine if holds(one)}.values())


def profile_page(here: Installation, member: Member, shown: Shown) -> Context:
    """Return the context of a member's page for others. Blocks."""
    charter = here.standings.charter(member.community)
    standing = here.standings.standing(member.community, member.account)
    community = named(here.known(member.community), charter)
    domain = charter.document.get("domain", {})
    roles = charter.by("leader_roles", "role")
    listed = [one for one in held(here, member) if badge(one) in shown.badges]
    given = charter.recognised()
    return {
        "community": community,
        "member": {
            "id": member.id,
            "name": name_of(here.book.handle(member.community, member.account)) if shown.name else None,
        },
        "page": f"{here.settings.origin}{address(member)}",
        "level": standing["level"],
        "level_name": standing["level_name"] if standing["level"] else None,
        "can": charter.by("ladder", "level").get(standing["level"], {}).get("can"),
        "roles": [roles.get(one, {}).get("name", plain(one)) for one in standing["roles"]] if shown.roles else [],
        "badges": [_told(given, one) for one in listed],
        "shows": shown_by(charter, listed),
        "statement": domain.get("statement"),
        "call": domain.get("call_to_action"),
    }


def named_badge(given: Mapping[tuple[str, str], Mapping[str, Any]], one: Issued) -> str:
    """Return what the present charter calls an award, else what it was made under."""
    return str(given.get((one.kind, one.achievement), {"name": one.achievement})["name"])


def _told(given: Mapping[tuple[str, str], Mapping[str, Any]], one: Issued) -> Context:
    said = given.get((one.kind, one.achievement), {})
    return {"id": one.id, "name": named_badge(given, one), "description": said.get("description")}
