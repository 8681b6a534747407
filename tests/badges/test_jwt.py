"""Credentials as tokens: the header says little, the claims repeat the credential, one form is accepted."""

from __future__ import annotations

import base64
import json
from contextlib import nullcontext
from typing import Any

import jwt as pyjwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP384R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA384
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jws
from joserfc.errors import SecurityWarning
from joserfc.jwk import import_key

from badges import KeyNotFoundError, ProofError, UnsupportedProofError, credential, sign_jwt
from badges.proofs.did import resolve
from badges.proofs.jwt import check_jwt, check_named, claimed_period, contradictions, key_of, payload_of, read_jwt
from badges.proofs.keys import Key
from ledger.keys import FileSigner, new_key
from tests.badges.samples import (
    AWARDED,
    DAY,
    ISSUER,
    METHOD,
    SECOND,
    SIGNER,
    STRANGER,
    facts,
    signed,
    signed_jwt,
)

KEY = resolve(METHOD, {}, at=0)
WEB = "did:web:guild.example:communities:weavers"


@pytest.fixture(scope="module", params=["EdDSA", "ES256", "RS256"])
def signer(request) -> FileSigner:
    """Give a signer of each kind."""
    return FileSigner(new_key(request.param))


def listed(signer: FileSigner) -> Key:
    """Return the signer's key as a DID document lists it."""
    method = f"{WEB}#{signer.kid}"
    entry = {"id": method, "type": "JsonWebKey", "controller": WEB, "publicKeyJwk": signer.public_jwk()}
    return resolve(method, {WEB: {"id": WEB, "verificationMethod": [entry]}}, at=0)


def encoded(part) -> str:
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def token(header, payload, signer=SIGNER) -> str:
    text = f"{encoded(header)}.{encoded(payload)}"
    return f"{text}.{encoded(signer.sign(text.encode()))}"


def decoded(part: str):
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def test_the_token_has_the_parts_the_specification_names():
    """OB 3.0 "JSON Web Token Proof Format": alg, kid, typ; iss, jti, nbf, sub, exp beside the credential."""
    header, payload, _ = signed_jwt().split(".")
    made = credential(facts())

    assert decoded(header) == {"alg": "EdDSA", "kid": METHOD, "typ": "JWT"}
    assert decoded(payload) == made | {
        "iss": ISSUER,
        "jti": made["id"],
        "nbf": AWARDED // SECOND,
        "sub": made["credentialSubject"]["id"],
        "exp": (AWARDED + 365 * DAY) // SECOND,
    }


def test_every_algorithm_is_read_back_by_us_and_by_two_others(signer):
    text = sign_jwt(credential(facts(issuer=WEB)), signer, kid=f"{WEB}#{signer.kid}")
    found = read_jwt(text)
    check_jwt(found, listed(signer))
    assert decoded(text.partition(".")[0]) == {"alg": signer.algorithm, "kid": f"{WEB}#{signer.kid}", "typ": "JWT"}
    assert payload_of(found) == credential(facts(issuer=WEB))

    deprecated = pytest.warns(SecurityWarning) if signer.algorithm == "EdDSA" else nullcontext()
    with deprecated:  # RFC 9864, which OB 3.0 predates, would rather say Ed25519
        theirs = jws.deserialize_compact(text, import_key(signer.public_jwk()), algorithms=[signer.algorithm])
    assert json.loads(theirs.payload) == found.claims
    key = pyjwt.PyJWK.from_dict(signer.public_jwk(), algorithm=signer.algorithm)
    told = pyjwt.decode(text, key, algorithms=[signer.algorithm], options={"verify_nbf": False, "verify_exp": False})
    assert told == found.claims


@pytest.mark.parametrize("algorithm", ["EdDSA", "ES256", "RS256"])
def test_what_another_signs_is_read(algorithm):
    private = new_key(algorithm)
    signer = FileSigner(private)
    header, claims = {"kid": f"{WEB}#{signer.kid}"}, {"iss": WEB, "jti": "urn:x"}
    text = pyjwt.encode(claims, private, algorithm=algorithm, headers=header)

    check_jwt(read_jwt(text), listed(signer))
    with pytest.raises(ProofError, match="exactly this token"):
        check_jwt(read_jwt(f"{text[:-8]}AAAAAAAA"), listed(signer))


