"""The next version of a stream of our own facts, written once, whoever else writes it, and of nobody who was erased."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ledger.errors import EpochError, LedgerUnavailableError, StreamTakenError
from ledger.facts import NAMING, Outcome
from ledger.lifecycle import TRIES, own_row
from ledger.shape import Place, Randomness
from schemas import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ledger.people import CommunityKeys, People
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

    Refused, with a fault for each, where somebody is erased whom its open part names. Raises `LedgerUnavailableError`
    where others were first too often.
    """
    for _ in range(TRIES):
        keys = shard.people.community(community)
        if faults := _gone(shard.people, keys, new.opened):
            return Outcome("refused", None, faults)
        rows = shard.recorder.stream_rows(new.stream)
        if standing(rows):
            shard.recorder.flush()  # what another wrote may be read before it is durable
            return Outcome("duplicate", rows[-1].position)
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


def _gone(people: People, keys: CommunityKeys, opened: Mapping[str, Any]) -> tuple[Fault, ...]:
    """Return what is wrong with whom it names: in each try, as people are erased in between."""
    named = {name: opened[name] for name in NAMING if name in opened}
    living = people.living(keys, named.values())
    return tuple(
        Fault(f"/{name}", "wanted a living account, got one that is erased or unknown")
        for name, account in named.items()
        if account not in living
    )
