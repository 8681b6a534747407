"""Who is to be erased, in a small file of its own: it stands whatever becomes of book and vault."""

from __future__ import annotations

import sqlite3
import threading
from itertools import groupby
from typing import TYPE_CHECKING

from ledger.rows import WAIT_SECONDS
from ledger.sqlite import available

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

CREATE = """CREATE TABLE IF NOT EXISTS erasures (
    community TEXT, account TEXT, done INTEGER, PRIMARY KEY (community, account)
)"""
INTEND = "INSERT INTO erasures VALUES (?, ?, 0) ON CONFLICT (community, account) DO UPDATE SET done = 0"
DONE = "UPDATE erasures SET done = 1 WHERE community = ? AND account = ?"
ALL = "SELECT community, done, account FROM erasures ORDER BY community, done, account"


class IntentFile:
    """The erasures ever intended. Safe to share between threads and processes."""

    def __init__(self, path: Path) -> None:
        """Open `path`, created for us alone (0600). Raises `LedgerUnavailableError`."""
        self._lock = threading.Lock()
        with available():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            self._file = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=WAIT_SECONDS)
            self._file.execute("PRAGMA synchronous = FULL")
            self._file.execute(CREATE)

    def intend(self, community: str, accounts: Sequence[str]) -> None:
        """See `erasing.Intents.intend`."""
        self._each(INTEND, community, accounts)

    def done(self, community: str, accounts: Sequence[str]) -> None:
        """See `erasing.Intents.done`."""
        self._each(DONE, community, accounts)

    def erasures(self) -> list[tuple[str, Sequence[str], bool]]:
        """See `erasing.Intents.erasures`."""
        with self._lock, available():
            rows = self._file.execute(ALL).fetchall()
        return [
            (community, [account for *_, account in some], bool(done))
            for (community, done), some in groupby(rows, key=lambda row: row[:2])
        ]

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._file.close()

    def _each(self, statement: str, community: str, accounts: Sequence[str]) -> None:
        with self._lock, available():
            self._file.execute("BEGIN IMMEDIATE")
            try:
                self._file.executemany(statement, [(community, account) for account in accounts])
                self._file.execute("COMMIT")
            except BaseException:
                self._file.rollback()
                raise
