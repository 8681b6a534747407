"""What lists of every kind and purpose say of a badge: revoked, suspended, to be fetched anew, or just remarked on."""

from __future__ import annotations

import base64
import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest

from badges import Policy, StatusListError, Verdict, Verified, credential, did, sign, status, to_json, verify
from badges.proofs.proof import JCS
from badges.verifying import credential as verifying
from badges.verifying import lists
from schemas import contexts
from tests.badges.samples import AWARDED, ISSUER, LIST_URL, METHOD, NOW, PLACE, SIGNER, STRANGER, facts, status_list

if TYPE_CHECKING:
    from badges.proofs.keys import Key

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


@pytest.mark.parametrize("listed", ["\ud800", b"\xed\xa0\x80", 7, [], {1, 2}])
def test_a_list_that_cannot_be_read_says_nothing(listed: object):
    for entry in (status.entry(LIST_URL, PLACE), NAMED):
        assert judged(entry, {LIST_URL: listed, NAMES: listed}).verdict is Verdict.STATUS_UNREACHABLE


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


# --- as it was called before ---------------------------------------------------------------------------

URL_2021 = "https://w3id.org/vc/status-list/2021/v1"
TERMS = {"@id": "https://w3id.org/vc/status-list#", "@prefix": True}
NAMES_2021 = ("statusPurpose", "statusListIndex", "encodedList")
# Our own words for its context, which no package carries that we have: the same terms for the same IRIs.
CONTEXT_2021: dict[str, Any] = {
    "@context": {
        "sl": TERMS,
        **{name: f"sl:{name}" for name in ("StatusList2021Entry", "StatusList2021Credential", "StatusList2021")},
        **{name: f"sl:{name}" for name in NAMES_2021},
        "statusListCredential": {"@id": "sl:statusListCredential", "@type": "@id"},
    }
}
ENTRY_2021 = status.entry(LIST_URL, PLACE) | {"type": "StatusList2021Entry"}


