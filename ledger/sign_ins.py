"""Who is signed in. The browser has a secret of 256 bits; the vault keeps its SHA-256, and sealed, whose it is.

A sign-in ends eight hours after it was last used, seven days after it began, when its holder or a manager ends it,
and with an erasure. Use is noted every few minutes. What was read is remembered for half a second, so that a sign-in
that was ended in another process opens nothing after that; in this one it opens nothing at once.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from ledger.errors import LedgerUnavailableError, UnknownCommunityError
from ledger.forgetting import public_digest
from ledger.lru import Lru
from ledger.people import FRESH_SECONDS
from ledger.wrapping import box, unbox

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from ledger.entrance import Entrance, EntranceKeys

_MINUTE = 60_000_000  # µs
IDLE = 8 * 60 * _MINUTE
LONGEST = 7 * 24 * 60 * _MINUTE
NOTED = 5 * _MINUTE
"""That it was used is noted no more often than this."""

REMEMBERED = 4_096
SECRET_BYTES = 32
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
_HANDLE = re.compile(r"[0-9a-f]{64}")

ADD = "INSERT INTO vault.sign_ins (digest, community, holder, begun, seen, sealed) VALUES (?, ?, ?, ?, ?, ?)"
FIND = "SELECT community, begun, seen, sealed FROM vault.sign_ins WHERE digest = ?"
NOTE = "UPDATE vault.sign_ins SET seen = ? WHERE digest = ? AND seen < ?"
OF = "SELECT digest, begun, seen, sealed FROM vault.sign_ins WHERE community = ? AND holder = ? ORDER BY begun"
ALL = "SELECT digest, begun, seen, sealed FROM vault.sign_ins WHERE community = ? ORDER BY begun"
END = "DELETE FROM vault.sign_ins WHERE community = ? AND digest = ?"
SWEEP = "DELETE FROM vault.sign_ins WHERE seen <= ? OR begun <= ?"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """That somebody is signed in, somewhere. Instants in µs."""

    handle: str  # hex: what it is named by; it opens nothing
    community: str  # "" for an operator of the installation
    role: str
    subject: str  # a public member id; of a manager who came by a provider the id of that `Subject`; else ""
    way: str  # link or oidc
    device: str  # in words, as far as the browser told
    begun: int
    seen: int


class SignIns:
    """The sign-ins of one book. Safe to share between threads."""

    def __init__(self, entrance: Entrance) -> None:
        self._entrance = entrance
        self._found: Lru[bytes, tuple[SignIn, float]] = Lru(REMEMBERED)

    def begin(self, community: str, *, role: str, subject: str, way: str, device: str) -> str:
        """Sign somebody in and return the secret for her browser, which is not kept.

        Raises `UnknownCommunityError`, and `LedgerUnavailableError` where the community is being moved.
        """
        secret, now = secrets.token_urlsafe(SECRET_BYTES), self._entrance.clock()
        digest, keys = _digest(secret), self._entrance.keys(community)
        told = orjson.dumps({"role": role, "subject": subject, "way": way, "device": device})
        row = (digest, community, holder_of(keys, role, subject), now, now, box(keys.cipher, told, "in", digest.hex()))
        with self._entrance.writing(community) as statements:
            statements.run(SWEEP, (now - IDLE, now - LONGEST))
            statements.run(ADD, row)
        return secret

    def remembered(self, secret: str) -> SignIn | None:
        """Return the sign-in of a secret where it was read within the last half second, asking nobody."""
        found, looked = self._found.get(_digest(secret)) or (None, 0.0)
        return found if time.monotonic() - looked < FRESH_SECONDS else None

    def find(self, secret: str) -> SignIn | None:
        """Return the sign-in of a secret, or None where there is none or it is over; note that it was used."""
        if not _SECRET.fullmatch(secret):
            return None
        looked, digest = time.monotonic(), _digest(secret)
        row = self._entrance.find(FIND, digest)
        if row is None:
            return None
        shard, (community, *times_and_sealed) = row
        try:
            found = self._opened(community, digest, *times_and_sealed)
        except UnknownCommunityError:  # it has just left
            return None
        if found is None:
            return None
        now = self._entrance.clock()
        if found.seen <= now - NOTED:
            with contextlib.suppress(LedgerUnavailableError), shard.vault.transaction(writing=True) as statements:
                statements.run(NOTE, (now, digest, now))
        self._found.put(digest, (found, looked))
        return found

    def of(self, community: str, role: str, subjects: Iterable[str]) -> list[SignIn]:
        """Return the sign-ins of a role of a community under any of these subjects, the first begun first."""
        keys = self._entrance.keys(community)
        holders = sorted({holder_of(keys, role, subject) for subject in subjects})
        rows = [row for one in holders for row in self._entrance.rows(community, OF, community, one)]
        return self._living(community, rows)

    def all(self, community: str) -> list[SignIn]:
        """Return every sign-in of a community, the first begun first."""
        return self._living(community, self._entrance.rows(community, ALL, community))

    def end(self, community: str, handles: Iterable[str]) -> None:
        """End the sign-ins of a community that these handles name; one that is over already is no error."""
        digests = [bytes.fromhex(handle) for handle in handles if _HANDLE.fullmatch(handle)]
        if digests:
            with self._entrance.writing(community) as statements:
                statements.run_many(END, [(community, digest) for digest in digests])
        self._found.clear()

    def _living(self, community: str, rows: Sequence[tuple[Any, ...]]) -> list[SignIn]:
        found = (self._opened(community, bytes(digest), *more) for digest, *more in rows)
        return sorted((one for one in found if one), key=lambda one: one.begun)

    def _opened(self, community: str, digest: bytes, begun: int, seen: int, sealed: bytes) -> SignIn | None:
        """Return the sign-in in a row; None where it is over, or was not written by whoever has the keys."""
        now = self._entrance.clock()
        if seen <= now - IDLE or begun <= now - LONGEST:
            return None
        told = unbox(self._entrance.keys(community).cipher, bytes(sealed), "in", digest.hex())
        if told is None:
            return None
        return SignIn(handle=digest.hex(), community=community, begun=begun, seen=seen, **orjson.loads(told))


def _digest(secret: str) -> bytes:
    """Return SHA-256; a random secret of 256 bits needs no slow hash, and no key."""
    return hashlib.sha256(secret.encode()).digest()


def holder_of(keys: EntranceKeys, role: str, subject: str) -> bytes:
    """Return what a person's rows are found by: of a member the digest that an erasure of her knows too."""
    return public_digest(keys.lookup_key, subject if role == "member" else f"{role}:{subject}")
