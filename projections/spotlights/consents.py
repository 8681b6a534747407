"""What members allow. The latest word of each purpose wins; without one, nothing is allowed and nothing refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from projections.spotlights.happened import Said

Word = Literal["granted", "withdrawn", "unsaid"]

NAMING = "spotlight"
"""The purpose under which somebody may be named where others read."""
REFUSALS = ("processing", "profile", "spotlight")
"""The purposes of which any that she took back means that she is left alone: nothing is sent to her."""


def word(told: Iterable[Said], purpose: str, at: int, stands: Callable[[str], bool]) -> Word:
    """Return a member's last word on a purpose at an instant (µs), of all her accounts; one that ended is withdrawn."""
    mine = [one for one in told if one.purpose == purpose and one.at <= at and stands(one.stream)]
    if not mine:
        return "unsaid"
    last = max(mine, key=lambda one: (one.at, one.stream))
    ended = last.until is not None and last.until <= at
    return "granted" if last.granted and not ended else "withdrawn"


def left_alone(told: Iterable[Said], at: int, stands: Callable[[str], bool]) -> bool:
    """Return whether a member took back what sending her anything rests on."""
    known = list(told)
    return any(word(known, purpose, at, stands) == "withdrawn" for purpose in REFUSALS)
