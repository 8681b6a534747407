"""Verification: every verdict told apart, published vectors, and nothing hostile gets through."""

from __future__ import annotations

import base64
import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from badges import (
    CHECKS,
    Design,
    Outcome,
    Policy,
    Registry,
    Verdict,
    VerificationError,
    badge_png,
    badge_svg,
    bake_png,
    bake_svg,
    credential,
    did,
    sign,
    sign_jwt,
    status,
    to_json,
    verify,
)
from badges.verifying.reading import LARGEST_DOCUMENT, LARGEST_ENCLOSING
from badges.verifying.verdict import TRUSTED_ISSUER
from schemas import contexts
from tests.badges.samples import (
    AWARDED,
    DAY,
    ISSUER,
    LIST_URL,
    METHOD,
    NOW,
    PLACE,
    SHARED,
    SIGNER,
    STRANGER,
    VECTORS,
    facts,
    signed,
    signed_jwt,
    status_list,
    vector,
    vector_bytes,
)

HAND = {LIST_URL: status_list(1, 2)}
POLICY = Policy(documents=HAND)
DESIGN = Design("hexagon", "teal", "H", "Helper")
BADGE, TOKEN = to_json(signed()), signed_jwt().encode()
FORMS = {
    "json": BADGE,
    "jwt": TOKEN,
    "png": bake_png(badge_png(DESIGN, 64), BADGE.decode()),
    "svg": bake_svg(badge_svg(DESIGN), TOKEN.decode()),
}


def verdict(document: bytes, policy: Policy = POLICY, at: int = NOW) -> Verdict:
    return verify(document, policy=policy, at=at).verdict


def resigned(**members) -> bytes:
    """Return Ada's badge with other members, signed anew: one fault behind a good signature."""
    made = {name: value for name, value in (credential(facts()) | members).items() if value is not None}
    return to_json(sign(made, SIGNER, verification_method=METHOD, created=AWARDED))


# --- verdicts -------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_a_good_badge_is_valid_in_every_form(form):
    answer = verify(FORMS[form], policy=POLICY, at=NOW)

    assert answer.valid
    assert answer.form == form
    assert answer.issuer == ISSUER
    assert answer.evidence
    assert answer.evidence.evidence_count == 5
    assert [step.number for step in answer.steps] == list(range(1, 17))
    others = {step.name for step in answer.steps if step.outcome is not Outcome.PASSED}
    assert others == {"registry", "schema", "refresh", "contents", "endorsements", "recipient", "log"}
    assert all(answer.step(name).outcome is Outcome.NOT_APPLICABLE for name in others)
    assert all(step.reason.endswith(".") and step.clause for step in answer.steps)


@pytest.mark.parametrize("document", [BADGE.replace(b"Helper", b"Leader"), TOKEN[:-4] + b"AAAA"], ids=["json", "jwt"])
def test_an_altered_badge_is_forged(document):
    assert verdict(document) is Verdict.FORGED


def test_a_badge_in_another_s_name_is_forged():
    method = f"did:key:{STRANGER.kid}#{STRANGER.kid}"
    document = to_json(sign(credential(facts()), STRANGER, verification_method=method, created=AWARDED))
    answer = verify(document, policy=POLICY, at=NOW)

    assert answer.verdict is Verdict.FORGED
    assert [step.name for step in answer.steps if step.outcome is Outcome.FAILED] == ["issuer"]


def test_a_badge_with_another_s_key_named_is_forged():
    document = to_json(sign(credential(facts()), STRANGER, verification_method=METHOD, created=AWARDED))

    assert verdict(document) is Verdict.FORGED


def test_a_revoked_badge_is_told_from_a_suspended_one():
    suspended = status.entry(LIST_URL, PLACE, purpose="suspension")
    hand = {LIST_URL: status_list(PLACE, purpose="suspension")}

    assert verdict(BADGE, Policy(documents={LIST_URL: status_list(PLACE)})) is Verdict.REVOKED
    assert verdict(resigned(credentialStatus=suspended), Policy(documents=hand)) is Verdict.SUSPENDED


