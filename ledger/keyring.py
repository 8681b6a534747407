"""The key-encryption keys at hand: the current one, one that is being brought in, and those that were retired of late.

Of a key folder, each with mode 0600:

- `key-encryption`         the current one: whatever is wrapped anew is wrapped under it
- `key-encryption.next`    one that `rotating.rotate` is bringing in
- `retired/FINGERPRINT`    a former one, in a folder of mode 0700; the file's mtime is when it was retired

Rows of the vault say by its fingerprint which key they are under. A key that none names any more is dropped 30 days
after it was retired: until then a backup that names it can be restored.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.errors import BusyError, WrongKeyError
from ledger.files import sync_folder
from ledger.key_files import KeyFileError, load_or_create_secret, load_secret, make_private_directory
from ledger.wrapping import derived_key, unbox, unwrapped

if TYPE_CHECKING:
    from collections.abc import Container, Iterator
    from pathlib import Path

CURRENT, NEXT, RETIRED = "key-encryption", "key-encryption.next", "retired"
RETIRED_SECONDS = 30 * 86_400
_LOCK = ".rotating"  # held by whoever changes these files
_PATIENCE_SECONDS, _PAUSE_SECONDS = 10.0, 0.02


def fingerprint(secret: bytes) -> str:
    """Return what tells a key-encryption key from another, and nothing else of it: 64 hex digits."""
    return derived_key(secret, b"guildbook.backup.1").hex()


class KeyRing:
    """The key-encryption keys of one key folder, by fingerprint. Safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        """Use the keys of `folder`, which need not be there yet. Nothing is made but by `create` and a rotation."""
        self.path = folder / CURRENT
        self._folder = folder
        self._known: dict[str, AESGCM] = {}  # the current one first; replaced as a whole

    def create(self) -> None:
        """Make the current key where there is none; of several who do, one makes it. Raises `KeyFileError`."""
        load_or_create_secret(self.path)

    @property
    def current(self) -> tuple[str, AESGCM]:
        """The key to wrap under, by the file as it is now, with its fingerprint. Raises `KeyFileError`."""
        known, found = self._known, fingerprint(self._secret())
        if next(iter(known), None) != found:
            known = self._read()
        return next(iter(known.items()))

    def cipher(self, name: str) -> AESGCM:
        """Return the key of that fingerprint, looked for again where it is not known. Raises `KeyFileError`."""
        found = self._known.get(name) or self._read().get(name)
        if found is None:
            raise KeyFileError(
                f"{self.path}: wanted the key-encryption key {name[:12]}... of this vault, got others; "
                "put back the keys folder that it was used with last"
            )
        return found

    def opened(self, wrapped: bytes, *what: str) -> bytes:
        """Return the key in a box that does not say what it is under. Raises `KeyFileError`, `WrongKeyError`."""
        for again in (False, True):
            for cipher in (self._read() if again else self._known).values():
                key = unbox(cipher, wrapped, *what)
                if key is not None:
                    return key
        raise WrongKeyError(f"{self.path}: wanted the key-encryption key of this vault, got another")

    def fingerprints(self) -> list[str]:
        """Return those of all keys at hand, the current one first. Raises `KeyFileError`."""
        return [*self._read()]

    # For whoever rotates

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Be the only one who changes or copies these files. Raises `BusyError` where another does for too long."""
        make_private_directory(self._folder)
        deadline = time.monotonic() + _PATIENCE_SECONDS
        with os.fdopen(os.open(self._folder / _LOCK, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600), "wb") as lock:
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise BusyError(
                            f"{self._folder}: wanted to change keys, got another at it; try again"
                        ) from None
                time.sleep(_PAUSE_SECONDS)
            yield

    def bring(self) -> tuple[str, AESGCM]:
        """Return the key that is to be the current one, made or left by a rotation that was broken off."""
        self._secret()  # which goes first where there is none
        secret = load_or_create_secret(self._folder / NEXT)
        self._read()
        return fingerprint(secret), AESGCM(secret)

    def retire(self) -> None:
        """Keep the current key among the retired ones, its 30 days beginning. Raises `KeyFileError`."""
        retired = self._folder / RETIRED / fingerprint(self._secret())
        make_private_directory(retired.parent)
        with self._ours(), self.path.open("rb") as file:
            os.utime(file.fileno())
            os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):  # a rotation was broken off here
                os.link(self.path, retired)
            sync_folder(retired.parent)
            sync_folder(self._folder)

    def switch(self) -> None:
        """Let the key that was brought in be the current one. Raises `KeyFileError`."""
        with self._ours():
            (self._folder / NEXT).replace(self.path)
            sync_folder(self._folder)
        self._read()

    def drop(self, named: Container[str | None]) -> None:
        """Delete the retired keys whose 30 days are over, but for those that rows still name. Raises `KeyFileError`."""
        for path in self._retired():
            with self._ours(), contextlib.suppress(FileNotFoundError):
                if path.name not in named and time.time() - path.stat().st_mtime > RETIRED_SECONDS:
                    path.unlink()
                    sync_folder(path.parent)
        self._known = {}  # and out of memory

    def _secret(self) -> bytes:
        secret = load_secret(self.path)
        if secret is None:
            raise KeyFileError(f"{self.path}: wanted the key-encryption key of this installation, got no such file")
        return secret

    def _read(self) -> dict[str, AESGCM]:
        """Read every file, in the order a key goes the other way, so that none is missed that moves meanwhile."""
        if self._folder.is_dir():
            make_private_directory(self._folder)  # or refused
        coming, current = load_secret(self._folder / NEXT), self._secret()
        secrets = [current, coming, *map(load_secret, self._retired())]
        known = {fingerprint(secret): AESGCM(secret) for secret in secrets if secret is not None}
        self._known = known
        return known

    def _retired(self) -> list[Path]:
        with self._ours():
            folder = self._folder / RETIRED
            return sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []

    @contextlib.contextmanager
    def _ours(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise KeyFileError(f"{self._folder}: wanted a key folder of our own, got {error.strerror}") from error


def community_keys(ring: KeyRing, slug: str, book: bytes, data: bytes, kek: str | None) -> tuple[bytes, bytes]:
    """Return the book key and the data key of a community's row. Raises `WrongKeyError`, `KeyFileError`."""
    if kek is None:
        return ring.opened(bytes(book), "book", slug), ring.opened(bytes(data), "data", slug)
    cipher = ring.cipher(kek)
    return unwrapped(cipher, bytes(book), "book", slug), unwrapped(cipher, bytes(data), "data", slug)
