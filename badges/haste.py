"""Verifying in haste: what takes some milliseconds at most is done, and what may take longer is not begun.

Who serves many at once verifies in haste first, and has others wait for what that leaves aside.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

from badges.errors import VerificationError

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST = 32_768  # bytes of a document that is looked at in haste, with all that is inside it or that it names


class SlowError(VerificationError):
    """A verification that may take longer than there is time for. Nothing is said of the document."""


@dataclass(slots=True)
class _Left:
    size: int  # bytes that may still be read


_left: ContextVar[_Left | None] = ContextVar("left", default=None)


@contextmanager
def haste(most: int = LARGEST) -> Iterator[None]:
    """Have `verify` raise `SlowError` within the block where it may take longer than some milliseconds.

    So it does for what is large, of more than `most` bytes together, and for what is of a shape that it does not know.
    """
    token = _left.set(_Left(most))
    try:
        yield
    finally:
        _left.reset(token)


def hurried() -> bool:
    """Tell whether there is haste."""
    return _left.get() is not None


def take_time() -> None:
    """Say that what follows may take long. Raises `SlowError` in haste."""
    if hurried():
        raise SlowError("wanted what is verified in some milliseconds, got what may take longer")


def read_in_haste(size: int) -> None:
    """Say that so many bytes are read. Raises `SlowError` in haste, where they are too many together."""
    left = _left.get()
    if left is not None:
        left.size -= size
        if left.size < 0:
            raise SlowError("wanted fewer bytes in haste, got more")
