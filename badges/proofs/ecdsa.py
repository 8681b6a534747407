"""ECDSA over P-256 and P-384, its signatures written as r and s one after the other.

FIPS 186-5; so they stand in a JWS (RFC 7518 "Digital Signature with ECDSA") and in a Data Integrity proof
(VC-DI-ECDSA "Proof Serialization"). Each is as long as the curve's order; DER is another form, and refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384

from badges.errors import ProofError
from badges.proofs.keys import curve_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from badges.proofs.keys import Kind

HASHES = {"P-256": "sha256", "P-384": "sha384"}
"""By what a message is hashed, as `hashlib` names it."""

_FORMS = {"P-256": (32, ECDSA(SHA256())), "P-384": (48, ECDSA(SHA384()))}  # bytes of r, as of s


def verifying(kind: Kind, raw: bytes) -> Callable[[bytes, bytes], None]:
    """Return what verifies a signature over a message by this key: its compressed point of 33 or 49 bytes.

    That takes both as bytes, the signature of 64 or 96. It raises `cryptography`'s `InvalidSignature`, and `ProofError`
    for a signature of another length, as this does for what is no key.
    """
    public, (length, algorithm) = curve_key(kind, raw), _FORMS[kind]

    def verify(signature: bytes, message: bytes) -> None:
        if len(signature) != 2 * length:
            raise ProofError(f"signature: wanted {2 * length} bytes, got {len(signature)}")
        r, s = int.from_bytes(signature[:length]), int.from_bytes(signature[length:])
        public.verify(encode_dss_signature(r, s), message, algorithm)

    return verify
