"""Terms of a leader role: from when to when, which in a row, and who has to rest before the next one.

A term ends where somebody said so. Where nobody did, the charter's `term` says when it should: past that it is
overdue, and still held, until a person renews or ends it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from projections.charters.language import duration
from projections.fold.spans import DOOM, both, either

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from projections.charters.language import Grant
    from projections.fold.spans import Spans
    from projections.fold.subjects import Assigned

DAY = 86_400_000_000  # µs
HANDOVER = 60 * DAY  # before a term ends, the next one should be named; unless the role says otherwise
_HELD = ("role", "cohort")


class Role(NamedTuple):
    """A leader role as the charter describes it. Durations in µs; None: the charter does not say."""

    slug: str
    name: str
    term: int | None = None
    cooldown: int = 0
    most_terms: int | None = None
    handover: int = HANDOVER
    seats: int | None = None
    load: int | None = None  # acts of leading a week

    @property
    def wanted(self) -> int:
        """How many should hold it at once: one, where the charter does not say."""
        return 1 if self.seats is None else self.seats


class Term(NamedTuple):
    """One term of one member. Instants in µs."""

    start: int
    end: int  # as it was told; DOOM: nobody said
    due: int  # when it ends or should; DOOM: neither fact nor charter says
    number: int  # 1, 2, ... of those in a row

    def held(self, at: int) -> bool:
        """Return whether it is held at an instant (µs)."""
        return self.start <= at < self.end


class Row(NamedTuple):
    """Terms that follow one another without a rest."""

    since: int
    end: int
    due: int
    terms: int


def roles_of(document: Mapping[str, Any]) -> dict[str, Role]:
    """Return the leader roles of a charter's document, by slug, in its order."""
    return {one["role"]: _role(one) for one in document.get("leader_roles", ())}


def _role(one: Mapping[str, Any]) -> Role:
    return Role(
        one["role"],
        one["name"],
        term=duration(one["term"]) if "term" in one else None,
        cooldown=duration(one["cooldown"]) if "cooldown" in one else 0,
        most_terms=one.get("most_terms"),
        handover=duration(one["handover"]) if "handover" in one else HANDOVER,
        seats=one.get("seats"),
        load=one.get("load"),
    )


def by_hand(assigned: Iterable[Assigned]) -> dict[Grant, Spans]:
    """Return the roles and cohorts that were given to a member by hand, and when she holds each.

    Of assignments in order of time the later decides from its start on. To be nominated or to decline gives nothing.
    """
    spans: dict[Grant, Spans] = {}
    for one in assigned:
        if one.kind not in _HELD:
            continue
        grant = (one.kind, one.value)
        known = spans.get(grant, [])
        if one.change in ("started", "renewed"):
            start, end = _begins(one), DOOM if one.end is None else one.end
            if start < end:
                spans[grant] = either(both(known, [(-DOOM, start)]), [(start, end)])
        elif one.change == "ended" and known:
            spans[grant] = both(known, [(-DOOM, _ends(one))])
    return spans


def terms_of(assigned: Iterable[Assigned], role: Role) -> list[Term]:
    """Return a member's terms of a role, the first first: of assignments in order of time."""
    told: list[tuple[int, int]] = []
    for one in assigned:
        if one.kind != "role" or one.value != role.slug:
            continue
        if one.change == "ended":
            told = [(start, min(end, _ends(one))) for start, end in told if start < _ends(one)]
        elif one.change in ("started", "renewed"):
            told = _with_term(told, one, role)
    return _numbered(told, role)


def _with_term(told: list[tuple[int, int]], one: Assigned, role: Role) -> list[tuple[int, int]]:
    """Return the terms with one more, or, where it was started in the midst of one, with that one told again."""
    start, end = _begins(one), DOOM if one.end is None else one.end
    if start >= end:
        return told
    earlier = [(begun, ended) for begun, ended in told if begun < start]
    running = earlier[-1] if earlier and earlier[-1][1] > start else None
    if running is None:
        return [*earlier, (start, end)]
    if one.change == "started":
        return [*earlier[:-1], (running[0], end)]
    due = _due(*running, role)
    if one.start is None and start < due < min(end, DOOM):
        start = due  # renewed ahead of time: the next begins when this one ends
    return [*earlier[:-1], (running[0], start), (start, end)]


def _numbered(told: list[tuple[int, int]], role: Role) -> list[Term]:
    terms: list[Term] = []
    for start, end in told:
        number = 1
        if terms and start < terms[-1].end + max(role.cooldown, DAY):
            number = terms[-1].number + 1
        terms.append(Term(start, end, _due(start, end, role), number))
    return terms


def row_at(terms: Iterable[Term], at: int) -> Row | None:
    """Return the terms in a row of which one is held at the instant (µs), with those that were told ahead; or None."""
    row: Row | None = None
    for term in terms:
        if row is not None and term.start > row.end:
            if row.end > at:
                break
            row = None
        if row is None and term.start > at:
            return None
        since = term.start if row is None else row.since
        count = term.number if term.start <= at or row is None else row.terms
        row = Row(since, term.end, term.due, count)
    return row if row is not None and row.since <= at < row.end else None


def resting_until(terms: Iterable[Term], role: Role, at: int) -> tuple[Term, int] | None:
    """Return the last term of who has to rest at the instant (µs), and until when; None for who has not."""
    past = [term for term in terms if term.start <= at]
    if not past or past[-1].held(at):
        return None
    last, until = past[-1], past[-1].end + role.cooldown
    enough = role.most_terms is None or last.number >= role.most_terms
    return (last, until) if enough and at < until else None


def last_word(assigned: Iterable[Assigned], role: str, at: int) -> Assigned | None:
    """Return what was last said by the instant (µs) of a member and a role."""
    said = [one for one in assigned if one.kind == "role" and one.value == role and one.at <= at]
    return said[-1] if said else None


def _due(start: int, end: int, role: Role) -> int:
    return end if end < DOOM or role.term is None else start + role.term


def _begins(one: Assigned) -> int:
    return one.at if one.start is None else one.start


def _ends(one: Assigned) -> int:
    """Return when a role ended that was told to have: at its period's end where it is told late, never later."""
    return one.at if one.end is None else min(one.at, one.end)
