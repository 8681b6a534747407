"""The candidates: every rule that is tried, and the one that was chosen of them. Nothing here knows of any outcome."""

from __future__ import annotations

from copy import deepcopy
from itertools import combinations, product
from typing import TYPE_CHECKING, Any

from bench.studies.readings import rule_of
from projections.charters.charter import preset, read_charter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from projections.charters.language import Leaf, Rule

LANDED = {"outcome": ["merged", "accepted", "approved", "published"]}
JUDGED = {"strength": ["review", "attest"]}

MEASURES: dict[str, dict[str, Any]] = {
    "days": {"days": "activity"},
    "people": {"distinct": "endorsee", "of": "endorsement_given", "where": JUDGED},
    "areas": {"distinct": "space", "of": "contribution", "where": LANDED},
}
"""What candidates ask for: steadiness, judging the work of others, breadth of her own."""
NUMBERS = {"days": (5, 8, 12, 20), "people": (3, 5, 8, 12), "areas": (5, 10, 15, 20)}
WINDOWS = (90, 180, 365)  # days
COUNTS: dict[str, dict[str, Any]] = {
    "most commits": {"count": "contribution", "where": LANDED, "within": "365d"},
    "most reviews": {"count": "endorsement_given", "where": JUDGED, "within": "365d"},
}
"""The plain baselines: who did most in the last year."""

CHOSEN = ("any", 90, {"days": 8, "people": 5, "areas": 10})

FORMER: dict[str, Any] = {
    "rule": "maintainer-ready",
    "version": 1,
    "grants": {"eligible": "maintainer"},
    "on_lapse": {"after": "90d", "then": "revoke"},
    "all": [
        {"holds": {"level": 2}},
        {"tenure": "joined", "at_least": "180d"},
        {"count": "contribution", "where": LANDED, "within": "365d", "at_least": 20},
        {"days": "activity", "within": "365d", "at_least": 20},
        {
            "any": [
                {"count": "endorsement_given", "where": JUDGED, "within": "365d", "at_least": 10},
                {
                    "distinct": "endorser",
                    "of": "endorsement",
                    "where": {**JUDGED, "endorser_level": {"at_least": 2}},
                    "within": "365d",
                    "at_least": 3,
                },
            ]
        },
        {"none": [{"open": "moderation"}]},
    ],
}
"""What the preset asked for before this study; it was written from other projects' published ladders."""

Candidate = tuple[str, int, dict[str, int]]
"""A group (`any`, `all`, `two`), the window in days, and what each measure must reach."""


def candidates() -> Iterator[Candidate]:
    """Yield every candidate: one measure; two of them, either or both; three, any or two."""
    for window in WINDOWS:
        for few in (1, 2, 3):
            for names in combinations(MEASURES, few):
                for numbers in product(*(NUMBERS[name] for name in names)):
                    asked = dict(zip(names, numbers, strict=True))
                    yield ("any", window, asked)
                    if few > 1:
                        yield ("all" if few == 2 else "two", window, asked)  # noqa: PLR2004  of two, both


def conditions(candidate: Candidate) -> list[dict[str, Any]]:
    """Return the conditions of a candidate, as a charter writes them."""
    _, window, asked = candidate
    return [{**MEASURES[name], "within": f"{window}d", "at_least": number} for name, number in asked.items()]


def read(candidate: Candidate) -> Rule:
    """Return a candidate as a rule."""
    group, named = candidate[0], conditions(candidate)
    if group == "all":
        return rule_of(*named)
    return rule_of(some={"at_least": 1 if group == "any" else 2, "of": named})


def scaled(candidate: Candidate, by: float, only: str | None = None) -> Candidate:
    """Return a candidate with its numbers, or one of them, multiplied."""
    group, window, asked = candidate
    return (
        group,
        window,
        {name: max(1, round(number * by)) if only in (None, name) else number for name, number in asked.items()},
    )


def without(candidate: Candidate, name: str) -> Candidate:
    """Return a candidate that asks nothing of one measure."""
    group, window, asked = candidate
    return group, window, {other: number for other, number in asked.items() if other != name}


def words(candidate: Candidate) -> str:
    """Return a candidate in a few words."""
    group, window, asked = candidate
    joint = {"any": " or ", "all": " and ", "two": ", "}[group]
    said = joint.join(f"{number} {name}" for name, number in asked.items())
    return f"{'two of: ' if group == 'two' else ''}{said}, in {window} days"


def leaf(document: dict[str, Any]) -> Leaf:
    """Return one condition as a leaf; what it must reach does not matter."""
    return next(rule_of({"at_least": 1, **document}).leaves)


def former() -> dict[str, Any]:
    """Return the preset's charter with the rule that it had before this study."""
    document = deepcopy(read_charter(preset("open-source")))
    rules = [rule for rule in document["rules"] if rule["rule"] != FORMER["rule"]]
    return {**document, "rules": [*rules, FORMER]}
