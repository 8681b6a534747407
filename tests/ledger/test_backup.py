"""A copy taken while others write is whole, and comes back as what it was, or not at all."""

from __future__ import annotations

import json
import os
import shutil
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from ledger import Book, ForkedError, LedgerError, migrate
from ledger.errors import BusyError, FileFaultError
from ledger.key_files import KeyFileError
from ledger.operations import Manifest, backup, checked_backup, opened, postgres_tools, restore
from ledger.operations.inspect import inspect
from ledger.rotating import rotate
from tests.ledger.conftest import Place
from tests.ledger.operated import COMMUNITY, contributions, dropped, fill, goes_on, killed_at, seen, told
from tests.ledger.vaults import run, vault_of
from tests.postgres import Server


@pytest.fixture
def full(book: Book) -> Book:
    fill(book, plain=20)
    return book


def backed_up(place: Place, folder: Path, *, with_keys: bool = True) -> Manifest:
    return backup(place.database, folder, data=place.folder, with_keys=with_keys, told=told)


def restored(place: Place, folder: Path, **more: Any) -> Manifest:
    return restore(place.database, folder, **{"data": place.folder, "told": told, **more})


def test_what_was_backed_up_comes_back(place: Place, full: Book, elsewhere: Place, tmp_path: Path):
    key = full.vault.add_key(COMMUNITY, label="forum", scopes=["read"])
    kid = full.signer(COMMUNITY).kid
    before, head = seen(full), full.head(COMMUNITY)
    folder = tmp_path / "monday"
    manifest = backed_up(place, folder)

    told_ = json.loads((folder / "manifest.json").read_text())
    assert told_["shards"][0]["communities"][COMMUNITY]["head"] == head == manifest.facts
    assert checked_backup(folder, told) == manifest
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE((folder / "keys").stat().st_mode) == stat.S_IMODE(folder.stat().st_mode) == 0o700

    goes_on(full)
    assert restored(elsewhere, folder) == manifest
    book = elsewhere.open()
    assert seen(book) == before
    assert getattr(book.vault.find_key(key), "community", None) == COMMUNITY
    assert book.signer(COMMUNITY).kid == kid
    goes_on(book)


def test_a_copy_taken_under_load_is_consistent(place: Place, full: Book, elsewhere: Place, tmp_path: Path):
    stop = threading.Event()
    acknowledged: list[int] = []

    def write(lane: int) -> None:
        number = 0
        while not stop.is_set():
            number += 1
            batch = contributions(5, first=100_000 * lane + 10 * number)
            for event in batch:
                event["data"]["author"]["id"] = f"new-{lane}-{number}"  # somebody the vault has not seen
            acknowledged.extend(outcome.position or 0 for outcome in full.append(batch, community=COMMUNITY))

    writers = [threading.Thread(target=write, args=(lane,)) for lane in (1, 2, 3)]
    for writer in writers:
        writer.start()
    try:
        while len(acknowledged) < 50:
            stop.wait(0.01)
        before = len(acknowledged)
        manifest = backed_up(place, tmp_path / "monday")
        assert len(acknowledged) > before
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    restored(elsewhere, tmp_path / "monday")
    findings = [*inspect(elsewhere.database, data=elsewhere.folder, full=True, told=told)]
    assert [finding for finding in findings if finding.level == "fault" and finding.check != "durability"] == []
    book, head = elsewhere.open(), manifest.facts
    assert before <= head <= full.head(COMMUNITY)
    positions = range(1, head + 1)
    assert book.leaves(COMMUNITY, positions) == full.leaves(COMMUNITY, positions)


def test_without_its_keys_it_needs_the_old_ones(place: Place, full: Book, elsewhere: Place, tmp_path: Path):
    folder = tmp_path / "monday"
    backed_up(place, folder, with_keys=False)
    assert not (folder / "keys").exists()
    with pytest.raises(KeyFileError, match="the backup was made without"):
        restored(elsewhere, folder)
    assert not (elsewhere.folder / "keys").exists()
    (elsewhere.folder / "keys").mkdir(parents=True, mode=0o700)
    other = elsewhere.folder / "keys" / "key-encryption"
    other.write_bytes(bytes(32))
    other.chmod(0o600)
    with pytest.raises(KeyFileError, match="got others"):
        restored(elsewhere, folder)
    shutil.rmtree(elsewhere.folder / "keys")
    shutil.copytree(place.folder / "keys", elsewhere.folder / "keys")
    restored(elsewhere, folder)
    assert seen(elsewhere.open()) == seen(full)


