"""How far standings are behind the ledger: what readiness and an operator's monitor ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ledger import LedgerUnavailableError

if TYPE_CHECKING:
    from ledger import Book
    from projections.views.views import Views

_LOOKED_AT = 16  # communities whose first fact not projected is read, those furthest behind


class Lag(NamedTuple):
    """One shard's. `trouble` in words where it could not be asked; the numbers are then 0.

    `communities` are behind by `positions` in all; the oldest fact that waits was recorded `seconds` ago, found
    among the 16 communities furthest behind. `ahead`: communities whose standings know more than the ledger,
    which was restored from an earlier copy: they have to be rebuilt.
    """

    shard: int
    communities: int = 0
    positions: int = 0
    seconds: float = 0.0
    ahead: int = 0
    trouble: str | None = None


def lag_of(book: Book, views: Views, shard: int, now: int) -> Lag:
    """Return how far a shard's standings are behind now (µs). Raises nothing where the shard is down: it says so."""
    try:
        positions = views.positions(shard)  # before the heads, which only grow
        heads = book.heads(shard)
        behind = {name: head - positions.get(name, 0) for name, head in heads.items() if positions.get(name, 0) < head}
        furthest = sorted(behind, key=lambda name: -behind[name])[:_LOOKED_AT]
        waiting = [fact.recorded for name in furthest for fact in book.read(name, positions.get(name, 0), 1)]
    except LedgerUnavailableError as error:
        return Lag(shard, trouble=str(error))
    ahead = sum(position > heads.get(name, position) for name, position in positions.items())
    seconds = max(0, now - min(waiting, default=now)) / 1_000_000
    return Lag(shard, len(behind), sum(behind.values()), seconds, ahead)
