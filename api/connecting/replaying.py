"""Taking what was kept aside, once the connector knows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from api.connecting.again import turned

if TYPE_CHECKING:
    from api.connecting.connector import Connector
    from api.installation import Installation
    from ledger import Stray


class Replayed(NamedTuple):
    """How many deliveries were taken, and how many are still aside."""

    taken: int
    left: int


def replay(here: Installation, stray: Stray, connector: Connector) -> bool:
    """Take one delivery; return whether all of it is stored now, or known to mean nothing. Blocks."""
    if "told" not in stray.said:  # it was too long to be kept
        return False
    mapped = connector.meaning.map(stray.said["told"], stray.community)
    if mapped.kind in {"unknown", "misfit"}:
        return False
    events = [each.event for each in turned(here, stray.community, mapped) if not each.known]
    fill = not connector.door
    outcomes = here.book.append(events, community=stray.community, fill_time=fill) if events else []
    here.told(stray.community, outcomes)
    if any(each.outcome in {"refused", "conflict"} for each in outcomes):
        return False
    here.book.strays.drop(stray.community, stray.id)
    return True


def replay_all(here: Installation, community: str, connector: Connector) -> Replayed:
    """Take all that is kept aside of a door, the oldest first. Blocks."""
    kept = here.book.strays.of(community, connector.name)
    taken = sum(replay(here, stray, connector) for stray in reversed(kept))
    return Replayed(taken, len(kept) - taken)
