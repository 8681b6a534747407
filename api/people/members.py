"""What a community knows of one person: who she is here, where she stands, and why."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any

import anyio.to_thread
from anyio import CapacityLimiter
from fastapi import APIRouter, Depends, Path, Query
from starlette.concurrency import run_in_threadpool

from api.guard.doors import Here, Permit
from api.installation import MEMBER_ID, Installation
from api.people.models import AccountAnswer, NextStepAnswer, StandingAnswer, VerdictAnswer
from api.web.answers import answers
from api.web.auth import Action, Principal, allowed
from api.web.problems import ProblemError, busy, gone, not_found
from ledger import ErasedError
from projections import UnknownMemberError
from schemas import Fault, InvalidTimeError, parse_time

router = APIRouter(tags=["members"], prefix="/communities/{community}")

PLATFORM = re.compile(r"[a-z][a-z0-9-]{1,31}")
LONGEST_ACCOUNT = 256  # characters, as in a fact
LONGEST_REALM = 512
RULE = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
INSTANT: dict[str, Any] = {"format": "date-time", "examples": ["2026-03-01T10:00:00Z"]}
HIGHEST_POSITION = 2**53 - 1
MOST_WAITING = 16  # requests that may hold a thread while they wait for a position

Community = Annotated[str, Path(description="the community's slug", examples=["makers"])]
Reader = Annotated[Principal, Depends(Permit("member.read"))]

_waiting = CapacityLimiter(MOST_WAITING)


@dataclass(frozen=True, slots=True)
class Member:
    """A person in a community: her root account, which never leaves us, and her public id."""

    community: str
    account: str
    id: str


def find_member(here: Installation, community: str, member: str) -> Member | None:
    """Return the member whom a public id names, through any of her linked accounts. Blocks."""
    if not MEMBER_ID.fullmatch(member):
        return None
    account = here.book.account_of(community, member)
    return None if account is None else member_of(here, community, account)


def member_of(here: Installation, community: str, account: str) -> Member | None:
    """Return the member to whom `account` belongs; `None` where her key was destroyed. Blocks."""
    root: str
    try:
        root = here.standings.root(community, account)
    except UnknownMemberError:  # stored, not counted yet: until then an account is its own member
        root = account
    try:
        return Member(community, root, here.book.member_id(community, root))
    except ErasedError:
        return None


def accounts_of(here: Installation, member: Member) -> tuple[str, ...]:
    """Return all accounts of a member, earliest first, as far as facts were counted. Blocks."""
    row = here.views.member(member.community, member.account)
    return row.accounts if row else (member.account,)


def settled(here: Installation, member: Member, *, seconds: float) -> Member:
    """Return a member once all that was recorded is counted, so that no account linked to her is left out. Blocks.

    Raises a 503 problem where that takes longer than `seconds`, and a 410 one where she was erased meanwhile.
    """
    if not here.standings.wait(member.community, here.book.head(member.community), seconds):
        raise busy("which accounts are hers is not counted yet; nothing was done, ask again")
    found = member_of(here, member.community, member.account)
    if found is None:
        raise gone()
    return found


def may(here: Installation, asking: Principal, action: Action, member: Member) -> bool:
    """Return whether `asking` may do `action` to `member`, who may be herself by another of her ids. Blocks."""
    if asking.member and asking.member != member.id and asking.community == member.community:
        own = find_member(here, member.community, asking.member)
        asking = replace(asking, member=own.id if own else None)
    if asking.kind == "session" and asking.role == "member" and not asking.member:
        return False
    return allowed(asking, action, member.community, member=member.id)


def member_named(
    here: Installation, community: str, told: Mapping[str, Any], key: str, faults: list[Fault]
) -> Member | None:
    """Return the member whom a public id under a key of a body names; else None, with the fault noted. Blocks."""
    named = told.get(key)
    if not isinstance(named, str):
        return None
    found = find_member(here, community, named)
    if found is None:
        got = "somebody who was erased" if here.gone(named, community) else "an id that is nobody's here"
        faults.append(Fault(f"/{key}", f"wanted a public member id of this community, got {got}"))
    return found


@dataclass(frozen=True, slots=True)
class Moment:
    """Which moment a question is about, and by what knowledge; µs since the epoch, `None` for now."""

    as_of: int | None
    known_at: int | None


async def the_moment(
    community: Community,
    here: Here,
    _: Reader,
    as_of: Annotated[
        str | None, Query(description="the moment asked about; now when absent", json_schema_extra=INSTANT)
    ] = None,
    known_at: Annotated[
        str | None, Query(description="by what was recorded until then", json_schema_extra=INSTANT)
    ] = None,
    after: Annotated[
        int | None, Query(ge=0, le=HIGHEST_POSITION, description="wait until this position is counted")
    ] = None,
) -> Moment:
    """Return the moment of the query, once what was stored up to `after` is counted."""
    moment = Moment(instant("as_of", as_of), instant("known_at", known_at))
    if after is not None:
        await _counted(here, community, after)
    return moment


def instant(name: str, text: str | None) -> int | None:
    """Return an instant of the query (µs), or None where none was given. Raises a 422 problem that names it."""
    if text is None:
        return None
    try:
        return parse_time(text.replace(" ", "+"))  # a `+` that was not percent-encoded
    except InvalidTimeError as error:
        fault = Fault(f"/query/{name}", str(error))
        raise ProblemError(422, f"{name} is no time", errors=[fault]) from error


async def _counted(here: Installation, community: str, position: int) -> None:
    head = await run_in_threadpool(here.book.head, community)
    if position > head:
        fault = Fault("/query/after", f"wanted at most {head}, the last position there is; got {position}")
        raise ProblemError(422, "after names a position that does not exist yet", errors=[fault])
    seconds = here.settings.limit_wait
    reached = await anyio.to_thread.run_sync(here.wait, community, position, seconds, limiter=_waiting)
    if not reached:
        raise busy(f"position {position} was not counted within {seconds:g} s; it is stored, ask again")


async def the_member(
    community: Community,
    member: Annotated[str, Path(description="public member id", examples=["mfrggzdfmztwq2lknnwg23tpoa"])],
    asking: Reader,
    here: Here,
    _: Annotated[Moment, Depends(the_moment)],
) -> Member:
    """Return the member of the path, as known once the moment asked about is counted.

    Raises one 404 problem for unknown and for not yours to see, and 410 for who was erased.
    """
    return await run_in_threadpool(member_for, here, community, member, asking, "member.read")


def member_for(here: Installation, community: str, member: str, asking: Principal, action: Action) -> Member:
    """Return the member whom `asking` names and may do `action` to. Raises a 404 or 410 problem. Blocks."""
    found = find_member(here, community, member)
    if found is None:
        raise here.missing("member", member, community)
    if not may(here, asking, action, found):
        raise not_found("member")
    return found


@router.get(
    "/accounts/{platform}/{account:path}",
    response_model=None,
    summary="Which member an account belongs to",
    responses=answers(AccountAnswer, 401, 403, 404, 422, 503),
)
def account_holder(
    community: Community,
    platform: Annotated[str, Path(examples=["discourse"])],
    account: Annotated[str, Path(description="the platform's id of the account", examples=["2401"])],
    here: Here,
    _: Annotated[Principal, Depends(Permit("account.read"))],
    realm: Annotated[str | None, Query(description="workspace, guild or site, where ids need one")] = None,
) -> dict[str, str]:
    """Return the public id of the member to whom the account belongs."""
    here.known(community)
    sound = PLATFORM.fullmatch(platform) and len(account) <= LONGEST_ACCOUNT and "\0" not in account
    if not sound or (realm is not None and (len(realm) > LONGEST_REALM or "\0" in realm)):
        raise not_found("account")
    found = here.book.account(community, platform, account, realm=realm)
    member = member_of(here, community, found) if found is not None else None
    if member is None:
        raise not_found("account")
    return {"member": member.id}


@router.get(
    "/members/{member}/standing",
    response_model=None,
    summary="Where a member stands",
    responses=answers(StandingAnswer, 401, 403, 404, 410, 422, 503),
)
def standing(
    member: Annotated[Member, Depends(the_member)],
    moment: Annotated[Moment, Depends(the_moment)],
    here: Here,
) -> dict[str, Any]:
    """Return level, roles, eligibility, cohorts, badges and the nearest next step."""
    told = here.standing(member.community, member.account, as_of=moment.as_of, known_at=moment.known_at)
    return {"member": member.id, **told}


@router.get(
    "/members/{member}/next",
    response_model=None,
    summary="Further events that would lift her, none of which could be left out",
    responses=answers(NextStepAnswer, 401, 403, 404, 410, 422, 503),
)
def next_step(
    member: Annotated[Member, Depends(the_member)],
    here: Here,
    rule: Annotated[
        str | None, Query(description="a rule's slug; where absent, whatever grants the next level")
    ] = None,
) -> dict[str, Any]:
    """Return what would meet a rule, none of it to be left out; `events` is empty where nothing more is wanted."""
    if rule is not None and not RULE.fullmatch(rule):
        raise not_found("rule")
    told = here.standings.next_step(member.community, member.account, rule)
    return {"member": member.id, "events": [], "total": 0, "reached": True, **(told or {})}


@router.get(
    "/members/{member}/verdicts/{rule}",
    response_model=None,
    summary="Why a rule is met, or what is missing",
    responses=answers(VerdictAnswer, 401, 403, 404, 410, 422, 503),
)
def verdict(
    rule: Annotated[str, Path(description="the rule's slug", examples=["member-level-2"])],
    member: Annotated[Member, Depends(the_member)],
    moment: Annotated[Moment, Depends(the_moment)],
    here: Here,
) -> dict[str, Any]:
    """Return the rule held against the member: every finding with its evidence, past the first miss."""
    if not RULE.fullmatch(rule):
        raise not_found("rule")
    told = here.standings.verdict(member.community, member.account, rule, as_of=moment.as_of, known_at=moment.known_at)
    return {"member": member.id, **told}
