"""Data Integrity proofs: byte for byte as published, and nothing altered passes."""

from __future__ import annotations

import copy

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from badges import ProofError, UnsafeDocumentError, UnsupportedProofError, credential, sign
from badges.instants import instant
from badges.multibase import base58_decode, base58_encode
from badges.proofs.did import Key, decode_multikey, resolve
from badges.proofs.proof import JCS, check_proof, proof_expired, read_proofs
from ledger.keys import FileSigner
from schemas import contexts
from tests.badges.samples import AWARDED, METHOD, SIGNER, STRANGER, facts, signed, vector

W3C = [
    "vc-di-eddsa/eddsa-rdfc-2022/signedDataInt.json",
    "vc-di-eddsa/eddsa-jcs-2022/signedJCS.json",
    "vc-di-eddsa/Ed25519Signature2020/signedEdSig.json",
    "vc-di-eddsa/proof-set-chain/signedProofSet1.json",
    "vc-di-eddsa/proof-set-chain/signedProofSet2.json",
    "vc-di-eddsa/proof-set-chain/signedProofChain1.json",
    "vc-di-eddsa/proof-set-chain/signedProofChain2.json",
]


def key_of(method: str) -> Key:
    return resolve(method, {}, at=0)


def check_all(document) -> None:
    for proof in read_proofs(document):
        check_proof(document, proof, key_of(proof.method))


# --- known answers --------------------------------------------------------------------------------


def test_signing_the_guide_s_example_gives_its_very_signature():
    """Open Badges 3.0 implementation guide; Ed25519 is deterministic."""
    known = vector("ob-spec/ldp-known-answer.json")
    signer = FileSigner(Ed25519PrivateKey.from_private_bytes(bytes.fromhex(known["privateKeyHex"])[:32]))
    method, created = known["proofConfig"]["verificationMethod"], instant(known["proofConfig"]["created"])

    made = sign(known["unsecured"], signer, verification_method=method, created=created)
    assert made["proof"] == {**known["proofConfig"], "proofValue": known["proofValue"]}
    assert base58_decode(known["proofValue"]).hex() == known["signatureHex"]


@pytest.mark.parametrize("name", W3C)
def test_the_w3c_vectors_hold(name):
    check_all(vector(name))


@pytest.mark.parametrize("name", W3C)
def test_the_w3c_vectors_altered_do_not(name):
    document = vector(name)
    document["name"] = "Another Credential"

    with pytest.raises(ProofError):
        check_all(document)


def test_1edtech_s_vector_with_the_fullest_badge_holds():
    document = vector("1edtech/complete.json")
    (proof,) = read_proofs(document)
    kind, raw = decode_multikey(proof.method.partition("#")[2])

    check_proof(document, proof, Key(kind, raw, "", frozenset()))


# --- round trips ----------------------------------------------------------------------------------


@pytest.mark.parametrize("suite", ["eddsa-rdfc-2022", JCS])
def test_what_we_sign_holds_and_by_another_key_does_not(suite):
    made = sign(credential(facts()), SIGNER, verification_method=METHOD, created=AWARDED, suite=suite)
    (proof,) = read_proofs(made)

    check_proof(made, proof, key_of(METHOD))
    with pytest.raises(ProofError, match="exactly this document"):
        check_proof(made, proof, Key("Ed25519", STRANGER.public_key, "", frozenset()))


def test_signing_is_deterministic_and_leaves_its_input_alone():
    made = credential(facts())
    before = copy.deepcopy(made)

    first, second = (sign(made, SIGNER, verification_method=METHOD, created=AWARDED) for _ in range(2))
    assert first == second
    assert made == before


@pytest.mark.parametrize(
    "change",
    [
        {"created": "2026-03-01T10:00:01Z"},
        {"created": []},
        {"proofPurpose": "authentication"},
        {"expires": "2036-03-01T10:00:01Z"},
        {"domain": "x"},
        {"cryptosuite": JCS},
    ],
)
def test_the_signature_covers_the_proof_s_own_words(change):
    made = signed()
    made["proof"] |= change

    with pytest.raises(ProofError):
        check_all(made)


