"""Accounts are found by what their platform calls them, named outside by an id that dies with their key."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from ledger import Community, ErasedError, LedgerError, LedgerUnavailableError, UnknownCommunityError
from tests.ledger.events import account, contribution
from tests.ledger.vaults import destroy_key, run

if TYPE_CHECKING:
    from ledger import Book
    from tests.ledger.conftest import Place


def test_communities_are_opened_once_and_renamed(place: Place, book: Book):
    book.append([contribution(1)], community="bar")
    token = book.token("bar", "x")
    book.open_community("bar", name="The Old Bar")
    book.open_community("a-pub", name="Pub")

    again = place.open()
    assert again.communities() == [Community("a-pub", "Pub"), Community("bar", "The Old Bar")]
    assert again.community("bar") == book.community("bar") == Community("bar", "The Old Bar")
    again.open_community("bar", name="The Bar")
    assert book.community("bar").name == "The Bar"
    assert again.token("bar", "x") == token
    assert again.token("a-pub", "x") != token
    with pytest.raises(UnknownCommunityError, match="nowhere"):
        book.community("nowhere")
    for slug in ("", "-bar", "Bar", "b\0r", "b" * 65, "b/r", "bar\n"):
        with pytest.raises(LedgerError):
            book.open_community(slug, name="x")
        with pytest.raises(UnknownCommunityError):
            book.token(slug, "x")


def test_tokens_join_what_is_the_same_text(book: Book):
    assert book.token("bar", "caf\N{LATIN SMALL LETTER E WITH ACUTE}") == book.token("bar", "cafe\u0301")
    assert book.token("bar", "a") != book.token("bar", "A")
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", book.token("bar", "a"))


def test_an_account_is_platform_realm_and_id(book: Book):
    people = [account("ada"), account("ada", realm="guild"), {"platform": "chat", "id": "ada"}]
    book.append([contribution(n, author=each) for n, each in enumerate(people)], community="bar")

    found = [book.account("bar", each["platform"], each["id"], each.get("realm")) for each in people]

    assert len(set(found)) == 3
    assert found == [fact.open["author"] for fact in book.read("bar", 0, 3)]
    assert min(found, key=str) == found[0]  # the earliest is the least
    assert book.account("bar", "forum", "cy") is None


def test_a_public_id_leads_back_to_the_account(place: Place, book: Book):
    book.append([contribution(1)], community="bar")
    book.open_community("pub", name="The Pub")
    ada = book.account("bar", "forum", "ada") or ""
    member = book.member_id("bar", ada)

    assert re.fullmatch("[a-z2-7]{26}", member)
    assert book.account_of("bar", member) == place.open().account_of("bar", member) == ada
    assert book.account_of("pub", member) is None
    assert book.account_of("bar", "a" * 26) is None

    destroy_key(place.database, ada)
    erased = place.open()
    assert erased.account_of("bar", member) is None
    with pytest.raises(ErasedError):
        erased.member_id("bar", ada)


def test_what_a_person_is_called_is_the_latest_told(place: Place, book: Book):
    book.append([contribution(1, author="ada")], community="bar")
    ada = book.account("bar", "forum", "ada") or ""
    assert book.handle("bar", ada) == {"platform": "forum", "id": "ada"}

    told = contribution(2, author=account("ada", handle="ada", name="Ada", email="ada@example.org"))
    older = {**contribution(3, author=account("ada", name="Miss Byron")), "time": "1990-01-01T00:00:00Z"}
    newer = {**contribution(4, author=account("ada", name="Lady Ada")), "time": "2026-03-01T11:00:00Z"}
    book.append([told], community="bar")
    place.open().append([older, newer], community="bar")

    assert place.open().handle("bar", ada) == {
        "platform": "forum",
        "id": "ada",
        "handle": "ada",
        "name": "Lady Ada",
        "email": "ada@example.org",
    }


def test_a_redelivery_tells_nothing(place: Place, book: Book):
    book.append([contribution(1, author="ada")], community="bar")
    book.append([contribution(1, author=account("ada", name="Ada"))], community="bar")
    ada = book.account("bar", "forum", "ada") or ""
    assert place.open().handle("bar", ada) == {"platform": "forum", "id": "ada"}


def test_writers_who_meet_someone_at_once_mint_one_account(place: Place, book: Book):
    books = [book, place.open()]

    def post(writer: int) -> None:
        batch = [contribution(f"{writer}-{n}", author=f"m{n}") for n in range(50)]
        books[writer % 2].append(batch[:: 1 if writer % 2 else -1], community="bar")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(post, range(4)))

    assert run(place.database, "SELECT count(*) FROM vault.accounts") == [(50,)]
    assert len({fact.open["author"] for fact in book.read("bar", 0, 1000)}) == 50


@pytest.mark.parametrize("place", ["postgres"], indirect=True)
def test_who_did_not_become_durable_is_not_remembered(place: Place, book: Book):
    """The vault's COMMIT fails: the account must be minted again, or facts would name nobody."""
    refuse = "CREATE FUNCTION refuse() RETURNS trigger AS 'BEGIN RAISE disk_full; END' LANGUAGE plpgsql"
    late = """CREATE CONSTRAINT TRIGGER late AFTER INSERT ON vault.accounts DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION refuse()"""
    run(place.database, refuse)
    run(place.database, late)
    with pytest.raises(LedgerUnavailableError):
        book.append([contribution(1)], community="bar")
    run(place.database, "DROP FUNCTION refuse CASCADE")

    assert book.head("bar") == 0
    assert book.account("bar", "forum", "ada") is None
    book.append([contribution(1)], community="bar")
    assert place.open().account("bar", "forum", "ada") == book.read("bar", 0, 1)[0].open["author"]
