"""From bytes to a credential: JSON, compact JWS, or an image, a PDF or a bundle that carries one of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from badges.documents.assertion import is_assertion, is_http
from badges.documents.shape import listed, type_names
from badges.errors import BadgeError
from badges.pictures.attached import PDF_SIGNATURE, attached
from badges.pictures.bake import LARGEST_IMAGE, unbake
from badges.pictures.chunks import PNG_SIGNATURE
from badges.proofs.jwt import Token, is_compact, payload_of, read_jwt
from badges.verifying.bundles import ZIP_SIGNATURE, Bundled, read_bundle
from badges.work import spend
from schemas import MalformedJSONError, loads
from schemas.contexts import CREDENTIALS_V2

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from badges.verifying.verdict import Kind

_BYTES = 32  # of JSON that cost a unit of work to read
LARGEST_DOCUMENT = 64 * 1024  # bytes of a credential as JSON or JWS
LARGEST_ENCLOSING = 256 * 1024  # of one that has others in it, or says something of very many
_ENCLOSING = frozenset({"ClrCredential", "BitstringStatusListCredential", "StatusList2021Credential"})

_ENVELOPES = ("data:application/vc+jwt,", "data:application/jwt,", "data:application/vc-ld+jwt,")
_MEDIA: dict[Kind, str] = {"credential": "vc+jwt", "presentation": "vp+jwt", "assertion": "JWT"}
_PRESENTED = ("data:application/vp+jwt,", *_ENVELOPES[1:])


class UnreadableError(BadgeError):
    """Bytes in which there is no credential."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A document, the form it came in, what kind it is, its token where it was a JWS, and what came with it.

    Of an assertion of Open Badges 2.0 in an image there may be no more than its address: `{"id": ...}`.
    """

    form: str
    document: dict[str, Any]
    token: Token | None = None
    kind: Kind = "credential"
    bundled: Bundled | None = None

    @property
    def encloses(self) -> bool:
        """Whether it has other credentials in it: a presentation or a learner record."""
        return self.kind == "presentation" or "ClrCredential" in type_names(self.document)


def read(document: bytes, *, most: int = LARGEST_ENCLOSING) -> Reading:
    """Return the credential, presentation or assertion in `document`.

    JSON and JWS up to 64 KiB, or `most` bytes of what has other credentials in it; PNG, SVG, PDF and bundles up to
    2 MiB. Raises `UnreadableError`, `BakingError`, `BundleError`, or `ProofError` where a JWS is broken or of a kind
    not known here.
    """
    if document.startswith(ZIP_SIGNATURE):
        badge, bundled = read_bundle(document)
        return replace(_bounded("zip", badge, most), bundled=bundled)
    form, text = "", document
    if document.startswith(PNG_SIGNATURE):
        form, text = "png", unbake(document).encode()
    elif document.startswith(PDF_SIGNATURE):
        form, text = "pdf", attached(document).encode()
    elif document.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        form, text = "svg", unbake(document).encode()
    return _bounded(form, text, most)


def _bounded(form: str, text: bytes, most: int) -> Reading:
    if len(text) > most:
        raise _too_large(most, len(text))
    spend(len(text) // _BYTES)
    found = _read(form, text)
    if len(text) > LARGEST_DOCUMENT and found.kind != "presentation" and not type_names(found.document) & _ENCLOSING:
        raise _too_large(LARGEST_DOCUMENT, len(text))
    return found


def _read(form: str, text: bytes) -> Reading:
    compact = text.strip(b" \t\r\n").decode("ascii", "replace")
    if is_compact(compact):
        return _from_token(form or "jwt", compact)
    if form in {"png", "svg"} and is_http(compact):
        return Reading(form, {"id": compact}, None, "assertion")
    try:
        found = loads(text)
    except MalformedJSONError as error:
        raise UnreadableError(f"wanted a credential as JSON, JWS, PNG, SVG or PDF: {error}") from error
    if not isinstance(found, dict):
        raise UnreadableError(f"wanted a JSON object, got {type(found).__name__}")
    types = type_names(found)
    if "EnvelopedVerifiableCredential" in types:
        return _from_envelope(form or "jwt", found, "credential", _ENVELOPES)
    if "EnvelopedVerifiablePresentation" in types:
        return _from_envelope(form or "jwt", found, "presentation", _PRESENTED)
    return Reading(form or "json", found, None, _kind(found))


def _kind(document: Mapping[str, Any]) -> Kind:
    if is_assertion(document):
        return "assertion"
    return "presentation" if "VerifiablePresentation" in type_names(document) else "credential"


def _from_token(form: str, compact: str) -> Reading:
    token = read_jwt(compact)
    document = payload_of(token)
    kind = _kind(document)
    if token.typ not in {None, "JWT", _MEDIA[kind]}:
        raise UnreadableError(f"wanted typ {_MEDIA[kind]} or JWT of {kind}s, got {token.typ}")
    return Reading(form, document, token, kind)


def _from_envelope(form: str, envelope: Mapping[str, Any], kind: Kind, prefixes: Sequence[str]) -> Reading:
    """VC Data Model 2.0 "Enveloped Verifiable Credentials" and "Enveloped Verifiable Presentations"."""
    if CREDENTIALS_V2 not in listed(context := envelope.get("@context")):
        raise UnreadableError(f"wanted an envelope in the context {CREDENTIALS_V2}, got {ascii(context)[:80]}")
    name = envelope.get("id")
    for prefix in prefixes:
        if isinstance(name, str) and name.startswith(prefix) and is_compact(name.removeprefix(prefix)):
            found = _from_token(form, name.removeprefix(prefix))
            if found.kind != kind:
                raise UnreadableError(f"wanted a {kind} in its envelope, got a {found.kind}")
            return found
    raise UnreadableError(f"wanted an envelope whose id is {prefixes[0]}..., got {ascii(name)[:60]}")


def _too_large(most: int, size: int) -> UnreadableError:
    return UnreadableError(f"wanted at most {most} bytes, or an image or PDF of {LARGEST_IMAGE}, got {size}")
