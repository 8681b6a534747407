"""A community's measures as they are asked for: of today, of another day, or as another day knew them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from projections.asked.then import charter_then, leaders_then
from projections.measures.kept import Sheets
from projections.measures.scene import Scene
from projections.measures.told import chosen, told

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ledger import Book
    from projections.asked.folds import Folds
    from projections.fold.holds import Derived
    from projections.fold.people import Account
    from projections.views.views import Views

Answer = dict[str, Any]


class Measured:
    """The measures of a book's communities."""

    def __init__(self, book: Book, views: Views, folds: Folds) -> None:
        self._book = book
        self._views = views
        self._folds = folds
        self._sheets = Sheets(book)

    def told(
        self,
        community: str,
        measure: str | None,
        *,
        at: int,
        known_at: int | None,
        weeks: int,
        leading: Callable[[], Answer],
    ) -> Answer:
        """Return every measure, or one, as they stand at the instant (µs), by what was known at another.

        `leading` gives the leaders' picture of today's knowledge. Raises `UnknownMeasureError`. Blocks while facts are
        read for the first time.
        """
        asked = chosen(measure)
        charter = self._folds.charter(community)
        if known_at is None:
            known = self._views.position(community)
            people: Mapping[Account, Derived] = {row.member: row.derived for row in self._folds.rows(community, known)}
        else:
            known = self._book.position_at(community, known_at)
            state = self._folds.replay(community, known)
            people, charter = state.derived, charter_then(self._book, community, at, known)
            leading = partial(leaders_then, self._book, state, charter, at, community=community, position=known)
        scene = Scene(
            record=self._sheets.record(community, known),
            charter=charter,
            people=people,
            leading=leading,
            at=at,
            weeks=weeks,
        )
        members = len(scene.members(at + 1))
        return {"community": community, "position": known, "members": members, "measures": told(scene, asked)}
