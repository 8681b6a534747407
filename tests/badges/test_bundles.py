"""A badge that comes with all it takes to verify it: that may help, and vouches for nothing."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from badges import Outcome, Policy, Verdict, Verified, did, sign, status, to_json, verify
from badges.documents.credential import credential
from badges.errors import BadgeError
from badges.verifying.bundles import LARGEST_BUNDLE, LIFE, MOST_FILES, read_bundle
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
    opening,
    proof,
    signed,
    weavers,
)

WEB = "did:web:guild.example:communities:weavers"
WEB_METHOD = did.verification_method(WEB, SIGNER.public_key)
WEB_DOCUMENT = did.did_document(WEB, [SIGNER.public_key])


def list_of(issuer: str, *places: int, made: int = NOW) -> dict[str, Any]:
    """Return the status list as an issuer signed it, when the bundle was made."""
    listed = status.status_list(LIST_URL, issuer, places, valid_from=AWARDED)
    method = did.verification_method(issuer, SIGNER.public_key)
    return sign(listed, SIGNER, verification_method=method, created=made)


def packed(packing: int = zipfile.ZIP_DEFLATED, **files: object) -> bytes:
    """Return an archive of files: `badge_json` is badge.json."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", packing) as archive:
        for name, content in files.items():
            raw = to_json(content) if isinstance(content, dict) else content
            archive.writestr(".".join(name.rsplit("_", 1)), raw)  # type: ignore[arg-type]
    return sink.getvalue()


def web_badge(**changes: Any) -> dict[str, Any]:
    document = credential(facts(issuer=WEB, **changes))
    return sign(document, SIGNER, verification_method=WEB_METHOD, created=AWARDED)


KEY_BUNDLE = packed(
    badge_json=signed(), did_json=did.did_document(ISSUER, [SIGNER.public_key]), status_json=list_of(ISSUER)
)
WEB_BUNDLE = packed(badge_json=web_badge(), did_json=WEB_DOCUMENT, status_json=list_of(WEB), README_txt=b"Read me.")


def judged(document: bytes, at: int = NOW, **policy: Any) -> Verified:
    return verify(document, policy=Policy(**policy), at=at)


# --- what it is good for --------------------------------------------------------------------------


def test_a_badge_of_a_key_needs_nothing_else():
    answer = judged(KEY_BUNDLE)

    assert (answer.verdict, answer.form) == (Verdict.VALID, "zip")
    assert "came with it, and is of 2026-03-02T10:00:00Z" in answer.step("status").reason
    assert judged(to_json(signed())).verdict is Verdict.STATUS_UNREACHABLE


def test_who_a_name_on_the_web_is_it_cannot_tell():
    answer = judged(WEB_BUNDLE)

    assert answer.verdict is Verdict.ISSUER_UNKNOWN
    assert "came with it" in answer.step("key").reason
    assert answer.step("issuer").outcome is Outcome.UNREACHABLE
    assert "Anybody could have written those" in answer.step("issuer").reason
    assert answer.step("proof").outcome is Outcome.PASSED


def test_unless_whoever_asks_says_that_it_counts():
    answer = judged(WEB_BUNDLE, trust_bundle=True)

    assert answer.verdict is Verdict.VALID
    assert "nothing but what came with it" in answer.step("issuer").reason


def test_what_is_at_hand_comes_before_what_came_with_it():
    assert judged(WEB_BUNDLE, trust_bundle=True).lent_keys
    assert not judged(KEY_BUNDLE).lent_keys
    answer = judged(WEB_BUNDLE, documents={WEB: WEB_DOCUMENT})
    assert answer.verdict is Verdict.VALID
    assert not answer.lent_keys
    assert "came with it" not in answer.step("issuer").reason

    stranger = did.did_document(WEB, [STRANGER.public_key])
    for trust in (True, False):
        assert judged(WEB_BUNDLE, documents={WEB: stranger}, trust_bundle=trust).verdict is Verdict.ISSUER_UNKNOWN
        assert (
            judged(KEY_BUNDLE, documents={LIST_URL: list_of(ISSUER, PLACE)}, trust_bundle=trust).verdict
            is Verdict.REVOKED
        )


