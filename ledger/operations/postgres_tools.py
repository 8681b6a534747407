"""PostgreSQL's own programs for dumping and restoring, where this machine has them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from ledger.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Sequence

_INSTALLED = (Path("/usr/lib/postgresql"), Path("/usr/local/opt/postgresql"), Path("/opt/homebrew/opt/postgresql"))


def dump(url: str, file: Path, *, snapshot: str) -> None:
    """Write a database as it is in an exported snapshot to `file` (pg_dump's format), less views and signed heads."""
    file.touch(mode=0o600)
    options = ["--format=custom", f"--snapshot={snapshot}", "--exclude-schema=views", "--exclude-schema=heads"]
    _run("pg_dump", url, [*options, f"--file={file}"])


def restore(url: str, file: Path) -> None:
    """Fill an empty database from `file`, all or nothing. What the dump says of owners and rights is left out."""
    wanted = ["--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges"]
    _run("pg_restore", url, wanted, str(file))


def found(name: str, installed: Sequence[Path] = _INSTALLED) -> str:
    """Return the path of a program: on PATH, else where PostgreSQL is installed. Raises `LedgerError`."""
    if path := shutil.which(name):
        return path
    for folder in installed:
        there = sorted(folder.glob(f"*/bin/{name}"), key=_newest) + sorted(folder.glob(f"bin/{name}"))
        if there:
            return str(there[-1])
    raise LedgerError(
        f"{name}: wanted it on the PATH, got none; install PostgreSQL's client programs (postgresql-client)"
    )


def _newest(path: Path) -> int:
    release = path.parents[1].name
    return int(release) if release.isdigit() else 0


def _run(name: str, url: str, options: Sequence[str], *files: str) -> None:
    """Run a program on a database; the password goes by the environment, where `ps` does not show it."""
    given = conninfo_to_dict(url)
    password = given.pop("password", None)
    environment = dict(os.environ) | ({"PGPASSWORD": str(password)} if password else {})
    command = [found(name), *options, f"--dbname={make_conninfo('', **given)}", "--no-password", *files]
    done = subprocess.run(  # noqa: S603 - a program of PostgreSQL's, its arguments ours
        command, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()] or [f"exit status {done.returncode}"]
        raise LedgerError(f"{name}: wanted it to end well, got: {said[0]}")
