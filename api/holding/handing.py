"""The room of the manager's desk for handing badges out: links to claim them by, for one member or a whole session.

What is made is shown once, as a sheet of cards to print: name, code, address.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse

from api.commons.community_page import named
from api.entry.signing_in import member_told
from api.guard import forms
from api.guard.doors import Here, Permit
from api.holding.claiming import claim_link
from api.holding.profile import held
from api.holding.sharing import dots
from api.people.members import member_of
from api.web.auth import Principal
from api.web.problems import ProblemError, described
from api.words.rendering import pages_of
from api.words.wording import name_of, plain
from schemas import Fault, format_time, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.installation import Installation
    from api.people.members import Member
    from projections import Met

router = APIRouter(tags=["people"], prefix="/manage/{community}/links")
Community = Annotated[str, Path(description="the community's slug", examples=["makers"])]
Manager = Annotated[Principal, Depends(Permit("community.manage"))]
ByForm = Annotated[Principal, Depends(Permit("community.manage", by_form=True))]
Context = dict[str, Any]

DAYS: Final = {"1": 1, "7": 7, "30": 30}
MOST_CARDS: Final = 48  # on a sheet, which is a page of 100 kB at most
MOST_SESSIONS: Final = 30
_DAY: Final = 86_400  # seconds


@router.get(
    "", response_class=HTMLResponse, summary="Links to claim badges by", responses=described(401, 403, 404, 422, 503)
)
def links(
    community: Community,
    request: Request,
    here: Here,
    asking: Manager,
    member: Annotated[str, Query(max_length=300, description="a member to begin with: her id")] = "",
) -> HTMLResponse:
    """Show a manager the form that makes links, with the sessions whose attendees hold badges."""
    context = _context(here, community) | {"tried": {"member": member}}
    return pages_of(request).page("links.html", context, asking=asking)


@router.post(
    "",
    response_class=HTMLResponse,
    summary="Make links to claim badges by",
    responses=described(400, 401, 403, 404, 413, 415, 422, 503),
)
async def make(community: Community, request: Request, here: Here, asking: ByForm) -> HTMLResponse:
    """Make a link for each of those meant who holds a badge, and show them this once, as cards to print.

    `member`: her id, or `platform:id`; or `session`: one of those listed, `sheet` (1) where it takes several. `days`:
    1, 7 or 30.
    """
    form = await forms.own_fields(request, asking)

    def made() -> HTMLResponse:
        context = _context(here, community)
        try:
            shown = _made(here, community, form)
        except ProblemError as problem:
            if problem.status != 422 or not problem.errors:  # noqa: PLR2004  what another word may mend
                raise
            context |= {"tried": form, "errors": problem.errors}
            return pages_of(request).page("links.html", context, asking=asking, status=422)
        return pages_of(request).page("links.html", context | shown | {"tried": form}, asking=asking)

    return await run_in_threadpool(made)


def _made(here: Installation, community: str, form: dict[str, str]) -> Context:
    """Make links as a form says, and return what to show of them. Raises a 422 problem."""
    days = DAYS.get(form.get("days", ""))
    if days is None:
        raise _fault("days", f"wanted one of {', '.join(DAYS)}")
    if not form.get("session"):
        members, title, sheet = [member_told(here, community, form.get("member", "").strip())], "", 1
    else:
        met = _session(here, community, form["session"])
        told = (member_of(here, community, each) for each in met.who)
        members, title = [each for each in told if each is not None], _titles(here, community, [met])[0]
        sheet = _sheet(form.get("sheet", "1"))
    holders = [(each, number) for each in members if (number := len(held(here, each)))]
    shown = holders[(sheet - 1) * MOST_CARDS : sheet * MOST_CARDS]
    if not shown:
        raise _fault("member" if not title else "session", "wanted somebody who holds a badge")
    return {
        "cards": [_card(here, each, number, days) for each, number in shown],
        "without": len(members) - len(holders),
        "title": title,
        "days": days,
        "sheet": sheet,
        "sheets": -(-len(holders) // MOST_CARDS),
    }


def _card(here: Installation, member: Member, badges: int, days: int) -> Context:
    address = claim_link(here, member, days * _DAY)
    name = name_of(here.book.handle(member.community, member.account))
    return {"name": name, "badges": badges, "address": address, "code": dots(address)}


def _session(here: Installation, community: str, told: str) -> Met:
    """Return the session that a form means. Raises a 422 problem."""
    for one in _sessions(here, community):
        if one.session == told:
            return one
    raise _fault("session", "wanted one of the sessions that are listed")


def _sheet(told: str) -> int:
    if told.isascii() and told.isdecimal() and len(told) < 4 and int(told):  # noqa: PLR2004  digits
        return int(told)
    raise _fault("sheet", "wanted the number of a sheet, from 1")


def _sessions(here: Installation, community: str) -> list[Met]:
    return here.spotlights.met(community, time.time_ns() // 1_000)[:MOST_SESSIONS]


def _titles(here: Installation, community: str, met: Sequence[Met]) -> list[str]:
    """Return what sessions were called when they were planned, "" where they were not."""
    positions = [one.position for one in met if one.position]
    facts, opened = here.book.at(community, positions), here.book.reveal(community, positions)
    titles = {
        fact.position: str(sealed.get("title") or plain(fact.open.get("series") or fact.open.get("format") or ""))
        for fact, sealed in zip(facts, opened, strict=True)
    }
    return [titles.get(one.position, "") or say("A session") for one in met]


def _fault(field: str, words: str) -> ProblemError:
    return ProblemError(422, words, errors=[Fault(f"/{field}", words)])


def _context(here: Installation, community: str) -> Context:
    known = here.known(community)
    return {
        "community": named(known, here.standings.charter(community)),
        "sessions": here.remembered.told(community, "sessions", lambda: _listed(here, community)),
        "cards": [],
        "tried": {},
        "errors": (),
    }


def _listed(here: Installation, community: str) -> list[Context]:
    met = _sessions(here, community)
    return [
        {"session": one.session, "title": title, "at": format_time(one.at), "who": len(one.who)}
        for one, title in zip(met, _titles(here, community, met), strict=True)
    ]
