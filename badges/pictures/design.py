"""How a badge should look: as its charter says, and where it says nothing, as follows from its words."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from badges.pictures.colour import PALETTE
from badges.pictures.outline import SHAPES

if TYPE_CHECKING:
    from collections.abc import Mapping

PARTS = {"badge": "badges", "level": "ladder", "role": "leader_roles"}
"""Kinds of award, and the part of a charter that describes what they are for."""

_RUNGS = ("slate", "sky", "teal", "moss", "indigo", "violet", "plum", "wine", "gold")


@dataclass(frozen=True, slots=True)
class Design:
    """A shape of `outline.SHAPES`, a palette name or `#rrggbb`, 1 to 3 characters, and the name in full.

    `level` is shown as stars, five of them as a stripe; a leader's role stands between twigs of laurel.
    """

    shape: str
    colour: str
    symbol: str
    name: str
    level: int = 0
    leads: bool = False


def pictured(charter: Mapping[str, Any], kind: str, name: str) -> Mapping[str, Any]:
    """Return what a charter's document says of a badge, level or leader role that can be awarded.

    What its `credential` says goes before what it says itself. Raises `KeyError` where there is no such thing.
    """
    for one in charter.get(PARTS[kind], ()):
        if str(one[kind]) == name:
            return {**one, **one.get("credential", {})}
    raise KeyError(name)


def design_of(entry: Mapping[str, Any]) -> Design:
    """Return the design of a badge, level or role of a charter; what it leaves out follows from its name."""
    kind = next(kind for kind in PARTS if kind in entry)
    given = entry.get("image") or {}
    digest = hashlib.sha256(str(entry[kind]).encode()).digest()
    name, level = str(entry["name"]), entry[kind] if kind == "level" else 0
    shape, colour = SHAPES[digest[0] % 5], list(PALETTE)[digest[1] % len(PALETTE)]
    if kind == "level":  # the rungs of a ladder are of one family
        shape, colour = "shield", _RUNGS[min(level, len(_RUNGS) - 1)]
    return Design(
        shape=given.get("shape") or shape,
        colour=given.get("colour") or colour,
        symbol=given.get("symbol") or "".join(word[0] for word in re.findall(r"\w+", name)[:2]).upper() or "*",
        name=name,
        level=level,
        leads=kind == "role",
    )
