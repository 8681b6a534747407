"""The key with which we ask or listen: from a file that is for us alone, or from the environment; never an argument."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from api.pulling.errors import EndedError
from ledger.key_files import read_private

if TYPE_CHECKING:
    from pathlib import Path

LONGEST = 4_096  # bytes


def variable(connector: str) -> str:
    """Return the environment variable in which a connector's key may stand: `CIRCLE_TOKEN`."""
    return f"{connector.upper().replace('-', '_')}_TOKEN"


def token_of(connector: str, file: Path | None) -> str:
    """Return the key. Raises `EndedError` where there is none, or none that can stand in a header."""
    name = variable(connector)
    if file is None:
        found, where = os.environ.get(name, "").strip(), name
    else:
        try:
            found, where = read_private(file, LONGEST).decode().strip(), str(file)
        except (OSError, UnicodeDecodeError) as error:
            raise EndedError(f"{file}: wanted a file with a key, got: {error}") from error
    if not found:
        raise EndedError(f"wanted a key in the file that --token-file names, or in {name}; got none")
    if not found.isascii() or not found.isprintable() or " " in found:
        raise EndedError(f"{where}: wanted a key on one line, got other characters")
    return found
