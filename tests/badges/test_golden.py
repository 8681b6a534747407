"""One credential of every form and shape that we ever issued, which verifies for ever.

`golden/web` was signed once by an issuer with a DID document. What has a shape that is not there yet is added by
`python -m tests.badges.test_golden`, which leaves what is there as it is.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key

from badges import Policy, credential, did, sign, sign_jwt, status, to_json, verify
from badges.proofs.proof import JCS
from ledger.keys import FileSigner, PublicKey, Signer, new_key
from ledger.transparency import VerifierKey
from tests.badges.samples import (
    AWARDED,
    GOLDEN,
    LIST_URL,
    NOW,
    SIGNER,
    facts,
    opening,
    proof,
    record,
    said,
    weavers,
)
from tests.badges.test_achievement import told

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WEB = GOLDEN / "web"
ISSUER = "did:web:guild.example:communities:weavers"
METHOD = f"{ISSUER}#{SIGNER.kid}"
P256 = FileSigner(derive_private_key(1_772_359_200, SECP256R1()))
FORMER = "https://guild.example/credentials/0190f3c2-7a10-7000-8000-0242ac120001"
RECORDED = opening()
LOG = weavers(RECORDED)

# What a verifier needs beside the badges.
BESIDE = ("did.json", "log-key.txt", "status-list.json")


def badge(**changes: Any) -> dict[str, Any]:
    return credential(facts(issuer=ISSUER, **changes))


def signed(document: dict[str, Any], **how: Any) -> bytes:
    return to_json(sign(document, SIGNER, verification_method=METHOD, created=AWARDED, **how))


def chain() -> bytes:
    """Return a badge with two proofs, the second made upon the first."""
    first = json.loads(signed(badge(), more={"id": "urn:uuid:0190f3c2-7a10-7000-8000-0242ac120003"}))
    return signed(first, previous_proof=first["proof"]["id"])


def token(signer: Signer) -> bytes:
    return sign_jwt(badge(), signer, kid=f"{ISSUER}#{signer.kid}").encode()


# The credentials that are re-made byte for byte: what is signed with RSA is not, its key was thrown away.
MADE: dict[str, Callable[[], bytes]] = {
    "status-list.json": lambda: signed(status.status_list(LIST_URL, ISSUER, [1, 2, 3], valid_from=AWARDED)),
    "expiring.json": lambda: signed(badge()),
    "lasting.json": lambda: signed(badge(expires=None)),
    "unlisted.json": lambda: signed(badge(status_list=None, status_index=None)),
    "logged.json": lambda: signed(badge(log_proof=proof(RECORDED, LOG))),
    "endorsement.json": lambda: signed(said(ISSUER)),
    "record.json": lambda: signed(record(json.loads(signed(badge())), issuer=ISSUER)),
    "full.json": lambda: signed(credential(told("badge", "helper", issuer=ISSUER))),
    "renewed.json": lambda: signed(credential(told("badge", "helper", issuer=ISSUER, follows=FORMER))),
    "level.json": lambda: signed(credential(told("level", "2", issuer=ISSUER, expires=None))),
    "term.json": lambda: signed(credential(told("role", "host", issuer=ISSUER))),
    "spare.json": lambda: signed(credential(told("badge", "helper", issuer=ISSUER, edition=3))),
    "spare-level.json": lambda: signed(credential(told("level", "2", issuer=ISSUER, expires=None, edition=3))),
    "spare-term.json": lambda: signed(credential(told("role", "host", issuer=ISSUER, edition=3))),
    "jcs.json": lambda: signed(badge(), suite=JCS),
    "chain.json": chain,
    "eddsa.jwt": lambda: token(SIGNER),
    "es256.jwt": lambda: token(P256),
}


@pytest.mark.parametrize("name", sorted(path.name for path in WEB.iterdir() if path.name not in BESIDE))
def test_it_verifies_for_ever(name: str) -> None:
    log = VerifierKey.parse((WEB / "log-key.txt").read_text())
    policy = Policy(
        documents={
            ISSUER: json.loads((WEB / "did.json").read_text()),
            LIST_URL: (WEB / "status-list.json").read_bytes(),
        },
        logs={log.name: log},
    )
    answer = verify((WEB / name).read_bytes(), policy=policy, at=NOW)

    assert answer.valid, [step.reason for step in answer.steps]
    assert (answer.logged is not None) == (name == "logged.json")


@pytest.mark.parametrize("name", sorted(MADE))
def test_it_is_made_again_byte_for_byte(name: str) -> None:
    assert MADE[name]() == (WEB / name).read_bytes()


def write() -> None:
    """Add what is not there."""
    WEB.mkdir(exist_ok=True)
    for name, make in MADE.items():
        add(WEB / name, make)
    add(WEB / "log-key.txt", lambda: str(LOG.key).encode())
    if not (WEB / "rs256.jwt").exists():
        rsa = FileSigner(new_key("RS256"))
        tokens = [PublicKey(signer.algorithm, signer.public_key) for signer in (P256, rsa)]
        document = did.did_document(ISSUER, [SIGNER.public_key], tokens=tokens)
        add(WEB / "rs256.jwt", lambda: token(rsa))
        add(WEB / "did.json", lambda: to_json(document))


def add(path: Path, make: Callable[[], bytes]) -> None:
    if not path.exists():
        path.write_bytes(make())


if __name__ == "__main__":
    write()
