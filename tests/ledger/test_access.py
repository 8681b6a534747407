"""API keys and login links: what is presented is checked, what is kept opens nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from ledger import Key, Link, UnknownCommunityError
from tests.ledger.events import DAY
from tests.ledger.vaults import run

if TYPE_CHECKING:
    from ledger import Book
    from tests.ledger.conftest import Place


def test_a_key_is_found_by_what_was_given_out(place: Place, book: Book, clock):
    text = book.vault.add_key("bar", label="forum", scopes=["events:write", "identity"])
    found = place.open().vault.find_key(text)

    brand, key_id, secret = text.split("_", 2)
    assert brand == "gb"
    assert len(secret) == 43
    assert found == Key(key_id, "bar", "forum", ("events:write", "identity"), clock.now)
    assert book.vault.keys("bar") == [found]


def test_another_key_is_none(book: Book):
    text = book.vault.add_key("bar", label="forum", scopes=[])
    for other in (
        text[:-1] + ("A" if text[-1] != "A" else "B"),
        text + "A",
        text[:-1],
        text.replace("gb_", "gx_"),
        "gb_" + "0" * 12 + text[15:],
        text + "\N{LATIN SMALL LETTER E WITH ACUTE}",
        "gb_\0_\0",
        "",
        "gb_",
        "gb__",
        "Bearer",
    ):
        assert book.vault.find_key(other) is None
    assert book.vault.find_key(text) is not None


def test_a_key_of_one_row_does_not_fit_another(place: Place, book: Book):
    one, two = (book.vault.add_key("bar", label=label, scopes=[]) for label in "ab")
    digest = run(place.database, "SELECT digest FROM vault.api_keys WHERE id = ?", one.split("_")[1])[0][0]
    run(place.database, "UPDATE vault.api_keys SET digest = ? WHERE id = ?", digest, two.split("_")[1])
    assert book.vault.find_key(two) is None
    assert book.vault.find_key("_".join(["gb", two.split("_")[1], one.split("_", 2)[2]])) is None


def test_a_dropped_key_opens_nothing(book: Book):
    text = book.vault.add_key("bar", label="forum", scopes=[])
    book.open_community("inn", name="The Inn")
    book.vault.drop_key("inn", text.split("_")[1])
    assert book.vault.find_key(text) is not None
    book.vault.drop_key("bar", text.split("_")[1])
    assert book.vault.find_key(text) is None
    with pytest.raises(UnknownCommunityError):
        book.vault.add_key("pub", label="x", scopes=[])


def test_a_link_works_once(place: Place, book: Book, clock):
    token = book.vault.add_link("bar", role="manager", subject="bo@example.org", expires=clock.now + DAY)
    link = Link("bar", "manager", "bo@example.org", clock.now + DAY)

    assert book.vault.peek_link(token) == book.vault.peek_link(token) == link
    assert place.open().vault.take_link(token) == link
    assert book.vault.take_link(token) is book.vault.peek_link(token) is None


def test_a_link_expires_and_is_swept_away(place: Place, book: Book, clock):
    token = book.vault.add_link("bar", role="member", subject="ada", expires=clock.now + 10)
    clock.now += 10
    assert book.vault.peek_link(token) is book.vault.take_link(token) is None
    book.vault.add_link("bar", role="member", subject="ada", expires=clock.now + 10)
    assert run(place.database, "SELECT count(*) FROM vault.links") == [(1,)]


def test_another_link_is_none(book: Book, clock):
    given = book.vault.add_link("bar", role="member", subject="ada", expires=clock.now + 10)
    spoilt = given[:-1] + ("A" if given[-1] != "A" else "B")
    for each in ("", ".", "a.b", "x" * 60, "\N{SNOWMAN}.x", "\0.\0", spoilt, given + "x"):
        assert book.vault.take_link(each) is book.vault.peek_link(each) is None
    assert book.vault.take_link(given) is not None


def test_of_many_who_take_a_link_one_gets_it(place: Place, book: Book, clock):
    books = [book, place.open()]
    token = book.vault.add_link("bar", role="member", subject="ada", expires=clock.now + DAY)
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda n: books[n % 2].vault.take_link(token), range(8)))
    assert sum(each is not None for each in taken) == 1


def test_no_secret_and_no_subject_is_kept(place: Place, book: Book, clock):
    key = book.vault.add_key("bar", label="forum", scopes=[])
    link = book.vault.add_link("bar", role="member", subject="ada-the-member", expires=clock.now + DAY)
    rows = run(place.database, "SELECT * FROM vault.api_keys") + run(place.database, "SELECT * FROM vault.links")
    kept = b"\0".join(value if isinstance(value, bytes) else str(value).encode() for row in rows for value in row)
    for secret in (key.split("_", 2)[2], link.split(".")[1], "ada-the-member", "member"):
        assert secret.encode() not in kept


def test_issuer_and_status_keys_are_the_communitys_own(place: Place, book: Book):
    book.open_community("pub", name="The Pub")
    again = place.open()
    assert book.signer("bar").kid == again.signer("bar").kid != book.signer("pub").kid
    assert book.status_key("bar") == again.status_key("bar") != book.status_key("pub")
    assert len(book.status_key("bar")) == 32
    with pytest.raises(UnknownCommunityError):
        book.signer("nowhere")
