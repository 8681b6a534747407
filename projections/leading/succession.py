"""Who comes next: the successors of each role in a fair order, and a plan for each term that ends."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from projections.fold.spans import DAWN
from projections.fold.terms import Role
from projections.leading.deeds import LATELY
from projections.leading.leaders import terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import tzinfo

    from projections.fold.holds import Derived
    from projections.fold.people import Account
    from projections.leading.burden import Load
    from projections.leading.leaders import Leader, Named, Ready


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
        yield f"ready since {day(since, zone)}"
    if asked is not None:
        yield f"nominated on {day(asked, zone)}"
        if since is None:
            yield "the rule does not call her ready yet"
    yield f"served {served} {'term' if served == 1 else 'terms'} before" if served else "has not led in this role yet"
    if load is not None:
        yield f"carries {load.per_week:g} acts of leading a week already"
    if refused is not None:
        yield f"declined on {day(refused, zone)}"


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
) -> str:
    ends, begin = leader.ends or at, leader.begin or at
    if ends <= at:
        first = f"Her term as {role.name} was to end on {day(ends, zone)}: hand over, or renew it"
        first += (
            "." if leader.may_stay else f", though she has served {leader.terms} in a row, the most the charter allows."
        )
    else:
        late = "now" if begin <= at else f"on {day(begin, zone)}"
        first = f"Her term as {role.name} ends on {day(ends, zone)}; begin to hand over {late}."
        if not leader.may_stay:
            first += f" She has served {leader.terms} in a row, the most the charter allows."
    if leader.last is not None and leader.last < at - LATELY:
        first += f" She was last active on {day(leader.last, zone)}."
    if settled:
        return f"{first} The next one is named."
    if following is not None:
        more = able - 1
        others = f", and {more} more {'is' if more == 1 else 'are'} ready" if more > 0 else ""
        return f"{first} Ask the next one{others}."
    return f"{first} Nobody else is ready: see who is nearly so, and help her get there."


def met_words(node: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is met in a verdict's tree, with how much there is of it."""
    if "of" not in node:
        if node["met"] and node["measure"] != "holds":
            unit = f" {node['unit']}" if node["unit"] else ""
            yield f"{node['label']} ({node['have']:,}{unit})"
        return
    if node["op"] != "none":
        for below in node["of"]:
            yield from met_words(below)


def day(at: int, zone: tzinfo) -> str:
    """Return an instant (µs) as a day of the community's calendar: `3 March 2026`."""
    if at <= DAWN // 2:
        return "the first day"
    date = datetime.fromtimestamp(at // 1_000_000, zone)
    return f"{date.day} {date:%B %Y}"
