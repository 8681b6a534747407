"""Signed cookies: who signed in, for which community, until when.

The cookie is `BODY.MAC`, both base64url; the MAC is HMAC-SHA-256 under the installation's session
key (`data/keys/session`, one of the four kinds of key, used for nothing else). Whoever reads that
key can be anyone here; losing it signs everybody out.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from typing import TYPE_CHECKING, Literal

import msgspec

from api.auth import ANONYMOUS, Principal
from ledger.multibase import MultibaseError, base64url_decode, base64url_encode

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response

HOURS = 8
LIFETIME = HOURS * 3_600  # seconds
LONGEST_COOKIE = 2_000  # characters


class _Session(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    community: str
    role: Literal["manager", "member"]
    member: str | None
    expires: int  # seconds since the epoch
    nonce: str


class Sessions:
    """Makes and reads the cookies of one installation."""

    def __init__(self, key: bytes, *, secure: bool, now: Callable[[], float] = time.time) -> None:
        """Sign under `key`; `secure` cookies travel by https alone and carry the `__Host-` prefix."""
        self._key = key
        self._secure = secure
        self._now = now

    @property
    def cookie(self) -> str:
        """The cookie's name."""
        return "__Host-guildbook" if self._secure else "guildbook"

    def start(
        self, response: Response, *, community: str, role: Literal["manager", "member"], member: str | None
    ) -> None:
        """Sign `member` (a public member id; `None` for a manager) in with `response`."""
        session = _Session(community, role, member, int(self._now()) + LIFETIME, secrets.token_urlsafe(16))
        body = base64url_encode(msgspec.json.encode(session))
        self._set(response, f"{body}.{self._mac(b'session', body)}", LIFETIME)

    def end(self, response: Response) -> None:
        """Sign out whoever receives `response`."""
        self._set(response, "", 0)

    def read(self, cookie: str | None) -> Principal:
        """Return who `cookie` says is asking; anonymous where it is absent, altered or too old."""
        if not cookie or len(cookie) > LONGEST_COOKIE:
            return ANONYMOUS
        body, _, mac = cookie.partition(".")
        if not _equal(mac, self._mac(b"session", body)):
            return ANONYMOUS
        try:
            session = msgspec.json.decode(base64url_decode(body), type=_Session)
        except (msgspec.DecodeError, MultibaseError):  # a cookie of an older shape
            return ANONYMOUS
        if session.expires <= self._now():
            return ANONYMOUS
        return Principal(
            kind="session",
            community=session.community,
            role=session.role,
            member=session.member,
            label=session.role,
            csrf=self.form_word(session.nonce),
        )

    def form_word(self, nonce: str) -> str:
        """Return the word that a form shown to the holder of `nonce` must send back."""
        return self._mac(b"form", nonce)

    def _set(self, response: Response, value: str, age: int) -> None:
        response.set_cookie(
            self.cookie, value, max_age=age, path="/", secure=self._secure, httponly=True, samesite="lax"
        )

    def _mac(self, purpose: bytes, text: str) -> str:
        return base64url_encode(hmac.digest(self._key, purpose + b"\0" + text.encode(), hashlib.sha256))


def same_word(given: object, wanted: str) -> bool:
    """Return whether a form's word is the wanted one; an empty one never is."""
    return isinstance(given, str) and bool(wanted) and _equal(given, wanted)


def _equal(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())
