"""Somebody who watches the transparency log while faults last, and remembers every head that was ever shown."""

from __future__ import annotations

import threading
from http.client import HTTPException
from typing import TYPE_CHECKING

from ledger.transparency import Checkpoint, TransparencyError, open_checkpoint, verify_consistency
from tests.faults.events import COMMUNITY

if TYPE_CHECKING:
    from ledger import Book
    from tests.faults.site import Server

PAUSE = 0.1  # seconds between two looks
PATIENCE = 2.0  # seconds for an answer
PATH = f"/communities/{COMMUNITY}/log/checkpoint"
OK = 200


class Monitor:
    """Asks every server for the head of the log, in a thread of its own, until it is told to stop."""

    def __init__(self, servers: list[Server]) -> None:
        """`servers`: those of a site, which may grow."""
        self._servers = servers
        self._notes: dict[str, None] = {}  # in the order they were seen
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="monitor", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stop.set()
        self._thread.join(20)

    def disagreements(self, book: Book) -> list[str]:
        """Return where heads do not go on from each other, or not to the log as it is now."""
        self.stop()
        faults = [f"log: {fault}" for fault in book.log.audit(COMMUNITY).faults]
        key, last = book.log.key(COMMUNITY), book.log.seal(COMMUNITY)
        roots: dict[int, bytes] = {}
        for note in self._notes:
            try:
                seen: Checkpoint = open_checkpoint(note, key).checkpoint
                if roots.setdefault(seen.size, seen.root) != seen.root:
                    faults.append(f"log: wanted one head of size {seen.size}, got two that differ")
                proof = book.log.consistency(COMMUNITY, seen.size, last.size)
                verify_consistency(seen.size, last.size, proof, seen.root, last.root)
            except TransparencyError as error:
                faults.append(f"log: a head that was shown does not lead to the last: {error}")
        return faults if self._notes else [*faults, "log: wanted heads to be shown, got none"]

    def _watch(self) -> None:
        while not self._stop.is_set():
            for server in [one for one in self._servers if one.port]:
                try:
                    status, note = server.get(PATH, seconds=PATIENCE)
                except (OSError, HTTPException):
                    continue
                if status == OK:
                    self._notes[note.decode()] = None
            self._stop.wait(PAUSE)
