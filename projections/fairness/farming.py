"""Farming other than by rings: dozens of voices in a day, accounts that exist for one person, second accounts."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from projections.fairness.rings import DAY

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from projections.fairness.voices import Graph, Voice
    from projections.fold.people import Account


class Bounds(NamedTuple):
    """What it takes to be proposed. Nothing else decides."""

    many: int = 20  # voices of one for another within 24 hours
    of_hers: float = 0.6  # the part of all voices she ever got that were given then, at least
    of_his: float = 0.6  # the part of all voices he ever gave
    puppets: int = 3  # accounts that endorse nobody else, at least
    each: int = 2  # voices of each of them, at least
    works: int = 1  # of each of them, at most
    share: float = 0.5  # the part of the voices the endorsed one got while they were at it that came from them


class Flood(NamedTuple):
    """One who endorsed another's things by the dozen within a day."""

    by: Account
    whom: Account
    voices: tuple[Voice, ...]  # of that day, in order of time
    got: int  # voices she ever got, from anyone
    gave: int  # voices he ever gave


class Puppets(NamedTuple):
    """Accounts that do nothing but endorse one person."""

    whom: Account
    by: frozenset[Account]
    voices: tuple[Voice, ...]
    got: int  # voices she got, from anyone, between their first and their last


class Double(NamedTuple):
    """Two accounts that somebody says are one person's, one of which endorsed the other."""

    accounts: frozenset[Account]
    voices: tuple[Voice, ...]
    said: int  # position of the identity fact


def floods(graph: Graph, bounds: Bounds | None = None) -> list[Flood]:
    """Return who endorsed whom by the dozen in a day, where that is most of what either gave and got."""
    bounds = bounds or Bounds()
    pairs, got, gave = _by_pair(graph)
    found = []
    for (by, whom), voices in sorted(pairs.items()):
        if len(voices) < bounds.many:
            continue
        day = _fullest_day(voices)
        share = len(day) >= bounds.of_hers * got[whom] and len(day) >= bounds.of_his * gave[by]
        if share and len(day) >= bounds.many:
            found.append(Flood(by, whom, tuple(day), got[whom], gave[by]))
    return found


def _by_pair(
    graph: Graph,
) -> tuple[dict[tuple[Account, Account], list[Voice]], defaultdict[Account, int], defaultdict[Account, int]]:
    pairs: defaultdict[tuple[Account, Account], list[Voice]] = defaultdict(list)
    got: defaultdict[Account, int] = defaultdict(int)
    gave: defaultdict[Account, int] = defaultdict(int)
    for voice in graph.voices:
        pairs[voice.by, voice.whom].append(voice)
        got[voice.whom] += 1
        gave[voice.by] += 1
    return pairs, got, gave


def _fullest_day(voices: Sequence[Voice]) -> Sequence[Voice]:
    """Return the most voices that were given within 24 hours."""
    best: Sequence[Voice] = ()
    first = 0
    for last, voice in enumerate(voices):
        while voice.at - voices[first].at >= DAY:
            first += 1
        if last - first + 1 > len(best):
            best = voices[first : last + 1]
    return best


def puppets(graph: Graph, bounds: Bounds | None = None) -> list[Puppets]:
    """Return the accounts that do nothing but endorse one person, where she got most of her voices from them."""
    bounds = bounds or Bounds()
    pairs, got, gave = _by_pair(graph)
    works: defaultdict[Account, int] = defaultdict(int)
    for work in graph.works.values():
        works[work.author] += 1
    strings: defaultdict[Account, set[Account]] = defaultdict(set)
    for (by, whom), voices in pairs.items():
        idle = not got[by] and works[by] <= bounds.works
        if idle and len(voices) == gave[by] >= bounds.each:
            strings[whom].add(by)
    received: defaultdict[Account, list[Voice]] = defaultdict(list)
    for voice in graph.voices:
        if voice.whom in strings:
            received[voice.whom].append(voice)
    return [found for whom in sorted(strings) if (found := _strung(whom, strings[whom], received[whom], bounds))]


def _strung(whom: Account, by: set[Account], received: Sequence[Voice], bounds: Bounds) -> Puppets | None:
    if len(by) < bounds.puppets:
        return None
    theirs = [voice for voice in received if voice.by in by]
    meanwhile = sum(theirs[0].at <= voice.at <= theirs[-1].at for voice in received)
    if len(theirs) < bounds.share * meanwhile:
        return None
    return Puppets(whom, frozenset(by), tuple(theirs), meanwhile)


def doubles(graph: Graph, said: Iterable[tuple[Account, Account, int]]) -> list[Double]:
    """Return those pairs, said to be one person (with the position of the fact), where one endorsed the other."""
    between: defaultdict[frozenset[Account], list[Voice]] = defaultdict(list)
    for voice in graph.voices:
        between[frozenset((voice.by, voice.whom))].append(voice)
    told = ((frozenset((one, other)), position) for one, other, position in said)
    return [Double(pair, tuple(between[pair]), position) for pair, position in told if pair in between]
