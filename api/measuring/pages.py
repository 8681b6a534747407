"""The manager's pages about measures: all of them in one minute, and the review of each quarter, on screen or paper."""

from __future__ import annotations

import time
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import HTMLResponse, Response

from api.commons.community_page import named
from api.guard.doors import Here, Permit
from api.measuring.measures import measures_told
from api.measuring.pack import Pack, begun, learnt, pack_of, told
from api.measuring.paper import PLOTS, paper
from api.measuring.quarters import Quarter, ended
from api.measuring.shown import shown
from api.people.members import INSTANT, instant
from api.web.auth import Principal
from api.web.deadline import unhurried
from api.web.painting import in_turn
from api.web.problems import ProblemError, described, not_found
from api.words.rendering import pages_of
from api.words.wording import name_of
from badges import DesignError
from ledger import ErasedError
from schemas import InvalidTimeError, format_time, parse_time

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import tzinfo

    from api.installation import Installation


async def at_leisure(request: Request) -> None:
    """Let a page about measures take longer, where a whole history is read for it."""
    unhurried(request.scope)


router = APIRouter(
    tags=["people"],
    prefix="/manage/{community}",
    default_response_class=HTMLResponse,
    dependencies=[Depends(at_leisure)],
)

MOST_QUARTERS = 12  # that the page lists
_PDF = "application/pdf"

Manager = Annotated[Principal, Depends(Permit("community.manage"))]
QuarterName = Annotated[str, Path(description="which quarter", examples=["2026-Q3"], max_length=7)]
KnownAt = Annotated[
    str | None,
    Query(description="what had been recorded by then; the quarter's end when absent", json_schema_extra=INSTANT),
]


_REFUSED = described(401, 403, 404, 422, 503)
_PAGE = {"text/html": {"schema": {"type": "string"}}}  # the page itself, where a day is none
_REFUSED[422] = {**_REFUSED[422], "content": {**_REFUSED[422]["content"], **_PAGE}}


@router.get("/measures", summary="How the community does", responses=_REFUSED)
def measures(
    community: str,
    request: Request,
    here: Here,
    asking: Manager,
    as_of: Annotated[str, Query(description="a day, or an instant; now when absent", max_length=40)] = "",
) -> HTMLResponse:
    """Show every measure beside the charter's target, with its history; an unreadable day is said beside its field."""
    known = here.known(community)
    charter = here.standings.charter(community)
    now = time.time_ns() // 1_000
    at, error = _moment(as_of.strip(), charter.zone, now)
    told = here.remembered.told(community, ("measures", at), lambda: _measured(here, community, at), dear=at is None)
    context = {
        "community": named(known, charter),
        "form": {"as_of": as_of.strip()[:10] if at else as_of, "error": error},
        **told,
    }
    return pages_of(request).page("measures.html", context, asking=asking, status=422 if error else 200)


def _measured(here: Installation, community: str, at: int | None) -> dict[str, Any]:
    """Return what the page of measures says of an instant (µs; None: now) to every manager."""
    now, zone = time.time_ns() // 1_000, here.standings.charter(community).zone
    found = measures_told(here, community, as_of=at)
    return {
        "as_of": found["as_of"],
        "quarters": [_listed(one) for one in ended(_oldest(here, community, now), now, zone, MOST_QUARTERS)],
        **shown(_with_names(here, community, found)),
    }


@router.get(
    "/quarters/{quarter}.pdf",
    response_class=Response,
    summary="A quarter's review, to print",
    responses={200: {"description": "the review", "content": {_PDF: {}}}, **described(401, 403, 404, 422, 501, 503)},
)
async def printed(community: str, quarter: QuarterName, here: Here, _: Manager, known_at: KnownAt = None) -> Response:
    """Return the same review as a PDF that can be read aloud."""
    content = await in_turn(lambda: _paper(here, community, quarter, known_at))
    name = f"{community}-{quarter}.pdf"
    headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, 200, headers, _PDF)