def test_the_list_may_come_as_bytes_text_or_object():
    raw = status_list(PLACE)

    for found in (raw, raw.decode(), json.loads(raw)):
        assert verdict(BADGE, Policy(documents={LIST_URL: found})) is Verdict.REVOKED


def test_dates_are_held_against_the_moment_asked_about():
    assert verdict(BADGE, at=AWARDED - 1) is Verdict.NOT_YET_VALID
    assert verdict(BADGE, at=AWARDED) is Verdict.VALID
    assert verdict(BADGE, at=AWARDED + 365 * DAY) is Verdict.VALID
    assert verdict(BADGE, at=AWARDED + 365 * DAY + 1) is Verdict.EXPIRED
    assert verdict(TOKEN, at=AWARDED - 1) is Verdict.NOT_YET_VALID
    assert verdict(TOKEN, at=AWARDED + 366 * DAY) is Verdict.EXPIRED


@pytest.mark.parametrize(
    "found",
    [
        None,
        b"",
        b"{}",
        7,
        {},
        {"a": {1, 2}},
        status_list(1)[:-40],
        status_list(1).replace(b"revocation", b"suspension"),
        status_list(1, signer=STRANGER),
        status_list(1, purpose="suspension"),
        status_list(1, validUntil="2026-03-01T12:00:00Z"),
        BADGE,
    ],
    ids=[
        "absent",
        "empty",
        "object",
        "number",
        "dict",
        "set",
        "cut",
        "altered",
        "foreign",
        "purpose",
        "old",
        "no list",
    ],
)
def test_without_a_good_list_the_status_is_unreachable(found):
    hand = {} if found is None else {LIST_URL: found}

    assert verdict(BADGE, Policy(documents=hand)) is Verdict.STATUS_UNREACHABLE


@pytest.mark.parametrize(
    "entry",
    [
        {"id": "urn:x", "type": "https://x.example/OtherStatus"},
        status.entry(LIST_URL, PLACE) | {"statusListIndex": "x"},
        [status.entry(LIST_URL, PLACE), {"id": "urn:x", "type": "https://x.example/OtherStatus"}],
    ],
)
def test_a_status_that_cannot_be_told_is_unreachable(entry):
    assert verdict(resigned(credentialStatus=entry)) is Verdict.STATUS_UNREACHABLE


def test_a_list_of_a_list_leads_nowhere():
    """A status list with a status of its own, even itself, is not followed."""
    raw = status_list(1, credentialStatus=status.entry(LIST_URL, 5))

    assert verdict(BADGE, Policy(documents={LIST_URL: raw})) is Verdict.VALID


def test_a_message_is_no_revocation():
    assert verdict(resigned(credentialStatus=status.entry(LIST_URL, PLACE, purpose="message"))) is Verdict.VALID


def test_worse_news_comes_first():
    late = Policy(documents={LIST_URL: status_list(PLACE)})

    assert verdict(BADGE, late, at=AWARDED + 400 * DAY) is Verdict.REVOKED
    assert verdict(BADGE.replace(b"Helper", b"Leader"), late) is Verdict.FORGED


# --- issuers --------------------------------------------------------------------------------------

WEB = did.did_web("https://guild.example", "weavers")
WEB_METHOD = did.verification_method(WEB, SIGNER.public_key)
WEB_BADGE = to_json(
    sign(
        credential(facts(issuer=WEB, status_list=None, status_index=None)),
        SIGNER,
        verification_method=WEB_METHOD,
        created=AWARDED,
    )
)
WEB_DOCUMENT = did.did_document(WEB, [SIGNER.public_key])


def test_did_web_needs_its_document():
    assert verdict(WEB_BADGE, Policy(documents={WEB: WEB_DOCUMENT})) is Verdict.VALID
    assert verdict(WEB_BADGE) is Verdict.ISSUER_UNKNOWN


def test_did_web_works_for_tokens():
    token = sign_jwt(
        credential(facts(issuer=WEB, status_list=None, status_index=None)), SIGNER, kid=WEB_METHOD
    ).encode()

    assert verdict(token, Policy(documents={WEB: WEB_DOCUMENT})) is Verdict.VALID
    assert verdict(token) is Verdict.ISSUER_UNKNOWN


