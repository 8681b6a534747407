"""The overview: how the community does and whither, what waits for its manager, and what stopped. Nothing else."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from starlette.responses import HTMLResponse

from api.commons.community_page import named
from api.desk.glance import BEFORE, Glance, glance
from api.guard.doors import Here, Permit
from api.measuring.plots import figure, marks_of, points_of, spark
from api.pulling.health import stopped
from api.watching.alarms import alarms_told
from api.web.auth import Principal
from api.web.problems import described
from api.words.rendering import pages_of
from schemas import grouped, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from api.installation import Installation

router = APIRouter(tags=["people"], default_response_class=HTMLResponse)

Context = dict[str, Any]
MOST_ALARMS: Final = 6  # on the page
_POINTS_BACK: Final = 4  # weeks: points of a series
_LINES: Final = {"weekly_active": say("Active this week"), "newcomers_answered": say("Newcomers answered")}
SILENT: Final = "silent-source"
"""The kind of alarm that says of a source that it fell silent."""


@router.get("/manage/{community}", summary="A manager's page", responses=described(401, 403, 404, 503))
def overview(
    community: str,
    request: Request,
    here: Here,
    asking: Annotated[Principal, Depends(Permit("community.manage"))],
) -> HTMLResponse:
    """Show a manager in one minute how her community does, what waits for her decision, and what stopped."""
    found = here.known(community)
    now = time.time_ns() // 1_000
    seen = here.aside.soon(community, here.standings.position(community), lambda: glance(here, community, now))
    alarms = alarms_told(here, community)["alarms"]
    queues = list(_queues(here, community, seen, alarms))
    page = {
        "community": named(found, here.standings.charter(community)),
        "numbers": list(_numbers(here, community, seen, now)),
        "counting": seen is None,
        "waiting": [one for one in queues if one["count"]],
        "resting": [one for one in queues if one["count"] == 0],
        "alarms": alarms[:MOST_ALARMS],
        "alarms_more": max(0, len(alarms) - MOST_ALARMS),
    }
    return pages_of(request).page("manage.html", page, asking=asking)


def _numbers(here: Installation, community: str, seen: Glance | None, now: int) -> Iterator[Context]:
    """Yield the numbers that matter, each with where it stood four weeks before."""
    for measure in seen.measures if seen else ():
        yield _measured(measure)
    if seen:
        yield _counted(say("Ready to lead"), "leaders#ready", *seen.ready)
    members = here.remembered.told(community, "members now and before", lambda: _members(here, community, now))
    yield _counted(say("Members"), "members", *members)


def _members(here: Installation, community: str, now: int) -> tuple[int, int]:
    """Return how many members a community has, and how many it had four weeks before an instant (µs)."""
    rows = [row.derived for row in here.views.members(community) if row.derived.acts]
    return len(rows), sum(one.first is not None and one.first <= now - BEFORE for one in rows)


def _measured(measure: Mapping[str, Any]) -> Context:
    points, unit = points_of(measure["series"]), measure["unit"]
    known = [one.value for one in points if one.value is not None]
    earlier = points[-1 - _POINTS_BACK].value if len(points) > _POINTS_BACK else None
    value = measure["value"]
    return {
        "name": _LINES.get(measure["measure"], measure["name"]),
        "href": f"measures#{measure['measure']}",
        "value": None if value is None else figure(value, unit),
        "why": measure["why_none"],
        "before": None if earlier is None else figure(earlier, unit),
        "way": _way(value, earlier),
        "target": None if measure["target"] is None else figure(measure["target"], unit),
        "met": measure["met"],
        "of": measure["n"],
        "line": spark(measure["name"], points, unit, marks_of(measure)) if len(known) > 1 else None,
    }


def _counted(name: str, href: str, now: int, before: int) -> Context:
    nothing = dict.fromkeys(("why", "target", "met", "of", "line"))
    told = {"name": name, "href": href, "value": grouped(now), "before": grouped(before), "way": _way(now, before)}
    return nothing | told


def _way(now: float | None, before: float | None) -> str | None:
    """Return whither a number went: `up`, `down`, `same`; None where one of the two is not known."""
    if now is None or before is None:
        return None
    return "same" if now == before else "up" if now > before else "down"


def _queues(
    here: Installation, community: str, seen: Glance | None, alarms: list[Mapping[str, Any]]
) -> Iterator[Context]:
    """Yield all that may wait for a manager, each with how much and where; None: that is being counted."""
    silent = sum(one["alarm"] == SILENT for one in alarms)
    doubts, nominations = here.remembered.told(
        community, "to decide", lambda: (here.reviews.count(community), len(here.nominating.open(community)))
    )
    told = (
        (say("Badges in doubt"), "review#doubts", doubts, say("What they rest on is gone.")),
        (say("Nominations"), "review#nominations", nominations, say("Badges that members think another has earned.")),
        (say("Who is who"), "review#accounts", seen and seen.accounts, say("Accounts that may be one person\u2019s.")),
        (
            say("Rings and farming"),
            "review#fairness",
            seen and seen.fairness,
            say("Endorsements that are not as they look."),
        ),
        (say("Open cases"), "review#cases", seen and seen.cases, say("Moderation that a platform told of.")),
        (say("Vacant seats"), "leaders#seats", seen and seen.vacant, say("Roles that too few hold.")),
        (say("Terms that end"), "leaders#handover", seen and seen.ending, say("Soon, or they should have ended.")),
        (say("Silent sources"), "sources#sources", silent, say("They used to report, and do not.")),
        (say("Relays and polls"), "sources#pulls", stopped(here, community), say("They ended, or nothing comes.")),
        (
            say("Messages not sent"),
            "celebrations#dead",
            here.book.outbox.counts(community).get("dead", 0),
            say("Who was to be told did not answer, for two days."),
        ),
    )
    for name, href, count, words in told:
        yield {"name": name, "href": href, "count": count, "words": words}
