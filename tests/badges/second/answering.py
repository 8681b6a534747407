"""The Python side of a verifier's process; `answering.js` is the other."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class Offline:
    """The documents named by the first argument: there is nothing else to be had."""

    def __init__(self) -> None:
        self.documents: dict[str, Any] = json.loads(Path(sys.argv[1]).read_text("utf-8"))

    def fetch(self, url: str) -> bytes:
        """Return the bytes of a document. Raises `OSError`, as a network would."""
        if url not in self.documents:
            raise OSError(f"not at hand: {url}")
        return json.dumps(self.documents[url]).encode()


def answer(verify: Callable[[Any, str], object]) -> None:
    """Answer each question by what `verify` raises, or does not."""
    for line in sys.stdin:
        question = json.loads(line)
        try:
            verify(question["document"], question["at"])
            found = {"verified": True, "why": ""}
        except Exception as error:  # noqa: BLE001  whatever another's verifier raises is its answer
            found = {"verified": False, "why": f"{type(error).__name__}: {error}"[:400]}
        print(json.dumps(found), flush=True)
