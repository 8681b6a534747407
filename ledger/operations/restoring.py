"""A book out of a backup, into databases that are empty: whole and as it was, or refused.

Nothing is written before the manifest, every file and the keys were checked. A shard that was restored already is
recognised by its heads and roots, so that what was broken off is finished by the same command.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ledger.errors import FileFaultError, LedgerError
from ledger.files import sha256_of
from ledger.key_files import KeyFileError, make_private_directory
from ledger.keyring import CURRENT, KeyRing
from ledger.migrate import is_postgres, listed, vault_file
from ledger.operations import postgres_tools, staging
from ledger.operations.backup import BOOK, KEYS, VAULT, copy_file, copy_key, key_files, tips
from ledger.operations.bare import connected, opened
from ledger.operations.manifest import read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.operations.adopting import Told
    from ledger.operations.manifest import Manifest, ShardTold

_TABLES = """SELECT count(*) FROM pg_namespace n LEFT JOIN pg_class c ON c.relnamespace = n.oid
    WHERE n.nspname IN ('vault', 'views') OR c.relname IN ('installation', 'stored_events')"""

_ID = "SELECT value FROM installation WHERE name = 'id'"


def restore(databases: str | Sequence[str], folder: Path, *, data: Path, told: Told) -> Manifest:
    """Fill empty databases from the backup in `folder`, and hold what came of it against its manifest.

    `data`: the installation's folder. It takes the backup's keys, or has those of the installation that was backed
    up. Views are made and filled by whoever uses the book next. Raises `FileFaultError`, `KeyFileError`,
    `LedgerUnavailableError`, and `LedgerError` where a database is not empty, or another than the backup is for.
    """
    names = listed(databases)
    manifest = read(folder)
    store = "postgresql" if is_postgres(names[0]) else "sqlite"
    if (store, len(names)) != (manifest.store, len(manifest.shards)):
        raise LedgerError(
            f"databases: wanted {len(manifest.shards)} of {manifest.store}, as the backup has, "
            f"got {len(names)} of {store}"
        )
    _check_keys(manifest, folder / KEYS, data / "keys")
    empty = [shard for shard, name in zip(manifest.shards, names, strict=True) if _empty(name, shard, told)]
    _take_keys(manifest, folder / KEYS, data / "keys")
    for shard in empty:
        name, what = names[shard.shard], f"Restoring shard {shard.shard}"
        told(what, 0, 1)
        if is_postgres(name):
            postgres_tools.restore(name, folder / shard.files[0].name)
        else:
            _copy(folder, Path(name))
        told(what, 1, 1)
        with opened(name) as database:
            if tips(database, shard.shard, told) != shard.communities:
                raise LedgerError(f"shard {shard.shard}: wanted the heads and roots of the manifest, got others")
    _agree(names, manifest)
    return manifest


def _check_keys(manifest: Manifest, backed_up: Path, keys: Path) -> None:
    """Raise `KeyFileError` unless the keys that open the vault are here, or in the backup and nothing against them."""
    if (keys / CURRENT).exists():
        if manifest.wrapped - {*KeyRing(keys).fingerprints()}:
            raise KeyFileError(
                f"{keys}: wanted the keys of the installation that was backed up, got others; "
                "a key that was retired is dropped after 30 days, and no older backup comes back"
            )
        return
    if manifest.keys is None:
        raise KeyFileError(
            f"{keys}: wanted the keys of the installation that was backed up, got none, and the backup was made "
            "without; copy them there first"
        )
    told = {file.name: file.sha256 for file in manifest.keys}
    whole = [name for name in key_files(keys) if not name.endswith(".part")]
    there = [keys / name for name in whole if told.get(name) != sha256_of(keys / name)]
    if there:
        raise KeyFileError(f"{there[0]}: wanted no keys yet, or those of the backup, got another; move it away")
    if manifest.wrapped - {*KeyRing(backed_up).fingerprints()}:
        raise FileFaultError(f"{backed_up}: wanted the keys that go with the backup, got others")


def _take_keys(manifest: Manifest, backed_up: Path, keys: Path) -> None:
    """Copy the keys, that which tells them apart last: what was broken off begins anew."""
    if (keys / CURRENT).exists():
        return
    if manifest.keys:
        make_private_directory(keys)  # before a folder in it is made
    for told in sorted(manifest.keys or (), key=lambda told: told.name == CURRENT):
        if not (keys / told.name).exists():
            copy_key(backed_up / told.name, keys / told.name)


def _empty(name: str, shard: ShardTold, told: Told) -> bool:
    """Return whether a database is to be filled; False where that was done. Raises `LedgerError` for any other."""
    if is_postgres(name):
        with connected(name) as connection:
            if connection.execute(_TABLES).fetchall() == [(0,)]:
                return True
    elif not Path(name).exists():
        _check_beside(Path(name), shard)
        return True
    with opened(name) as database:
        ours = database.has("installation") and database.run(_ID) == [(shard.id,)]
        if ours and tips(database, shard.shard, told) == shard.communities:
            return False
    raise LedgerError(f"shard {shard.shard}: wanted an empty database, got one with tables; nothing is overwritten")


def _check_beside(path: Path, shard: ShardTold) -> None:
    """Refuse what a book that is no longer there has left; a vault that a restore has just put there is ours."""
    vault = vault_file(str(path))
    left = [vault] if vault.exists() and sha256_of(vault) != shard.files[1].sha256 else []
    left += [path.with_name(f"{path.stem}.views.sqlite")]
    left += [file.with_name(f"{file.name}{end}") for file in (path, vault) for end in ("-wal", "-journal")]
    there = [file for file in left if file.exists()]
    if there:
        raise LedgerError(f"{there[0]}: wanted nothing of another book beside the restored one; move it away")


def _copy(folder: Path, path: Path) -> None:
    """Copy the vault, then the ledger, whose presence says that both are there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    vault = vault_file(str(path))
    if not vault.exists():
        copy_file(folder / VAULT, vault)
    copy_file(folder / BOOK, path)


def _agree(names: Sequence[str], manifest: Manifest) -> None:
    """Let shard 0's directory know of communities that were opened while the shards were dumped, one by one."""
    with opened(names[0]) as first:
        for shard in manifest.shards[1:]:
            for community in shard.communities:
                if not first.run("SELECT 1 FROM directory WHERE community = ?", (community,)):
                    staging.place(first, community, shard.shard, staging.OPEN)
