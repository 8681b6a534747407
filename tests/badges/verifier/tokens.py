"""Credentials as tokens: claims that contradict, algorithms confused, keys of the forger's own in the header."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from badges import Verdict, did, to_json
from tests.badges.samples import ISSUER, METHOD, SIGNER, STRANGER
from tests.badges.verifier.making import GONE, P256, RSA, WEB, Case, claims, encoded, put, token

if TYPE_CHECKING:
    from collections.abc import Iterator

FORGED, UNKNOWN, MALFORMED = Verdict.FORGED, Verdict.ISSUER_UNKNOWN, Verdict.MALFORMED
OF_P256, OF_RSA = (f"{WEB}#{signer.kid}" for signer in (P256, RSA))

CLAIMS: tuple[tuple[str, object], ...] = (
    ("iss", "did:web:other.example"),
    ("iss", 7),
    ("iss", ["x"]),
    ("sub", "urn:person:2"),
    ("sub", ""),
    ("jti", "urn:credential:2"),
    ("nbf", 1),
    ("nbf", "1772359200"),
    ("nbf", True),
    ("nbf", 10**14),
    ("exp", 1_772_359_201_000),
    ("exp", "never"),
    ("exp", [1]),
    ("exp", False),
)


def contradicting() -> Iterator[Case]:
    """Yield tokens whose claims say something else than the credential."""
    control = token(claims())
    for name, value in CLAIMS:
        yield Case(f"{name} {value!a}", token(claims() | {name: value}), MALFORMED, "shape", control)
    for name in ("id", "issuer", "validFrom", "type", "credentialSubject", "@context"):
        spoilt = put(claims(), f"/{name}", GONE)
        yield Case(f"claims without {name}", token(spoilt), MALFORMED, "shape", control)


def header_of(**members: Any) -> bytes:
    return token(claims(), **members)


def with_tail(text: bytes, tail: bytes) -> bytes:
    return text[: text.rindex(b".") + 1] + tail


def mac(key: bytes, kid: str) -> bytes:
    """Return a token whose signature is an HMAC under a public key."""
    text = f"{encoded({'alg': 'HS256', 'kid': kid, 'typ': 'JWT'})}.{encoded(claims())}"
    return f"{text}.{encoded(hmac.new(key, text.encode(), hashlib.sha256).digest())}".encode()


def twice() -> bytes:
    """Return a token whose header names its algorithm twice."""
    head = b'{"alg":"none","alg":"EdDSA","kid":"%b"}' % METHOD.encode()
    text = f"{encoded(head)}.{encoded(claims())}"
    return f"{text}.{encoded(SIGNER.sign(text.encode()))}".encode()


def forgeries() -> Iterator[tuple[str, bytes, Verdict, str]]:
    """Yield tokens that a careless verifier takes."""
    good, stolen = token(claims()), {"kty": "OKP", "crv": "Ed25519", "x": encoded(STRANGER.public_key)}
    none = f"{encoded({'alg': 'none'})}.{encoded(claims())}."
    yield "alg none, no signature", none.encode(), MALFORMED, "read"
    unknown = ("none", "None", "nOnE", "HS256", "HS512", "RS1", "PS256", "ES256K", "eddsa", "", 7, None, ["EdDSA"])
    for alg in (*unknown, GONE):
        yield f"alg {alg!r}", header_of(alg=alg), MALFORMED, "key"
    yield "HS256 by the public key", mac(SIGNER.public_key, METHOD), MALFORMED, "key"
    yield "HS256 by the text of the key", mac(SIGNER.kid.encode(), METHOD), MALFORMED, "key"
    for alg in ("ES256", "ES384", "RS256"):
        yield f"{alg} for a key of Ed25519", header_of(alg=alg), FORGED, "proof"
    forged = {"signer": STRANGER}
    yield "a forger's jwk", token(claims(), **forged, jwk=stolen), FORGED, "proof"
    yield "a forger's jwk, no kid", token(claims(), **forged, jwk=stolen, kid=GONE), UNKNOWN, "key"
    yield "a forger's jku", token(claims(), **forged, jku="https://other.example/keys", kid=GONE), MALFORMED, "key"
    yield "a forger's x5c", token(claims(), **forged, x5c=["MIIB"], kid=GONE), MALFORMED, "key"
    other = did.did_key(STRANGER.public_key)
    yield "a forger's own kid", token(claims(), **forged, kid=f"{other}#{STRANGER.kid}"), FORGED, "issuer"
    yield "a forger's kid beside the name", token(claims(), **forged, kid=f"{ISSUER}#{STRANGER.kid}"), UNKNOWN, "key"
    for kid in (None, 7, [METHOD], {"id": METHOD}):
        yield f"kid {ascii(kid)[:30]}", header_of(kid=kid), MALFORMED, "key"
    yield "no kid", header_of(kid=GONE), MALFORMED, "key"
    kinds: tuple[object, ...] = ("at+jwt", "dpop+jwt", "jwt ", "vc", 7, ["JWT"], {})
    for typ in kinds:
        yield f"typ {typ!r}", header_of(typ=typ), MALFORMED, "read"
    yield "crit", header_of(crit=["exp"]), MALFORMED, "read"
    yield "b64 false", header_of(b64=False, crit=["b64"]), MALFORMED, "read"
    yield "the algorithm twice", twice(), MALFORMED, "read"
    yield "no signature", with_tail(good, b""), MALFORMED, "read"
    yield "half a signature", with_tail(good, good.rpartition(b".")[2][:40]), FORGED, "proof"
    yield "a signature of nought", with_tail(good, b"A" * 86), FORGED, "proof"
    yield "padding", good + b"==", MALFORMED, "read"
    yield "a fourth part", good + b".e30", MALFORMED, "read"
    yield "a fifth part", good + b".e30.e30", MALFORMED, "read"
    yield "a space within", good.replace(b".", b". ", 1), MALFORMED, "read"
    yield "claims in a list", token([claims()]), MALFORMED, "read"
    yield "claims in text", token("x"), MALFORMED, "read"
    yield "claims not as base64url", b"e30.!!!.e30", MALFORMED, "read"
    yield "vc no object", token({"iss": ISSUER, "vc": "x"}), MALFORMED, "read"
    yield "vc of a credential beside another", token(claims() | {"vc": {}}), MALFORMED, "read"


def cases() -> Iterator[Case]:
    """Yield them all."""
    yield from contradicting()
    control = token(claims())
    for words, document, verdict, step in forgeries():
        yield Case(f"token: {words}", document, verdict, step, control, intact=False)
    by_web = claims() | {"iss": WEB, "issuer": claims()["issuer"] | {"id": WEB}}
    for signer, kid in ((P256, OF_P256), (RSA, OF_RSA)):
        good = token(by_web, signer=signer, kid=kid)
        yield Case(f"{signer.algorithm} altered", altered(good), FORGED, "proof", good, intact=False)
        none = with_tail(good, encoded(bytes(64 if signer is P256 else 256)).encode())
        yield Case(f"{signer.algorithm} of nought", none, FORGED, "proof", good, intact=False)
        wrong = with_tail(good, encoded(SIGNER.sign(good.rpartition(b".")[0])).encode())
        yield Case(f"{signer.algorithm} by another's", wrong, FORGED, "proof", good, intact=False)
        confused = token(by_web, signer=SIGNER, kid=kid)
        yield Case(f"EdDSA for a key of {signer.algorithm}", confused, FORGED, "proof", good, intact=False)
        yield Case(f"HS256 by the key of {signer.algorithm}", mac(signer.public_key, kid), MALFORMED, "key", good,
                   intact=False)  # fmt: skip
    good = token(by_web, signer=P256, kid=OF_P256)
    raw = P256.sign(good.rpartition(b".")[0])
    der = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    yield Case("ES256 in DER", with_tail(good, encoded(der).encode()), FORGED, "proof", good, intact=False)
    envelope = {
        "@context": "https://www.w3.org/ns/credentials/v2",
        "type": "EnvelopedVerifiableCredential",
        "id": f"data:application/vc+jwt,{control.decode()}",
    }
    for words, name in (("no token", "data:application/vc+jwt,x"), ("text", "data:text/plain,x"), ("a list", [1])):
        spoilt = to_json(envelope | {"id": name})
        yield Case(f"envelope of {words}", spoilt, MALFORMED, "read", to_json(envelope), intact=False)
    forged = json.dumps(envelope).replace(control.decode(), altered(control).decode()).encode()
    yield Case("envelope of a forgery", forged, FORGED, "proof", to_json(envelope), intact=False)


def altered(text: bytes) -> bytes:
    """Return a token with another name in its claims, under the same signature."""
    head, _, tail = text.split(b".")
    body = claims() | {"name": "Grand Master"}
    if head != token(claims()).split(b".")[0]:
        body |= {"iss": WEB, "issuer": claims()["issuer"] | {"id": WEB}}
    return b".".join([head, encoded(body).encode(), tail])
