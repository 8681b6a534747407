"""What can go wrong with badges: one root error, refusals below it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemas import Fault


class BadgeError(Exception):
    """The root of everything this package raises."""


class UnsafeDocumentError(BadgeError):
    """A JSON-LD document that two readers could take differently, or that would cost too much to read."""


class TooMuchWorkError(BadgeError):
    """A document that asks for more work than one is given. That says nothing of whether it is genuine."""


class ProofError(BadgeError):
    """A proof that does not hold, or cannot be made; the message says what was wanted and what came."""


class UnsupportedProofError(ProofError):
    """A proof of a kind that this package does not know: it was neither confirmed nor refuted."""


class KeyNotFoundError(ProofError):
    """A verification method whose document is not at hand, or which the document does not list."""


class LogProofError(ProofError):
    """A proof from a transparency log that does not hold, or that is of another badge than the one it came with."""


class UnknownLogError(BadgeError):
    """A proof from a log whose key is not at hand: it was neither confirmed nor refuted."""


class GivingError(BadgeError):
    """A badge that cannot be given, or nominated for, as it was asked; `faults` point into what was asked."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(str(fault) for fault in faults))
        self.faults = tuple(faults)


class HeldError(BadgeError):
    """She has the badge already: how, and since when; `credential` is its id."""

    def __init__(self, message: str, credential: str) -> None:
        super().__init__(message)
        self.credential = credential


class NotNominatedError(BadgeError):
    """A nomination that does not wait for a decision."""


class NotInReviewError(BadgeError):
    """A credential that does not wait for a decision: it stands, was decided on, or was revoked."""


class NoBadgeError(BadgeError):
    """A record of badges was asked for, of somebody who has none."""


class EndorsementError(BadgeError):
    """Something that may not be endorsed, or not in these words; `faults` says where and why."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(fault.message for fault in faults))
        self.faults = tuple(faults)


class StatusListError(BadgeError):
    """A status list that is no list, too short, too large, or lacks the entry asked for."""


class ForeignSchemaError(BadgeError):
    """A JSON Schema of somebody else's that is none, or asks for more than is judged here."""


class NotAtHandError(BadgeError):
    """A document that is not at hand, or not what was looked for; the message says which, and why if that is known."""


class BakingError(BadgeError):
    """An image that cannot carry, or does not carry, exactly one credential."""


class DesignError(BadgeError):
    """A badge image that cannot be drawn as described."""


class VerificationError(BadgeError):
    """A question that `verify` cannot take: a policy without a check, or no bytes."""
