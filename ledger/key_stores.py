"""Where issuer keys are kept: files of ours, or whatever else can make keys and sign with them."""

from __future__ import annotations

import importlib
import re
from typing import TYPE_CHECKING, Protocol, cast

from ledger.errors import LedgerError
from ledger.key_files import KeyFileError, load_or_create, make_private_directory
from ledger.keys import Algorithm, FileSigner, new_key, read_signer, write_key

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ledger.keys import PrivateKey, Signer

_KID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class KeyStore(Protocol):
    """Makes issuer keys and keeps them: a folder, a PKCS #11 module, a service elsewhere.

    Safe to share between threads. Both methods may raise `KeyUnavailableError`, which says what to do.
    """

    @property
    def name(self) -> str:
        """What it is called in lists and in the ledger: 1 to 64 of a-z 0-9 . _ -."""
        ...

    def make(self, community: str, algorithm: Algorithm) -> Signer:
        """Make a new key of a community, durably, and return it."""
        ...

    def find(self, community: str, kid: str) -> Signer | None:
        """Return the key of that name, None where it is not kept here."""
        ...


class FileKeys:
    """Encrypted PKCS #8 files: `COMMUNITY.issuer.pem` the first key, `COMMUNITY.issuer.KID.pem` every later one."""

    name = "file"

    def __init__(self, folder: Path) -> None:
        """Keep them in `folder`, which need not be there yet."""
        self._folder = folder

    def first(self, community: str) -> Signer:
        """Return the first key of a community, made on first use: whoever races to it, all get the same one."""
        return FileSigner.open(self._folder, f"{community}.issuer")

    def has_first(self, community: str) -> bool:
        """Return whether that has been made."""
        return self._first(community).exists()

    def make(self, community: str, algorithm: Algorithm) -> Signer:
        """See `KeyStore.make`."""
        return self.keep(community, new_key(algorithm))

    def keep(self, community: str, key: PrivateKey) -> Signer:
        """Keep a key that was made elsewhere, and return it. Raises `KeyFileError`."""
        signer = FileSigner(key)
        write_key(self._path(community, signer.kid), key)
        return signer

    def find(self, community: str, kid: str) -> Signer | None:
        """See `KeyStore.find`."""
        path = self._path(community, kid)
        if path.is_symlink() or path.exists():
            return _named(read_signer(path), kid, path)
        first = self._first(community)
        if first.is_symlink() or first.exists():
            signer = read_signer(first)
            return signer if signer.kid == kid else None
        return None

    def _first(self, community: str) -> Path:
        return self._folder / f"{community}.issuer.pem"

    def _path(self, community: str, kid: str) -> Path:
        if not _KID.fullmatch(kid):
            raise KeyFileError(f"key: wanted a name as z6Mk..., got {kid!r}")
        return self._folder / f"{community}.issuer.{kid}.pem"


def first_key(folder: Path, community: str, store: KeyStore) -> Signer:
    """Return the first key of a community, made in `store` on first use.

    Which of those it is that several processes may have made at once says `COMMUNITY.issuer.kid` in the key folder.
    Raises `KeyFileError`.
    """
    files = FileKeys(folder)
    if isinstance(store, FileKeys) or files.has_first(community):
        return files.first(community)
    make_private_directory(folder)
    path = folder / f"{community}.issuer.kid"

    def made() -> bytes:
        return store.make(community, "EdDSA").kid.encode()

    kid = load_or_create(path, made).decode().strip()
    found = store.find(community, kid)
    if found is None:
        raise KeyFileError(f"{path}: wanted the key {kid} in {store.name}, got none; put it back, or remove the file")
    return found


def store_named(name: str, folder: Path) -> KeyStore:
    """Return the key store that `module:callable` makes, given the key folder. Raises `LedgerError`."""
    module, colon, made = name.partition(":")
    try:
        factory = getattr(importlib.import_module(module), made) if colon else None
    except (ImportError, AttributeError) as error:
        raise LedgerError(f"key store: wanted module:callable that can be imported, got {name!r}: {error}") from error
    if not callable(factory):
        raise LedgerError(f"key store: wanted module:callable, got {name!r}")
    return cast("Callable[[Path], KeyStore]", factory)(folder)


def _named(signer: Signer, kid: str, path: Path) -> Signer:
    if signer.kid != kid:
        raise KeyFileError(f"{path}: wanted the key {kid}, got {signer.kid}; the file was renamed")
    return signer
