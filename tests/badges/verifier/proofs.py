"""Keys that are not their issuer's, and proofs that are not what they should be."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from badges import Verdict, did, to_json
from badges.proofs.proof import JCS
from ledger.multibase import base58_encode
from tests.badges.samples import ISSUER, METHOD, SIGNER, STRANGER
from tests.badges.samples import signed as ada
from tests.badges.verifier.making import GONE, WEB, WEB_DOCUMENT, WEB_METHOD, Case, bare, by_jcs, encoded, put, signed

if TYPE_CHECKING:
    from collections.abc import Iterator

FORGED, UNKNOWN, MALFORMED = Verdict.FORGED, Verdict.ISSUER_UNKNOWN, Verdict.MALFORMED
OTHER = did.did_key(STRANGER.public_key)
OTHER_METHOD = did.verification_method(OTHER, STRANGER.public_key)
KEY = "/verificationMethod/0"
PRIVATE = {"kty": "OKP", "crv": "Ed25519", "x": encoded(SIGNER.public_key), "d": encoded(bytes(range(32)))}
WEB_BADGE = signed(bare(issuer=WEB), verification_method=WEB_METHOD)

# What the issuer's DID document says instead; whether the badge is then forged, or its issuer unknown; at which step.
DOCUMENTS: tuple[tuple[str, object, Verdict, str], ...] = (
    ("is not at hand", None, UNKNOWN, "key"),
    ("is a list", [], UNKNOWN, "key"),
    ("is text", "{}", UNKNOWN, "key"),
    ("is another's", put(WEB_DOCUMENT, "/id", "did:web:other.example"), UNKNOWN, "key"),
    ("has no keys", put(WEB_DOCUMENT, "/verificationMethod", []), UNKNOWN, "key"),
    ("has another key", did.did_document(WEB, [STRANGER.public_key]), UNKNOWN, "key"),
    ("has another key by this name", put(WEB_DOCUMENT, f"{KEY}/publicKeyMultibase", STRANGER.kid), FORGED, "proof"),
    ("has the key of another", put(WEB_DOCUMENT, f"{KEY}/controller", OTHER), UNKNOWN, "key"),
    ("has the key revoked", put(WEB_DOCUMENT, f"{KEY}/revoked", "2026-03-01T11:00:00Z"), UNKNOWN, "key"),
    ("has the key expired", put(WEB_DOCUMENT, f"{KEY}/expires", "2026-03-01T11:00:00Z"), UNKNOWN, "key"),
    ("has the key revoked some day", put(WEB_DOCUMENT, f"{KEY}/revoked", "some day"), UNKNOWN, "key"),
    ("lists it not for assertion", put(WEB_DOCUMENT, "/assertionMethod", []), FORGED, "proof"),
    (
        "lists it for authentication",
        put(WEB_DOCUMENT, "/assertionMethod", []) | {"authentication": [WEB_METHOD]},
        FORGED,
        "proof",
    ),
    ("has half a key", put(WEB_DOCUMENT, f"{KEY}/publicKeyMultibase", SIGNER.kid[:-4]), UNKNOWN, "key"),
    ("has a key of another kind", put(WEB_DOCUMENT, f"{KEY}/publicKeyMultibase", "zQ3shokFTS3brHcD"), UNKNOWN, "key"),
    ("has a key in words", put(WEB_DOCUMENT, f"{KEY}/publicKeyMultibase", 7), UNKNOWN, "key"),
    (
        "gives the private key away",
        put(WEB_DOCUMENT, KEY, {"id": WEB_METHOD, "type": "JsonWebKey", "controller": WEB, "publicKeyJwk": PRIVATE}),
        UNKNOWN,
        "key",
    ),
)


def keys() -> Iterator[Case]:
    """Yield badges signed with a key that is not, or no more, one of their issuer's."""
    for words, found, verdict, step in DOCUMENTS:
        yield Case(f"issuer's document {words}", WEB_BADGE, verdict, step, WEB_BADGE, spoilt={WEB: found}, intact=False)
    control = signed(bare())
    name, other = METHOD.rpartition("#")[2], STRANGER.kid
    for words, document, verdict, step in (
        ("another's key", signed(bare(), signer=STRANGER, verification_method=OTHER_METHOD), FORGED, "issuer"),
        ("another's key under the issuer's name", signed(bare(), signer=STRANGER), FORGED, "proof"),
        ("the issuer's key for another", signed(bare(issuer=OTHER)), FORGED, "issuer"),
        ("another fragment", signed(bare(), verification_method=f"{ISSUER}#{other}"), UNKNOWN, "key"),
        ("a fragment of words", signed(bare(), verification_method=f"{ISSUER}#key-1"), UNKNOWN, "key"),
        ("no DID", signed(bare(), verification_method=name), UNKNOWN, "key"),
        ("an unknown method", signed(bare(), verification_method=f"did:guild:weavers#{name}"), UNKNOWN, "key"),
        ("an unknown document", signed(bare(), verification_method="https://other.example/key"), UNKNOWN, "key"),
        ("half a did:key", signed(bare(), verification_method=ISSUER[:-5]), UNKNOWN, "key"),
        ("another kind of key", signed(bare(), verification_method=P256_DID), FORGED, "issuer"),
    ):
        intact = step == "issuer" and "another kind" not in words
        yield Case(f"signed by {words}", document, verdict, step, control, intact=intact)