@pytest.mark.parametrize(
    "document",
    [
        did.did_document(WEB, [STRANGER.public_key]),
        did.did_document("did:web:evil.example", [SIGNER.public_key]),
        WEB_DOCUMENT
        | {"verificationMethod": [WEB_DOCUMENT["verificationMethod"][0] | {"revoked": "2026-03-01T11:00:00Z"}]},
    ],
    ids=["other key", "other document", "revoked key"],
)
def test_a_document_that_does_not_vouch_leaves_the_issuer_unknown(document):
    assert verdict(WEB_BADGE, Policy(documents={WEB: document})) is Verdict.ISSUER_UNKNOWN


def test_a_key_that_may_not_assert_is_refused():
    document = WEB_DOCUMENT | {"assertionMethod": [], "authentication": [WEB_METHOD]}

    assert verdict(WEB_BADGE, Policy(documents={WEB: document})) is Verdict.FORGED


def test_an_issuer_in_no_registry_is_told_and_fails_only_where_the_policy_asks():
    known, other = Registry("The guilds", {ISSUER: "Weavers"}), Registry("The others", {WEB: "Bakers"})
    asked = CHECKS | {TRUSTED_ISSUER}
    answer = verify(BADGE, policy=Policy(documents=HAND, registries=(other, known), checks=asked), at=NOW)
    assert answer.valid
    assert answer.step("registry").reason == "The guilds knows its issuer as Weavers."
    answer = verify(BADGE, policy=Policy(documents=HAND, registries=(other,)), at=NOW)
    assert answer.valid
    assert answer.step("registry").outcome is Outcome.FAILED
    assert verdict(BADGE, Policy(documents=HAND, registries=(other,), checks=asked)) is Verdict.ISSUER_UNKNOWN


# --- policies -------------------------------------------------------------------------------------


@pytest.mark.parametrize("checks", [frozenset(), frozenset({"everything"}), frozenset({"proof", "luck"})])
def test_a_policy_asks_for_known_checks_and_at_least_one(checks):
    with pytest.raises(VerificationError, match="checks: wanted some of conformance, credentialSchema"):
        Policy(checks=checks)


def test_a_policy_that_trusts_nobody_is_refused():
    for registries in ((), (Registry("Nobody", {}),)):
        with pytest.raises(VerificationError, match="trustedIssuer wants a registry with at least one issuer"):
            Policy(checks=CHECKS | {TRUSTED_ISSUER}, registries=registries)


def test_only_the_checks_asked_for_decide_and_all_are_told():
    answer = verify(BADGE, policy=Policy(checks=frozenset({"proof"})), at=AWARDED + 400 * DAY)

    assert answer.valid
    assert {step.name for step in answer.steps if step.verdict is not Verdict.VALID} == {"validity", "status"}


def test_text_is_no_document():
    with pytest.raises(VerificationError, match="wanted bytes, got str"):
        verify(BADGE.decode(), policy=POLICY, at=NOW)  # type: ignore[arg-type]


# --- shape, one fault behind a good signature -------------------------------------------------------


@pytest.mark.parametrize(
    "members",
    [
        {"validFrom": None},
        {"id": None},
        {"name": 7},
        {"validUntil": "2026-01-01T00:00:00Z"},
        {"validFrom": "yesterday"},
        {"type": ["VerifiableCredential"], "credentialSubject": {}},
        {"credentialSubject": {"type": ["AchievementSubject"], "id": "urn:x"}},
        {"credentialSubject": [credential(facts())["credentialSubject"]] * 2},
        {"issuer": ISSUER},
        {"issuer": {"id": ISSUER, "type": "Evidence"}},
        {"evidence": [{"type": ["Image"], "id": "urn:x"}]},
        {"credentialStatus": {"id": "urn:x"}},
        {"relatedResource": [{"id": "urn:x"}]},
        {"@context": [contexts.CREDENTIALS_V2, contexts.EXAMPLES_V2, contexts.OPEN_BADGES]},
    ],
)  # fmt: skip
def test_a_badge_not_formed_as_it_must_be_is_malformed(members):
    answer = verify(resigned(**members), policy=POLICY, at=NOW)

    assert answer.verdict is Verdict.MALFORMED
    assert "wanted" in answer.step("shape").reason
    assert answer.step("proof").outcome is Outcome.PASSED  # the signature itself is good


