"""Who leads, who is ready to, who rests, and which seats are empty: of all members' timelines, at one instant.

Eligibility is a rule's; a role is held because a rule grants it or because somebody gave it by hand. A renewal or an
end that was said after the instant is not known of terms, so that "overdue on 1 May" is what one could have seen on
1 May.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from projections.fold.spans import DAWN, DOOM, depth, span_at, value_at
from projections.fold.terms import Role, last_word, resting_until, row_at, terms_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import tzinfo

    from projections.fold.holds import Derived
    from projections.fold.people import Account
    from projections.fold.spans import Spans
    from projections.fold.subjects import Assigned
    from projections.fold.terms import Term


class Ready(NamedTuple):
    """Somebody who may be asked to lead, and since when (µs) the rule says so."""

    account: Account
    role: str
    since: int


class Leader(NamedTuple):
    """Somebody who holds a role. Instants in µs; `ends`: when her term ends or should have, None: nothing says."""

    account: Account
    role: str
    since: int
    ends: int | None
    terms: int  # in a row, hers included; 0: a rule gave her the role, and no terms are counted
    begin: int | None  # when the hand-over should begin
    may_stay: bool  # whether another term is allowed
    last: int | None  # her last act by then, as far as it is known


class Rests(NamedTuple):
    """Somebody who has just served and is not to be asked again before `until`. Instants in µs."""

    account: Account
    role: str
    since: int
    until: int
    terms: int


class Named(NamedTuple):
    """Somebody who was nominated and has not answered, or whose term has yet to begin. `since` in µs."""

    account: Account
    role: str
    since: int
    by: Account | None


class Seats(NamedTuple):
    """A role with fewer holders than it should have, and since when (µs; None: it never had enough)."""

    role: str
    seats: int
    held: int
    since: int | None


def said(derived: Derived, at: int) -> list[Assigned]:
    """Return what had been told of a member's assignments by the instant (µs), or was told later of a time before."""
    return [one for one in derived.assigned if one.at <= at or _takes_effect(one) <= at]


def _takes_effect(one: Assigned) -> int:
    instant = one.end if one.change == "ended" else one.start
    return one.at if instant is None else min(one.at, instant)


def terms(derived: Derived, role: Role, at: int) -> list[Term]:
    """Return a member's terms of a role, as they had been told by the instant (µs)."""
    return terms_of(said(derived, at), role)


def term_at(derived: Derived, role: Role, at: int) -> Term | None:
    """Return the term of a role that a member was given by hand and serves at the instant (µs), or None."""
    return next((term for term in terms(derived, role, at) if term.held(at)), None)


def telling(told: Sequence[tuple[Assigned, int]], role: Role, term: Term, at: int) -> list[int]:
    """Return, of assignments in order of time with their positions, those that made a term what it is at an instant."""
    found: list[int] = []
    known: list[Assigned] = []
    before: Term | None = None
    for one, position in told:
        if one.at > at and _takes_effect(one) > at:
            continue
        known.append(one)
        now = next((each for each in terms_of(known, role) if each.start == term.start), None)
        if now is not None and now != before:
            found.append(position)
        before = now
    return sorted(found)


def holding(people: Mapping[Account, Derived], roles: Mapping[str, Role], at: int) -> list[Leader]:
    """Return who holds a role at the instant (µs), by role and since when."""
    found = [
        _leader(who, roles.get(slug, Role(slug, slug)), derived, span, at)
        for who, derived in people.items()
        for slug, spans in _granted(derived, "role")
        if (span := span_at(spans, at))
    ]
    return sorted(found, key=lambda one: (one.role, one.since, one.account))


def _leader(who: Account, role: Role, derived: Derived, span: tuple[int, int], at: int) -> Leader:
    row = row_at(terms(derived, role, at), at)
    ends = span[1] if row is None else row.due
    known = None if ends >= DOOM else ends
    stays = row is None or role.most_terms is None or row.terms < role.most_terms
    begin = None if known is None else known - role.handover
    last = None if derived.last is None or derived.last > at else derived.last
    return Leader(who, role.slug, span[0], known, row.terms if row else 0, begin, stays, last)


