"""Generations of the views: the next is filled beside the live one, and readers are switched to it at once."""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ledger import LedgerUnavailableError
from projections.views.tables import STANDING, TABLES, generations, live, make_generation
from projections.views.turn import Batch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import AbstractContextManager

    from projections.views.tables import Rows, Store

_PATIENCE_SECONDS = 5.0  # for whoever still reads what is to be dropped
_PAUSE_SECONDS = 0.1
_log = logging.getLogger(__name__)


class Switch:
    """The moment of a switch: nobody else can move the live generation's positions while it lasts.

    `behind`: the communities that the next generation has read less far than the live one, and the live position.
    """

    def __init__(self, store: Store, rows: Rows, generation: int, new: dict[str, int], old: dict[str, int]) -> None:
        self.behind = {name: position for name, position in old.items() if new.get(name, 0) < position}
        self.lacking = sum(position - new.get(name, 0) for name, position in self.behind.items())
        self.confirmed = False
        self._store = store
        self._rows = rows
        self._generation = generation
        self._new = new

    @contextmanager
    def turn(self, community: str) -> Iterator[Batch]:
        """Open the next generation's next batch, to be written with the switch."""
        position = self._new.get(community, 0)
        if community not in self._new:
            self._rows.run("INSERT INTO progress VALUES (?, ?, ?, 0)", (STANDING, self._generation, community))
        batch = Batch(self._store, community, self._generation, position, STANDING)
        yield batch
        batch.write(self._rows)

    def confirm(self) -> None:
        """Let readers see the next generation from the end of this moment on."""
        self.confirmed = True


class Generations:
    """What a rebuild does with a shard's views."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def rebuilding(self) -> AbstractContextManager[None]:
        """Be the one process that rebuilds. Raises `RebuildError` where another is."""
        return self._store.rebuilding()

    def live(self) -> int:
        """Return the generation that readers see."""
        with self._store.reading() as rows:
            return live(rows, STANDING)

    def begin(self, communities: Iterable[str]) -> int:
        """Make empty tables beside the live ones and return their generation."""
        with self._store.writing() as rows:
            number = max({live(rows, STANDING)} | generations(rows.tables())) + 1
            make_generation(rows, number, communities)
        return number

    @contextmanager
    def switching(self, generation: int) -> Iterator[Switch]:
        """Freeze the live generation; at the end, where it was confirmed, let readers see the other."""
        sql = """SELECT community, position FROM progress JOIN live USING (projection)
            WHERE projection = ? AND progress.generation = """
        with self._store.writing() as rows:
            old = rows.run(f"{sql} live.generation ORDER BY community{self._store.locked}", (STANDING,))
            new = rows.run(f"{sql} ?", (STANDING, generation))
            switch = Switch(self._store, rows, generation, dict(new), dict(old))
            yield switch
            if switch.confirmed:
                rows.run("UPDATE live SET generation = ? WHERE projection = ?", (generation, STANDING))
                rows.run("DELETE FROM progress WHERE projection = ? AND generation <> ?", (STANDING, generation))

    def strays(self) -> list[str]:
        """Return the tables of generations that are not live: a rebuild is under way, or was broken off."""
        with self._store.reading() as rows:
            kept = live(rows, STANDING)
            return sorted(table for table in rows.tables() if generations([table]) - {kept})

    def forget(self, community: str) -> None:
        """Take a community out, which another shard keeps now. Whoever has its turn is waited for."""
        with self._store.writing() as rows:
            tables = [table for table in rows.tables() if "community" in rows.columns(table)]
            for table in sorted(tables, key=lambda table: table != "progress"):  # its rows are what a turn locks
                rows.run(f"DELETE FROM {table} WHERE community = ?", (community,))

    def clean(self) -> list[str]:
        """Drop every generation but the live one; return the tables that somebody held on to.

        Only whoever rebuilds may call this. Each table goes by itself, so that none waits for another's readers.
        """
        with self._store.writing() as rows:
            kept = live(rows, STANDING)
            rows.run("DELETE FROM progress WHERE projection = ? AND generation <> ?", (STANDING, kept))
            numbers = generations(rows.tables()) - {kept}
        tables = [f"{table}_{number}" for number in sorted(numbers) for table in TABLES]
        deadline = time.monotonic() + _PATIENCE_SECONDS
        left = [table for table in tables if not self._dropped(table, deadline)]
        if left:
            _log.warning("the next rebuild drops what is still read: %s", ", ".join(left))
        return left

    def _dropped(self, table: str, deadline: float) -> bool:
        while True:
            try:
                with self._store.dropping() as rows:
                    rows.run(f"DROP TABLE IF EXISTS {table}")
            except LedgerUnavailableError:
                if time.monotonic() > deadline:
                    return False
                time.sleep(_PAUSE_SECONDS)
            else:
                return True
