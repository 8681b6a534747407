"""Verifying badges whose shape is known, beside the bare Ed25519 verification that nobody can do without."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from badges import CHECKS, Mint, Policy, did, to_json, verify
from badges.linked.shapes import Shapes
from badges.proofs.proof import check_proof, read_proofs
from badges.verifying.reading import read
from bench.harness import Benchmark, Pair, Side
from bench.signing import HASHES_BYTES, MARCH, PIECE, award
from ledger.keys import FileSigner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LEARNED = 4  # badges until a shape is known
LATER = MARCH + 86_400_000_000  # µs
STANDING = CHECKS - {"credentialStatus"}  # the list is a document of its own, which is fetched and kept


@contextlib.contextmanager
def proof_of_cohort(size: int) -> Iterator[Pair]:
    """From a badge's bytes to the knowledge that its signature holds, where its cohort is known."""
    with _badges(size) as (badges, floor):
        yield Pair(Side(size, lambda: badges, _proofs(badges, general=False)), floor)


@contextlib.contextmanager
def proof_of_structure(size: int) -> Iterator[Pair]:
    """The same where only badges of the same structure were seen, of whatever issuer and achievement."""
    with _badges(size) as (badges, floor):
        yield Pair(Side(size, lambda: badges, _proofs(badges, general=True)), floor)


@contextlib.contextmanager
def all_steps(size: int) -> Iterator[Pair]:
    """`verify`, all sixteen steps, of a badge whose shape is known."""

    def steps(some: list[bytes]) -> None:
        for each in some:
            if not verify(each, policy=Policy(checks=STANDING), at=LATER).valid:
                raise AssertionError("wanted a badge that verifies")

    with _badges(size) as (badges, floor):
        steps(badges[:LEARNED])
        yield Pair(Side(size, lambda: badges, steps), floor)


def _proofs(badges: list[bytes], *, general: bool) -> Callable[[list[bytes]], None]:
    """Return what checks the signatures of badges, having learned their shape from the first of them."""
    shapes = Shapes()

    def check(raw: bytes, *, learn: bool = False) -> None:
        document = read(raw).document
        (proof,) = read_proofs(document)
        unsecured = {name: value for name, value in document.items() if name != "proof"}
        written = to_json(unsecured)
        found = shapes.find(written)
        check_proof(document, proof, did.resolve(proof.method, {}, at=LATER), hashed=found and found.digest)
        if learn:
            shapes.learn(unsecured, written)

    for raw in [badges[0]] * 2 if general else badges[:LEARNED]:
        check(raw, learn=True)

    def checks(some: list[bytes]) -> None:
        for raw in some:
            check(raw)

    return checks


@contextlib.contextmanager
def _badges(size: int) -> Iterator[tuple[list[bytes], Side]]:
    key = Ed25519PrivateKey.generate()
    signer, mint, public = FileSigner(key), Mint(), key.public_key()
    issuer = did.did_key(signer.public_key)
    method = did.verification_method(issuer, signer.public_key)
    badges = [mint.sign(award(issuer), signer, verification_method=method, created=MARCH) for _ in range(size)]
    message = bytes(HASHES_BYTES)
    signature = key.sign(message)

    def verifications(count: int) -> None:
        for _ in range(count):
            public.verify(signature, message)

    yield badges, Side(size, lambda: size, verifications)


BENCHMARKS = (
    Benchmark(
        name="signature of a badge of a known cohort / raw Ed25519 verification, OpenSSL",
        at_least=0.72,
        aim=0.80,
        size=PIECE,
        opened=proof_of_cohort,
    ),
    Benchmark(
        name="signature of a badge of a known structure / raw Ed25519 verification, OpenSSL",
        at_least=0.50,
        aim=0.65,
        size=PIECE,
        opened=proof_of_structure,
    ),
    Benchmark(
        name="all sixteen steps of a badge of a known shape / raw Ed25519 verification, OpenSSL",
        at_least=0.25,
        aim=0.50,
        size=PIECE,
        opened=all_steps,
    ),
)
