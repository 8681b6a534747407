"""Whether the shards agree on who keeps which community."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ledger.operations.finding import Finding, of_communities
from ledger.operations.staging import ARRIVING, CLOSED, OPEN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ledger.operations.bare import Bare

_SHOWN = 3


class Told(NamedTuple):
    """What one shard says."""

    directory: Mapping[str, tuple[int, int]]  # community: shard, state
    people: Mapping[str, int]  # community: state
    facts: frozenset[str]  # communities that have any


def told(database: Bare) -> Told:
    """Return what a shard says."""
    return Told(
        {
            community: (shard, state)
            for community, shard, state in database.run("SELECT community, shard, open FROM directory")
        },
        dict(database.run("SELECT slug, open FROM vault.communities")),
        frozenset(community for (community,) in database.run("SELECT DISTINCT community FROM stored_events")),
    )


def agree(shards: Sequence[Told | None]) -> Iterator[Finding]:
    """Yield where they do not, or one line to say that they do. A shard that is None could not be asked."""
    first = shards[0]
    if first is None:
        return
    findings = [finding for community in sorted(first.directory) for finding in _one(community, first, shards)]
    findings += [each for number, shard in enumerate(shards) if shard for each in _others(number, shard, first)]
    yield from findings
    if not findings:
        found = f"{of_communities(len(first.directory))}, each in one place, open and known there"
        yield Finding("directory", "all shards", "ok", found)


def _one(community: str, first: Told, shards: Sequence[Told | None]) -> Iterator[Finding]:
    number, state = first.directory[community]
    if state == ARRIVING:
        advice = "finish it with `guildbook adopt`, or take it away with `guildbook adopt --undo`"
        yield Finding("directory", community, "warning", "an adoption was broken off, or is under way", advice)
        return
    if not 0 <= number < len(shards):
        found = f"it is in shard {number}, and there are {len(shards)}"
        yield Finding("directory", community, "fault", found, "name every shard in GUILDBOOK_SHARDS, in their order")
        return
    home = shards[number]
    if home is None:
        return
    own = home.directory.get(community)
    if community not in home.people:
        found = f"shard 0 says that shard {number} keeps it, which does not know it"
        yield Finding("directory", community, "fault", found, "restore a backup of that shard")
    elif own is None or own[0] != number:
        found = f"shard 0 says that shard {number} keeps it, whose own directory does not: a move was broken off"
        yield Finding("directory", community, "fault", found, f"run `guildbook move {community} --to {number}`")
    elif CLOSED in {own[1], home.people[community]} or own[1] != OPEN:
        found = f"it is closed in shard {number}: a move or an export closed it, or a move was broken off"
        advice = f"finish the move, or open it again: `guildbook move {community} --to {number}`"
        yield Finding("directory", community, "warning", found, advice)


def _others(number: int, shard: Told, first: Told) -> Iterator[Finding]:
    """Yield what a shard has of communities that are elsewhere, or nowhere."""
    for community, (said, state) in sorted(shard.directory.items()):
        known = first.directory.get(community)
        if number and said == number and state != ARRIVING and (known is None or known[0] != number):
            where = f"shard 0 says shard {known[0]}" if known else "shard 0 does not know it"
            advice = f"run `guildbook move {community} --to {known[0]}`" if known else "restore shard 0's directory"
            yield Finding("directory", community, "fault", f"shard {number} says that it keeps it; {where}", advice)
    homes = {community for community, (home, _) in first.directory.items() if home == number}
    left = sorted(
        (shard.facts | shard.people.keys()) - homes - {c for c, row in shard.directory.items() if row[0] == number}
    )
    for community in left[:_SHOWN]:
        known = first.directory.get(community)
        if known:
            advice = f"run `guildbook move {community} --to {known[0]}`, which drops it"
            yield Finding("directory", community, "warning", f"shard {number} has what a move has left", advice)
        else:
            found = f"shard {number} has facts or people of it, and no directory names it"
            yield Finding("directory", community, "fault", found, "restore shard 0's directory from a backup")
