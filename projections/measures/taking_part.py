"""Who takes part: active weeks, making and taking in, and who stays."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from projections.fold.spans import span_at
from projections.measures.called import called
from projections.measures.measure import Measure, Reference, Table, Value, rounded, share
from schemas import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from projections.measures.measure import CellUnit
    from projections.measures.record import Act
    from projections.measures.scene import Scene, Span
    from projections.measures.sheet import Shape

STAY = 3  # months after the first: whoever acts then has stayed
COHORTS = 12  # months
_MONTHS = 7
_LOOKED_AT = 104  # weeks before the first point


def weekly_active(scene: Scene, span: Span) -> Value:
    """Return the share of the members who did something in the week."""
    members = scene.members(span.until)
    return Value(share(len(scene.active(span)), len(members)), len(members))


# Making, and taking in

_MAKING = frozenset({"contribution", "impact"})
_LEADING = frozenset({"facilitator", "speaker", "organizer", "notetaker"})


def makes(shape: Shape) -> bool:
    """Return whether somebody made something by such an act, or led: neither was there only, nor clicked."""
    return shape.kind in _MAKING or (shape.kind == "attendance" and shape.get("role") in _LEADING)


def creation(scene: Scene, span: Span) -> Value:
    """Return the share of acts that make something, of those that make or take in."""
    found: Counter[str] = Counter()
    for shape, number in Counter(act.shape for act in scene.acts(span)).items():
        found[_side(shape)] += number
    whole = found["made"] + found["taken in"]
    both = found["made"] and found["taken in"]
    return Value(share(found["made"], whole) if both else None, whole)


def _side(shape: Shape) -> str:
    if makes(shape):
        return say("made")
    reacted = shape.kind == "endorsement" and shape.get("strength") == "reaction"
    return say("taken in") if shape.kind == "attendance" or reacted else ""


def _sides(scene: Scene, span: Span) -> Table:
    found = Counter((_side(act.shape), _what(act)) for act in scene.acts(span))
    rows = [[_named(*what), side, number] for (side, what), number in found.most_common() if side]
    return Table(((say("What"), "text"), (say("Made or taken in"), "text"), (say("How often"), "count")), rows)


def _what(act: Act) -> tuple[str, ...]:
    shape = act.shape
    if shape.kind == "contribution":
        return (shape.get("kind"),)
    if shape.kind == "attendance":
        return shape.get("format", "session"), shape.get("role", "attendee")
    return (shape.kind if shape.kind != "endorsement" else shape.get("strength"),)


def _named(what: str, role: str = "") -> str:
    return say("%(session)s, as %(role)s", session=called(what), role=called(role)) if role else called(what)


def doing(scene: Scene, span: Span) -> Value:
    """Return the share of the active members who made something or led."""
    active = scene.active(span)
    making = scene.shapes(makes)
    made = {act.who for act in scene.acts(span) if act.shape in making} & active
    told = scene.recorded(span.until, makes)
    return Value(share(len(made), len(active)) if told else None, len(active))


# Who stays


def retention(scene: Scene, span: Span) -> Value:
    """Return the share of those who came in the year that ended three whole months ago who acted in their third."""
    last = scene.month(span.until) - STAY - 1
    came = {who: month for who, month in _came(scene, span.until).items() if last - 11 <= month <= last}
    acted = _acted(scene, span.until)
    stayed = sum(acted(who, month + STAY) for who, month in came.items())
    return Value(share(stayed, len(came)), len(came))


def _came(scene: Scene, until: int) -> dict[int, int]:
    """Return the month in which each member came, of all who came before an instant."""
    since = scene.span(scene.ends[0], _LOOKED_AT).since
    firsts = scene.record.first.items()
    late = scene.keep("came", lambda: [(who, at, scene.month(at)) for who, at in firsts if at >= since])
    return {who: month for who, at, month in late if at < until}


def _acted(scene: Scene, until: int) -> Callable[[int, int], bool]:
    """Return what tells whether a member acted in a month before an instant, of the months that measures look at."""

    def made() -> dict[tuple[int, int], int]:
        first: dict[tuple[int, int], int] = {}
        acts = scene.record.acts(scene.span(scene.ends[0], _LOOKED_AT).since, scene.at + 1)
        for act in acts:
            first.setdefault((act.who, scene.month(act.at)), act.at)
        return first

    first = scene.keep("months", made)
    return lambda who, month: first.get((who, month), until) < until


def _cohorts(scene: Scene, span: Span) -> Table:
    """Return, for each month in which members came and each cohort of the charter, how many acted how much later."""
    came, acted, now = _came(scene, span.until), _acted(scene, span.until), scene.month(span.until)
    rows = [
        _row(_month(month), {who: month for who, one in came.items() if one == month}, acted, now)
        for month in range(now - COHORTS, now)
    ]
    number = scene.account_number
    for one in scene.document.get("cohorts", ()):
        inside = {}
        for account, derived in scene.people.items():
            found = span_at(derived.grants.get(("cohort", one["cohort"]), []), span.until)
            if found and account in number:
                inside[number[account]] = scene.month(max(found[0], 0))
        rows.append(_row(one["name"], inside, acted, now))
    months: list[tuple[str, CellUnit]] = [(say("Month %(number)s", number=after), "share") for after in range(_MONTHS)]
    return Table(((say("Came in"), "text"), (say("Members"), "count"), *months), rows)


def _row(name: str, came: dict[int, int], acted: Callable[[int, int], bool], now: int) -> list[object]:
    shares: list[object] = []
    for after in range(_MONTHS):
        told = [who for who, month in came.items() if month + after < now]
        here = sum(acted(who, came[who] + after) for who in told)
        shares.append(rounded(share(here, len(told))))
    return [name, len(came), *shares]


def _month(number: int) -> str:
    return f"{number // 12:04}-{number % 12 + 1:02}"


MEASURES = (
    Measure(
        slug="weekly_active",
        name=say("Active in a week"),
        definition=say(
            "The share of the members who did something in the week: shared, answered, attended, endorsed, "
            "responded or told a story."
        ),
        unit="share",
        weeks=1,
        of=weekly_active,
        why_none=say("nobody was a member yet"),
        reference=Reference(0.3, say("30 %% is claimed of good communities, without citation, in guides to them")),
    ),
    Measure(
        slug="creation",
        name=say("Making beside taking in"),
        definition=say(
            "Of all that members made (works, stories, parts in leading a session) or took in (sessions and "
            "recordings they attended, reactions), the share that was made."
        ),
        unit="share",
        weeks=13,
        of=creation,
        why_none=say("only one of the two, or neither, is recorded"),
        good=0.3,
        table=_sides,
    ),
    Measure(
        slug="doing",
        name=say("Members who do"),
        definition=say(
            "The share of the active members who made something or led, rather than only attended or endorsed."
        ),
        unit="share",
        weeks=13,
        of=doing,
        why_none=say("nobody was active, or no work is recorded"),
        good=0.5,
    ),
    Measure(
        slug="retention",
        name=say("Still here in the third month"),
        definition=say(
            "Of the members who came in a year and have had three whole months since, the share who did "
            "something in the third month after the one they came in."
        ),
        unit="share",
        weeks=52,
        of=retention,
        why_none=say("nobody came long enough ago"),
        good=0.5,
        table=_cohorts,
    ),
)
