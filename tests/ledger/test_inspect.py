"""Every fault is made, found, named and told apart; a healthy book has none. No secret is printed."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ledger import Book, migrate
from ledger.keyring import KeyRing
from ledger.operations import Finding, inspect, opened, worst
from ledger.operations.finding import clock, latest, space
from ledger.operations.inspect_store import _durable
from ledger.operations.staging import close
from ledger.wrapping import box
from tests.ledger.conftest import Place
from tests.ledger.operated import COMMUNITY, fill, told
from tests.ledger.vaults import run, vault_of
from tests.postgres import Server

GIB = 2**30


@pytest.fixture
def full(book: Book) -> Book:
    fill(book, plain=10)
    return book


def looked(place: Place, *, full: bool = False) -> list[Finding]:
    return [*inspect(place.database, data=place.folder, full=full, told=told)]


def wrong(place: Place, *, full: bool = False) -> list[Finding]:
    """Return what is not in order, less what the tests' own server has off."""
    return [
        each for each in looked(place, full=full) if each.level != "ok" and each.check not in {"durability", "disk"}
    ]


@pytest.mark.parametrize("every", [False, True])
def test_a_healthy_book_has_no_fault_and_no_secret(place: Place, full: Book, every: bool):  # noqa: FBT001 - which way
    found = looked(place, full=every)
    assert wrong(place, full=every) == []
    checks = {"tables", "gaps", "order", "facts", "people", "claims", "keys", "buckets", "modes", "directory", "disk"}
    on_postgres = place.database.startswith("postgresql")
    assert {each.check for each in found} == checks | (
        {"durability", "clock", "connections"} if on_postgres else {"file"}
    )
    secrets = [path.read_bytes() for path in (place.folder / "keys").iterdir()]
    text = " ".join(map(str, found))
    assert not any(secret.hex() in text or repr(secret) in text for secret in secrets)
    assert place.database.partition("@")[0] not in text or not on_postgres


def _break_state(database: str) -> None:
    run(database, "UPDATE stored_events SET state = ? WHERE position = 7", b"\x01")


def _break_commitment(database: str) -> None:
    ((state,),) = run(database, "SELECT state FROM stored_events WHERE position = 7")
    run(database, "UPDATE stored_events SET state = ? WHERE position = 7", bytes(state).replace(b'"time"', b'"tima"'))


