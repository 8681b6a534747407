"""Public keys in the forms that documents of others write them: Multikey, JSON Web Key, and those before them.

Controlled Identifiers 1.0 "Verification Material", RFC 7517, and the suites of 2018 to 2020 that came before these.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    SECP384R1,
    EllipticCurvePublicKey,
    EllipticCurvePublicNumbers,
)
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from badges.errors import ProofError, UnsupportedProofError
from ledger.multibase import MultibaseError, base58_decode, base64url_decode

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal["Ed25519", "P-256", "P-384", "RSA"]

PURPOSES = (
    "assertionMethod",
    "authentication",
    "capabilityInvocation",
    "capabilityDelegation",
    "keyAgreement",
)
SIGNING = frozenset(PURPOSES[:-1])
"""What a key may be used for where it says nothing, or that it is there to sign."""

_ED25519 = b"\xed\x01"  # multicodec ed25519-pub, varint
P256_HEADER = b"\x80\x24"  # multicodec p256-pub, varint
_P384 = b"\x81\x24"  # multicodec p384-pub, varint
_KINDS: Mapping[bytes, tuple[Kind, int]] = {_ED25519: ("Ed25519", 32), P256_HEADER: ("P-256", 33), _P384: ("P-384", 49)}
_CURVES = {"P-256": (SECP256R1(), 32), "P-384": (SECP384R1(), 48)}  # and bytes of a coordinate
_MEMBERS = {"OKP": ("x",), "EC": ("x", "y"), "RSA": ("n", "e")}  # of a JSON Web Key
_PRIVATE = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")
_ALGORITHMS: Mapping[Kind, tuple[str, ...]] = {
    "Ed25519": ("EdDSA", "Ed25519"),
    "P-256": ("ES256",),
    "P-384": ("ES384",),
    "RSA": ("RS256",),
}
_REMEMBERED = 256  # keys
_LONGEST_EXPONENT = 4  # bytes
_RSA_BYTES = (256, 512)  # of a modulus: 2,048 to 4,096 bits

# Types of verification methods that are for one kind of key; others say no more than the key itself does.
_OF_TYPE: Mapping[str, Kind] = {
    "Ed25519VerificationKey2018": "Ed25519",
    "Ed25519VerificationKey2020": "Ed25519",
    "EcdsaSecp256r1VerificationKey2019": "P-256",
}
MATERIAL = ("publicKeyMultibase", "publicKeyJwk", "publicKeyBase58")
"""The ways in which a verification method may say its key."""


@dataclass(frozen=True, slots=True)
class Key:
    """A public key and who controls it.

    `raw` is 32 bytes for Ed25519, a compressed point of 33 or 49 for P-256 or P-384, an RSAPublicKey in DER (RFC 8017)
    for RSA. `purposes` are the verification relationships that its controller's document grants it.
    """

    kind: Kind
    raw: bytes
    controller: str
    purposes: frozenset[str]


@lru_cache(maxsize=_REMEMBERED)
def decode_multikey(text: str) -> tuple[Kind, bytes]:
    """Return kind and raw public key of a Multikey value, checking its header and length.

    Raises `UnsupportedProofError` for other kinds of key, `ProofError` for what is no key.
    """
    decoded = _base58(text)
    header, raw = decoded[:2], decoded[2:]
    if header not in _KINDS:
        raise UnsupportedProofError(f"wanted an Ed25519, P-256 or P-384 key, got multicodec header {header.hex()}")
    kind, length = _KINDS[header]
    if len(raw) != length:
        raise ProofError(f"public key: wanted {length} bytes, got {len(raw)}")
    return kind, raw


def key_in(entry: Mapping[str, Any]) -> tuple[Kind, bytes]:
    """Return kind and raw public key of a verification method, which must say it in one way and as its type does.

    Multikey, JsonWebKey, JsonWebKey2020, Ed25519VerificationKey2020, Ed25519VerificationKey2018 (`publicKeyBase58`)
    and EcdsaSecp256r1VerificationKey2019. Raises as `decode_multikey`.
    """
    said = [name for name in MATERIAL if name in entry]
    if len(said) > 1:
        raise ProofError(f"wanted a key said in one way, got {' and '.join(said)}")
    name = entry.get("type")
    kind = _OF_TYPE.get(name) if isinstance(name, str) else None
    found = _material(entry, kind)
    if kind is not None and found[0] != kind:
        raise ProofError(f"wanted a key of {kind}, as a {name} is, got {found[0]}")
    return found


def _material(entry: Mapping[str, Any], kind: Kind | None) -> tuple[Kind, bytes]:
    multibase, jwk, base58 = (entry.get(name) for name in MATERIAL)
    if isinstance(multibase, str):
        return decode_multikey(multibase)
    if isinstance(jwk, dict):
        return jwk_key(jwk)
    if isinstance(base58, str) and kind is not None:  # the bytes alone: what they are is told by the type
        raw, length = _base58("z" + base58), 32 if kind == "Ed25519" else 33
        if len(raw) != length:
            raise ProofError(f"public key: wanted {length} bytes, got {len(raw)}")
        return kind, raw
    raise UnsupportedProofError(
        f"wanted publicKeyMultibase or publicKeyJwk, got a {ascii(entry.get('type'))[:60]} without"
    )


def jwk_key(jwk: Mapping[str, Any]) -> tuple[Kind, bytes]:
    """Return kind and raw public key of a JSON Web Key.

    RFC 7517, RFC 8037, and RFC 7518 "Parameters for Elliptic Curve Keys" and "Parameters for RSA Keys". A key that says
    which algorithm it is for is for no other. Raises as `decode_multikey`, also for a private key.
    """
    if any(name in jwk for name in _PRIVATE):
        raise ProofError("wanted a public key, got a private one, which must be considered lost")
    kind, raw = _of_type(jwk)
    if "alg" in jwk and jwk["alg"] not in _ALGORITHMS[kind]:
        wanted = " or ".join(_ALGORITHMS[kind])
        raise UnsupportedProofError(f"wanted a key of {kind} for {wanted}, got one for {ascii(jwk['alg'])[:40]}")
    return kind, raw


def jwk_purposes(jwk: Mapping[str, Any]) -> frozenset[str]:
    """Return what a JSON Web Key may be used for, by its own words (RFC 7517 "use" and "key_ops")."""
    if jwk.get("use", "sig") != "sig":
        return frozenset({"keyAgreement"})
    operations = jwk.get("key_ops", ["verify"])
    return SIGNING if isinstance(operations, list) and "verify" in operations else frozenset()


def _of_type(jwk: Mapping[str, Any]) -> tuple[Kind, bytes]:
    kind, curve = jwk.get("kty"), jwk.get("crv")
    try:
        parts = [base64url_decode(str(jwk.get(name))) for name in _MEMBERS.get(str(kind), ())]
    except MultibaseError as error:
        raise ProofError(f"public key: {error}") from error
    lengths = [len(part) for part in parts]
    if (kind, curve, lengths) == ("OKP", "Ed25519", [32]):
        return "Ed25519", parts[0]
    for name in ("P-256", "P-384"):
        if (kind, curve, lengths) == ("EC", name, [_CURVES[name][1]] * 2):
            return name, _point(name, *parts)
    if kind == "RSA":
        return "RSA", _rsa_key(*parts)
    raise UnsupportedProofError(f"wanted an Ed25519, P-256, P-384 or RSA key, got {ascii(curve or kind)[:60]}")


def _point(name: str, x: bytes, y: bytes) -> bytes:
    try:
        EllipticCurvePublicNumbers(int.from_bytes(x), int.from_bytes(y), _CURVES[name][0]).public_key()
    except ValueError as error:
        raise ProofError(f"public key: wanted a point of {name}, got another") from error
    return bytes([2 + y[-1] % 2]) + x


def _rsa_key(modulus: bytes, exponent: bytes) -> bytes:
    least, most = _RSA_BYTES
    if not least <= len(modulus) <= most or not modulus[0] or len(exponent) > _LONGEST_EXPONENT:
        raise UnsupportedProofError(f"wanted an RSA key of 2,048 to 4,096 bits, got {len(modulus) * 8}")
    try:
        key = RSAPublicNumbers(int.from_bytes(exponent), int.from_bytes(modulus)).public_key()
    except ValueError as error:
        raise ProofError(f"public key: wanted an RSA key, got {error}") from error
    return key.public_bytes(Encoding.DER, PublicFormat.PKCS1)


def _base58(text: str) -> bytes:
    try:
        return base58_decode(text)
    except MultibaseError as error:
        raise ProofError(f"public key: {error}") from error


def curve_key(kind: Kind, raw: bytes) -> EllipticCurvePublicKey:
    """Return the public key of P-256 or P-384 from its compressed point. Raises `ProofError`."""
    try:
        return EllipticCurvePublicKey.from_encoded_point(_CURVES[kind][0], raw)
    except ValueError as error:
        raise ProofError(f"public key: wanted a point of {kind}, got another") from error
