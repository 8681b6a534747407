"""Signing a badge, beside others who sign badges: how many times as many in the same time, on the same machine.

PyLD canonicalizes alone (URDNA2015), with the bare signature after it. openbadgeslib and `@digitalbazaar/vc` sign as
their users have them sign; the latter in a process of its own (`npm ci` in tests/badges/second brings it).
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from openbadgeslib.ob3.ldp import add_data_integrity_proof
from pyld import jsonld

from badges import Mint, credential, did
from bench.harness import Benchmark, NotHereError, Pair, Side
from bench.signing import MARCH, PIECE, award
from ledger.keys import FileSigner
from ledger.multibase import base58_encode
from schemas import contexts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from badges import AwardFacts

NODE = Path(__file__).resolve().parent.parent / "tests" / "badges" / "second"
CREATED = "2026-03-01T00:00:00Z"
FEW = 5  # badges that others sign at once
STOP_SECONDS = 10


@contextlib.contextmanager
def pyld(size: int) -> Iterator[Pair]:
    """Beside PyLD, which goes through JSON-LD each time."""
    key = Ed25519PrivateKey.generate()

    def load(url: str, _options: object) -> dict[str, Any]:
        return {"contextUrl": None, "documentUrl": url, "document": contexts.document(url)}

    def nquads(document: dict[str, Any]) -> bytes:
        options = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": load}
        return str(jsonld.normalize(document, options)).encode()

    def sign(document: dict[str, Any]) -> None:
        config = {"@context": document["@context"], "type": "DataIntegrityProof", "created": CREATED}
        key.sign(b"".join(hashlib.sha256(nquads(each)).digest() for each in (config, document)))

    yield _pair(size, key, sign)


@contextlib.contextmanager
def openbadgeslib(size: int) -> Iterator[Pair]:
    """Beside openbadgeslib, as a library."""
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    signer = FileSigner(key)
    method = did.verification_method(did.did_key(signer.public_key), signer.public_key)
    yield _pair(size, key, lambda document: add_data_integrity_proof(document, pem, method))


@contextlib.contextmanager
def digitalbazaar(size: int) -> Iterator[Pair]:
    """Beside `@digitalbazaar/vc`, in Node."""
    node = shutil.which("node")
    if node is None or not (NODE / "node_modules").exists():
        raise NotHereError("no Node with @digitalbazaar/vc here (npm ci in tests/badges/second)")
    key = Ed25519PrivateKey.generate()
    signer = FileSigner(key)
    issuer = did.did_key(signer.public_key)
    pair = {
        "id": did.verification_method(issuer, signer.public_key),
        "controller": issuer,
        "public": base58_encode(b"\xed\x01" + signer.public_key),
        "secret": base58_encode(b"\x80\x26" + key.private_bytes_raw()),
    }
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump({url: contexts.document(url) for url in contexts.urls()}, file)
        file.flush()
        command = [node, str(NODE / "signing.js"), file.name]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            ask, hear = process.stdin, process.stdout
            if ask is None or hear is None:
                raise NotHereError("wanted to talk with Node, got no pipe")
            ask.write(json.dumps(pair) + "\n")

            def sign(document: dict[str, Any]) -> None:
                ask.write(json.dumps(document) + "\n")
                ask.flush()
                if '"proofValue"' not in hear.readline():
                    raise NotHereError("wanted a signed badge of @digitalbazaar/vc, got none")

            try:
                yield _pair(size, key, sign, issuer)
            finally:
                ask.close()
                process.wait(STOP_SECONDS)


def _pair(size: int, key: Ed25519PrivateKey, sign: Callable[[dict[str, Any]], object], issuer: str = "") -> Pair:
    """Return ours, `size` badges at a time, and another's `sign`."""
    signer, mint = FileSigner(key), Mint()
    own = issuer or did.did_key(signer.public_key)
    method = did.verification_method(own, signer.public_key)

    def ours(awards: list[AwardFacts]) -> None:
        for each in awards:
            mint.sign(each, signer, verification_method=method, created=MARCH)

    def theirs(documents: list[dict[str, Any]]) -> None:
        for each in documents:
            sign(each)

    return Pair(
        Side(size, lambda: [award(own) for _ in range(size)], ours),
        Side(FEW, lambda: [credential(award(own)) for _ in range(FEW)], theirs),
    )


BENCHMARKS = (
    Benchmark(name="award to signed badge / PyLD and a bare signature", at_least=120, aim=180, size=PIECE, opened=pyld),
    Benchmark(name="award to signed badge / openbadgeslib", at_least=120, aim=200, size=PIECE, opened=openbadgeslib),
    Benchmark(
        name="award to signed badge / @digitalbazaar/vc", at_least=150, aim=210, size=PIECE, opened=digitalbazaar
    ),
)
