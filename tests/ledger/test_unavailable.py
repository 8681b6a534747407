"""A database that is down, locked or strange is said so soon, and the same call may be repeated."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from ledger import Book, LedgerError, LedgerUnavailableError
from ledger.inserting import order_lock
from tests.ledger.events import contribution

if TYPE_CHECKING:
    from tests.ledger.conftest import Place

on_sqlite = pytest.mark.parametrize("place", ["sqlite"], indirect=True)
on_postgres = pytest.mark.parametrize("place", ["postgres"], indirect=True)


@on_sqlite
def test_a_locked_file_is_said_so_soon(place: Place, book: Book):
    other = sqlite3.connect(place.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(LedgerUnavailableError, match="locked"):
        book.append([contribution(1)], community="bar")
    other.execute("ROLLBACK")
    other.close()

    assert book.append([contribution(1)], community="bar")[0].outcome == "stored"


@on_postgres
def test_a_held_order_lock_is_said_so_soon(place: Place, book: Book):
    with psycopg.connect(place.database) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", (order_lock("bar"),))
        with pytest.raises(LedgerUnavailableError, match="lock timeout"):
            book.append([contribution(1)], community="bar")

    assert book.append([contribution(1)], community="bar")[0].outcome == "stored"


@on_postgres
def test_connections_cut_by_a_restart_are_replaced(place: Place, book: Book):
    """One call may meet the cut; the next finds new connections, and nothing is stored twice."""
    book.append([contribution(1)], community="bar")
    with psycopg.connect(place.database, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
    with pytest.raises(LedgerUnavailableError):
        book.append([contribution(2)], community="bar")

    found = book.append([contribution(1), contribution(2)], community="bar")
    assert [each.outcome for each in found] == ["duplicate", "stored"]


def test_a_server_that_is_not_there_is_said_so_soon(tmp_path: Path):
    with pytest.raises(LedgerUnavailableError):
        Book.open("postgresql://nobody@127.0.0.1:1/none", data=tmp_path)


def test_what_is_no_address_is_said_so_without_its_password(tmp_path: Path):
    with pytest.raises(LedgerError, match="wanted a postgresql:// address") as raised:
        Book.open("postgresql://me:secret%zz@host/none", data=tmp_path)
    assert "secret" not in str(raised.value)


@on_sqlite
def test_the_vault_is_for_us_alone(place: Place, book: Book):
    """Whoever may read the ledger's file may not therefore read the vault's."""
    book.append([contribution(1)], community="bar")
    files = list(Path(place.database).parent.glob("*.vault.sqlite*"))
    assert files
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


@pytest.mark.parametrize("database", ["", ":memory:"])
def test_a_book_must_be_kept_somewhere(tmp_path: Path, database: str):
    with pytest.raises(LedgerError, match="wanted a file"):
        Book.open(database, data=tmp_path)


def test_a_file_that_cannot_be_is_said_so(tmp_path: Path):
    with pytest.raises(LedgerUnavailableError):
        Book.open(str(tmp_path / "nowhere" / "book.sqlite"), data=tmp_path)
    (tmp_path / "text.sqlite").write_text("This is not a database, but long enough to be taken for one. " * 9)
    with pytest.raises(LedgerUnavailableError):
        Book.open(str(tmp_path / "text.sqlite"), data=tmp_path)
