"""How much work one verification may take, counted and not timed: so a document comes to the same on any machine.

What verifies says what it is about to do (`spend`), in units of which each is about a microsecond of one core of today.
All that is done for one document is paid from one budget: reading it, its contexts, its proofs, the schemas and lists
that it names, and whatever is inside it. What is known already is paid as if it was not.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from badges.errors import TooMuchWorkError, UnsafeDocumentError

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENT = 50_000  # units for one document; the fullest badge known takes a fifth
ENCLOSING = 250_000  # for one that has others in it, such as a learner record of fifty badges
EACH_INSIDE = 6_000  # that each document inside, once it is looked at, adds to what all may take together
SCHEMAS = 150_000  # to hold it against the schemas that it names; beyond, it is said that they were not applied
LEARNING = 100_000  # to learn shapes by a document, once it is judged, so that the next of its kind takes less


class Work:
    """A budget, which may be a part of a larger one: what is spent of it is spent of that, too."""

    def __init__(self, limit: int, whole: Work | None = None) -> None:
        """`limit`: in units."""
        self.limit = limit
        self.spent = 0
        self._whole = whole
        self._known: set[object] = whole._known if whole else set()  # noqa: SLF001  of this very class
        self._beside: dict[str, Work] = whole._beside if whole else {}  # noqa: SLF001  of this very class

    def beside(self, name: str, limit: int) -> Work:
        """Return the budget of that name for what decides otherwise, or not at all: one for all parts together."""
        return self._beside.setdefault(name, Work(limit))

    def spend(self, units: int) -> None:
        """Say that so much work follows. Raises `TooMuchWorkError` where that is more than is left."""
        self.spent += units
        if self.spent > self.limit:
            raise TooMuchWorkError(f"wanted a document that takes at most {self.limit:,} units of work, got more")
        if self._whole is not None:
            self._whole.spend(units)

    def spend_once(self, name: object, units: int) -> None:
        """Pay for what is known, and may be needed again and again, as if it was found out now, and this once."""
        if name not in self._known:
            self._known.add(name)
            self.spend(units)

    def allow(self, units: int) -> None:
        """Allow so much more."""
        self.limit += units


_current: ContextVar[Work | None] = ContextVar("work", default=None)


@contextmanager
def working(limit: int) -> Iterator[Work]:
    """Have what is done within the block paid from a budget, a part of the one there is, if any."""
    whole = _current.get()
    work = Work(limit, whole)
    token = _current.set(work)
    try:
        yield work
    finally:
        _current.reset(token)


def spend(units: int) -> None:
    """Pay for work from the budget there is; where there is none, nothing is asked. Raises `TooMuchWorkError`."""
    work = _current.get()
    if work is not None:
        work.spend(units)


def spend_once(name: object, units: int) -> None:
    """Pay as `Work.spend_once` does from the budget there is."""
    work = _current.get()
    if work is not None:
        work.spend_once(name, units)


def spent() -> int:
    """Return how much was spent of the budget there is."""
    work = _current.get()
    return 0 if work is None else work.spent


@contextmanager
def bounded() -> Iterator[None]:
    """Have what is done within the block paid, also where there is no budget, as where we sign.

    Then it is that of `ENCLOSING`, beyond which `UnsafeDocumentError` is raised.
    """
    if _current.get() is not None:
        yield
        return
    try:
        with working(ENCLOSING):
            yield
    except TooMuchWorkError as error:
        raise UnsafeDocumentError(str(error)) from error


@contextmanager
def unpaid() -> Iterator[None]:
    """Have what is done within the block paid by no document: it is done once, and for all there will be."""
    token = _current.set(None)
    try:
        yield
    finally:
        _current.reset(token)


@contextmanager
def learning() -> Iterator[Work]:
    """Have what is done within the block paid from what may be spent on learning, which counts for no verdict."""
    with _beside("learning", LEARNING) as work:
        yield work


@contextmanager
def applying_schemas() -> Iterator[Work]:
    """Have what is done within the block paid from what may be spent on schemas; if too much, none was applied."""
    with _beside("schemas", SCHEMAS) as work:
        yield work


@contextmanager
def _beside(name: str, limit: int) -> Iterator[Work]:
    whole = _current.get()
    work = whole.beside(name, limit) if whole else Work(limit)
    token = _current.set(work)
    try:
        yield work
    finally:
        _current.reset(token)
