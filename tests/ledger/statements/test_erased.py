"""Whoever is erased takes along every statement that names her; what names others stays, and nothing comes back."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from ledger import Book, Drawer, NewStatement, Question, TakenError
from ledger.statements.terms import apart
from tests.ledger.events import MARCH
from tests.ledger.vaults import run

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.ledger.conftest import Place

ADA, BO, CY = (("mail", "", f"{name}@school.example") for name in ("ada", "bo", "cy"))
_numbers = itertools.count(1)


def number(n: int) -> str:
    return f"00000000-0000-4000-8000-{n:012x}"


def naming(*agents: tuple[str, str, str], beside: tuple[tuple[str, str, str], ...] = (), **more: Any) -> NewStatement:
    """Return a statement by which somebody is named, and others beside."""
    name = number(next(_numbers))
    told = {ref: {"platform": ref[0], "id": ref[2]} for ref in (*agents, *beside)}
    return NewStatement(
        id=name,
        content=b'{"id":"%s"}' % name.encode(),
        agents={ref: told[ref] for ref in agents},
        related={ref: told[ref] for ref in beside},
        terms=[("activity", f"https://school.example/{name}")],
        **more,
    )


class Interrupted:
    """A clock: whoever looks at it next is held up by what somebody else does."""

    by: Callable[[], object] | None = None

    def __call__(self) -> int:
        """Return the time."""
        by, self.by = self.by, None
        if by:
            by()
        return MARCH


def erase(book: Book, who: tuple[str, str, str]) -> None:
    account = book.account("bar", who[0], who[2])
    assert account
    book.erase("bar", [account])


def readable(book: Book, *kept: NewStatement) -> list[bool]:
    found = book.statements.known("bar", [each.id for each in kept])
    return [found[each.id].content is not None for each in kept]


def rows(place: Place, table: str) -> list[tuple[Any, ...]]:
    return run(place.database, f"SELECT * FROM vault.{table}")  # noqa: S608  a table of ours


def test_what_names_her_goes_and_what_names_others_stays(place: Place, book: Book):
    kept = [
        naming(ADA),
        naming(BO, ADA),
        naming(BO, beside=(CY, ADA)),
        naming(ADA, files={0: b"a photo of Ada"}),
        naming(BO),
        naming(BO, CY, files={0: b"a tree"}),
    ]
    book.statements.keep("bar", kept)
    erase(book, ADA)
    assert readable(book, *kept) == [False, False, False, False, True, True]
    assert [bool(book.statements.files("bar", each.id)) for each in kept] == [False] * 5 + [True]
    assert len(book.statements.ask("bar", Question(), 100)) == 2
    assert book.statements.ask("bar", Question(agent=ADA, related=True), 100) == []
    assert len(rows(place, "statement_files")) == 1
    emptied = [row for row in rows(place, "statements") if row[6] is None]
    assert [(row[4], bytes(row[5])) for row in emptied] == [("", b"")] * 4
    living = {row[1] for row in rows(place, "statements") if row[6] is not None}
    assert {row[2] for row in rows(place, "statement_terms")} == living


def test_what_refers_to_hers_is_no_longer_found_by_her(place: Place, book: Book):
    hers = naming(ADA)
    book.statements.keep("bar", [hers])
    before = {bytes(row[1]) for row in rows(place, "statement_terms")}
    about = naming(BO, refers=hers.id)
    of_that = naming(CY, refers=about.id)
    book.statements.keep("bar", [of_that])
    book.statements.keep("bar", [about])
    assert len(book.statements.ask("bar", Question(agent=ADA), 100)) == 3
    erase(book, ADA)
    assert readable(book, hers, about, of_that) == [False, True, True]
    left = [row for row in rows(place, "statements") if row[6] is not None]
    held = {term for row in left for term in apart(bytes(row[5]))}
    assert len(before & held) == 1  # the activity of her statement, and no digest of hers
    assert {bytes(row[1]) for row in rows(place, "statement_terms")} == held


def test_whoever_is_erased_while_a_statement_of_her_is_sealed_has_none_under_a_key_that_is_gone(
    place: Place, book: Book
):
    first, late = naming(ADA), naming(ADA)
    clock = Interrupted()
    other = Book.open(place.database, data=place.folder, clock=clock)
    place.books.append(other)
    other.statements.keep("bar", [first])
    clock.by = lambda: erase(book, ADA)
    with pytest.raises(TakenError, match="erased"):
        other.statements.keep("bar", [late])
    assert book.statements.known("bar", [late.id]) == {}
    other.statements.keep("bar", [late])
    assert readable(place.open(), first, late) == [False, True]


def test_a_document_of_whoever_is_erased_meanwhile_is_sealed_for_who_comes_back(place: Place, book: Book):
    clock = Interrupted()
    other = Book.open(place.database, data=place.folder, clock=clock)
    place.books.append(other)
    hers = Drawer(kind="state", activity="course", person=ADA, told={"platform": ADA[0], "id": ADA[2]})
    other.documents.change("bar", hers, "page", lambda _: ("text/plain", b"one"))
    clock.by = lambda: erase(book, ADA)
    other.documents.change("bar", hers, "page", lambda _: ("text/plain", b"two"))
    assert [each.content for each in place.open().documents.of("bar", hers)] == [b"two"]
