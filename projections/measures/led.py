"""Who leads: sessions and who led them, how the work rotates, and who could be next."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from projections.fold.spans import span_at
from projections.fold.terms import DAY, roles_of
from projections.leading.burden import LED_AT, YOUNG
from projections.leading.deeds import LATELY, LEADS, LONG_AGO
from projections.leading.leaders import eligible
from projections.measures.measure import CellUnit, Measure, Part, Person, Table, Value, rounded, share
from schemas import counted, decimal, marked, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from projections.fold.holds import Derived
    from projections.fold.people import Account
    from projections.measures.record import Session
    from projections.measures.scene import Scene, Span
    from projections.measures.sheet import Shape

_MONTHS = 12
_LOAD: tuple[tuple[str, CellUnit], ...] = (
    ("", "text"),
    (say("Live sessions"), "count"),
    (say("Told who led"), "count"),
    (say("Members who led"), "count"),
    (say("Most by one, a week"), "number"),
    (say("Of all leading"), "share"),
)
_PIPELINE: tuple[tuple[str, CellUnit], ...] = (
    (say("Role"), "text"),
    (say("Ready"), "count"),
    (say("Nearly ready"), "count"),
    (say("Holding"), "count"),
    (say("Term ends soon"), "count"),
    (say("Overdue"), "count"),
    (say("Empty seats"), "count"),
)


class Led(NamedTuple):
    """A live session of which it is told who led it."""

    session: Session
    by: frozenset[int]


def led(scene: Scene, span: Span) -> list[Led]:
    """Return the sessions of a stretch with who led each: who facilitated or organised, else who spoke."""
    found = ((session, _leads(session)) for session in scene.sessions(span))
    return [Led(session, by) for session, by in found if by]


def _leads(session: Session) -> frozenset[int]:
    first = frozenset(who for who, role in session.seats.items() if role in LEADS)
    return first or frozenset(who for who, role in session.seats.items() if role == "speaker")


# Rotation and load


def facilitation(scene: Scene, span: Span) -> Value:
    """Return how often a session was led by somebody who had not led the one before it in its series."""
    last: dict[str, frozenset[int]] = {}
    turns, others = 0, 0
    for session, by in led(scene, span):
        series = session.shape.get("series")
        if series in last:
            turns += 1
            others += bool(by - last[series])
        last[series] = by
    return Value(share(others, turns), turns)


def _loads(scene: Scene, span: Span) -> list[tuple[int, int]]:
    return Counter(who for one in led(scene, span) for who in one.by).most_common()


def _spread(scene: Scene, span: Span) -> Table:
    loads, weeks = _loads(scene, span), (span.until - span.since) / (7 * DAY)
    total = sum(number for _, number in loads)
    most = loads[0][1] if loads else 0
    row: list[object] = [say("In 13 weeks"), len(scene.sessions(span)), len(led(scene, span)), len(loads)]
    return Table(_LOAD, [[*row, round(most / weeks, 2), rounded(share(most, total))]])


def _carrying(scene: Scene, span: Span) -> Iterable[Person]:
    weeks = (span.until - span.since) / (7 * DAY)
    for who, number in _loads(scene, span):
        yield (
            scene.record.account(who),
            say(
                "led %(sessions)s, %(rate)s a week",
                sessions=counted(number, "session", "sessions"),
                rate=decimal(number / weeks),
            ),
        )


def dominance(scene: Scene, span: Span) -> Value:
    """Return the share of the works that were shared by those who lead: who led a session, or held a role."""
    leaders = {who for one in led(scene, span) for who in one.by} | holders(scene, span.until)
    if not leaders:
        return Value(None, 0)
    authors = [act.who for act in scene.acts(span) if act.shape.kind == "contribution"]
    return Value(share(sum(who in leaders for who in authors), len(authors)), len(authors))


def holders(scene: Scene, at: int) -> set[int]:
    """Return who held a leader role of the charter just before an instant."""
    roles, number = roles_of(scene.document), scene.account_number
    return {
        number[who]
        for who, derived in _granted(scene, "role").items()
        if who in number and any(span_at(derived.grants.get(("role", role), []), at - 1) for role in roles)
    }


def _granted(scene: Scene, kind: str) -> Mapping[Account, Derived]:
    """Return the members who ever held a grant of a kind."""

    def held(one: Derived) -> bool:
        return any(name == kind and spans for (name, _), spans in one.grants.items())

    return scene.keep(("granted", kind), lambda: {who: one for who, one in scene.people.items() if held(one)})


# Member-led


def member_led(scene: Scene, span: Span) -> Value:
    """Return the share of the sessions that others led than those who always did."""
    sessions, old = led(scene, span), _of_old(scene, span.until)
    return Value(share(sum(bool(one.by - old) for one in sessions), len(sessions)), len(sessions))


def _of_old(scene: Scene, at: int) -> set[int]:
    """Return who has led since the community was young, or for more than a year."""
    dawn = min(scene.record.first.values(), default=at)
    before = max(dawn + YOUNG, at - LONG_AGO)
    early = [one for one in scene.record.sessions if at - LATELY - LONG_AGO <= one.at < min(before, at)]
    found = {who for session in early for who in _leads(session)}
    roles, number = roles_of(scene.document), scene.account_number
    for who, derived in _granted(scene, "role").items():
        spans = [span for role in roles for span in derived.grants.get(("role", role), [])]
        if who in number and spans and min(span[0] for span in spans) < before:
            found.add(number[who])
    return found


def _ready_to_be(scene: Scene, span: Span) -> Iterable[Part]:
    active, at = len(scene.active(span)), int(scene.document.get("targets", {}).get("member_led_at", LED_AT))
    yield Part(
        say("Members"),
        say("Enough are active"),
        None,
        active,
        active >= at,
        say("%(active)s of %(at)s members acted in 13 weeks", active=active, at=at),
    )
    roles = len(roles_of(scene.document))
    some = say("the charter has %(roles)s", roles=counted(roles, "leader role", "leader roles"))
    words = some if roles else say("the charter has no leader role")
    yield Part(say("Charter"), say("There are roles to take"), None, roles, roles > 0, words)


# When they meet


def _live(shape: Shape) -> bool:
    return shape.kind == "attendance" and shape.get("mode") == "sync"


def cadence(scene: Scene, span: Span) -> Value:
    """Return the share of the last twelve whole months in which there was a live session."""
    now = scene.month(span.until)
    began = scene.keep("began", lambda: scene.month(min(scene.record.first.values(), default=scene.at)))
    months = range(max(now - _MONTHS, began), now)
    met = {scene.month(session.at) for session in scene.sessions(scene.span(span.until, 53))}
    told = scene.recorded(span.until, _live)
    return Value(share(sum(month in met for month in months), len(months)) if told else None, len(months))


# Who is next


def pipeline(scene: Scene, span: Span) -> Value:
    """Return how many members are ready for a role they do not hold."""
    roles = roles_of(scene.document)
    ready = {one.account for one in eligible(_granted(scene, "eligible"), roles, span.until - 1)}
    return Value(len(ready) if roles else None, len(scene.members(span.until)))


def _roles(scene: Scene, _span: Span) -> Table:
    told = scene.keep("leading", scene.leading)
    rows: list[list[object]] = []
    for slug, role in roles_of(scene.document).items():
        parts = [
            sum(one["role"] == slug for one in told[part]) for part in ("eligible", "holding", "ending", "overdue")
        ]
        nearly = sum(len(one["nearly"]) for one in told["successors"] if one["role"] == slug)
        empty = sum(one["vacant"] for one in told["vacant"] if one["role"] == slug)
        rows.append([role.name, parts[0], nearly, *parts[1:], empty])
    return Table(_PIPELINE, rows)


def _coming(scene: Scene, _span: Span) -> Iterable[Person]:
    told, names = (
        scene.keep("leading", scene.leading),
        {slug: role.name for slug, role in roles_of(scene.document).items()},
    )
    overdue, ending = marked("%(role)s: term should have ended, %(day)s"), marked("%(role)s: term ends soon, %(day)s")
    for part, words in (("overdue", overdue), ("ending", ending)):
        yield from ((one["account"], say(words, role=_name(names, one), day=_day(one["ends"]))) for one in told[part])
    ready = marked("%(role)s: ready, since %(day)s")
    yield from (
        (one["account"], say(ready, role=_name(names, one), day=_day(one["since"]))) for one in told["eligible"]
    )
    for role in told["successors"]:
        for one in role["nearly"]:
            missing = "; ".join(one["missing"])
            yield (
                one["account"],
                say(
                    "%(role)s: nearly ready (%(percent)s %%); %(missing)s",
                    role=role["name"],
                    percent=one["percent"],
                    missing=missing,
                ),
            )


def _name(names: Mapping[str, str], one: Mapping[str, Any]) -> str:
    return names.get(one["role"], str(one["role"]))


def _day(instant: str | None) -> str:
    return (instant or "")[:10]


MEASURES = (
    Measure(
        slug="facilitation",
        name=say("Rotation of leading"),
        definition=say(
            "Of the live sessions of which it is told who led, the share led by somebody who had not led the "
            "session before it in the same series."
        ),
        unit="share",
        weeks=13,
        of=facilitation,
        why_none=say("no two sessions of one series say who led them (`role: facilitator`)"),
        good=0.5,
        table=_spread,
        people=_carrying,
    ),
    Measure(
        slug="dominance",
        name=say("Said by those who lead"),
        definition=say(
            "Of all works shared in 13 weeks, the share by members who led a session in them or hold a leader "
            "role: to guide is not to dominate."
        ),
        unit="share",
        weeks=13,
        of=dominance,
        why_none=say("nobody led a session or held a role, or nothing was shared"),
        least=True,
        good=0.5,
    ),
    Measure(
        slug="member_led",
        name=say("Led by members"),
        definition=say(
            "Of the live sessions of which it is told who led, the share led by others than those who have led "
            "for over a year or since the community's first 90 days."
        ),
        unit="share",
        weeks=13,
        of=member_led,
        why_none=say("no session says who led it (`role: facilitator`)"),
        good=0.5,
        aim="member_led_share",
        parts=_ready_to_be,
    ),
    Measure(
        slug="cadence",
        name=say("Months with a live session"),
        definition=say(
            "The share of the last twelve whole months, or of those since the community began, in which there "
            "was a live session."
        ),
        unit="share",
        weeks=52,
        of=cadence,
        why_none=say("no live session is recorded, or the first month is not over"),
        good=0.9,
    ),
    Measure(
        slug="pipeline",
        name=say("Ready to lead"),
        definition=say("How many members are ready, by the charter's rules, for a leader role that they do not hold."),
        unit="count",
        weeks=1,
        of=pipeline,
        why_none=say("the charter has no leader roles"),
        table=_roles,
        people=_coming,
    ),
)