def resting(people: Mapping[Account, Derived], roles: Mapping[str, Role], at: int) -> list[Rests]:
    """Return who has just served and rests, by role and until when."""
    found = []
    for who, derived in people.items():
        if not derived.assigned:
            continue
        for role in roles.values():
            if role.cooldown and not _holds(derived, role.slug, at):
                rest = resting_until(terms(derived, role, at), role, at)
                if rest:
                    found.append(Rests(who, role.slug, rest[0].end, rest[1], rest[0].number))
    return sorted(found, key=lambda one: (one.role, one.until, one.account))


def eligible(people: Mapping[Account, Derived], roles: Mapping[str, Role], at: int) -> list[Ready]:
    """Return who is ready for a role she does not hold and need not rest from, by role and since when."""
    tired = {(one.account, one.role) for one in resting(people, roles, at)}
    found = [
        Ready(who, slug, span[0])
        for who, derived in people.items()
        for slug, spans in _granted(derived, "eligible")
        if (span := span_at(spans, at)) and not _holds(derived, slug, at) and (who, slug) not in tired
    ]
    return sorted(found, key=lambda one: (one.role, one.since, one.account))


def nominated(people: Mapping[Account, Derived], at: int) -> list[Named]:
    """Return who was nominated and has neither begun nor declined, by role and since when."""
    found = []
    for who, derived in people.items():
        for slug in {one.value for one in said(derived, at) if one.kind == "role"}:
            word = last_word(derived.assigned, slug, at)
            if word is not None and word.change == "nominated" and not _holds(derived, slug, at):
                found.append(Named(who, slug, word.at, word.by))
    return sorted(found, key=lambda one: (one.role, one.since, one.account))


def declined(people: Mapping[Account, Derived], at: int) -> dict[tuple[Account, str], int]:
    """Return who said no to which role, as the last word there is, and when (µs)."""
    found = {}
    for who, derived in people.items():
        for slug in {one.value for one in said(derived, at) if one.kind == "role" and one.change == "declined"}:
            word = last_word(derived.assigned, slug, at)
            if word is not None and word.change == "declined":
                found[who, slug] = word.at
    return found


def coming(people: Mapping[Account, Derived], roles: Mapping[str, Role], at: int) -> list[Named]:
    """Return whose term was told and has yet to begin: the next ones who are named already."""
    found = []
    for who, derived in people.items():
        for slug in {one.value for one in said(derived, at) if one.kind == "role"}:
            ahead = [one for one in terms(derived, roles.get(slug, Role(slug, slug)), at) if one.start > at]
            if ahead and not _holds(derived, slug, at):
                found.append(Named(who, slug, ahead[0].start, None))
    return sorted(found, key=lambda one: (one.role, one.since, one.account))


def vacant(people: Mapping[Account, Derived], roles: Mapping[str, Role], at: int) -> list[Seats]:
    """Return the charter's roles that too few hold, and since when."""
    found = []
    for role in roles.values():
        steps = depth(derived.grants.get(("role", role.slug), []) for derived in people.values())
        held = value_at(steps, at)
        if held < role.wanted:
            full = [turn for turn, count in steps if turn <= at and count >= role.wanted]
            fell = next(turn for turn, _ in steps if turn > full[-1]) if full else None
            found.append(Seats(role.slug, role.wanted, held, fell))
    return found


def of_one_time(leaders: Iterable[Leader], zone: tzinfo) -> dict[str, list[Leader]]:
    """Return the cohorts of leaders: all who began in one quarter of a year (`led-2026q1`), and all of one role."""
    cohorts: dict[str, list[Leader]] = {}
    for leader in leaders:
        for name in (f"led-{quarter(leader.since, zone)}", leader.role):
            cohorts.setdefault(name, []).append(leader)
    return dict(sorted(cohorts.items()))


def quarter(at: int, zone: tzinfo) -> str:
    """Return the quarter of the community's calendar that an instant (µs) lies in, as `2026q1`; `ever`: before all."""
    if at <= DAWN // 2:
        return "ever"
    date = datetime.fromtimestamp(at // 1_000_000, zone)
    return f"{date.year}q{(date.month + 2) // 3}"


def _granted(derived: Derived, name: str) -> Iterator[tuple[str, Spans]]:
    return ((value, spans) for (kind, value), spans in derived.grants.items() if kind == name)


def _holds(derived: Derived, slug: str, at: int) -> bool:
    return span_at(derived.grants.get(("role", slug), []), at) is not None
