"""The queue: what is to be sent on a channel, at least once, under an id that stays.

A delivery is leased to whoever sends it: `due` moves ahead before it is sent, and it is marked afterwards. Whoever
dies in between leaves it to the next one, who sends it again, with the same id.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from ledger.wrapping import box, unbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ledger.people import CommunityKeys
    from ledger.shards import Shards

ID_BYTES = 15
KEPT = 30 * 86_400_000_000  # µs that what was sent or dropped is remembered
CURSOR = "SELECT position, looked, quiet FROM vault.announced WHERE community = ?"
PUT_CURSOR = """INSERT INTO vault.announced VALUES (?, ?, ?, 0) ON CONFLICT (community)
    DO UPDATE SET position = excluded.position, looked = excluded.looked"""
PUT_QUIET = """INSERT INTO vault.announced VALUES (?, 0, 0, ?) ON CONFLICT (community)
    DO UPDATE SET quiet = excluded.quiet"""
ADD = "INSERT INTO vault.deliveries VALUES (?, ?, ?, ?, ?, ?, 0, 'due', '', ?) ON CONFLICT (channel, key) DO NOTHING"
TAKE = """UPDATE vault.deliveries SET due = ?, tries = tries + 1 WHERE state = 'due' AND id IN (
    SELECT waiting.id FROM vault.deliveries AS waiting WHERE waiting.state = 'due' AND waiting.due <= ?
    AND waiting.community IN (SELECT slug FROM vault.communities WHERE open = 1)
    ORDER BY waiting.due, waiting.id LIMIT ?{free})
    RETURNING id, community, channel, made, due, tries, state, said, sealed"""
MARK = "UPDATE vault.deliveries SET state = ?, said = ?, due = ? WHERE id = ?"
WAIT = "UPDATE vault.deliveries SET due = ? WHERE channel = ? AND state = 'due' AND due < ?"
LISTED = """SELECT id, community, channel, made, due, tries, state, said, sealed FROM vault.deliveries
    WHERE community = ? AND state = ? ORDER BY made DESC, id LIMIT ?"""
COUNTED = "SELECT state, count(*) FROM vault.deliveries WHERE community = ? GROUP BY state"
REPLAY = "UPDATE vault.deliveries SET state = 'due', due = ?, tries = 0 WHERE community = ? AND state = 'dead'"
REPLAY_ONE = f"{REPLAY} AND id = ? RETURNING id"
REPLAY_ALL = f"{REPLAY} RETURNING id"
REPLAY_OF = f"{REPLAY} AND channel = ? RETURNING id"
TAKEN = "SELECT 1 FROM vault.deliveries WHERE community = ? AND channel = ? AND state = 'sent' AND made >= ? LIMIT 1"
TIDY = "DELETE FROM vault.deliveries WHERE state IN ('sent', 'dropped') AND made < ?"


class Announced(NamedTuple):
    """How far a community was looked at for what is to be told: by position and by time; quiet until when (µs)."""

    position: int
    looked: int
    quiet: int


class New(NamedTuple):
    """Something to be sent on a channel. `key`: what it is about; the same is sent there once."""

    channel: str
    key: str
    what: Mapping[str, Any]
    due: int  # µs; not before


@dataclass(frozen=True, slots=True)
class Delivery:
    """Something to be sent, or that was. `what` is sealed where it is kept. Instants in µs."""

    id: str  # the same at every try
    community: str
    channel: str
    made: int
    due: int
    tries: int
    state: str  # due, sent, dead, dropped
    said: str  # by whom it was sent to, or why it could not be
    what: Mapping[str, Any]


class Queue:
    """The deliveries of every community. Safe to share between threads and processes."""

    def __init__(self, shards: Shards, clock: Callable[[], int]) -> None:
        self._shards = shards
        self._clock = clock

    def announced(self, community: str) -> Announced | None:
        """Return how far a community was looked at, None where it never was."""
        with self._shards.of(community).vault.transaction(writing=False) as statements:
            found = statements.run(CURSOR, (community,))
        return Announced(*found[0]) if found else None

    def announce(self, community: str, position: int, looked: int, new: Iterable[New]) -> None:
        """Let these be sent, each once, and a community be looked at so far: both or neither."""
        shard = self._shards.of(community)
        keys = shard.people.community(community)
        with shard.vault.transaction(writing=True) as statements:
            statements.hold(community)
            for one in new:
                statements.run(ADD, _row(keys, one, self._clock()))
            statements.run(PUT_CURSOR, (community, position, looked))

    def add(self, community: str, one: New) -> None:
        """Let one thing be sent, unless it was; how far the community was looked at stays as it is."""
        shard = self._shards.of(community)
        keys = shard.people.community(community)
        with shard.vault.transaction(writing=True) as statements:
            statements.hold(community)
            statements.run(ADD, _row(keys, one, self._clock()))

    def quiet(self, community: str, until: int) -> None:
        """Let nothing that happens until an instant (µs) be announced; 0: no longer."""
        with self._shards.of(community).vault.transaction(writing=True) as statements:
            statements.hold(community)
            statements.run(PUT_QUIET, (community, until))

    def take(self, shard: int, most: int, lease: int) -> list[Delivery]:
        """Lease at most so many due deliveries of a shard, for `lease` µs; of two who take, each gets others."""
        kept, now = self._shards[shard], self._clock()
        with kept.vault.transaction(writing=True) as statements:
            rows = statements.run(TAKE.format(free=statements.free), (now + lease, now, most))
        return [_delivery(kept.people.community(row[1]), row) for row in rows]

    def mark(self, delivery: Delivery, state: str, said: str, *, due: int = 0) -> None:
        """Say what became of a delivery that was taken: sent, dead, dropped, or due again at an instant (µs)."""
        with self._shards.of(delivery.community).vault.transaction(writing=True) as statements:
            statements.run(MARK, (state, said[:300], due, delivery.id))
            if state == "due":
                statements.run(WAIT, (due, delivery.channel, due))

    def listed(self, community: str, state: str, most: int = 50) -> list[Delivery]:
        """Return a community's deliveries in a state, the latest first."""
        shard = self._shards.of(community)
        keys = shard.people.community(community)
        with shard.vault.transaction(writing=False) as statements:
            return [_delivery(keys, row) for row in statements.run(LISTED, (community, state, most))]

    def counts(self, community: str) -> dict[str, int]:
        """Return how many deliveries of a community are in each state."""
        with self._shards.of(community).vault.transaction(writing=False) as statements:
            return dict(statements.run(COUNTED, (community,)))

    def replay(self, community: str, number: str | None = None) -> int:
        """Let a dead delivery be due again, or all of them; return how many there were."""
        with self._shards.of(community).vault.transaction(writing=True) as statements:
            statements.hold(community)
            now = self._clock()
            if number is None:
                return len(statements.run(REPLAY_ALL, (now, community)))
            return len(statements.run(REPLAY_ONE, (now, community, number)))

    def replay_channel(self, community: str, channel: str) -> int:
        """Let all that could not be sent on one channel be due again; return how many there were."""
        with self._shards.of(community).vault.transaction(writing=True) as statements:
            statements.hold(community)
            return len(statements.run(REPLAY_OF, (self._clock(), community, channel)))

    def taken_since(self, delivery: Delivery) -> bool:
        """Return whether the channel of a delivery took any that was made no earlier than this one."""
        with self._shards.of(delivery.community).vault.transaction(writing=False) as statements:
            return bool(statements.run(TAKEN, (delivery.community, delivery.channel, delivery.made)))

    def tidy(self) -> None:
        """Forget what was sent, or was not to be, long ago."""
        for shard in self._shards:
            with shard.vault.transaction(writing=True) as statements:
                statements.run(TIDY, (self._clock() - KEPT,))


def _row(keys: CommunityKeys, one: New, now: int) -> tuple[object, ...]:
    number = f"msg_{secrets.token_hex(ID_BYTES)}"
    key = hashlib.blake2b(one.key.encode(), key=keys.lookup_key, digest_size=16).digest()
    sealed = box(keys.cipher, orjson.dumps(dict(one.what)), "delivery", number)
    return number, keys.slug, one.channel, key, now, max(one.due, now), sealed


def _delivery(keys: CommunityKeys, row: Sequence[Any]) -> Delivery:
    number, community, channel, made, due, tries, state, said, sealed = row
    text = unbox(keys.cipher, bytes(sealed), "delivery", number)
    return Delivery(number, community, channel, made, due, tries, state, said, orjson.loads(text) if text else {})
