"""Who holds a key: did:key, did:jwk, did:web, controller documents and keys at an address, without a network.

W3C "Decentralized Identifiers", "Controlled Identifiers", and the method texts of did:key, did:jwk and did:web.
"""

from __future__ import annotations

import re
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from badges.errors import BadgeError, KeyNotFoundError, ProofError
from badges.hand import absent, to_bytes
from badges.instants import InstantError, instant, written
from badges.proofs.keys import MATERIAL, PURPOSES, Key, decode_multikey, jwk_key, jwk_purposes, key_in
from ledger.keys import multikey
from ledger.multibase import MultibaseError, base64url_decode
from schemas import MalformedJSONError, contexts, loads

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ledger import PublicKey

LARGEST_DOCUMENT = 262_144  # 256 KiB
_JWK_V1 = "https://w3id.org/security/jwk/v1"
_HTTPS = re.compile(r"https://([A-Za-z0-9.-]+)(?::([0-9]{1,5}))?(?:[/?][!-\[\]-~]*)?")  # no user, no backslash
_LONGEST_JWK = 4_096  # characters; one of RSA with 4,096 bits has a thousand


class DidError(BadgeError):
    """An address from which no DID can be made."""


def did_key(public_key: bytes) -> str:
    """Return the did:key of an Ed25519 public key (32 bytes): `did:key:z6Mk...`."""
    return "did:key:" + multikey(public_key)


@lru_cache(maxsize=1_024)
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


def resolve(method: str, documents: Mapping[str, object], *, at: int, issuer: str | None = None) -> Key:
    """Return the key that the verification method URL `method` names, as it stands `at` (µs).

    did:key and did:jwk are read from the URL itself; everything else from `documents` (DID or URL -> its document, as
    bytes, text or parsed). A URL may also lead to a JSON Web Key alone (OB 3.0 "JSON Web Token Proof Format"), which
    does not say whose it is: it is that of `issuer` where the issuer's own document lists it, or, where there is no
    such document that lists keys, where both have the same https origin; else it is nobody's but its own.
    Raises `KeyNotFoundError` where the document is not at hand or does not list the method,
    `UnsupportedProofError` for a kind of key unknown here, and `ProofError` for a broken or revoked one.
    """
    base, _, fragment = method.partition("#")
    if base.startswith("did:key:"):
        return _did_key(base, fragment)
    if base.startswith("did:jwk:"):
        return _did_jwk(base, fragment)
    document = _document(base, documents)
    if document is None:
        raise KeyNotFoundError(f"wanted the document of {absent(documents, base)}")
    if not fragment and _is_key(document, base):
        return _at_address(base, document, documents, at=at, issuer=issuer)
    if document.get("id") != base:
        raise ProofError(f"wanted a document whose id is {base[:200]}, got another")
    listed = _listed(document, base)  # CID 1.0 "Retrieve Verification Method"
    if method not in listed:
        raise KeyNotFoundError(f"wanted the key {method[:200]}, which its document does not list")
    return _in_document(*listed[method], base, at)


def resolve_same(jwk: Mapping[str, Any], documents: Mapping[str, object], *, at: int, issuer: str | None) -> Key:
    """Return the key of `issuer` that is the same as the JSON Web Key `jwk`, as it stands `at` (µs).

    A token may bring a key along (RFC 7515 "jwk"); that proves nothing, but it says which of the issuer's own is meant.
    Raises as `resolve`, and `KeyNotFoundError` where the issuer's document lists no such key.
    """
    wanted = jwk_key(jwk)
    for key in _keys_of(issuer, documents, at) if issuer else ():
        if (key.kind, key.raw) == wanted:
            return key
    raise KeyNotFoundError(f"wanted a key that its issuer, {str(issuer)[:200]}, lists, got one that it brings along")


def resolve_named(name: str, documents: Mapping[str, object], *, at: int, issuer: str | None) -> Key:
    """Return the key of `issuer` that its own document calls `name`, as it stands `at` (µs).

    VC-JOSE-COSE "kid": one that is no URL is the fragment of the key's id in the issuer's document, or the `kid` of its
    JSON Web Key. Raises as `resolve`, and `KeyNotFoundError` where it names none of the issuer's keys, or several.
    """
    if issuer is None:
        raise KeyNotFoundError(f"wanted the URL of a key, or an issuer who has one of that name, got {name[:60]!r}")
    method = f"{issuer}#{name.removeprefix('#')}"
    if issuer.startswith(("did:key:", "did:jwk:")):
        return resolve(method, documents, at=at)
    document = _document(issuer, documents)
    if document is None:
        raise KeyNotFoundError(f"wanted the document of {absent(documents, issuer)}")
    listed = _listed(document, issuer) if document.get("id") == issuer else {}
    found = [pair for of, pair in listed.items() if of == method or _kid(pair[0]) == name]
    if len(found) != 1:
        raise KeyNotFoundError(f"wanted one key that {issuer[:200]} calls {name[:60]!r}, got {len(found)}")
    return _in_document(*found[0], issuer, at)


def _kid(entry: Mapping[str, Any]) -> object:
    jwk = entry.get("publicKeyJwk")
    return jwk.get("kid") if isinstance(jwk, dict) else None


def _keys_of(issuer: str, documents: Mapping[str, object], at: int) -> Iterator[Key]:
    """Yield the keys of an issuer that can be relied on."""
    if issuer.startswith(("did:key:", "did:jwk:")):
        yield resolve(issuer, documents, at=at)
        return
    document = _document(issuer, documents)
    if document is None:
        raise KeyNotFoundError(f"wanted the document of {absent(documents, issuer)}")
    if document.get("id") == issuer:
        for entry, purposes in _listed(document, issuer).values():
            with suppress(ProofError):
                yield _in_document(entry, purposes, issuer, at)


