"""What a manager decides in the review room: badges in doubt, nominations, gifts, accounts, rings, farming, cases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, cast

from fastapi import APIRouter, Depends, Path, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from api.awarding import awards, nominations, reviewing
from api.desk.cases import LONGEST_NAME, ended
from api.desk.review import review_page
from api.desk.whom import whom
from api.fairness import discounting
from api.guard import forms
from api.guard.doors import Here, Permit
from api.installation import Installation
from api.people import linking
from api.people.members import HIGHEST_POSITION
from api.web.auth import Principal
from api.web.decisions import LONGEST_REASON
from api.web.problems import ProblemError, described
from projections import CASE_ENDINGS
from schemas import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.fairness.discounting import Decision

router = APIRouter(tags=["people"], prefix="/manage/{community}")

ByForm = Annotated[Principal, Depends(Permit("community.manage", by_form=True))]
_ANSWERED: dict[int | str, dict[str, Any]] = {
    303: {"description": "decided; back to the place on the page, which says so"},
    **described(400, 401, 403, 404, 409, 413, 415, 422, 503),
}
_REVIEWED = {"keep": "kept", "revoke": "revoked"}
_NOMINATED = {"award": "awarded", "decline": "declined"}


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
    asking: ByForm,
) -> Response:
    """Decide on a badge that lost its ground, by the form of our own page."""
    form = await forms.own_fields(request, asking)

    def decide() -> tuple[int, str]:
        decision, reason = _chosen(form, _REVIEWED), _reason(form)
        position = reviewing.settled(here, community, credential, decision, reason).position or 0
        return position, _REVIEWED[decision]

    return await _decided(request, here, community, asking, (f"doubts-{credential}", form), decide)


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
    asking: ByForm,
) -> Response:
    """Decide whether two accounts are one person's, by the form of our own page."""
    form = await forms.own_fields(request, asking)
    named = form.get("one", ""), form.get("other", "")

    def decide() -> tuple[int, str]:
        return linking.decide(here, community, decision, named, _reason(form)).position, f"{decision}ed"

    return await _decided(request, here, community, asking, (f"accounts-{'-'.join(named)}", form), decide)


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
    asking: ByForm,
) -> Response:
    """Decide on a nomination, by the form of our own page."""
    form = await forms.own_fields(request, asking)

    def decide() -> tuple[int, str]:
        decision, said = _chosen(form, _NOMINATED), {"reason": _reason(form), "by": asking.known_as}
        position: int = nominations.decided(here, community, nomination, decision, **said)["position"]
        return position, _NOMINATED[decision]

    return await _decided(request, here, community, asking, (f"nominations-{nomination}", form), decide)


@router.post(
    "/awards",
    status_code=303,
    response_class=RedirectResponse,
    summary="Give a badge by hand, on the manager's page",
    responses={**_ANSWERED, **described(410)},
)
async def award(community: str, request: Request, here: Here, asking: ByForm) -> Response:
    """Give a member a badge, or (`decision=nominate`) nominate her for it, by the form of our own page."""
    form = await forms.own_fields(request, asking)

    def decide() -> tuple[int, str]:
        faults: list[Fault] = []
        member, reason = whom(here, community, form.get("member", ""), faults), _reason(form, faults)
        if member is None or faults:
            raise ProblemError(422, awards.REFUSED, errors=faults)
        badge = form.get("badge", "")
        if form.get("decision") == "nominate":
            return nominations.nominated(here, member, badge, reason, None).position or 0, "nominated"
        return awards.given_by(here, member, badge, reason, asking.known_as).position, "given"

    return await _decided(request, here, community, asking, ("give", form), decide)


@router.post(
    "/fairness/{case}",
    status_code=303,
    response_class=RedirectResponse,
    summary="Decide about a ring or farming, on the manager's page",
    responses=_ANSWERED,
)
async def ring(
    community: str,
    case: Annotated[str, Path(description="the case, as it is proposed", max_length=64)],
    request: Request,
    here: Here,
    asking: ByForm,
) -> Response:
    """Discount what some members gave one another, leave it, note an appeal or restore it, by the form of our page."""
    form = await forms.own_fields(request, asking)

    def decide() -> tuple[int, str]:
        chosen = _chosen(form, dict.fromkeys(discounting.DECISIONS))
        said = {"reason": _reason(form), "by": asking.known_as}
        told = discounting.decide(here, community, case, cast("Decision", chosen), **said)
        return max(told["recorded"], default=0), told["state"]

    return await _decided(request, here, community, asking, (f"fairness-{case}", form), decide)


@router.post(
    "/cases/{position}",
    status_code=303,
    response_class=RedirectResponse,
    summary="End an open moderation case, on the manager's page",
    responses=_ANSWERED,
)
async def case(
    community: str,
    position: Annotated[int, Path(ge=1, le=HIGHEST_POSITION, description="where the first that was told of it stands")],
    request: Request,
    here: Here,
    asking: ByForm,
) -> Response:
    """Uphold a case that a platform opened, restore what it took, or dismiss it, by the form of our own page."""
    form = await forms.own_fields(request, asking)

    def decide() -> tuple[int, str]:
        ending = _chosen(form, dict.fromkeys(CASE_ENDINGS))
        said = {"name": form.get("case", "").strip()[:LONGEST_NAME], "reason": _reason(form), "by": asking.known_as}
        return ended(here, community, position, ending, **said), f"case-{ending}"

    return await _decided(request, here, community, asking, (f"cases-{position}", form), decide)


def _chosen(form: dict[str, str], choices: dict[str, Any]) -> str:
    """Return the button that was pressed. Raises a 422 problem."""
    if form.get("decision") not in choices:
        wanted = " or ".join(choices)
        raise ProblemError(422, f"wanted {wanted}", errors=[Fault("/decision", f"wanted {wanted}")])
    return form["decision"]


def _reason(form: dict[str, str], faults: list[Fault] | None = None) -> str:
    """Return why, for the record. Raises a 422 problem, or notes the fault among `faults`."""
    reason = form.get("reason", "").strip()
    if not reason or len(reason) > LONGEST_REASON or "\0" in reason:
        fault = Fault("/reason", f"wanted a few words, at most {LONGEST_REASON:,} characters, got {len(reason):,}")
        if faults is None:
            raise ProblemError(422, "say why, for the record", errors=[fault])
        faults.append(fault)
    return reason


async def _decided(
    request: Request,
    here: Installation,
    community: str,
    asking: Principal,
    form: tuple[str, dict[str, str]],
    decide: Callable[[], tuple[int, str]],
) -> Response:
    """Return the way back once it counts; or the page, with what was typed and what is wrong with it.

    `decide` returns the position of what it recorded, and a word for it of `api.desk.review.DONE`.
    """

    def act() -> Response:
        position, done = decide()
        here.wait(community, position, here.settings.limit_wait)
        where = form[0].partition("-")[0]
        return RedirectResponse(f"/manage/{community}/review?done={done}#{where}", 303)

    def work() -> Response:
        here.known(community)
        return forms.mended(
            request,
            form,
            act,
            lambda tried, status: review_page(request, here, community, asking, tried=tried, status=status),
        )

    return await run_in_threadpool(work)
