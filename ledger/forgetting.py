"""What is destroyed of a person in the vault: her keys, every way to find her, and all that lets her in.

What stays is that she is gone: keyed digests of the public ids that ended with her, so that whoever asks by one of
them can be told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from ledger.statements.forgetting import forget
from ledger.tokens import digest_of
from ledger.vault import MOST_VALUES, many
from ledger.wrapping import unbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ledger.buckets import Buckets
    from ledger.people import CommunityKeys
    from ledger.vault import Statements, VaultDatabase

KEPT = "SELECT member, bucket FROM vault.accounts WHERE community = ? AND account IN (:many)"
DESTROY = """UPDATE vault.accounts SET key = NULL, lookup = NULL, member = NULL, contact = NULL, bucket = NULL
    WHERE community = ? AND account IN (:many)"""
END = "INSERT INTO vault.gone (digest, community) VALUES (?, ?) ON CONFLICT DO NOTHING"
GONE = "SELECT 1 FROM vault.gone WHERE digest IN (:many)"
THAT_ERASED = """SELECT DISTINCT gone.community FROM vault.gone AS gone
    JOIN vault.communities AS communities ON communities.slug = gone.community"""
MAILBOXES = "DELETE FROM vault.mailboxes WHERE community = ? AND account IN (:many)"
STRAYS = "DELETE FROM vault.strays WHERE community = ?"  # any of them may name her
PRESENT = "UPDATE vault.pulls SET present = NULL WHERE community = ?"  # likewise
LINKS = "SELECT id, sealed FROM vault.links WHERE community = ?"
DROP_LINK = "DELETE FROM vault.links WHERE id = ?"
DROP_SIGN_INS = "DELETE FROM vault.sign_ins WHERE community = ? AND holder = ?"
DROP_SUBJECTS = "DELETE FROM vault.subjects WHERE community = ? AND holder = ?"


def destroy(
    statements: Statements, keys: CommunityKeys, buckets: Buckets, accounts: Sequence[str], ended: set[bytes]
) -> set[bytes]:
    """Destroy the keys of `accounts`, and what is known of them; return the digests of all that ended with them.

    `ended`: the digests of public ids that end too. Only where the community is held alone.
    """
    left: set[str] = set()
    for start in range(0, len(accounts), MOST_VALUES):
        some = accounts[start : start + MOST_VALUES]
        found = statements.run(many(KEPT, len(some)), (keys.slug, *some))
        ended |= {bytes(member) for member, _ in found if member is not None}
        left |= {bucket for _, bucket in found if bucket is not None}
        statements.run(many(DESTROY, len(some)), (keys.slug, *some))
        statements.run(many(MAILBOXES, len(some)), (keys.slug, *some))
        forget(statements, keys, some)
    statements.run(STRAYS, (keys.slug,))
    statements.run(PRESENT, (keys.slug,))
    for bucket in sorted(left):
        buckets.renew(statements, keys.slug, bucket)
    statements.run_many(END, [(digest, keys.slug) for digest in sorted(ended)])
    return ended


def gone(database: VaultDatabase, slug: str | None, lookup_key: Callable[[str], bytes], public_id: str) -> bool:
    """Return whether an erasure ended a public id, in a community or (None) in any of this vault.

    `lookup_key` returns that of a community.
    """
    slugs = [slug] if slug is not None else _that_erased(database)
    digests = [public_digest(lookup_key(each), public_id) for each in slugs]
    with database.transaction(writing=False) as statements:
        pieces = (digests[start : start + MOST_VALUES] for start in range(0, len(digests), MOST_VALUES))
        return any(statements.run(many(GONE, len(some)), some) for some in pieces)


def _that_erased(database: VaultDatabase) -> list[str]:
    with database.transaction(writing=False) as statements:
        return [slug for (slug,) in statements.run(THAT_ERASED)]


def public_digest(lookup_key: bytes, public_id: str) -> bytes:
    """Return what a public id is found by under a community's lookup key, 32 bytes."""
    return digest_of(public_id, key=lookup_key, person=b"member", size=32)


def digests(keys: CommunityKeys, public_ids: Iterable[str]) -> list[bytes]:
    """Return what public ids of a community are found by once they have ended."""
    return [public_digest(keys.lookup_key, public_id) for public_id in public_ids]


def drop_ways_in(statements: Statements, keys: CommunityKeys, ended: set[bytes]) -> None:
    """Drop whatever lets someone of a community in, or keeps her in, whose public id is among the digests `ended`."""
    hers = []
    for number, sealed in statements.run(LINKS, (keys.slug,)):
        told = unbox(keys.cipher, bytes(sealed), "link", number)
        if told is not None and public_digest(keys.lookup_key, orjson.loads(told)["subject"]) in ended:
            hers.append((number,))
    statements.run_many(DROP_LINK, hers)
    for drop in (DROP_SIGN_INS, DROP_SUBJECTS):
        statements.run_many(drop, [(keys.slug, digest) for digest in sorted(ended)])
