"""A book in a folder, taken while it is used: its databases, and a manifest that is written last.

SQLite through its online backup, the ledger before the vault; PostgreSQL by `pg_dump` of every shard, in the same
snapshot as its heads and roots are read in. So no fact in a copy names an account that the copy lacks. The views
are left out: the ledger fills them again. The manifest says what a restored book must come to; see `restoring.py`.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.errors import FileFaultError, LedgerError
from ledger.files import new_file, sync_folder
from ledger.key_files import make_private_directory
from ledger.keyring import RETIRED, KeyRing
from ledger.migrate import is_postgres, listed, vault_file
from ledger.operations import postgres_tools
from ledger.operations.adopting import all_opened
from ledger.operations.bare import opened
from ledger.operations.manifest import NAME, FileTold, Manifest, ShardTold, Tip, read
from ledger.operations.staging import staged, tallied
from ledger.rotating import NAMED
from ledger.rows import system_clock
from ledger.sqlite import available

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ledger.operations.adopting import Told
    from ledger.operations.bare import Bare

BOOK, VAULT, KEYS = "book.sqlite", "book.vault.sqlite", "keys"
_PAGES = 2_000  # of a SQLite file copied between two words of progress
_KEPT = "SELECT community FROM directory WHERE open >= 0 AND shard = ? ORDER BY community"


def backup(databases: str | Sequence[str], folder: Path, *, data: Path, with_keys: bool, told: Told) -> Manifest:
    """Copy a book into `folder`, which must be empty or not there; it may be in use meanwhile.

    `data`: the installation's folder; its keys are copied only `with_keys`. Nobody moves communities meanwhile.
    Raises `BusyError`, `LedgerUnavailableError`, `KeyFileError`, `FileFaultError`, and `LedgerError` where `pg_dump`
    cannot be had, or a fact is missing or damaged.
    """
    names, ring = listed(databases), KeyRing(data / "keys")
    check, _ = ring.current
    with all_opened(names) as all_shards, all_shards[0].alone():
        _make(folder)
        if is_postgres(names[0]):
            shards = [_dumped(name, number, folder, check, told) for number, name in enumerate(names)]
        else:
            shards = [_copied(Path(names[0]), folder, check, told)]
        keys = _copied_keys(ring, data / "keys", folder / KEYS) if with_keys else None
    manifest = Manifest(
        release=version("guildbook"),
        made=system_clock(),
        store="postgresql" if is_postgres(names[0]) else "sqlite",
        shards=shards,
        keys=keys,
        key_check=check,
    )
    sync_folder(folder)
    with new_file(folder / NAME) as file:
        file.write(manifest.text())
    return manifest


def checked_backup(folder: Path, told: Told) -> Manifest:
    """Return the manifest of a backup whose every file is there and unchanged. Raises `FileFaultError`.

    What a copy of SQLite holds is held against the manifest too, and raises `LedgerError` where it is not that.
    """
    manifest = read(folder)
    if manifest.store == "sqlite":
        with opened(str(folder / BOOK)) as copy:
            if tips(copy, 0, told) != manifest.shards[0].communities:
                raise FileFaultError(f"{folder}: wanted the heads and roots of its manifest, got others")
    return manifest


def tips(database: Bare, number: int, told: Told) -> dict[str, Tip]:
    """Return the head and the root of every community kept in a shard.

    Raises `LedgerError` where a fact is missing or damaged.
    """
    found = {}
    for (community,) in database.run(_KEPT, (number,)):
        head = staged(database, community)
        try:
            tally = tallied(database, community, partial(told, f"Reading {community}"), head)
        except LedgerError as error:
            raise LedgerError(f"{community}: {error}; guildbook doctor says more") from error
        if tally.tree.size != head:
            raise LedgerError(f"{community}: wanted facts up to {head}, got {tally.tree.size}")
        found[community] = Tip(head, tally.tree.root().hex())
    return found


def copy_file(source: Path, target: Path) -> None:
    """Copy a file for us alone (0600), durably."""
    with new_file(target) as file, source.open("rb") as reading:
        shutil.copyfileobj(reading, file)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        there = any(folder.iterdir())
    except OSError as error:
        raise FileFaultError(f"{folder}: wanted a new or an empty folder, got: {error.strerror}") from error
    if there:
        raise FileFaultError(f"{folder}: wanted a new or an empty folder, got one with files in it")


def _copied(path: Path, folder: Path, check: str, told: Told) -> ShardTold:
    """Copy the ledger's file, then the vault's; what the copy holds is what the manifest says."""
    book, vault = folder / BOOK, folder / VAULT
    _copy_database(path, book, partial(told, "Copying the ledger"))
    _copy_database(vault_file(str(path)), vault, partial(told, "Copying the vault"))
    with opened(str(book)) as copy:
        identity, found, wrapped = _identity(copy), tips(copy, 0, told), _wrapped(copy, check)
    return ShardTold(0, identity, [FileTold.of(book), FileTold.of(vault)], found, wrapped)


def _copy_database(source: Path, target: Path, told: Callable[[int, int], None]) -> None:
    """Copy a SQLite file as it stands at one moment, whoever writes to it meanwhile."""
    target.touch(mode=0o600)
    with (
        available(),
        contextlib.closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=rw", uri=True)) as reading,
        contextlib.closing(sqlite3.connect(target, isolation_level=None)) as writing,
    ):
        reading.isolation_level = None
        reading.execute("BEGIN")
        reading.execute("SELECT count(*) FROM sqlite_master").fetchall()  # the state from here on
        reading.backup(writing, pages=_PAGES, progress=lambda _, left, of: told(of - left, of))
        reading.execute("COMMIT")
        writing.execute("PRAGMA journal_mode = DELETE")  # one file, with nothing beside it


def _dumped(url: str, number: int, folder: Path, check: str, told: Told) -> ShardTold:
    """Dump a shard and read its heads and roots, in one snapshot."""
    file, what = folder / f"shard-{number}.dump", f"Dumping shard {number}"
    with opened(url) as reading, reading.reading():
        snapshot = str(reading.run("SELECT pg_export_snapshot()")[0][0])
        told(what, 0, 1)
        postgres_tools.dump(url, file, snapshot=snapshot)
        told(what, 1, 1)
        identity, found, wrapped = _identity(reading), tips(reading, number, told), _wrapped(reading, check)
    with opened(url) as database:
        database.flush()
    return ShardTold(number, identity, [FileTold.of(file)], found, wrapped)


def _identity(database: Bare) -> str:
    return str(database.run("SELECT value FROM installation WHERE name = 'id'")[0][0])


def _wrapped(database: Bare, check: str) -> list[str]:
    """Return the keys that a copy is under; rows of the first release are under the one there was before, `check`."""
    return sorted({name or check for (name,) in database.run(NAMED)})


def _copied_keys(ring: KeyRing, source: Path, target: Path) -> list[FileTold]:
    """Copy all keys, after what is under them: one that was brought in meanwhile is among them."""
    target.mkdir(mode=0o700)
    found = []
    with ring.alone():
        for name in key_files(source):
            copy_key(source / name, target / name)
            found.append(FileTold.of(target / name, name))
    return found


def key_files(folder: Path) -> list[str]:
    """Return the names of the files of a key folder, as seen from it; none where it is not there."""
    found = [*folder.glob("*"), *folder.glob(f"{RETIRED}/*")]
    return sorted(str(path.relative_to(folder)) for path in found if path.is_file() and not path.name.startswith("."))


def copy_key(source: Path, target: Path) -> None:
    """Copy a key with its mtime, which says when it was retired. Raises `FileFaultError`, `KeyFileError`."""
    make_private_directory(target.parent)
    copy_file(source, target)
    told = source.stat()
    os.utime(target, ns=(told.st_atime_ns, told.st_mtime_ns))
