"""What can go wrong here: one root error, and the fault that a check reports instead of raising."""

from __future__ import annotations

from dataclasses import dataclass


class SchemaError(Exception):
    """The root of everything this package raises."""


class MalformedJSONError(SchemaError):
    """Bytes that are not strict JSON; the message says what was wanted and what came."""


class InvalidTimeError(SchemaError):
    """Text that is not an RFC 3339 time within our years, or a number no time can be written for."""


class UnknownFactTypeError(SchemaError):
    """A name that is none of the twelve fact types."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a document.

    `pointer` is an RFC 6901 JSON Pointer to the value ("" is the whole document); for something
    that is missing, to where it should stand. `message` says what was wanted and what came. `named`: it is the
    name there that is wrong, whatever its value.
    """

    pointer: str
    message: str
    named: bool = False

    def __str__(self) -> str:
        """Return the fault as one line."""
        return f"{self.pointer}: {self.message}" if self.pointer else self.message
