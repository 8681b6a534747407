"""Painting a drawing of somebody's once, where it can do no harm, before anybody depends on it.

An SVG of a few lines may take minutes to paint, or all memory there is; a PNG whose chunks are whole may have pixels
that are not. So whoever publishes one has it painted first by a process of its own, which may not take long.
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from badges.pictures import painting
from badges.pictures.lettering import font_folder
from badges.pictures.showing import LARGEST

if TYPE_CHECKING:
    from collections.abc import Sequence

SECONDS = 3  # of processor time to paint a drawing once
MEMORY = 2_147_483_648  # bytes, 2 GiB of addresses
_PATIENCE = 20  # seconds for each drawing, and to start, on a machine with much to do


def troubled(drawings: Sequence[bytes]) -> tuple[int, str] | None:
    """Return the number of the first of some SVGs that cannot be painted, and why; None where all can."""
    if not drawings:
        return None
    program = [sys.executable, "-I", str(painting.__file__)]
    limits = [str(font_folder()), str(LARGEST), str(SECONDS), str(MEMORY)]
    given = b"".join(len(drawing).to_bytes(4) + drawing for drawing in drawings)
    try:
        ended = subprocess.run(  # noqa: S603  our own program, by its path
            [*program, *limits], input=given, capture_output=True, check=False, timeout=_PATIENCE * (len(drawings) + 1)
        )
        told = ended.stdout.decode().splitlines()
    except subprocess.TimeoutExpired as error:
        told = (error.stdout or b"").decode().splitlines()
    last = told.pop() if told else "0"
    if last == "done":
        return None
    if not last.isdecimal():
        return int(told.pop()), last
    return int(last), f"wanted a drawing that is painted within {SECONDS} s and 2 GiB, got one that takes more"
