"""Keys in every form that issuers write them, and what a key may not be taken for."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, SECP384R1, derive_private_key
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc.jwk import ECKey, RSAKey

from badges import KeyNotFoundError, ProofError, UnsupportedProofError
from badges.proofs.did import resolve
from badges.proofs.keys import SIGNING, decode_multikey
from ledger.multibase import base58_encode, base64url_encode
from tests.badges.samples import ISSUER, NOW, SIGNER
from tests.badges.test_ecdsa import P256, P384, did_key_of

WEB = "https://guild.example/issuer"
JWK_URL = "https://guild.example/keys/1"
PRIVATE: dict[str, Any] = {
    "P-256": derive_private_key(4_711, SECP256R1()),
    "P-384": derive_private_key(4_711, SECP384R1()),
    "RSA": generate_private_key(65_537, 2_048),
}
JWKS: dict[str, dict[str, Any]] = {
    "Ed25519": {"kty": "OKP", "crv": "Ed25519", "x": base64url_encode(SIGNER.public_key)},
    "P-256": ECKey.import_key(PRIVATE["P-256"].public_key()).as_dict(private=False),
    "P-384": ECKey.import_key(PRIVATE["P-384"].public_key()).as_dict(private=False),
    "RSA": RSAKey.import_key(PRIVATE["RSA"].public_key()).as_dict(private=False),
}
for made in JWKS.values():
    made.pop("kid", None)
POINT = decode_multikey(P256)[1]


def did_jwk(jwk: object) -> str:
    return "did:jwk:" + base64url_encode(jwk if isinstance(jwk, bytes) else json.dumps(jwk).encode())


def by_document(entry: dict[str, Any], **more: Any):
    method = {"id": f"{WEB}#1", "controller": WEB} | entry
    return resolve(f"{WEB}#1", {WEB: {"id": WEB, "assertionMethod": [method]} | more}, at=NOW)


# --- did:key and did:jwk ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "kind"), [(P256, "P-256"), (P384, "P-384")])
def test_did_key_may_be_of_other_curves(text, kind):
    found = resolve(f"did:key:{text}#{text}", {}, at=NOW)
    assert (found.kind, found.controller, found.raw) == (kind, f"did:key:{text}", decode_multikey(text)[1])


def test_did_jwk_is_that_of_the_method_s_own_example():
    """did:jwk "Examples": the key on P-256 of its document."""
    name = (
        "did:jwk:eyJjcnYiOiJQLTI1NiIsImt0eSI6IkVDIiwieCI6ImFjYklRaXVNczNpOF91c3pFakoydHBUdFJNNEVVM3l6OTFQSDZDZEgyVjAi"
        "LCJ5IjoiX0tjeUxqOXZXTXB0bm1LdG00NkdxRHo4d2Y3NEk1TEtncmwyR3pIM25TRSJ9"
    )
    found = resolve(f"{name}#0", {}, at=NOW)
    assert (found.kind, found.controller, found.purposes) == ("P-256", name, SIGNING)
    assert base64url_encode(found.raw[1:]) == "acbIQiuMs3i8_uszEjJ2tpTtRM4EU3yz91PH6CdH2V0"


@pytest.mark.parametrize(("kind", "jwk"), JWKS.items())
@pytest.mark.parametrize("fragment", ["", "#0"])
def test_did_jwk_needs_no_document(kind, jwk, fragment):
    found = resolve(did_jwk(jwk) + fragment, {}, at=NOW)
    assert (found.kind, found.controller) == (kind, did_jwk(jwk))


@pytest.mark.parametrize(
    ("name", "error"),
    [
        (did_jwk(JWKS["P-256"]) + "#1", KeyNotFoundError),
        (did_jwk(JWKS["P-256"]) + "#00", KeyNotFoundError),
        ("did:jwk:", ProofError),
        ("did:jwk:!", ProofError),
        (did_jwk(JWKS["P-256"]) + "==", ProofError),
        (did_jwk(b"{"), ProofError),
        (did_jwk(b'{"kty":"OKP","kty":"EC"}'), ProofError),
        (did_jwk([]), ProofError),
        (did_jwk({}), UnsupportedProofError),
        (did_jwk(JWKS["P-256"] | {"d": "AA"}), ProofError),
        (did_jwk(JWKS["RSA"] | {"p": "AA"}), ProofError),
        (did_jwk({"kty": "oct", "k": "AA"}), ProofError),
        (did_jwk({"kty": "oct"}), UnsupportedProofError),
        (did_jwk(JWKS["P-256"] | {"kid": "k" * 5_000}), ProofError),
    ],
)
def test_what_is_no_did_jwk_is_refused(name, error):
    with pytest.raises(error, match="wanted"):
        resolve(name, {}, at=NOW)


@pytest.mark.parametrize(
    ("said", "purposes"),
    [
        ({}, SIGNING),
        ({"use": "sig", "key_ops": ["verify", "sign"]}, SIGNING),
        ({"use": "enc"}, {"keyAgreement"}),
        ({"key_ops": ["deriveKey"]}, set()),
        ({"key_ops": "verify"}, set()),
    ],
)
def test_a_key_says_what_it_is_for(said, purposes):
    jwk = JWKS["P-256"] | said
    assert resolve(did_jwk(jwk), {}, at=NOW).purposes == purposes
    assert by_document({"publicKeyJwk": jwk}).purposes == purposes & {"assertionMethod"}


@pytest.mark.parametrize(
    ("kind", "algorithm"), [("P-256", "ES256"), ("P-384", "ES384"), ("RSA", "RS256"), ("Ed25519", "EdDSA")]
)
def test_a_key_for_one_algorithm_is_for_no_other(kind, algorithm):
    assert by_document({"publicKeyJwk": JWKS[kind] | {"alg": algorithm}}).kind == kind
    for other in {"ES256", "ES384", "RS256", "PS256", "RS512", "EdDSA", "HS256", "none", None} - {algorithm}:
        with pytest.raises(UnsupportedProofError, match="wanted a key of"):
            by_document({"publicKeyJwk": JWKS[kind] | {"alg": other}})


def test_a_point_must_be_on_its_curve():
    for kind in ("P-256", "P-384"):
        jwk = JWKS[kind]
        for spoilt in ({"y": jwk["x"]}, {"x": jwk["y"]}, {"y": base64url_encode(bytes(32 if kind == "P-256" else 48))}):
            with pytest.raises(ProofError, match=f"wanted a point of {kind}, got another"):
                by_document({"publicKeyJwk": jwk | spoilt})
    with pytest.raises(UnsupportedProofError):
        by_document({"publicKeyJwk": JWKS["P-256"] | {"crv": "P-384"}})
    with pytest.raises(UnsupportedProofError):
        by_document({"publicKeyJwk": JWKS["P-256"] | {"crv": "secp256k1"}})


# --- documents ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "kind"),
    [
        ({"type": "Multikey", "publicKeyMultibase": P384}, "P-384"),
        ({"type": "JsonWebKey", "publicKeyJwk": JWKS["RSA"]}, "RSA"),
        ({"type": "JsonWebKey2020", "publicKeyJwk": JWKS["P-256"]}, "P-256"),
        ({"type": "Ed25519VerificationKey2020", "publicKeyMultibase": SIGNER.kid}, "Ed25519"),
        ({"type": "Ed25519VerificationKey2018", "publicKeyBase58": base58_encode(SIGNER.public_key)[1:]}, "Ed25519"),
        ({"type": "Ed25519VerificationKey2018", "publicKeyJwk": JWKS["Ed25519"]}, "Ed25519"),
        ({"type": "EcdsaSecp256r1VerificationKey2019", "publicKeyMultibase": P256}, "P-256"),
        ({"type": "EcdsaSecp256r1VerificationKey2019", "publicKeyJwk": JWKS["P-256"]}, "P-256"),
        ({"type": "EcdsaSecp256r1VerificationKey2019", "publicKeyBase58": base58_encode(POINT)[1:]}, "P-256"),
    ],
)
def test_a_key_of_every_type_is_read(entry, kind):
    found = by_document(entry)
    assert (found.kind, found.controller, found.purposes) == (kind, WEB, {"assertionMethod"})
    assert found.raw == {"P-384": decode_multikey(P384)[1], "Ed25519": SIGNER.public_key}.get(kind, found.raw)


@pytest.mark.parametrize(
    ("entry", "error"),
    [
        ({"type": "Ed25519VerificationKey2020", "publicKeyMultibase": P256}, ProofError),
        ({"type": "Ed25519VerificationKey2018", "publicKeyJwk": JWKS["P-256"]}, ProofError),
        ({"type": "EcdsaSecp256r1VerificationKey2019", "publicKeyMultibase": P384}, ProofError),
        ({"type": "Ed25519VerificationKey2018", "publicKeyBase58": base58_encode(POINT)[1:]}, ProofError),
        ({"type": "Ed25519VerificationKey2018", "publicKeyBase58": "0OIl"}, ProofError),
        ({"type": "Ed25519VerificationKey2018", "publicKeyBase58": 7}, UnsupportedProofError),
        ({"type": "Multikey", "publicKeyBase58": base58_encode(SIGNER.public_key)[1:]}, UnsupportedProofError),
        ({"type": ["Multikey"], "publicKeyBase58": "11"}, UnsupportedProofError),
        ({"type": "RsaVerificationKey2018", "publicKeyPem": "-----"}, UnsupportedProofError),
        ({"type": "Multikey", "publicKeyMultibase": P256, "publicKeyJwk": JWKS["P-256"]}, ProofError),
        ({}, UnsupportedProofError),
    ],
)
def test_a_key_that_is_not_what_it_says_is_refused(entry, error):
    with pytest.raises(error, match="wanted"):
        by_document(entry)


@pytest.mark.parametrize("write", [json.dumps, lambda found: json.dumps(found).encode()], ids=["text", "bytes"])
def test_a_document_may_be_as_it_was_sent(write):
    method = {"id": f"{WEB}#1", "controller": WEB, "publicKeyMultibase": P256}
    found = resolve(f"{WEB}#1", {WEB: write({"id": WEB, "assertionMethod": [method]})}, at=NOW)
    assert found.controller == WEB


@pytest.mark.parametrize("found", [b"<html>", "{", b"[]", '{"id": 1, "id": 2}', b"\xff", "\ud800", b" " * 300_000, 7])
def test_what_is_no_document_is_refused(found):
    with pytest.raises(ProofError, match="wanted"):
        resolve(f"{WEB}#1", {WEB: found}, at=NOW)


class Fetched(dict[str, object]):
    """Documents of which it is known why they are not at hand."""

    def why(self, name: str) -> str:
        return f"{name} answered 404"


def test_it_says_why_a_document_is_not_at_hand():
    with pytest.raises(KeyNotFoundError, match="issuer answered 404"):
        resolve(f"{WEB}#1", Fetched(), at=NOW)


# --- keys at an address of their own -----------------------------------------------------------------------

OTHER = "https://elsewhere.example/issuer"
PROFILE: dict[str, Any] = {"id": WEB, "type": "Profile", "name": "Guild"}
METHOD_THERE: dict[str, Any] = {"id": JWK_URL, "type": "JsonWebKey", "controller": WEB, "publicKeyJwk": JWKS["P-256"]}
LISTING: dict[str, Any] = PROFILE | {"assertionMethod": ["https://keys.example/1"]}


@pytest.mark.parametrize(
    ("url", "issuer", "documents", "controller"),
    [
        (JWK_URL, WEB, {}, WEB),
        (JWK_URL, WEB, {WEB: PROFILE}, WEB),
        (JWK_URL, WEB, {WEB: b"<html>a page for people</html>"}, WEB),
        (JWK_URL, WEB, {WEB: PROFILE | {"id": OTHER, "assertionMethod": []}}, WEB),
        ("https://guild.example:443/keys/1", WEB, {}, WEB),
        ("https://GUILD.example?key=1", WEB, {}, WEB),
        ("https://keys.example/1", WEB, {WEB: LISTING}, WEB),
        ("https://keys.example/1", WEB, {WEB: PROFILE | {"assertionMethod": {"id": "https://keys.example/1"}}}, WEB),
        # nobody's but its own
        (JWK_URL, None, {}, JWK_URL),
        (JWK_URL, OTHER, {}, JWK_URL),
        (JWK_URL, "did:web:guild.example", {}, JWK_URL),
        ("https://keys.example/1", WEB, {}, "https://keys.example/1"),
        ("https://keys.example/1", WEB, {WEB: PROFILE}, "https://keys.example/1"),
        ("https://guild.example:8443/keys/1", WEB, {}, "https://guild.example:8443/keys/1"),
        ("http://guild.example/keys/1", WEB, {}, "http://guild.example/keys/1"),
        ("http://guild.example/keys/1", "http://guild.example/issuer", {}, "http://guild.example/keys/1"),
        ("https://guild.example:x/keys/1", WEB, {}, "https://guild.example:x/keys/1"),
        ("https://guild.example.evil.example/1", WEB, {}, "https://guild.example.evil.example/1"),
        ("https://guild.example@evil.example/1", WEB, {}, "https://guild.example@evil.example/1"),
        ("https://evil.example\\@guild.example/1", WEB, {}, "https://evil.example\\@guild.example/1"),
        ("https://guild.example\\.evil.example/1", WEB, {}, "https://guild.example\\.evil.example/1"),
        ("https://guild.example/\n1", WEB, {}, "https://guild.example/\n1"),
        (JWK_URL, WEB, {WEB: LISTING}, JWK_URL),  # which says what its keys are
        (JWK_URL, WEB, {WEB: PROFILE | {"verificationMethod": [{"id": JWK_URL}]}}, JWK_URL),
    ],
)
def test_a_key_alone_is_the_issuer_s_where_something_says_so(url, issuer, documents, controller):
    """OB 3.0 "JSON Web Token Proof Format": `kid` may be the URL of a JSON Web Key."""
    found = resolve(url, {url: JWKS["P-256"]} | documents, at=NOW, issuer=issuer)
    assert (found.kind, found.controller) == ("P-256", controller)
    assert "assertionMethod" in found.purposes


def test_a_key_alone_is_for_what_the_issuer_lists_it():
    listed = PROFILE | {"authentication": [JWK_URL]}
    assert resolve(JWK_URL, {JWK_URL: JWKS["P-256"], WEB: listed}, at=NOW, issuer=WEB).purposes == {"authentication"}
    enciphers = JWKS["P-256"] | {"use": "enc"}
    assert "assertionMethod" not in resolve(JWK_URL, {JWK_URL: enciphers}, at=NOW, issuer=WEB).purposes


@pytest.mark.parametrize(
    ("issuer", "documents", "controller"),
    [
        (WEB, {}, WEB),
        (OTHER, {}, JWK_URL),
        (OTHER, {OTHER: {"id": OTHER, "assertionMethod": [JWK_URL]}}, JWK_URL),  # it says that it is another's
        (WEB, {WEB: PROFILE | {"assertionMethod": [JWK_URL]}}, WEB),
    ],
)
def test_a_verification_method_may_lie_at_its_own_address(issuer, documents, controller):
    found = resolve(JWK_URL, {JWK_URL: METHOD_THERE} | documents, at=NOW, issuer=issuer)
    assert found.controller == controller


def test_a_verification_method_at_its_own_address_ends_when_it_says():
    with pytest.raises(ProofError, match="wanted a living key"):
        resolve(JWK_URL, {JWK_URL: METHOD_THERE | {"expires": "2020-01-01T00:00:00Z"}}, at=NOW, issuer=WEB)


@pytest.mark.parametrize(
    ("found", "error"),
    [
        (None, KeyNotFoundError),
        ({"keys": [JWKS["P-256"]]}, ProofError),
        (JWKS["P-256"] | {"d": "AA"}, ProofError),
        (METHOD_THERE | {"id": OTHER}, ProofError),
        (METHOD_THERE | {"publicKeyJwk": 7}, UnsupportedProofError),
        (PROFILE | {"id": JWK_URL}, KeyNotFoundError),
    ],
)
def test_what_is_no_key_at_an_address_is_refused(found, error):
    with pytest.raises(error, match="wanted"):
        resolve(JWK_URL, {} if found is None else {JWK_URL: found}, at=NOW, issuer=WEB)


def test_a_did_in_itself_is_not_looked_up():
    """What a document says of a did:key or did:jwk is for nobody to hear."""
    for name in (ISSUER, did_key_of(PRIVATE["P-256"]), did_jwk(JWKS["P-256"])):
        evil = {"id": name, "assertionMethod": [{"id": name, "publicKeyMultibase": P384}]}
        assert resolve(name, {name: evil}, at=NOW, issuer=name).kind != "P-384"


# --- anything at all ---------------------------------------------------------------------------------------

WORDS = [WEB, JWK_URL, f"{WEB}#1", "#1", "Multikey", "Ed25519VerificationKey2018", "EC", "RSA", "OKP", "P-256", "AQAB"]
MEMBERS = (
    *("id", "type", "controller", "verificationMethod", "assertionMethod", "publicKeyJwk", "publicKeyMultibase"),
    *("publicKeyBase58", "expires", "revoked", "kty", "crv", "x", "y", "n", "e", "alg", "use", "key_ops"),
)


def objects(inner):
    return st.dictionaries(st.sampled_from(MEMBERS), inner, max_size=6)


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=5)
    | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=3) | objects(inner),
    max_leaves=20,
)


@given(ANYTHING, ANYTHING, st.sampled_from([f"{WEB}#1", JWK_URL, WEB]))
@settings(max_examples=150)
def test_any_document_gives_a_key_or_our_error(first, second, method):
    with contextlib.suppress(ProofError):
        assert resolve(method, {WEB: first, JWK_URL: second}, at=NOW, issuer=WEB).kind in JWKS


@given(objects(ANYTHING))
@settings(max_examples=100)
def test_any_did_jwk_gives_a_key_or_our_error(jwk):
    with contextlib.suppress(ProofError):
        assert resolve(did_jwk(jwk), {}, at=NOW).kind in JWKS


@given(objects(ANYTHING))
@settings(max_examples=150)
def test_any_method_gives_a_key_or_our_error(entry):
    with contextlib.suppress(ProofError):
        assert by_document(entry).kind in JWKS
