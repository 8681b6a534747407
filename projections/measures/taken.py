"""What moderation has taken away: works that are hidden or removed, and what the members of a ring said of one another.

As in the fold of standings, a case whose last word takes away does so on every day, until another gives it back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from projections.measures.sheet import NOBODY, NONE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from projections.measures.sheet import Sheet

_WORDS = {"hidden": True, "removed": True, "restored": False, "dismissed": False}


class Taken(NamedTuple):
    """The items that were taken away, and the members of each ring."""

    items: frozenset[int]
    rings: tuple[frozenset[int], ...]

    def voice(self, by: int, of: int) -> bool:
        """Return whether what one member said of another counts for nothing."""
        return any(by in ring and of in ring for ring in self.rings)


def taken(sheet: Sheet, rows: Iterable[int], who: Callable[[int], int]) -> Taken:
    """Return what is taken away by the rows of moderation, in order of time; `who` tells whom a row names."""
    last: dict[int, bool] = {}
    items: dict[int, set[int]] = {}
    members: dict[int, set[int]] = {}
    for row in rows:
        case, action = sheet.on[row], sheet.shapes[sheet.shape[row]].get("action")
        last[case] = _WORDS.get(action, last.get(case, False))
        items.setdefault(case, set()).add(sheet.under[row])
        members.setdefault(case, set()).add(who(row))
    takes = [case for case, away in last.items() if away]
    rings = [frozenset(members[case] - {NOBODY}) for case in takes]
    gone = {item for case in takes for item in items[case]} - {NONE}
    return Taken(frozenset(gone), tuple(ring for ring in rings if len(ring) > 1))
