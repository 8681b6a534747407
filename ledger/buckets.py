"""What wraps the keys of accounts: keys of their own, each of a few hundred accounts, so that one can be forgotten.

A bucket's key is wrapped under a key-encryption key; the accounts in it are wrapped under the bucket's. Whoever
erases an account gives the others of its bucket a new one and drops the old; and to change the key-encryption key
only buckets are wrapped anew, not every account. An account without a bucket is of the first release, and wrapped
under a key-encryption key itself.
"""

from __future__ import annotations

import secrets
import threading
from typing import TYPE_CHECKING, NamedTuple

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.errors import WrongKeyError
from ledger.lru import Lru
from ledger.shape import KEY_BYTES
from ledger.wrapping import box, unwrapped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.keyring import KeyRing
    from ledger.vault import Statements

MOST = 256
"""Accounts in a bucket."""

REMEMBERED = 4_096
"""Buckets whose key is held in memory, at most."""

ID_BYTES = 16

ADD = "INSERT INTO vault.buckets (id, community, kek, key) VALUES (?, ?, ?, ?)"
STANDS = "SELECT 1 FROM vault.buckets WHERE id = ?"
OTHERS = """SELECT accounts.account, accounts.key, buckets.kek, buckets.key
    FROM vault.accounts AS accounts JOIN vault.buckets AS buckets ON buckets.id = accounts.bucket
    WHERE accounts.bucket = ? AND accounts.key IS NOT NULL ORDER BY accounts.account"""
REWRAP = """UPDATE vault.accounts SET bucket = ?, key = given.column2 FROM (VALUES {}) AS given
    WHERE account = given.column1 AND key IS NOT NULL"""
DROP = "DELETE FROM vault.buckets WHERE id = ?"


class Bucket(NamedTuple):
    """A bucket with its key unwrapped."""

    id: str
    cipher: AESGCM


class Buckets:
    """The buckets of one vault. Safe to share between threads."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring
        self._known: Lru[str, AESGCM] = Lru(REMEMBERED)
        self._filling: dict[str, tuple[Bucket, int]] = {}  # by community: ours that is not full, and room in it
        self._lock = threading.Lock()

    def key_of(
        self, slug: str, account: str, wrapped: bytes, bucket: str | None, kek: str | None, key: bytes | None
    ) -> bytes:
        """Return an account's key: wrapped under that of its bucket, `key`, which is wrapped under `kek`.

        Raises `WrongKeyError`, `KeyFileError`.
        """
        if bucket is None:
            return self._ring.opened(bytes(wrapped), "account", slug, account)
        if kek is None or key is None:
            raise WrongKeyError(f"account {slug} {account}: wanted the bucket it is in, got none")
        return unwrapped(self.cipher(slug, bucket, kek, key), bytes(wrapped), "account", slug, account)

    def cipher(self, slug: str, bucket: str, kek: str, wrapped: bytes) -> AESGCM:
        """Return the key of a bucket. Raises `WrongKeyError`, `KeyFileError`."""
        cipher = self._known.get(bucket)
        if cipher is None:
            cipher = AESGCM(unwrapped(self._ring.cipher(kek), bytes(wrapped), "bucket", slug, bucket))
            self._known.put(bucket, cipher)
        return cipher

    def take(self, statements: Statements, slug: str, count: int) -> list[Bucket]:
        """Return a bucket for each of `count` new accounts: ours while there is room in it, then new ones.

        Only where the community is held: no bucket that stands now is forgotten before the transaction ends.
        """
        with self._lock:
            bucket, room = self._filling.pop(slug, (None, 0))
        taken: list[Bucket] = []
        if bucket is None or not statements.run(STANDS, (bucket.id,)):
            room = 0
        while len(taken) < count:
            if bucket is None or not room:
                bucket, room = made(statements, slug, *self._ring.current), MOST
            some = min(room, count - len(taken))
            taken += [bucket] * some
            room -= some
        if bucket and room:  # a new one does not stand yet, but whoever takes of it looks
            with self._lock:
                self._filling[slug] = bucket, room
        return taken

    def renew(self, statements: Statements, slug: str, bucket: str) -> None:
        """Give the living accounts of a bucket a new one, and drop it; only where the community is held alone."""
        others = statements.run(OTHERS, (bucket,))
        if others:
            old = self.cipher(slug, bucket, *others[0][2:])
            keys = [(account, unwrapped(old, bytes(key), "account", slug, account)) for account, key, *_ in others]
            rewrap(statements, slug, made(statements, slug, *self._ring.current), keys)
        statements.run(DROP, (bucket,))

    def forget(self) -> None:
        """Let nothing of a key be in memory any more."""
        self._known.clear()
        with self._lock:
            self._filling.clear()


def made(statements: Statements, slug: str, kek: str, cipher: AESGCM) -> Bucket:
    """Make a bucket, its key wrapped under `cipher`, whose fingerprint is `kek`."""
    row, bucket = made_row(slug, kek, cipher)
    statements.run(ADD, row)
    return bucket


def made_row(slug: str, kek: str, cipher: AESGCM) -> tuple[tuple[str, str, str, bytes], Bucket]:
    """Return the row of a new bucket, and the bucket."""
    number, key = secrets.token_hex(ID_BYTES), secrets.token_bytes(KEY_BYTES)
    return (number, slug, kek, box(cipher, key, "bucket", slug, number)), Bucket(number, AESGCM(key))


def rewrap(statements: Statements, slug: str, bucket: Bucket, keys: Sequence[tuple[str, bytes]]) -> None:
    """Put accounts (id and key) into a bucket; one that was erased meanwhile stays so."""
    given = [value for account, key in keys for value in (account, box(bucket.cipher, key, "account", slug, account))]
    statements.run(REWRAP.format(", ".join(["(?, ?)"] * len(keys))), (bucket.id, *given))
