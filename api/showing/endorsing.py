"""On pages: saying something of a badge, of what a charter offers or of its community, and taking it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Path, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from api.guard import forms
from api.guard.doors import Here, Permit, refusal
from api.installation import Installation
from api.issued.credentials import issued_as
from api.issued.endorsements import (
    REFUSED,
    endorsement_as,
    endorsing,
    give_as,
    own_accounts,
    whose,
    withdraw_as,
)
from api.showing import badge_pages, pages
from api.showing.said import LONGEST
from api.web.auth import Principal, allowed
from api.web.problems import ProblemError, described, not_found
from badges import Thing
from schemas import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.guard.forms import Tried

router = APIRouter(tags=["people"])
Asking = Annotated[Principal, Depends(Permit("community.page"))]
_ANSWERED = {
    303: {"description": "done; back to the page"},
    **described(400, 401, 403, 404, 410, 413, 415, 422, 503),
}


@router.post(
    "/b/{credential}/endorsements",
    status_code=303,
    response_class=RedirectResponse,
    summary="Say something of a badge, or withdraw it, on its page",
    responses=_ANSWERED,
)
async def of_badge(
    credential: str,
    request: Request,
    here: Here,
    asking: Annotated[Principal, Depends(Permit("credential.read"))],
) -> Response:
    """Endorse a badge, or withdraw what was said of it, by the form of our own page."""
    form = await forms.own_fields(request, asking)

    def record() -> Response:
        issued = issued_as(here, credential, "badge")
        saying = _Saying(here, issued.community, Thing(issued), asking, form)
        return saying.answer(
            request,
            f"/b/{credential}",
            lambda tried, status: badge_pages.held_page(request, here, issued, asking, tried, status),
        )

    return await run_in_threadpool(record)


@router.post(
    "/c/{community}/endorsements",
    status_code=303,
    response_class=RedirectResponse,
    summary="Say something of a community, or withdraw it, on its page",
    responses=_ANSWERED,
)
async def of_community(community: str, request: Request, here: Here, asking: Asking) -> Response:
    """Endorse a community, or withdraw what was said of it, by the form of our own page."""
    form = await forms.own_fields(request, asking)

    def record() -> Response:
        here.known(community)
        saying = _Saying(here, community, Thing(), asking, form)
        return saying.answer(
            request,
            f"/c/{community}",
            lambda tried, status: pages.community_shown(request, here, community, asking, tried, status),
        )

    return await run_in_threadpool(record)


@router.post(
    "/c/{community}/{part}/{name}/endorsements",
    status_code=303,
    response_class=RedirectResponse,
    summary="Say something of what a charter offers, or withdraw it, on its page",
    responses=_ANSWERED,
)
async def of_achievement(
    community: str,
    part: badge_pages.Part,
    name: Annotated[str, Path(description="the badge's slug, the level's number, or the role's slug")],
    request: Request,
    here: Here,
    asking: Asking,
) -> Response:
    """Endorse a badge to earn, a level or a leader role, or withdraw it, by the form of our own page."""
    form = await forms.own_fields(request, asking)

    def record() -> Response:
        offer = badge_pages.offer_of(here, community, part, name)
        saying = _Saying(here, community, offer.thing, asking, form)
        return saying.answer(
            request,
            f"/c/{community}/{part}/{name}",
            lambda tried, status: badge_pages.offered_page(request, here, offer, asking, tried, status),
        )

    return await run_in_threadpool(record)


class _Saying:
    """What one who is signed in says of a thing, or takes back, by a form. Every method blocks."""

    def __init__(
        self, here: Installation, community: str, thing: Thing, asking: Principal, form: dict[str, str]
    ) -> None:
        """Raise a 401, 403 or 404 problem for who may not."""
        if not allowed(asking, "badge.endorse", community):
            raise refusal(asking, community, "badge.endorse")
        self._here = here
        self._community = community
        self._thing = thing
        self._asking = asking
        self._form = form

    def answer(self, request: Request, page: str, again: Callable[[Tried, int], Response]) -> Response:
        """Do what the form says and lead back to the page; a form that was refused is shown `again`."""

        def done() -> Response:
            self._here.wait(self._community, self._recorded(), self._here.settings.limit_wait)
            return RedirectResponse(f"{page}#said", 303)

        return forms.mended(request, ("endorse", self._form), done, again)

    def _recorded(self) -> int:
        """Do what the form says, and return the position of it. Raises a problem."""
        here, community, form = self._here, self._community, self._form
        member = endorsing(here, community, self._asking)
        if "withdraw" in form:
            one = endorsement_as(here, form["withdraw"])
            by = whose(one, own_accounts(here, member)) if one.community == community else None
            if by is None:
                raise not_found("endorsement")
            return withdraw_as(here, one, by, reason="").position or 0
        comment = form.get("comment", "").strip()
        if not comment or len(comment) > LONGEST:
            words = f"wanted a few words, at most {LONGEST} characters, got {len(comment)}"
            raise ProblemError(422, REFUSED, errors=[Fault("/comment", words)])
        outcome = give_as(here, community, self._thing, member, comment, named=form.get("named") == "yes")
        return outcome.position or 0
