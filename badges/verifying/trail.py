"""From an Open Badges 2.0 Assertion to what vouches for it: itself as hosted, its BadgeClass, its Issuer, their keys.

An assertion vouches for nothing by itself. What does is read from the addresses that it, and what it leads to, name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from badges.documents.assertion import HOSTED, badge_faults, is_stub, issuer_faults, verification_of
from badges.documents.shape import id_of, listed, type_names
from badges.errors import NotAtHandError, ProofError, StatusListError
from badges.hand import absent, gone, to_bytes
from badges.instants import InstantError, instant
from badges.proofs.keys import Key
from badges.verifying.bundles import vouched
from schemas import MalformedJSONError, loads

if TYPE_CHECKING:
    from collections.abc import Mapping

LARGEST_LINKED = 256 * 1024  # bytes of what an assertion leads to
LARGEST_REVOCATIONS = 2 * 1024 * 1024  # bytes of a list of what was revoked
MOST_KEYS = 8  # of an issuer that are tried where the assertion names none
_LARGEST_PEM = 16_384  # characters
_RSA_BITS = (2_048, 4_096)
_CURVES: Mapping[str, Literal["P-256", "P-384"]] = {"secp256r1": "P-256", "secp384r1": "P-384"}


@dataclass(frozen=True, slots=True)
class Trail:
    """Where an assertion led. `hosted` is what stands at its own address, where it says that it is hosted.

    `badge` and `issuer` are the BadgeClass and the Issuer; the Issuer always as it stands at its own address. What is
    None was not at hand, and `unhosted` or `lost` says why.
    """

    given: Mapping[str, Any]
    hosted: Mapping[str, Any] | None = None
    badge: Mapping[str, Any] | None = None
    issuer: Mapping[str, Any] | None = None
    unhosted: str = ""
    lost: str = ""

    @property
    def assertion(self) -> Mapping[str, Any]:
        """The assertion to go by: of a hosted one, what is hosted (OB 2.0 "HostedBadge Verification")."""
        return self.given if self.hosted is None or is_stub(self.hosted) else self.hosted

    @property
    def issuer_id(self) -> str | None:
        """Who it says issued it, whether or not that is at hand."""
        name = id_of((self.badge or {}).get("issuer"))
        return name if isinstance(name, str) else None

    def whole(self) -> dict[str, Any]:
        """Return the assertion with the BadgeClass and the Issuer in their places, as far as they are at hand."""
        if self.badge is None:
            return dict(self.assertion)
        issuer = self.badge.get("issuer") if self.issuer is None else dict(self.issuer)
        return {**self.assertion, "badge": {**self.badge, "issuer": issuer}}


def follow(given: Mapping[str, Any], documents: Mapping[str, object]) -> Trail:
    """Return where an assertion leads, by the documents at hand (URL -> bytes, text or parsed). Never raises."""
    hosted, unhosted = None, ""
    if type_names(verification_of(given)) & HOSTED or is_stub(given):
        try:
            hosted = linked(documents, given.get("id"), "the assertion")
        except NotAtHandError as error:
            unhosted = str(error)
            name = given.get("id")
            if isinstance(name, str) and gone(documents, name):
                hosted = {"id": name, "revoked": True}  # OB 2.0 "Revoking Hosted Assertions"
    trail = Trail(given, hosted, unhosted=unhosted)
    try:
        badge = _badge(trail.assertion.get("badge"), documents)
    except NotAtHandError as error:
        return Trail(given, hosted, unhosted=unhosted, lost=unhosted or str(error))
    try:
        issuer = _issuer(id_of(badge.get("issuer")), documents)
    except NotAtHandError as error:
        return Trail(given, hosted, badge, unhosted=unhosted, lost=str(error))
    return Trail(given, hosted, badge, issuer, unhosted=unhosted)


def _badge(found: object, documents: Mapping[str, object]) -> Mapping[str, Any]:
    """Return a BadgeClass that is linked, or stands in the assertion, where whoever vouches for that vouches for it."""
    if isinstance(found, dict) and "issuer" in found:
        return found
    badge = linked(documents, id_of(found), "its badge class")
    if faults := badge_faults(badge):
        raise NotAtHandError(f"its badge class is not formed as one must be: {faults[0]}")
    return badge


def _issuer(name: object, documents: Mapping[str, object]) -> Mapping[str, Any]:
    """Return an Issuer as it stands at its own address: what else is said of it, anybody may say."""
    issuer = linked(documents, name, "its issuer")
    if faults := issuer_faults(issuer):
        raise NotAtHandError(f"its issuer is not formed as one must be: {faults[0]}")
    return issuer


def linked(documents: Mapping[str, object], name: object, what: str, most: int = LARGEST_LINKED) -> dict[str, Any]:
    """Return the JSON object at hand under the address `name`, whose id that must be. Raises `NotAtHandError`.

    `most` bounds its bytes; `what` it is, in words, is for the error.
    """
    if not isinstance(name, str):
        raise NotAtHandError(f"{what} has no address")
    found = vouched(documents, name)
    if found is None:
        raise NotAtHandError(f"{what}, {absent(documents, name)}")
    try:
        raw = to_bytes(found)
        document = loads(raw) if len(raw) <= most else None
    except (MalformedJSONError, TypeError) as error:
        raise NotAtHandError(f"{what}, {name[:200]}, cannot be read: {error}") from error
    if not isinstance(document, dict):
        raise NotAtHandError(f"{what}, {name[:200]}: wanted a JSON object of at most {most} bytes, got another thing")
    if document.get("id") != name:
        raise NotAtHandError(f"{what}: wanted {name[:200]}, got {ascii(document.get('id'))[:200]}")
    return document


# --- hosted ---------------------------------------------------------------------------------------


def differences(given: Mapping[str, Any], hosted: Mapping[str, Any]) -> list[str]:
    """Return the names of what two copies of an assertion say differently.

    The same instant, a link for what it leads to, and one thing for a list of it are no difference.
    """
    names = {*given, *hosted} - {"@context", "verify"}
    return sorted(name for name in names if not _alike(name, _of(given, name), _of(hosted, name)))


def _of(document: Mapping[str, Any], name: str) -> object:
    return verification_of(document) if name == "verification" else document.get(name)


def _alike(name: str, one: object, other: object) -> bool:
    if one == other:
        return True
    if name in {"issuedOn", "expires"}:
        try:
            return instant(one) == instant(other)
        except InstantError:
            return False
    if name in {"badge", "image"} and isinstance(one, dict) is not isinstance(other, dict):
        return id_of(one) == id_of(other) is not None
    return name in {"type", "evidence"} and listed(one) == listed(other)


def out_of_scope(trail: Trail) -> str | None:
    """Return why a hosted assertion does not stand where its issuer vouches for; None where it does.

    OB 2.0 "HostedBadge Verification" and "VerificationObject": where the issuer's `startsWith` and `allowedOrigins`
    say, else on the same origin as the issuer, as must then its BadgeClass.
    """
    if trail.issuer is None:
        return "its issuer is not at hand"
    rules = trail.issuer.get("verification")
    rules = rules if isinstance(rules, dict) else {}
    starts, origins = _texts(rules.get("startsWith")), _texts(rules.get("allowedOrigins"))
    name = str(trail.given.get("id"))
    if starts and not any(name.startswith(start) and _origin(name) == _origin(start) for start in starts):
        return f"its issuer vouches for what begins with {' or '.join(starts)[:200]}, not for {name[:200]}"
    if origins and not {_host(name), _origin(name)[1]} & set(origins):
        return f"its issuer vouches for what is hosted by {' or '.join(origins)[:200]}, not by {_host(name)[:200]}"
    if not starts and not origins:
        for one in (name, trail.assertion.get("badge")):
            if isinstance(one, str) and _origin(one) != _origin(str(trail.issuer["id"])):
                return f"its issuer is {trail.issuer_id}, and vouches for nothing that is elsewhere, as {one[:200]} is"
    return None


def _texts(value: object) -> list[str]:
    return [one for one in listed(value) if isinstance(one, str) and one]


def _origin(url: str) -> tuple[str, str]:
    """Return scheme and authority of a URL, without a user's name or a port that goes without saying."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "", url
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    return parts.scheme, (parts.hostname or "") + (f":{port}" if port not in {None, usual} else "")


