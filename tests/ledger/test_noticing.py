"""That a SQLite file was changed is noticed without waiting for whoever changes it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from ledger import Notice

if TYPE_CHECKING:
    from pathlib import Path


def test_every_commit_is_noticed_and_nothing_else(tmp_path: Path):
    path = tmp_path / "book.sqlite"
    notice = Notice(path)
    assert notice.version() is None, "there is no file, and none is made"
    assert not path.exists()

    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("CREATE TABLE facts (fact TEXT)")
        first = notice.version()
        assert first is not None
        assert notice.version() == first

        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO facts VALUES ('one')")
        assert notice.version() == first, "not yet committed, and nobody waits"
        writer.execute("COMMIT")
        second = notice.version()
        assert second not in {None, first}

        writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        writer.execute("SELECT * FROM facts").fetchall()
        assert writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0, "it holds nobody up"
    notice.close()
    assert notice.version() is not None, "it is opened again"
    notice.close()


def test_what_is_no_database_tells_nothing(tmp_path: Path):
    path = tmp_path / "book.sqlite"
    path.write_bytes(b"no database, however long it is" * 40)
    notice = Notice(path)
    assert notice.version() is None
    notice.close()
