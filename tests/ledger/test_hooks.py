"""Doors for platforms: their secrets, and what came and was not taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.hooks.strays import MOST_COUNTED, MOST_KEPT
from tests.ledger.events import DAY, contribution
from tests.ledger.vaults import run

if TYPE_CHECKING:
    from ledger import Book
    from tests.ledger.conftest import Clock, Place


def test_a_secret_is_changed_while_the_one_before_holds(place: Place, book: Book, clock: Clock) -> None:
    began = clock.now
    first = book.hooks.open("bar", "slack", "first-secret")
    clock.now += DAY
    second = book.hooks.open("bar", "slack", "second-secret")
    third = book.hooks.open("bar", "slack", "third-secret")

    assert (first.secrets, first.since) == (["first-secret"], began)
    assert second.secrets == ["second-secret", "first-secret"]
    assert (third.secrets, third.since) == (["third-secret", "second-secret"], began)
    assert place.open().hooks.find("bar", "slack") == third
    assert book.hooks.open("bar", "slack", "second-secret").secrets == ["second-secret", "third-secret"]
    assert book.hooks.close_old("bar", "slack")
    assert not book.hooks.close_old("bar", "slack")
    assert [each.secrets for each in book.hooks.of("bar")] == [["second-secret"]]
    assert "secret" not in str(run(place.database, "SELECT * FROM vault.hooks"))
    assert book.hooks.drop("bar", "slack")
    assert not book.hooks.drop("bar", "slack")
    assert book.hooks.find("bar", "slack") is None
    assert not book.hooks.close_old("bar", "slack")


def test_what_was_not_taken_is_kept_sealed_and_counted(place: Place, book: Book, clock: Clock) -> None:
    made = [clock.now]
    one = book.strays.keep("bar", "slack", "unknown", "huddle", {"body": {"user": "Ada"}})
    clock.now += DAY
    made.append(clock.now)
    two = book.strays.keep("bar", "slack", "unknown", "huddle", {"body": {"user": "Bo"}})

    assert book.strays.of("bar", "slack") == [two, one]
    assert book.strays.find("bar", one.id) == one
    assert book.strays.find("bar", two.id[::-1]) is None
    (count,) = book.strays.counts("bar")
    assert (count.why, count.key, count.number, [count.first, count.last]) == ("unknown", "huddle", 2, made)
    assert "Ada" not in str(run(place.database, "SELECT * FROM vault.strays"))
    book.strays.drop("bar", one.id)
    assert book.strays.of("bar", "slack") == [two]
    assert book.strays.counts("bar") == [count]


def test_only_so_much_is_kept_of_a_door(book: Book, clock: Clock) -> None:
    other = book.strays.keep("bar", "zoom", "unknown", "poll", {})
    most = max(MOST_KEPT, MOST_COUNTED) + 3
    for number in range(most):
        clock.now += 1
        book.strays.keep("bar", "slack", "unknown", f"event {number}", {"number": number})

    assert [each.said["number"] for each in book.strays.of("bar", "slack")] == list(range(most))[: -MOST_KEPT - 1 : -1]
    assert book.strays.of("bar", "zoom") == [other]
    counts = {each.key: each.number for each in book.strays.counts("bar") if each.connector == "slack"}
    assert (len(counts), counts[""]) == (MOST_COUNTED + 1, most - MOST_COUNTED)


def test_what_was_not_taken_goes_with_the_first_who_is_erased(book: Book) -> None:
    book.append([contribution(1)], community="bar")
    book.hooks.open("bar", "slack", "first-secret")
    book.strays.keep("bar", "slack", "unknown", "huddle", {"body": {"user": "Ada"}})
    (fact,) = book.read("bar", 0, 1)
    book.erase("bar", [fact.open["author"]])

    assert book.strays.of("bar", "slack") == []
    assert [each.number for each in book.strays.counts("bar")] == [1]
    assert book.hooks.find("bar", "slack") is not None
