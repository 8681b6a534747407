"""The leaders' room: who is ready and why, who leads until when, what each carries; to invite, appoint, renew, end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.commons.community_page import named
from api.desk.day_named import after, day_named
from api.desk.leading import explained, leading
from api.desk.whom import whom
from api.desk.withdrawing import withdrawn
from api.guard import forms
from api.guard.doors import Here, Permit
from api.installation import Installation
from api.leading.assigning import REFUSED, assign
from api.leading.leaders import PAIRING
from api.people.members import accounts_of, settled
from api.web.auth import Principal
from api.web.problems import ProblemError, described
from api.words.rendering import pages_of
from projections import Wish, judged, roles_of
from schemas import Fault, say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from api.people.members import Member

router = APIRouter(tags=["people"], prefix="/manage/{community}/leaders", default_response_class=HTMLResponse)

Context = dict[str, Any]
DAY: Final = 86_400_000_000  # µs
LONGEST_REASON: Final = 1_000  # characters, as in a fact
DONE: Final = {
    "invited": ("invited", say("She is invited: she finds it on her page, and gets a letter if she wants mail.")),
    "withdrawn": ("invited", say("The invitation is taken back, and her page says so.")),
    "declined": ("ready", say("Her no is recorded: she comes last when you next look for somebody.")),
    "appointed": ("leading", say("She leads from now on.")),
    "renewed": ("leading", say("Her next term is recorded.")),
    "ended": ("leading", say("Her term has ended: thank her.")),
    "paired": ("mentors", say("They are a pair now.")),
    "parted": ("mentors", say("The pair has ended.")),
}
"""What is said where something was done, by the word that the way back carries."""
_CHANGES: Final = {
    "invite": ("role", "nominated", "invited"),
    "appoint": ("role", "started", "appointed"),
    "renew": ("role", "renewed", "renewed"),
    "end": ("role", "ended", "ended"),
    "decline": ("role", "declined", "declined"),
    "withdraw": ("role", "", "withdrawn"),
    "pair": ("mentor", "started", "paired"),
    "part": ("mentor", "ended", "parted"),
}
_FIELDS: Final = {"value": "role", "end": "until", "start": "until", "change": "do"}
"""Where the form has what an assignment calls otherwise."""


@router.get("", summary="Who leads, and who is next, on a page", responses=described(401, 403, 404, 422, 503))
def leaders(
    community: str,
    request: Request,
    here: Here,
    asking: Annotated[Principal, Depends(Permit("community.manage"))],
    done: Annotated[str, Query(max_length=20, description="what was done, to be said in its place")] = "",
) -> HTMLResponse:
    """Show who is ready to lead and why, who leads until when, whose turn is next, and who guides whom."""
    return _page(request, here, community, asking, done=done)


@router.post(
    "",
    status_code=303,
    response_class=RedirectResponse,
    summary="Invite, appoint, renew or end, on that page",
    responses={
        303: {"description": "recorded; back to the place on the page, which says so"},
        **described(400, 401, 403, 404, 409, 410, 413, 415, 422, 503),
    },
)
async def assigned(
    community: str,
    request: Request,
    here: Here,
    asking: Annotated[Principal, Depends(Permit("community.manage", by_form=True))],
) -> Response:
    """Do what a form of that page says. What one should know before is said first, with a box to do it all the same."""
    form = await forms.own_fields(request, asking)

    def act() -> Response:
        done = _done(here, community, form)
        return RedirectResponse(f"/manage/{community}/leaders?done={done}#{DONE[done][0]}", 303)

    def work() -> Response:
        here.known(community)
        return forms.mended(
            request,
            (form.get("form", ""), form),
            act,
            lambda tried, status: _page(request, here, community, asking, tried=tried, status=status),
        )

    return await run_in_threadpool(work)


def _done(here: Installation, community: str, form: Mapping[str, str]) -> str:
    """Record what a form says, and return the word for it. Raises a problem whose faults name the form's fields."""
    if form.get("do") not in _CHANGES:
        wanted = ", ".join(_CHANGES)
        raise ProblemError(422, f"wanted one of {wanted}", errors=[Fault("/do", f"wanted one of {wanted}")])
    kind, change, done = _CHANGES[form["do"]]
    faults: list[Fault] = []
    member = whom(here, community, form.get("member", ""), faults)
    guided = whom(here, community, form.get("counterpart", ""), faults, "counterpart") if kind == "mentor" else None
    zone = here.standings.charter(community).zone
    end = day_named(form.get("until", ""), zone, faults, "until") if change in {"started", "renewed"} else None
    reason = form.get("reason", "").strip()
    if len(reason) > LONGEST_REASON or "\0" in reason:
        faults.append(Fault("/reason", f"wanted at most {LONGEST_REASON:,} characters, got {len(reason):,}"))
    if member is None or faults:
        raise ProblemError(422, REFUSED, errors=faults)
    value = form.get("role", "") or (PAIRING if kind == "mentor" else "")
    if not change:
        here.wait(community, withdrawn(here, member, value)[1], here.settings.limit_wait)
        return done
    wish = Wish(kind, value, change, time.time_ns() // 1_000, None, end)
    try:
        if not form.get("sure"):
            _warned(here, member, wish, guided)
        position = assign(here, member, wish, counterpart=guided, reason=reason).outcome.position
    except ProblemError as problem:
        problem.errors = tuple(_of_the_form(fault) for fault in problem.errors)
        raise
    here.wait(community, position or 0, here.settings.limit_wait)
    return done


def _warned(here: Installation, member: Member, wish: Wish, guided: Member | None) -> None:
    """Raise a 409 problem with what one should know before it is recorded, if there is anything."""
    member = settled(here, member, seconds=here.settings.limit_wait)
    if guided is not None:
        wish = wish._replace(paired=accounts_of(here, guided))
    found, _ = judged(here.views, here.standings.charter(member.community), member.community, member.account, wish)
    if found.notes and not found.faults:
        raise ProblemError(409, "look again", errors=[Fault("/sure", note) for note in found.notes])


def _of_the_form(fault: Fault) -> Fault:
    field = fault.pointer.rpartition("/")[2]
    return Fault(f"/{_FIELDS.get(field, field)}", fault.message)


def _page(
    request: Request,
    here: Installation,
    community: str,
    asking: Principal,
    *,
    done: str = "",
    tried: forms.Tried | None = None,
    status: int = 200,
) -> HTMLResponse:
    """Return the room's page. `tried`: a form of it that was refused. Blocks."""
    found = here.known(community)
    charter = here.standings.charter(community)
    now = time.time_ns() // 1_000
    roles = roles_of(charter.document)

    page = {
        "community": named(found, charter),
        "leading": here.remembered.told(community, "leading", lambda: _told(here, community), dear=True),
        "roles": [
            {
                "slug": role.slug,
                "name": role.name,
                "until": "" if role.term is None else after(role.term / DAY, now, charter.zone),
            }
            for role in roles.values()
        ],
        "ends": {
            role.slug: "" if role.term is None else after(role.term / DAY, now, charter.zone) for role in roles.values()
        },
        "done": DONE.get(done),
        "tried": tried,
    }
    return pages_of(request).page("desk_leaders.html", page, asking=asking, status=status)


def _told(here: Installation, community: str) -> Context:
    """Return what the room says of who leads: a function of the book alone."""
    charter = here.standings.charter(community)
    found = here.standings.leaders(community, explained=explained(charter))
    return leading(here, community, charter, found)
