"""A vault and the key-encryption keys at hand: whether they fit, and bringing in a new one.

Every bucket and every community's keys are wrapped anew, and the former key is retired. So a bucket that an erasure
dropped, in a backup or a log, cannot be opened any more when that key is gone; see `keyring.py` for when.
"""

from __future__ import annotations

import contextlib
from collections import defaultdict
from typing import TYPE_CHECKING, TypeAlias

from ledger.buckets import MOST, made, rewrap
from ledger.key_files import KeyFileError
from ledger.keyring import community_keys
from ledger.wrapping import box, unwrapped

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from ledger.keyring import KeyRing
    from ledger.vault import Statements, VaultDatabase

    Told: TypeAlias = Callable[[str, int, int], None]
    """Hears of every step: its name, how much of it is done, and of how much."""

    Key: TypeAlias = tuple[str, AESGCM]

KEY, WRAP, RETIRE, SWITCH, SWEEP, DROP = STEPS = (
    "Making a key",
    "Wrapping keys",
    "Retiring the former key",
    "Switching keys",
    "Wrapping what came meanwhile",
    "Dropping old keys",
)
PAGE = 8 * MOST
"""Rows wrapped anew in one transaction."""

NAMED = """SELECT DISTINCT kek FROM (SELECT kek FROM vault.communities UNION SELECT kek FROM vault.buckets
    UNION SELECT NULL WHERE EXISTS (SELECT 1 FROM vault.accounts WHERE bucket IS NULL AND key IS NOT NULL)) AS named"""
A_LEGACY = "SELECT slug, book_key, data_key, kek FROM vault.communities WHERE kek IS NULL ORDER BY slug LIMIT 1"
COMMUNITIES = """SELECT slug, book_key, data_key, kek FROM vault.communities
    WHERE kek IS NULL OR kek <> ? ORDER BY slug LIMIT ?"""
WRAPPED = "UPDATE vault.communities SET book_key = ?, data_key = ?, kek = ? WHERE slug = ?"
BUCKETS = "SELECT id, community, kek, key FROM vault.buckets WHERE kek <> ? ORDER BY id LIMIT ?"
REWRAP = """UPDATE vault.buckets SET kek = ?, key = given.column2 FROM (VALUES {}) AS given
    WHERE id = given.column1"""
LEGACY = """SELECT community, account, key FROM vault.accounts
    WHERE bucket IS NULL AND key IS NOT NULL ORDER BY community, account LIMIT ?"""
SWEPT = """DELETE FROM vault.buckets
    WHERE NOT EXISTS (SELECT 1 FROM vault.accounts AS accounts WHERE accounts.bucket = vault.buckets.id)"""


def fit(ring: KeyRing, vaults: Sequence[VaultDatabase]) -> None:
    """Raise `KeyFileError` or `WrongKeyError`, which name the file, where a vault has rows that no key at hand opens.

    The first key is made where no vault has any row; and retired keys are dropped whose time has come.
    """
    names = named(vaults)
    if not names:
        ring.create()
    at_hand = ring.fingerprints()
    for name in names:
        if name is not None and name not in at_hand:
            raise KeyFileError(
                f"{ring.path}: wanted the key-encryption key {name[:12]}... that this vault is under, "
                f"got {at_hand[0][:12]}...; put back the keys folder that goes with it"
            )
    if None in names:
        for vault in vaults:
            with vault.transaction(writing=False) as statements:
                for row in statements.run(A_LEGACY):
                    community_keys(ring, *row)
    with contextlib.suppress(KeyFileError):  # where this process may only read them
        drop(ring, names)


def drop(ring: KeyRing, names: set[str | None]) -> None:
    """Drop retired keys whose time has come and that none of `names` is; none while a row may be under any of them."""
    if None not in names:
        ring.drop(names)


def named(vaults: Sequence[VaultDatabase]) -> set[str | None]:
    """Return the fingerprints that rows name; None where one is of the first release, and names none."""
    names: set[str | None] = set()
    for vault in vaults:
        with vault.transaction(writing=False) as statements:
            names |= {kek for (kek,) in statements.run(NAMED)}
    return names


def rotate(ring: KeyRing, vaults: Sequence[VaultDatabase], told: Told = lambda _name, _done, _of: None) -> None:
    """Bring in a new key-encryption key: wrap all that is under another anew, then retire the former.

    Others may read and write meanwhile. Every step may be the last: whoever rotates next finishes it. `told` hears
    of every step before it. Raises `BusyError`, `LedgerUnavailableError`, `KeyFileError`, `WrongKeyError`.
    """
    with ring.alone():
        told(KEY, 0, 1)
        key = ring.bring()
        for vault in vaults:
            _wrap(vault, ring, key, told)
        told(RETIRE, 0, 1)
        ring.retire()
        told(SWITCH, 0, 1)
        ring.switch()
        for vault in vaults:
            told(SWEEP, 0, 1)
            _sweep(vault, ring, key)
            vault.overwrite()
        told(DROP, 0, 1)
        drop(ring, named(vaults))


def _wrap(vault: VaultDatabase, ring: KeyRing, key: Key, told: Told) -> None:
    """Wrap anew, page by page, so that nobody waits for long. What is rewritten is the same key for the same row."""
    done, more = 0, True
    while more:
        told(WRAP, done, 0)
        with vault.transaction(writing=True) as statements:
            more = _page(statements, ring, key)
        done += 1


def _sweep(vault: VaultDatabase, ring: KeyRing, key: Key) -> None:
    """Wrap what others still wrapped under the former key; from now on they take the current one."""
    with vault.transaction(writing=True) as statements:
        statements.halt()
        while _page(statements, ring, key):
            pass
        statements.run(SWEPT)


def _page(statements: Statements, ring: KeyRing, key: Key) -> bool:
    """Wrap some rows of each kind anew; return whether there may be more."""
    return max(wrap(statements, ring, *key) for wrap in (_communities, _buckets, _legacy)) == PAGE


def _communities(statements: Statements, ring: KeyRing, kek: str, cipher: AESGCM) -> int:
    found = statements.run(COMMUNITIES, (kek, PAGE))
    for slug, *row in found:
        book, data = community_keys(ring, slug, *row)
        statements.run(WRAPPED, (box(cipher, book, "book", slug), box(cipher, data, "data", slug), kek, slug))
    return len(found)


def _buckets(statements: Statements, ring: KeyRing, kek: str, cipher: AESGCM) -> int:
    found = statements.run(BUCKETS, (kek, PAGE))
    given: list[object] = []
    for bucket, slug, former, wrapped in found:
        key = unwrapped(ring.cipher(former), bytes(wrapped), "bucket", slug, bucket)
        given += bucket, box(cipher, key, "bucket", slug, bucket)
    if found:
        statements.run(REWRAP.format(", ".join(["(?, ?)"] * len(found))), (kek, *given))
    return len(found)


def _legacy(statements: Statements, ring: KeyRing, kek: str, cipher: AESGCM) -> int:
    """Put accounts of the first release into buckets."""
    found = statements.run(LEGACY, (PAGE,))
    by_community: dict[str, list[tuple[str, bytes]]] = defaultdict(list)
    for slug, account, wrapped in found:
        by_community[slug].append((account, ring.opened(bytes(wrapped), "account", slug, account)))
    for slug, keys in by_community.items():
        for start in range(0, len(keys), MOST):
            rewrap(statements, slug, made(statements, slug, kek, cipher), keys[start : start + MOST])
    return len(found)
