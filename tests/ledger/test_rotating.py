"""A new key-encryption key is brought in while others read and write; whatever is broken off, nobody loses a key."""

from __future__ import annotations

import os
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger import Book, KeyFileError, WrongKeyError, migrate, rotating
from ledger.errors import BusyError
from ledger.key_files import load_secret
from ledger.keyring import RETIRED_SECONDS, KeyRing, fingerprint
from ledger.operations.inspect import inspect
from ledger.rotating import NAMED, RETIRE, STEPS, WRAP, rotate
from ledger.wrapping import box
from tests.ledger.conftest import Place
from tests.ledger.events import contribution
from tests.ledger.operated import COMMUNITY, Told, contributions, fill, killed_at, seen, told
from tests.ledger.vaults import run
from tests.postgres import Server


@pytest.fixture
def full(book: Book) -> Book:
    fill(book, plain=20)
    return book


def keys_of(place: Place) -> Path:
    return place.folder / "keys"


def current(place: Place) -> str:
    return fingerprint(load_secret(keys_of(place) / "key-encryption") or b"")


def retired(place: Place) -> set[str]:
    return {path.name for path in (keys_of(place) / "retired").glob("*")}


def names(place: Place) -> set[str | None]:
    """Return the keys that the vault is under."""
    return {name for (name,) in run(place.database, NAMED)}


def rotated(place: Place, told: Told = told) -> None:
    """Rotate as another process would."""
    book = place.open()
    rotate(book._ring, [shard.vault for shard in book._shards], told)


def wrong(place: Place) -> list[tuple[str, str, str]]:
    found = inspect(place.database, data=place.folder, full=True, told=told)
    return [(each.check, each.level, each.found) for each in found if each.level != "ok" and each.check != "durability"]


def aged(place: Place, seconds: float) -> None:
    """Let the retired keys be of so long ago."""
    then = time.time() - seconds
    for path in (keys_of(place) / "retired").iterdir():
        os.utime(path, (then, then))


def as_first_release(place: Place, book: Book) -> None:
    """Let the vault be as the first release would have left it: every key under the key-encryption key itself."""
    secret = load_secret(keys_of(place) / "key-encryption") or b""
    wrapping, keys = AESGCM(secret), book._shards[0].people.community(COMMUNITY)
    for (account,) in run(place.database, "SELECT account FROM vault.accounts WHERE key IS NOT NULL"):
        (living,) = book._shards[0].people.living(keys, [account]).values()
        wrapped = box(wrapping, living.key, "account", COMMUNITY, account)
        run(place.database, "UPDATE vault.accounts SET key = ?, bucket = NULL WHERE account = ?", wrapped, account)
    run(place.database, "DELETE FROM vault.buckets")
    run(place.database, "UPDATE vault.communities SET kek = NULL")


