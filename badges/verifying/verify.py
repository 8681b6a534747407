"""Verification of any Open Badge, credential or presentation, ours or not, as one numbered list of steps."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from badges.errors import BadgeError, TooMuchWorkError, VerificationError
from badges.haste import read_in_haste
from badges.verifying.bundles import Beside
from badges.verifying.credential import Credential
from badges.verifying.openbadges2 import Assertion
from badges.verifying.presentation import Presentation
from badges.verifying.reading import LARGEST_ENCLOSING, Reading, read
from badges.verifying.steps import failed, given_up
from badges.verifying.verdict import Policy, Verdict, Verified, worst
from badges.work import DOCUMENT, EACH_INSIDE, ENCLOSING, SCHEMAS, working
from schemas import say, words_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from badges.verifying.bundles import Bundled
    from badges.verifying.course import Course
    from badges.verifying.verdict import Kind, Step
    from badges.work import Work

DEEPEST = 3  # of credentials inside one another
_COURSES: Mapping[Kind, type[Course]] = {
    "credential": Credential,
    "presentation": Presentation,
    "assertion": Assertion,
}


class TooDeepError(BadgeError):
    """Credentials inside credentials, too many times."""


def verify(document: bytes, *, policy: Policy, at: int) -> Verified:
    """Verify a credential, presentation or assertion as it stands `at` (µs), by what `policy` asks and has at hand.

     1. read          JSON, JWS, picture, PDF or bundle          OB 3.0 "Document Formats"
     2. shape         what a document of its kind must say       VCDM 2.0 "Basic Concepts", OB 3.0 "Data Model"
     3. contexts      every term defined by contexts at hand     VC-DATA-INTEGRITY "Validating Contexts"
     4. key           who holds the key that it names            CID 1.0 "Retrieve Verification Method"
     5. issuer        that is the issuer, or the holder          VCDM 2.0 "Issuer"
     6. registry      somebody we know vouches for the issuer    VCDM 2.0 "Validation"
     7. proof         the signature is over this very document   VC-DI-EDDSA "Verify Proof", RFC 7515
     8. validity      within its dates                           VCDM 2.0 "Validity Period"
     9. status        neither revoked nor suspended              Bitstring Status List "Validate Algorithm", OB 3.0
    10. schema        as the schemas it names have it            VCDM 2.0 "Data Schemas"
    11. refresh       whether there is a newer one               OB 3.0 "RefreshService"
    12. contents      the credentials inside it                  VCDM 2.0 "Verifiable Presentations", CLR 2.0
    13. endorsements  what it carries of others' praise          OB 3.0 "EndorsementCredential"
    14. recipient     whom it is for                             OB 3.0 "Verify Recipient"
    15. evidence      the practice a badge of ours rests on      OB 3.0 "Evidence"
    16. log           it was recorded, as this, before signed    C2SP tlog-proof "Verifying"

    After 1 every step is taken and told, whatever came before; those that `policy.checks` names decide.
    What takes more work than is done for one document (`badges.work`) is malformed, and the step says so.
    Raises nothing but `VerificationError`, and only where `document` is not bytes; in `haste` also `SlowError`.
    """
    if not isinstance(document, bytes):
        raise VerificationError(f"document: wanted bytes, got {type(document).__name__}")
    with working(DOCUMENT) as whole:
        return _verified(document, policy, at, LARGEST_ENCLOSING, whole)


def _verified(document: bytes, policy: Policy, at: int, most: int, whole: Work, depth: int = 0) -> Verified:
    read_in_haste(len(document))
    reading = _read(document, most, whole, depth)
    if not isinstance(reading, Reading):
        return Verified(Verdict.MALFORMED, (reading,))

    def judge(found: bytes, policy: Policy, *, most: int = LARGEST_ENCLOSING) -> Verified:
        whole.allow(EACH_INSIDE)
        whole.beside("schemas", SCHEMAS).allow(EACH_INSIDE)
        with working(DOCUMENT):
            return _verified(found, policy, at, most, whole, depth + 1)

    if reading.bundled is not None:
        policy = _beside(policy, reading.bundled)
    course = _COURSES[reading.kind](reading, policy, at, judge)
    course.inside = depth > 0
    steps = course.steps()
    decisive = {step.verdict for step in steps if step.check is None or step.check in policy.checks}
    verdict = worst(decisive)
    return Verified(
        verdict,
        steps,
        reading.form,
        course.document,
        course.issued_by,
        course.rests_on if verdict is not Verdict.MALFORMED else None,
        course.logged,
        course.kind,
        course.enclosed,
        lent_keys=course.lent_keys,
    )


def _read(document: bytes, most: int, whole: Work, depth: int) -> Reading | Step:
    """Return what was read, or the step that says why that cannot be."""
    try:
        if depth > DEEPEST:
            raise TooDeepError(
                say("wanted credentials inside one another at most %(deepest)s deep, got more", deepest=DEEPEST)
            )
        reading = read(document, most=most)
    except TooMuchWorkError as error:
        if depth:
            raise
        return given_up("read", error)
    except BadgeError as error:
        return failed(
            "read", say("This is no credential that can be read: %(why)s.", why=words_of(error)), Verdict.MALFORMED
        )
    if reading.encloses and not depth:
        whole.allow(ENCLOSING - DOCUMENT)
    return reading


def _beside(policy: Policy, bundled: Bundled) -> Policy:
    """Return a policy that has at hand what came with a badge, too; keys of logs only where that is trusted."""
    documents = Beside(policy.documents, bundled.documents, trusted=policy.trust_bundle)
    logs = {**bundled.logs, **policy.logs} if policy.trust_bundle else policy.logs
    return replace(policy, documents=documents, logs=logs)
