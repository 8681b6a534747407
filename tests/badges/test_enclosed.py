"""What a badge carries of others' words, whom it is for, and what a learner record has in it."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
import pytest

from badges import Outcome, Policy, Verdict, Verified, credential, did, sign, to_json, verify
from ledger.multibase import base64url_encode
from tests.badges.samples import (
    AWARDED,
    DAY,
    ISSUER,
    LIST_URL,
    METHOD,
    NOW,
    PLACE,
    SIGNER,
    STRANGER,
    facts,
    record,
    said,
    signed,
    status_list,
)

HAND = {LIST_URL: status_list(1, 2)}
POLICY = Policy(documents=HAND)
OTHER = did.did_key(STRANGER.public_key)
BADGE = "https://guild.example/credentials/0190f3c2-7a10-7000-8000-0242ac120002"


def praise(**changes: Any) -> dict[str, Any]:
    """Return what another community says of Ada's badge, signed by it."""
    plain = said(OTHER, status_list=LIST_URL, **changes)
    del plain["credentialStatus"]
    method = did.verification_method(OTHER, STRANGER.public_key)
    return sign(plain, STRANGER, verification_method=method, created=AWARDED)


def token(document: dict[str, Any]) -> str:
    payload = {name: value for name, value in document.items() if name != "proof"}
    header = {"alg": "EdDSA", "kid": did.verification_method(OTHER, STRANGER.public_key), "typ": "JWT"}
    parts = ".".join(base64url_encode(orjson.dumps(part)) for part in (header, payload))
    return f"{parts}.{base64url_encode(STRANGER.sign(parts.encode()))}"


def judged(document: dict[str, Any], policy: Policy = POLICY) -> Verified:
    raw = to_json(sign(document, SIGNER, verification_method=METHOD, created=AWARDED))
    return verify(raw, policy=policy, at=NOW)


def carrying(*endorsements: object, at: str = "credential", name: str = "endorsement") -> dict[str, Any]:
    """Return Ada's badge with endorsements at one of its nodes, not signed."""
    made = credential(facts())
    node = {
        "credential": made,
        "achievement": made["credentialSubject"]["achievement"],
        "issuer": made["issuer"],
    }[at]
    node[name] = list(endorsements)
    return made


@pytest.mark.parametrize("name", ["endorsement", "endorsementJwt"])
@pytest.mark.parametrize("at", ["credential", "achievement", "issuer"])
def test_an_endorsement_is_verified_where_it_stands(at: str, name: str):
    plain = credential(facts())
    things = {"credential": plain["id"], "achievement": plain["credentialSubject"]["achievement"]["id"]}
    one = praise(endorsed=things.get(at, plain["issuer"]["id"]))
    answer = judged(carrying(token(one) if name == "endorsementJwt" else one, at=at, name=name))
    assert answer.valid, [step.reason for step in answer.steps]
    assert answer.step("endorsements").reason == f"It is endorsed by {OTHER}."


@pytest.mark.parametrize(
    ("endorsement", "words"),
    [
        (praise() | {"name": "Another"}, "it is forged"),
        (praise(valid_from=NOW + DAY), "it is not yet valid"),
        (praise(endorsed="https://guild.example/another"), "wanted one of"),
        ({name: value for name, value in praise().items() if name != "proof"}, "it is malformed"),
    ],
)
def test_an_endorsement_that_does_not_hold_is_told(endorsement: dict[str, Any], words: str):
    answer = judged(carrying(endorsement))
    assert (answer.verdict, answer.step("proof").outcome) == (Verdict.ENCLOSED_INVALID, Outcome.PASSED)
    assert words in answer.step("endorsements").reason
    lenient = Policy(documents=HAND, checks=frozenset({"proof", "conformance"}))
    assert judged(carrying(endorsement), lenient).valid


def test_another_credential_is_no_endorsement():
    answer = judged(carrying(signed(credential_id=BADGE + "0", status_list=None, status_index=None)))
    assert (answer.verdict, answer.step("shape").outcome) == (Verdict.MALFORMED, Outcome.FAILED)
    assert "wanted an EndorsementCredential" in answer.step("endorsements").reason


def test_an_endorsement_that_cannot_be_told_spoils_nothing():
    one = sign(said(), SIGNER, verification_method=METHOD, created=AWARDED)
    answer = judged(carrying(one), Policy(documents={}, checks=frozenset({"proof", "endorsement"})))
    assert answer.valid
    assert answer.step("endorsements").outcome is Outcome.PASSED  # by those checks its status is not asked about
    foreign = said("did:web:nobody.example")
    del foreign["credentialStatus"]
    unknown = sign(foreign, STRANGER, verification_method="did:web:nobody.example#key-1", created=AWARDED)
    answer = judged(carrying(unknown))
    assert (answer.valid, answer.step("endorsements").outcome) == (True, Outcome.UNREACHABLE)


def test_more_endorsements_than_can_be_looked_at_are_refused_unseen():
    answer = judged(carrying(*["a.b.c"] * 33, name="endorsementJwt"))
    assert "at most 32 endorsements" in answer.step("endorsements").reason


def test_a_record_says_how_each_of_its_badges_stands():
    both = record(signed(), signed(credential_id=BADGE + "0", status_index=PLACE + 7))
    answer = judged(both)
    assert (answer.valid, answer.step("contents").outcome) == (True, Outcome.PASSED)
    assert [one.valid for one in answer.contents] == [True, True]
    answer = judged(both, Policy(documents={LIST_URL: status_list(PLACE)}))
    assert (answer.valid, answer.step("contents").outcome) == (True, Outcome.FAILED)
    assert answer.step("contents").reason.startswith("Of 2 credentials in it, 1 hold; another is revoked: ")
    spoilt = signed() | {"name": "Grand Master"}
    assert judged(record(spoilt)).verdict is Verdict.ENCLOSED_INVALID


def identity(name: str, salt: str | None = None) -> dict[str, Any]:
    written = name if salt is None else f"sha256${hashlib.sha256((name + salt).encode()).hexdigest()}"
    made = {"type": "IdentityObject", "hashed": salt is not None, "identityHash": written}
    return made | {"identityType": "emailAddress"} | ({"salt": salt} if salt else {})


@pytest.mark.parametrize(
    ("identities", "asked", "verdict"),
    [
        ([], facts().subject_id, Verdict.VALID),
        ([], "did:example:bo", Verdict.OTHER_RECIPIENT),
        ([identity("ada@example.org")], "ada@example.org", Verdict.VALID),
        ([identity("ada@example.org")], "mailto:Ada@Example.org", Verdict.VALID),
        ([identity("ada@example.org", "s3")], "ada@example.org", Verdict.VALID),
        ([identity("bo@example.org"), identity("ada@example.org", "s3")], "ada@example.org", Verdict.VALID),
        ([identity("ada@example.org", "s3") | {"salt": "s4"}], "ada@example.org", Verdict.OTHER_RECIPIENT),
        ([identity("bo@example.org", "s3")], "ada@example.org", Verdict.OTHER_RECIPIENT),
        ([identity("ada@example.org", "s3") | {"identityHash": "md5$0"}], "ada@example.org", Verdict.OTHER_RECIPIENT),
    ],
)
def test_whom_it_is_for_is_told_where_it_is_asked(identities: list[dict[str, Any]], asked: str, verdict: Verdict):
    made = credential(facts())
    if identities:
        made["credentialSubject"]["identifier"] = identities
    answer = judged(made, Policy(documents=HAND, recipient=asked))
    assert answer.verdict is verdict, answer.step("recipient")
    assert judged(made).valid
    assert answer.issuer == ISSUER