def _host(url: str) -> str:
    return _origin(url)[1].partition(":")[0]


# --- signed ---------------------------------------------------------------------------------------


def keys_of(trail: Trail, documents: Mapping[str, object]) -> tuple[list[tuple[str, Key]], str]:
    """Return the keys that may have signed an assertion, each with its name, and why one of them is not at hand.

    OB 2.0 "SignedBadge Verification": that which it names as its `creator`, else those of its issuer. Raises
    `NotAtHandError` where none is at hand, and `ProofError` where one is no key, or another's than the issuer's.
    """
    creator, own = id_of(verification_of(trail.given).get("creator")), keys_listed(trail)
    found, lacking = [], None
    for name in [creator] if isinstance(creator, str) else list(own)[:MOST_KEYS]:
        inside = own.get(name)
        try:
            document = inside if isinstance(inside, dict) and "publicKeyPem" in inside else None
            document = document or linked(documents, name, "its key")
        except NotAtHandError as error:
            lacking = error
            continue
        owner = id_of(document.get("owner"))
        if trail.issuer is not None and owner != trail.issuer["id"]:
            raise ProofError(f"wanted a key owned by {trail.issuer_id}, got one of {ascii(owner)[:200]}")
        found.append((name, _key(document.get("publicKeyPem"), str(owner))))
    if lacking is not None and not found:
        raise lacking
    return found, str(lacking or "")


