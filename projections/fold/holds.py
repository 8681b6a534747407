"""What a member holds and when: by a rule, as she was assigned, and the highest level of it all."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Any, NamedTuple

from projections.charters.language import AWARD, Grant
from projections.fold.spans import DAWN, DOOM, Spans, Steps, both, held_on, span_at, spliced, value_at
from projections.fold.subjects import Assigned

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from projections.fold.asking import Law, View

_LAST = chr(0x10FFFF)  # sorts behind every token
STAYS = "+"
"""What the times are kept under at which it was met what keeps a rule's grant: the rule's own key, and this."""


class Derived(NamedTuple):
    """A member's timelines: when each rule was met, when each grant held, her level and affiliation over time.

    Of a rule whose grant is kept only the first instant matters, and its span runs on from there.
    """

    rules: dict[str, Spans]
    grants: dict[Grant, Spans]
    levels: Steps
    affiliations: list[tuple[int, str]]
    first: int | None  # when she joined, or first acted (µs)
    last: int | None  # her last act so far
    acts: int
    assigned: list[Assigned]  # in order of time

    def stamp(self, told: dict[str, Any], at: int, fields: Iterable[str]) -> None:
        """Write who she was at the instant (µs) into an endorsement by her, in those of its fields."""
        for field in fields:
            if field == "endorser_level":
                told[field] = value_at(self.levels, at)
            elif field == "endorser_role":
                held = (value for (name, value), spans in self.grants.items() if name == "role" and span_at(spans, at))
                told[field] = tuple(sorted(held))
            elif field == "endorser_affiliation":
                told[field] = self.affiliation(at)

    def affiliation(self, at: int) -> str | None:
        """Return whom she belonged to at the instant (µs), as a token; None: nobody knows."""
        place = bisect_right(self.affiliations, (at, _LAST))
        return self.affiliations[place - 1][1] if place else None


NOBODY = Derived({}, {}, [], [], None, None, 0, [])


def held_by_rule(law: Law, spans: Spans, view: View, before: Mapping[str, Spans], rules: dict[str, Spans]) -> Spans:
    """Return when a rule's grant holds: for good once earned, or while what keeps it goes on, and its grace.

    What it takes is noted in `rules`, unless it hangs on when the grant was earned.
    """
    grace = law.rule.grace
    held = spans
    if grace is not None and law.since_award:
        held = _held_in_turn(law, spans, grace, view)
    elif grace is not None:
        stays: Spans = []
        if law.stays:
            key = f"{law.key}{STAYS}"
            stays = rules[key] = spliced(before.get(key, []), law.stays(view), view.since)
        held = held_on(spans, stays, grace)
    return held if law.until >= DOOM else both(held, [(DAWN, law.until)])


def _held_in_turn(law: Law, spans: Spans, grace: int, view: View) -> Spans:
    """Return when a grant holds that it takes something done since it was earned to keep: one hold after the other."""
    if law.stays is None:
        return held_on(spans, [], grace)
    held: Spans = []
    for start, _ in spans:
        if held and start < held[-1][1]:
            continue
        since = view._replace(grants={**view.grants, AWARD: [(start, DOOM)]}, since=DAWN)
        runs = held_on([span for span in spans if span[0] >= start], law.stays(since), grace)
        held += runs[:1]
    return held


def assigned(at: int, fields: Mapping[str, Any]) -> Assigned:
    """Return an assignment as it was told at an instant (µs)."""
    period = fields.get("period", {})
    what = (fields["kind"], fields["value"], fields["change"])
    return Assigned(at, *what, period.get("start"), period.get("end"), fields.get("counterpart"), fields.get("by"))


def levels(grants: dict[Grant, Spans]) -> Steps:
    """Return the highest level held over time."""
    ladder = sorted((int(value), spans) for (name, value), spans in grants.items() if name == "level")
    turns = sorted({turn for _, spans in ladder for span in spans for turn in span if turn < DOOM})
    steps: Steps = []
    for turn in turns:
        level = max((level for level, spans in ladder if span_at(spans, turn)), default=0)
        if not steps or steps[-1][1] != level:
            steps.append((turn, level))
    return steps
