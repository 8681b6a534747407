"""Erasing one person's keys in a large vault, and changing the key-encryption key, beside the least that needs.

Ours finds her, wraps her bucket's others anew, and then every bucket under a new key-encryption key, with its files.
The floor makes as many AES-GCM boxes as are to be changed, and one commit that is durable. Most of
the difference is waiting for the disk: ours commits three times, and syncs its key files six times.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import sqlite3
from typing import TYPE_CHECKING

import psycopg
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bench import books, cpu
from bench.events import COMMUNITY
from bench.harness import Benchmark, Pair, Side
from ledger.buckets import MOST
from ledger.keyring import KeyRing
from ledger.migrate import migrate
from ledger.rotating import rotate
from ledger.rows import system_clock
from ledger.shard import Shard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PEOPLE = 100_000  # of the vault
AT_ONCE = 1_000  # of them minted in one transaction
KEY_BYTES, NONCE_BYTES = 32, 12
STEP = 131  # from one who is erased to the next: seldom of the same bucket
COMMUNITY_KEYS = 2
TABLE = "CREATE TABLE IF NOT EXISTS floor (n INTEGER)"
COMMIT = "INSERT INTO floor VALUES (1)"


@contextlib.contextmanager
def on_sqlite(size: int) -> Iterator[Pair]:
    """Erase in a vault of `size` accounts on SQLite."""
    with books.folder() as folder:
        path = folder / "floor.sqlite"
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as floor:
            for pragma in ("journal_mode = WAL", "synchronous = FULL"):
                floor.execute(f"PRAGMA {pragma}")
            floor.execute(TABLE)
            with _pair(str(folder / "book.sqlite"), folder, size, lambda: floor.execute(COMMIT), cpu.nobody) as pair:
                yield pair


@contextlib.contextmanager
def on_postgres(size: int) -> Iterator[Pair]:
    """Erase in a vault of `size` accounts on PostgreSQL."""
    with books.postgres_database() as url, books.folder() as folder, psycopg.connect(url, autocommit=True) as floor:
        floor.execute(TABLE)
        with _pair(url, folder, size, lambda: floor.execute(COMMIT), cpu.of_postgres(url)) as pair:
            yield pair


@contextlib.contextmanager
def _pair(
    database: str, folder: Path, size: int, commit: Callable[[], object], others: Callable[[], float | None]
) -> Iterator[Pair]:
    migrate(database)
    ring = KeyRing(folder / "keys")
    ring.create()
    shard = Shard.open(database, 0, ring=ring, clock=system_clock)
    try:
        accounts = _people(shard, size)
        places = itertools.count(step=STEP)
        cipher, key = AESGCM(os.urandom(KEY_BYTES)), os.urandom(KEY_BYTES)
        boxes = min(size, MOST) + -(-size // MOST) + COMMUNITY_KEYS

        def erase(account: str) -> None:
            shard.people.destroy(COMMUNITY, [account])
            rotate(ring, [shard.vault])

        def least(count: int) -> None:
            for _ in range(count):
                cipher.encrypt(os.urandom(NONCE_BYTES), key, None)
            commit()

        yield Pair(
            Side(1, lambda: accounts[next(places) % size], erase, others),
            Side(1, lambda: boxes, least, others),
        )
    finally:
        shard.close()


def _people(shard: Shard, size: int) -> list[str]:
    """Mint so many accounts; return their ids."""
    shard.people.open_community(COMMUNITY, "The bench")
    keys = shard.people.community(COMMUNITY)
    accounts: list[str] = []
    for start in range(0, size, AT_ONCE):
        told = {("forum", "", f"m{n}"): {"id": f"m{n}", "seen": 0} for n in range(start, min(size, start + AT_ONCE))}
        accounts += [account.id for account in shard.people.find_or_mint(keys, told).values()]
    return accounts


BENCHMARKS = (
    Benchmark(
        name="forget 1 of 100,000, SQLite / its boxes and a commit",
        at_least=0.02,
        size=PEOPLE,
        opened=on_sqlite,
    ),
    Benchmark(
        name="forget 1 of 100,000, PostgreSQL / its boxes and a commit",
        at_least=0.02,
        size=PEOPLE,
        opened=on_postgres,
    ),
)
