"""A badge of the Weavers, the key that signs it, and where published vectors lie."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from badges import AwardFacts, achievement, credential, did, sign, sign_jwt, status, to_json
from badges.documents.clr import RecordFacts, clr
from badges.documents.endorsement import EndorsementFacts, endorsement
from ledger import Opening
from ledger.draft import canonical
from ledger.keys import FileSigner
from ledger.shape import Place
from ledger.transparency import Proof
from tests.ledger.logs import Log

SHARED = Path(__file__).resolve().parents[3] / "shared"
VECTORS = SHARED / "fixtures" / "credentials"
SCHEMAS = SHARED / "fixtures" / "schemas"
GOLDEN = Path(__file__).parent / "golden"

SECOND = 1_000_000  # µs
DAY = 86_400 * SECOND
AWARDED = 1_772_359_200 * SECOND  # 2026-03-01T10:00:00Z
NOW = AWARDED + DAY

SIGNER = FileSigner(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
STRANGER = FileSigner(Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33))))
ISSUER = did.did_key(SIGNER.public_key)
METHOD = did.verification_method(ISSUER, SIGNER.public_key)
LIST_URL = "https://guild.example/status/weavers-0"
PLACE = 4_711

HELPER = {
    "badge": "helper",
    "name": "Helper",
    "description": "Answers the questions of others, again and again.",
    "criteria": "Five accepted answers in five different threads.",
    "tags": ["peer help", "Überraschung"],
    "outcomes": ["explain"],
}


def facts(**changes: Any) -> AwardFacts:
    """Return the facts of Ada's badge, with changes."""
    told: dict[str, Any] = {
        "credential_id": "https://guild.example/credentials/0190f3c2-7a10-7000-8000-0242ac120002",
        "subject_id": "https://guild.example/c/weavers/m/k3j5x2m7q4r6t8v0w1y2z3a4b5",
        "community_name": "Weavers",
        "community_url": "https://guild.example/c/weavers",
        "issuer": ISSUER,
        "achievement": achievement(
            HELPER,
            base_url="https://guild.example",
            community="weavers",
            outcomes={"explain": "Explain a weave to a beginner"},
        ),
        "awarded": AWARDED,
        "earned": AWARDED - DAY,
        "valid_from": AWARDED,
        "expires": AWARDED + 365 * DAY,
        "status_list": LIST_URL,
        "status_index": PLACE,
        "rule": "helper",
        "rule_version": 2,
        "rule_hash": "sha256:" + "ab" * 32,
        "evidence_root": bytes(range(32)),
        "evidence_count": 5,
        "charter_version": 3,
        "narrative": "Five answers, accepted by those who asked, in five threads.",
    } | changes
    return AwardFacts(**told)


def signed(**changes: Any) -> dict[str, Any]:
    """Return Ada's badge, signed by the Weavers."""
    return sign(credential(facts(**changes)), SIGNER, verification_method=METHOD, created=AWARDED)


def signed_jwt(**changes: Any) -> str:
    """Return Ada's badge as a token of the Weavers."""
    return sign_jwt(credential(facts(**changes)), SIGNER, kid=METHOD)


BOUND: dict[str, Any] = {
    "credential": "0190f3c2-7a10-7000-8000-0242ac120002",
    "member": "k3j5x2m7q4r6t8v0w1y2z3a4b5",
    "kind": "badge",
    "achievement": "helper",
    "rule": "helper",
    "rule_version": 2,
    "rule_hash": "ab" * 32,
    "charter_version": 3,
    "earned": AWARDED - DAY + 17,
    "evidence_root": bytes(range(32)).hex(),
    "evidence_count": 5,
    "expires": AWARDED + 365 * DAY + 17,
}
LOG_ORIGIN = "guild.example/communities/weavers/log"
AWARD_INDEX = 700  # of Ada's award among the facts of the Weavers


def said(issuer: str = ISSUER, **changes: Any) -> dict[str, Any]:
    """Return what a member of the Weavers, who agreed to be named, says of Ada's badge; not signed."""
    told: dict[str, Any] = {
        "endorsement_id": "https://guild.example/endorsements/0190f3c2-7a10-7000-8000-0242ac120003",
        "kind": "credential",
        "endorsed": "https://guild.example/credentials/0190f3c2-7a10-7000-8000-0242ac120002",
        "thing": "Helper",
        "issuer": issuer,
        "community_name": "Weavers",
        "community_url": "https://guild.example/c/weavers",
        "endorser": "member",
        "member": "https://guild.example/c/weavers/m/a2b3c4d5e6f7a2b3c4d5e6f7a2",
        "comment": "She made *me* understand plain weave.\n\nTwice, in fact.",
        "given": AWARDED,
        "valid_from": AWARDED,
        "status_list": LIST_URL,
        "status_index": PLACE + 1,
    } | changes
    return endorsement(EndorsementFacts(**told))


def record(*badges: dict[str, Any], issuer: str = ISSUER, valid_from: int = AWARDED) -> dict[str, Any]:
    """Return Ada's learner record, not signed."""
    helper = "https://guild.example/c/weavers/badges/helper"
    told = RecordFacts(
        record_id="https://guild.example/communities/weavers/members/k3j5x2m7q4r6t8v0w1y2z3a4b5/clr",
        subject_id="https://guild.example/c/weavers/m/k3j5x2m7q4r6t8v0w1y2z3a4b5",
        issuer=issuer,
        community_name="Weavers",
        community_url="https://guild.example/c/weavers",
        valid_from=valid_from,
        precedes=[(helper, helper)],  # the shape of it; there is but one badge
    )
    return clr(told, badges)


def opening(recorded: int = AWARDED + 17, **changes: Any) -> Opening:
    """Return the opening of Ada's award, its first part shown; the open part and the evidence are not."""
    bound = {name: value for name, value in (BOUND | changes).items() if value is not None}
    parts = [bytes(16) + canonical(each) for each in (bound, {"evidence": [3, 5, 8, 13, 21]})]
    committed = (sha256(b"open").digest(), *(sha256(part).digest() for part in parts))
    place = Place(bytes(range(16)), 1, "award.issued.v1")
    return Opening(place, recorded, committed, {1: parts[0]})


def weavers(shown: Opening, size: int = 1_000, origin: str = LOG_ORIGIN) -> Log:
    """Return the Weavers' log of `size` facts, Ada's award among them."""
    log = Log(AWARD_INDEX, origin)
    log.grow([shown.leaf()])
    log.grow(Log(size - AWARD_INDEX - 1, of="later").entries)
    return log


def proof(shown: Opening, log: Log, **changes: Any) -> str:
    """Return the proof of Ada's award in the log, with changes."""
    made = Proof.parse(log.proof(AWARD_INDEX))
    return replace(made, **({"extra": shown.encode()} | changes)).text


def status_list(*places: int, purpose: str = "revocation", signer: FileSigner = SIGNER, **changes: Any) -> bytes:
    """Return the status list that Ada's badge names, with `places` set."""
    issuer = did.did_key(signer.public_key)
    document = status.status_list(LIST_URL, issuer, places, valid_from=AWARDED, purpose=purpose) | changes
    method = did.verification_method(issuer, signer.public_key)
    return to_json(sign(document, signer, verification_method=method, created=AWARDED))


def vector(name: str) -> Any:
    """Return a published vector, parsed; skip where they are not at hand."""
    return json.loads(vector_bytes(name))


def vector_bytes(name: str) -> bytes:
    """Return a published vector; skip where they are not at hand."""
    path = VECTORS / name
    if not path.exists():
        pytest.skip(f"published vectors are not at hand: {path}")
    return path.read_bytes()
