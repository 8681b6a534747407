"""Recording that somebody takes a role, a term, a cohort or a mentee: a fact of ours, if it makes sense."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson

from api.people.members import accounts_of, settled
from api.web.problems import ProblemError, gone
from projections import judged
from schemas import Fault, OwnSource, format_time

if TYPE_CHECKING:
    from api.installation import Installation
    from api.people.members import Member
    from ledger import Outcome
    from projections import Wish

SOURCE: Final[OwnSource] = "guildbook:assignments"
REFUSED = "this assignment was not recorded; each error says what was wanted and what came"


class Assigned(NamedTuple):
    """What became of it, and what one should know."""

    outcome: Outcome
    notes: tuple[str, ...]


def assign(
    here: Installation, member: Member, wish: Wish, *, counterpart: Member | None = None, reason: str = ""
) -> Assigned:
    """Record an assignment, once all that was recorded before is counted. Said again, it is a duplicate. Blocks.

    Raises a 422 problem with what makes no sense, 409 where it was said with other words, 410 for who was erased,
    503 where nothing counts.
    """
    member = settled(here, member, seconds=here.settings.limit_wait)
    if counterpart is not None:
        wish = wish._replace(paired=accounts_of(here, counterpart))
    charter = here.standings.charter(member.community)
    found, start = judged(here.views, charter, member.community, member.account, wish)
    if found.faults:
        raise ProblemError(422, REFUSED, errors=found.faults)
    event = _event(here, member, wish, start, counterpart)
    if reason:
        event["data"]["reason"] = reason
    (outcome,) = here.book.append([event], community=member.community, own=True)
    here.told(member.community, [outcome])
    if outcome.outcome == "conflict":
        raise ProblemError(
            409, "this was recorded before, with another reason; nothing was changed", outcome="conflict"
        )
    if outcome.outcome == "refused":
        raise ProblemError(422, REFUSED, errors=[_ours(fault) for fault in outcome.errors], outcome="refused")
    return Assigned(outcome, found.notes)


def _event(here: Installation, member: Member, wish: Wish, start: int, counterpart: Member | None) -> dict[str, Any]:
    data = {
        "member": platform_account(here, member),
        "kind": wish.kind,
        "value": wish.value,
        "change": wish.change,
    }
    if wish.start is not None or wish.end is not None:
        end = {} if wish.end is None else {"end": format_time(wish.end)}
        data["period"] = {"start": format_time(start), **end}
    if counterpart is not None:
        data["counterpart"] = platform_account(here, counterpart)
    return {
        "specversion": "1.0",
        "id": event_id(member.id, wish[:6], counterpart.id if counterpart else ""),
        "source": SOURCE,
        "type": "org.guildbook.assignment.v1",
        "time": format_time(wish.at),
        "community": member.community,
        "data": data,
    }


def event_id(member: str, wish: tuple[object, ...], counterpart: str = "") -> str:
    """Return the id of an assignment's event: public ids of members, and the first six fields of the `Wish`."""
    return hashlib.sha256(orjson.dumps([member, *wish, counterpart])).hexdigest()[:32]


def platform_account(here: Installation, member: Member) -> dict[str, str]:
    """Return the account as its platform names it. Raises a 410 problem for who was erased."""
    handle = here.book.handle(member.community, member.account)
    if handle is None:
        raise gone()
    return {name: handle[name] for name in ("platform", "id", "realm") if name in handle}


def _ours(fault: Fault) -> Fault:
    """Return a fault of the event as one of what was asked."""
    return Fault(fault.pointer.removeprefix("/data"), fault.message)
