"""Whose work no rule sees: recorded acts that nothing in the charter counts, by kind and by person."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from projections.charters.language import Leaf
from projections.fold.entries import predicate
from projections.measures.called import called
from projections.measures.measure import Measure, Person, Table, Value, share
from projections.measures.sheet import WORDS
from schemas import marked, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from projections.charters.language import Group
    from projections.measures.record import Act
    from projections.measures.scene import Scene, Span
    from projections.measures.sheet import Shape

_FACTS = {"endorsement": "endorsement_given"}
_AS_COUNTED = {"attendance": {"state": "attended"}}  # whatever her first word about the session was
_MANY = 5  # acts, of which most are unseen, before somebody is named


def coverage(scene: Scene, span: Span) -> Value:
    """Return the share of what was done in a year that no rule of the charter counts."""
    at, unseen = scene.keep("unseen", lambda: _running(scene))
    start, end = (bisect_left(at, instant) for instant in span)
    return Value(share(unseen[end] - unseen[start], end - start), end - start)


def _running(scene: Scene) -> tuple[list[int], list[int]]:
    """Return when something was done, and how much of all before each is unseen."""
    acts = [act for act in scene.recent if _is_work(act)]
    unseen = accumulate((not _seen(scene, act) for act in acts), initial=0)
    return [act.at for act in acts], list(unseen)


def _is_work(act: Act) -> bool:
    return act.shape.words.get("strength") != "reaction"


def _work(scene: Scene, span: Span) -> list[Act]:
    """Return what was done in a stretch; a reaction is a click, and no work."""
    return [act for act in scene.acts(span) if _is_work(act)]


def _seen(scene: Scene, act: Act) -> bool:
    known: dict[Shape, bool] = scene.keep("seen shapes", dict)
    key = act.shape
    if key not in known:
        leaves = scene.keep("counting", lambda: list(_counting(scene)))
        known[key] = any(_counts(leaf, act.shape) for leaf in leaves)
    return known[key]


def _counting(scene: Scene) -> Iterator[Leaf]:
    """Yield the leaves that count something in a member's favour, of every rule in force."""
    for rule in scene.charter.rules:
        yield from _favours(rule.root)


def _favours(node: Group | Leaf) -> Iterator[Leaf]:
    if isinstance(node, Leaf):
        yield node
    elif node.op != "none":
        for below in node.of:
            yield from _favours(below)


def _counts(leaf: Leaf, shape: Shape) -> bool:
    """Return whether a leaf counts acts of a shape. What stands in no word of it (a length, a person) may be met."""
    if leaf.fact != _FACTS.get(shape.kind, shape.kind):
        return False
    known = tuple(test for test in leaf.where if test.field in WORDS[shape.kind])
    return predicate(known)({**shape.words, **_AS_COUNTED.get(shape.kind, {})})


def _kind(act: Act) -> tuple[str, ...]:
    shape = act.shape
    if shape.kind == "contribution":
        return (shape.get("kind"),)
    if shape.kind == "attendance":
        role = shape.get("role", "attendee")
        return ("attendance",) if role == "attendee" else ("attendance", role)
    more = {"endorsement": "strength", "impact": "kind"}.get(shape.kind)
    return (shape.kind,) if more is None else (shape.kind, shape.get(more))


_CLOSER = {
    "attendance": marked("attendance as %(what)s"),
    "endorsement": marked("endorsing (%(what)s)"),
    "impact": marked("story (%(what)s)"),
}


def _named(kind: str, what: str = "") -> str:
    return say(_CLOSER[kind], what=called(what)) if what else called(kind)


def _kinds(scene: Scene, span: Span) -> Table:
    acts, unseen = Counter[tuple[str, ...]](), Counter[tuple[str, ...]]()
    for act in _work(scene, span):
        acts[_kind(act)] += 1
        unseen[_kind(act)] += not _seen(scene, act)
    rows: list[list[Any]] = [
        [_named(*kind), number, unseen[kind], round(unseen[kind] / number, 4)] for kind, number in acts.most_common()
    ]
    rows.sort(key=lambda row: -row[2])
    return Table(
        (
            (say("What was done"), "text"),
            (say("How often"), "count"),
            (say("Unseen"), "count"),
            (say("Share unseen"), "share"),
        ),
        rows,
    )


def _people(scene: Scene, span: Span) -> Iterable[Person]:
    """Return whose work is mostly unseen, who did most of it first."""
    acts, unseen = Counter[int](), Counter[int]()
    most: dict[int, Counter[tuple[str, ...]]] = {}
    for act in _work(scene, span):
        acts[act.who] += 1
        if not _seen(scene, act):
            unseen[act.who] += 1
            most.setdefault(act.who, Counter())[_kind(act)] += 1
    for who, number in sorted(unseen.items(), key=lambda one: (-one[1], one[0])):
        if number >= _MANY and 2 * number > acts[who]:
            ((kind, _),) = most[who].most_common(1)
            yield (
                scene.record.account(who),
                say(
                    "%(number)s of %(all)s things she did are seen by no rule, mostly %(kind)s",
                    number=number,
                    all=acts[who],
                    kind=_named(*kind),
                ),
            )


MEASURES = (
    Measure(
        slug="coverage",
        name=say("Seen by no rule"),
        definition=say(
            "Of all that was done in a year, the share that no rule of the charter counts in anybody's favour, "
            "apart from days of activity, which say only that something was done. Reactions are left out."
        ),
        unit="share",
        weeks=52,
        of=coverage,
        why_none=say("nothing was done"),
        least=True,
        table=_kinds,
        people=_people,
    ),
)