FAULTS: tuple[tuple[str | Callable[[str], None], str, str], ...] = (
    ("DELETE FROM stored_events WHERE position = 5", "gaps", "missing: 5"),
    ("DELETE FROM stored_events WHERE position BETWEEN 5 AND 8", "gaps", "missing: 5 to 8"),
    ("DELETE FROM stored_events WHERE position = 1", "gaps", "missing: 1"),
    ("UPDATE stored_events SET recorded = recorded - 1 WHERE position = 9", "order", "goes back at position 9"),
    (_break_state, "facts", "position 7: "),
    (_break_commitment, "facts", "position 7: open part: wanted what its commitment says"),
    ("UPDATE stored_events SET topic = 'dream.v1' WHERE position = 7", "facts", "that this release knows"),
    ("DELETE FROM vault.accounts WHERE key IS NOT NULL", "people", "accounts that facts name are not in the vault"),
    ("DELETE FROM claims WHERE number = 0", "claims", "awards without a claim at position"),
    ("DELETE FROM claims WHERE number IS NULL", "claims", "awards without a claim at position"),
    ("UPDATE vault.communities SET data_key = book_key", "keys", "does not open the vault of bar"),
    ("UPDATE vault.accounts SET account = account || 'X'", "keys", "does not open the vault of bar"),
    ("UPDATE vault.buckets SET community = 'inn'", "keys", "does not open the vault of inn"),
    ("UPDATE vault.buckets SET kek = 'f00'", "keys", "under a key-encryption key that no file has: f00"),
    ("DELETE FROM vault.buckets", "buckets", "accounts without the bucket that wraps their key"),
    ("UPDATE stored_events SET recorded = 4000000000000000 WHERE position > 20", "clock", "s in the future"),
    ("UPDATE directory SET shard = 3", "directory", "it is in shard 3, and there are 1"),
    ("DELETE FROM directory", "directory", "shard 0 has facts or people of it, and no directory names it"),
    ("DELETE FROM vault.communities", "directory", "shard 0 says that shard 0 keeps it, which does not know it"),
    ("UPDATE installation SET value = '9' WHERE name = 'schema'", "database", "a later release made them"),
)
"""What is done behind the program's back, which check finds it, and in which words."""


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of a healthy book, to be copied."""
    folder = tmp_path_factory.mktemp("healthy") / "data"
    folder.mkdir()
    place = Place(str(folder / "book.sqlite"), folder)
    fill(place.open(), plain=10)
    place.books[0].close()
    return folder


@pytest.mark.parametrize(("fault", "check", "words"), FAULTS)
def test_a_fault_is_found(healthy: Path, tmp_path: Path, fault: str | Callable[[str], None], check: str, words: str):
    shutil.copytree(healthy, tmp_path / "data")
    place = Place(str(tmp_path / "data" / "book.sqlite"), tmp_path / "data")
    _is_found(place, fault, check, words)


@pytest.mark.parametrize(("fault", "check", "words"), FAULTS[1::5])
def test_a_fault_is_found_on_postgresql(
    empty_database: str, tmp_path: Path, fault: str | Callable[[str], None], check: str, words: str
):
    place = Place(empty_database, tmp_path)
    fill(place.open(), plain=10)
    place.books[0].close()
    _is_found(place, fault, check, words)


def _is_found(place: Place, fault: str | Callable[[str], None], check: str, words: str) -> None:
    if isinstance(fault, str):
        run(place.database, fault)
    else:
        fault(place.database)
    for every in (False, True):
        found = [each for each in wrong(place, full=every) if each.check == check]
        assert len(found) >= 1
        assert words in found[0].found
        assert found[0].level == "fault"
        assert found[0].advice


def test_what_was_broken_off_is_a_warning(place: Place, full: Book):
    run(place.database, "UPDATE directory SET open = -1")
    (found,) = wrong(place)
    assert (found.level, "an adoption was broken off" in found.found) == ("warning", True)


def test_a_closed_community_is_a_warning(place: Place, full: Book):
    with opened(place.database) as (database,):
        close(database, COMMUNITY)
    (found,) = wrong(place)
    assert (found.check, found.of, found.level) == ("directory", COMMUNITY, "warning")
    assert f"guildbook move {COMMUNITY} --to 0" in found.advice


def test_what_a_crash_left_in_the_vault_is_a_warning(place: Place, full: Book):
    run(place.database, "INSERT INTO vault.buckets SELECT 'empty', community, kek, key FROM vault.buckets")
    run(place.database, "UPDATE vault.buckets SET key = ? WHERE id = 'empty'", _wrapped(place, "empty"))
    (found,) = wrong(place)
    assert (found.check, found.level, found.found) == ("buckets", "warning", "1 buckets without accounts")
    KeyRing(place.folder / "keys").bring()
    assert [(each.check, each.of, each.level) for each in wrong(place)] == [
        ("keys", "key-encryption.next", "warning"),
        ("buckets", "shard 0", "warning"),
    ]
    full.rotate()
    assert wrong(place) == []


def _wrapped(place: Place, bucket: str) -> bytes:
    return box(KeyRing(place.folder / "keys").current[1], bytes(32), "bucket", COMMUNITY, bucket)


def test_a_key_that_is_cut_short_is_found(place: Place, full: Book):
    full.rotate()
    (retired,) = (place.folder / "keys" / "retired").iterdir()
    retired.write_bytes(b"short")
    (found,) = wrong(place)
    assert (found.check, found.level) == ("keys", "fault")
    assert f"{retired.name}: wanted 32 bytes, got 5" in found.found


def test_a_sample_is_spread_and_all_is_all(tmp_path: Path):
    place = Place(str(tmp_path / "book.sqlite"), tmp_path)
    book = place.open()
    fill(book, plain=2_600)
    head = book.head(COMMUNITY)
    book.close()
    read = [each.found for each in looked(place) if each.check == "facts"]
    assert read == ["2,000 facts, a sample, each readable and as it was committed to"]
    read = [each.found for each in looked(place, full=True) if each.check == "facts"]
    assert read == [f"{head:,} facts (all), each readable and as it was committed to"]
    run(place.database, "UPDATE stored_events SET state = ? WHERE position = 250", b"")
    assert [each.check for each in wrong(place, full=True)] == ["facts"]


def test_keys_and_vault_that_others_may_read(tmp_path: Path):
    place = Place(str(tmp_path / "data" / "book.sqlite"), tmp_path / "data")
    place.folder.mkdir()
    fill(place.open(), plain=2)
    place.books[0].close()
    Path(vault_of(place.database)).chmod(0o644)
    (place.folder / "keys").chmod(0o750)
    (place.folder / "keys" / "key-encryption").chmod(0o640)
    found = {each.of: (each.check, each.level, each.found) for each in wrong(place)}
    assert found == {
        "book.vault.sqlite": ("modes", "fault", "mode 0644: others may read it"),
        "keys": ("modes", "fault", "mode 0750: others may read it"),
        "key-encryption": ("modes", "fault", "mode 0640: others may read it"),
    }
    (place.folder / "keys" / "key-encryption").unlink()
    assert [each.found for each in wrong(place) if each.check == "keys"] == [f"none in {place.folder / 'keys'}"]
    assert not (place.folder / "keys" / "key-encryption").exists()


def test_a_damaged_file(tmp_path: Path):
    place = Place(str(tmp_path / "book.sqlite"), tmp_path)
    fill(place.open(), plain=400)
    place.books[0].close()
    run(place.database, "PRAGMA journal_mode = DELETE")
    with Path(place.database).open("r+b") as file:
        file.seek(4096 * 5 + 8)
        file.write(b"\xff" * 60)
    found = wrong(place)
    assert {"fault"} == {each.level for each in found}
    assert any("database" in each.check or "file" in each.check for each in found)


def test_a_database_that_cannot_be_reached_is_a_fault_among_others(tmp_path: Path):
    nowhere = Place("postgresql://me:hunter2@127.0.0.1:9/none", tmp_path)
    found = looked(nowhere)
    assert ("database", "shard 0", "fault") in [(each.check, each.of, each.level) for each in found]
    assert "hunter2" not in str(found)
    missing = looked(Place(str(tmp_path / "book.sqlite"), tmp_path))
    assert "got no such file" in next(each.found for each in missing if each.check == "database")
    assert not (tmp_path / "book.sqlite").exists()


def test_the_servers_promises_are_read(empty_database: str, tmp_path: Path):
    place = Place(empty_database, tmp_path)
    place.open().close()
    place.books.clear()
    (fsync,) = [each for each in looked(place) if each.check == "durability"]  # off in the tests' own server
    assert (fsync.level, fsync.advice) == ("fault", "set fsync = on")
    name = place.database.rpartition("/")[2]
    with psycopg.connect(place.database, autocommit=True) as connection:
        try:
            connection.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
            found = [each.found for each in looked(place) if each.check == "durability"]
            assert any("synchronous_commit is off" in words for words in found)
        finally:
            connection.execute(f'ALTER DATABASE "{name}" RESET synchronous_commit')


GOOD = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "synchronous_standby_names": ""}


@pytest.mark.parametrize(
    ("settings", "replica", "levels", "words"),
    [
        ({}, False, ["ok"], "survives a crash of this server; not promised: a failover"),
        ({"synchronous_standby_names": "one"}, False, ["ok"], "and a failover to a synchronous standby"),
        ({"full_page_writes": "off"}, False, ["fault"], "full_page_writes is off"),
        ({"synchronous_standby_names": "one", "synchronous_commit": "local"}, False, ["warning"], "nobody waits"),
        ({}, True, ["fault", "ok"], "it is a replica"),
    ],
)
def test_what_settings_promise(settings: dict[str, str], replica: bool, levels: list[str], words: str):  # noqa: FBT001 - as it is
    found = [*_durable(GOOD | settings, "shard 0", replica=replica)]
    assert [each.level for each in found] == levels
    assert words in found[0].found


def test_disks_and_clocks_are_judged():
    assert [space("x", free=free, total=100 * GIB).level for free in (50 * GIB, 5 * GIB, GIB // 8)] == [
        "ok",
        "warning",
        "fault",
    ]
    assert space("x", free=5 * GIB, total=20 * GIB).level == "ok"
    seconds = [0, 2, 90]
    assert [clock("x", ours=0, theirs=each * 10**6).level for each in seconds] == ["ok", "warning", "fault"]
    assert latest("x", recorded=0, now=0) is None
    ahead = [latest("x", recorded=each * 10**6, now=0) for each in (20, 7_200)]
    assert [each.level for each in ahead if each] == ["warning", "fault"]
    assert worst([]) == "ok"
    assert worst([Finding("a", "b", "warning", "c"), Finding("a", "b", "ok", "c")]) == "warning"


# Shards


@pytest.fixture(scope="module")
def two(postgres_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[list[str], Path]]:
    folder = tmp_path_factory.mktemp("two")
    with postgres_server.database() as one, postgres_server.database() as other:
        migrate([one, other])
        book = Book.open([one, other], data=folder)
        fill(book, plain=2)
        book.open_community("inn", name="The Inn", shard=1)
        book.close()
        yield [one, other], folder


@pytest.mark.parametrize(
    ("at", "fault", "undo", "level", "words"),
    [
        (
            0,
            "UPDATE directory SET shard = 0 WHERE community = 'inn'",
            "UPDATE directory SET shard = 1 WHERE community = 'inn'",
            "fault",
            "shard 0 says that shard 0 keeps it, which does not know it",
        ),
        (
            0,
            "DELETE FROM directory WHERE community = 'inn'",
            "INSERT INTO directory (community, shard, open) VALUES ('inn', 1, 1)",
            "fault",
            "shard 1 says that it keeps it; shard 0 does not know it",
        ),
        (
            1,
            "DELETE FROM directory WHERE community = 'inn'",
            "INSERT INTO directory (community, shard, open) VALUES ('inn', 1, 1)",
            "fault",
            "shard 0 says that shard 1 keeps it, whose own directory does not",
        ),
        (
            1,
            "UPDATE directory SET open = 0 WHERE community = 'inn'",
            "UPDATE directory SET open = 1 WHERE community = 'inn'",
            "warning",
            "it is closed in shard 1",
        ),
        (
            1,
            "INSERT INTO directory (community, shard, open) VALUES ('bar', 1, 1)",
            "DELETE FROM directory WHERE community = 'bar'",
            "fault",
            "shard 1 says that it keeps it; shard 0 says shard 0",
        ),
    ],
)
def test_shards_that_disagree(two: Any, at: int, fault: str, undo: str, level: str, words: str):
    databases, folder = two
    run(databases[at], fault)
    try:
        found = [each for each in inspect(databases, data=folder, full=False, told=told) if each.check == "directory"]
    finally:
        run(databases[at], undo)
    assert words in found[0].found
    assert found[0].level == level
    healthy = [each for each in inspect(databases, data=folder, full=False, told=told) if each.check == "directory"]
    assert [each.level for each in healthy] == ["ok"]