def test_an_undefined_word_in_the_proof_is_refused():
    made = signed()
    made["proof"]["colour"] = "red"

    with pytest.raises(UnsafeDocumentError, match="colour"):
        check_all(made)


def test_a_second_proof_is_added_to_the_first():
    method = f"did:key:{STRANGER.kid}#{STRANGER.kid}"
    both = sign(signed(), STRANGER, verification_method=method, created=AWARDED)

    assert [proof["verificationMethod"] for proof in both["proof"]] == [METHOD, method]
    check_all(both)


def test_a_chain_names_proofs_that_must_be_there():
    document = vector("vc-di-eddsa/proof-set-chain/signedProofChain1.json")
    document["proof"] = [proof for proof in document["proof"] if "previousProof" in proof]

    with pytest.raises(ProofError, match="previousProof: wanted a proof of this document"):
        check_all(document)


def test_a_document_of_version_1_1_gets_the_context_that_proofs_need():
    document = {
        "@context": [contexts.CREDENTIALS_V1],
        "type": ["VerifiableCredential"],
        "issuer": "did:example:issuer",
        "issuanceDate": "2020-01-01T00:00:00Z",
        "credentialSubject": {"id": "did:example:subject"},
    }
    made = sign(document, SIGNER, verification_method=METHOD, created=None)

    assert made["@context"][-1] == contexts.DATA_INTEGRITY_V2
    assert "created" not in made["proof"]
    check_all(made)


def test_a_jcs_proof_covers_the_context_it_repeats():
    made = sign(credential(facts()), SIGNER, verification_method=METHOD, created=AWARDED, suite=JCS)
    made["@context"] = [*made["@context"], contexts.OPEN_BADGES_EXTENSIONS]
    check_all(made)  # VC-DI-EDDSA: the document's may go on after that of the proof

    made["@context"] = [contexts.CREDENTIALS_V2, contexts.OPEN_BADGES_EXTENSIONS]
    with pytest.raises(ProofError, match="begins with that of its proof"):
        check_all(made)


# --- broken proofs --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("proof", "words"),
    [
        (None, "wanted 1 to 16, got 0"),
        ([], "wanted 1 to 16, got 0"),
        ([{}] * 17, "got 17"),
        ("z123", "wanted an object, got str"),
        ({"proofValue": 7}, "proofValue: wanted text"),
        ({"verificationMethod": {"id": "x"}}, "verificationMethod: wanted text"),
        ({"proofPurpose": None}, "proofPurpose: wanted text"),
        ({"proofValue": "uAAAA"}, "base58btc"),
        ({"proofValue": "z0OIl"}, "a character of base58btc"),
        ({"proofValue": "z" + "1" * 5000}, "base58btc"),
        ({"proofValue": base58_encode(b"short")}, "wanted 64 bytes, got 5"),
        ({"created": "yesterday"}, "proof created"),
    ],
)
def test_broken_proofs_are_refused(proof, words):
    made = signed()
    made["proof"] = made["proof"] | proof if isinstance(proof, dict) else proof

    with pytest.raises(ProofError, match=words):
        read_proofs(made)


@pytest.mark.parametrize(
    "proof",
    [
        {"type": "SomeProof"},
        {"type": None},
        {"cryptosuite": "ecdsa-sd-2023"},
        {"cryptosuite": ["eddsa-rdfc-2022"]},
        {"type": "Ed25519Signature2020"},
        {"type": ["DataIntegrityProof"]},
    ],
)
def test_proofs_of_other_kinds_are_not_judged(proof):
    made = signed()
    made["proof"] |= proof

    with pytest.raises(UnsupportedProofError):
        read_proofs(made)


def test_a_proof_may_expire():
    made = signed()
    made["proof"]["expires"] = "2026-03-02T00:00:00Z"
    (proof,) = read_proofs(made)

    assert not proof_expired(proof, instant("2026-03-01T23:59:59Z"))
    assert proof_expired(proof, instant("2026-03-02T00:00:00Z"))
