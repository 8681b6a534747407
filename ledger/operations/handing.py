"""The keys of a community, handed over once: its own two, and every account with the data key that still lives.

Only with them are sealed texts read, member ids and credential ids the same, and redeliveries recognised. What
opens doors (API keys, links, the issuer's private key) is not among them.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.errors import FileFaultError, UnknownCommunityError
from ledger.files import new_file
from ledger.operations.recipient import seal
from ledger.shape import KEY_BYTES
from ledger.wrapping import box, unwrapped

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ledger.operations.bare import Bare
    from ledger.operations.export import Whole
    from ledger.operations.recipient import Recipient

FORMAT = 1
_COMMUNITY = "SELECT book_key, data_key FROM vault.communities WHERE slug = ?"


class Keys(NamedTuple):
    """The keys in a file, not all read yet."""

    book_key: bytes
    data_key: bytes
    accounts: Iterator[list[tuple[str, bytes | None, bytes | None, bytes | None, bytes | None]]]
    """Pages of (account, lookup, member, key, contact): all None but the first where she was erased."""


def hand_over(source: Bare, whole: Whole, *, secret: bytes, to: str, file: Path) -> int:
    """Write the keys that go with an export to `file`, sealed to the recipient `to`; return how many accounts.

    `secret`: the key-encryption key. Raises `LedgerUnavailableError`, `WrongKeyError`, `FileFaultError`, and
    `LedgerError` where `to` is no recipient.
    """
    wrapping, community = AESGCM(secret), whole.community
    header = {"format": FORMAT, "community": community, "head": whole.head, "root": whole.root}
    count = 0

    def pieces() -> Iterator[bytes]:
        nonlocal count
        found = source.run(_COMMUNITY, (community,))
        if not found:
            raise UnknownCommunityError(f"community: wanted one that is kept here, got {community!r}")
        keys = [
            unwrapped(wrapping, bytes(key), kind, community)
            for kind, key in zip(("book", "data"), found[0], strict=True)
        ]
        yield orjson.dumps({"book_key": _text(keys[0]), "data_key": _text(keys[1])})
        for page in source.rows("vault.accounts", community):
            count += len(page)
            yield orjson.dumps([_told(wrapping, row) for row in page])

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
    except (StopIteration, KeyError, TypeError, ValueError) as error:
        raise FileFaultError(f"{file.name}: wanted two keys of {KEY_BYTES} bytes at the beginning") from error
    if book_key is None or data_key is None or {len(book_key), len(data_key)} != {KEY_BYTES}:
        raise FileFaultError(f"{file.name}: wanted two keys of {KEY_BYTES} bytes at the beginning")
    return Keys(book_key, data_key, _accounts(file, pieces))


def rewrapped(
    keys: Keys, community: str, *, secret: bytes, name: str, opened: int
) -> tuple[tuple[Any, ...], Iterator[list[tuple[Any, ...]]]]:
    """Return the community's row, closed, and pages of its accounts' rows, wrapped under another key-encryption key."""
    wrapping = AESGCM(secret)
    own = (box(wrapping, keys.book_key, "book", community), box(wrapping, keys.data_key, "data", community))

    def accounts() -> Iterator[list[tuple[Any, ...]]]:
        for page in keys.accounts:
            yield [
                (
                    account,
                    community,
                    lookup,
                    member,
                    key and box(wrapping, key, "account", community, account),
                    contact,
                    None,
                )
                for account, lookup, member, key, contact in page
            ]

    return (community, name, opened, *own, 0, None), accounts()


def _accounts(file: Path, pieces: Iterator[bytes]) -> Iterator[list[tuple[str, Any, Any, Any, Any]]]:
    for piece in pieces:
        try:
            yield [(str(account), *map(_raw, rest)) for account, *rest in orjson.loads(piece)]  # type: ignore[misc]
        except (TypeError, ValueError) as error:
            raise FileFaultError(f"{file.name}: wanted accounts, got: {error}") from error


def _told(wrapping: AESGCM, row: tuple[Any, ...]) -> list[str | None]:
    account, community, lookup, member, wrapped, contact, _ = row
    key = None if wrapped is None else unwrapped(wrapping, bytes(wrapped), "account", community, account)
    return [account, *map(_text, (lookup, member, key, contact))]


def _text(raw: bytes | None) -> str | None:
    return None if raw is None else base64.b64encode(bytes(raw)).decode()


def _raw(text: str | None) -> bytes | None:
    return None if text is None else base64.b64decode(text, validate=True)
