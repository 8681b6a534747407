"""Cursors of what is listened to or asked: sealed, kept, and written by who has it alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ledger import Mark, TakenOverError
from tests.ledger.events import DAY, contribution
from tests.ledger.vaults import run

if TYPE_CHECKING:
    from ledger import Book
    from tests.ledger.conftest import Clock, Place


def test_a_cursor_survives_and_is_sealed(place: Place, book: Book, clock: Clock) -> None:
    pull = book.pulls.take("bar", "circle")
    assert (pull.cursor, pull.present, pull.since, pull.state) == ({}, None, clock.now, "beginning")
    book.pulls.save(pull, Mark({"top": "a-secret"}, {"ada": "here"}, heard=7, behind=3, taken=2, refused=1))
    book.pulls.save(
        pull, Mark({"top": "a-secret"}, {"ada": "here"}, heard=8, taken=3, again=1, state="waiting", said="x")
    )
    assert "secret" not in str(run(place.database, "SELECT * FROM vault.pulls"))
    clock.now += DAY
    again = place.open().pulls.take("bar", "circle")
    assert (again.cursor, again.present, again.since) == ({"top": "a-secret"}, {"ada": "here"}, pull.since)
    assert (again.heard, again.behind, again.taken, again.refused, again.again) == (8, 0, 5, 1, 1)
    assert (again.state, again.said) == ("waiting", "x")
    assert book.pulls.of("bar") == [again]
    assert book.pulls.drop("bar", "circle")
    assert not book.pulls.drop("bar", "circle")


def test_who_was_taken_over_writes_no_more(book: Book) -> None:
    first = book.pulls.take("bar", "circle")
    second = book.pulls.take("bar", "circle")
    with pytest.raises(TakenOverError):
        book.pulls.save(first, Mark({"top": 1}))
    book.pulls.save(second, Mark({"top": 2}))
    assert book.pulls.of("bar")[0].cursor == {"top": 2}


def test_who_is_where_goes_with_the_first_who_is_erased(book: Book) -> None:
    book.append([contribution(1)], community="bar")
    book.pulls.save(book.pulls.take("bar", "discord"), Mark({"seq": 1}, {"present": {"7": []}}))
    (fact,) = book.read("bar", 0, 1)
    book.erase("bar", [fact.open["author"]])
    (pull,) = book.pulls.of("bar")
    assert (pull.cursor, pull.present) == ({"seq": 1}, None)
