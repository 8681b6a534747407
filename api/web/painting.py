"""Painting takes turns, in threads of its own: whoever asks for many pictures holds up nobody who asks for none."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

import anyio.to_thread
from anyio import CapacityLimiter

from api.web.problems import busy

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
PATIENCE = 3.5  # seconds; after that nobody waits for a picture any more
MOST_PAINTING = 4  # threads; one paints, and the others read what is next, or find what was painted before

_painting = CapacityLimiter(MOST_PAINTING)


async def in_turn(make: Callable[[], T]) -> T:
    """Return what `make` makes, which paints and may block. Raises a 503 problem where its turn comes too late."""
    asked = time.monotonic()

    def make_it() -> T:
        if time.monotonic() - asked > PATIENCE:
            raise busy("too many pictures were asked for at once")
        return make()

    return await anyio.to_thread.run_sync(make_it, limiter=_painting)
