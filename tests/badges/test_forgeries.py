"""Tokens that somebody else than the issuer made, by every known trick: none is taken for the issuer's."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, SECP384R1, derive_private_key
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.jwk import ECKey, RSAKey

from badges import Policy, Verdict, Verified, credential, verify
from ledger.multibase import base64url_encode
from tests.badges.samples import METHOD, NOW, SIGNER, facts

SITE = "https://guild.example"
ISSUER = f"{SITE}/issuer"
KEYS: dict[str, Any] = {
    "ES256": derive_private_key(4_711, SECP256R1()),
    "ES384": derive_private_key(4_711, SECP384R1()),
    "RS256": generate_private_key(65_537, 2_048),
}
THEIRS: dict[str, Any] = {
    "ES256": derive_private_key(7, SECP256R1()),
    "ES384": derive_private_key(7, SECP384R1()),
    "RS256": generate_private_key(65_537, 2_048),
}
ORDERS = {
    "ES256": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    "ES384": 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
}
HASHES = {"ES256": SHA256(), "ES384": SHA384(), "RS256": SHA256()}
MADE = credential(facts(issuer=ISSUER, status_list=None, status_index=None))
CLAIMS = MADE | {"iss": ISSUER, "jti": MADE["id"], "sub": MADE["credentialSubject"]["id"]}


def jwk_of(private: Any, **more: Any) -> dict[str, Any]:
    kind = RSAKey if hasattr(private, "private_numbers") and hasattr(private.private_numbers(), "p") else ECKey
    found = {name: str(value) for name, value in kind.import_key(private.public_key()).as_dict(private=False).items()}
    return {name: value for name, value in found.items() if name != "kid"} | more


def method_of(algorithm: str) -> str:
    return f"{ISSUER}#{algorithm}"


PROFILE: dict[str, Any] = {
    "id": ISSUER,
    "assertionMethod": [
        {"id": method_of(algorithm), "type": "JsonWebKey", "controller": ISSUER, "publicKeyJwk": jwk_of(private)}
        for algorithm, private in KEYS.items()
    ],
}
DOCUMENTS: dict[str, object] = {ISSUER: PROFILE}


def part(value: object) -> str:
    return base64url_encode(value if isinstance(value, bytes) else json.dumps(value).encode())


def raw_signature(private: Any, algorithm: str, message: bytes) -> bytes:
    if algorithm == "RS256":
        signed: bytes = private.sign(message, PKCS1v15(), SHA256())
        return signed
    r, s = decode_dss_signature(private.sign(message, ECDSA(HASHES[algorithm])))
    return b"".join(each.to_bytes(32 if algorithm == "ES256" else 48) for each in (r, s))


def token(algorithm: str, private: Any, header: object = None, claims: object = None) -> str:
    """Return a token signed with the key and algorithm, whatever its header says."""
    head = {"alg": algorithm, "kid": method_of(algorithm), "typ": "JWT"} if header is None else header
    text = f"{part(head)}.{part(CLAIMS if claims is None else claims)}"
    return f"{text}.{part(raw_signature(private, algorithm, text.encode()))}"


def judged(text: str, **more: object) -> Verified:
    return verify(text.encode(), policy=Policy(documents=DOCUMENTS | more), at=NOW)


def refused(text: str, *verdicts: Verdict, **more: object) -> None:
    found = judged(text, **more)
    wanted = verdicts or (Verdict.FORGED,)
    assert found.verdict in wanted, (found.verdict, [step.reason for step in found.steps])


ALGORITHMS = list(KEYS)
EACH = pytest.mark.parametrize("algorithm", ALGORITHMS)


@EACH
def test_a_token_of_the_issuer_is_taken_for_hers(algorithm):
    found = judged(token(algorithm, KEYS[algorithm]))
    assert found.verdict is Verdict.VALID, [step.reason for step in found.steps]


@EACH
def test_one_of_another_key_is_not(algorithm):
    refused(token(algorithm, THEIRS[algorithm]))


@EACH
@pytest.mark.parametrize(
    "name", ["none", "None", "NONE", "nOnE", "", None, 0, [], ["ES256"], {"alg": "ES256"}], ids=ascii
)
def test_1_no_signature_at_all(algorithm, name):
    """RFC 8725 "Perform Algorithm Verification"."""
    head, body, tail = token(algorithm, KEYS[algorithm]).split(".")
    head = part({"alg": name, "kid": method_of(algorithm)})
    for signature in (tail, "", "AA"):
        refused(f"{head}.{body}.{signature}", Verdict.MALFORMED)
    refused(f"{head}.{body}", Verdict.MALFORMED)


@EACH
def test_2_the_public_key_as_a_shared_secret(algorithm):
    public = KEYS[algorithm].public_key()
    forms = [
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).strip(),
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        json.dumps(jwk_of(KEYS[algorithm])).encode(),
        b"",
    ]
    for name, digest in (("HS256", hashlib.sha256), ("HS384", hashlib.sha384), ("HS512", hashlib.sha512)):
        text = f"{part({'alg': name, 'kid': method_of(algorithm)})}.{part(CLAIMS)}"
        for secret in forms:
            refused(f"{text}.{part(hmac.new(secret, text.encode(), digest).digest())}", Verdict.MALFORMED)


@EACH
@pytest.mark.parametrize(
    "name", ["ES256", "ES384", "RS256", "EdDSA", "Ed25519", "ES512", "ES256K", "PS256", "RS512", "es256"]
)
def test_3_another_algorithm_than_the_key_is_for(algorithm, name):
    if name != algorithm:
        head = {"alg": name, "kid": method_of(algorithm)}
        refused(token(algorithm, KEYS[algorithm], head), Verdict.FORGED, Verdict.MALFORMED)


@pytest.mark.parametrize("algorithm", ["ES256", "ES384"])
def test_4_the_signature_in_der(algorithm):
    head, body, _ = token(algorithm, KEYS[algorithm]).split(".")
    refused(f"{head}.{body}.{part(KEYS[algorithm].sign(f'{head}.{body}'.encode(), ECDSA(HASHES[algorithm])))}")


@pytest.mark.parametrize("algorithm", ["ES256", "ES384"])
def test_5_a_signature_of_zeros_or_of_the_order(algorithm):
    """Such signatures held everywhere, where nobody looked whether r and s are within the order."""
    head, body, _ = token(algorithm, KEYS[algorithm]).split(".")
    size, order = (32, ORDERS["ES256"]) if algorithm == "ES256" else (48, ORDERS["ES384"])
    for r, s in ((0, 0), (order, order), (0, 1), (1, 0), (order, 1), (1, order), (1, 1), (2 ** (8 * size) - 1,) * 2):
        refused(f"{head}.{body}.{part(r.to_bytes(size) + s.to_bytes(size))}")
    for size in (0, 1, 31, 63, 65, 95, 97, 128, 4_096):
        refused(f"{head}.{body}.{part(bytes(size))}", Verdict.FORGED, Verdict.MALFORMED)


@pytest.mark.parametrize("algorithm", ["ES256", "ES384"])
def test_6_the_twin_of_a_signature_is_of_the_same_token(algorithm):
    """RFC 7518 does not choose between s and its negative; what was signed, and by whom, is the same."""
    head, body, tail = token(algorithm, KEYS[algorithm]).split(".")
    raw = base64.urlsafe_b64decode(tail + "==")
    half = len(raw) // 2
    twin = raw[:half] + (ORDERS[algorithm] - int.from_bytes(raw[half:])).to_bytes(half)
    assert judged(f"{head}.{body}.{part(twin)}").verdict is Verdict.VALID
    refused(f"{head}.{part(CLAIMS | {'name': 'x'})}.{part(twin)}", Verdict.FORGED, Verdict.MALFORMED)


@EACH
def test_7_base64_in_another_form(algorithm):
    text = token(algorithm, KEYS[algorithm])
    head, body, tail = text.split(".")
    for spoilt in (
        f"{head}=.{body}.{tail}",
        f"{head}.{body}=.{tail}",
        f"{head}.{body}.{tail}==",
        f"{head}.{body}.{tail}\n=",
        f"{head}\n.{body}.{tail}",
        f"{head}.{body}.{tail[:4]} {tail[4:]}",
        f"{head}.{body}.{tail[:-1]}{chr(ord(tail[-1]) + 1)}",
        text.replace("_", "/").replace("-", "+") if set(text) & {"_", "-"} else f"{text}/",
        f"{text}.",
        f".{text}",
        f"{text}.{tail}",
        f"{head}..{tail}",
    ):
        refused(spoilt, Verdict.FORGED, Verdict.MALFORMED)


@EACH
def test_8_a_header_that_says_a_thing_twice(algorithm):
    kid = json.dumps(method_of(algorithm))
    for head in (
        f'{{"alg":"none","alg":"{algorithm}","kid":{kid}}}',
        f'{{"alg":"{algorithm}","alg":"none","kid":{kid}}}',
        f'{{"alg":"{algorithm}","kid":"did:example:x","kid":{kid}}}',
        f'{{"alg":"{algorithm}","kid":{kid},"\\u006bid":"did:example:x"}}',
    ):
        refused(token(algorithm, KEYS[algorithm], head.encode()), Verdict.MALFORMED)
    twice = json.dumps(CLAIMS)[:-1] + ',"iss":"did:example:x"}'
    refused(token(algorithm, KEYS[algorithm], claims=twice.encode()), Verdict.MALFORMED)


@EACH
@pytest.mark.parametrize(
    "more", [{"b64": False, "crit": ["b64"]}, {"b64": False}, {"crit": ["exp"], "exp": 1}, {"crit": []}, {"crit": None}]
)
def test_9_a_header_that_changes_what_is_signed(algorithm, more):
    """RFC 7797, RFC 7515 "crit"."""
    head = {"alg": algorithm, "kid": method_of(algorithm)} | more
    refused(token(algorithm, KEYS[algorithm], head), Verdict.MALFORMED)
    unencoded = f"{part(head)}.{json.dumps(CLAIMS)}"
    refused(f"{unencoded}.{part(raw_signature(KEYS[algorithm], algorithm, unencoded.encode()))}", Verdict.MALFORMED)


@EACH
def test_10_a_key_that_the_token_brings_along(algorithm):
    """RFC 7515 "jwk", "jku", "x5u" and "x5c": what the header says of keys proves nothing."""
    theirs = jwk_of(THEIRS[algorithm])
    der = THEIRS[algorithm].public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    at_theirs: dict[str, object] = {"https://evil.example/jwks": {"keys": [theirs | {"kid": method_of(algorithm)}]}}
    for more in (
        {"jwk": theirs},
        {"jwk": theirs | {"kid": method_of(algorithm)}},
        {"jku": "https://evil.example/jwks"},
        {"x5u": "https://evil.example/jwks"},
        {"x5c": [base64.b64encode(der).decode()]},
    ):
        head = {"alg": algorithm, "kid": method_of(algorithm)} | more
        refused(token(algorithm, THEIRS[algorithm], head), **at_theirs)
        del head["kid"]
        refused(token(algorithm, THEIRS[algorithm], head), Verdict.ISSUER_UNKNOWN, Verdict.MALFORMED, **at_theirs)
        hers = token(algorithm, KEYS[algorithm], head | {"kid": method_of(algorithm)})
        assert judged(hers, **at_theirs).verdict is Verdict.VALID


@EACH
def test_10_b_a_key_that_the_token_brings_along_is_one_that_the_issuer_lists(algorithm):
    """OB 3.0 "JSON Web Token Proof Format" allows `jwk` for `kid`: it says which of the issuer's keys is meant."""
    hers = {"alg": algorithm, "jwk": jwk_of(KEYS[algorithm])}
    assert judged(token(algorithm, KEYS[algorithm], hers)).verdict is Verdict.VALID
    refused(token(algorithm, THEIRS[algorithm], hers))
    spoilt: tuple[dict[str, Any], ...] = (
        {"assertionMethod": []},
        {"authentication": PROFILE["assertionMethod"], "assertionMethod": []},
        {"id": "https://evil.example"},
    )
    for changes in spoilt:
        more: dict[str, object] = {ISSUER: PROFILE | changes}
        refused(token(algorithm, KEYS[algorithm], hers), Verdict.ISSUER_UNKNOWN, Verdict.FORGED, **more)
    private = {"alg": algorithm, "jwk": jwk_of(KEYS[algorithm], d="AA")}
    refused(token(algorithm, KEYS[algorithm], private), Verdict.ISSUER_UNKNOWN)