P256_DID = "did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169"

OPTIONS: tuple[tuple[str, object, Verdict, str], ...] = (
    ("proofPurpose", "authentication", FORGED, "proof"),
    ("proofPurpose", "capabilityInvocation", FORGED, "proof"),
    ("proofPurpose", GONE, MALFORMED, "key"),
    ("proofPurpose", ["assertionMethod"], MALFORMED, "key"),
    ("cryptosuite", GONE, MALFORMED, "key"),
    ("cryptosuite", "eddsa-jcs-2099", MALFORMED, "key"),
    ("cryptosuite", [JCS], MALFORMED, "key"),
    ("type", "Proof", MALFORMED, "key"),
    ("type", GONE, MALFORMED, "key"),
    ("verificationMethod", GONE, MALFORMED, "key"),
    ("verificationMethod", {"id": METHOD}, MALFORMED, "key"),
    ("created", "yesterday", MALFORMED, "key"),
    ("created", "2026-03-01", MALFORMED, "key"),
    ("created", 7, MALFORMED, "key"),
    ("expires", "2026-03-02T09:00:00Z", Verdict.EXPIRED, "proof"),
    ("previousProof", "urn:proof:1", FORGED, "proof"),
    ("@context", ["https://www.w3.org/ns/credentials/v1"], FORGED, "proof"),
)

VALUES: tuple[tuple[str, object], ...] = (
    ("is left out", GONE),
    ("is no text", 7),
    ("is empty", ""),
    ("has no multibase", "x" * 88),
    ("is base64url", "u" + "A" * 86),
    ("has other letters", "z" + "0OIl" * 22),
    ("is short", base58_encode(bytes(63))),
    ("is long", base58_encode(bytes(65))),
    ("is 100,000 digits", "z" + "2" * 60_000),
)


def proofs() -> Iterator[Case]:
    """Yield badges whose proofs are wrong, alone, in sets and in chains."""
    control = by_jcs(bare())
    for name, value, verdict, step in OPTIONS:
        changed: dict[str, Any] = {name: value}
        spoilt = by_jcs(bare(), **changed)
        yield Case(f"proof {name} {ascii(value)[:40]}", spoilt, verdict, step, control, intact=False)
    good = json.loads(signed(bare()))
    for words, value in VALUES:
        spoilt = to_json(put(good, "/proof/proofValue", value))
        yield Case(f"proof value {words}", spoilt, MALFORMED, "key", control, intact=False)
    for words, value in (("of nought", base58_encode(bytes(64))), ("of another badge", ada()["proof"]["proofValue"])):
        spoilt = to_json(put(good, "/proof/proofValue", value))
        yield Case(f"proof value {words}", spoilt, FORGED, "proof", control, intact=False)
    yield from together(good)


def together(good: dict[str, Any]) -> Iterator[Case]:
    """Yield sets and chains of proofs in which one does not hold."""
    proof = good["proof"]
    bad = proof | {"proofValue": base58_encode(bytes(64))}
    first = json.loads(signed(bare(), more={"id": "urn:proof:1"}))
    chain = json.loads(signed(first, more={"id": "urn:proof:2"}, previous_proof="urn:proof:1"))
    two = to_json(good | {"proof": [proof, proof]})
    linked = to_json(chain)
    rows: tuple[tuple[str, object, Verdict, str, bytes], ...] = (
        ("a bad one after a good", [proof, bad], FORGED, "proof", two),
        ("a good one after a bad", [bad, proof], FORGED, "proof", two),
        ("one of an unknown suite", [proof, proof | {"cryptosuite": "x"}], MALFORMED, "key", two),
        ("one for authentication", [proof, json.loads(by_jcs(bare(), proofPurpose="authentication"))["proof"]], FORGED,
         "proof", two),
        ("none", [], MALFORMED, "key", two),
        ("null", None, MALFORMED, "key", two),
        ("text", "x", MALFORMED, "key", two),
        ("a list in a list", [[proof]], MALFORMED, "key", two),
        ("17", [proof] * 17, MALFORMED, "key", two),
        ("a chain without its beginning", chain["proof"][1:], FORGED, "proof", linked),
        ("a chain with its beginning altered", [chain["proof"][0] | {"created": "2026-03-01T10:00:01Z"},
                                                chain["proof"][1]], FORGED, "proof", linked),
        ("a chain whose beginning comes twice", [*chain["proof"], chain["proof"][0]], FORGED, "proof", linked),
        ("a chain that turns back", [chain["proof"][0] | {"previousProof": "urn:proof:2"}, chain["proof"][1]], FORGED,
         "proof", linked),
    )  # fmt: skip
    for words, proofs, verdict, step, control in rows:
        yield Case(f"proofs: {words}", to_json(good | {"proof": proofs}), verdict, step, control, intact=False)
    bare_one = {name: value for name, value in good.items() if name != "proof"}
    yield Case("proofs: left out", to_json(bare_one), MALFORMED, "key", two, intact=False)
    outsider = json.loads(signed(bare(), signer=STRANGER, verification_method=OTHER_METHOD))["proof"]
    alone = to_json(good | {"proof": [outsider, outsider]})
    yield Case("proofs: none of the issuer's", alone, FORGED, "issuer", two)


def cases() -> Iterator[Case]:
    """Yield them all."""
    yield from keys()
    yield from proofs()
