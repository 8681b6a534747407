"""Statements and documents come along: in a backup, to another shard, from one store to the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ledger import Book, Drawer, migrate
from ledger.operations import backup, move, rehouse, restore
from tests.ledger.operated import told
from tests.ledger.statements.telling import asked, new, people
from tests.ledger.vaults import run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.ledger.conftest import Place
    from tests.postgres import Server

TABLES = ("statements", "statement_terms", "statement_files", "documents")
(ADA,) = people("ada").items()
DRAWERS = (
    Drawer(kind="state", activity="chair", person=ADA[0], told=ADA[1], registration="r"),
    Drawer(kind="profile", activity="chair"),
)


def fill(book: Book) -> None:
    """Keep statements of every kind and documents; one is voided, one goes with somebody, which changes the keys."""
    statements = [
        new("one", "ada", activity="chair", files={0: b"zero", 2: b"two"}),
        new("two", "bo", related=["ada"], refers="one"),
        new("void", "bo", refers="two", voids=True),
        new("gone", "cy"),
    ]
    book.statements.keep("bar", statements)
    for drawer in DRAWERS:
        book.documents.change("bar", drawer, "page", lambda _: ("a/b", b"seven"))
    gone = book.account("bar", "forum", "cy")
    assert gone
    book.erase("bar", [gone])


def seen(book: Book) -> Any:
    """Return all that a reader can see of them."""
    return [
        book.statements.known("bar", ["one", "two", "void", "gone"]),
        [book.statements.ask("bar", asked(agent=who, related=True), 9) for who in ("ada", "bo", "cy")],
        book.statements.ask("bar", asked(groups=[[("activity", "chair")]]), 9),
        [book.statements.files("bar", name) for name in ("one", "two")],
        [book.documents.of("bar", drawer) for drawer in DRAWERS],
    ]


def rows(database: str) -> list[int]:
    return [run(database, f"SELECT count(*) FROM vault.{table}")[0][0] for table in TABLES]  # noqa: S608 - ours


def test_they_come_back_with_a_backup(place: Place, book: Book, elsewhere: Place, tmp_path: Path) -> None:
    fill(book)
    before = seen(book)
    assert len(before[2]) == 2
    backup(place.database, tmp_path / "monday", data=place.folder, with_keys=True, told=told)
    restore(elsewhere.database, tmp_path / "monday", data=elsewhere.folder, told=told)
    back = elsewhere.open()
    assert seen(back) == before
    back.statements.keep("bar", [new("after", "ada")])


def test_they_move_with_their_community_and_leave_nothing(postgres_server: Server, tmp_path: Path) -> None:
    with postgres_server.database() as one, postgres_server.database() as two:
        migrate([one, two])
        book = Book.open([one, two], data=tmp_path)
        book.open_community("bar", name="The Bar", shard=0)
        fill(book)
        before, counted = seen(book), rows(one)
        assert 0 not in counted
        for to, here, there in ((1, two, one), (0, one, two)):
            move([one, two], "bar", to, told=told, grace=0.0)
            again = Book.open([one, two], data=tmp_path)
            assert seen(again) == before
            assert (rows(here), rows(there)) == (counted, [0, 0, 0, 0])
            again.close()
        book.close()


def test_a_book_that_outgrows_its_file_takes_them_along(tmp_path: Path, empty_database: str) -> None:
    source = str(tmp_path / "book.sqlite")
    migrate(source)
    book = Book.open(source, data=tmp_path)
    book.open_community("bar", name="The Bar")
    fill(book)
    before, counted = seen(book), rows(source)
    book.close()
    rehouse(source, empty_database, told=told)
    again = Book.open(empty_database, data=tmp_path)
    assert (seen(again), rows(empty_database)) == (before, counted)
    again.close()
