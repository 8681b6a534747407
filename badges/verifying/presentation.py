"""What a verification looks at in a presentation: that its holder signed it for this occasion, and what is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from badges.documents.shape import id_of, presentation_faults
from badges.verifying import enclosed
from badges.verifying.signed import Signed
from badges.verifying.steps import failed, not_applicable, passed
from badges.verifying.verdict import Verdict
from schemas import Fault, english, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from badges.proofs.keys import Key
    from badges.proofs.proof import Proof
    from badges.verifying.course import Judge
    from badges.verifying.reading import Reading
    from badges.verifying.verdict import Policy, Step

_PRESENTATION = "https://www.w3.org/2018/credentials#VerifiablePresentation"


class Presentation(Signed):
    """A course over one presentation (VC Data Model 2.0 "Verifiable Presentations")."""

    kind = "presentation"
    purpose = "authentication"
    signer = "holder"

    def __init__(self, reading: Reading, policy: Policy, at: int, judge: Judge) -> None:
        super().__init__(reading, policy, at, judge)
        self.holder = id_of(self.document.get("holder"))

    def named(self) -> str | None:
        """Return its holder."""
        return self.holder if isinstance(self.holder, str) else None

    def faults(self) -> Iterable[Fault]:
        """VC Data Model 2.0 "Verifiable Presentations"."""
        return presentation_faults(self.document)

    def disagreements(self, node: Mapping[str, Any]) -> list[Fault]:
        """That it is a presentation in what is signed, too."""
        if _PRESENTATION not in node.get("@type", ()):
            return [Fault("/type", "wanted VerifiablePresentation to mean what the data model says")]
        return []

    def issuer(self) -> Step:
        """Hold the key against its holder, if it names one."""
        if self.holder is None and self.keys:
            return passed("issuer", say("It names no holder; %(who)s signed it.", who=self.keys[0].controller))
        return self.binding(self.named())

    def registry(self) -> Step:
        """Say that there is none of holders."""
        return not_applicable("registry", say("A holder is in no registry of issuers."))

    def proof(self) -> Step:
        """Check the signature, and that it was made for this occasion."""
        claims = self.token.claims if self.token else {}
        if self.token and (wrong := self.occasion(claims.get("nonce"), claims.get("aud"))) is not None:
            return wrong
        return super().proof()

    def one_proof(self, proof: Proof, key: Key) -> Step | None:
        """Check one proof, and what it was made for."""
        found = super().one_proof(proof, key)
        return found or self.occasion(proof.options.get("challenge"), proof.options.get("domain"))

    def occasion(self, challenge: object, domain: object) -> Step | None:
        """Return what is wrong with what it was signed for (VC-DATA-INTEGRITY "Proofs": one challenge, any domains)."""
        domains = domain if isinstance(domain, list) else [domain]
        wanted = (
            ("challenge", self.policy.challenge, challenge, [challenge]),
            ("domain", self.policy.domain, domain, domains),
        )
        for name, asked, got, those in wanted:
            if asked is not None and asked not in those:
                reason = say(
                    "It was signed for another occasion: wanted the %(name)s %(asked)s, got %(got)s.",
                    name=english(name),
                    asked=asked[:80],
                    got=ascii(got)[:80],
                )
                return failed("proof", reason, Verdict.FORGED)
        return None

    def recipient(self) -> Step:
        """Say the same whatever was asked; who shows it, the proof tells."""
        return self.meant_for("")

    def meant_for(self, _: str) -> Step:
        """Say that this is asked of what is in it."""
        return not_applicable(
            "recipient", say("A presentation is for nobody: whom what is in it is for is told of that.")
        )

    def contents(self) -> Step:
        """Verify each credential in it."""
        found, self.enclosed = enclosed.presented(self.document, self.policy, self.judge)
        return found
