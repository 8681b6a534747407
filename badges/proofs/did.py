"""Who holds a key: did:key, did:web and controller documents, resolved without a network.

W3C "Decentralized Identifiers", "Controlled Identifiers", and the method texts of did:key and did:web.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, cast
from urllib.parse import quote, urlsplit

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from badges.errors import BadgeError, KeyNotFoundError, ProofError, UnsupportedProofError
from badges.hand import absent
from badges.instants import InstantError, instant, written
from ledger.keys import multikey
from ledger.multibase import MultibaseError, base58_decode, base64url_decode
from schemas import contexts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ledger import PublicKey

_JWK_V1 = "https://w3id.org/security/jwk/v1"
Kind = Literal["Ed25519", "P-256", "P-384", "RSA"]

_ED25519 = b"\xed\x01"  # multicodec ed25519-pub, varint
_P256 = b"\x80\x24"  # multicodec p256-pub, varint
_P384 = b"\x81\x24"  # multicodec p384-pub, varint
_KINDS: Mapping[bytes, tuple[Kind, int]] = {_ED25519: ("Ed25519", 32), _P256: ("P-256", 33), _P384: ("P-384", 49)}
_COORDINATE = {"P-256": 32, "P-384": 48}  # bytes
_MEMBERS = {"OKP": ("x",), "EC": ("x", "y"), "RSA": ("n", "e")}  # of a JSON Web Key
_LONGEST_EXPONENT = 4  # bytes
_RSA_BYTES = (256, 512)  # of a modulus: 2,048 to 4,096 bits
_PURPOSES = (
    "assertionMethod",
    "authentication",
    "capabilityInvocation",
    "capabilityDelegation",
    "keyAgreement",
)


class DidError(BadgeError):
    """An address from which no DID can be made."""


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


def did_key(public_key: bytes) -> str:
    """Return the did:key of an Ed25519 public key (32 bytes): `did:key:z6Mk...`."""
    return "did:key:" + multikey(public_key)


def did_web(base_url: str, community: str) -> str:
    """Return the did:web whose document is `{base_url}/communities/{community}/did.json`.

    Raises `DidError` where `base_url` is not https: such an issuer uses `did_key`.
    """
    parts = urlsplit(base_url)
    if parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise DidError(f"did:web: wanted an https address, got {base_url!r}")
    host = parts.hostname + (f"%3A{parts.port}" if parts.port else "")
    path = [quote(segment, safe="") for segment in parts.path.split("/") if segment]
    return ":".join(["did:web", host, *path, "communities", quote(community, safe="")])


def issuer_did(base_url: str, community: str, public_key: bytes) -> str:
    """Return the issuer of a community: did:web where `base_url` is https, else the did:key of its key."""
    return did_web(base_url, community) if base_url.startswith("https://") else did_key(public_key)


def verification_method(did: str, public_key: bytes) -> str:
    """Return the DID URL of `public_key` in the document of `did`: `did:...#z6Mk...`."""
    return f"{did}#{multikey(public_key)}"


def did_document(
    did: str,
    public_keys: Sequence[bytes],
    *,
    tokens: Sequence[PublicKey] = (),
    revoked: Mapping[str, int] | None = None,
    also: Sequence[str] = (),
) -> dict[str, Any]:
    """Return the DID document of an issuer: every key it ever signed with, and may assert with.

    `public_keys` are Ed25519, listed as Multikeys; `tokens`, which sign tokens alone, are listed as JsonWebKeys. A
    former key stays as it is: `expires` would end what it signed. `revoked`: since when (µs), by the name of a key, it
    may be in other hands; it may assert no more (Controlled Identifiers "Verification Methods"). `also`: other names of
    the same issuer (`alsoKnownAs`).
    """
    ended = revoked or {}
    methods: list[dict[str, Any]] = [
        {
            "id": verification_method(did, key),
            "type": "Multikey",
            "controller": did,
            "publicKeyMultibase": multikey(key),
        }
        for key in public_keys
    ]
    methods += [
        {"id": f"{did}#{key.kid}", "type": "JsonWebKey", "controller": did, "publicKeyJwk": key.jwk()} for key in tokens
    ]
    kinds = [contexts.MULTIKEY_V1, _JWK_V1] if tokens else [contexts.MULTIKEY_V1]
    document: dict[str, Any] = {"@context": [contexts.DID_V1, *kinds], "id": did}
    if also:
        document["alsoKnownAs"] = list(also)
    for method in methods:
        if (kid := str(method["id"]).rpartition("#")[2]) in ended:
            method["revoked"] = written(ended[kid])
    return document | {
        "verificationMethod": methods,
        "assertionMethod": [method["id"] for method in methods if "revoked" not in method],
    }


def resolve(method: str, documents: Mapping[str, object], *, at: int) -> Key:
    """Return the key that the verification method URL `method` names, as it stands `at` (µs).

    did:key is read from the URL itself; everything else from `documents` (DID or URL -> its document).
    Raises `KeyNotFoundError` where the document is not at hand or does not list the method,
    `UnsupportedProofError` for a kind of key unknown here, and `ProofError` for a broken or revoked one.
    """
    base, _, fragment = method.partition("#")
    if base.startswith("did:key:"):
        return _did_key(base, fragment)
    document = documents.get(base)
    if document is None:
        raise KeyNotFoundError(f"wanted the document of {absent(documents, base)}")
    if not isinstance(document, dict) or document.get("id") != base:
        raise ProofError(f"wanted a document whose id is {base[:200]}, got another")
    listed = _listed(document, base)
    if method not in listed:
        raise KeyNotFoundError(f"wanted the key {method[:200]}, which its document does not list")
    entry, purposes = listed[method]
    if entry.get("controller", base) != base:
        raise ProofError(f"wanted a key controlled by {base[:200]}, got {str(entry['controller'])[:200]}")
    _check_lifetime(entry, at)
    kind, raw = _public_key(entry)
    return Key(kind, raw, base, frozenset(purposes))


def decode_multikey(text: str) -> tuple[Kind, bytes]:
    """Return kind and raw public key of a Multikey value, checking its header and length.

    Raises `UnsupportedProofError` for other kinds of key, `ProofError` for what is no key.
    """
    try:
        decoded = base58_decode(text)
    except MultibaseError as error:
        raise ProofError(f"public key: {error}") from error
    header, raw = decoded[:2], decoded[2:]
    if header not in _KINDS:
        raise UnsupportedProofError(f"wanted an Ed25519, P-256 or P-384 key, got multicodec header {header.hex()}")
    kind, length = _KINDS[header]
    if len(raw) != length:
        raise ProofError(f"public key: wanted {length} bytes, got {len(raw)}")
    return kind, raw


@lru_cache(maxsize=1_024)
def _did_key(base: str, fragment: str) -> Key:
    encoded = base.removeprefix("did:key:")
    if fragment not in {"", encoded}:  # some issuers leave the fragment out
        raise KeyNotFoundError(f"wanted the fragment {encoded[:60]}, got {fragment[:60]}")
    kind, raw = decode_multikey(encoded)
    return Key(kind, raw, base, frozenset(_PURPOSES))


def _listed(document: Mapping[str, Any], base: str) -> dict[str, tuple[dict[str, Any], set[str]]]:
    """Return every verification method of a controller document with the purposes it is listed for."""
    listed: dict[str, tuple[dict[str, Any], set[str]]] = {}
    for entry in _items(document.get("verificationMethod")):
        if isinstance(entry, dict):
            listed[_absolute(entry.get("id"), base)] = (entry, set())
    for purpose in _PURPOSES:
        for entry in _items(document.get(purpose)):
            name = _absolute(entry.get("id") if isinstance(entry, dict) else entry, base)
            if isinstance(entry, dict):
                listed.setdefault(name, (entry, set()))
            if name in listed:
                listed[name][1].add(purpose)
    return listed


def _absolute(name: object, base: str) -> str:
    return f"{base}{name}" if isinstance(name, str) and name.startswith("#") else str(name)


def _items(value: object) -> Iterable[object]:
    return value if isinstance(value, list) else () if value is None else (value,)


def _check_lifetime(entry: Mapping[str, Any], at: int) -> None:
    """Refuse a key past its `expires` or `revoked` (Controlled Identifiers "Verification Methods")."""
    for name in ("expires", "revoked"):
        if name in entry:
            try:
                over = instant(entry[name]) <= at
            except InstantError as error:
                raise ProofError(f"key {name}: {error}") from error
            if over:
                raise ProofError(f"wanted a living key, got one with {name} {entry[name]}")


def _public_key(entry: Mapping[str, Any]) -> tuple[Kind, bytes]:
    multibase, jwk = entry.get("publicKeyMultibase"), entry.get("publicKeyJwk")
    if isinstance(multibase, str):
        return decode_multikey(multibase)
    if isinstance(jwk, dict):
        return _jwk_key(jwk)
    raise UnsupportedProofError(f"wanted publicKeyMultibase or publicKeyJwk, got a {str(entry.get('type'))[:60]}")


def _jwk_key(jwk: Mapping[str, Any]) -> tuple[Kind, bytes]:
    """RFC 8037, and RFC 7518 "Parameters for Elliptic Curve Keys" and "Parameters for RSA Keys"."""
    if "d" in jwk:
        raise ProofError("wanted a public key, got a private one, which must be considered lost")
    kind, curve = jwk.get("kty"), jwk.get("crv")
    try:
        parts = [base64url_decode(str(jwk.get(name))) for name in _MEMBERS.get(str(kind), ())]
    except MultibaseError as error:
        raise ProofError(f"public key: {error}") from error
    lengths = [len(part) for part in parts]
    if (kind, curve, lengths) == ("OKP", "Ed25519", [32]):
        return "Ed25519", parts[0]
    for name, length in _COORDINATE.items():
        if (kind, curve, lengths) == ("EC", name, [length, length]):
            return cast("Kind", name), bytes([2 + parts[1][-1] % 2]) + parts[0]
    if kind == "RSA":
        return "RSA", _rsa_key(*parts)
    raise UnsupportedProofError(f"wanted an Ed25519, P-256, P-384 or RSA key, got {ascii(curve or kind)[:60]}")


def _rsa_key(modulus: bytes, exponent: bytes) -> bytes:
    least, most = _RSA_BYTES
    if not least <= len(modulus) <= most or not modulus[0] or len(exponent) > _LONGEST_EXPONENT:
        raise UnsupportedProofError(f"wanted an RSA key of 2,048 to 4,096 bits, got {len(modulus) * 8}")
    try:
        key = RSAPublicNumbers(int.from_bytes(exponent), int.from_bytes(modulus)).public_key()
    except ValueError as error:
        raise ProofError(f"public key: wanted an RSA key, got {error}") from error
    return key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
