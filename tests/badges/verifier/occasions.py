"""Presentations for another occasion than the policy asks about, or by another than their holder; or none at all."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from badges import Verdict, did, to_json
from ledger.keys import FileSigner, new_key
from tests.badges.samples import ISSUER, METHOD, SIGNER, STRANGER
from tests.badges.test_openbadges2 import HOSTED, SITE_HOLDS
from tests.badges.test_presentation import HOLDER, enveloped, presentation
from tests.badges.test_presentation import METHOD as HOLDERS
from tests.badges.verifier.making import GONE, Case, bare, by_jcs, claims, put, signed, token

if TYPE_CHECKING:
    from collections.abc import Iterator

FORGED, MALFORMED, UNKNOWN = Verdict.FORGED, Verdict.MALFORMED, Verdict.ISSUER_UNKNOWN
ASKED: dict[str, Any] = {"challenge": "c1", "domain": "https://school.example"}
BY_HOLDER: dict[str, Any] = {"signer": STRANGER, "verificationMethod": HOLDERS, "proofPurpose": "authentication"}
BADGE = json.loads(signed(bare()))
THIRD = FileSigner(new_key("EdDSA"))
NOBODY = "did:web:nobody.example"


def presented(members: dict[str, Any] | None = None, **options: Any) -> bytes:
    """Return a presentation of Ada's badge, signed by its holder for the occasion asked about, but for `options`."""
    told = BY_HOLDER | ASKED | options
    return by_jcs(presentation(BADGE, **members or {}), **told)


def as_token(**changes: Any) -> bytes:
    """Return it as a token; changes are of its claims."""
    made = presentation(BADGE) | {"nonce": ASKED["challenge"], "aud": ASKED["domain"]} | changes
    kept = {name: value for name, value in made.items() if value is not GONE}
    return token(kept, signer=STRANGER, kid=HOLDERS, typ="vp+jwt")


# What a proof's challenge says; of a token its nonce.
CHALLENGES: tuple[tuple[str, object], ...] = (
    ("none", GONE),
    ("null", None),
    ("empty", ""),
    ("another", "c2"),
    ("in other letters", "C1"),
    ("what it begins with", "c"),
    ("more", "c11"),
    ("with a space", "c1 "),
    ("a number", 1),
    ("in a list", ["c1"]),
    ("among others", ["c0", "c1", "c2"]),
    ("in an object", {"c1": "c1"}),
)
DOMAINS: tuple[tuple[str, object], ...] = (
    ("none", GONE),
    ("null", None),
    ("empty", ""),
    ("another", "https://college.example"),
    ("in other letters", "https://School.example"),
    ("with a slash", "https://school.example/"),
    ("its name alone", "school.example"),
    ("by http", "http://school.example"),
    ("a part of it", "https://www.school.example"),
    ("what it ends with", "https://school.example.evil.example"),
    ("other ones", ["https://college.example", "https://guild.example"]),
    ("an empty list", []),
    ("in a list in a list", [["https://school.example"]]),
    ("a number", 7),
)


def of_occasions() -> Iterator[Case]:
    """Yield presentations that were signed for another occasion, or for none."""
    control, in_token = presented(), as_token()
    listed = presented(domain=["https://college.example", ASKED["domain"]])
    for name, rows, claim, good in (
        ("challenge", CHALLENGES, "nonce", control),
        ("domain", DOMAINS, "aud", listed),
    ):
        for words, value in rows:
            spoilt = presented(None, **{name: value})
            yield Case(f"{name} {words}", spoilt, FORGED, "proof", good, more=ASKED, intact=False)
            spoilt = as_token(**{claim: value})
            yield Case(f"{claim} {words}", spoilt, FORGED, "proof", in_token, more=ASKED, intact=False)
    swapped = presented(challenge=ASKED["domain"], domain=ASKED["challenge"])
    yield Case("challenge and domain exchanged", swapped, FORGED, "proof", control, more=ASKED, intact=False)
    for name, more in (("challenge", ("domain", "d")), ("domain", ("challenge", "c"))):
        told = {name: ASKED[name]}
        spoilt = presented(None, **{name: GONE, more[0]: more[1]})
        yield Case(
            f"{name} alone asked about, the other there", spoilt, FORGED, "proof", control, more=told, intact=False
        )
    outside = to_json(json.loads(presented(challenge=GONE)) | {"challenge": "c1"})
    yield Case(
        "challenge beside the proof", outside, FORGED, "proof", control, more=ASKED | {"checks": PROOF}, intact=False
    )
    later = json.loads(presented(challenge="c2"))
    later["proof"]["challenge"] = "c1"
    yield Case("challenge put in afterwards", to_json(later), FORGED, "proof", control, more=ASKED, intact=False)
    for words, first, second in (("second", "c1", "c2"), ("first", "c2", "c1")):
        proofs = [json.loads(presented(challenge=one))["proof"] for one in (first, second)]
        both = to_json(json.loads(control) | {"proof": proofs})
        yield Case(f"the {words} of two proofs for another", both, FORGED, "proof", control, more=ASKED, intact=False)
    inner = enveloped(as_token(nonce="c2").decode())
    good = to_json(enveloped(in_token.decode()))
    yield Case("nonce in an envelope", to_json(inner), FORGED, "proof", good, more=ASKED, intact=False)


