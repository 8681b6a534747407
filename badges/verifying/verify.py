"""Verification of any Open Badge or verifiable credential, ours or not, as one numbered list of steps."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from badges.documents.credential import AwardError, recorded_facts, rule_evidence, to_json
from badges.documents.shape import credential_faults, id_of, listed
from badges.errors import (
    BadgeError,
    KeyNotFoundError,
    LogProofError,
    ProofError,
    StatusListError,
    UnknownLogError,
    UnsafeDocumentError,
    VerificationError,
)
from badges.instants import InstantError, instant, written
from badges.linked.canonical import canonize
from badges.linked.shapes import Shapes
from badges.proofs.did import resolve
from badges.proofs.jwt import check_jwt, check_named, claimed_period, contradictions, key_of
from badges.proofs.proof import Proof, check_proof, proof_expired, read_proofs
from badges.verifying.agreement import disagreements, told_once
from badges.verifying.logged import check_logged, proof_in
from badges.verifying.reading import LARGEST_DOCUMENT, Reading, read
from badges.verifying.statuses import read_status
from badges.verifying.verdict import (
    CONFORMANCE,
    ISSUER,
    PROOF,
    STATUS,
    VALIDITY,
    Logged,
    Outcome,
    Policy,
    Step,
    Verdict,
    Verified,
)
from schemas.contexts import UnknownContextError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from badges.proofs.keys import Key


PURPOSE = "assertionMethod"
_SHAPES = Shapes()
MOST_STATUSES = 8
_FAULTS_TOLD = 5


def verify(document: bytes, *, policy: Policy, at: int) -> Verified:
    """Verify a credential as it stands `at` (µs), by what `policy` asks and has at hand.

    1. read       JSON, JWS, PNG, SVG or PDF, bounded        OB 3.0 "Document Formats"
    2. shape      what a credential must say                 VCDM 2.0 "Basic Concepts", OB 3.0 "Data Model"
    3. contexts   every term defined by contexts at hand     VC-DATA-INTEGRITY "Validating Contexts"
    4. key        who holds the key that it names            CID 1.0 "Retrieve Verification Method"
    5. issuer     that is the issuer, and one we trust       VCDM 2.0 "Issuer"
    6. proof      the signature is over this very document   VC-DI-EDDSA "Verify Proof", RFC 7515
    7. validity   within its dates                           VCDM 2.0 "Validity Period"
    8. status     neither revoked nor suspended              Bitstring Status List "Validate Algorithm", OB 3.0
    9. evidence   the practice a badge of ours rests on      OB 3.0 "Evidence"
    10. log       it was recorded, as this, before signed    C2SP tlog-proof "Verifying"

    After 1 every step is run and told, whatever came before; those that `policy.checks` names decide.
    Raises nothing but `VerificationError`, and only where `document` is not bytes.
    """
    if not isinstance(document, bytes):
        raise VerificationError(f"document: wanted bytes, got {type(document).__name__}")
    try:
        reading = read(document)
    except BadgeError as error:
        step = _step(1, Outcome.FAILED, f"This is no credential that can be read: {error}.", Verdict.MALFORMED)
        return Verified(Verdict.MALFORMED, (step,))
    return _Verification(reading, policy, at).run()


_STEPS = {
    1: ("read", 'OB 3.0 "Document Formats"', None),
    2: ("shape", 'VCDM 2.0 "Basic Concepts", OB 3.0 "Data Model"', CONFORMANCE),
    3: ("contexts", 'VC-DATA-INTEGRITY "Validating Contexts"', CONFORMANCE),
    4: ("key", 'CID 1.0 "Retrieve Verification Method"', PROOF),
    5: ("issuer", 'VCDM 2.0 "Issuer"', ISSUER),
    6: ("proof", 'VC-DI-EDDSA "Verify Proof", RFC 7515', PROOF),
    7: ("validity", 'VCDM 2.0 "Validity Period"', VALIDITY),
    8: ("status", 'Bitstring Status List "Validate Algorithm"', STATUS),
    9: ("evidence", 'OB 3.0 "Evidence"', CONFORMANCE),
    10: ("log", 'C2SP tlog-proof "Verifying"', PROOF),
}


def _step(number: int, outcome: Outcome, reason: str, verdict: Verdict = Verdict.VALID) -> Step:
    name, clause, check = _STEPS[number]
    return Step(number, name, outcome, reason, clause, check, verdict)


class _Verification:
    """One run: what was read, what it is held against, and what the steps found on the way."""

    def __init__(self, reading: Reading, policy: Policy, at: int) -> None:
        self.credential, self.token, self.form = reading.credential, reading.token, reading.form
        self.policy, self.at = policy, at
        self.hashed: bytes | None = None  # SHA-256 of the canonical document, if it has one
        self.unlearned: tuple[dict[str, Any], bytes] | None = None  # the document and its JSON, if its shape is new
        self.proofs: list[Proof] = []
        self.keys: list[Key] = []
        self.logged: Logged | None = None
        issuer = id_of(self.credential.get("issuer"))
        self.issuer = issuer if isinstance(issuer, str) else None

    def run(self) -> Verified:
        steps = (
            _step(1, Outcome.PASSED, f"A credential was read from {self.form.upper()}."),
            self.shape(),
            self.contexts(),
            self.key(),
            self.issuer_binding(),
            self.proof(),
            self.validity(),
            self.status(),
            self.evidence(),
            self.log(),
        )
        decisive = [step.verdict for step in steps if step.check is None or step.check in self.policy.checks]
        if self.unlearned and steps[2].outcome is steps[5].outcome is Outcome.PASSED:
            _SHAPES.learn(*self.unlearned)
        verdict = next(verdict for verdict in Verdict if verdict in {*decisive, Verdict.VALID})
        found = None
        if verdict is not Verdict.MALFORMED and steps[8].outcome is Outcome.PASSED:
            found = rule_evidence(self.credential)
        return Verified(verdict, steps, self.form, self.credential, self.issuer, found, self.logged)

    def shape(self) -> Step:
        faults = [str(fault) for fault in credential_faults(self.credential)]
        if self.token:
            faults += contradictions(self.token, self.credential)
        if not faults:
            return _step(2, Outcome.PASSED, "It says all that a credential of its kind must say.")
        told = "; ".join(faults[:_FAULTS_TOLD])
        return _step(
            2,
            Outcome.FAILED,
            f"It is not formed as a credential of its kind must be: {told}.",
            Verdict.MALFORMED,
        )

    def contexts(self) -> Step:
        unsecured = {name: value for name, value in self.credential.items() if name != "proof"}
        raw = to_json(unsecured)
        found = _SHAPES.find(raw)
        if found is None or not found.cohort:
            self.unlearned = unsecured, raw
        if found and told_once(unsecured, raw):
            self.hashed = found.digest
            return _step(3, Outcome.PASSED, "Every word in it is defined by a context that is at hand.")
        try:
            canonical = canonize(unsecured, extra=self.policy.contexts)
        except (UnsafeDocumentError, UnknownContextError) as error:
            return _step(3, Outcome.FAILED, f"Its words have no certain meaning: {error}.", Verdict.MALFORMED)
        faults = disagreements(unsecured, canonical.node)
        if faults:
            told = "; ".join(str(fault) for fault in faults[:_FAULTS_TOLD])
            return _step(3, Outcome.FAILED, f"It shows something else than what is signed: {told}.", Verdict.MALFORMED)
        self.hashed = hashlib.sha256(canonical.nquads.encode()).digest()
        return _step(3, Outcome.PASSED, "Every word in it is defined by a context that is at hand.")

    def key(self) -> Step:
        try:
            self.proofs = [] if self.token else read_proofs(self.credential)
            if self.token:
                check_named(self.token)
        except ProofError as error:
            return _step(4, Outcome.FAILED, f"It carries no signature that can be checked: {error}.", Verdict.MALFORMED)
        try:
            known = self.policy.did_documents
            if self.token:
                self.keys = [key_of(self.token, known, at=self.at, issuer=self.issuer)]
            else:
                self.keys = [resolve(each.method, known, at=self.at, issuer=self.issuer) for each in self.proofs]
        except KeyNotFoundError as error:
            reason = f"The key it was signed with cannot be looked up: {error}."
            return _step(4, Outcome.UNREACHABLE, reason, Verdict.ISSUER_UNKNOWN)
        except ProofError as error:
            reason = f"The key it was signed with cannot be relied on: {error}."
            return _step(4, Outcome.FAILED, reason, Verdict.ISSUER_UNKNOWN)
        return _step(
            4,
            Outcome.PASSED,
            f"The key is that of {', '.join(sorted({key.controller for key in self.keys}))}.",
        )

    def issuer_binding(self) -> Step:
        trusted = self.policy.trusted_issuers
        if trusted is not None and self.issuer not in trusted:
            reason = f"Its issuer, {self.issuer}, is not among those trusted here."
            return _step(5, Outcome.FAILED, reason, Verdict.ISSUER_UNKNOWN)
        if not self.keys:
            reason = "Whether its issuer signed it cannot be told without the key."
            return _step(5, Outcome.UNREACHABLE, reason, Verdict.ISSUER_UNKNOWN)
        if self.issuer not in {key.controller for key in self.keys}:
            reason = f"It names {self.issuer} as its issuer, but the key belongs to {self.keys[0].controller}."
            return _step(5, Outcome.FAILED, reason, Verdict.FORGED)
        return _step(5, Outcome.PASSED, f"The key belongs to the issuer it names, {self.issuer}.")

    def proof(self) -> Step:
        if not self.keys:
            return _step(6, Outcome.UNREACHABLE, "The signature cannot be checked without the key.")
        for key in self.keys:
            if PURPOSE not in key.purposes:
                reason = f"The key may not be used to vouch for anything by {key.controller}."
                return _step(6, Outcome.FAILED, reason, Verdict.FORGED)
        try:
            if self.token:
                check_jwt(self.token, self.keys[0])
            for proof, key in zip(self.proofs, self.keys, strict=not self.token):
                if (step := self.one_proof(proof, key)) is not None:
                    return step
        except (UnsafeDocumentError, UnknownContextError) as error:
            return _step(6, Outcome.FAILED, f"What was signed cannot be made out: {error}.", Verdict.MALFORMED)
        except ProofError as error:
            reason = f"The signature does not fit: the badge was altered, or never signed by this key ({error})."
            return _step(6, Outcome.FAILED, reason, Verdict.FORGED)
        return _step(6, Outcome.PASSED, "The signature covers exactly this document.")

    def one_proof(self, proof: Proof, key: Key) -> Step | None:
        if proof.purpose != PURPOSE:
            reason = f"It was signed for another purpose: wanted {PURPOSE}, got {proof.purpose[:60]}."
            return _step(6, Outcome.FAILED, reason, Verdict.FORGED)
        check_proof(self.credential, proof, key, hashed=self.hashed, extra=self.policy.contexts)
        if proof_expired(proof, self.at):
            return _step(6, Outcome.FAILED, "The signature was good, but has itself expired.", Verdict.EXPIRED)
        return None

    def period(self) -> tuple[list[int], list[int]]:
        """Return when it says that it begins and ends, in µs; a token may say it twice."""
        names = ("validFrom", "issuanceDate", "validUntil", "expirationDate")
        dates = {name: instant(self.credential[name]) for name in names if name in self.credential}
        begins, ends = ([dates[name] for name in pair if name in dates] for pair in (names[:2], names[2:]))
        claimed = claimed_period(self.token) if self.token else (None, None)
        for moments, moment in zip((begins, ends), claimed, strict=True):
            if moment is not None:
                moments.append(moment)
        return begins, ends

    def validity(self) -> Step:
        try:
            begins, ends = self.period()
        except (InstantError, ProofError) as error:
            return _step(7, Outcome.FAILED, f"Its dates cannot be read: {error}.", Verdict.MALFORMED)
        if begins and self.at < max(begins):
            return _step(7, Outcome.FAILED, f"It is not valid before {_shown(max(begins))}.", Verdict.NOT_YET_VALID)
        if ends and self.at > min(ends):
            return _step(7, Outcome.FAILED, f"It was valid until {_shown(min(ends))}.", Verdict.EXPIRED)
        if not begins and not ends:
            return _step(7, Outcome.NOT_APPLICABLE, "It gives no dates.")
        return _step(
            7, Outcome.PASSED, f"Its time has come and is not over{f': until {_shown(min(ends))}' if ends else ''}."
        )

    def status(self) -> Step:
        entries = listed(self.credential.get("credentialStatus"))
        if not entries:
            return _step(8, Outcome.NOT_APPLICABLE, "It cannot be revoked: it names no status list.")
        if len(entries) > MOST_STATUSES:
            reason = f"Its status cannot be told: wanted at most {MOST_STATUSES} entries, got {len(entries)}."
            return _step(8, Outcome.FAILED, reason, Verdict.MALFORMED)
        told = [read_status(entry, self.credential, at_hand=self.at_hand, signed=self.status_list) for entry in entries]
        worst = min((one.verdict for one in told), key=list(Verdict).index)
        reason = " ".join(dict.fromkeys(one.reason for one in told if one.verdict is worst))
        ends = {Verdict.VALID: Outcome.PASSED, Verdict.STATUS_UNREACHABLE: Outcome.UNREACHABLE}
        return _step(8, ends.get(worst, Outcome.FAILED), reason, worst)

    def at_hand(self, url: str) -> bytes:
        """Return the list read from `url`, or raise `StatusListError`."""
        found = self.policy.status_lists.get(url)
        if found is None:
            raise StatusListError(f"the list at {url[:200]} is not at hand")
        raw = found if isinstance(found, bytes) else found.encode() if isinstance(found, str) else _json(found)
        if len(raw) > LARGEST_DOCUMENT:
            raise StatusListError(f"wanted a list of at most {LARGEST_DOCUMENT} bytes, got {len(raw)}")
        return raw

    def status_list(self, url: str) -> Mapping[str, Any]:
        """Return the status list credential read from `url`, itself verified, or raise `StatusListError`."""
        raw = self.at_hand(url)
        policy = Policy(
            checks=frozenset({CONFORMANCE, PROOF, ISSUER, VALIDITY}),
            did_documents=self.policy.did_documents,
            contexts=self.policy.contexts,
        )
        answer = verify(raw, policy=policy, at=self.at)
        if not answer.valid or answer.credential is None:
            told = next((step.reason for step in answer.steps if step.verdict is answer.verdict), "")
            raise StatusListError(f"its status list is {answer.verdict}: {told}")
        if answer.issuer != self.issuer:
            raise StatusListError(f"wanted a list of its issuer, {self.issuer}, got one of {answer.issuer}")
        return answer.credential

    def evidence(self) -> Step:
        try:
            found = rule_evidence(self.credential)
        except AwardError as error:
            return _step(9, Outcome.FAILED, f"What it rests on cannot be read: {error}.", Verdict.MALFORMED)
        if found is None:
            return _step(9, Outcome.NOT_APPLICABLE, "It does not say which recorded practice it rests on.")
        rule = f"rule {found.rule} version {found.rule_version} of charter version {found.charter_version}"
        return _step(9, Outcome.PASSED, f"It rests on {recorded_facts(found.evidence_count)}, by {rule}.")

    def log(self) -> Step:
        try:
            text = proof_in(self.credential)
            if text is None:
                return _step(10, Outcome.NOT_APPLICABLE, "It carries no proof from a transparency log.")
            signed = [instant(proof.options["created"]) for proof in self.proofs if "created" in proof.options]
            found = check_logged(self.credential, text, self.policy, signed)
        except UnknownLogError as error:
            return _step(10, Outcome.UNREACHABLE, f"Whether it was recorded cannot be told: {error}.")
        except (LogProofError, InstantError) as error:
            reason = f"The log does not have this badge: {error}."
            return _step(10, Outcome.FAILED, reason, Verdict.FORGED)
        self.logged = found
        seen = f"; {', '.join(found.witnesses)} saw that it stood there" if found.witnesses else ""
        return _step(
            10,
            Outcome.PASSED,
            f"It was recorded {_shown(found.recorded)}, before it was signed, as fact {found.position:,} "
            f"of {found.origin}{seen}.",
        )


def _json(found: object) -> bytes:
    if not isinstance(found, dict):
        raise StatusListError(f"wanted a status list as bytes, text or an object, got {type(found).__name__}")
    try:
        return to_json(found)
    except TypeError as error:  # what no JSON can carry
        raise StatusListError(f"wanted a status list as an object of JSON, got {error}") from error


def _shown(moment: int) -> str:
    try:
        return written(moment)
    except InstantError:
        return "a date beyond the calendar"
