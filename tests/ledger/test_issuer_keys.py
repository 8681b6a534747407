"""A community's issuer keys: rotated, lost, brought along, revoked; and every process signs with the right one."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from ledger import KeyFileError, KeyUnavailableError, LedgerError, LedgerUnavailableError
from ledger.key_stores import FileKeys
from ledger.keyring import KeyRing
from ledger.keys import new_key
from tests.ledger.events import DAY, contribution
from tests.ledger.test_awards import award

if TYPE_CHECKING:
    from pathlib import Path

    from ledger import Book
    from tests.ledger.conftest import Place


class Token(FileKeys):
    """Keeps keys where only who is told of it finds them."""

    name = "pkcs11"


@pytest.fixture
def token(tmp_path: Path) -> Token:
    return Token(tmp_path / "token")


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
def test_who_is_not_told_of_a_store_signs_nothing_in_place_of_a_key_there(crowd: Book, place: Place, token: Token):
    """Its settings may be wanting: what it signed would come out as something else, here and nowhere else."""
    told_of_it = place.open(token)
    first, second = crowd.signer("bar").kid, told_of_it.issuers.rotate("bar")
    tokens = [told_of_it.signer("bar", name) for name in ("ES256", "RS256")]
    place.clock.now += DAY
    third = crowd.issuers.rotate("bar").kid
    former = crowd.issuers.rotate("bar", "ES256").kid

    assert told_of_it.issuers.signing("bar", second.kid).signer.sign(b"badge") == second.sign(b"badge")
    elsewhere = rf"wanted {second.kid} in the store pkcs11, got none there; set what"
    with pytest.raises(KeyUnavailableError, match=elsewhere):
        crowd.issuers.signing("bar", second.kid)
    (place.folder / "keys" / "bar.issuer.pem").unlink()
    other = place.open()
    with pytest.raises(KeyUnavailableError, match=elsewhere):  # it is the lost one's successor
        other.issuers.signing("bar", first)
    assert other.issuers.signing("bar", third).signer.kid == third
    assert other.issuers.stands_for("bar", third) == {third}
    for signer in tokens:
        recorded = place.clock.now - DAY
        again = told_of_it.issuers.token_signing("bar", signer.algorithm, recorded)
        assert again.sign(b"token") == signer.sign(b"token")
        with pytest.raises(KeyUnavailableError, match=rf"wanted {signer.kid} in the store pkcs11"):
            other.issuers.token_signing("bar", signer.algorithm, recorded)
    assert other.issuers.token_signing("bar", "ES256", place.clock.now).kid == former


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_what_was_kept_in_a_store_that_is_gone_for_good_is_signed_by_what_followed(
    crowd: Book, place: Place, token: Token
):
    told_of_it = place.open(token)
    second, es256 = told_of_it.issuers.rotate("bar").kid, told_of_it.signer("bar", "ES256").kid
    recorded = place.clock.now
    place.clock.now += DAY
    with pytest.raises(KeyUnavailableError, match=rf"run guildbook issuer retire bar {second} --lost"):
        crowd.signer("bar")
    with pytest.raises(LedgerError, match=rf"key: wanted one that is kept nowhere, got {second}, kept in pkcs11"):
        told_of_it.issuers.retire("bar", second, lost=True)

    assert [crowd.issuers.retire("bar", kid, lost=True) for kid in (second, second, es256)] == [True, False, True]
    third = crowd.signer("bar").kid
    assert third not in {second, es256}
    crowd.award([award(crowd, "m1")])
    for book in (crowd, place.open()):
        assert book.issuers.signing("bar", second).signer.kid == third
        assert book.issuers.token_signing("bar", "ES256", recorded).kid == book.signer("bar", "ES256").kid != es256

    fourth = told_of_it.issuers.rotate("bar").kid  # retired first, and lost later
    place.clock.now += DAY
    crowd.issuers.rotate("bar")
    retired = crowd.issuers.history("bar").of(fourth)
    assert crowd.issuers.retire("bar", fourth, lost=True)
    lost = crowd.issuers.history("bar").of(fourth)
    assert retired
    assert lost
    assert (retired.why, lost.why, lost.retired) == ("rotated", "lost", retired.retired)


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_key_made_elsewhere_is_brought_along_once(crowd: Book, place: Place):
    key: Any = new_key("EdDSA")
    brought = crowd.issuers.bring("bar", key)

    assert place.open().signer("bar").kid == brought.kid
    assert told(crowd)[1][2] == "imported"
    with pytest.raises(LedgerError, match=r"key: wanted one that was never bar's, got z6Mk"):
        crowd.issuers.bring("bar", key)


def test_of_two_who_bring_the_same_key_at_once_one_is_refused(crowd: Book, place: Place):
    key: Any = new_key("EdDSA")

    def bring(book: Book) -> str:
        try:
            return book.issuers.bring("bar", key).kid
        except LedgerError as error:
            return str(error)

    with ThreadPoolExecutor(2) as pool:
        refused, brought = sorted(pool.map(bring, [crowd, place.open()]))
    assert refused == f"key: wanted one that was never bar's, got {brought}"
    history = crowd.issuers.history("bar")
    assert [each.kid for each in history.living("EdDSA")] == [brought] == [crowd.signer("bar").kid]
    crowd.issuers.rotate("bar")
    with pytest.raises(LedgerError, match=r"wanted one that was never bar's"):  # nor when it was long ago
        crowd.issuers.bring("bar", key)


def test_where_the_only_other_key_is_lost_a_revoked_one_is_followed_in_the_same_breath(crowd: Book, place: Place):
    first = crowd.signer("bar").kid
    (place.folder / "keys" / "bar.issuer.pem").unlink()
    other = place.open()
    second = other.signer("bar").kid  # which no award has named
    assert other.issuers.stands_for("bar", second) == {first, second}
    since = place.clock.now
    place.clock.now += DAY
    head = other.head("bar")
    assert other.issuers.revoke("bar", second, since)

    changes = [fact.topic for fact in other.read("bar", head, 9)]
    assert changes == ["key.revoked.v1", "key.added.v1"]
    third = other.signer("bar").kid
    assert third not in {first, second}
    assert [key.kid for key in other.issuers.history("bar").keys if key.kid != first and key.living] == [third]
    assert other.issuers.stands_for("bar", second) == {first, second}
    signing = other.issuers.signing("bar", first)
    assert (signing.signer.kid, signing.since is not None) == (third, True)


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_key_that_no_award_has_named_is_read_once(book: Book, place: Place):
    kid = book.signer("bar").kid
    assert [key.kid for key in book.issuers.history("bar").keys] == [kid]
    (place.folder / "keys" / "bar.issuer.pem").rename(place.folder / "elsewhere.pem")
    assert [key.kid for key in book.issuers.history("bar").keys] == [kid]
    assert book.signer("bar").kid == kid
    assert book.issuers.told("bar") == kid


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_while_another_changes_keys_for_long_none_is_made_yet(
    crowd: Book, place: Place, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("ledger.keyring._PATIENCE_SECONDS", 0.05)
    with KeyRing(place.folder / "keys").alone(), pytest.raises(LedgerUnavailableError, match="got another at it; try"):
        crowd.signer("bar", "ES256")
    assert crowd.signer("bar", "ES256").algorithm == "ES256"


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_key_file_under_another_name_is_refused(crowd: Book, place: Place):
    first, second, third = crowd.signer("bar"), crowd.issuers.rotate("bar"), crowd.issuers.rotate("bar")
    keys = place.folder / "keys"
    (keys / f"bar.issuer.{third.kid}.pem").write_bytes((keys / f"bar.issuer.{second.kid}.pem").read_bytes())

    with pytest.raises(KeyFileError, match=rf"{third.kid}\.pem: wanted the key {third.kid}, got {second.kid}"):
        place.open().signer("bar")
    assert place.open().issuers.kept_in("bar", first.kid) == "file"
