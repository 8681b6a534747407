"""Push many credentials through every verifier: `python -m tests.badges.second CREDENTIALS.jsonl [OFFLINE.json] [AT]`.

One credential a line: an object, or a JWT as text; OFFLINE maps addresses and DIDs to documents; AT is the instant
asked about (RFC 3339), else this one. Prints a line of JSON for each verifier, and ends with status 1 where one of them
refused any.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from tests.badges import second

_SECONDS = 3_600
_SHOWN = 5  # refusals


def main(credentials: str, offline: str | None = None, at: str | None = None) -> int:
    """Ask every verifier that is to be had."""
    at = at or datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    documents = [json.loads(line) for line in Path(credentials).read_text("utf-8").split("\n") if line]
    known = json.loads(Path(offline).read_text("utf-8")) if offline else {}
    refused = 0
    for name in second.NAMES:
        begun = time.monotonic()
        try:
            answers = second.ask(name, documents, known, at=at, seconds=_SECONDS)
        except second.NotHadError as error:
            print(json.dumps({"verifier": name, "not_had": str(error)}), flush=True)
            continue
        why = [(number, answer.why) for number, answer in enumerate(answers) if not answer.verified]
        refused += len(why)
        told = {"verifier": name, "verified": len(answers) - len(why), "refused": len(why), "first": why[:_SHOWN]}
        print(json.dumps(told | {"seconds": round(time.monotonic() - begun, 1)}), flush=True)
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
