"""Mentor pairs: who guides whom, since when, how many each carries, and who could guide whom next."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from projections.fold.spans import DOOM, value_at
from projections.fold.terms import DAY

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping

    from projections.fold.holds import Derived
    from projections.fold.people import Account
    from projections.fold.subjects import Assigned

MOST_PAIRS = 3  # that one mentor is proposed for, those she has included
NEW = 90 * DAY  # how long after she joined somebody is proposed a mentor
MENTOR_LEVEL = 2  # from which on a member may be proposed, where no leader role is a mentor's
MOST_SHARED = 3  # skills and areas in common that are named


class Pair(NamedTuple):
    """A mentor and whom she guides. `state`: proposed, open, declined or ended. Instants in µs."""

    mentor: Account
    mentored: Account | None
    pairing: str
    state: str
    since: int
    end: int  # DOOM: nobody said


class Suggestion(NamedTuple):
    """Somebody who could guide a newcomer: what both work on, and how many pairs the mentor has by then."""

    mentor: Account
    mentored: Account
    shared: tuple[str, ...]
    pairs: int


def pairs_of(people: Mapping[Account, Derived], root: Callable[[Account], Account | None], at: int) -> list[Pair]:
    """Return every pair that had been told of by the instant (µs), as it stands then; the first first.

    `root` tells which member an account is of; None: of nobody any more, and then there is no pair.
    """
    found: dict[tuple[Account, Account | None, str], Pair] = {}
    for mentor, derived in people.items():
        for one in derived.assigned:
            if one.kind != "mentor" or one.at > at:
                continue
            mentored = None if one.counterpart is None else root(one.counterpart)
            if one.counterpart is not None and mentored in (None, mentor):
                continue
            key = (mentor, mentored, one.value)
            found[key] = _told(found.get(key), one, key)
    stood = (_standing(pair, at) for pair in found.values())
    return sorted(stood, key=lambda pair: (pair.since, pair.mentor, pair.mentored or ""))


def _told(known: Pair | None, one: Assigned, key: tuple[Account, Account | None, str]) -> Pair:
    start = one.at if one.start is None else one.start
    end = DOOM if one.end is None else one.end
    if one.change == "nominated":
        return known if known is not None and known.state == "open" else Pair(*key, "proposed", start, end)
    if one.change in ("started", "renewed"):
        begun = known.since if known is not None and known.state == "open" and known.end >= start else start
        return Pair(*key, "open", begun, end)
    if one.change == "declined":
        return Pair(*key, "declined", start, one.at)
    since = start if known is None else known.since
    return Pair(*key, "ended", since, one.at if one.end is None else min(one.at, one.end))


def _standing(pair: Pair, at: int) -> Pair:
    if pair.state == "open" and pair.end <= at:
        return pair._replace(state="ended")
    if pair.state == "open" and pair.since > at:
        return pair._replace(state="proposed")
    return pair


def carried(pairs: Iterable[Pair]) -> Counter[Account]:
    """Return how many open pairs each mentor has."""
    return Counter(pair.mentor for pair in pairs if pair.state == "open")


def suggested(
    people: Mapping[Account, Derived],
    pairs: Iterable[Pair],
    mentors: Container[Account],
    works_on: Callable[[Account], set[str]],
    active: Callable[[Account], bool],
    at: int,
    most: int,
) -> list[Suggestion]:
    """Return who could guide whom: newcomers without a mentor, the first to join first, each with the nearest mentor.

    Nearest is who works on most of the same skills and areas, then who has the fewest pairs. Nobody is proposed
    beyond `MOST_PAIRS`. `mentors`: who may guide.
    """
    pairs = list(pairs)
    busy, guided = carried(pairs), {pair.mentored for pair in pairs if pair.state in ("open", "proposed")}
    able = {who: works_on(who) for who in people if who in mentors and active(who)}
    new = [
        (first, who)
        for who, first in ((who, derived.first) for who, derived in people.items())
        if first is not None and at - NEW < first <= at and who not in guided and who not in able and active(who)
    ]
    found: list[Suggestion] = []
    for _, newcomer in sorted(new)[:most]:
        hers = works_on(newcomer)
        free = [who for who in able if busy[who] < MOST_PAIRS]
        if not free:
            break
        mentor = min(free, key=lambda who: (-len(able[who] & hers), busy[who], who))
        shared = tuple(sorted(able[mentor] & hers)[:MOST_SHARED])
        busy[mentor] += 1
        found.append(Suggestion(mentor, newcomer, shared, busy[mentor]))
    return found


def able_to_mentor(people: Mapping[Account, Derived], at: int) -> set[Account]:
    """Return who may be proposed as a mentor by her level, where no leader role is a mentor's."""
    return {who for who, derived in people.items() if value_at(derived.levels, at) >= MENTOR_LEVEL}
