"""The steps about a W3C proof: what was signed, by which key, whose that is, and whether the signature fits."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from badges.documents.credential import to_json
from badges.errors import KeyNotFoundError, ProofError, UnsafeDocumentError
from badges.instants import InstantError, instant, shown
from badges.linked.canonical import canonize
from badges.linked.shapes import DOCUMENTS
from badges.proofs.did import resolve
from badges.proofs.jwt import check_jwt, check_named, claimed_period, contradictions, key_of
from badges.proofs.proof import CANONICAL_JSON, Proof, check_proof, proof_expired, read_proofs
from badges.verifying.agreement import told_once
from badges.verifying.bundles import lending, trusted
from badges.verifying.course import Course
from badges.verifying.steps import failed, not_applicable, passed, unreachable
from badges.verifying.verdict import Outcome, Verdict
from badges.work import spend
from schemas import english, marked, say, words_of
from schemas.contexts import UnknownContextError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from badges.proofs.keys import Key
    from badges.verifying.course import Judge
    from badges.verifying.reading import Reading
    from badges.verifying.verdict import Policy, Step
    from schemas import Fault

_FAULTS_TOLD = 5
_NOT_VOUCHED = marked(
    "It is whole, and signed by keys that came with it as those of %(who)s. Anybody could have written those: that "
    "they are its issuer's, only its own address can tell."
)
_SAYS_ALL = {
    "credential": say("It says all that a credential of its kind must say."),
    "presentation": say("It says all that a presentation of its kind must say."),
}
_NOT_FORMED = {
    "credential": marked("It is not formed as a credential of its kind must be: %(faults)s."),
    "presentation": marked("It is not formed as a presentation of its kind must be: %(faults)s."),
}
_WITHOUT_KEY = {
    "issuer": say("Whether its issuer signed it cannot be told without the key."),
    "holder": say("Whether its holder signed it cannot be told without the key."),
}
_ANOTHERS_KEY = {
    "issuer": marked("It names %(who)s as its issuer, but the key belongs to %(other)s."),
    "holder": marked("It names %(who)s as its holder, but the key belongs to %(other)s."),
}
_OWN_KEY = {
    "issuer": marked("The key belongs to the issuer it names, %(who)s."),
    "holder": marked("The key belongs to the holder it names, %(who)s."),
}
_LENT_KEY = {
    "issuer": marked("The key belongs to the issuer it names, %(who)s, by nothing but what came with it."),
    "holder": marked("The key belongs to the holder it names, %(who)s, by nothing but what came with it."),
}
_MAY_NOT = {
    "assertionMethod": marked("The key may not be used to vouch for anything by %(who)s."),
    "authentication": marked("The key may not be used to speak for the holder by %(who)s."),
}


class Signed(Course):
    """A course over a document of the W3C's data model, signed by Data Integrity proofs or as a JWT.

    What `signer` is called, which `purpose` its key must have been used for, and what must agree are told by its kinds.
    """

    purpose = "assertionMethod"
    signer = "issuer"

    def __init__(self, reading: Reading, policy: Policy, at: int, judge: Judge) -> None:
        super().__init__(reading, policy, at, judge)
        self.token = reading.token
        self.hashed: bytes | None = None  # SHA-256 of the canonical document, if it has one
        self.written = b""  # the document without its proofs, as JSON
        self.unlearned: tuple[dict[str, Any], bytes] | None = None  # the document and its JSON, if its shape is new
        self.unclear: Exception | None = None  # why it has no canonical form, so that none is tried for again
        self.proofs: list[Proof] = []
        self.keys: list[Key] = []
        self.found: dict[str, Key] = {}  # by their verification methods

    def steps(self) -> tuple[Step, ...]:
        """Take every step; the shape of what is found good is remembered."""
        steps = super().steps()
        good = {one.name for one in steps if one.outcome is Outcome.PASSED}
        if self.unlearned and {"contexts", "proof"} <= good:
            DOCUMENTS.learn(*self.unlearned)
        return steps

    @abstractmethod
    def faults(self) -> Iterable[Fault]:
        """Yield what is wrong with the document's shape."""

    @abstractmethod
    def disagreements(self, node: Mapping[str, Any]) -> list[Fault]:
        """Return where the JSON shows something else than `node`, the document's top node as expanded."""

    def shape(self) -> Step:
        """Look at members, types and dates; of a token also at what its claims say otherwise."""
        faults = [str(fault) for fault in self.faults()]
        if self.token:
            faults += contradictions(self.token, self.document)
        if not faults:
            return passed("shape", _SAYS_ALL[self.kind])
        told = "; ".join(faults[:_FAULTS_TOLD])
        return failed(
            "shape",
            say(_NOT_FORMED[self.kind], faults=english(told)),
            Verdict.MALFORMED,
        )

    def contexts(self) -> Step:
        """Canonicalise it with the contexts at hand, by a shape that is known or in the general way."""
        unsecured = {name: value for name, value in self.document.items() if name != "proof"}
        self.written = raw = to_json(unsecured)
        found = DOCUMENTS.find(raw)
        if found is None or not found.cohort:
            self.unlearned = unsecured, raw
        if found and told_once(unsecured, raw):
            spend(found.work)
            self.hashed = found.digest
            return passed("contexts", say("Every word in it is defined by a context that is at hand."))
        try:
            canonical = canonize(unsecured, extra=self.policy.contexts)
        except (UnsafeDocumentError, UnknownContextError) as error:
            self.unclear = error
            return failed(
                "contexts", say("Its words have no certain meaning: %(why)s.", why=words_of(error)), Verdict.MALFORMED
            )
        if faults := self.disagreements(canonical.node):
            told = "; ".join(str(fault) for fault in faults[:_FAULTS_TOLD])
            return failed(
                "contexts",
                say("It shows something else than what is signed: %(faults)s.", faults=english(told)),
                Verdict.MALFORMED,
            )
        self.hashed = hashlib.sha256(canonical.nquads.encode()).digest()
        return passed("contexts", say("Every word in it is defined by a context that is at hand."))

    def key(self) -> Step:
        """Resolve the verification methods of its proofs, or the `kid` of its token."""
        try:
            self.proofs = [] if self.token else read_proofs(self.document)
            if self.token:
                check_named(self.token)
        except ProofError as error:
            return failed(
                "key",
                say("It carries no signature that can be checked: %(why)s.", why=words_of(error)),
                Verdict.MALFORMED,
            )
        try:
            with lending(self.policy.documents) as lent:
                self.keys = self.resolved(self.policy.documents, self.named())
            self.lent_keys = bool(lent)
            self.found = dict(zip((proof.method for proof in self.proofs), self.keys, strict=False))
        except KeyNotFoundError as error:
            reason = say("The key it was signed with cannot be looked up: %(why)s.", why=words_of(error))
            return unreachable("key", reason, Verdict.ISSUER_UNKNOWN)
        except ProofError as error:
            reason = say("The key it was signed with cannot be relied on: %(why)s.", why=words_of(error))
            return failed("key", reason, Verdict.ISSUER_UNKNOWN)
        told = ", ".join(sorted({key.controller for key in self.keys}))
        if self.lent_keys:
            return passed("key", say("The key is that of %(who)s, by the keys that came with it.", who=told))
        return passed("key", say("The key is that of %(who)s.", who=told))

    @property
    def in_part(self) -> bool:
        """Whether its holder shows but a part of it (VC-DI-ECDSA "ecdsa-sd-2023")."""
        return any(proof.disclosure for proof in self.proofs)

    def resolved(self, known: Mapping[str, object], who: str | None) -> list[Key]:
        """Return the keys that its proofs, or its token, name. Raises `ProofError`."""
        if self.token:
            return [key_of(self.token, known, at=self.at, issuer=who)]
        return [resolve(proof.method, known, at=self.at, issuer=who) for proof in self.proofs]

    def named(self) -> str | None:
        """Return whom it names as its signer."""
        return self.issued_by

    def known_key(self, method: str) -> Key:
        """Return the key that a verification method names, looked up once. Raises `ProofError`."""
        found = self.found.get(method)
        if found is None:
            known = resolve(method, self.policy.documents, at=self.at, issuer=self.named())
            found = self.found[method] = known
        return found

    def binding(self, who: object) -> Step:
        """Tell whether a key is that of the one whom the document names as its signer."""
        if not self.keys:
            reason = _WITHOUT_KEY[self.signer]
            return unreachable("issuer", reason, Verdict.ISSUER_UNKNOWN)
        if who not in {key.controller for key in self.keys}:
            reason = say(_ANOTHERS_KEY[self.signer], who=who, other=self.keys[0].controller)
            return failed("issuer", reason, Verdict.FORGED)
        if self.lent_keys and not trusted(self.policy.documents):
            reason = say(_NOT_VOUCHED, who=who)
            return unreachable("issuer", reason, Verdict.ISSUER_UNKNOWN)
        told = _LENT_KEY if self.lent_keys else _OWN_KEY
        return passed("issuer", say(told[self.signer], who=who))

    def proof(self) -> Step:
        """Check the token, or every proof of a set or chain."""
        if not self.keys:
            return unreachable("proof", say("The signature cannot be checked without the key."))
        for key in self.keys:
            if self.purpose not in key.purposes:
                reason = say(_MAY_NOT[self.purpose], who=key.controller)
                return failed("proof", reason, Verdict.FORGED)
        try:
            if self.token:
                check_jwt(self.token, self.keys[0])
            for proof, key in zip(self.proofs, self.keys, strict=not self.token):
                if (step := self.one_proof(proof, key)) is not None:
                    return step
        except (UnsafeDocumentError, UnknownContextError) as error:
            return failed(
                "proof", say("What was signed cannot be made out: %(why)s.", why=words_of(error)), Verdict.MALFORMED
            )
        except ProofError as error:
            reason = say(
                "The signature does not fit: it was altered, or never signed by this key (%(why)s).",
                why=words_of(error),
            )
            return failed("proof", reason, Verdict.FORGED)
        if self.in_part:
            reason = say("All that it shows was signed. Its holder may have left out what was not bound to be shown.")
            return passed("proof", reason)
        return passed("proof", say("The signature covers exactly this document."))

    def one_proof(self, proof: Proof, key: Key) -> Step | None:
        """Return what is wrong with a proof; None where nothing is. Raises `ProofError` where its signature is not."""
        if proof.purpose != self.purpose:
            reason = say(
                "It was signed for another purpose: wanted %(wanted)s, got %(got)s.",
                wanted=english(self.purpose),
                got=english(proof.purpose[:60]),
            )
            return failed("proof", reason, Verdict.FORGED)
        if self.unclear is not None and proof.suite not in CANONICAL_JSON:
            raise self.unclear
        check_proof(self.document, proof, key, hashed=self.hashed, extra=self.policy.contexts)
        if proof_expired(proof, self.at):
            return failed("proof", say("The signature was good, but has itself expired."), Verdict.EXPIRED)
        return None

    def period(self) -> tuple[list[int], list[int]]:
        """Return when it says that it begins and ends, in µs; a token may say it twice."""
        names = ("validFrom", "issuanceDate", "validUntil", "expirationDate")
        dates = {name: instant(self.document[name]) for name in names if name in self.document}
        begins, ends = ([dates[name] for name in pair if name in dates] for pair in (names[:2], names[2:]))
        claimed = claimed_period(self.token) if self.token else (None, None)
        for moments, moment in zip((begins, ends), claimed, strict=True):
            if moment is not None:
                moments.append(moment)
        return begins, ends

    def validity(self) -> Step:
        """Hold its dates, and those of its token, against the instant asked about."""
        try:
            begins, ends = self.period()
        except (InstantError, ProofError) as error:
            return failed("validity", say("Its dates cannot be read: %(why)s.", why=words_of(error)), Verdict.MALFORMED)
        if begins and self.at < max(begins):
            return failed(
                "validity", say("It is not valid before %(date)s.", date=shown(max(begins))), Verdict.NOT_YET_VALID
            )
        if ends and self.at > min(ends):
            return failed("validity", say("It was valid until %(date)s.", date=shown(min(ends))), Verdict.EXPIRED)
        if not begins and not ends:
            return not_applicable("validity", say("It gives no dates."))
        if ends:
            return passed("validity", say("Its time has come and is not over: until %(date)s.", date=shown(min(ends))))
        return passed("validity", say("Its time has come and is not over."))
