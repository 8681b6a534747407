"""The log read and written by others' programs, where the machine has them: Go, npm, a witness.

`go` with golang.org/x/mod (Debian: golang-go, golang-golang-x-mod-dev), `node` with npm, whose own dependency
@sigstore/verify is, and the program `aics-witness` (PyPI, Python 3.12), on the PATH or named by
`GUILDBOOK_TEST_WITNESS`.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import shutil
import subprocess
from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from ledger.transparency import (
    Tile,
    TransparencyError,
    VerifierKey,
    Witness,
    leaf_hashes,
    open_note,
    request_cosignatures,
    tiles_written,
    verify_consistency,
    verify_inclusion,
    verify_proof,
)
from tests.ledger.logs import Log, private_key
from tests.ledger.others import SECONDS, built, scripted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

LEAVES = 600  # more than two tiles
PROOFS = 1_500  # of each kind; each is asked as it is, and spoilt in some ways
NOTES = 800
LOG = Log(LEAVES)

Case = tuple[int, int, bytes, bytes, list[bytes]]  # index or old size, size, entry or old root, root, proof


@pytest.fixture(scope="module")
def go(tmp_path_factory) -> Callable[[Sequence[str]], list[str]]:
    """Give what asks Go's reader many questions at once."""
    return built("reader", tmp_path_factory.mktemp("go"))


@pytest.fixture(scope="module")
def sigstore() -> Callable[[Sequence[str]], list[str]]:
    """Give what asks npm's reader about many proofs at once."""
    return scripted("reader")


@pytest.fixture
def witness(tmp_path) -> Iterator[Callable[[Log], Witness]]:
    """Give what starts a witness of somebody else's making that knows a log."""
    program = os.environ.get("GUILDBOOK_TEST_WITNESS") or shutil.which("aics-witness")
    if not program:
        pytest.skip("no aics-witness here (pip install aics-witness, Python 3.12; GUILDBOOK_TEST_WITNESS names it)")
    with contextlib.ExitStack() as stack:
        yield lambda log: started(stack, program, tmp_path / "witness.json", log)


def started(stack: contextlib.ExitStack, program: str, config: Path, log: Log) -> Witness:
    told = [program, "init", "--config", str(config), "--name", "witness.example/w1", "--listen", "127.0.0.1:0"]
    key = subprocess.run(told, check=True, capture_output=True, text=True, timeout=SECONDS).stdout.strip()
    known = [program, "add-log", "--config", str(config), "--origin", log.origin, "--vkey", str(log.key)]
    subprocess.run(known, check=True, capture_output=True, timeout=SECONDS)
    serve = [program, "serve", "--config", str(config)]
    process = stack.enter_context(subprocess.Popen(serve, stderr=subprocess.PIPE, text=True))
    stack.callback(process.terminate)
    assert process.stderr
    lines = iter(process.stderr.readline, "")
    url = next(line for line in lines if "listening on " in line).split("listening on ")[1].split(" ")[0]
    return Witness(url, [VerifierKey.parse(key)])


def accepts(verify: Callable[..., object], *arguments: object) -> bool:
    try:
        verify(*arguments)
    except TransparencyError:
        return False
    return True


def spoilt(case: Case, chosen: random.Random) -> Case:
    """Return a case with one thing wrong with it."""
    index, size, first, second, proof = case
    at = chosen.randrange(len(proof) + 1)
    proofs = [[*proof[:at], flipped(second, chosen), *proof[at:]], [*proof[1:], *proof[:1]], proof[::-1]]
    if at < len(proof):
        proofs += [[*proof[:at], *proof[at + 1 :]], [*proof[:at], flipped(proof[at], chosen), *proof[at + 1 :]]]
    others: list[Case] = [
        *((other, size, first, second, proof) for other in (index - 1, index + 1, chosen.randrange(size + 1))),
        *((index, other, first, second, proof) for other in (size - 1, size + 1, size * 2)),
        (index, size, flipped(first, chosen), second, proof),
        (index, size, first, flipped(second, chosen), proof),
        (index, size, second, first, proof),
        *((index, size, first, second, other) for other in proofs),
    ]
    return chosen.choice(others)


