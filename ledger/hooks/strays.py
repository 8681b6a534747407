"""Strays: what came through a door and was not taken, kept aside so that it can be looked at, and taken later.

Only so much of it: the newest of each door. All of it is counted.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any

import orjson

from ledger.wrapping import box, unbox

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ledger.people import CommunityKeys
    from ledger.shards import Shards

MOST_KEPT = 200  # of one door
MOST_COUNTED = 200  # different words of one door; further ones are counted under none
ID_BYTES = 9
COUNTED_EVERY = 60_000_000  # µs
LONGEST_KEY = 200  # characters
KEEP = "INSERT INTO vault.strays VALUES (?, ?, ?, ?, ?, ?, ?)"
TRIM = """DELETE FROM vault.strays WHERE id IN (SELECT id FROM vault.strays WHERE community = ? AND connector = ?
    ORDER BY at DESC, id LIMIT 1000 OFFSET ?)"""
WORDS = "SELECT count(*) FROM vault.stray_counts WHERE community = ? AND connector = ? AND NOT (why = ? AND key = ?)"
COUNT = """INSERT INTO vault.stray_counts VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (community, connector, why, key)
    DO UPDATE SET number = stray_counts.number + excluded.number, last = excluded.last"""
COUNTS = """SELECT connector, why, key, number, first, last FROM vault.stray_counts WHERE community = ?
    ORDER BY last DESC, connector, why, key"""
OF = """SELECT id, connector, why, key, at, sealed FROM vault.strays WHERE community = ? AND connector = ?
    ORDER BY at DESC, id"""
FIND = "SELECT id, connector, why, key, at, sealed FROM vault.strays WHERE community = ? AND id = ?"
DROP = "DELETE FROM vault.strays WHERE community = ? AND id = ?"


@dataclass(frozen=True, slots=True)
class Stray:
    """A delivery that was not taken: `key` is the platform's word for it, `said` the delivery and what was wrong."""

    id: str
    community: str
    connector: str
    why: str  # unknown, misfit, refused, conflict
    key: str
    at: int  # µs
    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StrayCount:
    """How often something came that was not taken; `first` and `last` in µs.

    `why` is that of a stray, or `unsigned`, which is counted alone.
    """

    connector: str
    why: str
    key: str
    number: int
    first: int
    last: int


class Strays:
    """What was not taken, of every community. Safe to share between threads."""

    def __init__(self, shards: Shards, clock: Callable[[], int]) -> None:
        self._shards = shards
        self._clock = clock
        self._unsigned: dict[tuple[str, str], tuple[int, int]] = {}  # not written yet, and when it was last
        self._lock = Lock()

    def keep(self, community: str, connector: str, why: str, key: str, said: Mapping[str, Any]) -> Stray:
        """Keep a delivery aside, and count it. Raises `UnknownCommunityError`, `LedgerUnavailableError`."""
        shard = self._shards.of(community)
        at, number, key = self._clock(), secrets.token_hex(ID_BYTES), key[:LONGEST_KEY]
        sealed = box(shard.people.community(community).cipher, orjson.dumps(said), "stray", number)
        with shard.vault.transaction(writing=True) as statements:
            statements.hold(community)
            statements.run(KEEP, (number, community, connector, why, key, at, sealed))
            statements.run(TRIM, (community, connector, MOST_KEPT))
            ((words,),) = statements.run(WORDS, (community, connector, why, key))
            counted = key if words < MOST_COUNTED else ""
            statements.run(COUNT, (community, connector, why, counted, 1, at, at))
        return Stray(number, community, connector, why, key, at, said)

    def unsigned(self, community: str, connector: str) -> None:
        """Count a delivery that was not signed; it is not kept. Written down once a minute: anybody can cause it."""
        at, door = self._clock(), (community, connector)
        with self._lock:
            number, written = self._unsigned.get(door, (0, 0))
            due = at - written >= COUNTED_EVERY
            self._unsigned[door] = (0, at) if due else (number + 1, written)
        if due:
            with self._shards.of(community).vault.transaction(writing=True) as statements:
                statements.hold(community)
                statements.run(COUNT, (community, connector, "unsigned", "", number + 1, at, at))

    def of(self, community: str, connector: str) -> list[Stray]:
        """Return what is kept of a door, the newest first."""
        return self._read(community, OF, (community, connector))

    def find(self, community: str, number: str) -> Stray | None:
        """Return what is kept under an id, or None."""
        return next(iter(self._read(community, FIND, (community, number))), None)

    def drop(self, community: str, number: str) -> None:
        """Keep something no longer: it was taken, or is not wanted. It stays counted."""
        shard = self._shards.of(community)
        with shard.vault.transaction(writing=True) as statements:
            statements.hold(community)
            statements.run(DROP, (community, number))

    def counts(self, community: str) -> list[StrayCount]:
        """Return how often what was not taken, the latest first."""
        with self._shards.of(community).vault.transaction(writing=False) as statements:
            return [StrayCount(*row) for row in statements.run(COUNTS, (community,))]

    def _read(self, community: str, statement: str, parameters: Sequence[object]) -> list[Stray]:
        shard = self._shards.of(community)
        keys = shard.people.community(community)
        with shard.vault.transaction(writing=False) as statements:
            rows = statements.run(statement, parameters)
        return [_stray(keys, row) for row in rows]


def _stray(keys: CommunityKeys, row: Sequence[Any]) -> Stray:
    number, connector, why, key, at, sealed = row
    text = unbox(keys.cipher, bytes(sealed), "stray", number)
    return Stray(number, keys.slug, connector, why, key, at, orjson.loads(text) if text else {})
