"""A real OpenID Connect provider, as a process: panva's `oidc-provider`, certified by the OpenID Foundation, from npm.

Where it is not installed (`npm ci` in this folder), those who sign in at it are skipped with a reason.
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent


class NotHadError(Exception):
    """The provider is not installed here; the message says how to have it."""


@contextlib.contextmanager
def running(chain: Path, redirect: str, secret: str) -> Iterator[str]:
    """Yield the issuer of a provider whose certificate and key are in `chain`. Raises `NotHadError`."""
    if not shutil.which("node") or not (HERE / "node_modules").exists():
        raise NotHadError("no Node with oidc-provider here (npm ci in tests/api/provider)")
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    command = ["node", "server.js", str(chain), str(port), redirect, secret]
    with subprocess.Popen(command, cwd=HERE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout
            issuer = process.stdout.readline().strip()
            assert issuer, "the provider did not start"
            yield issuer
        finally:
            process.terminate()
            process.wait(20)