def test_one_made_before_a_new_key_comes_back_while_the_former_is_kept(
    place: Place, full: Book, elsewhere: Place, tmp_path: Path
):
    before, folder = seen(full), tmp_path / "monday"
    manifest = backed_up(place, folder, with_keys=False)
    assert manifest.wrapped == {manifest.key_check} == {full._ring.current[0]}
    full.rotate()
    shutil.copytree(place.folder / "keys", elsewhere.folder / "keys")
    restored(elsewhere, folder)
    book = elsewhere.open()
    assert seen(book) == before
    book.rotate()
    goes_on(book)


def test_one_under_a_key_that_is_gone_does_not_come_back(place: Place, full: Book, elsewhere: Place, tmp_path: Path):
    backed_up(place, tmp_path / "monday", with_keys=False)
    backed_up(place, tmp_path / "with-keys")
    full.rotate()
    shutil.rmtree(place.folder / "keys" / "retired")
    shutil.copytree(place.folder / "keys", elsewhere.folder / "keys")
    for folder in (tmp_path / "monday", tmp_path / "with-keys"):
        with pytest.raises(KeyFileError, match="got others; a key that was retired is dropped after 30 days"):
            restored(elsewhere, folder)
    assert not Path(elsewhere.database).exists()


def test_retired_keys_are_copied_with_their_age(place: Place, full: Book, elsewhere: Place, tmp_path: Path):
    rotate(full._ring, [])  # so that rows are under one that is retired
    (retired,) = (place.folder / "keys" / "retired").iterdir()
    os.utime(retired, (1_700_000_000, 1_700_000_000))
    manifest = backed_up(place, tmp_path / "monday")
    assert f"retired/{retired.name}" in [file.name for file in manifest.keys or ()]
    assert manifest.wrapped == {retired.name} != {manifest.key_check}
    restored(elsewhere, tmp_path / "monday")
    (again,) = (elsewhere.folder / "keys" / "retired").iterdir()
    assert (again.name, again.stat().st_mtime) == (retired.name, 1_700_000_000)
    assert (stat.S_IMODE(again.stat().st_mode), stat.S_IMODE(again.parent.stat().st_mode)) == (0o600, 0o700)
    assert seen(elsewhere.open()) == seen(full)
    assert again.exists()  # however old: rows are under it


def test_a_copy_taken_while_keys_change_opens(place: Place, full: Book, elsewhere: Place, tmp_path: Path):
    before = seen(full)
    stop = threading.Event()

    def change() -> None:
        while not stop.wait(0.02):  # seconds in which whoever waits for the keys may have them
            full.rotate()

    changing = threading.Thread(target=change)
    changing.start()
    try:
        manifests = [backed_up(place, tmp_path / str(number)) for number in range(3)]
    finally:
        stop.set()
        changing.join()
    assert manifests
    restored(elsewhere, tmp_path / "1")
    assert seen(elsewhere.open()) == before


def test_only_an_empty_place_is_filled_and_twice_is_once(place: Place, full: Book, elsewhere: Place, tmp_path: Path):
    folder = tmp_path / "monday"
    backed_up(place, folder)
    full.append(contributions(1, first=700), community=COMMUNITY)
    with pytest.raises(LedgerError, match="wanted an empty database, got one with tables"):
        restore(place.database, folder, data=place.folder, told=told)
    restored(elsewhere, folder)
    restored(elsewhere, folder)
    book = elsewhere.open()
    goes_on(book)
    with pytest.raises(LedgerError, match="wanted an empty database"):
        restored(elsewhere, folder)


@pytest.mark.forks
def test_what_was_changed_or_broken_off_is_refused(place: Place, full: Book, elsewhere: Place, tmp_path: Path):
    folder = tmp_path / "monday"
    killed_at(
        "Reading bar",
        lambda dying: backup(place.database, folder, data=place.folder, with_keys=False, told=dying),
        place.database,
    )
    with pytest.raises(FileFaultError, match="it was broken off, or is none"):
        restored(elsewhere, folder)
    with pytest.raises(FileFaultError, match="wanted a new or an empty folder"):
        backed_up(place, folder)
    shutil.rmtree(folder)
    backed_up(place, folder)
    for file in sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "manifest.json"):
        good = file.read_bytes()
        file.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
        with pytest.raises(FileFaultError, match=r"wanted .* bytes with SHA-256"):
            restored(elsewhere, folder)
        file.unlink()
        with pytest.raises(FileFaultError, match="wanted a file of the backup, got none"):
            restored(elsewhere, folder)
        file.write_bytes(good)
    (folder / "manifest.json").write_text("{}")
    with pytest.raises(FileFaultError, match="wanted the manifest"):
        restored(elsewhere, folder)


def test_a_book_with_a_fault_is_not_called_whole(place: Place, full: Book, tmp_path: Path):
    run(place.database, "DELETE FROM stored_events WHERE position = 3")
    with pytest.raises(LedgerError, match="bar: wanted position 3, got 4"):
        backed_up(place, tmp_path / "monday")
    with opened(place.database) as (database,), database.alone(), pytest.raises(BusyError):
        backed_up(place, tmp_path / "tuesday")