@EACH
def test_11_a_key_of_somebody_else(algorithm):
    theirs = jwk_of(THEIRS[algorithm])
    did_jwk = "did:jwk:" + part(theirs)
    evil = "https://evil.example/issuer"
    listed = {"id": f"{evil}#1", "type": "JsonWebKey", "controller": evil, "publicKeyJwk": theirs}
    at_theirs: dict[str, object] = {
        evil: {"id": evil, "alsoKnownAs": [ISSUER], "assertionMethod": [listed]},
        "https://evil.example/claims": {
            "id": "https://evil.example/claims",
            "assertionMethod": [listed | {"controller": ISSUER}],
        },
        "https://evil.example/key": theirs | {"kid": method_of(algorithm)},
        "https://evil.example/method": listed | {"id": "https://evil.example/method", "controller": ISSUER},
        f"{SITE}.evil.example/key": theirs,
        "http://guild.example/key": theirs,
        f"{ISSUER}/../evil": {"id": ISSUER, "assertionMethod": [listed]},
        "did:web:evil.example": {"id": ISSUER, "assertionMethod": [listed | {"id": method_of(algorithm)}]},
    }
    for kid in (
        f"{did_jwk}#0",
        did_jwk,
        f"{evil}#1",
        "https://evil.example/key",
        "https://evil.example/method",
        f"{SITE}.evil.example/key",
        "http://guild.example/key",
        f"#{algorithm}",  # what the issuer calls its own key, with which this was not signed
        algorithm,
    ):
        refused(token(algorithm, THEIRS[algorithm], {"alg": algorithm, "kid": kid}), Verdict.FORGED, **at_theirs)
    for kid in (
        f"{evil}#2",
        "https://evil.example/claims#1",
        f"{ISSUER}/../evil#1",
        f"{ISSUER}#x",
        f"{ISSUER}#",
        ISSUER,
        f"{ISSUER}?#{algorithm}",
        "x",
        "",
        f"did:web:evil.example#{algorithm}",
        "did:example:x#1",
    ):
        refused(
            token(algorithm, THEIRS[algorithm], {"alg": algorithm, "kid": kid}), Verdict.ISSUER_UNKNOWN, **at_theirs
        )
    for no_text in (7, None, [method_of(algorithm)], {"id": method_of(algorithm)}):
        refused(token(algorithm, THEIRS[algorithm], {"alg": algorithm, "kid": no_text}), Verdict.MALFORMED, **at_theirs)


