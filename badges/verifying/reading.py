"""From bytes to a credential: JSON, compact JWS, or an image or PDF that carries one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from badges.documents.shape import type_names
from badges.errors import BadgeError
from badges.pictures.attached import PDF_SIGNATURE, attached
from badges.pictures.bake import LARGEST_IMAGE, unbake
from badges.pictures.chunks import PNG_SIGNATURE
from badges.proofs.jwt import Token, credential_in, is_compact, read_jwt
from schemas import MalformedJSONError, loads

LARGEST_DOCUMENT = 1024 * 1024  # bytes of JSON or JWS

_ENVELOPES = ("data:application/vc+jwt,", "data:application/jwt,", "data:application/vc-ld+jwt,")


class UnreadableError(BadgeError):
    """Bytes in which there is no credential."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A credential, the form it came in, and its token where it was a JWS."""

    form: str
    credential: dict[str, Any]
    token: Token | None = None


def read(document: bytes) -> Reading:
    """Return the credential in `document`.

    JSON and JWS up to 1 MiB, PNG, SVG and PDF up to 4 MiB. Raises `UnreadableError`, `BakingError`, or
    `ProofError` where a JWS is broken or of a kind not known here.
    """
    form, text = "", document
    if document.startswith(PNG_SIGNATURE):
        form, text = "png", unbake(document).encode()
    elif document.startswith(PDF_SIGNATURE):
        form, text = "pdf", attached(document).encode()
    elif document.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        form, text = "svg", unbake(document).encode()
    if len(text) > LARGEST_DOCUMENT:
        raise UnreadableError(
            f"wanted at most {LARGEST_DOCUMENT} bytes, or an image or PDF of {LARGEST_IMAGE}, got {len(text)}"
        )
    stripped = text.strip(b" \t\r\n")
    if (compact := stripped.decode("ascii", "replace")) and is_compact(compact):
        return _from_token(form or "jwt", compact)
    try:
        credential = loads(text)
    except MalformedJSONError as error:
        raise UnreadableError(f"wanted a credential as JSON, JWS, PNG, SVG or PDF: {error}") from error
    if not isinstance(credential, dict):
        raise UnreadableError(f"wanted a JSON object, got {type(credential).__name__}")
    if "EnvelopedVerifiableCredential" in type_names(credential):
        return _from_envelope(form or "jwt", credential.get("id"))
    return Reading(form or "json", credential)


def _from_token(form: str, compact: str) -> Reading:
    token = read_jwt(compact)
    return Reading(form, credential_in(token), token)


def _from_envelope(form: str, name: object) -> Reading:
    """VC Data Model 2.0 "Enveloped Verifiable Credentials"."""
    for prefix in _ENVELOPES:
        if isinstance(name, str) and name.startswith(prefix) and is_compact(name.removeprefix(prefix)):
            return _from_token(form, name.removeprefix(prefix))
    raise UnreadableError(f"wanted an envelope whose id is {_ENVELOPES[0]}..., got {ascii(name)[:60]}")
