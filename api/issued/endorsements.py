"""Endorsements: saying something of a badge, withdrawing it, and what was said, as anyone can verify it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.guard.doors import Here, Permit
from api.installation import CREDENTIAL_ID, Installation
from api.issued.credentials import HELD_SECONDS, cached, issued_as
from api.issued.models import EndorsementReceipt, EndorsementsAnswer
from api.people.members import accounts_of, find_member
from api.web import decisions
from api.web.answers import answers
from api.web.auth import Principal
from api.web.decisions import Body, Text
from api.web.negotiate import best
from api.web.problems import ProblemError, described, gone, not_found
from badges import EndorsementError, Thing
from schemas import Fault, format_time

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from api.people.members import Member
    from ledger import Outcome
    from projections import EndorsementRow

router = APIRouter(tags=["community"])

Community = Annotated[str, Path(description="the community's slug", examples=["makers"])]
Endorser = Annotated[Principal, Depends(Permit("badge.endorse"))]
Kind = Literal["credential", "achievement", "community"]
By = Literal["endorser", "endorsee", "manager"]

ACHIEVEMENT = r"^((badge|level|role)/)?[a-z0-9][a-z0-9._-]{0,63}$"
LONGEST_NAME = 200  # of what is endorsed: an id, or its address
GIVEN = Body(
    "an endorsement",
    {
        "kind": Text(one_of=("credential", "achievement", "community")),
        "of": Text(longest=LONGEST_NAME, required=False),
        "comment": Text(),
        "named": Text(one_of=("yes", "no"), required=False),
    },
)
WITHDRAWN = Body("a withdrawal", {"reason": Text(required=False)})
REFUSED = "this endorsement was not recorded; each error says what was wanted and what came"
MEDIA = {"application/json": "json", "application/vc": "json", "application/ld+json": "json", "application/jwt": "jwt"}
SUFFIXES = {"json": "application/json", "jwt": "application/jwt"}
_RECEIPT: dict[int | str, dict[str, Any]] = {
    200: {"model": EndorsementReceipt, "description": "it was so already"},
    201: {"model": EndorsementReceipt, "description": "recorded"},
    **described(400, 401, 403, 404, 410, 413, 415, 422, 503),
}


@router.post(
    "/communities/{community}/endorsements",
    response_model=None,
    status_code=201,
    summary="Endorse a badge, an achievement or the community",
    openapi_extra=decisions.described(GIVEN),
    responses=_RECEIPT,
)
async def give(community: Community, request: Request, here: Here, asking: Endorser) -> Response:
    """Endorse as the member who is signed in, or for the community as its manager.

    `of`: the credential's id or the badge of the charter; nothing for the community. `named: yes` is the consent of a
    member to be told by her public id.
    """
    told = await decisions.decided(request, GIVEN)

    def record() -> Response:
        here.known(community)
        thing = thing_named(here, community, told["kind"], told["of"])
        member = endorsing(here, community, asking)
        outcome = give_as(here, community, thing, member, told["comment"], named=told["named"] == "yes")
        number = here.endorsements.number(community, outcome.position or 0)
        return _receipt(outcome, number)

    return await run_in_threadpool(record)


@router.post(
    "/communities/{community}/endorsements/{endorsement}/withdrawal",
    response_model=None,
    status_code=201,
    summary="Withdraw an endorsement",
    openapi_extra=decisions.described(WITHDRAWN),
    responses=_RECEIPT,
)
async def withdraw(
    community: Community,
    endorsement: Annotated[str, Path(description="the endorsement's id")],
    request: Request,
    here: Here,
    asking: Endorser,
) -> Response:
    """Withdraw what one said, or what was said of one's own badge; a manager may withdraw any. Verifiers learn it."""
    told = await decisions.decided(request, WITHDRAWN)

    def record() -> Response:
        here.known(community)
        one = endorsement_as(here, endorsement)
        own = own_accounts(here, endorsing(here, community, asking))
        by = whose(one, own) if one.community == community else None
        if by is None:
            raise not_found("endorsement")
        return _receipt(withdraw_as(here, one, by, told["reason"]), one.id)

    return await run_in_threadpool(record)


@router.get(
    "/communities/{community}/endorsements",
    response_model=None,
    summary="What is said of an achievement, or of the community",
    responses=answers(EndorsementsAnswer, 404, 422, 503),
)
def of_community(
    community: Community,
    here: Here,
    _: Annotated[Principal, Depends(Permit("community.page"))],
    of: Annotated[
        str | None,
        Query(
            pattern=ACHIEVEMENT,
            description="a badge of the charter, `level/2`, `role/host`; where absent, the community",
        ),
    ] = None,
) -> dict[str, Any]:
    """Return the endorsements of an achievement of the charter, or of the community itself, that stand."""
    here.known(community)
    return {"endorsements": told_of(here, here.endorsements.of(community, Thing(achievement=of)))}


@router.get(
    "/credentials/{credential}/endorsements",
    tags=["verifier"],
    response_model=None,
    summary="What is said of a badge somebody holds",
    responses=answers(EndorsementsAnswer, 404, 410, 503),
)
def of_badge(
    credential: str, here: Here, _: Annotated[Principal, Depends(Permit("credential.read"))]
) -> dict[str, Any]:
    """Return the endorsements of a badge that stand. Each is a credential of its own; the badge is not changed."""
    issued = issued_as(here, credential)
    return {"endorsements": told_of(here, here.endorsements.of(issued.community, Thing(issued)))}