@EACH
def test_11_b_a_key_at_the_issuer_s_own_site(algorithm):
    """OB 3.0 "JSON Web Token Proof Format": a key at the issuer's origin, or in its document, is hers."""
    url = f"{SITE}/keys/{algorithm}.json"
    text = token(algorithm, KEYS[algorithm], {"alg": algorithm, "kid": url})
    hers = {url: jwk_of(KEYS[algorithm])}
    silent: dict[str, object] = {ISSUER: {"id": ISSUER, "type": "Profile"}}
    assert judged(text, **hers | silent).verdict is Verdict.VALID
    refused(text, **hers)  # the issuer's document lists other keys
    listing: dict[str, object] = {ISSUER: PROFILE | {"assertionMethod": [url]}}
    assert judged(text, **hers | listing).verdict is Verdict.VALID
    refused(text, **hers | {ISSUER: PROFILE | {"authentication": [url], "assertionMethod": []}})
    refused(text, **{url: jwk_of(THEIRS[algorithm])} | silent)


@EACH
@pytest.mark.parametrize(
    "name", ["vp+jwt", "JWE", "dpop+jwt", "at+jwt", "JOSE", "vc", "application/json", " JWT", "", None]
)
def test_12_a_token_that_was_made_to_be_something_else(algorithm, name):
    """RFC 8725 "Use Explicit Typing": a key that signs other tokens, too, vouches for none of those as a badge."""
    head = {"alg": algorithm, "kid": method_of(algorithm), "typ": name}
    refused(token(algorithm, KEYS[algorithm], head), Verdict.MALFORMED)


