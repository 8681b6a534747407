"""What a verification looks at in an Open Badges 2.0 Assertion, hosted or signed.

A *hosted* one vouches for nothing by itself: it stands if the same stands at its own address, that is, where its
issuer says that what it vouches for is hosted. A *signed* one is a JWS by a key that its issuer publishes as its own.
Either way all rests on what the issuer's addresses hold, and is unknown where that is not at hand.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from badges.documents.assertion import (
    HOSTED,
    assertion_faults,
    context_faults,
    is_stub,
    verification_of,
)
from badges.documents.shape import listed, type_names
from badges.errors import NotAtHandError, ProofError, StatusListError
from badges.instants import InstantError, instant, shown
from badges.proofs.jwt import check_jwt
from badges.verifying import trail
from badges.verifying.course import Course
from badges.verifying.recipients import algorithm_of, identifies, spellings
from badges.verifying.steps import step
from badges.verifying.trail import LARGEST_REVOCATIONS, Trail, follow
from badges.verifying.verdict import Outcome, Verdict
from schemas import english, marked, say, words_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from badges.proofs.keys import Key
    from badges.verifying.course import Judge
    from badges.verifying.reading import Reading
    from badges.verifying.verdict import Policy, Step

_FAULTS_TOLD = 5
_READ = marked("An assertion of Open Badges 2.0 was read from %(form)s.")
_READ_ADDRESS = marked("The address of an assertion of Open Badges 2.0 was read from %(form)s.")
_ENDED = say("No more is left of it than that it was revoked.")
_CLAUSES = {
    "read": 'OB 2.0 "Badge Baking"',
    "shape": 'OB 2.0 "Data Validation"',
    "contexts": 'OB 2.0 "Open Badges in Linked Data"',
    "key": 'OB 2.0 "CryptographicKey"',
    "issuer": 'OB 2.0 "VerificationObject"',
    "validity": 'OB 2.0 "Assertion"',
    "status": 'OB 2.0 "Revocation List"',
    "recipient": 'OB 2.0 "IdentityObject"',
    "hosted": 'OB 2.0 "HostedBadge Verification"',
    "signed": 'OB 2.0 "SignedBadge Verification"',
}


class Assertion(Course):
    """A course over one assertion. Baked, it may be no more than its address (`{"id": ...}`)."""

    kind = "assertion"

    def __init__(self, reading: Reading, policy: Policy, at: int, judge: Judge) -> None:
        super().__init__(reading, policy, at, judge)
        self.given: Mapping[str, Any] = reading.document
        self.address_alone = set(self.given) == {"id"}
        if self.address_alone:
            self.given = {"id": self.given["id"], "verification": {"type": "HostedBadge"}}
        self.hosted = bool(type_names(verification_of(self.given)) & HOSTED) or is_stub(self.given)
        self.keys: list[tuple[str, Key]] = []
        self.lacking = ""  # why another key of its issuer is not at hand

    @cached_property
    def trail(self) -> Trail:
        """Where it leads; nowhere, where it is not formed as an assertion must be."""
        if not self.address_alone and assertion_faults(self.given):
            return Trail(self.given, unhosted="it is no assertion", lost="it is no assertion")
        return follow(self.given, self.policy.documents)

    @property
    def ended(self) -> bool:
        """Whether all there is to judge is that it was revoked."""
        hosted = self.trail.hosted
        return is_stub(self.given) or (self.address_alone and hosted is not None and is_stub(hosted))

    def steps(self) -> tuple[Step, ...]:
        """Take every step; what was found on the way is shown in the assertion's place."""
        self.issued_by = self.trail.issuer_id
        steps = super().steps()
        self.document = self.trail.whole()
        return steps

    def read(self) -> Step:
        """Tell what form it was read from."""
        told = _READ_ADDRESS if self.address_alone else _READ
        return self._step("read", say(told, form=self.reading.form.upper()))

    def shape(self) -> Step:
        """Look at what it says, or, of an address, at what is said there."""
        if self.address_alone and self.trail.hosted is None:
            reason = say(
                "It is an address alone, and what it says cannot be told: %(why)s.", why=english(self.trail.unhosted)
            )
            return self._unknown("shape", reason)
        faults = assertion_faults(self.trail.hosted if self.address_alone and self.trail.hosted else self.given)
        if not faults:
            return self._step("shape", say("It says all that an assertion must say."))
        told = "; ".join(str(fault) for fault in faults[:_FAULTS_TOLD])
        return self._failed(
            "shape",
            say("It is not formed as an assertion must be: %(faults)s.", faults=english(told)),
            Verdict.MALFORMED,
        )

    def contexts(self) -> Step:
        """See `documents.assertion`: its members are read by their names, which must mean what they say."""
        if self.address_alone and self.trail.hosted is None:
            return self._unknown("contexts", say("It is an address alone."))
        if self.ended:
            return self._step("contexts", _ENDED, Outcome.NOT_APPLICABLE)
        faults = context_faults(self.trail.assertion)
        if not faults:
            return self._step(
                "contexts", say("Its words are those of Open Badges 2.0, and none was given another meaning.")
            )
        told = "; ".join(str(fault) for fault in faults[:_FAULTS_TOLD])
        return self._failed(
            "contexts", say("Its words have no certain meaning: %(why)s.", why=english(told)), Verdict.MALFORMED
        )

    def key(self) -> Step:
        """Find the keys that may have signed it."""
        if self.hosted:
            reason = say("It is hosted: no key signs it, its issuer's addresses vouch for it.")
            return self._step("key", reason, Outcome.NOT_APPLICABLE)
        if self.reading.token is None:
            return self._failed(
                "key", say("It says that it is signed, and comes without a signature."), Verdict.MALFORMED
            )
        try:
            self.keys, self.lacking = trail.keys_of(self.trail, self.policy.documents)
        except NotAtHandError as error:
            return self._unknown(
                "key", say("The key it was signed with cannot be looked up: %(why)s.", why=words_of(error))
            )
        except ProofError as error:
            reason = say("The key it was signed with cannot be relied on: %(why)s.", why=words_of(error))
            return self._failed("key", reason, Verdict.ISSUER_UNKNOWN)
        if not self.keys:
            return self._unknown("key", say("Neither it nor its issuer says by which key it was signed."))
        return self._step("key", say("The key is that of %(who)s.", who=self.keys[0][1].controller))

    def issuer(self) -> Step:
        """Tell whether what vouches for it is its issuer's: where it is hosted, or the key."""
        if self.ended:
            return self._step("issuer", _ENDED, Outcome.NOT_APPLICABLE)
        if self.trail.issuer is None:
            return self._unknown("issuer", say("Who issued it cannot be told: %(why)s.", why=english(self.trail.lost)))
        name = self.issued_by
        if self.hosted:
            if (wrong := trail.out_of_scope(self.trail)) is not None:
                reason = say("It is not hosted where its issuer vouches for it: %(why)s.", why=english(wrong))
                return self._failed("issuer", reason, Verdict.FORGED)
            return self._step(
                "issuer", say("It is hosted where its issuer, %(name)s, vouches for what stands there.", name=name)
            )
        if not self.keys:
            return self._unknown("issuer", say("Whether its issuer signed it cannot be told without the key."))
        own = trail.keys_listed(self.trail)
        if stranger := next((key for key, _ in self.keys if key not in own), None):
            reason = say(
                "It names %(name)s as its issuer, who does not list the key %(stranger)s.",
                name=name,
                stranger=stranger[:200],
            )
            return self._failed("issuer", reason, Verdict.FORGED)
        return self._step("issuer", say("The key is one that its issuer, %(name)s, lists as its own.", name=name))

    def proof(self) -> Step:
        """Hold it against what is hosted, or check its signature."""
        return self._compared() if self.hosted else self._checked()

    def _compared(self) -> Step:
        hosted = self.trail.hosted
        if hosted is None:
            reason = say(
                "Whether it stands at its own address cannot be told: %(why)s.", why=english(self.trail.unhosted)
            )
            return self._unknown("proof", reason)
        if is_stub(hosted):
            reason = say("At its own address stands no more than that it was revoked.")
            return self._step("proof", reason, Outcome.NOT_APPLICABLE)
        if self.address_alone:
            return self._step("proof", say("What is judged is what stands at its own address."))
        if others := trail.differences(self.given, hosted):
            told = ", ".join(others)[:200]
            reason = say(
                "At its own address stands something else: %(told)s. It was altered, or is an old copy.", told=told
            )
            return self._failed("proof", reason, Verdict.FORGED)
        return self._step("proof", say("At its own address stands the same."))

    def _checked(self) -> Step:
        token = self.reading.token
        if token is None or not self.keys:
            return self._step("proof", say("The signature cannot be checked without the key."), Outcome.UNREACHABLE)
        wrong = ""
        for name, key in self.keys:
            try:
                check_jwt(replace(token, method=name), key)  # 2.0 has no `kid`
            except ProofError as error:
                wrong = str(error)
            else:
                return self._step(
                    "proof", say("The signature, by the key %(name)s, covers exactly this assertion.", name=name[:200])
                )
        if self.lacking:
            reason = say(
                "The signature is by none of the keys at hand; another is not: %(why)s.", why=english(self.lacking)
            )
            return self._unknown("proof", reason)
        reason = say(
            "The signature does not fit: it was altered, or never signed by this key (%(why)s).", why=english(wrong)
        )
        return self._failed("proof", reason, Verdict.FORGED)

    def validity(self) -> Step:
        """Hold its dates against the instant asked about."""
        said = self.trail.assertion
        if "issuedOn" not in said:
            return self._step("validity", say("It gives no dates."), Outcome.NOT_APPLICABLE)
        try:
            begins = instant(said["issuedOn"])
            ends = instant(said["expires"]) if "expires" in said else None
        except InstantError as error:
            return self._failed(
                "validity", say("Its dates cannot be read: %(why)s.", why=words_of(error)), Verdict.MALFORMED
            )
        if self.at < begins:
            return self._failed(
                "validity", say("It is not valid before %(date)s.", date=shown(begins)), Verdict.NOT_YET_VALID
            )
        if ends is not None and self.at > ends:
            return self._failed("validity", say("It was valid until %(date)s.", date=shown(ends)), Verdict.EXPIRED)
        if ends is None:
            return self._step("validity", say("Its time has come and is not over."))
        words = say("Its time has come and is not over: until %(date)s.", date=shown(ends))
        return self._step("validity", words)

    def status(self) -> Step:
        """Look at its own address, or into its issuer's RevocationList. 2.0 knows no suspension."""
        for one in (self.trail.hosted, self.given):
            if one is not None and one.get("revoked") is True:
                return self._revoked(trail.reason_of(one))
        if self.hosted and self.trail.hosted is None:
            reason = say("Whether it was revoked cannot be told: %(why)s.", why=english(self.trail.unhosted))
            return self._step("status", reason, Outcome.UNREACHABLE, Verdict.STATUS_UNREACHABLE)
        if self.hosted:
            return self._step("status", say("At its own address it is not said to be revoked."))
        return self._looked_up()

    def _looked_up(self) -> Step:
        try:
            if self.trail.issuer is None:
                raise NotAtHandError(self.trail.lost)  # noqa: TRY301  told like the list's own absence
            if "revocationList" not in self.trail.issuer:
                reason = say("It cannot be revoked: its issuer names no list.")
                return self._step("status", reason, Outcome.NOT_APPLICABLE)
            url = self.trail.issuer["revocationList"]
            found = trail.linked(self.policy.documents, url, "its issuer's list", LARGEST_REVOCATIONS)
            revoked, why = trail.revoked_in(found, self.given, self.issued_by)
        except (NotAtHandError, StatusListError) as error:
            reason = say("Whether it was revoked cannot be told: %(why)s.", why=words_of(error))
            return self._step("status", reason, Outcome.UNREACHABLE, Verdict.STATUS_UNREACHABLE)
        if revoked:
            return self._revoked(why)
        return self._step("status", say("It is not among those that its issuer's list says were revoked."))

    def _revoked(self, why: str) -> Step:
        told = say("The issuer has revoked it: “%(words)s”.", words=why) if why else say("The issuer has revoked it.")
        return self._failed("status", told, Verdict.REVOKED)

    def endorsements(self) -> Step:
        """Say that those of 2.0 are not judged."""
        if not listed(self.trail.assertion.get("endorsement")):
            return super().endorsements()
        return self._step(
            "endorsements", say("Endorsements of Open Badges 2.0 are not judged here."), Outcome.UNREACHABLE
        )

    def meant_for(self, who: str) -> Step:
        """Hold whom it names, plain or by a hash, against `who`."""
        found = self.trail.assertion.get("recipient")
        if not isinstance(found, dict):
            reason = say("Whom it is for cannot be told: it names nobody.")
            return self._step("recipient", reason, Outcome.UNREACHABLE, Verdict.OTHER_RECIPIENT)
        if not identifies(found, spellings(who), member="identity"):
            return self._failed(
                "recipient", say("It is for somebody else than %(who)s.", who=who[:200]), Verdict.OTHER_RECIPIENT
            )
        if algorithm_of(found, member="identity") == "md5":
            return self._step("recipient", say("It is for %(who)s, by an MD5 hash, which is weak.", who=who[:200]))
        return self._step("recipient", say("It is for %(who)s.", who=who[:200]))

    def _step(
        self, name: str, reason: str, outcome: Outcome = Outcome.PASSED, verdict: Verdict = Verdict.VALID
    ) -> Step:
        clause = _CLAUSES["hosted" if self.hosted else "signed"] if name == "proof" else _CLAUSES.get(name)
        return step(name, outcome, reason, verdict, clause=clause)

    def _failed(self, name: str, reason: str, verdict: Verdict) -> Step:
        return self._step(name, reason, Outcome.FAILED, verdict)

    def _unknown(self, name: str, reason: str) -> Step:
        return self._step(name, reason, Outcome.UNREACHABLE, Verdict.ISSUER_UNKNOWN)
