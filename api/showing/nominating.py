"""On the page of a badge to earn: nominating a member for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Path, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from api.awarding.nominations import REFUSED, nominated
from api.guard import forms
from api.guard.doors import Here, Permit, refusal
from api.installation import Installation
from api.issued.endorsements import endorsing
from api.people.members import member_named
from api.showing import badge_pages
from api.showing.said import LONGEST
from api.web.auth import Principal, allowed
from api.web.problems import ProblemError, conflict, described
from schemas import Fault

if TYPE_CHECKING:
    from ledger import Outcome

router = APIRouter(tags=["people"])


@router.post(
    "/c/{community}/badges/{name}/nominations",
    status_code=303,
    response_class=RedirectResponse,
    summary="Nominate a member for a badge, on its page",
    responses={
        303: {"description": "recorded, or it was before; back to the page, which says so"},
        **described(400, 401, 403, 404, 410, 413, 415, 422, 503),
        **conflict("she has it already"),
    },
)
async def nominate(
    community: str,
    name: Annotated[str, Path(description="the badge's slug")],
    request: Request,
    here: Here,
    asking: Annotated[Principal, Depends(Permit("community.page"))],
) -> Response:
    """Nominate a member for a badge of the charter, by the form of our own page."""
    form = await forms.own_fields(request, asking)

    def done() -> Response:
        outcome = _recorded(here, community, name, asking, form)
        here.wait(community, outcome.position or 0, here.settings.limit_wait)
        return RedirectResponse(f"/c/{community}/badges/{name}?nominated={outcome.outcome}#nominate", 303)

    def record() -> Response:
        offer = badge_pages.offer_of(here, community, "badges", name)
        if not allowed(asking, "member.nominate", community):
            raise refusal(asking, community, "member.nominate")
        return forms.mended(
            request,
            ("nominate", form),
            done,
            lambda tried, status: badge_pages.offered_page(request, here, offer, asking, tried, status),
        )

    return await run_in_threadpool(record)


def _recorded(here: Installation, community: str, badge: str, asking: Principal, form: dict[str, str]) -> Outcome:
    """Do what the form says. Raises a problem, with all that is wrong with it. Blocks."""
    faults: list[Fault] = []
    named = form.get("member", "").strip().rstrip("/").rpartition("/")[2]
    member = member_named(here, community, {"member": named}, "member", faults)
    reason = form.get("reason", "").strip()
    if not reason or len(reason) > LONGEST or "\0" in reason:
        words = f"wanted a few words, at most {LONGEST} characters, got {len(reason)}"
        faults.append(Fault("/reason", words))
    if member is None or faults:
        raise ProblemError(422, REFUSED, errors=faults)
    return nominated(here, member, badge, reason, endorsing(here, community, asking))
