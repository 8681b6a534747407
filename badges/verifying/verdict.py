"""What a verification is asked, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from badges.errors import VerificationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from badges.documents.credential import RuleEvidence
    from ledger.transparency import VerifierKey

CONFORMANCE = "conformance"
ISSUER = "issuer"
PROOF = "proof"
VALIDITY = "validityPeriod"
STATUS = "credentialStatus"
CHECKS = frozenset({CONFORMANCE, ISSUER, PROOF, VALIDITY, STATUS})


class Verdict(StrEnum):
    """What a verification comes to, worst first: where several hold, the first is the answer."""

    MALFORMED = "malformed"
    FORGED = "forged"
    ISSUER_UNKNOWN = "issuer unknown"
    REVOKED = "revoked"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    NOT_YET_VALID = "not yet valid"
    STATUS_UNREACHABLE = "status unreachable"
    VALID = "valid"


class Outcome(StrEnum):
    """How one step ended."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_APPLICABLE = "not_applicable"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Step:
    """One numbered step: what was found, in a person's words, and the clause that asks for it.

    `verdict` is what this step alone comes to; `check` the name by which a policy asks for it, None for
    a step that always counts.
    """

    number: int
    name: str
    outcome: Outcome
    reason: str
    clause: str
    check: str | None
    verdict: Verdict = Verdict.VALID


@dataclass(frozen=True, slots=True)
class Logged:
    """What a proof showed: which fact of which log the badge is, when it was recorded (µs), who cosigned that head."""

    origin: str
    position: int
    recorded: int
    witnesses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verified:
    """The answer. `credential` is None where none could be read; `form` is json, jwt, png, svg or pdf.

    `logged` is what a proof from a log showed, where one held.
    """

    verdict: Verdict
    steps: tuple[Step, ...]
    form: str = ""
    credential: Mapping[str, Any] | None = None
    issuer: str | None = None
    evidence: RuleEvidence | None = None
    logged: Logged | None = None

    @property
    def valid(self) -> bool:
        """Whether every step that the policy asked for passed."""
        return self.verdict is Verdict.VALID


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What must hold, and what is at hand to tell. Nothing is ever fetched.

    `checks` are the steps that decide, by name; the others are run and told, but decide nothing.
    `did_documents` maps DIDs (or https ids) to their documents, `status_lists` the URLs of status list
    credentials to them (bytes, text or parsed), `contexts` URLs to JSON-LD contexts beyond those bundled.
    `trusted_issuers` limits who may issue; None trusts whoever holds the key. `logs` maps the origins of
    transparency logs to their keys; a proof from one of them counts where `quorum` of `witnesses` cosigned it.
    An empty set of checks, or of issuers, or a quorum that cannot be reached is refused with `VerificationError`:
    it could only say yes, or only no.
    """

    checks: frozenset[str] = CHECKS
    did_documents: Mapping[str, object] = field(default_factory=dict)
    status_lists: Mapping[str, object] = field(default_factory=dict)
    contexts: Mapping[str, object] = field(default_factory=dict)
    trusted_issuers: frozenset[str] | None = None
    logs: Mapping[str, VerifierKey] = field(default_factory=dict)
    witnesses: tuple[VerifierKey, ...] = ()
    quorum: int = 0

    def __post_init__(self) -> None:
        """Refuse a policy that asks for nothing."""
        if not self.checks or not self.checks <= CHECKS:
            raise VerificationError(f"checks: wanted some of {', '.join(sorted(CHECKS))}, got {sorted(self.checks)}")
        if self.trusted_issuers is not None and not self.trusted_issuers:
            raise VerificationError("trusted_issuers: wanted at least one, or None for any, got none")
        if not 0 <= self.quorum <= len({key.public for key in self.witnesses}):
            raise VerificationError(f"quorum: wanted 0 to the {len(self.witnesses)} witnesses, got {self.quorum}")
