"""Leaving: a member takes all that is hers along, and is forgotten."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any

import anyio.to_thread
import orjson
from anyio import CapacityLimiter
from fastapi import APIRouter, Depends, Path, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, Response, StreamingResponse

from api.commons.community_page import named
from api.guard import forms
from api.guard.doors import Here, Permit
from api.guard.sessions import same_word
from api.installation import Installation
from api.issued.credentials import cached
from api.leaving.erasure import forget, prospect
from api.leaving.takeout import takeout
from api.people.members import (
    Community,
    Member,
    find_member,
    may,
    member_for,
    settled,
)
from api.web import archive
from api.web.auth import Principal
from api.web.negotiate import best
from api.web.problems import ProblemError, described, gone
from api.words.rendering import pages_of
from api.words.wording import name_of
from badges import NoBadgeError
from ledger import SLUG
from projections import UnknownMemberError

router = APIRouter()

MemberId = Annotated[str, Path(description="public member id", examples=["mfrggzdfmztwq2lknnwg23tpoa"])]
MOST_TAKING = 4  # threads that read for archives; whoever else takes one waits for the next piece a little longer
RECORD_MEDIA = ("application/json", "application/vc", "application/ld+json", "application/jwt")
SURE = "sure"
NOT_SURE = "wanted the box ticked: what is erased cannot be brought back by anybody"

_taking = CapacityLimiter(MOST_TAKING)
_TAKEN: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "a ZIP with `README.txt`, `member.json`, `facts.ndjson` and `credentials/`",
        "content": {archive.MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
    },
    **described(401, 403, 404, 410, 503),
}


@router.get(
    "/communities/{community}/members/{member}/takeout",
    tags=["members"],
    response_class=StreamingResponse,
    summary="Everything about one member",
    responses=_TAKEN,
)
async def take_out(
    community: Community,
    member: MemberId,
    here: Here,
    asking: Annotated[Principal, Depends(Permit("member.take_out"))],
) -> StreamingResponse:
    """Return all that the book holds of a member and of nobody else, sent while it is made."""

    def begin() -> tuple[Member, Iterator[bytes]]:
        found = member_for(here, community, member, asking, "member.take_out")
        found = settled(here, found, seconds=here.settings.limit_wait)
        return found, takeout(here, found)

    found, pieces = await run_in_threadpool(begin)
    headers = {"Content-Disposition": f'attachment; filename="{community}-{found.id}.zip"'}
    return StreamingResponse(_sent(pieces), headers=headers, media_type=archive.MEDIA_TYPE)


async def _sent(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    while piece := await anyio.to_thread.run_sync(next, pieces, b"", limiter=_taking):
        yield piece


@router.get(
    "/communities/{community}/members/{member}/clr",
    tags=["members"],
    response_class=Response,
    summary="All badges of a member as one record",
    responses={
        200: {
            "description": "a signed ClrCredential (CLR 2.0)",
            "content": {
                "application/json": {"schema": {"type": "object"}},
                "application/jwt": {"schema": {"type": "string"}},
            },
        },
        **described(304, 401, 403, 404, 406, 410, 503),
    },
)
def learner_record(
    community: Community,
    member: MemberId,
    request: Request,
    here: Here,
    asking: Annotated[Principal, Depends(Permit("member.take_out"))],
) -> Response:
    """Return a member's badges that stand, each as it was signed, in one signed record: JSON, or a JWT."""
    accept = request.headers.get("accept")
    media = best(accept, [*RECORD_MEDIA])
    if media is None:
        raise ProblemError(406, f"Accept: wanted one of {', '.join(RECORD_MEDIA)}; got {(accept or '')[:100]}")
    found = member_for(here, community, member, asking, "member.take_out")
    found = settled(here, found, seconds=here.settings.limit_wait)
    return cached(request, record(here, found, media), media, "private, no-cache", {"Vary": "Accept"})


