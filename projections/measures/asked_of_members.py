"""What members answered when they were asked: polls, and what they say of themselves before and after."""

from __future__ import annotations

from collections import Counter, defaultdict
from statistics import fmean
from typing import TYPE_CHECKING, NamedTuple

from projections.measures.measure import Measure, Reference, Table, Value, rounded, share
from projections.measures.sheet import NOBODY
from schemas import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from projections.measures.scene import Scene, Span

POLL = "poll"
"""How the names of metrics begin that count answers to a poll: `value` answered of `asked`."""


def poll_response(scene: Scene, span: Span) -> Value:
    """Return how many of those who were asked answered, over all polls that were counted in the stretch."""
    counts = list(_polls(scene, span))
    asked = sum(many for _, many in counts)
    return Value(share(sum(answered for answered, _ in counts), asked), asked)


def _polls(scene: Scene, span: Span) -> Iterator[tuple[float, int]]:
    """Yield each count of answers with how many were asked; of a running total the last alone."""
    sheet, totals = scene.record.sheet, dict[int, tuple[float, int]]()
    for row in scene.record.others["metric"]:
        if span.since <= sheet.at[row] < span.until and sheet.more[row][1]:
            shape = sheet.shapes[sheet.shape[row]]
            if shape.get("metric").startswith(POLL):
                if shape.get("window") == "total":
                    totals[sheet.on[row]] = sheet.more[row]
                else:
                    yield sheet.more[row]
    yield from totals.values()


Question = tuple[str, str, str]  # its instrument, and its construct or, where it has none, its item's token


class Pair(NamedTuple):
    """One member's answers to one question of one instrument, before and after."""

    question: Question
    before: float
    after: float
    at: int  # µs, of the second


def pairs(scene: Scene, span: Span) -> list[Pair]:
    """Return the pairs whose second answer falls in the stretch: the first given before, the last given after it."""
    found: dict[tuple[int, Question], Pair] = {}
    for who, pair in scene.keep("pairs", lambda: list(_pairs(scene))):
        if pair.at < span.until:
            found[who, pair.question] = pair
    return [pair for pair in found.values() if pair.at >= span.since]


def _pairs(scene: Scene) -> Iterator[tuple[int, Pair]]:
    """Yield every answer that was given after, with what its giver had said before, in order of time."""
    record, sheet = scene.record, scene.record.sheet
    before: dict[tuple[int, Question], float] = {}
    for row in record.others["response"]:
        shape, who = sheet.shapes[sheet.shape[row]], record.who(row)
        for answered, value in sheet.more.get(row, ()) if who != NOBODY else ():
            question = (shape.get("instrument"), *answered)
            if shape.get("phase") == "pre":
                before.setdefault((who, question), value)
            elif shape.get("phase") == "post" and (who, question) in before:
                yield who, Pair(question, before[who, question], value, sheet.at[row])


def pre_post_gain(scene: Scene, span: Span) -> Value:
    """Return by how much answers rose: of each question the mean after over the mean before, weighed by pairs."""
    found = pairs(scene, span)
    gains = [(gain, len(some)) for some in _by_question(found).values() if (gain := _gain(some)) is not None]
    n = sum(weight for _, weight in gains)
    return Value(share(sum(gain * weight for gain, weight in gains), n), n)


def _by_question(found: list[Pair]) -> dict[Question, list[Pair]]:
    questions: defaultdict[Question, list[Pair]] = defaultdict(list)
    for pair in found:
        questions[pair.question].append(pair)
    return dict(sorted(questions.items()))


def _gain(some: list[Pair]) -> float | None:
    before, after = sum(pair.before for pair in some), sum(pair.after for pair in some)
    return after / before - 1 if before > 0 else None


def _questions(scene: Scene, span: Span) -> Table:
    rows: list[list[object]] = []
    unnamed: Counter[str] = Counter()
    for (form, construct, _), some in _by_question(pairs(scene, span)).items():
        unnamed[form] += not construct
        name = construct or f"question {unnamed[form]}"
        before, after = (round(fmean(one), 2) for one in _sides(some))
        rows.append([f"{form}: {name}", len(some), before, after, rounded(_gain(some))])
    return Table(
        (
            (say("Question"), "text"),
            (say("Pairs"), "count"),
            (say("Before"), "number"),
            (say("After"), "number"),
            (say("Gain"), "share"),
        ),
        rows,
    )


def _sides(some: list[Pair]) -> tuple[list[float], list[float]]:
    return [pair.before for pair in some], [pair.after for pair in some]


MEASURES = (
    Measure(
        slug="poll_response",
        name=say("Answers to polls"),
        definition=say(
            "Of those who were asked in the polls of the last 13 weeks, the share who answered (metrics whose "
            "name begins with poll and that say how many were asked)."
        ),
        unit="share",
        weeks=13,
        of=poll_response,
        why_none=say("no poll said how many were asked"),
        reference=Reference(0.4, say("40 %% is given as an aim, without citation, in guides to communities")),
    ),
    Measure(
        slug="pre_post_gain",
        name=say("Gain from before to after"),
        definition=say(
            "By how much members' answers to the same question of the same form rose from before to after; only "
            "members who answered both times."
        ),
        unit="share",
        weeks=52,
        of=pre_post_gain,
        why_none=say("nobody answered the same question before and after"),
        reference=Reference(0.4, say("gains of 40 %% are claimed of mature communities, without citation, in guides")),
        table=_questions,
    ),
)
