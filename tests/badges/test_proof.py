"""Data Integrity proofs: byte for byte as published, and nothing altered passes."""

from __future__ import annotations

import copy
import sys
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pyoxigraph import RdfFormat

from badges import ProofError, UnsafeDocumentError, UnsupportedProofError, credential, sign
from badges.errors import TooMuchWorkError
from badges.instants import instant
from badges.linked.canonical import canonize
from badges.linked.jcs import canonical_json
from badges.linked.shapes import OPTIONS
from badges.proofs import seal
from badges.proofs.did import resolve
from badges.proofs.keys import Key, decode_multikey
from badges.proofs.proof import JCS, check_proof, proof_expired, read_proofs
from badges.work import working
from ledger.keys import FileSigner
from ledger.multibase import base58_decode, base58_encode
from schemas import contexts
from tests.badges.oracles import canonical_by_oxigraph
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
# Published beside the vectors (VC-DI-EDDSA "Test Vectors"): a secret of nobody's.
W3C_SIGNER = FileSigner(
    Ed25519PrivateKey.from_private_bytes(base58_decode("z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq")[2:])
)
EDDSA = "vc-di-eddsa/"
ANSWERS = [("eddsa-rdfc-2022", "DataInt"), ("eddsa-jcs-2022", "JCS"), ("Ed25519Signature2020", "EdSig")]


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


@pytest.mark.parametrize(("folder", "kind"), ANSWERS)
def test_each_step_to_a_w3c_signature_is_as_published(folder, kind):
    """VC-DI-EDDSA "Test Vectors": canonical forms, hashes, their combination, the signature."""
    known = vector(f"{EDDSA}{folder}/known-answer.json")
    document = vector(f"{EDDSA}{folder}/signed{kind}.json")
    config = known[f"proofConfig{kind}.json"]
    unsecured = {name: value for name, value in document.items() if name != "proof"}

    def canonical(value) -> str:
        return canonical_json(value).decode() if kind == "JCS" else canonize(value).nquads

    assert (canonical(unsecured), canonical(config)) == (known[f"canonDoc{kind}.txt"], known[f"proofCanon{kind}.txt"])
    hashes = [sha256(canonical(value).encode()).hexdigest() for value in (config, unsecured)]
    assert hashes == [known[f"proofHash{kind}.txt"], known[f"docHash{kind}.txt"]]
    assert "".join(hashes) == known[f"combinedHash{kind}.txt"]
    signature = W3C_SIGNER.sign(bytes.fromhex("".join(hashes)))
    assert (signature.hex(), base58_encode(signature)) == (known[f"sigHex{kind}.txt"], known[f"sigBTC58{kind}.txt"])


@pytest.mark.parametrize("name", W3C[:2])
def test_signing_a_w3c_example_gives_its_very_proof(name):
    document = vector(name)
    proof = document.pop("proof")

    made = sign(
        document,
        W3C_SIGNER,
        verification_method=proof["verificationMethod"],
        created=instant(proof["created"]),
        suite=proof["cryptosuite"],
    )
    assert made == document | {"proof": proof}


def test_the_w3c_example_with_blank_nodes_is_signed_as_published():
    """Its own context is at hand nowhere, so it is taken up at the statements."""
    known = vector(f"{EDDSA}eddsa-rdfc-2022/employ/known-answer.json")
    nquads = canonical_by_oxigraph(known["canonDocDataInt.txt"].encode(), RdfFormat.N_QUADS)
    config = known["proofConfigDataInt.json"]
    stub: dict[str, object] = {url: {"@context": {}} for url in config["@context"][1:]}
    proof = canonize(config, extra=stub).nquads

    assert (nquads, proof) == (known["canonDocDataInt.txt"], known["proofCanonDataInt.txt"])
    combined = b"".join(sha256(text.encode()).digest() for text in (proof, nquads))
    assert W3C_SIGNER.sign(combined).hex() == known["sigHexDataInt.txt"]


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


def test_a_proof_of_a_long_story_is_checked_and_not_remembered():
    made = signed()
    made["proof"]["nonce"] = "n" * 100_000
    before = len(OPTIONS._hashes)

    with pytest.raises(ProofError, match="over exactly this document"):
        check_all(made)
    assert len(OPTIONS._hashes) == before