def record(here: Installation, member: Member, media: str) -> bytes:
    """Return the learner record of a member. Raises a 404 problem where she has no badge. Blocks."""
    try:
        if media == "application/jwt":
            return here.records.jwt(member.community, member.account).encode()
        return orjson.dumps(here.records.document(member.community, member.account))
    except (NoBadgeError, UnknownMemberError) as error:
        raise ProblemError(404, "this member has no badge yet that stands") from error


@router.delete(
    "/communities/{community}/members/{member}",
    tags=["members"],
    status_code=204,
    response_class=Response,
    summary="Forget a member for ever",
    responses={204: {"description": "she is forgotten, in every process"}, **described(401, 403, 404, 410, 503)},
)
def erase(
    community: Community,
    member: MemberId,
    here: Here,
    asking: Annotated[Principal, Depends(Permit("member.erase"))],
) -> Response:
    """Erase a member: names, texts, page, id and badges are gone for ever; counts and others' levels stay."""
    forget(here, member_for(here, community, member, asking, "member.erase"), seconds=here.settings.limit_wait)
    return _signed_out(here, asking, Response(status_code=204))


@router.get(
    "/c/{community}/m/{member}/erase",
    tags=["people"],
    response_class=HTMLResponse,
    summary="Whether to be forgotten",
    responses=described(410, 503),
)
def ask(
    community: str,
    member: str,
    request: Request,
    here: Here,
    asking: Annotated[Principal, Depends(Permit("community.page"))],
) -> HTMLResponse:
    """Say what an erasure takes and what it leaves, and ask; to anyone else, that this page is private."""
    found = _hers(here, community, member, asking)
    if found is None:
        return pages_of(request).page("private.html", {}, asking=asking)
    return _question(request, here, found, asking)


@router.post(
    "/c/{community}/m/{member}/erase",
    tags=["people"],
    response_class=HTMLResponse,
    summary="Be forgotten",
    responses=described(400, 403, 410, 413, 415, 422, 503),
)
async def confirm(
    community: str,
    member: str,
    request: Request,
    here: Here,
    asking: Annotated[Principal, Depends(Permit("community.page"))],
) -> Response:
    """Erase a member, by the form of our own page with its box ticked."""
    form = await forms.fields(request)
    found = await run_in_threadpool(_hers, here, community, member, asking)
    if found is None:
        return pages_of(request).page("private.html", {}, asking=asking)
    if not same_word(form.get(forms.WORD), asking.csrf):
        raise ProblemError(403, "wanted the form of our own page")
    if form.get(SURE) != "yes":
        return await run_in_threadpool(_question, request, here, found, asking, NOT_SURE)
    await run_in_threadpool(forget, here, found, seconds=here.settings.limit_wait)
    own = asking.role == "member"
    context = {"where": f"/c/{community}" if own else f"/manage/{community}", "own": own}
    page = pages_of(request).page("erased.html", context)
    return _signed_out(here, asking, page)


def _hers(here: Installation, community: str, member: str, asking: Principal) -> Member | None:
    """Return the member whom `asking` may erase, and None for everyone else. Raises a 410 problem. Blocks."""
    if not SLUG.fullmatch(community):
        return None
    if here.gone(member, community):
        raise gone()
    if asking.kind != "session" or asking.community != community:
        return None
    found = find_member(here, community, member)
    return found if found and may(here, asking, "member.erase", found) else None


def _question(
    request: Request, here: Installation, member: Member, asking: Principal, refused: str = ""
) -> HTMLResponse:
    known = here.known(member.community)
    context = {
        "community": named(known, here.standings.charter(known.slug)),
        "member": {"name": name_of(here.book.handle(known.slug, member.account)), "id": member.id},
        "own": asking.role == "member",
        "prospect": prospect(here, member),
        "refused": refused,
    }
    return pages_of(request).page("erase.html", context, asking=asking, status=422 if refused else 200)


def _signed_out(here: Installation, asking: Principal, answer: Response) -> Response:
    """Return `answer`; whoever was signed in as the one erased is signed in no more."""
    if asking.role == "member":
        here.sessions.forget(answer)
    return answer
