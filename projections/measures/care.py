"""Who may need a hand: who began and stopped, and whose question nobody has answered."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from projections.measures.conversing import DAY, calls
from projections.measures.measure import Measure, Person, Value, share
from schemas import say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from projections.measures.scene import Scene, Span
    from projections.measures.sheet import Shape

QUIET = 28 * DAY
"""How long nothing is heard of somebody who has begun."""
WAITS = 3 * DAY
"""How long a question waits before somebody is told of it."""


def support(scene: Scene, span: Span) -> Value:
    """Return how many members may need a hand."""
    needing = {*_stopped(scene, span), *_waiting(scene, span)}
    members = scene.members(span.until)
    return Value(len(needing) if members else None, len(members))


def _stopped(scene: Scene, span: Span) -> dict[int, tuple[int, int]]:
    """Return who came in half a year, did something, and nothing for four weeks; with her last act, and how many."""
    last: dict[int, int] = {}
    acts: Counter[int] = Counter()
    for act in scene.acts(span):
        if scene.record.first[act.who] >= span.since:
            last[act.who] = act.at
            acts[act.who] += 1
    members, paused = scene.members(span.until), scene.record.paused(span.until)
    return {
        who: (at, acts[who])
        for who, at in last.items()
        if at < span.until - QUIET and who in members and who not in paused
    }


def _waiting(scene: Scene, span: Span) -> dict[int, int]:
    """Return whose post of the last four weeks had no answer for three days, and since when."""
    lately = type(span)(span.until - QUIET, span.until - WAITS)
    found: dict[int, int] = {}
    for call in calls(scene, lately):
        unanswered = call.answered is None or call.answered >= span.until
        if unanswered and call.work.shape.get("kind") == "post":
            found.setdefault(call.work.who, call.work.at)
    return found


def _people(scene: Scene, span: Span) -> Iterable[Person]:
    """Return them: first whose question waits, the longest first; then who stopped, the latest first."""
    waiting, stopped = _waiting(scene, span), _stopped(scene, span)
    for who, at in sorted(waiting.items(), key=lambda one: one[1]):
        yield scene.record.account(who), say("posted on %(day)s, and nobody has answered", day=scene.date(at))
    for who, (at, acts) in sorted(stopped.items(), key=lambda one: -one[1][0]):
        if who not in waiting:
            came = scene.date(scene.record.first[who])
            did = say("one thing") if acts == 1 else say("%(count)s things", count=acts)
            words = say(
                "came on %(came)s, did %(did)s, and nothing since %(last)s", came=came, did=did, last=scene.date(at)
            )
            yield scene.record.account(who), words


def tending(scene: Scene, span: Span) -> Value:
    """Return in how many of the weeks somebody tended the place: a curation, or a moderator's step."""
    sheet = scene.record.sheet
    curating = scene.shapes(_curates)
    weeks = {scene.week(act.at) for act in scene.acts(span) if act.shape in curating}
    steps = (sheet.at[row] for row in scene.record.others["moderation"])
    weeks |= {scene.week(at) for at in steps if span.since <= at < span.until}
    whole = scene.week(span.until) - scene.week(span.since)
    return Value(share(len(weeks), whole) if weeks else None, whole)


def _curates(shape: Shape) -> bool:
    return shape.kind == "contribution" and shape.get("kind") == "curation"


def session_feedback(scene: Scene, span: Span) -> Value:
    """Return the share of the live sessions after which somebody was asked, and answered."""
    record = scene.record
    answers = scene.keep(
        "session answers",
        lambda: {(record.sheet.on[r], record.sheet.at[r]) for r in record.others["response"] if record.sheet.on[r]},
    )
    asked = {session for session, at in answers if at < span.until}
    sessions = scene.sessions(span)
    told = sum(session.key in asked for session in sessions)
    return Value(share(told, len(sessions)) if asked else None, len(sessions))


MEASURES = (
    Measure(
        slug="support",
        name=say("May need a hand"),
        definition=say(
            "How many members came within half a year, did something and then nothing for four weeks, or wrote "
            "a post in the last four weeks that nobody has answered for three days."
        ),
        unit="count",
        weeks=26,
        of=support,
        why_none=say("nobody was a member yet"),
        least=True,
        people=_people,
    ),
    Measure(
        slug="tending",
        name=say("Weeks in which somebody tended the place"),
        definition=say("The share of weeks in which a resource was curated or pinned, or a moderator took a step."),
        unit="share",
        weeks=13,
        of=tending,
        why_none=say("no curation and no moderation is recorded"),
        good=0.75,
    ),
    Measure(
        slug="session_feedback",
        name=say("Sessions with an answer after them"),
        definition=say("Of the live sessions, the share of which some answer to a question was recorded."),
        unit="share",
        weeks=13,
        of=session_feedback,
        why_none=say("no answer names the session it is about"),
        good=0.5,
    ),
)
