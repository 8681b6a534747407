"""`python -m tests.badges.verifier [NAME ...]`: what each bomb costs; `... fuzz [SECONDS]`: look for more with Atheris.

Atheris is no dependency of ours: `pip install atheris` brings it, for Pythons that it knows.
"""

from __future__ import annotations

import gc
import importlib
import subprocess
import sys
import time
import tracemalloc
from types import FunctionType
from typing import TYPE_CHECKING, Any

from badges import Verdict, to_json
from badges.verifying.bundles import ZIP_SIGNATURE, read_bundle
from schemas import loads
from tests.badges.test_presentation import presented
from tests.badges.verifier.archives import bundle, zipped
from tests.badges.verifier.bombs import BOMBS
from tests.badges.verifier.contents import one, recorded
from tests.badges.verifier.costing import taken
from tests.badges.verifier.making import ask, badge, bare, claims, signed, token

if TYPE_CHECKING:
    from collections.abc import Iterable

SECONDS = 300
RUNS = 5  # of which the quickest is told: others are at work on the machine, too
OURS = {"badges", "ledger", "schemas", "pyld"}


def costs(names: Iterable[str]) -> None:
    """Print processor time, units of work and memory of bombs, each in a process of its own, the dearest first."""
    rows = []
    for name in names:
        command = [sys.executable, "-m", "tests.badges.verifier", "one", name]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        told = done.stdout.split(" ", 4)
        rows.append((float(told[0]), int(told[1]), float(told[2]), int(told[3]), name, told[4].strip()))
    print(f"{'ms':>8} {'units':>8} {'MB':>7} {'bytes':>9}  bomb")
    for spent, work, most, size, bomb, verdict in sorted(rows, reverse=True):
        print(f"{spent:8.1f} {work:8,} {most:7.1f} {size:9,}  {bomb}: {verdict}")


def cost(name: str) -> None:
    """Print what one costs: milliseconds (the best of five runs), units, MB (in a further run), bytes, verdict."""
    raw = BOMBS[name]()
    ask(signed(bare()))
    spent = []
    for _ in range(RUNS):
        begun = time.process_time()
        ask(raw)
        spent.append(time.process_time() - begun)
    tracemalloc.start()
    took = taken(raw)
    most = tracemalloc.get_traced_memory()[1]
    print(f"{min(spent) * 1e3:.1f} {took.work} {most / 1e6:.1f} {len(raw)} {took.answer.verdict}")


def said_by_one(document: bytes, seeds: list[bytes]) -> bool:
    """Tell whether a document says what one of the seeds says, with other spaces between."""
    read = [loads(text) if text.lstrip().startswith(b"{") else text.strip() for text in (document, *seeds)]
    return read[0] in read[1:] or (document.startswith(ZIP_SIGNATURE) and read_bundle(document)[0] == signed(badge()))


def fuzz(seconds: int) -> None:
    """Let Atheris look for bytes that end in an error, or that verify although nobody signed them."""
    atheris = importlib.import_module("atheris")

    shown = presented(one(1), one(2), suite="eddsa-jcs-2022")
    record = to_json(recorded(one(1)))
    seeds = [
        signed(bare()),
        token(claims()),
        shown,
        record,
        zipped(bundle()),
        BOMBS["an SVG of credentials"](),
        BOMBS["rings"](),
    ]
    asking: list[dict[str, Any]] = [{}, {"recipient": "ada@mail.example"}, {"trust_bundle": True}, {"challenge": "c"}]

    def tried(data: bytes) -> None:
        if not data[3:]:
            return  # it would be a seed as it is
        seed = seeds[data[0] % len(seeds)][:20_000]
        place = int.from_bytes(data[1:3], "big") % (len(seed) + 1)  # by the data alone: what is found stays found
        head, tail, more = seed[:place], seed[place:], asking[data[0] // len(seeds) % len(asking)]
        for document in (data, head + data[3:] + tail, head + data[3:] + tail[len(data) :]):
            if ask(document, **more).verdict is Verdict.VALID and not said_by_one(document, seeds):
                raise AssertionError(document)

    for function in gc.get_objects():  # ours alone: all that the tests bring along would take minutes
        if isinstance(function, FunctionType) and str(function.__module__).partition(".")[0] in OURS:
            atheris.instrument_func(function)
    atheris.Setup([sys.argv[0], f"-max_total_time={seconds}", "-max_len=4096", "-len_control=0", "-timeout=10"], tried)
    atheris.Fuzz()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["one", name]:
            cost(name)
        case ["fuzz", *more]:
            fuzz(int(more[0]) if more else SECONDS)
        case names:
            costs(names or BOMBS)
