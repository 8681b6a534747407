"""The manager's room for what is told where: channels, what could not be sent, quiet time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.celebrating import wanting
from api.celebrating.events import GROUPS, USUAL
from api.celebrating.mail import mailer_of
from api.celebrating.pages import celebrated_context
from api.celebrating.told import celebration
from api.commons.community_page import named
from api.guard import forms
from api.guard.doors import Here, Permit
from api.web.auth import Principal
from api.web.problems import ProblemError, described
from api.words.rendering import pages_of
from schemas import Fault, format_time, say

if TYPE_CHECKING:
    from api.installation import Installation
    from ledger import Channel, Delivery

router = APIRouter(tags=["people"], prefix="/manage/{community}/celebrations")

DAY = 86_400_000_000  # µs
LONGEST_QUIET = 90  # days
_SENT = "That could not be done."


@router.get("", response_class=HTMLResponse, responses=described(401, 403, 404))
def room(
    community: str, request: Request, here: Here, asking: Annotated[Principal, Depends(Permit("community.manage"))]
) -> HTMLResponse:
    """Show a manager what there is to celebrate, where it is told, and what could not be sent."""
    return _page(request, here, community, asking)


@router.post(
    "",
    response_class=HTMLResponse,
    summary="Channels, on the manager's page",
    responses={
        200: {"description": "made; its secret is shown, once"},
        303: {"description": "done; back to the page"},
        **described(400, 401, 403, 404, 413, 415, 422, 503),
    },
)
async def change(
    community: str,
    request: Request,
    here: Here,
    asking: Annotated[Principal, Depends(Permit("community.manage", by_form=True))],
) -> Response:
    """Add, test or drop a channel, send again what could not be sent, or be quiet, by the form of our own page.

    `do`: add, test, rotate, settle, resume, drop, replay, quiet.
    """
    form = await forms.own_fields(request, asking)

    def act() -> Response:
        here.known(community)
        made = _DOES.get(form.get("do", ""), _nothing)(here, community, form)
        if made is not None:
            return _page(request, here, community, asking, made=made)
        return RedirectResponse(f"/manage/{community}/celebrations", 303)

    def again(tried: forms.Tried, status: int) -> Response:
        return _page(request, here, community, asking, tried=tried, status=status)

    return await run_in_threadpool(forms.mended, request, ("channel", form), act, again)


def _add(here: Installation, community: str, form: dict[str, str]) -> wanting.Made:
    events = [name for name in GROUPS if form.get(f"event-{name}")]
    told = {name: form.get(name, "") for name in ("kind", "address", "label")}
    signing = form.get("signing", "v1")
    try:
        return wanting.add(here, community, **told, events=events, signing=signing, mailer=mailer_of(here.settings))
    except wanting.WishError as error:
        raise ProblemError(422, _SENT, errors=error.faults) from error


def _channel(here: Installation, community: str, form: dict[str, str]) -> Channel:
    found = here.book.channels.find(community, form.get("channel", ""))
    if found is None:
        raise ProblemError(422, _SENT, errors=[Fault("/channel", "wanted a channel of this community")])
    return found


def _test(here: Installation, community: str, form: dict[str, str]) -> None:
    wanting.test(here, _channel(here, community, form))


def _rotate(here: Installation, community: str, form: dict[str, str]) -> wanting.Made:
    try:
        return wanting.rotate(here, _channel(here, community, form))
    except wanting.WishError as error:
        raise ProblemError(422, _SENT, errors=error.faults) from error


def _settle(here: Installation, community: str, form: dict[str, str]) -> None:
    wanting.settle(here, _channel(here, community, form))


def _resume(here: Installation, community: str, form: dict[str, str]) -> None:
    wanting.resume(here, _channel(here, community, form))


def _drop(here: Installation, community: str, form: dict[str, str]) -> None:
    here.book.channels.drop(community, _channel(here, community, form).id)


def _replay(here: Installation, community: str, form: dict[str, str]) -> None:
    wanting.replay(here, community, form.get("delivery") or None)


def _quiet(here: Installation, community: str, form: dict[str, str]) -> None:
    days = form.get("days", "")
    if not days.isdecimal() or not days.isascii() or int(days[:9]) > LONGEST_QUIET:
        raise ProblemError(422, _SENT, errors=[Fault("/days", f"wanted 0 to {LONGEST_QUIET} days")])
    here.book.outbox.quiet(community, time.time_ns() // 1_000 + int(days) * DAY if int(days) else 0)


def _nothing(_here: Installation, _community: str, form: dict[str, str]) -> None:
    words = f"wanted {', '.join(_DOES)}, got {form.get('do', '')[:40]!r}"
    raise ProblemError(422, _SENT, errors=[Fault("/do", words)])


_DOES: dict[str, Any] = {
    "add": _add,
    "test": _test,
    "rotate": _rotate,
    "settle": _settle,
    "resume": _resume,
    "drop": _drop,
    "replay": _replay,
    "quiet": _quiet,
}


def _page(
    request: Request,
    here: Installation,
    community: str,
    asking: Principal,
    *,
    made: wanting.Made | None = None,
    tried: forms.Tried | None = None,
    status: int = 200,
) -> HTMLResponse:
    found = celebration(here, community, "week", inside=True)
    channels = here.book.channels.of(community)
    names = {each.id: each.told.get("label") or wanting.where(each) for each in channels}
    announced = here.book.outbox.announced(community)
    quiet = announced.quiet if announced and announced.quiet > time.time_ns() // 1_000 else 0
    context = celebrated_context(here, found, inside=True) | {
        "community": named(here.known(community), here.standings.charter(community)),
        "channels": [wanting.told(each) for each in channels],
        "made": made and {**wanting.told(made.channel), "shown": made.shown},
        "kinds": wanting.KINDS,
        "signed": wanting.SIGNED,
        "groups": GROUPS,
        "usual": USUAL,
        "dead": [_dead(each, names) for each in here.book.outbox.listed(community, "dead")],
        "waiting": [_dead(each, names) for each in here.book.outbox.listed(community, "due", 10) if each.tries],
        "counts": here.book.outbox.counts(community),
        "quiet": format_time(quiet) if quiet else None,
        "tried": tried,
        "lets": here.settings.webhooks,
        "mails": bool(here.settings.smtp_url),
    }
    return pages_of(request).page("told.html", context, asking=asking, status=status)


def _dead(delivery: Delivery, names: dict[str, str]) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "what": delivery.what.get("kind", ""),
        "channel": names.get(delivery.channel, say("a member's mailbox")),
        "said": delivery.said,
        "tries": delivery.tries,
        "made": format_time(delivery.made),
    }
