"""Data Integrity proofs (VC-DATA-INTEGRITY, VC-DI-EDDSA, VC-DI-ECDSA), alone, in sets and in chains.

Ours are of eddsa-rdfc-2022 or eddsa-jcs-2022; those of others may also be of ECDSA, or disclose a part.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from cryptography.exceptions import InvalidSignature

from badges import instants
from badges.errors import ProofError, UnsupportedProofError
from badges.linked.canonical import canonize, check_issuable, statements
from badges.linked.jcs import canonical_json
from badges.linked.shapes import OPTIONS
from badges.proofs.disclosed import Disclosure, check_disclosure, read_disclosure
from badges.proofs.ecdsa import HASHES, verifying
from badges.work import bounded, spend, spent
from ledger import ed25519
from ledger.multibase import MultibaseError, base58_decode, base58_encode
from schemas import contexts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from badges.proofs.keys import Key, Kind
    from ledger.keys import Signer

RDFC = "eddsa-rdfc-2022"
JCS = "eddsa-jcs-2022"
ED25519_2020 = "Ed25519Signature2020"  # the same steps as eddsa-rdfc-2022 under an older name
EDDSA_DRAFT = "eddsa-2022"  # and these, by its name in the drafts of VC-DI-EDDSA
ECDSA_RDFC = "ecdsa-rdfc-2019"
ECDSA_JCS = "ecdsa-jcs-2019"
ECDSA_SD = "ecdsa-sd-2023"
ASSERTION = "assertionMethod"
_LONGEST_OPTIONS = 4_096  # bytes of those that are remembered
MOST_PROOFS = 16
SIGNATURE = 150  # units of work to check one
_EDDSA: tuple[Kind, ...] = ("Ed25519",)
_ECDSA: tuple[Kind, ...] = ("P-256", "P-384")
_SUITES: Mapping[str, tuple[Kind, ...]] = {  # and the keys that each is made with
    RDFC: _EDDSA,
    JCS: _EDDSA,
    ED25519_2020: _EDDSA,
    EDDSA_DRAFT: _EDDSA,
    ECDSA_RDFC: _ECDSA,
    ECDSA_JCS: _ECDSA,
    ECDSA_SD: ("P-256",),
}
CANONICAL_JSON = frozenset({JCS, ECDSA_JCS})
_SIGNATURE_BYTES = {"Ed25519": 64, "P-256": 64, "P-384": 96}


@dataclass(frozen=True, slots=True)
class Proof:
    """One embedded proof, read but not yet checked. `suite` is its cryptosuite, or ED25519_2020.

    `signature` is 64 or 96 bytes, and empty for ecdsa-sd-2023, which has many: `disclosure`.
    """

    options: dict[str, Any]  # as it stands in the document, without proofValue
    suite: str
    method: str
    purpose: str
    signature: bytes
    disclosure: Disclosure | None = None


def sign(
    document: Mapping[str, Any],
    signer: Signer,
    *,
    verification_method: str,
    created: int | None,
    suite: str = RDFC,
    purpose: str = ASSERTION,
    more: Mapping[str, str] | None = None,
    previous_proof: str | Sequence[str] = (),
) -> dict[str, Any]:
    """Return `document` with a DataIntegrityProof added after its own members and proofs.

    VC-DI-EDDSA "Create Proof (eddsa-rdfc-2022)", or "(eddsa-jcs-2022)". `created` is in µs and written
    in seconds; None leaves it out. Proofs side by side are a set. `more` is what else the proof
    says: its `id`, and what a presentation is signed for, `challenge` and `domain`. `previous_proof` names, by their
    ids, those of the document that this one is made upon and also covers (VC-DATA-INTEGRITY "Add Proof Set/Chain").
    A VC Data Model 1.1 document gets the context that defines proofs. Raises `UnsafeDocumentError` or
    `UnknownContextError`: what verifiers might read otherwise is not signed; and `ProofError`.
    """
    unsecured = _with_proof_terms({key: value for key, value in document.items() if key != "proof"})
    made = None if created is None else instants.written(created)
    options = proof_options(suite, made, verification_method, purpose)
    options |= more or {}
    if previous_proof:
        options["previousProof"] = previous_proof if isinstance(previous_proof, str) else list(previous_proof)
    if suite == JCS:
        options = {"@context": unsecured["@context"], **options}
    present = _listed(document.get("proof", []))
    if len(present) >= MOST_PROOFS:
        raise ProofError(f"proof: wanted at most {MOST_PROOFS}, got one more")
    covered = unsecured | {"proof": before} if (before := _previous(present, options)) else unsecured
    proof = {**options, "proofValue": base58_encode(signer.sign(_to_sign(covered, options, suite)))}
    return {**unsecured, "proof": [*present, proof] if present else proof}


def proof_options(suite: str, created: str | None, method: str, purpose: str = ASSERTION) -> dict[str, Any]:
    """Return the members of a proof without its value (VC-DATA-INTEGRITY "Proofs"), as we order them."""
    made = {} if created is None else {"created": created}
    named = {"verificationMethod": method, "proofPurpose": purpose}
    return {"type": "DataIntegrityProof", "cryptosuite": suite, **made, **named}


def read_proofs(document: Mapping[str, Any]) -> list[Proof]:
    """Return the embedded proofs of `document`, at least one.

    VC-DATA-INTEGRITY "Verify Proof", the checks before the cryptography. Raises `ProofError`, and
    `UnsupportedProofError` where one is of a kind not known here.
    """
    found = document.get("proof")
    proofs = _listed(found)
    if found is None or not 1 <= len(proofs) <= MOST_PROOFS:
        raise ProofError(f"proof: wanted 1 to {MOST_PROOFS}, got {0 if found is None else len(proofs)}")
    return [_read(proof) for proof in proofs]


def check_proof(
    document: Mapping[str, Any],
    proof: Proof,
    key: Key,
    *,
    hashed: bytes | None = None,
    extra: Mapping[str, object] | None = None,
) -> None:
    """Check the signature of `proof` over `document` by `key`, or raise `ProofError`.

    VC-DI-EDDSA "Verify Proof (eddsa-rdfc-2022)" and "(eddsa-jcs-2022)", VC-DI-ECDSA "Verify Proof (ecdsa-rdfc-2019)",
    "(ecdsa-jcs-2019)" and "Verify Derived Proof (ecdsa-sd-2023)"; a proof with `previousProof`
    also covers the proofs it names. `hashed` is the SHA-256 of the canonical document without proofs, where the
    caller has it; `extra` adds contexts. May also raise `UnsafeDocumentError` and `UnknownContextError`.
    """
    if key.kind not in _SUITES[proof.suite]:
        wanted = " or ".join(_SUITES[proof.suite])
        raise UnsupportedProofError(f"wanted a key of {wanted} for {proof.suite}, got {key.kind}")
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    if proof.disclosure:
        config = _config_hash(proof.options, unsecured, extra)
        quads, _ = statements(unsecured, extra=extra)
        return check_disclosure(proof.disclosure, quads, config=config, issuer=key.raw)
    previous = _previous(_listed(document["proof"]), proof.options)
    if previous:
        unsecured["proof"] = previous
    spend(SIGNATURE)
    signed = _covered(unsecured, proof, HASHES.get(key.kind, "sha256"), None if previous else hashed, extra)
    try:
        if key.kind == "Ed25519":
            ed25519.verify(key.raw, proof.signature, signed)
        else:
            verifying(key.kind, key.raw)(proof.signature, signed)
    except InvalidSignature as error:
        raise ProofError("wanted a signature over exactly this document, got another") from error
    return None


def _covered(
    unsecured: dict[str, Any], proof: Proof, digest: str, hashed: bytes | None, extra: Mapping[str, object] | None
) -> bytes:
    """Return what `proof` signs: the hashes of itself and of `unsecured`, 32 bytes each or, by SHA-384, 48."""
    if proof.suite in CANONICAL_JSON:
        covered = unsecured | {"@context": _shared_context(unsecured, proof)}
        return _hash(canonical_json(proof.options), digest) + _hash(canonical_json(covered), digest)
    if digest != "sha256":  # the hash is also that by which blank nodes are told apart
        config = {**proof.options, "@context": unsecured.get("@context", [])}
        return b"".join(_canonical_hash(each, extra, digest) for each in (config, unsecured))
    return _config_hash(proof.options, unsecured, extra) + (hashed or _canonical_hash(unsecured, extra))


def _read(proof: object) -> Proof:
    if not isinstance(proof, dict):
        raise ProofError(f"proof: wanted an object, got {type(proof).__name__}")
    kind, suite = proof.get("type"), proof.get("cryptosuite", ED25519_2020)
    if kind != ("DataIntegrityProof" if "cryptosuite" in proof else ED25519_2020) or (
        not isinstance(suite, str) or suite not in _SUITES or (suite == ED25519_2020 and "cryptosuite" in proof)
    ):
        got = suite if kind == "DataIntegrityProof" else kind
        raise UnsupportedProofError(f"proof type: wanted {', '.join(_SUITES)}, got {ascii(got)[:60]}")
    text = {}
    for name in ("verificationMethod", "proofPurpose", "proofValue"):
        if not isinstance(proof.get(name), str):
            raise ProofError(f"{name}: wanted text, got {type(proof.get(name)).__name__}")
        text[name] = proof[name]
    if "created" in proof:
        _instant(proof["created"], "created")
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    named = options, suite, text["verificationMethod"], text["proofPurpose"]
    if suite != ECDSA_SD:
        return Proof(*named, _signature(text["proofValue"], suite))
    if "previousProof" in proof:
        raise UnsupportedProofError(f"wanted a proof of {ECDSA_SD} upon no other, got one with previousProof")
    return Proof(*named, b"", read_disclosure(text["proofValue"]))


def proof_expired(proof: Proof, at: int) -> bool:
    """Tell whether the proof itself says that it had expired `at` (µs). Raises `ProofError`."""
    return "expires" in proof.options and _instant(proof.options["expires"], "expires") <= at


def _instant(value: object, name: str) -> int:
    try:
        return instants.instant(value)
    except instants.InstantError as error:
        raise ProofError(f"proof {name}: {error}") from error


def _signature(text: str, suite: str) -> bytes:
    try:
        signature = base58_decode(text)
    except MultibaseError as error:
        raise ProofError(f"proofValue: {error}") from error
    lengths = [_SIGNATURE_BYTES[kind] for kind in _SUITES[suite]]
    if len(signature) not in lengths:
        raise ProofError(f"proofValue: wanted {' or '.join(map(str, lengths))} bytes, got {len(signature)}")
    return signature


def _to_sign(covered: Mapping[str, Any], options: Mapping[str, Any], suite: str) -> bytes:
    """Return the 64 bytes that a proof with `options` signs: the hashes of itself and of what it covers."""
    if suite == JCS:
        return _hash(canonical_json(options)) + _hash(canonical_json(covered))
    if suite != RDFC:
        raise UnsupportedProofError(f"wanted {RDFC} or {JCS}, got {suite[:60]}")
    canonical = canonize(covered)
    check_issuable(canonical)
    return _config_hash(options, covered, None) + _hash(canonical.nquads.encode())


def _previous(present: list[Any], options: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the proofs that one was made upon (VC-DATA-INTEGRITY "Verify Proof Sets and Chains")."""
    names = _listed(options.get("previousProof", []))
    found = [[one for one in present if isinstance(one, dict) and name and one.get("id") == name] for name in names]
    for name, those in zip(names, found, strict=True):
        if len(those) != 1:
            shown = ascii(name)[:80] + (f" {len(those)} times" if those else "")
            raise ProofError(f"previousProof: wanted a proof of this document, got {shown}")
    return [one for (one,) in found]


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _shared_context(unsecured: Mapping[str, Any], proof: Proof) -> object:
    """Return the context that a JCS proof covers: the document's begins with it, or they are equal."""
    ours, theirs = unsecured.get("@context"), proof.options.get("@context", unsecured.get("@context"))
    if ours != theirs:
        begins = theirs if isinstance(theirs, list) else [theirs]
        if not isinstance(ours, list) or ours[: len(begins)] != begins:
            raise ProofError("wanted a document whose @context begins with that of its proof, got another")
    return theirs


