"""A fact shown to somebody: it is in the log, it is the badge's evidence, and nothing hostile gets through."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from badges import AwardError, EvidencePath, LogProofError, ShownFact, credential
from badges.verifying.shown import LARGEST_SHOWN
from ledger import Opening, merkle_root
from ledger.shape import Place
from ledger.transparency import Proof
from tests.badges.samples import facts, opening, proof, weavers
from tests.ledger.logs import Log, signer

if TYPE_CHECKING:
    from collections.abc import Callable

PART = bytes(16) + b'{"title":"How to splice"}'
FACT = Opening(Place(bytes(16), 1, "contribution.v1"), 17, (bytes(32), sha256(PART).digest()), {1: PART})
LOG = weavers(FACT)
INDEX = LOG.entries.index(FACT.leaf())
EVIDENCE = [LOG.entries[3], LOG.entries[5], FACT.leaf(), *LOG.entries[800:804]]
CREDENTIAL = "https://guild.example/credentials/0190f3c2-7a10-7000-8000-0242ac120002"
PATH = EvidencePath.of(CREDENTIAL, EVIDENCE, 2)
SHOWN = ShownFact(FACT, LOG.proof(INDEX), PATH)
BADGE = credential(facts(evidence_root=merkle_root(EVIDENCE), evidence_count=len(EVIDENCE)))


def raw(shown: ShownFact = SHOWN) -> bytes:
    return orjson.dumps(shown.document())


def test_what_is_shown_can_be_checked_by_the_log_s_key_and_the_badge():
    found = ShownFact.parse(raw())
    assert found == SHOWN
    assert found.origin == LOG.origin
    assert found.check(LOG.key).index == INDEX
    found.check_badge(BADGE)


def test_a_proof_with_an_opening_shows_the_same():
    text = replace(Proof.parse(LOG.proof(INDEX)), extra=FACT.encode()).text
    found = ShownFact.parse(text.encode())
    assert found == ShownFact(FACT, text)
    assert found.check(LOG.key).index == INDEX


def test_an_award_is_held_against_its_badge():
    award = opening()
    found = ShownFact.parse(proof(award, weavers(award)).encode())
    found.check_badge(credential(facts()))
    with pytest.raises(LogProofError, match="differs in member"):
        found.check_badge(credential(facts(subject_id="https://guild.example/c/weavers/m/another")))
    with pytest.raises(LogProofError, match="wanted the opening of an award"):
        replace(SHOWN, path=None).check_badge(BADGE)


@pytest.mark.parametrize("count", range(1, 20))
def test_every_piece_of_evidence_has_its_path(count: int):
    leaves = LOG.entries[:count]
    for index in range(count):
        log = Log(0)
        log.grow([leaves[index]])
        shown = Opening(Place(bytes(16), 1, "t"), 1, (bytes(32),), {})
        leaves[index] = shown.leaf()
        path = EvidencePath.of(CREDENTIAL, leaves, index)
        one = Log(0)
        one.grow([shown.leaf()])
        ShownFact(shown, one.proof(0), path).check(one.key)
        assert path.root == merkle_root(leaves)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"index": 3}, "wanted the root"),
        ({"index": 7}, "wanted a leaf from 0 to size - 1"),
        ({"index": -1}, "wanted a leaf from 0 to size - 1"),
        ({"count": 9}, "cut or extended"),
        ({"hashes": PATH.hashes[:-1]}, "cut or extended"),
        ({"hashes": (*PATH.hashes, bytes(32))}, "cut or extended"),
        ({"hashes": PATH.hashes[::-1]}, "wanted the root"),
        ({"root": bytes(32)}, "wanted the root"),
    ],
)
def test_a_path_that_does_not_lead_there_is_refused(changes: dict[str, Any], words: str):
    spoilt = replace(SHOWN, path=replace(PATH, **changes))
    with pytest.raises(LogProofError, match=words):
        ShownFact.parse(raw(spoilt)).check(LOG.key)


@pytest.mark.parametrize(
    "changes",
    [
        {"credential_id": "https://guild.example/credentials/another"},
        {"evidence_count": len(EVIDENCE) + 1},  # which alone a path does not tell apart
        {"evidence_root": bytes(32)},
    ],
)
def test_another_badge_does_not_rest_on_it(changes: dict[str, Any]):
    other = {"evidence_root": merkle_root(EVIDENCE), "evidence_count": len(EVIDENCE)} | changes
    with pytest.raises(LogProofError, match="with that evidence root, got another"):
        SHOWN.check_badge(credential(facts(**other)))


def test_a_badge_that_tells_nothing_rests_on_nothing():
    with pytest.raises(LogProofError, match="got another"):
        SHOWN.check_badge(BADGE | {"evidence": []})
    with pytest.raises(AwardError):
        SHOWN.check_badge(BADGE | {"evidence": [BADGE["evidence"][0] | {"narrative": "rule: x"}]})


def test_another_key_another_log_or_another_fact_is_refused():
    thief = weavers(FACT)
    thief.signer = signer("a thief")
    with pytest.raises(LogProofError, match="wanted a signature by"):
        SHOWN.check(thief.key)
    with pytest.raises(LogProofError, match="wanted a signature by"):
        SHOWN.check(Log(1, "other.example/log").key)
    with pytest.raises(LogProofError, match="wanted the root"):
        replace(SHOWN, opening=replace(FACT, recorded=18)).check(LOG.key)


DOCUMENT = SHOWN.document()
EVIDENCE_TOLD: dict[str, Any] = DOCUMENT["evidence"]


def told(**changes: Any) -> dict[str, Any]:
    return DOCUMENT | changes


def evidence(**changes: Any) -> dict[str, Any]:
    return told(evidence=EVIDENCE_TOLD | changes)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({}, "wanted guildbook.shown.1"),
        (told(type="guildbook.shown.2"), "wanted guildbook.shown.1"),
        (told(more=1), "wanted guildbook.shown.1"),
        ({"opening": DOCUMENT["opening"]}, "wanted guildbook.shown.1"),
        (told(proof=7), "wanted a tlog-proof as text"),
        (told(proof="no proof"), "shown fact: proof: wanted"),
        (told(opening=7), "wanted guildbook.opening.1"),
        (told(evidence=7), "evidence: wanted count, credential"),
        (evidence(more=1), "evidence: wanted count, credential"),
        (evidence(index="1"), "wanted a credential, index and count"),
        (evidence(index=True), "wanted a credential, index and count"),
        (evidence(count=None), "wanted a credential, index and count"),
        (evidence(credential=7), "wanted a credential, index and count"),
        (evidence(hashes={}), "wanted a list of hashes"),
        (evidence(hashes=["AAAA"]), "hash of the evidence: wanted 32 bytes"),
        (evidence(hashes=[7]), "hash of the evidence: wanted 32 bytes"),
        (evidence(root="="), "shown fact: wanted"),
    ],
)
def test_what_is_no_shown_fact_is_refused_with_words(document: dict[str, Any], words: str):
    with pytest.raises(LogProofError, match=words):
        ShownFact.parse(orjson.dumps(document))


@pytest.mark.parametrize("given", [b"", b"{", b"\xff\xfe", b"c2sp.org/tlog-proof@v1\n", LOG.proof(INDEX).encode()])
def test_what_is_no_shown_fact_at_all_is_refused(given: bytes):
    with pytest.raises(LogProofError):
        ShownFact.parse(given)


def test_what_is_too_long_is_not_read():
    with pytest.raises(LogProofError, match=f"wanted at most {LARGEST_SHOWN} bytes"):
        ShownFact.parse(b" " * (LARGEST_SHOWN + 1))


@given(st.integers(min_value=0), st.integers(min_value=0, max_value=7))
def test_no_bit_can_be_changed_unnoticed(at: int, bit: int):
    """It is refused, or it says the same, but for the name of the badge, which `check_badge` holds against it."""
    given = bytearray(raw())
    given[at % len(given)] ^= 1 << bit
    try:
        found = ShownFact.parse(bytes(given))
        found.check(LOG.key)
        found.check_badge(BADGE)
    except LogProofError:
        return
    assert found.opening == FACT
    assert found.path == PATH


VALUES = st.none() | st.booleans() | st.integers() | st.text(max_size=9) | st.lists(st.integers(), max_size=2)


@given(st.dictionaries(st.sampled_from(sorted(EVIDENCE_TOLD)), VALUES), st.sampled_from([evidence, told]))
def test_arbitrary_values_raise_only_what_is_said(changes: dict[str, Any], put_in: Callable[..., dict[str, Any]]):
    document = put_in(**changes)
    try:
        ShownFact.parse(json.dumps(document).encode()).check(LOG.key)
    except LogProofError as error:
        assert str(error)  # noqa: PT017 - either is right
