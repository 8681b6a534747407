"""The room of the manager's desk for getting in: links for members and managers, who is signed in, and ending that.

Of members it says how many are signed in, not who: when somebody reads her own page is her own business.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from api.commons.community_page import named
from api.entry.letters import link
from api.entry.own import shown
from api.entry.whom import ids_of
from api.guard import forms
from api.guard.doors import Here, Permit
from api.installation import MEMBER_ID, Installation
from api.people.members import Member, find_member, member_of
from api.web.auth import Principal
from api.web.problems import ProblemError, described
from api.words.rendering import pages_of
from schemas import Fault

router = APIRouter(tags=["people"], prefix="/manage/{community}/sign-ins")
Manager = Annotated[Principal, Depends(Permit("community.manage"))]
ByForm = Annotated[Principal, Depends(Permit("community.manage", by_form=True))]

MINUTES = {"15": 15, "60": 60, "1440": 1_440, "10080": 10_080}
LONGEST_NAMED = 300  # characters of a member's id, or of a platform and an id on it
_ANSWERED: dict[int | str, dict[str, Any]] = {
    303: {"description": "done; back to the page"},
    **described(400, 401, 403, 404, 413, 415, 422, 503),
}


@router.get("", summary="Who is signed in", response_class=Response, responses=described(401, 403, 404, 503))
def sign_ins(community: str, request: Request, here: Here, asking: Manager) -> Response:
    """Show managers who is signed in as a manager, how many members are, and which managers a provider signs in."""
    return pages_of(request).page("sign-ins.html", _context(here, community, asking), asking=asking)


@router.post("/link", summary="Make a sign-in link", response_class=Response, responses=_ANSWERED)
async def make(community: str, request: Request, here: Here, asking: ByForm) -> Response:
    """Make a link that signs in once, a member or (`member` empty, `role` manager) a manager, and show it this once."""
    form = await forms.own_fields(request, asking)

    def made() -> Response:
        here.known(community)
        minutes = MINUTES.get(form.get("minutes", ""), 0)
        manager = form.get("role") == "manager"
        try:
            member = None if manager else member_told(here, community, form.get("member", "").strip())
            if not minutes:
                raise _fault("minutes", f"wanted one of {', '.join(MINUTES)}")
        except ProblemError as problem:
            context = _context(here, community, asking) | {"tried": form, "errors": problem.errors}
            return pages_of(request).page("sign-ins.html", context, asking=asking, status=422)
        subject = member.id if member else ""
        address = link(here, community, "member" if member else "manager", subject, minutes)
        context = _context(here, community, asking) | {"made": address, "tried": form}
        return pages_of(request).page("sign-ins.html", context, asking=asking)

    return await run_in_threadpool(made)


@router.post("/end", summary="Sign out", status_code=303, response_class=RedirectResponse, responses=_ANSWERED)
async def end(community: str, request: Request, here: Here, asking: ByForm) -> Response:
    """End a manager's sign-in (`which`: its handle), a member's all (`member`), or everybody's (`which`: everyone)."""
    form = await forms.own_fields(request, asking)

    def ended() -> None:
        here.known(community)
        here.book.sign_ins.end(community, _which(here, community, form) - {asking.session})

    await run_in_threadpool(ended)
    return RedirectResponse(f"/manage/{community}/sign-ins", 303)


@router.post(
    "/drop",
    summary="Let a manager's provider go",
    status_code=303,
    response_class=RedirectResponse,
    responses=_ANSWERED,
)
async def drop(community: str, request: Request, here: Here, asking: ByForm) -> Response:
    """Let a manager sign in by the provider no more (`which`: her row), and end what she began so."""
    form = await forms.own_fields(request, asking)

    def dropped() -> None:
        here.known(community)
        row = next((one for one in here.book.subjects.managers(community) if one.id == form.get("which")), None)
        if row is None:
            raise _fault("which", "wanted one of the managers whom the provider signs in")
        here.book.subjects.drop(community, row.id)
        theirs = here.book.sign_ins.of(community, "manager", [row.id])
        here.book.sign_ins.end(community, {one.handle for one in theirs})

    await run_in_threadpool(dropped)
    return RedirectResponse(f"/manage/{community}/sign-ins", 303)


def _which(here: Installation, community: str, form: dict[str, str]) -> set[str]:
    """Return the handles that a form means."""
    which, found = form.get("which", ""), here.book.sign_ins.all(community)
    if which == "everyone":
        return {one.handle for one in found}
    if which:
        return {one.handle for one in found if one.handle == which and one.role == "manager"}
    member = member_told(here, community, form.get("member", "").strip())
    return {one.handle for one in here.book.sign_ins.of(community, "member", ids_of(here, member))}


def member_told(here: Installation, community: str, told: str) -> Member:
    """Return the member whom a public id, or `platform:id`, names. Raises a 422 problem."""
    platform, colon, name = told.partition(":")
    found = None
    if len(told) <= LONGEST_NAMED and "\0" not in told:
        account = here.book.account(community, platform, name) if colon else None
        found = member_of(here, community, account) if account else None
        if MEMBER_ID.fullmatch(told):
            found = find_member(here, community, told)
    if found is None:
        raise _fault("member", "wanted a member's id, or platform:id as a platform reports her")
    return found


def _fault(field: str, words: str) -> ProblemError:
    return ProblemError(422, words, errors=[Fault(f"/{field}", words)])


def _context(here: Installation, community: str, asking: Principal) -> dict[str, Any]:
    known = here.known(community)
    found = here.book.sign_ins.all(community)
    managers = here.book.subjects.managers(community)
    labels = {one.id: one.label for one in managers}
    return {
        "community": named(known, here.standings.charter(community)),
        "managers": [
            shown(one, asking.session) | {"label": labels.get(one.subject, "")}
            for one in reversed(found)
            if one.role == "manager"
        ],
        "members": len({one.subject for one in found if one.role == "member"}),
        "provided": managers,
        "provider": here.provider,
        "minutes": MINUTES,
        "made": "",
        "tried": {},
        "errors": (),
    }
