"""A community's measures as they are asked for: of today, of another day, or as another day knew them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from projections.leading import picture
from projections.leading.deeds import Deeds
from projections.measures.kept import Sheets
from projections.measures.scene import Scene
from projections.measures.told import chosen, told

if TYPE_CHECKING:
    from collections.abc import Callable

    from ledger import Book
    from projections.asked.folds import Folds
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

        `leading`: who leads and who is ready by what is known now; who is nearly ready is not told of another time.
        Raises `UnknownMeasureError`. Blocks while facts are read for the first time.
        """
        asked = chosen(measure)
        if known_at is None:
            scene = self._now(community, at, weeks, leading)
        else:
            scene = self._then(community, at, known_at, weeks)
        members, known = len(scene.members(at + 1)), scene.record.position
        return {"community": community, "position": known, "members": members, "measures": told(scene, asked)}

    def _now(self, community: str, at: int, weeks: int, leading: Callable[[], Answer]) -> Scene:
        known = self._views.position(community)
        return Scene(
            record=self._sheets.record(community, known),
            charter=self._folds.charter(community),
            people={row.member: row.derived for row in self._folds.rows(community, known)},
            leading=leading,
            at=at,
            weeks=weeks,
        )

    def _then(self, community: str, at: int, known_at: int, weeks: int) -> Scene:
        """Return the community as it was known at an instant (µs), under the charter that was in force then."""
        known = self._book.position_at(community, known_at)
        state, charter = self._folds.replay(community, known), self._folds.charter_then(community, known, known_at)
        record, people = self._sheets.record(community, known), state.derived

        def leading() -> Answer:
            accounts = {who: state.history.people.accounts(who) for who in people}
            return picture.picture(
                picture.Scene(people=people, accounts=accounts, charter=charter, deeds=Deeds(at), at=at)
            )

        return Scene(record=record, charter=charter, people=people, leading=leading, at=at, weeks=weeks)
