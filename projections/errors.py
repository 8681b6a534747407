"""What can go wrong while meaning is made of facts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ledger import LedgerUnavailableError
from schemas import Fault

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_FAULTS = 200  # told of one charter; whoever has more has another file in hand


class ProjectionError(Exception):
    """Root of every error this package raises."""


@dataclass(frozen=True, slots=True)
class CharterFault(Fault):
    """One thing wrong with a charter; where it was read from text, with the place there (both from 1)."""

    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        """Return the fault as one line: where it stands in the text, else its pointer, and what is wrong."""
        place = self.pointer or "/" if self.line is None else f"{self.line}:{self.column}"
        return f"{place}: {self.message}"


class CharterError(ProjectionError):
    """A charter that cannot be used: `faults` names all that is wrong with it, each with its place.

    In the order of the text; at most `MOST_FAULTS`, and then one that counts the rest. `name` is what the
    text is called: a file's name, for whoever reads one.
    """

    def __init__(self, faults: Sequence[CharterFault]) -> None:
        rest = len(faults) - MOST_FAULTS
        more = (CharterFault("", f"and {rest} more fault{'' if rest == 1 else 's'}"),) if rest > 0 else ()
        ordered = sorted(faults, key=lambda fault: (fault.line or 0, fault.column or 0))
        self.faults = (*ordered[:MOST_FAULTS], *more)
        self.name = "charter"
        super().__init__("; ".join(map(str, self.faults)))


class UnknownRuleError(ProjectionError):
    """A rule was asked for that the charter does not have."""


class UnknownCohortError(ProjectionError):
    """A cohort was asked for that the charter does not have, and that nobody is in."""


class UnknownMeasureError(ProjectionError):
    """A measure was asked for that there is not."""


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
