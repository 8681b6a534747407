"""DIDs and keys: made for our communities, resolved without a network."""

from __future__ import annotations

import base64

import pytest

from badges import KeyNotFoundError, ProofError, UnsupportedProofError, did
from badges.documents.shape import credential_faults
from badges.proofs.did import DidError, resolve
from badges.proofs.keys import Key
from ledger.keys import FileSigner
from ledger.multibase import MultibaseError, base58_decode, base58_encode, base64url_decode
from tests.badges.samples import ISSUER, METHOD, NOW, SIGNER, STRANGER

WEB = "did:web:guild.example:communities:weavers"
WEB_METHOD = did.verification_method(WEB, SIGNER.public_key)


def document(**changes):
    return did.did_document(WEB, [SIGNER.public_key]) | changes


def method(**changes):
    (entry,) = document()["verificationMethod"]
    return entry | changes


def test_did_key_is_that_of_the_published_example():
    raw = bytes.fromhex("4bdeafde2ea8beefadd8c699b5c7e0704cf51154d52e17b20b71337ca04cc5a5")

    assert did.did_key(raw) == "did:key:z6MkjZRZv3aez3r18pB1RBFJR1kwUVJ5jHt92JmQwXbd5hwi"


@pytest.mark.parametrize(
    ("base_url", "expected"),
    [
        ("https://guild.example", WEB),
        ("https://guild.example/", WEB),
        ("https://guild.example:8443", "did:web:guild.example%3A8443:communities:weavers"),
        ("https://guild.example/a/b/", "did:web:guild.example:a:b:communities:weavers"),
    ],
)
def test_did_web_follows_the_address(base_url, expected):
    """did:web "Read (Resolve)": the id and the address of its document go together."""
    assert did.did_web(base_url, "weavers") == expected
    assert did.issuer_did(base_url, "weavers", SIGNER.public_key) == expected


@pytest.mark.parametrize(
    "base_url", ["http://guild.example", "https://", "ftp://x", "https://u:p@x", "https://x?q", ""]
)
def test_did_web_wants_https(base_url):
    with pytest.raises(DidError, match="wanted an https address"):
        did.did_web(base_url, "weavers")


def test_without_https_the_issuer_is_its_key():
    assert did.issuer_did("http://localhost:8000", "weavers", SIGNER.public_key) == ISSUER


def test_our_document_lists_every_key_it_ever_signed_with():
    both = did.did_document(WEB, [SIGNER.public_key, STRANGER.public_key], also=[ISSUER])

    assert both["alsoKnownAs"] == [ISSUER]
    for key in (SIGNER, STRANGER):
        found = resolve(did.verification_method(WEB, key.public_key), {WEB: both}, at=NOW)
        assert found == Key("Ed25519", key.public_key, WEB, frozenset({"assertionMethod"}))


@pytest.mark.parametrize("name", [METHOD, ISSUER], ids=["with fragment", "bare"])
def test_did_key_needs_no_document(name):
    found = resolve(name, {}, at=NOW)

    assert (found.raw, found.controller) == (SIGNER.public_key, ISSUER)


def test_did_key_names_no_other_key():
    with pytest.raises(KeyNotFoundError, match="wanted the fragment"):
        resolve(f"{ISSUER}#{STRANGER.kid}", {}, at=NOW)


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("did:key:z", ProofError),
        ("did:key:", ProofError),
        ("did:key:zzzz0", ProofError),
        ("did:key:" + base58_encode(b"\xed\x01" + b"k" * 31), ProofError),
        ("did:key:" + base58_encode(b"\xec\x01" + b"k" * 32), UnsupportedProofError),
        ("did:key:" + base58_encode(b"\x00" * 34), UnsupportedProofError),
        ("did:web:elsewhere.example#key", KeyNotFoundError),
        ("https://guild.example/#z6Mk", KeyNotFoundError),
        ("", KeyNotFoundError),
    ],
)
def test_other_names_lead_to_no_key(name, error):
    with pytest.raises(error):
        resolve(name, {}, at=NOW)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"id": "did:web:evil.example"}, ProofError),
        ({"verificationMethod": []}, KeyNotFoundError),
        ({"verificationMethod": None, "assertionMethod": None}, KeyNotFoundError),
        ({"verificationMethod": [method(controller="did:web:evil.example")]}, ProofError),
        ({"verificationMethod": [method(revoked="2026-01-01T00:00:00Z")]}, ProofError),
        ({"verificationMethod": [method(expires="2026-01-01T00:00:00Z")]}, ProofError),
        ({"verificationMethod": [method(expires="soon")]}, ProofError),
        ({"verificationMethod": [method(publicKeyMultibase=7)]}, UnsupportedProofError),
        ({"verificationMethod": [method(publicKeyMultibase="zz")]}, ProofError),
    ],
)
def test_documents_that_do_not_vouch_are_refused(changes, error):
    with pytest.raises(error):
        resolve(WEB_METHOD, {WEB: document(**changes)}, at=NOW)


