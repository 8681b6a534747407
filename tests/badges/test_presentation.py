"""Presentations: signed by their holder for one occasion, and every credential in them looked at."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from badges import Policy, Verdict, Verified, did, sign, to_json, verify
from ledger.multibase import base64url_encode
from schemas import contexts
from tests.badges.samples import AWARDED, DAY, ISSUER, LIST_URL, NOW, PLACE, STRANGER, signed, signed_jwt, status_list

HOLDER = did.did_key(STRANGER.public_key)
METHOD = did.verification_method(HOLDER, STRANGER.public_key)
HAND = {LIST_URL: status_list(1, 2)}
POLICY = Policy(documents=HAND)


def presentation(*credentials: object, **members: Any) -> dict[str, Any]:
    """Return a presentation that nobody signed."""
    made = {
        "@context": [contexts.CREDENTIALS_V2],
        "type": ["VerifiablePresentation"],
        "holder": HOLDER,
        "verifiableCredential": list(credentials),
    } | members
    return {name: value for name, value in made.items() if value is not None}


def presented(*credentials: object, members: dict[str, Any] | None = None, **how: Any) -> bytes:
    """Return a presentation as its holder signed it."""
    how = {"purpose": "authentication", "verification_method": METHOD} | how
    return to_json(sign(presentation(*credentials, **members or {}), STRANGER, created=AWARDED, **how))


def token(payload: dict[str, Any], typ: str | None = "vp+jwt") -> str:
    """Return a presentation as a token of its holder."""
    header = {"alg": "EdDSA", "kid": METHOD} | ({"typ": typ} if typ else {})
    signed = ".".join(base64url_encode(orjson.dumps(part)) for part in (header, payload))
    return f"{signed}.{base64url_encode(STRANGER.sign(signed.encode()))}"


def enveloped(text: str, kind: str = "Presentation", media: str = "vp+jwt") -> dict[str, Any]:
    return {
        "@context": [contexts.CREDENTIALS_V2],
        "id": f"data:application/{media},{text}",
        "type": [f"EnvelopedVerifiable{kind}"],
    }


def judged(document: bytes, policy: Policy = POLICY, at: int = NOW) -> Verified:
    return verify(document, policy=policy, at=at)


@pytest.mark.parametrize("suite", ["eddsa-rdfc-2022", "eddsa-jcs-2022"])
def test_a_presentation_holds_with_all_that_is_in_it(suite: str):
    jwt = enveloped(signed_jwt(), "Credential", "vc+jwt")
    answer = judged(presented(signed(), jwt, suite=suite))
    assert (answer.valid, answer.kind, answer.issuer) == (True, "presentation", None)
    assert answer.step("issuer").reason == f"The key belongs to the holder it names, {HOLDER}."
    assert answer.step("contents").reason == "2 credentials in it, and each holds."
    assert [(one.valid, one.form, one.issuer) for one in answer.contents] == [
        (True, "json", ISSUER),
        (True, "jwt", ISSUER),
    ]


@pytest.mark.parametrize("typ", ["vp+jwt", "JWT", None])
@pytest.mark.parametrize("claim", [None, "vp"])
def test_a_presentation_may_be_a_token(typ: str | None, claim: str | None):
    payload: dict[str, Any] = presentation(signed_jwt()) | {"nonce": "n1", "aud": ["https://a.example", "b"]}
    if claim:
        inner = presentation(signed_jwt(), holder=None)
        payload = {"iss": HOLDER, claim: inner, "nonce": "n1", "aud": "https://a.example"}
    asked = Policy(documents=HAND, challenge="n1", domain="https://a.example")
    for document in (token(payload, typ).encode(), to_json(enveloped(token(payload, typ)))):
        answer = judged(document, asked)
        assert (answer.verdict, answer.kind) == (Verdict.VALID, "presentation"), answer.steps
        assert len(answer.contents) == 1
    other = Policy(documents=HAND, challenge="n2")
    assert judged(token(payload, typ).encode(), other).verdict is Verdict.FORGED


def test_an_occasion_is_asked_for_by_the_policy():
    document = presented(signed(), more={"challenge": "c1", "domain": "d.example"})
    assert judged(document).valid
    assert judged(document, Policy(documents=HAND, challenge="c1", domain="d.example")).valid
    for asked in (Policy(documents=HAND, challenge="c2"), Policy(documents=HAND, domain="e.example")):
        answer = judged(document, asked)
        assert (answer.verdict, "another occasion" in answer.step("proof").reason) == (Verdict.FORGED, True)
    assert judged(presented(signed()), Policy(documents=HAND, challenge="c1")).verdict is Verdict.FORGED


@pytest.mark.parametrize(
    ("document", "verdict", "step"),
    [
        (to_json(presentation(signed())), Verdict.MALFORMED, "key"),
        (presented(signed(), purpose="assertionMethod"), Verdict.FORGED, "proof"),
        (presented(signed(), members={"holder": ISSUER}), Verdict.FORGED, "issuer"),
        (presented(signed(), members={"holder": "nobody"}, suite="eddsa-jcs-2022"), Verdict.MALFORMED, "shape"),
        (presented(signed(), members={"id": "x y"}, suite="eddsa-jcs-2022"), Verdict.MALFORMED, "shape"),
        (presented(signed()).replace(b"Helper", b"Leader", 1), Verdict.FORGED, "proof"),
        (token(presentation(signed_jwt()), "vc+jwt").encode(), Verdict.MALFORMED, "read"),
        (to_json(enveloped("a.b")), Verdict.MALFORMED, "read"),
    ],
)
def test_what_is_no_good_presentation_is_refused_where_it_is_wrong(document: bytes, verdict: Verdict, step: str):
    answer = judged(document)
    assert answer.verdict is verdict
    assert answer.step(step).outcome.value == "failed"


def test_a_presentation_without_a_holder_says_who_signed_it():
    answer = judged(presented(signed(), members={"holder": None}))
    assert answer.valid
    assert answer.step("issuer").reason == f"It names no holder; {HOLDER} signed it."


def test_each_credential_must_hold():
    spoilt = signed() | {"name": "Grand Master"}
    for bad, verdict in ((spoilt, "forged"), ("a.b.c", "malformed"), ({"type": "x"}, "malformed")):
        answer = judged(presented(signed(), bad, suite="eddsa-jcs-2022"))
        assert not answer.valid
        assert answer.step("contents").reason.startswith(f"Of 2 credentials in it, number 2 is {verdict}: ")
        assert answer.contents[0].valid
    unlisted = judged(presented(signed()), Policy())
    assert unlisted.verdict is Verdict.STATUS_UNREACHABLE
    revoked = Policy(documents={LIST_URL: status_list(PLACE)})
    assert judged(presented(signed()), revoked).verdict is Verdict.ENCLOSED_INVALID
    assert judged(presented(signed()), revoked, at=AWARDED + 400 * DAY).contents[0].verdict is Verdict.REVOKED
    proof_alone = Policy(documents=HAND, checks=frozenset({"proof"}))
    assert judged(presented(signed()), proof_alone, at=AWARDED + 400 * DAY).valid


def test_presentations_inside_one_another_come_to_an_end():
    inner: object = signed()
    for _ in range(8):
        inner = orjson.loads(presented(inner, suite="eddsa-jcs-2022"))
    answer = judged(to_json(inner))  # type: ignore[arg-type]
    assert not answer.valid
    deep = answer
    while deep.contents:
        (deep,) = deep.contents
    assert "inside one another" in deep.steps[0].reason


def test_more_than_can_be_looked_at_is_refused_unseen():
    answer = judged(presented(*["a.b.c"] * 65, suite="eddsa-jcs-2022"))
    assert "at most 64 credentials in it, got 65" in answer.step("contents").reason
    assert answer.contents == ()


def test_whom_a_badge_is_for_is_asked_of_each_that_is_presented():
    for asked, verdict in ((signed()["credentialSubject"]["id"], "valid"), ("bo@example.org", "other recipient")):
        answer = judged(presented(signed()), Policy(documents=HAND, recipient=asked))
        assert [one.verdict for one in answer.contents] == [verdict]
        assert answer.valid == (verdict == "valid")
        assert answer.step("recipient").outcome.value == "not_applicable"
