"""The keys of a community, handed over once: its own two, and every account with the data key that still lives.

Only with them are sealed texts read, member ids and credential ids the same, and redeliveries recognised. What
opens doors (API keys, links, the issuer's private key) is not among them.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from ledger.buckets import MOST, Buckets, made_row
from ledger.errors import FileFaultError, UnknownCommunityError
from ledger.files import new_file
from ledger.keyring import community_keys
from ledger.operations.recipient import seal
from ledger.shape import KEY_BYTES
from ledger.wrapping import box

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ledger.keyring import KeyRing
    from ledger.operations.bare import Bare
    from ledger.operations.export import Whole
    from ledger.operations.recipient import Recipient

FORMAT = 1
_COMMUNITY = "SELECT book_key, data_key, kek FROM vault.communities WHERE slug = ?"


class Keys(NamedTuple):
    """The keys in a file, not all read yet."""

    book_key: bytes
    data_key: bytes
    gone: list[bytes]  # the digests of public ids that an erasure ended
    accounts: Iterator[list[tuple[str, bytes | None, bytes | None, bytes | None, bytes | None]]]
    """Pages of (account, lookup, member, key, contact): all None but the first where she was erased."""


class People(NamedTuple):
    """Rows of the vault, in the order of their tables' columns."""

    buckets: list[tuple[object, ...]]
    accounts: list[tuple[object, ...]]


def hand_over(source: Bare, whole: Whole, *, ring: KeyRing, to: str, file: Path) -> int:
    """Write the keys that go with an export to `file`, sealed to the recipient `to`; return how many accounts.

    `ring`: the key-encryption keys. Raises `LedgerUnavailableError`, `WrongKeyError`, `KeyFileError`,
    `FileFaultError`, and `LedgerError` where `to` is no recipient.
    """
    community, buckets = whole.community, Buckets(ring)
    header = {"format": FORMAT, "community": community, "head": whole.head, "root": whole.root}
    count = 0

    def pieces() -> Iterator[bytes]:
        nonlocal count
        found = source.run(_COMMUNITY, (community,))
        if not found:
            raise UnknownCommunityError(f"community: wanted one that is kept here, got {community!r}")
        book_key, data_key = community_keys(ring, community, *found[0])
        gone = [_text(digest) for page in source.rows("vault.gone", community) for digest, _ in page]
        yield orjson.dumps({"book_key": _text(book_key), "data_key": _text(data_key), "gone": gone})
        under = {row[0]: row[2:] for page in source.rows("vault.buckets", community) for row in page}
        for page in source.rows("vault.accounts", community):
            count += len(page)
            yield orjson.dumps([_told(buckets, under, row) for row in page])

    with new_file(file) as opened, source.reading():
        seal(to, header, pieces(), opened)
    return count


def handed(file: Path, recipient: Recipient, whole: Whole) -> Keys:
    """Return the keys in `file`, which must go with the export that `whole` tells of.

    Raises `FileFaultError`, also while accounts are read, and `WrongKeyError` where it is sealed to another.
    """
    header, pieces = recipient.opened(file)
    told = {"format": FORMAT, "community": whole.community, "head": whole.head, "root": whole.root}
    wrong = [name for name, value in told.items() if header.get(name) != value]
    if wrong:
        words = ", ".join(f"{name} {told[name]}" for name in wrong)
        raise FileFaultError(f"{file.name}: wanted the keys of {words}, got {[header.get(name) for name in wrong]}")
    try:
        first = orjson.loads(next(pieces))
        book_key, data_key = _raw(first["book_key"]), _raw(first["data_key"])
        gone = [digest for digest in map(_raw, first.get("gone", ())) if digest]  # a first release told of none
    except (StopIteration, KeyError, TypeError, ValueError) as error:
        raise FileFaultError(f"{file.name}: wanted two keys of {KEY_BYTES} bytes at the beginning") from error
    if book_key is None or data_key is None or {len(book_key), len(data_key)} != {KEY_BYTES}:
        raise FileFaultError(f"{file.name}: wanted two keys of {KEY_BYTES} bytes at the beginning")
    return Keys(book_key, data_key, gone, _accounts(file, pieces))


def rewrapped(keys: Keys, community: str, *, ring: KeyRing) -> tuple[tuple[bytes, bytes, str], Iterator[People]]:
    """Return the community's keys and what they are under, and its people, wrapped anew for this installation."""
    kek, cipher = ring.current
    own = box(cipher, keys.book_key, "book", community), box(cipher, keys.data_key, "data", community), kek

    def people() -> Iterator[People]:
        for page in keys.accounts:
            found, bucket, living = People([], []), None, 0
            for account, lookup, member, key, contact in page:
                if key is None:
                    found.accounts.append((account, community, lookup, member, None, contact, None))
                    continue
                if bucket is None or living % MOST == 0:
                    row, bucket = made_row(community, kek, cipher)
                    found.buckets.append(row)
                living += 1
                wrapped = box(bucket.cipher, key, "account", community, account)
                found.accounts.append((account, community, lookup, member, wrapped, contact, bucket.id))
            yield found

    return own, people()


def _accounts(file: Path, pieces: Iterator[bytes]) -> Iterator[list[tuple[str, Any, Any, Any, Any]]]:
    for piece in pieces:
        try:
            yield [(str(account), *map(_raw, rest)) for account, *rest in orjson.loads(piece)]  # type: ignore[misc]
        except (TypeError, ValueError) as error:
            raise FileFaultError(f"{file.name}: wanted accounts, got: {error}") from error


def _told(buckets: Buckets, under: dict[str, tuple[Any, ...]], row: tuple[Any, ...]) -> list[str | None]:
    account, community, lookup, member, wrapped, contact, bucket = row
    kek, sealed = under.get(bucket, (None, None))
    key = None if wrapped is None else buckets.key_of(community, account, wrapped, bucket, kek, sealed)
    return [account, *map(_text, (lookup, member, key, contact))]


def _text(raw: bytes | None) -> str | None:
    return None if raw is None else base64.b64encode(bytes(raw)).decode()


def _raw(text: str | None) -> bytes | None:
    return None if text is None else base64.b64decode(text, validate=True)
