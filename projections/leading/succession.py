"""Who comes next: the successors of each role in a fair order, and a plan for each term that ends."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from projections.fold.spans import DAWN
from projections.fold.terms import Role
from projections.leading.deeds import LATELY
from projections.leading.leaders import terms
from schemas import Text, counted, day_words, grouped, joined, marked, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import tzinfo

    from projections.fold.holds import Derived
    from projections.fold.people import Account
    from projections.leading.burden import Load
    from projections.leading.leaders import Leader, Named, Ready

_LATE = marked("Her term as %(role)s was to end on %(day)s: hand over, or renew it.")
_LATE_AND_LONG = marked(
    "Her term as %(role)s was to end on %(day)s: hand over, or renew it, though she has served %(number)s in a row, "
    "the most the charter allows."
)
_BEGIN = marked("Her term as %(role)s ends on %(day)s; begin to hand over now.")
_ENDS = marked("Her term as %(role)s ends on %(day)s; begin to hand over on %(begin)s.")


class Successor(NamedTuple):
    """Somebody who could take a role next, and why, in words. `since` (µs): ready since; None: only nominated."""

    account: Account
    role: str
    since: int | None
    nominated: bool
    because: tuple[str, ...]


class Plan(NamedTuple):
    """What to do about a term that ends, or should have. Instants in µs."""

    leaving: Leader
    overdue: bool
    next: Account | None
    words: str


def successors(
    people: Mapping[Account, Derived],
    role: Role,
    ready: Iterable[Ready],
    named: Iterable[Named],
    refused: Mapping[tuple[Account, str], int],
    carrying: Mapping[Account, Load],
    zone: tzinfo,
    at: int,
) -> list[Successor]:
    """Return who could take a role next: the nominated first, then who never led, who carries least, who waits longest.

    Whoever said no comes last; the dates say how long ago that was.
    """
    since = {one.account: one.since for one in ready if one.role == role.slug}
    asked = {one.account: one.since for one in named if one.role == role.slug}
    found = []
    for who in {*since, *asked}:
        served = sum(term.start <= at for term in terms(people[who], role, at))
        said_no, load = refused.get((who, role.slug)), carrying.get(who)
        because = tuple(_because(since.get(who), asked.get(who), said_no, served, load, zone))
        order = (said_no is not None, who not in asked, served > 0, load.per_week if load else 0.0)
        one = Successor(who, role.slug, since.get(who), who in asked, because)
        found.append((*order, since.get(who, at), who, one))
    return [one[-1] for one in sorted(found)]


def _because(
    since: int | None, asked: int | None, refused: int | None, served: int, load: Load | None, zone: tzinfo
) -> Iterable[str]:
    if since is not None:
        yield say("ready since %(day)s", day=day(since, zone))
    if asked is not None:
        yield say("nominated on %(day)s", day=day(asked, zone))
        if since is None:
            yield say("the rule does not call her ready yet")
    terms_before = counted(served, "term", "terms")
    yield say("served %(terms)s before", terms=terms_before) if served else say("has not led in this role yet")
    if load is not None:
        yield say("carries %(number)s acts of leading a week already", number=f"{load.per_week:g}")
    if refused is not None:
        yield say("declined on %(day)s", day=day(refused, zone))


def plans(
    leaving: Iterable[Leader],
    roles: Mapping[str, Role],
    named: Iterable[Named],
    next_ones: Mapping[str, list[Successor]],
    zone: tzinfo,
    at: int,
) -> list[Plan]:
    """Return a plan for each of the terms given, the first to end first. Nobody is planned for two of them.

    `named`: whose terms begin later and were told already.
    """
    taken: set[Account] = set()
    found = []
    for leader in sorted(leaving, key=lambda one: (one.ends or 0, one.role, one.account)):
        known = [one.account for one in named if one.role == leader.role]
        able = [one.account for one in next_ones.get(leader.role, ()) if one.account not in taken]
        following = next((who for who in (*known, *able) if who not in taken), None)
        if following is not None:
            taken.add(following)
        role = roles.get(leader.role, Role(leader.role, leader.role))
        words = _words(leader, role, following, len(able), zone, at, settled=following in known)
        found.append(Plan(leader, (leader.ends or at) <= at, following, words))
    return found


def _words(
    leader: Leader, role: Role, following: Account | None, able: int, zone: tzinfo, at: int, *, settled: bool
) -> Text:
    ends, begin = leader.ends or at, leader.begin or at
    told = {"role": role.name, "day": day(ends, zone), "number": leader.terms}
    if ends <= at:
        first = [say(_LATE if leader.may_stay else _LATE_AND_LONG, **told)]
    else:
        first = [say(_BEGIN if begin <= at else _ENDS, **told, begin=day(begin, zone))]
        if not leader.may_stay:
            first.append(say("She has served %(number)s in a row, the most the charter allows.", **told))
    if leader.last is not None and leader.last < at - LATELY:
        first.append(say("She was last active on %(day)s.", day=day(leader.last, zone)))
    return joined(" ", (*first, _then(following, able - 1, settled=settled)))


def _then(following: Account | None, more: int, *, settled: bool) -> Text:
    """Return who is to be asked; `more`: how many are ready beside her."""
    if settled:
        return say("The next one is named.")
    if following is None:
        return say("Nobody else is ready: see who is nearly so, and help her get there.")
    if more < 1:
        return say("Ask the next one.")
    return say("Ask the next one, and %(others)s ready.", others=counted(more, "more is", "more are"))


def met_words(node: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is met in a verdict's tree, with how much there is of it."""
    if "of" not in node:
        if node["met"] and node["measure"] != "holds":
            have = joined(" ", (grouped(node["have"]), *([node["unit"]] if node["unit"] else [])))
            yield say("%(label)s (%(have)s)", label=node["label"], have=have)
        return
    if node["op"] != "none":
        for below in node["of"]:
            yield from met_words(below)


def day(at: int, zone: tzinfo) -> Text:
    """Return an instant (µs) as a day of the community's calendar: `3 March 2026`."""
    if at <= DAWN // 2:
        return say("the first day")
    return day_words(datetime.fromtimestamp(at // 1_000_000, zone))
