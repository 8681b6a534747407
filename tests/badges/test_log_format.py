"""docs/log-format.md says what is so: its worked example is made again and verified."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from badges import BINDING, Policy, check_logged, credential
from ledger import Opening
from ledger.transparency import Proof, VerifierKey, leaf_hashes
from tests.badges.samples import LOG_ORIGIN, facts, opening
from tests.ledger.logs import Log

PAGE = (Path(__file__).resolve().parents[2] / "docs/log-format.md").read_text(encoding="utf-8")
CONTENT, OPENING, LEAVES, PROOF, KEY = re.findall(r"```(?:json)?\n(.*?)\n```\n?", PAGE, re.DOTALL)


def test_the_worked_example_is_what_is_made():
    shown, log = opening(), Log(1, LOG_ORIGIN)
    log.grow([shown.leaf()])
    log.grow(Log(3, of="later").entries)
    assert Proof.parse(PROOF + "\n") == replace(Proof.parse(log.proof(1)), extra=shown.encode())
    assert str(log.key) == KEY


def test_the_worked_example_verifies():
    shown = Opening.parse(OPENING.encode())
    assert shown.parts == {BINDING: bytes(16) + CONTENT.encode()}
    assert LEAVES.split("\n") == [shown.leaf().hex(), leaf_hashes([shown.leaf()])[0].hex()]
    key = VerifierKey.parse(KEY)
    found = check_logged(credential(facts(log_proof=PROOF + "\n")), PROOF + "\n", Policy(logs={key.name: key}))
    assert (found.position, found.recorded) == (2, shown.recorded)
