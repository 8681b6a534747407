"""What members say to each other: how much, who is answered and how soon, and what goes on after a session."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from projections.measures.called import called
from projections.measures.measure import Measure, Table, Value, share
from projections.measures.record import CALLS
from schemas import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from projections.measures.record import Act
    from projections.measures.scene import Scene, Span
    from projections.measures.sheet import Shape

DAY = 86_400_000_000  # µs
_HOUR = DAY // 24
PATIENCE = 7 * DAY
"""In which a newcomer should have an answer, and in which what was said live goes on in writing."""
_SAID = ("post", "reply", "answer")


def conversation(scene: Scene, span: Span) -> Value:
    """Return how many posts, replies and answers there were in the week, and by how many members."""
    words = scene.shapes(_says)
    said = [act for act in scene.acts(span) if act.shape in words]
    told = scene.recorded(span.until, _says)
    return Value(len(said) if told else None, len({act.who for act in said}))


def _says(shape: Shape) -> bool:
    return shape.kind == "contribution" and shape.get("kind") in _SAID


def _works(shape: Shape) -> bool:
    return shape.kind == "contribution"


def _kinds(scene: Scene, span: Span) -> Table:
    said = Counter(_kind(act) for act in scene.acts(span))
    return Table(((say("Kind"), "text"), (say("In the week"), "count")), [[called(kind), said[kind]] for kind in _SAID])


def _kind(act: Act) -> str:
    return act.shape.get("kind") if act.shape.kind == "contribution" else ""


# Who is answered


class Call(NamedTuple):
    """A work that calls for an answer, whether it is its author's first, and when another first answered it (µs)."""

    work: Act
    first: bool
    answered: int | None


def calls(scene: Scene, span: Span) -> list[Call]:
    """Return the works of a stretch that call for an answer, in order of time; answers up to the moment asked about.

    An answer is a reply, an answer or a review in its thread or about it, or an endorsement of it in words.
    """
    found = scene.keep("calls", lambda: _calls(scene))
    start, end = (bisect_left(found, at, key=lambda call: call.work.at) for at in span)
    return found[start:end]


def _calls(scene: Scene) -> list[Call]:
    acts = scene.recent
    answers: defaultdict[int, list[Act]] = defaultdict(list)
    for act in acts:
        for what in _answers(act):
            answers[what].append(act)
    return [
        Call(act, act.at == scene.record.first_calls.get(act.who), _answered(act, answers))
        for act in acts
        if _kind(act) in CALLS
    ]


def _answers(act: Act) -> Iterator[int]:
    """Yield what an act may answer: a thread, or an item."""
    if act.shape.kind == "endorsement":
        if act.shape.get("strength") != "reaction" and act.on:
            yield act.on
    elif _kind(act) in ("post", "reply", "answer", "review"):
        yield from {act.under, act.about} - {0, act.on}


def _answered(work: Act, answers: defaultdict[int, list[Act]]) -> int | None:
    beginning = {work.on, work.under if _kind(work) == "post" else 0} - {0}
    found = (act.at for what in beginning for act in answers.get(what, ()) if act.who != work.who and act.at >= work.at)
    return min(found, default=None)


def newcomers_answered(scene: Scene, span: Span) -> Value:
    """Return of how many newcomers the first work was answered within seven days; who still waits is not counted."""
    first = [call for call in calls(scene, span) if call.first]
    told = [call for call in first if _in_time(call, span.until) or call.work.at + PATIENCE < span.until]
    return Value(share(sum(_in_time(call, span.until) for call in told), len(told)), len(told))


def _in_time(call: Call, until: int) -> bool:
    return call.answered is not None and call.answered <= call.work.at + PATIENCE and call.answered < until


def first_answer_hours(scene: Scene, span: Span) -> Value:
    """Return the median of hours until a post had its first answer, of those that were answered."""
    hours = [
        (call.answered - call.work.at) / _HOUR
        for call in calls(scene, span)
        if _kind(call.work) == "post" and call.answered is not None and call.answered < span.until
    ]
    return Value(median(hours) if hours else None, len(hours))


# From live to written


