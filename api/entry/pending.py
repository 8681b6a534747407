"""What a browser carries from our page to a provider and back: sealed, for some minutes, in a cookie of its own.

So nothing is kept here of those who never come back. The seal is under a key derived from `data/keys/session`.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Literal

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ledger.multibase import MultibaseError, base64url_decode, base64url_encode

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from api.guard.sessions import Sessions

COOKIE = "guildbook-oidc"
SECONDS = 600
LONGEST = 4_000  # characters
_NONCE = 12  # bytes
_BOUND = b"guildbook.pending.1"


class Pending(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sign-in that was begun (`enter`, or `use` by who is signed in), or that waits for a choice (`choose`)."""

    purpose: Literal["enter", "use", "choose"]
    ends: int  # seconds since the epoch
    state: str = ""
    nonce: str = ""
    verifier: str = ""
    following: str = ""  # a page of ours
    session: str = ""  # of `use`: whose
    label: str = ""
    sub: str = ""  # of `choose`: who came back


class Pendings:
    """Seals and opens such cookies."""

    def __init__(self, key: bytes, sessions: Sessions) -> None:
        """`key`: the installation's session key."""
        self._cipher = AESGCM(HKDF(SHA256(), 32, salt=None, info=_BOUND).derive(key))
        self._sessions = sessions

    def give(self, answer: Response, pending: Pending) -> None:
        """Let the browser carry `pending`, in place of what it carries; Lax, because it comes back from elsewhere."""
        nonce = os.urandom(_NONCE)
        sealed = nonce + self._cipher.encrypt(nonce, msgspec.json.encode(pending), _BOUND)
        self._sessions.let_carry(answer, COOKIE, base64url_encode(sealed), SECONDS)

    def take(self, request: Request) -> Pending | None:
        """Return what the browser carries; None where that is nothing, not of our making, or too old."""
        told = request.cookies.get(self._sessions.named(COOKIE), "")
        if not told or len(told) > LONGEST:
            return None
        try:
            raw = base64url_decode(told)
            found = msgspec.json.decode(self._cipher.decrypt(raw[:_NONCE], raw[_NONCE:], _BOUND), type=Pending)
        except (MultibaseError, InvalidTag, ValueError, msgspec.DecodeError):
            return None
        return found if found.ends > time.time() else None

    def drop(self, answer: Response) -> None:
        """Let the browser carry nothing any more."""
        self._sessions.let_carry(answer, COOKIE, "", 0)


def ends() -> int:
    """Return when what begins now ends."""
    return int(time.time()) + SECONDS
