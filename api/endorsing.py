"""On the page of a badge: what others say of it, and a form for whoever is signed in and may say something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from api import forms
from api.auth import Principal, allowed
from api.credentials import issued_as
from api.doors import Here, Permit, refusal
from api.endorsements import REFUSED, endorsement_as, endorsing, give_as, told_of, whose, withdraw_as
from api.installation import Installation
from api.problems import ProblemError, described, not_found
from api.sessions import same_word
from badges import Thing
from schemas import Fault

if TYPE_CHECKING:
    from badges import Issued

router = APIRouter(tags=["people"])
MOST = 20  # on the page
LONGEST = 800  # characters: of any script, they fit into a form


def said_of(here: Installation, issued: Issued, asking: Principal) -> dict[str, Any]:
    """Return what the page of a badge shows of its endorsements, and which of them `asking` may withdraw. Blocks."""
    found = here.endorsements.of(issued.community, Thing(issued))
    saying, mine = None, set()
    if asking.kind == "session" and allowed(asking, "badge.endorse", issued.community):
        member = endorsing(here, issued.community, asking)
        roles = {one.id: whose(here, one, member) for one in found}
        mine = {number for number, role in roles.items() if role is not None}
        said = "endorser" in roles.values() if member else any(not one.endorser for one in found)
        hers = member is not None and here.endorsements.own(issued, member.account)
        saying = {"may": not (said or hers or issued.revoked), "member": member is not None}
    shown = [one | {"mine": one["endorsement"] in mine} for one in told_of(here, found[:MOST])]
    return {"endorsements": shown, "endorsements_more": len(found) - len(shown), "saying": saying, "longest": LONGEST}


@router.post(
    "/b/{credential}/endorsements",
    status_code=303,
    response_class=RedirectResponse,
    summary="Say something of a badge, or withdraw it, on its page",
    responses={
        303: {"description": "done; back to the page"},
        **described(400, 401, 403, 404, 410, 413, 415, 422, 503),
    },
)
async def say(
    credential: str,
    request: Request,
    here: Here,
    asking: Annotated[Principal, Depends(Permit("credential.read"))],
) -> Response:
    """Endorse a badge, or withdraw what was said of it, by the form of our own page."""
    form = await forms.fields(request)

    def record() -> None:
        issued = issued_as(here, credential, "badge")
        if not allowed(asking, "badge.endorse", issued.community):
            raise refusal(asking, issued.community, "badge.endorse")
        if asking.kind == "session" and not same_word(form.get(forms.WORD), asking.csrf):
            raise ProblemError(403, "wanted the form of our own page")
        here.wait(issued.community, _recorded(here, issued, asking, form), here.settings.limit_wait)

    await run_in_threadpool(record)
    return RedirectResponse(f"/b/{credential}#said", 303)


def _recorded(here: Installation, issued: Issued, asking: Principal, form: dict[str, str]) -> int:
    """Do what the form says, and return the position of it. Raises a problem."""
    member = endorsing(here, issued.community, asking)
    if "withdraw" in form:
        one = endorsement_as(here, form["withdraw"])
        by = whose(here, one, member) if one.community == issued.community else None
        if by is None:
            raise not_found("endorsement")
        return withdraw_as(here, one, by, reason="").position or 0
    comment = form.get("comment", "").strip()
    if not comment or len(comment) > LONGEST:
        words = f"wanted a few words, at most {LONGEST} characters, got {len(comment)}"
        raise ProblemError(422, REFUSED, errors=[Fault("/comment", words)])
    outcome = give_as(here, issued.community, Thing(issued), member, comment, named=form.get("named") == "yes")
    return outcome.position or 0