@pytest.mark.parametrize("found", ["text", 7, [], {}])
def test_what_is_no_document_is_refused(found):
    with pytest.raises(ProofError):
        resolve(WEB_METHOD, {WEB: found}, at=NOW)


def test_a_key_not_yet_expired_is_good():
    later = document(verificationMethod=[method(expires="2030-01-01T00:00:00Z")])

    assert resolve(WEB_METHOD, {WEB: later}, at=NOW).raw == SIGNER.public_key


def test_relative_and_embedded_methods_are_found():
    embedded = {"id": WEB, "assertionMethod": [method(id="#key-1")]}

    assert resolve(f"{WEB}#key-1", {WEB: embedded}, at=NOW).purposes == {"assertionMethod"}


def jwk(**changes):
    x = base64.urlsafe_b64encode(SIGNER.public_key).rstrip(b"=").decode()
    return {"kty": "OKP", "crv": "Ed25519", "x": x} | changes


def test_a_json_web_key_is_read():
    entry = {"id": f"{WEB}#1", "type": "JsonWebKey", "controller": WEB, "publicKeyJwk": jwk()}
    found = resolve(f"{WEB}#1", {WEB: {"id": WEB, "assertionMethod": [entry]}}, at=NOW)

    assert found.raw == SIGNER.public_key


@pytest.mark.parametrize("algorithm", ["EdDSA", "ES256", "RS256"])
def test_what_we_sign_tokens_with_is_read_from_its_json_web_key(tmp_path, algorithm):
    signer = FileSigner.open(tmp_path / "keys", "weavers", algorithm)
    entry = {"id": f"{WEB}#1", "type": "JsonWebKey", "controller": WEB, "publicKeyJwk": signer.public_jwk()}

    found = resolve(f"{WEB}#1", {WEB: {"id": WEB, "assertionMethod": [entry]}}, at=NOW)
    assert (found.kind, found.raw) == (
        {"EdDSA": "Ed25519", "ES256": "P-256", "RS256": "RSA"}[algorithm],
        signer.public_key,
    )


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        (jwk(d="AAAA"), ProofError),
        (jwk(x="!"), ProofError),
        (jwk(x="AAAA"), UnsupportedProofError),
        (jwk(crv="X25519"), UnsupportedProofError),
        ({"kty": "RSA"}, ProofError),
        ({"kty": "RSA", "n": "AQAB" * 40, "e": "AQAB"}, UnsupportedProofError),
        ({"kty": "RSA", "n": "_" * 342, "e": "Ag"}, ProofError),
    ],
)
def test_broken_json_web_keys_are_refused(bad, error):
    entry = {"id": f"{WEB}#1", "type": "JsonWebKey", "publicKeyJwk": bad}

    with pytest.raises(error):
        resolve(f"{WEB}#1", {WEB: {"id": WEB, "assertionMethod": [entry]}}, at=NOW)


def test_base58_keeps_leading_zeros():
    assert base58_decode(base58_encode(b"\0\0abc")) == b"\0\0abc"
    assert base58_encode(b"") == "z"


@pytest.mark.parametrize("text", ["YQ==", "YR", "Y", "Y Q", "Y+/", "é"])
def test_base64url_has_one_form(text):
    with pytest.raises(MultibaseError):
        base64url_decode(text)


def test_our_did_is_a_url_that_credentials_may_name():
    assert not [fault for fault in credential_faults({"issuer": WEB}) if fault.pointer == "/issuer"]