def flipped(data: bytes, chosen: random.Random) -> bytes:
    at = chosen.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << chosen.randrange(8)]) + data[at + 1 :]


def inclusions(count: int) -> list[Case]:
    """Return proofs of inclusion (data entry, root), and two spoilt ones of each."""
    chosen = random.Random(6962)  # noqa: S311 - the same each time
    found = []
    for _ in range(count):
        size = chosen.randint(1, LEAVES)
        index = chosen.randrange(size)
        case = (index, size, LOG.entries[index], LOG.root(size), LOG.inclusion(index, size))
        found += [case, spoilt(case, chosen), spoilt(case, chosen)]
    return found


def consistencies(count: int) -> list[Case]:
    """Return proofs of consistency (old root, new root), and two spoilt ones of each."""
    chosen = random.Random(9162)  # noqa: S311 - the same each time
    found = []
    for _ in range(count):
        new = chosen.randint(1, LEAVES)
        old = chosen.randint(1, new)
        case = (old, new, LOG.root(old), LOG.root(new), LOG.consistency(old, new))
        found += [case, spoilt(case, chosen), spoilt(case, chosen)]
    return found


def line(word: str, case: Case) -> str:
    index, size, first, second, proof = case
    return f"{word} {index} {size} {first.hex()} {second.hex()} {b''.join(proof).hex()}"


def test_go_builds_the_same_tree(go):
    """Roots, tiles and proofs of every kind, byte for byte."""
    chosen = random.Random(1)  # noqa: S311 - the same each time
    pairs = [(chosen.randrange(size), size) for size in range(1, LEAVES + 1, 3)]
    tiles = [tile for _, size in pairs[::20] for tile in tiles_written(0, size)]
    ours = ["yes"] * LEAVES
    ours += [LOG.root(size).hex() for _, size in pairs]
    ours += [b"".join(LOG.inclusion(*pair)).hex() for pair in pairs]
    ours += [b"".join(LOG.consistency(old + 1, new)).hex() for old, new in pairs]
    ours += [LOG.read([tile])[0].hex() for tile in tiles]
    theirs = go(
        [
            *(f"add {entry.hex()}" for entry in LOG.entries),
            *(f"root {size}" for _, size in pairs),
            *(f"prove-inclusion {index} {size}" for index, size in pairs),
            *(f"prove-consistency {old + 1} {new}" for old, new in pairs),
            *(f"tile {tile.level} {tile.index} {tile.width}" for tile in tiles),
        ]
    )
    assert theirs == ours


def test_go_writes_the_same_addresses(go):
    numbers = [index for power in range(16) for index in (10**power - 1, 10**power, 1_234_067 << power)]
    tiles = [Tile(level, index, width) for level in (0, 7) for index in numbers for width in (1, 255, 256)]
    assert go([f"address {tile.level} {tile.index} {tile.width}" for tile in tiles]) == [tile.path for tile in tiles]


def test_go_agrees_about_inclusion(go):
    cases = inclusions(PROOFS)
    hashed: list[Case] = [
        (index, size, leaf_hashes([entry])[0], root, proof) for index, size, entry, root, proof in cases
    ]
    assert go([line("inclusion", case) for case in hashed]) == verdicts_of(cases)


def verdicts_of(cases: list[Case]) -> list[str]:
    """Return what ours says of proofs of inclusion."""
    ours = [
        accepts(verify_inclusion, leaf_hashes([entry])[0], index, size, proof, root)
        for index, size, entry, root, proof in cases
    ]
    assert ours[::3] == [True] * PROOFS
    assert ours.count(False) > PROOFS
    return ["yes" if each else "no" for each in ours]


def test_go_agrees_about_consistency(go):
    cases = [case for case in consistencies(PROOFS) if case[0] > 0]  # of an empty tree Go proves nothing
    ours = [accepts(verify_consistency, old, new, proof, first, second) for old, new, first, second, proof in cases]
    assert go([line("consistency", case) for case in cases]) == ["yes" if each else "no" for each in ours]
    assert ours.count(True) >= PROOFS
    assert ours.count(False) > PROOFS