@pytest.mark.parametrize("name", ["name", "description", "criteria", "id"])
def test_an_achievement_must_say_what_it_is(name):
    subject = credential(facts())["credentialSubject"]
    del subject["achievement"][name]

    assert verdict(resigned(credentialSubject=subject)) is Verdict.MALFORMED


def test_a_document_in_full_iris_without_a_context_is_malformed():
    said = "https://www.w3.org/2018/credentials#"
    bare = {"@id": "urn:x:1", "@type": [f"{said}VerifiableCredential"], f"{said}issuer": {"@id": ISSUER}}
    answer = verify(to_json(bare | {"proof": signed()["proof"]}), policy=Policy(), at=NOW)
    assert answer.verdict is Verdict.MALFORMED


def test_a_plain_credential_needs_no_achievement():
    """Rules of Open Badges apply to its own types only."""
    document = {
        "@context": [contexts.CREDENTIALS_V2],
        "type": "VerifiableCredential",
        "issuer": ISSUER,
        "credentialSubject": {"id": "did:example:subject"},
    }
    answer = verify(to_json(sign(document, SIGNER, verification_method=METHOD, created=None)), policy=POLICY, at=NOW)

    assert answer.valid
    assert {step.name for step in answer.steps if step.outcome is Outcome.PASSED} == {
        "read", "shape", "contexts", "key", "issuer", "proof",
    }  # fmt: skip


def test_evidence_in_our_name_must_keep_our_form():
    evidence = credential(facts())["evidence"]
    evidence[0]["narrative"] = "rule: helper@2"

    assert verdict(resigned(evidence=evidence)) is Verdict.MALFORMED


def test_a_token_that_contradicts_itself_is_malformed():
    _, body, _ = TOKEN.decode().split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
        for part in ({"alg": "EdDSA", "kid": METHOD}, claims | {"sub": "urn:someone-else"})
    ]
    text = ".".join(parts)
    tail = base64.urlsafe_b64encode(SIGNER.sign(text.encode())).rstrip(b"=").decode()

    assert verdict(f"{text}.{tail}".encode()) is Verdict.MALFORMED


def test_an_envelope_is_opened():
    envelope = {
        "@context": contexts.CREDENTIALS_V2,
        "type": "EnvelopedVerifiableCredential",
        "id": "data:application/vc+jwt," + TOKEN.decode(),
    }

    assert verdict(to_json(envelope)) is Verdict.VALID
    assert verdict(to_json(envelope | {"id": "data:text/plain,x"})) is Verdict.MALFORMED


# --- hostile input ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b" ",
        b"[]",
        b"7",
        b'"text"',
        b"{",
        b"{}",
        b'{"a": 1, "a": 2}',
        b'{"a": NaN}',
        b'{"proof": null}',
        b'{"proof": {"type": []}}',
        b'{"@context": {}, "type": {}, "issuer": [], "credentialSubject": [[]], "credentialStatus": [7]}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"\xff\xfe",
        b"\xef\xbb\xbf{}",
        b"a.b.c",
        b"<svg/>",
        b"\x89PNG\r\n\x1a\n",
        b"x" * (LARGEST_ENCLOSING + 1),
        b'{"a": "' + b"x" * LARGEST_DOCUMENT + b'"}',
    ],
    ids=range(21),
)
def test_what_is_no_credential_is_malformed_and_cheap(document):
    begun = time.thread_time()

    assert verdict(document) is Verdict.MALFORMED
    assert time.thread_time() - begun < 3


def test_a_crowded_document_costs_little():
    crowd = [{"id": f"urn:{one}", "type": ["AchievementSubject"], "narrative": "x"} for one in range(1_500)]
    begun = time.thread_time()

    assert verdict(json.dumps(signed() | {"credentialSubject": crowd}).encode()) is Verdict.MALFORMED
    assert time.thread_time() - begun < 10


