"""Credentials of every kind to begin with, and what spoils one: each fault stands behind a signature that holds."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import rfc8785

from badges import BadgeError, Policy, Verdict, credential, did, sign, to_json, verify
from badges.proofs.proof import JCS
from ledger.keys import FileSigner, PublicKey, new_key
from ledger.multibase import base58_encode
from schemas import contexts
from tests.badges.samples import (
    AWARDED,
    DAY,
    ISSUER,
    LIST_URL,
    METHOD,
    NOW,
    SIGNER,
    facts,
    record,
    said,
    status_list,
)
from tests.badges.test_shape import everything

if TYPE_CHECKING:
    from collections.abc import Mapping

    from badges import Verified


class _Gone:
    def __repr__(self) -> str:
        return "left out"


GONE = _Gone()
"""In the place of a value: that it is left out."""

WEB = did.did_web("https://guild.example", "weavers")
WEB_METHOD = did.verification_method(WEB, SIGNER.public_key)
P256 = FileSigner(new_key("ES256"))
RSA = FileSigner(new_key("RS256"))
TOKENS = [PublicKey(signer.algorithm, signer.public_key) for signer in (P256, RSA)]
WEB_DOCUMENT = did.did_document(WEB, [SIGNER.public_key], tokens=TOKENS)
KNOWN: dict[str, object] = {LIST_URL: status_list(1, 2), WEB: WEB_DOCUMENT}
OLD_CONTEXTS = [contexts.CREDENTIALS_V1, contexts.OPEN_BADGES, contexts.DATA_INTEGRITY_V2]


@dataclass(frozen=True)
class Case:
    """A document with one fault, what verifies without it (`control`), and what the verifier must say of it.

    `known` is at hand beside `KNOWN`; where the fault is there, it is `spoilt`, and the control's is `known`. `intact`:
    the signature holds. `more` is of the policy; where the fault is there, the control's is `lenient`.
    """

    name: str
    document: bytes
    verdict: Verdict
    step: str
    control: bytes
    known: Mapping[str, object] = field(default_factory=dict)
    spoilt: Mapping[str, object] | None = None
    intact: bool = True
    more: Mapping[str, Any] = field(default_factory=dict)
    lenient: Mapping[str, Any] | None = None


def ask(document: bytes, known: Mapping[str, object] | None = None, *, at: int = NOW, **more: Any) -> Verified:
    """Verify a document with what is at hand."""
    hand = {**KNOWN, **(known or {})}
    return verify(document, policy=Policy(documents=hand, **more), at=at)


# --- what to begin with ------------------------------------------------------------------------------


def whole(**members: Any) -> dict[str, Any]:
    """Return a badge of the Weavers that says all there are words for."""
    made = everything()
    for name in ("proof", "endorsement", "endorsementJwt", "credentialSchema", "credentialStatus", "refreshService"):
        del made[name]
    made["issuer"]["id"] = ISSUER
    return made | members


def badge(**changes: Any) -> dict[str, Any]:
    """Return Ada's badge, not signed."""
    return credential(facts(**changes))


def bare(**changes: Any) -> dict[str, Any]:
    """Return Ada's badge without a status list."""
    return badge(status_list=None, status_index=None, **changes)


def plain(**members: Any) -> dict[str, Any]:
    """Return a credential that is no badge."""
    return {
        "@context": [contexts.CREDENTIALS_V2],
        "id": "urn:credential:1",
        "type": ["VerifiableCredential"],
        "issuer": {"id": ISSUER, "name": "Weavers"},
        "name": "Word",
        "description": "A word of ours",
        "validFrom": "2026-03-01T10:00:00Z",
        "credentialSubject": {"id": "urn:person:1"},
        **members,
    }


def old(**members: Any) -> dict[str, Any]:
    """Return Ada's badge by VC Data Model 1.1."""
    made = {name: value for name, value in bare().items() if name not in {"validFrom", "validUntil", "name"}}
    first = {"@context": OLD_CONTEXTS, "issuanceDate": "2026-03-01T10:00:00Z", "expirationDate": "2027-03-01T10:00:00Z"}
    return made | first | members


def endorsement(**members: Any) -> dict[str, Any]:
    """Return what a member says of Ada's badge."""
    made = said(ISSUER) | members
    return {name: value for name, value in made.items() if name != "credentialStatus"}


def learner_record(**members: Any) -> dict[str, Any]:
    """Return Ada's learner record, with one badge in it."""
    return record(sign(bare(), SIGNER, verification_method=METHOD, created=AWARDED)) | members


# --- signed -------------------------------------------------------------------------------------------


def signed(document: dict[str, Any], **how: Any) -> bytes:
    """Sign as rdfc, or as jcs where what is to be signed has no certain meaning in RDF."""
    told: dict[str, Any] = {"verification_method": METHOD, "created": AWARDED} | how
    signer = told.pop("signer", SIGNER)
    try:
        return to_json(sign(document, signer, **told))
    except (BadgeError, contexts.UnknownContextError):
        return by_jcs(document, signer=signer, verificationMethod=told["verification_method"])


def by_jcs(document: dict[str, Any], *, signer: FileSigner = SIGNER, **options: Any) -> bytes:
    """Sign whatever it is, with whatever options, as VC-DI-EDDSA "eddsa-jcs-2022" does; options may be GONE."""
    made = {
        "type": "DataIntegrityProof",
        "cryptosuite": JCS,
        "created": "2026-03-01T10:00:00Z",
        "verificationMethod": METHOD,
        "proofPurpose": "assertionMethod",
        **({"@context": document["@context"]} if "@context" in document else {}),
    } | options
    made = {name: value for name, value in made.items() if value is not GONE}
    body = {name: value for name, value in document.items() if name != "proof"}
    digests = [hashlib.sha256(rfc8785.dumps(one)).digest() for one in (made, body)]
    value = base58_encode(signer.sign(b"".join(digests)))
    return json.dumps(body | {"proof": made | {"proofValue": value}}).encode()


def encoded(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def token(claims: object, *, signer: FileSigner = SIGNER, kid: object = METHOD, **header: Any) -> bytes:
    """Return a compact JWS of any claims under any header; members of it may be GONE."""
    head = {"alg": signer.algorithm, "kid": kid, "typ": "JWT"} | header
    text = f"{encoded({name: value for name, value in head.items() if value is not GONE})}.{encoded(claims)}"
    return f"{text}.{encoded(signer.sign(text.encode()))}".encode()


@cache
def claims() -> dict[str, Any]:
    """Return the claims of Ada's badge as a token."""
    made = bare()
    registered = {"iss": ISSUER, "jti": made["id"], "sub": made["credentialSubject"]["id"]}
    return made | registered | {"nbf": AWARDED // 1_000_000, "exp": (AWARDED + 365 * DAY) // 1_000_000}


# --- spoilt -------------------------------------------------------------------------------------------


def put(document: dict[str, Any], pointer: str, value: object) -> dict[str, Any]:
    """Return a copy with another value at a JSON Pointer, or without it where the value is GONE."""
    made = copy.deepcopy(document)
    names = [name.replace("~1", "/") for name in pointer.split("/")[1:]]
    *way, last = [int(name) if name.isdigit() else name for name in names]
    node: Any = made
    for name in way:
        node = node[name]
    if value is GONE:
        del node[last]
    else:
        node[last] = value
    return made
