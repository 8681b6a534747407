"""What can go wrong while meaning is made of facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger import LedgerUnavailableError

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


class UnknownCohortError(ProjectionError):
    """A cohort was asked for that the charter does not have, and that nobody is in."""


class UnknownMemberError(ProjectionError):
    """No fact of the community names this account."""


class RebuildError(ProjectionError):
    """The views are being rebuilt by another process, or could not be switched to what was rebuilt."""


class StalledError(ProjectionError):
    """Some other process keeps a community's turn, and does not get on."""


class SwitchedError(LedgerUnavailableError):
    """A rebuild switched the views while they were read; the same call finds the new ones."""


class ShelvesError(ProjectionError):
    """There is no room for what a fold of a large community does not keep in memory."""
