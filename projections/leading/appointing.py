"""Whether an assignment by hand makes sense, before it is recorded: what is refused, and what one should know."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, NamedTuple

from projections.fold.holds import NOBODY
from projections.fold.people import Account
from projections.fold.spans import DOOM, span_at
from projections.fold.terms import Role, resting_until, roles_of, row_at
from projections.leading.leaders import holding, terms
from projections.leading.succession import day
from schemas import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from projections.charters.charter import Charter
    from projections.fold.holds import Derived
    from projections.views.views import Views

KINDS = ("role", "cohort", "team", "mentor")
CHANGES = ("nominated", "started", "renewed", "declined", "ended")
_TERMS = ("started", "renewed")
_PERIODS = (*_TERMS, "ended")


class Wish(NamedTuple):
    """What somebody wants recorded of one member. Instants in µs; `at`: when it is said.

    It is held against what was said before that instant, so that to say it again finds nothing new against it.
    """

    kind: str
    value: str
    change: str
    at: int
    start: int | None = None
    end: int | None = None
    paired: tuple[str, ...] = ()  # the accounts of whom she guides


class Judged(NamedTuple):
    """What stands against it, with JSON pointers into what was asked; else what one should know."""

    faults: tuple[Fault, ...]
    notes: tuple[str, ...]


def judge(wish: Wish, charter: Charter, derived: Derived, people: Mapping[Account, Derived]) -> Judged:
    """Return what is wrong with a wish for a member whose timelines are `derived`, or what one should know.

    `people`: all members, to count who else holds the role.
    """
    faults = [*_words(wish, charter), *_period(wish)]
    if not faults and wish.kind == "mentor":
        return Judged(tuple(_of_pair(wish, derived)), ())
    if not faults and wish.kind == "role":
        role = roles_of(charter.document).get(wish.value, Role(wish.value, wish.value))
        faults = list(_against(wish, role, derived, charter))
        if not faults:
            return Judged((), tuple(_notes(wish, role, derived, charter, people)))
    return Judged(tuple(faults), ())


def judged(views: Views, charter: Charter, community: str, account: str, wish: Wish) -> tuple[Judged, int]:
    """Return what there is to say of a wish for a member, and from when on (µs) it is meant. Reads the views."""
    rows = {row.member: row for row in views.members(community)}
    own = rows.get(Account(account))
    if own is not None and not set(own.accounts).isdisjoint(wish.paired):
        return Judged((Fault("/counterpart", "wanted somebody else to be guided, got herself"),), ()), wish.at
    derived = own.derived if own else NOBODY
    people = {who: row.derived for who, row in rows.items()}
    return judge(wish, charter, derived, people), begins(wish, charter, derived)


def begins(wish: Wish, charter: Charter, derived: Derived) -> int:
    """Return from when on (µs) a wish that names only its end is meant: a renewal from the end of the term there is."""
    if wish.start is not None:
        return wish.start
    role = roles_of(charter.document).get(wish.value, Role(wish.value, wish.value))
    row = row_at(terms(derived, role, wish.at - 1), wish.at) if wish.kind == "role" else None
    if row is not None and wish.change == "ended":
        return row.since
    if row is not None and wish.change == "renewed" and wish.end is not None and wish.at < row.due < wish.end:
        return row.due
    return wish.at if wish.end is None else min(wish.at, wish.end)


def known_roles(charter: Charter) -> list[str]:
    """Return the roles of a charter, as one may give them: those it describes, then those that only rules speak of."""
    spoken = [rule.grants[1] for rule in charter.rules if rule.grants[0] == "role"]
    return list(dict.fromkeys([*roles_of(charter.document), *spoken]))


def _words(wish: Wish, charter: Charter) -> Iterable[Fault]:
    if wish.kind not in KINDS:
        yield Fault("/kind", _wanted(KINDS, wish.kind))
    if wish.change not in CHANGES:
        yield Fault("/change", _wanted(CHANGES, wish.change))
    if wish.kind == "role" and wish.value not in known_roles(charter):
        yield Fault("/value", f"a role of the charter: {_wanted(known_roles(charter), wish.value)}")
    cohorts = list(charter.by("cohorts", "cohort"))
    if wish.kind == "cohort" and cohorts and wish.value not in cohorts:
        yield Fault("/value", f"a cohort of the charter: {_wanted(cohorts, wish.value)}")
    if wish.kind == "mentor" and not wish.paired:
        yield Fault("/counterpart", "wanted whom she guides, got nobody")
    if wish.kind != "mentor" and wish.paired:
        yield Fault("/counterpart", f"wanted it only of a mentor pair, got it of a {wish.kind}")


def _period(wish: Wish) -> Iterable[Fault]:
    if (wish.start is not None or wish.end is not None) and wish.change in CHANGES and wish.change not in _PERIODS:
        yield Fault("/period", f"wanted it only where something is started, renewed or ended; this is {wish.change}")
    elif wish.end is not None and wish.change == "ended" and wish.end > wish.at:
        words = "wanted an end that has come, got a later one: say it when the term is started or renewed"
        yield Fault("/period/end", words)
    elif wish.end is not None and wish.end <= (wish.at if wish.start is None else wish.start):
        if wish.change != "ended":
            yield Fault("/period/end", "wanted an end after its start, got one that is not later")
        elif wish.start is not None and wish.end < wish.start:
            yield Fault("/period/end", "wanted an end after its start, got an earlier one")


def _against(wish: Wish, role: Role, derived: Derived, charter: Charter) -> Iterable[Fault]:
    """Yield what contradicts what is known of her and the role."""
    when = wish.at if wish.start is None else wish.start
    known = terms(derived, role, wish.at - 1)
    row = row_at(known, wish.at)
    held = span_at(derived.grants.get(("role", role.slug), []), wish.at) is not None
    since = f" since {day(row.since, charter.zone)}" if row else ""
    if wish.change == "nominated" and held:
        yield Fault("/change", f"she is {role.name}{since} already; nothing to nominate her for")
    elif wish.change == "started" and any(term.held(when) for term in known):
        yield Fault("/change", f"she is {role.name}{since} already; wanted renewed or ended, got started")
    elif wish.change == "renewed" and not known:
        yield Fault("/change", f"she has never been {role.name}; wanted started, got renewed")
    elif wish.change == "ended" and row is None:
        ahead = any(term.start > wish.at for term in known)
        words = "a rule of the charter gives it to her" if held else f"she is not {role.name} at that moment"
        if held or not ahead:
            yield Fault("/change", f"{words}; there is no term to end")
    elif wish.change == "ended" and row is not None and wish.end is not None and wish.end < row.since:
        yield Fault("/period/end", f"wanted an end after her term began on {day(row.since, charter.zone)}")


def _of_pair(wish: Wish, derived: Derived) -> Iterable[Fault]:
    said = [one for one in derived.assigned if one.kind == "mentor" and one.value == wish.value and one.at < wish.at]
    words = [one.change for one in said if one.counterpart in wish.paired]
    together = bool(words) and words[-1] in _TERMS
    if wish.change == "started" and together:
        yield Fault("/change", "they are a pair already; wanted renewed or ended, got started")
    elif wish.change in ("renewed", "ended") and not together:
        yield Fault("/change", f"they are no pair; wanted started, got {wish.change}")


def _notes(
    wish: Wish, role: Role, derived: Derived, charter: Charter, people: Mapping[Account, Derived]
) -> Iterable[str]:
    """Yield what does not forbid it, and should be known."""
    known, zone = terms(derived, role, wish.at - 1), charter.zone
    rests = resting_until(known, role, wish.at)
    if wish.change in ("nominated", "started") and rests:
        yield f"she has just served {_count(rests[0].number)} and should rest until {day(rests[1], zone)}"
    row = row_at(known, wish.at)
    if wish.change == "renewed" and row and role.most_terms is not None and row.terms >= role.most_terms:
        yield f"she has served {_count(row.terms)} in a row; the charter allows {role.most_terms}"
    rules = any(rule.grants == ("eligible", role.slug) for rule in charter.rules)
    ready = span_at(derived.grants.get(("eligible", role.slug), []), wish.at)
    if wish.change in ("nominated", "started") and rules and ready is None:
        yield "the charter's rule does not call her ready for it"
    if wish.change == "started" and role.seats is not None:
        others = sum(one.role == role.slug for one in holding(people, {role.slug: role}, wish.at))
        if others >= role.seats:
            held = "one member holds" if others == 1 else f"{others} members hold"
            seats = "one seat" if role.seats == 1 else f"{role.seats} seats"
            yield f"{held} it already; the charter has {seats}"
    if wish.change in _TERMS and wish.end is None:
        yield _until(wish, role, derived, charter)


def _until(wish: Wish, role: Role, derived: Derived, charter: Charter) -> str:
    if role.term is None:
        return "no end was said, and the charter gives this role no term: leadership is a loan"
    start = wish.at if wish.start is None else wish.start
    row = row_at(terms(derived, role, wish.at - 1), wish.at)
    if wish.change == "renewed" and wish.start is None and row and start < row.due < DOOM:
        start = row.due
    return f"no end was said: by the charter it is {day(start + role.term, charter.zone)}"


def _wanted(known: Iterable[str], got: str) -> str:
    known = list(known)
    near = get_close_matches(got, known, n=1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    return f"wanted {', '.join(known) or 'none: there are none'}; got {got[:64]}{hint}"


def _count(number: int) -> str:
    return "one term" if number == 1 else f"{number} terms"
