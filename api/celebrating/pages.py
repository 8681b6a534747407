"""What there is to celebrate, as a page, as a feed, and as JSON for the manager; and a member's own week."""

from __future__ import annotations

import hashlib
import time
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.celebrating.digests import began, week_of
from api.celebrating.feed import MEDIA_TYPE, feed
from api.celebrating.models import SpotlightsAnswer
from api.celebrating.ready import Ready, ready
from api.celebrating.told import Celebration, celebration
from api.commons.community_page import named
from api.guard.doors import Here, Permit
from api.people.members import (
    INSTANT,
    Member,
    accounts_of,
    find_member,
    instant,
    may,
)
from api.web.answers import answers
from api.web.auth import Principal, allowed
from api.web.problems import described, gone, not_found
from api.words.rendering import pages_of
from projections import PERIODS, Per, begins
from schemas import format_time, say, speaking

if TYPE_CHECKING:
    from api.installation import Installation

router = APIRouter(tags=["people"])

Community = Annotated[str, Path(description="the community's slug", examples=["makers"])]
Anyone = Annotated[Principal, Depends(Permit("community.page"))]
AsOf = Annotated[str | None, Query(description="the moment asked about; now when absent", json_schema_extra=INSTANT)]
MAX_AGE = 300  # seconds for which a reader may keep the feed
LAST_PERIOD = 9_999_999
SHOWN = 2 * 366 * 86_400_000_000  # µs back that anybody may look: further back is work, for those inside
_HEADINGS = {"day": say("Today"), "week": say("This week"), "month": say("This month")}


@router.get(
    "/communities/{community}/spotlights",
    response_model=None,
    tags=["community"],
    summary="What there is to celebrate",
    responses=answers(SpotlightsAnswer, 401, 403, 404, 422, 503),
)
def spotlights(
    community: Community,
    here: Here,
    _: Annotated[Principal, Depends(Permit("community.manage"))],
    period: Annotated[Per, Query(description="day, week or month of the community's calendar")] = "week",
    as_of: AsOf = None,
) -> dict[str, Any]:
    """Return whose turn it is in the light and what happened, each with its reason and its facts.

    `name` is null for who did not say that she may be named; who took that back is left out, of every period.
    """
    here.known(community)
    found = celebration(here, community, period, instant("as_of", as_of), inside=True)
    return {
        "community": community,
        "period": period,
        "number": found.number,
        "title": found.title,
        "start": format_time(found.start),
        "end": format_time(found.end),
        "spotlights": [one.told() for one in found.spotlights],
        "moments": [one.told() for one in found.moments],
        "ready": {each.slug: each.text for each in ready(here.settings.origin, _outward(here, found))},
        "position": found.position,
    }


@router.get("/c/{community}/celebrations", response_class=HTMLResponse, responses=described(404, 422, 503))
def celebrations(
    community: Community,
    request: Request,
    here: Here,
    asking: Anyone,
    period: Annotated[Per, Query(description="day, week or month of the community's calendar")] = "week",
) -> HTMLResponse:
    """Show what there is to celebrate; by name only who said that she may be named."""
    here.known(community)
    return _page(request, here, community, asking, period, None)


@router.get(
    "/c/{community}/celebrations/{period}/{number}", response_class=HTMLResponse, responses=described(404, 422, 503)
)
def celebrated(
    community: Community,
    period: Annotated[Per, Path(description="day, week or month of the community's calendar")],
    number: Annotated[int, Path(ge=0, le=LAST_PERIOD, description="which, as the JSON and the feed name it")],
    request: Request,
    here: Here,
    asking: Anyone,
) -> HTMLResponse:
    """Show the same of one period; its address stays. Of a period that has not begun there is nothing.

    Those outside see the last two years.
    """
    here.known(community)
    try:
        start = begins(number, period, here.standings.charter(community).zone)
        following = begins(number + 1, period, here.standings.charter(community).zone)
    except (ValueError, OverflowError) as error:  # beyond the calendar
        raise not_found("period") from error
    now = time.time_ns() // 1_000
    if start > now or following <= 0 or (following < now - SHOWN and not allowed(asking, "charter.read", community)):
        raise not_found("period")
    return _page(request, here, community, asking, period, following - 1)


