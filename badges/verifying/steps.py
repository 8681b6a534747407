"""The numbered list of what a verification looks at: one order, and one name for each step, whatever is verified."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from badges.verifying.verdict import (
    CONFORMANCE,
    CREDENTIALS,
    ENDORSEMENT,
    ISSUER,
    PROOF,
    RECIPIENT,
    SCHEMA,
    STATUS,
    TRUSTED_ISSUER,
    VALIDITY,
    Outcome,
    Step,
    Verdict,
)
from schemas import say, words_of

if TYPE_CHECKING:
    from badges.errors import TooMuchWorkError


class Row(NamedTuple):
    """A step's name, the clause that asks for it, and the check by which a policy does (None: it always counts)."""

    name: str
    clause: str
    check: str | None


STEPS = (
    Row("read", 'OB 3.0 "Document Formats"', None),
    Row("shape", 'VCDM 2.0 "Basic Concepts", OB 3.0 "Data Model"', CONFORMANCE),
    Row("contexts", 'VC-DATA-INTEGRITY "Validating Contexts"', CONFORMANCE),
    Row("key", 'CID 1.0 "Retrieve Verification Method"', PROOF),
    Row("issuer", 'VCDM 2.0 "Issuer"', ISSUER),
    Row("registry", 'VCDM 2.0 "Validation"', TRUSTED_ISSUER),
    Row("proof", 'VC-DI-EDDSA "Verify Proof", RFC 7515', PROOF),
    Row("validity", 'VCDM 2.0 "Validity Period"', VALIDITY),
    Row("status", 'Bitstring Status List "Validate Algorithm"', STATUS),
    Row("schema", 'VCDM 2.0 "Data Schemas", OB 3.0 "Schema Validation"', SCHEMA),
    Row("refresh", 'OB 3.0 "RefreshService"', STATUS),
    Row("contents", 'VCDM 2.0 "Verifiable Presentations", CLR 2.0 "ClrSubject"', CREDENTIALS),
    Row("endorsements", 'OB 3.0 "EndorsementCredential"', ENDORSEMENT),
    Row("recipient", 'OB 3.0 "Verify Recipient"', RECIPIENT),
    Row("evidence", 'OB 3.0 "Evidence"', CONFORMANCE),
    Row("log", 'C2SP tlog-proof "Verifying"', PROOF),
)
_NUMBERS = {row.name: number for number, row in enumerate(STEPS, start=1)}


def step(
    name: str, outcome: Outcome, reason: str, verdict: Verdict = Verdict.VALID, *, clause: str | None = None
) -> Step:
    """Return a step of the list. `clause`: another than the list names, where another specification asks for it."""
    number = _NUMBERS[name]
    row = STEPS[number - 1]
    return Step(number, name, outcome, reason, clause or row.clause, row.check, verdict)


def passed(name: str, reason: str) -> Step:
    """Return a step that found all as it should be."""
    return step(name, Outcome.PASSED, reason)


def failed(name: str, reason: str, verdict: Verdict) -> Step:
    """Return a step that found a fault; of verdict VALID where nobody has to mind it."""
    return step(name, Outcome.FAILED, reason, verdict)


def unreachable(name: str, reason: str, verdict: Verdict = Verdict.VALID) -> Step:
    """Return a step that could not be taken with what was at hand."""
    return step(name, Outcome.UNREACHABLE, reason, verdict)


def given_up(name: str, error: TooMuchWorkError) -> Step:
    """Return a step that takes more work than is done for one document: nobody can ask not to mind that."""
    reason = say(
        "More work would have to be done for it than for any document that is meant well: %(why)s. Whether it is "
        "genuine was not found out.",
        why=words_of(error),
    )
    return replace(failed(name, reason, Verdict.MALFORMED), check=None)


@cache
def not_applicable(name: str, reason: str) -> Step:
    """Return a step that has nothing to look at. `reason`: one of few."""
    return step(name, Outcome.NOT_APPLICABLE, reason)
