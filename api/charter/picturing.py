"""The pictures that a charter brings along, before it is published: cleaned, and painted once for trial."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from badges import cleaned, troubled
from projections import refused
from schemas import Fault

if TYPE_CHECKING:
    from projections import Charter


def to_publish(text: str, charter: Charter) -> dict[str, Any]:
    """Return what to publish of a charter that was read from `text`: its document, with clean pictures.

    Raises `CharterError` for pictures that cannot be shown, each with its place. Blocks for a second where there are
    any, for they are painted in a process of their own.
    """
    found = cleaned(charter.document)
    faults = found.faults
    if not faults and (trouble := troubled([one.drawing for one in found.pictures.values()])):
        number, words = trouble
        faults = [Fault(list(found.pictures)[number], words)]
    if faults:
        raise refused(text, faults)
    return found.document
