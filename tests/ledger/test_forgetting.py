"""Who is destroyed in the vault is found by nobody and nothing, and everyone else as before."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ledger import ElsewhereError, ErasedError, UnknownCommunityError
from ledger.buckets import MOST
from ledger.forgetting import digests
from tests.ledger.events import contribution
from tests.ledger.operated import fill, seen
from tests.ledger.vaults import run

if TYPE_CHECKING:
    from ledger import Book
    from ledger.people import People
    from tests.ledger.conftest import Place

BUCKETS = "SELECT id, key FROM vault.buckets ORDER BY id"
FULLEST = (
    "SELECT max(n) FROM (SELECT count(*) AS n FROM vault.accounts WHERE key IS NOT NULL GROUP BY bucket) AS counted"
)


def people_of(book: Book) -> People:
    return book._shards[0].people


def named(book: Book, name: str) -> str:
    found = book.account("bar", "forum", name)
    assert found is not None
    return found


def posted(book: Book, *names: str, first: int = 0) -> list[str]:
    """Let people make something, and return their accounts."""
    book.append([contribution(first + n, author=name) for n, name in enumerate(names)], community="bar")
    return [named(book, name) for name in names]


def test_who_is_destroyed_is_gone_and_nobody_else(place: Place, book: Book):
    ada, bo, cy = posted(book, "ada", "bo", "cy")
    members = {each: book.member_id("bar", each) for each in (ada, bo, cy)}
    before = run(place.database, BUCKETS)
    people_of(book).destroy("bar", [ada], also=digests(people_of(book).community("bar"), ["a-credential"]))

    columns = "SELECT key, lookup, member, contact, bucket FROM vault.accounts WHERE account = ?"
    assert run(place.database, columns, ada) == [(None,) * 5]
    after = run(place.database, BUCKETS)
    assert len(before) == len(after) == 1
    assert {bucket for bucket, _ in before}.isdisjoint(bucket for bucket, _ in after)
    for each in (book, place.open()):
        people = people_of(each)
        assert each.account("bar", "forum", "ada") is None
        assert each.handle("bar", ada) is None
        assert each.account_of("bar", members[ada]) is None
        assert each.reveal("bar", [1, 2])[0] == {} != each.reveal("bar", [2])[0]
        with pytest.raises(ErasedError):
            each.member_id("bar", ada)
        assert [each.member_id("bar", one) for one in (bo, cy)] == [members[bo], members[cy]]
        assert each.handle("bar", bo) == {"platform": "forum", "id": "bo"}
        assert [people.gone("bar", each) for each in (*members.values(), "a-credential", "x")] == [
            True, False, False, True, False,
        ]  # fmt: skip


def test_twice_is_once_and_nobody_is_harmless(place: Place, book: Book):
    (ada,) = posted(book, "ada")
    member = book.member_id("bar", ada)
    people = people_of(book)
    for _ in range(2):
        people.destroy("bar", [ada, "nobody"], also=digests(people.community("bar"), ["x", "x"]))
    people.destroy("bar", [])
    assert people.gone("bar", member)
    assert people.gone("bar", "x")
    assert run(place.database, "SELECT count(*) FROM vault.gone") == [(2,)]
    assert run(place.database, BUCKETS) == []  # nobody is left in hers
    with pytest.raises(UnknownCommunityError):
        people.destroy("nowhere", [ada])
    with pytest.raises(UnknownCommunityError):
        people.gone("nowhere", member)


def test_of_another_community_nothing_is_destroyed(book: Book, place: Place):
    (ada,) = posted(book, "ada")
    book.open_community("pub", name="The Pub")
    people_of(book).destroy("pub", [ada])
    assert book.handle("bar", ada)
    people_of(book).destroy("bar", [ada], also=digests(people_of(book).community("bar"), ["x"]))
    assert people_of(book).gone("bar", "x")
    assert not people_of(book).gone("pub", "x")
    assert (book.erased(None, "x"), book.erased(None, "y")) == (True, False)
    assert place.open().erased(None, "x")  # by whoever knows nothing of the community yet


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)  # PostgreSQL keeps dead rows, and its log
def test_what_was_wrapped_for_her_is_in_no_file(tmp_path: Path, book: Book, place: Place):
    (ada, _) = posted(book, "ada", "bo")
    hers = "SELECT key, lookup, member, contact FROM vault.accounts WHERE account = ?"
    wrapped = [*run(place.database, hers, ada)[0], *(key for _, key in run(place.database, BUCKETS))]
    assert all(any(each in file.read_bytes() for file in tmp_path.rglob("book.vault*")) for each in wrapped)
    people_of(book).destroy("bar", [ada])
    member = wrapped.pop(2)
    assert [each for each in wrapped for file in tmp_path.rglob("book.vault*") if each in file.read_bytes()] == []
    assert run(place.database, "SELECT digest FROM vault.gone") == [(member,)]  # that she is gone is kept


def test_a_bucket_is_never_too_full(place: Place, book: Book):
    names = [f"m{number}" for number in range(MOST + 40)]
    everyone = posted(book, *names)
    posted(place.open(), "late", first=1_000)
    posted(book, "later", first=2_000)
    assert run(place.database, FULLEST) == [(MOST,)]
    assert run(place.database, "SELECT count(*) FROM vault.buckets") == [(3,)]
    people_of(book).destroy("bar", everyone[::2])
    again = place.open()
    assert [again.handle("bar", each) is None for each in everyone] == [True, False] * (len(everyone) // 2)
    assert run(place.database, "SELECT count(*) FROM vault.accounts WHERE key IS NULL AND bucket IS NOT NULL") == [(0,)]


def test_who_comes_back_is_somebody_else(place: Place, book: Book):
    (ada,) = posted(book, "ada")
    member = book.member_id("bar", ada)
    people_of(book).destroy("bar", [ada])
    (new,) = posted(book, "ada", first=5)
    assert new != ada
    assert book.member_id("bar", new) != member
    assert not people_of(book).gone("bar", book.member_id("bar", new))


def test_links_that_let_her_in_are_dropped(book: Book, place: Place):
    ada, bo = posted(book, "ada", "bo")
    links = {
        name: book.vault.add_link("bar", role=role, subject=subject, expires=place.clock.now + 1)
        for name, role, subject in (
            ("ada", "member", book.member_id("bar", ada)),
            ("bo", "member", book.member_id("bar", bo)),
            ("manager", "manager", ""),
        )
    }
    people_of(book).destroy("bar", [ada])
    assert [name for name, token in links.items() if place.open().vault.peek_link(token)] == ["bo", "manager"]


def test_what_is_being_moved_forgets_nobody(book: Book, place: Place):
    (ada,) = posted(book, "ada")
    run(place.database, "UPDATE vault.communities SET open = 0")
    with pytest.raises(ElsewhereError):
        people_of(book).destroy("bar", [ada])
    assert place.open().handle("bar", ada)


def test_whoever_mints_meanwhile_is_in_a_bucket_that_stands(place: Place, book: Book):
    """Another process holds a bucket's key while it is dropped; nobody may end in it."""
    other = place.open()
    everyone = posted(other, *(f"m{number}" for number in range(20)))

    def erase(number: int) -> None:
        people_of(book).destroy("bar", [everyone[number]])

    def mint(number: int) -> None:
        posted(other if number % 2 else book, f"new{number}", first=100 + number)

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(work, number) for number in range(20) for work in (erase, mint)]:
            done.result()
    lost = """SELECT count(*) FROM vault.accounts WHERE key IS NOT NULL
        AND (bucket IS NULL OR bucket NOT IN (SELECT id FROM vault.buckets))"""
    assert run(place.database, lost) == [(0,)]
    again = place.open()
    assert all(again.handle("bar", named(again, f"new{number}")) for number in range(20))
    assert [again.handle("bar", each) for each in everyone] == [None] * 20


def test_everything_else_of_a_full_book_is_as_it_was(place: Place, book: Book):
    fill(book)
    before, head = seen(book), book.head("bar")
    late = posted(book, *(f"extra{number}" for number in range(5)), first=5_000)
    people_of(book).destroy("bar", late)
    again = place.open()
    assert again.reveal("bar", range(head + 1, head + 6)) == [{}] * 5
    assert again.reveal("bar", range(1, head + 1)) == before["sealed"]
    run(place.database, "DELETE FROM stored_events WHERE position > ?", head)
    assert seen(again) == before
