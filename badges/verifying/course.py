"""What every verification has in common: what was read, what it is held against, a method for each step."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Protocol

from badges.errors import TooMuchWorkError
from badges.verifying.steps import STEPS, failed, given_up, not_applicable, passed, unreachable
from badges.verifying.verdict import Verdict
from schemas import marked, say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from badges.documents.credential import RuleEvidence
    from badges.verifying.reading import Reading
    from badges.verifying.verdict import Kind, Logged, Policy, Step, Verified


class Judge(Protocol):
    """How a course has another document verified: one that it contains, or that stands under a URL it names."""

    def __call__(self, found: bytes, policy: Policy, *, most: int = ...) -> Verified:
        """Verify a document of at most `most` bytes by another policy, at the same instant. Raises nothing."""
        ...


_READ = {
    "credential": marked("A credential was read from %(form)s."),
    "presentation": marked("A presentation was read from %(form)s."),
    "assertion": marked("An assertion was read from %(form)s."),
}
_NO_STATUS = {
    "credential": say("A credential has no status of its own."),
    "presentation": say("A presentation has no status of its own."),
    "assertion": say("An assertion has no status of its own."),
}
_NOT_SHOWN = say(
    "Who shows it cannot be told: wanted a presentation that was signed for the occasion, got what would be in one."
)


class Course(ABC):
    """One run over a document. Each step is a method of the name it has in `steps.STEPS`, taken in that order.

    What a kind of document has no use for is told by the methods here. Steps may leave what they found in `rests_on`,
    `logged` and `enclosed`, and for the steps after them; none relies on another having passed.
    """

    kind: Kind = "credential"
    inside = False  # another, which is told where there is no work left

    def __init__(self, reading: Reading, policy: Policy, at: int, judge: Judge) -> None:
        self.reading, self.policy, self.at, self.judge = reading, policy, at, judge
        self.document: Mapping[str, Any] = reading.document
        self.issued_by: str | None = None
        self.rests_on: RuleEvidence | None = None
        self.logged: Logged | None = None
        self.enclosed: tuple[Verified, ...] = ()
        self.tired = False  # there is no work left
        self.lent_keys = False  # a key is known by what came with it alone, which anybody could have written

    def steps(self) -> tuple[Step, ...]:
        """Take every step. Raises `TooMuchWorkError` where it is inside another."""
        return tuple(self._taken(row.name) for row in STEPS)

    def _taken(self, name: str) -> Step:
        """Take a step. The first for which there is not enough work left decides, whatever was asked for."""
        try:
            taken: Step = getattr(self, name)()
        except TooMuchWorkError as error:
            if self.inside:
                raise
            if self.tired:
                return unreachable(name, say("It was not looked at: that takes work, and no more is done for it."))
            self.tired = True
            return given_up(name, error)
        return taken

    def read(self) -> Step:
        """Tell what form it was read from."""
        return passed("read", say(_READ[self.kind], form=self.reading.form.upper()))

    @abstractmethod
    def shape(self) -> Step:
        """Tell whether it says what a document of its kind must say."""

    @abstractmethod
    def contexts(self) -> Step:
        """Tell whether every word in it has a certain meaning, the same to everyone."""

    @abstractmethod
    def key(self) -> Step:
        """Look up the keys that it names."""

    @abstractmethod
    def issuer(self) -> Step:
        """Tell whether the key is that of whom it names as its issuer, or holder."""

    @abstractmethod
    def proof(self) -> Step:
        """Tell whether the signature fits."""

    @abstractmethod
    def validity(self) -> Step:
        """Tell whether its time has come and is not over."""

    def registry(self) -> Step:
        """Look its issuer up in the registries of the policy."""
        if not self.policy.registries:
            return not_applicable("registry", say("Nobody asked whether its issuer is a known one."))
        for registry in self.policy.registries:
            if self.issued_by is not None and (name := registry.issuers.get(self.issued_by)) is not None:
                return passed(
                    "registry", say("%(registry)s knows its issuer as %(name)s.", registry=registry.name, name=name)
                )
        names = ", ".join(registry.name for registry in self.policy.registries)
        reason = say(
            "Its issuer, %(issued_by)s, is not known to %(names)s. That alone is no sign of anything wrong.",
            issued_by=self.issued_by,
            names=names,
        )
        return failed("registry", reason, Verdict.ISSUER_UNKNOWN)

    def status(self) -> Step:
        """Tell whether it was revoked or suspended."""
        return not_applicable("status", _NO_STATUS[self.kind])

    def schema(self) -> Step:
        """Tell whether it is as the schemas that it names have it."""
        return not_applicable("schema", say("It names no schema to be held against."))

    def refresh(self) -> Step:
        """Tell whether there is a newer one."""
        return not_applicable("refresh", say("It names no place where a newer one would be."))

    def contents(self) -> Step:
        """Tell how the credentials inside it stand."""
        return not_applicable("contents", say("There are no credentials in it."))

    def endorsements(self) -> Step:
        """Tell whether the endorsements that it carries hold."""
        return not_applicable("endorsements", say("It carries no endorsements."))

    def recipient(self) -> Step:
        """Tell whether it is for whom the policy says, and shown by whom it should be."""
        if self.policy.challenge is not None or self.policy.domain is not None:
            return unreachable("recipient", _NOT_SHOWN, Verdict.OTHER_RECIPIENT)
        if self.policy.recipient is not None:
            return self.meant_for(self.policy.recipient)
        return not_applicable("recipient", say("Nobody asked whom it is for."))

    @abstractmethod
    def meant_for(self, who: str) -> Step:
        """Tell whether it is for `who`: a DID, a URL or an e-mail address."""

    def evidence(self) -> Step:
        """Tell which recorded practice it rests on."""
        return not_applicable("evidence", say("It does not say which recorded practice it rests on."))

    def log(self) -> Step:
        """Tell whether a transparency log has it."""
        return not_applicable("log", say("It carries no proof from a transparency log."))
