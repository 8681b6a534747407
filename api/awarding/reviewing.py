"""Credentials that lost their ground: which wait for a decision, why, and deciding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from api.awarding.models import ReviewDecided, ReviewsAnswer
from api.guard.doors import Here, Permit
from api.installation import Installation
from api.issued.credentials import issued_in
from api.web import decisions
from api.web.answers import answers
from api.web.auth import Principal
from api.web.decisions import Body, Text
from api.web.problems import ProblemError, conflict, described
from api.words.wording import words
from badges import NotInReviewError
from ledger import ErasedError
from schemas import format_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from badges import Review
    from ledger import Outcome
    from projections import AwardRow, Charter, Reason

router = APIRouter(tags=["community"], prefix="/communities/{community}")

Community = Annotated[str, Path(description="the community's slug", examples=["makers"])]
Manager = Annotated[Principal, Depends(Permit("community.manage"))]

MOST = 500  # reviews in one answer
MOST_FACTS = 5  # of one reason that are told in words
DECISION = Body("a decision", {"decision": Text(one_of=("keep", "revoke")), "reason": Text()})
NOT_WAITING = "this credential does not wait for a decision: it stands, or it was decided on"


@router.get(
    "/reviews",
    response_model=None,
    summary="Credentials that lost their ground",
    responses=answers(ReviewsAnswer, 401, 403, 404, 422, 503),
)
def reviews(
    community: Community,
    here: Here,
    _: Manager,
    limit: Annotated[int, Query(ge=1, le=MOST, description="how many to tell at most")] = 100,
    kept: Annotated[bool, Query(description="tell those too that were kept, and rest")] = False,  # noqa: FBT002
) -> dict[str, Any]:
    """Return the badges whose ground is gone, why, and what the charter proposes. Nothing is revoked by itself."""
    here.known(community)
    position = here.standings.position(community)
    found = here.reviews.of(community, limit, upheld=kept)
    return {
        "waiting": here.reviews.count(community),
        "reviews": list(told(here, community, found)),
        "position": position,
    }


@router.post(
    "/reviews/{credential}",
    response_model=None,
    status_code=201,
    summary="Keep or revoke a credential that lost its ground",
    openapi_extra=decisions.described(DECISION),
    responses={
        201: {"model": ReviewDecided, "description": "decided, and recorded"},
        **described(400, 401, 403, 404, 410, 413, 415, 422, 503),
        **conflict(NOT_WAITING),
    },
)
async def decide(
    community: Community,
    credential: Annotated[str, Path(description="the credential's id")],
    request: Request,
    here: Here,
    _: Manager,
) -> Response:
    """Decide on one credential. The reason is sealed: only the member's own key opens it."""
    wanted = await decisions.decided(request, DECISION)

    def record() -> dict[str, Any]:
        here.known(community)
        outcome = settled(here, community, credential, wanted["decision"], wanted["reason"])
        return {"credential": credential, "decision": wanted["decision"], "position": outcome.position}

    return await decisions.recorded(record)


def settled(here: Installation, community: str, credential: str, decision: str, reason: str) -> Outcome:
    """Record a decision (`keep`, `revoke`), and let the standings follow. Raises a 404, 409 or 410 problem. Blocks."""
    issued_in(here, community, credential)
    chosen = cast("Literal['keep', 'revoke']", decision)
    try:
        outcome = here.reviews.decide(community, credential, chosen, reason=reason)
    except NotInReviewError as error:
        raise ProblemError(409, NOT_WAITING) from error
    if outcome.outcome == "refused":
        raise ProblemError(409, NOT_WAITING)
    here.background.hint(community)
    return outcome


def told(here: Installation, community: str, found: Iterable[Review]) -> Iterator[dict[str, Any]]:
    """Yield reviews as they are told to a manager, by public ids; who was erased meanwhile is left out. Blocks."""
    charter = here.standings.charter(community)
    for review in found:
        try:
            member = here.book.member_id(community, review.member)
        except ErasedError:
            continue
        award, ground = review.award, review.ground
        yield {
            "credential": award.credential,
            "member": member,
            "kind": award.kind,
            "badge": award.achievement,
            "badge_name": _name(charter, award),
            "earned": format_time(award.earned),
            "issued": format_time(award.issued),
            "since": None if ground.since is None else format_time(ground.since),
            "why": [_reason(here, community, review, reason) for reason in ground.reasons],
            "missing": [*ground.missing],
            "proposal": ground.proposal,
            "kept": review.upheld,
        }


def _name(charter: Charter, award: AwardRow) -> str:
    return str(charter.recognised().get((award.kind, award.achievement), {}).get("name", award.achievement))


def _reason(here: Installation, community: str, review: Review, reason: Reason) -> dict[str, Any]:
    row = here.views.member(community, review.member)
    facts = here.book.at(community, reason.facts[:MOST_FACTS])
    told = {
        "kind": reason.kind,
        "words": reason.words,
        "facts": [
            {
                "position": fact.position,
                "time": format_time(fact.time),
                "words": words(fact, row.accounts if row else ()),
            }
            for fact in facts
        ],
        "facts_count": len(reason.facts),
    }
    return told | ({"credential": reason.of} if reason.kind == "duplicate" else {})
