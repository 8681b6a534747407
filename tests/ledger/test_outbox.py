"""What is to be sent: once for each channel, by one at a time, again where a sender died; and what is forgotten."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from ledger import ErasedError, New
from tests.ledger.events import DAY, contribution
from tests.ledger.vaults import run

if TYPE_CHECKING:
    from ledger import Book
    from tests.ledger.conftest import Clock, Place

MINUTE = 60_000_000
LEASE = MINUTE
TOLD = {"url": "https://hooks.example/secret-path", "secret": "whsec_c2VjcmV0"}


def new(book: Book, *keys: str, channel: str = "", due: int = 0) -> str:
    """Let something be announced for each key, on a channel that is made where none is named; return the channel."""
    number = channel or book.channels.add("bar", "webhook", TOLD).id
    book.outbox.announce("bar", 7, 8, [New(number, key, {"about": key}, due) for key in keys])
    return number


def about(book: Book, most: int = 10) -> list[str]:
    return sorted(each.what["about"] for each in book.outbox.take(0, most, LEASE))


def test_a_channel_is_kept_sealed(place: Place, book: Book, clock: Clock) -> None:
    made = book.channels.add("bar", "webhook", TOLD)
    assert made.since == clock.now
    assert place.open().channels.of("bar") == [made]
    rows = str(run(place.database, "SELECT * FROM vault.channels"))
    assert "secret" not in rows
    assert book.channels.turn("bar", made.id, "ended")
    assert book.channels.having(0) == ["bar"]
    assert not book.channels.drop("bar", "nothing")
    assert book.channels.drop("bar", made.id)
    assert book.channels.of("bar") == []


def test_what_is_announced_twice_is_sent_once(book: Book) -> None:
    channel = new(book, "one", "two")
    new(book, "two", "three", channel=channel)
    assert book.outbox.announced("bar") == (7, 8, 0)
    assert about(book) == ["one", "three", "two"]
    other = new(book, "one")
    (again,) = book.outbox.take(0, 10, LEASE)
    assert again.channel == other


def test_what_is_taken_comes_again_under_the_same_id_unless_it_was_marked(book: Book, clock: Clock) -> None:
    new(book, "one", "two")
    first, second = book.outbox.take(0, 10, LEASE)
    book.outbox.mark(first, "sent", "200")
    assert book.outbox.take(0, 10, LEASE) == []
    clock.now += LEASE
    (again,) = book.outbox.take(0, 10, LEASE)
    assert (again.id, again.tries) == (second.id, 2)
    assert again.what == second.what
    assert book.outbox.counts("bar") == {"sent": 1, "due": 1}


def test_no_two_take_the_same(place: Place, book: Book) -> None:
    new(book, *(f"n{n}" for n in range(40)))
    books = [place.open() for _ in range(4)]

    def take(each: Book) -> list[str]:
        return [one.id for _ in range(10) for one in each.outbox.take(0, 3, LEASE)]

    with ThreadPoolExecutor(4) as threads:
        taken = [number for some in threads.map(take, books) for number in some]
    assert len(taken) == len(set(taken)) == 40


def test_a_channel_that_fails_rests_with_all_that_is_due_on_it(book: Book, clock: Clock) -> None:
    failing, fine = new(book, "a", "b"), new(book, "c")
    taken = {each.what["about"]: each for each in book.outbox.take(0, 1, LEASE)}
    (one,) = taken.values()
    assert one.channel in {failing, fine}
    book.outbox.mark(one, "due", "it hung", due=clock.now + 5 * MINUTE)
    left = {each.channel for each in book.outbox.take(0, 10, LEASE)}
    assert one.channel not in left
    clock.now += 5 * MINUTE
    assert one.channel in {each.channel for each in book.outbox.take(0, 10, LEASE)}


def test_nothing_is_sent_before_it_is_due(book: Book, clock: Clock) -> None:
    new(book, "later", due=clock.now + DAY)
    assert about(book) == []
    clock.now += DAY
    assert about(book) == ["later"]


def test_what_is_dead_is_shown_and_can_be_sent_again(book: Book) -> None:
    new(book, "one", "two")
    for each in book.outbox.take(0, 10, LEASE):
        book.outbox.mark(each, "dead", "it takes no connection")
    dead = book.outbox.listed("bar", "dead")
    assert [each.said for each in dead] == ["it takes no connection"] * 2
    assert book.outbox.replay("bar", dead[0].id) == 1
    (again,) = book.outbox.take(0, 10, LEASE)
    assert (again.id, again.tries) == (dead[0].id, 1)
    assert book.outbox.replay("bar") == 1
    assert book.outbox.replay("bar", "nothing") == 0


def test_with_a_channel_goes_what_was_to_be_sent_on_it(book: Book) -> None:
    channel = new(book, "one")
    book.channels.drop("bar", channel)
    assert book.outbox.take(0, 10, LEASE) == []


def test_what_was_sent_is_forgotten_after_a_while(book: Book, clock: Clock) -> None:
    new(book, "one", "two")
    for each, state in zip(book.outbox.take(0, 10, LEASE), ("sent", "dead"), strict=True):
        book.outbox.mark(each, state, "")
    clock.now += 31 * DAY
    book.outbox.tidy()
    assert book.outbox.counts("bar") == {"dead": 1}


def test_a_community_can_be_quiet(book: Book, clock: Clock) -> None:
    book.outbox.quiet("bar", clock.now + DAY)
    assert book.outbox.announced("bar") == (0, 0, clock.now + DAY)
    new(book, "one")
    assert book.outbox.announced("bar") == (7, 8, clock.now + DAY)


def test_an_address_is_sealed_under_her_key_and_ends_with_her(place: Place, book: Book, clock: Clock) -> None:
    book.append([contribution(1)], community="bar")
    (account,) = book.handles("bar", [row[0] for row in run(place.database, "SELECT account FROM vault.accounts")])
    book.mailboxes.ask("bar", account, "ada@example.org")
    found = book.mailboxes.find("bar", account)
    assert found is not None
    assert (found.state, found.address) == ("asked", "ada@example.org")
    assert "ada@" not in str(run(place.database, "SELECT * FROM vault.mailboxes"))
    book.mailboxes.turn("bar", account, "on")
    assert [each.state for each in place.open().mailboxes.of("bar")] == ["on"]
    book.erase("bar", [account])
    assert book.mailboxes.of("bar") == []
    assert run(place.database, "SELECT * FROM vault.mailboxes") == []
    with pytest.raises(ErasedError):
        book.mailboxes.ask("bar", account, "ada@example.org")


def test_a_word_in_a_link_holds_for_its_address_and_its_time(book: Book, clock: Clock) -> None:
    word = book.mailboxes.word("bar", "confirm", "abc", "ada@example.org", clock.now + DAY)
    assert book.mailboxes.read(word) == ("confirm", "abc")
    assert book.mailboxes.holds("bar", word, "ada@example.org")
    assert not book.mailboxes.holds("bar", word, "eve@example.org")
    for other in (word.replace("confirm", "leave"), word.replace("abc", "abd"), word[:-1], "", word + "0"):
        assert not book.mailboxes.holds("bar", other, "ada@example.org")
    book.open_community("inn", name="Inn")
    assert not book.mailboxes.holds("inn", word, "ada@example.org")
    clock.now += DAY
    assert not book.mailboxes.holds("bar", word, "ada@example.org")