def test_one_seal_signs_for_many_threads_at_once(monkeypatch):
    monkeypatch.setattr(seal, "_MOST_SECONDS", 8)
    sealing = seal.Seal(SIGNER, verification_method=METHOD, context=[contexts.CREDENTIALS_V2])
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as threads:
            moments = [second * 1_000_000 for second in range(8_000)]
            made = list(threads.map(lambda created: sealing.sign(b'{"a":1}', bytes(32), created=created), moments))
    finally:
        sys.setswitchinterval(interval)
    assert made[:20] == [sealing.sign(b'{"a":1}', bytes(32), created=created) for created in moments[:20]]


def test_a_second_proof_is_added_to_the_first():
    method = f"did:key:{STRANGER.kid}#{STRANGER.kid}"
    both = sign(signed(), STRANGER, verification_method=method, created=AWARDED)

    assert [proof["verificationMethod"] for proof in both["proof"]] == [METHOD, method]
    check_all(both)


@pytest.mark.parametrize("suite", ["eddsa-rdfc-2022", JCS])
def test_a_proof_made_upon_others_covers_them(suite):
    """VC-DATA-INTEGRITY "Proof Chains"."""
    method = f"did:key:{STRANGER.kid}#{STRANGER.kid}"
    how = {"created": AWARDED, "suite": suite}
    made = credential(facts())
    for name in ("urn:first", "urn:second"):
        made = sign(made, SIGNER, verification_method=METHOD, more={"id": name}, **how)
    upon_one = sign(
        made, STRANGER, verification_method=method, more={"id": "urn:third"}, previous_proof="urn:first", **how
    )
    both = ["urn:second", "urn:third"]
    chain = sign(upon_one, STRANGER, verification_method=method, previous_proof=both, **how)

    check_all(chain)
    assert [proof.get("previousProof") for proof in chain["proof"]] == [None, None, "urn:first", both]
    for place, broken in ((0, [0, 2]), (1, [0, 1, 2, 3])):
        chain["proof"][place] |= {"created": "2026-03-01T10:00:01Z"}
        assert list(broken_in(chain)) == broken


def broken_in(document):
    for place, proof in enumerate(read_proofs(document)):
        try:
            check_proof(document, proof, key_of(proof.method))
        except ProofError:
            yield place


def test_each_proof_upon_others_is_paid_for():
    """Each is over another document, which must be canonicalised anew."""
    made = credential(facts())
    for name in ("urn:0", "urn:1", "urn:2", "urn:3"):
        more = {"previous_proof": "urn:0"} if name > "urn:1" else {}
        made = sign(made, SIGNER, verification_method=METHOD, created=AWARDED, more={"id": name}, **more)
    key, first, last = key_of(METHOD), *read_proofs(made)[::3]

    def work(proof, **how):
        with working(1_000_000) as spent:
            check_proof(made, proof, key, **how)
        return spent.spent

    digest = sha256(canonize(credential(facts())).nquads.encode()).digest()
    assert work(last) > 1_000 > work(first, hashed=digest)
    with pytest.raises(TooMuchWorkError), working(1_000):
        check_proof(made, last, key)


@pytest.mark.parametrize(
    ("names", "shown"), [("urn:other", "'urn:other'"), (["urn:one"], "'urn:one' 2 times"), ([7], "7")]
)
def test_a_chain_is_made_upon_proofs_that_are_there_once(names, shown):
    made = signed()
    made["proof"] = [made["proof"] | {"id": "urn:one"}] * 2

    with pytest.raises(ProofError, match=f"wanted a proof of this document, got {shown}"):
        sign(made, SIGNER, verification_method=METHOD, created=AWARDED, previous_proof=names)


def test_a_chain_names_proofs_that_must_be_there():
    document = vector("vc-di-eddsa/proof-set-chain/signedProofChain1.json")
    document["proof"] = [proof for proof in document["proof"] if "previousProof" in proof]

    with pytest.raises(ProofError, match="previousProof: wanted a proof of this document"):
        check_all(document)


def test_no_more_proofs_are_added_than_are_read():
    made = signed() | {"proof": [{}] * 16}

    with pytest.raises(ProofError, match="proof: wanted at most 16"):
        sign(made, SIGNER, verification_method=METHOD, created=AWARDED)


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
        {"cryptosuite": "bbs-2023"},
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
