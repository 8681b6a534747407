"""What the linter says of a charter that can be used: where it would not do what its author means."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from schemas import Fault

if TYPE_CHECKING:
    from projections.charters.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """One piece of advice. `check` names what was looked for; line and column are of the text (from 1), if any.

    A warning: something will not work, or will hurt somebody. A note: something to think about.
    """

    severity: Literal["warning", "note"]
    check: str
    pointer: str
    message: str
    todo: str
    line: int | None = None
    column: int | None = None

    def placed(self, text: Text) -> Advice:
        """Return the advice with its place in the text."""
        fault = text.placed(Fault(self.pointer, self.message))
        return replace(self, line=fault.line, column=fault.column)

    def told(self) -> dict[str, Any]:
        """Return the advice as JSON."""
        return asdict(self)


def warning(check: str, pointer: str, message: str, todo: str) -> Advice:
    """Return a warning."""
    return Advice(severity="warning", check=check, pointer=pointer, message=message, todo=todo)


def note(check: str, pointer: str, message: str, todo: str) -> Advice:
    """Return a note."""
    return Advice(severity="note", check=check, pointer=pointer, message=message, todo=todo)