@router.get("/quarters/{quarter}", summary="A quarter's review", responses=described(401, 403, 404, 422, 503))
def quarter_page(
    community: str, quarter: QuarterName, request: Request, here: Here, asking: Manager, known_at: KnownAt = None
) -> HTMLResponse:
    """Show what a quarter came to, as it was known at its end, and beside it how much was learnt since."""
    asked = _asked(here, community, quarter, known_at)
    context = {
        "community": named(here.known(community), here.standings.charter(community)),
        "pack": _told(here, asked, known_at),
        "asked": asked,
        "plots": PLOTS,
        "learnt": here.remembered.told(community, ("learnt", *_what(asked, known_at)), lambda: learnt(here, asked)),
        "now": format_time(time.time_ns() // 1_000),
        "settles": format_time(_settles(asked)),
        "neighbours": [each.name for each in (asked.quarter.before, asked.quarter.after)],
    }
    return pages_of(request).page("quarter.html", context, asking=asking)


def _told(here: Installation, asked: Pack, known_at: str | None) -> dict[str, Any]:
    """Return what a review says. One that is frozen no later fact changes; one as of now is made again as it will be.

    `known_at`: as the address says it.
    """
    community, name = asked.community, asked.quarter.name
    if asked.frozen:
        return here.remembered.settled(community, _what(asked, known_at), lambda: told(here, asked))
    make = (lambda: told(here, asked)) if known_at else (lambda: told(here, _asked(here, community, name, None)))
    return here.remembered.told(community, _what(asked, known_at), make, dear=not known_at)


def _what(asked: Pack, known_at: str | None) -> tuple[object, ...]:
    """Return what is asked for of a review: of one that is not over, as of now, whenever now is."""
    return "quarter", asked.quarter.name, asked.known_at if asked.frozen or known_at else None


def _paper(here: Installation, community: str, quarter: str, known_at: str | None) -> bytes:
    asked = _asked(here, community, quarter, known_at)
    try:
        return paper(told(here, asked), here.spoken, at=asked.known_at)
    except DesignError as error:
        raise ProblemError(501, f"the review cannot be set here: {error}") from error


def _asked(here: Installation, community: str, quarter: str, known_at: str | None) -> Pack:
    """Return what is asked for. Raises a 404 problem for no quarter, or one to come, and a 422 one for no time."""
    here.known(community)
    known = instant("known_at", known_at)
    named_so = Quarter.named(quarter)
    if named_so is None:
        raise not_found("quarter")
    asked = pack_of(here, community, named_so, known)
    if not asked.begun:
        raise not_found("quarter")
    return asked


def _settles(asked: Pack) -> int:
    """Return when a review that is not frozen will be (µs)."""
    end = asked.quarter.ends(asked.zone)
    if not asked.settled.imported:
        return end
    return Quarter.at(asked.settled.known_at, asked.zone).ends(asked.zone)


def _oldest(here: Installation, community: str, now: int) -> int:
    """Return when the first thing happened that is told of a community (µs), as far as its members' acts say."""
    firsts = (row.derived.first for row in here.views.members(community))
    return min((first for first in firsts if first is not None), default=begun(here, community, now))


def _listed(quarter: Quarter) -> dict[str, Any]:
    after = quarter.after
    return {
        "name": quarter.name,
        "words": quarter.words,
        "end": date(after.year, 3 * after.number - 2, 1).isoformat(),
    }


def _moment(text: str, zone: tzinfo, now: int) -> tuple[int | None, str]:
    """Return the instant (µs) that a form's day, or an instant, stands for; None and what is wrong with it."""
    if not text:
        return None, ""
    try:
        if "T" in text:
            at = parse_time(text.replace(" ", "+"))
        else:
            at = int(datetime.combine(date.fromisoformat(text), datetime.min.time(), zone).timestamp()) * 1_000_000
    except (InvalidTimeError, ValueError, OverflowError):
        return None, f"Wanted a day as 2026-03-01, got {text}."
    if at > now:
        return None, f"Wanted a day that has begun, got {text}."
    return (at, "") if at >= 0 else (None, f"Wanted a day since 1970, got {text}.")


def _with_names(here: Installation, community: str, answer: dict[str, Any]) -> dict[str, Any]:
    """Return the measures with the names of those whom they list; who was erased meanwhile is left out."""
    measures = [
        one if one["people"] is None else {**one, "people": list(_people(here, community, one["people"]))}
        for one in answer["measures"]
    ]
    return {**answer, "measures": measures}


def _people(here: Installation, community: str, people: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    for one in people:
        account = here.book.account_of(community, one["member"])
        try:
            if account is not None:
                yield {**one, "name": name_of(here.book.handle(community, account))}
        except ErasedError:
            continue
