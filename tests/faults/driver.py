"""A small process that appends: `python -m tests.faults.driver DATABASE FOLDER EVENTS`.

It says on standard output, a line of JSON each, what was acknowledged, `[number, position]`, and what raised
something other than "not now", `{"strange": ...}`. It is there to be run with system calls that fail.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from ledger import Book, LedgerError, LedgerUnavailableError
from tests.faults.events import COMMUNITY, event

SIZES = (1, 1, 4, 1, 10)  # of the batches, again and again
TRIES = 3


def main(database: str, folder: str, events: int) -> None:
    """Append events 0 to `events`, each until it is acknowledged or was tried often enough."""
    book = Book.open(database, data=Path(folder))
    first, turn = 0, 0
    while first < events:
        last = min(first + SIZES[turn % len(SIZES)], events)
        for _ in range(TRIES):
            if _append(book, range(first, last)):
                break
        first, turn = last, turn + 1
    book.close()


def _append(book: Book, numbers: range) -> bool:
    try:
        outcomes = book.append([event(number) for number in numbers], community=COMMUNITY)
    except LedgerUnavailableError:
        return False
    for number, outcome in zip(numbers, outcomes, strict=True):
        print(json.dumps([number, outcome.position]), flush=True)
    return True


if __name__ == "__main__":
    try:
        main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    except LedgerUnavailableError:
        sys.exit(3)  # the book could not even be opened: said so, as promised
    except (LedgerError, OSError, RuntimeError, ValueError) as error:
        print(json.dumps({"strange": repr(error)}), flush=True)
        raise
