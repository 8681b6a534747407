"""What a verification is asked, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

from badges.errors import VerificationError
from schemas import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from badges.documents.credential import RuleEvidence
    from ledger.transparency import VerifierKey
    from schemas import Text

Kind = Literal["credential", "presentation", "assertion"]

CONFORMANCE = "conformance"
ISSUER = "issuer"
PROOF = "proof"
VALIDITY = "validityPeriod"
STATUS = "credentialStatus"
SCHEMA = "credentialSchema"
CREDENTIALS = "credentials"
ENDORSEMENT = "endorsement"
RECIPIENT = "recipient"
TRUSTED_ISSUER = "trustedIssuer"
CHECKS = frozenset(
    {CONFORMANCE, ISSUER, PROOF, VALIDITY, STATUS, SCHEMA, CREDENTIALS, ENDORSEMENT, RECIPIENT},
)
"""Those that decide unless a policy says otherwise."""
ALL_CHECKS = CHECKS | {TRUSTED_ISSUER}


class Verdict(StrEnum):
    """What a verification comes to, worst first: where several hold, the first is the answer."""

    MALFORMED = "malformed"
    FORGED = "forged"
    ISSUER_UNKNOWN = "issuer unknown"
    REVOKED = "revoked"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    NOT_YET_VALID = "not yet valid"
    ENCLOSED_INVALID = "enclosed invalid"
    OTHER_RECIPIENT = "other recipient"
    STATUS_UNREACHABLE = "status unreachable"
    SCHEMA_UNREACHABLE = "schema unreachable"
    VALID = "valid"

    @property
    def words(self) -> Text:
        """Say it in a sentence: that something is `revoked`, `not yet valid`."""
        return _WORDS[self]

    @property
    def undecided(self) -> bool:
        """Whether nothing was found against it, but not all could be looked at."""
        return self in {Verdict.ISSUER_UNKNOWN, Verdict.STATUS_UNREACHABLE, Verdict.SCHEMA_UNREACHABLE}


_WORDS = {
    Verdict.MALFORMED: say("malformed"),
    Verdict.FORGED: say("forged"),
    Verdict.ISSUER_UNKNOWN: say("issuer unknown"),
    Verdict.REVOKED: say("revoked"),
    Verdict.SUSPENDED: say("suspended"),
    Verdict.EXPIRED: say("expired"),
    Verdict.NOT_YET_VALID: say("not yet valid"),
    Verdict.ENCLOSED_INVALID: say("enclosed invalid"),
    Verdict.OTHER_RECIPIENT: say("other recipient"),
    Verdict.STATUS_UNREACHABLE: say("status unreachable"),
    Verdict.SCHEMA_UNREACHABLE: say("schema unreachable"),
    Verdict.VALID: say("valid"),
}
_RANKS = {verdict: rank for rank, verdict in enumerate(Verdict)}


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the one that is the answer; VALID where there are none."""
    return min(verdicts, key=_RANKS.__getitem__, default=Verdict.VALID)


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
    """The answer. `credential` is None where none could be read; `form` is json, jwt, png, svg, pdf or zip.

    `credential` is the document as it was judged, be it a credential, a presentation or an Open Badges 2.0 assertion:
    `kind` says which. `contents` are the answers about the credentials inside it. `logged` is what a proof from a log
    showed, where one held. `lent_keys`: who signed it is known by what came with it in a bundle alone.
    """

    verdict: Verdict
    steps: tuple[Step, ...]
    form: str = ""
    credential: Mapping[str, Any] | None = None
    issuer: str | None = None
    evidence: RuleEvidence | None = None
    logged: Logged | None = None
    kind: Kind = "credential"
    contents: tuple[Verified, ...] = ()
    lent_keys: bool = False

    @property
    def valid(self) -> bool:
        """Whether every step that the policy asked for passed."""
        return self.verdict is Verdict.VALID

    def step(self, name: str) -> Step:
        """Return the step of that name. Raises `KeyError` where it was not reached."""
        for one in self.steps:
            if one.name == name:
                return one
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class Registry:
    """Issuers that somebody vouches for: their ids, and what each is called there."""

    name: str
    issuers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What must hold, and what is at hand to tell. Nothing is ever fetched here.

    `checks` are the steps that decide, by name; the others are run and told, but decide nothing. Unless they name
    "trustedIssuer", an issuer in none of the `registries` is told, and no failure. `recipient` is whom it should have
    been given to (a DID, a URL or an e-mail address); `challenge` and `domain` are what a presentation should have
    been signed for: of a badge that nobody presents, who shows it cannot be told.

    `documents` maps DIDs and URLs to what they hold (bytes, text or parsed): DID documents, status lists, schemas,
    newer versions. It may ask elsewhere when it is looked up, and have a `why(name)` that tells why it answered
    nothing. `contexts` maps URLs to JSON-LD contexts beyond those bundled. `logs` maps the origins of transparency
    logs to their keys; a proof from one of them counts where `quorum` of `witnesses` cosigned it.

    `trust_bundle`: what came with a badge in a bundle counts like what is at hand. Without it, an issuer known by that
    alone is unknown, and a status list that came with a badge is believed for a month.

    Unknown checks, none at all, "trustedIssuer" without a registry, and a quorum that cannot be reached are refused
    with `VerificationError`: such a policy could only say yes, or only no.
    """

    checks: frozenset[str] = CHECKS
    documents: Mapping[str, object] = field(default_factory=dict)
    contexts: Mapping[str, object] = field(default_factory=dict)
    registries: tuple[Registry, ...] = ()
    logs: Mapping[str, VerifierKey] = field(default_factory=dict)
    witnesses: tuple[VerifierKey, ...] = ()
    quorum: int = 0
    recipient: str | None = None
    challenge: str | None = None
    domain: str | None = None
    trust_bundle: bool = False

    def of_presented(self) -> Policy:
        """Return what is asked of a credential that is presented: not the occasion, of which the presentation tells."""
        return replace(self, challenge=None, domain=None)

    def of_another(self) -> Policy:
        """Return what is asked of another document than the one handed in: not whom it is for, and not the occasion."""
        checks = self.checks - {RECIPIENT} or self.checks
        return replace(self, checks=checks, recipient=None, challenge=None, domain=None)

    def __post_init__(self) -> None:
        """Refuse a policy that asks for nothing, or for what cannot be."""
        if not self.checks or not self.checks <= ALL_CHECKS:
            wanted = ", ".join(sorted(ALL_CHECKS))
            raise VerificationError(f"checks: wanted some of {wanted}, got {sorted(self.checks)}")
        if TRUSTED_ISSUER in self.checks and not any(registry.issuers for registry in self.registries):
            raise VerificationError(f"checks: {TRUSTED_ISSUER} wants a registry with at least one issuer, got none")
        if not 0 <= self.quorum <= (most := len({key.public for key in self.witnesses})):
            raise VerificationError(f"quorum: wanted 0 to the {most} different witnesses, got {self.quorum}")
