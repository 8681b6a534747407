"""A badge and its place in the log: proven, or told apart why not; nothing hostile gets through."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from badges import (
    BINDING,
    LogProofError,
    Outcome,
    Policy,
    UnknownLogError,
    Verdict,
    VerificationError,
    Verified,
    check_logged,
    credential,
    sign,
    sign_jwt,
    to_json,
    verify,
)
from badges.verifying.logged import proof_in
from ledger import Opening
from ledger.shape import Place
from ledger.transparency import Kind, Proof, VerifierKey, cosign, verifier_key
from tests.badges.samples import (
    AWARD_INDEX,
    AWARDED,
    DAY,
    LOG_ORIGIN,
    METHOD,
    NOW,
    SECOND,
    SIGNER,
    facts,
    opening,
    proof,
    status_list,
    weavers,
)
from tests.ledger.logs import Log, signer

OPENING = opening()
LOG = weavers(OPENING)
PROOF = proof(OPENING, LOG)
KEYS = {LOG_ORIGIN: LOG.key}
POLICY = Policy(documents={"https://guild.example/status/weavers-0": status_list(1)}, logs=KEYS)


def badge(text: str | None = PROOF, *, created: int = AWARDED, **changes: Any) -> bytes:
    """Return Ada's badge with this proof from the log, well signed whatever it says."""
    made = credential(facts(log_proof=text, **changes))
    return to_json(sign(made, SIGNER, verification_method=METHOD, created=created))


BADGE: dict[str, Any] = json.loads(badge())


def judged(document: bytes, policy: Policy = POLICY) -> Verified:
    found = verify(document, policy=policy, at=NOW)
    assert len(found.steps) == 16
    return found


def refused(document: bytes, policy: Policy = POLICY) -> str:
    """Return why the log does not have a badge, which is forged for that and nothing else."""
    found = judged(document, policy)
    assert found.verdict is Verdict.FORGED
    assert [step.name for step in found.steps if step.outcome is Outcome.FAILED] == ["log"]
    assert found.logged is None
    return found.step("log").reason


def test_a_badge_that_was_recorded_says_so_and_when():
    found = judged(badge())
    assert found.verdict is Verdict.VALID
    assert found.step("log").reason == (
        f"It was recorded 2026-03-01T10:00:00Z, before it was signed, as fact 701 of {LOG_ORIGIN}."
    )
    assert found.logged
    assert (found.logged.position, found.logged.recorded) == (AWARD_INDEX + 1, AWARDED + 17)


def test_a_token_carries_it_too():
    token = sign_jwt(credential(facts(log_proof=PROOF)), SIGNER, kid=METHOD)
    found = judged(token.encode())
    assert found.verdict is Verdict.VALID
    assert found.logged


def test_without_a_proof_nothing_is_said():
    step = judged(badge(None)).step("log")
    assert (step.outcome, step.verdict) == (Outcome.NOT_APPLICABLE, Verdict.VALID)


def test_a_log_whose_key_is_not_at_hand_is_a_notice_and_no_failure():
    found = judged(badge(), replace(POLICY, logs={}))
    assert found.verdict is Verdict.VALID
    assert found.step("log").outcome is Outcome.UNREACHABLE
    assert f"wanted the key of the log {LOG_ORIGIN}" in found.step("log").reason


def other_opening(**changes: Any) -> str:
    """Return a proof that holds, of an award that says something else."""
    shown = opening(**changes)
    return proof(shown, weavers(shown))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("credential", "0190f3c2-7a10-7000-8000-0242ac120003"),
        ("member", "k3j5x2m7q4r6t8v0w1y2z3a4b6"),
        ("kind", "level"),
        ("achievement", "leader"),
        ("rule", "leader"),
        ("rule_version", 3),
        ("rule_version", True),
        ("rule_hash", "ac" * 32),
        ("rule_hash", None),
        ("charter_version", "3"),
        ("earned", AWARDED - DAY + SECOND),
        ("earned", "2026-02-28T10:00:00Z"),
        ("evidence_root", "cd" * 32),
        ("evidence_count", 6),
        ("evidence_count", 5.5),
        ("expires", AWARDED + 366 * DAY),
        ("expires", None),
    ],
)
@pytest.mark.parametrize("keys", [KEYS, {}], ids=["with the key", "without"])
def test_a_proof_of_another_award_is_forged(name: str, value: Any, keys: dict[str, VerifierKey]):
    text = other_opening(**{name: value})
    assert f"got one that differs in {name}." in refused(badge(text), replace(POLICY, logs=keys))


