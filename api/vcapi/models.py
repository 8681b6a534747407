"""The shapes of a verifier's answers, for the OpenAPI document."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from api.web.answers import Answer


class CheckAnswer(Answer):
    """One numbered step of a verification."""

    step: int
    name: str
    outcome: Literal["passed", "failed", "not_applicable", "unreachable"]
    words: str
    clause: str = Field(description="of the specification that asks for it")
    decides: bool = Field(description="whether what it found counts by the checks that were asked for")


class ProblemDetail(Answer):
    """What is wrong, under the name that a specification gives it (VC Data Model 2.0 "Problem Details")."""

    type: str = Field(examples=["https://w3id.org/security#PROOF_VERIFICATION_ERROR"])
    title: str
    detail: str


class VerifiedAnswer(Answer):
    """Whether a credential verifies, and every step that was taken; `problemDetails` where it does not."""

    verified: bool
    verdict: str = Field(examples=["valid", "forged", "issuer unknown", "revoked", "expired"])
    kind: Literal["credential", "presentation", "assertion"]
    checks: list[CheckAnswer]
    warnings: list[str] = Field([], description="what failed, or could not be looked at, and decides nothing")
    errors: list[str] = Field([], description="what decided against it")
    problemDetails: list[ProblemDetail] = Field([])  # noqa: N815 - the VC-API's name


class PresentationAnswer(VerifiedAnswer):
    """Whether a presentation verifies, and each credential in it."""

    credentialResults: list[VerifiedAnswer] = Field([])  # noqa: N815 - the VC-API's name
