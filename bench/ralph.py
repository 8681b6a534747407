"""Ralph, an xAPI learning record store, as a peer: where it is found, and how it is started with its storage off."""

from __future__ import annotations

import base64
import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from bench import servers
from bench.harness import NotHereError
from bench.ralph_unstored import PASSWORD, USER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.servers import Served

NAMED = "RALPH_PYTHON"
"""Names the Python of an environment that has `ralph-malph[lrs]`, which cannot live with what we depend on."""
USUAL = servers.ROOT / "build" / "ralph" / "bin" / "python"
MAKE = "python3 -m venv build/ralph && build/ralph/bin/pip install 'ralph-malph[lrs]==5.1.0' requests"
PATH = "/xAPI/statements"
AUTHORIZATION = f"Basic {base64.b64encode(f'{USER}:{PASSWORD}'.encode()).decode()}"


@contextlib.contextmanager
def served(folder: Path) -> Iterator[Served]:
    """Give a Ralph that checks what is posted to `PATH` and throws it away; `folder` is empty, and its own.

    Raises `NotHereError`.
    """
    python = Path(os.environ.get(NAMED) or USUAL)
    if not python.is_file():
        raise NotHereError(f"no Ralph here; wanted {NAMED}, or: {MAKE}")
    port, script = servers.free_port(), Path(__file__).with_name("ralph_unstored.py")
    with servers.running([str(python), "-I", str(script), str(port), str(folder)], port, {}, folder) as server:
        yield server