@EACH
def test_a_token_in_the_json_serialization_is_none(algorithm):
    head, body, tail = token(algorithm, KEYS[algorithm]).split(".")
    flat = {"protected": head, "payload": body, "signature": tail}
    general = {"payload": body, "signatures": [{"protected": head, "signature": tail}]}
    for found in (flat, general, MADE | flat):
        refused(json.dumps(found), Verdict.MALFORMED)


def test_rsa_is_with_its_own_padding_and_hash():
    private = KEYS["RS256"]
    text = f"{part({'alg': 'RS256', 'kid': method_of('RS256')})}.{part(CLAIMS)}"
    for signature in (
        private.sign(text.encode(), PKCS1v15(), SHA512()),
        private.sign(text.encode(), PSS(MGF1(SHA256()), 32), SHA256()),
        bytes(256),
        b"\x00\x01" + b"\xff" * 254,
        private.sign(text.encode(), PKCS1v15(), SHA256())[:-1],
        b"\0" + private.sign(text.encode(), PKCS1v15(), SHA256()),
    ):
        refused(f"{text}.{part(signature)}")
    for exponent in ("AQ", "Ag", "AA", "AQAAAAAB"):
        weak = jwk_of(private) | {"e": exponent}
        listed = {"id": method_of("RS256"), "controller": ISSUER, "publicKeyJwk": weak}
        more: dict[str, object] = {ISSUER: {"id": ISSUER, "assertionMethod": [listed]}}
        refused(token("RS256", private), Verdict.ISSUER_UNKNOWN, **more)


def test_a_key_of_small_order_signs_nothing():
    """Ed25519 with such a key would hold over anything (RFC 8032 leaves it open)."""
    for point in (bytes(32), b"\1" + bytes(31), b"\xec" + b"\xff" * 30 + b"\x7f"):
        jwk = {"kty": "OKP", "crv": "Ed25519", "x": part(point)}
        listed = {"id": f"{ISSUER}#1", "controller": ISSUER, "publicKeyJwk": jwk}
        text = f"{part({'alg': 'EdDSA', 'kid': f'{ISSUER}#1'})}.{part(CLAIMS)}"
        for signature in (bytes(64), b"\1" + bytes(63), point + bytes(32)):
            refused(f"{text}.{part(signature)}", **{ISSUER: {"id": ISSUER, "assertionMethod": [listed]}})


def test_what_ed25519_signs_is_no_elliptic_token():
    text = f"{part({'alg': 'ES256', 'kid': METHOD})}.{part(CLAIMS)}"
    refused(f"{text}.{part(SIGNER.sign(text.encode()))}")
