"""A SQLite file gets its write-ahead log."""

from __future__ import annotations

import sqlite3
import time

_PAUSE_SECONDS = 0.02


def write_ahead(connection: sqlite3.Connection, *, patience: float) -> None:
    """Give the file its write-ahead log for good. Raises `sqlite3.OperationalError`.

    SQLite does not wait where another does the same: here that takes `patience` seconds at most.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(_PAUSE_SECONDS)
        else:
            return