def test_the_same_credential_gives_the_same_token_whatever_the_algorithm(signer):
    made = credential(facts())

    assert sign_jwt(made, signer, kid=METHOD) == sign_jwt(made, signer, kid=METHOD)


def test_it_gives_the_credential_back():
    found = read_jwt(signed_jwt())
    check_jwt(found, KEY)

    assert payload_of(found) == credential(facts())
    assert contradictions(found, payload_of(found)) == []
    assert claimed_period(found) == (AWARDED, AWARDED + 365 * DAY)


def test_an_embedded_proof_is_left_out():
    assert "proof" not in payload_of(read_jwt(sign_jwt(signed(), SIGNER, kid=METHOD)))


@pytest.mark.parametrize("member", ["issuer", "id", "validFrom", "credentialSubject"])
def test_what_the_claims_need_must_be_there(member):
    made = credential(facts())
    del made[member]

    with pytest.raises(ProofError, match=r"wanted issuer, id, validFrom and credentialSubject\.id"):
        sign_jwt(made, SIGNER, kid=METHOD)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a.b",
        "a.b.c.d",
        "!.!.!",
        f"{encoded([])}.{encoded({})}.AA",
        f"{encoded({})}.{encoded(7)}.AA",
        "AA.AA.AA",
    ],
)
def test_what_is_no_token_is_refused(text):
    with pytest.raises(ProofError):
        read_jwt(text)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"crit": ["b64"], "b64": False}, "no crit"),
        ({"crit": []}, "no crit"),
        ({"b64": False}, "no b64"),
        ({"b64": None}, "no b64"),
        ({"typ": 7}, "typ: wanted JWT, vc[+]jwt or vp[+]jwt, got 7"),
        ({"typ": None}, "typ: wanted JWT"),
        ({"typ": ["JWT"]}, "typ: wanted JWT"),
        ({"typ": "JWS"}, "typ: wanted JWT"),
        ({"typ": "dpop+jwt"}, "typ: wanted JWT"),
        ({"typ": "text/jwt"}, "typ: wanted JWT"),
        ({"typ": "application/application/jwt"}, "typ: wanted JWT"),
    ],
)
def test_headers_that_mean_more_are_refused(change, words):
    with pytest.raises(ProofError, match=words):
        read_jwt(token({"alg": "EdDSA", "kid": METHOD} | change, {}))


@pytest.mark.parametrize(
    "name", ["JWT", "jwt", "vc+jwt", "application/jwt", "application/vc+jwt", "Application/VC+JWT"]
)
def test_a_credential_may_say_what_it_is(name):
    """RFC 7515 "typ": a media type, of whatever case, whose `application/` may be left out."""
    _, body, _ = signed_jwt().split(".")
    found = read_jwt(token({"alg": "EdDSA", "kid": METHOD, "typ": name}, decoded(body)))

    check_jwt(found, KEY)
    assert payload_of(found) == credential(facts())
    assert found.typ == ("vc+jwt" if "vc" in name.lower() else "JWT")


@pytest.mark.parametrize("algorithm", ["none", "HS256", "PS256", "RS512", "eddsa", None, ["EdDSA"]])
def test_other_algorithms_are_not_judged(algorithm):
    with pytest.raises(UnsupportedProofError, match="alg: wanted EdDSA or "):
        check_named(read_jwt(token({"alg": algorithm, "kid": METHOD}, {})))


@pytest.mark.parametrize(
    "more", [{}, {"jwk": None}, {"jwk": "x"}, {"jku": "https://x.example"}, {"kid": 7, "jwk": SIGNER.public_jwk()}]
)
def test_a_key_must_be_named(more):
    with pytest.raises(UnsupportedProofError, match="kid: wanted the URL of the issuer's key"):
        check_named(read_jwt(token({"alg": "EdDSA"} | more, {})))


