"""A community moves while others work: the same before and after, wherever the move was broken off."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ledger import (
    INSTALLATION,
    Book,
    LedgerError,
    LedgerUnavailableError,
    NotMigratedError,
    UnknownCommunityError,
    migrate,
)
from ledger.errors import BusyError
from ledger.forgetting import digests
from ledger.operations import Moved, back, move, opened, rehouse, without_secret
from ledger.operations.moving import ADMIT, CLOSE, COPY, READY, SETTLE, SWITCH, WAIT
from ledger.operations.staging import close
from ledger.transparency import verify_consistency
from tests.ledger.events import contribution
from tests.ledger.operated import COMMUNITY, contributions, fill, goes_on, killed_at, left, seen, told
from tests.ledger.vaults import run
from tests.postgres import Server
from tests.world import emptied


@pytest.fixture(scope="module")
def made(postgres_server: Server) -> Iterator[list[str]]:
    with postgres_server.database() as one, postgres_server.database() as two:
        migrate([one, two])
        yield [one, two]


@pytest.fixture
def databases(made: list[str]) -> list[str]:
    for database in made:
        emptied(database)
    return made


@pytest.fixture
def books(databases: list[str], tmp_path: Path) -> Iterator[list[Book]]:
    """Give one book, opened by two processes, as it were; the community is in shard 0, another in shard 1."""
    both = [Book.open(databases, data=tmp_path) for _ in range(2)]
    both[0].open_community(COMMUNITY, name="The Bar", shard=0)
    fill(both[0])
    both[0].open_community("inn", name="The Inn", shard=1)
    both[0].append(contributions(5, community="inn"), community="inn")
    yield both
    for book in both:
        book.close()


def moved(databases: list[str], to: int, community: str = COMMUNITY, **more: Any) -> Moved:
    return move(databases, community, to, **{"told": told, "grace": 0.0, **more})


def homes(database: str) -> list[tuple[Any, ...]]:
    return run(database, "SELECT community, shard, open FROM directory ORDER BY community")


def test_there_and_back_everything_is_as_it_was(databases: list[str], books: list[Book]):
    book = books[0]
    before = seen(book)
    people = book._shards[0].people
    people.destroy(COMMUNITY, [], also=digests(people.community(COMMUNITY), ["a-credential"]))
    key = book.vault.add_key(COMMUNITY, label="forum", scopes=["read"])
    secret = book.sign_ins.begin(COMMUNITY, role="manager", subject="", way="link", device="")
    operator = book.sign_ins.begin(INSTALLATION, role="operator", subject="", way="link", device="")
    book.subjects.add(COMMUNITY, role="manager", subject="", issuer="https://id.example", sub="s", label="")
    for to in (1, 0):
        done = moved(databases, to)
        assert (done.before, done.after, done.facts) == (1 - to, to, len(before["facts"]))
        assert [count > 0 for count in left(databases)] == [not to, bool(to)]
        for each in books:
            wait_for(each, to)
            assert seen(each) == before
            assert each._shards[to].people.gone(COMMUNITY, "a-credential")
            assert getattr(each.vault.find_key(key), "community", None) == COMMUNITY
            assert getattr(each.sign_ins.find(secret), "community", None) == COMMUNITY
            assert getattr(each.sign_ins.find(operator), "community", None) == INSTALLATION
            assert [one.community for one in each.subjects.find("https://id.example", "s")] == [COMMUNITY]
        assert [each.slug for each in book.communities()] == [COMMUNITY, "inn"]
        kept = [[], [COMMUNITY, "inn"]] if to else [[COMMUNITY], ["inn"]]
        assert [sorted(book.heads(shard)) for shard in (0, 1)] == kept
    assert homes(databases[0]) == [(COMMUNITY, 0, 1), ("inn", 1, 1)]
    assert homes(databases[1]) == [("inn", 1, 1)]
    goes_on(book)


def wait_for(book: Book, shard: int) -> None:
    """Wait until a process has forgotten the old place."""
    deadline = time.monotonic() + 60
    while book.shard_of(COMMUNITY) != shard:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_whoever_remembers_the_old_place_writes_to_the_new_one(databases: list[str], books: list[Book]):
    mover, other = books
    head = other.head(COMMUNITY)
    moved(databases, 1)

    fresh = contributions(1, first=5_000)
    fresh[0]["data"]["author"]["id"] = "somebody new"
    assert other.shard_of(COMMUNITY) == 0  # still remembered
    (stored,) = other.append(fresh, community=COMMUNITY)
    assert (stored.outcome, stored.position) == ("stored", head + 1)
    assert left(databases)[0] == 0
    wait_for(mover, 1)
    assert mover.account(COMMUNITY, "forum", "somebody new") == other.account(COMMUNITY, "forum", "somebody new")
    moved(databases, 0)
    for number, book in enumerate((mover, other)):
        wait_for(book, 0)
        goes_on(book, first=number)


def test_who_was_erased_elsewhere_is_not_remembered_at_the_old_place(databases: list[str], books: list[Book]):
    """One process does not hear of the community while it is away, and its epoch comes back with it."""
    book, other = books
    ada = other.account(COMMUNITY, "forum", "ada") or ""
    assert other.handle(COMMUNITY, ada)
    moved(databases, 1)
    wait_for(book, 1)
    book.erase(COMMUNITY, [ada])
    epoch = book.epoch(COMMUNITY)
    moved(databases, 0)
    wait_for(book, 0)
    assert book.epoch(COMMUNITY) == other.epoch(COMMUNITY) == epoch
    assert other.handle(COMMUNITY, ada) is None
    book.append([contribution("late")], community=COMMUNITY)
    assert other.account(COMMUNITY, "forum", "ada") not in {None, ada}


def test_while_it_is_closed_nothing_is_written_of_it_and_others_go_on(databases: list[str], books: list[Book]):
    met: list[str] = []

    def meanwhile(name: str, done: int, _of: int) -> None:
        if (name, done) != (SETTLE, 1):
            return
        for book in books:
            (stored,) = book.append(contributions(1, first=10 + len(met), community="inn"), community="inn")
            met.append(stored.outcome)
            for write in (
                lambda book=book: book.append(contributions(1, first=600), community=COMMUNITY),
                lambda book=book: book.vault.add_key(COMMUNITY, label="x", scopes=[]),
                lambda book=book: book.vault.add_link(COMMUNITY, role="manager", subject="", expires=2**60),
                lambda book=book: book.vault.drop_key(COMMUNITY, key.split("_")[1]),
                lambda book=book: book.vault.take_link(link),
                lambda book=book: book.open_community(COMMUNITY, name="Renamed"),
                lambda book=book: book.publish_charter(COMMUNITY, {"charter": 1}, effective=0, by="bo"),
            ):
                with pytest.raises(LedgerUnavailableError, match="moved"):
                    write()
            assert seen(book) == before

    key = books[0].vault.add_key(COMMUNITY, label="forum", scopes=["read"])
    link = books[0].vault.add_link(COMMUNITY, role="manager", subject="", expires=2**60)
    before = seen(books[0])
    moved(databases, 1, told=meanwhile)
    assert met == ["stored", "stored"]
    wait_for(books[1], 1)
    assert seen(books[1]) == before
    books[1].vault.drop_key(COMMUNITY, key.split("_")[1])
    assert books[1].vault.find_key(key) is None
    assert [bool(books[1].vault.take_link(link)) for _ in range(2)] == [True, False]


def test_what_the_old_place_still_has_opens_nothing(databases: list[str], books: list[Book]):
    """Between the switch and the clearing both places have keys and links; only the new one counts."""
    key = books[0].vault.add_key(COMMUNITY, label="forum", scopes=["read"])
    link = books[0].vault.add_link(COMMUNITY, role="manager", subject="", expires=2**60)

    def meanwhile(name: str, done: int, _of: int) -> None:
        if (name, done) == (WAIT, 0):
            wait_for(books[1], 1)
            books[1].vault.drop_key(COMMUNITY, key.split("_")[1])
            assert books[1].vault.take_link(link)
            assert books[1].vault.find_key(key) is None
            assert books[1].vault.take_link(link) is None

    moved(databases, 1, told=meanwhile)


def test_facts_that_arrive_while_it_is_copied_come_along(databases: list[str], books: list[Book]):
    stop, outcomes = threading.Event(), []

    def write() -> None:
        number = 10_000
        while not stop.is_set():
            number += 1
            try:
                outcomes.extend(books[1].append(contributions(1, first=number), community=COMMUNITY))
            except LedgerUnavailableError:
                time.sleep(0.01)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for to in (1, 0, 1):
            time.sleep(0.1)
            moved(databases, to, grace=1.2)
    finally:
        stop.set()
        writer.join()
    assert {outcome.outcome for outcome in outcomes} == {"stored"}
    positions = [fact.position for fact in books[0].read(COMMUNITY, 0, 100_000)]
    assert positions == [*range(1, len(positions) + 1)]
    assert {outcome.position for outcome in outcomes} <= {*positions}
    assert len({outcome.position for outcome in outcomes}) == len(outcomes)


@pytest.mark.forks
@pytest.mark.parametrize("step", [COPY, READY, CLOSE, SETTLE, SWITCH, ADMIT, WAIT])
def test_a_move_that_was_broken_off_is_finished_or_undone(databases: list[str], books: list[Book], step: str):
    before = seen(books[0])
    killed_at(step, lambda dying: moved(databases, 1, told=dying), *databases)
    assert seen(books[1]) == before
    assert books[0].shard_of("inn") == 1

    if step in {COPY, CLOSE, SWITCH}:  # nothing has moved: undo it
        assert moved(databases, 0).facts == 0
        assert left(databases)[1] == 0
        assert homes(databases[0]) == [(COMMUNITY, 0, 1), ("inn", 1, 1)]
        goes_on(books[1])
        before = seen(books[0])
        killed_at(step, lambda dying: moved(databases, 1, told=dying), *databases)
    moved(databases, 1)
    assert left(databases)[0] == 0
    assert homes(databases[0]) == [(COMMUNITY, 1, 1), ("inn", 1, 1)]
    assert homes(databases[1]) == [(COMMUNITY, 1, 1), ("inn", 1, 1)]
    wait_for(books[0], 1)
    assert seen(books[0]) == before
    goes_on(books[0])


@pytest.mark.forks
def test_a_clearing_that_was_broken_off_is_finished(databases: list[str], books: list[Book]):
    before = seen(books[0])
    moved(databases, 1)
    killed_at(ADMIT, lambda dying: moved(databases, 0, told=dying), *databases)
    run(databases[1], "DELETE FROM stored_events WHERE community = ? AND position > 20", COMMUNITY)
    assert moved(databases, 0).facts == 0
    assert left(databases)[1] == 0
    wait_for(books[0], 0)
    assert seen(books[0]) == before


def test_a_copy_that_differs_is_dropped_and_the_community_stays(databases: list[str], books: list[Book]):
    def spoil(name: str, done: int, _of: int) -> None:
        if (name, done) == (SETTLE, 1):
            run(databases[1], "UPDATE stored_events SET recorded = 1 WHERE community = ? AND position = 1", COMMUNITY)

    before = seen(books[0])
    run(databases[0], "UPDATE stored_events SET position = 900 WHERE position = 5 AND community = ?", COMMUNITY)
    with pytest.raises(LedgerError, match="wanted position 5, got 6"):
        moved(databases, 1)
    run(databases[0], "UPDATE stored_events SET position = 5 WHERE position = 900 AND community = ?", COMMUNITY)
    run(databases[1], "INSERT INTO directory (community, shard, open) VALUES ('other', 1, 1)")
    assert moved(databases, 1, ready=lambda shard: spoil(SETTLE, shard, 1)).facts == len(before["facts"])
    moved(databases, 0)
    goes_on(books[0])


def test_a_process_that_does_not_know_the_new_shard_says_so(databases: list[str], books: list[Book], tmp_path: Path):
    moved(databases, 1)
    with (
        book_at(databases[0], tmp_path) as old,
        pytest.raises(LedgerUnavailableError, match="start this process again"),
    ):
        old.head(COMMUNITY)


def test_what_cannot_be_moved_is_said(databases: list[str], books: list[Book]):
    with pytest.raises(UnknownCommunityError):
        moved(databases, 1, "nowhere")
    with pytest.raises(LedgerError, match="wanted 0 to 1, got 2"):
        moved(databases, 2)
    with opened(databases) as shards, shards[0].alone(), pytest.raises(BusyError):
        moved(databases, 1)
    with opened(databases) as shards:
        close(shards[0], COMMUNITY)
    with pytest.raises(LedgerUnavailableError):
        books[0].append(contributions(1, first=900), community=COMMUNITY)
    assert moved(databases, 0).facts == 0  # opens it again
    goes_on(books[0])


# A whole book


@pytest.fixture
def file_book(tmp_path: Path) -> Iterator[tuple[str, Book]]:
    database = str(tmp_path / "book.sqlite")
    migrate(database)
    book = Book.open(database, data=tmp_path)
    fill(book)
    fill(book, community="inn", plain=3)
    yield database, book
    book.close()


@pytest.mark.forks
def test_a_whole_book_moves_to_postgresql(file_book: tuple[str, Book], postgres_database: str, tmp_path: Path):
    source, old = file_book
    before = {community: seen(old, community) for community in (COMMUNITY, "inn")}
    key = old.vault.add_key("inn", label="forum", scopes=["read"])
    signed, heads = old.log.seal(COMMUNITY), tmp_path / "heads.sqlite"
    for step in (COPY, CLOSE, SETTLE, SWITCH):
        killed_at(step, lambda dying: rehouse(source, postgres_database, told=dying), postgres_database)
        with pytest.raises(UnknownCommunityError), book_at(postgres_database, tmp_path) as new:
            new.head(COMMUNITY)
    done = rehouse(source, postgres_database, told=told, heads=heads)
    assert (done.facts, done.new) == ({name: len(each["facts"]) for name, each in before.items()}, True)
    assert rehouse(source, postgres_database, told=told).new is False

    with book_at(postgres_database, tmp_path) as new:
        assert {community: seen(new, community) for community in before} == before
        assert getattr(new.vault.find_key(key), "community", None) == "inn"
        assert {community: seen(old, community) for community in before} == before
        with pytest.raises(LedgerUnavailableError):
            old.append(contributions(1, first=500), community=COMMUNITY)
        assert new._heads.of(COMMUNITY) == old._heads.of(COMMUNITY)
        assert new.log.seal(COMMUNITY) == signed
        goes_on(new)
        goes_on(new, "inn")
        assert new.log.seal(COMMUNITY).size > signed.size
    with pytest.raises(NotMigratedError, match=r"GUILDBOOK_DATABASE=postgresql://127\.0\.0\.1:\d+/guildbook_test_"):
        Book.open(source, data=tmp_path)
    with pytest.raises(LedgerError, match="got a book with bar at"):
        back(source, postgres_database)


def book_at(database: str, folder: Path) -> closing[Book]:
    return closing(Book.open(database, data=folder))


def test_a_whole_book_can_come_back_while_nothing_new_was_written(
    file_book: tuple[str, Book], postgres_database: str, tmp_path: Path
):
    source, old = file_book
    rehouse(source, postgres_database, told=told)
    assert back(source, postgres_database) == [COMMUNITY, "inn"]
    with book_at(source, tmp_path) as again:
        goes_on(again)
    with book_at(postgres_database, tmp_path) as new:
        assert new.communities() == []
    rehouse(source, postgres_database, told=told)
    with book_at(postgres_database, tmp_path) as new:
        assert seen(new) == seen(old)


def test_another_book_is_never_overwritten(file_book: tuple[str, Book], databases: list[str], books: list[Book]):
    before = seen(books[0])
    with pytest.raises(LedgerError, match="wanted an empty PostgreSQL database, got a book with bar"):
        rehouse(file_book[0], databases[0], told=told)
    assert seen(books[0]) == before
    goes_on(file_book[1])
    with pytest.raises(LedgerError, match="wanted a book in a SQLite file"):
        rehouse(databases[0], databases[1], told=told)
    assert without_secret("postgresql://me:secret@host:5/db?sslkey=x") == "postgresql://host:5/db"


def test_a_log_goes_on_where_its_community_is(databases: list[str], books: list[Book]):
    book = books[0]
    book.append(contributions(300), community=COMMUNITY)
    first, proof = book.log.seal(COMMUNITY), book.log.prove(COMMUNITY, 2).text
    for to in (1, 0):
        moved(databases, to)
        for each in books:
            wait_for(each, to)
            assert each.log.prove(COMMUNITY, 2).text == proof
        book.append([contribution(f"at {to}")], community=COMMUNITY)
        last = book.log.seal(COMMUNITY)
        assert last.size == book.head(COMMUNITY)
        assert books[1].log.audit(COMMUNITY).faults == ()
        verify_consistency(
            first.size, last.size, book.log.consistency(COMMUNITY, first.size, last.size), first.root, last.root
        )
