"""Tables are made once, by `migrate` alone; a database that is not what it should be is refused by name."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ledger import Book, LedgerError, NotMigratedError, migrate
from ledger.migrate import STEPS
from tests.ledger.vaults import run

if TYPE_CHECKING:
    from tests.ledger.conftest import Place

PROGRAM = "import sys; from ledger import migrate; print(*migrate(sys.argv[1]), sep='; ')"
DONE = [f"shard 0: {step.words}" for step in STEPS]


def test_tables_are_made_once(place: Place):
    assert migrate(place.database) == DONE
    assert migrate(place.database) == []


def test_a_database_of_the_first_release_is_brought_up(place: Place, monkeypatch: pytest.MonkeyPatch):
    with monkeypatch.context() as first:
        first.setattr(sys.modules["ledger.migrate"], "STEPS", STEPS[:1])
        assert migrate(place.database) == DONE[:1]
    run(place.database, "INSERT INTO directory (community, shard, open) VALUES ('bar', 0, 1)")
    with pytest.raises(NotMigratedError, match=f"got 1 of {len(STEPS)} migrations; run `guildbook migrate`"):
        Book.open(place.database, data=place.folder)
    assert migrate(place.database) == DONE[1:]
    assert run(place.database, "SELECT community, epoch FROM directory") == [("bar", 0)]


def test_a_step_that_a_crash_cut_off_is_finished(place: Place):
    """Of SQLite's two files one may have its tables already."""
    if place.database.startswith("postgresql"):
        pytest.skip("one transaction there")
    migrate(place.database)
    Path(place.database).unlink()
    assert migrate(place.database) == DONE


def test_a_book_makes_no_tables(place: Place):
    with pytest.raises(NotMigratedError, match="run `guildbook migrate`"):
        Book.open(place.database, data=place.folder)


def test_many_processes_migrate_at_once(place: Place):
    command = [sys.executable, "-c", PROGRAM, place.database]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    told = sorted(process.communicate(timeout=30)[0].strip() for process in started)

    assert [process.returncode for process in started] == [0] * 4
    assert told == ["", "", "", "; ".join(DONE)]
    assert place.open().communities() == []


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [("schema", "9", "a later release"), ("shard", "1", "wanted its database, got that of shard 1")],
)
def test_a_database_of_another_kind_is_refused(place: Place, name: str, value: str, words: str):
    migrate(place.database)
    run(place.database, "UPDATE installation SET value = ? WHERE name = ?", value, name)
    with pytest.raises(NotMigratedError, match=words):
        Book.open(place.database, data=place.folder)
    with pytest.raises(NotMigratedError, match=words):
        migrate(place.database)


def test_tables_before_the_first_layout_are_refused(place: Place):
    run(place.database, "CREATE TABLE stored_events (position bigint PRIMARY KEY, shard integer, state text)")
    with pytest.raises(NotMigratedError, match="a layout before the first"):
        migrate(place.database)
    assert run(place.database, "SELECT * FROM stored_events") == []


@pytest.mark.parametrize(
    ("databases", "words"),
    [
        ([], "one or more"),
        (["postgresql://a/b", "postgresql://a/b"], "each once"),
        (["book.sqlite", "other.sqlite"], "for all shards"),
        (["postgresql://a/b", "book.sqlite"], "for all shards"),
    ],
)
def test_a_list_that_makes_no_sense_is_refused(tmp_path: Path, databases: list[str], words: str):
    with pytest.raises(LedgerError, match=words):
        Book.open(databases, data=tmp_path)
