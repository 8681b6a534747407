"""Looks for alarms now and then, one community after another, so that a monitor can be told how many there are."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

from ledger import LedgerError, LedgerUnavailableError
from projections import ALARMS, ProjectionError, alarms_of

if TYPE_CHECKING:
    from ledger import Book
    from projections import Views

PAUSE = 5.0  # seconds between two communities
AGAIN = 6 * 3600.0  # seconds until a community is looked at again


class AlarmWatch:
    """Keeps in mind how many alarms each community had when it was looked at last."""

    def __init__(self, book: Book, views: Views) -> None:
        self._book = book
        self._views = views
        self._looked: dict[str, float] = {}  # monotonic seconds
        self._found: dict[str, Counter[str]] = {}

    def run_once(self) -> int:
        """Look at the community that was not looked at for longest, if that is long enough ago; return 0: no haste."""
        now = time.monotonic()
        names = [one.slug for one in self._book.communities()]
        for gone in self._looked.keys() - names:
            del self._looked[gone]
            self._found.pop(gone, None)
        due = [name for name in names if self._looked.get(name, now - AGAIN) <= now - AGAIN]
        if due:
            self._look(min(due, key=lambda name: self._looked.get(name, -AGAIN)))
        return 0

    def _look(self, community: str) -> None:
        self._looked[community] = time.monotonic()
        try:
            found = alarms_of(self._book, self._views, community, at=time.time_ns() // 1_000)
        except LedgerUnavailableError:
            del self._looked[community]
            raise
        except (LedgerError, ProjectionError):
            return  # it cannot be read or judged, which the followers say
        self._found[community] = Counter(alarm.alarm for alarm in found)

    def of(self, community: str) -> Counter[str]:
        """Return how many alarms of each kind stood in a community when it was last looked at."""
        return Counter(self._found.get(community, ()))

    def counts(self) -> dict[str, int]:
        """Return how many alarms of each kind stood when the communities were last looked at."""
        return {kind: sum(found[kind] for found in tuple(self._found.values())) for kind in ALARMS}
