"""Measures of a community whose facts are at hand, beside reading these facts once."""

from __future__ import annotations

import contextlib
import itertools
from typing import TYPE_CHECKING

from bench import books
from bench.appends import append
from bench.community import life
from bench.events import COMMUNITY
from bench.harness import Benchmark, Pair, Side
from projections import Follower, Standings

if TYPE_CHECKING:
    from collections.abc import Iterator

FACTS = 20_000
_BATCH = 2_000  # events an append
_PAGE = 1_000  # facts a read


@contextlib.contextmanager
def told(facts: int) -> Iterator[Pair]:
    """Tell every measure of so many facts, 26 weeks each; read the same facts."""
    with contextlib.ExitStack() as stack:
        path = str(stack.enter_context(books.folder()) / "book.sqlite")
        book = stack.enter_context(books.book(path, stack.enter_context(books.folder())))
        views = stack.enter_context(books.views(path, book))
        books.publish(book, "open-source")
        story = life()
        while some := list(itertools.islice(story, min(_BATCH, facts - book.head(COMMUNITY)))):
            append(book, some)
        Follower(book, views).catch_up()
        standings = Standings(book, views)
        end = max(fact.time for fact in book.read(COMMUNITY, 0, facts))

        def ask(_: object) -> None:
            standings.measures(COMMUNITY, as_of=end)

        def read(_: object) -> None:
            after = 0
            while page := book.read(COMMUNITY, after, _PAGE):
                after = page[-1].position

        yield Pair(Side(facts, _nothing, ask), Side(facts, _nothing, read))


def _nothing() -> None:
    """Prepare nothing: all is at hand."""


BENCHMARKS = (
    Benchmark(
        name="every measure of 20,000 facts, 26 weeks / reading the facts, SQLite",
        at_least=1.0,
        aim=2.0,
        size=FACTS,
        opened=told,
    ),
)
