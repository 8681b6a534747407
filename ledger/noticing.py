"""Whether a database was changed, noticed without waiting for it: of SQLite alone."""

from __future__ import annotations

import sqlite3
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.shards import Shards


class Notice:
    """Looks at one file, over a connection of its own that reads nothing else. Safe to share between threads."""

    def __init__(self, path: Path) -> None:
        """Look at `path`, which is opened when it is first looked at."""
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._lock = Lock()

    def version(self) -> int | None:
        """Return a number that is another once anybody committed anything; None where that cannot be told just now.

        SQLite "PRAGMA data_version". It takes microseconds, and never waits for a lock of the file.
        """
        with self._lock:
            try:
                if self._connection is None:
                    if not self._path.is_file():
                        return None
                    self._connection = sqlite3.connect(
                        self._path, isolation_level=None, check_same_thread=False, timeout=0, cached_statements=1
                    )
                found: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
            except sqlite3.Error:
                return None
            return found

    def close(self) -> None:
        """Close the connection; it is opened again where it is asked again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None


class Noticing:
    """That something of a community may be new, told of a book without asking its databases."""

    _shards: Shards

    def version(self, community: str) -> tuple[int, int] | None:
        """Return what is another once anything was committed where a community is kept; no fact comes without.

        None where that is not told without waiting. It is good for comparing with itself, in this process. Raises
        `UnknownCommunityError`.
        """
        shard = self._shards.of(community)
        version = shard.recorder.version()
        return None if version is None else (shard.recorder.shard, version)
