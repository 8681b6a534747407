"""Invitations to lead: a manager asks whoever is ready, and she says yes or no on her own page.

An invitation is the assignment `nominated` of a leader role, recorded here by a manager; her answer is `started` or
`declined`. What a platform says of nominations is no invitation, and nobody takes a role by it.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from api.guard import forms
from api.guard.doors import Here, Permit, refusal
from api.installation import Installation
from api.leading import assigning
from api.people.members import find_member, may, settled
from api.web.auth import Principal
from api.web.problems import ProblemError, described, gone, not_found
from projections import Role, Wish, roles_of, span_at
from schemas import Fault, format_time

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from api.people.members import Member
    from ledger import Fact
    from projections import MemberRow

router = APIRouter(tags=["people"])

LONGEST_REASON = 1_000  # characters, as in a fact
NOT_INVITED = "there is no invitation to answer: it was answered, or you lead already"
TAKEN = "all seats of this role are taken just now: speak with whoever invited you"
_ANSWERS = {"accept": "started", "decline": "declined"}


class Invitation(NamedTuple):
    """A role that a member was asked to take, and has not answered. `at` (µs); `words`: what was said to her."""

    role: Role
    duties: str
    at: int
    words: str
    taken: bool  # all its seats are


def invitations(here: Installation, member: Member) -> list[Invitation]:
    """Return what a member was asked and has not answered, by what was counted. Blocks."""
    row = here.views.member(member.community, member.account)
    now = time.time_ns() // 1_000
    asked = dict(_asked(row, now)) if row else {}
    if row is None or not asked:
        return []
    charter = here.standings.charter(member.community)
    known, described_so = roles_of(charter.document), charter.by("leader_roles", "role")
    facts = {role_of(fact): fact for fact in nominations(here, row) if asked.get(role_of(fact)) == fact.time}
    found = [
        Invitation(
            known[slug],
            described_so[slug].get("duties", ""),
            fact.time,
            here.book.reveal(member.community, [fact])[0].get("reason", ""),
            _taken(here, member.community, known[slug], now),
        )
        for slug, fact in facts.items()
        if slug in known
    ]
    return sorted(found, key=lambda one: one.at)


def told(here: Installation, member: Member) -> list[dict[str, Any]]:
    """Return a member's invitations as her page shows them. Blocks."""
    return [
        {
            "role": one.role.slug,
            "name": one.role.name,
            "duties": one.duties,
            "days": None if one.role.term is None else one.role.term // 86_400_000_000,
            "at": format_time(one.at),
            "words": one.words,
            "taken": one.taken,
        }
        for one in invitations(here, member)
    ]


def _asked(row: MemberRow, now: int) -> Iterator[tuple[str, int]]:
    """Yield the roles of which the last word is that she was nominated, and when; not what she holds."""
    last = {one.value: one for one in row.derived.assigned if one.kind == "role" and one.at <= now}
    for slug, one in last.items():
        if one.change == "nominated" and not span_at(row.derived.grants.get(("role", slug), []), now):
            yield slug, one.at


def nominations(here: Installation, row: MemberRow) -> Iterator[Fact]:
    """Yield the facts, withdrawn ones among them, by which a member was asked here to take a role. Blocks."""
    source = str(here.book.token(row.community, assigning.SOURCE))
    positions = here.views.at(row.community).filed(row.community, list(row.accounts))
    for fact in here.book.at(row.community, positions):
        ours = fact.topic == "assignment.v1" and str(fact.open["source"]) == source
        if ours and fact.open["kind"] == "role" and fact.open["change"] == "nominated":
            yield fact


def role_of(fact: Fact) -> str:
    """Return the slug of the role that an assignment is about."""
    return str(fact.open["value"])


def _taken(here: Installation, community: str, role: Role, now: int) -> bool:
    """Return whether as many hold a role as the charter has seats for; where it does not say, there is room."""
    if role.seats is None:
        return False
    spans = (row.derived.grants.get(("role", role.slug), []) for row in here.views.members(community))
    return sum(span_at(one, now) is not None for one in spans) >= role.seats


@router.post(
    "/c/{community}/m/{member}/invitation",
    status_code=303,
    response_class=RedirectResponse,
    summary="Take a leader role, or say no",
    responses={
        303: {"description": "recorded; back to her page"},
        **described(400, 401, 403, 404, 409, 410, 413, 415, 422, 503),
    },
)
async def answer(
    community: str,
    member: str,
    request: Request,
    here: Here,
    asking: Annotated[Principal, Depends(Permit("community.page"))],
) -> Response:
    """Record a member's own answer to an invitation, by the form of her page. Nobody else may."""
    if asking.kind != "session" or asking.role != "member" or asking.community != community:
        raise refusal(asking, community, "member.read")
    form = await forms.own_fields(request, asking)
    await run_in_threadpool(_answered, here, community, member, asking, form)
    return RedirectResponse(f"/c/{community}/m/{member}", 303)


def _answered(here: Installation, community: str, named: str, asking: Principal, form: Mapping[str, str]) -> None:
    if here.gone(named, community):
        raise gone()
    found = find_member(here, community, named)
    if found is None or not may(here, asking, "member.read", found):
        raise not_found("member")
    member = settled(here, found, seconds=here.settings.limit_wait)
    change, reason = _ANSWERS.get(form.get("answer", "")), form.get("reason", "").strip()
    faults = [] if change else [Fault("/answer", "wanted accept or decline")]
    if len(reason) > LONGEST_REASON or "\0" in reason:
        faults.append(Fault("/reason", f"wanted at most {LONGEST_REASON:,} characters, got {len(reason):,}"))
    if faults or change is None:
        raise ProblemError(422, assigning.REFUSED, errors=faults)
    asked = next((one for one in invitations(here, member) if one.role.slug == form.get("role")), None)
    if asked is None or (asked.taken and change == "started"):
        raise ProblemError(409, TAKEN if asked else NOT_INVITED)
    at = max(time.time_ns() // 1_000, asked.at + 1)
    wish = Wish("role", asked.role.slug, change, at)
    outcome = assigning.assign(here, member, wish, reason=reason).outcome
    here.wait(community, outcome.position or 0, here.settings.limit_wait)
