"""Temporary files in memory: whoever stores waits for the disk, hundreds of times a test, and proves nothing by it."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

PLACE = Path("/dev/shm")  # noqa: S108  as Linux names it
ROOM = 4 << 30  # bytes that must be free there; a whole run takes below one


def use_memory() -> None:
    """Have this process and all it starts keep temporary files in memory, where that can be had.

    Where TMPDIR is set it stands. Programs are started from there, too, so where none may be it is left alone.
    """
    if "TMPDIR" in os.environ or not os.access(PLACE, os.W_OK):
        return
    if os.statvfs(PLACE).f_flag & os.ST_NOEXEC or shutil.disk_usage(PLACE).free < ROOM:
        return
    os.environ["TMPDIR"] = str(PLACE)
    tempfile.tempdir = None  # whoever asked before asks again