def _page(
    request: Request, here: Installation, community: str, asking: Principal, per: Per, last: int | None
) -> HTMLResponse:
    """Return the page of the period that ends with an instant (µs), or that now lies in."""
    inside = allowed(asking, "charter.read", community)

    def told() -> dict[str, Any]:
        now = time.time_ns() // 1_000
        found = celebration(here, community, per, now if last is None else min(last, now), inside=inside)
        more = found.start > began(here, community)
        return celebrated_context(here, found, inside=inside) | {"begins": found.start, "more": more}

    told_of = here.remembered.apart(community, ("celebrated", per, last, inside), told)
    context = told_of | {
        "community": named(here.known(community), here.standings.charter(community)),
        "before": told_of["more"] and (inside or told_of["begins"] > time.time_ns() // 1_000 - SHOWN),
        "periods": [(each, _HEADINGS[each]) for each in PERIODS],
    }
    return pages_of(request).page("celebrations.html", context, asking=asking)


def celebrated_context(here: Installation, found: Celebration, *, inside: bool) -> dict[str, Any]:
    """Return the context of what is celebrated, for its own page and for a part of another (`celebrated.html`)."""
    return {
        "celebrated": {
            "per": found.per,
            "number": found.number,
            "title": found.title,
            "start": format_time(found.start),
            "end": format_time(found.end),
            "over": found.end <= time.time_ns() // 1_000,
            "turns": found.turns,
            "spotlights": [_shown(one) for one in found.spotlights],
            "moments": [_shown(one) for one in found.moments],
            "all_late": all(one.quiet for one in (*found.spotlights, *found.moments)),
            "ready": _ready(here, found) if inside and not found.empty else [],
        }
    }


def _ready(here: Installation, found: Celebration) -> list[Ready]:
    """Return the texts to post, in the installation's language."""
    with speaking(here.spoken.texts):
        return ready(here.settings.origin, _outward(here, found))


def _shown(one: Any) -> dict[str, Any]:  # noqa: ANN401
    return {**one.told(), "link": one.url if one.url.startswith(("https://", "http://")) else ""}


def _outward(here: Installation, found: Celebration) -> Celebration:
    """Return the same as anybody may read it: texts to post go outside."""
    return celebration(here, found.community, found.per, min(found.end - 1, time.time_ns() // 1_000)).news()


@router.get(
    "/c/{community}/feed.atom",
    summary="What there was to celebrate, week by week (Atom)",
    responses={200: {"content": {MEDIA_TYPE: {}}}, 304: {"description": "it has not changed"}, **described(404, 503)},
)
def atom(community: Community, request: Request, here: Here, _: Anyone) -> Response:
    """Answer with the community's feed: an entry for each week that is over. Only who allows it is named."""
    here.known(community)
    body, changed = feed(here, community)
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    last = datetime.fromtimestamp(changed // 1_000_000, UTC)
    headers = {
        "ETag": tag,
        "Last-Modified": format_datetime(last, usegmt=True),
        "Cache-Control": f"public, max-age={MAX_AGE}",
    }
    if _known(request, tag, last):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=MEDIA_TYPE)


def _known(request: Request, tag: str, last: datetime) -> bool:
    """Return whether the reader has it already (RFC 9110 "Evaluation of Preconditions")."""
    tags = request.headers.get("if-none-match")
    if tags is not None:
        return tags.strip() == "*" or tag in (each.strip().removeprefix("W/") for each in tags.split(","))
    try:
        since = parsedate_to_datetime(request.headers.get("if-modified-since", ""))
    except ValueError:
        return False
    return last <= (since if since.tzinfo else since.replace(tzinfo=UTC))


@router.get("/c/{community}/m/{member}/week", response_class=HTMLResponse, responses=described(404, 410, 422, 503))
def week(
    community: Community, member: str, request: Request, here: Here, asking: Anyone, as_of: AsOf = None
) -> Response:
    """Show a member her week; to anyone else, known or not, that this page is private."""
    if here.gone(member, community):
        raise gone()
    found = None
    if asking.kind != "anonymous" and asking.community == community:
        found = find_member(here, community, member)
    if found is None or not may(here, asking, "member.read", found):
        return pages_of(request).page("private.html", {}, asking=asking)
    if found.id != member:
        return RedirectResponse(f"/c/{community}/m/{found.id}/week", 307)
    if as_of is None:
        told = here.remembered.apart(community, ("week", found), lambda: week_of(here, found))
    else:
        told = week_of(here, found, instant("as_of", as_of))
    context = told | {
        "community": named(here.known(community), here.standings.charter(community)),
        "mail": _mail(here, found) if asking.role == "member" and here.settings.smtp_url else None,
    }
    return pages_of(request).page("week.html", context, asking=asking)


def _mail(here: Installation, member: Member) -> dict[str, str]:
    """Return where a member wants her mail, for herself alone."""
    boxes = {box.account: box for box in here.book.mailboxes.of(member.community)}
    found = next((boxes[each] for each in accounts_of(here, member) if each in boxes), None)
    return {"state": found.state, "address": found.address} if found else {"state": "", "address": ""}
