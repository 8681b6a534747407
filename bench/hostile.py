"""What honest clients wait for while one other posts the worst it can: `python -m bench hostile`.

Eight clients, each from an address of its own, have badges verified at a fixed rate; a wait begins when the request was
due, not when it could be sent. By turns they are alone, and beside one address from which eight connections post one
expensive body after another, each new to the server, and more send a byte a second. It shows both turns' waits and
their ratio; `bench/hostile.json` keeps the last run.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import random
import selectors
import socket
import struct
import subprocess
import sys
import threading
import time
import zlib
from collections import Counter
from pathlib import Path
from statistics import quantiles
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from rich.table import Table

from bench import books
from bench.load import HOST, PATIENCE, PIECE, post
from bench.servers import ROOT
from bench.verify_door import JSON, PATH, WEB, asked, issued, served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rich.console import Console

KEPT = Path(__file__).with_name("hostile.json")
HONEST = 8
RATE = 5.0  # badges a second that each of them has verified
CONNECTIONS = 8
SLOW = 32  # further connections of hers, on which a body comes byte by byte
TURNS = 4  # of each kind
SECONDS = 8.0  # a turn
BEGINNING = 8.0  # seconds until all that serves is there
WARM = 24  # badges verified before anything is measured
WITHIN = 2.0  # times as long, at most, may the slowest hundredth wait
HERS = "127.0.2.1"


class Turn(NamedTuple):
    """Waits in ms of one turn, and how many requests of hers were answered, by status."""

    beside: bool
    waits: list[float]
    hers: dict[str, int]


def main(words: Sequence[str], console: Console) -> None:
    """Measure and show; keep what was measured in `bench/hostile.json`."""
    parser = argparse.ArgumentParser(prog="python -m bench hostile", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--turns", type=int, default=TURNS)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--bodies", choices=[*BODIES, "all"], default="all")
    parser.add_argument("--attack", type=int, metavar="PORT", help="be the hostile client, until told to stop")
    said = parser.parse_args(words)
    if said.attack:
        print(json.dumps(attack(said.attack, said.bodies)))
        return
    turns = list(measured(said.turns, said.seconds, said.bodies))
    console.print(table(turns))
    found = {"bodies": said.bodies, "within": WITHIN, **summary(turns)}
    KEPT.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def measured(turns: int, seconds: float, bodies: str) -> Iterator[Turn]:
    """Yield the turns: alone, beside, beside, alone, ..."""
    with books.folder() as folder:
        requests = [asked(badge) for badge in issued(folder, WEB, 64)]
        with served(folder, WEB) as server:
            time.sleep(BEGINNING)
            honest(server.port, requests, WARM / HONEST / RATE)
            for number in range(turns * 2):
                beside = number % 4 in (1, 2)
                hers: dict[str, int] = {}
                with contextlib.ExitStack() as stack:
                    if beside:
                        hers = stack.enter_context(attacked(server.port, bodies))
                    waits = honest(server.port, requests, seconds)
                yield Turn(beside, waits, hers)


def summary(turns: Sequence[Turn]) -> dict[str, Any]:
    """Return the waits (ms) of both kinds of turns, and how many times as long the one is."""
    shown: dict[str, Any] = {}
    for name, beside in (("alone", False), ("beside", True)):
        cut = quantiles([wait for turn in turns if turn.beside is beside for wait in turn.waits], n=100)
        shown[name] = {"p50": round(cut[49], 2), "p90": round(cut[89], 2), "p99": round(cut[98], 2)}
    shown["p99"] = round(shown["beside"]["p99"] / shown["alone"]["p99"], 2)
    hers: Counter[str] = Counter()
    for turn in turns:
        hers.update(turn.hers)
    return shown | {"hers": dict(hers)}


def table(turns: Sequence[Turn]) -> Table:
    """Return it as a person reads it."""
    found = summary(turns)
    shown = Table(title="Waits for a verification, ms", caption=f"hers, by status: {found['hers']}")
    for heading in ("", "p50", "p90", "p99"):
        shown.add_column(heading, justify="right")
    for name in ("alone", "beside"):
        shown.add_row(name, *(f"{each:.1f}" for each in found[name].values()))
    shown.add_row("times", *(f"{found['beside'][each] / found['alone'][each]:.2f}" for each in ("p50", "p90", "p99")))
    return shown


def honest(port: int, requests: Sequence[bytes], seconds: float) -> list[float]:
    """Return what the honest clients waited for (ms), each at its rate from its own address."""
    waits: list[float] = []
    begin = time.monotonic() + 0.1

    def client(number: int) -> None:
        with _connected(port, f"127.0.1.{number + 1}") as connection:
            for turn in itertools.count():
                due = begin + (turn + number / HONEST) / RATE
                if due > begin + seconds:
                    return
                time.sleep(max(0.0, due - time.monotonic()))
                connection.sendall(requests[(turn * HONEST + number) % len(requests)])
                answer = _answer(connection)
                if b'"verified":true' not in answer:
                    raise AssertionError(f"bench: wanted a badge that verifies, got {answer[:500]!r}")
                waits.append((time.monotonic() - due) * 1_000)

    threads = [threading.Thread(target=client, args=(number,), daemon=True) for number in range(HONEST)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return waits


@contextlib.contextmanager
def attacked(port: int, bodies: str) -> Iterator[dict[str, int]]:
    """Let the hostile client, a process of its own, do its worst meanwhile; give what became of it, at the end."""
    command = [sys.executable, "-m", "bench", "hostile", "--attack", str(port), "--bodies", bodies]
    hers: dict[str, int] = {}
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        time.sleep(2)  # until she is at it
        try:
            yield hers
        finally:
            told, _ = process.communicate()
    hers.update(json.loads(told))


def attack(port: int, bodies: str) -> dict[str, int]:
    """Post the worst until standard input closes; return how many answers had each status."""
    ended = threading.Event()

    def listen() -> None:
        sys.stdin.buffer.read()
        ended.set()

    threading.Thread(target=listen, daemon=True).start()
    statuses: Counter[str] = Counter()
    made = _requests(bodies)
    with contextlib.ExitStack() as stack, selectors.DefaultSelector() as selector:
        for _ in range(CONNECTIONS):
            connection = stack.enter_context(_connected(port, HERS))
            selector.register(connection, selectors.EVENT_READ, bytearray())
            connection.sendall(next(made))
        slow = [stack.enter_context(_connected(port, HERS)) for _ in range(SLOW)]
        for each in slow:
            each.sendall(post(PATH, b"", JSON).replace(b"Length: 0", b"Length: 60000"))
        dripped = time.monotonic()
        while not ended.is_set():
            for key, _ in selector.select(0.1):
                _heard(key, statuses, made, selector, stack, port)
            if time.monotonic() - dripped > 1:
                dripped = time.monotonic()
                for each in slow:
                    with contextlib.suppress(OSError):
                        each.sendall(b"[")
    return dict(statuses)


def _heard(
    key: selectors.SelectorKey,
    statuses: Counter[str],
    made: Iterator[bytes],
    selector: selectors.BaseSelector,
    stack: contextlib.ExitStack,
    port: int,
) -> None:
    """Read what came on a connection of hers; where the answer is whole, post the next."""
    connection, read = cast("socket.socket", key.fileobj), key.data
    with contextlib.suppress(OSError):
        read += connection.recv(PIECE)
    head = read.find(b"\r\n\r\n")
    if read and (head < 0 or len(read) < head + 4 + _length(read, head)):
        return
    statuses[bytes(read[9:12]).decode() or "hung up"] += 1
    if not read or b"\r\nconnection: close" in read[:head].lower():
        selector.unregister(connection)
        connection = stack.enter_context(_connected(port, HERS))
        selector.register(connection, selectors.EVENT_READ, bytearray())
    read.clear()
    with contextlib.suppress(OSError):
        connection.sendall(next(made))


def _connected(port: int, source: str) -> socket.socket:
    connection = socket.create_connection((HOST, port), timeout=PATIENCE, source_address=(source, 0))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _answer(connection: socket.socket) -> bytes:
    read = bytearray()
    while True:
        piece = connection.recv(PIECE)
        read += piece
        head = read.find(b"\r\n\r\n")
        if not piece or (head >= 0 and len(read) >= head + 4 + _length(read, head)):
            return bytes(read)


def _length(read: bytearray, head: int) -> int:
    at = read.lower().find(b"\r\ncontent-length:", 0, head)
    return int(read[at + 17 : read.find(b"\r\n", at + 2)]) if at >= 0 else 0


# --- the worst -------------------------------------------------------------------------------------


def _document(rng: random.Random, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    return {
        "@context": [
            "https://www.w3.org/ns/credentials/v2",
            "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
        ],
        "id": f"urn:x:{rng.getrandbits(64):016x}",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": {"id": "did:web:issuer.example", "type": ["Profile"], "name": "X"},
        "validFrom": "2026-01-01T00:00:00Z",
        "name": "A badge",
        "credentialSubject": {
            "type": ["AchievementSubject"],
            "achievement": {
                "id": "urn:x:a",
                "type": ["Achievement"],
                "name": "A",
                "description": "D",
                "criteria": {"narrative": "N"},
            },
        },
        "proof": {
            "type": "DataIntegrityProof",
            "cryptosuite": "eddsa-rdfc-2022",
            "created": "2026-01-01T00:00:00Z",
            "verificationMethod": "did:key:z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw"
            "#z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw",
            "proofPurpose": "assertionMethod",
            "proofValue": "z5AF7nX3a8iVsErzW7Fs6VWz3sDDEJ3EwBjHdtKTTLfeQBoAhpxDDgwCkocsEfH6ihRVcxoRCvjY4pT5AVuSXysSV",
        },
    } | more


def _wide(rng: random.Random) -> bytes:
    """Return a document with as many nodes without an id as fit, of a shape that nobody saw."""
    items = [
        {"type": ["Evidence"], "name": f"n{rng.getrandbits(40):x}", "narrative": "y"}
        | ({"genre": "z"} if rng.random() < 1 / 2 else {})
        for _ in range(rng.randrange(850, 950))
    ]
    return _json(_document(rng, evidence=items))


def _poison(rng: random.Random) -> bytes:
    """Return a graph of nodes that cannot be told apart."""
    size = rng.randrange(8, 48)
    nodes = [{"id": f"_:n{one}", "p": [f"_:n{other}" for other in range(size) if other != one]} for one in range(size)]
    named = {"p": {"@id": f"urn:x:{rng.getrandbits(40):x}", "@type": "@id"}}
    document = _document(rng, credentialSubject=nodes)
    return _json(document | {"@context": [*document["@context"], named]})


def _contexts(rng: random.Random) -> bytes:
    """Return a document that names contexts as often as it may."""
    document = _document(rng)
    return _json(document | {"@context": (document["@context"] * 95)[: rng.randrange(180, 190)]})


def _nested(rng: random.Random) -> bytes:
    """Return small documents' worth of contexts within: each node names them anew."""
    items = [{"type": ["Evidence"], "name": f"{rng.getrandbits(40):x}"} for _ in range(95)]
    document = _document(rng)
    return _json(document | {"evidence": [{"@context": document["@context"], **each} for each in items]})


