"""What can be wrong with a connector, or with what comes to its door."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemas import Fault


class ConnectingError(Exception):
    """The first of what is raised here."""


class ExpressionError(ConnectingError):
    """An expression that is none, or that takes another kind of value than there is."""


class ConnectorError(ConnectingError):
    """A connector file that is not in order. `faults`: all that is wrong with it."""

    def __init__(self, name: str, faults: Sequence[Fault]) -> None:
        super().__init__(f"{name}: " + "; ".join(f"{fault.pointer}: {fault.message}" for fault in faults))
        self.faults = tuple(faults)


class UnsignedError(ConnectingError):
    """A delivery that does not prove whose it is. Its words are for the log, never for who sent it."""
