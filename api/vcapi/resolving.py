"""What a DID names: did:key, which is read from itself, and what this installation publishes or has at hand.

W3C "DID Resolution" and the method text of did:key. Nothing is fetched.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from api.errors import ApiError
from badges import BadgeError, UnsupportedProofError, did
from schemas.contexts import DID_V1, MULTIKEY_V1

if TYPE_CHECKING:
    from collections.abc import Mapping

CONTEXT = "https://w3id.org/did-resolution/v1"
MULTIKEY = "Multikey"
RELATIONSHIPS = ("authentication", "assertionMethod", "capabilityInvocation", "capabilityDelegation")
_CHARACTER = r"(?:[A-Za-z0-9._-]|%[0-9A-Fa-f]{2})"
_DID = re.compile(rf"did:([a-z0-9]+):((?:{_CHARACTER}*:)*{_CHARACTER}+)")
_PART = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})"
_BEYOND = re.compile(rf"(?:/{_PART}*)*(?:\?(?:{_PART}|[/?])*)?(?:#(?:{_PART}|[/?])*)?")
_BASE58 = re.compile(r"z[1-9A-HJ-NP-Za-km-z]+")
_OLD_FORMATS = frozenset({"Ed25519VerificationKey2018", "X25519KeyAgreementKey2019"})


class ResolutionError(ApiError):
    """What cannot be resolved: `name` is the error's name in DID Resolution or the method's text, with the words."""

    def __init__(self, name: str, words: str) -> None:
        super().__init__(words)
        self.name = name


@dataclass(frozen=True, slots=True)
class Resolved:
    """A DID document, or the verification method that a DID URL with a fragment names; or an error's name and words.

    `dereferenced`: a DID URL was asked for, with more than a DID.
    """

    document: Mapping[str, Any]
    dereferenced: bool
    error: str | None = None
    words: str = ""

    def told(self) -> dict[str, Any]:
        """Return the DID resolution result."""
        found = {"contentType": "application/did+json"}
        metadata = {"error": self.error, "errorMessage": self.words} if self.error else found
        return {
            "@context": CONTEXT,
            "didDocument": self.document,
            "didDocumentMetadata": {},
            "didDereferencingMetadata" if self.dereferenced else "didResolutionMetadata": metadata,
        }


def resolve(name: str, documents: Mapping[str, object], *, key_format: str = MULTIKEY) -> Resolved:
    """Return what a DID, or DID URL, names. Never raises: an error is told in the answer.

    `documents` are those at hand, by DID. `key_format` is how keys shall be written; `Multikey` is what there is.
    """
    cut = re.search(r"[/?#]", name)
    base, beyond = (name[: cut.start()], name[cut.start() :]) if cut else (name, "")
    try:
        document = _found(base, beyond, documents, key_format)
    except ResolutionError as error:
        return Resolved({}, bool(beyond), error.name, str(error))
    return Resolved(document, bool(beyond))


def _found(base: str, beyond: str, documents: Mapping[str, object], key_format: str) -> Mapping[str, Any]:
    if not _BEYOND.fullmatch(beyond):
        raise ResolutionError("invalidDidUrl", f"wanted a DID URL, got {ascii(base + beyond)[:200]}")
    found = _DID.fullmatch(base)
    if found is None:
        raise ResolutionError("invalidDid", f"wanted a DID, got {ascii(base)[:200]}")
    _check_format(key_format)
    document = _of_a_key(base, found[2]) if found[1] == "key" else _at_hand(base, documents)
    return _named(document, base, beyond) if beyond else document


def _check_format(key_format: str) -> None:
    if key_format in _OLD_FORMATS:
        raise ResolutionError("invalidPublicKeyType", f"publicKeyFormat: wanted {MULTIKEY}, got {key_format}")
    if key_format != MULTIKEY:
        words = f"publicKeyFormat: wanted {MULTIKEY}, got {ascii(key_format)[:60]}"
        raise ResolutionError("unsupportedPublicKeyType", words)


def _of_a_key(base: str, identifier: str) -> dict[str, Any]:
    """Return the document of a did:key ("Document Creation Algorithm"); the whole of it is in its name."""
    if not _BASE58.fullmatch(identifier):
        words = f"wanted did:key: and a key in base58, beginning with z, got {ascii(base)[:200]}"
        raise ResolutionError("invalidDid", words)
    try:
        did.resolve(base, {}, at=time.time_ns() // 1_000)
    except UnsupportedProofError as error:
        raise ResolutionError("unsupportedPublicKeyType", str(error)) from error
    except BadgeError as error:
        raise ResolutionError("invalidPublicKeyLength", str(error)) from error
    method = f"{base}#{identifier}"
    listed = {"id": method, "type": MULTIKEY, "controller": base, "publicKeyMultibase": identifier}
    named = {relationship: [method] for relationship in RELATIONSHIPS}
    return {"@context": [DID_V1, MULTIKEY_V1], "id": base, "verificationMethod": [listed], **named}


def _at_hand(base: str, documents: Mapping[str, object]) -> Mapping[str, Any]:
    document = documents.get(base)
    if isinstance(document, dict):
        return document
    if base.startswith("did:web:"):
        raise ResolutionError("notFound", f"wanted a DID whose document is at hand, got {base[:200]}")
    raise ResolutionError("methodNotSupported", f"wanted did:key, or a DID at hand, got {base[:200]}")


def _named(document: Mapping[str, Any], base: str, beyond: str) -> Mapping[str, Any]:
    """Return the verification method that a fragment names (DID Resolution "Dereferencing")."""
    listed = document.get("verificationMethod")
    for one in listed if isinstance(listed, list) else []:
        if isinstance(one, dict) and one.get("id") in (base + beyond, beyond):
            return one
    raise ResolutionError("notFound", f"wanted a key that the document lists, got {ascii(beyond)[:200]}")