@pytest.mark.parametrize(
    ("differs", "changes"),
    [
        ("credential", {"credential_id": "https://guild.example/credentials/0190f3c2-7a10-7000-8000-0242ac120009"}),
        ("credential", {"credential_id": "https://evil.example/credentials/0190f3c2-7a10-7000-8000-0242ac120002"}),
        ("member", {"subject_id": "https://guild.example/c/weavers/m/another"}),
        ("member", {"subject_id": "https://guild.example/c/bakers/m/k3j5x2m7q4r6t8v0w1y2z3a4b5"}),
        ("member", {"subject_id": "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"}),
        ("rule", {"rule": "leader"}),
        ("rule_hash", {"rule_hash": "cd" * 32}),
        ("evidence_root", {"evidence_root": bytes(32)}),
        ("evidence_count", {"evidence_count": 50}),
        ("charter_version", {"charter_version": 4}),
        ("earned", {"earned": AWARDED - 400 * DAY}),
        ("expires", {"expires": AWARDED + 3_650 * DAY}),
        ("expires", {"expires": None}),
    ],
)
def test_a_badge_that_says_more_than_was_recorded_is_forged(differs: str, changes: dict[str, Any]):
    """Well signed with the issuer's own key: whoever stole it cannot make the log say it too."""
    assert f"got one that differs in {differs}." in refused(badge(**changes))


FOLLOWS = "0190f3c2-7a10-7000-8000-0242ac120001"


def recognised(kind: str, page: str) -> dict[str, Any]:
    """Return the changes that make Ada's badge a level, or a leader's term, which follows another."""
    achievement = {**BADGE["credentialSubject"]["achievement"], "id": f"https://guild.example/c/weavers/{page}"}
    follows = f"https://guild.example/credentials/{FOLLOWS}"
    return {"achievement": achievement, "edition": 2, "role": "Host" if kind == "role" else None, "follows": follows}


@pytest.mark.parametrize(("kind", "name", "page"), [("level", "2", "levels/2"), ("role", "host", "roles/host")])
def test_a_level_and_a_term_are_bound_as_badges_are(kind: str, name: str, page: str):
    text = other_opening(kind=kind, achievement=name, follows=FOLLOWS)
    assert judged(badge(text, **recognised(kind, page))).verdict is Verdict.VALID
    assert "differs in kind" in refused(badge(text, **recognised(kind, "badges/2")))
    assert "differs in follows" in refused(badge(text, **recognised(kind, page) | {"follows": None}))
    assert "differs in follows" in refused(badge(PROOF, edition=2, follows=f"https://guild.example/credentials/{name}"))


@pytest.mark.parametrize(("date", "differs"), [("activityStartDate", "earned"), ("activityEndDate", "expires")])
def test_a_term_lasts_as_long_as_was_recorded(date: str, differs: str):
    text = other_opening(kind="role", achievement="host", follows=FOLLOWS)
    made = credential(facts(log_proof=text, **recognised("role", "roles/host")))
    made["credentialSubject"][date] = "2026-01-01T00:00:00Z"
    signed = to_json(sign(made, SIGNER, verification_method=METHOD, created=AWARDED))
    assert f"differs in {differs}" in refused(signed)


def test_another_achievement_is_forged():
    made = credential(facts(log_proof=PROOF))
    made["credentialSubject"]["achievement"]["id"] = "https://guild.example/c/weavers/badges/leader"
    signed = to_json(sign(made, SIGNER, verification_method=METHOD, created=AWARDED))
    assert "got one that differs in achievement." in refused(signed)


