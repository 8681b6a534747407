"""What verifying teaches: shapes of documents, hashes of proofs' options, status lists that are good.

It makes the next verification quick. One process of ours can tell another what it learned, in plain data.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from badges.linked.shapes import DOCUMENTS, OPTIONS
from badges.verifying.lists import LISTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

Lesson = tuple[str, Any]
"""What it is about, and what was learned."""


class _Learner(Protocol):
    tell: Callable[[Any], object] | None

    def taught(self, lesson: Any, /) -> None:  # noqa: ANN401 - each has its own
        """Take in what another learned."""


_LEARNERS: Mapping[str, _Learner] = {"documents": DOCUMENTS, "options": OPTIONS, "lists": LISTS}


@contextmanager
def learned() -> Iterator[list[Lesson]]:
    """Give what this process learns within the block, for `taught`. For a process of one thread."""
    lessons: list[Lesson] = []

    def hear(about: str, lesson: object) -> None:
        lessons.append((about, lesson))

    for about, learner in _LEARNERS.items():
        learner.tell = partial(hear, about)
    try:
        yield lessons
    finally:
        for learner in _LEARNERS.values():
            learner.tell = None


def taught(lessons: Iterable[Lesson]) -> None:
    """Let this process know what another one of ours learned."""
    for about, lesson in lessons:
        _LEARNERS[about].taught(lesson)