def test_after_it_everything_is_under_the_new_key_and_as_before(place: Place, full: Book):
    before, former, other = seen(full), current(place), place.open()
    full.rotate()
    assert names(place) == {current(place)} != {former}
    assert retired(place) == {former}
    files = [path for path in keys_of(place).rglob("*") if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE((keys_of(place) / "retired").stat().st_mode) == 0o700
    assert not (keys_of(place) / "key-encryption.next").exists()
    for book in (full, other, place.open()):
        assert seen(book) == before
    assert wrong(place) == []


def test_whoever_held_the_former_key_goes_on_with_the_new(place: Place, full: Book):
    other = place.open()
    other.account(COMMUNITY, "forum", "ada")
    full.rotate()
    other.append([contribution("x", author="somebody new")], community=COMMUNITY)
    other.open_community("pub", name="The Pub")
    assert names(place) == {current(place)}
    for _ in range(3):
        other.rotate()
        full.append([contribution(current(place), author=current(place))], community=COMMUNITY)
        assert names(place) == {current(place)}
    assert len(retired(place)) == 4


@pytest.mark.forks
@pytest.mark.parametrize("step", STEPS)
def test_what_was_broken_off_is_finished_by_the_next(place: Place, full: Book, step: str):
    before, former = seen(full), current(place)
    killed_at(step, lambda dying: rotated(place, dying), place.database)

    assert seen(full) == before
    again = place.open()
    assert seen(again) == before
    again.append([contribution("x", author="somebody new")], community=COMMUNITY)
    again.rotate()
    assert names(place) == {current(place)}
    assert former in retired(place)
    assert len(retired(place)) == 1 + (step in STEPS[STEPS.index(RETIRE) + 2 :])  # whether there were two
    assert sorted(path.name for path in keys_of(place).glob("key-*")) == ["key-encryption"]
    assert set(before["members"]) < set(seen(full)["members"])
    assert wrong(place) == []


@pytest.mark.forks
@pytest.mark.parametrize("first_release", [False, True])
def test_it_may_be_broken_off_between_any_two_pages(
    place: Place,
    full: Book,
    monkeypatch: pytest.MonkeyPatch,
    first_release: bool,  # noqa: FBT001 - which way
):
    full.open_community("pub", name="The Pub")
    for number in range(3):  # a bucket each
        place.open().append([contribution(f"late{number}", author=f"late{number}")], community=COMMUNITY)
    before = seen(full)
    if first_release:
        as_first_release(place, full)
    monkeypatch.setattr(rotating, "PAGE", 1)

    def work(dying: Told) -> None:
        rotated(place, lambda name, done, _: dying("a page later" if name == WRAP and done else name, 0, 0))

    for _ in range(4):
        killed_at("a page later", work, place.database)
        assert seen(place.open()) == before
    rotated(place)
    assert names(place) == {current(place)}
    assert seen(place.open()) == before
    assert wrong(place) == []


def test_a_vault_of_the_first_release_is_read_and_brought_along(place: Place, full: Book):
    before = seen(full)
    as_first_release(place, full)
    assert None in names(place)
    book = place.open()
    assert seen(book) == before
    found = {each.check: each.found for each in inspect(place.database, data=place.folder, full=True, told=told)}
    assert "of the first release come into one" in found["buckets"]
    book.append([contribution("x", author="somebody new")], community=COMMUNITY)  # in a bucket, among the others
    book.rotate()
    assert names(place) == {current(place)}
    assert run(place.database, "SELECT count(*) FROM vault.accounts WHERE bucket IS NULL") == [(0,)]
    again = place.open()
    run(place.database, "DELETE FROM stored_events WHERE position > ?", full.head(COMMUNITY) - 1)
    assert seen(again) == before
    assert wrong(place) == []


def test_who_is_destroyed_in_a_vault_of_the_first_release_is_gone(place: Place, full: Book):
    ada, bo = (full.account(COMMUNITY, "forum", name) or "" for name in ("ada", "bo"))
    as_first_release(place, full)
    book = place.open()
    book._shards[0].people.destroy(COMMUNITY, [ada])
    book.rotate()
    again = place.open()
    assert again.handle(COMMUNITY, ada) is None
    assert again.handle(COMMUNITY, bo)
    assert wrong(place) == []


def test_minting_and_destroying_and_rotating_at_once(place: Place, full: Book):
    other = place.open()
    books = [full, other]
    full.append([contribution(f"m{n}", author=f"m{n}") for n in range(24)], community=COMMUNITY)
    everyone = [full.account(COMMUNITY, "forum", f"m{n}") or "" for n in range(24)]

    def work(number: int) -> None:
        book = books[number % 2]
        if number % 4 == 0:
            book.rotate()
        elif number % 4 == 1:
            book._shards[0].people.destroy(COMMUNITY, [everyone[number]])
        else:
            book.append([contribution(f"new{number}", author=f"new{number}")], community=COMMUNITY)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(24)))
    assert names(place) == {current(place)}
    assert wrong(place) == []
    again = place.open()
    handles = [again.handle(COMMUNITY, each) for each in everyone]
    assert [handle is None for handle in handles] == [number % 4 == 1 for number in range(24)]
    assert all(again.account(COMMUNITY, "forum", f"new{number}") for number in range(24) if number % 4 > 1)