def packed(*places: int, size: int = status.ENTRIES) -> bytes:
    bits = bytearray(size // 8)
    for place in places:
        bits[place // 8] |= 0x80 >> place % 8
    return gzip.compress(bytes(bits))


def list_2021(encoded: str, signer=SIGNER, **changes: Any) -> bytes:
    issuer = did.did_key(signer.public_key)
    subject = {
        "id": f"{LIST_URL}#list",
        "type": "StatusList2021",
        "statusPurpose": "revocation",
        "encodedList": encoded,
    }
    document = {
        "@context": [contexts.CREDENTIALS_V1, URL_2021, contexts.DATA_INTEGRITY_V2],
        "id": LIST_URL,
        "type": ["VerifiableCredential", "StatusList2021Credential"],
        "issuer": issuer,
        "issuanceDate": "2026-03-01T10:00:00Z",
        "credentialSubject": subject | changes,
    }
    return to_json(by_jcs(document, signer))


def by_jcs(document: dict[str, Any], signer=SIGNER) -> dict[str, Any]:
    """Sign in the way that asks for no context."""
    issuer = did.did_key(signer.public_key)
    method = did.verification_method(issuer, signer.public_key)
    return sign(document, signer, verification_method=method, created=AWARDED, suite=JCS)


def judged_2021(entry: object, *lists: bytes, further: dict[str, object] | None = None) -> Verified:
    made = credential(facts()) | {"credentialStatus": entry}
    made["@context"] = [*made["@context"], URL_2021]
    known = {URL_2021: CONTEXT_2021} if further is None else further
    policy = Policy(documents=dict.fromkeys([LIST_URL], *lists) if lists else {}, contexts=known)
    return verify(to_json(by_jcs(made)), policy=policy, at=NOW)


def told_of(found: Verified) -> str:
    return next(step.reason for step in found.steps if step.name == "status")


@pytest.mark.parametrize(
    "written",
    [
        lambda raw: base64.urlsafe_b64encode(raw).decode().rstrip("="),
        lambda raw: base64.urlsafe_b64encode(raw).decode(),
        lambda raw: base64.b64encode(raw).decode(),
    ],
    ids=["base64url", "padded", "base64"],
)
def test_a_list_of_2021_is_read(written: Any):
    """W3C CCG "Verifiable Credentials Status List v2021"."""
    assert judged_2021(ENTRY_2021, list_2021(written(packed(1)))).verdict is Verdict.VALID
    found = judged_2021(ENTRY_2021, list_2021(written(packed(PLACE))))
    assert (found.verdict, told_of(found)) == (Verdict.REVOKED, "The issuer has revoked it.")
    suspended = list_2021(written(packed(PLACE)), statusPurpose="suspension")
    assert judged_2021(ENTRY_2021 | {"statusPurpose": "suspension"}, suspended).verdict is Verdict.SUSPENDED
    assert judged_2021(ENTRY_2021, list_2021(written(packed(PLACE, size=8_000)))).verdict is Verdict.REVOKED


def plain(*places: int, **how: int) -> str:
    return base64.urlsafe_b64encode(packed(*places, **how)).decode().rstrip("=")


@pytest.mark.parametrize(
    ("listed", "words"),
    [
        (list_2021("u" + plain(PLACE)), "wanted gzip"),
        (list_2021(""), "wanted text"),
        (list_2021("!!!"), "wanted gzip in base64"),
        (list_2021(plain(1, size=4_704)), "statusListIndex: wanted less than 4704"),
        (list_2021(plain(PLACE), statusPurpose="suspension"), "statusPurpose: wanted revocation"),
        (list_2021(plain(PLACE), type="urn:x"), "wanted a credentialSubject of type StatusList2021"),
        (list_2021(plain(PLACE), signer=STRANGER), "wanted a list of its issuer"),
        (status_list(PLACE), "wanted a StatusList2021Credential"),
        (list_2021(plain(PLACE))[:-9] + b'AAAAA"}}', "its status list is "),
    ],
)
def test_a_list_of_2021_that_is_none_says_nothing(listed: bytes, words: str):
    found = judged_2021(ENTRY_2021, listed)
    assert (found.verdict, words in told_of(found)) == (Verdict.STATUS_UNREACHABLE, True), told_of(found)


def test_a_bomb_in_a_list_of_2021_is_not_unpacked():
    bomb = base64.urlsafe_b64encode(gzip.compress(bytes(64 * 1024 * 1024))).decode()
    with pytest.raises(StatusListError, match="wanted at most 2097152 bytes"):
        status.decode_2021(bomb)


@pytest.mark.parametrize(
    "change", [{"type": ["StatusList2021Entry", "BitstringStatusListEntry"]}, {"type": "RevocationList2020Status"}]
)
def test_an_entry_is_of_one_kind(change: dict[str, Any]):
    found = judged_2021(ENTRY_2021 | change, list_2021(plain()))
    assert "its status is of an unknown kind" in told_of(found)


def test_purposes_that_2021_does_not_know_are_no_revocation():
    for purpose in ("refresh", "message", "x"):
        found = judged_2021(ENTRY_2021 | {"statusPurpose": purpose})
        assert told_of(found) == f"Its status list speaks of {purpose}, not of revocation."


def test_the_context_of_2021_is_said_to_be_missing():
    """No package that we have carries it, and contexts are never fetched: who has it may give it."""
    found = judged_2021(ENTRY_2021, list_2021(plain()), further={})
    (words,) = (step.reason for step in found.steps if step.name == "contexts")
    assert found.verdict is Verdict.MALFORMED
    assert f"contexts at hand, got '{URL_2021}'" in words


def test_what_2021_signs_is_what_is_shown():
    """By another meaning of its name, the index that is read would not be the one that is signed."""
    terms = CONTEXT_2021["@context"] | {"statusListIndex": "urn:x"}
    found = judged_2021(ENTRY_2021, list_2021(plain()), further={URL_2021: {"@context": terms}})
    (words,) = (step.reason for step in found.steps if step.name == "contexts")
    assert (found.verdict, "/credentialStatus/0/statusListIndex" in words) == (Verdict.MALFORMED, True)


def test_a_list_that_was_found_good_is_held_against_its_issuer_s_key_and_its_dates_each_time(
    monkeypatch: pytest.MonkeyPatch,
):
    web = "did:web:guild.example"
    method = did.verification_method(web, SIGNER.public_key)

    def made(document: dict[str, Any]) -> bytes:
        return to_json(sign(document, SIGNER, verification_method=method, created=AWARDED))

    badge = made(credential(facts(issuer=web)))
    listed = status.status_list(LIST_URL, web, [], valid_from=AWARDED, valid_until=NOW + 1_000_000)
    known = lists.GoodLists()
    bundled: dict[str, object] = {LIST_URL: made(listed)}
    monkeypatch.setattr(verifying, "LISTS", known)

    def found(at: int = NOW, **document: Any) -> str:
        keys = {web: did.did_document(web, [SIGNER.public_key, STRANGER.public_key], **document)}
        return verify(badge, policy=Policy(documents=keys | bundled), at=at).step("status").outcome.value

    assert (found(), found()) == ("passed", "passed")
    assert len(known._known) == 1
    assert found(NOW + 2_000_000) == "unreachable"  # it is over
    assert found(revoked={SIGNER.kid: AWARDED}) == "unreachable"
    assert found() == "passed"
    bundled[LIST_URL] = made(status.status_list(LIST_URL, web, [PLACE], valid_from=AWARDED))
    assert found() == "failed"
    theirs = status.status_list(LIST_URL, ISSUER, [], valid_from=AWARDED)
    bundled[LIST_URL] = to_json(sign(theirs, SIGNER, verification_method=METHOD, created=AWARDED))
    assert (found(), found()) == ("unreachable", "unreachable")


def test_so_many_good_lists_are_remembered_and_no_more(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lists, "MOST", 2)
    known = lists.GoodLists()
    for name in "abc":
        known.taught(lists.GoodList(name.encode(), {}, [], [], 0))
    nobody: dict[str, Key] = {}
    assert [known.find(name.encode(), nobody.__getitem__, NOW) for name in "abc"] == [None, {}, {}]