def test_anybody_can_write_a_bundle_and_it_is_no_use_to_her():
    """A badge in a guild's name, with her own key in what she says is the guild's document."""
    method = did.verification_method(WEB, STRANGER.public_key)
    badge = sign(credential(facts(issuer=WEB)), STRANGER, verification_method=method, created=AWARDED)
    forged = packed(badge_json=badge, did_json=did.did_document(WEB, [STRANGER.public_key]))

    assert judged(forged).verdict is Verdict.ISSUER_UNKNOWN
    assert judged(forged, documents={WEB: WEB_DOCUMENT}, trust_bundle=True).verdict is Verdict.ISSUER_UNKNOWN
    assert (
        judged(packed(badge_json=signed() | {"name": "Master"}, status_json=list_of(ISSUER))).verdict is Verdict.FORGED
    )


@pytest.mark.parametrize("kind", ["a key alone", "a method", "a list of hers"])
def test_nor_are_keys_at_addresses_that_she_says_are_a_guild_s(kind: str):
    """What lies at a guild's address is the guild's; what a bundle says lies there is anybody's."""
    issuer, at_guild = "https://guild.example/issuer", "https://guild.example/keys/1"
    method = {"id": at_guild, "type": "Multikey", "controller": issuer, "publicKeyMultibase": STRANGER.kid}
    there = {
        "a key alone": STRANGER.public_jwk() | {"id": at_guild},
        "a method": method,
        "a list of hers": {"id": issuer, "assertionMethod": [at_guild], "verificationMethod": [method]},
    }[kind]
    made = credential(facts(issuer=issuer, status_list=None, status_index=None))
    forged = packed(badge_json=sign(made, STRANGER, verification_method=at_guild, created=AWARDED), did_json=there)

    hers = {at_guild: method} if kind == "a list of hers" else {}
    answer = judged(forged, documents=hers)
    assert (answer.verdict, answer.step("issuer").outcome) == (Verdict.ISSUER_UNKNOWN, Outcome.UNREACHABLE)
    assert "Anybody could have written those" in answer.step("issuer").reason
    assert judged(forged, documents=hers, trust_bundle=True).verdict is Verdict.VALID


def test_a_list_that_came_with_it_is_believed_for_a_month():
    """So one who kept a bundle from before hers was revoked cannot show it for ever."""
    assert judged(KEY_BUNDLE, at=NOW + LIFE).verdict is Verdict.VALID
    late = judged(KEY_BUNDLE, at=NOW + LIFE + 1)
    assert late.verdict is Verdict.STATUS_UNREACHABLE
    assert "believed for a month" in late.step("status").reason
    assert judged(KEY_BUNDLE, at=NOW + LIFE + 1, trust_bundle=True).verdict is Verdict.VALID
    assert judged(KEY_BUNDLE, at=NOW - DAY).verdict is Verdict.STATUS_UNREACHABLE  # it is of later than that

    revoked = packed(badge_json=signed(), status_json=list_of(ISSUER, PLACE))
    assert judged(revoked).verdict is Verdict.REVOKED
    others = packed(
        badge_json=signed(),
        status_json=sign(
            status.status_list(LIST_URL, did.did_key(STRANGER.public_key), (), valid_from=AWARDED),
            STRANGER,
            verification_method=did.verification_method(did.did_key(STRANGER.public_key), STRANGER.public_key),
            created=NOW,
        ),
    )
    assert judged(others).verdict is Verdict.STATUS_UNREACHABLE


def test_nobody_makes_an_old_list_younger():
    """A second proof, of a later day, by whoever likes: what counts is the earliest."""
    old, late = list_of(ISSUER), NOW + LIFE + DAY
    method = did.verification_method(did.did_key(STRANGER.public_key), STRANGER.public_key)
    listed = {name: value for name, value in old.items() if name != "proof"}
    later = sign(listed, STRANGER, verification_method=method, created=late)["proof"]
    both = old | {"proof": [old["proof"], later]}

    for kept in (old, both):
        answer = judged(packed(badge_json=signed(), status_json=kept), at=late)
        assert answer.verdict is Verdict.STATUS_UNREACHABLE
    assert judged(to_json(signed()), at=late, documents={LIST_URL: both}).valid, "the two proofs hold"


