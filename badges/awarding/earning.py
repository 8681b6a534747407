"""What a member is to be awarded by what is known now, and when she is to be looked at again.

A badge or a level is awarded once, and anew where the credential has ended and it is held still. A term of a leader
role is awarded once while it is served. What a person revoked is not awarded again, unless for want of ground.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from projections import DOOM, due, duration, roles_of, span_at, term_at, terms

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from projections import AwardRow, Charter, Grant, MemberRow, Role, Rule, Term

SOON = 3_600_000_000  # µs: a term that ends so soon is not awarded any more
Hers = dict["Grant", list["AwardRow"]]  # what a member was awarded, under any of her accounts


class Earned(NamedTuple):
    """Something a member is to be awarded: by a rule, or as a term that somebody gave. Instants in µs."""

    grant: Grant
    by: Rule | tuple[Role, Term]
    earned: int
    expires: int | None
    renewal: int


def earned(
    charter: Charter, given: Mapping[Grant, Mapping[str, Any]], row: MemberRow, hers: Hers, now: int
) -> Iterator[Earned]:
    """Yield what a member is to be awarded at the instant `now` (µs), of what the charter gives credentials for."""
    serving = dict(_serving(charter, given, row, now))
    for grant, (role, term) in serving.items():
        if term.due > now + SOON and not any(_is_of(award, term) for award in hers.get(grant, ())):
            yield Earned(grant, (role, term), term.start, _end(term, given[grant], now), _renewal(row, hers, grant))
    for rule in charter.rules:
        held = span_at(row.derived.grants.get(rule.grants, []), now)
        if held is None or rule.grants not in given or rule.grants in serving:
            continue
        if _again(hers.get(rule.grants, ()), now):
            expires = _after(given[rule.grants], now)
            yield Earned(rule.grants, rule, held[0], expires, _renewal(row, hers, rule.grants))


def next_look(
    charter: Charter, given: Mapping[Grant, object], row: MemberRow, hers: Hers, made: Sequence[Earned], now: int
) -> int | None:
    """Return the next instant (µs) at which time alone may let her be awarded something, or None."""
    moments = [due(row.derived, now) or DOOM]
    moments += [award.expires for some in hers.values() for award in some if award.expires and award.revoked is None]
    moments += [one.expires for one in made if one.expires is not None]
    for role in roles_of(charter.document).values():
        if ("role", role.slug) in given and row.derived.assigned:
            moments += [term.start for term in terms(row.derived, role, now)]
    ahead = [moment for moment in moments if now < moment < DOOM]
    return min(ahead, default=None)


def _serving(
    charter: Charter, given: Mapping[Grant, object], row: MemberRow, now: int
) -> Iterator[tuple[Grant, tuple[Role, Term]]]:
    """Yield the terms that a member serves, of those roles that there is a credential for."""
    if row.derived.assigned:
        for role in roles_of(charter.document).values():
            term = term_at(row.derived, role, now) if ("role", role.slug) in given else None
            if term is not None:
                yield ("role", role.slug), (role, term)


def _is_of(award: AwardRow, term: Term) -> bool:
    """Return whether an award is of that very term, and was not taken back for want of ground."""
    return term.start <= award.earned < term.end and not award.lost


def _again(hers: Sequence[AwardRow], now: int) -> bool:
    """Return whether what she holds is to be awarded: for the first time, or since what was awarded has ended.

    It ended by itself while it was not suspended, or was revoked for want of ground, which has come back.
    """
    ends = [(award.expires if award.revoked is None else award.revoked, award.position, award) for award in hers]
    if any(end is None or end > now for end, _, _ in ends):
        return False
    last = max(ends)[2] if ends else None
    if last is None:
        return True
    return last.suspended is None if last.revoked is None else bool(last.lost)


def _renewal(row: MemberRow, hers: Hers, grant: Grant) -> int:
    return sum(award.account == row.member for award in hers.get(grant, ()))


def _after(said: Mapping[str, Any], now: int) -> int | None:
    return now + duration(said["expires"]) if "expires" in said else None


def _end(term: Term, said: Mapping[str, Any], now: int) -> int | None:
    return term.due if term.due < DOOM else _after(said, now)
