"""Channels: where a community has what it celebrates sent."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from ledger.wrapping import box, unbox

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ledger.people import CommunityKeys
    from ledger.shards import Shards

ID_BYTES = 6
ADD = "INSERT INTO vault.channels VALUES (?, ?, ?, ?, ?, ?)"
OF = "SELECT id, kind, since, state, sealed FROM vault.channels WHERE community = ? ORDER BY since, id"
STATE = "UPDATE vault.channels SET state = ? WHERE community = ? AND id = ? RETURNING id"
SEAL = "UPDATE vault.channels SET sealed = ? WHERE community = ? AND id = ? RETURNING id"
DROP = "DELETE FROM vault.channels WHERE community = ? AND id = ? RETURNING id"
DROP_DUE = "DELETE FROM vault.deliveries WHERE channel = ?"
HAVING = """SELECT community FROM vault.channels UNION SELECT community FROM vault.mailboxes"""


@dataclass(frozen=True, slots=True)
class Channel:
    """A place to send to. `told`: its address, its secrets, which events it wants; it is sealed where it is kept."""

    id: str
    community: str
    kind: str  # webhook, slack, discord, mail
    since: int  # µs; nothing of before that is sent
    state: (
        str  # on, asked (its owner has not confirmed it), paused (it failed for days), ended (it said that it is gone)
    )
    told: Mapping[str, Any]


class Channels:
    """The channels of every community. Safe to share between threads.

    Whatever writes raises `LedgerUnavailableError` for a community that is just being moved.
    """

    def __init__(self, shards: Shards, clock: Callable[[], int]) -> None:
        self._shards = shards
        self._clock = clock

    def add(self, community: str, kind: str, told: Mapping[str, Any], *, state: str = "on") -> Channel:
        """Make a channel, to which is sent what happens from now on. Raises `UnknownCommunityError`."""
        shard = self._shards.of(community)
        number, since = secrets.token_hex(ID_BYTES), self._clock()
        sealed = _sealed(shard.people.community(community), number, told)
        with shard.vault.transaction(writing=True) as statements:
            statements.hold(community)
            statements.run(ADD, (number, community, kind, since, state, sealed))
        return Channel(number, community, kind, since, state, told)

    def of(self, community: str) -> list[Channel]:
        """Return the channels of a community, the oldest first."""
        shard = self._shards.of(community)
        keys = shard.people.community(community)
        with shard.vault.transaction(writing=False) as statements:
            rows = statements.run(OF, (community,))
        return [_channel(keys, row) for row in rows]

    def find(self, community: str, number: str) -> Channel | None:
        """Return a channel of a community, or None."""
        return next((each for each in self.of(community) if each.id == number), None)

    def turn(self, community: str, number: str, state: str) -> bool:
        """Let a channel be in another state; return whether there is one."""
        shard = self._shards.of(community)
        with shard.vault.transaction(writing=True) as statements:
            statements.hold(community)
            return bool(statements.run(STATE, (state, community, number)))

    def tell(self, community: str, number: str, told: Mapping[str, Any]) -> bool:
        """Let a channel's address, secrets and wishes be these; return whether there is one."""
        shard = self._shards.of(community)
        sealed = _sealed(shard.people.community(community), number, told)
        with shard.vault.transaction(writing=True) as statements:
            statements.hold(community)
            return bool(statements.run(SEAL, (sealed, community, number)))

    def drop(self, community: str, number: str) -> bool:
        """Forget a channel, and all that was to be sent to it; return whether there was one."""
        shard = self._shards.of(community)
        with shard.vault.transaction(writing=True) as statements:
            statements.hold(community)
            dropped = statements.run(DROP, (community, number))
            if dropped:
                statements.run(DROP_DUE, (number,))
        return bool(dropped)

    def having(self, shard: int) -> list[str]:
        """Return the communities of a shard that have a channel or a mailbox, by slug."""
        with self._shards[shard].vault.transaction(writing=False) as statements:
            return sorted(row[0] for row in statements.run(HAVING))


def _channel(keys: CommunityKeys, row: Sequence[Any]) -> Channel:
    number, kind, since, state, sealed = row
    text = unbox(keys.cipher, bytes(sealed), "channel", number)
    return Channel(number, keys.slug, kind, since, state, orjson.loads(text) if text else {})


def _sealed(keys: CommunityKeys, number: str, told: Mapping[str, Any]) -> bytes:
    return box(keys.cipher, orjson.dumps(dict(told)), "channel", number)