@router.get(
    "/endorsements/{name}",
    tags=["verifier"],
    response_class=Response,
    summary="Download an endorsement",
    responses={
        200: {
            "description": "a signed EndorsementCredential",
            "content": {
                "application/json": {"schema": {"type": "object"}},
                "application/jwt": {"schema": {"type": "string"}},
            },
        },
        **described(304, 404, 406, 410, 503),
    },
)
def endorsement(
    name: Annotated[str, Path(description="the endorsement's id, with `.json .jwt` or an Accept header")],
    request: Request,
    here: Here,
    _: Annotated[Principal, Depends(Permit("credential.read"))],
) -> Response:
    """Return an endorsement as the community signed it: JSON, or a JWT."""
    stem, dot, suffix = name.partition(".")
    if dot and suffix not in SUFFIXES:
        raise not_found("endorsement")
    accept = request.headers.get("accept")
    media = SUFFIXES[suffix] if dot else best(accept, list(MEDIA))
    if media is None:
        raise ProblemError(406, f"Accept: wanted one of {', '.join(MEDIA)}; got {(accept or '')[:100]}")
    one = endorsement_as(here, stem)
    jwt = MEDIA[media] == "jwt"
    content = here.endorsements.jwt(one).encode() if jwt else orjson.dumps(here.endorsements.document(one))
    return cached(request, content, media, f"private, max-age={HELD_SECONDS}", {"Vary": "Accept"})


def thing_named(here: Installation, community: str, kind: str, name: str) -> Thing:
    """Return what is to be endorsed: a credential by id or address, a badge of the charter, or the community. Blocks.

    Raises a 422 problem with a pointer, or a 410 one.
    """
    if kind == "community":
        if name:
            raise ProblemError(422, REFUSED, errors=[Fault("/of", f"wanted nothing for the community, got {name}")])
        return Thing()
    if not name:
        raise ProblemError(422, REFUSED, errors=[Fault("/of", f"wanted which {kind}, got nothing")])
    if kind == "achievement":
        return Thing(achievement=name)
    number = name.rstrip("/").rpartition("/")[2]
    issued = here.awards.find(number) if CREDENTIAL_ID.fullmatch(number) else None
    if issued is None and here.gone(number):
        raise gone()
    if issued is None or issued.community != community:
        raise ProblemError(422, REFUSED, errors=[Fault("/of", f"wanted a credential of {community}, got {name}")])
    return Thing(issued)


def endorsing(here: Installation, community: str, asking: Principal) -> Member | None:
    """Return the member who is signed in, None for whoever manages. Raises a 410 or 404 problem. Blocks."""
    if asking.role != "member":
        return None
    member = find_member(here, community, asking.member or "")
    if member is None:
        raise here.missing("member", asking.member or "", community)
    return member


def give_as(
    here: Installation, community: str, thing: Thing, member: Member | None, comment: str, *, named: bool
) -> Outcome:
    """Record an endorsement by a member, or (None) by the community. Raises a 410 or 422 problem. Blocks."""
    try:
        outcome = here.endorsements.give(
            community, thing, endorser=member.account if member else None, comment=comment, named=named
        )
    except EndorsementError as error:
        raise ProblemError(422, REFUSED, errors=error.faults) from error
    if outcome.outcome == "refused":
        raise gone()
    here.background.hint(community)
    return outcome


def withdraw_as(here: Installation, one: EndorsementRow, by: By, reason: str) -> Outcome:
    """Withdraw an endorsement, as `whose` says. Raises a 410 problem. Blocks."""
    outcome = here.endorsements.withdraw(one, by=by, reason=reason)
    if outcome.outcome == "refused":
        raise gone()
    here.background.hint(one.community)
    return outcome


def told_of(here: Installation, found: Sequence[EndorsementRow]) -> list[dict[str, Any]]:
    """Return endorsements as they are told to anyone; those of who was erased meanwhile are left out. Blocks."""
    return [
        {
            "endorsement": one.id,
            "address": here.endorsements.url(one),
            "kind": one.kind,
            "comment": comment,
            "given": format_time(one.given),
            "by": "member" if one.endorser else "community",
            "member": member,
        }
        for one, comment, member in here.endorsements.said(found)
    ]


def endorsement_as(here: Installation, number: str) -> EndorsementRow:
    """Return the endorsement with a public id. Raises a 404 problem, or 410 where somebody of it was erased. Blocks."""
    one = here.endorsements.find(number) if CREDENTIAL_ID.fullmatch(number) else None
    if one is None:
        raise here.missing("endorsement", number)
    return one


def own_accounts(here: Installation, member: Member | None) -> frozenset[str] | None:
    """Return all accounts of a member; None where a manager asks. Blocks."""
    return None if member is None else frozenset(accounts_of(here, member))


def whose(one: EndorsementRow, own: Collection[str] | None) -> By | None:
    """Return as whom the member of these accounts, or (None) a manager, may withdraw an endorsement; None: not she."""
    if own is None:
        return "manager"
    return "endorser" if one.endorser in own else "endorsee" if one.endorsee in own else None


def _receipt(outcome: Outcome, number: str) -> Response:
    body = {"outcome": outcome.outcome, "endorsement": number, "position": outcome.position}
    return decisions.receipt(body, outcome)