def test_a_key_in_the_header_is_one_of_the_issuer_s_or_none():
    found = read_jwt(token({"alg": "EdDSA", "jwk": SIGNER.public_jwk()}, {}))
    document = {"id": WEB, "assertionMethod": [{"id": f"{WEB}#1", "publicKeyJwk": SIGNER.public_jwk()}]}

    assert key_of(found, {}, at=0, issuer=ISSUER) == KEY
    assert key_of(found, {WEB: document}, at=0, issuer=WEB).controller == WEB
    others = [document | {"assertionMethod": []}, document | {"id": ISSUER}]
    others += [document | {"assertionMethod": [{"id": "#1", "publicKeyJwk": STRANGER.public_jwk()}]}]
    others += [document | {"assertionMethod": [{"id": "#1", "publicKeyJwk": SIGNER.public_jwk() | {"d": "x"}}]}]
    for issuer, documents in [(None, {}), (WEB, {}), *((WEB, {WEB: other}) for other in others)]:
        with pytest.raises(KeyNotFoundError, match="wanted"):
            key_of(found, documents, at=0, issuer=issuer)
    with pytest.raises(KeyNotFoundError, match="wanted a key that its issuer"):
        key_of(found, {}, at=0, issuer=f"did:key:{STRANGER.kid}")


def test_a_key_may_go_by_the_name_that_its_issuer_s_document_gives_it():
    """VC-JOSE-COSE "kid": where it is no URL, it names one of the keys of the issuer."""
    jwk = SIGNER.public_jwk()
    document: dict[str, Any] = {
        "id": WEB,
        "assertionMethod": [{"id": f"{WEB}#1", "publicKeyJwk": jwk | {"kid": "first"}}],
    }
    for name in ("1", "#1", "first"):
        found = read_jwt(token({"alg": "EdDSA", "kid": name}, {}))
        assert key_of(found, {WEB: document}, at=0, issuer=WEB) == Key(
            "Ed25519", SIGNER.public_key, WEB, frozenset({"assertionMethod"})
        )
    own = read_jwt(token({"alg": "EdDSA", "kid": SIGNER.kid}, {}))
    assert key_of(own, {}, at=0, issuer=ISSUER) == KEY

    found = read_jwt(token({"alg": "EdDSA", "kid": "first"}, {}))
    twice = [*document["assertionMethod"], {"id": f"{WEB}#first", "publicKeyJwk": STRANGER.public_jwk()}]
    others = [document | {"assertionMethod": twice}, document | {"assertionMethod": []}, document | {"id": ISSUER}]
    for issuer, documents in [(None, {WEB: document}), (WEB, {}), *((WEB, {WEB: other}) for other in others)]:
        with pytest.raises(KeyNotFoundError, match="wanted"):
            key_of(found, documents, at=0, issuer=issuer)
    with pytest.raises(KeyNotFoundError, match="wanted the fragment"):
        key_of(found, {}, at=0, issuer=ISSUER)


def test_a_key_in_the_header_is_read_as_strictly_as_any():
    for change in ({"d": "AA"}, {"alg": "HS256"}, {"x": "AA"}, {"kty": "oct"}):
        found = read_jwt(token({"alg": "EdDSA", "jwk": SIGNER.public_jwk() | change}, {}))
        with pytest.raises(ProofError, match="wanted"):
            key_of(found, {}, at=0, issuer=ISSUER)


@pytest.mark.parametrize(
    "claims",
    [
        {"vc": "oops"},
        {"vc": None},
        {"vc": [{}]},
        {"vp": 7},
        {"vc": {}, "vp": {}},
        {"vc": {"type": "x"}, "@context": []},
    ],
)
def test_a_token_carries_one_document(claims):
    with pytest.raises(ProofError, match="wanted one document"):
        payload_of(read_jwt(token({"alg": "EdDSA", "kid": METHOD}, claims)))


