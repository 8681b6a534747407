"""What a manager decides on her page: badges in doubt, who is nominated or given a badge, whose accounts are whose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from api import awarding, forms, linking, nominations, reviewing
from api.auth import Principal, allowed
from api.decisions import LONGEST_REASON
from api.doors import Here, Permit, refusal
from api.installation import Installation
from api.members import member_named
from api.problems import ProblemError, described
from api.wording import name_of
from badges import permission
from schemas import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

router = APIRouter(tags=["people"], prefix="/manage/{community}")

Asking = Annotated[Principal, Depends(Permit("community.page"))]
MOST = 20  # of each on the page
_ANSWERED: dict[int | str, dict[str, Any]] = {
    303: {"description": "decided; back to the page"},
    **described(400, 401, 403, 404, 409, 413, 415, 422, 503),
}


def waiting(here: Installation, community: str) -> dict[str, Any]:
    """Return what waits for a decision, for the manager's page. Blocks."""
    found = list(reviewing.told(here, community, here.reviews.of(community, MOST)))
    names = {each["member"]: _name(here, community, each["member"]) for each in found}
    links = linking.proposals(here, community, MOST, effects=False)
    open_ = here.nominating.open(community, most=MOST + 1)
    badges = here.standings.charter(community).document.get("badges", [])
    return {
        "doubts": [each | {"name": names[each["member"]]} for each in found],
        "doubts_more": max(0, here.reviews.count(community) - len(found)),
        "nominations": list(nominations.told(here, community, open_[:MOST])),
        "nominations_more": len(open_) > MOST,
        "by_hand": [each for each in badges if permission(each) != "no"],
        "links": links["proposals"],
        "links_more": links["open"] - len(links["proposals"]),
        "several": links["people"][:MOST],
        "several_more": max(0, len(links["people"]) - MOST),
    }


def _name(here: Installation, community: str, member: str) -> str:
    account = here.book.account_of(community, member)
    return name_of(here.book.handle(community, account) if account else None)


@router.post(
    "/reviews/{credential}",
    status_code=303,
    response_class=RedirectResponse,
    summary="Keep or revoke, on the manager's page",
    responses={**_ANSWERED, **described(410)},
)
async def review(
    community: str,
    credential: Annotated[str, Path(description="the credential's id")],
    request: Request,
    here: Here,
    asking: Asking,
) -> Response:
    """Decide on a badge that lost its ground, by the form of our own page."""
    form = await _form(request, here, asking, community)
    decision, reason = form.get("decision", ""), form["reason"]
    if decision not in {"keep", "revoke"}:
        raise ProblemError(422, "keep or revoke", errors=[Fault("/decision", "wanted keep or revoke")])
    return await _decided(here, community, "doubts", lambda: _reviewed(here, community, credential, decision, reason))


@router.post(
    "/identity/{decision}",
    status_code=303,
    response_class=RedirectResponse,
    summary="Whose accounts are whose, on the manager's page",
    responses=_ANSWERED,
)
async def identity(
    community: str,
    decision: Annotated[linking.Decision, Path(description="confirm, reject, link or unlink")],
    request: Request,
    here: Here,
    asking: Asking,
) -> Response:
    """Decide whether two accounts are one person's, by the form of our own page."""
    form = await _form(request, here, asking, community)
    named = form.get("one", ""), form.get("other", "")

    def decide() -> int:
        return linking.decide(here, community, decision, named, form["reason"]).position

    return await _decided(here, community, "accounts", decide)


@router.post(
    "/nominations/{nomination}",
    status_code=303,
    response_class=RedirectResponse,
    summary="Award what was nominated or decline, on the manager's page",
    responses=_ANSWERED,
)
async def nomination(
    community: str,
    nomination: nominations.Number,
    request: Request,
    here: Here,
    asking: Asking,
) -> Response:
    """Decide on a nomination, by the form of our own page."""
    form = await _form(request, here, asking, community)
    decision, said = form.get("decision", ""), {"reason": form["reason"], "by": asking.known_as}
    if decision not in {"award", "decline"}:
        raise ProblemError(422, "award or decline", errors=[Fault("/decision", "wanted award or decline")])

    def decide() -> int:
        position: int = nominations.decided(here, community, nomination, decision, **said)["position"]
        return position

    return await _decided(here, community, "nominations", decide)


@router.post(
    "/awards",
    status_code=303,
    response_class=RedirectResponse,
    summary="Give a badge by hand, on the manager's page",
    responses={**_ANSWERED, **described(410)},
)
async def award(community: str, request: Request, here: Here, asking: Asking) -> Response:
    """Give a member a badge, by the form of our own page."""
    form = await _form(request, here, asking, community)

    def decide() -> int:
        faults: list[Fault] = []
        member = member_named(here, community, {"member": form.get("member", "").strip()}, "member", faults)
        if member is None:
            raise ProblemError(422, awarding.REFUSED, errors=faults)
        return awarding.given_by(here, member, form.get("badge", ""), form["reason"], asking.known_as).position

    return await _decided(here, community, "nominations", decide)


def _reviewed(here: Installation, community: str, credential: str, decision: str, reason: str) -> int:
    return reviewing.settled(here, community, credential, decision, reason).position or 0


async def _form(request: Request, here: Installation, asking: Principal, community: str) -> dict[str, str]:
    """Return the fields of our own page's form. Raises a problem for whoever is no manager, or comes from elsewhere."""
    if not allowed(asking, "community.manage", community):
        raise refusal(asking, community, "community.manage")
    form = await forms.own_fields(request, asking)
    reason = form.get("reason", "").strip()
    if not reason or len(reason) > LONGEST_REASON or "\0" in reason:
        words = f"wanted a few words, at most {LONGEST_REASON:,} characters"
        raise ProblemError(422, "say why, for the record", errors=[Fault("/reason", words)])
    await run_in_threadpool(here.known, community)
    return form | {"reason": reason}


async def _decided(here: Installation, community: str, where: str, decide: Callable[[], int]) -> Response:
    def done() -> None:
        here.wait(community, decide(), here.settings.limit_wait)

    await run_in_threadpool(done)
    return RedirectResponse(f"/manage/{community}#{where}", 303)
