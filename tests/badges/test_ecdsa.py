"""Proofs by ECDSA as W3C published them and as another signs them; and what is not one of them."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, SECP384R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from openvc.keys import P256SigningKey, P384SigningKey
from openvc.proof.di_ecdsa_rdfc import EcdsaRdfcProofSuite
from pyoxigraph import CanonicalizationAlgorithm, Dataset, RdfFormat, parse

from badges import ProofError, UnsupportedProofError, credential
from badges.linked.canonical import canonize
from badges.proofs.did import resolve
from badges.proofs.proof import check_proof, read_proofs
from ledger.multibase import base58_decode, base58_encode
from schemas import contexts
from tests.badges.samples import ISSUER, facts, signed

# The Alumni Credential of VC-DI-ECDSA "Test Vectors", and its four proofs; w3c/vc-di-ecdsa, TestVectors/*/signed*.json.
ALUMNI: dict[str, Any] = {
    "@context": [contexts.CREDENTIALS_V2, contexts.EXAMPLES_V2],
    "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
    "type": ["VerifiableCredential", "AlumniCredential"],
    "name": "Alumni Credential",
    "description": "A minimum viable example of an Alumni Credential.",
    "issuer": "https://vc.example/issuers/5678",
    "validFrom": "2023-01-01T00:00:00Z",
    "credentialSubject": {"id": "did:example:abcdefgh", "alumniOf": "The School of Examples"},
}
P256 = "zDnaepBuvsQ8cpsWrVKw8fbpGpvPeNSjVPTWoq6cRqaYzBKVP"
P384 = "z82LkuBieyGShVBhvtE2zoiD6Kma4tJGFtkAhxR5pfkp5QPw4LutoYWhvQCnGjdVn14kujQ"
W3C = [
    (
        "ecdsa-rdfc-2019",
        P256,
        "zaHXrr7AQdydBk3ahpCDpWbxfLokDqmCToYm2dyWvpcFVyWooC2he63w1f7UNQoAMKdhaRtcnaE2KTo5o5vTCcfw",
    ),
    (
        "ecdsa-rdfc-2019",
        P384,
        (
            "z967Mvv5bxtmLNqTzPZ8KmJjFmFXaAKeQNzq7GWnQkMcLtaGSSmuozE5WtJ8PipMe178B1tE28K1vsJur9bGVJhz"
            "6jgSJsRHFSQeqgH8hhjcg8gZDFJC1b9FsR5ggNmDBqHv"
        ),
    ),
    (
        "ecdsa-jcs-2019",
        P256,
        "z5ptCet75SaEgzG4v4zJhbJtfNi74Wv7Fq15hhKouJQQjEPQvPZKaYxcMXAMLPQS2FXrkCWokNJkFVkwxNzZfD5oT",
    ),
    (
        "ecdsa-jcs-2019",
        P384,
        (
            "zq3EuTeLiGurmB2JR5oL8oWEsT7u2tba4HT1oZbiMYWc5qzsoW2kLYcBcF4HM5vCpJyTkceULKrVXuJQkXeN5seL"
            "4uXrFNFRMm53GWy1Yrto8rTWxZi9DkNeWP7yUPs7ELAm"
        ),
    ),
]
ORDERS = {  # of the curves; SEC 2 "Recommended Elliptic Curve Domain Parameters"
    64: 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    96: 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
}


def alumni(suite: str, key: str, value: str) -> dict[str, Any]:
    proof = {
        "type": "DataIntegrityProof",
        "cryptosuite": suite,
        "created": "2023-02-24T23:36:38Z",
        "verificationMethod": f"did:key:{key}#{key}",
        "proofPurpose": "assertionMethod",
        "proofValue": value,
    }
    if "jcs" in suite:
        proof["@context"] = ALUMNI["@context"]
    return copy.deepcopy(ALUMNI) | {"proof": proof}


def check(document: dict[str, Any], **how: Any) -> None:
    for proof in read_proofs(document):
        check_proof(document, proof, resolve(proof.method, {}, at=0), **how)


@pytest.mark.parametrize(("suite", "key", "value"), W3C)
def test_the_w3c_vectors_hold(suite, key, value):
    check(alumni(suite, key, value))


def test_a_hash_that_is_at_hand_is_that_of_p_256_alone():
    for suite, key, value in W3C:
        made = alumni(suite, key, value)
        if suite == "ecdsa-rdfc-2019" and key == P256:
            with pytest.raises(ProofError, match="exactly this document"):
                check(made, hashed=bytes(32))
        else:
            check(made, hashed=bytes(32))


@pytest.mark.parametrize(("suite", "key", "value"), W3C)
@pytest.mark.parametrize(
    "change",
    [{"name": "x"}, {"proof": {"created": "2023-02-24T23:36:39Z"}}, {"proof": {"expires": "2093-02-24T00:00:00Z"}}],
)
def test_the_w3c_vectors_altered_do_not(suite, key, value, change):
    made = alumni(suite, key, value)
    made |= change | {"proof": made["proof"] | change.get("proof", {})}

    with pytest.raises(ProofError, match="over exactly this document"):
        check(made)


def der(raw: bytes) -> bytes:
    half = len(raw) // 2
    return encode_dss_signature(int.from_bytes(raw[:half]), int.from_bytes(raw[half:]))


@pytest.mark.parametrize(("suite", "key", "value"), W3C)
@pytest.mark.parametrize(
    "spoilt",
    [
        der,
        lambda raw: raw[:-1],
        lambda raw: raw + b"\0",
        lambda raw: raw[:0],
        lambda raw: bytes(len(raw)),
        lambda raw: raw[len(raw) // 2 :] + raw[: len(raw) // 2],
        lambda raw: ORDERS[len(raw)].to_bytes(len(raw) // 2) * 2,
        lambda raw: b"\xff" * len(raw),
        lambda raw: bytes(160 - len(raw)),  # as long as one of the other curve
    ],
    ids=["DER", "shorter", "longer", "empty", "zeros", "s before r", "the order", "all ones", "other curve"],
)
def test_what_is_no_signature_of_the_curve_is_refused(suite, key, value, spoilt):
    made = alumni(suite, key, base58_encode(spoilt(base58_decode(value))))

    with pytest.raises(ProofError, match="wanted"):
        check(made)


@pytest.mark.parametrize(("suite", "key", "value"), W3C)
def test_a_signature_has_a_twin_which_says_the_same(suite, key, value):
    """ECDSA allows s and its negative, and neither JOSE nor VC-DI-ECDSA chooses: what is signed is the same."""
    raw = base58_decode(value)
    half = len(raw) // 2
    twin = raw[:half] + (ORDERS[len(raw)] - int.from_bytes(raw[half:])).to_bytes(half)
    check(alumni(suite, key, base58_encode(twin)))


def test_a_suite_takes_its_own_keys_alone():
    """A signature is made under one suite with one kind of key; nothing in the document may choose another."""
    for suite, key, value in W3C:
        made = alumni(suite, key, value)
        made["proof"]["verificationMethod"] = ISSUER
        with pytest.raises(UnsupportedProofError, match="wanted a key of P-256 or P-384 for ecdsa"):
            check(made)
    for suite in ("eddsa-rdfc-2022", "eddsa-jcs-2022", "eddsa-2022", "ecdsa-sd-2023"):
        made = alumni(*W3C[0])
        made["proof"]["cryptosuite"] = suite
        with pytest.raises(ProofError, match=r"wanted a key of Ed25519 for eddsa|proofValue: wanted base64url"):
            check(made)


def test_the_suite_is_what_was_signed():
    for suite, key, value in W3C:
        made = alumni(suite, key, value)
        made["proof"]["cryptosuite"] = {"ecdsa-rdfc-2019": "ecdsa-jcs-2019"}.get(suite, "ecdsa-rdfc-2019")
        made["proof"].pop("@context", None)
        with pytest.raises(ProofError, match="over exactly this document"):
            check(made)


# --- as another signs -----------------------------------------------------------------------------------


def with_nodes() -> dict[str, Any]:
    """Return a badge with a dozen blank nodes, which SHA-256 and SHA-384 put into different orders."""
    made = credential(facts())
    made["credentialSubject"]["identifier"] = [
        {
            "type": "IdentityObject",
            "hashed": False,
            "identityHash": f"ada{n}@guild.example",
            "identityType": "emailAddress",
        }
        for n in range(12)
    ]
    return made


@pytest.mark.parametrize("curve", ["P-256", "P-384"])
def test_what_another_signs_holds(curve):
    """Another, openvc, tells blank nodes apart by SHA-256 whatever the curve, so there are none for P-384."""
    private = generate_private_key(SECP256R1() if curve == "P-256" else SECP384R1())
    signing_key = P256SigningKey(private, kid="x") if curve == "P-256" else P384SigningKey(private, kid="x")
    method = did_key_of(private)
    made = EcdsaRdfcProofSuite().add_proof(
        with_nodes() if curve == "P-256" else credential(facts(edition=2)),
        signing_key=signing_key,
        verification_method=f"{method}#{method.removeprefix('did:key:')}",
        created=datetime(2026, 3, 1, tzinfo=UTC),
        extra_contexts={url: contexts.document(url) for url in contexts.urls()},
    )

    check(made)
    made["credentialSubject"]["achievement"]["name"] = "Grand Master"
    with pytest.raises(ProofError, match="over exactly this document"):
        check(made)


def did_key_of(private) -> str:
    size = private.curve.key_size // 8
    point = private.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    return "did:key:" + base58_encode((b"\x80\x24" if size == 32 else b"\x81\x24") + point)


def test_the_order_of_nodes_is_by_the_hash_of_the_suite():
    """VC-DI-ECDSA "Algorithms": for P-384 RDFC-1.0 itself goes by SHA-384, as Oxigraph also has it."""
    by_256, by_384 = (canonize(with_nodes(), digest=digest).nquads for digest in ("sha256", "sha384"))
    assert by_256 != by_384

    read = Dataset(parse(by_256.encode(), format=RdfFormat.N_QUADS))
    read.canonicalize(CanonicalizationAlgorithm.RDFC_1_0_SHA_384)
    assert "".join(sorted(f"{line}\n" for line in str(read).split("\n") if line)) == by_384


# --- the draft of eddsa-rdfc-2022 ---------------------------------------------------------------------------


def test_the_draft_s_name_is_signed_like_any_word_of_the_proof():
    made = signed()
    made["proof"]["cryptosuite"] = "eddsa-2022"

    with pytest.raises(ProofError, match="over exactly this document"):
        check(made)


def test_an_old_name_stands_where_it_stood():
    """`Ed25519Signature2020` is a type, and none of the cryptosuites."""
    made = signed()
    made["proof"]["cryptosuite"] = "Ed25519Signature2020"
    with pytest.raises(UnsupportedProofError, match="proof type: wanted eddsa-rdfc-2022, "):
        read_proofs(made)
    made["proof"] = made["proof"] | {"type": "eddsa-2022"}
    del made["proof"]["cryptosuite"]
    with pytest.raises(UnsupportedProofError, match="proof type: wanted eddsa-rdfc-2022, "):
        read_proofs(made)
