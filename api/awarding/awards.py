"""Awards by a person: giving a badge by hand, suspending, resuming and revoking one; and which a member has."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.awarding.models import AwardDecided, AwardReceipt, IssuedBadgesAnswer
from api.guard.doors import Here, Permit
from api.installation import Installation
from api.issued.credentials import issued_in
from api.people.members import HIGHEST_POSITION, Member, member_named, settled, the_member
from api.web import decisions
from api.web.answers import answers
from api.web.auth import Principal
from api.web.decisions import Body, Text
from api.web.problems import ProblemError, conflict, described, not_found
from badges import MOST_EVIDENCE, GivingError, HeldError
from schemas import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from badges import Given, Issued
    from ledger import Outcome

router = APIRouter(tags=["community"], prefix="/communities/{community}")

Community = Annotated[str, Path(description="the community's slug", examples=["makers"])]
Manager = Annotated[Principal, Depends(Permit("community.manage"))]

REFUSED = "this badge was not given; each error says what was wanted and what came"
NOT_SUSPENDABLE = (
    "no verifier would learn of it: this badge names no list of suspension, for the charter it was awarded under does "
    "not say `suspendable: true` of it"
)
DECISIONS = ("suspend", "resume", "revoke")
DECISION = Body("a decision", {"decision": Text(one_of=DECISIONS), "reason": Text()})
_EVIDENCE = {
    "type": "array",
    "maxItems": MOST_EVIDENCE,
    "items": {"type": "integer", "minimum": 1, "maximum": HIGHEST_POSITION},
    "description": "positions of facts that name her, which it rests on",
}
FOR_A_BADGE = {"member": Text(longest=64), "badge": Text(longest=64), "reason": Text()}
GIFT = Body("a gift", FOR_A_BADGE, {"evidence": _EVIDENCE})


@router.post(
    "/awards",
    response_model=None,
    status_code=201,
    summary="Give a badge by hand",
    openapi_extra=decisions.described(GIFT),
    responses={
        201: {"model": AwardReceipt, "description": "given, and recorded"},
        **described(400, 401, 403, 404, 410, 413, 415, 422, 503),
        **conflict("she has it already; `credential` is its address"),
    },
)
async def give(community: Community, request: Request, here: Here, asking: Manager) -> Response:
    """Give a member one of the charter's badges where no rule did. The reason is sealed: only her own key opens it."""
    document = await decisions.asked(request, GIFT)

    def record() -> dict[str, Any]:
        here.known(community)
        evidence, faults = _evidence(document)
        member = member_named(here, community, document if isinstance(document, dict) else {}, "member", faults)
        wanted = decisions.read(document, GIFT, faults)
        if member is None:
            raise not_found("member")
        given = given_by(here, member, wanted["badge"], wanted["reason"], asking.known_as, evidence)
        return {
            "credential": f"{here.settings.origin}/credentials/{given.credential}",
            "member": member.id,
            "badge": wanted["badge"],
            "position": given.position,
        }

    return await decisions.recorded(record)


@router.post(
    "/awards/{credential}",
    response_model=None,
    status_code=201,
    summary="Suspend, resume or revoke a badge",
    openapi_extra=decisions.described(DECISION),
    responses={
        201: {"model": AwardDecided, "description": "decided, and recorded"},
        200: {"model": AwardDecided, "description": "this was decided before"},
        **described(400, 401, 403, 404, 410, 413, 415, 422, 503),
        **conflict("it ended, cannot be suspended, or was never suspended"),
    },
)
async def decide(
    community: Community,
    credential: Annotated[str, Path(description="the credential's id")],
    request: Request,
    here: Here,
    _: Manager,
) -> Response:
    """Decide on one badge. Verifiers learn it from the status lists; the reason is sealed under the member's key."""
    wanted = await decisions.decided(request, DECISION)

    def record() -> Outcome:
        here.known(community)
        return decided(here, issued_in(here, community, credential), wanted["decision"], wanted["reason"])

    outcome = await run_in_threadpool(record)
    answer = {
        "credential": credential,
        "decision": wanted["decision"],
        "outcome": outcome.outcome,
        "position": outcome.position,
    }
    return decisions.receipt(answer, outcome)


