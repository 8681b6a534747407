"""Badges that Digital Bazaar's libraries sign by ECDSA, whole and shown in part: they hold, and altered they do not."""

from __future__ import annotations

import copy
import json
from functools import cache
from typing import Any

import pytest

from badges import Policy, ProofError, UnsupportedProofError, Verdict, credential, verify
from badges.proofs.did import resolve
from badges.proofs.proof import check_proof, read_proofs
from tests.badges import second
from tests.badges.samples import NOW, facts

MANDATORY = ["/issuer", "/validFrom", "/validUntil"]
SHOWN: list[list[str]] = [
    ["/name"],
    ["/credentialSubject/achievement"],
    ["/credentialSubject/achievement", "/credentialSubject/identifier/1", "/credentialSubject/identifier/4"],
    ["/credentialSubject/achievement/criteria/narrative", "/evidence"],
    ["/credentialSubject/achievement/tag/1", "/credentialSubject/achievement/name"],
]
CASES: list[dict[str, Any]] = [
    {"suite": suite, "curve": curve} for suite in ("ecdsa-rdfc-2019", "ecdsa-jcs-2019") for curve in ("P-256", "P-384")
] + [{"suite": "ecdsa-sd-2023", "curve": "P-256", "mandatory": MANDATORY, "shown": shown} for shown in SHOWN]


def badge() -> dict[str, Any]:
    """Return Ada's badge with many nodes without an id: she herself, what she did, and who she is."""
    made = credential(facts(status_list=None, status_index=None))
    subject = made["credentialSubject"]
    del subject["id"], subject["achievement"]["criteria"]["id"]
    subject["identifier"] = [
        {"type": "IdentityObject", "hashed": False, "identityHash": f"ada{n}@x.example", "identityType": "emailAddress"}
        for n in range(6)
    ]
    return made


@cache
def _signed() -> list[Any]:
    return second.told("ecdsa", [case | {"credential": badge()} for case in CASES], {})


def signed(place: int) -> Any:
    try:
        return copy.deepcopy(_signed()[place])
    except second.NotHadError as error:
        pytest.skip(str(error))


def check(document: dict[str, Any]) -> None:
    for proof in read_proofs(document):
        check_proof(document, proof, resolve(proof.method, {}, at=0))


@pytest.mark.parametrize("place", range(4))
def test_what_another_signs_whole_holds(place):
    made = signed(place)
    check(made)
    assert verify(json.dumps(made).encode(), policy=Policy(), at=NOW).verdict is Verdict.VALID
    for name in ("name", "validUntil"):
        with pytest.raises(ProofError, match="over exactly this document"):
            check(made | {name: made[name].replace("2", "3") + ("" if name == "validUntil" else "x")})


@pytest.mark.parametrize("place", range(4, len(CASES)))
def test_what_another_shows_in_part_holds(place):
    whole, part = signed(place)
    check(part)
    assert part["validUntil"] == whole["validUntil"]
    assert len(json.dumps(part)) < len(json.dumps(whole))
    with pytest.raises(UnsupportedProofError, match="for its holder alone"):
        read_proofs(whole)
    for name in ("validFrom", "validUntil"):
        with pytest.raises(ProofError, match="wanted"):
            check({key: value for key, value in part.items() if key != name})
        with pytest.raises(ProofError, match="over exactly these statements"):
            check(part | {name: part[name].replace("20", "21", 1)})


@pytest.mark.parametrize(("place", "verdict"), [(6, Verdict.VALID), (5, Verdict.MALFORMED)])
def test_what_is_shown_in_part_is_judged_like_any_other(place, verdict):
    """A badge must say whose it is: a part that does not is none, though every word of it was signed."""
    _, part = signed(place)
    assert verify(json.dumps(part).encode(), policy=Policy(), at=NOW).verdict is verdict
    found = verify(json.dumps(part).encode(), policy=Policy(), at=NOW)
    assert "may have left out what was not bound to be shown" in found.step("proof").reason
    assert "names no status list" in found.step("status").reason
    assert "cannot be revoked" not in found.step("status").reason
    by_signature = Policy(checks=frozenset({"proof", "issuer"}))
    assert verify(json.dumps(part).encode(), policy=by_signature, at=NOW).verdict is Verdict.VALID
