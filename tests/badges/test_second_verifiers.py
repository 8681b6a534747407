"""Whether a badge is in its log, by two other programs that read docs/log-format.md alone: they agree with ours."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from badges import LogProofError, Policy, UnknownLogError, check_logged, credential
from badges.verifying.logged import proof_in
from ledger import Opening
from ledger.draft import canonical
from ledger.transparency import Proof, TransparencyError, VerifierKey
from tests.badges.samples import AWARD_INDEX, AWARDED, BOUND, DAY, LOG_ORIGIN, SECOND, facts, opening, proof, weavers
from tests.badges.test_logged import FOLLOWS, LOG, OPENING, PROOF, SPOILT, recognised
from tests.ledger.others import built, scripted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Verifier = Callable[[Sequence[str]], list[str]]

SPOILT_OPENINGS = 400
SIZES = (AWARD_INDEX + 1, 701, 702, 768, 1_024, 1_025, 3_000)

RECOGNISED = (("level", "2", "levels/2"), ("role", "host", "roles/host"))
BOUND_ALIKE: tuple[tuple[dict[str, Any], dict[str, Any]], ...] = (
    ({}, {}),
    ({"expires": None}, {"expires": None}),
    ({"rule_hash": "sha256:" + "ab" * 32}, {}),
)

Case = tuple[dict[str, Any], VerifierKey]


@pytest.fixture(scope="module", params=["go", "node"])
def second(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Verifier:
    """Give what asks another verifier about many badges at once."""
    return built("evidence", tmp_path_factory.mktemp("go")) if request.param == "go" else scripted("evidence")


def badge(text: str = PROOF, **changes: Any) -> dict[str, Any]:
    return credential(facts(log_proof=text, **changes))


def good() -> Iterator[Case]:
    """Yield badges of logs of many sizes, with and without an end, their times near the edges."""
    for size in SIZES:
        for bound, said in BOUND_ALIKE:
            for recorded in (AWARDED - DAY, AWARDED, AWARDED + SECOND - 1):
                shown = opening(recorded, **bound)
                log = weavers(shown, size)
                yield badge(proof(shown, log), **said), log.key
    for kind, name, page in RECOGNISED:
        shown = opening(kind=kind, achievement=name, follows=FOLLOWS)
        log = weavers(shown)
        yield badge(proof(shown, log), **recognised(kind, page)), log.key
    moved = weavers(OPENING, origin="old.example/communities/weavers/log")
    yield badge(proof(OPENING, moved)), moved.key


def bad() -> Iterator[Case]:
    """Yield badges with one thing wrong: the proof, the key, what the badge says, what was recorded, or when."""
    yield from ((badge(text), LOG.key) for text, _ in SPOILT.values())
    elsewhere = weavers(OPENING, origin="guild.example/communities/bakers/log")
    yield badge(proof(OPENING, elsewhere)), elsewhere.key
    yield badge(), VerifierKey(LOG_ORIGIN, bytes(32))
    yield badge(), VerifierKey("old.example/communities/weavers/log", LOG.key.public)
    for name, value in BOUND.items():
        other: dict[str, Any] = {name: f"{value}0" if isinstance(value, str) else value + SECOND}
        shown = opening(**other)
        yield badge(proof(shown, weavers(shown))), LOG.key
    for changes in (
        {"credential_id": "https://guild.example/credentials/0190f3c2-7a10-7000-8000-0242ac120009"},
        {"subject_id": "https://guild.example/c/weavers/m/another"},
        {"community_url": "https://guild.example/c/bakers"},
        {"rule_version": 3},
        {"evidence_root": bytes(32)},
        {"evidence_count": 6},
        {"earned": AWARDED},
        {"expires": AWARDED + 366 * DAY},
        {"valid_from": AWARDED - SECOND},
    ):
        yield badge(**changes), LOG.key
    for (kind, name, page), (_, _, another) in zip(RECOGNISED, reversed(RECOGNISED), strict=True):
        shown = opening(kind=kind, achievement=name, follows=FOLLOWS)
        text, log = proof(shown, weavers(shown)), weavers(shown)
        yield badge(text, **recognised(kind, another)), log.key
        yield badge(text, **recognised(kind, page) | {"follows": None}), log.key
        made = badge(text, **recognised("role", page))
        yield (
            made | {"credentialSubject": made["credentialSubject"] | {"activityStartDate": "2026-01-01T00:00:00Z"}},
            log.key,
        )
        yield (
            made | {"credentialSubject": made["credentialSubject"] | {"activityEndDate": "2026-01-01T00:00:00Z"}},
            log.key,
        )
    yield badge() | {"evidence": badge()["evidence"][1:]}, LOG.key
    yield badge() | {"evidence": [*badge()["evidence"], badge()["evidence"][1]]}, LOG.key
    yield badge() | {"proof": {"created": "2026-03-01T09:59:59Z"}}, LOG.key


def spoilt_openings() -> Iterator[Case]:
    """Yield badges whose opening has one bit of one value changed, written as it must be."""
    chosen = random.Random(17)  # noqa: S311 - the same each time
    for _ in range(SPOILT_OPENINGS):
        document = json.loads(OPENING.encode())
        place: Any = document
        while True:
            key = chosen.choice(sorted(place) if isinstance(place, dict) else range(len(place)))
            if not isinstance(place[key], (dict, list)):
                break
            place = place[key]
        place[key] = changed(place[key], chosen)
        yield badge(proof(OPENING, LOG, extra=canonical(document))), LOG.key


def changed(value: str | int, chosen: random.Random) -> str | int:
    if isinstance(value, int):
        return value ^ 1 << chosen.randrange(40) if value > 1 else 2
    at = chosen.randrange(len(value))
    return value[:at] + chr(chosen.choice(b"abcxyzABC019-_{}")) + value[at + 1 :]


def ours(case: Case) -> str:
    """Return what ours says of a badge."""
    document, key = case
    try:
        text = proof_in(document)
        assert text is not None
        signed = [AWARDED - SECOND] if "proof" in document else []
        return f"yes {check_logged(document, text, Policy(logs={key.name: key}), signed).position}"
    except (LogProofError, UnknownLogError):
        return "no"


def line(case: Case) -> str:
    return json.dumps({"badge": case[0], "key": str(case[1])})


def test_another_verifier_says_the_same(second: Verifier):
    cases = [*good(), *bad(), *spoilt_openings()]
    verdicts = [ours(case) for case in cases]
    wanted = len(list(good()))
    assert verdicts[:wanted] == [f"yes {AWARD_INDEX + 1}"] * wanted
    assert verdicts[wanted : wanted + len(list(bad()))] == ["no"] * len(list(bad()))
    found = second([line(case) for case in cases])
    differing = [at for at, (one, other) in enumerate(zip(verdicts, found, strict=True)) if one != other]
    assert [(verdicts[at], found[at], line(cases[at])) for at in differing] == []
    assert verdicts.count("no") > SPOILT_OPENINGS / 2


def test_what_is_asked_is_what_was_meant():
    """The cases are not all refused for the one reason that they cannot be read."""
    readable = 0
    for document, _ in bad():
        try:
            Opening.parse(Proof.parse(proof_in({"evidence": document["evidence"][-1:]}) or "").extra)
            readable += 1
        except TransparencyError:
            continue
    assert readable > len(list(bad())) / 2
    assert replace(OPENING).encode() == OPENING.encode()