@router.get(
    "/members/{member}/badges",
    response_model=None,
    tags=["members"],
    summary="The badges that were awarded to a member",
    responses=answers(IssuedBadgesAnswer, 401, 403, 404, 410, 422, 503),
)
def badges(member: Annotated[Member, Depends(the_member)], here: Here) -> dict[str, Any]:
    """Return every badge she was awarded: when it was earned, when it was issued, and whether it stands."""
    position = here.standings.position(member.community)
    awards = here.awards.of(member.community, member.account)
    return {
        "member": member.id,
        "community": member.community,
        "badges": told(here, member.community, awards),
        "position": position,
    }


def told(here: Installation, community: str, awards: Sequence[Issued]) -> list[dict[str, Any]]:
    """Return awards as they are told to whom they are of."""
    names = here.standings.charter(community).recognised()
    return [
        {
            "credential": here.awards.url(one),
            "kind": one.kind,
            "badge": one.achievement,
            "name": names.get((one.kind, one.achievement), {}).get("name", one.achievement),
            "earned": one.earned,
            "issued": one.issued,
            "backfilled": one.backfilled,
            "by_hand": one.by_hand,
            "expires": one.expires,
            "suspended": one.suspended,
            "revoked": one.revoked,
        }
        for one in awards
    ]


def given_by(
    here: Installation, member: Member, badge: str, reason: str, by: str, evidence: Sequence[int] = ()
) -> Given:
    """Give a badge by hand, once all that was recorded before is counted. Raises a problem. Blocks."""
    member = settled(here, member, seconds=here.settings.limit_wait)
    community, account = member.community, member.account

    def give() -> Given:
        nominated = here.nominating.nominated(community, account, badge)
        return here.giving.give(community, account, badge, reason=reason, by=by, evidence=evidence, nominated=nominated)

    return recorded(here, community, give)


def recorded(here: Installation, community: str, record: Callable[[], Given]) -> Given:
    """Let a gift be recorded and the standings follow. Raises a 409 or 422 problem. Blocks."""
    try:
        given = record()
    except GivingError as error:
        raise ProblemError(422, REFUSED, errors=error.faults) from error
    except HeldError as error:
        address = f"{here.settings.origin}/credentials/{error.credential}"
        raise ProblemError(409, str(error), credential=address) from error
    here.background.hint(community)
    return given


def decided(here: Installation, issued: Issued, decision: str, reason: str) -> Outcome:
    """Suspend, resume or revoke a badge, and let the standings follow. Raises a 409 problem. Blocks."""
    if decision == "suspend" and not here.awards.suspendable(issued):
        raise ProblemError(409, NOT_SUSPENDABLE)
    decide = {"suspend": here.book.suspend, "resume": here.book.resume, "revoke": here.book.revoke}[decision]
    outcome = decide(issued.community, issued.stream, reason=reason, at=time.time_ns() // 1_000)
    if outcome.outcome == "refused":
        raise ProblemError(409, "; ".join(fault.message for fault in outcome.errors))
    here.background.hint(issued.community)
    return outcome


def _evidence(document: object) -> tuple[list[int], list[Fault]]:
    """Return the positions that are named as evidence, and what of them are none."""
    found = document.get("evidence", []) if isinstance(document, dict) else []
    if not isinstance(found, list) or len(found) > MOST_EVIDENCE:
        return [], [Fault("/evidence", f"wanted at most {MOST_EVIDENCE} positions of facts")]
    faults = [
        Fault(f"/evidence/{place}", f"wanted the position of a fact, got {ascii(one)[:40]}")
        for place, one in enumerate(found)
        if type(one) is not int or not 0 < one <= HIGHEST_POSITION
    ]
    return ([] if faults else found), faults
