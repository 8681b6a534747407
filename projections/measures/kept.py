"""Sheets and records kept in memory, of the communities that were asked about, and read on from where they are."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING

from projections.measures.record import Record
from projections.measures.sheet import Sheet
from projections.views.worker import pages

if TYPE_CHECKING:
    from ledger import Book

MOST_ROWS = (
    2_000_000  # of all sheets that are kept, about 60 bytes each; the one last asked for is kept whatever its size
)
_RECORDS = 4


class Sheets:
    """The sheets of a book's communities. Read under a lock: two who ask at once read once."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._sheets: OrderedDict[str, Sheet] = OrderedDict()
        self._records: OrderedDict[tuple[str, int], Record] = OrderedDict()
        self._lock = Lock()

    def record(self, community: str, position: int) -> Record:
        """Return a community's record by what is known at a position. Blocks while facts are read, at first for long.

        Of what was recorded before, nothing is read again: an earlier position is a part of the same sheet.
        """
        with self._lock:
            sheet = self._sheet(community, position)
            key = (community, position)
            if key not in self._records:
                self._records[key] = Record(sheet, position)
                while len(self._records) > _RECORDS:
                    self._records.popitem(last=False)
            self._records.move_to_end(key)
            return self._records[key]

    def _sheet(self, community: str, position: int) -> Sheet:
        sheet = self._sheets.setdefault(community, Sheet())
        self._sheets.move_to_end(community)
        for facts in pages(self._book, community, sheet.position, position):
            sheet.add(facts)
        while len(self._sheets) > 1 and sum(map(len, self._sheets.values())) > MOST_ROWS:
            gone, _ = self._sheets.popitem(last=False)
            for key in [key for key in self._records if key[0] == gone]:
                del self._records[key]
        return sheet