def test_what_nobody_signed_counts_only_where_the_bundle_does():
    revocations = "https://guild.example/revocations"
    entry = {"id": revocations, "type": "1EdTechRevocationList"}
    schema = {"id": "https://guild.example/schema", "type": "1EdTechJsonSchemaValidator2019"}
    service = {"id": "https://guild.example/newer", "type": "1EdTechCredentialRefresh"}
    document = credential(facts(edition=2, issuer=ISSUER)) | {"credentialStatus": entry}
    badge = sign(document, SIGNER, verification_method=METHOD, created=AWARDED)
    whole = packed(badge_json=badge, status_json={"id": revocations, "issuer": ISSUER, "revokedCredential": []})
    assert judged(whole).verdict is Verdict.STATUS_UNREACHABLE
    assert judged(whole, trust_bundle=True).valid

    document = credential(facts(edition=2, issuer=ISSUER, status_list=None, status_index=None))
    document |= {"credentialSchema": schema, "refreshService": service}
    badge = sign(document, SIGNER, verification_method=METHOD, created=AWARDED)
    whole = packed(badge_json=badge, status_json={"id": schema["id"]}, suspension_json={"id": service["id"]})
    assert judged(whole).verdict is Verdict.SCHEMA_UNREACHABLE
    assert judged(whole).step("refresh").outcome is Outcome.UNREACHABLE


def test_the_log_s_key_counts_only_where_the_bundle_does():
    recorded = opening()
    log = weavers(recorded)
    badge = signed(log_proof=proof(recorded, log))
    whole = packed(badge_json=badge, status_json=list_of(ISSUER), log_vkey=f"{log.key}\n".encode())

    assert judged(whole).step("log").outcome is Outcome.UNREACHABLE
    assert judged(whole, trust_bundle=True).step("log").outcome is Outcome.PASSED


# --- hostile --------------------------------------------------------------------------------------


def hostile() -> dict[str, bytes]:
    twice = io.BytesIO()
    with zipfile.ZipFile(twice, "w") as archive:
        archive.writestr("badge.json", "{}")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("badge.json", "{}")
    good = packed(badge_json=b"{}")
    return {
        "no end": good[:-10],
        "no badge": packed(did_json=WEB_DOCUMENT),
        "bomb": packed(badge_json=b"0" * 50_000_000),
        "many files": packed(**dict.fromkeys((f"f_{n}" for n in range(MOST_FILES + 1)), b"")),  # type: ignore[arg-type]
        "twice": twice.getvalue(),
        "bzip2": packed(zipfile.ZIP_BZIP2, badge_json=b"{}"),
        "damaged": KEY_BUNDLE[:40] + b"\xff" * 20 + KEY_BUNDLE[60:],
        "too large": good[:-22] + b" " * LARGEST_BUNDLE + good[-22:],
        "zip64": good[:-22] + b"PK\x06\x07" + bytes(16) + good[-22:],
        "no json": packed(badge_json=b"{}", did_json=b"{"),
        "no id": packed(badge_json=b"{}", status_json=b"{}"),
        "no key": packed(badge_json=b"{}", log_vkey=b"no key"),
        "a bundle in it": packed(badge_json=KEY_BUNDLE),
    }


HOSTILE = hostile()


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_bundle_of_ours_is_refused(name: str):
    answer = judged(HOSTILE[name])

    assert answer.verdict is Verdict.MALFORMED
    assert answer.steps[0].outcome is Outcome.FAILED


def test_a_file_that_says_it_is_small_is_read_no_further():
    bomb = bytearray(packed(badge_json=b"0" * 50_000_000))
    entry = bomb.rindex(b"PK\x01\x02")
    bomb[entry + 24 : entry + 28] = (100).to_bytes(4, "little")
    with pytest.raises(BadgeError):
        read_bundle(bytes(bomb))


def test_files_that_are_not_known_are_not_read():
    badge, bundled = read_bundle(packed(badge_json=b"{}", evil_json=b"{", README_txt=b"0" * 5_000_000))
    assert (badge, dict(bundled.documents), dict(bundled.logs)) == (b"{}", {}, {})


@settings(max_examples=500)
@given(
    edits=st.lists(st.tuples(st.integers(0, len(KEY_BUNDLE) - 1), st.integers(0, 255)), min_size=1, max_size=6),
    cut=st.integers(0, 60),
)
def test_a_damaged_bundle_is_refused_or_says_the_same(edits, cut):
    damaged = bytearray(KEY_BUNDLE)
    for at, byte in edits:
        damaged[at] = byte
    answer = judged(bytes(damaged[: len(damaged) - cut]))
    assert answer.verdict is not Verdict.VALID or answer.credential == signed()
