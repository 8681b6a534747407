"""Who has to do with whom, who with nobody, and what is taken up by others."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from projections.measures.measure import Measure, Person, Reference, Table, Value, rounded, share
from projections.measures.record import CALLS
from projections.measures.sheet import NOBODY
from schemas import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from projections.measures.record import Act
    from projections.measures.scene import Scene, Span
    from projections.measures.sheet import Shape

SMALL = 12  # who were at a live session of no more than that had to do with each other
CONNECTED = 3  # ties


class Tie(NamedTuple):
    """That two members had to do with each other, and when (µs)."""

    at: int
    one: int
    other: int


def ties(scene: Scene, span: Span) -> Mapping[int, set[int]]:
    """Return with which others each member had to do in a stretch.

    By an answer, a reply, a review, an endorsement, a work made together or for somebody, or a small live session.
    """

    def made() -> Mapping[int, set[int]]:
        found = scene.keep("ties", lambda: sorted(_ties(scene)))
        start, end = (bisect_left(found, at, key=lambda tie: tie.at) for at in span)
        near: defaultdict[int, set[int]] = defaultdict(set)
        for _, one, other in found[start:end]:
            near[one].add(other)
            near[other].add(one)
        return dict(near)

    return scene.keep(("ties", span), made)


def _ties(scene: Scene) -> Iterator[Tie]:
    for act in scene.recent:
        yield from (Tie(act.at, act.who, other) for other in _others(scene, act) if other not in (act.who, NOBODY))
    for session in scene.record.sessions:
        came = {who: at for who, at in session.came.items() if at <= scene.at}
        if session.shape.get("mode") == "sync" and len(came) <= SMALL:
            yield from (Tie(max(came[one], came[other]), one, other) for one, other in combinations(came, 2))


def _others(scene: Scene, act: Act) -> set[int]:
    record = scene.record
    if act.shape.kind == "endorsement":
        return {act.under}
    if act.shape.kind != "contribution":
        return set()
    author, made = record.authors.get(act.about, (NOBODY, 0))
    found = {author if made <= act.at else NOBODY, record.starters.get(act.under, NOBODY)}
    for some in record.sheet.more.get(act.row, ()):
        found.update(map(record.member, some))
    return found


def connections(scene: Scene, span: Span) -> Value:
    """Return with how many others an active member had to do, on average."""
    active, near = scene.active(span), ties(scene, span)
    return Value(share(sum(len(near.get(who, ())) for who in active), len(active)), len(active))


def _spread(scene: Scene, span: Span) -> Table:
    near = ties(scene, span)
    found = Counter(_band(len(near.get(who, ()))) for who in scene.active(span))
    return Table(((say("Had to do with"), "text"), (say("Members"), "count")), [[band, found[band]] for band in _BANDS])


_BANDS: tuple[str, ...] = (say("nobody"), say("1 or 2 others"), say("3 to 9"), say("10 or more"))


def _band(number: int) -> str:
    bounds = (1, CONNECTED, 10)
    return _BANDS[sum(number >= bound for bound in bounds)]


def isolated(scene: Scene, span: Span) -> Value:
    """Return the share of the active members who had to do with nobody."""
    active = scene.active(span)
    return Value(share(len(_alone(scene, span)), len(active)), len(active))


def _alone(scene: Scene, span: Span) -> set[int]:
    near = ties(scene, span)
    return {who for who in scene.active(span) if not near.get(who)}


def _lonely(scene: Scene, span: Span) -> Iterable[Person]:
    """Return them, who did most first, since most is to be lost there."""
    alone = _alone(scene, span)
    acts, last = Counter[int](), dict[int, int]()
    for act in scene.acts(span):
        if act.who in alone:
            acts[act.who] += 1
            last[act.who] = act.at
    for who, number in sorted(acts.items(), key=lambda one: (-one[1], one[0])):
        times = say("once") if number == 1 else say("%(count)s times", count=number)
        yield (
            scene.record.account(who),
            say(
                "active %(times)s, last on %(day)s; nobody answered or endorsed her, nor she anybody",
                times=times,
                day=scene.date(last[who]),
            ),
        )


# What ties do for staying


def ties_retention(scene: Scene, span: Span) -> Value:
    """Return how much oftener members with three ties were active 13 weeks later than members with none."""
    stayed = _stayed(scene, span)
    alone, connected = stayed[_BANDS[0]], _both(stayed[_BANDS[2]], stayed[_BANDS[3]])
    rates = share(*connected), share(*alone)
    n = connected[1] + alone[1]
    return Value(rates[0] / rates[1] if rates[0] is not None and rates[1] else None, n)


def _stayed(scene: Scene, span: Span) -> dict[str, tuple[int, int]]:
    """Return, for each number of ties, how many acted in the second half of a stretch of how many in the first."""
    middle = scene.span(span.until, 13).since
    first, second = type(span)(span.since, middle), type(span)(middle, span.until)
    near, later = ties(scene, first), scene.active(second)
    found = dict.fromkeys(_BANDS, (0, 0))
    for who in scene.active(first):
        band = _band(len(near.get(who, ())))
        found[band] = _both(found[band], (int(who in later), 1))
    return found


def _both(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    return one[0] + other[0], one[1] + other[1]


def _bands(scene: Scene, span: Span) -> Table:
    found = _stayed(scene, span).items()
    rows: list[list[object]] = [[band, number, rounded(share(stayed, number))] for band, (stayed, number) in found]
    return Table(
        ((say("Had to do with"), "text"), (say("Members"), "count"), (say("Active 13 weeks later"), "share")), rows
    )


# What is taken up, who is seen, who meets


def reuse(scene: Scene, span: Span) -> Value:
    """Return the share of the works shown in a stretch that others built on or were moved by."""
    shown = scene.keep("shown", lambda: _of_shapes(scene, _to_use))
    start, end = (bisect_left(shown, at, key=lambda act: act.at) for at in span)
    authors, taken = scene.record.authors, scene.keep("taken up", lambda: list(_taken_up(scene)))
    since = {act.on for act in shown[start:end]} if taken else set()
    used = {item for at, item, who in taken if at < span.until and item in since and authors[item][0] != who}
    told = any(span.since <= at < span.until for at, _, _ in taken)
    return Value(share(len(used), end - start) if told else None, end - start)


def _to_use(shape: Shape) -> bool:
    kind = shape.get("kind") if shape.kind == "contribution" else ""
    return kind in CALLS and kind != "post"


def _of_shapes(scene: Scene, test: Callable[[Shape], bool]) -> list[Act]:
    wanted = scene.shapes(test)
    return [act for act in scene.recent if act.shape in wanted]


def _taken_up(scene: Scene) -> Iterator[tuple[int, int, int]]:
    """Yield when an item was taken up, which, and by whom."""
    more = scene.record.sheet.more
    for act in scene.recent:
        if act.shape.kind == "impact":
            yield from ((act.at, item, act.who) for item in more.get(act.row, ((),))[-1])
        elif act.about and _to_use(act.shape):
            yield act.at, act.about, act.who


def recognised(scene: Scene, span: Span) -> Value:
    """Return the share of the active members whom somebody else endorsed."""
    active = scene.active(span)
    praise = scene.shapes(_praise)
    seen = {act.under for act in scene.acts(span) if act.shape in praise} & active
    told = scene.recorded(span.until, _praise)
    return Value(share(len(seen), len(active)) if told else None, len(active))


def _praise(shape: Shape) -> bool:
    return shape.kind == "endorsement" and shape.get("strength") != "objection"


_NEW, _OLD = 90, 365  # days


def mingling(scene: Scene, span: Span) -> Value:
    """Return the share of live sessions and threads in which somebody new met somebody who has long been here."""
    met = [(session.at, set(session.seats)) for session in scene.sessions(span)]
    threads: defaultdict[int, set[int]] = defaultdict(set)
    for act in scene.acts(span):
        if act.under and act.shape.kind == "contribution":
            threads[act.under].add(act.who)
    met += [(span.until, some) for some in threads.values()]
    several = [(at, some) for at, some in met if len(some) > 1]
    if scene.day(span.until) - scene.day(min(scene.record.first.values(), default=span.until)) < _OLD:
        return Value(None, len(several))
    mixed = sum(_mixed(scene, at, some) for at, some in several)
    return Value(share(mixed, len(several)), len(several))


def _mixed(scene: Scene, at: int, some: set[int]) -> bool:
    ages = [scene.day(at) - scene.day(scene.record.first.get(who, at)) for who in some]
    return min(ages) < _NEW and max(ages) >= _OLD


MEASURES = (
    Measure(
        slug="connections",
        name=say("Connections"),
        definition=say(
            "With how many others an active member had to do in 13 weeks, on average: by an answer, a review, "
            "an endorsement, a work made together, or a live session of at most %(most)s.",
            most=SMALL,
        ),
        unit="count",
        weeks=13,
        of=connections,
        why_none=say("nobody was active"),
        good=CONNECTED,
        table=_spread,
    ),
    Measure(
        slug="isolated",
        name=say("Active, and alone"),
        definition=say("The share of the active members who had to do with nobody else in 13 weeks."),
        unit="share",
        weeks=13,
        of=isolated,
        why_none=say("nobody was active"),
        least=True,
        good=0.2,
        people=_lonely,
    ),
    Measure(
        slug="ties_retention",
        name=say("What ties do for staying"),
        definition=say(
            "How many times as often members who had to do with three others or more were active in the next "
            "13 weeks as members who had to do with nobody. It says what goes together, not what causes what."
        ),
        unit="ratio",
        weeks=26,
        of=ties_retention,
        why_none=say("nobody had to do with nobody, or none of them was active again"),
        reference=Reference(
            1.25, say("that connection raises retention by 25 %% is claimed, without citation, in guides")
        ),
        table=_bands,
    ),
    Measure(
        slug="reuse",
        name=say("Taken up by others"),
        definition=say(
            "Of the works shown in a year (resources, artefacts, code, talks, stories), the share that another "
            "member built on or named as what moved her to change."
        ),
        unit="share",
        weeks=52,
        of=reuse,
        why_none=say("nothing recorded says what builds on what"),
        good=0.1,
    ),
    Measure(
        slug="recognised",
        name=say("Members who are seen"),
        definition=say("The share of the active members whom somebody else endorsed, thanked or reacted to."),
        unit="share",
        weeks=13,
        of=recognised,
        why_none=say("nobody was active, or no endorsement is recorded"),
        good=0.5,
    ),
    Measure(
        slug="mingling",
        name=say("New and old together"),
        definition=say(
            "Of the live sessions and threads in which several took part, the share in which somebody who came "
            "less than 90 days ago met somebody who came a year ago or earlier."
        ),
        unit="share",
        weeks=13,
        of=mingling,
        why_none=say("no live session or thread had several members, or the community is younger than a year"),
        good=0.3,
    ),
)
