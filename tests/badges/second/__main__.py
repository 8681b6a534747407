"""Push many credentials through every verifier: `python -m tests.badges.second CREDENTIALS.jsonl [OFFLINE.json]`.

One credential a line: an object, or a JWT as text; OFFLINE maps addresses and DIDs to documents. Prints a line of
JSON for each verifier, and ends with status 1 where one of them refused any.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from tests.badges import second

_SECONDS = 3_600
_SHOWN = 5  # refusals


def main(credentials: str, offline: str | None = None) -> int:
    """Ask every verifier that is to be had."""
    documents = [json.loads(line) for line in Path(credentials).read_text("utf-8").split("\n") if line]
    known = json.loads(Path(offline).read_text("utf-8")) if offline else {}
    refused = 0
    for name in second.NAMES:
        begun = time.monotonic()
        try:
            answers = second.ask(name, documents, known, seconds=_SECONDS)
        except second.NotHadError as error:
            print(json.dumps({"verifier": name, "not_had": str(error)}), flush=True)
            continue
        why = [(number, answer.why) for number, answer in enumerate(answers) if not answer.verified]
        refused += len(why)
        told = {"verifier": name, "verified": len(answers) - len(why), "refused": len(why), "first": why[:_SHOWN]}
        print(json.dumps(told | {"seconds": round(time.monotonic() - begun, 1)}), flush=True)
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
