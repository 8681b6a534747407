"""A newer one of a badge: told, and deciding nothing but where the issuer took this very one back."""

from __future__ import annotations

from typing import Any

import pytest

from badges import CHECKS, Outcome, Policy, Step, Verdict, Verified, credential, did, sign, sign_jwt, to_json, verify
from tests.badges.samples import AWARDED, DAY, LIST_URL, METHOD, NOW, PLACE, SIGNER, STRANGER, facts, status_list

URL = "https://guild.example/credentials/0190f3c2-7a10-7000-8000-0242ac120002/refresh"
SERVICE = {"id": URL, "type": "1EdTechCredentialRefresh"}
LATER = {"valid_from": AWARDED + DAY // 2}


def badge(service: object = SERVICE, **changes: Any) -> dict[str, Any]:
    document = credential(facts(edition=2, **changes)) | {"refreshService": service}
    return sign(document, SIGNER, verification_method=METHOD, created=AWARDED)


def judged(newer: object, *, given: dict[str, Any] | None = None, at: int = NOW, **policy: Any) -> Verified:
    documents = {LIST_URL: status_list(1, 2), URL: newer} | policy.pop("holds", {})
    documents = {name: found for name, found in documents.items() if found is not None}
    return verify(to_json(given or badge()), policy=Policy(documents=documents, **policy), at=at)


def told(newer: object, **how: Any) -> Step:
    answer = judged(newer, **how)
    assert answer.valid
    return answer.step("refresh")


def test_where_none_is_named_there_is_nothing_to_look_at():
    document = {name: value for name, value in credential(facts(edition=2)).items() if name != "refreshService"}
    plain = sign(document, SIGNER, verification_method=METHOD, created=AWARDED)
    assert told(None, given=plain).outcome is Outcome.NOT_APPLICABLE


def test_what_is_not_at_hand_is_told():
    step = told(None)
    assert step.outcome is Outcome.UNREACHABLE
    assert URL in step.reason
    assert (
        told(None, given=badge({"id": URL, "type": "https://guild.example/AnotherService"})).outcome
        is Outcome.UNREACHABLE
    )


def test_a_newer_one_that_holds_is_told():
    for newer in (
        badge(**LATER),
        to_json(badge(**LATER)),
        sign_jwt(credential(facts(edition=2, **LATER)), SIGNER, kid=METHOD),
    ):
        step = told(newer)
        assert step.outcome is Outcome.PASSED
        assert step.reason.startswith("There is a newer one, of 2026-03-01T22:00:00Z, which holds")


def test_renewed_under_another_id_it_is_the_same_achievement_of_the_same_person():
    other = "https://guild.example/credentials/0190f3c2-7a10-7000-8000-0242ac120009"
    assert "newer one, of" in told(badge(credential_id=other, **LATER)).reason


def test_what_is_the_same_or_older_is_none():
    assert told(badge()).reason == "There is no newer one: this is what its issuer has."
    assert "as old, or older" in told(badge(valid_from=AWARDED - DAY)).reason


@pytest.mark.parametrize(
    "newer",
    [
        b"",
        b"{}",
        7,
        "no token",
        badge(**LATER) | {"name": "Master"},
        badge(subject_id="https://guild.example/c/weavers/m/another", credential_id="urn:uuid:1", **LATER),
        sign(
            credential(facts(edition=2, issuer=did.did_key(STRANGER.public_key), **LATER)),
            STRANGER,
            verification_method=did.verification_method(did.did_key(STRANGER.public_key), STRANGER.public_key),
            created=AWARDED,
        ),
    ],
    ids=["empty", "object", "number", "text", "altered", "of another", "by another"],
)
def test_what_is_no_newer_one_spoils_nothing(newer: object):
    assert told(newer).outcome in {Outcome.FAILED, Outcome.UNREACHABLE}


def test_a_newer_one_makes_an_expired_one_no_better():
    given = badge(expires=AWARDED + 1)
    answer = judged(badge(expires=AWARDED + 9 * DAY, **LATER), given=given)
    assert answer.verdict is Verdict.EXPIRED
    assert "which holds" in answer.step("refresh").reason


def test_that_a_newer_one_has_ended_does_not_end_this_one():
    step = told(badge(expires=AWARDED + DAY // 2 + 1, **LATER))
    assert (step.outcome, step.verdict) == (Outcome.FAILED, Verdict.VALID)
    assert "expired" in step.reason


def test_that_this_very_one_was_taken_back_decides():
    """The list that the old copy names may be gone, or be kept for it alone; the issuer's word is the newer one."""
    newer = badge(status_index=PLACE + 1, **LATER)
    holds: dict[str, object] = {LIST_URL: status_list(PLACE + 1)}
    answer = judged(newer, holds=holds)

    assert answer.step("status").verdict is Verdict.VALID
    assert answer.verdict is Verdict.REVOKED
    assert answer.step("refresh").outcome is Outcome.FAILED
    assert judged(newer, holds=holds, checks=CHECKS - {"credentialStatus"}).valid

    renewed = badge(credential_id="urn:uuid:0190f3c2-7a10-7000-8000-0242ac120009", status_index=PLACE + 1, **LATER)
    assert told(renewed, holds=holds).outcome is Outcome.FAILED


def test_newer_ones_of_newer_ones_come_to_an_end():
    urls = [f"https://guild.example/newer/{n}" for n in range(9)]
    made = [
        badge({"id": after, "type": "1EdTechCredentialRefresh"}, valid_from=AWARDED + n + 1)
        for n, after in enumerate([*urls[1:], urls[0]])
    ]
    given = badge({"id": urls[0], "type": "1EdTechCredentialRefresh"})
    holds: dict[str, object] = dict(zip(urls, made, strict=True))
    assert judged(None, given=given, holds=holds).valid
