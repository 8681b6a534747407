"""API keys and single-use login links. Of either secret the vault keeps a digest, never the secret."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from ledger.wrapping import box, unbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ledger.people import CommunityKeys, People
    from ledger.vault import VaultDatabase

ID_BYTES = 6
SECRET_BYTES = 32
_KEY = re.compile("gb_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
_LINK = re.compile(r"([0-9a-f]{12})\.([A-Za-z0-9_-]{43})")

ADD_KEY = "INSERT INTO vault.api_keys VALUES (?, ?, ?, ?, ?, ?)"
KEY = "SELECT community, label, scopes, digest, made FROM vault.api_keys WHERE id = ?"
KEYS = "SELECT id, community, label, scopes, made FROM vault.api_keys WHERE community = ? ORDER BY made, id"
DROP_KEY = "DELETE FROM vault.api_keys WHERE community = ? AND id = ?"
ADD_LINK = "INSERT INTO vault.links VALUES (?, ?, ?, ?, ?)"
LINK = "SELECT community, digest, expires, sealed FROM vault.links WHERE id = ?"
TAKE_LINK = "DELETE FROM vault.links WHERE id = ? RETURNING id"
DROP_LINKS = "DELETE FROM vault.links WHERE expires <= ?"


@dataclass(frozen=True, slots=True)
class Key:
    """An API key, without its secret."""

    id: str
    community: str
    label: str
    scopes: tuple[str, ...]
    made: int  # µs


@dataclass(frozen=True, slots=True)
class Link:
    """What a login link lets in: a role of a community, as `subject`."""

    community: str
    role: str
    subject: str
    expires: int  # µs


class Vault:
    """API keys and login links. Safe to share between threads."""

    def __init__(self, database: VaultDatabase, people: People, clock: Callable[[], int]) -> None:
        self._database = database
        self._people = people
        self._clock = clock

    def add_key(self, community: str, *, label: str, scopes: Iterable[str]) -> str:
        """Make an API key and return it: `gb_<id>_<secret>`. It is not kept and cannot be shown again.

        Raises `UnknownCommunityError`.
        """
        keys = self._people.community(community)
        key_id, secret = secrets.token_hex(ID_BYTES), secrets.token_urlsafe(SECRET_BYTES)
        digest = _digest(keys, "key", key_id, secret)
        row = (key_id, community, label, json.dumps(sorted(scopes)), digest, self._clock())
        with self._database.transaction(writing=True) as statements:
            statements.run(ADD_KEY, row)
        return f"gb_{key_id}_{secret}"

    def find_key(self, presented: str) -> Key | None:
        """Return the key that `presented` is, or None."""
        form = _KEY.fullmatch(presented)
        if form is None:
            return None
        key_id, secret = form.groups()
        with self._database.transaction(writing=False) as statements:
            found = statements.run(KEY, (key_id,))
        if not found:
            return None
        community, label, scopes, digest, made = found[0]
        expected = _digest(self._people.community(community), "key", key_id, secret)
        if not hmac.compare_digest(bytes(digest), expected):
            return None
        return Key(key_id, community, label, tuple(json.loads(scopes)), made)

    def keys(self, community: str) -> list[Key]:
        """Return the keys of a community, oldest first."""
        with self._database.transaction(writing=False) as statements:
            return [
                Key(key_id, slug, label, tuple(json.loads(scopes)), made)
                for key_id, slug, label, scopes, made in statements.run(KEYS, (community,))
            ]

    def drop_key(self, community: str, key_id: str) -> None:
        """Make a key open nothing any more."""
        with self._database.transaction(writing=True) as statements:
            statements.run(DROP_KEY, (community, key_id))

    def add_link(self, community: str, *, role: str, subject: str, expires: int) -> str:
        """Make a login link that works once, until `expires` (µs), and return its token.

        Raises `UnknownCommunityError`.
        """
        keys = self._people.community(community)
        link_id, secret = secrets.token_hex(ID_BYTES), secrets.token_urlsafe(SECRET_BYTES)
        sealed = box(keys.cipher, orjson.dumps({"role": role, "subject": subject}), "link", link_id)
        row = (link_id, community, _digest(keys, "link", link_id, secret), expires, sealed)
        with self._database.transaction(writing=True) as statements:
            statements.run(DROP_LINKS, (self._clock(),))
            statements.run(ADD_LINK, row)
        return f"{link_id}.{secret}"

    def peek_link(self, token: str) -> Link | None:
        """Return what a link would let in, or None where it is unknown, used or expired."""
        form = _LINK.fullmatch(token)
        if form is None:
            return None
        link_id, secret = form.groups()
        with self._database.transaction(writing=False) as statements:
            found = statements.run(LINK, (link_id,))
        return self._link(link_id, secret, found[0]) if found else None

    def take_link(self, token: str) -> Link | None:
        """Use a link up and return what it lets in; of two who take it at once, one gets None."""
        link = self.peek_link(token)
        if link is None:
            return None
        with self._database.transaction(writing=True) as statements:
            taken = statements.run(TAKE_LINK, (token.partition(".")[0],))
        return link if taken else None

    def _link(self, link_id: str, secret: str, row: tuple[Any, ...]) -> Link | None:
        community, digest, expires, sealed = row
        keys = self._people.community(community)
        if not hmac.compare_digest(bytes(digest), _digest(keys, "link", link_id, secret)):
            return None
        opened = unbox(keys.cipher, sealed, "link", link_id)
        if expires <= self._clock() or opened is None:
            return None
        return Link(community, **orjson.loads(opened), expires=expires)


def _digest(keys: CommunityKeys, kind: str, row_id: str, secret: str) -> bytes:
    """Return HMAC-SHA-256; a random secret of 256 bits needs no slow hash."""
    return hmac.digest(keys.access_key, f"{kind}\0{row_id}\0{secret}".encode(), hashlib.sha256)