def test_one_at_a_time_changes_keys(place: Place, full: Book, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("ledger.keyring._PATIENCE_SECONDS", 0.0)
    with KeyRing(keys_of(place)).alone(), pytest.raises(BusyError, match="wanted to change keys"):
        full.rotate()
    full.rotate()


@pytest.mark.parametrize("first_release", [False, True])
def test_the_vault_opens_only_with_its_own_key(place: Place, full: Book, first_release: bool):  # noqa: FBT001
    if first_release:
        as_first_release(place, full)
    file = keys_of(place) / "key-encryption"
    own = file.read_bytes()
    for content in (None, bytes(32), b"short"):
        file.unlink(missing_ok=True)
        if content is not None:
            file.write_bytes(content)
            file.chmod(0o600)
        before = {path: path.read_bytes() for path in place.folder.rglob("*") if path.is_file()}
        with pytest.raises((KeyFileError, WrongKeyError), match=r"keys/key-encryption: wanted "):
            place.open()
        after = {path: path.read_bytes() for path in place.folder.rglob("*") if path.is_file()}
        assert {path for path in after if "keys" in path.parts} == {path for path in before if "keys" in path.parts}
        assert after.get(file) == content
    file.write_bytes(own)
    assert place.open().communities()


def test_keys_that_are_needed_no_more_go_after_thirty_days(place: Place, full: Book):
    former = current(place)
    full.rotate()
    aged(place, RETIRED_SECONDS - 600)
    place.open()
    assert retired(place) == {former}
    aged(place, RETIRED_SECONDS + 600)
    assert [each for each in wrong(place) if each[0] == "keys"] == [
        ("keys", "warning", "1 retired over 30 days ago: backups of people who were erased can still be opened")
    ]
    place.open()
    assert retired(place) == set()
    between = current(place)
    full.rotate()
    aged(place, RETIRED_SECONDS + 600)
    full.rotate()
    assert between not in retired(place)
    assert seen(full) == seen(place.open())


def test_a_key_that_a_row_names_is_kept_however_old(place: Place, full: Book):
    before, former = seen(full), current(place)
    rotate(full._ring, [])  # as where a backup came back since
    aged(place, RETIRED_SECONDS * 3)
    assert seen(place.open()) == before
    assert retired(place) == {former}
    full.rotate()
    assert former not in retired(place)
    assert names(place) == {current(place)}


def test_its_thirty_days_begin_when_it_is_retired(place: Place, full: Book):
    old = time.time() - 3 * RETIRED_SECONDS
    os.utime(keys_of(place) / "key-encryption", (old, old))
    full.rotate()
    (path,) = (keys_of(place) / "retired").iterdir()
    assert path.stat().st_mtime > time.time() - 600
    assert path.stat().st_nlink == 1


def test_every_shard_is_wrapped_anew(postgres_server: Server, tmp_path: Path):
    with postgres_server.database() as one, postgres_server.database() as two:
        migrate([one, two])
        book = Book.open([one, two], data=tmp_path)
        fill(book, plain=3)
        book.open_community("inn", name="The Inn", shard=1)
        book.append(contributions(3, community="inn"), community="inn")
        before = seen(book)
        book.rotate()
        assert {name for each in (one, two) for (name,) in run(each, NAMED)} == {book._ring.current[0]}
        again = Book.open([one, two], data=tmp_path)
        assert seen(again) == before
        book.close()
        again.close()


def test_a_ring_finds_what_others_brought_in(tmp_path: Path):
    ring, other = KeyRing(tmp_path / "keys"), KeyRing(tmp_path / "keys")
    with pytest.raises(KeyFileError, match="key-encryption: wanted the key-encryption key of this installation"):
        assert ring.current
    assert not (tmp_path / "keys").exists()
    ring.create()
    other.create()
    first, _ = other.current
    assert ring.current[0] == first
    second, _ = ring.bring()
    assert other.cipher(second) is other.cipher(second)
    assert other.current[0] == first
    ring.retire()
    ring.retire()  # as after a crash
    ring.switch()
    assert other.current[0] == second
    assert other.fingerprints() == [second, first]
    with pytest.raises(KeyFileError, match=r"key-encryption: wanted the key-encryption key 000000000000\.\.\."):
        other.cipher("0" * 64)
    (tmp_path / "keys" / "retired" / first).chmod(0o640)
    with pytest.raises(KeyFileError, match="wanted mode 0600, got 0640"):
        other.fingerprints()
    (tmp_path / "keys" / "retired" / first).chmod(0o600)
    (tmp_path / "keys").chmod(0o750)
    with pytest.raises(KeyFileError, match="wanted mode 0700, got 0750"):
        other.fingerprints()
