"""A member's own address: given on her page, confirmed by a link, ended by another; and the same for a channel's.

Mail scanners follow links, so a GET only asks. A mail program ends it by a POST of its own (RFC 8058), without a
cookie: the word in the link is what shows whose it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.celebrating import wanting
from api.celebrating.mail import Mailer, address_of, mailer_of
from api.commons.community_page import named
from api.guard import forms
from api.guard.doors import Here, Permit, refusal
from api.people.members import accounts_of, find_member, may
from api.web.auth import Principal
from api.web.problems import ProblemError, described, gone, not_found
from api.words.rendering import pages_of
from schemas import Fault

if TYPE_CHECKING:
    from api.installation import Installation

router = APIRouter(tags=["people"])

Anyone = Annotated[Principal, Depends(Permit("community.page"))]
LONGEST_WORD = 200  # characters
GONE = "this link is too old, was replaced by another, or was never made"
_ENDS = {"leave", "channel"}


class Named(NamedTuple):
    """What a link is about: whether it ends or begins something, for which account or channel."""

    ends: bool
    account: str | None
    channel: str | None


@router.get("/mail/{community}/{word}", response_class=HTMLResponse, responses=described(404))
def look(community: str, word: str, request: Request, here: Here, _: Anyone) -> HTMLResponse:
    """Ask whether to begin or to end it; the link stays good."""
    found = _named(here, community, word)
    return _shown(request, here, community, found, done=False)


@router.post("/mail/{community}/{word}", response_class=HTMLResponse, responses=described(404, 503))
def act(community: str, word: str, request: Request, here: Here, _: Anyone) -> HTMLResponse:
    """Begin or end it. Again, it changes nothing."""
    found = _named(here, community, word)
    if found.account is not None:
        here.book.mailboxes.turn(community, found.account, "left" if found.ends else "on")
    elif found.channel is not None:
        here.book.channels.turn(community, found.channel, "ended" if found.ends else "on")
    return _shown(request, here, community, found, done=True)


def _shown(request: Request, here: Installation, community: str, found: Named, *, done: bool) -> HTMLResponse:
    context = {
        "community": named(here.known(community), here.standings.charter(community)),
        "ends": found.ends,
        "done": done,
    }
    return pages_of(request).page("mail.html", context)


def _named(here: Installation, community: str, word: str) -> Named:
    """Return what a word in a link names. Raises a 404 problem where it is not ours, or does not hold any more."""
    here.known(community)
    read = here.book.mailboxes.read(word) if len(word) <= LONGEST_WORD else None
    if read is None:
        raise ProblemError(404, GONE)
    purpose, subject = read
    if purpose in {"asked", "channel"}:
        channel = here.book.channels.find(community, subject)
        address = channel.told.get("address") if channel else None
        if address is None or not here.book.mailboxes.holds(community, word, address):
            raise ProblemError(404, GONE)
        return Named(purpose in _ENDS, None, subject)
    box = _box(here, community, subject)
    if purpose not in {"confirm", "leave"} or box is None or not here.book.mailboxes.holds(community, word, box[1]):
        raise ProblemError(404, GONE)
    return Named(purpose in _ENDS, box[0], None)


def _box(here: Installation, community: str, member: str) -> tuple[str, str] | None:
    """Return the account and the address of a member's mailbox."""
    found = find_member(here, community, member)
    if found is None:
        return None
    boxes = {box.account: box.address for box in here.book.mailboxes.of(community)}
    return next(((one, boxes[one]) for one in accounts_of(here, found) if one in boxes), None)


@router.post(
    "/c/{community}/m/{member}/mail",
    status_code=303,
    response_class=RedirectResponse,
    summary="Where a member wants her mail",
    responses={
        303: {"description": "done; back to her week"},
        **described(400, 401, 403, 404, 410, 413, 415, 422, 503),
    },
)
async def mine(community: str, member: str, request: Request, here: Here, asking: Anyone) -> Response:
    """Keep the address a member gives, and ask it; or, without one, forget the one there is. Nobody else may."""
    if asking.kind != "session" or asking.role != "member" or asking.community != community:
        raise refusal(asking, community, "member.read")
    form = await forms.own_fields(request, asking)
    await run_in_threadpool(_keep, here, community, member, asking, form.get("address", "").strip())
    return RedirectResponse(f"/c/{community}/m/{member}/week#mail", 303)


def _keep(here: Installation, community: str, member: str, asking: Principal, address: str) -> None:
    if here.gone(member, community):
        raise gone()
    found = find_member(here, community, member)
    if found is None or not may(here, asking, "member.read", found):
        raise not_found("member")
    mailer = mailer_of(here.settings)
    if address:
        _check(address, mailer)
    boxes = {box.account for box in here.book.mailboxes.of(community)}
    for account in accounts_of(here, found):
        if account in boxes:
            here.book.mailboxes.drop(community, account)
    if not address or mailer is None:
        return
    here.book.mailboxes.ask(community, found.account, address)
    try:
        wanting.ask(here, mailer, community, "confirm", found.id, address)
    except wanting.WishError as error:
        here.book.mailboxes.drop(community, found.account)
        raise ProblemError(422, "an address", errors=error.faults) from error


def _check(address: str, mailer: Mailer | None) -> None:
    """Raise a 422 problem for what is no address, or where no mail goes out."""
    try:
        address_of(address)
    except ValueError as error:
        raise ProblemError(422, "an address", errors=[Fault("/address", str(error))]) from error
    if mailer is None:
        raise ProblemError(422, "an address", errors=[Fault("/address", "no mail server is set here")])