def carry_over(scene: Scene, span: Span) -> Value:
    """Return after how many attendances of a live session she shared something in writing within seven days."""
    written: dict[int, list[int]] = scene.keep("written", lambda: _written(scene))
    there = [
        (who, session.at) for session in scene.sessions(scene.span(span.until - PATIENCE, 13)) for who in session.seats
    ]
    went_on = sum(any(at < later <= at + PATIENCE for later in written.get(who, ())) for who, at in there)
    told = scene.recorded(span.until, _works)
    return Value(share(went_on, len(there)) if told else None, len(there))


def _written(scene: Scene) -> dict[int, list[int]]:
    found: defaultdict[int, list[int]] = defaultdict(list)
    for act in scene.recent:
        if act.shape.kind == "contribution":
            found[act.who].append(act.at)
    return dict(found)


# How it wears off

_WEEKS = 12


def novelty(scene: Scene, span: Span) -> Value:
    """Return how much members did in their second four weeks for each act in their first four."""
    came, acts = _new(scene, span)
    early = sum(number for week, number in acts.items() if week < 4)  # noqa: PLR2004  weeks
    late = sum(number for week, number in acts.items() if 4 <= week < 8)  # noqa: PLR2004  weeks
    return Value(share(late, early), came)


def _new(scene: Scene, span: Span) -> tuple[int, Counter[int]]:
    """Return how many members came in a stretch and have had twelve weeks since, and their acts by week."""
    last = span.until - _WEEKS * PATIENCE
    first, known = scene.record.first, scene.keep("first weeks", lambda: _first_weeks(scene))
    came = [who for who in known if span.since <= first[who] <= last]
    acts: Counter[int] = Counter()
    for who in came:
        acts.update(known[who])
    return len(came), acts


def _first_weeks(scene: Scene) -> dict[int, Counter[int]]:
    """Return, for whoever came lately, how much she did in each of her first twelve weeks."""
    first, since = scene.record.first, scene.span(scene.ends[0], 52).since
    found: dict[int, Counter[int]] = {who: Counter() for who, at in first.items() if at >= since}
    for act in scene.recent:
        if act.who in found and (week := (act.at - first[act.who]) // PATIENCE) < _WEEKS:
            found[act.who][week] += 1
    return found


def _weeks(scene: Scene, span: Span) -> Table:
    came, acts = _new(scene, span)
    rows: list[list[object]] = [
        [say("Week %(number)s", number=week + 1), round(acts[week] / came, 2) if came else None]
        for week in range(_WEEKS)
    ]
    return Table(((say("Since she came"), "text"), (say("Acts of a member"), "number")), rows)


MEASURES = (
    Measure(
        slug="conversation",
        name=say("Posts and replies"),
        definition=say(
            "How many posts, replies and answers were written in the week. It says how far the talk reaches, "
            "not whether anybody is better for it."
        ),
        unit="count",
        weeks=1,
        of=conversation,
        why_none=say("no post, reply or answer is recorded"),
        table=_kinds,
    ),
    Measure(
        slug="newcomers_answered",
        name=say("Newcomers answered"),
        definition=say(
            "Of the members who showed something for the first time, the share whom somebody else answered, "
            "reviewed or endorsed in words within seven days."
        ),
        unit="share",
        weeks=13,
        of=newcomers_answered,
        why_none=say("nobody showed anything for the first time"),
        good=0.8,
    ),
    Measure(
        slug="first_answer_hours",
        name=say("Time to the first answer"),
        definition=say(
            "How many hours a post waited for its first answer by somebody else: half of those that were "
            "answered waited no longer."
        ),
        unit="hours",
        weeks=13,
        of=first_answer_hours,
        why_none=say("no post was answered"),
        least=True,
        good=24,
    ),
    Measure(
        slug="carry_over",
        name=say("From live to written"),
        definition=say(
            "Of all attendances of live sessions, the share after which the member shared something in writing "
            "within seven days."
        ),
        unit="share",
        weeks=13,
        of=carry_over,
        why_none=say("nobody attended a live session, or nothing written is recorded"),
        good=0.3,
    ),
    Measure(
        slug="novelty",
        name=say("After the first weeks"),
        definition=say(
            "What members did in weeks five to eight after they came, for each thing they did in weeks one to "
            "four: below 1, the newness wears off."
        ),
        unit="ratio",
        weeks=52,
        of=novelty,
        why_none=say("nobody came within the year and twelve weeks ago"),
        table=_weeks,
    ),
)
