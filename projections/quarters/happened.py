"""A quarter of a community: who came, left and returned, what was awarded, who led, what changed, what stopped.

A function of the facts up to a position, so that told again it says the same, whatever was reported later. Nobody is
named in it.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from projections.alarms.raised import alarms
from projections.charters.diff import diff
from projections.fold.spans import DOOM, span_at, value_at
from projections.fold.subjects import OWN
from projections.fold.terms import roles_of
from projections.leading.leaders import terms
from schemas import format_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ledger import Fact
    from projections.charters.charter import Charter
    from projections.fold.holds import Derived
    from projections.fold.standing import Community
    from projections.fold.terms import Role
    from projections.quarters.noted import Noted

Answer = dict[str, Any]
_GONE = frozenset({"left", "removed"})
_TOLD = frozenset({"public"})  # whose words may leave the community


class Known(NamedTuple):
    """What a quarter is told from: the fold, what was noted, and the charters, all of them up to one position.

    `tokens`: the token of each `uri` among the sources of the charter in force at the quarter's end.
    """

    state: Community
    noted: Noted
    charters: Sequence[Charter]
    tokens: Mapping[str, str]


def happened(known: Known) -> Answer:
    """Return what happened, JSON-ready; counts of members, and never who they are.

    `stories` has how many of each kind; `told` the positions of those whose words are for everyone.
    """
    span, charter = known.noted.span, bound(known.charters, known.noted.span.end)[-1]
    stories = [fact for fact in known.noted.stories if known.state.history.stands(fact)]
    derived = list(known.state.derived.values())
    return {
        **_members(known),
        "levels": list(_levels(charter, derived, span.start, span.end)),
        "badges": list(_badges(charter, known.noted)),
        "roles": [_role(role, derived, known.noted) for role in roles_of(charter.document).values()],
        "charters": list(_charters(known.charters, known.noted)),
        "alarms": [
            one.told()
            for one in alarms(known.noted.heard, derived, bound(known.charters, span.end), known.tokens, span.end)
        ],
        "stories": dict(sorted(Counter(fact.open["kind"] for fact in stories).items())),
        "told": [fact.position for fact in stories if fact.open.get("visibility") in _TOLD],
    }


def bound(charters: Sequence[Charter], at: int) -> Sequence[Charter]:
    """Return the charters published up to the one in force at an instant (µs); the first where none was yet."""
    begun = (number for number, one in enumerate(charters, start=1) if one.effective <= at)
    return charters[: max(begun, default=1)]


def later(facts: Iterable[Fact], start: int, end: int) -> int:
    """Return how many of these facts platforms told of a time in `[start, end)` (µs)."""
    return sum(start <= fact.time < end and not fact.topic.startswith(OWN) for fact in facts)


def _members(known: Known) -> Answer:
    span, history, deeds = known.noted.span, known.state.history, known.noted.deeds
    counts = Counter[str]()
    for who, derived in known.state.derived.items():
        accounts = history.people.accounts(who)
        active = deeds.acted(accounts, span.start - 1, span.end - 1)
        before = deeds.acted(accounts, span.before - 1, span.start - 1)
        first = DOOM if derived.first is None else derived.first
        last = known.noted.last_coming(accounts, history.stands)
        counts["active"] += active
        counts["active_before"] += before
        counts["joined"] += span.holds(first)
        counts["left"] += last is not None and last.open["change"] in _GONE and span.holds(last.time)
        counts["returned"] += active and not before and first < span.before
        counts["quiet"] += before and not active
    return {name: counts[name] for name in ("active", "active_before", "joined", "left", "returned", "quiet")}


def _levels(charter: Charter, derived: Sequence[Derived], start: int, end: int) -> Iterator[Answer]:
    """Yield the levels that members rose to, the highest first."""
    reached = Counter(
        level
        for one in derived
        for turn, level in one.levels
        if start <= turn < end and level > value_at(one.levels, turn - 1)
    )
    for level in sorted(reached, reverse=True):
        yield {"level": level, "name": charter.level_name(level), "members": reached[level]}


def _badges(charter: Charter, noted: Noted) -> Iterator[Answer]:
    """Yield what was awarded and not taken back, the most frequent first."""
    standing = [fact.open for fact in noted.awards if fact.stream not in noted.revoked]
    counts = Counter((told["kind"], told["achievement"]) for told in standing)
    for (kind, slug), count in sorted(counts.items(), key=lambda one: (-one[1], one[0])):
        yield {"kind": kind, "badge": slug, "name": _called(charter, kind, slug), "count": count}


def _called(charter: Charter, kind: str, slug: str) -> str:
    if kind == "level":
        return charter.level_name(int(slug))
    part = ("badges", "badge") if kind == "badge" else ("leader_roles", "role")
    return str(charter.by(*part).get(slug, {}).get("name", slug))


def _role(role: Role, derived: Sequence[Derived], noted: Noted) -> Answer:
    """Return how many hold a role at the quarter's end, and what terms of it did or will do."""
    span = noted.span
    served = [term for one in derived for term in terms(one, role, span.end - 1)]
    held = sum(span_at(one.grants.get(("role", role.slug), []), span.end - 1) is not None for one in derived)
    serving = [term for term in served if term.held(span.end - 1)]
    return {
        "role": role.slug,
        "name": role.name,
        "held": held,
        "begun": sum(span.holds(term.start) for term in served),
        "ended": sum(span.holds(term.end) for term in served),
        "ending": sum(span.end <= term.due < span.after for term in serving),
        "overdue": sum(term.due < span.end for term in serving),
    }


def _charters(charters: Sequence[Charter], noted: Noted) -> Iterator[Answer]:
    """Yield the charters that were published in the quarter, each with what it changed."""
    before: Mapping[str, Any] | None = None
    for one in charters:
        if one.published is not None and noted.span.holds(one.published):
            changes = [] if before is None else diff(before, one.document)
            yield {
                "version": one.version,
                "published": format_time(one.published),
                "effective": format_time(max(0, one.effective)),
                "changes": changes,
            }
        before = one.document