def _in_document(entry: Mapping[str, Any], purposes: set[str], base: str, at: int) -> Key:
    """Return a key that the controller document of `base` lists for these purposes."""
    if entry.get("controller", base) != base:
        raise ProofError(f"wanted a key controlled by {base[:200]}, got {str(entry['controller'])[:200]}")
    _check_lifetime(entry, at)
    kind, raw = key_in(entry)
    return Key(kind, raw, base, frozenset(purposes & _own_purposes(entry)))


def _document(name: str, documents: Mapping[str, object]) -> Mapping[str, Any] | None:
    """Return the document of a DID or URL, None where it is not at hand. Raises `ProofError` for what is none."""
    found = documents.get(name)
    if isinstance(found, bytes | str):
        if len(found) > LARGEST_DOCUMENT:
            raise ProofError(f"wanted a document of at most {LARGEST_DOCUMENT} bytes, got {len(found)}")
        try:
            found = loads(to_bytes(found))
        except MalformedJSONError as error:
            raise ProofError(f"wanted the document of {name[:200]} as JSON, got {error}") from error
    if found is not None and not isinstance(found, dict):
        raise ProofError(f"wanted the document of {name[:200]} as an object, got {type(found).__name__}")
    return found


# --- keys at an address of their own -----------------------------------------------------------------


def _is_key(document: Mapping[str, Any], url: str) -> bool:
    """Tell whether what lies at `url` is a key alone: a JSON Web Key, or a verification method of that id."""
    return "kty" in document or (document.get("id") == url and any(name in document for name in MATERIAL))


def _at_address(
    url: str, found: Mapping[str, Any], documents: Mapping[str, object], *, at: int, issuer: str | None
) -> Key:
    bare = "kty" in found
    if not bare:
        _check_lifetime(found, at)
    kind, raw = jwk_key(found) if bare else key_in(found)
    controller, purposes = _controller_at(url, documents, issuer)
    own = jwk_purposes(found) if bare else _own_purposes(found)
    if not bare and found.get("controller", controller) != controller:
        controller = url
    return Key(kind, raw, controller, purposes & own)


def _controller_at(url: str, documents: Mapping[str, object], issuer: str | None) -> tuple[str, frozenset[str]]:
    """Return whose the key at `url` is, and what for: that of `issuer`, if anything says so."""
    try:
        document = _document(issuer, documents) if issuer else None
    except ProofError:  # a page for people, most likely
        document = None
    if issuer and document is not None and document.get("id") == issuer:
        listed = {name for purpose in PURPOSES for name in _names(document, purpose, issuer)}
        if url in listed:
            return issuer, frozenset(purpose for purpose in PURPOSES if url in _names(document, purpose, issuer))
        if listed or document.get("verificationMethod"):
            return url, frozenset(PURPOSES)  # it says which keys are its own
    same = issuer is not None and (origin := _origin(url)) is not None and origin == _origin(issuer)
    return issuer if issuer and same else url, frozenset(PURPOSES)


def _names(document: Mapping[str, Any], purpose: str, base: str) -> set[str]:
    return {
        _absolute(entry.get("id") if isinstance(entry, dict) else entry, base)
        for entry in _items(document.get(purpose))
    }


def _origin(url: str) -> tuple[str, int] | None:
    """Return host and port of an https URL (RFC 6454 "Origin of a URI"), None for what two readers could take apart."""
    found = _HTTPS.fullmatch(url)
    return (found[1].lower(), int(found[2] or 443)) if found else None


# --- keys in their own names ---------------------------------------------------------------------------


@lru_cache(maxsize=1_024)
def _did_key(base: str, fragment: str) -> Key:
    encoded = base.removeprefix("did:key:")
    if fragment not in {"", encoded}:  # some issuers leave the fragment out
        raise KeyNotFoundError(f"wanted the fragment {encoded[:60]}, got {fragment[:60]}")
    kind, raw = decode_multikey(encoded)
    return Key(kind, raw, base, frozenset(PURPOSES))


@lru_cache(maxsize=256)
def _did_jwk(base: str, fragment: str) -> Key:
    """did:jwk "Read (Resolve)": the one key of its document is `#0`."""
    encoded = base.removeprefix("did:jwk:")
    if fragment not in {"", "0"}:
        raise KeyNotFoundError(f"wanted the fragment 0, got {ascii(fragment)[:60]}")
    if len(encoded) > _LONGEST_JWK:
        raise ProofError(f"did:jwk: wanted at most {_LONGEST_JWK} characters, got {len(encoded)}")
    try:
        jwk = loads(base64url_decode(encoded))
    except (MultibaseError, MalformedJSONError) as error:
        raise ProofError(f"did:jwk: wanted a JSON Web Key in base64url, got {error}") from error
    if not isinstance(jwk, dict):
        raise ProofError(f"did:jwk: wanted an object, got {type(jwk).__name__}")
    kind, raw = jwk_key(jwk)
    return Key(kind, raw, base, jwk_purposes(jwk))


# --- what documents say ------------------------------------------------------------------------------------


def _own_purposes(entry: Mapping[str, Any]) -> frozenset[str]:
    jwk = entry.get("publicKeyJwk")
    return jwk_purposes(jwk) if isinstance(jwk, dict) else frozenset(PURPOSES)


def _listed(document: Mapping[str, Any], base: str) -> dict[str, tuple[dict[str, Any], set[str]]]:
    """Return every verification method of a controller document with the purposes it is listed for."""
    listed: dict[str, tuple[dict[str, Any], set[str]]] = {}
    for entry in _items(document.get("verificationMethod")):
        if isinstance(entry, dict):
            listed[_absolute(entry.get("id"), base)] = (entry, set())
    for purpose in PURPOSES:
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
