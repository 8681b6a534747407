"""Open Badges 2.0, for places that read nothing newer: a badge as an Assertion, a BadgeClass and an Issuer.

They say what the credential says as far as 2.0 has words for it. It has none for the place in the log, the status
lists, results and endorsements as credentials; those are left out. The recipient is told by the URL of her page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

import orjson
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from badges.documents.credential import RULE_GENRE, evidence_of
from ledger.multibase import base64url_encode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ledger.keys import PublicKey, Signer

CONTEXT = "https://w3id.org/openbadges/v2"
ALGORITHM: Literal["RS256"] = "RS256"  # the only one that 2.0 asks every verifier to know
SUSPENDED = "It is suspended for now."
_TARGET = ("targetName", "targetUrl", "targetDescription", "targetFramework", "targetCode")


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a community's Open Badges 2.0 are found."""

    base: str  # of the installation, without a slash at its end
    community: str

    @property
    def issuer(self) -> str:
        """Its Issuer."""
        return f"{self.base}/ob2/issuers/{quote(self.community, safe='')}"

    @property
    def revoked(self) -> str:
        """Its RevocationList."""
        return f"{self.issuer}/revoked"

    @property
    def assertions(self) -> str:
        """How all of its hosted assertions begin."""
        return f"{self.base}/ob2/assertions/"

    def key(self, kid: str) -> str:
        """Return one of its CryptographicKeys, by its name."""
        return f"{self.issuer}/key/{kid}"

    def badge(self, kind: str, name: str, version: int) -> str:
        """Return the BadgeClass of an achievement, as a version of the charter has it."""
        return f"{self.issuer}/{kind}/{quote(name, safe='')}/{version}"


def assertion(
    document: Mapping[str, Any], badge: str, addresses: Addresses, *, key: str | None = None
) -> dict[str, Any]:
    """Return a credential as an Assertion of the BadgeClass `badge` (OB 2.0 "Assertion").

    A hosted one has its own address as its id. One to be signed, with the `key` of that name, has a UUID made of the
    credential's id, which leads nowhere.
    """
    number = document["id"].rpartition("/")[2]
    made: dict[str, Any] = {
        "@context": CONTEXT,
        "type": "Assertion",
        "id": addresses.assertions + number if key is None else signed_id(document["id"]),
        "recipient": {"type": "url", "hashed": False, "identity": document["credentialSubject"]["id"]},
        "badge": badge,
        "verification": {"type": "SignedBadge", "creator": addresses.key(key)} if key else {"type": "HostedBadge"},
        "issuedOn": document["awardedDate"],
        "image": f"{addresses.assertions}{number}.png",
        "evidence": [_evidence(one) for one in evidence_of(document, RULE_GENRE)],
    }
    return made | ({"expires": document["validUntil"]} if "validUntil" in document else {})


def badge_class(achievement: Mapping[str, Any], address: str, addresses: Addresses) -> dict[str, Any]:
    """Return an OB 3.0 Achievement as a BadgeClass (OB 2.0 "BadgeClass")."""
    made: dict[str, Any] = {
        "@context": CONTEXT,
        "type": "BadgeClass",
        "id": address,
        "name": achievement["name"],
        "description": achievement["description"],
        "image": achievement["image"]["id"],
        "criteria": {"id": achievement["criteria"]["id"], "narrative": achievement["criteria"]["narrative"]},
        "issuer": addresses.issuer,
    }
    if "version" in achievement:
        made["version"] = achievement["version"]
    if tags := achievement.get("tag"):
        made["tags"] = list(tags)
    if aligned := achievement.get("alignment"):
        made["alignment"] = [
            {"type": "AlignmentObject", **{name: one[name] for name in _TARGET if name in one}} for one in aligned
        ]
    return made


def issuer(name: str, url: str, contact: str | None, addresses: Addresses, kids: Sequence[str]) -> dict[str, Any]:
    """Return a community with its keys, if any, as an Issuer (OB 2.0 "Profile").

    2.0 wants an e-mail address: `contact`.
    """
    keys = [addresses.key(kid) for kid in kids]
    return {
        "@context": CONTEXT,
        "type": "Issuer",
        "id": addresses.issuer,
        "name": name,
        "url": url,
        **({"email": contact} if contact else {}),
        **({"publicKey": keys[0] if len(keys) == 1 else keys} if keys else {}),
        "revocationList": addresses.revoked,
        "verification": {"type": "HostedBadge", "startsWith": addresses.assertions},
    }


def cryptographic_key(key: PublicKey, addresses: Addresses) -> dict[str, Any]:
    """Return the public half of an RSA key (OB 2.0 "CryptographicKey")."""
    pem = load_der_public_key(key.raw).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return {
        "@context": CONTEXT,
        "type": "CryptographicKey",
        "id": addresses.key(key.kid),
        "owner": addresses.issuer,
        "publicKeyPem": pem.decode(),
    }


def revocation_list(credentials: Iterable[str], addresses: Addresses) -> dict[str, Any]:
    """Return which signed assertions were revoked, by the ids of their credentials (OB 2.0 "RevocationList")."""
    return {
        "@context": CONTEXT,
        "type": "RevocationList",
        "id": addresses.revoked,
        "issuer": addresses.issuer,
        "revokedAssertions": [{"id": signed_id(one)} for one in credentials],
    }


def revoked_assertion(address: str, *, for_now: bool) -> dict[str, Any]:
    """Return what stands at the address of a hosted assertion that was revoked (OB 2.0 "Assertion Verification").

    `for_now`: it is suspended, for which 2.0 has no other word.
    """
    reason = {"revocationReason": SUSPENDED} if for_now else {}
    return {"@context": CONTEXT, "type": "Assertion", "id": address, "revoked": True, **reason}


def signed_id(credential: str) -> str:
    """Return the id of a signed assertion, by that of its credential, which it does not give away (RFC 9562 "v5")."""
    return f"urn:uuid:{uuid5(NAMESPACE_URL, credential)}"


def sign_assertion(document: Mapping[str, Any], signer: Signer) -> str:
    """Return an assertion as a compact JWS by an RSA key (OB 2.0 "Signed Verification")."""
    signed = ".".join(base64url_encode(orjson.dumps(part)) for part in ({"alg": ALGORITHM}, document))
    return f"{signed}.{base64url_encode(signer.sign(signed.encode()))}"


def _evidence(one: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "Evidence"} | {name: one[name] for name in ("id", "name", "description", "narrative", "genre")}
