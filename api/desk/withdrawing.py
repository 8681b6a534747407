"""Taking back an invitation to lead that nobody has answered: a retraction of the fact by which she was asked.

A retraction carries no words, so her page says that it was taken back, and when;
why is for a person to tell her.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from api.guard.doors import Here, Permit
from api.leading import assigning
from api.leading.inviting import nominations, role_of
from api.people.members import member_named, settled
from api.web import decisions
from api.web.answers import Answer
from api.web.auth import Principal
from api.web.decisions import Body, Text
from api.web.problems import ProblemError, described
from projections import roles_of, span_at
from schemas import Fault, format_time

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.installation import Installation
    from api.people.members import Member
    from ledger import Fact
    from projections import MemberRow

router = APIRouter(tags=["community"], prefix="/communities/{community}")

NOTHING_OPEN = "there is no invitation to take back: she answered, or nobody here asked her"
TOLD_FOR: Final = 30 * 86_400_000_000  # µs in which her page says that an invitation was taken back
AT_ONCE: Final = 100  # facts
WITHDRAWAL = Body("a withdrawal", {"member": Text(64), "role": Text(64)})


class WithdrawalAnswer(Answer):
    """An invitation that was taken back: by how many facts, and where the last of them stands."""

    member: str
    role: str
    withdrawn: int
    position: int


def withdrawn(here: Installation, member: Member, role: str) -> tuple[int, int]:
    """Take back an unanswered invitation; return how many facts that was, and the last one's position. Blocks.

    Raises a 409 problem where there is none, 503 where nothing counts.
    """
    member = settled(here, member, seconds=here.settings.limit_wait)
    row = here.views.member(member.community, member.account)
    asked = list(unanswered(here, row, role)) if row else []
    if not asked:
        raise ProblemError(409, NOTHING_OPEN)
    events = [_event(here, member.community, fact) for fact in asked]
    outcomes = here.book.append(events, community=member.community, strict=True, own=True)
    here.told(member.community, outcomes)
    return len(outcomes), max(outcome.position or 0 for outcome in outcomes)


def unanswered(here: Installation, row: MemberRow, role: str) -> Iterator[Fact]:
    """Yield the facts by which she was asked since she last answered, held or handed back the role."""
    now, asked = time.time_ns() // 1_000, set[int]()
    for one in row.derived.assigned:
        if one.kind == "role" and one.value == role and one.at <= now:
            asked = {*asked, one.at} if one.change == "nominated" else set()
    if asked and not span_at(row.derived.grants.get(("role", role), []), now):
        yield from (fact for fact in nominations(here, row) if role_of(fact) == role and fact.time in asked)


def _event(here: Installation, community: str, fact: Fact) -> dict[str, Any]:
    """Return the retraction of an invitation, which is found by what it said, as it was made."""
    root = here.book.member_id(community, fact.open["member"])
    retracts = assigning.event_id(root, ("role", role_of(fact), "nominated", fact.time, None, None))
    return {
        "specversion": "1.0",
        "id": f"{retracts}:withdrawn",
        "source": assigning.SOURCE,
        "type": "org.guildbook.retraction.v1",
        "time": format_time(max(time.time_ns() // 1_000, fact.time + 1)),
        "community": community,
        "data": {"retracts": retracts, "reason": "withdrawn_by_actor"},
    }


def taken_back(here: Installation, member: Member) -> list[dict[str, Any]]:
    """Return the invitations that were taken back lately and have had no other word since, as her page tells. Blocks.

    Of what was filed with her only the last weeks are read, unless something of hers was taken back in them.
    """
    row = here.views.member(member.community, member.account)
    if row is None:
        return []
    source = str(here.book.token(member.community, assigning.SOURCE))
    gone = {
        fact.open["retracts"]: fact.time
        for fact in _lately(here, row, time.time_ns() // 1_000 - TOLD_FOR)
        if fact.topic == "retraction.v1" and str(fact.open["source"]) == source
    }
    last = {role_of(fact): gone[fact.stream] for fact in nominations(here, row) if fact.stream in gone} if gone else {}
    said = {one.value: one.at for one in row.derived.assigned if one.kind == "role"}
    names = {role.slug: role.name for role in roles_of(here.standings.charter(member.community).document).values()}
    return [
        {"role": role, "name": names[role], "at": format_time(at)}
        for role, at in last.items()
        if role in names and said.get(role, 0) < at
    ]


def _lately(here: Installation, row: MemberRow, since: int) -> Iterator[Fact]:
    """Yield what was filed with her and recorded since an instant (µs), the latest first."""
    positions = here.views.at(row.community).filed(row.community, list(row.accounts))
    for end in range(len(positions), 0, -AT_ONCE):
        for fact in reversed(here.book.at(row.community, positions[max(0, end - AT_ONCE) : end])):
            if fact.recorded < since:
                return
            yield fact


@router.post(
    "/invitations/withdrawal",
    response_model=None,
    status_code=201,
    summary="Take back an invitation to lead",
    openapi_extra=decisions.described(WITHDRAWAL),
    responses={
        201: {"model": WithdrawalAnswer, "description": "recorded"},
        **described(400, 401, 403, 404, 409, 413, 415, 422, 503),
    },
)
async def withdrawal(
    community: Annotated[str, Path(description="the community's slug", examples=["makers"])],
    request: Request,
    here: Here,
    _: Annotated[Principal, Depends(Permit("community.manage"))],
) -> Response:
    """Take back an invitation that she has not answered, by her public id and the role. Her page says so."""
    wanted = await decisions.decided(request, WITHDRAWAL)

    def record() -> dict[str, Any]:
        here.known(community)
        faults: list[Fault] = []
        member = member_named(here, community, wanted, "member", faults)
        if member is None:
            raise ProblemError(422, assigning.REFUSED, errors=faults)
        count, position = withdrawn(here, member, wanted["role"])
        return {"member": member.id, "role": wanted["role"], "withdrawn": count, "position": position}

    return await decisions.recorded(record)
