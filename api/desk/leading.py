"""What the leaders' room shows: who is ready, who leads and until when, what each carries, who guides whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.desk.withdrawing import unanswered
from api.words.wording import name_of
from ledger import ErasedError
from projections import Account
from schemas import joined

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from api.installation import Installation
    from projections import Charter

Context = dict[str, Any]
MOST_EXPLAINED = 8  # people whose readiness is explained on the page; the others' own pages explain it
MOST_READY = 50
MOST_LISTED = 20  # of whatever else is listed


def leading(here: Installation, slug: str, charter: Charter, found: Context) -> Context:
    """Return the context of the page's parts about leading, of what `Standings.leaders` found. Blocks."""
    roles = {slug: role["name"] for slug, role in charter.by("leader_roles", "role").items()}
    person = _people(here, slug)

    def named(some: Iterable[Context]) -> list[Context]:
        return list(_named(some, roles, person))

    ready = [{**one, "role": each["role"]} for each in found["successors"] for one in each["next"]]
    carried = [one for one in found["load"] if one["warning"]]
    return {
        "ready": [_turn(one) for one in named(ready[:MOST_READY])],
        "ready_more": max(0, len(ready) - MOST_READY),
        "nearly": named({**one, "role": each["role"]} for each in found["successors"] for one in each["nearly"]),
        "holding": named(found["holding"][:MOST_LISTED]),
        "holding_more": max(0, len(found["holding"]) - MOST_LISTED),
        "handovers": [_following(one, person) for one in named(found["handovers"][:MOST_LISTED])],
        "handovers_more": max(0, len(found["handovers"]) - MOST_LISTED),
        "vacant": found["vacant"],
        "coming": named(found["coming"][:MOST_LISTED]),
        "resting": named(found["resting"][:MOST_LISTED]),
        "invited": [_asked_here(here, slug, one) for one in named(found["nominated"][:MOST_LISTED])],
        "load": named({**one, "role": ""} for one in found["load"][:MOST_LISTED]),
        "warned": bool(carried),
        "pairs": list(_pairs(found["mentors"]["open"][:MOST_LISTED], person)),
        "suggested": list(_pairs(found["mentors"]["suggested"][:MOST_LISTED], person)),
        "member_led": found["member_led"],
    }


def explained(charter: Charter) -> int:
    """Return of how many successors of each role the page says why."""
    return max(1, MOST_EXPLAINED // max(1, len(charter.by("leader_roles", "role"))))


def _people(here: Installation, slug: str) -> Callable[[Context | None], Context | None]:
    """Return what says who somebody is, once looked up; None for who was erased."""
    known: dict[str, Context | None] = {}

    def person(one: Context | None) -> Context | None:
        if one is None:
            return None
        account = one["account"]
        if account not in known:
            try:
                member = here.book.member_id(slug, account)
                known[account] = {"member": member, "name": name_of(here.book.handle(slug, account))}
            except ErasedError:
                known[account] = None
        return known[account]

    return person


def _named(
    some: Iterable[Context], roles: dict[str, str], person: Callable[[Context | None], Context | None]
) -> Iterator[Context]:
    for one in some:
        who = person(one)
        if who is not None:
            yield {**one, **who, "slug": one["role"], "role": roles.get(one["role"], one["role"])}


def _turn(one: Context) -> Context:
    """Return a successor with what speaks for its being her turn, or against it, in one line."""
    return {**one, "turn": joined("; ", one["because"][1 if one["since"] else 0 :])}


def _following(one: Context, person: Callable[[Context | None], Context | None]) -> Context:
    return {**one, "next": person(one["next"])}


def _asked_here(here: Installation, community: str, one: Context) -> Context:
    """Return somebody nominated, with whether that was here, and not only told by a platform."""
    row = here.views.member(community, Account(one["account"]))
    return {**one, "ours": row is not None and any(unanswered(here, row, one["slug"]))}


def _pairs(some: Iterable[Context], person: Callable[[Context | None], Context | None]) -> Iterator[Context]:
    for one in some:
        mentor, mentored = person(one), person(one["mentored"])
        if mentor and mentored:
            yield {**one, "mentor": mentor, "mentored": mentored}
