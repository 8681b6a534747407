"""Documents in the vault: in drawers, sealed for whose they are, changed by one at a time, and gone with her."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from ledger import Document, Drawer, UnknownCommunityError
from tests.ledger.vaults import run

if TYPE_CHECKING:
    from ledger import Book
    from tests.ledger.conftest import Clock, Place

COURSE = "https://school.example/course/1"


def drawer(kind: str = "state", who: str = "ada", **more: str) -> Drawer:
    """Return a drawer of somebody, or with "" of an activity."""
    person = ("xapi", "https://school.example", who) if who else None
    told = {"platform": "xapi", "realm": "https://school.example", "id": who} if who else None
    return Drawer(kind=kind, activity=COURSE, person=person, told=told, **more)


def put(book: Book, where: Drawer, name: str, content: bytes) -> None:
    book.documents.change("bar", where, name, lambda _: ("text/plain", content))


def account(book: Book, who: str) -> str:
    found = book.account("bar", "xapi", who, "https://school.example")
    assert found
    return found


def names(book: Book, where: Drawer) -> list[str]:
    return [each.id for each in book.documents.of("bar", where)]


def test_a_document_is_found_where_it_was_put_and_nowhere_else(place: Place, book: Book, clock: Clock) -> None:
    put(book, drawer(), "page", b"seven")
    found = Document("page", "text/plain", b"seven", clock.now)
    for each in (book, place.open()):
        assert each.documents.find("bar", drawer(), "page") == found
        assert each.documents.of("bar", drawer()) == [found]
        for where in (drawer("profile"), drawer(who="bo"), drawer(who=""), drawer(registration="r")):
            assert each.documents.find("bar", where, "page") is None
        assert each.documents.find("bar", drawer(), "Page") is None
    book.open_community("inn", name="Inn")
    assert book.documents.of("inn", drawer()) == []
    with pytest.raises(UnknownCommunityError):
        book.documents.of("nowhere", drawer())


def test_a_drawer_without_registration_holds_those_under_any(book: Book, clock: Clock) -> None:
    for registration, name in (("", "plain"), ("r1", "one"), ("r2", "two")):
        put(book, drawer(registration=registration), name, b"x")
        clock.now += 1
    assert names(book, drawer()) == ["plain", "one", "two"]
    assert names(book, drawer(registration="r1")) == ["one"]
    book.documents.drop("bar", drawer(registration="r1"))
    assert names(book, drawer()) == ["plain", "two"]
    book.documents.drop("bar", drawer())
    assert names(book, drawer()) == []


def test_what_changes_it_is_told_what_is_there(book: Book) -> None:
    def longer(there: Document | None) -> tuple[str, bytes]:
        return "text/plain", (there.content if there else b"") + b"x"

    for _ in range(3):
        book.documents.change("bar", drawer(), "page", longer)
    found = book.documents.find("bar", drawer(), "page")
    assert found
    assert found.content == b"xxx"
    book.documents.change("bar", drawer(), "page", lambda _: None)
    assert book.documents.find("bar", drawer(), "page") is None
    book.documents.change("bar", drawer(), "page", lambda _: None)


def test_what_refuses_leaves_all_as_it_was(place: Place, book: Book) -> None:
    def refuses(_: Document | None) -> tuple[str, bytes]:
        raise ValueError("no")

    put(book, drawer(), "page", b"seven")
    for who in ("ada", "bo"):
        with pytest.raises(ValueError, match="no"):
            book.documents.change("bar", drawer(who=who), "page", refuses)
    found = book.documents.find("bar", drawer(), "page")
    assert found
    assert found.content == b"seven"
    assert run(place.database, "SELECT count(*) FROM vault.accounts") == [(1,)]  # Bo was not minted for nothing


@pytest.mark.parametrize("who", ["ada", ""])
def test_a_process_that_knows_nobody_yet_changes_it_too(place: Place, book: Book, who: str) -> None:
    """As every process after its start: whose the document is it has to look up first."""
    put(book, drawer(who=who), "page", b"1")
    put(place.open(), drawer(who=who), "page", b"2")
    place.open().documents.change(
        "bar", drawer(who=who), "page", lambda there: ("a/b", there.content if there else b"")
    )
    found = book.documents.find("bar", drawer(who=who), "page")
    assert found
    assert (found.content, found.media) == (b"2", "a/b")
    place.open().documents.drop("bar", drawer(who=who))
    assert names(book, drawer(who=who)) == []


def test_after_another_is_erased_it_is_changed_as_before(book: Book) -> None:
    put(book, drawer(who="bo"), "page", b"his")
    put(book, drawer(), "page", b"1")
    book.erase("bar", [account(book, "bo")])
    put(book, drawer(), "page", b"2")
    found = book.documents.find("bar", drawer(), "page")
    assert found
    assert found.content == b"2"


def test_of_many_who_change_it_at_once_none_is_lost(place: Place, book: Book) -> None:
    books = [book, *(place.open() for _ in range(2))]
    put(book, drawer(), "page", b"")

    def add(number: int) -> None:
        books[number % 3].documents.change(
            "bar", drawer(), "page", lambda there: ("a/b", (there.content if there else b"") + b"%d " % number)
        )

    with ThreadPoolExecutor(3) as threads:
        list(threads.map(add, range(12)))
    found = book.documents.find("bar", drawer(), "page")
    assert found
    assert sorted(map(int, found.content.split())) == list(range(12))


def test_the_rows_say_nothing_of_anybody(place: Place, book: Book) -> None:
    put(book, drawer(), "bookmark", b"a secret")
    put(book, drawer("profile", who=""), "bookmark", b"a secret")
    rows = run(place.database, "SELECT * FROM vault.documents")
    assert len(rows) == 2
    for word in (b"secret", b"bookmark", b"school.example", b"ada"):
        assert all(word not in value for row in rows for value in row if isinstance(value, bytes))
        assert word.decode() not in str([value for row in rows for value in row if isinstance(value, str)])


def test_what_is_hers_goes_with_her(place: Place, book: Book) -> None:
    put(book, drawer(), "page", b"hers")
    put(book, drawer(who="bo"), "page", b"his")
    put(book, drawer("profile", who=""), "page", b"the course's")
    book.erase("bar", [account(book, "ada")])
    for each in (book, place.open()):
        assert names(each, drawer()) == []
        assert names(each, drawer(who="bo")) == names(each, drawer("profile", who="")) == ["page"]
    assert run(place.database, "SELECT count(*) FROM vault.documents") == [(2,)]
    put(book, drawer(), "page", b"of who came back")
    assert names(book, drawer()) == ["page"]


def test_hers_are_found_in_whichever_drawer(book: Book, clock: Clock) -> None:
    for where, name in ((drawer(), "a"), (drawer("profile", registration="r"), "b"), (drawer(who="bo"), "c")):
        put(book, where, name, b"x")
        clock.now += 1
    assert [each.id for each in book.documents.hers("bar", [account(book, "ada")])] == ["a", "b"]
    assert book.documents.hers("bar", []) == []


def test_a_row_that_was_altered_is_none(place: Place, book: Book) -> None:
    put(book, drawer(), "one", b"1")
    put(book, drawer(), "two", b"2")
    (first, _), (second, _) = run(place.database, "SELECT place, sealed FROM vault.documents ORDER BY place")
    run(
        place.database,
        "UPDATE vault.documents SET sealed = (SELECT sealed FROM vault.documents WHERE place = ?) WHERE place = ?",
        first, second,
    )  # fmt: skip
    assert len(names(book, drawer())) == 1