@given(st.binary(max_size=300))
@settings(max_examples=100)
def test_arbitrary_bytes_are_answered(raw):
    assert verdict(raw) is Verdict.MALFORMED


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.sampled_from(["", "x", "urn:x", ISSUER, METHOD, "VerifiableCredential"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["id", "type", "@context", "@id", "@value", "name"]), inner, max_size=3)
    ),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(sorted(signed())), anything, max_size=3))
@settings(max_examples=80)
def test_any_member_may_be_anything_and_is_answered(members):
    answer = verify(json.dumps(signed() | members).encode(), policy=POLICY, at=NOW)

    assert not answer.valid or members.items() <= signed().items()


@given(
    st.dictionaries(
        st.sampled_from(["type", "cryptosuite", "verificationMethod", "proofValue", "expires", "previousProof"]),
        anything,
        min_size=1,
        max_size=2,
    )
)
@settings(max_examples=60)
def test_any_proof_may_be_anything_and_is_answered(members):
    made = signed()
    made["proof"] |= members

    says_something = any(value != [] for value in members.values())
    assert not (verify(json.dumps(made).encode(), policy=POLICY, at=NOW).valid and says_something)


@pytest.mark.parametrize("document", [BADGE, TOKEN], ids=["json", "jwt"])
@given(data=st.data())
@settings(max_examples=120)
def test_any_flipped_bit_is_noticed(document, data):
    flipped = bytearray(document)
    flipped[data.draw(st.integers(0, len(document) - 1))] ^= 1 << data.draw(st.integers(0, 7))

    assert verdict(bytes(flipped)) is not Verdict.VALID


@pytest.mark.parametrize("document", [BADGE, TOKEN], ids=["json", "jwt"])
@given(data=st.data())
@settings(max_examples=60)
def test_any_lost_or_doubled_byte_is_noticed(document, data):
    at = data.draw(st.integers(0, len(document) - 1))

    assert verdict(document[:at] + document[at + 1 :]) is not Verdict.VALID
    assert verdict(document[:at] + document[at : at + 1] * 2 + document[at + 1 :]) is not Verdict.VALID


# --- published vectors --------------------------------------------------------------------------------

# What we refuse although its publisher accepts it, and why.
REFUSED = {
    "1edtech/simple-did-key-method.json": "contested: the issuer is not the key's controller",
    "1edtech/simple-jwt.png": "contested: its key is in its own header alone",
    "1edtech/simple-jwt.svg": "contested: its key is in its own header alone",
    "1edtech/simple-jwt_v1.png": "contested: its key is in its own header alone",
    "1edtech/simple-jwt_v1.svg": "contested: its key is in its own header alone",
    "vc-di-eddsa/eddsa-rdfc-2022/employ/signedDataInt.json": "contested: names a context of a draft",
}
MANIFEST = VECTORS / "manifest.json"
ENTRIES = [
    entry
    for entry in (json.loads(MANIFEST.read_text()) if MANIFEST.exists() else [])
    if entry["format"] not in {"known-answer", "ob3-unsigned"}
]
VECTORS_AT = 1_780_000_000_000_000  # µs, in 2026


def test_the_published_vectors_are_at_hand():
    if not MANIFEST.exists():
        pytest.skip(f"published vectors are not at hand: {MANIFEST}")
    assert {entry["file"] for entry in ENTRIES} >= set(REFUSED)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["file"])
def test_published_vectors_get_their_verdict(entry):
    known = vector("offline-documents.json")["urls"]
    folder = SHARED / "fixtures" / "contexts"
    further = {
        url: json.loads((folder / name).read_text())
        for url, name in json.loads((folder / "map.json").read_text()).items()
    }
    policy = Policy(
        checks=frozenset(entry.get("checks", CHECKS)),
        documents=known,
        contexts=further,
    )
    answer = verify(vector_bytes(entry["file"]), policy=policy, at=VECTORS_AT)

    expected = entry["expected"] in {"valid", "proof-valid"} and entry["file"] not in REFUSED
    assert answer.valid == expected, (answer.verdict, [step.reason for step in answer.steps])
