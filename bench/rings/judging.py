"""How many of the planted schemes are found, and how many honest people are touched."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from bench.rings.schemes import Planted, Scheme, planted
from bench.rings.story import facts
from projections.fairness.farming import doubles, floods, puppets
from projections.fairness.rings import rings
from projections.fairness.voices import Graph, graph
from projections.fold.history import History

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bench.rings.story import Story
    from projections.fold.people import Account

DAY = 86_400_000_000  # µs
FOUND = 2 / 3  # of a scheme's members, in one proposal


class Judged(NamedTuple):
    """One history, and what was made of it. People are counted as members, linked accounts as one."""

    schemes: tuple[tuple[Scheme, bool], ...]  # whether it was found
    honest: int  # members who ever gave or got a voice, and are in no scheme
    touched: int  # of them, those whom a proposal names
    pairs: int  # of honest members who endorsed each other
    broken: int  # of them, those that a proposal names both of
    seconds: float  # of looking, without reading the history


def judged(base: Story, seed: int, *, each_size: int) -> Judged:
    """Plant by a seed, look, and hold what is proposed against what was planted."""
    return judge(planted(base, seed, each_size=each_size))


def judge(story: Planted) -> Judged:
    """Look at a history, and hold what is proposed against what was planted."""
    history = History()
    for fact in facts(story.story):
        history.add(fact)
    known = graph(history)
    began = time.perf_counter()
    proposed = list(proposals(known, history))
    seconds = time.perf_counter() - began
    root = history.people.root
    guilty = [frozenset(root(_account(who)) for who in scheme.members) for scheme in story.schemes]
    honest = {who for voice in known.voices for who in (voice.by, voice.whom)}.difference(*guilty)
    pairs = {frozenset((v.by, v.whom)) for v in known.voices if v.by in honest and v.whom in honest}
    given = {(voice.by, voice.whom) for voice in known.voices}
    mutual = [pair for pair in pairs if all((one, other) in given for one in pair for other in pair - {one})]
    touched = honest & {who for _, members in proposed for who in members}
    broken = [pair for pair in mutual if any(pair <= members for _, members in proposed)]
    found = tuple(
        (scheme, any(kind == scheme.kind and len(some & members) >= FOUND * len(members) for kind, some in proposed))
        for scheme, members in zip(story.schemes, guilty, strict=True)
    )
    return Judged(found, len(honest), len(touched), len(mutual), len(broken), seconds)


def proposals(known: Graph, history: History) -> Iterator[tuple[str, frozenset[Account]]]:
    """Yield what is proposed, of each kind, and who is in it."""
    yield from (("ring", group.members) for group in rings(known))
    yield from (("flood", frozenset((flood.by, flood.whom))) for flood in floods(known))
    yield from (("puppets", some.by | {some.whom}) for some in puppets(known))
    yield from (("double", double.accounts) for double in doubles(known, _said(history)))


def _said(history: History) -> Iterator[tuple[Account, Account, int]]:
    for position in history.facts:
        told = history.facts[position].open
        if told.get("proposed"):
            yield told["member"], told["account"], position


def looks(base: Story, every: int) -> Iterator[tuple[int, set[frozenset[Account]]]]:
    """Yield what would be proposed about an honest history every so many days, by what was known then."""
    history = History()
    for fact in facts(base):
        history.add(fact)
    known = graph(history)
    at = known.voices[0].at + every * DAY
    while at < known.voices[-1].at + every * DAY:
        works = {item: work for item, work in known.works.items() if work.at < at}
        then = Graph([voice for voice in known.voices if voice.at < at], works)
        groups: Iterable[frozenset[Account]] = (members for _, members in proposals(then, History()))
        yield at, set(groups)
        at += every * DAY


def _account(who: str) -> Account:
    return who  # type: ignore[return-value]  # in a story they are the same
