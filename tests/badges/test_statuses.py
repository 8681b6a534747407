"""What lists of every kind and purpose say of a badge: revoked, suspended, to be fetched anew, or just remarked on."""

from __future__ import annotations

import json
from typing import Any

import pytest

from badges import Policy, Verdict, Verified, credential, sign, status, to_json, verify
from schemas import contexts
from tests.badges.samples import AWARDED, ISSUER, LIST_URL, METHOD, NOW, PLACE, SIGNER, facts, status_list

NAMES = "https://guild.example/revoked.json"
NAMED = {"id": NAMES, "type": "1EdTechRevocationList"}
ID = credential(facts())["id"]
STAGES = [{"status": f"0x{value}", "message": f"stage {value}"} for value in range(4)]
SECOND_LIST = "https://guild.example/status/weavers-0-suspension"


def judged(entries: object, lists: dict[str, Any]) -> Verified:
    made = credential(facts()) | {"credentialStatus": entries}
    made["@context"] = [contexts.CREDENTIALS_V2, contexts.OPEN_BADGES, contexts.OPEN_BADGES_EXTENSIONS]
    raw = to_json(sign(made, SIGNER, verification_method=METHOD, created=AWARDED))
    return verify(raw, policy=Policy(documents=lists), at=NOW)


def bits(value: int, purpose: str) -> bytes:
    """Return the list in which two bits at Ada's place are of this value."""
    set_ = [2 * PLACE + n for n in range(2) if value >> (1 - n) & 1]
    document = status.status_list(LIST_URL, ISSUER, set_, valid_from=AWARDED, purpose=purpose, size=2 * status.ENTRIES)
    return to_json(sign(document, SIGNER, verification_method=METHOD, created=AWARDED))


@pytest.mark.parametrize(
    ("revoked", "verdict"),
    [
        (None, Verdict.VALID),
        ([], Verdict.VALID),
        ([{"id": ID}], Verdict.REVOKED),
        ([{"id": "urn:x"}, {"id": ID, "revoked": True, "revocationReason": "a mistake"}], Verdict.REVOKED),
        ({"id": ID}, Verdict.REVOKED),
        ([{"id": ID, "revoked": False}], Verdict.VALID),
        ([{"id": ID, "revoked": "yes"}], Verdict.STATUS_UNREACHABLE),
        ([ID], Verdict.STATUS_UNREACHABLE),
    ],
)
def test_a_list_that_names_what_was_revoked(revoked: Any, verdict: Verdict):
    """OB 3.0 "RevocationList"."""
    listed = {"id": NAMES, "issuer": ISSUER} | ({} if revoked is None else {"revokedCredential": revoked})
    assert judged(NAMED, {NAMES: listed}).verdict is verdict
    assert judged(NAMED, {NAMES: json.dumps(listed | {"issuer": {"id": ISSUER}})}).verdict is verdict


@pytest.mark.parametrize(
    "listed", [None, b"{", b"[]", {"issuer": "did:example:x", "revokedCredential": [{"id": ID}]}, {}, b"x" * 2_000_000]
)
def test_a_list_of_names_that_is_none_of_the_issuer_says_nothing(listed: Any):
    found = judged(NAMED, {} if listed is None else {NAMES: listed})
    assert found.verdict is Verdict.STATUS_UNREACHABLE


def test_one_of_two_lists_is_enough():
    both = [status.entry(LIST_URL, PLACE), status.entry(SECOND_LIST, PLACE, purpose="suspension")]
    second = status.status_list(SECOND_LIST, ISSUER, [PLACE], valid_from=AWARDED, purpose="suspension")
    lists = {LIST_URL: status_list(1), SECOND_LIST: sign(second, SIGNER, verification_method=METHOD, created=AWARDED)}
    found = judged(both, lists)
    assert (found.verdict, found.step("status").reason) == (Verdict.SUSPENDED, "The issuer has suspended it.")
    assert judged(both, lists | {LIST_URL: status_list(PLACE)}).verdict is Verdict.REVOKED
    del lists[SECOND_LIST]
    assert judged(both, lists).verdict is Verdict.STATUS_UNREACHABLE


@pytest.mark.parametrize("value", range(4))
@pytest.mark.parametrize(
    ("purpose", "verdict"),
    [("revocation", Verdict.REVOKED), ("suspension", Verdict.SUSPENDED), ("message", Verdict.VALID)],
)
def test_a_status_of_several_bits_says_what_its_value_means(purpose: str, verdict: Verdict, value: int):
    """Bitstring Status List "BitstringStatusListEntry": statusSize, statusMessage."""
    entry: dict[str, Any] = status.entry(LIST_URL, PLACE, purpose=purpose) | {}
    found = judged(entry | {"statusSize": 2, "statusMessage": STAGES}, {LIST_URL: bits(value, purpose)})
    assert found.verdict is (verdict if value else Verdict.VALID)
    assert (f"stage {value}" in found.step("status").reason) is bool(value or purpose == "message")


def test_to_be_fetched_anew_is_no_revocation():
    entry = status.entry(LIST_URL, PLACE, purpose="refresh")
    found = judged(entry, {LIST_URL: status_list(PLACE, purpose="refresh")})
    assert (found.verdict, "newer" in found.step("status").reason) == (Verdict.VALID, True)
    assert judged(entry, {}).verdict is Verdict.VALID


@pytest.mark.parametrize(
    "more",
    [
        {"statusMessage": STAGES[:2]},
        {"statusMessage": [*STAGES[:3], {"status": "4", "message": "x"}]},
        {"statusMessage": [*STAGES[:3], {"status": "0x9", "message": "x"}]},
        {"statusMessage": STAGES, "statusSize": 9},
        {"statusSize": 0},
    ],
)
def test_a_status_whose_meaning_cannot_be_read_is_not_guessed_at(more: dict[str, Any]):
    entry: dict[str, Any] = status.entry(LIST_URL, PLACE) | {"statusSize": 2} | more
    assert judged(entry, {LIST_URL: bits(0, "revocation")}).verdict is Verdict.STATUS_UNREACHABLE
