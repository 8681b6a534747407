"""Painting a drawing of somebody's once, where it can do no harm, before anybody depends on it.

An SVG of a few lines may take minutes to paint, or all memory there is. So whoever publishes one has it painted first
in a process of its own, which may not take long.
"""

from __future__ import annotations

import multiprocessing
import resource
from typing import TYPE_CHECKING

from badges.errors import DesignError
from badges.pictures.showing import LARGEST
from badges.pictures.typesetting import pixels_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from multiprocessing.connection import Connection

SECONDS = 3  # of processor time for one drawing
MEMORY = 2_147_483_648  # bytes, 2 GiB of addresses
_STARTING = 60.0  # seconds that a process may take before it paints


def troubled(drawings: Sequence[bytes]) -> tuple[int, str] | None:
    """Return which of some SVGs cannot be painted, and why; the first of them; None where all can."""
    if not drawings:
        return None
    far, near = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("spawn").Process(target=_paint, args=(list(drawings), near), daemon=True)
    process.start()
    near.close()
    done, wait = -1, _STARTING
    try:
        while done < len(drawings):
            if not far.poll(wait):
                break
            told = far.recv()
            if isinstance(told, str):
                return done, told
            done, wait = told, SECONDS * 10.0
    except EOFError:  # it ended before it was done
        pass
    finally:
        process.kill()
        process.join()
    if done == len(drawings):
        return None
    return max(done, 0), f"wanted a drawing that is painted within {SECONDS} s and 2 GiB, got one that takes more"


def _paint(drawings: list[bytes], told: Connection) -> None:
    """Paint one after the other, telling which is begun; what went wrong, as text."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    for number, drawing in enumerate(drawings):
        told.send(number)
        used = resource.getrusage(resource.RUSAGE_SELF)
        most = int(used.ru_utime + used.ru_stime) + SECONDS + 1
        resource.setrlimit(resource.RLIMIT_CPU, (most, resource.RLIM_INFINITY))
        try:
            pixels_of(drawing, LARGEST)
        except DesignError as error:
            told.send(str(error))
            return
    told.send(len(drawings))