def spoilt() -> dict[str, tuple[str, str]]:
    """Return proofs with one thing wrong, and what is said of each."""
    good, lines = Proof.parse(PROOF), PROOF.split("\n")
    hashes = good.hashes
    evil = Log(1_000, LOG_ORIGIN, "fork")
    stranger = weavers(OPENING)
    stranger.signer = signer("a thief")
    elsewhere = weavers(OPENING, origin="guild.example/communities/bakers/log")
    moved = proof(OPENING, LOG, index=AWARD_INDEX + 1)
    older = LOG.proof(AWARD_INDEX, AWARD_INDEX + 1).partition("\n\n")[2]
    cut = "cut or extended"
    return {
        "no proof": ("", "wanted c2sp.org/tlog-proof@v1"),
        "another format": (PROOF.replace("@v1", "@v2"), "wanted c2sp.org/tlog-proof@v1"),
        "cut text": (PROOF[: len(PROOF) // 2], "wanted c2sp.org/tlog-proof@v1"),
        "cut note": (PROOF[:-1], "signature line"),
        "cut": (proof(OPENING, LOG, hashes=hashes[:-1]), cut),
        "extended": (proof(OPENING, LOG, hashes=(*hashes, bytes(32))), cut),
        "swapped": (proof(OPENING, LOG, hashes=(hashes[1], hashes[0], *hashes[2:])), "wanted the root"),
        "another place": (moved, "wanted the root"),
        "another head": (proof(OPENING, LOG, checkpoint=evil.head()), "wanted the root"),
        "an older head": (proof(OPENING, LOG, checkpoint=older), cut),
        "another key": (proof(OPENING, stranger), "wanted a signature by"),
        "another log": (proof(OPENING, elsewhere), f"the log of its community, {LOG_ORIGIN}, got one from"),
        "a changed head": (PROOF.replace("\n1000\n", "\n1001\n"), "wanted a signature that"),
        "no opening": (proof(OPENING, LOG, extra=b""), "opening: "),
        "an opening of nothing": (proof(OPENING.only([]), LOG), "wanted part 1 to be opened, got none"),
        "two extra lines": ("\n".join([lines[0], lines[1], *lines[1:]]), "wanted the line of the index"),
        "another salt": (proof(OPENING, LOG, extra=OPENING.encode().replace(b"AAAA", b"AAAB", 1)), "opening"),
    }


SPOILT = spoilt()


@pytest.mark.parametrize("which", SPOILT)
def test_a_proof_that_does_not_hold_is_forged(which: str):
    text, words = SPOILT[which]
    assert words in refused(badge(text))


def test_an_opening_of_another_fact_with_the_same_part_is_forged():
    """The part can be copied by whoever has seen it; the leaf cannot."""
    for changes in (
        {"place": Place(bytes(16), 1, "award.issued.v1")},
        {"recorded": AWARDED},
        {"commitments": (bytes(32), *OPENING.commitments[1:])},
        {"commitments": (*OPENING.commitments[:2], bytes(32))},
    ):
        assert "wanted the root" in refused(badge(proof(replace(OPENING, **changes), LOG)))
    for place in (OPENING.place._replace(version=2), OPENING.place._replace(topic="metric.v1")):
        assert "wanted the opening of an award" in refused(badge(proof(replace(OPENING, place=place), LOG)))


def test_what_was_recorded_after_it_was_signed_is_forged():
    late = other_opening(recorded=AWARDED + SECOND)
    assert "recorded before it was signed" in refused(badge(late, created=AWARDED + DAY))
    assert judged(badge(late, valid_from=AWARDED + SECOND, created=AWARDED + SECOND)).valid
    assert "recorded before it was signed" in refused(badge(late, valid_from=AWARDED + SECOND, created=AWARDED))


def test_a_log_that_bears_an_older_name_is_that_of_its_community_still():
    """Another address of the installation: the log goes on under the name that it began with."""
    old = "old.example/communities/weavers/log"
    renamed = weavers(OPENING, origin=old)
    document = badge(proof(OPENING, renamed))
    assert judged(document, replace(POLICY, logs={old: renamed.key})).valid
    assert "wanted a proof from the log of its community" in refused(
        document, replace(POLICY, logs={old: renamed.key, **KEYS})
    )


@pytest.mark.parametrize("home", [None, 7, "https://guild.example", "/c/weavers", "https://guild.example/c/a/b"])
def test_an_issuer_without_a_community_has_no_log(home: object):
    made = credential(facts(log_proof=PROOF))
    made["issuer"]["url"] = home
    with pytest.raises(LogProofError, match="wanted an issuer whose url is that of its community"):
        check_logged(made, PROOF, POLICY)


def test_two_proofs_are_none():
    made = credential(facts(log_proof=PROOF))
    twice = made | {"evidence": [*made["evidence"], made["evidence"][1] | {"id": "urn:uuid:2"}]}
    signed = to_json(sign(twice, SIGNER, verification_method=METHOD, created=AWARDED))
    assert "wanted one of genre" in refused(signed)
    with pytest.raises(LogProofError, match="with a narrative"):
        proof_in({"evidence": made["evidence"][1] | {"narrative": 5}})


def test_of_others_badges_in_others_logs_nothing_is_said():
    """The genre is not ours alone: theirs may mean another leaf, and no key of that log is at hand."""
    made = credential(facts(log_proof=PROOF))
    theirs = made | {"evidence": made["evidence"][1:]}
    with pytest.raises(UnknownLogError):
        check_logged(theirs, PROOF, replace(POLICY, logs={}))
    with pytest.raises(LogProofError, match="which recorded practice it rests on"):
        check_logged(theirs, PROOF, POLICY)


def test_witnesses_are_counted_where_that_is_asked():
    witness = signer("a witness")
    key = verifier_key("witness.example/w", witness, Kind.COSIGNATURE)
    text = Proof.parse(LOG.proof(AWARD_INDEX)).checkpoint.partition("\n\n")[0] + "\n"
    seen = proof(OPENING, LOG, checkpoint=LOG.head() + cosign(text, "witness.example/w", witness, time=9))
    asking = replace(POLICY, witnesses=(key,), quorum=1)
    assert judged(badge(seen), asking).step("log").reason.endswith("; witness.example/w saw that it stood there.")
    assert judged(badge(seen)).valid
    assert "wanted 1 to have cosigned, got 0" in refused(badge(), asking)
    with pytest.raises(VerificationError, match="quorum: wanted 0 to the 1 different witnesses, got 2"):
        replace(POLICY, witnesses=(key,), quorum=2)


@given(st.integers(min_value=0), st.integers(min_value=0, max_value=7))
def test_no_bit_of_a_proof_can_be_changed(at: int, bit: int):
    raw = bytearray(PROOF.encode())
    raw[at % len(raw)] ^= 1 << bit
    text = raw.decode(errors="replace")
    with pytest.raises((LogProofError, UnknownLogError)):
        check_logged(BADGE, text, POLICY)


@given(st.dictionaries(st.sampled_from(sorted(BADGE)), st.none() | st.integers() | st.text(max_size=9)))
def test_whatever_a_credential_says_only_what_is_said_is_raised(changes: dict[str, Any]):
    document = BADGE | changes
    try:
        check_logged(document, PROOF, POLICY)
    except (LogProofError, UnknownLogError) as error:
        assert "wanted" in str(error)  # noqa: PT017 - either is right


@given(st.text(max_size=300))
def test_arbitrary_text_is_no_proof(text: str):
    with pytest.raises(LogProofError):
        check_logged(BADGE, text, POLICY)


def test_a_part_that_binds_nothing_binds_nothing():
    for content in (b"[]", b"{}", b"{", b'{"credential":{}}'):
        part = bytes(16) + content
        shown = Opening(OPENING.place, AWARDED, (bytes(32), sha256(part).digest()), {BINDING: part})
        assert "The log does not have this badge" in refused(badge(proof(shown, weavers(shown))))


def test_a_proof_in_a_log_of_a_million_takes_little_room():
    """Twenty hashes: what a badge grows by, whatever its community does later."""
    hashes = tuple(bytes([number]) * 32 for number in range(20))
    text = proof(OPENING, LOG, index=2**20 - 1, hashes=hashes, checkpoint=LOG.head().replace("1000", str(2**20)))
    assert len(badge(text)) - len(badge(None)) < 4_096
