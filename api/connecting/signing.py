"""How a delivery proves whose it is: what platforms do, as data.

HMAC-SHA-256 or Ed25519 over a text in which the body stands, or a token that both know. What is compared is compared
in constant time, and under each of the door's secrets, so that one can be changed while the other still holds.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from api.connecting.errors import ConnectingError, ExpressionError, UnsignedError
from api.web.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from api.connecting.deliveries import Delivery
    from api.connecting.expressions import Expression

Encoding: TypeAlias = Literal["hex", "base64"]

TOLERANCE = 300  # seconds, where a file says nothing
MOST_SIGNATURES = 10  # in one header
SHORTEST_SECRET = 8  # characters
_PART = re.compile(r"\{(body|timestamp|id)\}")
_SECONDS = re.compile(r"[0-9]{1,15}", re.ASCII)
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Scheme:
    """How a platform signs: the members of `verify` in a connector file (schemas/connector.json)."""

    alg: Literal["hmac-sha256", "ed25519", "token", "bearer", "none"]
    header: str = ""
    field: Expression | None = None
    prefix: str = ""
    several: str = ""
    encoding: Encoding = "hex"
    signed: str = "{body}"
    timestamp: str = ""
    tolerance: int = TOLERANCE
    id: str = ""
    read_as: Literal["text", "base64"] = "text"
    secret_prefix: str = ""
    given: Literal["us", "platform"] = "us"

    def check(self, delivery: Delivery, known: Sequence[str], now: int) -> None:
        """Let a delivery through that one of the `known` secrets signed; `now` in seconds. Raises `UnsignedError`."""
        checked = _CHECKS[self.alg](self, delivery, now)
        if not any(checked(secret) for secret in known):
            raise UnsignedError("wanted a signature by a secret of this door, got another")

    def new_secret(self) -> str:
        """Return a new secret, of 32 random bytes, as the platform wants it."""
        raw = secrets.token_bytes(_KEY_BYTES)
        return self.secret_prefix + (base64.b64encode(raw).decode() if self.read_as == "base64" else raw.hex())

    def key(self, secret: str) -> bytes:
        """Return a secret as it is used. Raises `ConnectingError` for a text that cannot be one, in words."""
        bare = secret.removeprefix(self.secret_prefix)
        if self.alg == "ed25519":
            key = _decoded(bare, "hex" if len(bare) == 2 * _KEY_BYTES else "base64")
            if key is None or len(key) != _KEY_BYTES:
                raise ConnectingError("wanted the platform's public key, 32 bytes in hexadecimal digits or base64")
            return key
        if len(bare) < SHORTEST_SECRET:
            raise ConnectingError(f"wanted a secret of {SHORTEST_SECRET} or more characters, got {len(bare)}")
        if self.read_as == "text":
            return bare.encode()
        key = _decoded(bare, "base64")
        if not key:
            raise ConnectingError(f"wanted a secret as {self.secret_prefix or ''}<base64>")
        return key

    def _content(self, delivery: Delivery, now: int) -> bytes:
        """Return what is signed, once its time is near enough."""
        parts = {"body": delivery.raw}
        if self.timestamp:
            stamp = delivery.header(self.timestamp)
            if not _SECONDS.fullmatch(stamp) or abs(now - int(stamp)) > self.tolerance:
                raise UnsignedError(f"wanted a time within {self.tolerance} seconds of now, got {stamp[:20]!r}")
            parts["timestamp"] = stamp.encode()
        if self.id:
            parts["id"] = delivery.header(self.id).encode()
        pieces = _PART.split(self.signed)
        return b"".join(parts[piece] if place % 2 else piece.encode() for place, piece in enumerate(pieces))

    def _signatures(self, delivery: Delivery) -> list[str]:
        given = delivery.header(self.header)
        parts = given.split(self.several) if self.several else [given]
        return [part.removeprefix(self.prefix) for part in parts[:MOST_SIGNATURES] if part.startswith(self.prefix)]

    def _by_hmac(self, delivery: Delivery, now: int) -> Callable[[str], bool]:
        content, given = self._content(delivery, now), self._signatures(delivery)

        def checked(secret: str) -> bool:
            mark = _encoded(hmac.digest(self.key(secret), content, hashlib.sha256), self.encoding).encode()
            return any(hmac.compare_digest(mark, each.encode()) for each in given)

        return checked

    def _by_ed25519(self, delivery: Delivery, now: int) -> Callable[[str], bool]:
        content, given = self._content(delivery, now), self._signatures(delivery)

        def checked(secret: str) -> bool:
            key = Ed25519PublicKey.from_public_bytes(self.key(secret))
            return any(_holds(key, _decoded(each, self.encoding), content) for each in given)

        return checked

    def _by_token(self, delivery: Delivery, _: int) -> Callable[[str], bool]:
        if self.alg == "bearer":
            given = delivery.header("authorization")
            given = given[7:] if given[:7].lower() == "bearer " else ""
        elif self.field is not None:
            try:
                found = self.field.of(delivery.told)
            except (ExpressionError, ProblemError):  # nothing is told of a body that cannot be read
                found = None
            given = found if isinstance(found, str) else ""
        else:
            given = delivery.header(self.header).removeprefix(self.prefix)
        if not given:
            raise UnsignedError("wanted a token, got none")
        return lambda secret: hmac.compare_digest(self.key(secret), given.encode())


NO_DOOR = Scheme(alg="none")
"""Of a platform that does not post."""


def _refused(_scheme: Scheme, _delivery: Delivery, _now: int) -> Callable[[str], bool]:
    raise UnsignedError("wanted a platform that posts, got one that is asked")


_CHECKS: Mapping[str, Callable[[Scheme, Delivery, int], Callable[[str], bool]]] = {
    "hmac-sha256": Scheme._by_hmac,  # noqa: SLF001  of this very class
    "ed25519": Scheme._by_ed25519,  # noqa: SLF001  of this very class
    "token": Scheme._by_token,  # noqa: SLF001  of this very class
    "bearer": Scheme._by_token,  # noqa: SLF001  of this very class
    "none": _refused,
}


def _holds(key: Ed25519PublicKey, signature: bytes | None, content: bytes) -> bool:
    try:
        key.verify(signature or b"", content)
    except InvalidSignature:
        return False
    return True


def _encoded(raw: bytes, encoding: Encoding) -> str:
    return raw.hex() if encoding == "hex" else base64.b64encode(raw).decode()


def _decoded(text: str, encoding: Encoding) -> bytes | None:
    """Return the bytes that are written so, and in no other way."""
    try:
        raw = bytes.fromhex(text) if encoding == "hex" else base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return raw if _encoded(raw, encoding) == text else None