def test_another_signer_or_another_word_is_noticed():
    made = read_jwt(signed_jwt())
    with pytest.raises(ProofError, match="exactly this token"):
        check_jwt(made, Key("Ed25519", STRANGER.public_key, "", frozenset()))

    head, body, tail = signed_jwt().split(".")
    with pytest.raises(ProofError, match="exactly this token"):
        check_jwt(read_jwt(f"{head}.{encoded(decoded(body) | {'name': 'x'})}.{tail}"), KEY)


def test_the_kind_of_key_must_fit_the_algorithm():
    with pytest.raises(ProofError, match="kind of key that EdDSA takes, got P-256"):
        check_jwt(read_jwt(signed_jwt()), Key("P-256", b"\2" + b"k" * 32, "", frozenset()))


def test_a_key_is_not_asked_for_more_than_it_is(signer):
    other = "RS256" if signer.algorithm == "ES256" else "ES256"
    text = sign_jwt(credential(facts()), signer, kid=METHOD)
    _, body, tail = text.split(".")

    with pytest.raises(ProofError, match=f"kind of key that {other} takes, got {listed(signer).kind}"):
        check_jwt(read_jwt(f"{encoded({'alg': other, 'kid': METHOD})}.{body}.{tail}"), listed(signer))


def test_es384_is_checked_too():
    private = generate_private_key(SECP384R1())
    raw = private.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    text = f"{encoded({'alg': 'ES384', 'kid': METHOD})}.{encoded({})}"
    r, s = decode_dss_signature(private.sign(text.encode(), ECDSA(SHA384())))
    good = f"{text}.{encoded(r.to_bytes(48) + s.to_bytes(48))}"

    check_jwt(read_jwt(good), Key("P-384", raw, "", frozenset()))
    for bad in (encoded(s.to_bytes(48) + r.to_bytes(48)), encoded(b"k" * 64)):
        with pytest.raises(ProofError):
            check_jwt(read_jwt(f"{text}.{bad}"), Key("P-384", raw, "", frozenset()))
    with pytest.raises(ProofError):
        check_jwt(read_jwt(good), Key("P-384", b"\5" + raw[1:], "", frozenset()))


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("iss", "did:example:x"),
        ("jti", "urn:x"),
        ("sub", "urn:x"),
        ("nbf", 1),
        ("exp", 1),
        ("nbf", True),
        ("exp", "x"),
    ],
)
def test_claims_that_contradict_the_credential_are_found(claim, value):
    _, body, _ = signed_jwt().split(".")
    found = read_jwt(token({"alg": "EdDSA", "kid": METHOD}, decoded(body) | {claim: value}))

    assert [words.partition(":")[0] for words in contradictions(found, payload_of(found))] == [claim]


def test_version_1_1_keeps_the_payload_of_a_claim():
    """VC Data Model 1.1 "JWT Decoding": claims stand for members that were left out."""
    payload = {"vc": {"type": ["VerifiableCredential"]}, "iss": ISSUER, "jti": "urn:x", "nbf": 0, "exp": 1.5}

    assert payload_of(read_jwt(token({"alg": "EdDSA", "kid": METHOD}, payload))) == {
        "type": ["VerifiableCredential"],
        "id": "urn:x",
        "issuer": ISSUER,
        "issuanceDate": "1970-01-01T00:00:00Z",
        "expirationDate": "1970-01-01T00:00:01Z",
    }


@pytest.mark.parametrize("value", [1e308, -1e18, 10**12, "soon"])
def test_claims_beyond_the_calendar_are_refused(value):
    payload = {"vc": {}, "exp": value}

    with pytest.raises(ProofError, match="seconds since 1970"):
        payload_of(read_jwt(token({"alg": "EdDSA", "kid": METHOD}, payload)))


@pytest.mark.parametrize("value", ["soon", True, [1], 1e308, -1e300, 10**15])
def test_periods_are_numbers(value):
    with pytest.raises(ProofError, match="wanted seconds since 1970"):
        claimed_period(read_jwt(token({"alg": "EdDSA", "kid": METHOD}, {"nbf": value})))
