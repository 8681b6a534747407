"""Files that are handed over: there when they are whole and on the disk, and not before."""

from __future__ import annotations

import contextlib
import hashlib
import os
from typing import IO, TYPE_CHECKING

from ledger.errors import FileFaultError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PIECE = 1_048_576  # bytes read at a time


@contextlib.contextmanager
def new_file(path: Path) -> Iterator[IO[bytes]]:
    """Write `path`, for us alone (0600), under another name until the block ends well.

    Raises `FileFaultError` where it exists, or cannot be written.
    """
    draft = path.with_name(f"{path.name}.part")
    if path.exists():
        raise FileFaultError(f"{path}: wanted a new file, got one that exists")
    try:
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            try:
                yield file
            except BaseException:
                draft.unlink(missing_ok=True)
                raise
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
        sync_folder(path.parent)
    except OSError as error:
        raise FileFaultError(f"{path}: wanted to write it, got: {error.strerror or error}") from error


def sync_folder(folder: Path) -> None:
    """Let the names in a folder be durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hex. Raises `FileFaultError`."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                digest.update(piece)
    except OSError as error:
        raise FileFaultError(f"{path}: wanted to read it, got: {error.strerror or error}") from error
    return digest.hexdigest()
