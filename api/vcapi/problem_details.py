"""What a verification found wrong, under the names that the specifications give it.

VC Data Model 2.0 "Problem Details", VC-DATA-INTEGRITY "Processing Errors", Controlled Identifiers "Processing Errors",
Bitstring Status List "Processing Errors". What none of them names is `about:blank` (RFC 9457).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from badges import Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from badges import Step, Verified

_MODEL = "https://www.w3.org/TR/vc-data-model#"
_SECURITY = "https://w3id.org/security#"
_STATUS = "https://www.w3.org/ns/credentials/status-list#"
UNNAMED = "about:blank"

_OF_STEPS: Mapping[str, tuple[str, str]] = {
    "read": (f"{_MODEL}PARSING_ERROR", "It cannot be read"),
    "shape": (f"{_MODEL}MALFORMED_VALUE_ERROR", "A value is not what the data model wants"),
    "contexts": (f"{_SECURITY}PROOF_TRANSFORMATION_ERROR", "What was signed cannot be made out"),
    "key": (f"{_SECURITY}INVALID_VERIFICATION_METHOD", "The key cannot be had, or not be relied on"),
    "issuer": (f"{_SECURITY}INVALID_VERIFICATION_METHOD", "The key is not that of who signed"),
    "proof": (f"{_SECURITY}PROOF_VERIFICATION_ERROR", "The proof does not hold"),
    "validity": (f"{_MODEL}RANGE_ERROR", "It is outside of its dates"),
    "status": (f"{_STATUS}STATUS_VERIFICATION_ERROR", "It was revoked or suspended, or its status is at fault"),
}
_MALFORMED: Mapping[str, tuple[str, str]] = {
    "key": (f"{_SECURITY}PROOF_VERIFICATION_ERROR", "It carries no proof that can be checked"),
    "validity": (f"{_MODEL}MALFORMED_VALUE_ERROR", "Its dates cannot be read"),
}
_UNREACHABLE = {"status": (f"{_STATUS}STATUS_RETRIEVAL_ERROR", "Its status list cannot be had")}
_TAMPERED = (f"{_MODEL}CRYPTOGRAPHIC_SECURITY_ERROR", "It was changed, or never signed by this key")
_OCCASIONS = {
    "challenge": (f"{_SECURITY}INVALID_CHALLENGE_ERROR", "It was signed for another challenge"),
    "domain": (f"{_SECURITY}INVALID_DOMAIN_ERROR", "It was signed for another domain"),
}


def problem_details(verified: Verified, **occasion: str | None) -> list[dict[str, Any]]:
    """Return a ProblemDetails object for every step that decided against `verified`; [] where it is valid.

    `occasion`: the `challenge` and `domain` that a presentation should have been signed for.
    """
    if verified.valid:
        return []
    faults = [step for step in verified.steps if step.verdict is not Verdict.VALID]
    told = [_of(step, verified, occasion) for step in faults]
    worst_first = sorted(zip(faults, told, strict=True), key=lambda pair: pair[0].verdict is not verified.verdict)
    return [problem for _, problem in worst_first]


def unread(words: str) -> dict[str, Any]:
    """Return the ProblemDetails object of what cannot be read at all."""
    name, title = _OF_STEPS["read"]
    return {"type": name, "title": title, "detail": words}


def _of(step: Step, verified: Verified, occasion: Mapping[str, str | None]) -> dict[str, Any]:
    name, title = _OF_STEPS.get(step.name, (UNNAMED, "It does not hold"))
    if step.outcome is Outcome.UNREACHABLE:
        name, title = _UNREACHABLE.get(step.name, (name, title))
    elif step.verdict is Verdict.MALFORMED:
        name, title = _MALFORMED.get(step.name, (name, title))
    elif step.name == "proof" and step.verdict is Verdict.FORGED:
        name, title = _of_proof(verified, occasion)
    return {"type": name, "title": title, "detail": step.reason, "step": step.name}


def _of_proof(verified: Verified, occasion: Mapping[str, str | None]) -> tuple[str, str]:
    """Return what is wrong with a proof that fits nothing: made for something else, else altered."""
    found = (verified.credential or {}).get("proof")
    proofs = [one for one in (found if isinstance(found, list) else [found]) if isinstance(one, dict)]
    presented = verified.kind == "presentation"
    purpose = "authentication" if presented else "assertionMethod"
    if any(one.get("proofPurpose") != purpose for one in proofs) or (presented and not proofs):
        return _OF_STEPS["proof"]
    for name, problem in _OCCASIONS.items() if presented else ():
        asked, got = occasion.get(name), [one.get(name) for one in proofs]
        if asked is not None and not all(asked in one if isinstance(one, list) else asked == one for one in got):
            return problem
    return _TAMPERED
