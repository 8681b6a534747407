"""The schemas that a credential names: applied where they are at hand, and where not, that is told."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest

from badges import CHECKS, Outcome, Policy, Verdict, Verified, credential, sign, to_json, verify
from tests.badges import official
from tests.badges.samples import AWARDED, LIST_URL, METHOD, NOW, SIGNER, facts, status_list

OURS = official.URL.format(official.BADGE)
URL = "https://schemas.example/badge.json"
SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": URL,
    "type": "object",
    "properties": {"name": {"const": "Helper"}},
    "required": ["name"],
}


def judged(
    named: object, holds: dict[str, object] | None = None, checks: frozenset[str] = CHECKS, **changes: Any
) -> Verified:
    document = credential(facts(edition=2)) | changes
    if named is not None:
        document["credentialSchema"] = named
    badge = sign(document, SIGNER, verification_method=METHOD, created=AWARDED)
    policy = Policy(documents={LIST_URL: status_list(1, 2)} | (holds or {}), checks=checks)
    return verify(to_json(badge), policy=policy, at=NOW)


def one(url: str = URL, kind: str = "JsonSchema", **more: object) -> dict[str, object]:
    return {"id": url, "type": kind, **more}


def test_for_1edtech_s_own_our_rules_stand_in():
    answer = judged([one(OURS, "1EdTechJsonSchemaValidator2019")])

    assert answer.valid
    assert answer.step("schema").outcome is Outcome.PASSED
    assert "1EdTech's own" in answer.step("schema").reason


def test_where_it_is_at_hand_1edtech_s_own_is_applied():
    holds: dict[str, object] = official.at_their_addresses()
    answer = judged([one(OURS, "1EdTechJsonSchemaValidator2019")], holds)
    assert answer.valid
    assert OURS in answer.step("schema").reason

    answer = judged([one(OURS, "1EdTechJsonSchemaValidator2019")], {OURS: to_json(SCHEMA | {"required": ["partner"]})})
    assert answer.verdict is Verdict.MALFORMED
    assert "partner" in answer.step("schema").reason


@pytest.mark.parametrize("found", [SCHEMA, json.dumps(SCHEMA), to_json(SCHEMA)], ids=["parsed", "text", "bytes"])
def test_another_one_is_applied_where_it_is_at_hand(found: object):
    for kind in ("JsonSchema", "1EdTechJsonSchemaValidator2019"):
        assert judged(one(kind=kind), {URL: found}).valid
        answer = judged(one(kind=kind), {URL: found}, name="Master")
        assert answer.verdict is Verdict.MALFORMED
        assert answer.step("schema").reason == (f"It is not as its schema, {URL}, asks: /name: 'Helper' was expected.")


@pytest.mark.parametrize(
    ("named", "words"),
    [
        (one(), "not at hand"),
        (one(kind="1EdTechJsonSchemaValidator2019"), "not at hand"),
        (
            one("https://purl.imsglobal.org/spec/ob/v3p0/schema/elsewhere.json", "1EdTechJsonSchemaValidator2019"),
            "not at hand",
        ),
        (one(OURS), "not at hand"),  # as a JsonSchema it is asked for as that
        (one(kind="JsonSchemaCredential"), "not applied here"),
        (one(kind="https://schemas.example/ShapeExpression"), "not applied here"),
        ([one(OURS, "1EdTechJsonSchemaValidator2019"), one()], "not at hand"),
    ],
)
def test_what_is_not_at_hand_is_told_and_decides_where_open_badges_make_it_a_part_of_verification(
    named: object, words: str
):
    answer = judged(named)
    decides = isinstance(named, dict) and named["type"] == "1EdTechJsonSchemaValidator2019"
    assert answer.verdict is (Verdict.SCHEMA_UNREACHABLE if decides else Verdict.VALID)
    assert answer.step("schema").outcome is Outcome.UNREACHABLE
    assert words in answer.step("schema").reason
    assert judged(named, checks=CHECKS - {"credentialSchema"}).valid


@pytest.mark.parametrize("found", [b"{", b"[]", {"$ref": "https://x.example"}, {"pattern": "(?=x)"}, {1: 2}, 7])
def test_what_cannot_be_applied_is_told_so(found: object):
    assert judged(one(kind="1EdTechJsonSchemaValidator2019"), {URL: found}).verdict is Verdict.SCHEMA_UNREACHABLE
    assert judged(one(), {URL: found}).step("schema").outcome is Outcome.UNREACHABLE


def test_the_schema_of_another_kind_of_credential_is_a_fault():
    other = OURS.replace("achievement", "endorsement")
    assert judged([one(other, "1EdTechJsonSchemaValidator2019")]).verdict is Verdict.MALFORMED


def test_too_many_are_not_looked_at():
    assert judged([one()] * 5, {URL: SCHEMA}).verdict is Verdict.MALFORMED


def test_a_digest_is_of_the_very_schema():
    raw = to_json(SCHEMA)
    good = f"sha384-{base64.b64encode(hashlib.sha384(raw).digest()).decode()}"
    assert judged(one(digestSRI=good), {URL: raw}).valid
    for bad in (good.replace("sha384", "sha256"), "sha384-AAAA", "md5-AAAA", 5):
        assert judged(one(digestSRI=bad), {URL: raw}).step("schema").outcome is Outcome.UNREACHABLE


def test_without_one_there_is_nothing_to_look_at():
    document = {name: value for name, value in credential(facts(edition=2)).items() if name != "credentialSchema"}
    badge = sign(document, SIGNER, verification_method=METHOD, created=AWARDED)
    answer = verify(to_json(badge), policy=Policy(documents={LIST_URL: status_list(1, 2)}), at=NOW)
    assert answer.step("schema").outcome is Outcome.NOT_APPLICABLE
    assert answer.valid
