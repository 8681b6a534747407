"""Open Badges 2.0: what is hosted stands by what its addresses hold, what is signed by a key its issuer lists."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from badges import (
    Outcome,
    Policy,
    Verdict,
    Verified,
    badge_png,
    badge_svg,
    bake_png,
    bake_svg,
    design_of,
    to_json,
    verify,
)
from badges.documents import ob2
from badges.pictures.bake import OB2
from ledger.keys import FileSigner, PublicKey, new_key
from ledger.multibase import base64url_encode
from tests.badges.samples import HELPER, NOW, signed

SITE = ob2.Addresses("https://guild.example", "weavers")
RSA, OTHER = FileSigner(new_key("RS256")), FileSigner(new_key("RS256"))
BADGE_URL = SITE.badge("badge", "helper", 3)
CREDENTIAL = signed()
HOSTED = ob2.assertion(CREDENTIAL, BADGE_URL, SITE)
SIGNED = ob2.assertion(CREDENTIAL, BADGE_URL, SITE, key=RSA.kid)
CLASS: dict[str, Any] = {
    "@context": ob2.CONTEXT,
    "type": "BadgeClass",
    "id": BADGE_URL,
    "name": "Helper",
    "description": "Answers the questions of others, again and again.",
    "image": "https://guild.example/helper.png",
    "criteria": {"narrative": "Five accepted answers in five different threads."},
    "issuer": SITE.issuer,
}
ISSUER = ob2.issuer("Weavers", "https://guild.example/c/weavers", None, SITE, [RSA.kid])
KEY = ob2.cryptographic_key(PublicKey("RS256", RSA.public_key), SITE)
TOKEN = ob2.sign_assertion(SIGNED, RSA)
SITE_HOLDS: dict[str, Any] = {one["id"]: one for one in (HOSTED, CLASS, ISSUER, KEY, ob2.revocation_list([], SITE))}
STEPS = {"registry", "schema", "refresh", "contents", "endorsements", "evidence", "log"}  # 2.0 has none of these


def judged(document: object, *, at: int = NOW, recipient: str | None = None, **holds: Any) -> Verified:
    """Verify a document where the site holds what it holds, but for `holds` (URL -> other, None for nothing)."""
    documents = {name: found for name, found in (SITE_HOLDS | holds.pop("site", {})).items() if found is not None}
    written = document.encode() if isinstance(document, str) else document
    raw = written if isinstance(written, bytes) else orjson.dumps(written)
    return verify(raw, policy=Policy(documents=documents, recipient=recipient), at=at)


def without(document: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in names}


# --- what stands ----------------------------------------------------------------------------------


FORMS = {
    "json": to_json(HOSTED),
    "jwt": TOKEN.encode(),
    "png": bake_png(badge_png(design_of(HELPER), 64), to_json(HOSTED).decode(), OB2),
    "svg": bake_svg(badge_svg(design_of(HELPER)), to_json(HOSTED).decode(), OB2),
    "png, signed": bake_png(badge_png(design_of(HELPER), 64), TOKEN, OB2),
    "svg, signed": bake_svg(badge_svg(design_of(HELPER)), TOKEN, OB2),
    "png, address": bake_png(badge_png(design_of(HELPER), 64), HOSTED["id"], OB2),
}


@pytest.mark.parametrize("form", FORMS)
def test_what_we_export_is_valid_where_our_addresses_are_at_hand(form: str):
    answer = judged(FORMS[form])

    assert answer.verdict is Verdict.VALID
    assert (answer.kind, answer.form, answer.issuer) == ("assertion", form.partition(",")[0], SITE.issuer)
    assert [step.number for step in answer.steps] == list(range(1, 17))
    for step in answer.steps:
        assert step.reason.endswith(".")
        if step.name in STEPS:
            assert step.outcome is Outcome.NOT_APPLICABLE
        elif step.outcome is Outcome.PASSED:
            assert step.clause.startswith("OB 2.0")
    assert answer.credential
    assert (answer.credential["badge"]["name"], answer.credential["badge"]["issuer"]["name"]) == ("Helper", "Weavers")


@pytest.mark.parametrize("form", FORMS)
def test_where_nothing_is_at_hand_it_vouches_for_nothing(form: str):
    answer = verify(FORMS[form], policy=Policy(), at=NOW)

    assert answer.verdict is Verdict.ISSUER_UNKNOWN
    assert answer.step("issuer").outcome is Outcome.UNREACHABLE
    assert "not at hand" in answer.step("issuer").reason


@pytest.mark.parametrize("lacking", [HOSTED["id"], BADGE_URL, SITE.issuer])
def test_each_part_of_what_vouches_for_a_hosted_one_is_wanted(lacking: str):
    answer = judged(HOSTED, site={lacking: None})

    assert answer.verdict is Verdict.ISSUER_UNKNOWN
    assert any(lacking in step.reason for step in answer.steps)


# --- hosted ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("issuedOn", "2020-01-01T00:00:00Z"),
        ("expires", "2099-01-01T00:00:00Z"),
        ("recipient", {"type": "url", "hashed": False, "identity": "https://elsewhere.example/me"}),
        ("evidence", [{"type": "Evidence", "narrative": "I did everything."}]),
        ("narrative", "She did more than she did."),
        ("badge", "https://guild.example/ob2/issuers/weavers/badge/master/3"),
    ],
)
def test_another_than_stands_at_its_own_address_is_forged(name: str, value: object):
    answer = judged(HOSTED | {name: value})

    assert answer.verdict is Verdict.FORGED
    assert name in answer.step("proof").reason
    assert answer.credential
    assert answer.credential.get(name) != value


def test_what_was_left_out_is_a_difference_too():
    assert judged(without(HOSTED, "expires")).verdict is Verdict.FORGED


def test_the_same_written_otherwise_is_no_difference():
    other = HOSTED | {
        "@context": [ob2.CONTEXT],
        "type": ["Assertion"],
        "issuedOn": HOSTED["issuedOn"].replace("Z", "+00:00"),
        "badge": CLASS,
        "verification": {"type": "HostedBadge"},
    }
    assert judged(other).verdict is Verdict.VALID


def test_one_at_an_address_of_another_id_is_not_the_same():
    assert judged(HOSTED, site={HOSTED["id"]: HOSTED | {"id": HOSTED["id"] + "0"}}).verdict is Verdict.ISSUER_UNKNOWN


@pytest.mark.parametrize(
    ("rules", "holds"),
    [
        (None, True),
        ({}, True),
        ({"startsWith": "https://guild.example/ob2/"}, True),
        ({"startsWith": ["https://other.example/", "https://guild.example/ob2/assertions/"]}, True),
        ({"startsWith": "https://guild.example/badges/"}, False),
        ({"startsWith": "https://guild.exampl"}, False),
        ({"allowedOrigins": "guild.example"}, True),
        ({"allowedOrigins": ["other.example", "guild.example"]}, True),
        ({"allowedOrigins": "other.example"}, False),
        ({"allowedOrigins": "example"}, False),
        ({"startsWith": "https://guild.example/ob2/", "allowedOrigins": "other.example"}, False),
    ],
)
def test_it_stands_where_its_issuer_says_that_it_hosts(rules: object, holds: bool):  # noqa: FBT001  a row
    issuer = without(ISSUER, "verification") | ({} if rules is None else {"verification": rules})
    answer = judged(HOSTED, site={SITE.issuer: issuer})

    assert answer.verdict is (Verdict.VALID if holds else Verdict.FORGED)
    assert answer.step("issuer").outcome is (Outcome.PASSED if holds else Outcome.FAILED)


def test_without_a_rule_all_is_on_the_issuer_s_own_origin():
    elsewhere = "https://copy.example/ob2/assertions/1"
    copied = HOSTED | {"id": elsewhere}
    issuer = without(ISSUER, "verification")
    assert judged(copied, site={elsewhere: copied, SITE.issuer: issuer}).verdict is Verdict.FORGED

    other = CLASS | {"id": "https://copy.example/class"}
    led = HOSTED | {"badge": other["id"]}
    assert judged(led, site={led["id"]: led, other["id"]: other, SITE.issuer: issuer}).verdict is Verdict.FORGED


def test_an_issuer_inside_is_looked_up_all_the_same():
    """Else it would say itself where it hosts what it vouches for."""
    lie = HOSTED | {
        "id": "https://copy.example/1",
        "badge": CLASS | {"issuer": ISSUER | {"verification": {"startsWith": "https://copy.example/"}}},
    }
    assert judged(lie, site={lie["id"]: lie}).verdict is Verdict.FORGED


def test_revoked_stands_at_its_own_address():
    stub = ob2.revoked_assertion(HOSTED["id"], for_now=False) | {"revocationReason": "Awarded in error"}
    for copy in (HOSTED, stub):
        answer = judged(copy, site={HOSTED["id"]: stub})
        assert answer.step("status").reason == "The issuer has revoked it: “Awarded in error”."
        assert answer.verdict is Verdict.REVOKED
    bare = {"id": HOSTED["id"], "revoked": True}
    assert judged(FORMS["png, address"], site={HOSTED["id"]: bare}).verdict is Verdict.REVOKED
    assert judged(stub, site={HOSTED["id"]: None}).verdict is Verdict.ISSUER_UNKNOWN
    assert judged(HOSTED, site={HOSTED["id"]: HOSTED | {"revoked": True}}).step("status").verdict is Verdict.REVOKED


def test_what_is_gone_from_its_own_address_was_revoked():
    class Asked(dict[str, object]):
        def gone(self, name: str) -> bool:
            return bool(name == HOSTED["id"])

    held = Asked(without(SITE_HOLDS, HOSTED["id"]))
    for form in ("json", "png", "svg", "png, address"):
        assert verify(FORMS[form], policy=Policy(documents=held), at=NOW).verdict is Verdict.REVOKED
    assert verify(to_json(HOSTED), policy=Policy(documents=dict(held)), at=NOW).verdict is Verdict.ISSUER_UNKNOWN


# --- signed ---------------------------------------------------------------------------------------


def test_altered_or_signed_by_another_it_is_forged():
    altered = ob2.sign_assertion(SIGNED, RSA).split(".")
    altered[1] = base64url_encode(to_json(SIGNED | {"issuedOn": "2020-01-01T00:00:00Z"}))
    for token in (".".join(altered), ob2.sign_assertion(SIGNED, OTHER)):
        answer = judged(token)
        assert answer.verdict is Verdict.FORGED
        assert answer.step("proof").outcome is Outcome.FAILED


@pytest.mark.parametrize(
    ("site", "verdict"),
    [
        ({KEY["id"]: None}, Verdict.ISSUER_UNKNOWN),
        ({KEY["id"]: KEY | {"owner": "https://other.example/issuer"}}, Verdict.ISSUER_UNKNOWN),
        ({KEY["id"]: KEY | {"publicKeyPem": "no key"}}, Verdict.ISSUER_UNKNOWN),
        ({KEY["id"]: KEY | {"id": KEY["id"] + "0"}}, Verdict.ISSUER_UNKNOWN),
        ({SITE.issuer: ISSUER | {"publicKey": SITE.key("another")}}, Verdict.FORGED),
        ({SITE.issuer: without(ISSUER, "publicKey")}, Verdict.FORGED),
        ({SITE.issuer: None}, Verdict.ISSUER_UNKNOWN),
        ({SITE.revoked: None}, Verdict.STATUS_UNREACHABLE),
        (
            {SITE.revoked: ob2.revocation_list([], SITE) | {"issuer": "https://other.example"}},
            Verdict.STATUS_UNREACHABLE,
        ),
        ({SITE.revoked: ob2.revocation_list([], SITE) | {"revokedAssertions": [3]}}, Verdict.STATUS_UNREACHABLE),
        ({SITE.revoked: ob2.revocation_list([CREDENTIAL["id"]], SITE)}, Verdict.REVOKED),
        ({SITE.revoked: ob2.revocation_list([], SITE) | {"revokedAssertions": [SIGNED["id"]]}}, Verdict.REVOKED),
        ({SITE.issuer: without(ISSUER, "revocationList")}, Verdict.VALID),
        ({SITE.issuer: ISSUER | {"publicKey": [SITE.key("another"), KEY]}, KEY["id"]: None}, Verdict.VALID),
    ],
)
def test_a_signed_one_rests_on_a_key_that_its_issuer_lists(site: dict[str, Any], verdict: Verdict):
    assert judged(TOKEN, site=site).verdict is verdict


def test_where_it_names_no_key_those_of_its_issuer_are_tried():
    token = ob2.sign_assertion(SIGNED | {"verification": {"type": "signed"}}, RSA)
    other = ob2.cryptographic_key(PublicKey("RS256", OTHER.public_key), SITE)
    both = {SITE.issuer: ISSUER | {"publicKey": [other["id"], SITE.key("lost"), KEY["id"]]}, other["id"]: other}

    assert judged(token).verdict is Verdict.VALID
    assert judged(token, site=both).verdict is Verdict.VALID
    assert (
        judged(token, site={SITE.issuer: ISSUER | {"publicKey": other["id"]}, other["id"]: other}).verdict
        is Verdict.FORGED
    )


def test_by_none_of_its_issuer_s_keys_is_forged_where_all_are_at_hand():
    token = ob2.sign_assertion(SIGNED | {"verification": {"type": "signed"}}, OTHER)
    several = ISSUER | {"publicKey": [KEY["id"], SITE.key("lost")]}

    assert judged(token).verdict is Verdict.FORGED
    answer = judged(token, site={SITE.issuer: several})
    assert answer.verdict is Verdict.ISSUER_UNKNOWN
    assert SITE.key("lost") in answer.step("proof").reason


def test_one_that_says_it_is_signed_and_is_not_is_told_so():
    answer = judged(SIGNED)
    assert answer.verdict is Verdict.MALFORMED
    assert "without a signature" in answer.step("key").reason


@pytest.mark.parametrize("algorithm", ["none", "HS256", "RS512", 5])
def test_other_algorithms_are_not_taken(algorithm: object):
    head = base64url_encode(to_json({"alg": algorithm}))
    token = ".".join([head, *TOKEN.split(".")[1:]])
    assert judged(token).verdict is Verdict.FORGED


# --- shape, dates, recipient ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"id": None}, "/id"),
        ({"id": "urn:uuid:1"}, "/id"),
        ({"type": "Award"}, "/type"),
        ({"recipient": None}, "/recipient"),
        ({"recipient": {"type": "email", "hashed": True, "identity": "ada@example.org"}}, "/recipient/identity"),
        ({"recipient": {"type": "email", "hashed": "true", "identity": "x"}}, "/recipient/hashed"),
        ({"badge": None}, "/badge"),
        ({"badge": without(CLASS, "name")}, "/badge/name"),
        ({"badge": CLASS | {"issuer": {"id": "https://x.example"}}}, "/badge/issuer/type"),
        ({"verification": None}, "/verification/type"),
        ({"verification": {"type": ["hosted", "signed"]}}, "/verification/type"),
        ({"issuedOn": None}, "/issuedOn"),
        ({"issuedOn": "1 March 2026"}, "/issuedOn"),
        ({"expires": "2020-01-01T00:00:00Z"}, "/expires"),
        ({"image": "data:image/png;base64,AA"}, "/image"),
        ({"revoked": "yes"}, "/revoked"),
        ({"@context": "https://w3id.org/openbadges/v1"}, "/@context"),
        ({"@context": [ob2.CONTEXT, {"badge": "https://x.example/other"}]}, "/@context"),
        ({"evidence": {"@context": {"id": "https://x.example/id"}}}, "/evidence/@context"),
    ],
)
def test_what_is_no_assertion_is_told_where_and_why(changes: dict[str, Any], pointer: str):
    document = {name: value for name, value in (HOSTED | changes).items() if value is not None}
    answer = judged(document, site={str(document.get("id")): document})

    assert answer.verdict is Verdict.MALFORMED
    assert pointer in answer.step("shape").reason + answer.step("contexts").reason


def test_dates_are_held_against_the_moment_asked_about():
    assert judged(HOSTED, at=NOW - 3 * 86_400_000_000).verdict is Verdict.NOT_YET_VALID
    assert judged(HOSTED, at=NOW + 400 * 86_400_000_000).verdict is Verdict.EXPIRED
    assert judged(TOKEN, at=NOW + 400 * 86_400_000_000).verdict is Verdict.EXPIRED


@pytest.mark.parametrize("algorithm", ["sha256", "md5"])
def test_whom_it_is_for_is_found_by_hash(algorithm: str):
    digest = hashlib.new(algorithm, b"ada@example.orgdeadsea").hexdigest().upper()
    named = {"type": "email", "hashed": True, "salt": "deadsea", "identity": f"{algorithm}${digest}"}
    hosted = HOSTED | {"recipient": named}
    for who in ("ada@example.org", "mailto:ada@example.org", "Ada@Example.org"):
        answer = judged(hosted, recipient=who, site={HOSTED["id"]: hosted})
        assert answer.verdict is Verdict.VALID
        assert ("weak" in answer.step("recipient").reason) is (algorithm == "md5")
    assert judged(hosted, recipient="bo@example.org", site={HOSTED["id"]: hosted}).verdict is Verdict.OTHER_RECIPIENT


def test_whom_it_is_for_may_stand_there_plainly():
    assert judged(HOSTED, recipient=HOSTED["recipient"]["identity"]).verdict is Verdict.VALID
    assert judged(HOSTED, recipient="https://guild.example/somebody").verdict is Verdict.OTHER_RECIPIENT


@pytest.mark.parametrize(
    ("kind", "identity", "asked", "verdict"),
    [
        ("email", "Ada@example.org", "mailto:ada@Example.org", Verdict.VALID),
        ("email", "mailto:ada@example.org", "ada@example.org", Verdict.VALID),
        ("url", "https://guild.example/Ada", "https://guild.example/ada", Verdict.OTHER_RECIPIENT),
        ("url", "https://guild.example/@Ada", "https://guild.example/@ada", Verdict.OTHER_RECIPIENT),
    ],
)
def test_the_case_of_letters_says_nothing_in_an_address_and_much_in_a_url(
    kind: str, identity: str, asked: str, verdict: Verdict
):
    hosted = HOSTED | {"recipient": {"type": kind, "hashed": False, "identity": identity}}
    assert judged(hosted, recipient=asked, site={HOSTED["id"]: hosted}).verdict is verdict


# --- others' --------------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_what_openbadgeslib_signs_is_valid(algorithm: str):
    theirs = pytest.importorskip("openbadgeslib.ob2")
    private = new_key(algorithm)  # type: ignore[arg-type]
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    assertion = theirs.Assertion(
        recipient=theirs.IdentityObject.create("ada@example.org", "deadsea"),
        badge=BADGE_URL,
        verification=theirs.Verification("SignedBadge", KEY["id"]),
    )
    token = theirs.OB2Signer(pem, algorithm).sign(assertion)
    key = theirs.CryptographicKey(KEY["id"], SITE.issuer, public).to_dict()

    late = 4_000_000_000_000_000
    assert judged(token, site={KEY["id"]: key}, at=late, recipient="ada@example.org").verdict is Verdict.VALID
    assert judged(token, site={KEY["id"]: key}, at=late, recipient="bo@example.org").verdict is Verdict.OTHER_RECIPIENT


def test_openbadgeslib_says_of_ours_what_we_say():
    theirs = pytest.importorskip("openbadgeslib.ob2")
    verifier = theirs.OB2Verifier(download=lambda url: json.dumps(SITE_HOLDS[url]).encode())
    late = ob2.sign_assertion(without(SIGNED, "expires"), RSA)  # it knows no time but the clock's

    assert verifier.verify(late, check_revocation=True).id == SIGNED["id"]
    assert judged(late).verdict is Verdict.VALID


# --- hostile --------------------------------------------------------------------------------------

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.text(max_size=5)
    | st.sampled_from([HOSTED["id"], BADGE_URL, "hosted"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["id", "type", "identity", "owner", "publicKeyPem", "startsWith", "@context"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)
PARTS = st.dictionaries(
    st.sampled_from([*HOSTED, *CLASS, *ISSUER, *KEY, "revokedAssertions", "revoked", "uid"]), VALUES, max_size=4
)


@settings(max_examples=150)
@given(one=PARTS, other=PARTS, third=PARTS, signs=st.booleans())
def test_any_member_of_any_document_may_be_anything(one, other, third, signs):
    site = {BADGE_URL: CLASS | other, SITE.issuer: ISSUER | third, KEY["id"]: KEY | other, SITE.revoked: third}
    document: Any = ob2.sign_assertion(SIGNED | one, RSA) if signs else HOSTED | one
    answer = judged(document, site={**site, HOSTED["id"]: HOSTED | other}, recipient="ada@example.org")
    assert answer.steps[0].outcome is Outcome.PASSED or answer.verdict is Verdict.MALFORMED


def test_what_the_site_holds_may_be_bytes_or_text_and_may_be_nothing_of_use():
    for made in (to_json, lambda one: to_json(one).decode()):
        assert judged(HOSTED, site={name: made(one) for name, one in SITE_HOLDS.items()}).verdict is Verdict.VALID
    for useless in (b"", b"[]", b"\xff", "no JSON", b" " * 300_000, 5, ["x"], {"id": SITE.issuer, "x": {1: 2}}):
        assert judged(HOSTED, site={SITE.issuer: useless}).verdict is Verdict.ISSUER_UNKNOWN


def test_it_is_told_why_what_is_lacking_is_lacking():
    class Asked(dict[str, object]):
        def why(self, name: str) -> str | None:
            return "answers 404" if name == SITE.issuer else None

    policy = Policy(documents=Asked(without(SITE_HOLDS, SITE.issuer)))
    assert "which answers 404" in verify(to_json(HOSTED), policy=policy, at=NOW).step("issuer").reason