PROOF = frozenset({"proof", "issuer"})


def of_bearers() -> Iterator[Case]:
    """Yield credentials that nobody presents, though the policy asks for an occasion."""
    control = presented()
    hosted = {**SITE_HOLDS}
    for words, document in (
        ("a badge", to_json(BADGE)),
        ("a token", token(claims())),
        ("a badge signed for it", by_jcs(bare(), **ASKED)),
        ("a token with its nonce", token(claims() | {"nonce": "c1", "aud": ASKED["domain"]})),
        ("an assertion of 2.0", to_json(HOSTED)),
    ):
        for name, value in ASKED.items():
            yield Case(f"{words} for a {name}", document, Verdict.OTHER_RECIPIENT, "recipient", control,
                       known=hosted, more={name: value})  # fmt: skip


def of_whom() -> Iterator[Case]:
    """Yield presentations with a badge that is for another than the policy asks about."""
    mine = BADGE["credentialSubject"]["id"]
    told = put(bare(), "/credentialSubject/id", "mailto:bo@mail.example") | {"id": "urn:badge:2"}
    bos, asked = json.loads(by_jcs(told)), ASKED | {"recipient": mine}
    control = presented()
    for words, those in (("alone", [bos]), ("beside hers", [BADGE, bos]), ("before hers", [bos, BADGE])):
        document = by_jcs(presentation(*those), **BY_HOLDER, **ASKED)
        yield Case(f"another's badge {words}", document, Verdict.ENCLOSED_INVALID, "contents", control, more=asked)


def of_holders() -> Iterator[Case]:
    """Yield presentations by somebody else than the holder they name, or for another purpose."""
    control = presented()
    third = did.did_key(THIRD.public_key)
    by_issuer: dict[str, Any] = {"signer": SIGNER, "verificationMethod": METHOD}
    for words, document, verdict, step, intact in (
        ("by the issuer", presented(**by_issuer), FORGED, "issuer", True),
        ("by a third", presented(signer=THIRD, verificationMethod=did.verification_method(third, THIRD.public_key)),
         FORGED, "issuer", True),
        ("by a third under the holder's key", presented(signer=THIRD), FORGED, "proof", False),
        ("of the issuer as its holder", presented({"holder": ISSUER}), FORGED, "issuer", True),
        ("of a holder in an object, another", presented({"holder": {"id": ISSUER}}), FORGED, "issuer", True),
        ("of a holder who is no URL", presented({"holder": "ada"}), MALFORMED, "shape", True),
        ("of a holder without an id", presented({"holder": {"name": "Ada"}}), MALFORMED, "shape", True),
        ("of two holders", presented({"holder": [HOLDER, ISSUER]}), MALFORMED, "shape", True),
        ("of a number for a holder", presented({"holder": 7}), MALFORMED, "shape", True),
        ("by a key nobody knows", presented({"holder": NOBODY}, verificationMethod=f"{NOBODY}#key-1"), UNKNOWN, "key",
         False),
        ("for assertion", presented(proofPurpose="assertionMethod"), FORGED, "proof", False),
        ("for no purpose", presented(proofPurpose=GONE), MALFORMED, "key", False),
        ("expired by its proof", presented(expires="2026-03-02T09:00:00Z"), Verdict.EXPIRED, "proof", False),
        ("without a type", presented({"type": None}), MALFORMED, "shape", False),
        ("of another type", presented({"type": ["Presentation"]}), MALFORMED, "shape", False),
        ("without a context", put(json.loads(control), "/@context", GONE), MALFORMED, "shape", False),
        ("of an id that is no URL", presented({"id": "p 1"}), MALFORMED, "shape", True),
        ("with words of its own", presented({"furtherWord": "x"}), MALFORMED, "contexts", True),
        ("without a proof", put(json.loads(control), "/proof", GONE), MALFORMED, "key", False),
        ("altered", json.loads(control) | {"id": "urn:presentation:2"}, FORGED, "proof", False),
        ("with one credential fewer", json.loads(control) | {"verifiableCredential": []}, FORGED, "proof", False),
    ):  # fmt: skip
        raw = document if isinstance(document, bytes) else to_json({k: v for k, v in document.items() if v is not GONE})
        yield Case(f"presentation {words}", raw, verdict, step, control, more=ASKED, intact=intact)
    made = presentation(BADGE)
    hers: dict[str, Any] = {"signer": STRANGER, "kid": HOLDERS, "typ": "vp+jwt"}
    good = as_token()
    for words, document, verdict, step in (
        ("by the issuer", token(made, typ="vp+jwt"), FORGED, "issuer"),
        ("of a credential", token(made, **hers | {"typ": "vc+jwt"}), MALFORMED, "read"),
        ("whose iss is another", token(made | {"iss": ISSUER}, **hers), MALFORMED, "shape"),
        ("whose header names no key", token(made, **hers | {"kid": GONE}), MALFORMED, "key"),
    ):
        intact = step in {"issuer", "shape"}
        yield Case(f"presentation as a token {words}", document, verdict, step, good, intact=intact)


def cases() -> Iterator[Case]:
    """Yield them all."""
    yield from of_occasions()
    yield from of_bearers()
    yield from of_whom()
    yield from of_holders()
