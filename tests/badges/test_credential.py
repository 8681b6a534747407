"""Our credentials: pure, complete by the official schema, and readable for ever."""

from __future__ import annotations

import pytest

from badges import (
    RULE_GENRE,
    AwardError,
    Policy,
    RuleEvidence,
    Verdict,
    achievement,
    credential,
    rule_evidence,
    status,
    to_json,
    verify,
)
from badges.documents.shape import credential_faults
from badges.instants import InstantError, instant, written
from tests.badges import official
from tests.badges.samples import (
    AWARDED,
    DAY,
    GOLDEN,
    HELPER,
    LIST_URL,
    NOW,
    facts,
    signed,
    signed_jwt,
    status_list,
)

BARE = {"badge": "helper", "name": "Helper", "description": "Helps."}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"expires": None},
        {"status_list": None, "status_index": None},
        {"achievement": achievement(BARE, base_url="http://localhost:8000/", community="weavers")},
        {"credential_id": "urn:uuid:0190f3c2-7a10-7000-8000-0242ac120002", "subject_id": "did:key:z6Mk"},
    ],
    ids=["all", "no expiry", "no status", "bare", "other ids"],
)
def test_the_official_schema_accepts_it(changes):
    assert official.faults(signed(**changes)) == []
    assert credential_faults(signed(**changes)) == []


def test_the_official_schema_is_really_applied():
    broken = signed()
    del broken["credentialSubject"]["achievement"]["criteria"]

    assert official.faults(broken)


def test_the_same_award_gives_the_same_bytes():
    assert to_json(credential(facts())) == to_json(credential(facts()))


def test_it_says_what_was_recorded():
    made = credential(facts())

    assert made["validFrom"] == made["awardedDate"] == "2026-03-01T10:00:00Z"
    assert made["validUntil"] == "2027-03-01T10:00:00Z"
    assert made["credentialStatus"] == status.entry(LIST_URL, 4_711)
    assert made["issuer"]["name"] == "Weavers"
    assert made["credentialSubject"]["achievement"]["name"] == made["name"] == "Helper"


def test_the_practice_behind_it_can_be_read_back():
    assert rule_evidence(credential(facts())) == RuleEvidence(
        rule="helper",
        rule_version=2,
        rule_hash=b"\xab" * 32,
        charter_version=3,
        earned=AWARDED - DAY,
        evidence_root=bytes(range(32)),
        evidence_count=5,
    )


def test_the_hash_may_come_with_or_without_its_name():
    assert credential(facts(rule_hash="ab" * 32)) == credential(facts())


@pytest.mark.parametrize(
    "changes",
    [
        {"rule": "Not a slug"},
        {"rule": "helper\ncharter: 9"},
        {"rule_version": 0},
        {"rule_hash": "ab"},
        {"rule_hash": "AB" * 32},
        {"evidence_root": b"short"},
        {"evidence_count": -1},
        {"charter_version": -1},
        {"expires": AWARDED},
        {"status_index": None},
        {"status_list": None},
    ],
)
def test_facts_that_make_no_credential_are_refused(changes):
    with pytest.raises(AwardError, match="wanted"):
        credential(facts(**changes))


@pytest.mark.parametrize("evidence", [None, [], {}, [{"genre": "essay"}], ["text"], {"type": "Evidence"}])
def test_other_evidence_is_none_of_ours(evidence):
    assert rule_evidence({"evidence": evidence} if evidence is not None else {}) is None


@pytest.mark.parametrize(
    "narrative",
    [
        None,
        "",
        "rule: helper@2",
        "rule: helper@2\nrule-hash: x\ncharter: 3\nearned: x\nevidence-root: x\nevidence-count: 5",
        credential(facts())["evidence"][0]["narrative"].replace("2026-02-28T10:00:00Z", "soon"),
    ],
)
def test_evidence_in_our_name_must_keep_our_form(narrative):
    with pytest.raises(AwardError, match="evidence"):
        rule_evidence({"evidence": {"genre": RULE_GENRE, "narrative": narrative}})


def test_evidence_in_our_name_comes_once():
    with pytest.raises(AwardError, match="wanted one"):
        rule_evidence({"evidence": [{"genre": RULE_GENRE}] * 2})


def test_an_achievement_names_its_pages():
    made = achievement(HELPER, base_url="https://guild.example/", community="weavers")

    assert made["id"] == "https://guild.example/c/weavers/badges/helper"
    assert made["image"]["id"] == made["id"] + ".png"
    assert made["alignment"][0]["targetUrl"] == "https://guild.example/c/weavers#outcome-explain"
    assert made["alignment"][0]["targetName"] == "explain"


def test_instants_are_read_exactly():
    assert instant("2026-03-01T10:00:00Z") == AWARDED
    assert instant("2026-03-01T12:00:00.1234567+02:00") == AWARDED + 123_456
    assert instant("1969-12-31T23:59:59Z") == -1_000_000
    assert written(instant("0001-01-01T00:00:00Z")) == "0001-01-01T00:00:00Z"
    assert written(AWARDED + 999_999) == "2026-03-01T10:00:00Z"


@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        "",
        "2026-03-01",
        "2026-03-01T10:00:00",
        "2026-02-30T10:00:00Z",
        "2026-03-01T24:00:01Z",
        "٢٠٢٦-03-01T10:00:00Z",
    ],
)
def test_other_words_are_no_instant(value):
    with pytest.raises(InstantError, match="wanted"):
        instant(value)


def test_no_instant_beyond_the_calendar_is_written():
    with pytest.raises(InstantError, match="years 1 to 9999"):
        written(10**18)


# --- for ever -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["badge.json", "badge.jwt", "badge.png", "badge.svg"])
def test_a_badge_of_the_first_day_verifies_for_ever(name):
    policy = Policy(documents={LIST_URL: (GOLDEN / "status-list.json").read_bytes()})
    answer = verify((GOLDEN / name).read_bytes(), policy=policy, at=NOW)

    assert answer.verdict is Verdict.VALID
    assert answer.evidence
    assert answer.evidence.rule == "helper"


def test_what_we_sign_today_is_what_we_signed_on_the_first_day():
    assert to_json(signed()) == (GOLDEN / "badge.json").read_bytes()
    assert signed_jwt().encode() == (GOLDEN / "badge.jwt").read_bytes()
    assert status_list(1, 2, 3) == (GOLDEN / "status-list.json").read_bytes()
