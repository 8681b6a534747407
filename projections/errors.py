"""What can go wrong while meaning is made of facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schemas import Fault


class ProjectionError(Exception):
    """Root of every error this package raises."""


class CharterError(ProjectionError):
    """A charter that cannot be read: `faults` names every one of them, with a JSON pointer each."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__("; ".join(f"{fault.pointer or '/'}: {fault.message}" for fault in faults))


class UnknownRuleError(ProjectionError):
    """A rule was asked for that the charter does not have."""


class UnknownMemberError(ProjectionError):
    """No fact of the community names this account."""
