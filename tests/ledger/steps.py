"""What happens when the program comes to a step of its own: another's doing, or its end."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

DEAD = 9
SLEEPING = ("pool-", "Dummy-")  # threads of connections, and what no code of ours runs in


@contextmanager
def at(*steps: Callable[..., Any], do: Callable[[], object], before: bool = False, times: int = 1) -> Iterator[None]:
    """Let `do` happen when this thread returns from one of these functions, or (`before`) enters it, so many times."""
    codes, event = {step.__code__ for step in steps}, "call" if before else "return"
    left = times

    def look(frame: FrameType, what: str, _: object) -> None:
        nonlocal left
        if what == event and left and frame.f_code in codes:
            left -= 1
            sys.setprofile(None)
            try:
                do()
            finally:
                sys.setprofile(look)

    sys.setprofile(look)
    try:
        yield
    finally:
        sys.setprofile(None)
    assert not left, f"it never came to {', '.join(step.__qualname__ for step in steps)}"


def killed_at(step: Callable[..., Any], work: Callable[[], object], *, times: int = 1) -> None:
    """Begin `work` in another process, which is gone, as by `kill -9`, the moment it has done that step."""

    def dying() -> None:
        with at(step, do=die, times=times):
            work()

    dies(dying)


def die() -> None:
    """End this process as `kill -9` does."""
    os._exit(DEAD)


def dies(work: Callable[[], object]) -> None:
    """Run `work`, which comes to `die`, in a process forked from this one: mark the test `forks`, tests/conftest.py."""
    busy = [each.name for each in threading.enumerate() if not each.name.startswith(("MainThread", *SLEEPING))]
    assert not busy, "one of these may hold a lock, which no one gives back in the other process"
    child = os.fork()
    if not child:
        try:
            work()
        finally:
            os._exit(1)  # it never came to that step, or failed before
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == DEAD
