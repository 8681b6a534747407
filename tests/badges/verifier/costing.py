"""What it takes to verify a document, in units of work."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from badges.linked.shapes import DOCUMENTS, OPTIONS
from badges.verifying.lists import LISTS
from badges.work import working
from tests.badges.verifier.making import ask

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from badges import Verified

ENDLESS = 1 << 40  # units: around the budget of a verification, only to read what was spent


class Taken(NamedTuple):
    """What was spent on a document, and on its schemas; what it came to; what was spent on learning by it."""

    work: int
    schemas: int
    answer: Verified
    learning: int


def taken(raw: bytes, known: Mapping[str, object] | None = None) -> Taken:
    """Verify a document as any other, and return what that took."""
    with working(ENDLESS) as around:
        answer = ask(raw, known)
    schemas, learning = (around.beside(name, 0).spent for name in ("schemas", "learning"))
    return Taken(around.spent, schemas, answer, learning)


@contextmanager
def forgetting() -> Iterator[None]:
    """Within the block nothing is known at first of what was verified before."""
    kept = [(one, name, getattr(one, name)) for one, names in _REMEMBERED.items() for name in names]
    try:
        for one, name, known in kept:
            setattr(one, name, type(known)())
        yield
    finally:
        for one, name, known in kept:
            setattr(one, name, known)


_REMEMBERED = {DOCUMENTS: ("_structures", "_hashes"), OPTIONS: ("_structures", "_hashes"), LISTS: ("_known",)}
