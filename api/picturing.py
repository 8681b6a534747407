"""The pictures that a charter brings along, before it is published: cleaned, and painted once for trial."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from badges import cleaned, pictures_in, read_picture, troubled
from projections import refused
from schemas import Fault

if TYPE_CHECKING:
    from projections import Charter


def to_publish(text: str, charter: Charter) -> dict[str, Any]:
    """Return what to publish of a charter that was read from `text`: its document, with clean pictures.

    Raises `CharterError` for pictures that cannot be shown, each with its place. Blocks for a second where there are
    any, for they are painted in a process of their own.
    """
    document, faults = cleaned(charter.document)
    if not faults:
        drawings = {at: read_picture(uri).drawing for at, uri in pictures_in(document)}
        if trouble := troubled(list(drawings.values())):
            number, words = trouble
            faults = [Fault(list(drawings)[number], words)]
    if faults:
        raise refused(text, faults)
    return document
