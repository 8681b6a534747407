"""One book over two PostgreSQL databases: each community whole in one of them, and neither waits for the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from ledger import Book, LedgerError, LedgerUnavailableError, NotMigratedError, migrate
from tests.ledger.events import contribution
from tests.ledger.vaults import run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.postgres import Server


@pytest.fixture
def databases(postgres_server: Server) -> Iterator[list[str]]:
    with postgres_server.database() as one, postgres_server.database() as two:
        migrate([one, two])
        yield [one, two]


@pytest.fixture
def book(databases: list[str], tmp_path: Path) -> Iterator[Book]:
    opened = Book.open(databases, data=tmp_path)
    yield opened
    opened.close()


def fill(book: Book, *communities: str) -> None:
    for community in communities:
        book.open_community(community, name=community.title())
        book.append([{**contribution(n), "community": community} for n in range(5)], community=community)


def test_communities_spread_and_are_each_kept_whole(book: Book, databases: list[str]):
    fill(book, "a", "b", "c")

    assert [book.shard_of(community) for community in "abc"] == [0, 1, 0]
    assert (book.shards, book.heads(0), book.heads(1)) == (2, {"a": 5, "c": 5}, {"b": 5})
    assert [community.slug for community in book.communities()] == ["a", "b", "c"]
    kept = "SELECT DISTINCT community FROM stored_events ORDER BY community"
    assert [run(database, kept) for database in databases] == [[("a",), ("c",)], [("b",)]]
    people = "SELECT count(*) FROM vault.accounts WHERE community = 'b'"
    assert [run(database, people)[0][0] > 0 for database in databases] == [False, True]


def test_whatever_is_asked_of_a_community_is_answered_by_its_shard(book: Book):
    fill(book, "a", "b")
    for community in "ab":
        facts = book.read(community, 0, 10)
        account = book.account(community, "forum", "ada")
        assert [fact.position for fact in facts] == [1, 2, 3, 4, 5]
        assert account is not None
        assert book.account_of(community, book.member_id(community, account)) == account
        assert book.reveal(community, [3])[0]["id"] == contribution(2)["id"]
        assert book.publish_charter(community, {"charter": 1}, effective=0, by="bo").position == 6
        assert len(book.leaves(community, [1, 6])) == 2
        key = book.vault.add_key(community, label="x", scopes=["events"])
        assert getattr(book.vault.find_key(key), "community", None) == community
        link = book.vault.add_link(community, role="manager", subject="bo", expires=2**60)
        assert [getattr(book.vault.take_link(link), "community", None) for _ in range(2)] == [community, None]


def test_a_community_may_be_put_where_one_wants(book: Book):
    book.open_community("far", name="Far", shard=1)
    book.open_community("far", name="Farther", shard=0)  # it stays where it is

    assert (book.shard_of("far"), book.community("far").name) == (1, "Farther")
    with pytest.raises(LedgerError, match="wanted 0 to 1, got 2"):
        book.open_community("beyond", name="Beyond", shard=2)


def test_a_shard_that_is_down_stops_only_its_own(book: Book, databases: list[str]):
    fill(book, "a", "b")
    key = book.vault.add_key("b", label="x", scopes=[])
    _rename(databases[0], "gone")
    try:
        with pytest.raises(LedgerUnavailableError):
            book.append([contribution(9) | {"community": "a"}], community="a")
        (stored,) = book.append([contribution(9) | {"community": "b"}], community="b")
        assert (stored.outcome, stored.position) == ("stored", 6)
        assert book.vault.find_key(key) is not None
    finally:
        _rename(databases[0], "gone", back=True)


def test_shards_in_another_order_are_refused(databases: list[str], tmp_path: Path):
    with pytest.raises(NotMigratedError, match="wanted its database, got that of shard 1"):
        Book.open(databases[::-1], data=tmp_path)


def _rename(database: str, name: str, *, back: bool = False) -> None:
    """Take a database away from under its connections, or give it back."""
    real = database.rpartition("/")[2]
    old, new = (f"{real}_{name}", real) if back else (real, f"{real}_{name}")
    with psycopg.connect(database.replace(f"/{real}", "/postgres"), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (old,))
        other.execute(f'ALTER DATABASE "{old}" RENAME TO "{new}"')
