"""Credentials as JSON Web Tokens (OB 3.0 "JSON Web Token Proof Format", VC-JOSE-COSE).

The payload is the credential itself beside the registered claims; VC Data Model 1.1 put it into `vc`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from badges.errors import ProofError, UnsupportedProofError
from badges.instants import InstantError, instant, written
from badges.proofs.did import resolve, resolve_named, resolve_same
from badges.proofs.ecdsa import verifying
from badges.work import spend
from ledger import ed25519
from ledger.multibase import MultibaseError, base64url_decode, base64url_encode
from schemas import MalformedJSONError, loads

if TYPE_CHECKING:
    from collections.abc import Mapping

    from badges.proofs.keys import Key
    from ledger.keys import Signer

CLAIMS = ("iss", "sub", "aud", "exp", "nbf", "iat", "jti", "cnf", "nonce", "vc", "vp")
_ALGORITHMS = {"EdDSA": "Ed25519", "Ed25519": "Ed25519", "ES256": "P-256", "ES384": "P-384", "RS256": "RSA"}
_STANDS_FOR: Mapping[str, Mapping[str, str]] = {
    "vc": {"jti": "id", "iss": "issuer", "nbf": "issuanceDate", "exp": "expirationDate"},
    "vp": {"jti": "id", "iss": "holder"},
}
_TYPES = {"jwt": "JWT", "vc+jwt": "vc+jwt", "vp+jwt": "vp+jwt"}  # and as a token has them here
_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_SECOND = 1_000_000  # µs
SIGNATURE = 150  # units of work to check one
_MOST_SECONDS = 10**12  # beyond the year 33,000


@dataclass(frozen=True, slots=True)
class Token:
    """A compact JWS, read but not yet checked; `algorithm`, `method` and `jwk` are its `alg`, `kid` and `jwk`.

    `typ` is None, `JWT`, `vc+jwt` or `vp+jwt`, however its header wrote it.
    """

    algorithm: object
    method: object
    claims: dict[str, Any]
    signed: bytes
    signature: bytes
    typ: str | None = None
    jwk: object = None


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

    Keys offered by the header itself (`jwk`, `jku`, `x5c`) are no proof of who signed (`key_of`). `typ` may be
    absent, `JWT`, or as VC-JOSE-COSE "Securing JSON-LD Verifiable Credentials with JOSE" has it, `vc+jwt` or `vp+jwt`.
    """
    try:
        head, body, tail = text.split(".")
        header, claims = loads(base64url_decode(head)), loads(base64url_decode(body))
        signature = base64url_decode(tail)
    except (ValueError, MultibaseError, MalformedJSONError) as error:
        raise ProofError(f"wanted a compact JWS of three base64url parts, got {error}") from error
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise ProofError("wanted JSON objects as header and payload, got something else")
    typ = _typ(header)
    signed = f"{head}.{body}".encode()
    return Token(header.get("alg"), header.get("kid"), claims, signed, signature, typ, header.get("jwk"))


def _typ(header: Mapping[str, Any]) -> str | None:
    """Return what the token says that it is. Raises `ProofError` for another thing, and for signatures over less."""
    if "crit" in header or header.get("b64", True) is not True:  # RFC 7515 "crit", RFC 7797
        raise ProofError(f"wanted a header with no crit and no b64, got {ascii(header.get('crit', 'b64'))[:40]}")
    if "typ" not in header:
        return None
    name = header["typ"]
    kind = name.lower().removeprefix("application/") if isinstance(name, str) else ""  # RFC 7515 "typ"
    if kind not in _TYPES:
        raise ProofError(f"typ: wanted JWT, vc+jwt or vp+jwt, got {ascii(name)[:40]}")
    return _TYPES[kind]


def check_named(token: Token) -> None:
    """Check that the token says by which algorithm and key it was signed, or raise `UnsupportedProofError`."""
    if not isinstance(token.algorithm, str) or token.algorithm not in _ALGORITHMS:
        raise UnsupportedProofError(f"alg: wanted {' or '.join(_ALGORITHMS)}, got {ascii(token.algorithm)[:40]}")
    if not isinstance(token.method, str) and (token.method is not None or not isinstance(token.jwk, dict)):
        raise UnsupportedProofError(f"kid: wanted the URL of the issuer's key, got {ascii(token.method)[:40]}")


def key_of(token: Token, documents: Mapping[str, object], *, at: int, issuer: str | None) -> Key:
    """Return the key that the token names, as it stands `at` (µs).

    OB 3.0 "JSON Web Token Proof Format": by `kid`, its URL or what the document of `issuer` calls it; where there is
    none, by a `jwk` which must be one of the keys that `issuer` has in its own document at hand. Raises as
    `badges.proofs.did.resolve`.
    """
    check_named(token)
    if isinstance(token.method, str):
        known = resolve if ":" in token.method else resolve_named
        return known(token.method, documents, at=at, issuer=issuer)
    return resolve_same(token.jwk if isinstance(token.jwk, dict) else {}, documents, at=at, issuer=issuer)


def check_jwt(token: Token, key: Key) -> None:
    """Check the token's signature by `key` (RFC 7515 "Message Signature Validation"). Raises `ProofError`."""
    check_named(token)
    spend(SIGNATURE)
    if key.kind != _ALGORITHMS[str(token.algorithm)]:
        raise ProofError(f"wanted the kind of key that {token.algorithm} takes, got {key.kind}")
    try:
        match key.kind:
            case "Ed25519":
                ed25519.verify(key.raw, token.signature, token.signed)
            case "RSA":
                _check_rsa(token, key)
            case _:
                verifying(key.kind, key.raw)(token.signature, token.signed)
    except InvalidSignature as error:
        raise ProofError("wanted a signature over exactly this token, got another") from error


def payload_of(token: Token) -> dict[str, Any]:
    """Return the credential or presentation that the token carries, without the registered claims.

    In VC Data Model 1.1 claims may stand for members that the `vc` or `vp` claim leaves out; they are put back.
    Raises `ProofError` for a claim that is no date, and where two readers could take different things for what it
    carries (VC-JOSE-COSE: what is the payload itself has neither claim).
    """
    within = [claim for claim in _STANDS_FOR if claim in token.claims]
    if not within:
        return {name: value for name, value in token.claims.items() if name not in CLAIMS}
    nested = token.claims[within[0]]
    if len(within) > 1 or "@context" in token.claims or not isinstance(nested, dict):
        raise ProofError(f"wanted one document, in {' or '.join(_STANDS_FOR)} or as the claims, got more or none")
    missing = {of: name for of, name in _STANDS_FOR[within[0]].items() if name not in nested}
    return nested | _put_back(token.claims, missing)


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
