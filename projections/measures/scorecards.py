"""Scorecards: the three elements a community is made of, and the eight things that let one last.

Each line stands on a named measure, held against the charter's target or, where it sets none, against a line of ours.
"""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from projections.measures import asked_of_members, care, connecting, conversing, impact, led, taking_part
from projections.measures.measure import Measure, Part, Value, rounded, share
from schemas import decimal, marked, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from projections.measures.scene import Scene, Span

_BY_SLUG = {
    one.slug: one
    for module in (taking_part, asked_of_members, conversing, connecting, impact, led, care)
    for one in module.MEASURES
}
_ELEMENTS = (
    (say("Domain"), ("focus",)),
    (say("Community"), ("weekly_active", "connections", "isolated", "newcomers_answered")),
    (say("Practice"), ("doing", "creation", "practice_changed", "reuse")),
)
_FACTORS = (
    (say("Strong facilitation"), ("dominance", "facilitation")),
    (say("Regular events"), ("cadence",)),
    (say("Diverse membership"), ("mingling",)),
    (say("Active moderation"), ("tending",)),
    (say("A clear value proposition"), ("first_answer_hours",)),
    (say("Feedback loops"), ("poll_response", "session_feedback")),
    (say("Recognition"), ("recognised",)),
)


def elements(scene: Scene, span: Span) -> Iterator[Part]:
    """Yield the lines of domain, community and practice."""
    for element, slugs in _ELEMENTS:
        if element == "Domain":
            yield from _domain(scene, element)
        yield from (_line(scene, span, element, slug) for slug in slugs)


def factors(scene: Scene, span: Span) -> Iterator[Part]:
    """Yield the lines of the eight success factors."""
    for factor, slugs in _FACTORS:
        if factor.startswith("A clear"):
            yield next(_domain(scene, factor))
        yield from (_line(scene, span, factor, slug) for slug in slugs)
    words = say(
        "nothing recorded tells; `guildbook export` takes a community elsewhere whole, levels and badges with it"
    )
    yield Part(say("Technology that scales"), say("It can move as it grows"), None, None, None, words)


_BOUNDS = {
    (True, False): marked("%(value)s, wanted at least %(line)s (the charter's)"),
    (True, True): marked("%(value)s, wanted at most %(line)s (the charter's)"),
    (False, False): marked("%(value)s, wanted at least %(line)s (ours)"),
    (False, True): marked("%(value)s, wanted at most %(line)s (ours)"),
}
"""What is said of a line: whether the charter set it, and whether less is better."""


def _line(scene: Scene, span: Span, part: str, slug: str) -> Part:
    one = _BY_SLUG[slug]
    value, target = one.at(scene, span.until).value, one.target(scene.document.get("targets", {}))
    line = next(bound for bound in (target, one.good, one.reference and one.reference.value) if bound is not None)
    words = one.why_none
    if value is not None:
        bound = _BOUNDS[target is not None, one.least]
        words = say(bound, value=_said(value, one.unit), line=_said(line, one.unit))
    return Part(part, one.name, slug, rounded(value), one.met(value, line), words)


def _said(value: float, unit: str) -> str:
    if unit == "share":
        return say("%(number)s %%", number=decimal(100 * value, 0))
    return say("%(number)s hours", number=decimal(value)) if unit == "hours" else f"{value:.3g}"


def _domain(scene: Scene, part: str) -> Iterator[Part]:
    domain = scene.document.get("domain", {})
    said = bool(domain.get("statement")) and bool(domain.get("call_to_action"))
    has, lacks = say("a statement and a call to action"), say("the charter lacks a statement or a call to action")
    words = has if said else lacks
    yield Part(part, say("The charter says what it is for"), None, float(said), said, words)
    outcomes = {one["outcome"] for one in scene.document.get("outcomes", ())}
    shown = outcomes & {one["outcome"] for one in scene.document.get("evidence", ())}
    found = share(len(shown), len(outcomes))
    words = say("%(shown)s of %(all)s outcomes", shown=len(shown), all=len(outcomes))
    words = words if outcomes else say("the charter names no outcomes")
    yield Part(part, say("Outcomes say what shows them"), None, found, found == 1, words)


def _weakest(scene: Scene, span: Span) -> Value:
    """Return the share of lines that hold in the element where fewest do: a community rests on all three."""
    shares = [found for _, found in _shares(elements(scene, span))]
    return Value(min(shares, default=None), len(shares))


def _holding(scene: Scene, span: Span) -> Value:
    """Return the share of the factors of which every line that can be told holds."""
    shares = [found for _, found in _shares(factors(scene, span))]
    return Value(share(sum(found == 1 for found in shares), len(shares)), len(shares))


def _shares(parts: Iterable[Part]) -> Iterator[tuple[str, float]]:
    """Yield the parts of which something can be told, with the share of their lines that hold."""
    for part, lines in groupby(parts, key=attrgetter("part")):
        told = [line.met for line in lines if line.met is not None]
        if told:
            yield part, sum(told) / len(told)


MEASURES = (
    Measure(
        slug="elements",
        name=say("Domain, community, practice"),
        definition=say(
            "Of the three elements of a community of practice the one with the fewest lines that hold, and the "
            "share of its lines that do. Lines are the charter's targets, else ours."
        ),
        unit="share",
        weeks=1,
        of=_weakest,
        why_none=say("nothing can be told of any of them"),
        parts=elements,
    ),
    Measure(
        slug="success_factors",
        name=say("Eight factors of success"),
        definition=say(
            "Of the eight factors that guides to communities name, the share of which every line that can be "
            "told holds. Lines are the charter's targets, else ours."
        ),
        unit="share",
        weeks=1,
        of=_holding,
        why_none=say("nothing can be told of any of them"),
        parts=factors,
    ),
)
