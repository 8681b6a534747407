"""Whether the keys folder is in order, and opens the vault; and whether every account has what wraps its key."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ledger.buckets import Buckets
from ledger.errors import WrongKeyError
from ledger.key_files import KeyFileError
from ledger.keyring import CURRENT, NEXT, RETIRED, RETIRED_SECONDS, KeyRing, community_keys
from ledger.operations.backup import key_files
from ledger.operations.finding import Finding
from ledger.operations.inspect_store import mode
from ledger.people import BY_SOME
from ledger.rotating import NAMED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ledger.operations.bare import Bare

_ACCOUNTS = 100  # whose keys are tried
_SHOWN = 3

_COMMUNITIES = "SELECT slug, book_key, data_key, kek FROM vault.communities ORDER BY slug"
_BUCKETS = "SELECT community, id, kek, key FROM vault.buckets ORDER BY id"
_LOST = """SELECT count(*) FROM vault.accounts AS accounts WHERE key IS NOT NULL AND bucket IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM vault.buckets AS buckets WHERE buckets.id = accounts.bucket)"""
_EMPTY = """SELECT count(*) FROM vault.buckets AS buckets
    WHERE NOT EXISTS (SELECT 1 FROM vault.accounts AS accounts WHERE accounts.bucket = buckets.id)"""
_FIRST = "SELECT count(*) FROM vault.accounts WHERE key IS NOT NULL AND bucket IS NULL"


def key_folder(keys: Path) -> Iterator[Finding]:
    """Yield whether the keys are there, and only ours to read. Makes none."""
    if not (keys / CURRENT).is_file():
        yield Finding("keys", CURRENT, "fault", f"none in {keys}", "copy the installation's keys folder there")
        return
    files = [keys / name for name in key_files(keys)]
    folders = [keys, *sorted({file.parent for file in files} - {keys})]
    open_ = [finding for finding in map(mode, (*folders, *files)) if finding.level != "ok"]
    yield from open_
    if open_:
        return
    yield Finding("modes", "keys", "ok", f"{len(files)} files, for their owner alone")
    try:
        KeyRing(keys).fingerprints()
    except KeyFileError as error:
        yield Finding("keys", "keys", "fault", str(error), "put the file back from a copy of the keys folder")
    if (keys / NEXT).exists():
        found = "a change of the key-encryption key was broken off, or is under way"
        yield Finding("keys", NEXT, "warning", found, "keep the file: the next erasure finishes it")
    now = time.time()
    late = [file for file in files if file.parent.name == RETIRED and now - file.stat().st_mtime > RETIRED_SECONDS]
    if late:
        found = f"{len(late)} retired over 30 days ago: backups of people who were erased can still be opened"
        yield Finding("keys", RETIRED, "warning", found, "start a server again: it drops those that no row needs")


def wrapped(database: Bare, keys: Path, of: str) -> Iterator[Finding]:
    """Yield whether the key-encryption keys open the vault's keys, and every bucket is there that an account is in."""
    ring = KeyRing(keys)
    try:
        at_hand = ring.fingerprints()
    except KeyFileError:
        return  # which was told of the folder
    strange = sorted(name for (name,) in database.run(NAMED) if name is not None and name not in at_hand)
    if strange:
        found = f"rows are under a key-encryption key that no file has: {', '.join(each[:12] for each in strange)}"
        yield Finding("keys", of, "fault", found, "put back the keys folder that this vault was used with last")
        return
    closed = sorted(_closed(database, ring))
    if closed:
        found = f"the key-encryption key does not open the vault of {', '.join(closed[:_SHOWN])}"
        advice = "another installation's keys are in the keys folder: put back the ones this vault was made with"
        yield Finding("keys", of, "fault", found, advice)
    else:
        yield Finding("keys", of, "ok", "the key-encryption key opens the vault")
    yield from _buckets(database, of)


def _closed(database: Bare, ring: KeyRing) -> set[str]:
    """Return the communities with something that does not open: their own keys, buckets, some accounts."""
    buckets, closed = Buckets(ring), set()
    for slug, *row in database.run(_COMMUNITIES):
        try:
            community_keys(ring, slug, *row)
        except WrongKeyError:
            closed.add(slug)
    for community, bucket, kek, key in database.run(_BUCKETS):
        try:
            buckets.cipher(community, bucket, kek, key)
        except WrongKeyError:
            closed.add(community)
    for community, account, key, _, bucket, kek, bucket_key in database.run(BY_SOME, (_ACCOUNTS,)):
        if bucket is None or bucket_key is not None:  # else it is lost, which is told by itself
            try:
                buckets.key_of(community, account, key, bucket, kek, bucket_key)
            except WrongKeyError:
                closed.add(community)
    return closed


def _buckets(database: Bare, of: str) -> Iterator[Finding]:
    lost, empty, first = (int(database.run(question)[0][0]) for question in (_LOST, _EMPTY, _FIRST))
    if lost:
        found = f"{lost:,} accounts without the bucket that wraps their key: nothing of theirs can be read"
        yield Finding("buckets", of, "fault", found, "restore a backup: the vault was altered")
    if empty:
        found = f"{empty:,} buckets without accounts"
        yield Finding("buckets", of, "warning", found, "harmless: the next erasure takes them away")
    if not lost and not empty:
        waiting = f"; {first:,} of the first release come into one at the next erasure" if first else ""
        yield Finding("buckets", of, "ok", f"every account's key is wrapped{waiting}")