def test_a_restore_that_was_broken_off_is_finished(tmp_path: Path):
    place, elsewhere = (Place(str(tmp_path / name / "book.sqlite"), tmp_path / name) for name in ("old", "new"))
    place.folder.mkdir()
    book = place.open()
    fill(book, plain=3)
    backed_up(place, tmp_path / "monday")
    restored(elsewhere, tmp_path / "monday")
    Path(elsewhere.database).unlink()  # as where it died between the vault and the ledger
    (elsewhere.folder / "keys" / "key-encryption").unlink()  # and among the keys
    restored(elsewhere, tmp_path / "monday")
    assert seen(elsewhere.open()) == seen(book)
    elsewhere.books[0].close()
    Path(elsewhere.database).unlink()
    with Path(vault_of(elsewhere.database)).open("ab") as vault:
        vault.write(b"other")
    with pytest.raises(LedgerError, match="wanted nothing of another book"):
        restored(elsewhere, tmp_path / "monday")
    (elsewhere.folder / "keys" / "key-encryption").unlink()
    (elsewhere.folder / "keys" / "passphrase").write_text("another")
    with pytest.raises(KeyFileError, match="wanted no keys yet, or those of the backup"):
        restored(elsewhere, tmp_path / "monday")
    book.close()


def test_every_shard_is_copied_and_another_number_of_them_refused(postgres_server: Server, tmp_path: Path):
    with postgres_server.database() as one, postgres_server.database() as two:
        migrate([one, two])
        book = Book.open([one, two], data=tmp_path / "old")
        fill(book, plain=3)
        book.open_community("inn", name="The Inn", shard=1)
        book.append(contributions(3, community="inn"), community="inn")
        manifest = backup([one, two], tmp_path / "monday", data=tmp_path / "old", with_keys=True, told=told)
        assert [sorted(shard.communities) for shard in manifest.shards] == [[COMMUNITY], ["inn"]]
        before = seen(book)
        book.close()
        with pytest.raises(LedgerError, match="wanted 2 of postgresql, as the backup has, got 1"):
            restore(one, tmp_path / "monday", data=tmp_path / "new", told=told)
        # opened while shard 1 was being dumped: shard 0 did not know of it yet
        run(one, "DELETE FROM directory WHERE community = 'inn'")
        shutil.rmtree(tmp_path / "monday")
        backup([one, two], tmp_path / "monday", data=tmp_path / "old", with_keys=True, told=told)
        dropped(one, two)
        restore([one, two], tmp_path / "monday", data=tmp_path / "new", told=told)
        book = Book.open([one, two], data=tmp_path / "new")
        assert seen(book) == before
        assert (book.shard_of("inn"), book.head("inn")) == (1, 3)
        book.close()


def test_programs_that_are_missing_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LedgerError, match="pg_dump: wanted it on the PATH, got none"):
        postgres_tools.found("pg_dump", ())
    for release in ("9", "16"):
        (tmp_path / release / "bin").mkdir(parents=True)
        (tmp_path / release / "bin" / "pg_dump").touch()
    assert postgres_tools.found("pg_dump", [tmp_path]) == str(tmp_path / "16" / "bin" / "pg_dump")


def test_a_program_that_fails_says_why_and_no_password(postgres_database: str, tmp_path: Path):
    with pytest.raises(LedgerError, match=r"pg_restore: wanted it to end well, got: pg_restore") as refused:
        postgres_tools.restore(postgres_database, tmp_path / "nothing")
    password = postgres_database.split(":")[2].split("@", maxsplit=1)[0]
    assert password not in str(refused.value)
    assert os.environ.get("PGPASSWORD") is None


def test_an_old_backup_in_place_of_a_newer_book_is_refused(place: Place, full: Book, tmp_path: Path):
    """The signed heads are where no backup brings them back; whatever is written then could not be signed."""
    backed_up(place, tmp_path / "monday")
    goes_on(full)
    signed = full.log.seal(COMMUNITY)
    full.close()
    if place.database.startswith("postgresql"):
        run(place.database, "DROP SCHEMA vault CASCADE")
        run(place.database, "DROP TABLE stored_events, claims, conflicts, directory, installation")
        run(place.database, "DROP TABLE log_tiles, log_checkpoints")
    else:
        for file in Path(place.database).parent.glob("book*"):
            file.unlink()
    restored(place, tmp_path / "monday")

    book = place.open()
    with pytest.raises(ForkedError, match=f"at least the {signed.size} facts whose head was signed"):
        goes_on(book)
    assert "cut short" in book.log.audit(COMMUNITY).faults[0]
    assert book.log.begin_anew(COMMUNITY, "Monday's copy is all there is").size == book.head(COMMUNITY)
    goes_on(book)