def keys_listed(trail: Trail) -> dict[str, object]:
    """Return the keys that the issuer names as its own: by their ids, as it has them, which may be the ids alone."""
    named = [(id_of(one), one) for one in listed((trail.issuer or {}).get("publicKey"))]
    return {name: one for name, one in named if isinstance(name, str)}


def _key(pem: object, owner: str) -> Key:
    """Return a public key in PEM (OB 2.0 "CryptographicKey"). Raises `ProofError`."""
    if not isinstance(pem, str) or len(pem) > _LARGEST_PEM:
        raise ProofError(f"publicKeyPem: wanted a public key in PEM, got {ascii(pem)[:40]}")
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ProofError(f"publicKeyPem: wanted a public key in PEM, got {ascii(pem)[:40]}") from error
    purposes = frozenset({"assertionMethod"})
    if isinstance(key, Ed25519PublicKey):
        return Key("Ed25519", key.public_bytes_raw(), owner, purposes)
    if isinstance(key, EllipticCurvePublicKey) and key.curve.name in _CURVES:
        raw = key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        return Key(_CURVES[key.curve.name], raw, owner, purposes)
    if isinstance(key, RSAPublicKey) and _RSA_BITS[0] <= key.key_size <= _RSA_BITS[1]:
        return Key("RSA", key.public_bytes(Encoding.DER, PublicFormat.PKCS1), owner, purposes)
    raise ProofError("publicKeyPem: wanted RSA of 2,048 to 4,096 bits, P-256, P-384 or Ed25519, got another key")


def revoked_in(found: Mapping[str, Any], assertion: Mapping[str, Any], issuer: object) -> tuple[bool, str]:
    """Return whether a RevocationList names an assertion, by its id or of old its uid, and what it says why.

    OB 2.0 "RevocationList": what it names is revoked unless it says `false`. Raises `StatusListError`.
    """
    if id_of(found.get("issuer", issuer)) != issuer:
        raise StatusListError(f"wanted a revocation list of {issuer}, got one of {ascii(found['issuer'])[:200]}")
    for one in listed(found.get("revokedAssertions")):
        entry = one if isinstance(one, dict) else {"id": one}
        named = {kind: entry[kind] for kind in ("id", "uid") if isinstance(entry.get(kind), str)}
        if not named:
            raise StatusListError(f"revokedAssertions: wanted ids, got {ascii(one)[:60]}")
        if any(assertion.get(kind) == name for kind, name in named.items()) and entry.get("revoked", True) is not False:
            return True, reason_of(entry)
    return False, ""


def reason_of(entry: Mapping[str, Any]) -> str:
    """Return why something was revoked, if that is said."""
    reason = entry.get("revocationReason")
    return reason[:300] if isinstance(reason, str) else ""
