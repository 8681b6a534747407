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


SINGLE = ("profile", "credential")
"""The purposes whose words may each be about one thing: one that names a source says nothing of the others."""


def word(told: Iterable[Said], purpose: str, at: int, stands: Callable[[str], bool], about: str | None = None) -> Word:
    """Return a member's last word on a purpose at an instant (µs), of all her accounts; one that ended is withdrawn.

    `about`: the token of a source. Then only what names it allows anything, and what names none can take it back, too.
    """
    mine = [
        one for one in told if one.purpose == purpose and one.at <= at and _bears(one, about) and stands(one.stream)
    ]
    if not mine:
        return "unsaid"
    last = max(mine, key=lambda one: (one.at, one.stream))
    ended = last.until is not None and last.until <= at
    return "granted" if last.granted and not ended else "withdrawn"


def _bears(one: Said, about: str | None) -> bool:
    """Return whether a word is one on a source; without one, on the purpose as a whole."""
    if about is None:
        return not one.about or one.purpose not in SINGLE
    return one.about == about or not (one.about or one.granted)


def left_alone(told: Iterable[Said], at: int, stands: Callable[[str], bool]) -> bool:
    """Return whether a member took back what sending her anything rests on."""
    known = list(told)
    return any(word(known, purpose, at, stands) == "withdrawn" for purpose in REFUSALS)
