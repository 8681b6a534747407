"""Everything projected again, beside the live views and under live traffic; then readers are switched at once.

Whoever rebuilds holds a lock that ends with its process, and clears away what one that was killed left behind.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ledger import LedgerError, LedgerUnavailableError
from projections.errors import ProjectionError, RebuildError
from projections.views.worker import BATCH, Follower

if TYPE_CHECKING:
    from collections.abc import Callable

    from ledger import Book
    from projections.views.switch import Generations
    from projections.views.views import Views

_TRIES = 30
_LONGEST_PAUSE = 1.0  # seconds


def rebuild(book: Book, views: Views, shard: int = 0, progress: Callable[[int], None] | None = None) -> int:
    """Project a shard's facts again and switch to what came of it; return how many facts that were.

    No read fails, and no position goes back. `progress` hears of every batch's size. Raises `RebuildError` where
    another process rebuilds, or somebody's turn could not be waited out; `LedgerUnavailableError`; and whatever
    the facts of a community meet that could be read before. After an error the views are as they were.
    """
    generations = views.shards[shard].generations
    with generations.rebuilding():
        generations.clean()
        generation = generations.begin(book.heads(shard))
        follower = Follower(book, views, shard, generation=generation)
        total = _filled_and_switched(follower, generations, generation, progress)
        generations.clean()
    return total


def _filled_and_switched(
    follower: Follower, generations: Generations, generation: int, progress: Callable[[int], None] | None
) -> int:
    total, pause, why = 0, 0.02, ""
    for _ in range(_TRIES):
        stuck: LedgerError | ProjectionError | None = None
        try:
            total += follower.catch_up(progress)
        except LedgerUnavailableError:
            raise
        except (LedgerError, ProjectionError) as error:
            stuck = error  # it may have been stuck before, at the same place
        try:
            if _switched(follower, generations, generation):
                return total
        except LedgerUnavailableError as error:  # somebody's turn takes long
            why = str(error)
        if stuck:
            raise stuck
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)
    raise RebuildError(f"rebuild: wanted a moment to switch, got none in {_TRIES} tries {why}")


def _switched(follower: Follower, generations: Generations, generation: int) -> bool:
    """Switch, with what is still lacking in the same transaction; False where that is too much to do in it."""
    with generations.switching(generation) as switch:
        if switch.lacking > BATCH:
            return False
        for community in switch.behind:
            with switch.turn(community) as batch:
                follower.project(batch, BATCH)
        switch.confirm()
    return True
