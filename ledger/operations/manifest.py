"""What a backup says of itself, and what it must come to again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from ledger.errors import FileFaultError
from ledger.files import sha256_of
from ledger.keys import KeyFileError, load_or_create_secret
from ledger.wrapping import derived_key

if TYPE_CHECKING:
    from pathlib import Path

NAME = "manifest.json"


class FileTold(msgspec.Struct, frozen=True):
    """A file of the backup."""

    name: str
    bytes: int
    sha256: str  # hex

    @classmethod
    def of(cls, path: Path) -> FileTold:
        """Return what there is to say of a file. Raises `FileFaultError`."""
        return cls(path.name, path.stat().st_size, sha256_of(path))


class Tip(msgspec.Struct, frozen=True):
    """How far a community goes in the backup."""

    head: int
    root: str  # hex, RFC 6962, over all leaves


class ShardTold(msgspec.Struct, frozen=True):
    """One database of the book."""

    shard: int
    id: str  # of the installation
    files: list[FileTold]
    communities: dict[str, Tip]


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """All of it. A folder without one is no backup: it was broken off."""

    guildbook: Literal["backup"] = "backup"
    format: Literal[1] = 1
    release: str
    made: int  # µs
    store: Literal["sqlite", "postgresql"]
    shards: list[ShardTold]
    keys: list[FileTold] | None  # None where the keys were left out
    key_check: str  # hex; tells the key-encryption key from another, and nothing else of it

    def text(self) -> bytes:
        """Return the manifest as it is written."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2) + b"\n"

    @property
    def facts(self) -> int:
        """How many facts there are in all."""
        return sum(tip.head for shard in self.shards for tip in shard.communities.values())


def read(folder: Path) -> Manifest:
    """Return the manifest of a backup whose every file is there and unchanged. Raises `FileFaultError`."""
    path = folder / NAME
    if not path.is_file():
        raise FileFaultError(f"{folder}: wanted a backup, got no {NAME} in it: it was broken off, or is none")
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except (msgspec.MsgspecError, OSError, ValueError) as error:
        raise FileFaultError(f"{path}: wanted the manifest of a backup, got: {error}") from error
    for told in (file for shard in manifest.shards for file in shard.files):
        _check(folder / told.name, told)
    for told in manifest.keys or ():
        _check(folder / "keys" / told.name, told)
    return manifest


def key_check(key_encryption: Path) -> str:
    """Return what tells a key-encryption key from another. Raises `KeyFileError` where there is none."""
    if not key_encryption.is_file():
        raise KeyFileError(f"{key_encryption}: wanted the key-encryption key of this installation, got no such file")
    return derived_key(load_or_create_secret(key_encryption), b"guildbook.backup.1").hex()


def _check(path: Path, told: FileTold) -> None:
    if not path.is_file():
        raise FileFaultError(f"{path}: wanted a file of the backup, got none")
    found = FileTold.of(path)
    if found != told:
        raise FileFaultError(
            f"{path}: wanted {told.bytes} bytes with SHA-256 {told.sha256[:16]}..., "
            f"got {found.bytes} with {found.sha256[:16]}..."
        )
