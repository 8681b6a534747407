"""Credentials as JSON Web Tokens (OB 3.0 "JSON Web Token Proof Format", VC-JOSE-COSE).

The payload is the credential itself beside the registered claims; VC Data Model 1.1 put it into `vc`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, SECP384R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.serialization import load_der_public_key

from badges.errors import ProofError, UnsupportedProofError
from badges.instants import InstantError, instant, written
from ledger import ed25519
from ledger.multibase import MultibaseError, base64url_decode, base64url_encode
from schemas import MalformedJSONError, loads

if TYPE_CHECKING:
    from collections.abc import Mapping

    from badges.proofs.did import Key
    from ledger.keys import Signer

CLAIMS = ("iss", "sub", "aud", "exp", "nbf", "iat", "jti", "cnf", "nonce", "vc", "vp")
_ALGORITHMS = {"EdDSA": "Ed25519", "Ed25519": "Ed25519", "ES256": "P-256", "ES384": "P-384", "RS256": "RSA"}
_CURVES = {"P-256": (SECP256R1(), 32, SHA256()), "P-384": (SECP384R1(), 48, SHA384())}  # and bytes of r, as of s
_STANDS_FOR: Mapping[str, Mapping[str, str]] = {
    "vc": {"jti": "id", "iss": "issuer", "nbf": "issuanceDate", "exp": "expirationDate"},
    "vp": {"jti": "id", "iss": "holder"},
}
_TYPES = (None, "JWT", "vc+jwt", "vp+jwt")  # VC-JOSE-COSE "Securing JSON-LD Verifiable Credentials with JOSE"
_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_SECOND = 1_000_000  # µs
_MOST_SECONDS = 10**12  # beyond the year 33,000


@dataclass(frozen=True, slots=True)
class Token:
    """A compact JWS, read but not yet checked; `algorithm`, `method` and `typ` are its `alg`, `kid` and `typ`."""

    algorithm: object
    method: object
    claims: dict[str, Any]
    signed: bytes
    signature: bytes
    typ: str | None = None


def sign_jwt(document: Mapping[str, Any], signer: Signer, *, kid: str) -> str:
    """Return `document` as a compact JWS, signed with the signer's own algorithm: EdDSA, ES256 or RS256.

    `kid` is the verification method URL. The header has `alg`, `kid` and `typ` and nothing else; the
    claims repeat issuer, id, subject and dates. Raises `ProofError` where the document lacks one of them.
    """
    credential = {key: value for key, value in document.items() if key != "proof"}
    try:
        claims = {
            "iss": _id(document["issuer"]),
            "jti": document["id"],
            "nbf": instant(document["validFrom"]) // _SECOND,
            "sub": document["credentialSubject"]["id"],
        }
        if "validUntil" in document:
            claims["exp"] = instant(document["validUntil"]) // _SECOND
    except (KeyError, TypeError, InstantError) as error:
        raise ProofError(f"wanted issuer, id, validFrom and credentialSubject.id, got {error}") from error
    header = {"alg": signer.algorithm, "kid": kid, "typ": "JWT"}
    signed = ".".join(base64url_encode(orjson.dumps(part)) for part in (header, credential | claims))
    return f"{signed}.{base64url_encode(signer.sign(signed.encode()))}"


def is_compact(text: str) -> bool:
    """Tell whether `text` looks like a compact JWS: three parts of base64url."""
    return _COMPACT.fullmatch(text) is not None


def read_jwt(text: str) -> Token:
    """Return the token in `text`, whatever its algorithm. Raises `ProofError`.

    Keys offered by the header itself (`jwk`, `jku`, `x5c`) are no proof of who signed and are not used.
    """
    try:
        head, body, tail = text.split(".")
        header, claims = loads(base64url_decode(head)), loads(base64url_decode(body))
        signature = base64url_decode(tail)
    except (ValueError, MultibaseError, MalformedJSONError) as error:
        raise ProofError(f"wanted a compact JWS of three base64url parts, got {error}") from error
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise ProofError("wanted JSON objects as header and payload, got something else")
    if "crit" in header or header.get("typ") not in _TYPES:
        raise ProofError(f"wanted typ JWT, vc+jwt or vp+jwt and no crit, got {ascii(header.get('typ', 'crit'))[:40]}")
    return Token(header.get("alg"), header.get("kid"), claims, f"{head}.{body}".encode(), signature, header.get("typ"))


def method_of(token: Token) -> str:
    """Return the verification method URL that the token names. Raises `UnsupportedProofError`."""
    if not isinstance(token.algorithm, str) or token.algorithm not in _ALGORITHMS:
        raise UnsupportedProofError(f"alg: wanted {' or '.join(_ALGORITHMS)}, got {ascii(token.algorithm)[:40]}")
    if not isinstance(token.method, str):
        raise UnsupportedProofError("kid: wanted the URL of the issuer's key, got none")
    return token.method


def check_jwt(token: Token, key: Key) -> None:
    """Check the token's signature by `key` (RFC 7515 "Message Signature Validation"). Raises `ProofError`."""
    method_of(token)
    if key.kind != _ALGORITHMS[str(token.algorithm)]:
        raise ProofError(f"wanted the kind of key that {token.algorithm} takes, got {key.kind}")
    try:
        match key.kind:
            case "Ed25519":
                ed25519.verify(key.raw, token.signature, token.signed)
            case "RSA":
                _check_rsa(token, key)
            case _:
                _check_ecdsa(token, key)
    except (InvalidSignature, ValueError) as error:  # ValueError: not a point on the curve
        raise ProofError("wanted a signature over exactly this token, got another") from error


