"""The members' room: everyone, found by name or account, by level, in an order of one's choice, fifty on a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, NamedTuple

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import HTMLResponse

from api.commons.community_page import named
from api.desk.whom import people
from api.guard.doors import Here, Permit
from api.web.auth import Principal
from api.web.problems import described
from api.words.rendering import pages_of
from api.words.wording import name_of, plain
from badges import permission
from schemas import say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from api.installation import Installation

router = APIRouter(tags=["people"], default_response_class=HTMLResponse)

Context = dict[str, Any]
Order = Literal["level", "name", "active", "acts", "joined"]
ORDERS: Final = {
    "level": say("Level, then acts"),
    "name": say("Name"),
    "active": say("Last active"),
    "acts": say("Acts"),
    "joined": say("Newest first"),
}
PAGE: Final = 50  # members
LONGEST: Final = 80  # characters of what is looked for
HIGHEST: Final = 10_000  # pages
MOST_REMEMBERED: Final = 20_000  # members of a community that are kept from one look to the next


class Row(NamedTuple):
    """A member as the room looks her up: her standing, her name as it is sorted, and all that she is called."""

    told: Context
    name: str
    called: tuple[str, ...]


@router.get("/manage/{community}/members", summary="Everyone", responses=described(401, 403, 404, 422, 503))
def members(  # a form's fields, each a parameter
    community: str,
    request: Request,
    here: Here,
    asking: Annotated[Principal, Depends(Permit("community.manage"))],
    *,
    find: Annotated[str, Query(max_length=LONGEST, description="a part of a name, a handle or an account")] = "",
    level: Annotated[str, Query(max_length=4, description="only those of this level")] = "",
    sort: Annotated[Order, Query(description="in which order")] = "level",
    page: Annotated[int, Query(ge=1, le=HIGHEST, description="which fifty of them")] = 1,
) -> HTMLResponse:
    """Show members with level, acts and last day, to go on to her page, or to give her a badge."""
    found = here.known(community)
    charter = here.standings.charter(community)
    everyone = _everyone(here, community)
    chosen = [one for one in everyone if not level or str(one.told["level"]) == level]
    if wanted := find.strip().casefold():
        chosen = [one for one in chosen if any(wanted in words for words in one.called)]
    chosen = _ordered(chosen, sort)
    pages = max(1, -(-len(chosen) // PAGE))
    page = min(page, pages)
    roles = charter.by("leader_roles", "role")
    context = {
        "community": named(found, charter),
        "members": [
            one | {"roles": [roles.get(role, {}).get("name", plain(role)) for role in one["roles"]]}
            for one in _told(here, community, [one.told for one in chosen[(page - 1) * PAGE : page * PAGE]])
        ],
        "total": len(everyone),
        "count": len(chosen),
        "form": {"find": find, "level": level, "sort": sort},
        "levels": [(str(number), rung["name"]) for number, rung in sorted(charter.by("ladder", "level").items())],
        "orders": ORDERS,
        "page": page,
        "pages": pages,
        "gives": any(permission(badge) != "no" for badge in charter.document.get("badges", [])),
    }
    return pages_of(request).page("desk_members.html", context, asking=asking)


def _told(here: Installation, community: str, some: list[Context]) -> Iterable[Context]:
    """Return these members with their names; who was erased meanwhile is left out."""
    known = people(here, community, [one["account"] for one in some])
    return [one | known[one["account"]] for one in some if one["account"] in known]


def _everyone(here: Installation, community: str) -> list[Row]:
    """Return all members in the standings' order: remembered where they are not too many for that."""
    made: list[Row] | None = None

    def make() -> list[Row] | None:
        nonlocal made
        made = _rows(here, community)
        return made if len(made) <= MOST_REMEMBERED else None

    kept = here.remembered.told(community, "members", make)
    if kept is not None:
        return kept
    return _rows(here, community) if made is None else made


def _rows(here: Installation, community: str) -> list[Row]:
    told = here.standings.members(community)
    accounts = {row.member: row.accounts for row in here.views.members(community)}
    handles = here.book.handles(community, [each for one in accounts.values() for each in one])
    return [
        Row(
            one,
            name_of(handles.get(one["account"])).casefold(),
            tuple(
                words.casefold()
                for each in accounts.get(one["account"], ())
                if each in handles
                for words in _words(handles[each])
            ),
        )
        for one in told
    ]


def _words(handle: dict[str, Any]) -> list[str]:
    said = [str(handle[key]) for key in ("name", "handle") if handle.get(key)]
    return [*said, f"{handle.get('platform', '')}:{handle.get('id', '')}"]


def _ordered(some: list[Row], order: str) -> list[Row]:
    """Return them in an order; the standings' own is by level, then by acts."""
    if order == "name":
        return sorted(some, key=lambda one: (one.name, one.told["account"]))
    key = {"active": "last_active", "acts": "acts", "joined": "joined"}.get(order)
    return sorted(some, key=lambda one: (one.told[key] is not None, one.told[key]), reverse=True) if key else some
