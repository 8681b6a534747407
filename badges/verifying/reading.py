"""From bytes to a credential: JSON, compact JWS, or an image or PDF that carries one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from badges.documents.shape import type_names
from badges.errors import BadgeError
from badges.pictures.attached import PDF_SIGNATURE, attached
from badges.pictures.bake import LARGEST_IMAGE, unbake
from badges.pictures.chunks import PNG_SIGNATURE
from badges.proofs.jwt import Token, is_compact, payload_of, read_jwt
from schemas import MalformedJSONError, loads

if TYPE_CHECKING:
    from collections.abc import Sequence

    from badges.verifying.verdict import Kind

LARGEST_DOCUMENT = 64 * 1024  # bytes of a credential as JSON or JWS
LARGEST_ENCLOSING = 256 * 1024  # of one that has others in it, or says something of very many
_ENCLOSING = frozenset({"ClrCredential", "BitstringStatusListCredential", "StatusList2021Credential"})

_ENVELOPES = ("data:application/vc+jwt,", "data:application/jwt,", "data:application/vc-ld+jwt,")
_MEDIA: dict[Kind, str] = {"credential": "vc+jwt", "presentation": "vp+jwt"}
_PRESENTED = ("data:application/vp+jwt,", *_ENVELOPES[1:])


class UnreadableError(BadgeError):
    """Bytes in which there is no credential."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A document, the form it came in, what kind it is, and its token where it was a JWS."""

    form: str
    document: dict[str, Any]
    token: Token | None = None
    kind: Kind = "credential"


def read(document: bytes, *, most: int = LARGEST_ENCLOSING) -> Reading:
    """Return the credential or presentation in `document`.

    JSON and JWS up to 64 KiB, or `most` bytes of what has other credentials in it; PNG, SVG and PDF up to 2 MiB.
    Raises `UnreadableError`, `BakingError`, or `ProofError` where a JWS is broken or of a kind not known here.
    """
    form, text = "", document
    if document.startswith(PNG_SIGNATURE):
        form, text = "png", unbake(document).encode()
    elif document.startswith(PDF_SIGNATURE):
        form, text = "pdf", attached(document).encode()
    elif document.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        form, text = "svg", unbake(document).encode()
    if len(text) > most:
        raise _too_large(most, len(text))
    found = _read(form, text)
    if len(text) > LARGEST_DOCUMENT and found.kind != "presentation" and not type_names(found.document) & _ENCLOSING:
        raise _too_large(LARGEST_DOCUMENT, len(text))
    return found


def _read(form: str, text: bytes) -> Reading:
    compact = text.strip(b" \t\r\n").decode("ascii", "replace")
    if is_compact(compact):
        return _from_token(form or "jwt", compact)
    try:
        found = loads(text)
    except MalformedJSONError as error:
        raise UnreadableError(f"wanted a credential as JSON, JWS, PNG, SVG or PDF: {error}") from error
    if not isinstance(found, dict):
        raise UnreadableError(f"wanted a JSON object, got {type(found).__name__}")
    types = type_names(found)
    if "EnvelopedVerifiableCredential" in types:
        return _from_envelope(form or "jwt", found.get("id"), _ENVELOPES)
    if "EnvelopedVerifiablePresentation" in types:
        return _from_envelope(form or "jwt", found.get("id"), _PRESENTED)
    return Reading(form or "json", found, None, _kind(types))


def _kind(types: set[str]) -> Kind:
    return "presentation" if "VerifiablePresentation" in types else "credential"


def _from_token(form: str, compact: str) -> Reading:
    token = read_jwt(compact)
    document = payload_of(token)
    kind = _kind(type_names(document))
    if token.typ not in {None, "JWT", _MEDIA[kind]}:
        raise UnreadableError(f"wanted typ JWT or {_MEDIA[kind]} of a {kind}, got {token.typ}")
    return Reading(form, document, token, kind)


def _from_envelope(form: str, name: object, prefixes: Sequence[str]) -> Reading:
    """VC Data Model 2.0 "Enveloped Verifiable Credentials" and "Enveloped Verifiable Presentations"."""
    for prefix in prefixes:
        if isinstance(name, str) and name.startswith(prefix) and is_compact(name.removeprefix(prefix)):
            return _from_token(form, name.removeprefix(prefix))
    raise UnreadableError(f"wanted an envelope whose id is {prefixes[0]}..., got {ascii(name)[:60]}")


def _too_large(most: int, size: int) -> UnreadableError:
    return UnreadableError(f"wanted at most {most} bytes, or an image or PDF of {LARGEST_IMAGE}, got {size}")
