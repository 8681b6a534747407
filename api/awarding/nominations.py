"""Nominations: a member, or a manager, proposes a member for a badge; a manager awards it or declines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.awarding.awards import FOR_A_BADGE, recorded
from api.awarding.models import NominationDecided, NominationReceipt, NominationsAnswer
from api.guard.doors import Here, Permit
from api.installation import Installation
from api.people.members import HIGHEST_POSITION, Member, find_member, member_named, settled
from api.web import decisions
from api.web.answers import answers
from api.web.auth import Principal
from api.web.decisions import Body, Text
from api.web.problems import ProblemError, conflict, described, gone, not_found
from api.words.wording import name_of
from badges import GivingError, HeldError, NotNominatedError
from ledger import ErasedError
from schemas import Fault, format_time

if TYPE_CHECKING:
    from collections.abc import Iterator

    from badges import Nomination
    from ledger import Outcome

router = APIRouter(tags=["community"], prefix="/communities/{community}")

Community = Annotated[str, Path(description="the community's slug", examples=["makers"])]
Number = Annotated[
    int, Path(description="the nomination: the position of its fact, as it is listed", ge=1, le=HIGHEST_POSITION)
]
Manager = Annotated[Principal, Depends(Permit("community.manage"))]

REFUSED = "this nomination was not recorded; each error says what was wanted and what came"
NOT_WAITING = "this nomination does not wait for a decision: it was decided on, or she has the badge"
NOMINATION = Body("a nomination", FOR_A_BADGE)
DECISION = Body("a decision", {"decision": Text(one_of=("award", "decline")), "reason": Text()})


@router.post(
    "/nominations",
    response_model=None,
    status_code=201,
    summary="Nominate a member for a badge",
    openapi_extra=decisions.described(NOMINATION),
    responses={
        201: {"model": NominationReceipt, "description": "recorded"},
        200: {"model": NominationReceipt, "description": "it was said before, and waits"},
        **described(400, 401, 403, 404, 410, 413, 415, 422, 503),
        **conflict("she has it already; to a manager `credential` is its address"),
    },
)
async def nominate(
    community: Community,
    request: Request,
    here: Here,
    asking: Annotated[Principal, Depends(Permit("member.nominate"))],
) -> Response:
    """Nominate a member. What is said is sealed under both members' keys: either's erasure ends it."""
    document = await decisions.asked(request, NOMINATION)

    def record() -> tuple[Outcome, str, str]:
        here.known(community)
        faults: list[Fault] = []
        member = member_named(here, community, document if isinstance(document, dict) else {}, "member", faults)
        wanted = decisions.read(document, NOMINATION, faults)
        by = find_member(here, community, asking.member) if asking.member else None
        if member is None or (asking.member and by is None):
            raise gone() if asking.member and by is None else not_found("member")
        return nominated(here, member, wanted["badge"], wanted["reason"], by), member.id, wanted["badge"]

    outcome, member, badge = await run_in_threadpool(record)
    answer = {"outcome": outcome.outcome, "member": member, "badge": badge, "position": outcome.position}
    return decisions.receipt(answer, outcome)


@router.get(
    "/nominations",
    response_model=None,
    summary="Who is nominated for what",
    responses=answers(NominationsAnswer, 401, 403, 404, 503),
)
def nominations(community: Community, here: Here, _: Manager) -> dict[str, Any]:
    """Return the nominations that wait for a decision, with what was said."""
    here.known(community)
    position = here.standings.position(community)
    found = list(told(here, community, here.nominating.open(community)))
    return {"waiting": len(found), "nominations": found, "position": position}


@router.post(
    "/nominations/{nomination}",
    response_model=None,
    status_code=201,
    summary="Award what was nominated, or decline",
    openapi_extra=decisions.described(DECISION),
    responses={
        201: {"model": NominationDecided, "description": "decided, and recorded"},
        **described(400, 401, 403, 404, 413, 415, 422, 503),
        **conflict(NOT_WAITING),
    },
)
async def decide(
    community: Community,
    nomination: Number,
    request: Request,
    here: Here,
    asking: Manager,
) -> Response:
    """Decide on one nomination. The reason is sealed: only the keys of whom it is of open it."""
    wanted = await decisions.decided(request, DECISION)

    def record() -> dict[str, Any]:
        here.known(community)
        return decided(here, community, nomination, wanted["decision"], reason=wanted["reason"], by=asking.known_as)

    return await decisions.recorded(record)


def nominated(here: Installation, member: Member, badge: str, reason: str, by: Member | None) -> Outcome:
    """Record a nomination, once all that was recorded before is counted. Raises a problem. Blocks."""
    member = settled(here, member, seconds=here.settings.limit_wait)
    nominator = by.account if by else None
    try:
        outcome = here.nominating.nominate(member.community, member.account, badge, reason=reason, by=nominator)
    except GivingError as error:
        raise ProblemError(422, REFUSED, errors=error.faults) from error
    except HeldError as error:
        if by is not None:  # a member does not learn how another came by it, nor its address
            raise ProblemError(409, "she has it already") from error
        address = f"{here.settings.origin}/credentials/{error.credential}"
        raise ProblemError(409, str(error), credential=address) from error
    here.background.hint(member.community)
    return outcome


def decided(
    here: Installation, community: str, nomination: int, decision: str, *, reason: str, by: str
) -> dict[str, Any]:
    """Award what was nominated, or decline, and return what became of it. Raises a 409 or 422 problem. Blocks."""
    try:
        if decision == "award":
            given = recorded(
                here, community, lambda: here.nominating.award(community, nomination, reason=reason, by=by)
            )
            credential, position = f"{here.settings.origin}/credentials/{given.credential}", given.position
        else:
            credential, position = None, here.nominating.decline(community, nomination, reason=reason).position or 0
            here.background.hint(community)
    except NotNominatedError as error:
        raise ProblemError(409, NOT_WAITING) from error
    return {"nomination": nomination, "decision": decision, "credential": credential, "position": position}


def told(here: Installation, community: str, found: list[Nomination]) -> Iterator[dict[str, Any]]:
    """Yield nominations as they are told to a manager, by public ids; who was erased meanwhile is left out. Blocks."""
    names = here.standings.charter(community).by("badges", "badge")
    for one in found:
        try:
            member = here.book.member_id(community, one.member)
            by = here.book.member_id(community, one.nominator) if one.nominator else None
        except ErasedError:
            continue
        yield {
            "nomination": one.position,
            "member": member,
            "name": name_of(here.book.handle(community, one.member)),
            "badge": one.badge,
            "badge_name": names.get(one.badge, {}).get("name", one.badge),
            "by": by,
            "by_name": name_of(here.book.handle(community, one.nominator)) if one.nominator else None,
            "reason": one.reason,
            "at": format_time(one.at),
        }