def _schemas(rng: random.Random) -> bytes:
    """Return a document that is to be held against hundreds of schemas."""
    one = {
        "id": "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json",
        "type": "1EdTechJsonSchemaValidator2019",
    }
    return _json(_document(rng, credentialSchema=[one] * rng.randrange(380, 420)))


def _proofs(rng: random.Random) -> bytes:
    """Return a document with hundreds of proofs."""
    document = _document(rng)
    return _json(document | {"proof": [document["proof"]] * rng.randrange(130, 150)})


def _brackets(rng: random.Random) -> bytes:
    """Return 64 kB of brackets, as deep as they may be."""
    return b"[" + b",".join([b"[" * 30 + b"]" * 30] * rng.randrange(900, 1_000)) + b"]"


def _numbers(rng: random.Random) -> bytes:
    """Return tens of thousands of numbers."""
    return b'{"verifiableCredential":{"x":[%b]}}' % b",".join([b"1e0"] * rng.randrange(15_000, 16_000))


def _png(rng: random.Random) -> bytes:
    """Return a picture of 100,000 chunks."""
    chunk = _chunk(b"tEXt", b"a\0%d" % rng.randrange(10))
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk * 100_000 + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _svg(rng: random.Random) -> bytes:
    """Return a drawing of half a million elements."""
    return b'<svg xmlns="http://www.w3.org/2000/svg">' + b"<g/>" * rng.randrange(490_000, 500_000) + b"</svg>"


def _json(document: dict[str, Any]) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()


PNG, SVG = {"Content-Type": "image/png"}, {"Content-Type": "image/svg+xml"}
BODIES: dict[str, tuple[Callable[[random.Random], bytes], dict[str, str]]] = {
    "wide": (_wide, JSON),
    "poison": (_poison, JSON),
    "contexts": (_contexts, JSON),
    "nested": (_nested, JSON),
    "schemas": (_schemas, JSON),
    "proofs": (_proofs, JSON),
    "brackets": (_brackets, JSON),
    "numbers": (_numbers, JSON),
    "png": (_png, PNG),
    "svg": (_svg, SVG),
}


def _requests(bodies: str) -> Iterator[bytes]:
    """Yield requests without end, one body after another; made beforehand, and marked anew each time."""
    chosen = [*BODIES] if bodies == "all" else [bodies]
    rng = random.Random(time.time_ns())  # noqa: S311 - no secret
    pool = [post(PATH, make(rng), head) for make, head in (BODIES[name] for name in chosen * 4)]
    for request in itertools.cycle(pool):
        mark = b"urn:x:%016x" % rng.getrandbits(64)
        at = request.find(b"urn:x:")
        yield request if at < 0 else request[:at] + mark + request[at + len(mark) :]