def test_go_agrees_about_notes(go):
    """Whole ones and spoilt ones; where it takes base64 that is not written in the one way, ours says so."""
    chosen, raw = random.Random(7), LOG.head().encode()  # noqa: S311 - the same each time
    notes = [raw, *(mixed(raw, chosen) for _ in range(NOTES))]
    theirs = go([f"note {LOG.key} {each.hex()}" for each in notes])
    for note, verdict in zip(notes, theirs, strict=True):
        try:
            open_note(note, [LOG.key])
        except TransparencyError as error:
            assert verdict == "no" or "wanted base64" in str(error), note  # noqa: PT017 - one of many
        else:
            assert verdict == "yes", note
    assert theirs[0] == "yes"
    assert theirs.count("no") > NOTES / 2


def mixed(raw: bytes, chosen: random.Random) -> bytes:
    """Return a note with a byte changed, lost or put in, or with a signature line of an unknown key."""
    at = chosen.randrange(len(raw))
    put = bytes([chosen.choice([0, 9, 10, 13, 32, 43, 48, 61, 65, 0x85, 0xA0, 0xC2, 0xE2, 0xFF])])
    match chosen.randrange(4):
        case 0:
            return raw[:at] + put + raw[at + 1 :]
        case 1:
            return raw[:at] + put + raw[at:]
        case 2:
            return raw[:at] + raw[at + 1 :]
    return raw + "\N{EM DASH} example.org/other ".encode() + b64encode(chosen.randbytes(chosen.randrange(90))) + b"\n"


def test_go_signs_the_same_note(go):
    secret = private_key(LOG.origin).private_bytes_raw()
    key = f"PRIVATE+KEY+{LOG.origin}+{LOG.key.key_id.hex()}+{b64encode(bytes([1]) + secret).decode()}"
    text = LOG.head().partition("\n\n")[0] + "\n"
    assert go([f"sign {key} {text.encode().hex()}"]) == [LOG.head().encode().hex()]


def test_npm_agrees_about_inclusion(sigstore):
    cases = inclusions(PROOFS)
    questions = [
        {
            "index": index,
            "size": size,
            "entry": entry.hex(),
            "root": root.hex(),
            "proof": [each.hex() for each in proof],
        }
        for index, size, entry, root, proof in cases
    ]
    assert sigstore([json.dumps(each) for each in questions]) == verdicts_of(cases)


def test_a_witness_of_another_making_follows_a_log(witness):
    log = Log(1)
    other = witness(log)
    old, forgets = 0, random.Random(3)  # noqa: S311 - the same each time
    for number in range(50):
        log.grow(Log(forgets.randrange(40), of=str(number)).entries)
        said = 0 if forgets.random() < 0.1 else old
        (cosigned,) = request_cosignatures(posted, other, log.head(), old=said, prove=log.consistency)
        index, old = forgets.randrange(log.edge.size), log.edge.size
        proof = log.proof(index, cosignatures=cosigned.line)
        verify_proof(proof, log.entries[index], log.key, witnesses=other.keys, quorum=1)
    fork = Log(log.edge.size + 1, of="others")
    with pytest.raises(TransparencyError, match="422: the tree does not go on from the one it cosigned before"):
        request_cosignatures(posted, other, fork.head(), old=old, prove=fork.consistency)
    restored = Log(5)
    for said in (0, 5):
        with pytest.raises(TransparencyError, match=f"got one that cosigned {old}: our tree is an old copy"):
            request_cosignatures(posted, other, restored.head(), old=said, prove=restored.consistency)
    stranger = Log(5, "example.org/log")
    with pytest.raises(TransparencyError, match="404: it does not know the log's origin"):
        request_cosignatures(posted, other, stranger.head(), old=0, prove=stranger.consistency)


def posted(url: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
    there = urlsplit(url)
    with contextlib.closing(http.client.HTTPConnection(there.netloc, timeout=SECONDS)) as connection:
        connection.request("POST", there.path, body)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
