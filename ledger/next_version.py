"""The next version of a stream of our own facts, written once, whoever else writes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ledger.errors import EpochError, LedgerUnavailableError, StreamTakenError
from ledger.facts import Outcome
from ledger.lifecycle import TRIES, own_row
from ledger.shape import Place, Randomness

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ledger.rows import Row
    from ledger.shard import Shard


class Next(NamedTuple):
    """What is to be written: its stream, topic, open part, and each of its sealed parts, as `own_row` has them."""

    stream: bytes
    topic: str
    opened: Mapping[str, Any]
    sealed: Sequence[Mapping[str, Any]]


def write_next(shard: Shard, community: str, new: Next, standing: Callable[[Sequence[Row]], bool]) -> Outcome:
    """Write it: stored, or duplicate where `standing` says of the stream's rows that what it says stands already.

    Raises `LedgerUnavailableError` where others were first too often.
    """
    for _ in range(TRIES):
        rows = shard.recorder.stream_rows(new.stream)
        if standing(rows):
            shard.recorder.flush()  # what another wrote may be read before it is durable
            return Outcome("duplicate", rows[-1].position)
        keys = shard.people.community(community)
        place = Place(new.stream, len(rows) + 1, new.topic)
        row = own_row(place, new.opened, new.sealed, shard.people, keys, Randomness(64))
        try:
            (position,) = shard.recorder.write(community, [row], epoch=keys.epoch, every=True)
        except StreamTakenError:
            continue
        except EpochError:
            shard.people.renewed(community)
            continue
        return Outcome("stored", position)
    raise LedgerUnavailableError(f"{new.topic}: wanted to write once in {TRIES} tries, others were first")
