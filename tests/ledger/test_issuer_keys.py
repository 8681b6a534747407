"""A community's issuer keys: rotated, lost, brought along, revoked; and every process signs with the right one."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from ledger import KeyFileError, LedgerError
from ledger.keys import new_key
from tests.ledger.events import DAY, contribution
from tests.ledger.test_awards import award

if TYPE_CHECKING:
    from ledger import Book
    from tests.ledger.conftest import Place


@pytest.fixture
def crowd(book: Book) -> Book:
    """Give a book with ada and forty others, of whom ada has an award."""
    book.append([contribution("a"), *(contribution(n, author=f"m{n}") for n in range(40))], community="bar")
    book.award([award(book)])
    return book


def told(book: Book) -> list[tuple[str, str, str]]:
    """Return what the ledger says of keys: what became of which, and why."""
    facts = [fact for fact in book.read("bar", 0, 100) if fact.topic.startswith("key.")]
    assert all(fact.open["purpose"] == "issuer" for fact in facts)
    return [(fact.topic.split(".")[1], fact.open["key"], fact.open.get("why", "")) for fact in facts]


def test_a_key_that_is_rotated_signs_nothing_new_and_what_it_signed_again(crowd: Book):
    first = crowd.signer("bar")
    second = crowd.issuers.rotate("bar")

    assert crowd.signer("bar").kid == second.kid != first.kid
    assert crowd.issuers.signing("bar", first.kid).signer.sign(b"badge") == first.sign(b"badge")
    assert crowd.issuers.signing("bar", first.kid).since is None
    (outcome,) = crowd.award([award(crowd, "m1")])
    assert crowd.at("bar", [outcome.position or 0])[0].open["key"] == second.kid
    assert told(crowd) == [("added", first.kid, ""), ("retired", first.kid, "rotated"), ("added", second.kid, "")]
    assert [(key.kid, key.living) for key in crowd.issuers.history("bar").keys] == [
        (first.kid, False),
        (second.kid, True),
    ]


def test_no_process_awards_under_a_key_that_another_has_rotated(crowd: Book, place: Place):
    """At once, though it remembers the former for half a second: what it prepared is of an epoch that is over."""
    other = place.open()
    assert other.issuers.told("bar") == crowd.signer("bar").kid
    head = crowd.head("bar")
    with ThreadPoolExecutor(1) as pool:
        rotating = pool.submit(crowd.issuers.rotate, "bar")  # which returns when everybody knows
        while crowd.head("bar") == head:
            time.sleep(0.001)
        (outcome,) = other.award([award(other, "m1")])
        assert not rotating.done()

    assert other.at("bar", [outcome.position or 0])[0].open["key"] == rotating.result().kid
    assert other.signer("bar").kid == rotating.result().kid


def test_two_who_rotate_at_once_leave_one_current_key(crowd: Book, place: Place):
    books = [crowd, place.open()]
    with ThreadPoolExecutor(2) as pool:
        made = {signer.kid for signer in pool.map(lambda book: book.issuers.rotate("bar"), books)}

    keys = crowd.issuers.history("bar").keys
    assert {key.kid for key in keys[1:]} == made
    assert [key.living for key in keys] == [False, False, True]
    assert {book.signer("bar").kid for book in books} == {keys[-1].kid}


def test_a_lost_key_is_followed_by_another_that_signs_in_its_place(crowd: Book, place: Place):
    first = crowd.signer("bar").kid
    (place.folder / "keys" / "bar.issuer.pem").unlink()
    other = place.open()
    head, second = other.head("bar"), other.signer("bar").kid
    assert other.issuers.signing("bar", first).signer.kid == second == other.issuers.history("bar").keys[1].kid
    assert other.head("bar") == head  # to ask who signs records nothing
    other.award([award(other, "m1")])

    assert told(other) == [("added", first, ""), ("retired", first, "lost"), ("added", second, "")]
    other.issuers.rotate("bar")
    signing = other.issuers.signing("bar", first)
    assert (signing.signer.kid, signing.since) == (second, None)


def test_a_revoked_key_signs_nothing_at_all_any_more(crowd: Book):
    first, since = crowd.signer("bar"), crowd.at("bar", [1])[0].recorded
    assert crowd.issuers.revoke("bar", first.kid, since)
    second = crowd.signer("bar")

    assert crowd.issuers.signing("bar", first.kid).signer.kid == second.kid != first.kid
    assert told(crowd)[1:] == [("revoked", first.kid, "compromised"), ("added", second.kid, "")]
    assert crowd.issuers.history("bar").keys[0].revoked == since
    assert not crowd.issuers.revoke("bar", first.kid, since + 1)
    with pytest.raises(LedgerError, match="wanted one that guildbook issuer list shows, got z6MkNone"):
        crowd.issuers.revoke("bar", "z6MkNone", since)


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_keys_for_tokens_are_made_on_demand_and_stay(crowd: Book, place: Place):
    made = {name: crowd.signer("bar", name) for name in ("ES256", "RS256")}
    recorded = crowd.at("bar", [1])[0].recorded
    place.clock.now += DAY
    other = place.open()
    for name, signer in made.items():
        assert signer.algorithm == name
        assert other.signer("bar", name).sign(b"token") == signer.sign(b"token")
        assert other.issuers.token_signing("bar", name, recorded).kid == signer.kid
    assert other.issuers.rotate("bar", "ES256").kid != made["ES256"].kid
    assert other.issuers.token_signing("bar", "ES256", recorded).kid == made["ES256"].kid
    assert other.issuers.retire("bar", made["RS256"].kid)
    assert not other.issuers.retire("bar", made["RS256"].kid)
    assert other.signer("bar", "RS256").kid != made["RS256"].kid
    with pytest.raises(LedgerError, match="wanted one for tokens, got the current issuer key; run guildbook"):
        other.issuers.retire("bar", other.signer("bar").kid)


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_key_for_tokens_that_is_retired_signs_no_token_of_what_came_later(crowd: Book, place: Place):
    former, before = crowd.signer("bar", "ES256"), crowd.at("bar", [1])[0].recorded
    place.clock.now += DAY
    between = place.clock.now
    place.clock.now += DAY
    assert crowd.issuers.retire("bar", former.kid)
    place.clock.now += DAY
    (outcome,) = crowd.award([award(crowd, "m1")])
    later = crowd.at("bar", [outcome.position or 0])[0].recorded

    new = crowd.issuers.token_signing("bar", "ES256", later)
    assert new.kid != former.kid
    for book in (crowd, place.open()):
        for recorded in (before, between):
            assert book.issuers.token_signing("bar", "ES256", recorded).sign(b"token") == former.sign(b"token")
        assert book.issuers.token_signing("bar", "ES256", later).kid == new.kid


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_key_made_elsewhere_is_brought_along_once(crowd: Book, place: Place):
    key: Any = new_key("EdDSA")
    brought = crowd.issuers.bring("bar", key)

    assert place.open().signer("bar").kid == brought.kid
    assert told(crowd)[1][2] == "imported"
    with pytest.raises(LedgerError, match=r"key: wanted one that was never bar's, got z6Mk"):
        crowd.issuers.bring("bar", key)


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_key_file_under_another_name_is_refused(crowd: Book, place: Place):
    first, second, third = crowd.signer("bar"), crowd.issuers.rotate("bar"), crowd.issuers.rotate("bar")
    keys = place.folder / "keys"
    (keys / f"bar.issuer.{third.kid}.pem").write_bytes((keys / f"bar.issuer.{second.kid}.pem").read_bytes())

    with pytest.raises(KeyFileError, match=rf"{third.kid}\.pem: wanted the key {third.kid}, got {second.kid}"):
        place.open().signer("bar")
    assert place.open().issuers.kept_in("bar", first.kid) == "file"
