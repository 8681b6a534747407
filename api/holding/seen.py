"""What others see of a member: the one page on which all her choices stand together, and its form. It is hers alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.commons.community_page import named
from api.guard import forms
from api.guard.doors import Here, Permit, refusal
from api.holding import choices
from api.holding.choices import NAME, NAMING, PAGE, PROMISE, ROLES
from api.holding.profile import address, held, named_badge
from api.people.members import accounts_of, find_member, may
from api.web.auth import Principal
from api.web.problems import ProblemError, described, gone, not_found
from api.words.rendering import pages_of
from api.words.wording import name_of
from schemas import Fault, escaped, say

if TYPE_CHECKING:
    from api.holding.choices import Choice
    from api.installation import Installation
    from api.people.members import Member
    from ledger import Mailbox

router = APIRouter(tags=["people"])

Community = Annotated[str, Path(description="the community's slug", examples=["makers"])]
Anyone = Annotated[Principal, Depends(Permit("community.page"))]
Context = dict[str, Any]

LONGEST: Final = 65_536  # bytes of the form: a box for each badge
MOST: Final = 500  # fields of it
DONE: Final = {
    "page": say("Your page for others is as you chose."),
    "naming": say("It is noted. It counts from now on, and for what is past as well."),
    "nothing": say(
        "Nothing of you is shown or told any more: your page for others is off, you are left out of "
        "celebrations, and no mail is sent to you. Each can be switched on again below."
    ),
}
_ANSWERED: dict[int | str, dict[str, Any]] = {
    303: {"description": "done; back to the page"},
    **described(400, 401, 403, 404, 410, 413, 415, 422, 503),
}


@router.get(
    "/c/{community}/m/{member}/seen",
    response_class=HTMLResponse,
    summary="What others see of a member",
    responses=described(410, 422, 503),
)
def seen(
    community: Community,
    member: str,
    request: Request,
    here: Here,
    asking: Anyone,
    done: Annotated[str | None, Query(max_length=10, description="what was chosen just now")] = None,
) -> Response:
    """Show a member all that she lets others see; to anyone else, a manager too, that this page is private."""
    if here.gone(member, community):
        raise gone()
    found = _herself(here, community, member, asking)
    if found is None:
        return pages_of(request).page("private.html", {}, asking=asking)
    context = seen_page(here, found) | {"done": DONE.get(done or "")}
    return pages_of(request).page("seen.html", context, asking=asking)


@router.post(
    "/c/{community}/m/{member}/seen",
    status_code=303,
    response_class=RedirectResponse,
    summary="Choose what others see, on that page",
    responses=_ANSWERED,
)
async def choose(community: Community, member: str, request: Request, here: Here, asking: Anyone) -> Response:
    """Keep what a member chose of herself, by the form of our own page. Nobody else may.

    `what`: `page` (with `page`, `name`, `roles` and a `show:KIND/NAME` for each badge, `yes` where it is on), `naming`
    (with `named`, `yes` or `no`), or `nothing`, which switches everything off.
    """
    if asking.kind != "session" or asking.role != "member" or asking.community != community:
        raise refusal(asking, community, "member.read")
    form = await forms.own_fields(request, asking, longest=LONGEST, most=MOST)
    what = form.get("what", "")

    def record() -> None:
        if here.gone(member, community):
            raise gone()
        found = _herself(here, community, member, asking)
        if found is None:
            raise not_found("member")
        choices.choose(here, found, _wanted(here, found, form))
        if what == "nothing":
            _silence(here, found)

    await run_in_threadpool(record)
    return RedirectResponse(f"/c/{community}/m/{member}/seen?done={what}#done", 303)


def _herself(here: Installation, community: str, member: str, asking: Principal) -> Member | None:
    """Return the member whom an id names where it is she who asks."""
    if asking.kind != "session" or asking.role != "member" or asking.community != community:
        return None
    found = find_member(here, community, member)
    return found if found is not None and may(here, asking, "member.read", found) else None


def _wanted(here: Installation, member: Member, form: dict[str, str]) -> dict[Choice, bool]:
    """Return what a form chooses. Raises a 422 problem."""
    match form.get("what"):
        case "page":
            own = {choices.badge(one): one for one in held(here, member)}
            badges = {choice: _ticked(form, f"show:{one.kind}/{one.achievement}") for choice, one in own.items()}
            return {choice: _ticked(form, field) for field, choice in _FIELDS.items()} | badges
        case "naming":
            if form.get("named") not in {"yes", "no"}:
                raise ProblemError(422, "a choice", errors=[Fault("/named", "wanted yes or no")])
            return {NAMING: form["named"] == "yes"}
        case "nothing":
            return {PAGE: False, NAMING: False}
    raise ProblemError(422, "a choice", errors=[Fault("/what", "wanted page, naming or nothing")])


def _ticked(form: dict[str, str], field: str) -> bool:
    """Return whether a box is ticked: a browser leaves out one that is not. Raises a 422 problem at any other word."""
    if (said := form.get(field)) not in {None, "yes"}:
        fault = Fault(f"/{escaped(field)}", f"wanted yes, or no such field where it is off, got {ascii(said)[:60]}")
        raise ProblemError(422, "a choice", errors=[fault])
    return said == "yes"


_FIELDS: Final = {"page": PAGE, "name": NAME, "roles": ROLES}


def _silence(here: Installation, member: Member) -> None:
    """Let no mail go to a member any more."""
    for box in _boxes(here, member):
        here.book.mailboxes.turn(member.community, box.account, "left")


def _boxes(here: Installation, member: Member) -> list[Mailbox]:
    own = set(accounts_of(here, member))
    return [box for box in here.book.mailboxes.of(member.community) if box.account in own]


def seen_page(here: Installation, member: Member) -> Context:
    """Return the context of the page of a member's choices. Blocks."""
    boxes = _boxes(here, member)
    chosen = here.remembered.apart(member.community, ("choices", member), lambda: _chosen(here, member))
    return chosen | {"mail": boxes[0].state if boxes else "", "mails": bool(here.settings.smtp_url)}


def _chosen(here: Installation, member: Member) -> Context:
    """Return what the page says of choices that are recorded: a function of the book alone."""
    charter = here.standings.charter(member.community)
    standing = here.standings.standing(member.community, member.account)
    own = held(here, member)
    shown = choices.shown_of(here, member, {choices.badge(one) for one in own})
    given = charter.recognised()
    return {
        "community": named(here.known(member.community), charter),
        "member": {"id": member.id, "name": name_of(here.book.handle(member.community, member.account))},
        "page": f"{here.settings.origin}{address(member)}",
        "promise": PROMISE,
        "shown": shown,
        "leads": bool(standing["roles"]),
        "badges": [
            {
                "id": one.id,
                "field": f"show:{one.kind}/{one.achievement}",
                "name": named_badge(given, one),
                "shown": choices.badge(one) in shown.badges,
            }
            for one in own
        ],
        "naming": choices.word_of(here, member, NAMING),
    }