def payload_of(token: Token) -> dict[str, Any]:
    """Return the credential or presentation that the token carries, without the registered claims.

    In VC Data Model 1.1 claims may stand for members that the `vc` or `vp` claim leaves out; they are put back.
    Raises `ProofError` for a claim that is no date.
    """
    for claim, stands_for in _STANDS_FOR.items():
        if isinstance(nested := token.claims.get(claim), dict):
            return nested | _put_back(token.claims, {of: name for of, name in stands_for.items() if name not in nested})
    return {name: value for name, value in token.claims.items() if name not in CLAIMS}


def _put_back(claims: Mapping[str, Any], stands_for: Mapping[str, str]) -> dict[str, Any]:
    found = {name: (claim, claims[claim]) for claim, name in stands_for.items() if claims.get(claim) is not None}
    return {name: _date(value) if claim in {"nbf", "exp"} else value for name, (claim, value) in found.items()}


def contradictions(token: Token, credential: Mapping[str, Any]) -> list[str]:
    """Return what the claims say otherwise than the credential, or presentation, in words."""
    subject = credential.get("credentialSubject")
    pairs = [
        ("iss", _id(credential.get("issuer", credential.get("holder")))),
        ("jti", credential.get("id")),
        ("sub", subject.get("id") if isinstance(subject, dict) else None),
        ("nbf", _seconds(credential, "validFrom", "issuanceDate")),
        ("exp", _seconds(credential, "validUntil", "expirationDate")),
    ]
    found = []
    for claim, value in pairs:
        claimed = token.claims.get(claim)
        if claimed is None or value is None:
            continue
        if isinstance(value, int) and isinstance(claimed, float):
            claimed = int(claimed)
        if claimed != value or isinstance(claimed, bool):
            found.append(f"{claim}: wanted {ascii(value)[:80]} as in the credential, got {ascii(claimed)[:80]}")
    return found


def claimed_period(token: Token) -> tuple[int | None, int | None]:
    """Return when the token says that it begins and ends (`nbf`, `exp`), in µs. Raises `ProofError`."""
    nbf, exp = (token.claims.get(claim) for claim in ("nbf", "exp"))
    return None if nbf is None else _moment(nbf), None if exp is None else _moment(exp)


def _check_ecdsa(token: Token, key: Key) -> None:
    """RFC 7518 "Digital Signature with ECDSA": r and s, each as long as the curve's order."""
    curve, length, digest = _CURVES[key.kind]
    if len(token.signature) != 2 * length:
        raise ProofError(f"signature: wanted {2 * length} bytes, got {len(token.signature)}")
    r, s = (int.from_bytes(token.signature[start : start + length]) for start in (0, length))
    public = EllipticCurvePublicKey.from_encoded_point(curve, key.raw)
    public.verify(encode_dss_signature(r, s), token.signed, ECDSA(digest))


def _check_rsa(token: Token, key: Key) -> None:
    """RFC 7518 "Digital Signature with RSASSA-PKCS1-v1_5"."""
    public = load_der_public_key(key.raw)
    if not isinstance(public, RSAPublicKey):
        raise ProofError(f"wanted an RSA key, got a {type(public).__name__}")
    public.verify(token.signature, token.signed, PKCS1v15(), SHA256())


def _moment(claim: object) -> int:
    """Return a NumericDate (RFC 7519 "Terminology") in µs. Raises `ProofError`."""
    numeric = isinstance(claim, (int, float)) and not isinstance(claim, bool)
    if not numeric or abs(claim) > _MOST_SECONDS:  # type: ignore[arg-type]  # a number, by the line above
        raise ProofError(f"wanted seconds since 1970, got {ascii(claim)[:40]}")
    return int(claim * _SECOND)  # type: ignore[operator]


def _date(claim: object) -> str:
    try:
        return written(_moment(claim))
    except InstantError as error:
        raise ProofError(f"wanted seconds since 1970, got {ascii(claim)[:40]}") from error


def _seconds(credential: Mapping[str, Any], *names: str) -> int | None:
    for name in names:
        if name in credential:
            try:
                return instant(credential[name]) // _SECOND
            except InstantError:
                return None  # the shape of dates is judged where they are read
    return None


def _id(value: object) -> object:
    return value.get("id") if isinstance(value, dict) else value
