"""Signed statements: a JSON Web Signature over the statement, attached to it (xAPI "Signed Statements", RFC 7515).

Where the header brings the certificate of the key (`x5c`) the signature is checked with it. Whose certificate that is
says nothing of whether to trust it; the signature stays attached, for whoever knows.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm

from api.xapi.sameness import same
from schemas import MalformedJSONError, loads

if TYPE_CHECKING:
    from collections.abc import Mapping

USAGE: Final = "http://adlnet.gov/expapi/attachments/signature"
MEDIA: Final = "application/octet-stream"
_HASHES: dict[str, HashAlgorithm] = {"RS256": SHA256(), "RS384": SHA384(), "RS512": SHA512()}
_PARTS = 3  # of a JWS in its compact serialization


class UnsignedError(Exception):
    """A signature that is none; the message says what was wanted and what came."""


def check(statement: Mapping[str, Any], media: str, raw: bytes) -> None:
    """Hold a signature against the statement that it is attached to. Raises `UnsignedError`."""
    if media.partition(";")[0].strip() != MEDIA:
        raise UnsignedError(f"contentType: wanted {MEDIA} of a signature, got {media[:60]!r}")
    pieces = raw.strip().split(b".")
    if len(pieces) != _PARTS:
        raise UnsignedError("wanted a JSON Web Signature in its compact serialization, got something else")
    header, payload = (_object(piece) for piece in pieces[:2])
    algorithm = _HASHES.get(str(header.get("alg")))
    if algorithm is None:
        raise UnsignedError(f"alg: wanted one of {', '.join(_HASHES)}, got {str(header.get('alg'))[:20]!r}")
    signature = _decoded(pieces[2])
    chain = header.get("x5c")
    if chain is not None:
        key = _key(chain)
        try:
            key.verify(signature, b".".join(pieces[:2]), padding.PKCS1v15(), algorithm)
        except InvalidSignature as error:
            raise UnsignedError("wanted a signature by the key of the certificate in x5c, got another") from error
    if not same(_unsigned(statement), _unsigned(payload)):
        raise UnsignedError("wanted the statement itself as what is signed, got another")


def _object(piece: bytes) -> dict[str, Any]:
    try:
        found = loads(_decoded(piece))
    except MalformedJSONError as error:
        raise UnsignedError(f"wanted JSON in the signature, got: {error}") from error
    if not isinstance(found, dict):
        raise UnsignedError("wanted an object in the signature, got something else")
    return found


def _decoded(piece: bytes) -> bytes:
    try:
        return base64.b64decode(piece + b"=" * (-len(piece) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise UnsignedError("wanted base64url in the signature, got something else") from error


def _key(chain: object) -> rsa.RSAPublicKey:
    try:
        first = chain[0] if isinstance(chain, list) and chain else None
        key = x509.load_der_x509_certificate(base64.b64decode(first or "", validate=True)).public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise UnsignedError("x5c: wanted a certificate, got something else") from error
    if not isinstance(key, rsa.RSAPublicKey):
        raise UnsignedError("x5c: wanted the certificate of an RSA key, got another")
    return key


def _unsigned(statement: Mapping[str, Any]) -> dict[str, Any]:
    """Return a statement as it was before its signature was attached."""
    told = statement.get("attachments")
    kept = [each for each in told if not _is_signature(each)] if isinstance(told, list) else []
    rest = {name: value for name, value in statement.items() if name != "attachments"}
    return {**rest, "attachments": kept} if kept else rest


def _is_signature(attachment: object) -> bool:
    return isinstance(attachment, dict) and attachment.get("usageType") == USAGE
