"""What a backup says of itself, and what it must come to again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from ledger.errors import FileFaultError
from ledger.files import sha256_of

if TYPE_CHECKING:
    from pathlib import Path

NAME = "manifest.json"


class FileTold(msgspec.Struct, frozen=True):
    """A file of the backup."""

    name: str
    bytes: int
    sha256: str  # hex

    @classmethod
    def of(cls, path: Path, name: str | None = None) -> FileTold:
        """Return what there is to say of a file, under its own name or `name`. Raises `FileFaultError`."""
        return cls(name or path.name, path.stat().st_size, sha256_of(path))


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
    wrapped: list[str] = []  # the key-encryption keys that its vault is under, as `key_check` tells them


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

    @property
    def wrapped(self) -> set[str]:
        """The key-encryption keys without which it cannot be read."""
        return {name for shard in self.shards for name in shard.wrapped} or {self.key_check}

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


def _check(path: Path, told: FileTold) -> None:
    if not path.is_file():
        raise FileFaultError(f"{path}: wanted a file of the backup, got none")
    found = FileTold.of(path, told.name)
    if found != told:
        raise FileFaultError(
            f"{path}: wanted {told.bytes} bytes with SHA-256 {told.sha256[:16]}..., "
            f"got {found.bytes} with {found.sha256[:16]}..."
        )