def _config_hash(options: Mapping[str, Any], document: Mapping[str, Any], extra: Mapping[str, object] | None) -> bytes:
    """VC-DI-EDDSA "Proof Configuration (eddsa-rdfc-2022)", hashed."""
    config = {**options, "@context": document.get("@context", [])}
    raw = orjson.dumps(config)
    try:
        return _known_hash(raw) if len(raw) <= _LONGEST_OPTIONS else _hash(canonize(config).nquads.encode())
    except contexts.UnknownContextError:
        if not extra:
            raise
        return _canonical_hash(config, extra)


def _known_hash(raw: bytes) -> bytes:
    """Return the hash of a proof's options whose contexts are at hand; badges of one second have the same."""
    if (known := OPTIONS.hashed(raw)) is not None:
        return known
    found, config = OPTIONS.find(raw), orjson.loads(raw)
    with bounded():
        begun = spent()
        if found:
            spend(found.work)
        hashed = found.digest if found else _hash(canonize(config).nquads.encode())
        OPTIONS.remember(raw, hashed, spent() - begun)
    if not (found and found.cohort):
        OPTIONS.learn(config, raw)
    return hashed


def _with_proof_terms(document: dict[str, Any]) -> dict[str, Any]:
    context = document.get("@context")
    if not isinstance(context, list) or context[:1] != [contexts.CREDENTIALS_V1]:
        return document
    if contexts.DATA_INTEGRITY_V2 in context:
        return document
    return {**document, "@context": [*context, contexts.DATA_INTEGRITY_V2]}


def _canonical_hash(document: Mapping[str, Any], extra: Mapping[str, object] | None, digest: str = "sha256") -> bytes:
    return _hash(canonize(document, extra=extra, digest=digest).nquads.encode(), digest)


def _hash(raw: bytes, digest: str = "sha256") -> bytes:
    return hashlib.new(digest, raw).digest()
