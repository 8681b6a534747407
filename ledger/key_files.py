"""Files of keys: made once, for us alone, and refused in words that say what to run.

A key folder has mode 0700 and each file in it 0600; nothing in it is followed that is a symbolic link.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from typing import TYPE_CHECKING

from ledger.errors import KeyUnavailableError
from ledger.files import sync_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SECRET_BYTES = 32  # 256 bits
LONGEST_KEY_FILE = 4_096  # bytes; an encrypted Ed25519 key is about 300, one of RSA-2048 about 1,900

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class KeyFileError(KeyUnavailableError):
    """A key file is missing, unreadable, open to others, or not what it should be."""


def load_or_create_secret(path: Path) -> bytes:
    """Return the 32 bytes of `path`, first filling it with random ones if it does not exist.

    Whoever races to create it, all callers return the same bytes. Raises `KeyFileError`.
    """
    make_private_directory(path.parent)
    return _secret(path, load_or_create(path, lambda: secrets.token_bytes(SECRET_BYTES)))


def load_secret(path: Path) -> bytes | None:
    """Return the 32 bytes of `path`, None where there is no such file. Raises `KeyFileError`."""
    found = load(path)
    return None if found is None else _secret(path, found)


def load(path: Path) -> bytes | None:
    """Return what a file of a key folder holds, None where there is no such file. Raises `KeyFileError`."""
    try:
        return read_private(path, LONGEST_KEY_FILE)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _not_ours(path, error) from error


def make_private_directory(directory: Path) -> None:
    """Make `directory` for us alone (0700). Raises `KeyFileError` where others may enter it."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        mode = directory.stat().st_mode
    except OSError as error:
        raise KeyFileError(f"{directory}: wanted a directory for keys, got {error.strerror}") from error
    if mode & _OTHERS:
        raise KeyFileError(f"{directory}: wanted mode 0700, got {stat.S_IMODE(mode):04o}; run chmod 700 {directory}")


def _secret(path: Path, found: bytes) -> bytes:
    if len(found) != SECRET_BYTES:
        raise KeyFileError(f"{path}: wanted {SECRET_BYTES} bytes, got {len(found)}")
    return found


def load_or_create(path: Path, content: Callable[[], bytes]) -> bytes:
    """Return what `path` holds, first filling it with `content()` where it does not exist. Raises `KeyFileError`.

    Whoever races to create it, all callers return the same bytes.
    """
    try:
        if not path.is_symlink() and not path.exists():
            _create(path, content())
        return read_private(path, LONGEST_KEY_FILE)
    except OSError as error:
        raise _not_ours(path, error) from error


def _not_ours(path: Path, error: OSError) -> KeyFileError:
    return KeyFileError(f"{path}: wanted a key file of our own, got {error.strerror}")


def read_private(path: Path, most: int) -> bytes:
    """Return at most `most` bytes of a file that is for us alone.

    Raises `KeyFileError` where it is for others too, or no file, and `OSError` where it cannot be read at all.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise KeyFileError(
                f"{path}: wanted a file, got a symbolic link; run cp --remove-destination {path.resolve()} {path}"
            ) from error
        raise
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise KeyFileError(f"{path}: wanted a key file of our own, got no regular file")
        if found.st_mode & _OTHERS:
            raise KeyFileError(f"{path}: wanted mode 0600, got {stat.S_IMODE(found.st_mode):04o}; run chmod 600 {path}")
        return file.read(most)


def _create(path: Path, content: bytes) -> None:
    """Give `path` its content whole or not at all; leave it as it is if another process was first."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)  # unlike a rename, a link never replaces what is there
        except FileExistsError:
            return
        sync_folder(path.parent)
    finally:
        draft.unlink()
